"""Feedback conversations by the school's protocol, action steps, and feedback on one indicator
(domain.md §3, gates 13 and 14)."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers
from app.models.observations import ObserverKind
from app.models.pairs import OfPair, of_pair


class FeedbackState(StrEnum):
    """domain.md §3."""

    PREPARED = "prepared"
    HELD = "held"
    SHARED = "shared"
    ACKNOWLEDGED = "acknowledged"


#: the states in which the notes are their giver's to write
NOTED_IN = (FeedbackState.PREPARED, FeedbackState.HELD)


class ActionStepState(StrEnum):
    """domain.md §3."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    PRACTISING = "practising"
    MET = "met"
    NOT_MET = "not_met"
    CARRIED_OVER = "carried_over"
    DROPPED = "dropped"


#: the states that count towards the most that a teacher has open (gate 14)
OPEN_STEPS = tuple(
    state.value
    for state in (ActionStepState.PROPOSED, ActionStepState.AGREED, ActionStepState.PRACTISING)
)
#: both agreed, and it is not over
IN_HAND = OPEN_STEPS[1:]


class ProtocolChoice(Base, InDistrict, Versioned):
    """The feedback protocol that a school uses from a day on (R12)."""

    __tablename__ = "protocol_choice"
    RECORD_CLASS = RecordClass.SCHOOL
    school_id: Mapped[UUID]
    template_id: Mapped[UUID]
    author_id: Mapped[UUID]
    from_on: Mapped[date]
    reason: Mapped[str | None]
    __table_args__ = (
        refers("school", "school_id"),
        refers("template", "template_id"),
        refers("person", "author_id"),
        Index("uq_protocol_choice", "district_id", "school_id", "from_on", unique=True),
    )


class FeedbackConversation(Base, OfPair):
    """A feedback conversation: when, by which protocol, about which observation, how far. Both
    know of it; the words are notes of their own. `lead_id` is who gives the feedback: the lead or
    the observer."""

    __tablename__ = "feedback_conversation"
    relationship_id: Mapped[UUID | None]
    observation_id: Mapped[UUID | None]
    cycle_id: Mapped[UUID | None]
    #: what the giver is to the teacher
    giver_kind: Mapped[str]
    template_id: Mapped[UUID]
    #: why it is not the school's protocol
    protocol_reason: Mapped[str | None]
    #: as the observation is
    evaluative: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=FeedbackState.PREPARED.value)
    on: Mapped[date | None]
    at: Mapped[str | None]
    zone: Mapped[str | None]
    minutes: Mapped[int | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    time_moved: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str | None]
    held_on: Mapped[date | None]
    shared_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    #: the teacher's, at the acknowledgement and once later
    reply: Mapped[str | None]
    later_reply: Mapped[str | None]
    later_replied_at: Mapped[datetime | None]
    __table_args__ = (
        *of_pair(),
        refers("coaching_relationship", "relationship_id"),
        refers("observation", "observation_id"),
        refers("learning_cycle", "cycle_id"),
        refers("template", "template_id"),
        one_of("state", FeedbackState),
        one_of("giver_kind", ObserverKind),
        CheckConstraint("lead_id <> teacher_id", name="two_people"),
        CheckConstraint(
            "relationship_id is not null or observation_id is not null", name="pair_or_visit"
        ),
        Index("ix_feedback_conversation_teacher", "district_id", "teacher_id", "id"),
        Index("ix_feedback_conversation_school", "district_id", "school_id", "id"),
        Index("ix_feedback_conversation_lead", "district_id", "lead_id", "id"),
        Index("ix_feedback_conversation_observation", "district_id", "observation_id"),
        Index("ix_feedback_conversation_cycle", "district_id", "cycle_id"),
    )

    @property
    def class_now(self) -> RecordClass:
        return RecordClass.EVALUATIVE if self.evaluative else RecordClass.PAIR


class FeedbackNote(Base, OfPair):
    """What the giver of feedback notes at one step of the protocol: theirs until it is shared."""

    __tablename__ = "feedback_note"
    conversation_id: Mapped[UUID]
    #: of the protocol
    step_key: Mapped[str]
    text: Mapped[str]
    #: as the conversation has them
    giver_kind: Mapped[str]
    evaluative: Mapped[bool] = mapped_column(default=False)
    shared_at: Mapped[datetime | None]
    __table_args__ = (
        *of_pair(),
        refers("feedback_conversation", "conversation_id"),
        one_of("giver_kind", ObserverKind),
        Index("uq_feedback_note_step", "district_id", "conversation_id", "step_key", unique=True),
    )

    @property
    def class_now(self) -> RecordClass:
        if self.shared_at is None:
            return RecordClass.PRIVATE
        return RecordClass.EVALUATIVE if self.evaluative else RecordClass.PAIR

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.teacher_id if self.shared_at else self.author_id


