"""Feedback on goals as it is sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, In, Instant, LongText, Out, Permissions, Version
from app.goals.schemas import Next

StanceName = Literal["supports", "supports_with_changes", "concerns"]
Words = Annotated[
    LongText,
    Field(description="Signed; read by everybody who reads the round. Name no student."),
]


class GoalFeedbackNew(In):
    """What you think of the goal."""

    stance: StanceName
    text: Words


class GoalFeedbackChange(In):
    """What to change; absent fields stay."""

    stance: StanceName = "supports"
    text: Words = ""


class FeedbackAnswer(In):
    """What the goal's writers answer."""

    answer: Words


class GoalFeedbackOut(Out):
    """What one person said in a round, signed, with the answer."""

    id: Id
    version: Version
    round_id: Id
    goal_id: Id
    author_id: Id
    stance: StanceName
    text: LongText
    edited_at: Instant | None
    answer: LongText | None
    answered_by_id: Id | None
    answered_at: Annotated[
        Instant | None, Field(description="Before `edited_at`, it answers earlier words")
    ]
    created_at: Instant
    permissions: Permissions


class GoalFeedbackPage(Out):
    """Feedback, the oldest first."""

    items: Annotated[list[GoalFeedbackOut], Field(max_length=200)]
    next: Next
