"""What a pair opened to somebody else: a copy of one version of one record."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of, refers
from app.models.pairs import OfPair, of_pair


class SharedWith(StrEnum):
    """Whom a record is opened to: the school's leaders, by both; or the lead of today, by the
    teacher."""

    SCHOOL_LEADER = "school_leader"
    LEAD = "lead"


class SharedState(StrEnum):
    """Offered by one of the two, open once nobody's yes is missing, taken back by either."""

    OFFERED = "offered"
    OPEN = "open"
    TAKEN_BACK = "taken_back"


class SharedRecord(Base, OfPair):
    """One version of a pair record as others may read it. The copy goes when it is taken back."""

    __tablename__ = "shared_record"
    record_type: Mapped[str]
    record_id: Mapped[UUID]
    record_version: Mapped[int]
    content: Mapped[dict[str, Any] | None]
    shared_with: Mapped[str]
    #: the lead of today, when it is opened to them
    to_lead_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default=SharedState.OFFERED.value)
    teacher_yes_at: Mapped[datetime | None]
    lead_yes_at: Mapped[datetime | None]
    __table_args__ = (
        *of_pair(),
        refers("person", "to_lead_id"),
        one_of("shared_with", SharedWith),
        one_of("state", SharedState),
        CheckConstraint("(state = 'taken_back') = (content is null)", name="copy_goes"),
        CheckConstraint(
            "(shared_with = 'lead') = (to_lead_id is not null)", name="to_lead_or_leaders"
        ),
        Index("ix_shared_record_record", "district_id", "record_id", "id"),
        Index("ix_shared_record_teacher", "district_id", "teacher_id", "id"),
        Index("ix_shared_record_school", "district_id", "school_id", "id"),
        Index("ix_shared_record_lead", "district_id", "lead_id", "id"),
    )
