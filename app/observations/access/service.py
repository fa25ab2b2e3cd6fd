"""That somebody read an evaluative record is written down; the teacher sees who did."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.models import AccessLog


async def note_read(session: AsyncSession, actor: Actor, record: Any, operation: str) -> None:
    """Write that the caller reads this record by this operation. What is not evaluative, or not
    shared yet, leaves nothing."""
    if not record.evaluative or record.shared_at is None:
        return
    session.add(
        AccessLog(
            district_id=actor.district_id,
            id=clock.new_id(),
            reader_id=actor.id,
            teacher_id=record.teacher_id,
            school_id=record.school_id,
            record_type=record.__tablename__,
            record_id=record.id,
            operation=operation,
        )
    )
