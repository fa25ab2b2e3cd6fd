"""What an endpoint may be told, and how it comes to be told nothing any more."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.events import record
from app.models import IntegrationClient, WebhookDelivery, WebhookEndpoint, touch
from app.models.webhooks import DeliveryState, DisabledBecause, EndpointState

#: the job that sends what waits for an endpoint, which is its subject
DELIVER = "webhook.deliver"
#: the scope without which a client reads no goal, and so is told of none
SCOPE = "goals:read"


def may_be_told(client: IntegrationClient) -> bool:
    """Whether a client is still there and may read what its endpoints are told of."""
    return client.active and SCOPE in client.scopes


def waiting(endpoint: WebhookEndpoint) -> tuple[Any, ...]:
    """The conditions of what waits to be sent to an endpoint, beside its district."""
    return (
        WebhookDelivery.endpoint_id == endpoint.id,
        WebhookDelivery.state == DeliveryState.WAITING.value,
    )


async def drop(session: AsyncSession, endpoint: WebhookEndpoint) -> None:
    """What waits for an endpoint is not sent any more."""
    now = clock.now()
    await session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.district_id == endpoint.district_id, *waiting(endpoint))
        .values(
            state=DeliveryState.DROPPED.value,
            ended_at=now,
            next_attempt_at=None,
            version=WebhookDelivery.version + 1,
            updated_at=now,
        )
    )


async def disable(
    session: AsyncSession, actor: Actor, endpoint: WebhookEndpoint, because: DisabledBecause
) -> None:
    """Tell an endpoint nothing any more, and say why; whoever keeps it can enable it again. Its row
    is locked already: endpoints are locked before deliveries."""
    endpoint.state = EndpointState.DISABLED.value
    endpoint.disabled_because = because.value
    touch(endpoint)
    await drop(session, endpoint)
    record(session, actor, "webhook_endpoint.disabled", endpoint, ["state", "disabled_because"])
