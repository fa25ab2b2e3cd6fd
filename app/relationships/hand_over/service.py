"""The rules of a hand-over: one lead goes and another is proposed, or nothing happens at all."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.access.actor import Actor, ActorKind
from app.access.policy import Action
from app.access.scope import acting, must, seen_through, visible
from app.core.errors import NotFound
from app.models.feedback import IN_HAND
from app.models.goals import GoalLevel, GoalState
from app.models.relationships import RelationshipState
from app.models.sharing import SharedState, SharedWith
from app.relationships import service as relationships

#: what a pair writes → the action by which it is read
_PAIR_WORK: dict[type[Any], Action] = {
    m.AgendaItem: Action.AGENDA_READ,
    m.CoachingAgreement: Action.AGREEMENT_READ,
    m.CoachingPreferences: Action.PREFERENCES_READ,
    m.CommonIndicatorOptOut: Action.OPT_OUT_READ,
    m.Conversation: Action.CONVERSATION_READ,
    m.Goal: Action.GOAL_READ,
    m.GoalComment: Action.COMMENT_READ,
    m.GoalProgress: Action.PROGRESS_READ,
    m.GoalReview: Action.GOAL_REVIEW_READ,
    m.GoalReviewPart: Action.REVIEW_PART_READ,
    m.GoalRevision: Action.REVISION_READ,
    m.GrowthPlan: Action.PLAN_READ,
    m.Introduction: Action.INTRODUCTION_READ,
    m.Meeting: Action.MEETING_READ,
    m.MeetingFeedback: Action.FEEDBACK_READ,
    m.MeetingSeries: Action.SERIES_READ,
    m.NextStep: Action.STEP_READ,
    m.OutreachMessage: Action.OUTREACH_READ,
    m.Questionnaire: Action.QUESTIONNAIRE_READ,
    m.QuestionnaireSubmission: Action.SUBMISSION_READ,
    m.RoleNote: Action.ROLE_NOTE_READ,
    m.SeriesReview: Action.REVIEW_READ,
    m.SloMonitoring: Action.SLO_MONITORING_READ,
    m.ActionStep: Action.ACTION_STEP_READ,
    m.CalendarEntry: Action.CALENDAR_ENTRY_READ,
    m.CoachingCalendar: Action.CALENDAR_READ,
    m.CycleActivity: Action.CYCLE_ACTIVITY_READ,
    m.CycleAdjustment: Action.CYCLE_ADJUSTMENT_READ,
    m.CycleCandidate: Action.CYCLE_CANDIDATE_READ,
    m.CycleDataPoint: Action.CYCLE_DATA_READ,
    m.CycleRanking: Action.CYCLE_RANKING_READ,
    m.CycleReflection: Action.CYCLE_REFLECTION_READ,
    m.CycleSuccessIndicator: Action.CYCLE_SUCCESS_READ,
    m.CycleUse: Action.CYCLE_USE_READ,
    m.FeedbackConversation: Action.TALK_READ,
    m.FeedbackNote: Action.TALK_NOTE_READ,
    m.IndicatorFeedback: Action.INDICATOR_FEEDBACK_READ,
    m.LearningCycle: Action.CYCLE_READ,
}
#: how many copies the answer names; GET /shared-records has them all
_NAMED = 200


async def hand_over(
    session: AsyncSession,
    actor: Actor,
    relationship_id: UUID,
    version: int,
    *,
    lead_id: UUID,
    reason: str,
    evaluator_scope: str | None,
    capacities: list[str],
) -> UUID:
    """End a relationship and propose the next lead of the same teacher and year, with every rule of
    a proposal; what breaks one ends nothing. The school's leaders and district administrators."""
    row = await acting(
        session,
        actor,
        Action.RELATIONSHIP_HAND_OVER,
        m.CoachingRelationship,
        relationship_id,
        version,
        read=Action.RELATIONSHIP_READ,
    )
    if lead_id == row.lead_id:
        raise relationships.RelationshipExists
    await relationships.close(session, actor, row, reason)
    return await relationships.propose(
        session,
        actor,
        lead_id=lead_id,
        teacher_id=row.teacher_id,
        school_year_id=row.school_year_id,
        evaluator_scope=evaluator_scope,
        capacities=capacities,
        primary=row.primary,
    )


