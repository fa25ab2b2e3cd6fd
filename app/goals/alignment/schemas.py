"""The chain and its gaps, as they are answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Count, Id, Line, Out
from app.goals.schemas import Kind, Next

Roles = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)]


class SchoolGoalLink(Out):
    """A school goal in force, and what was made of it."""

    id: Id
    school_id: Id
    school_year_id: Id
    kind: Kind
    title: Line
    team_goals: Annotated[
        Count, Field(description="Team goals in force that serve it, whether you read them or not")
    ]


class TeamGoalLink(Out):
    """A team goal in force, and whether it serves a school goal in force."""

    id: Id
    school_id: Id
    school_year_id: Id
    kind: Kind
    title: Line
    team_id: Id
    parent_id: Id | None
    linked: bool


class GoalAlignment(Out):
    """School and team goals in force that you may see, and where the chain has gaps."""

    school_goals: Annotated[
        list[SchoolGoalLink], Field(max_length=200, description="Without a team goal first")
    ]
    team_goals: Annotated[
        list[TeamGoalLink], Field(max_length=200, description="Without a school goal first")
    ]
    school_goals_total: Count
    school_goals_without_team_goal: Count
    team_goals_total: Count
    team_goals_without_school_goal: Count


class GoalReach(Out):
    """How many teachers' goals serve a school or team goal."""

    goal_id: Id
    under_goal_id: Annotated[
        Id | None, Field(description="Of a team goal: the school goal that it serves")
    ]
    teachers: Annotated[
        Count | None,
        Field(description="With a goal below it, directly or through a team goal"),
    ]


class AlignmentCoverage(Out):
    """How many teachers have a goal in force that is tied to the chain. Null where a figure would
    single people out."""

    teachers: Annotated[Count, Field(description="Whose goals in force you may read")]
    linked: Count | None
    not_linked: Count | None
    non_tested: Annotated[Count, Field(description="Of them, who teach non-tested subjects only")]
    link_stated: Annotated[
        Count | None,
        Field(description="Of those, who wrote how their student-learning goal serves the chain"),
    ]
    link_not_stated: Count | None
    by_goal: Annotated[list[GoalReach], Field(max_length=400)]
    suppressed_under: Annotated[
        Count, Field(description="Figures about fewer people than this are left out; 0: none are")
    ]


class TeacherAlignment(Out):
    """A teacher, and whether a goal of theirs is tied to the chain. Drafts count as nothing."""

    id: Annotated[Id, Field(description="The teacher's")]
    given_name: Line
    family_name: Line
    roles: Annotated[Roles, Field(description="Those they hold now")]
    tested: Annotated[bool, Field(description="They teach a tested subject")]
    goals_in_force: Count
    linked: Annotated[bool, Field(description="One of these has a goal above it")]
    link_stated: Annotated[
        bool,
        Field(description="A student-learning goal has a goal above it and says how it serves it"),
    ]


class TeacherAlignmentPage(Out):
    """Teachers, by name."""

    items: Annotated[list[TeacherAlignment], Field(max_length=200)]
    next: Next
