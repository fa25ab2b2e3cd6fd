"""Webhooks: a client's system is told that something changed, and asks what."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.integrations.webhooks import deliveries, service
from app.integrations.webhooks.schemas import (
    DeliveryOut,
    DeliveryPage,
    DeliveryState,
    EndpointChange,
    EndpointNew,
    EndpointOut,
    EndpointPage,
    EndpointSecretOut,
    State,
)
from app.web.contract import problems, scopes
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Webhooks"], route_class=UnitRoute)

_CLIENTS = scopes("webhooks:write")
_ENDPOINT = "/webhook-endpoints/{endpoint_id}"
_URL = (service.WebhookUrlRefused, service.ClientRevoked, service.ClientCannotRead)


@router.get("/webhook-endpoints", responses=problems(400), openapi_extra=_CLIENTS)
async def list_webhook_endpoints(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    client_id: Annotated[Id | None, Query(description="Only those of this client")] = None,
    state: Annotated[State | None, Query(description="Only those in this state")] = None,
) -> EndpointPage:
    """Webhook endpoints, the oldest first: to district administrators those of all clients, to a
    client with `webhooks:write` its own. Nobody else sees any: they name addresses."""
    rows, following = await service.list_endpoints(
        session, actor, paging, client_id=client_id, state=state
    )
    return EndpointPage(items=[EndpointOut.model_validate(row) for row in rows], next=following)


@router.get(_ENDPOINT, responses=problems(404), openapi_extra=_CLIENTS)
@replayable("/api/v1/webhook-endpoints/{id}")
async def get_webhook_endpoint(
    session: Session, actor: CurrentActor, endpoint_id: Id
) -> EndpointOut:
    """One webhook endpoint, to whom it is listed."""
    return EndpointOut.model_validate(await service.read_endpoint(session, actor, endpoint_id))


@replayable("/api/v1/webhook-endpoints/{id}")
async def _without_secret(
    session: Session, actor: CurrentActor, endpoint_id: Id
) -> EndpointSecretOut:
    """What a repeated request answers: the endpoint as it is now, its secret no more."""
    found = await service.read_endpoint(session, actor, endpoint_id)
    return EndpointSecretOut.model_validate(
        {**EndpointOut.model_validate(found).model_dump(), "secret": None}
    )


@router.post(
    "/webhook-endpoints",
    status_code=201,
    responses=problems(403, UnknownReference, service.TooManyEndpoints, *_URL),
    openapi_extra=_CLIENTS,
)
async def create_webhook_endpoint(
    request: Request, session: Session, actor: CurrentActor, body: EndpointNew
) -> EndpointSecretOut:
    """Have a client's system told of what changes from now on. The secret that its messages are
    signed with is in this answer and nowhere else. District administrators, and clients with
    `webhooks:write` for themselves."""
    state = request.app.state
    endpoint_id, secret = await service.create(
        session, actor, state.strongbox, state.settings.outside_allowed, body.model_dump()
    )
    answer = await _without_secret(session, actor, endpoint_id)
    return answer.model_copy(update={"secret": secret})


@router.patch(_ENDPOINT, responses=problems(403, 404, 412, *_URL), openapi_extra=_CLIENTS)
async def update_webhook_endpoint(
    request: Request,
    session: Session,
    actor: CurrentActor,
    endpoint_id: Id,
    version: IfMatch,
    body: EndpointChange,
) -> EndpointOut:
    """Change the address, the description or the events; what waits goes to the new address. As
    for creating one."""
    allowed = request.app.state.settings.outside_allowed
    await service.change(session, actor, allowed, endpoint_id, version, body.changes())
    return await get_webhook_endpoint(session, actor, endpoint_id)


@router.post(
    f"{_ENDPOINT}/disable", responses=problems(403, 404, 412, WrongState), openapi_extra=_CLIENTS
)
async def disable_webhook_endpoint(
    session: Session, actor: CurrentActor, endpoint_id: Id, version: IfMatch
) -> EndpointOut:
    """Send it nothing more; what waits is dropped. Its deliveries can still be read, which is why
    an endpoint is not deleted. As for creating one."""
    await service.disable(session, actor, endpoint_id, version)
    return await get_webhook_endpoint(session, actor, endpoint_id)


@router.post(
    f"{_ENDPOINT}/enable",
    responses=problems(403, 404, 412, WrongState, *_URL),
    openapi_extra=_CLIENTS,
)
async def enable_webhook_endpoint(
    request: Request, session: Session, actor: CurrentActor, endpoint_id: Id, version: IfMatch
) -> EndpointOut:
    """Tell it again of what changes from now on; what changed meanwhile is in `GET /changes`. As
    for creating one."""
    allowed = request.app.state.settings.outside_allowed
    await service.enable(session, actor, allowed, endpoint_id, version)
    return await get_webhook_endpoint(session, actor, endpoint_id)


@router.post(
    f"{_ENDPOINT}/rotate-secret",
    responses=problems(403, 404, 412, service.ClientRevoked),
    openapi_extra=_CLIENTS,
)
async def rotate_webhook_secret(
    request: Request, session: Session, actor: CurrentActor, endpoint_id: Id, version: IfMatch
) -> EndpointSecretOut:
    """Give it a new secret, shown in this answer alone. For 24 hours messages carry two signatures,
    by the new and by the former secret, so that the receiver can change over. As for creating
    one."""
    secret = await service.rotate_secret(
        session, actor, request.app.state.strongbox, endpoint_id, version
    )
    answer = await _without_secret(session, actor, endpoint_id)
    return answer.model_copy(update={"secret": secret})


@router.post(
    f"{_ENDPOINT}/test",
    status_code=201,
    responses=problems(403, 404, WrongState),
    openapi_extra=_CLIENTS,
)
async def test_webhook_endpoint(
    session: Session, actor: CurrentActor, endpoint_id: Id
) -> DeliveryOut:
    """Send a message of type `webhook.test`, which tells of nothing; read its delivery to see how
    it went. As for creating one."""
    delivery_id = await deliveries.send_test(session, actor, endpoint_id)
    return await get_webhook_delivery(session, actor, delivery_id)


@router.get(f"{_ENDPOINT}/deliveries", responses=problems(400, 404), openapi_extra=_CLIENTS)
async def list_webhook_deliveries(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    endpoint_id: Id,
    state: Annotated[DeliveryState | None, Query(description="Only those in this state")] = None,
) -> DeliveryPage:
    """Messages to an endpoint and how their tries went, the newest first. Neither what was sent
    beyond ids nor what was answered is kept, and nothing 30 days after its end. To whom the
    endpoint is listed."""
    rows, following = await deliveries.list_deliveries(session, actor, paging, endpoint_id, state)
    return DeliveryPage(items=[DeliveryOut.model_validate(row) for row in rows], next=following)


@router.get("/webhook-deliveries/{delivery_id}", responses=problems(404), openapi_extra=_CLIENTS)
@replayable("/api/v1/webhook-deliveries/{id}")
async def get_webhook_delivery(
    session: Session, actor: CurrentActor, delivery_id: Id
) -> DeliveryOut:
    """One message and how its tries went, to whom its endpoint is listed."""
    return DeliveryOut.model_validate(await deliveries.read_delivery(session, actor, delivery_id))


@router.post(
    "/webhook-deliveries/{delivery_id}/redeliver",
    responses=problems(403, 404, 412, WrongState, deliveries.EndpointDisabled),
    openapi_extra=_CLIENTS,
)
async def redeliver_webhook(
    session: Session, actor: CurrentActor, delivery_id: Id, version: IfMatch
) -> DeliveryOut:
    """Send a message again that was delivered, failed or dropped: the same one, with the same
    `webhook-id`. As for creating an endpoint."""
    await deliveries.send_again(session, actor, delivery_id, version)
    return await get_webhook_delivery(session, actor, delivery_id)
