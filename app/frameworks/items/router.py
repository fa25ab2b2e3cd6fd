"""What stands in a framework, item by item, and the whole of it as a CASE package."""

import hashlib
import json

from fastapi import APIRouter, Response

from app.core.types import Id
from app.frameworks.items import service
from app.frameworks.items.schemas import CasePackage, FrameworkItemOut, FrameworkItemPage
from app.frameworks.schemas import CodePrefix
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Framework items"], route_class=UnitRoute)


@router.get("/frameworks/{framework_id}/items", responses=problems(400, 404))
async def list_framework_items(
    session: Session,
    actor: CurrentActor,
    framework_id: Id,
    paging: Paging,
    q: CodePrefix | None = None,
    parent_id: Id | None = None,
) -> FrameworkItemPage:
    """A framework's items in the order of reading. To whom the framework is listed."""
    rows, following = await service.list_items(
        session, actor, framework_id, paging, q=q, parent_id=parent_id
    )
    items = [FrameworkItemOut.model_validate(row) for row in rows]
    return FrameworkItemPage(items=items, next=following)


@router.get("/framework-items/{framework_item_id}", responses=problems(404))
@replayable("/api/v1/framework-items/{id}")
async def get_framework_item(
    session: Session, actor: CurrentActor, framework_item_id: Id
) -> FrameworkItemOut:
    """One item, also of a retired framework. Every person of the district may read it; those of a
    draft are district administrators' to read."""
    found = await service.read_item(session, actor, framework_item_id)
    return FrameworkItemOut.model_validate(found)


@router.get("/frameworks/{framework_id}/case", response_model=CasePackage, responses=problems(404))
async def get_framework_case(session: Session, actor: CurrentActor, framework_id: Id) -> Response:
    """A framework as a strict CASE 1.1 CFPackage, to be imported elsewhere. To whom the framework
    is listed. An imported one leaves as it came, with what CASE demands."""
    found = await service.package_of(session, actor, framework_id)
    body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Response(body, media_type="application/json", headers={"ETag": tag})
