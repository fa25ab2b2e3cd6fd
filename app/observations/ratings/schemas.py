"""Ratings as they are sent and answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Id, In, Instant, Line, Number, Out, Text, Version

Score = Annotated[
    Number | None,
    Field(description="On the scale of the indicator's group; leave it out when not observed"),
]
Reason = Annotated[
    Text | None, Field(description="Why the indicator was not observed. Name no student.")
]


class RatingGiven(In):
    """A score, or why the indicator was not observed: one of the two. Not scored at all is no
    rating, and never 0."""

    score: Score = None
    not_observed_reason: Reason = None


class RatingOut(Out):
    """The rating of one indicator. The observer's alone until the observation is shared."""

    id: Id
    version: Version
    observation_id: Id
    teacher_id: Id
    author_id: Id
    indicator_id: Id
    score: Number | None
    level: Annotated[Line | None, Field(description="The name of the score's level, derived")]
    not_observed_reason: Text | None
    evaluative: bool
    shared_at: Instant | None
    created_at: Instant
    updated_at: Instant


class Ratings(Out):
    """The ratings of an observation in the framework's order."""

    items: Annotated[list[RatingOut], Field(max_length=500)]
