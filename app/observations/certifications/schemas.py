"""Certifications of observers as they are sent and answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Line, Out, Permissions, Version
from app.observations.kinds.schemas import Next

Until = Annotated[Date | None, Field(description="Last day; absent, it has none")]


class ObserverCertificationNew(In):
    """That somebody may score formal observations from a day on."""

    person_id: Id
    title: Annotated[Line, Field(description="What it is called, and by whom it was given")]
    from_on: Annotated[Date, Field(description="First day")]
    until_on: Until = None


class ObserverCertificationChange(In):
    """Until when it holds; null: without end."""

    until_on: Until = None


class ObserverCertificationOut(Out):
    """That somebody may score formal observations, from day to day."""

    id: Id
    version: Version
    person_id: Id
    title: Line
    from_on: Date
    until_on: Date | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class ObserverCertificationPage(Out):
    """Certifications, the oldest first."""

    items: Annotated[list[ObserverCertificationOut], Field(max_length=200)]
    next: Next
