"""The cycle above what its intention is made of: who sees it, and what day it is there."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.core.errors import Conflict, NotFound
from app.models import Framework, Indicator, LearningCycle, School


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
