"""Webhooks: a client's system is told that something changed, and asks what."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.integrations.webhooks import deliveries, service
from app.integrations.webhooks.schemas import (
    DeliveryState,
    MessageId,
    MessageTime,
    Signatures,
    State,
    WebhookDeliveryOut,
    WebhookDeliveryPage,
    WebhookEndpointChange,
    WebhookEndpointNew,
    WebhookEndpointOut,
    WebhookEndpointPage,
    WebhookEndpointSecretOut,
    WebhookGoalMessage,
    WebhookTestMessage,
)
from app.web.contract import operation_id, problems, scopes
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Webhooks"], route_class=UnitRoute)

#: what is sent to endpoints: documented in the contract's `webhooks`, and served by nobody here
messages = APIRouter(tags=["Webhooks"], generate_unique_id_function=operation_id)

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
) -> WebhookEndpointPage:
    """Webhook endpoints, the oldest first: to district administrators those of all clients, to a
    client with `webhooks:write` its own. Nobody else sees any: they name addresses."""
    rows, following = await service.list_endpoints(
        session, actor, paging, client_id=client_id, state=state
    )
    return WebhookEndpointPage(
        items=[WebhookEndpointOut.model_validate(row) for row in rows], next=following
    )


@router.get(_ENDPOINT, responses=problems(404), openapi_extra=_CLIENTS)
@replayable("/api/v1/webhook-endpoints/{id}")
async def get_webhook_endpoint(
    session: Session, actor: CurrentActor, endpoint_id: Id
) -> WebhookEndpointOut:
    """One webhook endpoint, to whom it is listed."""
    return WebhookEndpointOut.model_validate(
        await service.read_endpoint(session, actor, endpoint_id)
    )


@replayable("/api/v1/webhook-endpoints/{id}")
async def _without_secret(
    session: Session, actor: CurrentActor, endpoint_id: Id
) -> WebhookEndpointSecretOut:
    """What a repeated request answers: the endpoint as it is now, its secret no more."""
    found = await service.read_endpoint(session, actor, endpoint_id)
    return WebhookEndpointSecretOut.model_validate(
        {**WebhookEndpointOut.model_validate(found).model_dump(), "secret": None}
    )


@router.post(
    "/webhook-endpoints",
    status_code=201,
    responses=problems(403, UnknownReference, service.TooManyEndpoints, *_URL),
    openapi_extra=_CLIENTS,
)
async def create_webhook_endpoint(
    request: Request, session: Session, actor: CurrentActor, body: WebhookEndpointNew
) -> WebhookEndpointSecretOut:
    """Have a client's system told of what changes from now on. The secret that its messages are
    signed with is in this answer and nowhere else. District administrators, and clients with
    `webhooks:write` for themselves."""
    state = request.app.state
    endpoint_id, secret = await service.create(
        session, actor, state.strongbox, state.settings.outside_allowed, body.model_dump()
    )
    answer = await _without_secret(session, actor, endpoint_id)
    return answer.model_copy(update={"secret": secret})


@router.patch(_ENDPOINT, responses=problems(404, 412, *_URL), openapi_extra=_CLIENTS)
async def update_webhook_endpoint(
    request: Request,
    session: Session,
    actor: CurrentActor,
    endpoint_id: Id,
    version: IfMatch,
    body: WebhookEndpointChange,
) -> WebhookEndpointOut:
    """Change the address, the description or the events; what waits goes to the new address. As
    for creating one."""
    allowed = request.app.state.settings.outside_allowed
    await service.change(session, actor, allowed, endpoint_id, version, body.changes())
    return await get_webhook_endpoint(session, actor, endpoint_id)


@router.post(
    f"{_ENDPOINT}/disable", responses=problems(404, 412, WrongState), openapi_extra=_CLIENTS
)
async def disable_webhook_endpoint(
    session: Session, actor: CurrentActor, endpoint_id: Id, version: IfMatch
) -> WebhookEndpointOut:
    """Send it nothing more; what waits is dropped. Its deliveries can still be read, which is why
    an endpoint is not deleted. As for creating one."""
    await service.disable(session, actor, endpoint_id, version)
    return await get_webhook_endpoint(session, actor, endpoint_id)


@router.post(
    f"{_ENDPOINT}/enable",
    responses=problems(404, 412, WrongState, *_URL),
    openapi_extra=_CLIENTS,
)
async def enable_webhook_endpoint(
    request: Request, session: Session, actor: CurrentActor, endpoint_id: Id, version: IfMatch
) -> WebhookEndpointOut:
    """Tell it again of what changes from now on; what changed meanwhile is in `GET /changes`. As
    for creating one."""
    allowed = request.app.state.settings.outside_allowed
    await service.enable(session, actor, allowed, endpoint_id, version)
    return await get_webhook_endpoint(session, actor, endpoint_id)


@router.post(
    f"{_ENDPOINT}/rotate-secret",
    responses=problems(404, 412, service.ClientRevoked),
    openapi_extra=_CLIENTS,
)
async def rotate_webhook_secret(
    request: Request, session: Session, actor: CurrentActor, endpoint_id: Id, version: IfMatch
) -> WebhookEndpointSecretOut:
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
    responses=problems(404, WrongState),
    openapi_extra=_CLIENTS,
)
async def test_webhook_endpoint(
    session: Session, actor: CurrentActor, endpoint_id: Id
) -> WebhookDeliveryOut:
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
) -> WebhookDeliveryPage:
    """Messages to an endpoint and how their tries went, the newest first. Neither what was sent
    beyond ids nor what was answered is kept, and nothing 30 days after its end. To whom the
    endpoint is listed."""
    rows, following = await deliveries.list_deliveries(session, actor, paging, endpoint_id, state)
    return WebhookDeliveryPage(
        items=[WebhookDeliveryOut.model_validate(row) for row in rows], next=following
    )


@router.get("/webhook-deliveries/{delivery_id}", responses=problems(404), openapi_extra=_CLIENTS)
@replayable("/api/v1/webhook-deliveries/{id}")
async def get_webhook_delivery(
    session: Session, actor: CurrentActor, delivery_id: Id
) -> WebhookDeliveryOut:
    """One message and how its tries went, to whom its endpoint is listed."""
    return WebhookDeliveryOut.model_validate(
        await deliveries.read_delivery(session, actor, delivery_id)
    )


@router.post(
    "/webhook-deliveries/{delivery_id}/redeliver",
    responses=problems(404, 412, WrongState, deliveries.EndpointDisabled),
    openapi_extra=_CLIENTS,
)
async def redeliver_webhook(
    session: Session, actor: CurrentActor, delivery_id: Id, version: IfMatch
) -> WebhookDeliveryOut:
    """Send a message again that was delivered, failed or dropped: the same one, with the same
    `webhook-id`. As for creating an endpoint."""
    await deliveries.send_again(session, actor, delivery_id, version)
    return await get_webhook_delivery(session, actor, delivery_id)


@messages.post("goal.changed")
async def on_goal_changed(
    body: WebhookGoalMessage,
    webhook_id: Annotated[MessageId, Header()],
    webhook_timestamp: Annotated[MessageTime, Header()],
    webhook_signature: Annotated[Signatures, Header()],
) -> None:
    """A goal that the client may read is new or was changed; read it with `GET /goals/{id}`, or
    everything that changed with `GET /changes`. Answer 2xx within ten seconds, and do the work
    after. Anything else is tried again, ten times over three days; 410 disables the endpoint. A
    message may come twice, under the same `webhook-id`, and messages in any order."""


@messages.post("goal.removed")
async def on_goal_removed(
    body: WebhookGoalMessage,
    webhook_id: Annotated[MessageId, Header()],
    webhook_timestamp: Annotated[MessageTime, Header()],
    webhook_signature: Annotated[Signatures, Header()],
) -> None:
    """The client may see a goal no longer: delete it. Answered as `goal.changed`."""


@messages.post("webhook.test")
async def on_webhook_test(
    body: WebhookTestMessage,
    webhook_id: Annotated[MessageId, Header()],
    webhook_timestamp: Annotated[MessageTime, Header()],
    webhook_signature: Annotated[Signatures, Header()],
) -> None:
    """A test that somebody asked for. Check its signature and answer as to any other."""
