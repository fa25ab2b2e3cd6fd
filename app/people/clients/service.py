"""The rules of integration clients."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.auth import keys
from app.core.errors import Conflict, WrongState
from app.core.events import record
from app.core.paging import Paging, page
from app.models import IntegrationClient, WebhookEndpoint, touch
from app.models.webhooks import DisabledBecause, EndpointState
from app.people.clients import endpoints as webhooks


class ClientNameTaken(Conflict):
    """Another client of the district, perhaps a revoked one, has that name."""

    code, title = "client_name_taken", "This name is in use"
    next_step = "Give the client another name; names are not used twice, so that audits stay clear."


async def list_clients(
    session: AsyncSession, actor: Actor, paging: Paging
) -> tuple[list[Any], str | None]:
    """The district's clients, by name, revoked ones included."""
    statement = view(actor, Action.CLIENT_READ, IntegrationClient)
    by = [IntegrationClient.name, IntegrationClient.id]
    return await page(session, actor, statement, paging, by=by)


async def read_client(session: AsyncSession, actor: Actor, client_id: UUID) -> Any:
    """One client."""
    statement = view(actor, Action.CLIENT_READ, IntegrationClient)
    return await read_one(session, actor, statement, IntegrationClient, client_id)


async def create_client(
    session: AsyncSession, actor: Actor, name: str, scopes: list[str]
) -> tuple[UUID, str]:
    """A new client and its secret. District administrators."""
    secret = keys.new_token()
    same_name = await session.scalar(
        visible(actor, Action.CLIENT_READ, IntegrationClient).where(IntegrationClient.name == name),
        actor.binds,
    )
    client = same_name or IntegrationClient(
        district_id=actor.district_id,
        name=name,
        scopes=sorted(set(scopes)),
        secret_hash=keys.digest(secret),
    )
    if same_name is None:
        session.add(client)
        try:
            await session.flush()
        except IntegrityError as exc:  # somebody gave the name at the same moment
            raise ClientNameTaken from exc
    await must(session, actor, Action.CLIENT_CREATE, client)
    if same_name is not None:
        raise ClientNameTaken
    await keys.put(session, "client", str(client.id), client.id)
    record(session, actor, "integration_client.created", client, ("name", "scopes"))
    return client.id, secret


async def _changing(
    session: AsyncSession, actor: Actor, action: Action, client_id: UUID, version: int
) -> IntegrationClient:
    client = await acting(
        session, actor, action, IntegrationClient, client_id, version, read=Action.CLIENT_READ
    )
    if not client.active:
        raise WrongState("A revoked client stays revoked.", state="revoked", allowed=[])
    return client


async def rotate_secret(session: AsyncSession, actor: Actor, client_id: UUID, version: int) -> str:
    """A new secret in place of the old one, which signs in no more. District administrators."""
    client = await _changing(session, actor, Action.CLIENT_ROTATE, client_id, version)
    secret = keys.new_token()
    client.secret_hash = keys.digest(secret)
    touch(client)
    record(session, actor, "integration_client.secret_rotated", client, ("secret",))
    return secret


async def revoke(session: AsyncSession, actor: Actor, client_id: UUID, version: int) -> None:
    """End a client for good; its tokens stop at once, and its webhooks are sent nothing more.
    District administrators."""
    # in this order, as by everybody who tells endpoints of something; none is made meanwhile
    await webhooks.set_up_alone(session, client_id)
    endpoints = await _endpoints(session, actor, client_id)
    client = await _changing(session, actor, Action.CLIENT_REVOKE, client_id, version)
    client.active = False
    touch(client)
    await keys.drop(session, "client", client.id)
    record(session, actor, "integration_client.revoked", client, ("active",))
    for endpoint in endpoints:
        if endpoint.state == EndpointState.ACTIVE.value:
            await webhooks.disable(session, actor, endpoint, DisabledBecause.CLIENT)


async def _endpoints(
    session: AsyncSession, actor: Actor, client_id: UUID
) -> Sequence[WebhookEndpoint]:
    """The webhook endpoints of a client, locked, disabled ones as well: who enables one at this
    moment comes before this, and it is disabled after that, or is told that the client was
    revoked."""
    statement = (
        visible(actor, Action.WEBHOOK_READ, WebhookEndpoint)
        .where(WebhookEndpoint.client_id == client_id)
        .order_by(WebhookEndpoint.id)
        .with_for_update()
    )
    return (await session.scalars(statement, actor.binds)).all()
