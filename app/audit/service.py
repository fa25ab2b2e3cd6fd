"""Reading the audit: which events somebody may see is policy; here are the filters."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import view
from app.core.paging import Paging, page
from app.models import Event


async def list_events(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    **filters: Any,
) -> tuple[list[Any], str | None]:
    """The events the caller may see, the newest first; `filters` are columns and the value to keep
    to, `since` is included and `until` is not."""
    statement = view(actor, Action.EVENT_READ, Event).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if since is not None:
        statement = statement.where(Event.at >= since)
    if until is not None:
        statement = statement.where(Event.at < until)
    return await page(session, actor, statement, paging, by=[Event.id], descending=True)
