"""The members of a team's cycle as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Out, Permissions, Text, Version
from app.goals.schemas import Next


class CycleWaiver(In):
    """What the gates do not ask of this member, and why. Whoever need make no adjustment has none
    to show in use, either."""

    what: Literal["adjustments", "use", "reflection"]
    reason: Annotated[
        Text, Field(description="Read by the team's lead and the member. Name no student.")
    ]


class CycleMemberOut(Out):
    """A member of the team whose cycle it is. The team's lead reads all of them, each member
    themselves."""

    id: Id
    version: Version
    cycle_id: Id
    team_id: Id
    person_id: Id
    left_on: Annotated[
        Date | None, Field(description="Left the team on this day; the gates ask nothing of them")
    ]
    adjustments_waived: Annotated[Text | None, Field(description="Why, where it is waived")]
    use_waived: Text | None
    reflection_waived: Text | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class CycleMemberPage(Out):
    """Members of a team's cycle that you may see."""

    items: Annotated[list[CycleMemberOut], Field(max_length=200)]
    next: Next
