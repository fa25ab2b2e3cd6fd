"""Shared records as they are asked for and answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import Id, In, Instant, Out, Permissions, Version
from app.templates.schemas import Key

RecordType = Literal[
    "meeting",
    "next_step",
    "conversation",
    "questionnaire_submission",
    "coaching_preferences",
    "coaching_agreement",
    "action_step",
    "learning_cycle",
]
With = Literal["school_leader", "lead"]
State = Literal["offered", "open", "taken_back"]
_LARGEST = 99_999_999
_Text = Annotated[str, StringConstraints(max_length=20_000)]
_Number = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)]
_Whole = Annotated[int, Field(ge=-_LARGEST, le=_LARGEST, json_schema_extra={"format": "int32"})]
Value = bool | _Whole | _Number | _Text | None
_Option = Annotated[dict[Key, Value], Field(max_length=50)]
_Part = Annotated[
    dict[Key, Value | Annotated[list[Value | _Option], Field(max_length=1000)]],
    Field(max_length=100),
]
Content = Annotated[
    dict[Key, Value | _Part | Annotated[list[Value | _Part], Field(max_length=10_000)]],
    Field(
        max_length=100,
        description="The record as its own address showed it at `record_version`, without"
        " `version` and `permissions`; a meeting with `agenda_items` and `next_steps`, a learning"
        " cycle with what lies below it, answers with the `fields` they belong to. Empty once it is"
        " taken back",
    ),
]


class ShareNew(In):
    """To whom a copy of the record is opened."""

    with_: Annotated[
        With,
        Field(
            alias="with",
            description="`school_leader` when both of the two say so; `lead` by the teacher alone,"
            " to their lead of today, for what was written with another",
        ),
    ]


class SharedRecordOut(Out):
    """A copy of one version of a record, for others than the two who wrote it."""

    id: Id
    version: Version
    record_type: RecordType
    record_id: Annotated[Id, Field(description="Its own address stays closed to who reads a copy")]
    record_version: Version
    content: Content | None
    shared_with: With
    to_lead_id: Annotated[Id | None, Field(description="The lead it was opened to, with `lead`")]
    state: State
    school_id: Id
    teacher_id: Id
    lead_id: Annotated[Id, Field(description="The lead the record was written with")]
    author_id: Annotated[Id, Field(description="Who offered it, or opened it alone")]
    teacher_yes_at: Instant | None
    lead_yes_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class SharedRecordPage(Out):
    """Shared records, the oldest first."""

    items: Annotated[list[SharedRecordOut], Field(max_length=200)]
    next: Annotated[str, Field(max_length=1000)] | None
