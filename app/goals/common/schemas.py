"""A team's common indicator, opting out, and the team's view of its goals."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Count, Id, In, Instant, Line, Out, Permissions, Text, Version, Warnings
from app.goals.schemas import GoalIndicatorOut, Next, State

Figure = Annotated[
    Count | None,
    Field(
        description="Null where it would single people out. When it is not everybody, rounded down"
        " to a multiple of `suppressed_under`."
    ),
]


class ChoiceNew(In):
    """Which indicator the team works on together."""

    indicator_id: Annotated[
        Id | None, Field(description="Of a published framework; null ends the present one")
    ]
    reason: Annotated[Text, Field(description="Why; the team reads it")]


class ChoiceOut(Out):
    """That a team's common indicator was chosen: by whom, when, instead of which."""

    id: Id
    version: Version
    team_id: Id
    author_id: Id
    indicator_id: Id | None
    before_id: Id | None
    reason: Annotated[Text | None, Field(description="Null when it was set by an edit of the team")]
    created_at: Instant
    permissions: Permissions


class ChoicePage(Out):
    """A team's choices, the oldest first."""

    items: Annotated[list[ChoiceOut], Field(max_length=200)]
    next: Next


class OptOutNew(In):
    """Why your goals do not carry the team's common indicator."""

    reason: Annotated[
        Text, Field(description="You and your lead read it; nobody else. Name no student.")
    ]


class OptOutOut(Out):
    """A member's reason not to carry the team's common indicator. The member and the lead it was
    written with read it; the team's figures count that there is one."""

    id: Id
    version: Version
    team_id: Id
    teacher_id: Id
    indicator_id: Id
    reason: Text
    state: Annotated[
        Literal["in_force", "withdrawn", "lapsed"],
        Field(description="It lapses when the team chooses another indicator"),
    ]
    ended_at: Instant | None
    created_at: Instant
    permissions: Permissions
    warnings: Warnings = []


class OptOutPage(Out):
    """Opt-outs, the oldest first."""

    items: Annotated[list[OptOutOut], Field(max_length=200)]
    next: Next


class Coverage(Out):
    """How far a team's goals carry its common indicator: figures, and never a goal."""

    team_id: Id
    indicator: Annotated[GoalIndicatorOut | None, Field(description="Null while the team has none")]
    members: Count
    carrying: Annotated[Figure, Field(description="With it in a goal that both agreed")]
    opted_out: Annotated[Figure, Field(description="Without it, for a reason of their own")]
    not_yet: Figure
    suppressed_under: Annotated[
        Count,
        Field(description="One figure about fewer people than this hides all three"),
    ]


class TeamViewGoal(Out):
    """A school or team goal in force, and how many members' goals stand directly below it."""

    id: Id
    title: Line
    state: State
    parent_id: Id | None
    members_linking: Figure


class TeamView(Out):
    """What a team knows of its goals together: nobody's individual goal is named."""

    team_id: Id
    school_goals: Annotated[list[TeamViewGoal], Field(max_length=100)]
    team_goals: Annotated[list[TeamViewGoal], Field(max_length=100)]
    coverage: Coverage
