"""Conversations: beginning of year, mid-year, end of year."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, InDistrict, one_of, refers
from app.models.pairs import OfRelationship, of_relationship


class ConversationKind(StrEnum):
    """When in the year."""

    BEGINNING_OF_YEAR = "beginning_of_year"
    MID_YEAR = "mid_year"
    END_OF_YEAR = "end_of_year"


class ConversationState(StrEnum):
    """domain.md §3."""

    PLANNED = "planned"
    SCHEDULED = "scheduled"
    HELD = "held"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MISSED = "missed"


class Setting(StrEnum):
    """How the two sat down with each other."""

    FORMAL = "formal"
    INFORMAL = "informal"


class Conversation(Base, OfRelationship):
    """What the two look at together, and how far they are."""

    __tablename__ = "conversation"
    kind: Mapped[str]
    template_id: Mapped[UUID | None]
    #: what the template's fields ask for, by their keys
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    notes: Mapped[str | None]
    setting: Mapped[str | None]
    place: Mapped[str | None]
    #: on the wall of `zone`; empty while it is planned only
    on: Mapped[date | None]
    at: Mapped[str | None]
    zone: Mapped[str | None]
    minutes: Mapped[int | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    #: the clock skipped that time, so it begins later
    time_moved: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=ConversationState.PLANNED.value)
    #: why it was moved or cancelled
    reason: Mapped[str | None]
    held_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    vision_revisited: Mapped[bool] = mapped_column(default=False)
    roles_discussed: Mapped[bool] = mapped_column(default=False)
    goal_setting_previewed: Mapped[bool] = mapped_column(default=False)
    #: how the teacher's work ties in with the team's goals
    team_link: Mapped[str | None]
    #: why the questionnaire need not be reviewed
    questionnaire_waiver: Mapped[str | None]
    __table_args__ = (
        *of_relationship(),
        refers("template", "template_id"),
        one_of("kind", ConversationKind),
        one_of("state", ConversationState),
        one_of("setting", Setting),
        CheckConstraint(
            "state <> 'scheduled' or (starts_at is not null and ends_at is not null)",
            name="scheduled_when",
        ),
        # One of a kind in a year of coaching; one that was called off gives way.
        Index(
            "uq_conversation_kind",
            "district_id",
            "relationship_id",
            "kind",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_conversation_teacher", "district_id", "teacher_id", "starts_at", "id"),
        Index("ix_conversation_lead", "district_id", "lead_id", "starts_at", "id"),
        Index("ix_conversation_school", "district_id", "school_id", "starts_at", "id"),
    )


class ConversationGoal(Base, InDistrict):
    """A school or team goal that a conversation revisited."""

    __tablename__ = "conversation_goal"
    conversation_id: Mapped[UUID]
    goal_id: Mapped[UUID]
    __table_args__ = (
        refers("conversation", "conversation_id"),
        refers("goal", "goal_id"),
        Index("uq_conversation_goal", "district_id", "conversation_id", "goal_id", unique=True),
    )
