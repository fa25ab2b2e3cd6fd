"""Reading feedback: what is evaluative leaves a row that says who read it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.observations.access.service import note_read


async def noted(
    session: AsyncSession, actor: Actor, model: type[Any], rows: Iterable[Any], operation: str
) -> None:
    """Write down that the caller reads these rows of a view, as far as they are evaluative."""
    for row in rows:
        if row.evaluative:
            whose = ("id", "district_id", "teacher_id", "school_id", "evaluative", "shared_at")
            known = {"district_id": actor.district_id, **row._mapping}
            record = model(**{name: known[name] for name in whose})
            await note_read(session, actor, record, operation)
