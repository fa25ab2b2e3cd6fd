"""The choice of a protocol as it is sent and answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Line, LongText, Out, Permissions, Text, Version
from app.templates.schemas import Fields

Next = Annotated[str, Field(max_length=1000)] | None
Ordered = Annotated[bool, Field(description="The steps go in their order")]
Steps = Annotated[Fields, Field(description="The protocol's steps with their prompts")]


class ProtocolChoiceNew(In):
    """The protocol that a school uses from a day on."""

    school_id: Id
    template_id: Annotated[
        Id,
        Field(
            description="A published template of kind `feedback_protocol`: the district's, or the"
            " school's own"
        ),
    ]
    from_on: Annotated[Date, Field(description="The first day; today at the earliest")]
    reason: Annotated[
        Text | None, Field(description="Why this one; needed once the school has a protocol")
    ] = None


class ProtocolChoiceOut(Out):
    """Which protocol a school chose, from which day, and why."""

    id: Id
    version: Version
    school_id: Id
    template_id: Annotated[Id, Field(description="The version that was chosen")]
    template_title: Line
    author_id: Id
    from_on: Date
    reason: Text | None
    created_at: Instant
    permissions: Permissions


class ProtocolChoicePage(Out):
    """Choices, the oldest first."""

    items: Annotated[list[ProtocolChoiceOut], Field(max_length=200)]
    next: Next


class ProtocolOut(Out):
    """What a conversation is held by: a version of a template."""

    template_id: Id
    title: Line
    text: LongText | None
    ordered: Ordered
    fields: Steps


class FeedbackProtocolOut(Out):
    """The protocol of a school on a day."""

    school_id: Id
    on: Date
    choice: Annotated[
        ProtocolChoiceOut | None, Field(description="Null: the school has not chosen yet")
    ]
    protocol: Annotated[
        ProtocolOut | None,
        Field(
            description="What was chosen, in the version that is published now; null when it was"
            " retired since"
        ),
    ]
