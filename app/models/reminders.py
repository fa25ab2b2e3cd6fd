"""Reminders: that something one promised is due. They are the reminded person's alone."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, RecordClass, one_of, refers


class ReminderKind(StrEnum):
    """What it says of the next step."""

    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


class Reminder(Base, InDistrict):
    """Somebody was reminded of a next step; once when it is due soon and once when it is late."""

    __tablename__ = "reminder"
    RECORD_CLASS = RecordClass.PRIVATE
    person_id: Mapped[UUID]
    step_id: Mapped[UUID]
    kind: Mapped[str]
    due_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: when an e-mail went out; empty where no mail is configured or wanted
    mailed_at: Mapped[datetime | None]
    __table_args__ = (
        refers("person", "person_id"),
        refers("next_step", "step_id"),
        one_of("kind", ReminderKind),
        # A step that is put off is reminded of anew.
        Index("uq_reminder", "district_id", "step_id", "person_id", "kind", "due_on", unique=True),
        Index("ix_reminder_person", "district_id", "person_id", "id"),
    )

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.person_id
