"""1:1 meetings of a teacher and their lead."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.errors import UnknownReference, WrongState
from app.core.types import Date, Id
from app.meetings import activity, service
from app.meetings.agenda.router import router as agenda
from app.meetings.booking import DoubleBooked
from app.meetings.conversations.router import router as conversations
from app.meetings.feedback.router import router as feedback
from app.meetings.leading import TeacherLeads
from app.meetings.reminders.router import router as reminders
from app.meetings.schemas import (
    ActivityKind,
    ActivityOut,
    ActivityPage,
    ActivityState,
    MeetingCancel,
    MeetingChange,
    MeetingComplete,
    MeetingNew,
    MeetingOut,
    MeetingPage,
    MeetingSkip,
    MeetingState,
)
from app.meetings.series.router import router as series
from app.meetings.steps.router import router as steps
from app.meetings.times import DaysReversed
from app.relationships.pair import CoachingNotActive, DatesDoNotFit
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Meetings"], route_class=UnitRoute)
routers = (series, router, agenda, steps, reminders, feedback, conversations)

From = Annotated[Date | None, Query(alias="from", description="First day")]
To = Annotated[Date | None, Query(alias="to", description="Last day")]
ToToday = Annotated[
    Date | None,
    Query(alias="to", description="Last day; absent, today, or none when `from` is later"),
]


@router.get("/meetings", responses=problems(400, DaysReversed))
async def list_meetings(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    first: From = None,
    last: To = None,
    teacher_id: Id | None = None,
    series_id: Id | None = None,
    state: MeetingState | None = None,
) -> MeetingPage:
    """The caller's 1:1s, as a teacher and as a lead, in the order of their times."""
    rows, following = await service.list_meetings(
        session,
        actor,
        paging,
        first,
        last,
        teacher_id=teacher_id,
        series_id=series_id,
        state=state,
    )
    return MeetingPage(items=[MeetingOut.model_validate(row) for row in rows], next=following)


@router.get("/meetings/{meeting_id}", responses=problems(404))
@replayable("/api/v1/meetings/{id}")
async def get_meeting(session: Session, actor: CurrentActor, meeting_id: Id) -> MeetingOut:
    """One 1:1: the teacher and their lead."""
    return MeetingOut.model_validate(await service.read_meeting(session, actor, meeting_id))


@router.post(
    "/meetings",
    status_code=201,
    responses=problems(
        403, UnknownReference, CoachingNotActive, DatesDoNotFit, DoubleBooked, TeacherLeads
    ),
)
async def create_meeting(session: Session, actor: CurrentActor, body: MeetingNew) -> MeetingOut:
    """A 1:1 beside the series: the teacher or their lead. Open agenda items of meetings that are
    over move onto it."""
    meeting_id = await service.create(session, actor, body.model_dump())
    return await get_meeting(session, actor, meeting_id)


@router.patch(
    "/meetings/{meeting_id}",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        DatesDoNotFit,
        DoubleBooked,
        TeacherLeads,
        service.MoveUnexplained,
    ),
)
async def update_meeting(
    session: Session,
    actor: CurrentActor,
    meeting_id: Id,
    version: IfMatch,
    body: MeetingChange,
) -> MeetingOut:
    """Move a 1:1, with a reason, or change its focus or place: either of the two. That the lead
    leads it is the teacher's to say."""
    await service.change(session, actor, meeting_id, version, body.changes())
    return await get_meeting(session, actor, meeting_id)


@router.post(
    "/meetings/{meeting_id}/start", responses=problems(403, 404, 412, WrongState, service.NotYet)
)
async def start_meeting(
    session: Session, actor: CurrentActor, meeting_id: Id, version: IfMatch
) -> MeetingOut:
    """Begin a 1:1, on its own day at the earliest; next steps can be written from now on. Either
    of the two."""
    await service.start(session, actor, meeting_id, version)
    return await get_meeting(session, actor, meeting_id)


@router.post(
    "/meetings/{meeting_id}/complete",
    responses=problems(403, 404, 412, WrongState, service.NextStepsMissing),
)
async def complete_meeting(
    session: Session,
    actor: CurrentActor,
    meeting_id: Id,
    version: IfMatch,
    body: MeetingComplete,
) -> MeetingOut:
    """Close a 1:1 with its next steps, or with the word that there are none. Items that were not
    discussed go on to the next meeting."""
    await service.complete(session, actor, meeting_id, version, no_next_steps=body.no_next_steps)
    return await get_meeting(session, actor, meeting_id)


@router.post("/meetings/{meeting_id}/cancel", responses=problems(403, 404, 412, WrongState))
async def cancel_meeting(
    session: Session,
    actor: CurrentActor,
    meeting_id: Id,
    version: IfMatch,
    body: MeetingCancel,
) -> MeetingOut:
    """Call a 1:1 off, with the reason. It stays due; `skip` is for weeks that could have none."""
    await service.cancel(session, actor, meeting_id, version, body.reason)
    return await get_meeting(session, actor, meeting_id)


@router.post("/meetings/{meeting_id}/skip", responses=problems(403, 404, 412, WrongState))
async def skip_meeting(
    session: Session,
    actor: CurrentActor,
    meeting_id: Id,
    version: IfMatch,
    body: MeetingSkip,
) -> MeetingOut:
    """Leave a week out for leave, testing or a holiday; it does not count as missed. It can be said
    after the day, too; cadence counts that apart."""
    await service.skip(session, actor, meeting_id, version, **body.model_dump())
    return await get_meeting(session, actor, meeting_id)


@router.post(
    "/meetings/{meeting_id}/miss", responses=problems(403, 404, 412, WrongState, service.NotYet)
)
async def miss_meeting(
    session: Session, actor: CurrentActor, meeting_id: Id, version: IfMatch
) -> MeetingOut:
    """Say that a 1:1 did not happen, once its time has come. Either of the two."""
    await service.miss(session, actor, meeting_id, version)
    return await get_meeting(session, actor, meeting_id)


@router.get("/activity", responses=problems(400, DaysReversed))
async def list_activity(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    first: From = None,
    last: ToToday = None,
    teacher_id: Id | None = None,
    lead_id: Id | None = None,
    observer_id: Id | None = None,
    kind: ActivityKind | None = None,
    state: ActivityState | None = None,
) -> ActivityPage:
    """That coaching happens, 1:1s, conversations, feedback, the learning activities of a pair and
    observations together, the latest first: kind, day, state, people and minutes, never a text.
    Leaders of the school of the teacher, and the two themselves; an observation that was not
    announced the teacher sees from its beginning on. To today, unless `to` asks for what is
    planned."""
    rows, following = await activity.list_activity(
        session,
        actor,
        paging,
        first,
        last,
        kind,
        teacher_id=teacher_id,
        lead_id=lead_id,
        observer_id=observer_id,
        state=state,
    )
    return ActivityPage(items=[ActivityOut.model_validate(row) for row in rows], next=following)
