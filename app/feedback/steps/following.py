"""The follow-up of an action step puts itself on an agenda of the two, once, and goes off it when
the step is over.

The rows of the two are locked in the order that meetings keep (`app.meetings.locking`): their
relationship, their series, their meetings, then the step, then its agenda item.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.events import record
from app.meetings.carrying import add_item
from app.meetings.locking import in_order
from app.models import ActionStep, AgendaItem, CoachingRelationship, Meeting, touch
from app.models.feedback import IN_HAND
from app.models.meetings import AgendaState, MeetingState
from app.models.relationships import RelationshipState

_LINK = CoachingRelationship


async def present_pair(session: AsyncSession, actor: Actor, teacher_id: UUID) -> Any:
    """The teacher's active, primary relationship, or None. An end or a pause of it waits for what
    is done in it now."""
    return await session.scalar(
        select(_LINK)
        .where(
            _LINK.district_id == actor.district_id,
            _LINK.teacher_id == teacher_id,
            _LINK.primary,
            _LINK.state == RelationshipState.ACTIVE.value,
        )
        .with_for_update(read=True)
    )


async def follow(session: AsyncSession, actor: Actor, step: ActionStep, lead_id: UUID) -> None:
    """Put the follow-up onto the first scheduled meeting of the teacher and this lead on or after
    its day. Without one it is on no agenda, and waits for `follow_up`. Who proposed the step is the
    item's author; of a step that followed the teacher, the teacher."""
    meeting = None
    if step.state in IN_HAND and step.follow_up_on is not None:
        meeting = await session.scalar(
            select(Meeting)
            .where(
                Meeting.district_id == step.district_id,
                Meeting.teacher_id == step.teacher_id,
                Meeting.lead_id == lead_id,
                *_fits(step.follow_up_on),
            )
            .order_by(Meeting.starts_at, Meeting.id)
            .limit(1)
            .with_for_update()
        )
    item = await _open_item(session, step)
    if item is not None and meeting is not None and item.meeting_id == meeting.id:
        return
    if item is not None:
        _drop(session, actor, item)
    step.agenda_item_id = None
    if meeting is None:
        return
    author_id = step.author_id if step.author_id == lead_id else step.teacher_id
    placed = await add_item(session, meeting, author_id, f"Follow-up on action step: {step.text}")
    step.agenda_item_id = placed.id
    record(session, actor, "agenda_item.added", placed)


async def take_off(session: AsyncSession, actor: Actor, step: ActionStep) -> None:
    """The step is over: nobody comes back to it. Where it was talked about stays."""
    item = await _open_item(session, step)
    if item is not None:
        _drop(session, actor, item)


async def follow_up(session: AsyncSession, actor: Actor) -> int:
    """Put what waits for a meeting onto one that was made meanwhile; how many there were. The
    operator's own act, done every hour. Of two who do it at once the second waits at the rows of
    the pair and then finds nothing that waits, so each is put once."""
    link = _LINK
    fits = exists().where(
        Meeting.district_id == ActionStep.district_id,
        Meeting.teacher_id == ActionStep.teacher_id,
        Meeting.lead_id == link.lead_id,
        *_fits(ActionStep.follow_up_on),
    )
    teachers = await session.scalars(
        select(ActionStep.teacher_id)
        .join(
            link,
            (link.district_id == ActionStep.district_id)
            & (link.teacher_id == ActionStep.teacher_id)
            & link.primary
            & (link.state == RelationshipState.ACTIVE.value),
        )
        .where(ActionStep.district_id == actor.district_id, *_WAITS, fits)
        .distinct()
        .order_by(ActionStep.teacher_id)
    )
    placed = 0
    for teacher_id in list(teachers):
        pair = await present_pair(session, actor, teacher_id)
        if pair is None:
            continue
        await in_order(session, actor, teacher_id, pair.lead_id)
        waiting = await session.scalars(
            select(ActionStep)
            .where(
                ActionStep.district_id == actor.district_id,
                ActionStep.teacher_id == teacher_id,
                *_WAITS,
            )
            .order_by(ActionStep.id)
            .with_for_update()
        )
        for step in list(waiting):
            await follow(session, actor, step, pair.lead_id)
            placed += step.agenda_item_id is not None
    return placed


_WAITS: tuple[ColumnElement[bool], ...] = (
    ActionStep.state.in_(IN_HAND),
    ActionStep.follow_up_on.is_not(None),
    ActionStep.agenda_item_id.is_(None),
)


def _fits(day: Any) -> tuple[ColumnElement[bool], ...]:
    """A meeting that is to come, on the day or after."""
    return (
        Meeting.state == MeetingState.SCHEDULED.value,
        Meeting.on >= day,
        Meeting.ends_at > clock.now(),
    )


async def _open_item(session: AsyncSession, step: ActionStep) -> AgendaItem | None:
    if step.agenda_item_id is None:
        return None
    item: AgendaItem | None = await session.scalar(
        select(AgendaItem)
        .where(
            AgendaItem.district_id == step.district_id,
            AgendaItem.id == step.agenda_item_id,
            AgendaItem.state == AgendaState.OPEN.value,
        )
        .with_for_update()
    )
    return item


def _drop(session: AsyncSession, actor: Actor, item: AgendaItem) -> None:
    item.state = AgendaState.DROPPED.value
    touch(item)
    record(session, actor, "agenda_item.dropped", item, ("state",))
