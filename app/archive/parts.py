"""What is in the archive: for each kind of record, which of them are about the caller or by them.

Every part reads through the same action as the API does, so it holds nothing that the API would
not show; `mine` only narrows. A kind of record that names people and is in neither `PARTS` nor
`LEFT_OUT` fails a test.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import create_model
from sqlalchemy import ColumnElement, Select, case, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app import models as m
from app.access.actor import Actor
from app.access.policy import Action as A
from app.access.relations import district, me
from app.access.scope import visible
from app.archive.schemas import Profile, Teaching
from app.audit.schemas import EventOut
from app.auth.schemas import SessionOut
from app.calendar.entries.schemas import CalendarEntryOut
from app.calendar.schemas import CoachingCalendarOut
from app.calendar.service import BESIDE as OF_CALENDAR
from app.core.types import Id, Out
from app.feedback.bank.schemas import ActionStepIdeaOut
from app.feedback.conversations.schemas import FeedbackConversationOut, FeedbackNoteOut
from app.feedback.conversations.service import BESIDE as OF_TALK
from app.feedback.indicators.schemas import IndicatorFeedbackOut
from app.feedback.indicators.service import BESIDE as ON_INDICATOR
from app.feedback.protocols.schemas import ProtocolChoiceOut
from app.feedback.protocols.service import TITLE
from app.feedback.steps.schemas import ActionStepOut
from app.goals import views as goals
from app.goals.common.schemas import ChoiceOut, OptOutOut
from app.goals.feedback.schemas import GoalFeedbackOut
from app.goals.notes.schemas import CommentOut, ProgressOut
from app.goals.plans.schemas import GrowthPlanOut, PlanStepOut
from app.goals.plans.service import AGREEMENTS
from app.goals.resources.schemas import GoalSystemOut, SystemConfirmationOut
from app.goals.resources.service import STUCK
from app.goals.reviews.schemas import GoalReviewOut, ReviewPartOut
from app.goals.reviews.service import ACKNOWLEDGEMENTS
from app.goals.revisions.schemas import RevisionOut
from app.goals.revisions.service import ROUND
from app.goals.rounds.schemas import FeedbackRoundOut
from app.goals.rounds.service import BESIDE as OF_ROUND
from app.goals.schemas import ApprovalName, GoalOut
from app.goals.slo.schemas import MonitoringOut, SloDecisionOut
from app.goals.slo.views import DECISIONS, SLO
from app.learning_cycles.activities.schemas import CycleActivityOut
from app.learning_cycles.adjustments.schemas import CycleAdjustmentOut
from app.learning_cycles.cycles.schemas import CycleMoveOut, LearningCycleOut
from app.learning_cycles.cycles.service import BESIDE as OF_CYCLE
from app.learning_cycles.intention.candidates.schemas import CandidateOut
from app.learning_cycles.intention.data.schemas import DataPointOut
from app.learning_cycles.intention.rankings.schemas import RankingOut
from app.learning_cycles.intention.rankings.service import COMPLETE
from app.learning_cycles.intention.success.schemas import SuccessIndicatorOut
from app.learning_cycles.members.schemas import CycleMemberOut
from app.learning_cycles.reflections.schemas import CycleReflectionOut
from app.learning_cycles.reflections.service import ASKED as OF_REFLECTION
from app.learning_cycles.uses.schemas import CycleUseOut
from app.meetings.agenda.schemas import AgendaItemOut, AgendaItemVersionOut
from app.meetings.conversations.schemas import ConversationOut
from app.meetings.conversations.service import GOAL_IDS
from app.meetings.feedback.schemas import MeetingFeedbackOut, SeriesReviewOut
from app.meetings.reminders.schemas import ReminderOut
from app.meetings.schemas import MeetingOut
from app.meetings.series.schemas import MeetingSeriesOut
from app.meetings.steps.schemas import NextStepOut
from app.models.goals import GoalKind, GoalLevel, RevisionKind
from app.observations.access.schemas import ReadOut
from app.observations.access.service import READER
from app.observations.certifications.schemas import ObserverCertificationOut
from app.observations.citations.schemas import CitationOut
from app.observations.co_observers.schemas import CoObserverOut
from app.observations.evidence.schemas import EvidenceItemOut
from app.observations.evidence.service import INDICATOR_IDS
from app.observations.ratings.schemas import RatingOut
from app.observations.ratings.service import LEVEL
from app.observations.sharing.schemas import ObservationRevisionOut
from app.observations.visits.schemas import ObservationOut
from app.observations.visits.service import BESIDE as OF_VISIT
from app.people.persons.schemas import RoleOut
from app.relationships.agreements.schemas import CoachingAgreementOut
from app.relationships.agreements.service import BESIDE as OF_AGREEMENT
from app.relationships.introductions.schemas import IntroductionOut
from app.relationships.outreach.schemas import OutreachMessageOut
from app.relationships.preferences.schemas import CoachingPreferencesOut
from app.relationships.questionnaires.schemas import (
    QuestionnaireDraftOut,
    QuestionnaireOut,
    QuestionnaireSubmissionOut,
)
from app.relationships.roles.schemas import RoleNoteOut
from app.relationships.schemas import CoachingRelationshipOut
from app.sharing.schemas import SharedRecordOut
from app.support.interventions.schemas import InterventionOut
from app.support.schemas import SupportEntryOut, SupportRequestOut
from app.support.service import RECIPIENTS
from app.support.updates.schemas import LeaderUpdateOut
from app.templates.schemas import TemplateOut
from app.templates.service import asked

#: not of the record but of the moment it is read in
_PASSING = {"permissions", "warnings", "overdue", "current"}


@dataclass(frozen=True)
class Part:
    """One kind of record."""

    #: of its two files
    name: str
    model: type[Any]
    read: A
    #: what the API shows of one; the archive shows the same fields
    shown: type[Out]
    #: what it is, for README.txt
    words: str
    #: which of the readable ones are about the caller or by them
    mine: ColumnElement[bool]
    #: columns beside the table's own, or instead of them
    beside: tuple[ColumnElement[Any], ...] = ()

    @cached_property
    def row(self) -> type[Out]:
        """One row of the archive's file."""
        has = set(self.columns)
        shown = {name: part for name, part in self.shown.model_fields.items() if name in has}
        kept: Any = {name: (part.annotation, part) for name, part in shown.items()}
        made: type[Out] = create_model(f"Archived{self.shown.__name__}", __base__=Out, **kept)
        return made

    @property
    def columns(self) -> dict[str, ColumnElement[Any]]:
        """By name, those that the API shows."""
        own: dict[str, Any] = {c.name: c for c in self.model.__table__.c}
        own |= {str(getattr(column, "name", "")): column for column in self.beside}
        wanted = self.shown.model_fields.keys() - _PASSING
        return {name: column for name, column in own.items() if name in wanted}

    def statement(self, actor: Actor) -> Select[Any]:
        """The rows, oldest first."""
        readable = visible(actor, self.read, self.model).where(self.mine)
        named = [column.label(name) for name, column in self.columns.items()]
        return readable.with_only_columns(*named).order_by(self.model.id)


