"""Action steps as they are sent and answered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Out, Permissions, Text, Version, Warnings

Next = Annotated[str, Field(max_length=1000)] | None
ActionStepState = Literal[
    "proposed", "agreed", "practising", "met", "not_met", "carried_over", "dropped"
]
StepText = Annotated[
    Text,
    Field(
        description="One thing to do that can be seen in a lesson; how long it may be is policy"
        " (`action_step_max_length`). Name no student."
    ),
]
Practice = Annotated[
    Text | None, Field(description="How it was or will be practised. Name no student.")
]
Due = Annotated[
    Date, Field(description="Today or later at the school, `action_step_days` ahead at most")
]
FollowUp = Annotated[
    Date | None,
    Field(
        description="Once agreed, it puts itself on the agenda of the first 1:1 on or after this"
        " day; where there is none yet, within the hour after one is made"
    ),
]
Seen = Annotated[Text, Field(description="What was seen. Name no student.")]


class ActionStepNew(In):
    """An action step to propose to the other of the two."""

    teacher_id: Annotated[Id | None, Field(description="Yourself when absent")] = None
    text: Annotated[StepText | None, Field(description="Absent: that of the idea")] = None
    practice: Practice = None
    due_on: Due
    follow_up_on: FollowUp = None
    indicator_id: Annotated[Id | None, Field(description="Absent: that of the idea, if any")] = None
    idea_id: Annotated[
        Id | None, Field(description="Of the school's bank; gives what is absent here")
    ] = None
    feedback_id: Annotated[
        Id | None, Field(description="The feedback conversation of the two that it comes from")
    ] = None
    observation_id: Annotated[
        Id | None, Field(description="The shared observation it comes from")
    ] = None
    cycle_id: Annotated[
        Id | None, Field(description="The learning cycle of the two; absent: the adjustment's")
    ] = None
    adjustment_id: Annotated[
        Id | None, Field(description="The teacher's adjustment that it makes smaller")
    ] = None


class ActionStepChange(In):
    """What to change; absent fields stay, null clears. Once both agreed: only `practice` and
    `follow_up_on`."""

    text: StepText = ""
    practice: Practice = None
    due_on: Due = date(2000, 1, 1)
    follow_up_on: FollowUp = None
    indicator_id: Id | None = None


class ActionStepEnd(In):
    """How it ended."""

    reason: Seen


class ActionStepCarryOver(In):
    """The new day it is due."""

    due_on: Due
    follow_up_on: FollowUp = None
    reason: Annotated[Text | None, Field(description="Why it takes longer. Name no student.")] = (
        None
    )


class ActionStepDrop(In):
    """Why it is not done."""

    reason: Annotated[Text, Field(description="Name no student.")]


class ActionStepOut(Out):
    """One thing the teacher does differently, until a day. What both agreed and is not over follows
    the teacher to the next lead."""

    id: Id
    version: Version
    teacher_id: Id
    lead_id: Id
    author_id: Annotated[Id, Field(description="Who proposed it; the other of the two agrees")]
    text: StepText
    practice: Practice
    due_on: Date
    overdue: Annotated[bool, Field(description="Not over, and its day is past at the school")]
    follow_up_on: Date | None
    agenda_item_id: Annotated[
        Id | None, Field(description="Where the follow-up stands, once it is on an agenda")
    ]
    state: ActionStepState
    reason: Annotated[
        Text | None,
        Field(description="What was seen at its end, why it takes longer, or why it was dropped"),
    ]
    indicator_id: Id | None
    idea_id: Id | None
    feedback_id: Id | None
    observation_id: Id | None
    cycle_id: Id | None
    adjustment_id: Id | None
    agreed_at: Instant | None
    closed_at: Instant | None
    carried_from_id: Annotated[Id | None, Field(description="The step it goes on from")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions
    warnings: Warnings = []


class ActionStepPage(Out):
    """Action steps by the day they are due."""

    items: Annotated[list[ActionStepOut], Field(max_length=200)]
    next: Next
