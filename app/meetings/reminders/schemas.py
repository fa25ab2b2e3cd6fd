"""Reminders as they are answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, Instant, Out, Permissions
from app.meetings.series.schemas import Next

ReminderKind = Literal["due_soon", "overdue"]


class ReminderOut(Out):
    """That one of your next steps is due. Nobody else reads it."""

    id: Id
    person_id: Id
    step_id: Id
    kind: ReminderKind
    due_on: Annotated[Date, Field(description="The day the step was due when it was written")]
    created_at: Instant
    mailed_at: Annotated[
        Instant | None, Field(description="When an e-mail told you, if one did; see PATCH /me")
    ]
    permissions: Permissions


class ReminderPage(Out):
    """Your reminders, the latest first."""

    items: Annotated[list[ReminderOut], Field(max_length=200)]
    next: Next
