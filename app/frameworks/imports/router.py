"""Frameworks from files: CASE packages, tables, Ed-Fi evaluations."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.core.types import Code, Id, Line
from app.frameworks.files import FrameworkTooLarge, NotAFramework
from app.frameworks.imports import service
from app.frameworks.imports.schemas import (
    FrameworkImportItem,
    FrameworkImportOut,
    FrameworkImportPage,
)
from app.frameworks.schemas import Edition, Publisher
from app.frameworks.service import FrameworkExists
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute, reads, replayable

router = APIRouter(tags=["Framework imports"], route_class=UnitRoute)

#: what is in a file is told from what stands in it; these are what people have
MEDIA_TYPES = ("application/zip", "application/json", "text/csv")


@router.get("/framework-imports", responses=problems(400))
async def list_framework_imports(
    session: Session, actor: CurrentActor, paging: Paging
) -> FrameworkImportPage:
    """Imports of frameworks, newest first, without their reports. District administrators."""
    rows, following = await service.list_imports(session, actor, paging)
    items = [FrameworkImportItem.model_validate(row) for row in rows]
    return FrameworkImportPage(items=items, next=following)


@router.get("/framework-imports/{framework_import_id}", responses=problems(404))
@replayable("/api/v1/framework-imports/{id}")
async def get_framework_import(
    session: Session, actor: CurrentActor, framework_import_id: Id
) -> FrameworkImportOut:
    """One import of frameworks with its report. District administrators."""
    found = await service.read_import(session, actor, framework_import_id)
    return FrameworkImportOut.model_validate(found)


@router.post(
    "/framework-imports",
    status_code=201,
    responses=problems(
        403, NotAFramework, FrameworkTooLarge, service.SeveralFrameworks, FrameworkExists
    ),
)
@reads(MEDIA_TYPES, 50 * 1024 * 1024, 120)
async def create_framework_import(
    request: Request,
    session: Session,
    actor: CurrentActor,
    publisher: Annotated[Publisher | None, Query(description="In place of the file's")] = None,
    code: Annotated[Code | None, Query(description="In place of one made of the title")] = None,
    edition: Annotated[Edition | None, Query(description="In place of the file's version")] = None,
    title: Annotated[Line | None, Query(description="In place of the file's")] = None,
) -> FrameworkImportOut:
    """Read a file of frameworks and keep each as a draft, with a report of what was found: CASE
    packages 1.0 and 1.1, the documented CSV form, Ed-Fi evaluations, or a zip of such files. What
    is in the file is told from its content. District administrators; nobody else sees the drafts
    before they are published, and a draft that is not wanted is deleted."""
    import_id = await service.create_import(
        session,
        actor,
        await request.body(),
        publisher=publisher,
        code=code,
        edition=edition,
        title=title,
    )
    return await get_framework_import(session, actor, import_id)
