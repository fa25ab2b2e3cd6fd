"""Kinds of observation as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import Code, Date, Id, In, Instant, Line, Out, Permissions, Version

ObserverKindName = Literal["school_leader", "lead", "peer"]
Next = Annotated[str | None, StringConstraints(max_length=4096)]
MinMinutes = Annotated[
    int,
    Field(
        ge=0,
        le=240,
        json_schema_extra={"format": "int32"},
        description="How long such a visit takes at least",
    ),
]
Formal = Annotated[bool, Field(description="Part of the evaluation, with its windows")]
Scored = Annotated[bool, Field(description="Indicators are scored")]
Counts = Annotated[bool, Field(description="Towards the observations that a teacher is due")]
Complete = Annotated[
    bool,
    Field(
        description="Every observed indicator that is not optional is scored, or said why not;"
        " otherwise at least one"
    ),
]
From = Annotated[Date | None, Field(description="First day; absent, it was always there")]
Until = Annotated[Date | None, Field(description="Last day; absent, it has none")]


class ObservationKindNew(In):
    """A kind to add. What follows from it never changes: a new year's rule is a new kind of the
    same key, from the day on which the old one is over."""

    key: Annotated[Code, Field(description="Its stable name, for programs")]
    title: Line
    formal: Formal = False
    scored: Scored = False
    counts: Counts = False
    complete: Complete = False
    min_minutes: MinMinutes = 0
    observers: Annotated[
        list[ObserverKindName],
        Field(min_length=1, max_length=3, description="Who observes so; a formal kind no peer"),
    ]
    from_on: From = None
    until_on: Until = None


class ObservationKindChange(In):
    """What to change; absent fields stay, null clears `until_on`."""

    title: Line = ""
    until_on: Until = None


class ObservationKindOut(Out):
    """A kind of observation. One that is formal and scored makes observations evaluative."""

    id: Id
    version: Version
    key: Code
    title: Line
    formal: Formal
    scored: Scored
    counts: Counts
    complete: Complete
    min_minutes: MinMinutes
    observers: Annotated[list[ObserverKindName], Field(max_length=3)]
    from_on: Date | None
    until_on: Date | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class ObservationKindPage(Out):
    """Kinds by key, of one key the oldest first."""

    items: Annotated[list[ObservationKindOut], Field(max_length=200)]
    next: Next
