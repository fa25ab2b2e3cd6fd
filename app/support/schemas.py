"""Support requests, interventions and leader updates as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, LongText, Out, Permissions, Text, Version

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


class LeaderUpdateNew(In):
    """A short word to a school leader about the work with a teacher."""

    about_id: Annotated[Id, Field(description="A teacher whom the caller coaches")]
    leader_id: Annotated[Id, Field(description="A leader of the school")]
    text: Annotated[Text, Field(description="Name no student.")]
    teacher_may_read: Annotated[
        bool, Field(description="Whether the teacher reads it, too; fixed when it is sent")
    ] = False


class LeaderUpdateOut(Out):
    """What a lead told a school leader."""

    id: Id
    version: Version
    school_id: Id
    author_id: Id
    leader_id: Id
    about_id: Id
    text: Text
    teacher_may_read: bool
    created_at: Instant
    permissions: Permissions


class LeaderUpdatePage(Out):
    """Leader updates, the oldest first."""

    items: Annotated[list[LeaderUpdateOut], Field(max_length=200)]
    next: Next
