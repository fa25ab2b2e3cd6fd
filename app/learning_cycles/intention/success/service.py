"""The rules of success indicators: three lenses, each indicator tied to the framework or explained
(gate 9)."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.goals.content import check_offered
from app.learning_cycles.holding import below, check_sees, on_cycle
from app.learning_cycles.owners import common
from app.models import CycleSuccessIndicator, LearningCycle, touch
from app.models.learning_cycles import CycleState, Lens
from app.templates.service import asked

#: so many that each is looked for, and are answered whole
MOST = 30
_, _FIELDS = asked(LearningCycle)


class SuccessIndicatorUntied(Conflict):
    """What success looks like is tied to an indicator of the framework, or explained (domain.md §4,
    gate 9)."""

    code, title = "success_indicator_untied", "Tie it to an indicator, or explain it"
    next_step = "Give `indicator_id` of a published framework, or `explanation`."


class SuccessIndicatorsFull(Conflict):
    """A cycle has up to thirty success indicators."""

    code, title = "success_indicators_full", "There are thirty success indicators already"
    next_step = "Take one out first, or put two into one."


async def list_indicators(session: AsyncSession, actor: Actor, cycle_id: UUID) -> list[Any]:
    """The success indicators of a cycle."""
    await check_sees(session, actor, cycle_id)
    statement = view(actor, Action.CYCLE_SUCCESS_READ, CycleSuccessIndicator)
    statement = statement.where(CycleSuccessIndicator.cycle_id == cycle_id)
    rows = await session.execute(
        statement.order_by(CycleSuccessIndicator.created_at, CycleSuccessIndicator.id), actor.binds
    )
    return list(rows.all())


async def read_indicator(session: AsyncSession, actor: Actor, indicator_id: UUID) -> Any:
    """One success indicator."""
    statement = view(actor, Action.CYCLE_SUCCESS_READ, CycleSuccessIndicator)
    return await read_one(session, actor, statement, CycleSuccessIndicator, indicator_id)


async def key_questions(
    session: AsyncSession, actor: Actor, cycle_id: UUID
) -> list[dict[str, Any]]:
    """The questions of the cycle's template whose keys are lenses."""
    statement = view(actor, Action.CYCLE_READ, LearningCycle, _FIELDS)
    cycle = await read_one(session, actor, statement, LearningCycle, cycle_id)
    fields = {field["key"]: field for field in cycle.fields or ()}
    return [
        {"lens": lens.value, "question": fields[lens]["label"], "help": fields[lens].get("help")}
        for lens in Lens
        if lens in fields
    ]


async def add(session: AsyncSession, actor: Actor, cycle_id: UUID, fields: dict[str, Any]) -> UUID:
    """Say what success looks like through a lens, in the cycle's intention: the teacher or the
    lead; in a team's cycle, who takes part."""
    cycle = await on_cycle(session, actor, Action.CYCLE_ADD_SUCCESS, cycle_id)
    there = select(func.count()).where(
        CycleSuccessIndicator.district_id == cycle.district_id,
        CycleSuccessIndicator.cycle_id == cycle.id,
    )
    if (await session.scalar(there) or 0) >= MOST:
        raise SuccessIndicatorsFull
    row = CycleSuccessIndicator(**common(cycle, actor.id), id=clock.new_id(), **fields)
    await _check(session, actor, row, fields)
    session.add(row)
    touch(cycle)
    await session.flush()
    record(session, actor, "cycle_success_indicator.added", row)
    return row.id


async def change(
    session: AsyncSession, actor: Actor, row_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change it as long as the cycle is in its intention: either of the two; in a team's cycle its
    author or its lead. What the cycle is looked at by later is not moved on the way."""
    cycle, row = await _act(session, actor, Action.CYCLE_SUCCESS_EDIT, row_id, version)
    with session.no_autoflush:
        for name, value in fields.items():
            setattr(row, name, value)
        await _check(session, actor, row, fields)
    if fields:
        touch(row)
        touch(cycle)
    record(session, actor, "cycle_success_indicator.changed", row, fields)


async def remove(session: AsyncSession, actor: Actor, row_id: UUID, version: int) -> None:
    """Take it out again: who may change it."""
    cycle, row = await _act(session, actor, Action.CYCLE_SUCCESS_DELETE, row_id, version)
    touch(cycle)
    record(session, actor, "cycle_success_indicator.removed", row)
    await session.flush()
    await session.delete(row)


async def _act(
    session: AsyncSession, actor: Actor, action: Action, row_id: UUID, version: int
) -> tuple[LearningCycle, CycleSuccessIndicator]:
    return await below(
        session,
        actor,
        action,
        CycleSuccessIndicator,
        row_id,
        version,
        read=Action.CYCLE_SUCCESS_READ,
        states=(CycleState.INTENTION,),
    )


async def _check(
    session: AsyncSession, actor: Actor, row: CycleSuccessIndicator, sent: dict[str, Any]
) -> None:
    if row.indicator_id is None and row.explanation is None:
        raise SuccessIndicatorUntied
    wanted = sent.get("indicator_id")
    if wanted is not None:
        await check_offered(session, actor, {wanted})
