"""Every read of an evaluative record is written down; the teacher sees who did (domain.md §2)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.models import AccessLog


def note_read(session: AsyncSession, actor: Actor, record: Any, operation: str) -> None:
    """Write that the caller read it, where it is evaluative and the teacher has it. What is still
    its author's alone is read by nobody else."""
    if record.evaluative and record.shared_at is not None:
        session.add(
            AccessLog(
                district_id=actor.district_id,
                reader_id=actor.id,
                teacher_id=record.teacher_id,
                school_id=record.school_id,
                record_type=type(record).__tablename__,
                record_id=record.id,
                operation=operation,
            )
        )
