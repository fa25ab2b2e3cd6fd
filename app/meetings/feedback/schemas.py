"""Meeting feedback and reviews as they are sent and answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Id, In, Instant, Out, Permissions, Text, Version
from app.meetings.series.schemas import Next

Mark = Annotated[
    int, Field(ge=1, le=5, json_schema_extra={"format": "int32"}, description="1 to 5, 5 the best")
]


class MeetingFeedbackNew(In):
    """How the 1:1 was for the teacher. The lead reads it; nobody else does."""

    structure: Mark
    content: Mark
    word: Annotated[Text | None, Field(description="In the teacher's words")] = None


class MeetingFeedbackOut(Out):
    """What the teacher says of one 1:1."""

    id: Id
    version: Version
    meeting_id: Id
    series_id: Id | None
    author_id: Id
    structure: Mark
    content: Mark
    word: Text | None
    created_at: Instant
    permissions: Permissions


class MeetingFeedbackPage(Out):
    """Feedback, the oldest first."""

    items: Annotated[list[MeetingFeedbackOut], Field(max_length=200)]
    next: Next


class SeriesReviewNew(In):
    """What the two change from now on. That nothing changes can be right; the text says why."""

    agenda_changed: bool
    schedule_changed: bool
    text: Annotated[Text, Field(description="What changes, or why nothing does")]


class SeriesReviewOut(Out):
    """What the two changed in agenda or schedule."""

    id: Id
    version: Version
    series_id: Id
    author_id: Id
    agenda_changed: bool
    schedule_changed: bool
    text: Text
    created_at: Instant
    permissions: Permissions


class SeriesReviewPage(Out):
    """Reviews of a series, the oldest first."""

    items: Annotated[list[SeriesReviewOut], Field(max_length=200)]
    next: Next
