"""Outreach as it is sent and answered."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, StringConstraints, model_validator

from app.core.types import (
    Count,
    Date,
    Id,
    In,
    Instant,
    Line,
    LongText,
    Moment,
    Out,
    Permissions,
    Version,
    Warnings,
)
from app.templates.schemas import Answers, AnswersChange, Fields, Key, Next

OutreachState = Literal["draft", "scheduled", "queued", "sent", "failed", "handed_over"]
Failure = Literal[
    "coaching_not_active",
    "teacher_not_active",
    "teacher_without_email",
    "address_changed",
    "address_refused",
    "cannot_be_written",
    "mail_server_unreachable",
]
Subject = Annotated[Line, Field(description="May hold placeholders as `{{teacher_given_name}}`")]
Body = Annotated[
    LongText,
    Field(
        description="Plain text, with an empty line between paragraphs. Placeholders:"
        " `{{teacher_given_name}}`, `{{teacher_family_name}}`, `{{lead_given_name}}`,"
        " `{{lead_family_name}}`, `{{school_name}}`, `{{school_year}}`, `{{first_meeting}}`, and"
        " the keys of the template's fields. Name no student."
    ),
]


_GIVEN: dict[str, JsonValue] = {"not": {"type": "null"}}


class OutreachMessageNew(In):
    """An outreach to draft: from a template, or in one's own words."""

    # what `_sound` asks, for those who read the contract alone
    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"template_id": _GIVEN}, "required": ["template_id"]},
                {
                    "properties": {"subject": _GIVEN, "text": _GIVEN},
                    "required": ["subject", "text"],
                },
            ]
        }
    )

    teacher_id: Id
    template_id: Annotated[
        Id | None, Field(description="A published outreach template; absent: free words")
    ] = None
    subject: Annotated[
        Subject | None, Field(description="Absent, the template's; needed without a template")
    ] = None
    text: Annotated[
        Body | None, Field(description="Absent, the template's; needed without a template")
    ] = None
    answers: Answers = {}

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.template_id is None and (self.subject is None or self.text is None):
            raise ValueError("without template_id, subject and text are needed")
        return self


class OutreachMessageChange(In):
    """What to change; absent fields stay, and so do absent keys of `answers`."""

    subject: Subject = ""
    text: Body = ""
    answers: AnswersChange = {}


class OutreachMessageSend(In):
    """When to send it."""

    send_at: Annotated[
        Moment | None,
        Field(description="In the future, to the end of the school year; absent: now"),
    ] = None


class OutreachMessageHandOver(In):
    """When the card was handed over."""

    on: Annotated[Date | None, Field(description="Not in the future; absent: today")] = None


class OutreachMessageOut(Out):
    """A welcome to one teacher. Until the teacher has it, it is its author's alone."""

    id: Id
    version: Version
    relationship_id: Id
    school_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    template_id: Id | None
    template_title: Line | None
    fields: Annotated[Fields, Field(description="Of the template it was written with")]
    subject: Annotated[
        Line, Field(description="With placeholders; from sent or handed over on as the teacher got")
    ]
    text: Annotated[LongText, Field(description="As `subject`")]
    answers: Answers
    state: OutreachState
    send_at: Annotated[
        Instant | None, Field(description="When it is to be sent, or was asked to be")
    ]
    sent_at: Instant | None
    handed_over_on: Date | None
    failure: Annotated[Failure | None, Field(description="Why a failed one could not be sent")]
    tries: Annotated[Count, Field(description="How often the mail server could not be reached")]
    created_at: Instant
    updated_at: Instant
    warnings: Warnings
    permissions: Permissions


class OutreachMessagePage(Out):
    """Outreach, the oldest first."""

    items: Annotated[list[OutreachMessageOut], Field(max_length=200)]
    next: Next


class MissingWord(Out):
    """A required field without an answer, or `subject` or `text` without words."""

    code: Key
    message: Annotated[str, StringConstraints(max_length=500)]


class OutreachMessagePreview(Out):
    """What the teacher would get now. What nobody answered still stands as a placeholder."""

    subject: Annotated[str, StringConstraints(max_length=200)]
    text: Annotated[str, StringConstraints(max_length=20_000)]
    html: Annotated[
        str,
        StringConstraints(max_length=500_000),
        Field(description="A whole page: the same words in the same paragraphs"),
    ]
    missing: Annotated[list[MissingWord], Field(max_length=102)]
    warnings: Warnings
