"""Coaching calendars: a teacher's coaching cycle laid out in weeks, from a template (R11)."""

from fastapi import APIRouter

from app.calendar import focus, service
from app.calendar.entries.router import router as entries
from app.calendar.schemas import (
    CalendarState,
    CoachingCalendarChange,
    CoachingCalendarNew,
    CoachingCalendarOut,
    CoachingCalendarPage,
    SuggestedFocusOut,
)
from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.relationships.pair import CoachingNotActive, DatesDoNotFit
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Coaching calendars"], route_class=UnitRoute)
routers: tuple[APIRouter, ...] = (router, entries)


@router.get("/coaching-calendars", responses=problems(400))
async def list_coaching_calendars(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    state: CalendarState | None = None,
) -> CoachingCalendarPage:
    """The caller's coaching calendars, as a teacher and as a lead, the oldest first."""
    rows, following = await service.list_calendars(
        session, actor, paging, teacher_id=teacher_id, state=state
    )
    return CoachingCalendarPage(
        items=[CoachingCalendarOut.model_validate(row) for row in rows], next=following
    )


@router.get("/coaching-calendars/{calendar_id}", responses=problems(404))
@replayable("/api/v1/coaching-calendars/{id}")
async def get_coaching_calendar(
    session: Session, actor: CurrentActor, calendar_id: Id
) -> CoachingCalendarOut:
    """One coaching calendar: the teacher and the lead it was made with."""
    return CoachingCalendarOut.model_validate(
        await service.read_calendar(session, actor, calendar_id)
    )


@router.post(
    "/coaching-calendars",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        CoachingNotActive,
        DatesDoNotFit,
        TemplateNotUsable,
        service.CalendarDoesNotFit,
        service.CalendarBegun,
    ),
)
async def create_coaching_calendar(
    session: Session, actor: CurrentActor, body: CoachingCalendarNew
) -> CoachingCalendarOut:
    """Lay a coaching cycle out in weeks from a template: the teacher or their lead. Week 1 is the
    week of `starts_on`, a week is Monday to Friday; a week that the school calendar has wholly off
    is no week, so what follows moves back. What would reach beyond the school year is refused and
    named. The calendar that the two had ends."""
    calendar_id = await service.create(session, actor, body.model_dump())
    return await get_coaching_calendar(session, actor, calendar_id)


@router.patch("/coaching-calendars/{calendar_id}", responses=problems(403, 404, 412, WrongState))
async def update_coaching_calendar(
    session: Session,
    actor: CurrentActor,
    calendar_id: Id,
    version: IfMatch,
    body: CoachingCalendarChange,
) -> CoachingCalendarOut:
    """Give it another title. Either of the two, while it is in use."""
    await service.change(session, actor, calendar_id, version, body.changes())
    return await get_coaching_calendar(session, actor, calendar_id)


@router.post("/coaching-calendars/{calendar_id}/end", responses=problems(403, 404, 412, WrongState))
async def end_coaching_calendar(
    session: Session, actor: CurrentActor, calendar_id: Id, version: IfMatch
) -> CoachingCalendarOut:
    """Put a calendar out of use; what it says stays. Either of the two."""
    await service.end(session, actor, calendar_id, version)
    return await get_coaching_calendar(session, actor, calendar_id)


@router.get("/meetings/{meeting_id}/suggested-focus", responses=problems(404))
async def get_suggested_focus(
    session: Session, actor: CurrentActor, meeting_id: Id
) -> SuggestedFocusOut:
    """What this 1:1 could be about, by the phase of the learning cycle that the two have open. It
    changes nothing: a person sets the focus. Those who read the meeting."""
    return SuggestedFocusOut.model_validate(await focus.for_meeting(session, actor, meeting_id))
