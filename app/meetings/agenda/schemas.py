"""Agenda items as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Count, Id, In, Instant, Out, Permissions, Text, Version
from app.meetings.series.schemas import Next

ItemText = Annotated[Text, Field(description="The author's words. Name no student.")]
Position = Annotated[
    int,
    Field(ge=1, le=1000, json_schema_extra={"format": "int32"}, description="From 1, the first"),
]


class AgendaItemNew(In):
    """Something to talk about."""

    text: ItemText


class AgendaItemChange(In):
    """Other words for it."""

    text: ItemText = ""


class AgendaItemMove(In):
    """Where it goes; the others make room."""

    position: Position


class AgendaItemOut(Out):
    """Something to talk about at a 1:1, in the teacher's order."""

    id: Id
    version: Version
    meeting_id: Id
    author_id: Id
    position: Annotated[Count, Field(description="Its order; a move changes no version")]
    text: ItemText
    state: Literal["open", "discussed", "carried_over", "dropped"]
    carried_from_id: Annotated[Id | None, Field(description="The item of an earlier meeting")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class AgendaItemPage(Out):
    """The agenda in its order."""

    items: Annotated[list[AgendaItemOut], Field(max_length=200)]
    next: Next


class AgendaItemVersionOut(Out):
    """A text the item had."""

    number: Version
    author_id: Id
    text: ItemText
    at: Instant


class AgendaItemVersionPage(Out):
    """Every text the item had, the first one first."""

    items: Annotated[list[AgendaItemVersionOut], Field(max_length=200)]
    next: Next
