"""From the feed to messages: what changed, told to each endpoint as far as its client may see it.

The job is enqueued by whatever writes to the feed (app/core/outbox.py). It reads on from where each
endpoint was read for, so nothing is lost when it comes late, and twice makes no message twice. What
the client may see is decided now, by the policy. Only what such a client may read gets into the
feed, so what it cannot see any more was in its sight before: it is told that this was removed.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.access.policy import Action
from app.access.scope import visible
from app.core.jobs import Later, enqueue
from app.core.mail import Mailer
from app.core.outbox import TELL
from app.integrations.changes.service import any_unsettled, entries_behind, place_now
from app.integrations.webhooks.states import DELIVER, disable, may_be_told, waiting
from app.models import FeedEntry, Goal, IntegrationClient, WebhookDelivery, WebhookEndpoint
from app.models.webhooks import DisabledBecause, EndpointState

#: the kind of a message that tells of nothing
TEST = "webhook.test"
#: entries of the feed that one job reads for an endpoint
AT_ONCE = 500
#: when it looks again for entries that cannot be read yet
_SOON = timedelta(seconds=2)

head = place_now


async def send(session: AsyncSession, delivery: WebhookDelivery) -> None:
    """Have a waiting delivery sent when this transaction commits."""
    await enqueue(session, DELIVER, delivery.district_id, delivery.endpoint_id)


async def tell(session: AsyncSession, actor: Actor, _district_id: UUID, _mailer: Mailer) -> None:
    """Make the messages of a district that are still to be made."""
    endpoints = await session.execute(
        select(WebhookEndpoint, IntegrationClient)
        .join(
            IntegrationClient,
            (IntegrationClient.district_id == WebhookEndpoint.district_id)
            & (IntegrationClient.id == WebhookEndpoint.client_id),
        )
        .where(
            WebhookEndpoint.district_id == actor.district_id,
            WebhookEndpoint.state == EndpointState.ACTIVE.value,
        )
        .order_by(WebhookEndpoint.id)
        .with_for_update(of=WebhookEndpoint, key_share=True)
    )
    more = unsettled = False
    for endpoint, client in endpoints.all():
        if not may_be_told(client):
            await disable(session, actor, endpoint, DisabledBecause.CLIENT)
            continue
        more |= await _tell(session, actor, endpoint, client)
        place = (endpoint.read_transaction, endpoint.read_position)
        unsettled = unsettled or await any_unsettled(session, actor.district_id, place)
    if more or unsettled:
        raise Later(timedelta(0) if more else _SOON)


async def _tell(
    session: AsyncSession, actor: Actor, endpoint: WebhookEndpoint, client: IntegrationClient
) -> bool:
    """One endpoint's next messages; whether there is more to read."""
    place = (endpoint.read_transaction, endpoint.read_position)
    entries = await entries_behind(session, actor.district_id, place, AT_ONCE)
    if not entries:
        return False
    endpoint.read_transaction, endpoint.read_position = (
        entries[-1].transaction,
        entries[-1].position,
    )
    last = {entry.object_id: entry for entry in entries}
    seen = await _seen(session, actor, client, list(last))
    told = [
        (entry, kind)
        for entry in last.values()
        if (kind := f"{entry.type}.{'changed' if entry.object_id in seen else 'removed'}")
        in endpoint.events
    ]
    if told:
        await _make(session, endpoint, told, seen)
        await enqueue(session, DELIVER, endpoint.district_id, endpoint.id)
    return len(entries) == AT_ONCE


async def _seen(
    session: AsyncSession, actor: Actor, client: IntegrationClient, ids: list[UUID]
) -> dict[UUID, int]:
    """The versions of those objects that the client may see now."""
    caller = Actor(
        id=client.id,
        district_id=client.district_id,
        kind=ActorKind.CLIENT,
        zone=actor.zone,
        scopes=frozenset(client.scopes),
    )
    statement = (
        visible(caller, Action.GOAL_READ, Goal)
        .with_only_columns(Goal.id, Goal.version)
        .where(Goal.id.in_(ids))
    )
    return {row.id: row.version for row in await session.execute(statement, caller.binds)}


async def _make(
    session: AsyncSession,
    endpoint: WebhookEndpoint,
    told: Sequence[tuple[FeedEntry, str]],
    seen: dict[UUID, int],
) -> None:
    """A message for each object. One about it that nobody was sent yet says the new instead."""
    untried = (
        WebhookDelivery.district_id == endpoint.district_id,
        *waiting(endpoint),
        WebhookDelivery.tries == 0,
        # one that is sent again says what it said: receivers pass over an id that they know
        WebhookDelivery.version == 1,
    )
    unsent = {
        delivery.object_id: delivery
        for delivery in await session.scalars(
            select(WebhookDelivery)
            .where(*untried, WebhookDelivery.object_id.in_([entry.object_id for entry, _ in told]))
            .with_for_update()
        )
    }
    for entry, kind in told:
        fields: dict[str, Any] = {
            "event": kind,
            "object_version": seen.get(entry.object_id, entry.object_version),
            "at": entry.at,
        }
        if entry.object_id in unsent:
            for name, value in fields.items():
                setattr(unsent[entry.object_id], name, value)
            continue
        session.add(
            WebhookDelivery(
                district_id=endpoint.district_id,
                endpoint_id=endpoint.id,
                client_id=endpoint.client_id,
                object_id=entry.object_id,
                **fields,
            )
        )
    await session.flush()


__all__ = ["TELL", "TEST", "head", "send", "tell"]
