"""Coaching calendars as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import Date, Id, In, Instant, Line, Out, Permissions, Version, Warnings
from app.meetings.series.schemas import FocusName

CalendarState = Literal["active", "ended"]
Next = Annotated[str, Field(max_length=1000)] | None


class CoachingCalendarNew(In):
    """A coaching cycle to lay out in weeks."""

    teacher_id: Annotated[
        Id | None, Field(description="Whom the lead coaches; absent, the caller is the teacher")
    ] = None
    template_id: Annotated[Id, Field(description="A published template of a coaching calendar")]
    starts_on: Annotated[
        Date,
        Field(description="A day of week 1. A Saturday or Sunday belongs to the week after it"),
    ]
    cycle_id: Annotated[
        Id | None,
        Field(description="The learning cycle of the two that it is for, if any"),
    ] = None
    title: Annotated[Line | None, Field(description="Absent, the template's")] = None


class CoachingCalendarChange(In):
    """What to change; absent fields stay."""

    title: Line = ""


class CoachingCalendarOut(Out):
    """A coaching cycle in weeks. The teacher and the lead it was made with read it."""

    id: Id
    version: Version
    relationship_id: Id
    school_id: Id
    school_year_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    template_id: Id
    cycle_id: Id | None
    title: Line
    starts_on: Date
    until_on: Annotated[Date | None, Field(description="The last day of its last entry")]
    state: CalendarState
    created_at: Instant
    updated_at: Instant
    warnings: Annotated[
        Warnings,
        Field(description="Its weeks in which the school calendar has tests, or that are off"),
    ]
    permissions: Permissions


class CoachingCalendarPage(Out):
    """Coaching calendars, the oldest first."""

    items: Annotated[list[CoachingCalendarOut], Field(max_length=200)]
    next: Next


class SuggestedFocusOut(Out):
    """What a 1:1 could be about, and why. A person decides; nothing follows from it by itself."""

    focus: FocusName
    why: Annotated[str, StringConstraints(max_length=300)]
    cycle_id: Annotated[Id | None, Field(description="The learning cycle that suggests it")]