def _me(*columns: Any) -> ColumnElement[bool]:
    """The caller is one of these."""
    return or_(*(column == me for column in columns))


def _texts() -> ColumnElement[Any]:
    """Every text an agenda item ever had."""
    kept = m.AgendaItemVersion
    names = AgendaItemVersionOut.model_fields
    built = func.jsonb_build_object(
        *(part for name in names for part in (name, getattr(kept, name)))
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(built, kept.number), type_=JSONB))
        .where(kept.district_id == district, kept.item_id == m.AgendaItem.id)
        .correlate(m.AgendaItem)
        .scalar_subquery()
        .label("texts")
    )


def _closings(column: Any, model: Any) -> ColumnElement[Any]:
    """The closings that rest on it."""
    link = m.ClosingEvidence
    return func.array(
        select(link.revision_id)
        .where(link.district_id == district, column == model.id)
        .order_by(link.revision_id)
        .correlate(model)
        .scalar_subquery()
    ).label("closing_ids")


class _AgendaItem(AgendaItemOut):
    """With every text it had."""

    texts: list[AgendaItemVersionOut] | None


class _Progress(ProgressOut):
    """With the closings that rest on it."""

    closing_ids: list[Any]


class _Comment(CommentOut):
    """As progress."""

    closing_ids: list[Any]


class _Slo(Out):
    """What makes a goal an SLO; the goal itself stands among the goals."""

    id: Id
    approval: ApprovalName
    slo: dict[str, Any] | None
    decisions: list[SloDecisionOut]


class _PlanGoal(Out):
    """A goal does not say which plan holds it (ADR 0023), because others read it as well."""

    id: Id
    plan_id: Id


