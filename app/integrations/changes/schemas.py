"""The change feed as it is answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, Out, Version
from app.goals.schemas import PulledGoal

Position = Annotated[
    str, Field(max_length=1000, description="Where in the feed; opaque, yours alone")
]


class Change(Out):
    """An object as it is now, or that it is gone."""

    position: Position
    op: Literal["upsert", "remove"]
    type: Literal["goal"]
    id: Id
    version: Version
    object: Annotated[
        PulledGoal | None, Field(description="As it is when answered; null for `remove`")
    ]


class ChangePage(Out):
    """Changes in order, each object once."""

    items: Annotated[list[Change], Field(max_length=200)]
    next: Annotated[Position, Field(description="Send as `since` next time")]
    more: Annotated[bool, Field(description="Whether there is more to read right now")]
    epoch: Annotated[Id, Field(description="Renewed when the database was restored")]


class FeedHead(Out):
    """The end of the feed at this moment."""

    position: Position
    epoch: Id
