"""The rules of data points: at least one number and one in words (gate 9, asked when the cycle
leaves its intention), from several sources, linked to what they come from."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.learning_cycles.holding import below, check_sees, on_cycle, today
from app.learning_cycles.owners import common
from app.learning_cycles.vocabularies.service import known
from app.models import CycleDataPoint, Goal, LearningCycle, Observation, touch
from app.models.learning_cycles import (
    RUNNING,
    CycleLevel,
    CycleState,
    DataKind,
    Vocabulary,
)

Page = tuple[list[Any], str | None]


class DataPointUnclear(Conflict):
    """Quantitative data is a number with its unit; qualitative data is words, and no number."""

    code, title = "data_point_unclear", "Give a number with its unit, or words"
    next_step = "Add or clear what `missing` lists."


class DataPointInFuture(Conflict):
    """Data is what was seen, so its day is not in the future."""

    code, title = "data_point_in_future", "That day has not come yet"
    next_step = "Give the day it was seen."


async def list_points(session: AsyncSession, actor: Actor, cycle_id: UUID, paging: Paging) -> Page:
    """The data of a cycle, oldest first."""
    await check_sees(session, actor, cycle_id)
    statement = view(actor, Action.CYCLE_DATA_READ, CycleDataPoint)
    statement = statement.where(CycleDataPoint.cycle_id == cycle_id)
    return await page(session, actor, statement, paging, by=[CycleDataPoint.id])


async def read_point(session: AsyncSession, actor: Actor, point_id: UUID) -> Any:
    """One data point."""
    statement = view(actor, Action.CYCLE_DATA_READ, CycleDataPoint)
    return await read_one(session, actor, statement, CycleDataPoint, point_id)


async def add(session: AsyncSession, actor: Actor, cycle_id: UUID, fields: dict[str, Any]) -> UUID:
    """Add a data point in any phase: the teacher or the lead; in a team's cycle, who takes part."""
    cycle = await on_cycle(session, actor, Action.CYCLE_ADD_DATA, cycle_id)
    point = CycleDataPoint(**common(cycle, actor.id), id=clock.new_id(), **fields)
    await _check(session, actor, cycle, point, fields)
    session.add(point)
    touch(cycle)
    await session.flush()
    record(session, actor, "cycle_data_point.added", point)
    return point.id


async def change(
    session: AsyncSession, actor: Actor, point_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Correct a data point: its author, in a team's cycle its lead as well."""
    cycle, point = await _act(session, actor, Action.CYCLE_DATA_EDIT, point_id, version, RUNNING)
    with session.no_autoflush:
        for name, value in fields.items():
            setattr(point, name, value)
        await _check(session, actor, cycle, point, fields)
    if fields:
        touch(point)
        touch(cycle)
    record(session, actor, "cycle_data_point.changed", point, fields)


async def remove(session: AsyncSession, actor: Actor, point_id: UUID, version: int) -> None:
    """Take one's own data point out again, as long as no goal rests on it: in the intention."""
    cycle, point = await _act(
        session, actor, Action.CYCLE_DATA_DELETE, point_id, version, (CycleState.INTENTION,)
    )
    touch(cycle)
    record(session, actor, "cycle_data_point.removed", point)
    await session.flush()
    await session.delete(point)


async def _act(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    point_id: UUID,
    version: int,
    states: tuple[str, ...],
) -> tuple[LearningCycle, CycleDataPoint]:
    return await below(
        session,
        actor,
        action,
        CycleDataPoint,
        point_id,
        version,
        read=Action.CYCLE_DATA_READ,
        states=states,
    )


async def _check(
    session: AsyncSession,
    actor: Actor,
    cycle: LearningCycle,
    point: CycleDataPoint,
    sent: dict[str, Any],
) -> None:
    """Everything that the point must fulfil; of what stays as it was nothing is asked anew."""
    wrong: list[dict[str, str]] = []
    if point.kind == DataKind.QUANTITATIVE:
        if point.value is None:
            wrong.append({"code": "value", "message": "Give the number."})
        if point.unit is None:
            wrong.append({"code": "unit", "message": "Say what the number counts."})
    else:
        if point.text is None:
            wrong.append({"code": "text", "message": "Say what was seen or said."})
        if point.value is not None or point.unit is not None:
            wrong.append({"code": "number", "message": "A number makes it quantitative."})
    if wrong:
        raise DataPointUnclear(missing=wrong)
    if sent.get("on") is not None and sent["on"] > await today(session, cycle):
        raise DataPointInFuture
    if "source" in sent:
        await known(session, actor, Vocabulary.DATA_SOURCE, cycle.school_id, sent["source"])
    if sent.get("goal_id") is not None:
        goal = visible(actor, Action.GOAL_READ, Goal).with_only_columns(Goal.id)
        if await session.scalar(goal.where(Goal.id == sent["goal_id"]), actor.binds) is None:
            raise UnknownReference("There is no such goal.", field="goal_id")
    if sent.get("observation_id") is not None:
        await _check_observation(session, actor, cycle, sent["observation_id"])


async def _check_observation(
    session: AsyncSession, actor: Actor, cycle: LearningCycle, observation_id: UUID
) -> None:
    """It was shared with the teacher of the cycle. Into a team's cycle each brings their own alone:
    that somebody else was observed is theirs to tell."""
    of_team = cycle.level == CycleLevel.TEAM
    found = await session.scalar(
        visible(actor, Action.OBSERVATION_READ, Observation)
        .with_only_columns(Observation.id)
        .where(
            Observation.id == observation_id,
            Observation.shared_at.is_not(None),
            Observation.teacher_id == (actor.id if of_team else cycle.teacher_id),
        ),
        actor.binds,
    )
    if found is None:
        raise UnknownReference(
            "There is no such observation that was shared with the teacher.",
            field="observation_id",
        )
