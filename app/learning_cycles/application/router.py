"""The application plan of a cycle, and how far its people are."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.learning_cycles.application import service
from app.learning_cycles.application.schemas import (
    ApplicationPlanChange,
    ApplicationPlanOut,
    CycleProgress,
    MemberProgress,
)
from app.learning_cycles.holding import read_cycle
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Application in a cycle"], route_class=UnitRoute)


@router.get("/learning-cycles/{cycle_id}/application-plan", responses=problems(404))
async def get_application_plan(
    session: Session, actor: CurrentActor, cycle_id: Id
) -> ApplicationPlanOut:
    """How the learning will be applied and how growth and impact will be seen, to those who see the
    cycle."""
    return ApplicationPlanOut.model_validate(await read_cycle(session, actor, cycle_id))


@router.patch(
    "/learning-cycles/{cycle_id}/application-plan",
    responses=problems(403, 404, 412, WrongState),
)
async def update_application_plan(
    session: Session,
    actor: CurrentActor,
    cycle_id: Id,
    version: IfMatch,
    body: ApplicationPlanChange,
) -> ApplicationPlanOut:
    """Plan the application, in the phases learning and application: the teacher or the lead; in a
    team its lead and members. It is a part of the cycle and counts in its version."""
    await service.change_plan(session, actor, cycle_id, version, body.changes())
    return await get_application_plan(session, actor, cycle_id)


@router.get("/learning-cycles/{cycle_id}/progress", responses=problems(403, 404))
async def get_cycle_progress(session: Session, actor: CurrentActor, cycle_id: Id) -> CycleProgress:
    """Who of the cycle has an adjustment, evidence of its use and a shared reflection, and none of
    their words: the teacher of a pair's cycle or each member of a team's, to those who work in it.
    School leaders who read a team's cycle do not."""
    rows = await service.progress(session, actor, cycle_id)
    return CycleProgress(items=[MemberProgress.model_validate(row) for row in rows])
