"""The rules of the agenda: the teacher's items first and theirs to order; nothing is lost."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.meetings import service as meetings
from app.meetings.carrying import add_item, keep_text
from app.models import AgendaItem, AgendaItemVersion, Meeting, touch
from app.models.meetings import AgendaState, MeetingState
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]
#: more than two people can talk about
MOST = 100


class AgendaFull(Conflict):
    """Each of the two has at most a hundred open items of their own on one agenda. What is carried
    over from an earlier meeting is not refused, and counts."""

    code, title = "agenda_full", "You have a hundred open items on this agenda"
    next_step = "Drop some of yours, or write this one down for another meeting."


class MeetingNotOn(Conflict):
    """An item is talked about while its meeting is on: neither of the two ticks it off before."""

    code, title = "meeting_not_on", "The meeting is not on"
    next_step = "Start the meeting first; an item that is no longer wanted is dropped."


async def list_items(session: AsyncSession, actor: Actor, meeting_id: UUID, paging: Paging) -> Page:
    """The agenda of a meeting the caller reads, in its order."""
    await meetings.read_meeting(session, actor, meeting_id)
    statement = view(actor, Action.AGENDA_READ, AgendaItem).where(
        AgendaItem.meeting_id == meeting_id
    )
    return await page(session, actor, statement, paging, by=[AgendaItem.position, AgendaItem.id])


async def read_item(session: AsyncSession, actor: Actor, item_id: UUID) -> Any:
    """One item."""
    statement = view(actor, Action.AGENDA_READ, AgendaItem)
    return await read_one(session, actor, statement, AgendaItem, item_id)


async def list_texts(session: AsyncSession, actor: Actor, item_id: UUID, paging: Paging) -> Page:
    """Every text of an item the caller reads."""
    await read_item(session, actor, item_id)
    kept = AgendaItemVersion
    statement: Any = select(kept.number, kept.author_id, kept.text, kept.at).where(
        kept.district_id == actor.district_id, kept.item_id == item_id
    )
    return await page(session, actor, statement, paging, by=[kept.number, kept.id])


async def add(session: AsyncSession, actor: Actor, meeting_id: UUID, text: str) -> UUID:
    """Put something on the agenda: either of the two. The teacher's come before the lead's."""
    meeting = await acting(
        session, actor, Action.MEETING_ADD_ITEM, Meeting, meeting_id, read=Action.MEETING_READ
    )
    count = await session.scalar(
        select(func.count()).where(
            AgendaItem.district_id == actor.district_id,
            AgendaItem.meeting_id == meeting_id,
            AgendaItem.author_id == actor.id,
            AgendaItem.state == AgendaState.OPEN.value,
        )
    )
    if (count or 0) >= MOST:
        raise AgendaFull
    item = await add_item(session, meeting, actor.id, text)
    record(session, actor, "agenda_item.added", item)
    return item.id


async def change(
    session: AsyncSession, actor: Actor, item_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Other words: their author alone. The words before are kept."""
    item = await _acting(session, actor, Action.AGENDA_EDIT, item_id, version)
    apply(item, fields)
    if fields:
        await keep_text(session, item)
    record(session, actor, "agenda_item.changed", item, fields)


async def move(
    session: AsyncSession, actor: Actor, item_id: UUID, version: int, position: int
) -> None:
    """Give an item another place: the teacher alone, whoever wrote it."""
    seen = await read_item(session, actor, item_id)
    # The meeting's row is the lock of its order, and is taken before any item: two who sort at
    # the same moment wait for each other instead of locking up.
    await session.execute(
        select(Meeting.id)
        .where(Meeting.district_id == actor.district_id, Meeting.id == seen.meeting_id)
        .with_for_update()
    )
    item = await _acting(session, actor, Action.AGENDA_MOVE, item_id, version)
    rows = list(
        await session.scalars(
            select(AgendaItem)
            .where(
                AgendaItem.district_id == actor.district_id,
                AgendaItem.meeting_id == item.meeting_id,
                AgendaItem.id != item.id,
            )
            .order_by(AgendaItem.position, AgendaItem.id)
        )
    )
    rows.insert(min(position, len(rows) + 1) - 1, item)
    for number, row in enumerate(rows, 1):
        row.position = number
    record(session, actor, "agenda_item.moved", item, ("position",))


async def discuss(session: AsyncSession, actor: Actor, item_id: UUID, version: int) -> None:
    """It was talked about, while its meeting is on: either of the two."""
    item = await _acting(session, actor, Action.AGENDA_DISCUSS, item_id, version)
    state = await session.scalar(
        select(Meeting.state).where(
            Meeting.district_id == actor.district_id, Meeting.id == item.meeting_id
        )
    )
    if state != MeetingState.IN_PROGRESS:
        raise MeetingNotOn
    _close(session, actor, item, AgendaState.DISCUSSED)


async def drop(session: AsyncSession, actor: Actor, item_id: UUID, version: int) -> None:
    """It is no longer wanted: the teacher any item, the lead their own."""
    item = await _acting(session, actor, Action.AGENDA_DROP, item_id, version)
    _close(session, actor, item, AgendaState.DROPPED)


def _close(session: AsyncSession, actor: Actor, item: AgendaItem, state: AgendaState) -> None:
    item.state = state.value
    touch(item)
    record(session, actor, f"agenda_item.{state}", item, ("state",))


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, item_id: UUID, version: int
) -> AgendaItem:
    return await acting(
        session, actor, action, AgendaItem, item_id, version, read=Action.AGENDA_READ
    )
