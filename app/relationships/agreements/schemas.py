"""Coaching agreements as they are sent and answered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Count, Date, Id, In, Instant, Line, Out, Permissions, Text, Version
from app.templates.schemas import Answers, AnswersChange, Fields, Next

AgreementState = Literal["proposed", "accepted", "superseded", "withdrawn"]
ReviewOn = Annotated[
    Date,
    Field(description="The day the two look at it again: to come, and in the school year"),
]
Why = Annotated[
    Text | None, Field(description="Why there is a new one; from the second on it is needed")
]


class CoachingAgreementNew(In):
    """Norms that one of the two proposes."""

    teacher_id: Annotated[
        Id | None, Field(description="Whom the lead works with; absent, the caller is the teacher")
    ] = None
    template_id: Annotated[Id, Field(description="A published template of kind agreement")]
    answers: Answers
    review_on: ReviewOn
    reason: Why = None


class CoachingAgreementChange(In):
    """What to change in a proposed agreement; absent fields stay."""

    answers: AnswersChange = {}
    review_on: ReviewOn = date(2000, 1, 1)
    reason: Why = None


class AcceptanceOut(Out):
    """The yes of one of the two."""

    person_id: Id
    at: Instant


class CoachingAgreementOut(Out):
    """The norms of a pair. In force once both accepted them as they stand."""

    id: Id
    version: Annotated[
        Version,
        Field(description="Counts changes of what is agreed; one yes alone changes nothing in it"),
    ]
    relationship_id: Id
    school_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    template_id: Id
    template_title: Line
    fields: Fields
    number: Annotated[Count, Field(description="Which agreement of the pair, from 1")]
    answers: Answers
    reason: Text | None
    review_on: Date
    state: AgreementState
    accepted_at: Annotated[Instant | None, Field(description="When the second of the two accepted")]
    acceptances: Annotated[
        list[AcceptanceOut], Field(max_length=2, description="Of the words as they stand")
    ]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class CoachingAgreementPage(Out):
    """Agreements, the oldest first."""

    items: Annotated[list[CoachingAgreementOut], Field(max_length=200)]
    next: Next
