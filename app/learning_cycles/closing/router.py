"""Concluding a cycle, and closing it."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.goals.revisions.service import RevisionOpen, SloSubmitted
from app.learning_cycles.closing import service
from app.learning_cycles.closing.schemas import CycleConclusion
from app.learning_cycles.cycles.router import get_learning_cycle
from app.learning_cycles.cycles.schemas import LearningCycleOut
from app.learning_cycles.gates import CycleGate
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Learning cycles"], route_class=UnitRoute)


@router.post(
    "/learning-cycles/{cycle_id}/conclude",
    responses=problems(403, 404, 412, WrongState, service.GoalGoesOn, service.GoalNotToClose),
)
async def conclude_learning_cycle(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch, body: CycleConclusion
) -> LearningCycleOut:
    """Say how far the goal was met, what shows it, and what comes next: either of the two, or the
    team's lead. It counts as your yes; the other of the two agrees by closing the cycle, or
    concludes it differently, and then you are asked."""
    await service.conclude(session, actor, cycle_id, version, body.model_dump())
    return await get_learning_cycle(session, actor, cycle_id)


@router.post(
    "/learning-cycles/{cycle_id}/close",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        CycleGate,
        service.ConclusionWaits,
        service.GoalNotToClose,
        RevisionOpen,
        SloSubmitted,
    ),
)
async def close_learning_cycle(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch
) -> LearningCycleOut:
    """Agree to the conclusion that the other of the two wrote, which closes the cycle; a team's
    lead closes what they concluded. Where it says so, the goal closes with the same outcome at the
    same moment; if the goal cannot be closed, nothing is."""
    await service.close(session, actor, cycle_id, version)
    return await get_learning_cycle(session, actor, cycle_id)
