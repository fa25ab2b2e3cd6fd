"""The rules of deliveries: read what was sent, send a test, send again."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.integrations.webhooks.service import read_endpoint
from app.integrations.webhooks.telling import TEST, send
from app.models import WebhookDelivery, WebhookEndpoint, touch
from app.models.webhooks import DeliveryState, EndpointState


class EndpointDisabled(Conflict):
    """A disabled endpoint is sent nothing, old messages neither."""

    code, title = "webhook_endpoint_disabled", "The endpoint is disabled"
    next_step = "Enable the endpoint, then send the message again."


async def list_deliveries(
    session: AsyncSession, actor: Actor, paging: Paging, endpoint_id: UUID, state: str | None
) -> tuple[list[Any], str | None]:
    """What was sent to an endpoint, the newest first; ended ones are kept for 30 days."""
    await read_endpoint(session, actor, endpoint_id)
    statement = view(actor, Action.DELIVERY_READ, WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint_id
    )
    if state is not None:
        statement = statement.where(WebhookDelivery.state == state)
    return await page(session, actor, statement, paging, by=[WebhookDelivery.id], descending=True)


async def read_delivery(session: AsyncSession, actor: Actor, delivery_id: UUID) -> Any:
    """One delivery with its tries."""
    statement = view(actor, Action.DELIVERY_READ, WebhookDelivery)
    return await read_one(session, actor, statement, WebhookDelivery, delivery_id)


async def send_test(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> UUID:
    """A message that tells of nothing, to see whether it arrives and its signature is right."""
    endpoint = await acting(
        session,
        actor,
        Action.WEBHOOK_TEST,
        WebhookEndpoint,
        endpoint_id,
        read=Action.WEBHOOK_READ,
    )
    delivery = WebhookDelivery(
        id=clock.new_id(),
        district_id=endpoint.district_id,
        endpoint_id=endpoint.id,
        client_id=endpoint.client_id,
        event=TEST,
        next_attempt_at=clock.now(),
    )
    session.add(delivery)
    await session.flush()
    await send(session, delivery)
    record(session, actor, "webhook_endpoint.tested", endpoint)
    return delivery.id


async def send_again(session: AsyncSession, actor: Actor, delivery_id: UUID, version: int) -> None:
    """Begin anew with a message that came to its end: the same message, with the same id, so that
    a receiver who has it already passes over it. The former tries stay to be read."""
    delivery = await acting(
        session,
        actor,
        Action.DELIVERY_REDELIVER,
        WebhookDelivery,
        delivery_id,
        version,
        read=Action.DELIVERY_READ,
    )
    state = await session.scalar(
        select(WebhookEndpoint.state).where(
            WebhookEndpoint.district_id == delivery.district_id,
            WebhookEndpoint.id == delivery.endpoint_id,
        )
    )
    if state != EndpointState.ACTIVE.value:
        raise EndpointDisabled
    delivery.state, delivery.ended_at = DeliveryState.WAITING.value, None
    delivery.tries, delivery.next_attempt_at = 0, clock.now()
    touch(delivery)
    await send(session, delivery)
    record(session, actor, "webhook_delivery.sent_again", delivery, ("state",))
