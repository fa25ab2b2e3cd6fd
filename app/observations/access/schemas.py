"""Who read an evaluative record, as it is answered."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.types import Id, Instant, Line, Out
from app.observations.kinds.schemas import Next

Name = Annotated[str, StringConstraints(max_length=64)]


class ReadOut(Out):
    """That somebody read an evaluative record about you, and when."""

    id: Id
    reader_id: Id
    reader_name: Line
    record_type: Annotated[Name, Field(description="observation, or what else it was")]
    record_id: Id
    operation: Annotated[
        Name, Field(description="What of it was read: the visit, its evidence, its ratings, …")
    ]
    at: Instant


class ReadPage(Out):
    """Reads, the latest first."""

    items: Annotated[list[ReadOut], Field(max_length=200)]
    next: Next
