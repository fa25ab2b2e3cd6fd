"""The rules of calendar entries: moved, left out, or done, by the record or by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.calendar import records
from app.calendar.service import act_on, read_calendar
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.models import CalendarEntry, CoachingCalendar, School, SchoolYear
from app.models.calendar import BY_HAND, CalendarState, EntryState
from app.people.schools.service import apply
from app.relationships.pair import DatesDoNotFit, same_pair

Page = tuple[list[Any], str | None]
MOST = 120


class CalendarEnded(Conflict):
    """The entries of a calendar that is out of use stay as they are."""

    code, title = "calendar_ended", "The calendar is not in use"
    next_step = "Work on the calendar that the two use now: GET /coaching-calendars?state=active."


class CalendarFull(Conflict):
    """A calendar holds 120 entries, three a week of a school year."""

    code, title = "calendar_full", "The calendar is full"
    next_step = "Move or rename an entry that is there, or begin another calendar."


class ReadOffRecords(Conflict):
    """Of everything but team time the program has a record, and the record says when it is done."""

    code, title = "read_off_records", "Its record says when it is done"
    next_step = "Complete the 1:1, the visit, the activity or the reflection itself, or skip this."


class EntryToCome(Conflict):
    """What is still to come is not done."""

    code, title = "entry_to_come", "Its day has not come"
    next_step = "Move it when it took place earlier, and then finish it."


#: a date passes at midnight in the school's zone (domain.md §5), wherever the caller is
_TODAY = (
    select(cast(func.timezone(School.zone, bindparam("now", type_=DateTime(timezone=True))), Date))
    .where(School.district_id == CalendarEntry.district_id, School.id == CalendarEntry.school_id)
    .correlate(CalendarEntry)
    .scalar_subquery()
    .label("today")
)


async def list_entries(
    session: AsyncSession, actor: Actor, calendar_id: UUID, paging: Paging
) -> Page:
    """The entries of a calendar by their days, to those who read it."""
    await read_calendar(session, actor, calendar_id)
    statement = view(actor, Action.CALENDAR_ENTRY_READ, CalendarEntry, _TODAY).where(
        CalendarEntry.calendar_id == calendar_id
    )
    by = [CalendarEntry.on, CalendarEntry.id]
    rows, following = await page(
        session, actor, statement, paging, by=by, params={"now": clock.now()}
    )
    return await _told(session, actor, calendar_id, rows), following


async def read_entry(session: AsyncSession, actor: Actor, entry_id: UUID) -> dict[str, Any]:
    """One entry."""
    statement = view(actor, Action.CALENDAR_ENTRY_READ, CalendarEntry, _TODAY)
    params = {"now": clock.now()}
    row = await read_one(session, actor, statement, CalendarEntry, entry_id, params)
    return (await _told(session, actor, row.calendar_id, [row]))[0]


async def _told(
    session: AsyncSession, actor: Actor, calendar_id: UUID, rows: Sequence[Any]
) -> list[dict[str, Any]]:
    """Entries as they are answered: done where a record that the caller may read says so."""
    _, done = await records.read(session, actor, CalendarEntry.calendar_id == calendar_id)
    return [
        {
            **row._mapping,
            "state": EntryState.DONE.value if row.id in done else row.state,
            "done_by": done.get(row.id),
            "overdue": row.state == EntryState.PLANNED.value
            and row.id not in done
            and row.until_on < row.today,
        }
        for row in rows
    ]


async def add(
    session: AsyncSession, actor: Actor, calendar_id: UUID, fields: dict[str, Any]
) -> UUID:
    """Put one more on a calendar in use: either of the two."""
    calendar = await act_on(session, actor, Action.CALENDAR_ADD_ENTRY, calendar_id)
    days = {"on": fields.pop("on"), "until_on": fields.pop("until_on")}
    days["until_on"] = days["until_on"] or days["on"]
    await _check(session, calendar, **days)
    there = await session.scalar(
        select(func.count()).where(
            CalendarEntry.district_id == calendar.district_id,
            CalendarEntry.calendar_id == calendar.id,
        )
    )
    if (there or 0) >= MOST:
        raise CalendarFull
    entry = CalendarEntry(
        id=clock.new_id(),
        calendar_id=calendar.id,
        **same_pair(calendar, actor.id),
        **fields,
        **days,
    )
    session.add(entry)
    await session.flush()
    record(session, actor, "calendar_entry.added", entry)
    return entry.id


async def _check(
    session: AsyncSession, calendar: CoachingCalendar, on: date, until_on: date
) -> None:
    """Its days are in order and lie in the school year (409)."""
    year = await session.get_one(SchoolYear, (calendar.district_id, calendar.school_year_id))
    if not year.first_day <= on <= until_on <= year.last_day:
        raise DatesDoNotFit(
            "An entry has its first day, then its last, both in the school year.",
            first=year.first_day.isoformat(),
            last=year.last_day.isoformat(),
        )


async def change(
    session: AsyncSession, actor: Actor, entry_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Move it or give it another title: either of the two, while it is planned."""
    entry, calendar = await _acting(session, actor, Action.CALENDAR_ENTRY_EDIT, entry_id, version)
    if {"on", "until_on"} & fields.keys():
        on, until_on = (fields.get(name, getattr(entry, name)) for name in ("on", "until_on"))
        await _check(session, calendar, on, until_on)
    apply(entry, fields)
    record(session, actor, "calendar_entry.changed", entry, fields)


