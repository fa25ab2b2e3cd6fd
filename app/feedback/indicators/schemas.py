"""Feedback on one indicator as it is sent and answered."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.types import (
    Id,
    In,
    Instant,
    Line,
    LongText,
    Number,
    Out,
    Permissions,
    Text,
    Version,
)
from app.feedback.conversations.schemas import GiverKind
from app.meetings.series.schemas import Next

StateName = Literal["draft", "shared", "acknowledged"]
Words = Annotated[
    LongText, Field(description="What was seen of the indicator, and what it means. No student.")
]
Score = Annotated[
    Number | None,
    Field(description="On the scale of the indicator's group; only where `evaluative` is true"),
]
Reply = Annotated[Text | None, Field(description="The teacher's word at the acknowledgement")]
Evaluative = Annotated[
    bool,
    Field(
        description="Fixed when made. Once shared, the leaders of the school and the evaluator of"
        " record read it, too, and each reading is written down"
    ),
]


class IndicatorFeedbackNew(In):
    """Feedback on one indicator, for a learning cycle or for an observation: one of the two."""

    cycle_id: Annotated[
        Id | None, Field(description="Of a teacher whom you coach, in application or reflection")
    ] = None
    observation_id: Annotated[Id | None, Field(description="One that you made")] = None
    indicator_id: Annotated[Id, Field(description="Of a published framework")]
    text: Words
    evaluative: Annotated[
        bool | None,
        Field(
            description="Whether it counts as evaluation. Absent: as the observation does; for a"
            " cycle it does not. For a cycle it can where you own a part of the evaluation or"
            " contribute to it, and are certified today"
        ),
    ] = None
    score: Score = None


class IndicatorFeedbackChange(In):
    """What to change in a draft; absent fields stay, null clears the score."""

    indicator_id: Id = UUID(int=0)
    text: Words = ""
    score: Score = None


class IndicatorFeedbackAcknowledge(In):
    """That the teacher read it."""

    reply: Reply = None


class IndicatorFeedbackOut(Out):
    """Formal feedback on one indicator, with a rating only where that is allowed."""

    id: Id
    version: Version
    school_id: Id
    relationship_id: Id | None
    cycle_id: Id | None
    observation_id: Id | None
    teacher_id: Id
    lead_id: Annotated[Id, Field(description="Who gives the feedback")]
    giver_kind: GiverKind
    indicator_id: Id
    indicator_code: Line
    indicator_title: Line
    text: Words
    evaluative: Evaluative
    score: Score
    level_name: Annotated[
        Line | None, Field(description="The level that the score lies in, by the group's scale")
    ]
    state: StateName
    shared_at: Instant | None
    acknowledged_at: Instant | None
    reply: Reply
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class IndicatorFeedbackPage(Out):
    """Feedback on indicators, the oldest first."""

    items: Annotated[list[IndicatorFeedbackOut], Field(max_length=200)]
    next: Next
