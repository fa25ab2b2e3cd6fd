"""SLOs as they are sent and answered. Students are counted and never named."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.types import (
    Count,
    Date,
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
    Warnings,
)
from app.goals.schemas import ApprovalName
from app.people.district.schemas import Levels, Matrix

Next = Annotated[str, Field(max_length=1000)] | None


def _students(least: int) -> Any:
    return Field(ge=least, le=10_000, json_schema_extra={"format": "int32"})


Students = Annotated[int, _students(0)]
SomeStudents = Annotated[int, _students(1)]
Counts = Annotated[
    list[Students],
    Field(min_length=5, max_length=5, description="Students per level, in the order of `levels`"),
]
EndCounts = Annotated[
    list[Counts],
    Field(
        min_length=5,
        max_length=5,
        description="Students by baseline level (rows) and end level (columns)",
    ),
]
LevelName = Annotated[Line, Field(description="One of `levels`")]


class BaselineSource(In):
    """Where the baseline comes from."""

    name: Annotated[Line, Field(description="Such as `Unit test 1`; never a student")]
    kind: Literal[
        "assessment", "student_work", "prior_results", "survey", "observation", "other"
    ] = "assessment"
    taken_on: Annotated[Date, Field(description="The day it was taken; not in the future")]


class Criterion(In):
    """What shows a level at the end."""

    level: LevelName
    text: Text


class Exclusion(In):
    """Students of a baseline level without an end level, and why."""

    level: LevelName
    count: SomeStudents
    reason: Annotated[Text, Field(description="Such as `moved away`. Name no student.")]


Sources = Annotated[list[BaselineSource], Field(max_length=10)]
Criteria = Annotated[list[Criterion], Field(max_length=5)]
Exclusions = Annotated[list[Exclusion], Field(max_length=25)]


class SloChange(In):
    """What to change; absent fields stay, null clears, lists are replaced whole. The objective,
    the rationale and the standards are the goal's own."""

    class_section_id: Annotated[Id | None, Field(description="A class of the roster")] = None
    course_id: Annotated[Id | None, Field(description="A course of the roster")] = None
    course_title: Annotated[
        Line | None, Field(description="Where the roster has no such course")
    ] = None
    population: Annotated[
        Text | None, Field(description="Which students it is about. Name no student.")
    ] = None
    students: SomeStudents | None = None
    baseline_sources: Sources = []
    baseline_counts: Counts | None = None
    end_criteria: Criteria = []
    evidence_plan: Annotated[
        LongText | None, Field(description="How the end level is found out. Name no student.")
    ] = None
    end_counts: EndCounts | None = None
    exclusions: Exclusions = []


class SloSubmit(In):
    """Who decides, where that is not the school's leader."""

    approver_id: Annotated[
        Id | None,
        Field(description="A district administrator; of a school leader's own SLO, and only there"),
    ] = None


class SloApprover(In):
    """Who decides from now on."""

    approver_id: Annotated[
        Id | None,
        Field(
            description="A district administrator; null where you lead no school any more, so that"
            " your school's leaders decide"
        ),
    ]


class SloReason(In):
    """Why; whoever sees the SLO reads it."""

    reason: Annotated[Text, Field(description="Name no student.")]


class SloResult(Out):
    """What the end counts come to, with what they were computed from."""

    points: Annotated[Number, Field(description="The average of the students' points")]
    counted: Count
    excluded: Count
    outcome: Literal["met", "partly_met", "not_met"]
    matrix: Matrix
    met_percent: Count
    partly_met_percent: Count


class SloDecisionOut(Out):
    """One step of the approval."""

    step: Literal[
        "submitted",
        "approved",
        "returned",
        "end_submitted",
        "end_returned",
        "finalised",
        "reopened",
        "approver_named",
    ]
    person_id: Id
    capacity: Literal["teacher", "lead", "school_leader", "district_administrator"]
    reason: Text | None
    result: SloResult | None
    at: Instant


class SloOut(Out):
    """What makes a goal an SLO. Its id and version are the goal's."""

    id: Id
    version: Version
    state: Literal["draft", "proposed", "agreed", "closed"]
    approval: ApprovalName
    approver_id: Annotated[
        Id | None, Field(description="Who decides, where it is not the school's leader")
    ]
    teacher_id: Id
    class_section_id: Id | None
    course_id: Id | None
    course_title: Line | None
    population: Text | None
    students: SomeStudents | None
    levels: Levels
    baseline_sources: Sources
    baseline_counts: Counts | None
    end_criteria: Criteria
    evidence_plan: LongText | None
    end_counts: EndCounts | None
    exclusions: Exclusions
    result: SloResult | None
    decisions: Annotated[
        list[SloDecisionOut], Field(max_length=100, description="The latest 100, oldest first")
    ]
    updated_at: Instant
    permissions: Annotated[
        Permissions, Field(description="What you may do with the goal and its SLO now")
    ]
    warnings: Warnings = []


class MonitoringNew(In):
    """What was seen on the way. The teacher and the lead read it; nobody else does."""

    on: Annotated[Date, Field(description="The day of it; not in the future")]
    looked_at: Annotated[Line, Field(description="Such as `Exit tickets of week 6`")]
    seen: Annotated[Text, Field(description="In your words. Name no student.")]
    counts: Counts | None = None
    value: Number | None = None


class MonitoringOut(Out):
    """What was seen on the way."""

    id: Id
    version: Version
    goal_id: Id
    author_id: Id
    on: Date
    looked_at: Line
    seen: Text
    counts: Counts | None
    value: Number | None
    created_at: Instant
    permissions: Permissions


class MonitoringPage(Out):
    """What was seen on the way, oldest first."""

    items: Annotated[list[MonitoringOut], Field(max_length=200)]
    next: Next


class CoverageOut(Out):
    """A teacher with fewer SLOs in a school year than the policy's minimum."""

    id: Annotated[Id, Field(description="The teacher's")]
    given_name: Line
    family_name: Line
    school_id: Id
    school_year_id: Id
    submitted: Annotated[Count, Field(description="SLOs that were submitted, and what follows")]
    approved: Annotated[Count, Field(description="Of those, the approved, and what follows")]
    minimum: Count


class CoveragePage(Out):
    """Teachers with fewer SLOs than the minimum, by school year."""

    items: Annotated[list[CoverageOut], Field(max_length=200)]
    next: Next
