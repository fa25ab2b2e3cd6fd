"""The tables. Importing this package defines them all."""

from app.models.base import Base, InDistrict, RecordClass, Versioned, touch
from app.models.district import (
    District,
    DistrictPolicy,
    Installation,
    LoginAttempt,
    LoginKey,
)
from app.models.events import Event, FeedEntry
from app.models.frameworks import Expectation, Framework, FrameworkState, Indicator
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
from app.models.relationships import CoachingRelationship

__all__ = [
    "AuthSession",
    "Base",
    "ClassSection",
    "CoachingRelationship",
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
    "GoalIndicator",
    "GoalMeasure",
    "GoalProgress",
    "GoalRevision",
    "IdempotencyKey",
    "InDistrict",
    "Indicator",
    "Installation",
    "IntegrationClient",
    "Invitation",
    "LoginAttempt",
    "LoginKey",
    "Person",
    "RecordClass",
    "RefreshToken",
    "Role",
    "RosterImport",
    "School",
    "SchoolVision",
    "SchoolYear",
    "TeachingAssignment",
    "Team",
    "Versioned",
    "touch",
]
