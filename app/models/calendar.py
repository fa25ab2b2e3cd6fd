"""The calendar of a teacher's coaching cycle, made from a template (R11)."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of, refers
from app.models.pairs import OfPair, OfRelationship, of_pair, of_relationship


class CalendarState(StrEnum):
    """One calendar of a pair is in use at a time."""

    ACTIVE = "active"
    ENDED = "ended"


class EntryKind(StrEnum):
    """What a teacher's coaching cycle is made of (R11)."""

    ONE_ON_ONE = "one_on_one"
    OBSERVATION = "observation"
    COACHING_VISIT = "coaching_visit"
    FEEDBACK = "feedback"
    TEAM_TIME = "team_time"
    LEARNING = "learning"
    REFLECTION = "reflection"


#: the kinds of which the program has no record, so that somebody says when they are done
BY_HAND = (EntryKind.TEAM_TIME,)


class EntryState(StrEnum):
    """Whether it is done is read off the records where the program has them."""

    PLANNED = "planned"
    DONE = "done"
    SKIPPED = "skipped"


class CoachingCalendar(Base, OfRelationship):
    """A teacher's coaching cycle in days, from a template's weeks."""

    __tablename__ = "coaching_calendar"
    school_year_id: Mapped[UUID]
    template_id: Mapped[UUID]
    cycle_id: Mapped[UUID | None]
    title: Mapped[str]
    starts_on: Mapped[date]
    state: Mapped[str] = mapped_column(default=CalendarState.ACTIVE.value)
    __table_args__ = (
        *of_relationship(),
        refers("school_year", "school_year_id"),
        refers("template", "template_id"),
        refers("learning_cycle", "cycle_id"),
        one_of("state", CalendarState),
        Index(
            "uq_coaching_calendar_active",
            "district_id",
            "relationship_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_coaching_calendar_teacher", "district_id", "teacher_id", "id"),
        Index("ix_coaching_calendar_lead", "district_id", "lead_id", "id"),
    )


class CalendarEntry(Base, OfPair):
    """One thing on a teacher's coaching calendar, in the week that begins on a day."""

    __tablename__ = "calendar_entry"
    calendar_id: Mapped[UUID]
    kind: Mapped[str]
    title: Mapped[str]
    on: Mapped[date]
    until_on: Mapped[date]
    state: Mapped[str] = mapped_column(default=EntryState.PLANNED.value)
    #: why it was left out
    reason: Mapped[str | None]
    __table_args__ = (
        *of_pair(),
        refers("coaching_calendar", "calendar_id"),
        one_of("kind", EntryKind),
        one_of("state", EntryState),
        CheckConstraint('"on" <= until_on', name="in_order"),
        Index("ix_calendar_entry_calendar", "district_id", "calendar_id", "on", "id"),
        Index("ix_calendar_entry_teacher", "district_id", "teacher_id", "on", "id"),
    )
