"""The rules of meeting series: a steady rhythm, made ahead and never doubled."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.meetings.booking import book, release
from app.meetings.carrying import carry_over
from app.meetings.leading import check_leading
from app.meetings.locking import in_order, in_order_of
from app.meetings.times import check_days, span
from app.models import Meeting, MeetingSeries, SchoolYear, touch
from app.models.meetings import MeetingState, SeriesState, Skip
from app.people.schools.service import apply
from app.relationships.pair import DatesDoNotFit, day_off, owners, working_with, year_of

Page = tuple[list[Any], str | None]
#: what cadence counts
_COUNTS = (
    "due",
    "held",
    "excluded",
    "excluded_afterwards",
    "missed",
    "cancelled",
    "unanswered",
)
#: what a change of the series says of its meetings, too
_OF_MEETINGS = ("led_by", "focus", "place")


class CadenceUnexplained(Conflict):
    """A 1:1 is weekly or every two weeks; another cadence carries a reason (gate 3)."""

    code, title = "cadence_unexplained", "Say why this cadence"
    next_step = "Send `cadence_reason`, or every_weeks 1 or 2."


class SeriesExists(Conflict):
    """The two have a rhythm already; a second would double every week."""

    code, title = "series_exists", "There is a series already"
    next_step = "Change the series there is, or end it first."


async def list_series(session: AsyncSession, actor: Actor, paging: Paging, **filters: Any) -> Page:
    """The series of the caller, as a teacher or as a lead."""
    statement = view(actor, Action.SERIES_READ, MeetingSeries).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[MeetingSeries.id])


async def read_series(session: AsyncSession, actor: Actor, series_id: UUID) -> Any:
    """One series."""
    statement = view(actor, Action.SERIES_READ, MeetingSeries)
    return await read_one(session, actor, statement, MeetingSeries, series_id)


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Begin a rhythm: the teacher or their lead. Its meetings are made at once, to the last day;
    days that the calendar has off, and those the caller names, are skipped with the reason."""
    relationship = await working_with(
        session, actor, Action.SERIES_CREATE, fields.pop("teacher_id", None)
    )
    year, school_zone = await year_of(session, actor.district_id, relationship.id)
    check_leading(actor, relationship.teacher_id, fields)
    exceptions = _exceptions(fields)
    fields["zone"] = fields.get("zone") or school_zone
    fields["last_on"] = fields.get("last_on") or year.last_day
    if fields["every_weeks"] > 2 and not fields.get("cadence_reason"):
        raise CadenceUnexplained
    earliest = max(year.first_day, clock.today(fields["zone"]))
    if not earliest <= fields["first_on"] <= fields["last_on"] <= year.last_day:
        raise DatesDoNotFit(
            "A series begins today at the earliest and lies in the school year.",
            first=earliest.isoformat(),
            last=year.last_day.isoformat(),
        )
    days = _days(fields["first_on"], fields["last_on"], fields["every_weeks"])
    _on_days_of(exceptions, days)
    await in_order(session, actor, relationship.teacher_id, relationship.lead_id)
    series = MeetingSeries(
        id=clock.new_id(),
        school_year_id=year.id,
        **owners(relationship, actor.id),
        **fields,
    )
    try:
        async with session.begin_nested():
            session.add(series)
            await session.flush()
    except IntegrityError as exc:
        if "uq_meeting_series_pair" in str(exc.orig):
            raise SeriesExists from exc
        raise
    meetings = []
    for due in days:
        skip = exceptions.get(due) or day_off(year.days, due)
        meetings.append(_meeting(series, actor, due, skip))
    session.add_all(meetings)
    await session.flush()
    await book(session, actor, [row for row in meetings if row.skip is None])
    await carry_over(session, actor, series.teacher_id, series.lead_id)
    record(session, actor, "meeting_series.created", series)
    return series.id


def _exceptions(fields: dict[str, Any]) -> dict[date, str]:
    """The days without a meeting that a body names, and why; each once."""
    given = fields.pop("exceptions", [])
    named = {entry["on"]: entry["skip"] for entry in given}
    if len(named) != len(given):
        raise DatesDoNotFit("A day stands twice among the exceptions.")
    return named


