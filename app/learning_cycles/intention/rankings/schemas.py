"""Rankings as they are sent and answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Date, Id, In, Instant, Out, Text, Version
from app.goals.resources.schemas import Next

Words = Annotated[
    Text | None, Field(description="Why in this order; yours alone until it is revealed")
]


class RankingPut(In):
    """Your order of all candidates."""

    candidate_ids: Annotated[
        list[Id],
        Field(min_length=1, max_length=12, description="Every candidate once, the first one first"),
    ]
    words: Words = None


class RankingWaiver(In):
    """Why a missing ranking is not waited for."""

    reason: Annotated[Text, Field(description="Read by whoever reads the cycle")]


class RankingOut(Out):
    """One person's order of the candidates: theirs alone until all are revealed together."""

    id: Id
    version: Version
    cycle_id: Id
    author_id: Id
    candidate_ids: Annotated[list[Id], Field(max_length=12)]
    words: Text | None
    complete: Annotated[
        bool,
        Field(description="It names every candidate. If not, rank again: it does not count yet"),
    ]
    reveal_on: Annotated[
        Date, Field(description="Seen on this day at the latest, whoever else ranked")
    ]
    revealed_at: Instant | None
    created_at: Instant
    updated_at: Instant


class RankingPage(Out):
    """Rankings of a cycle: your own, and once they are revealed everybody's."""

    items: Annotated[list[RankingOut], Field(max_length=200)]
    next: Next
