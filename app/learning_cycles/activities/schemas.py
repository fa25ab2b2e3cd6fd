"""Learning activities as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import (
    Code,
    Date,
    Id,
    In,
    Instant,
    Line,
    LongText,
    Out,
    Permissions,
    Text,
    Version,
    Zone,
)
from app.meetings.series.schemas import Minutes, Next, WallTime

Url = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https://[!-~]+$")]
State = Literal["planned", "done", "dropped"]
Approach = Annotated[
    Code,
    Field(
        description="A word of the vocabulary `learning_approach`: `book_study`, `article_study`,"
        " `co_observing_live`, `co_observing_by_video`, `modelling`, `co_planning_lesson`,"
        " `co_planning_unit`, `real_time_coaching`, `meta_coaching`, or one that the school added"
    ),
]
Title = Annotated[Line, Field(description="What is read, watched or planned. Name no student.")]
Who = Annotated[
    Literal["teacher", "lead", "both", "team"],
    Field(description="`both` in the cycle of a pair, `team` in that of a team"),
]
Place = Annotated[Line | None, Field(description="Where it takes place")]
Where = Annotated[Url | None, Field(description="What is read or watched, an https address")]
Day = Annotated[Date | None, Field(description="The day it is planned for, if there is one")]
At = Annotated[
    WallTime | None,
    Field(
        description="HH:MM on the wall of `zone`, with `on` and `minutes`; in the cycle of a pair"
        " it takes the time of who does it"
    ),
]
ZoneName = Annotated[Zone | None, Field(description="With `at`; empty, the school's")]
Long = Annotated[Minutes | None, Field(description="How long it takes")]
Takeaway = Annotated[
    LongText | None, Field(description="What was learned from it. Name no student.")
]


class CycleActivityNew(In):
    """A way to learn, for a day, for a time, or for whenever it fits."""

    approach: Approach
    title: Title
    who: Who
    place: Place = None
    url: Where = None
    on: Day = None
    at: At = None
    zone: ZoneName = None
    minutes: Long = None


class CycleActivityChange(In):
    """What to change; absent fields stay, null clears."""

    approach: Approach = "modelling"
    title: Title = "-"
    who: Who = "teacher"
    place: Place = None
    url: Where = None
    on: Day = None
    at: At = None
    zone: ZoneName = None
    minutes: Long = None
    takeaway: Takeaway = None


class CycleActivityFinish(In):
    """That it was done."""

    done_on: Annotated[
        Date | None, Field(description="The day it was done, not in the future; absent, today")
    ] = None
    takeaway: Takeaway = None


class CycleActivityDrop(In):
    """Why it is left out."""

    reason: Annotated[Text, Field(description="Everybody who works in the cycle reads it")]


class CycleActivityOut(Out):
    """A learning activity of a cycle."""

    id: Id
    version: Version
    cycle_id: Id
    teacher_id: Annotated[Id | None, Field(description="Empty in a team's cycle")]
    lead_id: Id | None
    team_id: Id | None
    author_id: Id
    approach: Approach
    title: Line
    who: Who
    place: Line | None
    url: Url | None
    state: State
    on: Date | None
    at: WallTime | None
    zone: Zone | None
    minutes: Minutes | None
    starts_at: Instant | None
    ends_at: Instant | None
    time_moved: Annotated[
        bool, Field(description="The clock skips that time on that day, so it begins later")
    ]
    done_on: Date | None
    takeaway: LongText | None
    reason: Annotated[
        Text | None,
        Field(
            description="Why it was left out; `coaching_ended` where the coaching came to an end"
        ),
    ]
    created_at: Instant
    permissions: Permissions


class CycleActivityPage(Out):
    """Learning activities of a cycle, in the order in which they were added."""

    items: Annotated[list[CycleActivityOut], Field(max_length=200)]
    next: Next
