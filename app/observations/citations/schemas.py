"""Citations as they are sent and answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Id, In, Instant, Out, Permissions, Text, Version
from app.observations.evidence.schemas import Next


class CitationNew(In):
    """The record that rests on the item: exactly one."""

    goal_id: Annotated[Id | None, Field(description="An individual goal")] = None
    cycle_id: Annotated[Id | None, Field(description="A learning cycle")] = None
    data_point_id: Annotated[Id | None, Field(description="A data point of a cycle")] = None
    use_id: Annotated[Id | None, Field(description="An adjustment in use")] = None
    indicator_feedback_id: Annotated[
        Id | None, Field(description="Your draft of feedback on one indicator")
    ] = None


class CitationOut(Out):
    """That a record rests on an item. Read by whoever reads both."""

    id: Id
    version: Version
    item_id: Id
    observation_id: Id
    teacher_id: Id
    author_id: Id
    goal_id: Id | None
    cycle_id: Id | None
    data_point_id: Id | None
    use_id: Id | None
    indicator_feedback_id: Id | None
    frozen_text: Annotated[
        Text | None,
        Field(description="The words as they were cited, where an evaluative record cites them"),
    ]
    evaluative: bool
    created_at: Instant
    permissions: Permissions


class CitationPage(Out):
    """Citations you may read, the oldest first."""

    items: Annotated[list[CitationOut], Field(max_length=200)]
    next: Next
