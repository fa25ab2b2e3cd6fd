"""Reflections as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, In, Instant, Line, LongText, Out, Permissions, Version
from app.meetings.series.schemas import Next
from app.templates.schemas import Answers, Fields

OnSelf = Annotated[
    LongText | None, Field(description="On yourself: what you learned and do otherwise now")
]
OnProcess = Annotated[
    LongText | None, Field(description="On the process: what helped, and what did not")
]
OnStudents = Annotated[
    LongText | None, Field(description="On the students: what changed for them. Name no student.")
]


class CycleReflectionPut(In):
    """Your reflection, whole. Nobody else reads it until you share it."""

    on_self: OnSelf = None
    on_process: OnProcess = None
    on_students: OnStudents = None
    template_id: Annotated[
        Id | None,
        Field(description="A published template of kind `reflection`, for further questions"),
    ] = None
    answers: Answers = {}


class CycleReflectionOut(Out):
    """What one person reflects on in a cycle."""

    id: Id
    version: Version
    cycle_id: Id
    author_id: Id
    state: Literal["draft", "shared"]
    on_self: OnSelf
    on_process: OnProcess
    on_students: OnStudents
    template_id: Id | None
    template_title: Line | None
    fields: Annotated[Fields | None, Field(description="Of the template, if there is one")]
    answers: Answers
    shared_at: Instant | None
    created_at: Instant
    permissions: Permissions


class CycleReflectionPage(Out):
    """The reflections on a cycle that you may read: your own, and what was shared with you."""

    items: Annotated[list[CycleReflectionOut], Field(max_length=200)]
    next: Next
