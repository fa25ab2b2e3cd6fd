"""Second observers as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, In, Instant, Out, Permissions, Version
from app.observations.kinds.schemas import Next

CoObserverStateName = Literal["asked", "consented", "declined", "withdrawn"]


class CoObserverNew(In):
    """Who is to look on as well."""

    person_id: Annotated[Id, Field(description="Somebody of the school of the visit")]


class CoObserverOut(Out):
    """Somebody who was asked to look on, and what the teacher said."""

    id: Id
    version: Version
    observation_id: Id
    teacher_id: Id
    observer_id: Id
    person_id: Id
    state: CoObserverStateName
    answered_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class CoObserverPage(Out):
    """Second observers, the oldest first."""

    items: Annotated[list[CoObserverOut], Field(max_length=200)]
    next: Next
