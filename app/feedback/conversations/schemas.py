"""Feedback conversations and their notes as they are sent and answered."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

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
from app.feedback.protocols.schemas import Ordered, Steps
from app.meetings.series.schemas import Minutes, Next, Place, WallTime
from app.templates.schemas import Key

StateName = Literal["prepared", "held", "shared", "acknowledged"]
GiverKind = Annotated[
    Literal["school_leader", "lead", "peer"],
    Field(description="What whoever gives the feedback is to the teacher"),
]
Evaluative = Annotated[
    bool,
    Field(
        description="As the observation is: once shared, the leaders of the school and the"
        " evaluator of record read it, too, and each reading is written down"
    ),
]
CycleId = Annotated[
    Id | None,
    Field(description="The learning cycle it is about; none where it is about an evaluation"),
]
ProtocolReason = Annotated[
    Text | None, Field(description="Why it goes by another protocol than the school's")
]
Reply = Annotated[
    Text, Field(description="The teacher's word. Whoever reads the notes reads it. No student.")
]


class FeedbackConversationNew(In):
    """A feedback conversation to prepare: with a teacher whom you coach, or on an observation that
    you made."""

    teacher_id: Annotated[
        Id | None, Field(description="Whom you coach; of an observation, its teacher")
    ] = None
    observation_id: Annotated[Id | None, Field(description="The observation it is about")] = None
    cycle_id: CycleId = None
    template_id: Annotated[
        Id | None,
        Field(description="A published `feedback_protocol`; absent, the school's"),
    ] = None
    protocol_reason: ProtocolReason = None


class FeedbackConversationChange(In):
    """What to change while it is prepared; absent fields stay, null clears."""

    cycle_id: CycleId = None
    template_id: Annotated[Id, Field(description="As long as no step is noted")] = UUID(int=0)
    protocol_reason: ProtocolReason = None


class FeedbackConversationSchedule(In):
    """When the two talk, and where; it takes the place of a time it had."""

    on: Date
    at: WallTime
    zone: Annotated[Zone | None, Field(description="Absent, the school's")] = None
    minutes: Minutes = 30
    place: Place = None


class FeedbackConversationHold(In):
    """That it took place."""

    on: Annotated[
        Date | None,
        Field(description="When; absent, the day it was set for, else today. Not to come"),
    ] = None


class FeedbackConversationAcknowledge(In):
    """That the teacher read the notes."""

    reply: Reply | None = None


class FeedbackConversationReply(In):
    """What the teacher says later."""

    reply: Reply


class FeedbackConversationOut(Out):
    """A feedback conversation: when, by which protocol, about what, how far. Both know of it; what
    is noted at its steps is at its `/notes`."""

    id: Id
    version: Version
    school_id: Id
    relationship_id: Id | None
    observation_id: Id | None
    cycle_id: Id | None
    teacher_id: Id
    lead_id: Annotated[Id, Field(description="Who gives the feedback")]
    giver_kind: GiverKind
    evaluative: Evaluative
    template_id: Id
    template_title: Line
    ordered: Ordered
    fields: Steps
    protocol_reason: ProtocolReason
    state: StateName
    on: Annotated[Date | None, Field(description="The day it is set for, if it is")]
    at: WallTime | None
    zone: Zone | None
    minutes: Minutes | None
    starts_at: Instant | None
    ends_at: Instant | None
    time_moved: Annotated[
        bool, Field(description="The clock skips that time, so it begins as much later")
    ]
    place: Place
    held_on: Date | None
    shared_at: Instant | None
    acknowledged_at: Instant | None
    reply: Reply | None
    later_reply: Reply | None
    later_replied_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions
    warnings: Warnings = []


class FeedbackConversationPage(Out):
    """Feedback conversations, the oldest first."""

    items: Annotated[list[FeedbackConversationOut], Field(max_length=200)]
    next: Next


class FeedbackNoteNew(In):
    """What you note at a step: yours until you share the conversation."""

    text: Annotated[LongText, Field(description="Name no student.")]


class FeedbackNoteOut(Out):
    """What is noted at one step of the protocol."""

    id: Id
    version: Version
    conversation_id: Id
    step_key: Annotated[Key, Field(description="The key of a step among the protocol's `fields`")]
    author_id: Id
    evaluative: Evaluative
    text: LongText
    shared_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class FeedbackNotes(Out):
    """The notes of a conversation that you may read, in the order of its steps."""

    items: Annotated[list[FeedbackNoteOut], Field(max_length=60)]
