"""Who is busy when. The database refuses two at once (gate 3); the refusal names only times."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.errors import Conflict
from app.models import (
    Booking,
    Conversation,
    CycleActivity,
    FeedbackConversation,
    Meeting,
    Observation,
)
from app.models.learning_cycles import ActivityWho

#: what takes people's time
Occasion = Meeting | Conversation | CycleActivity | Observation | FeedbackConversation


class DoubleBooked(Conflict):
    """One of the two is busy at that time. With what, and which of the two, stays theirs."""

    code, title = "double_booked", "One of you is busy then"
    next_step = "Choose another time, or leave out the days that `times` names."


async def book(
    session: AsyncSession,
    actor: Actor,
    occasions: Sequence[Occasion],
    source: str = "meeting",
    *,
    blocking: bool = True,
) -> None:
    """Take the time of the people it needs for what is scheduled, instead of what it took before.
    `source` says of which kind these are; what does not block may lie beside something else."""
    await release(session, actor, [row.id for row in occasions])
    # By person, so that two who book the same people wait for each other and do not lock up.
    wanted = sorted(
        (person_id, *_span(row), row.id) for row in occasions for person_id in people_of(row)
    )
    bookings = [
        Booking(
            district_id=actor.district_id,
            id=clock.new_id(),
            person_id=person_id,
            during=Range(starts, ends),
            source=source,
            source_id=source_id,
            blocking=blocking,
        )
        for person_id, starts, ends, source_id in wanted
    ]
    try:
        async with session.begin_nested():
            session.add_all(bookings)
            await session.flush()
    except IntegrityError as exc:
        if "ex_booking_one_place_at_a_time" not in str(exc.orig):
            raise
        times = await _clashes(session, actor, occasions)
        raise DoubleBooked(times=times) from exc


def people_of(row: Occasion) -> tuple[UUID, ...]:
    """Whose time it takes: of the two, unless it says otherwise. Of a visit that the teacher may
    not know of yet it takes the observer's alone: a refusal of that time would announce it."""
    if isinstance(row, Observation):
        known = row.announced or row.started_at is not None
        return (row.observer_id, row.teacher_id) if known else (row.observer_id,)
    if isinstance(row, CycleActivity):
        pair = {ActivityWho.TEACHER: row.teacher_id, ActivityWho.LEAD: row.lead_id}
        needed = pair.values() if row.who == ActivityWho.BOTH else [pair.get(ActivityWho(row.who))]
        return tuple(person for person in needed if person is not None)
    return row.teacher_id, row.lead_id


async def release(session: AsyncSession, actor: Actor, source_ids: Sequence[UUID]) -> None:
    """Give the time of these back."""
    await session.execute(
        delete(Booking).where(
            Booking.district_id == actor.district_id, Booking.source_id.in_(source_ids)
        )
    )


def _span(row: Occasion) -> tuple[datetime, datetime]:
    """From when to when it is."""
    assert row.starts_at is not None
    assert row.ends_at is not None
    return row.starts_at, row.ends_at


async def _clashes(
    session: AsyncSession, actor: Actor, occasions: Sequence[Occasion]
) -> list[dict[str, Any]]:
    """Which of these meet something else, by their days and times; at most ten."""
    people = {person for row in occasions for person in people_of(row)}
    spans = [_span(row) for row in occasions]
    taken = await session.execute(
        select(func.lower(Booking.during), func.upper(Booking.during)).where(
            Booking.district_id == actor.district_id,
            Booking.person_id.in_(people),
            Booking.blocking,
            Booking.during.op("&&")(
                func.tstzrange(min(starts for starts, _ in spans), max(ends for _, ends in spans))
            ),
        )
    )
    busy = list(taken)
    return [
        {"on": str(row.on), "at": row.at}
        for row, (begins, over) in zip(occasions, spans, strict=True)
        if any(begins < ends and over > starts for starts, ends in busy)
    ][:10]
