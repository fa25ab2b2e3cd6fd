"""What the next 1:1 could be about: the phase of the pair's open cycle proposes it (R7). A person
decides; nothing is changed by a suggestion."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import seen_through, visible
from app.access.views import read_one, view
from app.models import (
    CoachingRelationship,
    CycleActivity,
    CycleCandidate,
    CycleMove,
    LearningCycle,
    Meeting,
    Observation,
)
from app.models.learning_cycles import ActivityState, CycleLevel, CyclePhase, CycleState
from app.models.meetings import Focus
from app.models.observations import ObservationState
from app.models.relationships import RelationshipState

#: how the approaches of the vocabulary begin in which two look at a lesson together
CO_OBSERVING = "co_observ"
_OVER = (CycleState.CLOSED.value, CycleState.ABANDONED.value)


@dataclass(frozen=True)
class Suggestion:
    """What a 1:1 could be about, and why."""

    focus: Focus
    why: str
    cycle_id: UUID | None = None


#: phase → what a 1:1 is for in it: the first whose fact holds
TABLE: dict[CyclePhase, tuple[tuple[str | None, Focus, str], ...]] = {
    CyclePhase.INTENTION: (
        ("choosing", Focus.GOAL, "There are goals to choose from: settle on one together."),
        (None, Focus.DATA, "A cycle begins with data: look at what you have together."),
    ),
    CyclePhase.LEARNING: (
        (
            "co_observing",
            Focus.CO_OBSERVATION,
            "You planned to look at a lesson together by then.",
        ),
        (None, Focus.CO_PLANNING, "You are learning: plan together what to do with it."),
    ),
    CyclePhase.APPLICATION: (
        (
            "to_debrief",
            Focus.OBSERVATION_DEBRIEF,
            "An observation was shared and is not talked about yet.",
        ),
        (None, Focus.CO_PLANNING, "The adjustment is being tried: plan the next try together."),
    ),
    CyclePhase.REFLECTION: (
        (None, Focus.REFLECTION, "The cycle is in reflection: look back together."),
    ),
}
NO_CYCLE = Suggestion(Focus.CHECK_IN, "No learning cycle that you two work on now is open.")


def suggest(cycles: Iterable[Any], on: date) -> Suggestion:
    """What the pair's 1:1 on this day could be about. Of several cycles the last one begun counts;
    one that is paused suggests nothing."""
    running = [row for row in cycles if row.state != CycleState.PAUSED.value]
    if not running:
        return NO_CYCLE
    cycle = max(running, key=lambda row: (row.created_at, str(row.id)))
    seen_on = cycle.co_observing_on
    facts = {
        None: True,
        "choosing": cycle.goal_id is not None or cycle.has_candidates,
        "co_observing": seen_on is not None and seen_on <= on,
        "to_debrief": cycle.to_debrief,
    }
    focus, why = next(
        (focus, why) for fact, focus, why in TABLE[CyclePhase(cycle.phase)] if facts[fact]
    )
    return Suggestion(focus, why, cycle.id)


async def open_cycles(
    session: AsyncSession, actor: Actor, teachers: Collection[UUID], *which: Any
) -> list[Any]:
    """The cycles that are not over of these teachers and whoever coaches them now, and those that
    `which` adds; with what a suggestion rests on, as far as the caller may read it. One
    statement."""
    works = exists().where(
        CoachingRelationship.district_id == LearningCycle.district_id,
        CoachingRelationship.teacher_id == LearningCycle.teacher_id,
        CoachingRelationship.lead_id == LearningCycle.lead_id,
        CoachingRelationship.primary,
        CoachingRelationship.state == RelationshipState.ACTIVE.value,
    )
    candidates = select(CycleCandidate.id).where(
        seen_through(actor, Action.CYCLE_CANDIDATE_READ, CycleCandidate),
        CycleCandidate.cycle_id == LearningCycle.id,
    )
    co_observing = select(func.min(CycleActivity.on)).where(
        seen_through(actor, Action.CYCLE_ACTIVITY_READ, CycleActivity),
        CycleActivity.cycle_id == LearningCycle.id,
        CycleActivity.state == ActivityState.PLANNED.value,
        CycleActivity.approach.startswith(CO_OBSERVING, autoescape=True),
    )
    # the lead's own visit: both of the two know of it, so both get the same suggestion
    to_debrief = select(Observation.id).where(
        seen_through(actor, Action.OBSERVATION_READ, Observation),
        Observation.teacher_id == LearningCycle.teacher_id,
        Observation.observer_id == LearningCycle.lead_id,
        Observation.state == ObservationState.SHARED.value,
    )
    moved = select(func.max(CycleMove.at)).where(
        CycleMove.district_id == LearningCycle.district_id,
        CycleMove.cycle_id == LearningCycle.id,
    )
    whole = LearningCycle
    statement = (
        visible(actor, Action.CYCLE_READ, LearningCycle)
        .with_only_columns(
            *(whole.id, whole.level, whole.teacher_id, whole.lead_id, whole.team_id),
            *(whole.title, whole.number, whole.phase, whole.state, whole.goal_id),
            whole.created_at,
            _one(candidates).is_not(None).label("has_candidates"),
            _one(co_observing).label("co_observing_on"),
            _one(to_debrief).is_not(None).label("to_debrief"),
            func.coalesce(_one(moved), whole.created_at).label("since"),
        )
        .where(
            whole.state.not_in(_OVER),
            or_(
                and_(
                    whole.level == CycleLevel.INDIVIDUAL.value,
                    whole.teacher_id.in_(teachers),
                    works,
                ),
                *which,
            ),
        )
        .order_by(whole.number, whole.id)
    )
    return list(await session.execute(statement, actor.binds))


def _one(statement: Any) -> Any:
    """Of a cycle, as a scalar."""
    return statement.limit(1).correlate(LearningCycle).scalar_subquery()


async def for_meeting(session: AsyncSession, actor: Actor, meeting_id: UUID) -> Suggestion:
    """What this 1:1 could be about, to those who read it."""
    statement = view(actor, Action.MEETING_READ, Meeting)
    meeting = await read_one(session, actor, statement, Meeting, meeting_id)
    cycles = await open_cycles(session, actor, [meeting.teacher_id])
    return suggest((row for row in cycles if row.lead_id == meeting.lead_id), meeting.on)
