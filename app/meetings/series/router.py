"""Meeting series: the rhythm of a pair's 1:1s."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from app.core.errors import UnknownReference, WrongState
from app.core.types import Date, Id
from app.meetings.booking import DoubleBooked
from app.meetings.leading import TeacherLeads
from app.meetings.series import service
from app.meetings.series.schemas import (
    CadenceOut,
    MeetingSeriesChange,
    MeetingSeriesEnd,
    MeetingSeriesNew,
    MeetingSeriesOut,
    MeetingSeriesPage,
    MeetingSeriesResume,
    SeriesState,
)
from app.meetings.times import DaysReversed
from app.relationships.pair import CoachingNotActive, DatesDoNotFit
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(prefix="/meeting-series", tags=["Meetings"], route_class=UnitRoute)


@router.get("", responses=problems(400))
async def list_meeting_series(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    state: SeriesState | None = None,
) -> MeetingSeriesPage:
    """The caller's meeting series, as a teacher and as a lead, the oldest first."""
    rows, following = await service.list_series(
        session, actor, paging, teacher_id=teacher_id, state=state
    )
    items = [MeetingSeriesOut.model_validate(row) for row in rows]
    return MeetingSeriesPage(items=items, next=following)


@router.get("/{series_id}", responses=problems(404))
@replayable("/api/v1/meeting-series/{id}")
async def get_meeting_series(
    session: Session, actor: CurrentActor, series_id: Id
) -> MeetingSeriesOut:
    """One series: the teacher and their lead. Whoever began it keeps reading it for 90 days after
    the coaching ended."""
    return MeetingSeriesOut.model_validate(await service.read_series(session, actor, series_id))


@router.post(
    "",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        CoachingNotActive,
        DatesDoNotFit,
        DoubleBooked,
        TeacherLeads,
        service.CadenceUnexplained,
        service.SeriesExists,
    ),
)
async def create_meeting_series(
    session: Session, actor: CurrentActor, body: MeetingSeriesNew
) -> MeetingSeriesOut:
    """Begin a rhythm of 1:1s, weekly or every two weeks: the teacher or their lead. All its
    meetings are made at once, so the year is in the calendar; nobody is double-booked."""
    series_id = await service.create(session, actor, body.model_dump())
    return await get_meeting_series(session, actor, series_id)


@router.patch(
    "/{series_id}",
    responses=problems(403, 404, 412, WrongState, DatesDoNotFit, DoubleBooked, TeacherLeads),
)
async def update_meeting_series(
    session: Session,
    actor: CurrentActor,
    series_id: Id,
    version: IfMatch,
    body: MeetingSeriesChange,
) -> MeetingSeriesOut:
    """Change time, length, place or focus for the meetings to come, and leave days out: either of
    the two; who leads, the teacher. A meeting that was moved by hand stays where it is."""
    await service.change(session, actor, series_id, version, body.model_dump(exclude_unset=True))
    return await get_meeting_series(session, actor, series_id)


@router.post("/{series_id}/pause", responses=problems(403, 404, 412, WrongState))
async def pause_meeting_series(
    session: Session, actor: CurrentActor, series_id: Id, version: IfMatch
) -> MeetingSeriesOut:
    """Pause: the meetings to come are skipped, which does not count as missed. Either of the two.
    Open agenda items go on to the next meeting beside the series, if there is one."""
    await service.pause(session, actor, series_id, version)
    return await get_meeting_series(session, actor, series_id)


@router.post(
    "/{series_id}/resume",
    responses=problems(403, 404, 412, WrongState, DatesDoNotFit, DoubleBooked),
)
async def resume_meeting_series(
    session: Session,
    actor: CurrentActor,
    series_id: Id,
    version: IfMatch,
    body: Annotated[MeetingSeriesResume, Body(default_factory=MeetingSeriesResume)],
) -> MeetingSeriesOut:
    """Go on after a pause: what it skipped and is still to come is scheduled again, but for the
    days that the body, which may be absent, leaves out."""
    await service.resume(session, actor, series_id, version, body.model_dump())
    return await get_meeting_series(session, actor, series_id)


@router.post("/{series_id}/end", responses=problems(403, 404, 412, WrongState))
async def end_meeting_series(
    session: Session,
    actor: CurrentActor,
    series_id: Id,
    version: IfMatch,
    body: MeetingSeriesEnd,
) -> MeetingSeriesOut:
    """End a series with a reason. Its meetings to come are cancelled; open agenda items wait for
    the next meeting of the two."""
    await service.end(session, actor, series_id, version, body.reason)
    return await get_meeting_series(session, actor, series_id)


@router.get("/{series_id}/cadence", responses=problems(DaysReversed, 404))
async def get_meeting_series_cadence(
    session: Session,
    actor: CurrentActor,
    series_id: Id,
    first: Annotated[Date | None, Query(alias="from")] = None,
    last: Annotated[Date | None, Query(alias="to")] = None,
) -> CadenceOut:
    """How well the rhythm is kept: held ÷ (due less excluded), with every count. Skipped weeks, and
    days the school calendar has off, do not count, nor does what would have been due after the
    series or the coaching ended."""
    return CadenceOut.model_validate(await service.cadence(session, actor, series_id, first, last))
