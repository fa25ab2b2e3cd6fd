"""The audit and the change feed: written by `record()` alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, RecordClass, one_of


class Event(Base, InDistrict):
    """Who did what to which object, when: ids and names of changed fields, never text."""

    __tablename__ = "event"
    at: Mapped[datetime] = mapped_column(default=clock.now)
    action: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    #: the actor stood in for a lead the teacher does not have
    standing_in: Mapped[bool] = mapped_column(default=False)
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    subject_version: Mapped[int | None]
    school_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    record_class: Mapped[str]
    changed: Mapped[list[Any]] = mapped_column(default=list)
    request_id: Mapped[str | None]
    __table_args__ = (
        one_of("record_class", RecordClass),
        Index("ix_event_subject", "district_id", "subject_id", "id"),
        Index("ix_event_owner", "district_id", "owner_id", "id"),
        Index("ix_event_actor", "district_id", "actor_id", "id"),
        Index("ix_event_school", "district_id", "school_id", "id"),
    )


class FeedEntry(Base):
    """That an object changed, for integrations.

    Ordered by (transaction, position): a transaction that began earlier may commit later, so a
    reader that trusted the sequence alone would step over its rows. Readers stay below the oldest
    transaction still running.
    """

    __tablename__ = "feed_entry"
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    transaction: Mapped[int] = mapped_column(
        BigInteger,
        primary_key=True,
        server_default=text("(pg_current_xact_id()::text::bigint)"),
    )
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    type: Mapped[str]
    object_id: Mapped[UUID]
    object_version: Mapped[int]
    __table_args__ = (
        Index("ix_feed_entry_age", "at"),
        #: which change of an object is its last
        Index("ix_feed_entry_object", "district_id", "object_id", "transaction", "position"),
    )
