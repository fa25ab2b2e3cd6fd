"""The rules of action steps: proposed by one of the two, agreed by the other, practised, met or
not; carried over or dropped (domain.md §3, gate 14)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, and_, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.feedback.steps import advice, links
from app.feedback.steps.following import follow, present_pair, take_off
from app.feedback.steps.gates import ActionStepDoesNotFit, Missing, count_fits, days_fit, words_fit
from app.goals.pair import AlreadyAgreed
from app.meetings.locking import in_order
from app.models import ActionStep, CoachingRelationship, School, touch
from app.models.feedback import OPEN_STEPS, ActionStepState
from app.people.district.service import policy
from app.people.schools.service import apply
from app.relationships.pair import owners, working_with

Page = tuple[list[Any], str | None]
#: a date passes at midnight in the school's zone (domain.md §5), wherever the caller is
_TODAY = (
    select(cast(func.timezone(School.zone, bindparam("now", type_=DateTime(timezone=True))), Date))
    .where(School.district_id == ActionStep.district_id, School.id == ActionStep.school_id)
    .correlate(ActionStep)
    .scalar_subquery()
)
_OVERDUE = and_(ActionStep.state.in_(OPEN_STEPS), ActionStep.due_on < _TODAY).label("overdue")
#: what one of the two may change of what both agreed to
_AFTER = {"practice", "follow_up_on"}


class ProposedByTheOther(Conflict):
    """While it is a proposal, its words are those of whoever proposed it."""

    code, title = "proposed_by_the_other", "The other of you proposed it"
    next_step = "Agree to it, or drop it with a reason and propose another."


class ActionStepAgreed(Conflict):
    """Both agreed to what it says and until when."""

    code, title = "action_step_agreed", "Both agreed to this action step"
    next_step = "`practice` and `follow_up_on` may change; carry it over to another day, or drop it"
    next_step += " and propose another."


async def list_steps(
    session: AsyncSession, actor: Actor, paging: Paging, due_before: date | None, **filters: Any
) -> Page:
    """The caller's action steps, as a teacher and as a lead, by the day they are due."""
    statement = view(actor, Action.ACTION_STEP_READ, ActionStep, _OVERDUE).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if due_before is not None:
        statement = statement.where(ActionStep.due_on < due_before)
    by = [ActionStep.due_on, ActionStep.id]
    return await page(session, actor, statement, paging, by=by, params={"now": clock.now()})


async def read_step(session: AsyncSession, actor: Actor, step_id: UUID) -> Any:
    """One action step."""
    statement = view(actor, Action.ACTION_STEP_READ, ActionStep, _OVERDUE)
    return await read_one(session, actor, statement, ActionStep, step_id, {"now": clock.now()})


def advised(row: Any) -> list[dict[str, str]]:
    """What could be better about its words, as long as they can be changed (gate 14)."""
    return advice.advise(row.text) if row.state == ActionStepState.PROPOSED else []


