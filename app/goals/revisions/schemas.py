"""Revisions as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from app.core.types import Count, Id, In, Instant, Out, Permissions, Text, Version, Warnings
from app.goals.notes.schemas import CommentOut, ProgressOut
from app.goals.schemas import GoalChange, OutcomeName

#: only the fields that change, so that one which is absent is not read as emptied
Fields = Annotated[
    GoalChange, PlainSerializer(lambda change: change.model_dump(mode="json", exclude_unset=True))
]

Next = Annotated[str, Field(max_length=1000)] | None


class RevisionNew(In):
    """A change to a goal in force."""

    reason: Annotated[
        Text | None,
        Field(description="Why; needed to ease a target, and for school and team goals"),
    ] = None
    content: Annotated[GoalChange, Field(description="Only the fields that change")]


class RevisionOut(Out):
    """A change to a goal, or its close: proposed, agreed by both, or withdrawn."""

    id: Id
    version: Version
    goal_id: Id
    kind: Literal["content", "closing"]
    state: Literal["proposed", "agreed", "withdrawn"]
    author_id: Id
    reason: Text | None
    content: Annotated[
        Fields | None, Field(description="Of a content revision: the fields that change")
    ]
    replaced: Annotated[
        Fields | None, Field(description="What those fields were before, once agreed")
    ]
    outcome: Annotated[OutcomeName | None, Field(description="Of a closing")]
    number: Annotated[Count | None, Field(description="Which wording of the goal it made")]
    decided_at: Instant | None
    feedback_round_id: Annotated[
        Id | None, Field(description="The round of feedback that this change adopts")
    ]
    created_at: Instant
    permissions: Permissions
    warnings: Warnings = []


class RevisionPage(Out):
    """Revisions, oldest first."""

    items: Annotated[list[RevisionOut], Field(max_length=200)]
    next: Next


class ClosingEvidenceOut(Out):
    """What a closing rests on, as far as you may read it."""

    evidence: Annotated[
        list[CommentOut],
        Field(max_length=21, description="What was said with it, then what it names"),
    ]
    progress: Annotated[list[ProgressOut], Field(max_length=20)]
