"""Who is busy when. The database refuses two at once (gate 3); the refusal names only times."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.errors import Conflict
from app.models import Booking, Meeting


class DoubleBooked(Conflict):
    """One of the two is busy at that time. With what, and which of the two, stays theirs."""

    code, title = "double_booked", "One of you is busy then"
    next_step = "Choose another time, or leave out the days that `times` names."


async def book(session: AsyncSession, actor: Actor, meetings: Sequence[Meeting]) -> None:
    """Take the time of both people for scheduled meetings, instead of what these took before."""
    await release(session, actor, [meeting.id for meeting in meetings])
    # By person, so that two who book the same people wait for each other and do not lock up.
    wanted = sorted(
        (person_id, meeting.starts_at, meeting.ends_at, meeting.id)
        for meeting in meetings
        for person_id in (meeting.teacher_id, meeting.lead_id)
    )
    bookings = [
        Booking(
            district_id=actor.district_id,
            id=clock.new_id(),
            person_id=person_id,
            during=Range(starts, ends),
            source="meeting",
            source_id=meeting_id,
        )
        for person_id, starts, ends, meeting_id in wanted
    ]
    try:
        async with session.begin_nested():
            session.add_all(bookings)
            await session.flush()
    except IntegrityError as exc:
        if "ex_booking_one_place_at_a_time" not in str(exc.orig):
            raise
        times = await _clashes(session, actor, meetings)
        raise DoubleBooked(times=times) from exc


async def release(session: AsyncSession, actor: Actor, meeting_ids: Sequence[UUID]) -> None:
    """Give the time of these meetings back."""
    await session.execute(
        delete(Booking).where(
            Booking.district_id == actor.district_id, Booking.source_id.in_(meeting_ids)
        )
    )


async def _clashes(
    session: AsyncSession, actor: Actor, meetings: Sequence[Meeting]
) -> list[dict[str, Any]]:
    """Which of these meetings meet something else, by their days and times; at most ten."""
    people = {person for row in meetings for person in (row.teacher_id, row.lead_id)}
    taken = await session.execute(
        select(func.lower(Booking.during), func.upper(Booking.during)).where(
            Booking.district_id == actor.district_id,
            Booking.person_id.in_(people),
            Booking.blocking,
            Booking.during.op("&&")(
                func.tstzrange(
                    min(row.starts_at for row in meetings), max(row.ends_at for row in meetings)
                )
            ),
        )
    )
    busy = list(taken)
    return [
        {"on": row.on.isoformat(), "at": row.at}
        for row in meetings
        if any(row.starts_at < ends and row.ends_at > starts for starts, ends in busy)
    ][:10]
