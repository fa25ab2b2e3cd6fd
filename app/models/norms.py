"""How a pair works together: roles, introduction, preferences, agreement."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, one_of, refers
from app.models.pairs import OfRelationship, of_relationship


class RoleNoteKind(StrEnum):
    """What is said about roles."""

    EXPECTATION = "expectation"
    QUESTION = "question"


class RoleNoteState(StrEnum):
    """A question or expectation that the other one took up is answered."""

    OPEN = "open"
    ANSWERED = "answered"


class RoleNote(Base, OfRelationship):
    """What one of the two expects or asks of the other's role, and the other's answer."""

    __tablename__ = "role_note"
    kind: Mapped[str]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default=RoleNoteState.OPEN.value)
    answer: Mapped[str | None]
    answered_by_id: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
    __table_args__ = (
        *of_relationship(),
        refers("person", "answered_by_id"),
        one_of("kind", RoleNoteKind),
        one_of("state", RoleNoteState),
        CheckConstraint("(state = 'answered') = (answer is not null)", name="answered_with"),
        Index("ix_role_note_lead", "district_id", "lead_id", "id"),
        Index("ix_role_note_teacher", "district_id", "teacher_id", "id"),
    )


class IntroducedBy(StrEnum):
    """Who tells the students."""

    TEACHER = "teacher"
    LEAD = "lead"
    BOTH = "both"


class Introduction(Base, OfRelationship):
    """How the two tell the students why there is a second adult in the room."""

    __tablename__ = "introduction"
    text: Mapped[str]
    introduced_by: Mapped[str]
    planned_on: Mapped[date | None]
    introduced_on: Mapped[date | None]
    __table_args__ = (
        *of_relationship(),
        one_of("introduced_by", IntroducedBy),
        Index("uq_introduction_relationship", "district_id", "relationship_id", unique=True),
        Index("ix_introduction_lead", "district_id", "lead_id", "id"),
        Index("ix_introduction_teacher", "district_id", "teacher_id", "id"),
    )


class CoachingPreferences(Base, OfRelationship):
    """How a teacher wants to be coached and visited, from a day on. A version never changes; the
    next one says why."""

    __tablename__ = "coaching_preferences"
    template_id: Mapped[UUID]
    number: Mapped[int]
    answers: Mapped[dict[str, Any]]
    reason: Mapped[str | None]
    from_on: Mapped[date]
    __table_args__ = (
        *of_relationship(),
        refers("template", "template_id"),
        CheckConstraint("number = 1 or reason is not null", name="change_explained"),
        Index(
            "uq_coaching_preferences_number",
            "district_id",
            "relationship_id",
            "number",
            unique=True,
        ),
        Index("ix_coaching_preferences_lead", "district_id", "lead_id", "id"),
        Index("ix_coaching_preferences_teacher", "district_id", "teacher_id", "id"),
    )


class AgreementState(StrEnum):
    """In force once both accepted; the next one takes its place."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class CoachingAgreement(Base, OfRelationship):
    """The norms of a pair, and the day they look at them again."""

    __tablename__ = "coaching_agreement"
    template_id: Mapped[UUID]
    number: Mapped[int]
    answers: Mapped[dict[str, Any]]
    reason: Mapped[str | None]
    review_on: Mapped[date]
    state: Mapped[str] = mapped_column(default=AgreementState.PROPOSED.value)
    accepted_at: Mapped[datetime | None]
    __table_args__ = (
        *of_relationship(),
        refers("template", "template_id"),
        one_of("state", AgreementState),
        CheckConstraint("number = 1 or reason is not null", name="change_explained"),
        Index(
            "uq_coaching_agreement_number", "district_id", "relationship_id", "number", unique=True
        ),
        # One waits at a time, and one is in force.
        Index(
            "uq_coaching_agreement_proposed",
            "district_id",
            "relationship_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        Index(
            "uq_coaching_agreement_accepted",
            "district_id",
            "relationship_id",
            unique=True,
            postgresql_where=text("state = 'accepted'"),
        ),
        Index("ix_coaching_agreement_lead", "district_id", "lead_id", "id"),
        Index("ix_coaching_agreement_teacher", "district_id", "teacher_id", "id"),
    )


class AgreementAcceptance(Base, InDistrict):
    """The yes of one of the two to an agreement as it stands."""

    __tablename__ = "agreement_acceptance"
    agreement_id: Mapped[UUID]
    person_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("coaching_agreement", "agreement_id"),
        refers("person", "person_id"),
        Index("uq_agreement_acceptance", "district_id", "agreement_id", "person_id", unique=True),
    )
