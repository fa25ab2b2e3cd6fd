"""The tables. Importing this package defines them all."""

from app.models.base import Base, InDistrict, RecordClass, Versioned, touch
from app.models.conversations import Conversation, ConversationGoal
from app.models.district import (
    District,
    DistrictPolicy,
    Installation,
    LoginAttempt,
    LoginKey,
)
from app.models.events import Event, FeedEntry
from app.models.frameworks import Expectation, Framework, FrameworkState, Indicator
from app.models.goal_feedback import (
    CommonIndicatorChoice,
    CommonIndicatorOptOut,
    GoalFeedback,
    GoalFeedbackInvitee,
    GoalFeedbackRound,
)
from app.models.goal_systems import GoalSystem, SystemConfirmation
from app.models.goals import (
    Goal,
    GoalAgreement,
    GoalComment,
    GoalIndicator,
    GoalMeasure,
    GoalProgress,
    GoalRevision,
)
from app.models.identity import (
    AuthSession,
    Credential,
    IdempotencyKey,
    IntegrationClient,
    Invitation,
    RefreshToken,
)
from app.models.meetings import (
    AgendaItem,
    AgendaItemVersion,
    Booking,
    Meeting,
    MeetingFeedback,
    MeetingSeries,
    NextStep,
    SeriesReview,
    StepState,
)
from app.models.monitoring import ClosingEvidence
from app.models.norms import (
    AgreementAcceptance,
    CoachingAgreement,
    CoachingPreferences,
    Introduction,
    RoleNote,
)
from app.models.outreach import OutreachMessage
from app.models.people import (
    ClassSection,
    Course,
    Person,
    Role,
    RosterImport,
    School,
    SchoolVision,
    SchoolYear,
    TeachingAssignment,
    Team,
)
from app.models.plans import (
    GoalReview,
    GoalReviewPart,
    GrowthPlan,
    PlanAgreement,
    PlanStep,
    ReviewAcknowledgement,
)
from app.models.questionnaires import (
    Questionnaire,
    QuestionnaireDraft,
    QuestionnaireSubmission,
)
from app.models.relationships import CoachingRelationship
from app.models.reminders import Reminder
from app.models.sharing import SharedRecord
from app.models.slo import Slo, SloDecision, SloMonitoring
from app.models.support import (
    Intervention,
    LeaderUpdate,
    SupportEntry,
    SupportRecipient,
    SupportRequest,
)
from app.models.templates import Template

__all__ = [
    "AgendaItem",
    "AgendaItemVersion",
    "AgreementAcceptance",
    "AuthSession",
    "Base",
    "Booking",
    "ClassSection",
    "ClosingEvidence",
    "CoachingAgreement",
    "CoachingPreferences",
    "CoachingRelationship",
    "CommonIndicatorChoice",
    "CommonIndicatorOptOut",
    "Conversation",
    "ConversationGoal",
    "Course",
    "Credential",
    "District",
    "DistrictPolicy",
    "Event",
    "Expectation",
    "FeedEntry",
    "Framework",
    "FrameworkState",
    "Goal",
    "GoalAgreement",
    "GoalComment",
    "GoalFeedback",
    "GoalFeedbackInvitee",
    "GoalFeedbackRound",
    "GoalIndicator",
    "GoalMeasure",
    "GoalProgress",
    "GoalReview",
    "GoalReviewPart",
    "GoalRevision",
    "GoalSystem",
    "GrowthPlan",
    "IdempotencyKey",
    "InDistrict",
    "Indicator",
    "Installation",
    "IntegrationClient",
    "Intervention",
    "Introduction",
    "Invitation",
    "LeaderUpdate",
    "LoginAttempt",
    "LoginKey",
    "Meeting",
    "MeetingFeedback",
    "MeetingSeries",
    "NextStep",
    "OutreachMessage",
    "Person",
    "PlanAgreement",
    "PlanStep",
    "Questionnaire",
    "QuestionnaireDraft",
    "QuestionnaireSubmission",
    "RecordClass",
    "RefreshToken",
    "Reminder",
    "ReviewAcknowledgement",
    "Role",
    "RoleNote",
    "RosterImport",
    "School",
    "SchoolVision",
    "SchoolYear",
    "SeriesReview",
    "SharedRecord",
    "Slo",
    "SloDecision",
    "SloMonitoring",
    "StepState",
    "SupportEntry",
    "SupportRecipient",
    "SupportRequest",
    "SystemConfirmation",
    "TeachingAssignment",
    "Team",
    "Template",
    "Versioned",
    "touch",
]
