"""Meeting series as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import (
    Count,
    Date,
    Id,
    In,
    Instant,
    Line,
    Number,
    Out,
    Permissions,
    Text,
    Version,
    Zone,
)

SeriesState = Literal["active", "paused", "ended"]
Party = Literal["teacher", "lead"]
SkipName = Literal["leave", "testing", "holiday"]
FocusName = Literal[
    "check_in",
    "co_planning",
    "observation_debrief",
    "co_observation",
    "data",
    "reflection",
    "goal",
]
WallTime = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5),
    Field(description="HH:MM on the wall of `zone`; it stays across a clock change"),
]
Minutes = Annotated[int, Field(ge=5, le=240, json_schema_extra={"format": "int32"})]
EveryWeeks = Annotated[
    int,
    Field(
        ge=1,
        le=8,
        json_schema_extra={"format": "int32"},
        description="1 is weekly and 2 every two weeks; another cadence carries a reason",
    ),
]
LedBy = Annotated[
    Party, Field(description="Who leads the meeting: the teacher, who alone hands it to the lead")
]


class DayWithout(In):
    """A day of the series without a meeting."""

    on: Date
    skip: SkipName


Exceptions = Annotated[
    list[DayWithout],
    Field(max_length=60, description="Days of the series that are left out, each once"),
]
Place = Annotated[Line | None, Field(description="Where the two meet")]
Next = Annotated[str, Field(max_length=1000)] | None


class MeetingSeriesNew(In):
    """A rhythm to keep. Days that the school calendar has off are skipped by themselves."""

    teacher_id: Annotated[
        Id | None, Field(description="Whom the lead meets; absent, the caller is the teacher")
    ] = None
    first_on: Annotated[Date, Field(description="The first meeting; its weekday is the series'")]
    last_on: Annotated[
        Date | None, Field(description="Absent, the last day of the school year")
    ] = None
    every_weeks: EveryWeeks = 1
    cadence_reason: Annotated[Text | None, Field(description="Why not weekly or every two")] = None
    at: WallTime
    zone: Annotated[Zone | None, Field(description="Absent, the school's")] = None
    minutes: Minutes = 30
    led_by: LedBy = "teacher"
    focus: FocusName = "check_in"
    place: Place = None
    exceptions: Exceptions = []


class MeetingSeriesChange(In):
    """What to change, for the meetings to come that nobody moved; absent fields stay. Another
    weekday or cadence is a new series."""

    at: WallTime = "15:00"
    zone: Zone = "America/Denver"
    minutes: Minutes = 30
    led_by: LedBy = "teacher"
    focus: FocusName = "check_in"
    place: Place = None
    exceptions: Exceptions = []


class MeetingSeriesResume(In):
    """Which days stay without a meeting."""

    exceptions: Exceptions = []


class MeetingSeriesEnd(In):
    """Why the series ends."""

    reason: Text


class MeetingSeriesOut(Out):
    """The rhythm of a teacher's 1:1s with their lead. Only the two read it."""

    id: Id
    version: Version
    relationship_id: Id
    school_id: Id
    school_year_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    every_weeks: EveryWeeks
    cadence_reason: Text | None
    first_on: Date
    last_on: Date
    at: WallTime
    zone: Zone
    minutes: Minutes
    led_by: LedBy
    focus: FocusName
    place: Place
    state: SeriesState
    end_reason: Text | None
    ended_at: Instant | None
    review_due: Annotated[
        bool,
        Field(description="Low feedback in a row: look at agenda and schedule, then note a review"),
    ]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class MeetingSeriesPage(Out):
    """Meeting series, the oldest first."""

    items: Annotated[list[MeetingSeriesOut], Field(max_length=200)]
    next: Next


class CadenceOut(Out):
    """How well the rhythm is kept: held ÷ (due less excluded), with every count it is made of."""

    from_: Annotated[Date, Field(alias="from")]
    to: Date
    due: Annotated[
        Count,
        Field(description="Days of the series that are past or were held, up to its end"),
    ]
    held: Count
    excluded: Annotated[
        Count, Field(description="Skipped with a reason, or without a meeting on a day off")
    ]
    excluded_afterwards: Annotated[
        Count, Field(description="Those of `excluded` that were skipped once their day was past")
    ]
    missed: Count
    cancelled: Count
    unanswered: Annotated[Count, Field(description="Past, and nobody said what came of them")]
    kept: Annotated[Number | None, Field(description="0 to 1; null when nothing was due")]
