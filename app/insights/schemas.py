"""A person's week as it is answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.calendar.schemas import SuggestedFocusOut
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
    # learning cycles, visits and the coaching calendar
    "do_activity",
    "ask_about_activity",
    "observe",
    "finish_observation",
    "share_observation",
    "acknowledge_observation",
    "have_feedback_conversation",
    "write_reflection",
    "share_reflection",
    "calendar_entry",
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
            # learning cycles, visits and the coaching calendar
            "learning_cycle",
            "cycle_activity",
            "cycle_reflection",
            "observation",
            "feedback_conversation",
            "calendar_entry",
        ],
        Field(description="What `id` names"),
    ]
    id: Id


TodoList = Annotated[
    list[Todo], Field(max_length=200, description="What is overdue first, then by its day")
]
PhaseName = Literal["intention", "learning", "application", "reflection"]


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


class WeekCycle(Out):
    """A learning cycle that is open."""

    id: Id
    title: Line
    number: Annotated[Count, Field(description="Which one of the year it is")]
    phase: PhaseName
    state: Annotated[
        PhaseName | Literal["paused"], Field(description="The phase, or that it is paused")
    ]
    since: Annotated[Instant, Field(description="Since when it is in this state")]


class TeamWeek(WeekCycle):
    """A learning cycle of a team in which the caller is a member, or which they lead."""

    team_id: Id
    todo: TodoList


class PairWeek(Out):
    """One coaching relationship, seen from one side of it."""

    relationship_id: Id
    state: Literal["proposed", "active", "paused"]
    person_id: Annotated[Id, Field(description="The other of the two")]
    given_name: Line
    family_name: Line
    next_meeting: NextMeeting | None
    next_conversation: NextConversation | None
    suggested_focus: Annotated[
        SuggestedFocusOut | None,
        Field(description="What the next 1:1 could be about; null without one, or while paused"),
    ]
    cycles: Annotated[
        list[WeekCycle], Field(max_length=20, description="Their learning cycles that are open")
    ]
    todo: TodoList


class WeekOut(Out):
    """What is next, due and overdue, and why: teacher by teacher for a lead, and the caller's own
    side as a teacher."""

    today: Date
    zone: Zone
    teachers: Annotated[list[PairWeek], Field(max_length=200)]
    own: Annotated[PairWeek | None, Field(description="Null without a lead")]
    team_cycles: Annotated[list[TeamWeek], Field(max_length=50)]
    other: Annotated[
        list[Todo],
        Field(max_length=200, description="What belongs to no coaching that is shown: visits"),
    ]


class PhaseCount(Out):
    """How many cycles stand in a phase, the paused ones included."""

    phase: PhaseName
    cycles: Annotated[
        Count | None, Field(description="Null where the figure is about too few people")
    ]


class VisitCount(Out):
    """How many visits of a kind took place in a month."""

    month: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", max_length=7),
        Field(description="As `2026-10`"),
    ]
    kind: Annotated[str, StringConstraints(max_length=200)]
    title: Line
    formal: bool
    count: Count


class CoachingFigures(Out):
    """That coaching happens at a school: activity, and no content."""

    school_id: Id
    as_of: Date
    teachers: Annotated[Count, Field(description="Who teach at the school")]
    teachers_with_cycle: Annotated[
        Count, Field(description="Who have an open cycle, of their own or with their team")
    ]
    open_cycles: Count
    by_phase: Annotated[list[PhaseCount], Field(max_length=4)]
    observations: Annotated[
        list[VisitCount], Field(max_length=500, description="Of the last twelve months")
    ]
    suppressed_under: Annotated[
        Count, Field(description="Figures by phase about fewer people than this are left out")
    ]
