"""Leader updates: the teacher reads one only when the lead says so."""

from fastapi import APIRouter

from app.core.errors import UnknownReference
from app.core.types import Id
from app.support.service import NotASchoolLeader
from app.support.updates import service
from app.support.updates.schemas import LeaderUpdateNew, LeaderUpdateOut, LeaderUpdatePage
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import CONFIDENTIAL, UnitRoute, replayable

router = APIRouter(tags=[CONFIDENTIAL], route_class=UnitRoute)


@router.get("/leader-updates", responses=problems(400))
async def list_leader_updates(
    session: Session, actor: CurrentActor, paging: Paging, about_id: Id | None = None
) -> LeaderUpdatePage:
    """Updates that the caller wrote or got, the oldest first; to a teacher those about them that
    their lead opened to them."""
    rows, following = await service.list_updates(session, actor, paging, about_id)
    items = [LeaderUpdateOut.model_validate(row) for row in rows]
    return LeaderUpdatePage(items=items, next=following)


@router.get("/leader-updates/{update_id}", responses=problems(404))
@replayable("/api/v1/leader-updates/{id}")
async def get_leader_update(
    session: Session, actor: CurrentActor, update_id: Id
) -> LeaderUpdateOut:
    """One update: its author, the leader it went to, and the teacher where it was opened."""
    return LeaderUpdateOut.model_validate(await service.read_update(session, actor, update_id))


@router.post(
    "/leader-updates",
    status_code=201,
    responses=problems(UnknownReference, NotASchoolLeader),
)
async def create_leader_update(
    session: Session, actor: CurrentActor, body: LeaderUpdateNew
) -> LeaderUpdateOut:
    """Keep a leader of the school up to date about the work with a teacher: their lead. The
    teacher reads it only when the lead says so."""
    update_id = await service.tell(session, actor, body.model_dump())
    return await get_leader_update(session, actor, update_id)
