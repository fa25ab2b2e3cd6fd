"""Rosters from the district's student information system: dry run, then commit."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.core.types import Code, Id
from app.integrations.imports import service
from app.integrations.imports.schemas import (
    RosterImportItem,
    RosterImportOut,
    RosterImportPage,
)
from app.web.contract import problems, scopes
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, reads, replayable

router = APIRouter(tags=["Rosters"], route_class=UnitRoute)

_CLIENTS = scopes("roster:write")


@router.get("/imports", responses=problems(400), openapi_extra=_CLIENTS)
async def list_imports(session: Session, actor: CurrentActor, paging: Paging) -> RosterImportPage:
    """Roster imports, newest first, without their problems. Every person of the district and
    clients with `roster:write` may read them."""
    rows, following = await service.list_imports(session, actor, paging)
    items = [RosterImportItem.model_validate(row) for row in rows]
    return RosterImportPage(items=items, next=following)


@router.get("/imports/{import_id}", responses=problems(404), openapi_extra=_CLIENTS)
@replayable("/api/v1/imports/{id}")
async def get_import(session: Session, actor: CurrentActor, import_id: Id) -> RosterImportOut:
    """One roster import with its report. Every person of the district and clients with
    `roster:write` may read it."""
    return RosterImportOut.model_validate(await service.read_import(session, actor, import_id))


@router.post("/imports", status_code=201, responses=problems(403), openapi_extra=_CLIENTS)
@reads("application/zip", 50 * 1024 * 1024, 120)
async def create_import(
    request: Request,
    session: Session,
    actor: CurrentActor,
    source: Annotated[Code, Query(description="Your name for the system the ids come from")],
    full: Annotated[
        bool | None,
        Query(description="Whether missing rows are gone; absent: as the manifest says"),
    ] = None,
) -> RosterImportOut:
    """Read a roster (OneRoster CSV 1.1 or 1.2, School Data Sync 2.1, zipped) and report what a
    commit would do; nothing is taken over yet. District administrators and clients with
    `roster:write`. Students, passwords and demographics are counted, never kept."""
    body = await request.body()
    import_id = await service.create_import(session, actor, source, body, full=full)
    return await get_import(session, actor, import_id)


@router.post(
    "/imports/{import_id}/commit",
    responses=problems(
        403, 404, 412, service.ImportOutdated, service.MassDeactivation, service.WrongState
    ),
    openapi_extra=_CLIENTS,
)
async def commit_import(
    session: Session,
    actor: CurrentActor,
    import_id: Id,
    version: IfMatch,
    allow_mass_deactivation: Annotated[
        bool, Query(description="Go on though more than 20 % of the people or schools would leave")
    ] = False,
) -> RosterImportOut:
    """Take a reported roster over, whole or not at all. District administrators and clients with
    `roster:write`. Whoever left can no longer sign in, and their coaching ends."""
    await service.commit_import(
        session, actor, import_id, version, allow_mass_deactivation=allow_mass_deactivation
    )
    return await get_import(session, actor, import_id)
