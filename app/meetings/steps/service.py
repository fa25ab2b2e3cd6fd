"""The rules of next steps: an owner and a day; done, carried over or dropped."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, and_, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.goals.pair import lead_for
from app.models import Meeting, NextStep, School, StepState, touch
from app.models.meetings import MeetingState
from app.people.schools.service import apply
from app.relationships.pair import same_pair

Page = tuple[list[Any], str | None]
#: a date passes at midnight in the school's zone (domain.md §5), wherever the caller is
_TODAY = (
    select(cast(func.timezone(School.zone, bindparam("now", type_=DateTime(timezone=True))), Date))
    .where(School.district_id == NextStep.district_id, School.id == NextStep.school_id)
    .correlate(NextStep)
    .scalar_subquery()
)
_OVERDUE = and_(NextStep.state == StepState.OPEN.value, NextStep.due_on < _TODAY).label("overdue")


class NotOfThePair(Conflict):
    """A next step is the teacher's or the lead's."""

    code, title = "not_of_the_pair", "Only one of the two can own it"
    next_step = "Name the teacher or the lead of the meeting as the owner."


class DueInPast(Conflict):
    """A next step is due today or later, by the school's clock."""

    code, title = "due_in_past", "That day is past"
    next_step = "Give today or a later day."


async def list_steps(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    *,
    overdue: bool | None,
    **filters: Any,
) -> Page:
    """The next steps of the caller, as a teacher and as a lead, by the day they are due."""
    statement = view(actor, Action.STEP_READ, NextStep, _OVERDUE).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if overdue is not None:
        statement = statement.where(_OVERDUE.element if overdue else ~_OVERDUE.element)
    return await page(
        session,
        actor,
        statement,
        paging,
        by=[NextStep.due_on, NextStep.id],
        params={"now": clock.now()},
    )


async def read_step(session: AsyncSession, actor: Actor, step_id: UUID) -> Any:
    """One next step."""
    statement = view(actor, Action.STEP_READ, NextStep, _OVERDUE)
    return await read_one(session, actor, statement, NextStep, step_id, {"now": clock.now()})


async def add(
    session: AsyncSession, actor: Actor, meeting_id: UUID, fields: dict[str, Any]
) -> UUID:
    """Write one down while the meeting is on: either of the two, for either of them."""
    meeting = await acting(
        session, actor, Action.MEETING_ADD_STEP, Meeting, meeting_id, read=Action.MEETING_READ
    )
    await _check(session, meeting, fields)
    step = NextStep(
        id=clock.new_id(), meeting_id=meeting.id, **same_pair(meeting, actor.id), **fields
    )
    session.add(step)
    await session.flush()
    record(session, actor, "next_step.added", step)
    return step.id


async def _check(session: AsyncSession, pair: Any, fields: dict[str, Any]) -> None:
    if "owner_id" in fields and fields["owner_id"] not in (pair.teacher_id, pair.lead_id):
        raise NotOfThePair
    if "due_on" in fields:
        await _not_past(session, pair, fields["due_on"])


async def _not_past(session: AsyncSession, pair: Any, due_on: date) -> None:
    zone = await session.scalar(
        select(School.zone).where(
            School.district_id == pair.district_id, School.id == pair.school_id
        )
    )
    assert zone is not None
    if due_on < clock.today(zone):
        raise DueInPast


async def change(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change an open one: either of the two."""
    step = await _acting(session, actor, Action.STEP_EDIT, step_id, version)
    await _check(session, step, fields)
    apply(step, fields)
    record(session, actor, "next_step.changed", step, fields)


async def finish(session: AsyncSession, actor: Actor, step_id: UUID, version: int) -> None:
    """It is done: either of the two."""
    step = await _acting(session, actor, Action.STEP_FINISH, step_id, version)
    fields = {"state": StepState.DONE.value, "closed_at": clock.now()}
    apply(step, fields)
    record(session, actor, "next_step.done", step, fields)


async def drop(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, reason: str
) -> None:
    """It will not be done, with the reason: either of the two."""
    step = await _acting(session, actor, Action.STEP_DROP, step_id, version)
    fields = {"state": StepState.DROPPED.value, "reason": reason, "closed_at": clock.now()}
    apply(step, fields)
    record(session, actor, "next_step.dropped", step, fields)


async def carry_over(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, due_on: date
) -> UUID:
    """Go on with it until another day; the first day stays on record. Either of the two. While the
    two sit together it is a step of that meeting, and counts when it closes."""
    old = await _acting(session, actor, Action.STEP_CARRY_OVER, step_id, version)
    await _not_past(session, old, due_on)
    now_on = await session.scalar(
        select(Meeting.id)
        .where(
            Meeting.district_id == actor.district_id,
            Meeting.teacher_id == old.teacher_id,
            Meeting.lead_id == old.lead_id,
            Meeting.state == MeetingState.IN_PROGRESS.value,
        )
        .order_by(Meeting.started_at.desc())
        .limit(1)
        .with_for_update()
    )
    old.state, old.closed_at = StepState.CARRIED_OVER.value, clock.now()
    touch(old)
    step = NextStep(
        id=clock.new_id(),
        meeting_id=now_on or old.meeting_id,
        owner_id=old.owner_id,
        text=old.text,
        due_on=due_on,
        carried_from_id=old.id,
        **same_pair(old, actor.id),
    )
    session.add(step)
    await session.flush()
    record(session, actor, "next_step.carried_over", step, ("due_on",))
    return step.id


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, step_id: UUID, version: int
) -> NextStep:
    step = await acting(session, actor, action, NextStep, step_id, version, read=Action.STEP_READ)
    # An open step followed the teacher to a new lead: it is theirs from when one of the two
    # works on it, so that they still read it once it is done.
    lead_id = await lead_for(session, actor, step.teacher_id)
    step.lead_id = lead_id or step.lead_id
    return step
