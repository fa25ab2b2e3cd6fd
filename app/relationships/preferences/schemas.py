"""Coaching preferences as they are sent and answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Count, Date, Id, In, Instant, Line, Out, Permissions, Text, Version
from app.templates.schemas import Answers, Fields, Next


class CoachingPreferencesNew(In):
    """How the caller wants to be coached and visited from a day on; all of it, each time."""

    template_id: Annotated[Id, Field(description="A published template of kind preferences")]
    answers: Answers
    reason: Annotated[
        Text | None, Field(description="Why they change; from the second version on it is needed")
    ] = None
    from_on: Annotated[
        Date | None,
        Field(
            description="The first day they hold; absent, today in the school's zone. Not in the"
            " past and not before the last version's"
        ),
    ] = None


class CoachingPreferencesOut(Out):
    """One version of how a teacher wants to be coached and visited. It never changes."""

    id: Id
    version: Version
    relationship_id: Id
    school_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    template_id: Id
    template_title: Line
    fields: Fields
    number: Annotated[Count, Field(description="Which version of the pair's, from 1")]
    answers: Answers
    reason: Text | None
    from_on: Annotated[
        Date, Field(description="Holds from this day to the one before the next version's")
    ]
    created_at: Instant
    permissions: Permissions


class CoachingPreferencesPage(Out):
    """Versions, the oldest first."""

    items: Annotated[list[CoachingPreferencesOut], Field(max_length=200)]
    next: Next
