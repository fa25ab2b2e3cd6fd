"""The rules of coaching calendars: made from a template's weeks, one at a time for a pair (R11)."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.calendar.weeks import notes, place
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import CalendarEntry, CoachingCalendar, LearningCycle, SchoolYear
from app.models.calendar import CalendarState
from app.models.templates import TemplateKind
from app.people.schools.service import apply
from app.relationships.pair import DatesDoNotFit, owners, same_pair, working_with, year_of
from app.templates.service import usable

Page = tuple[list[Any], str | None]
_MOST_NOTES = 20


class CalendarDoesNotFit(Conflict):
    """A coaching calendar ends with the school year, and nothing of it is left out unsaid."""

    code, title = "calendar_does_not_fit", "The weeks do not fit the school year"
    next_step = "Begin earlier, or use a shorter template; `missing` names what would be left out."


class CalendarBegun(Conflict):
    """The other of the two began a calendar at the same moment."""

    code, title = "calendar_begun", "The other of you has just begun one"
    next_step = "Look at it with GET /coaching-calendars?state=active; a new one would end it."


_of_year = (
    select(SchoolYear.days)
    .where(
        SchoolYear.district_id == CoachingCalendar.district_id,
        SchoolYear.id == CoachingCalendar.school_year_id,
    )
    .correlate(CoachingCalendar)
    .scalar_subquery()
    .label("days")
)
_until = (
    select(func.max(CalendarEntry.until_on))
    .where(
        CalendarEntry.district_id == CoachingCalendar.district_id,
        CalendarEntry.calendar_id == CoachingCalendar.id,
    )
    .correlate(CoachingCalendar)
    .scalar_subquery()
    .label("until_on")
)
#: columns of a view beside the table's own
BESIDE = (_of_year, _until)


def told(row: Any) -> dict[str, Any]:
    """A calendar as it is answered: with its weeks of tests and its weeks off."""
    until = row.until_on or row.starts_on
    return {**row._mapping, "warnings": notes(row.days, row.starts_on, until)[:_MOST_NOTES]}


async def list_calendars(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """The calendars the caller may read; `filters` are columns and the value to keep to."""
    statement = view(actor, Action.CALENDAR_READ, CoachingCalendar, *BESIDE).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    rows, following = await page(session, actor, statement, paging, by=[CoachingCalendar.id])
    return [told(row) for row in rows], following


async def read_calendar(session: AsyncSession, actor: Actor, calendar_id: UUID) -> dict[str, Any]:
    """One calendar."""
    statement = view(actor, Action.CALENDAR_READ, CoachingCalendar, *BESIDE)
    return told(await read_one(session, actor, statement, CoachingCalendar, calendar_id))


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Lay a cycle out in weeks: the teacher or their lead. The calendar they had ends."""
    relationship = await working_with(
        session, actor, Action.CALENDAR_CREATE, fields.pop("teacher_id", None)
    )
    template = await usable(session, actor, TemplateKind.COACHING_CALENDAR, fields["template_id"])
    await _check_cycle(session, actor, relationship, fields["cycle_id"])
    year, _ = await year_of(session, actor.district_id, relationship.id)
    if not year.first_day <= fields["starts_on"] <= year.last_day:
        raise DatesDoNotFit(
            "A coaching calendar begins in the school year of the coaching.",
            first=year.first_day.isoformat(),
            last=year.last_day.isoformat(),
        )
    placed, beyond = place(template.entries, year, fields["starts_on"])
    if beyond:
        over = f"would reach beyond {year.last_day}, the last day of the school year"
        raise CalendarDoesNotFit(
            missing=[
                {"code": entry["kind"], "message": f"{entry['title']}: {over}."}
                for entry in beyond[:50]
            ]
        )
    await _end_present(session, actor, relationship)
    calendar = CoachingCalendar(
        id=clock.new_id(),
        school_year_id=year.id,
        **owners(relationship, actor.id),
        **{**fields, "title": fields["title"] or template.title},
    )
    try:
        async with session.begin_nested():
            session.add(calendar)
            await session.flush()
    except IntegrityError as exc:
        if "uq_coaching_calendar_active" in str(exc.orig):
            raise CalendarBegun from exc
        raise
    session.add_all(
        CalendarEntry(
            id=clock.new_id(), calendar_id=calendar.id, **same_pair(calendar, actor.id), **entry
        )
        for entry in placed
    )
    await session.flush()
    record(session, actor, "coaching_calendar.created", calendar)
    return calendar.id


async def _check_cycle(
    session: AsyncSession, actor: Actor, relationship: Any, cycle_id: UUID | None
) -> None:
    """The cycle is one of the two, as far as the caller sees it."""
    if cycle_id is None:
        return
    found = await session.scalar(
        visible(actor, Action.CYCLE_READ, LearningCycle).where(
            LearningCycle.id == cycle_id,
            LearningCycle.teacher_id == relationship.teacher_id,
            LearningCycle.lead_id == relationship.lead_id,
        ),
        actor.binds,
    )
    if found is None:
        raise UnknownReference("You two have no such learning cycle.", field="cycle_id")


async def _end_present(session: AsyncSession, actor: Actor, relationship: Any) -> None:
    """A pair has one calendar in use: a new one ends the last."""
    present = await session.scalars(
        select(CoachingCalendar)
        .where(
            CoachingCalendar.district_id == relationship.district_id,
            CoachingCalendar.relationship_id == relationship.id,
            CoachingCalendar.state == CalendarState.ACTIVE.value,
        )
        .with_for_update()
    )
    for row in present:
        _end(session, actor, row)
    await session.flush()


async def change(
    session: AsyncSession, actor: Actor, calendar_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Give it another title: either of the two, while it is in use."""
    calendar = await act_on(session, actor, Action.CALENDAR_EDIT, calendar_id, version)
    apply(calendar, fields)
    record(session, actor, "coaching_calendar.changed", calendar, fields)


async def end(session: AsyncSession, actor: Actor, calendar_id: UUID, version: int) -> None:
    """Put it out of use; what it says stays. Either of the two."""
    _end(session, actor, await act_on(session, actor, Action.CALENDAR_END, calendar_id, version))


def _end(session: AsyncSession, actor: Actor, calendar: CoachingCalendar) -> None:
    fields = {"state": CalendarState.ENDED.value}
    apply(calendar, fields)
    record(session, actor, "coaching_calendar.ended", calendar, fields)


async def act_on(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    calendar_id: UUID,
    version: int | None = None,
) -> CoachingCalendar:
    """The calendar that is about to change, or to get an entry."""
    return await acting(
        session, actor, action, CoachingCalendar, calendar_id, version, read=Action.CALENDAR_READ
    )
