"""Next steps as they are sent and answered."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Out, Permissions, Text, Version
from app.meetings.series.schemas import Next

StepState = Literal["open", "done", "carried_over", "dropped"]
StepText = Annotated[Text, Field(description="What will be done. Name no student.")]


class NextStepNew(In):
    """What somebody will do until when."""

    owner_id: Annotated[Id, Field(description="The teacher or the lead")]
    text: StepText
    due_on: Date


class NextStepChange(In):
    """What to change; absent fields stay."""

    owner_id: Id = UUID(int=0)
    text: StepText = ""
    due_on: Date = date(2000, 1, 1)


class NextStepCarryOver(In):
    """The new day it is due."""

    due_on: Date


class NextStepDrop(In):
    """Why it is not done."""

    reason: Text


class NextStepOut(Out):
    """What one of the two will do. Open ones follow the teacher to the next lead."""

    id: Id
    version: Version
    meeting_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    owner_id: Id
    text: StepText
    due_on: Date
    overdue: Annotated[bool, Field(description="Open, and its day is past at the school")]
    state: StepState
    reason: Text | None
    closed_at: Instant | None
    carried_from_id: Annotated[Id | None, Field(description="The step it goes on from")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class NextStepPage(Out):
    """Next steps by the day they are due."""

    items: Annotated[list[NextStepOut], Field(max_length=200)]
    next: Next
