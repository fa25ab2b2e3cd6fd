"""The rules of webhook endpoints: whose they are, where they may lead, and the secret they have.

What is sent, and when, is `telling.py` and `sending.py`.
"""

import base64
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock, outside
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.jobs import enqueue
from app.core.paging import Paging, page
from app.core.seal import Strongbox, Unsealable
from app.integrations.changes.service import place_now
from app.integrations.webhooks import states
from app.models import IntegrationClient, WebhookDelivery, WebhookEndpoint, touch
from app.models.webhooks import DisabledBecause, EndpointState
from app.settings import Allowed

#: how many endpoints a client can have, disabled ones included
MOST: Final = 10
#: for how long the secret before a rotation signs beside the new one
OVERLAP: Final = timedelta(hours=24)
#: bytes of a secret; Standard Webhooks asks for 24 to 64
SECRET_BYTES: Final = 32
#: the scope that a client needs to be told of an event
NEEDS: Final = {"goal.changed": states.SCOPE, "goal.removed": states.SCOPE}


class WebhookUrlRefused(Conflict):
    """Messages go to public addresses over https alone, so that nobody can reach through a webhook
    what stands on the inside of this network. `detail` says what is wrong with the address."""

    code, title = "webhook_url_refused", "No message is sent to such an address"
    next_step = "Give an https address that everybody on the Internet can reach."


class ClientCannotRead(Conflict):
    """An endpoint is told only of what its client may read."""

    code, title = "client_cannot_read", "The client may not read what this tells of"
    next_step = "Ask for events that its scopes open; goal events need `goals:read`."


class ClientRevoked(Conflict):
    """The client was revoked, and with it everything that was set up for it."""

    code, title = "client_revoked", "This client was revoked"
    next_step = "Make another client, and an endpoint for that one."


class TooManyEndpoints(Conflict):
    """A client has at most ten endpoints, disabled ones included."""

    code, title = "too_many_webhook_endpoints", "The client has ten endpoints already"
    next_step = "Change the address of one that is not needed any more."


def sealed_for(endpoint_id: UUID) -> tuple[str, str]:
    """What the secrets of an endpoint are bound to."""
    return "webhook secret", str(endpoint_id)


async def list_endpoints(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> tuple[list[Any], str | None]:
    """The endpoints of the district, or the caller's own; the oldest first."""
    statement = view(actor, Action.WEBHOOK_READ, WebhookEndpoint).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[WebhookEndpoint.id])


async def read_endpoint(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Any:
    """One endpoint."""
    statement = view(actor, Action.WEBHOOK_READ, WebhookEndpoint)
    return await read_one(session, actor, statement, WebhookEndpoint, endpoint_id)


async def create(
    session: AsyncSession,
    actor: Actor,
    strongbox: Strongbox,
    allowed: Iterable[Allowed],
    fields: dict[str, Any],
) -> tuple[UUID, str]:
    """A new endpoint of a client and its secret, told of what changes from now on."""
    client_id = fields["client_id"]
    seen = visible(actor, Action.CLIENT_READ, IntegrationClient).where(
        IntegrationClient.id == client_id
    )
    client = await session.scalar(seen, actor.binds)
    if client is None:
        raise UnknownReference("There is no such client.", field="client_id")
    await must(session, actor, Action.WEBHOOK_CREATE, client)
    if (refused := await _refused(fields["url"], allowed)) is not None:
        raise refused
    # Only now, because the name service may be slow. Whoever revokes the client comes before this
    # or after, so that no endpoint is left out.
    await states.set_up_alone(session, client_id)
    client = await session.scalar(seen.execution_options(populate_existing=True), actor.binds)
    if client is None or not client.active:
        raise ClientRevoked
    _check_events(client, fields["events"])
    number = await session.scalar(
        select(func.count()).where(
            WebhookEndpoint.district_id == actor.district_id,
            WebhookEndpoint.client_id == client_id,
        )
    )
    if (number or 0) >= MOST:
        raise TooManyEndpoints
    endpoint_id, secret = clock.new_id(), secrets.token_bytes(SECRET_BYTES)
    transaction, position = await place_now(session, actor.district_id)
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        district_id=actor.district_id,
        client_id=client_id,
        url=fields["url"],
        description=fields["description"],
        events=sorted(set(fields["events"])),
        secret=strongbox.close(secret, *sealed_for(endpoint_id)),
        read_transaction=transaction,
        read_position=position,
    )
    session.add(endpoint)
    await session.flush()
    names = ("client_id", "url", "description", "events", "secret")
    record(session, actor, "webhook_endpoint.created", endpoint, names)
    return endpoint_id, _shown(secret)


