"""Entries of a coaching calendar as they are sent and answered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Line, Out, Permissions, Text, Version
from app.templates.schemas import EntryKind

EntryState = Literal["planned", "done", "skipped"]
RecordType = Literal[
    "meeting", "observation", "feedback_conversation", "cycle_activity", "cycle_reflection"
]
Words = Annotated[Line, Field(description="The two of them read it. Name no student.")]
Why = Annotated[Text, Field(description="The two of them read it. Name no student.")]


class CalendarEntryNew(In):
    """One more thing on the calendar."""

    kind: EntryKind
    title: Words
    on: Annotated[Date, Field(description="Its first day, in the school year")]
    until_on: Annotated[Date | None, Field(description="Its last day; absent, the same")] = None


class CalendarEntryChange(In):
    """What to change; absent fields stay. To move an entry, send both of its days."""

    title: Words = ""
    on: Date = date(2000, 1, 1)
    until_on: Date = date(2000, 1, 1)


class CalendarEntrySkip(In):
    """Why it is left out."""

    reason: Why


class EntryRecord(Out):
    """The record that shows it done."""

    type: RecordType
    id: Id


class CalendarEntryOut(Out):
    """One thing on a coaching calendar. Those read it who read the calendar."""

    id: Id
    version: Version
    calendar_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    kind: EntryKind
    title: Words
    on: Date
    until_on: Date
    state: Annotated[
        EntryState,
        Field(
            description="`done` is read off records in these days that the caller may read; team"
            " time is said to be done by hand"
        ),
    ]
    done_by: Annotated[
        EntryRecord | None, Field(description="The record; null when it was said by hand")
    ]
    overdue: Annotated[bool, Field(description="Planned, and its last day is past at the school")]
    reason: Annotated[Text | None, Field(description="Why it was left out")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class CalendarEntryPage(Out):
    """Entries by their first day."""

    items: Annotated[list[CalendarEntryOut], Field(max_length=200)]
    next: Annotated[str, Field(max_length=1000)] | None
