"""Role notes as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, In, Instant, Out, Permissions, Text, Version

Kind = Literal["expectation", "question"]
State = Literal["open", "answered"]
Words = Annotated[
    Text, Field(description="What the author expects, or asks. The two of them read it")
]
Answer = Annotated[Text, Field(description="In the words of the other of the two")]


class RoleNoteNew(In):
    """What one of the two expects of the other's role, or wants to know about it."""

    teacher_id: Annotated[
        Id | None, Field(description="Whom the lead writes to; absent, the caller is the teacher")
    ] = None
    kind: Kind
    text: Words


class RoleNoteChange(In):
    """Other words for it."""

    text: Words = ""


class RoleNoteAnswer(In):
    """What the other of the two says to it."""

    answer: Answer


class RoleNoteOut(Out):
    """An expectation or a question about roles. The teacher and the lead it was written with read
    it."""

    id: Id
    version: Version
    relationship_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    kind: Kind
    text: Words
    state: State
    answer: Answer | None
    answered_by_id: Id | None
    answered_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class RoleNotePage(Out):
    """Role notes, the oldest first."""

    items: Annotated[list[RoleNoteOut], Field(max_length=200)]
    next: Annotated[str, Field(max_length=1000)] | None
