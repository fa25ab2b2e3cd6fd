"""Unfinished agenda items go on to the next meeting of the two (R8)."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.events import record
from app.models import ActionStep, AgendaItem, AgendaItemVersion, Meeting, touch
from app.models.meetings import COMING, AgendaState
from app.relationships.pair import same_pair


async def carry_over(session: AsyncSession, actor: Actor, teacher_id: UUID, lead_id: UUID) -> None:
    """Move what is open on meetings that are over to the next that is scheduled. Without one it
    waits where it is, and moves when the two make one. Nothing is lost to the most that an agenda
    takes: what is carried over goes beyond it. The two's rows are locked in order before."""
    await session.flush()
    waiting = list(
        await session.scalars(
            select(AgendaItem)
            .join(
                Meeting,
                (Meeting.district_id == AgendaItem.district_id)
                & (Meeting.id == AgendaItem.meeting_id),
            )
            .where(
                AgendaItem.district_id == actor.district_id,
                AgendaItem.teacher_id == teacher_id,
                AgendaItem.lead_id == lead_id,
                AgendaItem.state == AgendaState.OPEN.value,
                Meeting.state.not_in(COMING),
            )
            .order_by(Meeting.starts_at, AgendaItem.position)
            .with_for_update(of=AgendaItem)
        )
    )
    if not waiting:
        return
    meeting = await session.scalar(
        select(Meeting)
        .where(
            Meeting.district_id == actor.district_id,
            Meeting.teacher_id == teacher_id,
            Meeting.lead_id == lead_id,
            Meeting.state.in_(COMING),
            # not onto one that is past and that nobody closed yet
            Meeting.ends_at > clock.now(),
        )
        .order_by(Meeting.starts_at)
        .limit(1)
        .with_for_update()
    )
    if meeting is None:
        return
    for old in waiting:
        old.state = AgendaState.CARRIED_OVER.value
        touch(old)
        item = await add_item(session, meeting, old.author_id, old.text, carried_from_id=old.id)
        # the follow-up of an action step stands where its item does
        await session.execute(
            update(ActionStep)
            .where(
                ActionStep.district_id == actor.district_id,
                ActionStep.teacher_id == teacher_id,
                ActionStep.agenda_item_id == old.id,
            )
            .values(agenda_item_id=item.id)
        )
        record(session, actor, "agenda_item.carried_over", item)
    touch(meeting)


async def add_item(
    session: AsyncSession,
    meeting: Meeting,
    author_id: UUID,
    text: str,
    carried_from_id: UUID | None = None,
) -> AgendaItem:
    """Put an item on the agenda: the teacher's before the first open one of the lead's, the lead's
    at the end. The meeting's row is locked."""
    on_it = (AgendaItem.district_id == meeting.district_id, AgendaItem.meeting_id == meeting.id)
    is_open = AgendaItem.state == AgendaState.OPEN.value
    highest = select(func.max(AgendaItem.position)).where(*on_it)
    first = select(func.min(AgendaItem.position)).where(
        *on_it, is_open, AgendaItem.author_id != meeting.teacher_id
    )
    before = await session.scalar(first) if author_id == meeting.teacher_id else None
    position = before or (await session.scalar(highest) or 0) + 1
    if before:
        behind = await session.scalars(
            select(AgendaItem).where(
                AgendaItem.district_id == meeting.district_id,
                AgendaItem.meeting_id == meeting.id,
                AgendaItem.position >= position,
            )
        )
        for other in behind:
            other.position += 1
    item = AgendaItem(
        id=clock.new_id(),
        meeting_id=meeting.id,
        position=position,
        text=text,
        carried_from_id=carried_from_id,
        **same_pair(meeting, author_id),
    )
    session.add(item)
    await session.flush()
    await keep_text(session, item)
    return item


async def keep_text(session: AsyncSession, item: AgendaItem) -> None:
    """Write the present text into the item's history."""
    number = await session.scalar(
        select(func.count()).where(
            AgendaItemVersion.district_id == item.district_id, AgendaItemVersion.item_id == item.id
        )
    )
    session.add(
        AgendaItemVersion(
            district_id=item.district_id,
            item_id=item.id,
            number=(number or 0) + 1,
            author_id=item.author_id,
            text=item.text,
        )
    )
    await session.flush()
