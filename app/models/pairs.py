"""What every record of a teacher and the lead it was written with has."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.models.base import InDistrict, RecordClass, Versioned, refers


class OfPair(InDistrict, Versioned):
    """A record of a teacher and the lead it was written with; class pair."""

    RECORD_CLASS = RecordClass.PAIR
    school_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    author_id: Mapped[UUID]


class OfRelationship(OfPair):
    """The same for what hangs below nothing but the relationship itself."""

    relationship_id: Mapped[UUID]


_PAIR = (("school", "school_id"), ("person", "teacher_id"), ("person", "lead_id"))


def of_pair() -> tuple[Any, ...]:
    """The references that every record of a pair has."""
    return (*(refers(*names) for names in _PAIR), refers("person", "author_id"))


def of_relationship() -> tuple[Any, ...]:
    """The references of what hangs below the relationship."""
    return (*of_pair(), refers("coaching_relationship", "relationship_id"))
