"""Integration clients: a district's own systems and what they were given."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.people.clients import service
from app.people.clients.schemas import ClientNew, ClientOut, ClientPage, ClientSecretOut
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(prefix="/integration-clients", tags=["Integrations"], route_class=UnitRoute)


@router.get("", responses=problems(400))
async def list_integration_clients(
    session: Session, actor: CurrentActor, paging: Paging
) -> ClientPage:
    """The district's systems and their scopes, by name, revoked ones included. Every person of
    the district may read them; systems may not."""
    rows, following = await service.list_clients(session, actor, paging)
    return ClientPage(items=[ClientOut.model_validate(row) for row in rows], next=following)


@router.get("/{client_id}", responses=problems(404))
@replayable("/api/v1/integration-clients/{id}")
async def get_integration_client(session: Session, actor: CurrentActor, client_id: Id) -> ClientOut:
    """One of the district's systems. Every person of the district may read it."""
    return ClientOut.model_validate(await service.read_client(session, actor, client_id))


@replayable("/api/v1/integration-clients/{id}")
async def _without_secret(session: Session, actor: CurrentActor, client_id: Id) -> ClientSecretOut:
    """What a repeated request answers: the client as it is now, its secret no more."""
    return ClientSecretOut.model_validate(await service.read_client(session, actor, client_id))


@router.post("", status_code=201, responses=problems(403, service.ClientNameTaken))
async def create_integration_client(
    session: Session, actor: CurrentActor, body: ClientNew
) -> ClientSecretOut:
    """Let a system of the district sign in. Its secret is in this answer and nowhere else.
    District administrators."""
    client_id, secret = await service.create_client(session, actor, body.name, list(body.scopes))
    answer = await _without_secret(session, actor, client_id)
    return answer.model_copy(update={"secret": secret})


@router.post("/{client_id}/rotate-secret", responses=problems(403, 404, 412, WrongState))
async def rotate_client_secret(
    session: Session, actor: CurrentActor, client_id: Id, version: IfMatch
) -> ClientSecretOut:
    """Give the system a new secret; the old one signs in no more. Access tokens it holds live on
    for at most ten minutes: to stop them at once, revoke the client. District administrators."""
    secret = await service.rotate_secret(session, actor, client_id, version)
    answer = await _without_secret(session, actor, client_id)
    return answer.model_copy(update={"secret": secret})


@router.post("/{client_id}/revoke", responses=problems(403, 404, 412, WrongState))
async def revoke_integration_client(
    session: Session, actor: CurrentActor, client_id: Id, version: IfMatch
) -> ClientOut:
    """End the system's access for good, at once. District administrators."""
    await service.revoke(session, actor, client_id, version)
    return await get_integration_client(session, actor, client_id)
