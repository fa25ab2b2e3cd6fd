"""Candidate goals and the choice of one, as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, In, Instant, LongText, Out, Permissions, Text, Version

State = Literal[
    "intention", "learning", "application", "reflection", "paused", "closed", "abandoned"
]
Why = Annotated[
    Text | None, Field(description="What in the data speaks for this goal. Name no student.")
]


class CandidateNew(In):
    """A goal that the cycle might work on."""

    goal_id: Annotated[
        Id, Field(description="A goal of the teacher that both read; a team's published goal")
    ]
    why: Why = None


class CandidateOut(Out):
    """A goal that the cycle might work on, and who chose it once the rankings were revealed."""

    id: Id
    version: Version
    cycle_id: Id
    goal_id: Id
    author_id: Id
    why: Text | None
    teacher_chose_at: Annotated[
        Instant | None, Field(description="The teacher chose it; in a team's cycle always null")
    ]
    teacher_reason: Text | None
    lead_chose_at: Annotated[Instant | None, Field(description="The lead chose it")]
    lead_reason: Text | None
    created_at: Instant
    permissions: Permissions


class Candidates(Out):
    """The candidates of a cycle, in the order in which they were named."""

    items: Annotated[list[CandidateOut], Field(max_length=12)]


class GoalChoice(In):
    """Which of the candidates, and why."""

    candidate_id: Id
    reason: Annotated[
        Text, Field(description="Why this one, as the two of you read it. Name no student.")
    ]


class CycleChoice(Out):
    """How far the two (or the team) are with the choice of a goal."""

    id: Annotated[Id, Field(description="Of the learning cycle")]
    version: Annotated[Version, Field(description="Of the learning cycle")]
    state: Annotated[State, Field(description="Of the learning cycle")]
    revealed_at: Annotated[
        Instant | None,
        Field(description="When all rankings were revealed; until then nobody knows who ranked"),
    ]
    ranking_waived_reason: Annotated[
        Text | None, Field(description="Why a missing ranking was not waited for")
    ]
    goal_id: Annotated[Id | None, Field(description="Null until both chose the same")]
    choice_reason: Annotated[LongText | None, Field(description="What each gave as their reason")]
    candidates: Annotated[list[CandidateOut], Field(max_length=12)]
    permissions: Permissions
