"""A person's week as it is answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Count, Date, Id, Instant, Line, Out, Zone
from app.meetings.conversations.schemas import KindName
from app.meetings.series.schemas import FocusName, LedBy, WallTime

Code = Literal[
    "begin_series",
    "say_what_came_of_meeting",
    "meeting_on_day_off",
    "review_series",
    "finish_next_step",
    "ask_about_next_step",
    "agree_goal",
    "agree_goal_revision",
    "propose_goal",
    "fill_agenda",
    "give_feedback",
    "activate_coaching",
    "write_outreach",
    "send_outreach",
    "assign_questionnaire",
    "answer_questionnaire",
    "review_questionnaire",
    "plan_conversation",
    "schedule_conversation",
    "say_what_came_of_conversation",
    "close_conversation",
    "answer_role_note",
    "write_preferences",
    "propose_agreement",
    "accept_agreement",
    "review_agreement",
    "answer_offer",
    "agree_action_step",
    "practise_action_step",
    "ask_about_action_step",
    "close_action_step",
]


class Todo(Out):
    """Something to do, and why."""

    code: Code
    why: Annotated[str, Field(max_length=300)]
    due_on: Date | None
    overdue: Annotated[bool, Field(description="The day is past at the school")]
    type: Annotated[
        Literal[
            "coaching_relationship",
            "meeting_series",
            "meeting",
            "next_step",
            "goal",
            "goal_revision",
            "outreach_message",
            "questionnaire",
            "conversation",
            "role_note",
            "coaching_agreement",
            "shared_record",
            "action_step",
        ],
        Field(description="What `id` names"),
    ]
    id: Id


class NextMeeting(Out):
    """When the two meet next."""

    id: Id
    on: Date
    at: WallTime
    zone: Zone
    starts_at: Instant
    led_by: LedBy
    focus: FocusName
    agenda_open: Annotated[Count, Field(description="Open items on its agenda")]


class NextConversation(Out):
    """When the two have a conversation next."""

    id: Id
    kind: KindName
    on: Date
    at: WallTime
    zone: Zone
    starts_at: Instant


class PairWeek(Out):
    """One coaching relationship, seen from one side of it."""

    relationship_id: Id
    state: Literal["proposed", "active", "paused"]
    person_id: Annotated[Id, Field(description="The other of the two")]
    given_name: Line
    family_name: Line
    next_meeting: NextMeeting | None
    next_conversation: NextConversation | None
    todo: Annotated[
        list[Todo], Field(max_length=200, description="What is overdue first, then by its day")
    ]


class WeekOut(Out):
    """What is next, due and overdue, and why: teacher by teacher for a lead, and the caller's own
    side as a teacher."""

    today: Date
    zone: Zone
    teachers: Annotated[list[PairWeek], Field(max_length=200)]
    own: Annotated[PairWeek | None, Field(description="Null without a lead")]
