"""Goals as they are sent and answered."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from app.core.types import (
    Count,
    Date,
    ExternalId,
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

Level = Literal["school", "team", "individual"]
Kind = Literal["student_learning", "growth"]
State = Literal["draft", "proposed", "agreed", "published", "closed"]
OutcomeName = Literal["met", "partly_met", "not_met", "superseded", "abandoned"]
ApprovalName = Literal[
    "none", "submitted", "returned", "approved", "end_submitted", "end_returned", "finalised"
]
DirectionName = Literal["increase", "decrease"]
CapacityName = Literal["teacher", "lead", "school_leader_standing_in"]
Key = Annotated[str, Field(max_length=300)]
Next = Annotated[str, Field(max_length=1000)] | None
Standards = Annotated[
    list[Line], Field(max_length=10, description="Standards by code or text; never a student")
]
IndicatorIds = Annotated[list[Id], Field(max_length=5)]
StandardItemIds = Annotated[
    list[Id], Field(max_length=10, description="Standards as items of published frameworks")
]


class MeasureIn(In):
    """A number that shows whether the goal is reached. Keep `id` when you change one."""

    id: Annotated[
        Id | None, Field(description="Of an existing measure; absent makes a new one")
    ] = None
    name: Line
    unit: Annotated[Line, Field(description="Such as `% of students` or `points`")]
    baseline: Number | None = None
    target: Number
    direction: DirectionName = "increase"
    due_on: Date | None = None


Measures = Annotated[list[MeasureIn], Field(max_length=5)]


class GoalNew(In):
    """A goal to draft. The school is that of the school year."""

    # what `_titled` asks, for those who read the contract alone
    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["title"]},
                {
                    "properties": {"template_id": {"not": {"const": None}}},
                    "required": ["template_id"],
                },
            ]
        }
    )

    level: Level
    kind: Kind
    title: Annotated[Line, Field(description="Needed without a template")] = ""
    school_year_id: Id
    team_id: Annotated[Id | None, Field(description="Of a team goal")] = None
    teacher_id: Annotated[
        Id | None, Field(description="Of an individual goal; yourself when absent")
    ] = None
    parent_id: Annotated[Id | None, Field(description="The goal above it in the chain")] = None
    link_statement: Annotated[
        Text | None, Field(description="How this goal serves the one above it")
    ] = None
    statement: Annotated[
        Text | None, Field(description="What will be reached. Name no student.")
    ] = None
    rationale: Annotated[LongText | None, Field(description="Why. Name no student.")] = None
    indicator_ids: IndicatorIds = []
    standards: Standards = []
    standard_item_ids: StandardItemIds = []
    measures: Measures = []
    starts_on: Date | None = None
    due_on: Date | None = None
    template_id: Annotated[
        Id | None,
        Field(description="A published goal template of this kind; it gives what you leave out"),
    ] = None

    @model_validator(mode="after")
    def _titled(self) -> Self:
        if "title" not in self.model_fields_set and self.template_id is None:
            raise ValueError("title is needed without a template")
        return self


class GoalChange(In):
    """What to change; absent fields stay, null clears, lists are replaced whole."""

    kind: Kind = "growth"
    title: Line = ""
    parent_id: Id | None = None
    link_statement: Text | None = None
    statement: Text | None = None
    rationale: LongText | None = None
    indicator_ids: IndicatorIds = []
    standards: Standards = []
    standard_item_ids: StandardItemIds = []
    measures: Measures = []
    starts_on: Date | None = None
    due_on: Date | None = None


class GoalClose(In):
    """How the goal ended."""

    outcome: OutcomeName
    evidence: Annotated[
        LongText | None,
        Field(description="What shows it; for the teacher and the lead. Name no student."),
    ] = None
    evidence_ids: Annotated[
        list[Id],
        Field(
            max_length=20,
            description="Progress entries and earlier evidence of this goal that show it",
        ),
    ] = []


class MeasureOut(Out):
    """A measure with its latest progress."""

    id: Id
    name: Line
    unit: Line
    baseline: Number | None
    target: Number
    direction: DirectionName
    due_on: Date | None
    latest_value: Number | None
    latest_on: Date | None


class GoalIndicatorOut(Out):
    """An indicator of the goal; it resolves by id even when its framework is retired."""

    id: Id
    key: Key
    code: Line
    title: Line


class GoalStandardOut(Out):
    """A standard of the goal; it resolves by id even when its framework is retired."""

    id: Id
    framework_id: Id
    code: Line | None
    title: Line


class AgreementOut(Out):
    """Who agreed, in which capacity."""

    person_id: Id
    capacity: CapacityName
    at: Instant


class GoalOut(Out):
    """A goal as it is in force. A change that waits for agreement is a revision beside it."""

    id: Id
    version: Version
    level: Level
    kind: Kind
    state: State
    title: Line
    statement: Text | None
    rationale: LongText | None
    link_statement: Text | None
    school_id: Id
    school_year_id: Id
    team_id: Id | None
    teacher_id: Id | None
    owner_id: Annotated[Id, Field(description="The school, team or teacher whose goal it is")]
    author_id: Id
    parent_id: Id | None
    indicators: Annotated[list[GoalIndicatorOut], Field(max_length=5)]
    standards: Standards
    standard_items: Annotated[list[GoalStandardOut], Field(max_length=10)]
    measures: Annotated[list[MeasureOut], Field(max_length=5)]
    starts_on: Date | None
    due_on: Date | None
    overdue: bool
    revision: Annotated[Version, Field(description="Which agreed or published wording this is")]
    agreements: Annotated[list[AgreementOut], Field(max_length=10)]
    outcome: OutcomeName | None
    closed_at: Instant | None
    template_id: Annotated[
        Id | None, Field(description="The template it began with; its owner may be another person")
    ]
    approval: Annotated[ApprovalName, Field(description="How far an SLO is; else `none`")]
    approver_id: Annotated[Id | None, Field(description="Who decides on a school leader's own SLO")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions
    warnings: Warnings = []


class GoalPage(Out):
    """Goals you may see."""

    items: Annotated[list[GoalOut], Field(max_length=200)]
    next: Next


class PulledMeasure(Out):
    """A measure, as integrations get it."""

    id: Id
    unit: Line
    baseline: Number | None
    target: Number
    latest_value: Number | None
    latest_on: Date | None


class PulledGoal(Out):
    """The allow-list of `goals:read`: never statement, rationale, comments, notes or evidence."""

    id: Id
    version: Version
    level: Level
    kind: Kind
    state: State
    title: Line
    school_year_id: Id
    school_year_title: Line
    school_id: Id
    school_external_id: ExternalId | None
    team_id: Id | None
    teacher_id: Id | None
    teacher_external_id: ExternalId | None
    parent_id: Id | None
    indicator_keys: Annotated[list[Key], Field(max_length=5)]
    measures: Annotated[list[PulledMeasure], Field(max_length=5)]
    starts_on: Date | None
    due_on: Date | None
    outcome: OutcomeName | None
    closed_at: Instant | None
    created_at: Instant
    updated_at: Instant


class PulledGoalPage(Out):
    """Goals for an integration: agreed and published ones, and what became of them."""

    items: Annotated[list[PulledGoal], Field(max_length=200)]
    next: Next


class GoalRef(Out):
    """A goal of the chain, in brief."""

    id: Id
    level: Level
    kind: Kind
    state: State
    title: Line
    team_id: Id | None
    teacher_id: Id | None
    parent_id: Id | None


class GoalBranch(GoalRef):
    """A goal below, with those below it."""

    below: Annotated[list[GoalRef], Field(max_length=50)]
    more_below: Annotated[bool, Field(description="List the rest with its id as `parent_id`")]


class GoalChain(Out):
    """School → team → individual, both ways; only what you may see."""

    above: Annotated[list[GoalRef], Field(max_length=10, description="Nearest first")]
    below: Annotated[list[GoalBranch], Field(max_length=200, description="Two levels down")]
    more_below: Annotated[bool, Field(description="List the rest with `parent_id`")]


class Tally(Out):
    """How many goals have a value. `goals` is null where it would single people out."""

    key: Key
    goals: Count | None


class GoalSummary(Out):
    """Counts over the goals you may see, by the same filters as the list."""

    goals: Count | None
    overdue: Count | None
    by_state: Annotated[list[Tally], Field(max_length=10)]
    by_kind: Annotated[list[Tally], Field(max_length=10)]
    by_indicator: Annotated[list[Tally], Field(max_length=200)]
    suppressed_under: Annotated[
        Count, Field(description="Figures about fewer people than this are left out; 0: none are")
    ]


class Reader(Out):
    """Somebody, or a group, who can see the record, and through what."""

    relation: Annotated[str, Field(max_length=64)]
    person_id: Id | None
    name: Annotated[str, Field(max_length=401)]


class Audience(Out):
    """Everybody who can see the record now, and why."""

    record_class: Literal["pair", "school", "goal"]
    readers: Annotated[list[Reader], Field(max_length=500)]
