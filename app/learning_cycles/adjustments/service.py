"""The rules of adjustments: one or two changes that a teacher tries."""

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
from app.core.paging import Paging, page
from app.goals.content import check_offered
from app.learning_cycles.holding import below, check_sees, on_cycle, touch_pairs
from app.learning_cycles.own_parts import owners_of_part, set_open
from app.models import CycleAdjustment, LearningCycle
from app.models.learning_cycles import AdjustmentState
from app.people.district.service import policy
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]


class TooManyAdjustments(Conflict):
    """A teacher works on one or two adjustments in a cycle (gate 10); the most is policy."""

    code, title = "too_many_adjustments", "There are enough adjustments"
    next_step = "Drop one, with the reason; `most` is how many a teacher works on."


async def list_adjustments(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """The adjustments that the caller may read, of all cycles."""
    statement = view(actor, Action.CYCLE_ADJUSTMENT_READ, CycleAdjustment).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[CycleAdjustment.id])


async def of_cycle(session: AsyncSession, actor: Actor, paging: Paging, cycle_id: UUID) -> Page:
    """Those of a cycle that the caller can see."""
    await check_sees(session, actor, cycle_id)
    return await list_adjustments(session, actor, paging, cycle_id=cycle_id)


async def read_adjustment(session: AsyncSession, actor: Actor, adjustment_id: UUID) -> Any:
    """One adjustment."""
    statement = view(actor, Action.CYCLE_ADJUSTMENT_READ, CycleAdjustment)
    return await read_one(session, actor, statement, CycleAdjustment, adjustment_id)


async def add(session: AsyncSession, actor: Actor, cycle_id: UUID, fields: dict[str, Any]) -> UUID:
    """Say what is tried: either of the two; in a team's cycle a member, for themselves. At most as
    many as the policy says are open of one teacher."""
    cycle = await on_cycle(session, actor, Action.CYCLE_ADD_ADJUSTMENT, cycle_id)
    await _check_indicator(session, actor, fields)
    adjustment = CycleAdjustment(
        id=clock.new_id(), **await owners_of_part(session, actor, cycle), **fields
    )
    open_ones = select(func.count()).where(
        CycleAdjustment.district_id == cycle.district_id,
        CycleAdjustment.cycle_id == cycle.id,
        CycleAdjustment.teacher_id == adjustment.teacher_id,
        CycleAdjustment.state == AdjustmentState.OPEN.value,
    )
    most = (await policy(session, actor)).cycle_adjustments_most
    if (await session.scalar(open_ones) or 0) >= most:
        raise TooManyAdjustments(most=most)
    session.add(adjustment)
    touch_pairs(cycle)
    await session.flush()
    record(session, actor, "cycle_adjustment.added", adjustment)
    return adjustment.id


async def change(
    session: AsyncSession, actor: Actor, adjustment_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Put it otherwise, as long as it is worked on. Whoever may add one."""
    cycle, adjustment = await _acting(
        session, actor, Action.CYCLE_ADJUSTMENT_EDIT, adjustment_id, version
    )
    if fields.get("indicator_id") != adjustment.indicator_id:
        await _check_indicator(session, actor, fields)
    if fields:
        apply(adjustment, fields)
        touch_pairs(cycle)
    record(session, actor, "cycle_adjustment.changed", adjustment, fields)


async def drop(
    session: AsyncSession, actor: Actor, adjustment_id: UUID, version: int, reason: str
) -> None:
    """Give it up, with the reason. Evidence of its use stays."""
    cycle, adjustment = await _acting(
        session, actor, Action.CYCLE_ADJUSTMENT_DROP, adjustment_id, version
    )
    fields = {"state": AdjustmentState.DROPPED.value, "reason": reason}
    apply(adjustment, fields)
    touch_pairs(cycle)
    record(session, actor, "cycle_adjustment.dropped", adjustment, fields)


async def open_to_team(
    session: AsyncSession, actor: Actor, adjustment_id: UUID, version: int
) -> None:
    """Let the team read it. The member whose part it is."""
    await _set_open(session, actor, Action.CYCLE_ADJUSTMENT_OPEN, adjustment_id, version)


async def close_to_team(
    session: AsyncSession, actor: Actor, adjustment_id: UUID, version: int
) -> None:
    """Take that back."""
    await _set_open(session, actor, Action.CYCLE_ADJUSTMENT_CLOSE, adjustment_id, version)


async def _set_open(
    session: AsyncSession, actor: Actor, action: Action, adjustment_id: UUID, version: int
) -> None:
    read = Action.CYCLE_ADJUSTMENT_READ
    await set_open(session, actor, action, CycleAdjustment, adjustment_id, version, read=read)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, adjustment_id: UUID, version: int
) -> tuple[LearningCycle, CycleAdjustment]:
    read = Action.CYCLE_ADJUSTMENT_READ
    return await below(session, actor, action, CycleAdjustment, adjustment_id, version, read=read)


async def _check_indicator(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> None:
    indicator_id = fields.get("indicator_id")
    if indicator_id is not None:
        await check_offered(session, actor, {indicator_id})
