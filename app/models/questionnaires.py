"""Questionnaires: what a lead asks a teacher to get to know them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, RecordClass, one_of, refers
from app.models.pairs import OfPair, OfRelationship, of_pair, of_relationship


class QuestionnaireState(StrEnum):
    """domain.md §3."""

    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"


#: the teacher is writing
ANSWERABLE = (QuestionnaireState.ASSIGNED, QuestionnaireState.IN_PROGRESS)


class Questionnaire(Base, OfRelationship):
    """A template put before a teacher. What they write is not here."""

    __tablename__ = "questionnaire"
    template_id: Mapped[UUID]
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(default=QuestionnaireState.ASSIGNED.value)
    submitted_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    __table_args__ = (
        *of_relationship(),
        refers("template", "template_id"),
        one_of("state", QuestionnaireState),
        Index("ix_questionnaire_lead", "district_id", "lead_id", "id"),
        Index("ix_questionnaire_teacher", "district_id", "teacher_id", "id"),
        Index("ix_questionnaire_relationship", "district_id", "relationship_id"),
    )


class QuestionnaireDraft(Base, OfRelationship):
    """Answers as they are being written: the teacher's alone. Its id is the questionnaire's."""

    __tablename__ = "questionnaire_draft"
    RECORD_CLASS = RecordClass.PRIVATE
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (*of_relationship(), refers("questionnaire", "id"))


class QuestionnaireSubmission(Base, OfPair):
    """Answers as they were submitted; each submission stays."""

    __tablename__ = "questionnaire_submission"
    questionnaire_id: Mapped[UUID]
    template_id: Mapped[UUID]
    number: Mapped[int]
    answers: Mapped[dict[str, Any]]
    __table_args__ = (
        *of_pair(),
        refers("questionnaire", "questionnaire_id"),
        refers("template", "template_id"),
        Index(
            "uq_questionnaire_submission_number",
            "district_id",
            "questionnaire_id",
            "number",
            unique=True,
        ),
    )
