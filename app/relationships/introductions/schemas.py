"""Introductions as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Out, Permissions, Text, Version

IntroducedBy = Annotated[
    Literal["teacher", "lead", "both"], Field(description="Who tells the students")
]
Words = Annotated[Text, Field(description="What the students are told. Name no student.")]
Planned = Annotated[Date | None, Field(description="The day it is to be")]
Done = Annotated[Date | None, Field(description="The day it was; not in the future")]


class IntroductionNew(In):
    """How the two tell the students why there is a second adult in the room."""

    teacher_id: Annotated[
        Id | None, Field(description="The lead's teacher; absent, the caller is the teacher")
    ] = None
    text: Words
    introduced_by: IntroducedBy
    planned_on: Planned = None


class IntroductionChange(In):
    """What to change; absent fields stay."""

    text: Words = ""
    introduced_by: IntroducedBy = "both"
    planned_on: Planned = None
    introduced_on: Done = None


class IntroductionOut(Out):
    """How the two introduce their work to the students. The two of them read it."""

    id: Id
    version: Version
    relationship_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    text: Words
    introduced_by: IntroducedBy
    planned_on: Planned
    introduced_on: Done
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class IntroductionPage(Out):
    """Introductions, the oldest first."""

    items: Annotated[list[IntroductionOut], Field(max_length=200)]
    next: Annotated[str, Field(max_length=1000)] | None
