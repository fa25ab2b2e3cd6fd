"""Adjustments as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Out, Permissions, Text, Version
from app.meetings.series.schemas import Next

State = Literal["open", "dropped"]
Words = Annotated[
    Text,
    Field(description="The one change that is tried, as it can be seen. Name no student."),
]
IndicatorId = Annotated[
    Id | None, Field(description="The indicator of a published framework that it is about")
]
FromOn = Annotated[Date | None, Field(description="From when on it is tried")]


class CycleAdjustmentNew(In):
    """A change to try."""

    text: Words
    indicator_id: IndicatorId = None
    from_on: FromOn = None


class CycleAdjustmentChange(In):
    """What to change; absent fields stay, null clears."""

    text: Words = "-"
    indicator_id: IndicatorId = None
    from_on: FromOn = None


class CycleAdjustmentDrop(In):
    """Why it is given up."""

    reason: Annotated[Text, Field(description="Whoever reads the adjustment reads it")]


class CycleAdjustmentOut(Out):
    """An adjustment that a teacher works on."""

    id: Id
    version: Version
    cycle_id: Id
    teacher_id: Id
    lead_id: Annotated[Id | None, Field(description="The lead who reads it, if there is one")]
    team_id: Annotated[
        Id | None, Field(description="The team that reads it: a member's own part that they opened")
    ]
    author_id: Id
    text: Text
    indicator_id: Id | None
    from_on: Date | None
    state: State
    reason: Text | None
    created_at: Instant
    permissions: Permissions


class CycleAdjustmentPage(Out):
    """Adjustments, the oldest first."""

    items: Annotated[list[CycleAdjustmentOut], Field(max_length=200)]
    next: Next
