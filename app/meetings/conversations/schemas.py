"""Conversations as they are sent and answered."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from app.core.types import (
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
    Zone,
)
from app.meetings.series.schemas import Minutes, Next, Place, WallTime
from app.templates.schemas import Answers, AnswersChange, Fields

KindName = Literal["beginning_of_year", "mid_year", "end_of_year"]
StateName = Literal["planned", "scheduled", "held", "closed", "cancelled", "missed"]
SettingName = Annotated[
    Literal["formal", "informal"] | None,
    Field(description="How the two sat down; a beginning-of-year conversation says so"),
]
Why = Annotated[Text, Field(description="The two of them read it")]
Notes = Annotated[LongText | None, Field(description="What the two keep of it. Name no student.")]
Vision = Annotated[bool, Field(description="The school's vision was revisited")]
Roles = Annotated[bool, Field(description="Roles and expectations were discussed")]
Previewed = Annotated[bool, Field(description="How individual goals are set was previewed")]
TeamLink = Annotated[
    Text | None, Field(description="How the teacher's work ties in with the team's goals")
]
Waiver = Annotated[
    Text | None, Field(description="Why the questionnaire need not be reviewed before it closes")
]
GoalIds = Annotated[
    list[Id],
    Field(max_length=20, description="School and team goals that were revisited"),
]


class ConversationNew(In):
    """A conversation to plan."""

    teacher_id: Annotated[
        Id | None, Field(description="Whom the lead talks with; absent, the caller is the teacher")
    ] = None
    kind: KindName
    template_id: Annotated[
        Id | None, Field(description="A published template of kind `conversation`")
    ] = None


class ConversationChange(In):
    """What to change; absent fields stay, null clears one, `goal_ids` are replaced whole."""

    answers: AnswersChange = {}
    notes: Notes = None
    setting: SettingName = None
    place: Place = None
    vision_revisited: Vision = False
    roles_discussed: Roles = False
    goal_setting_previewed: Previewed = False
    team_link: TeamLink = None
    questionnaire_waiver: Waiver = None
    goal_ids: GoalIds = []


class ConversationSchedule(In):
    """When the two talk, and where."""

    on: Date
    at: WallTime
    zone: Annotated[Zone | None, Field(description="Absent, the school's")] = None
    minutes: Minutes
    place: Place = None
    setting: SettingName = None


class ConversationMove(In):
    """Another time, and why: one of day, time, zone and length at least."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2})

    on: Date = date(2000, 1, 1)
    at: WallTime = "15:00"
    zone: Zone = "America/Denver"
    minutes: Minutes = 60
    reason: Why

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if self.model_fields_set == {"reason"}:
            raise ValueError("say the new day, time, zone or length")
        return self


class ConversationHold(In):
    """That it took place."""

    on: Annotated[
        Date | None, Field(description="When, if later than the day it was set for; not to come")
    ] = None


class ConversationCancel(In):
    """Why it is called off."""

    reason: Why


class ConversationOut(Out):
    """A conversation of a teacher and their lead. Only the two read it."""

    id: Id
    version: Version
    relationship_id: Id
    school_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    kind: KindName
    template_id: Id | None
    template_title: Line | None
    fields: Annotated[Fields | None, Field(description="What the template asks")]
    answers: Answers
    notes: Notes
    setting: SettingName
    place: Place
    on: Annotated[Date | None, Field(description="The day it is set for; null while it is planned")]
    at: WallTime | None
    zone: Zone | None
    minutes: Minutes | None
    starts_at: Instant | None
    ends_at: Instant | None
    time_moved: Annotated[
        bool, Field(description="The clock skips that time, so it begins as much later")
    ]
    state: StateName
    reason: Annotated[Text | None, Field(description="Why it was moved or cancelled")]
    held_on: Date | None
    closed_at: Instant | None
    vision_revisited: Vision
    roles_discussed: Roles
    goal_setting_previewed: Previewed
    team_link: TeamLink
    questionnaire_waiver: Waiver
    goal_ids: GoalIds
    warnings: Warnings
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class ConversationPage(Out):
    """Conversations in the order of their times, those without one last."""

    items: Annotated[list[ConversationOut], Field(max_length=200)]
    next: Next
