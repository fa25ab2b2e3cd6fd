"""Taking hold of a learning cycle, so that what is below it changes one step at a time."""

from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, noun, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, NotFound, WrongState
from app.models import CoachingRelationship, LearningCycle, School, touch
from app.models.learning_cycles import APPLIED_IN, CycleLevel, CyclePhase

Row = TypeVar("Row")
#: the states in which a cycle is worked on, and in which its adjustments are in use
RUNS = tuple(phase.value for phase in CyclePhase)
APPLIED = tuple(state.value for state in APPLIED_IN)


class DayInFuture(Conflict):
    """What was done or seen lies on a day that has come."""

    code, title = "day_in_future", "That day has not come yet"
    next_step = "Give the day it was done or seen; what is still to come can be planned."


async def on_cycle(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    cycle_id: UUID,
    version: int | None = None,
) -> LearningCycle:
    """The cycle that an action is about to change or to add to, locked."""
    await _hold(session, actor, cycle_id)
    return await acting(
        session, actor, action, LearningCycle, cycle_id, version, read=Action.CYCLE_READ
    )


async def below(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    model: type[Row],
    row_id: UUID,
    version: int,
    *,
    read: Action,
    states: tuple[str, ...] | None = RUNS,
) -> tuple[LearningCycle, Row]:
    """A row below a cycle that an action is about to change, and the cycle, both locked. 409 unless
    the cycle is in one of the states. The rights are those to the row: a member's own part is
    theirs also where they see the cycle no more."""
    of: Any = model
    statement = visible(actor, read, model).with_only_columns(of.cycle_id).where(of.id == row_id)
    cycle_id = await session.scalar(statement, actor.binds)
    if cycle_id is None:
        raise NotFound(f"There is no such {noun(model)}, or you may not see it.")
    await _hold(session, actor, cycle_id)
    cycle = (
        await session.scalars(
            select(LearningCycle)
            .where(LearningCycle.district_id == actor.district_id, LearningCycle.id == cycle_id)
            .with_for_update()
        )
    ).one()
    row = await acting(session, actor, action, model, row_id, version, read=read)
    if states is not None and cycle.state not in states:
        raise WrongState(f"The cycle is {cycle.state}.", state=cycle.state, allowed=[])
    return cycle, row


async def _hold(session: AsyncSession, actor: Actor, cycle_id: UUID) -> None:
    """The coaching of a pair neither ends nor pauses before this is done, so that nothing is left
    behind by it: before the cycle, as an end locks it first, too."""
    await session.execute(
        select(CoachingRelationship.id)
        .join(
            LearningCycle,
            (LearningCycle.district_id == CoachingRelationship.district_id)
            & (LearningCycle.relationship_id == CoachingRelationship.id),
        )
        .where(LearningCycle.district_id == actor.district_id, LearningCycle.id == cycle_id)
        .with_for_update(read=True, of=CoachingRelationship)
    )


async def check_sees(session: AsyncSession, actor: Actor, cycle_id: UUID) -> None:
    """404 to whoever does not see the cycle."""
    statement = visible(actor, Action.CYCLE_READ, LearningCycle)
    statement = statement.with_only_columns(LearningCycle.id).where(LearningCycle.id == cycle_id)
    if await session.scalar(statement, actor.binds) is None:
        raise NotFound("There is no such learning cycle, or you may not see it.")


async def read_cycle(session: AsyncSession, actor: Actor, cycle_id: UUID) -> Any:
    """The cycle as the caller sees it, or 404."""
    statement = view(actor, Action.CYCLE_READ, LearningCycle)
    return await read_one(session, actor, statement, LearningCycle, cycle_id)


def seen_by_all(cycle: LearningCycle) -> bool:
    """Whether who reads the cycle reads what teachers try in it, too: so in a pair's."""
    return cycle.level == CycleLevel.INDIVIDUAL.value


def touch_pairs(cycle: LearningCycle) -> None:
    """Count a change below a pair's cycle. A team's shows nothing of what a member does in their
    own part, its version neither (ADR 0030)."""
    if seen_by_all(cycle):
        touch(cycle)


async def zone_of(session: AsyncSession, cycle: LearningCycle) -> str:
    """The zone of the cycle's school."""
    statement = select(School.zone).where(
        School.district_id == cycle.district_id, School.id == cycle.school_id
    )
    return str(await session.scalar(statement))


async def today(session: AsyncSession, cycle: LearningCycle) -> date:
    """The day it is at the cycle's school."""
    return clock.today(await zone_of(session, cycle))


async def check_past(session: AsyncSession, cycle: LearningCycle, on: date) -> None:
    """Refuse (409) a day that has not come at the cycle's school."""
    if on > await today(session, cycle):
        raise DayInFuture