class ActionStepIdea(Base, InDistrict, Versioned):
    """An action step in a school's bank, for one indicator."""

    __tablename__ = "action_step_idea"
    RECORD_CLASS = RecordClass.SCHOOL
    school_id: Mapped[UUID]
    indicator_id: Mapped[UUID]
    author_id: Mapped[UUID]
    text: Mapped[str]
    practice: Mapped[str | None]
    retired: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        refers("school", "school_id"),
        refers("indicator", "indicator_id"),
        refers("person", "author_id"),
        Index("ix_action_step_idea_school", "district_id", "school_id", "indicator_id", "id"),
    )


class ActionStep(Base, OfPair):
    """One observable thing to do differently, until a day, with its practice and its follow-up."""

    __tablename__ = "action_step"
    relationship_id: Mapped[UUID]
    feedback_id: Mapped[UUID | None]
    observation_id: Mapped[UUID | None]
    cycle_id: Mapped[UUID | None]
    adjustment_id: Mapped[UUID | None]
    indicator_id: Mapped[UUID | None]
    idea_id: Mapped[UUID | None]
    text: Mapped[str]
    practice: Mapped[str | None]
    due_on: Mapped[date]
    follow_up_on: Mapped[date | None]
    #: where the follow-up stands on an agenda
    agenda_item_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default=ActionStepState.PROPOSED.value)
    #: what was seen at the end, or why it was dropped
    reason: Mapped[str | None]
    agreed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    carried_from_id: Mapped[UUID | None]
    __table_args__ = (
        *of_pair(),
        refers("coaching_relationship", "relationship_id"),
        refers("feedback_conversation", "feedback_id"),
        refers("observation", "observation_id"),
        refers("learning_cycle", "cycle_id"),
        refers("cycle_adjustment", "adjustment_id"),
        refers("indicator", "indicator_id"),
        refers("action_step_idea", "idea_id"),
        refers("agenda_item", "agenda_item_id"),
        refers("action_step", "carried_from_id"),
        one_of("state", ActionStepState),
        Index("ix_action_step_teacher", "district_id", "teacher_id", "state", "due_on", "id"),
        Index("ix_action_step_lead", "district_id", "lead_id", "state", "due_on", "id"),
        Index("ix_action_step_cycle", "district_id", "cycle_id"),
        Index(
            "ix_action_step_follow_up",
            "district_id",
            "follow_up_on",
            postgresql_where=literal_column("agenda_item_id is null"),
        ),
    )


class IndicatorFeedbackState(StrEnum):
    """Its author's until it is shared."""

    DRAFT = "draft"
    SHARED = "shared"
    ACKNOWLEDGED = "acknowledged"


class IndicatorFeedback(Base, OfPair):
    """Formal feedback on one indicator, with a rating only where that is allowed (C9). With a
    rating it is evaluative, fixed when it is made."""

    __tablename__ = "indicator_feedback"
    relationship_id: Mapped[UUID | None]
    #: exactly one of these
    cycle_id: Mapped[UUID | None]
    observation_id: Mapped[UUID | None]
    #: what the giver is to the teacher
    giver_kind: Mapped[str]
    indicator_id: Mapped[UUID]
    text: Mapped[str]
    evaluative: Mapped[bool]
    #: a point of the scale of the indicator's group
    score: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    state: Mapped[str] = mapped_column(default=IndicatorFeedbackState.DRAFT.value)
    shared_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    reply: Mapped[str | None]
    __table_args__ = (
        *of_pair(),
        refers("coaching_relationship", "relationship_id"),
        refers("learning_cycle", "cycle_id"),
        refers("observation", "observation_id"),
        refers("indicator", "indicator_id"),
        one_of("state", IndicatorFeedbackState),
        one_of("giver_kind", ObserverKind),
        CheckConstraint("num_nonnulls(cycle_id, observation_id) = 1", name="one_subject"),
        CheckConstraint("lead_id <> teacher_id", name="two_people"),
        CheckConstraint("score is null or evaluative", name="rating_is_evaluative"),
        Index("ix_indicator_feedback_teacher", "district_id", "teacher_id", "id"),
        Index("ix_indicator_feedback_lead", "district_id", "lead_id", "id"),
        Index("ix_indicator_feedback_cycle", "district_id", "cycle_id"),
        Index("ix_indicator_feedback_school", "district_id", "school_id", "id"),
        Index("ix_indicator_feedback_author", "district_id", "author_id", "id"),
    )

    @property
    def class_now(self) -> RecordClass:
        if self.shared_at is None:
            return RecordClass.PRIVATE
        return RecordClass.EVALUATIVE if self.evaluative else RecordClass.PAIR

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.teacher_id if self.shared_at else self.author_id
