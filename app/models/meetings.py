"""1:1 meetings: series, meetings, agenda, next steps, feedback; and who is busy when."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, and_, column, literal_column
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, one_of, refers
from app.models.pairs import OfPair, of_pair


class SeriesState(StrEnum):
    """domain.md §3."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class MeetingState(StrEnum):
    """domain.md §3."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    MISSED = "missed"
    SKIPPED = "skipped"


#: the states of a meeting that is still to be closed
COMING = (MeetingState.SCHEDULED.value, MeetingState.IN_PROGRESS.value)


class Skip(StrEnum):
    """Why a week has no meeting; such a week does not count as missed."""

    LEAVE = "leave"
    TESTING = "testing"
    HOLIDAY = "holiday"
    SERIES_PAUSED = "series_paused"


class Party(StrEnum):
    """One of the two of a 1:1."""

    TEACHER = "teacher"
    LEAD = "lead"


class Focus(StrEnum):
    """What a 1:1 is about (domain.md §6)."""

    CHECK_IN = "check_in"
    CO_PLANNING = "co_planning"
    OBSERVATION_DEBRIEF = "observation_debrief"
    CO_OBSERVATION = "co_observation"
    DATA = "data"
    REFLECTION = "reflection"
    GOAL = "goal"


class MeetingSeries(Base, OfPair):
    """The rhythm of a pair's 1:1s: weekly or every two weeks, at a local time."""

    __tablename__ = "meeting_series"
    relationship_id: Mapped[UUID]
    school_year_id: Mapped[UUID]
    every_weeks: Mapped[int]
    #: why it is neither weekly nor every two weeks (gate 3)
    cadence_reason: Mapped[str | None]
    first_on: Mapped[date]
    last_on: Mapped[date]
    #: HH:MM on the wall of `zone`
    at: Mapped[str]
    zone: Mapped[str]
    minutes: Mapped[int]
    led_by: Mapped[str] = mapped_column(default=Party.TEACHER.value)
    focus: Mapped[str] = mapped_column(default=Focus.CHECK_IN.value)
    place: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=SeriesState.ACTIVE.value)
    end_reason: Mapped[str | None]
    #: what was due after it does not count
    ended_at: Mapped[datetime | None]
    #: low feedback in a row asks the two to look at agenda and schedule
    review_due: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        *of_pair(),
        refers("coaching_relationship", "relationship_id"),
        refers("school_year", "school_year_id"),
        one_of("state", SeriesState),
        one_of("led_by", Party),
        one_of("focus", Focus),
        CheckConstraint("first_on <= last_on", name="in_order"),
        CheckConstraint(
            "every_weeks in (1, 2) or cadence_reason is not null", name="cadence_explained"
        ),
        # One rhythm a pair: two would double every week.
        Index(
            "uq_meeting_series_pair",
            "district_id",
            "relationship_id",
            unique=True,
            postgresql_where=literal_column("state in ('active', 'paused')"),
        ),
        Index("ix_meeting_series_teacher", "district_id", "teacher_id", "id"),
        Index("ix_meeting_series_lead", "district_id", "lead_id", "id"),
    )


class Meeting(Base, OfPair):
    """One 1:1, of a series or by itself."""

    __tablename__ = "meeting"
    relationship_id: Mapped[UUID]
    series_id: Mapped[UUID | None]
    #: the day the series asks for; it stays when the meeting is moved
    due_on: Mapped[date]
    #: on the wall of `zone`
    on: Mapped[date]
    at: Mapped[str]
    zone: Mapped[str]
    minutes: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    #: the clock skipped that time, so the meeting begins later
    time_moved: Mapped[bool] = mapped_column(default=False)
    #: moved by hand: a change of the series leaves it where it is
    moved: Mapped[bool] = mapped_column(default=False)
    led_by: Mapped[str]
    focus: Mapped[str]
    place: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=MeetingState.SCHEDULED.value)
    skip: Mapped[str | None]
    #: when somebody left it out; what the series left out by itself has no such time
    skipped_at: Mapped[datetime | None]
    #: why it was moved, cancelled or skipped
    reason: Mapped[str | None]
    #: the two said that nothing is to be done
    no_next_steps: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    __table_args__ = (
        *of_pair(),
        refers("coaching_relationship", "relationship_id"),
        refers("meeting_series", "series_id"),
        one_of("state", MeetingState),
        one_of("led_by", Party),
        one_of("focus", Focus),
        one_of("skip", Skip),
        CheckConstraint("(state = 'skipped') = (skip is not null)", name="skip_explained"),
        CheckConstraint(
            "(state = 'completed') = (completed_at is not null)", name="completed_when"
        ),
        Index("uq_meeting_series_due", "district_id", "series_id", "due_on", unique=True),
        Index("ix_meeting_teacher", "district_id", "teacher_id", "starts_at", "id"),
        Index("ix_meeting_lead", "district_id", "lead_id", "starts_at", "id"),
        Index("ix_meeting_school", "district_id", "school_id", "starts_at", "id"),
    )