def _on_days_of(exceptions: dict[date, str], days: list[date]) -> None:
    if not exceptions.keys() <= set(days):
        raise DatesDoNotFit(
            "An exception names a day on which the series has no meeting.",
            first=min(days).isoformat() if days else None,
            last=max(days).isoformat() if days else None,
        )


def _days(first: date, last: date, every_weeks: int) -> list[date]:
    count = (last - first).days // (7 * every_weeks) + 1
    return [first + timedelta(weeks=every_weeks * number) for number in range(count)]


def _meeting(series: MeetingSeries, actor: Actor, due: date, skip: str | None) -> Meeting:
    return Meeting(
        district_id=series.district_id,
        id=clock.new_id(),
        school_id=series.school_id,
        relationship_id=series.relationship_id,
        teacher_id=series.teacher_id,
        lead_id=series.lead_id,
        author_id=actor.id,
        series_id=series.id,
        due_on=due,
        led_by=series.led_by,
        focus=series.focus,
        place=series.place,
        state=(MeetingState.SKIPPED if skip else MeetingState.SCHEDULED).value,
        skip=skip,
        **span(due, series.at, series.zone, series.minutes),
    )


async def change(
    session: AsyncSession, actor: Actor, series_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change time, length, zone, place, focus or who leads: either of the two. The meetings to
    come follow, but for those that were moved by hand; days the caller names are left out."""
    exceptions = _exceptions(fields)
    series = await _acting(session, actor, Action.SERIES_EDIT, series_id, version)
    check_leading(actor, series.teacher_id, fields, series.led_by)
    apply(series, fields)
    coming = await _coming(session, series)
    kept = await _leave_out(session, actor, coming, exceptions)
    if exceptions and not fields:
        touch(series)
    retimed = bool({"at", "zone", "minutes"} & fields.keys())
    following = [row for row in kept if not row.moved]
    for row in following:
        when = span(row.due_on, series.at, series.zone, series.minutes) if retimed else {}
        apply(row, when | {name: fields[name] for name in _OF_MEETINGS if name in fields})
    if retimed:
        await session.flush()
        await book(session, actor, following)
    if exceptions:
        await carry_over(session, actor, series.teacher_id, series.lead_id)
    changed = [*fields, "exceptions"] if exceptions else fields
    record(session, actor, "meeting_series.changed", series, changed)


async def _leave_out(
    session: AsyncSession,
    actor: Actor,
    coming: list[Meeting],
    exceptions: dict[date, str],
) -> list[Meeting]:
    """Skip the meetings of the days that the caller names and give their time back; the others."""
    _on_days_of(exceptions, [row.due_on for row in coming])
    left_out = [row for row in coming if row.due_on in exceptions]
    for row in left_out:
        why = {"skip": exceptions[row.due_on], "skipped_at": clock.now()}
        apply(row, {"state": MeetingState.SKIPPED.value, **why})
    await session.flush()
    await release(session, actor, [row.id for row in left_out])
    return [row for row in coming if row.due_on not in exceptions]


async def pause(session: AsyncSession, actor: Actor, series_id: UUID, version: int) -> None:
    """Pause: the meetings to come are skipped and their time is free. Either of the two. What
    stands on their agendas goes on to a meeting beside the series, or waits where it is."""
    series = await _acting(session, actor, Action.SERIES_PAUSE, series_id, version)
    apply(series, {"state": SeriesState.PAUSED.value})
    skipped = {"state": MeetingState.SKIPPED.value, "skip": Skip.SERIES_PAUSED.value}
    rows = await _coming(session, series)
    for row in rows:
        apply(row, skipped)
    await release(session, actor, [row.id for row in rows])
    await carry_over(session, actor, series.teacher_id, series.lead_id)
    record(session, actor, "meeting_series.paused", series, ("state",))


async def resume(
    session: AsyncSession, actor: Actor, series_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Go on: the meetings that the pause skipped and that are still to come are back, but for the
    days the caller names."""
    exceptions = _exceptions(fields)
    series = await _acting(session, actor, Action.SERIES_RESUME, series_id, version)
    apply(series, {"state": SeriesState.ACTIVE.value})
    coming = await _coming(session, series, MeetingState.SKIPPED, Skip.SERIES_PAUSED)
    rows = await _leave_out(session, actor, coming, exceptions)
    for row in rows:
        apply(row, {"state": MeetingState.SCHEDULED.value, "skip": None})
    await session.flush()
    if rows:
        await book(session, actor, rows)
    await carry_over(session, actor, series.teacher_id, series.lead_id)
    record(session, actor, "meeting_series.resumed", series, ("state",))


async def end(
    session: AsyncSession, actor: Actor, series_id: UUID, version: int, reason: str
) -> None:
    """End: the meetings to come are cancelled. What stands on their agendas waits for the next
    meeting of the two."""
    series = await _acting(session, actor, Action.SERIES_END, series_id, version)
    fields = {
        "state": SeriesState.ENDED.value,
        "end_reason": reason,
        "ended_at": clock.now(),
        "review_due": False,
    }
    apply(series, fields)
    rows = await _coming(session, series)
    for row in rows:
        apply(row, {"state": MeetingState.CANCELLED.value, "reason": reason})
    await release(session, actor, [row.id for row in rows])
    await carry_over(session, actor, series.teacher_id, series.lead_id)
    record(session, actor, "meeting_series.ended", series, ("state", "end_reason"))


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, series_id: UUID, version: int
) -> MeetingSeries:
    await in_order_of(session, actor, Action.SERIES_READ, MeetingSeries, series_id)
    return await acting(
        session, actor, action, MeetingSeries, series_id, version, read=Action.SERIES_READ
    )


