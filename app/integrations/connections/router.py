"""Roster connections: the district's own OneRoster services, which rosters are pulled from."""

from fastapi import APIRouter, Request

from app.core.errors import WrongState
from app.core.types import Id
from app.integrations.connections import service
from app.integrations.connections.schemas import (
    RosterConnectionChange,
    RosterConnectionNew,
    RosterConnectionOut,
    RosterConnectionPage,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(prefix="/roster-connections", tags=["Roster connections"], route_class=UnitRoute)


@router.get("", responses=problems(400))
async def list_roster_connections(
    session: Session, actor: CurrentActor, paging: Paging
) -> RosterConnectionPage:
    """The district's roster connections, by source; empty for all but district administrators."""
    rows, following = await service.list_connections(session, actor, paging)
    items = [RosterConnectionOut.model_validate(row) for row in rows]
    return RosterConnectionPage(items=items, next=following)


@router.get("/{connection_id}", responses=problems(404))
@replayable("/api/v1/roster-connections/{id}")
async def get_roster_connection(
    session: Session, actor: CurrentActor, connection_id: Id
) -> RosterConnectionOut:
    """One roster connection. District administrators; nobody ever reads its secret."""
    row = await service.read_connection(session, actor, connection_id)
    return RosterConnectionOut.model_validate(row)


@router.post(
    "",
    status_code=201,
    responses=problems(
        403, service.SourceConnected, service.AddressNotAllowed, service.AddressWithQuery
    ),
)
async def create_roster_connection(
    request: Request, session: Session, actor: CurrentActor, body: RosterConnectionNew
) -> RosterConnectionOut:
    """Name a OneRoster 1.2 service to pull rosters from; it is not asked yet. District
    administrators. Addresses are public ones and https, or allowed by the operator."""
    state = request.app.state
    connection_id = await service.create(
        session,
        actor,
        body.model_dump(),
        seal=state.seal,
        allowed=state.settings.outside_allowed,
    )
    return await get_roster_connection(session, actor, connection_id)


@router.patch(
    "/{connection_id}",
    responses=problems(
        404, 412, service.AddressNotAllowed, service.AddressWithQuery, service.SecretNeeded
    ),
)
async def update_roster_connection(
    request: Request,
    session: Session,
    actor: CurrentActor,
    connection_id: Id,
    version: IfMatch,
    body: RosterConnectionChange,
) -> RosterConnectionOut:
    """Change a connection; with another address the secret is entered again. District
    administrators."""
    state = request.app.state
    await service.change(
        session,
        actor,
        connection_id,
        version,
        body.changes(),
        seal=state.seal,
        allowed=state.settings.outside_allowed,
    )
    return await get_roster_connection(session, actor, connection_id)


@router.post("/{connection_id}/pause", responses=problems(404, 412, WrongState))
async def pause_roster_connection(
    session: Session, actor: CurrentActor, connection_id: Id, version: IfMatch
) -> RosterConnectionOut:
    """Pull nothing until it is resumed; a pull that runs comes to nothing. District
    administrators."""
    await service.pause(session, actor, connection_id, version)
    return await get_roster_connection(session, actor, connection_id)


@router.post("/{connection_id}/resume", responses=problems(404, 412, WrongState))
async def resume_roster_connection(
    session: Session, actor: CurrentActor, connection_id: Id, version: IfMatch
) -> RosterConnectionOut:
    """Let a paused connection be pulled again. District administrators."""
    await service.resume(session, actor, connection_id, version)
    return await get_roster_connection(session, actor, connection_id)


@router.delete("/{connection_id}", status_code=204, responses=problems(404, 412))
async def delete_roster_connection(
    session: Session, actor: CurrentActor, connection_id: Id, version: IfMatch
) -> None:
    """Forget a connection, its secret and its pulls; imports that came of them stay. District
    administrators."""
    await service.delete(session, actor, connection_id, version)
