"""What an action step may refer to: what belongs to these two, and the caller reads."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core.errors import UnknownReference
from app.models import (
    ActionStepIdea,
    CoachingRelationship,
    CycleAdjustment,
    FeedbackConversation,
    Indicator,
    LearningCycle,
    Observation,
)
from app.models.learning_cycles import CycleLevel

Fields = dict[str, Any]


async def check(
    session: AsyncSession, actor: Actor, pair: CoachingRelationship, fields: Fields
) -> None:
    """Refuse (409) what is not of these two, and fill in what an idea or an adjustment gives. What
    the caller does not see looks like what is not there."""
    await _from_idea(session, actor, pair, fields)
    await indicator(session, actor, fields["indicator_id"])
    await _feedback(session, actor, pair, fields["feedback_id"])
    await _observation(session, actor, pair, fields["observation_id"])
    await _adjustment(session, actor, pair, fields)
    await _cycle(session, actor, pair, fields)


async def _from_idea(
    session: AsyncSession, actor: Actor, pair: CoachingRelationship, fields: Fields
) -> None:
    if fields["idea_id"] is None:
        return
    idea = await session.scalar(
        visible(actor, Action.IDEA_READ, ActionStepIdea).where(
            ActionStepIdea.id == fields["idea_id"],
            ActionStepIdea.school_id == pair.school_id,
            ~ActionStepIdea.retired,
        ),
        actor.binds,
    )
    if idea is None:
        raise UnknownReference("There is no such idea in use at the school.", field="idea_id")
    for name in ("text", "practice", "indicator_id"):
        if fields[name] is None:
            fields[name] = getattr(idea, name)


async def indicator(session: AsyncSession, actor: Actor, indicator_id: UUID | None) -> None:
    """Refuse (409) an indicator that is in no framework the caller sees."""
    if indicator_id is None:
        return
    seen = visible(actor, Action.FRAMEWORK_READ, Indicator).where(Indicator.id == indicator_id)
    if await session.scalar(seen, actor.binds) is None:
        raise UnknownReference("There is no such indicator.", field="indicator_id")


async def _feedback(
    session: AsyncSession, actor: Actor, pair: CoachingRelationship, feedback_id: UUID | None
) -> None:
    """A feedback conversation of the two, which both know of. One with somebody else the lead does
    not know of, and learns of it through no action step."""
    if feedback_id is None:
        return
    of_both = select(FeedbackConversation.id).where(
        FeedbackConversation.district_id == actor.district_id,
        FeedbackConversation.id == feedback_id,
        FeedbackConversation.teacher_id == pair.teacher_id,
        FeedbackConversation.lead_id == pair.lead_id,
    )
    if await session.scalar(of_both) is None:
        raise UnknownReference("There is no such conversation of you two.", field="feedback_id")


async def _observation(
    session: AsyncSession, actor: Actor, pair: CoachingRelationship, observation_id: UUID | None
) -> None:
    """An observation of the teacher that was shared."""
    if observation_id is None:
        return
    seen = visible(actor, Action.OBSERVATION_READ, Observation).where(
        Observation.id == observation_id,
        Observation.teacher_id == pair.teacher_id,
        Observation.shared_at.is_not(None),
    )
    if await session.scalar(seen, actor.binds) is None:
        raise UnknownReference("There is no such shared observation.", field="observation_id")


async def _adjustment(
    session: AsyncSession, actor: Actor, pair: CoachingRelationship, fields: Fields
) -> None:
    """An adjustment of the teacher, written with this lead, also in a team's cycle: its cycle is
    that of the step."""
    if fields["adjustment_id"] is None:
        return
    found = await session.scalar(
        visible(actor, Action.CYCLE_ADJUSTMENT_READ, CycleAdjustment).where(
            CycleAdjustment.id == fields["adjustment_id"],
            CycleAdjustment.teacher_id == pair.teacher_id,
            CycleAdjustment.lead_id == pair.lead_id,
        ),
        actor.binds,
    )
    if found is None or fields["cycle_id"] not in (None, found.cycle_id):
        raise UnknownReference("There is no such adjustment of you two.", field="adjustment_id")
    fields["cycle_id"] = found.cycle_id


async def _cycle(
    session: AsyncSession, actor: Actor, pair: CoachingRelationship, fields: Fields
) -> None:
    """A learning cycle of the two."""
    if fields["cycle_id"] is None or fields["adjustment_id"] is not None:
        return
    seen = visible(actor, Action.CYCLE_READ, LearningCycle).where(
        LearningCycle.id == fields["cycle_id"],
        LearningCycle.level == CycleLevel.INDIVIDUAL.value,
        LearningCycle.teacher_id == pair.teacher_id,
        LearningCycle.lead_id == pair.lead_id,
    )
    if await session.scalar(seen, actor.binds) is None:
        raise UnknownReference("There is no such learning cycle of you two.", field="cycle_id")