async def _coming(
    session: AsyncSession,
    series: MeetingSeries,
    state: MeetingState = MeetingState.SCHEDULED,
    skip: Skip | None = None,
) -> list[Meeting]:
    """The meetings of the series that are to come, in this state, locked."""
    found = await session.scalars(
        select(Meeting)
        .where(
            Meeting.district_id == series.district_id,
            Meeting.series_id == series.id,
            Meeting.state == state.value,
            Meeting.skip.is_not_distinct_from(skip.value if skip else None),
            Meeting.starts_at > clock.now(),
        )
        .order_by(Meeting.id)
        .with_for_update()
    )
    return list(found)


async def cadence(
    session: AsyncSession, actor: Actor, series_id: UUID, first: date | None, last: date | None
) -> dict[str, Any]:
    """held ÷ (due less excluded) between two days, with every count, to the series' readers. A
    day of the series is due once it is past, or when its meeting was held; what would have been
    due after the series ended is not."""
    check_days(first, last)
    series = await read_series(session, actor, series_id)
    today = clock.today(series.zone)
    over_at = series.ended_at
    until = today if over_at is None else min(today, clock.day_of(over_at, series.zone))
    first, last = first or series.first_on, min(last or until, until)
    days = await session.scalar(
        select(SchoolYear.days).where(
            SchoolYear.district_id == actor.district_id, SchoolYear.id == series.school_year_id
        )
    )
    held_by_then = and_(Meeting.state == MeetingState.COMPLETED.value, Meeting.on <= last)
    rows = await session.execute(
        select(
            Meeting.due_on,
            Meeting.on,
            Meeting.zone,
            Meeting.starts_at,
            Meeting.state,
            Meeting.skipped_at,
        ).where(
            Meeting.district_id == actor.district_id,
            Meeting.series_id == series_id,
            Meeting.due_on >= first,
            or_(Meeting.due_on <= last, held_by_then),
        )
    )
    counts = dict.fromkeys(_COUNTS, 0)
    for row in rows:
        held = row.state == MeetingState.COMPLETED
        called_off = over_at is not None and row.starts_at > over_at
        if not held and (row.due_on >= today or called_off):
            continue
        counts["due"] += 1
        if held:
            counts["held"] += 1
        elif row.state == MeetingState.SKIPPED or day_off(days or [], row.due_on):
            counts["excluded"] += 1
            late = row.skipped_at and clock.day_of(row.skipped_at, row.zone) > row.on
            counts["excluded_afterwards"] += bool(late)
        elif row.state in (MeetingState.MISSED, MeetingState.CANCELLED):
            counts[row.state] += 1
        else:
            counts["unanswered"] += 1
    expected = counts["due"] - counts["excluded"]
    kept = counts["held"] / expected if expected else None
    return {"from": first, "to": last, **counts, "kept": kept}
