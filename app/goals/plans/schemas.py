"""Growth plans and their action steps as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import (
    Count,
    Date,
    Id,
    In,
    Instant,
    Line,
    LongText,
    Out,
    Permissions,
    Text,
    Version,
    Warnings,
)
from app.goals.schemas import AgreementOut, Next, Reader

PlanState = Literal["draft", "agreed", "mid_year_reviewed", "closed"]
Title = Annotated[Line | None, Field(description="What to call the plan. Name no student.")]
Aspiration = Annotated[
    LongText | None,
    Field(
        description="What the teacher wants to grow in, and why; school leaders read it once the"
        " plan is agreed. Name no student."
    ),
]
Url = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https://[!-~]+$")]
Owner = Literal["teacher", "lead"]
Place = Annotated[
    Count, Field(le=10_000, description="Where it stands in the plan; the same number: the older")
]


class GrowthPlanNew(In):
    """A plan to draft. The school is that of the school year."""

    school_year_id: Id
    teacher_id: Annotated[Id | None, Field(description="Yourself when absent")] = None
    title: Title = None
    aspiration: Aspiration = None


class GrowthPlanChange(In):
    """What to change; absent fields stay, null clears."""

    title: Title = None
    aspiration: Aspiration = None


class GrowthPlanOut(Out):
    """A growth plan. Its goals, steps and reviews are read beside it."""

    id: Id
    version: Version
    state: PlanState
    title: Line | None
    aspiration: LongText | None
    school_id: Id
    school_year_id: Id
    teacher_id: Id
    author_id: Id
    agreements: Annotated[
        list[AgreementOut],
        Field(max_length=10, description="Of the plan as it stands; a change of a draft ends them"),
    ]
    agreed_at: Instant | None
    mid_year_reviewed_at: Instant | None
    closed_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions
    warnings: Warnings = []


class GrowthPlanPage(Out):
    """Growth plans you may see."""

    items: Annotated[list[GrowthPlanOut], Field(max_length=200)]
    next: Next


class PlanGoal(In):
    """A goal to put into the plan, or to take out of it."""

    goal_id: Id


class PlanAudience(Out):
    """Everybody who can see the plan now, and why."""

    record_class: Literal["pair", "goal"]
    readers: Annotated[list[Reader], Field(max_length=500)]


class Resource(In):
    """What a step needs or builds on."""

    title: Line
    url: Annotated[Url | None, Field(description="Where it is, an https address")] = None


Resources = Annotated[list[Resource], Field(max_length=10)]


class PlanStepNew(In):
    """An action step of the plan."""

    text: Annotated[Text, Field(description="What will be done. Name no student.")]
    goal_id: Annotated[Id | None, Field(description="The plan's goal that it serves")] = None
    owner: Annotated[Owner, Field(description="Who does it")] = "teacher"
    due_on: Date | None = None
    resources: Resources = []
    position: Annotated[Place | None, Field(description="Last when absent")] = None


class PlanStepChange(In):
    """What to change; absent fields stay, null clears, resources are replaced whole. Once the plan
    is agreed: only `due_on`, `resources` and `position`."""

    text: Text = ""
    goal_id: Id | None = None
    owner: Owner = "teacher"
    due_on: Date | None = None
    resources: Resources = []
    position: Place = 0


class PlanStepDrop(In):
    """Why the step is not done."""

    reason: Annotated[Text, Field(description="Name no student.")]


class ResourceOut(Out):
    """What a step needs or builds on."""

    title: Line
    url: Url | None


class PlanStepOut(Out):
    """An action step, read by whoever reads the plan."""

    id: Id
    version: Version
    plan_id: Id
    goal_id: Id | None
    author_id: Id
    text: Text
    owner: Owner
    due_on: Date | None
    resources: Annotated[list[ResourceOut], Field(max_length=10)]
    state: Literal["open", "done", "dropped"]
    reason: Text | None
    ended_at: Instant | None
    position: Place
    created_at: Instant
    permissions: Permissions


class PlanStepPage(Out):
    """Action steps in their order."""

    items: Annotated[list[PlanStepOut], Field(max_length=200)]
    next: Next
