"""The systems that SLO and growth-plan data need, and what each person says of them."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers


class SystemKind(StrEnum):
    """What it is."""

    SYSTEM = "system"
    DOCUMENT = "document"
    TRAINING = "training"


class SystemServes(StrEnum):
    """Which data it is for: the SLO's, the growth plan's (PGP), or both."""

    SLO = "slo"
    GROWTH_PLAN = "growth_plan"
    BOTH = "both"


class SystemState(StrEnum):
    """A retired one is asked of nobody; what people said of it stays."""

    ACTIVE = "active"
    RETIRED = "retired"


class GoalSystem(Base, InDistrict, Versioned):
    """A system, document or training that must be used: the district's, or one school's."""

    __tablename__ = "goal_system"
    RECORD_CLASS = RecordClass.SCHOOL
    title: Mapped[str]
    kind: Mapped[str]
    serves: Mapped[str]
    state: Mapped[str] = mapped_column(default=SystemState.ACTIVE.value)
    #: empty: the district's
    school_id: Mapped[UUID | None]
    author_id: Mapped[UUID]
    #: who must use it; leads are those who hold one of the three roles of a lead
    for_teachers: Mapped[bool]
    for_leads: Mapped[bool]
    url: Mapped[str | None]
    #: what it is for and how to get in
    help: Mapped[str | None]
    #: whom to ask: an office or a role, never a person's own data
    contact: Mapped[str | None]
    #: from this day on it is asked for
    required_from: Mapped[date]
    __table_args__ = (
        refers("school", "school_id"),
        refers("person", "author_id"),
        one_of("kind", SystemKind),
        one_of("serves", SystemServes),
        one_of("state", SystemState),
        Index("ix_goal_system_school", "district_id", "school_id", "id"),
    )


class Access(StrEnum):
    """Whether a person gets in."""

    YES = "yes"
    NO = "no"


class Understanding(StrEnum):
    """Whether a person knows how to use it."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class SystemConfirmation(Base, InDistrict, Versioned):
    """What a person says of a system now: "I have access", "I understand". Their words alone, and
    only the latest: an earlier answer is of no use to whoever helps."""

    __tablename__ = "system_confirmation"
    #: read like an individual goal in force: the person, their lead, their school's leaders
    RECORD_CLASS = RecordClass.GOAL
    system_id: Mapped[UUID]
    person_id: Mapped[UUID]
    #: of the system, because a school's own are its leaders' matter and nobody else's
    school_id: Mapped[UUID | None]
    has_access: Mapped[str]
    understands: Mapped[str]
    #: what is in the way, for those who can help
    note: Mapped[str | None]
    __table_args__ = (
        refers("goal_system", "system_id"),
        refers("person", "person_id"),
        refers("school", "school_id"),
        one_of("has_access", Access),
        one_of("understands", Understanding),
        Index(
            "uq_system_confirmation_person", "district_id", "person_id", "system_id", unique=True
        ),
    )

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.person_id
