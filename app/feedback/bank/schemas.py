"""Ideas of a school's bank as they are sent and answered."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.types import Id, In, Instant, Line, Out, Permissions, Text, Version

Next = Annotated[str, Field(max_length=1000)] | None
IdeaText = Annotated[
    Line, Field(description="One thing to do that can be seen in a lesson. Name nobody.")
]
Practice = Annotated[Text | None, Field(description="How to practise it. Name nobody.")]


class ActionStepIdeaNew(In):
    """An idea for the bank of a school. It says nothing of where it comes from."""

    school_id: Id
    indicator_id: Id
    text: IdeaText
    practice: Practice = None


class ActionStepIdeaChange(In):
    """What to change; absent fields stay, null clears."""

    indicator_id: Id = UUID(int=0)
    text: IdeaText = ""
    practice: Practice = None


class ActionStepIdeaOut(Out):
    """An idea for an action step, for one indicator. Nobody's name stands beside it."""

    id: Id
    version: Version
    school_id: Id
    indicator_id: Id
    text: IdeaText
    practice: Practice
    retired: Annotated[bool, Field(description="Not offered any more")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class ActionStepIdeaPage(Out):
    """Ideas, the oldest first."""

    items: Annotated[list[ActionStepIdeaOut], Field(max_length=200)]
    next: Next
