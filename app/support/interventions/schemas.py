"""Interventions as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, In, Instant, Out, Permissions, Text, Version
from app.support.schemas import Next, Words


class InterventionNew(In):
    """Ask a school leader to step in."""

    leader_id: Annotated[Id, Field(description="A named leader of the school")]
    text: Words


class InterventionDecline(In):
    """Why not."""

    reason: Annotated[Text, Field(description="The raiser and the named people read it")]


class InterventionOut(Out):
    """A school leader is asked to step in, and what becomes of it."""

    id: Id
    version: Version
    request_id: Id
    author_id: Id
    leader_id: Id
    text: Words
    state: Literal["requested", "accepted", "declined", "under_way", "done"]
    reason: Text | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class InterventionPage(Out):
    """Interventions, the oldest first."""

    items: Annotated[list[InterventionOut], Field(max_length=200)]
    next: Next
