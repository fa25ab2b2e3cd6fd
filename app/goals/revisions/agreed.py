"""Closing a goal whose outcome the two agreed to elsewhere: where they concluded a cycle."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.goals.pair import add_agreement_of
from app.goals.revisions.service import closing, take_effect
from app.models.goals import GoalLevel


async def close_agreed(
    session: AsyncSession,
    actor: Actor,
    goal_id: UUID,
    outcome: str,
    evidence: str,
    other_id: UUID | None,
) -> None:
    """Close a goal with an outcome that the other of the two said yes to already: by the rules of
    any other close, and at once. Of a school or team goal the writer's close is enough."""
    goal, revision = await closing(session, actor, goal_id, None, outcome, evidence, ())
    if goal.level != GoalLevel.INDIVIDUAL:
        return
    # a cycle is closed while the two it was written with work together, so both are there
    assert other_id
    both = await add_agreement_of(session, goal, revision, other_id)
    assert both
    await take_effect(session, actor, goal, revision)
