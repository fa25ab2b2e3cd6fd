"""Data points as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Line, Out, Permissions, Text, Version
from app.core.types import Number as AnyNumber
from app.goals.resources.schemas import Next, Url
from app.learning_cycles.vocabularies.schemas import Key

Kind = Literal["qualitative", "quantitative"]
Source = Annotated[
    Key,
    Field(description="A word of the vocabulary `data_source`: GET /vocabularies"),
]
Words = Annotated[
    Text | None,
    Field(
        description="What was seen or said; needed for qualitative data. Name no student, and"
        " nothing by which one would be known."
    ),
]
Value = Annotated[
    AnyNumber | None, Field(description="Needed for quantitative data. Of a group, not a student.")
]
Unit = Annotated[
    Line | None,
    Field(description="What the number counts, such as `percent`; with every number"),
]
On = Annotated[Date | None, Field(description="The day it was seen; not in the future")]
GoalLink = Annotated[
    Id | None,
    Field(
        description="A goal that it comes from and you may read: a school's, a team's or the"
        " cycle's teacher's; in a team's cycle, one of your own"
    ),
]
ObservationLink = Annotated[
    Id | None,
    Field(
        description="An observation that you may read and that was shared: with the cycle's"
        " teacher; in a team's cycle, one of you yourself"
    ),
]
Address = Annotated[
    Url | None,
    Field(
        description="Where the work or the report lies. https only. Link nothing that names a"
        " student, in the address or behind it."
    ),
]


class DataPointNew(In):
    """One piece of data."""

    kind: Kind
    source: Source
    text: Words = None
    value: Value = None
    unit: Unit = None
    on: On = None
    goal_id: GoalLink = None
    observation_id: ObservationLink = None
    url: Address = None


class DataPointChange(In):
    """What to change; absent fields stay, null clears. The kind stays."""

    source: Source = ""
    text: Words = None
    value: Value = None
    unit: Unit = None
    on: On = None
    goal_id: GoalLink = None
    observation_id: ObservationLink = None
    url: Address = None


class DataPointOut(Out):
    """One piece of data. Whether you may read what it links to is asked there."""

    id: Id
    version: Version
    cycle_id: Id
    author_id: Id
    kind: Kind
    source: Key
    text: Text | None
    value: AnyNumber | None
    unit: Line | None
    on: Date | None
    goal_id: Id | None
    observation_id: Id | None
    url: Url | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class DataPointPage(Out):
    """Data points of a cycle, the oldest first."""

    items: Annotated[list[DataPointOut], Field(max_length=200)]
    next: Next
