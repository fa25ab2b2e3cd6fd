"""What is set up for a client, its webhook endpoints: it ends with the client, and before."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.events import record
from app.models import WebhookDelivery, WebhookEndpoint, touch
from app.models.webhooks import DeliveryState, DisabledBecause, EndpointState


async def set_up_alone(session: AsyncSession, client_id: UUID) -> None:
    """Until the transaction ends nobody else makes an endpoint of the client or revokes it. This
    comes before any lock of a row; of those an endpoint's comes first, then the client's, which a
    new message refers to, then the messages'."""
    lock = func.hashtextextended(f"webhooks of {client_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(lock)))


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
