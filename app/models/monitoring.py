"""What a closing rests on."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, InDistrict, RecordClass, refers


class ClosingEvidence(Base, InDistrict):
    """That a closing of a goal names a progress entry or a piece of evidence. Who reads those
    reads this; it has no readers of its own."""

    __tablename__ = "closing_evidence"
    RECORD_CLASS = RecordClass.PAIR
    revision_id: Mapped[UUID]
    #: the order in which it was named
    position: Mapped[int] = mapped_column(default=0)
    comment_id: Mapped[UUID | None]
    progress_id: Mapped[UUID | None]
    __table_args__ = (
        refers("goal_revision", "revision_id"),
        refers("goal_comment", "comment_id"),
        refers("goal_progress", "progress_id"),
        CheckConstraint("(comment_id is null) <> (progress_id is null)", name="one_of_two"),
        Index(
            "uq_closing_evidence",
            "district_id",
            "revision_id",
            "comment_id",
            "progress_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_closing_evidence_comment", "district_id", "comment_id"),
        Index("ix_closing_evidence_progress", "district_id", "progress_id"),
    )