class _Cycle(LearningCycleOut):
    """With the way it went."""

    moves: list[CycleMoveOut] | None


def _moves() -> ColumnElement[Any]:
    """From which state to which a cycle went."""
    went = m.CycleMove
    names = CycleMoveOut.model_fields
    built = func.jsonb_build_object(
        *(part for name in names for part in (name, getattr(went, name)))
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(built, went.at), type_=JSONB))
        .where(went.district_id == district, went.cycle_id == m.LearningCycle.id)
        .correlate(m.LearningCycle)
        .scalar_subquery()
        .label("moves")
    )


_revision = m.GoalRevision
_of_content = _revision.kind == RevisionKind.CONTENT.value
_CLASS_TITLE: ColumnElement[Any] = (
    select(m.ClassSection.title)
    .where(
        m.ClassSection.district_id == district,
        m.ClassSection.id == m.TeachingAssignment.class_section_id,
    )
    .correlate(m.TeachingAssignment)
    .scalar_subquery()
    .label("class_title")
)


def _pair(
    name: str,
    model: Any,
    read: A,
    shown: type[Out],
    words: str,
    beside: Iterable[ColumnElement[Any]] = (),
) -> Part:
    """Of a teacher and a lead: about the one, by the other."""
    mine = _me(model.teacher_id, model.author_id)
    return Part(name, model, read, shown, words, mine, tuple(beside))


