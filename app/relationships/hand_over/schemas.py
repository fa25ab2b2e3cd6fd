"""A hand-over as it is sent, and what the teacher reads of it."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Count, Id, In, Out, Version
from app.relationships.schemas import EndReason, Given, Scope

SealedType = Literal[
    "agenda_item",
    "coaching_agreement",
    "coaching_preferences",
    "common_indicator_opt_out",
    "conversation",
    "goal",
    "goal_comment",
    "goal_progress",
    "goal_review",
    "goal_review_part",
    "goal_revision",
    "growth_plan",
    "introduction",
    "meeting",
    "meeting_feedback",
    "meeting_series",
    "next_step",
    "outreach_message",
    "questionnaire",
    "questionnaire_submission",
    "role_note",
    "series_review",
    "slo_monitoring",
    "action_step",
    "calendar_entry",
    "coaching_calendar",
    "cycle_activity",
    "cycle_adjustment",
    "cycle_candidate",
    "cycle_data_point",
    "cycle_ranking",
    "cycle_reflection",
    "cycle_success_indicator",
    "cycle_use",
    "feedback_conversation",
    "feedback_note",
    "indicator_feedback",
    "learning_cycle",
]
SharedType = Literal[
    "meeting",
    "next_step",
    "conversation",
    "questionnaire_submission",
    "coaching_preferences",
    "coaching_agreement",
    "action_step",
    "learning_cycle",
]


class HandOverNew(In):
    """Who follows, and why the present lead goes. Teacher, school year and whether the lead is the
    primary one stay."""

    lead_id: Annotated[Id, Field(description="The lead who follows")]
    reason: EndReason
    evaluator_scope: Annotated[
        Scope | None, Field(description="Absent, it follows the new lead's role")
    ] = None
    capacities: Given = ["coach"]


class FollowsOut(Out):
    """What goes with the teacher to whoever leads next."""

    goals_in_force: Annotated[Count, Field(description="Agreed; the next lead reads them at once")]
    goals_closed: Annotated[Count, Field(description="The next lead reads them at once")]
    goals_proposed: Annotated[
        Count,
        Field(description="The next lead reads each when the teacher proposes or agrees it anew"),
    ]
    open_next_steps: Annotated[
        Count, Field(description="The next lead reads them and works on them at once")
    ]
    open_action_steps: Annotated[
        Count,
        Field(description="Both agreed, and not over: the next lead reads them and works on them"),
    ]


class SealedOut(Out):
    """Records of one type that stay between the teacher and the lead they were written with."""

    type: SealedType
    count: Annotated[Count, Field(ge=1)]


class OpenedOut(Out):
    """A copy that the teacher opened to a lead who came later."""

    id: Annotated[Id, Field(description="Of the copy: GET /shared-records/{id}")]
    record_type: SharedType
    record_id: Id
    record_version: Version
    to_lead_id: Id


class HandOverOut(Out):
    """What becomes of a teacher's work with one lead. The teacher alone reads it."""

    relationship_id: Id
    lead_id: Annotated[Id, Field(description="The lead whom this is about")]
    follows: FollowsOut
    sealed: Annotated[
        list[SealedOut],
        Field(
            max_length=50,
            description="Written with that lead, and not read by the teacher's present lead; where"
            " there is none, by whoever comes next",
        ),
    ]
    shared: Annotated[
        list[OpenedOut],
        Field(max_length=200, description="What of it the teacher opened, the oldest first"),
    ]
