"""What stands on a coaching calendar: 1:1s, visits, team time, learning, reflection."""

from fastapi import APIRouter

from app.calendar.entries import service
from app.calendar.entries.schemas import (
    CalendarEntryChange,
    CalendarEntryNew,
    CalendarEntryOut,
    CalendarEntryPage,
    CalendarEntrySkip,
)
from app.core.errors import WrongState
from app.core.types import Id
from app.relationships.pair import DatesDoNotFit
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Coaching calendars"], route_class=UnitRoute)


@router.get("/coaching-calendars/{calendar_id}/entries", responses=problems(400, 404))
async def list_calendar_entries(
    session: Session, actor: CurrentActor, calendar_id: Id, paging: Paging
) -> CalendarEntryPage:
    """What stands on a coaching calendar by its days, and whether it is done. Those who read the
    calendar; only records that the caller may read count."""
    rows, following = await service.list_entries(session, actor, calendar_id, paging)
    return CalendarEntryPage(
        items=[CalendarEntryOut.model_validate(row) for row in rows], next=following
    )


@router.get("/calendar-entries/{calendar_entry_id}", responses=problems(404))
@replayable("/api/v1/calendar-entries/{id}")
async def get_calendar_entry(
    session: Session, actor: CurrentActor, calendar_entry_id: Id
) -> CalendarEntryOut:
    """One entry: the teacher and the lead of the calendar."""
    return CalendarEntryOut.model_validate(
        await service.read_entry(session, actor, calendar_entry_id)
    )


@router.post(
    "/coaching-calendars/{calendar_id}/entries",
    status_code=201,
    responses=problems(403, 404, WrongState, DatesDoNotFit, service.CalendarFull),
)
async def create_calendar_entry(
    session: Session, actor: CurrentActor, calendar_id: Id, body: CalendarEntryNew
) -> CalendarEntryOut:
    """Put one more thing on a calendar in use. Either of the two."""
    entry_id = await service.add(session, actor, calendar_id, body.model_dump())
    return await get_calendar_entry(session, actor, entry_id)


@router.patch(
    "/calendar-entries/{calendar_entry_id}",
    responses=problems(403, 404, 412, WrongState, DatesDoNotFit, service.CalendarEnded),
)
async def update_calendar_entry(
    session: Session,
    actor: CurrentActor,
    calendar_entry_id: Id,
    version: IfMatch,
    body: CalendarEntryChange,
) -> CalendarEntryOut:
    """Move an entry, or give it another title. Either of the two, while it is planned."""
    await service.change(session, actor, calendar_entry_id, version, body.changes())
    return await get_calendar_entry(session, actor, calendar_entry_id)


@router.post(
    "/calendar-entries/{calendar_entry_id}/skip",
    responses=problems(403, 404, 412, WrongState, service.CalendarEnded),
)
async def skip_calendar_entry(
    session: Session,
    actor: CurrentActor,
    calendar_entry_id: Id,
    version: IfMatch,
    body: CalendarEntrySkip,
) -> CalendarEntryOut:
    """Leave an entry out, with the reason. Either of the two."""
    await service.skip(session, actor, calendar_entry_id, version, body.reason)
    return await get_calendar_entry(session, actor, calendar_entry_id)


@router.post(
    "/calendar-entries/{calendar_entry_id}/plan",
    responses=problems(403, 404, 412, WrongState, service.CalendarEnded),
)
async def plan_calendar_entry(
    session: Session, actor: CurrentActor, calendar_entry_id: Id, version: IfMatch
) -> CalendarEntryOut:
    """Plan anew what was left out, or was said to be done. Either of the two."""
    await service.plan(session, actor, calendar_entry_id, version)
    return await get_calendar_entry(session, actor, calendar_entry_id)


@router.post(
    "/calendar-entries/{calendar_entry_id}/finish",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        service.CalendarEnded,
        service.ReadOffRecords,
        service.EntryToCome,
    ),
)
async def finish_calendar_entry(
    session: Session, actor: CurrentActor, calendar_entry_id: Id, version: IfMatch
) -> CalendarEntryOut:
    """Say that team time took place; of everything else the record itself says when it is done.
    Either of the two."""
    await service.finish(session, actor, calendar_entry_id, version)
    return await get_calendar_entry(session, actor, calendar_entry_id)
