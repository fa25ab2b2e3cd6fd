"""Reading feedback: what is evaluative leaves a row that says who read it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.observations.access.service import note_reads


def noted(
    session: AsyncSession, actor: Actor, model: type[Any], rows: Iterable[Any], operation: str
) -> None:
    """Write down that the caller reads these rows of a view, as far as they are evaluative."""
    note_reads(session, actor, list(rows), operation, model.__tablename__)
