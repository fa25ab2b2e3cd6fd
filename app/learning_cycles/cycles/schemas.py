"""Learning cycles as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import (
    Count,
    Id,
    In,
    Instant,
    Line,
    LongText,
    Out,
    Permissions,
    Text,
    Version,
)
from app.goals.schemas import Next, Reader
from app.templates.schemas import Answers, AnswersChange, Fields

LevelName = Literal["individual", "team"]
PhaseName = Literal["intention", "learning", "application", "reflection"]
StateName = Literal[
    "intention", "learning", "application", "reflection", "paused", "closed", "abandoned"
]
OutcomeName = Literal["met", "partly_met", "not_met"]
DecisionName = Literal["continue", "adjust", "new_goal", "none"]
UseName = Literal["observation", "video", "tracker"]
Title = Annotated[Line, Field(description="What to call the cycle. Name no student.")]


class LearningCycleNew(In):
    """A cycle to begin. One that follows another names it and is filled from it."""

    level: LevelName
    teacher_id: Annotated[
        Id | None, Field(description="Of level individual; yourself when absent")
    ] = None
    team_id: Annotated[Id | None, Field(description="Of level team")] = None
    school_year_id: Annotated[
        Id | None,
        Field(description="A team's cycle names it; a teacher's is of the year of their coaching"),
    ] = None
    title: Annotated[
        Title | None, Field(description="The last cycle's, else the template's, when absent")
    ] = None
    template_id: Annotated[
        Id | None,
        Field(description="A published template of kind learning_cycle; the last cycle's, if any"),
    ] = None
    previous_id: Annotated[
        Id | None,
        Field(
            description="The cycle that this one follows, closed or abandoned. Its decision says"
            " what is taken over: `continue` and `adjust` the goal as a candidate and the success"
            " indicators, `continue` the open adjustments, too."
        ),
    ] = None


class LearningCycleChange(In):
    """What to change; absent fields stay."""

    title: Title = ""
    answers: AnswersChange = {}


class CycleReason(In):
    """Why the cycle goes back a phase, or is given up."""

    reason: Annotated[Text, Field(description="Read by whoever reads the cycle. Name no student.")]


class LearningCycleOut(Out):
    """A learning cycle. What was gathered, learned and tried in it is read beside it."""

    id: Id
    version: Version
    level: LevelName
    school_id: Id
    school_year_id: Id
    team_id: Id | None
    teacher_id: Id | None
    lead_id: Annotated[Id | None, Field(description="The lead it was written with")]
    author_id: Id
    relationship_id: Id | None
    number: Annotated[Count, Field(description="Counts the cycles of the year")]
    title: Line
    template_id: Id | None
    template_title: Line | None
    fields: Annotated[Fields | None, Field(description="What the template asks")]
    answers: Answers
    state: StateName
    phase: Annotated[PhaseName, Field(description="Stays while it is paused and after its end")]
    reason: Annotated[Text | None, Field(description="Why it last went back or was given up")]
    previous_id: Id | None
    goal_id: Annotated[Id | None, Field(description="The goal that it works on")]
    choice_reason: LongText | None
    revealed_at: Instant | None
    ranking_waived_reason: Text | None
    application: Annotated[str | None, Field(max_length=64)]
    application_words: LongText | None
    impact_by: Annotated[list[UseName], Field(max_length=3)]
    impact_words: LongText | None
    goal_outcome: OutcomeName | None
    outcome_evidence: LongText | None
    decision: DecisionName | None
    decision_reason: LongText | None
    closes_goal: Annotated[bool, Field(description="Closing the cycle closes its goal, too")]
    teacher_yes_at: Annotated[Instant | None, Field(description="To the conclusion as it stands")]
    lead_yes_at: Instant | None
    closed_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class LearningCyclePage(Out):
    """Learning cycles you may see."""

    items: Annotated[list[LearningCycleOut], Field(max_length=200)]
    next: Next


class CycleMoveOut(Out):
    """That a cycle went from one state to another."""

    id: Id
    cycle_id: Id
    from_state: StateName
    to_state: StateName
    reason: Annotated[
        Text | None,
        Field(description="Why; `coaching_ended` where it was given up because the coaching ended"),
    ]
    author_id: Annotated[Id | None, Field(description="Null where no person did it")]
    at: Instant


class CycleMovePage(Out):
    """The history of a cycle, the oldest first."""

    items: Annotated[list[CycleMoveOut], Field(max_length=200)]
    next: Next


class Lack(Out):
    """Something that is missing."""

    code: Annotated[str, Field(max_length=64)]
    message: Annotated[str, Field(max_length=500)]


class CycleGateOut(Out):
    """What is missing to leave the phase: the list of the refusal `cycle_gate`."""

    phase: PhaseName
    leads_to: Annotated[
        Literal["learning", "application", "reflection", "closed"],
        Field(description="Where it goes when nothing is missing"),
    ]
    missing: Annotated[
        list[Lack],
        Field(max_length=50, description="Of a team's members it says how many, never who"),
    ]


class CycleAudience(Out):
    """Everybody who can see the cycle now, and why."""

    record_class: Literal["pair", "school"]
    readers: Annotated[list[Reader], Field(max_length=500)]