async def propose(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Propose an action step to the other of the two: the teacher, or their lead. Of two who
    propose at once the second counts the first one's."""
    pair = await working_with(
        session, actor, Action.ACTION_STEP_CREATE, fields.pop("teacher_id", None)
    )
    await links.check(session, actor, pair, fields)
    values = await policy(session, actor)
    await session.execute(
        select(
            func.pg_advisory_xact_lock(func.hashtextextended(f"action_step {pair.teacher_id}", 0))
        )
    )
    open_now = await session.scalar(
        select(func.count()).where(
            ActionStep.district_id == actor.district_id,
            ActionStep.teacher_id == pair.teacher_id,
            ActionStep.state.in_(OPEN_STEPS),
        )
    )
    today = clock.today(await _zone(session, pair))
    _refuse(
        words_fit(values, fields["text"])
        + days_fit(values, today, fields["due_on"], fields["follow_up_on"])
        + count_fits(values, open_now or 0)
    )
    step = ActionStep(id=clock.new_id(), **owners(pair, actor.id), **fields)
    session.add(step)
    await session.flush()
    record(session, actor, "action_step.proposed", step)
    return step.id


async def change(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change a proposal: who made it. Of what both agreed, either changes the practice and the day
    from which they come back to it."""
    step, pair = await _acting(session, actor, Action.ACTION_STEP_EDIT, step_id, version)
    differs = {name for name, value in fields.items() if value != getattr(step, name)}
    if step.state == ActionStepState.PROPOSED:
        if step.author_id != actor.id:
            raise ProposedByTheOther
    elif differs - _AFTER:
        raise ActionStepAgreed
    if "indicator_id" in differs:
        await links.indicator(session, actor, fields["indicator_id"])
    values = await policy(session, actor)
    new = {name: fields[name] for name in differs}
    missing = words_fit(values, new["text"]) if "text" in new else []
    today = clock.today(await _zone(session, step))
    missing += days_fit(values, today, new.get("due_on"), new.get("follow_up_on"))
    _refuse(missing)
    apply(step, fields)
    if "follow_up_on" in differs and pair is not None:
        await follow(session, actor, step, pair.lead_id)
    record(session, actor, "action_step.changed", step, fields)


async def agree(session: AsyncSession, actor: Actor, step_id: UUID, version: int) -> None:
    """Agree to what the other of the two proposed. From now on its follow-up is on an agenda."""
    step, pair = await _acting(session, actor, Action.ACTION_STEP_AGREE, step_id, version)
    if step.author_id == actor.id:
        raise AlreadyAgreed
    fields = {"state": ActionStepState.AGREED.value, "agreed_at": clock.now()}
    apply(step, fields)
    if pair is not None:
        await follow(session, actor, step, pair.lead_id)
    record(session, actor, "action_step.agreed", step, fields)


async def practise(session: AsyncSession, actor: Actor, step_id: UUID, version: int) -> None:
    """It is being practised: either of the two says so."""
    step, _ = await _acting(session, actor, Action.ACTION_STEP_PRACTISE, step_id, version)
    fields = {"state": ActionStepState.PRACTISING.value}
    apply(step, fields)
    record(session, actor, "action_step.practised", step, fields)


async def meet(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, reason: str
) -> None:
    """It is seen in lessons, and what was seen: either of the two."""
    await _end(
        session, actor, Action.ACTION_STEP_MEET, step_id, version, ActionStepState.MET, reason
    )


async def not_meet(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, reason: str
) -> None:
    """It was not seen, and what was seen in its place: either of the two."""
    await _end(
        session,
        actor,
        Action.ACTION_STEP_NOT_MEET,
        step_id,
        version,
        ActionStepState.NOT_MET,
        reason,
    )


async def drop(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, reason: str
) -> None:
    """It will not be done, or the proposal is turned down or taken back: either of the two."""
    await _end(
        session, actor, Action.ACTION_STEP_DROP, step_id, version, ActionStepState.DROPPED, reason
    )


async def _end(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    step_id: UUID,
    version: int,
    state: ActionStepState,
    reason: str,
) -> None:
    step, _ = await _acting(session, actor, action, step_id, version)
    fields = {"state": state.value, "reason": reason, "closed_at": clock.now()}
    apply(step, fields)
    await take_off(session, actor, step)
    record(session, actor, f"action_step.{state}", step, fields)


async def carry_over(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, fields: dict[str, Any]
) -> UUID:
    """Go on with it until another day; the first one stays, so that it can be seen how often that
    was done. What goes on is agreed or being practised as it was. Either of the two."""
    old, pair = await _acting(session, actor, Action.ACTION_STEP_CARRY_OVER, step_id, version)
    today = clock.today(await _zone(session, old))
    due_on, follow_up_on = fields["due_on"], fields["follow_up_on"]
    _refuse(days_fit(await policy(session, actor), today, due_on, follow_up_on))
    kept = (
        *("district_id", "school_id", "relationship_id", "teacher_id", "lead_id"),
        *("text", "practice", "state", "agreed_at", "indicator_id", "idea_id"),
        *("feedback_id", "observation_id", "cycle_id", "adjustment_id"),
    )
    step = ActionStep(
        id=clock.new_id(),
        author_id=actor.id,
        due_on=due_on,
        follow_up_on=follow_up_on,
        carried_from_id=old.id,
        **{name: getattr(old, name) for name in kept},
    )
    old.state, old.closed_at = ActionStepState.CARRIED_OVER.value, clock.now()
    old.reason = fields["reason"]
    touch(old)
    await take_off(session, actor, old)
    session.add(step)
    await session.flush()
    if pair is not None:
        await follow(session, actor, step, pair.lead_id)
    record(session, actor, "action_step.carried_over", step, ("due_on", "follow_up_on"))
    return step.id


def _refuse(missing: Missing) -> None:
    if missing:
        raise ActionStepDoesNotFit(missing=missing)


async def _zone(session: AsyncSession, row: Any) -> str:
    """The zone of the row's school."""
    zone = await session.scalar(
        select(School.zone).where(School.district_id == row.district_id, School.id == row.school_id)
    )
    assert zone is not None
    return zone


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, step_id: UUID, version: int
) -> tuple[ActionStep, CoachingRelationship | None]:
    """The step, locked after the meetings of the two, and who works with the teacher now. A step
    that followed the teacher to a new lead is theirs from when one of the two works on it, so that
    they still read it once it is over."""
    teacher_id = await session.scalar(
        visible(actor, Action.ACTION_STEP_READ, ActionStep)
        .where(ActionStep.id == step_id)
        .with_only_columns(ActionStep.teacher_id),
        actor.binds,
    )
    pair = None
    if teacher_id is not None:
        pair = await present_pair(session, actor, teacher_id)
        if pair is not None:
            await in_order(session, actor, teacher_id, pair.lead_id)
    step = await acting(
        session, actor, action, ActionStep, step_id, version, read=Action.ACTION_STEP_READ
    )
    if pair is not None:
        step.lead_id, step.relationship_id = pair.lead_id, pair.id
    return step, pair
