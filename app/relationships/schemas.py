"""Coaching relationships as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core.types import Id, In, Instant, Out, Permissions, Text, Version


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise ValueError("each is named once")
    return names


State = Literal["proposed", "active", "paused", "withdrawn", "ended"]
Scope = Annotated[
    Literal["none", "contributes", "owns"],
    Field(description="How far the lead takes part in the teacher's evaluation"),
]
Primary = Annotated[
    bool,
    Field(
        description='Whether rules that say "the lead" mean this one: one a year, and one at a time'
    ),
]
Given = Annotated[
    list[Literal["coach", "consultant", "facilitator"]],
    Field(
        min_length=1,
        max_length=3,
        description="What the lead is to the teacher, each named once. Evaluator is never sent: it"
        " follows `evaluator_scope`",
        json_schema_extra={"uniqueItems": True},
    ),
    AfterValidator(_each_once),
]
EndReason = Annotated[Text, Field(description="Why it ended; the teacher and the lead read it")]


class CoachingRelationshipNew(In):
    """A relationship to propose. The school is that of the school year."""

    lead_id: Id
    teacher_id: Id
    school_year_id: Id
    evaluator_scope: Annotated[
        Scope | None,
        Field(
            description="Absent, it follows the lead's role: a senior team lead owns, a team lead"
            " contributes, another teacher leader takes no part"
        ),
    ] = None
    capacities: Given = ["coach"]
    primary: Primary = True


class CoachingRelationshipChange(In):
    """What to change; absent fields stay."""

    evaluator_scope: Scope = "none"
    capacities: Given = ["coach"]
    primary: Primary = True


class CoachingRelationshipEnd(In):
    """Why the relationship ends."""

    reason: EndReason


class CoachingRelationshipOut(Out):
    """A lead coaches a teacher for a school year. Only while active does it open the teacher's
    records to the lead."""

    id: Id
    version: Version
    school_id: Id
    school_year_id: Id
    lead_id: Id
    teacher_id: Id
    evaluator_scope: Scope
    capacities: Annotated[
        list[Literal["coach", "consultant", "facilitator", "evaluator"]],
        Field(
            min_length=1,
            max_length=4,
            description="What the lead is to the teacher; evaluator where the scope is not `none`",
        ),
    ]
    primary: Primary
    state: State
    end_reason: Annotated[
        EndReason | None,
        Field(
            description="In the words of whoever ended it; `school_year_over`, `role_ended`,"
            " `deactivated` or `left_roster` where the program did"
        ),
    ]
    ended_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class CoachingRelationshipPage(Out):
    """Coaching relationships, the oldest first."""

    items: Annotated[list[CoachingRelationshipOut], Field(max_length=200)]
    next: Annotated[str, Field(max_length=1000)] | None
