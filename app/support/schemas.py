"""Support requests and their discussion as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, LongText, Out, Permissions, Version

RequestState = Literal["open", "acknowledged", "in_progress", "resolved", "withdrawn"]
EntryKind = Literal["message", "solution", "next_step"]
Next = Annotated[str, Field(max_length=1000)] | None
Words = Annotated[LongText, Field(description="Read by the raiser and the named people alone")]


class SupportRequestNew(In):
    """A concern about a coaching relationship, for named people."""

    about_id: Annotated[Id, Field(description="The teacher concerned, whom the caller coaches")]
    recipient_ids: Annotated[
        list[Id],
        Field(
            min_length=1,
            max_length=10,
            description="Leaders, ILT members, mentors or other leads of the school",
        ),
    ]
    text: Words


class SupportRequestOut(Out):
    """A concern in confidence. Whoever is not named finds no trace of it."""

    id: Id
    version: Version
    school_id: Id
    raiser_id: Id
    about_id: Id
    recipient_ids: Annotated[list[Id], Field(max_length=100)]
    text: Words
    state: RequestState
    closed_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class SupportRequestPage(Out):
    """Support requests, the oldest first."""

    items: Annotated[list[SupportRequestOut], Field(max_length=200)]
    next: Next


class SupportShare(In):
    """One more person to read it."""

    person_id: Annotated[Id, Field(description="A leader, ILT member, mentor or other lead there")]


class SupportEntryNew(In):
    """A message, a possible solution, or a next step; a next step has owner and day."""

    kind: EntryKind = "message"
    text: Words
    owner_id: Annotated[Id | None, Field(description="The raiser or a named person")] = None
    due_on: Date | None = None


class SupportEntryOut(Out):
    """What was said, or is to be done."""

    id: Id
    version: Version
    request_id: Id
    author_id: Id
    kind: EntryKind
    text: Words
    owner_id: Id | None
    due_on: Date | None
    done_at: Instant | None
    created_at: Instant
    permissions: Permissions


class SupportEntryPage(Out):
    """The discussion, the oldest first."""

    items: Annotated[list[SupportEntryOut], Field(max_length=200)]
    next: Next


class SupportEventOut(Out):
    """What somebody did with a request or with what belongs to it."""

    id: Id
    at: Instant
    action: Annotated[
        str,
        Field(
            max_length=100,
            pattern=r"^[a-z_]+\.[a-z_]+$",
            description="As `support_request.acknowledged`: the step, or what was written",
        ),
    ]
    actor_id: Id
    subject_type: Literal["support_request", "support_entry", "intervention"]
    subject_id: Id
    changed: Annotated[
        list[Annotated[str, Field(max_length=64)]],
        Field(max_length=100, description="Names of the fields that were written"),
    ]


class SupportEventPage(Out):
    """What became of a request, the first step first."""

    items: Annotated[list[SupportEventOut], Field(max_length=200)]
    next: Next