class Booking(Base, InDistrict):
    """That somebody is busy. The database refuses two blocking ones at once (gate 3)."""

    __tablename__ = "booking"
    person_id: Mapped[UUID]
    during: Mapped[Any] = mapped_column(TSTZRANGE)
    source: Mapped[str]
    source_id: Mapped[UUID]
    blocking: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (
        refers("person", "person_id"),
        ExcludeConstraint(
            (column("district_id"), "="),
            (column("person_id"), "="),
            (column("during"), "&&"),
            name="ex_booking_one_place_at_a_time",
            using="gist",
            where=and_(literal_column("blocking")),
        ),
        Index("ix_booking_source", "district_id", "source_id"),
    )


class AgendaState(StrEnum):
    """domain.md §3."""

    OPEN = "open"
    DISCUSSED = "discussed"
    CARRIED_OVER = "carried_over"
    DROPPED = "dropped"


class AgendaItem(Base, OfPair):
    """Something to talk about. The text is its author's; the order is the teacher's."""

    __tablename__ = "agenda_item"
    meeting_id: Mapped[UUID]
    #: moving an item or another beside it changes no version: nobody's text grows stale by it
    position: Mapped[int]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default=AgendaState.OPEN.value)
    carried_from_id: Mapped[UUID | None]
    __table_args__ = (
        *of_pair(),
        refers("meeting", "meeting_id"),
        refers("agenda_item", "carried_from_id"),
        one_of("state", AgendaState),
        Index("ix_agenda_item_meeting", "district_id", "meeting_id", "position", "id"),
        Index("ix_agenda_item_open", "district_id", "teacher_id", "state"),
    )


class AgendaItemVersion(Base, InDistrict):
    """Every text an agenda item ever had."""

    __tablename__ = "agenda_item_version"
    item_id: Mapped[UUID]
    number: Mapped[int]
    author_id: Mapped[UUID]
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("agenda_item", "item_id"),
        refers("person", "author_id"),
        Index("uq_agenda_item_version", "district_id", "item_id", "number", unique=True),
    )


class StepState(StrEnum):
    """domain.md §3."""

    OPEN = "open"
    DONE = "done"
    CARRIED_OVER = "carried_over"
    DROPPED = "dropped"


class NextStep(Base, OfPair):
    """What somebody will do until when. Open ones follow the teacher to the next lead."""

    __tablename__ = "next_step"
    meeting_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    text: Mapped[str]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(default=StepState.OPEN.value)
    reason: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    carried_from_id: Mapped[UUID | None]
    __table_args__ = (
        *of_pair(),
        refers("meeting", "meeting_id"),
        refers("person", "owner_id"),
        refers("next_step", "carried_from_id"),
        one_of("state", StepState),
        Index("ix_next_step_teacher", "district_id", "teacher_id", "state", "due_on", "id"),
        Index("ix_next_step_meeting", "district_id", "meeting_id", "id"),
    )


class MeetingFeedback(Base, OfPair):
    """What the teacher says of one meeting: its structure, its content, a word."""

    __tablename__ = "meeting_feedback"
    meeting_id: Mapped[UUID]
    series_id: Mapped[UUID | None]
    structure: Mapped[int]
    content: Mapped[int]
    word: Mapped[str | None]
    __table_args__ = (
        *of_pair(),
        refers("meeting", "meeting_id"),
        refers("meeting_series", "series_id"),
        CheckConstraint("structure between 1 and 5", name="structure_of_five"),
        CheckConstraint("content between 1 and 5", name="content_of_five"),
        Index("uq_meeting_feedback_meeting", "district_id", "meeting_id", unique=True),
        Index("ix_meeting_feedback_series", "district_id", "series_id", "id"),
        Index("ix_meeting_feedback_teacher", "district_id", "teacher_id", "id"),
    )


class SeriesReview(Base, OfPair):
    """What the two changed in agenda or schedule after low feedback, or when they chose to look."""

    __tablename__ = "series_review"
    series_id: Mapped[UUID]
    agenda_changed: Mapped[bool]
    schedule_changed: Mapped[bool]
    text: Mapped[str]
    __table_args__ = (
        *of_pair(),
        refers("meeting_series", "series_id"),
        Index("ix_series_review_series", "district_id", "series_id", "id"),
    )
