"""Sharing and revisions as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core import clock
from app.core.types import (
    Count,
    Id,
    In,
    Instant,
    Line,
    Number,
    Out,
    Permissions,
    Text,
    Version,
    Warnings,
)
from app.observations.evidence.schemas import (
    About,
    ClientKey,
    EvidenceItemChange,
    Kind,
    Next,
    Seen,
    Tags,
    Verbatim,
    Words,
)
from app.observations.ratings.schemas import RatingGiven

State = Literal[
    "scheduled",
    "in_progress",
    "drafted",
    "shared",
    "discussed",
    "acknowledged",
    "locked",
    "cancelled",
    "void",
]


class SharedObservation(Out):
    """Where an observation stands after it was shared or revised."""

    id: Id
    version: Version
    state: State
    revision: Annotated[Count, Field(description="Counts up with each revision, from 1")]
    teacher_id: Id
    observer_id: Id
    evaluative: bool
    shared_at: Instant | None
    acknowledged_at: Instant | None
    permissions: Permissions
    warnings: Warnings = []


class RevisedItemNew(In):
    """An item to add."""

    client_key: ClientKey
    kind: Kind
    at: Annotated[Seen, Field(default_factory=clock.now)]
    text: Words
    verbatim: Verbatim = False
    about_id: About = None
    indicator_ids: Tags = []


class RevisedItem(EvidenceItemChange):
    """An item of yours to change; absent fields stay."""

    id: Id


class RevisedRating(RatingGiven):
    """The rating that an indicator has from now on."""

    indicator_id: Id


class RevisionNew(In):
    """What to change in a shared observation, and why; at least one change. Both people read the
    reason. Name no student."""

    reason: Annotated[Text, Field(description="Why; the teacher reads it. Name no student.")]
    add_items: Annotated[list[RevisedItemNew], Field(max_length=50)] = []
    change_items: Annotated[list[RevisedItem], Field(max_length=50)] = []
    remove_item_ids: Annotated[list[Id], Field(max_length=50)] = []
    set_ratings: Annotated[list[RevisedRating], Field(max_length=50)] = []
    clear_indicator_ids: Annotated[list[Id], Field(max_length=50)] = []


class FormerItem(Out):
    """An item as it was before it was changed or taken out."""

    id: Id
    version: Version
    kind: Kind
    at: Instant
    text: Text
    verbatim: bool
    about_id: Id | None
    indicator_ids: Annotated[list[Id], Field(max_length=20)]


class FormerRating(Out):
    """A rating as it was."""

    indicator_id: Id
    score: Number | None
    level: Line | None
    not_observed_reason: Text | None


class FormerContent(Out):
    """What the observation said before: the items that were changed or taken out, the ids of those
    that were added, all ratings, and the teacher's acknowledgement if there was one."""

    state: State
    acknowledged_at: Instant | None
    reply: Text | None
    items: Annotated[list[FormerItem], Field(max_length=100)]
    added_item_ids: Annotated[list[Id], Field(max_length=50)]
    ratings: Annotated[list[FormerRating], Field(max_length=500)]


class RevisionSummary(Out):
    """That an observation was changed after sharing, and why."""

    id: Id
    version: Version
    observation_id: Id
    teacher_id: Id
    author_id: Id
    number: Annotated[Count, Field(description="The revision that it was before")]
    reason: Text
    evaluative: bool
    created_at: Instant


class ObservationRevisionOut(RevisionSummary):
    """The same with what the observation said before."""

    content: FormerContent


class ObservationRevisionPage(Out):
    """The revisions of an observation, the oldest first."""

    items: Annotated[list[RevisionSummary], Field(max_length=200)]
    next: Next
