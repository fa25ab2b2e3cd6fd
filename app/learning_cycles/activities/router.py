"""Learning activities of a cycle."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.learning_cycles.activities import service
from app.learning_cycles.activities.schemas import (
    CycleActivityChange,
    CycleActivityDrop,
    CycleActivityFinish,
    CycleActivityNew,
    CycleActivityOut,
    CycleActivityPage,
    State,
)
from app.learning_cycles.holding import DayInFuture
from app.learning_cycles.vocabularies.service import UnknownTerm
from app.meetings.booking import DoubleBooked
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Learning in a cycle"], route_class=UnitRoute)
_RULES = (
    UnknownTerm,
    service.WhoDoesNotFit,
    service.TimeIncomplete,
    DoubleBooked,
)


@router.get("/learning-cycles/{cycle_id}/activities", responses=problems(400, 404))
async def list_cycle_activities(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    cycle_id: Id,
    state: State | None = None,
) -> CycleActivityPage:
    """The learning activities of a cycle, as they were added: the two of a pair's cycle; of a
    team's, the team and its school's leaders."""
    rows, following = await service.list_activities(session, actor, cycle_id, paging, state)
    items = [CycleActivityOut.model_validate(row) for row in rows]
    return CycleActivityPage(items=items, next=following)


@router.get("/cycle-activities/{activity_id}", responses=problems(404))
@replayable("/api/v1/cycle-activities/{id}")
async def get_cycle_activity(
    session: Session, actor: CurrentActor, activity_id: Id
) -> CycleActivityOut:
    """One learning activity, to those who see its cycle."""
    return CycleActivityOut.model_validate(await service.read_activity(session, actor, activity_id))


@router.post(
    "/learning-cycles/{cycle_id}/activities",
    status_code=201,
    responses=problems(403, 404, WrongState, *_RULES),
)
async def create_cycle_activity(
    session: Session, actor: CurrentActor, cycle_id: Id, body: CycleActivityNew
) -> CycleActivityOut:
    """Plan a way to learn, in the phases learning and application: the teacher or the lead; in a
    team its lead and members. With a time it takes the time of who does it in a pair's cycle, and
    is refused where one of them is busy."""
    made = await service.add(session, actor, cycle_id, body.model_dump())
    return await get_cycle_activity(session, actor, made)


@router.patch(
    "/cycle-activities/{activity_id}", responses=problems(403, 404, 412, WrongState, *_RULES)
)
async def update_cycle_activity(
    session: Session,
    actor: CurrentActor,
    activity_id: Id,
    version: IfMatch,
    body: CycleActivityChange,
) -> CycleActivityOut:
    """Plan it otherwise, as long as it is neither done nor left out. Whoever may plan one."""
    await service.change(session, actor, activity_id, version, body.changes())
    return await get_cycle_activity(session, actor, activity_id)


@router.post(
    "/cycle-activities/{activity_id}/finish",
    responses=problems(403, 404, 412, WrongState, DayInFuture),
)
async def finish_cycle_activity(
    session: Session,
    actor: CurrentActor,
    activity_id: Id,
    version: IfMatch,
    body: CycleActivityFinish,
) -> CycleActivityOut:
    """Say that it was done, on which day (today where none is sent) and what you take away."""
    await service.finish(session, actor, activity_id, version, body.changes())
    return await get_cycle_activity(session, actor, activity_id)


@router.post("/cycle-activities/{activity_id}/drop", responses=problems(403, 404, 412, WrongState))
async def drop_cycle_activity(
    session: Session,
    actor: CurrentActor,
    activity_id: Id,
    version: IfMatch,
    body: CycleActivityDrop,
) -> CycleActivityOut:
    """Leave it out, with the reason. A time that it took is free again."""
    await service.drop(session, actor, activity_id, version, body.reason)
    return await get_cycle_activity(session, actor, activity_id)


@router.post(
    "/cycle-activities/{activity_id}/reopen",
    responses=problems(403, 404, 412, WrongState, DoubleBooked),
)
async def reopen_cycle_activity(
    session: Session, actor: CurrentActor, activity_id: Id, version: IfMatch
) -> CycleActivityOut:
    """Plan once more what was done or left out. A takeaway stays; a time is taken again, and that
    is refused where one of you is busy by now."""
    await service.reopen(session, actor, activity_id, version)
    return await get_cycle_activity(session, actor, activity_id)
