"""Outreach: the welcome that a lead writes to a teacher."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, RecordClass, one_of, refers
from app.models.pairs import OfRelationship, of_relationship


class OutreachState(StrEnum):
    """domain.md §3."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    HANDED_OVER = "handed_over"


#: the teacher has it; before, it is its author's alone
REACHED = (OutreachState.SENT, OutreachState.HANDED_OVER)


class OutreachMessage(Base, OfRelationship):
    """A welcome card or e-mail. With placeholders until it is sent; from then on what the teacher
    got."""

    __tablename__ = "outreach_message"
    template_id: Mapped[UUID | None]
    subject: Mapped[str]
    text: Mapped[str]
    #: what the template's fields ask for, by their keys
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default=OutreachState.DRAFT.value)
    #: when it is to be sent, or was asked to
    send_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    handed_over_on: Mapped[date | None]
    #: why the mail server would not take it: a code of ours, never the server's words
    failure: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    #: digest of the addresses it was sent to and is answered to, when its lead asked to send it
    addresses: Mapped[bytes | None]
    __table_args__ = (
        *of_relationship(),
        refers("template", "template_id"),
        one_of("state", OutreachState),
        CheckConstraint("(state = 'sent') = (sent_at is not null)", name="sent_when"),
        CheckConstraint(
            "(state = 'handed_over') = (handed_over_on is not null)", name="handed_over_when"
        ),
        Index("ix_outreach_message_lead", "district_id", "lead_id", "id"),
        Index("ix_outreach_message_teacher", "district_id", "teacher_id", "state", "id"),
        Index("ix_outreach_message_relationship", "district_id", "relationship_id"),
    )

    @property
    def class_now(self) -> RecordClass:
        """A welcome that was not sent is nobody's but its author's."""
        return RecordClass.PAIR if self.state in REACHED else RecordClass.PRIVATE

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.teacher_id if self.state in REACHED else None