async def change(
    session: AsyncSession,
    actor: Actor,
    allowed: Iterable[Allowed],
    endpoint_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    """Another address, description or events; what waits goes to the new address."""
    await read_endpoint(session, actor, endpoint_id)
    refused = await _refused(fields["url"], allowed) if "url" in fields else None
    endpoint = await _acting(session, actor, Action.WEBHOOK_EDIT, endpoint_id, version)
    client = await _client_of(session, endpoint)
    if "events" in fields:
        _check_events(client, fields["events"])
        fields["events"] = sorted(set(fields["events"]))
    if refused is not None:
        raise refused
    moved = fields.get("url", endpoint.url) != endpoint.url
    for name, value in fields.items():
        setattr(endpoint, name, value)
    if moved:
        await _begin_anew(session, endpoint)
    touch(endpoint)
    record(session, actor, "webhook_endpoint.changed", endpoint, fields)


async def disable(session: AsyncSession, actor: Actor, endpoint_id: UUID, version: int) -> None:
    """Send it nothing more; what waits is dropped."""
    endpoint = await _acting(session, actor, Action.WEBHOOK_DISABLE, endpoint_id, version)
    await states.disable(session, actor, endpoint, DisabledBecause.SOMEBODY)


async def enable(
    session: AsyncSession,
    actor: Actor,
    allowed: Iterable[Allowed],
    endpoint_id: UUID,
    version: int,
) -> None:
    """Tell it again of what changes from now on. What changed meanwhile it has to ask for: a
    receiver that was away for weeks is not sent weeks of messages."""
    before = await read_endpoint(session, actor, endpoint_id)
    refused = await _refused(before.url, allowed)
    endpoint = await _acting(session, actor, Action.WEBHOOK_ENABLE, endpoint_id, version)
    _check_events(await _client_of(session, endpoint), endpoint.events)
    if refused is not None:
        raise refused
    endpoint.state, endpoint.disabled_because = EndpointState.ACTIVE.value, None
    states.back(endpoint)
    place = await place_now(session, actor.district_id)
    endpoint.read_transaction, endpoint.read_position = place
    touch(endpoint)
    record(session, actor, "webhook_endpoint.enabled", endpoint, ("state", "disabled_because"))


async def rotate_secret(
    session: AsyncSession, actor: Actor, strongbox: Strongbox, endpoint_id: UUID, version: int
) -> str:
    """A new secret. The present one signs beside it for a day, and is gone then; one that still
    signed from an earlier rotation is gone at once."""
    endpoint = await _acting(session, actor, Action.WEBHOOK_ROTATE, endpoint_id, version)
    await _client_of(session, endpoint)
    secret = secrets.token_bytes(SECRET_BYTES)
    endpoint.former_secret = endpoint.former_until = None
    if _opens(strongbox, endpoint):
        endpoint.former_secret, endpoint.former_until = endpoint.secret, clock.now() + OVERLAP
    endpoint.secret = strongbox.close(secret, *sealed_for(endpoint_id))
    touch(endpoint)
    record(session, actor, "webhook_endpoint.secret_rotated", endpoint, ("secret",))
    return _shown(secret)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, endpoint_id: UUID, version: int
) -> WebhookEndpoint:
    return await acting(
        session, actor, action, WebhookEndpoint, endpoint_id, version, read=Action.WEBHOOK_READ
    )


async def _client_of(session: AsyncSession, endpoint: WebhookEndpoint) -> IntegrationClient:
    """The endpoint's client, which must not be revoked. The endpoint is locked: who revokes the
    client waits for that lock, and disables the endpoint after this."""
    client = await session.scalar(
        select(IntegrationClient).where(
            IntegrationClient.district_id == endpoint.district_id,
            IntegrationClient.id == endpoint.client_id,
        )
    )
    if client is None or not client.active:
        raise ClientRevoked
    return client


def _check_events(client: IntegrationClient, events: Sequence[str]) -> None:
    """An endpoint hears only what its client's scopes let it read."""
    if not {NEEDS[event] for event in events} <= set(client.scopes):
        raise ClientCannotRead


async def _refused(url: str, allowed: Iterable[Allowed]) -> WebhookUrlRefused | None:
    """What is wrong with an address. Asked while no row is locked: the name service may be slow."""
    try:
        await outside.check_host(url, allowed=allowed)
    except outside.Refused as exc:
        return WebhookUrlRefused(exc.reason)
    return None


async def _begin_anew(session: AsyncSession, endpoint: WebhookEndpoint) -> None:
    """Nothing that the former address did counts against another: neither how long it failed nor
    how long it asked us to wait."""
    states.back(endpoint)
    waits = (WebhookDelivery.district_id == endpoint.district_id, *states.waiting(endpoint))
    await session.execute(
        update(WebhookDelivery)
        .where(*waits, WebhookDelivery.next_attempt_at > clock.now())
        .values(
            next_attempt_at=clock.now(),
            version=WebhookDelivery.version + 1,
            updated_at=clock.now(),
        )
    )
    if await session.scalar(select(WebhookDelivery.id).where(*waits).limit(1)) is not None:
        await enqueue(session, states.DELIVER, endpoint.district_id, endpoint.id)


def _opens(strongbox: Strongbox, endpoint: WebhookEndpoint) -> bool:
    """Whether the present secret can still sign: not when the installation lost the key for it."""
    try:
        strongbox.open(endpoint.secret, *sealed_for(endpoint.id))
    except Unsealable:
        return False
    return True


def _shown(secret: bytes) -> str:
    """A secret as receivers' libraries take it."""
    return f"whsec_{base64.b64encode(secret).decode()}"
