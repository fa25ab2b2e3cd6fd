"""The cycle above what its intention is made of: who sees it, and its lock, taken first."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, noun, visible
from app.core import clock
from app.core.errors import Conflict, NotFound, WrongState
from app.models import Framework, Indicator, LearningCycle, School

Row = TypeVar("Row")


class RankingsRevealed(Conflict):
    """Once the rankings are seen, neither they nor the candidates change: each one ranked the
    candidates that there were without knowing what the other would say."""

    code, title = "rankings_revealed", "The rankings were revealed"
    next_step = "Choose one of the candidates: POST /learning-cycles/{id}/choose-goal."


async def check_sees(session: AsyncSession, actor: Actor, cycle_id: UUID) -> None:
    """404 to whoever does not see the cycle."""
    statement = visible(actor, Action.CYCLE_READ, LearningCycle)
    statement = statement.with_only_columns(LearningCycle.id).where(LearningCycle.id == cycle_id)
    if await session.scalar(statement, actor.binds) is None:
        raise NotFound("There is no such learning cycle, or you may not see it.")


async def on_cycle(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    cycle_id: UUID,
    version: int | None = None,
) -> LearningCycle:
    """The cycle that the caller acts on, locked."""
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
    states: tuple[str, ...],
) -> tuple[LearningCycle, Row]:
    """A cycle and what is below it, both locked, the cycle first as everywhere. 409 where the cycle
    is in none of these states."""
    kind: Any = model
    above = visible(actor, read, kind).with_only_columns(kind.cycle_id).where(kind.id == row_id)
    cycle_id = await session.scalar(above, actor.binds)
    if cycle_id is None:
        raise NotFound(f"There is no such {noun(kind)}, or you may not see it.")
    cycle = await session.scalar(
        select(LearningCycle)
        .where(LearningCycle.district_id == actor.district_id, LearningCycle.id == cycle_id)
        .with_for_update()
    )
    assert cycle is not None
    row = await acting(session, actor, action, model, row_id, version, read=read)
    if cycle.state not in states:
        raise WrongState(f"The learning cycle is {cycle.state}.", state=cycle.state, allowed=[])
    return cycle, row


async def today(session: AsyncSession, cycle: LearningCycle) -> Any:
    """The day it is at the school."""
    zone = await session.scalar(
        select(School.zone).where(
            School.district_id == cycle.district_id, School.id == cycle.school_id
        )
    )
    assert zone is not None
    return clock.today(zone)


async def is_offered(session: AsyncSession, actor: Actor, indicator_id: UUID) -> bool:
    """Whether the indicator is of a published framework."""
    found = await session.scalar(
        visible(actor, Action.FRAMEWORK_READ, Indicator)
        .with_only_columns(Indicator.id)
        .join(
            Framework,
            (Framework.district_id == Indicator.district_id)
            & (Framework.id == Indicator.framework_id),
        )
        .where(Indicator.id == indicator_id, Framework.state == "published"),
        actor.binds,
    )
    return found is not None
