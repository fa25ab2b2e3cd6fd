"""Observations: the visit and what was agreed about it, what was seen, and what it was scored.

The visit itself (when, by whom, of which kind) is known to both people; what was written in it is
its author's until the observation is shared. Whether it is evaluative is fixed when it is made
(domain.md §1, §2)."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers


class ObservationState(StrEnum):
    """domain.md §3."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    DRAFTED = "drafted"
    SHARED = "shared"
    DISCUSSED = "discussed"
    ACKNOWLEDGED = "acknowledged"
    LOCKED = "locked"
    CANCELLED = "cancelled"
    VOID = "void"


#: the states in which the teacher has what was written
SHARED_STATES = tuple(
    state.value
    for state in (
        ObservationState.SHARED,
        ObservationState.DISCUSSED,
        ObservationState.ACKNOWLEDGED,
        ObservationState.LOCKED,
    )
)

#: the states in which it goes on and what was written is its author's
UNSHARED_STATES = tuple(
    state.value
    for state in (
        ObservationState.SCHEDULED,
        ObservationState.IN_PROGRESS,
        ObservationState.DRAFTED,
    )
)
#: the states in which it is written
WRITTEN_IN = (ObservationState.IN_PROGRESS.value, ObservationState.DRAFTED.value)


class ObserverKind(StrEnum):
    """What an observer is to the teacher."""

    SCHOOL_LEADER = "school_leader"
    LEAD = "lead"
    PEER = "peer"


class Intent(StrEnum):
    """What a visitor may do beside looking on; teachers say what they want (domain.md §6)."""

    TALK_TO_STUDENTS = "talk_to_students"
    WALK_AROUND = "walk_around"
    CO_TEACH = "co_teach"
    MODEL = "model"


class EvidenceKind(StrEnum):
    """Separate kinds of record (gate 12)."""

    EVIDENCE = "evidence"
    INTERPRETATION = "interpretation"
    QUESTION = "question"


