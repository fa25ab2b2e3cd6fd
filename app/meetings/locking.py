"""In which order the rows of two people are locked, so that both act at the same moment and neither
locks the other up: their series first, then their meetings, then what stands on these.

Each is taken by its id, which never changes; the time of a meeting does, and two who sort by it can
see different orders.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.models import AgendaItem, Meeting, MeetingSeries
from app.models.meetings import COMING, AgendaState, SeriesState


async def in_order(session: AsyncSession, actor: Actor, teacher_id: UUID, lead_id: UUID) -> None:
    """Lock the series of the two that are not over, and the meetings that an agenda can move from
    or to. Before any other row of theirs is locked."""
    await session.execute(
        select(MeetingSeries.id)
        .where(
            MeetingSeries.district_id == actor.district_id,
            MeetingSeries.teacher_id == teacher_id,
            MeetingSeries.lead_id == lead_id,
            MeetingSeries.state != SeriesState.ENDED.value,
        )
        .order_by(MeetingSeries.id)
        .with_for_update()
    )
    waiting = exists().where(
        AgendaItem.district_id == Meeting.district_id,
        AgendaItem.meeting_id == Meeting.id,
        AgendaItem.state == AgendaState.OPEN.value,
    )
    await session.execute(
        select(Meeting.id)
        .where(
            Meeting.district_id == actor.district_id,
            Meeting.teacher_id == teacher_id,
            Meeting.lead_id == lead_id,
            or_(Meeting.state.in_(COMING), waiting),
        )
        .order_by(Meeting.id)
        .with_for_update()
    )


async def in_order_of(
    session: AsyncSession, actor: Actor, read: Action, model: Any, row_id: UUID
) -> None:
    """The same for the two whose series or meeting this is, if the caller reads it."""
    pair = (
        await session.execute(
            visible(actor, read, model)
            .where(model.id == row_id)
            .with_only_columns(model.teacher_id, model.lead_id),
            actor.binds,
        )
    ).first()
    if pair is not None:
        await in_order(session, actor, pair.teacher_id, pair.lead_id)
