"""Pulls of rosters as they are answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Code, Count, Id, Instant, Out, Permissions, Version

Next = Annotated[str, Field(max_length=1000)] | None
Collection = Literal["orgs", "academicSessions", "courses", "classes", "users", "enrollments"]


class CollectionOut(Out):
    """How far one collection is."""

    collection: Collection
    state: Literal["waiting", "running", "done"]
    rows: Annotated[
        Count, Field(description="Received, or only counted because the service left them out")
    ]
    pages: Count
    total: Annotated[Count | None, Field(description="How many there are, if the service says")]


class PullProblemOut(Out):
    """Why a pull came to nothing, and what can be done. Nothing of it was taken."""

    code: Annotated[str, Field(max_length=64)]
    message: Annotated[str, Field(max_length=500)]
    collection: Annotated[Collection | None, Field(description="Where it happened")]
    status: Annotated[
        int | None,
        Field(
            ge=100,
            le=999,
            json_schema_extra={"format": "int32"},
            description="The HTTP status that the service answered with",
        ),
    ]


class RosterPullOut(Out):
    """A pull: how far it is, and the import that it became, which is committed as any other."""

    id: Id
    version: Version
    connection_id: Id
    source: Code
    mode: Annotated[
        Literal["bulk", "delta"],
        Field(description="bulk: everything; delta: what changed since the last committed pull"),
    ]
    since: Annotated[Instant | None, Field(description="What a delta asks for changes after")]
    state: Literal["waiting", "running", "reported", "failed"]
    progress: Annotated[list[CollectionOut], Field(max_length=6)]
    import_id: Annotated[Id | None, Field(description="The import with its report, once reported")]
    problem: PullProblemOut | None
    created_at: Instant
    updated_at: Instant
    started_at: Instant | None
    ended_at: Instant | None
    permissions: Permissions


class RosterPullPage(Out):
    """Pulls of rosters, newest first."""

    items: Annotated[list[RosterPullOut], Field(max_length=200)]
    next: Next