async def read_hand_over(
    session: AsyncSession, actor: Actor, relationship_id: UUID
) -> dict[str, Any]:
    """What follows the teacher, what stays with the lead it was written with, and what of that the
    teacher opened since. The teacher alone: to others it would say what is written, and how much.
    """
    link = m.CoachingRelationship
    row = await session.scalar(
        visible(actor, Action.RELATIONSHIP_READ, link).where(link.id == relationship_id),
        actor.binds,
    )
    if row is None:
        raise NotFound("There is no such coaching relationship, or you may not see it.")
    await must(session, actor, Action.RELATIONSHIP_READ_HAND_OVER, row)
    mine = await _counts(session, actor, row, _follows(actor))
    theirs = await _counts(session, await _present_lead(session, actor), row, {})
    opened = await session.execute(
        visible(actor, Action.SHARED_READ, m.SharedRecord)
        .with_only_columns(
            m.SharedRecord.id,
            m.SharedRecord.record_type,
            m.SharedRecord.record_id,
            m.SharedRecord.record_version,
            m.SharedRecord.to_lead_id,
        )
        .where(
            m.SharedRecord.teacher_id == row.teacher_id,
            m.SharedRecord.lead_id == row.lead_id,
            m.SharedRecord.shared_with == SharedWith.LEAD.value,
            m.SharedRecord.state == SharedState.OPEN.value,
        )
        .order_by(m.SharedRecord.id)
        .limit(_NAMED),
        actor.binds,
    )
    types = [model.__tablename__ for model in _PAIR_WORK]
    return {
        "relationship_id": row.id,
        "lead_id": row.lead_id,
        "follows": {name: mine[name] for name in _follows(actor)},
        "sealed": [
            {"type": name, "count": mine[name] - theirs[name]}
            for name in types
            if mine[name] > theirs[name]
        ],
        "shared": list(opened),
    }


async def _counts(
    session: AsyncSession,
    reader: Actor,
    row: m.CoachingRelationship,
    more: dict[str, ColumnElement[Any]],
) -> Any:
    """How much of what the two wrote a reader may read now, by the conditions that lists have; one
    statement."""
    written = {
        model.__tablename__: select(func.count())
        .select_from(model)
        .where(
            seen_through(reader, action, model),
            model.teacher_id == row.teacher_id,
            model.lead_id == row.lead_id,
        )
        .scalar_subquery()
        for model, action in _PAIR_WORK.items()
    }
    columns = [count.label(name) for name, count in (written | more).items()]
    return (await session.execute(select(*columns), reader.binds)).one()._mapping


def _follows(actor: Actor) -> dict[str, ColumnElement[Any]]:
    """What is the teacher's, whoever leads."""

    def goals(state: GoalState) -> ColumnElement[Any]:
        return (
            select(func.count())
            .select_from(m.Goal)
            .where(
                seen_through(actor, Action.GOAL_READ, m.Goal),
                m.Goal.level == GoalLevel.INDIVIDUAL.value,
                m.Goal.teacher_id == actor.id,
                m.Goal.state == state.value,
            )
            .scalar_subquery()
        )

    return {
        "goals_in_force": goals(GoalState.AGREED),
        "goals_closed": goals(GoalState.CLOSED),
        "goals_proposed": goals(GoalState.PROPOSED),
        "open_next_steps": select(func.count())
        .select_from(m.NextStep)
        .where(
            seen_through(actor, Action.STEP_READ, m.NextStep),
            m.NextStep.teacher_id == actor.id,
            m.NextStep.state == m.StepState.OPEN.value,
        )
        .scalar_subquery(),
        "open_action_steps": select(func.count())
        .select_from(m.ActionStep)
        .where(
            seen_through(actor, Action.ACTION_STEP_READ, m.ActionStep),
            m.ActionStep.teacher_id == actor.id,
            m.ActionStep.state.in_(IN_HAND),
        )
        .scalar_subquery(),
    }


async def _present_lead(session: AsyncSession, teacher: Actor) -> Actor:
    """The teacher's primary lead as a caller who is nothing else; without one, whoever comes next,
    so that what follows the teacher never counts as sealed."""
    link = m.CoachingRelationship
    found = (
        await session.execute(
            select(link.lead_id, link.state).where(
                link.district_id == teacher.district_id,
                link.teacher_id == teacher.id,
                link.primary,
                link.state.in_([RelationshipState.ACTIVE.value, RelationshipState.PAUSED.value]),
            )
        )
    ).first()
    paused = found is not None and found.state == RelationshipState.PAUSED.value
    return Actor(
        id=found.lead_id if found else UUID(int=0),
        district_id=teacher.district_id,
        kind=ActorKind.PERSON,
        zone=teacher.zone,
        coached=() if paused else (teacher.id,),
        coached_paused=(teacher.id,) if paused else (),
    )
