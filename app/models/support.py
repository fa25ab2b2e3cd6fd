"""Support requests in confidence, interventions and leader updates: the named people's alone."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers


class Confidential(InDistrict, Versioned):
    """A record of class support. Its events name neither a school nor an owner, so that no audit
    but its authors' own can hold them."""

    RECORD_CLASS = RecordClass.SUPPORT

    @property
    def audit_school_id(self) -> UUID | None:
        return None

    @property
    def audit_owner_id(self) -> UUID | None:
        return None


class SupportState(StrEnum):
    """domain.md §3."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


#: the states in which something is still to be done
UNRESOLVED = (SupportState.OPEN, SupportState.ACKNOWLEDGED, SupportState.IN_PROGRESS)


class SupportRequest(Base, Confidential):
    """A lead's concern about a coaching relationship, raised with people they name."""

    __tablename__ = "support_request"
    school_id: Mapped[UUID]
    raiser_id: Mapped[UUID]
    #: the teacher concerned, who finds no trace of it
    about_id: Mapped[UUID]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default=SupportState.OPEN.value)
    closed_at: Mapped[datetime | None]
    __table_args__ = (
        refers("school", "school_id"),
        refers("person", "raiser_id"),
        refers("person", "about_id"),
        one_of("state", SupportState),
        CheckConstraint("raiser_id <> about_id", name="two_people"),
        Index("ix_support_request_raiser", "district_id", "raiser_id", "id"),
    )


class SupportRecipient(Base, InDistrict):
    """Somebody who was named."""

    __tablename__ = "support_recipient"
    RECORD_CLASS = RecordClass.SUPPORT
    request_id: Mapped[UUID]
    person_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("support_request", "request_id"),
        refers("person", "person_id"),
        Index("uq_support_recipient", "district_id", "request_id", "person_id", unique=True),
        Index("ix_support_recipient_person", "district_id", "person_id", "request_id"),
    )


class SupportEntryKind(StrEnum):
    """What is said about a support request."""

    MESSAGE = "message"
    SOLUTION = "solution"
    NEXT_STEP = "next_step"


class SupportEntry(Base, Confidential):
    """A message, a possible solution, or a next step with owner and day."""

    __tablename__ = "support_entry"
    request_id: Mapped[UUID]
    author_id: Mapped[UUID]
    kind: Mapped[str]
    text: Mapped[str]
    owner_id: Mapped[UUID | None]
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    __table_args__ = (
        refers("support_request", "request_id"),
        refers("person", "author_id"),
        refers("person", "owner_id"),
        one_of("kind", SupportEntryKind),
        CheckConstraint(
            "(kind = 'next_step') = (owner_id is not null and due_on is not null)",
            name="step_has_owner_and_day",
        ),
        Index("ix_support_entry_request", "district_id", "request_id", "id"),
    )


class InterventionState(StrEnum):
    """domain.md §3."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNDER_WAY = "under_way"
    DONE = "done"


#: the states of an intervention that is neither declined nor done
PENDING = (
    InterventionState.REQUESTED,
    InterventionState.ACCEPTED,
    InterventionState.UNDER_WAY,
)


class Intervention(Base, Confidential):
    """A school leader is asked to step in."""

    __tablename__ = "intervention"
    request_id: Mapped[UUID]
    author_id: Mapped[UUID]
    leader_id: Mapped[UUID]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default=InterventionState.REQUESTED.value)
    reason: Mapped[str | None]
    __table_args__ = (
        refers("support_request", "request_id"),
        refers("person", "author_id"),
        refers("person", "leader_id"),
        one_of("state", InterventionState),
        Index("ix_intervention_request", "district_id", "request_id", "id"),
    )


class LeaderUpdate(Base, Confidential):
    """A lead keeps a school leader up to date about the work with a teacher, who reads it only
    when the lead says so."""

    __tablename__ = "leader_update"
    school_id: Mapped[UUID]
    author_id: Mapped[UUID]
    leader_id: Mapped[UUID]
    about_id: Mapped[UUID]
    text: Mapped[str]
    teacher_may_read: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        refers("school", "school_id"),
        refers("person", "author_id"),
        refers("person", "leader_id"),
        refers("person", "about_id"),
        Index("ix_leader_update_author", "district_id", "author_id", "id"),
        Index("ix_leader_update_leader", "district_id", "leader_id", "id"),
        Index("ix_leader_update_about", "district_id", "about_id", "id"),
    )
