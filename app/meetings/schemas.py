"""1:1 meetings as they are sent and answered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Out, Permissions, Text, Version, Zone
from app.meetings.series.schemas import FocusName, LedBy, Minutes, Next, Place, SkipName, WallTime

MeetingState = Literal["scheduled", "in_progress", "completed", "cancelled", "missed", "skipped"]
Why = Annotated[Text, Field(description="The two of them read it")]


class MeetingNew(In):
    """A 1:1 beside the series."""

    teacher_id: Annotated[
        Id | None, Field(description="Whom the lead meets; absent, the caller is the teacher")
    ] = None
    on: Date
    at: WallTime
    zone: Annotated[Zone | None, Field(description="Absent, the school's")] = None
    minutes: Minutes = 30
    led_by: LedBy = "teacher"
    focus: FocusName = "check_in"
    place: Place = None


class MeetingChange(In):
    """What to change; absent fields stay. A new time is a move, and carries a reason."""

    on: Date = date(2000, 1, 1)
    at: WallTime = "15:00"
    zone: Zone = "America/Denver"
    minutes: Minutes = 30
    led_by: LedBy = "teacher"
    focus: FocusName = "check_in"
    place: Place = None
    reason: Annotated[Why | None, Field(description="Why it is moved")] = None


class MeetingComplete(In):
    """How a meeting closes."""

    no_next_steps: Annotated[
        bool, Field(description="The two agree that nothing is to be done until the next time")
    ] = False


class MeetingCancel(In):
    """Why the meeting is cancelled."""

    reason: Why


class MeetingSkip(In):
    """Why the week has no meeting; it does not count as missed."""

    skip: SkipName
    reason: Annotated[Why | None, Field(description="More, if it helps")] = None


class MeetingOut(Out):
    """A 1:1 of a teacher and their lead. Only the two read it."""

    id: Id
    version: Version
    series_id: Id | None
    relationship_id: Id
    school_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    due_on: Annotated[Date, Field(description="The day the series asks for")]
    on: Date
    at: WallTime
    zone: Zone
    minutes: Minutes
    starts_at: Instant
    ends_at: Instant
    time_moved: Annotated[
        bool, Field(description="The clock skips that time, so it begins as much later")
    ]
    moved: bool
    led_by: LedBy
    focus: FocusName
    place: Place
    state: MeetingState
    skip: SkipName | Literal["series_paused"] | None
    reason: Text | None
    no_next_steps: bool
    started_at: Instant | None
    completed_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class MeetingPage(Out):
    """1:1s in the order of their times."""

    items: Annotated[list[MeetingOut], Field(max_length=200)]
    next: Next


ActivityKind = Literal[
    "meeting", "conversation", "feedback_conversation", "learning_activity", "observation"
]
ActivityState = (
    MeetingState
    | Literal["held", "closed", "shared", "acknowledged", "planned", "done", "dropped"]
    | Literal["drafted", "discussed", "locked", "void"]
)


class ActivityOut(Out):
    """That something happened: no text, no marks."""

    kind: ActivityKind
    on: Annotated[Date, Field(description="The day it took place or was set for")]
    state: ActivityState
    teacher_id: Id
    lead_id: Annotated[
        Id | None, Field(description="Of feedback: who gave it; of an observation: none")
    ]
    observer_id: Annotated[Id | None, Field(description="Who observed; else none")]
    minutes: Annotated[Minutes | None, Field(description="Null where no time was set")]


class ActivityPage(Out):
    """Activity, the latest first."""

    items: Annotated[list[ActivityOut], Field(max_length=200)]
    next: Next
