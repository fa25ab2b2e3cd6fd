"""Who read what is evaluative: the teacher sees each reader."""

from fastapi import APIRouter

from app.core.types import Id
from app.observations.access import service
from app.observations.access.schemas import ReadOut, ReadPage
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Access log"], route_class=UnitRoute)


@router.get("/observations/{observation_id}/reads", responses=problems(400, 403, 404))
async def list_observation_reads(
    session: Session, actor: CurrentActor, observation_id: Id, paging: Paging
) -> ReadPage:
    """Who read this observation since it was shared, the latest first: its teacher alone. The
    teacher's own reads and the observer's are not kept, and there are none of what is not
    evaluative."""
    rows, following = await service.list_reads(session, actor, observation_id, paging)
    return ReadPage(items=[ReadOut.model_validate(row) for row in rows], next=following)


@router.get("/me/reads", responses=problems(400))
async def list_my_reads(session: Session, actor: CurrentActor, paging: Paging) -> ReadPage:
    """Who read evaluative records about you, which and when, the latest first: yourself."""
    rows, following = await service.list_my_reads(session, actor, paging)
    return ReadPage(items=[ReadOut.model_validate(row) for row in rows], next=following)
