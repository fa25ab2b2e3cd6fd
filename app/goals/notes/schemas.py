"""Progress and comments as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, LongText, Number, Out, Permissions, Text, Version

Next = Annotated[str, Field(max_length=1000)] | None


class ProgressNew(In):
    """A dated value of one of the goal's measures."""

    measure_id: Id
    on: Annotated[Date, Field(description="The day the value was taken; not in the future")]
    value: Number
    note: Annotated[
        Text | None, Field(description="For the teacher and the lead. Name no student.")
    ] = None


class ProgressOut(Out):
    """A dated value, with its note."""

    id: Id
    version: Version
    goal_id: Id
    measure_id: Id
    author_id: Id
    on: Date
    value: Number
    note: Text | None
    created_at: Instant
    permissions: Permissions


class ProgressPage(Out):
    """Progress, oldest first."""

    items: Annotated[list[ProgressOut], Field(max_length=200)]
    next: Next


class CommentNew(In):
    """A signed remark, or evidence."""

    kind: Literal["comment", "evidence"] = "comment"
    text: Annotated[LongText, Field(description="Name no student.")]


class CommentOut(Out):
    """A signed remark, or evidence."""

    id: Id
    version: Version
    goal_id: Id
    author_id: Id
    kind: Literal["comment", "evidence"]
    text: LongText
    created_at: Instant
    permissions: Permissions


class CommentPage(Out):
    """Comments and evidence, oldest first."""

    items: Annotated[list[CommentOut], Field(max_length=200)]
    next: Next
