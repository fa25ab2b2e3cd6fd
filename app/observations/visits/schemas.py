"""Observations as they are sent and answered: the visit, not what was written in it."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import (
    Code,
    Count,
    Date,
    Id,
    In,
    Instant,
    Line,
    Out,
    Permissions,
    Text,
    Version,
    Warnings,
    Zone,
)
from app.meetings.series.schemas import Minutes, Place, WallTime
from app.observations.kinds.schemas import Next, ObserverKindName

ObservationStateName = Literal[
    "scheduled",
    "in_progress",
    "drafted",
    "shared",
    "discussed",
    "acknowledged",
    "locked",
    "cancelled",
    "void",
]
IntentName = Literal["talk_to_students", "walk_around", "co_teach", "model"]
Intends = Annotated[
    list[IntentName],
    Field(max_length=4, description="What the observer means to do beside looking on"),
]
Focus = Annotated[
    Text | None,
    Field(description="What the visit looks at. The teacher reads it. Name no student."),
]
ConflictCode = Literal[
    "preference_notice",
    "preference_talk_to_students",
    "preference_walk_around",
    "preference_co_teach",
    "preference_model",
    "day_off",
    "too_short",
    "double_booked",
]
Why = Annotated[Text, Field(description="Both read it. Name no student.")]


class Override(In):
    """That the visit goes against something, knowingly. A preference of the teacher's needs their
    consent or a reason, everything else a reason."""

    code: ConflictCode
    reason: Annotated[
        Text | None, Field(description="Why all the same; the teacher reads it. Name no student.")
    ] = None
    consent: Annotated[bool, Field(description="The teacher consented to it")] = False


Overrides = Annotated[
    list[Override],
    Field(max_length=20, description="Of the conflicts that a refusal named as `may_override`"),
]


class ObservationNew(In):
    """A visit of the caller's: planned for a day and time, or begun now."""

    teacher_id: Id
    kind_id: Id
    start: Annotated[
        bool, Field(description="It begins now; then without `on`, `at` and `announced`")
    ] = False
    on: Annotated[Date | None, Field(description="The day, in the school's zone")] = None
    at: WallTime | None = None
    minutes: Minutes
    announced: Annotated[
        bool,
        Field(description="The teacher sees the visit before it begins; else from then on"),
    ] = True
    focus: Focus = None
    place: Place = None
    intends: Intends = []
    cycle_id: Annotated[
        Id | None, Field(description="The teacher's learning cycle that it belongs to")
    ] = None
    goal_id: Annotated[Id | None, Field(description="The teacher's goal that it looks at")] = None
    overrides: Overrides = []


class ObservationChange(In):
    """What to change; absent fields stay, null clears."""

    focus: Focus = None
    place: Place = None


class ObservationReschedule(In):
    """Another time. Conflicts are looked for anew, and overridden anew."""

    on: Annotated[Date, Field(description="The day, in the school's zone")]
    at: WallTime
    minutes: Annotated[Minutes | None, Field(description="Absent, as it was")] = None
    overrides: Overrides = []


class ObservationCancel(In):
    """Why there is no visit."""

    reason: Why


class ObservationVoid(In):
    """Why the observation does not count."""

    reason: Why


class ObservationAcknowledge(In):
    """What the teacher says to the observation, if anything."""

    reply: Annotated[
        Text | None, Field(description="Whoever reads the observation reads it. Name no student.")
    ] = None


class OverrideOut(Out):
    """Something that the visit goes against, knowingly."""

    code: ConflictCode
    reason: Text | None
    consent: bool


class ObservationOut(Out):
    """A visit to a classroom: when, by whom, of which kind, and how far it has come. What was
    written in it is read beside it, once it is shared."""

    id: Id
    version: Version
    school_id: Id
    school_year_id: Id
    teacher_id: Id
    observer_id: Id
    observer_kind: Annotated[
        ObserverKindName, Field(description="What the observer was to the teacher")
    ]
    kind_id: Id
    kind: Annotated[Code, Field(description="The kind's key")]
    kind_title: Line
    formal: bool
    scored: bool
    evaluative: Annotated[
        bool,
        Field(description="Formal and scored; fixed when it was made, whatever is scored"),
    ]
    state: ObservationStateName
    announced: bool
    focus: Focus
    place: Place
    intends: Intends
    on: Date
    at: WallTime
    zone: Zone
    minutes: Minutes
    starts_at: Instant
    ends_at: Instant
    time_moved: Annotated[
        bool, Field(description="The clock skips that time, so it begins as much later")
    ]
    started_at: Instant | None
    ended_at: Instant | None
    cycle_id: Id | None
    goal_id: Id | None
    preferences_id: Annotated[
        Id | None,
        Field(description="The teacher's preferences in force, of a lead's coaching visit"),
    ]
    overrides: Annotated[list[OverrideOut], Field(max_length=20)]
    revision: Annotated[Count, Field(description="Counts up with each change after sharing")]
    shared_at: Instant | None
    discussed_on: Date | None
    acknowledged_at: Instant | None
    reply: Text | None
    locked_at: Instant | None
    reason: Annotated[Text | None, Field(description="Why it was cancelled or voided")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions
    warnings: Warnings = []


class ObservationPage(Out):
    """Observations in the order of their times."""

    items: Annotated[list[ObservationOut], Field(max_length=200)]
    next: Next
