"""Rounds of feedback as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Count, Date, Id, In, Instant, LongText, Out, Permissions, Text, Version
from app.goals.schemas import GoalChange, Level, Next

InvitesName = Literal["everybody", "teams", "people"]
RoundStateName = Literal["open", "closed", "summarised"]


class FeedbackRoundNew(In):
    """What to ask about a published school or team goal, whom, and until when."""

    question: Annotated[Text, Field(description="What you want to hear about. Name no student.")]
    until: Annotated[
        Date, Field(description="The last day to answer; it ends at midnight where the school is")
    ]
    invites: Annotated[
        InvitesName,
        Field(
            description="`everybody` at the school, or in the team with the school's leaders;"
            " `teams`: of `team_ids`; `people`: of `person_ids`. Whoever writes the goal asks and"
            " is not asked."
        ),
    ] = "everybody"
    team_ids: Annotated[
        list[Id], Field(max_length=50, description="With `teams`: teams whose people read the goal")
    ] = []
    person_ids: Annotated[
        list[Id], Field(max_length=200, description="With `people`: people who read the goal")
    ] = []


class Stances(Out):
    """How many said what, of those who gave feedback. Each of them signed it, so nothing is
    hidden."""

    supports: Count
    supports_with_changes: Count
    concerns: Count


class FeedbackRoundOut(Out):
    """A round of feedback, as everybody who is asked or reads the goal there sees it."""

    id: Id
    version: Version
    goal_id: Id
    goal_revision: Annotated[Version, Field(description="The wording that was asked about")]
    level: Level
    school_id: Id
    team_id: Id | None
    author_id: Id
    question: Text
    invites: InvitesName
    team_ids: Annotated[list[Id], Field(max_length=50, description="The teams that are asked")]
    until: Date
    closes_at: Annotated[Instant, Field(description="The midnight at which `until` is over")]
    closed_at: Annotated[Instant | None, Field(description="When it was closed before that")]
    state: RoundStateName
    stances: Stances
    summary: LongText | None
    summarised_by_id: Id | None
    summarised_at: Instant | None
    adopted_revision_id: Annotated[
        Id | None, Field(description="The change of the goal that was made of it")
    ]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class FeedbackRoundPage(Out):
    """Rounds of feedback, the oldest first."""

    items: Annotated[list[FeedbackRoundOut], Field(max_length=200)]
    next: Next


class InvitedOut(Out):
    """Somebody who is asked now, and whether they answered; what they said is signed elsewhere."""

    id: Annotated[Id, Field(description="The person's")]
    name: Annotated[str, Field(max_length=401)]
    answered: bool


class InvitedPage(Out):
    """Who is asked now, by name."""

    items: Annotated[list[InvitedOut], Field(max_length=200)]
    next: Next


class SummaryNew(In):
    """What was heard. The counts by stance stand beside it."""

    summary: Annotated[
        LongText, Field(description="Read by everybody who reads the round. Name no student.")
    ]


class Adoption(In):
    """The change of the goal that follows from a round."""

    goal_version: Annotated[Version, Field(description="The goal's version that you change")]
    reason: Annotated[Text, Field(description="Why; everybody who reads the goal reads it")]
    content: Annotated[GoalChange, Field(description="Only the fields that change")]
