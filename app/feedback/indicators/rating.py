"""Where feedback on an indicator may carry a rating, and which (domain.md §4, gates 1 and 12).

In an observation it may when the observation is evaluative: of a formal, scored kind. In a cycle
it may when the lead takes part in the teacher's evaluation and is certified on that day. Nowhere
else: coaching stays apart from evaluation.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.core.errors import Conflict
from app.goals.content import IndicatorNotOffered
from app.models import (
    CoachingRelationship,
    EvidenceItem,
    EvidenceTag,
    Expectation,
    Framework,
    Indicator,
    IndicatorFeedback,
    Observation,
    ObservationRating,
    School,
)
from app.models.observations import SHARED_STATES, EvidenceKind
from app.models.relationships import EvaluatorScope
from app.observations.certifications.service import certified
from app.people.district.service import policy

Missing = list[dict[str, str]]


class RatingNotAllowed(Conflict):
    """A rating needs a formal, scored observation, or a lead who takes part in the evaluation and
    is certified on that day; and the record is evaluative then, from its beginning."""

    code, title = "rating_not_allowed", "There is no rating here"
    next_step = "Leave `score` and `evaluative` out, or see to what `missing` lists first."


class FeedbackNotReady(Conflict):
    """Feedback on an observation is given once the observation is, a rating in it rests on what was
    seen, word by word, and does not differ from the observation's own."""

    code, title = "feedback_not_ready", "It cannot be shared yet"
    next_step = "See to what `missing` lists, then share it."


async def offered(session: AsyncSession, actor: Actor, indicator_id: UUID) -> Any:
    """The scale of an indicator of a published framework, and whether it is one that is seen in
    lessons (409 for any other)."""
    found = (
        await session.execute(
            visible(actor, Action.FRAMEWORK_READ, Indicator)
            .select_from(Indicator)
            .join(
                Expectation,
                (Expectation.district_id == Indicator.district_id)
                & (Expectation.id == Indicator.expectation_id),
            )
            .join(
                Framework,
                (Framework.district_id == Indicator.district_id)
                & (Framework.id == Indicator.framework_id),
            )
            .where(Indicator.id == indicator_id, Framework.state == "published")
            .with_only_columns(Expectation.scale, Indicator.observed),
            actor.binds,
        )
    ).first()
    if found is None:
        raise IndicatorNotOffered
    return found


async def must_rate(session: AsyncSession, actor: Actor, relationship_id: UUID) -> None:
    """Refuse (409) unless the lead of a relationship has a part in the evaluation, and is certified
    on this day at the school."""
    link = (
        await session.execute(
            select(CoachingRelationship, School.zone)
            .join(
                School,
                (School.district_id == CoachingRelationship.district_id)
                & (School.id == CoachingRelationship.school_id),
            )
            .where(
                CoachingRelationship.district_id == actor.district_id,
                CoachingRelationship.id == relationship_id,
            )
        )
    ).one()
    relationship, zone = link[0], link[1]
    missing: Missing = []
    if relationship.evaluator_scope == EvaluatorScope.NONE.value:
        words = "You take no part in this teacher's evaluation."
        missing.append({"code": "evaluator_scope", "message": words})
    today = clock.today(zone)
    if not await certified(session, relationship.district_id, relationship.lead_id, today):
        words = "You are not certified to rate on this day."
        missing.append({"code": "certification", "message": words})
    if missing:
        raise RatingNotAllowed(missing=missing)


async def must_be_ready(session: AsyncSession, actor: Actor, feedback: IndicatorFeedback) -> None:
    """Refuse to share what an observation does not bear yet (409), with all that is missing."""
    if feedback.observation_id is None:
        return
    state = await session.scalar(
        select(Observation.state).where(
            Observation.district_id == feedback.district_id,
            Observation.id == feedback.observation_id,
        )
    )
    missing: Missing = []
    if state not in SHARED_STATES:
        missing.append({"code": "observation", "message": "Share the observation first."})
    if feedback.score is not None:
        missing += await _lacks_evidence(session, actor, feedback)
    if missing:
        raise FeedbackNotReady(missing=missing)


async def _lacks_evidence(
    session: AsyncSession, actor: Actor, feedback: IndicatorFeedback
) -> Missing:
    """Gate 12, for the one indicator; and the observation's own rating of it. Counted is what the
    giver reads: a refusal must not tell what somebody who looked on has not shared."""
    missing: Missing = []
    seen = await session.scalar(
        visible(actor, Action.EVIDENCE_READ, EvidenceItem)
        .join(
            EvidenceTag,
            (EvidenceTag.district_id == EvidenceItem.district_id)
            & (EvidenceTag.item_id == EvidenceItem.id),
        )
        .where(
            EvidenceItem.observation_id == feedback.observation_id,
            EvidenceItem.kind == EvidenceKind.EVIDENCE.value,
            EvidenceItem.verbatim,
            EvidenceItem.removed_at.is_(None),
            EvidenceTag.indicator_id == feedback.indicator_id,
        )
        .with_only_columns(func.count()),
        actor.binds,
    )
    needed = (await policy(session, actor)).evidence_per_score
    if (seen or 0) < needed:
        words = f"Verbatim evidence for the indicator: {needed} at least."
        missing.append({"code": "evidence", "message": words})
    rated = await session.scalar(
        select(ObservationRating.score).where(
            ObservationRating.district_id == feedback.district_id,
            ObservationRating.observation_id == feedback.observation_id,
            ObservationRating.indicator_id == feedback.indicator_id,
        )
    )
    if rated is not None and rated != feedback.score:
        words = "The observation rates the indicator with another score."
        missing.append({"code": "score_differs", "message": words})
    return missing