class CoObserverState(StrEnum):
    """A second observer needs the teacher's consent."""

    ASKED = "asked"
    CONSENTED = "consented"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ObservationKind(Base, InDistrict, Versioned):
    """A kind of observation and what follows from it. The district's vocabulary of a year."""

    __tablename__ = "observation_kind"
    key: Mapped[str]
    title: Mapped[str]
    formal: Mapped[bool]
    scored: Mapped[bool]
    #: towards the number of observations that a teacher is due
    counts: Mapped[bool]
    #: every observed indicator that is not optional is scored, or said why not (domain.md §1)
    complete: Mapped[bool] = mapped_column(default=False)
    min_minutes: Mapped[int]
    #: some of ObserverKind
    observers: Mapped[list[Any]]
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    __table_args__ = (
        CheckConstraint("min_minutes >= 0", name="minutes"),
        Index(
            "uq_observation_kind_key",
            "district_id",
            "key",
            "from_on",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )


class ObserverCertification(Base, InDistrict, Versioned):
    """That somebody may score formal observations from a day on, until another (domain.md §1)."""

    __tablename__ = "observer_certification"
    person_id: Mapped[UUID]
    title: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    __table_args__ = (
        refers("person", "person_id"),
        CheckConstraint("until_on is null or from_on <= until_on", name="in_order"),
        Index("ix_observer_certification_person", "district_id", "person_id", "from_on"),
    )

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.person_id


class OfObservation(InDistrict, Versioned):
    """What was written in an observation, with the columns that say who reads it."""

    observation_id: Mapped[UUID]
    school_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    observer_id: Mapped[UUID]
    observer_kind: Mapped[str]
    author_id: Mapped[UUID]
    evaluative: Mapped[bool]
    #: when the teacher got it
    shared_at: Mapped[datetime | None]

    @property
    def class_now(self) -> RecordClass:
        """The author's alone until shared (domain.md §2)."""
        if self.shared_at is None:
            return RecordClass.PRIVATE
        return RecordClass.EVALUATIVE if self.evaluative else RecordClass.PAIR

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.teacher_id if self.shared_at else self.author_id


def of_observation() -> tuple[Any, ...]:
    """The references that everything written in an observation has."""
    people = (refers("person", name) for name in ("teacher_id", "observer_id", "author_id"))
    return (
        refers("observation", "observation_id"),
        refers("school", "school_id"),
        *people,
        one_of("observer_kind", ObserverKind),
    )


class Observation(Base, InDistrict, Versioned):
    """One visit to a classroom: when, by whom, of which kind, and how far it has come."""

    __tablename__ = "observation"
    school_id: Mapped[UUID]
    school_year_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    observer_id: Mapped[UUID]
    author_id: Mapped[UUID]
    kind_id: Mapped[UUID]
    #: as the kind had them when it was made: formal and coaching stay apart for good
    formal: Mapped[bool]
    scored: Mapped[bool]
    evaluative: Mapped[bool]
    observer_kind: Mapped[str]
    state: Mapped[str] = mapped_column(default=ObservationState.SCHEDULED.value)
    #: the teacher knows of it before it begins
    announced: Mapped[bool] = mapped_column(default=True)
    focus: Mapped[str | None]
    place: Mapped[str | None]
    #: what the observer means to do there beside looking on: some of Intent
    intends: Mapped[list[Any]] = mapped_column(default=list)
    #: on the wall of `zone`
    on: Mapped[date]
    at: Mapped[str]
    zone: Mapped[str]
    minutes: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    time_moved: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cycle_id: Mapped[UUID | None]
    goal_id: Mapped[UUID | None]
    #: the teacher's preferences that were in force (gate 5)
    preferences_id: Mapped[UUID | None]
    #: what it went against, and why, or that the teacher consented: [{code, reason, consent}]
    overrides: Mapped[list[Any]] = mapped_column(default=list)
    #: counts up with each revision after sharing
    revision: Mapped[int] = mapped_column(default=1)
    shared_at: Mapped[datetime | None]
    discussed_on: Mapped[date | None]
    acknowledged_at: Mapped[datetime | None]
    #: the teacher's words at the acknowledgement
    reply: Mapped[str | None]
    locked_at: Mapped[datetime | None]
    #: why it was cancelled or voided
    reason: Mapped[str | None]
    __table_args__ = (
        refers("school", "school_id"),
        refers("school_year", "school_year_id"),
        refers("person", "teacher_id"),
        refers("person", "observer_id"),
        refers("person", "author_id"),
        refers("observation_kind", "kind_id"),
        refers("learning_cycle", "cycle_id"),
        refers("goal", "goal_id"),
        refers("coaching_preferences", "preferences_id"),
        one_of("state", ObservationState),
        one_of("observer_kind", ObserverKind),
        CheckConstraint("observer_id <> teacher_id", name="two_people"),
        CheckConstraint("evaluative = (formal and scored)", name="evaluative_by_kind"),
        Index("ix_observation_teacher", "district_id", "teacher_id", "starts_at", "id"),
        Index("ix_observation_observer", "district_id", "observer_id", "starts_at", "id"),
        Index("ix_observation_school", "district_id", "school_id", "starts_at", "id"),
        Index("ix_observation_cycle", "district_id", "cycle_id"),
    )

    @property
    def class_now(self) -> RecordClass:
        return RecordClass.EVALUATIVE if self.evaluative else RecordClass.PAIR

    @property
    def audit_owner_id(self) -> UUID | None:
        """The teacher, once they may know of the visit: else their audit would announce it."""
        return self.teacher_id if self.announced or self.started_at else self.observer_id


class CoObserver(Base, InDistrict, Versioned):
    """Somebody who looks on, too, when the teacher consents: their own evidence in it, and the
    whole once it is shared."""

    __tablename__ = "co_observer"
    RECORD_CLASS = RecordClass.PAIR
    observation_id: Mapped[UUID]
    school_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    observer_id: Mapped[UUID]
    observer_kind: Mapped[str]
    person_id: Mapped[UUID]
    author_id: Mapped[UUID]
    evaluative: Mapped[bool]
    state: Mapped[str] = mapped_column(default=CoObserverState.ASKED.value)
    answered_at: Mapped[datetime | None]
    __table_args__ = (
        refers("observation", "observation_id"),
        refers("school", "school_id"),
        refers("person", "teacher_id"),
        refers("person", "observer_id"),
        refers("person", "person_id"),
        refers("person", "author_id"),
        one_of("observer_kind", ObserverKind),
        one_of("state", CoObserverState),
        Index("uq_co_observer", "district_id", "observation_id", "person_id", unique=True),
        Index("ix_co_observer_person", "district_id", "person_id"),
        Index("ix_co_observer_teacher", "district_id", "teacher_id", "id"),
        Index("ix_co_observer_school", "district_id", "school_id", "id"),
    )


class EvidenceItem(Base, OfObservation):
    """One line of the script, an interpretation of it, or a question (gate 12)."""

    __tablename__ = "evidence_item"
    kind: Mapped[str]
    #: given by the author's device, unique within observation and author, so that sending again
    #: doubles nothing
    client_key: Mapped[str]
    #: when it was seen
    at: Mapped[datetime]
    text: Mapped[str]
    #: what was said or done, word by word
    verbatim: Mapped[bool] = mapped_column(default=False)
    #: of an interpretation or a question: the evidence it is about
    about_id: Mapped[UUID | None]
    #: the same by its author's key, kept because the evidence may arrive later
    about_key: Mapped[str | None]
    #: taken out; its key stays taken
    removed_at: Mapped[datetime | None]
    #: when the author last changed it, by the clock of the device: of two contents the later stands
    edited_at: Mapped[datetime]
    #: the wordings that do not stand any more, or came too late to: its author's alone
    wordings: Mapped[list[Any]] = mapped_column(default=list)
    #: counts the changes within an observation, so that a second device asks for what is new;
    #: shown to nobody, because it tells how many changes there were
    seq: Mapped[int]
    __table_args__ = (
        *of_observation(),
        refers("evidence_item", "about_id"),
        one_of("kind", EvidenceKind),
        Index(
            "uq_evidence_item_key",
            "district_id",
            "observation_id",
            "author_id",
            "client_key",
            unique=True,
        ),
        Index("ix_evidence_item_observation", "district_id", "observation_id", "at", "id"),
        Index("ix_evidence_item_seq", "district_id", "observation_id", "seq", "id"),
    )


class EvidenceTag(Base, InDistrict):
    """That an item is evidence for an indicator. Seen with the item."""

    __tablename__ = "evidence_tag"
    item_id: Mapped[UUID]
    indicator_id: Mapped[UUID]
    __table_args__ = (
        refers("evidence_item", "item_id"),
        refers("indicator", "indicator_id"),
        Index("uq_evidence_tag", "district_id", "item_id", "indicator_id", unique=True),
        Index("ix_evidence_tag_indicator", "district_id", "indicator_id"),
    )


class ObservationRating(Base, OfObservation):
    """The score of one indicator, or why it was not observed. Blank means not scored, never 0."""

    __tablename__ = "observation_rating"
    indicator_id: Mapped[UUID]
    score: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    not_observed_reason: Mapped[str | None]
    __table_args__ = (
        *of_observation(),
        refers("indicator", "indicator_id"),
        CheckConstraint("(score is null) <> (not_observed_reason is null)", name="score_or_reason"),
        Index(
            "uq_observation_rating",
            "district_id",
            "observation_id",
            "indicator_id",
            unique=True,
        ),
    )


class ObservationRevision(Base, OfObservation):
    """What an observation said before it was changed after sharing, and why it was changed."""

    __tablename__ = "observation_revision"
    number: Mapped[int]
    reason: Mapped[str]
    content: Mapped[dict[str, Any]]
    __table_args__ = (
        *of_observation(),
        Index("uq_observation_revision", "district_id", "observation_id", "number", unique=True),
    )


class EvidenceCitation(Base, OfObservation):
    """That another record rests on an item: the item is kept once and cited many times. Where the
    record that cites is evaluative, the words are kept as they were cited."""

    __tablename__ = "evidence_citation"
    item_id: Mapped[UUID]
    #: exactly one of these
    goal_id: Mapped[UUID | None]
    cycle_id: Mapped[UUID | None]
    data_point_id: Mapped[UUID | None]
    use_id: Mapped[UUID | None]
    indicator_feedback_id: Mapped[UUID | None]
    frozen_text: Mapped[str | None]
    __table_args__ = (
        *of_observation(),
        refers("evidence_item", "item_id"),
        refers("goal", "goal_id"),
        refers("learning_cycle", "cycle_id"),
        refers("cycle_data_point", "data_point_id"),
        refers("cycle_use", "use_id"),
        refers("indicator_feedback", "indicator_feedback_id"),
        CheckConstraint(
            "num_nonnulls(goal_id, cycle_id, data_point_id, use_id, indicator_feedback_id) = 1",
            name="one_record",
        ),
        Index("ix_evidence_citation_item", "district_id", "item_id"),
        Index("ix_evidence_citation_goal", "district_id", "goal_id"),
        Index("ix_evidence_citation_cycle", "district_id", "cycle_id"),
        Index("ix_evidence_citation_feedback", "district_id", "indicator_feedback_id"),
        Index(
            "uq_evidence_citation",
            "district_id",
            "item_id",
            "goal_id",
            "cycle_id",
            "data_point_id",
            "use_id",
            "indicator_feedback_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )


class AccessLog(Base, InDistrict):
    """That somebody read an evaluative record. The teacher sees who did (domain.md §2)."""

    __tablename__ = "access_log"
    RECORD_CLASS = RecordClass.EVALUATIVE
    reader_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    school_id: Mapped[UUID]
    #: the table's name, and the row; of what lies below an observation, the observation
    record_type: Mapped[str]
    record_id: Mapped[UUID]
    operation: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("person", "reader_id"),
        refers("person", "teacher_id"),
        refers("school", "school_id"),
        Index("ix_access_log_teacher", "district_id", "teacher_id", "at", "id"),
        Index("ix_access_log_record", "district_id", "record_id", "at", "id"),
    )
