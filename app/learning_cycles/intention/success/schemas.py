"""Success indicators and key questions, as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, In, Instant, Line, Out, Permissions, Text, Version

Lens = Literal["teacher", "peers", "students"]
Seen = Annotated[
    Lens, Field(description="Through whose eyes: the teacher, peers and support team, students")
]
Words = Annotated[Text, Field(description="What is seen or heard when it works. No student.")]
IndicatorLink = Annotated[
    Id | None, Field(description="An indicator of a published framework: GET /indicators")
]
Explanation = Annotated[
    Text | None, Field(description="Where no indicator fits: why this shows success")
]


class SuccessIndicatorNew(In):
    """What success looks like through one lens, tied to an indicator or explained."""

    lens: Seen
    text: Words
    indicator_id: IndicatorLink = None
    explanation: Explanation = None


class SuccessIndicatorChange(In):
    """What to change; absent fields stay, null clears."""

    lens: Seen = "teacher"
    text: Words = ""
    indicator_id: IndicatorLink = None
    explanation: Explanation = None


class SuccessIndicatorOut(Out):
    """What success looks like through one lens."""

    id: Id
    version: Version
    cycle_id: Id
    author_id: Id
    lens: Lens
    text: Text
    indicator_id: Id | None
    explanation: Text | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class SuccessIndicators(Out):
    """The success indicators of a cycle, in the order in which they were written."""

    items: Annotated[list[SuccessIndicatorOut], Field(max_length=30)]


class KeyQuestion(Out):
    """A question that leads to success indicators of its lens."""

    lens: Lens
    question: Line
    help: Text | None


class KeyQuestions(Out):
    """The key questions of the template that the cycle was begun with, a lens each."""

    items: Annotated[list[KeyQuestion], Field(max_length=3)]