async def skip(
    session: AsyncSession, actor: Actor, entry_id: UUID, version: int, reason: str
) -> None:
    """Leave it out, with the reason: either of the two. A record in its days then counts for
    another entry."""
    fields = {"state": EntryState.SKIPPED.value, "reason": reason}
    await _move(
        session,
        actor,
        Action.CALENDAR_ENTRY_SKIP,
        entry_id,
        version,
        fields,
        "calendar_entry.skipped",
    )


async def plan(session: AsyncSession, actor: Actor, entry_id: UUID, version: int) -> None:
    """Plan anew what was left out, or was said to be done: either of the two."""
    fields = {"state": EntryState.PLANNED.value, "reason": None}
    await _move(
        session,
        actor,
        Action.CALENDAR_ENTRY_PLAN,
        entry_id,
        version,
        fields,
        "calendar_entry.planned",
    )


async def finish(session: AsyncSession, actor: Actor, entry_id: UUID, version: int) -> None:
    """Say that it is done, where no record says so: either of the two."""
    entry, _ = await _acting(session, actor, Action.CALENDAR_ENTRY_FINISH, entry_id, version)
    if entry.kind not in BY_HAND:
        raise ReadOffRecords
    zone = await session.scalar(
        select(School.zone).where(
            School.district_id == entry.district_id, School.id == entry.school_id
        )
    )
    if entry.on > clock.today(zone or actor.zone):
        raise EntryToCome
    fields = {"state": EntryState.DONE.value}
    apply(entry, fields)
    record(session, actor, "calendar_entry.finished", entry, fields)


async def _move(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    entry_id: UUID,
    version: int,
    fields: dict[str, Any],
    event: str,
) -> None:
    entry, _ = await _acting(session, actor, action, entry_id, version)
    apply(entry, fields)
    record(session, actor, event, entry, fields)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, entry_id: UUID, version: int
) -> tuple[CalendarEntry, CoachingCalendar]:
    """The entry about to change and its calendar, both locked: nothing changes in one that is
    out of use."""
    entry = await acting(
        session, actor, action, CalendarEntry, entry_id, version, read=Action.CALENDAR_ENTRY_READ
    )
    calendar = await session.scalar(
        select(CoachingCalendar)
        .where(
            CoachingCalendar.district_id == entry.district_id,
            CoachingCalendar.id == entry.calendar_id,
        )
        .with_for_update(read=True)
    )
    assert calendar is not None
    if calendar.state != CalendarState.ACTIVE.value:
        raise CalendarEnded
    return entry, calendar
