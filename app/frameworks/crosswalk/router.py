"""From a former edition to the new one, item by item."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.frameworks.crosswalk import service
from app.frameworks.crosswalk.schemas import CrosswalkNew, CrosswalkOut, CrosswalkPage
from app.frameworks.schemas import FrameworkOut
from app.frameworks.service import read_framework
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Framework crosswalks"], route_class=UnitRoute)


@router.get("/frameworks/{framework_id}/crosswalk", responses=problems(400, 404))
async def list_framework_crosswalk(
    session: Session, actor: CurrentActor, framework_id: Id, paging: Paging
) -> CrosswalkPage:
    """What became of the items of former editions, in their order. To whom the framework is listed;
    records stay with the edition they were written with, and this leads on from there."""
    rows, following = await service.list_crosswalk(session, actor, framework_id, paging)
    return CrosswalkPage(items=[CrosswalkOut.model_validate(row) for row in rows], next=following)


@router.post(
    "/frameworks/{framework_id}/crosswalk",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        service.CrosswalkUneven,
        service.NotAFormerEdition,
    ),
)
async def write_framework_crosswalk(
    session: Session, actor: CurrentActor, framework_id: Id, version: IfMatch, body: CrosswalkNew
) -> FrameworkOut:
    """Say what became of items of a former edition; what was said of them before is replaced.
    District administrators. Neither edition changes, and no goal moves by itself."""
    await service.write(session, actor, framework_id, version, body)
    framework, domains = await read_framework(session, actor, framework_id)
    return FrameworkOut.model_validate({**framework._mapping, "domains": domains})
