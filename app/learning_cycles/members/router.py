"""The members of a team's cycle, and what is waived for them."""

from fastapi import APIRouter

from app.core.types import Id
from app.learning_cycles.cycles.router import get_learning_cycle
from app.learning_cycles.cycles.schemas import LearningCycleOut
from app.learning_cycles.members import service
from app.learning_cycles.members.schemas import CycleMemberOut, CycleMemberPage, CycleWaiver
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Learning cycles"], route_class=UnitRoute)


@router.get("/learning-cycles/{team_cycle_id}/members", responses=problems(400, 404))
async def list_cycle_members(
    session: Session, actor: CurrentActor, team_cycle_id: Id, paging: Paging
) -> CycleMemberPage:
    """The members of a team's cycle. The team's lead reads all of them, a member their own place,
    others who read the cycle none."""
    rows, following = await service.list_members(session, actor, team_cycle_id, paging)
    items = [CycleMemberOut.model_validate(row) for row in rows]
    return CycleMemberPage(items=items, next=following)


@router.post(
    "/learning-cycles/{team_cycle_id}/members",
    responses=problems(403, 404, 412, service.CycleIsOver),
)
async def take_in_cycle_members(
    session: Session, actor: CurrentActor, team_cycle_id: Id, version: IfMatch
) -> LearningCycleOut:
    """Take in who joined the team since its cycle began: the team's lead. Its members of that day
    were taken in when it began; whoever led the team and is a member of it is one of them."""
    await service.take_in_missing(session, actor, team_cycle_id, version)
    return await get_learning_cycle(session, actor, team_cycle_id)


@router.get("/cycle-members/{cycle_member_id}", responses=problems(404))
@replayable("/api/v1/cycle-members/{id}")
async def get_cycle_member(
    session: Session, actor: CurrentActor, cycle_member_id: Id
) -> CycleMemberOut:
    """One member's place in a cycle: the team's lead, and the member."""
    return CycleMemberOut.model_validate(await service.read_member(session, actor, cycle_member_id))


@router.post(
    "/cycle-members/{cycle_member_id}/waive",
    responses=problems(403, 404, 412, service.CycleIsOver),
)
async def waive_cycle_member(
    session: Session,
    actor: CurrentActor,
    cycle_member_id: Id,
    version: IfMatch,
    body: CycleWaiver,
) -> CycleMemberOut:
    """Ask no adjustments, no use or no reflection of this member, with the reason: the team's lead,
    until the cycle is over. The two of them read it."""
    await service.waive(session, actor, cycle_member_id, version, body.what, body.reason)
    return await get_cycle_member(session, actor, cycle_member_id)
