"""Evidence of use as it is sent and answered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, LongText, Out, Permissions, Version
from app.learning_cycles.activities.schemas import Url
from app.meetings.series.schemas import Next

Kind = Annotated[
    Literal["observation", "video", "tracker"],
    Field(description="An observation is named by `observation_id`, the others by `url`"),
]
AdjustmentId = Annotated[Id, Field(description="The adjustment that it shows in use")]
Where = Annotated[
    Url | None,
    Field(description="Where the video or tracker is, an https address; nothing is stored here"),
]
Day = Annotated[Date, Field(description="The day it was seen; not in the future")]
Words = Annotated[LongText, Field(description="What it shows. Name no student.")]


class CycleUseNew(In):
    """What shows an adjustment in use."""

    kind: Kind
    adjustment_id: AdjustmentId
    observation_id: Annotated[
        Id | None, Field(description="An observation of the teacher that was shared with them")
    ] = None
    url: Where = None
    on: Day
    text: Words


class CycleUseChange(In):
    """What to change; absent fields stay. Another kind or observation is another entry."""

    url: Where = None
    on: Day = date(2000, 1, 1)
    text: Words = "-"


class CycleUseOut(Out):
    """Evidence of an adjustment in use."""

    id: Id
    version: Version
    cycle_id: Id
    adjustment_id: Id
    teacher_id: Id
    lead_id: Annotated[Id | None, Field(description="The lead who reads it, if there is one")]
    team_id: Annotated[
        Id | None, Field(description="The team that reads it: a member's own part that they opened")
    ]
    author_id: Id
    kind: Kind
    observation_id: Annotated[
        Id | None, Field(description="Read at its own address, by those who may")
    ]
    url: Url | None
    on: Date
    text: LongText
    created_at: Instant
    permissions: Permissions


class CycleUsePage(Out):
    """Evidence of use, the oldest first."""

    items: Annotated[list[CycleUseOut], Field(max_length=200)]
    next: Next