PARTS: tuple[Part, ...] = (
    Part("profile", m.Person, A.CONTACT_READ, Profile, "you", _me(m.Person.id)),
    Part("roles", m.Role, A.ROLE_READ, RoleOut, "your roles", _me(m.Role.person_id)),
    Part(
        "teaching",
        m.TeachingAssignment,
        A.ASSIGNMENT_READ,
        Teaching,
        "classes that the roster says you teach",
        _me(m.TeachingAssignment.person_id),
        (_CLASS_TITLE,),
    ),
    Part(
        "coaching_relationships",
        m.CoachingRelationship,
        A.RELATIONSHIP_READ,
        CoachingRelationshipOut,
        "who coaches you and whom you coach, then and now",
        _me(m.CoachingRelationship.teacher_id, m.CoachingRelationship.lead_id),
    ),
    _pair(
        "goals",
        m.Goal,
        A.GOAL_READ,
        GoalOut,
        "goals, with measures, indicators and agreements",
        goals.BESIDE,
    ),
    _pair(
        "goal_progress",
        m.GoalProgress,
        A.PROGRESS_READ,
        _Progress,
        "dated values of measures, with notes",
        (_closings(m.ClosingEvidence.progress_id, m.GoalProgress),),
    ),
    _pair(
        "goal_comments",
        m.GoalComment,
        A.COMMENT_READ,
        _Comment,
        "comments on goals, and evidence",
        (_closings(m.ClosingEvidence.comment_id, m.GoalComment),),
    ),
    _pair(
        "goal_revisions",
        m.GoalRevision,
        A.REVISION_READ,
        RevisionOut,
        "changes and closings of goals",
        (
            case((_of_content, _revision.content)).label("content"),
            case((_of_content, None), else_=_revision.content["outcome"].astext).label("outcome"),
            ROUND,
        ),
    ),
    Part(
        "slos",
        m.Goal,
        A.GOAL_READ,
        _Slo,
        "your SLOs: population, counts by level, approval and result",
        _me(m.Goal.teacher_id, m.Goal.author_id)
        & (m.Goal.kind == GoalKind.STUDENT_LEARNING.value)
        & (m.Goal.level == GoalLevel.INDIVIDUAL.value),
        (SLO, DECISIONS),
    ),
    _pair(
        "slo_monitoring",
        m.SloMonitoring,
        A.SLO_MONITORING_READ,
        MonitoringOut,
        "what was seen on the way of SLOs",
    ),
    _pair("growth_plans", m.GrowthPlan, A.PLAN_READ, GrowthPlanOut, "growth plans", (AGREEMENTS,)),
    # The teacher's alone: a lead may read the goal, and not the draft of the plan.
    Part(
        "growth_plan_goals",
        m.Goal,
        A.GOAL_READ,
        _PlanGoal,
        "which of your goals stand in which of your growth plans",
        _me(m.Goal.teacher_id) & m.Goal.plan_id.is_not(None),
    ),
    _pair("plan_steps", m.PlanStep, A.PLAN_STEP_READ, PlanStepOut, "action steps of growth plans"),
    _pair(
        "goal_reviews",
        m.GoalReview,
        A.GOAL_REVIEW_READ,
        GoalReviewOut,
        "mid-year and end-of-year reviews",
        (ACKNOWLEDGEMENTS,),
    ),
    _pair(
        "goal_review_parts",
        m.GoalReviewPart,
        A.REVIEW_PART_READ,
        ReviewPartOut,
        "what was said in reviews",
    ),
    Part(
        "feedback_rounds",
        m.GoalFeedbackRound,
        A.ROUND_READ,
        FeedbackRoundOut,
        "rounds of feedback on school and team goals that you opened",
        _me(m.GoalFeedbackRound.author_id),
        OF_ROUND,
    ),
    Part(
        "goal_feedback",
        m.GoalFeedback,
        A.GOAL_FEEDBACK_READ,
        GoalFeedbackOut,
        "what you said of school and team goals, or answered",
        _me(m.GoalFeedback.author_id, m.GoalFeedback.answered_by_id),
    ),
    Part(
        "common_indicator_choices",
        m.CommonIndicatorChoice,
        A.CHOICE_READ,
        ChoiceOut,
        "common indicators that you chose for a team",
        _me(m.CommonIndicatorChoice.author_id),
    ),
    Part(
        "common_indicator_opt_outs",
        m.CommonIndicatorOptOut,
        A.OPT_OUT_READ,
        OptOutOut,
        "why your goals do not carry a team's indicator",
        _me(m.CommonIndicatorOptOut.teacher_id),
    ),
    Part(
        "goal_systems",
        m.GoalSystem,
        A.SYSTEM_READ,
        GoalSystemOut,
        "systems for goal data that you asked others to use",
        _me(m.GoalSystem.author_id),
    ),
    Part(
        "system_confirmations",
        m.SystemConfirmation,
        A.CONFIRMATION_READ,
        SystemConfirmationOut,
        "whether you have and understand the systems you must use",
        _me(m.SystemConfirmation.person_id),
        (STUCK,),
    ),
    _pair(
        "cycle_data_points",
        m.CycleDataPoint,
        A.CYCLE_DATA_READ,
        DataPointOut,
        "data that learning cycles rest on",
    ),
    _pair(
        "cycle_candidates",
        m.CycleCandidate,
        A.CYCLE_CANDIDATE_READ,
        CandidateOut,
        "goals that learning cycles might have worked on, and who chose which",
    ),
    _pair(
        "cycle_rankings",
        m.CycleRanking,
        A.CYCLE_RANKING_READ,
        RankingOut,
        "in which order you ranked them, and others once all were revealed",
        (COMPLETE,),
    ),
    _pair(
        "cycle_success_indicators",
        m.CycleSuccessIndicator,
        A.CYCLE_SUCCESS_READ,
        SuccessIndicatorOut,
        "what success of learning cycles looks like",
    ),
    _pair("meeting_series", m.MeetingSeries, A.SERIES_READ, MeetingSeriesOut, "the rhythm of 1:1s"),
    _pair("meetings", m.Meeting, A.MEETING_READ, MeetingOut, "1:1 meetings"),
    _pair(
        "agenda_items",
        m.AgendaItem,
        A.AGENDA_READ,
        _AgendaItem,
        "agendas, with every text they had",
        (_texts(),),
    ),
    Part(
        "next_steps",
        m.NextStep,
        A.STEP_READ,
        NextStepOut,
        "next steps",
        _me(m.NextStep.teacher_id, m.NextStep.author_id, m.NextStep.owner_id),
    ),
    _pair(
        "meeting_feedback",
        m.MeetingFeedback,
        A.FEEDBACK_READ,
        MeetingFeedbackOut,
        "what you said of meetings",
    ),
    _pair(
        "series_reviews",
        m.SeriesReview,
        A.REVIEW_READ,
        SeriesReviewOut,
        "what was changed in the rhythm",
    ),
    _pair("outreach", m.OutreachMessage, A.OUTREACH_READ, OutreachMessageOut, "welcomes"),
    _pair(
        "questionnaires",
        m.Questionnaire,
        A.QUESTIONNAIRE_READ,
        QuestionnaireOut,
        "what you were asked, or asked",
        asked(m.Questionnaire),
    ),
    _pair(
        "questionnaire_drafts",
        m.QuestionnaireDraft,
        A.DRAFT_READ,
        QuestionnaireDraftOut,
        "answers that you are writing; nobody else reads them",
    ),
    _pair(
        "questionnaire_submissions",
        m.QuestionnaireSubmission,
        A.SUBMISSION_READ,
        QuestionnaireSubmissionOut,
        "answers that were submitted",
        asked(m.QuestionnaireSubmission),
    ),
    _pair("role_notes", m.RoleNote, A.ROLE_NOTE_READ, RoleNoteOut, "what you two expect and ask"),
    _pair(
        "introductions",
        m.Introduction,
        A.INTRODUCTION_READ,
        IntroductionOut,
        "what the students were told",
    ),
    _pair(
        "conversations",
        m.Conversation,
        A.CONVERSATION_READ,
        ConversationOut,
        "conversations of the year",
        (*asked(m.Conversation), GOAL_IDS),
    ),
    _pair(
        "coaching_preferences",
        m.CoachingPreferences,
        A.PREFERENCES_READ,
        CoachingPreferencesOut,
        "how you want to be coached",
        asked(m.CoachingPreferences),
    ),
    _pair(
        "coaching_agreements",
        m.CoachingAgreement,
        A.AGREEMENT_READ,
        CoachingAgreementOut,
        "norms that you two agreed",
        OF_AGREEMENT,
    ),
    _pair(
        "shared_records",
        m.SharedRecord,
        A.SHARED_READ,
        SharedRecordOut,
        "copies that were opened to others",
    ),
    Part(
        "templates",
        m.Template,
        A.TEMPLATE_READ,
        TemplateOut,
        "templates that are yours, or that you wrote",
        _me(m.Template.owner_id, m.Template.author_id),
    ),
    Part(
        "reminders",
        m.Reminder,
        A.REMINDER_READ,
        ReminderOut,
        "reminders of what you promised",
        _me(m.Reminder.person_id),
    ),
    # Confidential: their readers are the raiser and whom they named: there is nothing to narrow.
    Part(
        "support_requests",
        m.SupportRequest,
        A.SUPPORT_READ,
        SupportRequestOut,
        "support requests that you raised or are named in",
        true(),
        (RECIPIENTS,),
    ),
    Part(
        "support_entries",
        m.SupportEntry,
        A.SUPPORT_ENTRY_READ,
        SupportEntryOut,
        "what was said about them",
        true(),
    ),
    Part(
        "interventions",
        m.Intervention,
        A.INTERVENTION_READ,
        InterventionOut,
        "interventions that were asked for",
        true(),
    ),
    Part(
        "leader_updates",
        m.LeaderUpdate,
        A.LEADER_UPDATE_READ,
        LeaderUpdateOut,
        "updates that you wrote, got, or were opened to you",
        true(),
    ),
    _pair("action_steps", m.ActionStep, A.ACTION_STEP_READ, ActionStepOut, "action steps"),
    Part(
        "action_step_ideas",
        m.ActionStepIdea,
        A.IDEA_READ,
        ActionStepIdeaOut,
        "ideas that you put into the bank of a school",
        _me(m.ActionStepIdea.author_id),
    ),
    _pair(
        "cycle_activities",
        m.CycleActivity,
        A.CYCLE_ACTIVITY_READ,
        CycleActivityOut,
        "how you learned, or were to, in learning cycles",
    ),
    _pair(
        "cycle_adjustments",
        m.CycleAdjustment,
        A.CYCLE_ADJUSTMENT_READ,
        CycleAdjustmentOut,
        "changes that were tried in them",
    ),
    _pair(
        "cycle_uses",
        m.CycleUse,
        A.CYCLE_USE_READ,
        CycleUseOut,
        "what showed those changes in use",
    ),
    _pair(
        "cycle_reflections",
        m.CycleReflection,
        A.CYCLE_REFLECTION_READ,
        CycleReflectionOut,
        "reflections on them: yours, and those of others that were shared with you",
        OF_REFLECTION,
    ),
    Part(
        "sessions",
        m.AuthSession,
        A.SESSION_READ,
        SessionOut,
        "where you are signed in",
        _me(m.AuthSession.person_id) & m.AuthSession.ended_at.is_(None),
    ),
    Part(
        "events",
        m.Event,
        A.EVENT_READ,
        EventOut,
        "who did what to your records, and what you did; names of fields, never their text",
        _me(m.Event.actor_id, m.Event.owner_id),
    ),
    Part(
        "protocol_choices",
        m.ProtocolChoice,
        A.PROTOCOL_READ,
        ProtocolChoiceOut,
        "feedback protocols that you chose for a school",
        _me(m.ProtocolChoice.author_id),
        (TITLE,),
    ),
    _pair(
        "feedback_conversations",
        m.FeedbackConversation,
        A.TALK_READ,
        FeedbackConversationOut,
        "feedback conversations that you had or gave",
        OF_TALK,
    ),
    _pair(
        "feedback_notes",
        m.FeedbackNote,
        A.TALK_NOTE_READ,
        FeedbackNoteOut,
        "what is noted at their steps; what is not shared is its author's alone",
    ),
    _pair(
        "indicator_feedback",
        m.IndicatorFeedback,
        A.INDICATOR_FEEDBACK_READ,
        IndicatorFeedbackOut,
        "formal feedback on indicators",
        ON_INDICATOR,
    ),
    _pair(
        "learning_cycles",
        m.LearningCycle,
        A.CYCLE_READ,
        _Cycle,
        "learning cycles, from their beginning to their end",
        (*OF_CYCLE, _moves()),
    ),
    Part(
        "cycle_members",
        m.CycleMember,
        A.CYCLE_MEMBER_READ,
        CycleMemberOut,
        "your place in your teams' learning cycles, and what was waived for you",
        _me(m.CycleMember.person_id),
    ),
    _pair(
        "coaching_calendars",
        m.CoachingCalendar,
        A.CALENDAR_READ,
        CoachingCalendarOut,
        "coaching cycles laid out in weeks",
        OF_CALENDAR,
    ),
    _pair(
        "calendar_entries",
        m.CalendarEntry,
        A.CALENDAR_ENTRY_READ,
        CalendarEntryOut,
        "what stands on coaching calendars; what was done is among the records themselves",
    ),
    Part(
        "observer_certifications",
        m.ObserverCertification,
        A.CERTIFICATION_READ,
        ObserverCertificationOut,
        "that you may score formal observations",
        _me(m.ObserverCertification.person_id),
    ),
    Part(
        "observations",
        m.Observation,
        A.OBSERVATION_READ,
        ObservationOut,
        "visits to you, or by you",
        _me(m.Observation.teacher_id, m.Observation.observer_id),
        OF_VISIT,
    ),
    Part(
        "co_observers",
        m.CoObserver,
        A.CO_OBSERVER_READ,
        CoObserverOut,
        "who was asked to look on in these, and where you were",
        _me(m.CoObserver.teacher_id, m.CoObserver.observer_id, m.CoObserver.person_id),
    ),
    Part(
        "reads",
        m.AccessLog,
        A.ACCESS_LOG_READ,
        ReadOut,
        "who read evaluative records about you",
        _me(m.AccessLog.teacher_id),
        (READER,),
    ),
    _pair(
        "evidence",
        m.EvidenceItem,
        A.EVIDENCE_READ,
        EvidenceItemOut,
        "what was seen in your lessons and shared with you, and what you saw as an observer",
        (INDICATOR_IDS,),
    ),
    _pair(
        "observation_ratings",
        m.ObservationRating,
        A.RATING_READ,
        RatingOut,
        "scores of observations",
        (LEVEL,),
    ),
    _pair(
        "observation_revisions",
        m.ObservationRevision,
        A.OBSERVATION_REVISION_READ,
        ObservationRevisionOut,
        "what observations said before they were changed after sharing",
    ),
    _pair(
        "evidence_citations",
        m.EvidenceCitation,
        A.CITATION_READ,
        CitationOut,
        "which goals, cycles and feedback rest on which evidence",
    ),
)

#: table that names people → why it is no part by itself
LEFT_OUT: dict[str, str] = {
    "goal_agreement": "stands in the goal it agrees to",
    "agreement_acceptance": "stands in the agreement",
    "agenda_item_version": "stands in the agenda item",
    "plan_agreement": "stands in the growth plan",
    "review_acknowledgement": "stands in the review",
    "slo_decision": "stands in the SLO",
    "goal_feedback_invitee": "whom a round names; the writers of the goal read who was asked",
    "support_recipient": "stands in the support request",
    "framework_import": "what a file of frameworks held; the district's, and about nobody",
    "booking": "the times of meetings and conversations once more; nobody reads it",
    "cycle_move": "stands in the learning cycle",
    "credential": "a hash of a password",
    "invitation": "a hash of a token",
    "edfi_key": "former titles of goals, which their revisions say",
}
