"""The rules of learning activities: planned for a day, a time or whenever it fits, then done or
left out."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.learning_cycles.holding import below, check_past, check_sees, on_cycle, today, zone_of
from app.learning_cycles.owners import common
from app.learning_cycles.vocabularies.service import known
from app.meetings.booking import book, release
from app.meetings.times import span
from app.models import CycleActivity, LearningCycle, touch
from app.models.learning_cycles import ActivityState, ActivityWho, CycleLevel, Vocabulary
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]
#: who does it, in the cycle of a pair and in that of a team
_WHO = {
    CycleLevel.INDIVIDUAL: (ActivityWho.TEACHER, ActivityWho.LEAD, ActivityWho.BOTH),
    CycleLevel.TEAM: (ActivityWho.TEACHER, ActivityWho.LEAD, ActivityWho.TEAM),
}
_WHEN = ("on", "at", "zone", "minutes")


class WhoDoesNotFit(Conflict):
    """In the cycle of a pair the teacher, the lead or both do an activity; in that of a team each
    teacher, the lead or the team."""

    code, title = "who_does_not_fit", "This cycle has no such people"
    next_step = "`allowed` names who can do it in this cycle."


class TimeIncomplete(Conflict):
    """An activity at a time has a day and says how long it takes."""

    code, title = "time_incomplete", "A time needs a day and minutes"
    next_step = "Send `on` and `minutes` with `at`, or leave `at` out."


async def list_activities(
    session: AsyncSession, actor: Actor, cycle_id: UUID, paging: Paging, state: str | None
) -> Page:
    """The activities of a cycle that the caller can see."""
    await check_sees(session, actor, cycle_id)
    statement = view(actor, Action.CYCLE_ACTIVITY_READ, CycleActivity).where(
        CycleActivity.cycle_id == cycle_id
    )
    if state is not None:
        statement = statement.where(CycleActivity.state == state)
    return await page(session, actor, statement, paging, by=[CycleActivity.id])


async def read_activity(session: AsyncSession, actor: Actor, activity_id: UUID) -> Any:
    """One activity."""
    statement = view(actor, Action.CYCLE_ACTIVITY_READ, CycleActivity)
    return await read_one(session, actor, statement, CycleActivity, activity_id)


async def add(session: AsyncSession, actor: Actor, cycle_id: UUID, fields: dict[str, Any]) -> UUID:
    """Plan an activity: either of the two; in a team its lead and members."""
    cycle = await on_cycle(session, actor, Action.CYCLE_ADD_ACTIVITY, cycle_id)
    await _check(session, actor, cycle, fields)
    when = {name: fields.pop(name) for name in _WHEN}
    activity = CycleActivity(
        id=clock.new_id(), **common(cycle, actor.id), **fields, **await _times(session, cycle, when)
    )
    session.add(activity)
    touch(cycle)
    await session.flush()
    await _take_time(session, actor, activity)
    record(session, actor, "cycle_activity.planned", activity)
    return activity.id


async def change(
    session: AsyncSession, actor: Actor, activity_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Plan it otherwise, as long as it is planned. Whoever may plan one."""
    cycle, activity = await _acting(
        session, actor, Action.CYCLE_ACTIVITY_EDIT, activity_id, version
    )
    await _check(session, actor, cycle, fields)
    changed = set(fields)
    if changed & {*_WHEN}:
        when = {name: fields.pop(name, getattr(activity, name)) for name in _WHEN}
        fields = {**fields, **await _times(session, cycle, when)}
    if fields:
        apply(activity, fields)
        touch(cycle)
    if changed & {*_WHEN, "who"}:
        await session.flush()
        await release(session, actor, [activity.id])
        await _take_time(session, actor, activity)
    record(session, actor, "cycle_activity.changed", activity, changed)


async def finish(
    session: AsyncSession, actor: Actor, activity_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Say that it was done, and what was learned from it."""
    cycle, activity = await _acting(
        session, actor, Action.CYCLE_ACTIVITY_FINISH, activity_id, version
    )
    done_on: date | None = fields.get("done_on")
    if done_on is None:
        fields["done_on"] = await today(session, cycle)
    else:
        await check_past(session, cycle, done_on)
    fields["state"] = ActivityState.DONE.value
    apply(activity, fields)
    touch(cycle)
    record(session, actor, "cycle_activity.finished", activity, fields)


async def drop(
    session: AsyncSession, actor: Actor, activity_id: UUID, version: int, reason: str
) -> None:
    """Leave it out, with the reason; its time is free again."""
    cycle, activity = await _acting(
        session, actor, Action.CYCLE_ACTIVITY_DROP, activity_id, version
    )
    fields = {"state": ActivityState.DROPPED.value, "reason": reason}
    apply(activity, fields)
    touch(cycle)
    await release(session, actor, [activity.id])
    record(session, actor, "cycle_activity.dropped", activity, fields)


async def reopen(session: AsyncSession, actor: Actor, activity_id: UUID, version: int) -> None:
    """Plan what was done or left out once more; what was written stays, and a time is taken
    again."""
    cycle, activity = await _acting(
        session, actor, Action.CYCLE_ACTIVITY_REOPEN, activity_id, version
    )
    fields = {"state": ActivityState.PLANNED.value, "done_on": None, "reason": None}
    apply(activity, fields)
    touch(cycle)
    await session.flush()
    await _take_time(session, actor, activity)
    record(session, actor, "cycle_activity.reopened", activity, fields)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, activity_id: UUID, version: int
) -> tuple[LearningCycle, CycleActivity]:
    read = Action.CYCLE_ACTIVITY_READ
    return await below(session, actor, action, CycleActivity, activity_id, version, read=read)


async def _check(
    session: AsyncSession, actor: Actor, cycle: LearningCycle, fields: dict[str, Any]
) -> None:
    """Refuse (409) a word that the school does not have, and people that the cycle does not."""
    approach = fields.get("approach")
    if approach is not None:
        await known(session, actor, Vocabulary.LEARNING_APPROACH, cycle.school_id, approach)
    allowed = _WHO[CycleLevel(cycle.level)]
    if fields.get("who", allowed[0]) not in allowed:
        raise WhoDoesNotFit(allowed=[who.value for who in allowed])


async def _times(
    session: AsyncSession, cycle: LearningCycle, when: dict[str, Any]
) -> dict[str, Any]:
    """The columns that say when it is: at a time, on a day, or whenever."""
    if when["at"] is None:
        none: dict[str, Any] = dict.fromkeys(("at", "zone", "starts_at", "ends_at"))
        return {**none, "on": when["on"], "minutes": when["minutes"], "time_moved": False}
    if when["on"] is None or when["minutes"] is None:
        raise TimeIncomplete
    return span(
        when["on"], when["at"], when["zone"] or await zone_of(session, cycle), when["minutes"]
    )


async def _take_time(session: AsyncSession, actor: Actor, activity: CycleActivity) -> None:
    """A timed activity of a pair takes the time of who does it; of a team it takes nobody's."""
    if activity.starts_at is not None and activity.level == CycleLevel.INDIVIDUAL.value:
        await book(session, actor, [activity], "learning_activity")
