"""The rules of roster connections. No HTTP, no commit."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete as removal
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.outside import Refused, check_url
from app.core.paging import Paging, page
from app.core.seal import Seal, Unsealable
from app.integrations.oneroster_rest.service import Account
from app.models import RosterConnection, RosterPull, RosterPullPage, touch
from app.models.roster_connections import ConnectionState
from app.settings import Allowed

_ADDRESSES = ("base_url", "token_url")


class AddressNotAllowed(Conflict):
    """Rosters are pulled over https from public addresses, and from those that the operator of
    this installation allows: nobody may look into its network from here."""

    code, title = "address_not_allowed", "This address is not gone to"
    next_step = "Correct what `field` names, or ask the operator to allow it (OUTSIDE_ALLOWED)."


class AddressWithQuery(Conflict):
    """The base address is one that paths are added to."""

    code, title = "address_with_query", "The base address has a question mark"
    next_step = "Give the address of the service without `?` and what follows it."


class SourceConnected(Conflict):
    """One source has one connection: two services would deactivate each other's people."""

    code, title = "source_connected", "This source has a connection"
    next_step = "Change the connection that there is, or name another source."


async def list_connections(
    session: AsyncSession, actor: Actor, paging: Paging
) -> tuple[list[Any], str | None]:
    """The district's connections, by source."""
    statement = view(actor, Action.ROSTER_CONNECTION_READ, RosterConnection)
    by = [RosterConnection.source, RosterConnection.id]
    return await page(session, actor, statement, paging, by=by)


async def read_connection(session: AsyncSession, actor: Actor, connection_id: UUID) -> Any:
    """One connection."""
    statement = view(actor, Action.ROSTER_CONNECTION_READ, RosterConnection)
    return await read_one(session, actor, statement, RosterConnection, connection_id)


async def create(
    session: AsyncSession,
    actor: Actor,
    fields: dict[str, Any],
    *,
    seal: Seal,
    allowed: tuple[Allowed, ...],
) -> UUID:
    """A new connection; nothing is asked of the service yet. District administrators."""
    connection = RosterConnection(district_id=actor.district_id, id=clock.new_id())
    secret = fields.pop("client_secret")
    for name, value in fields.items():
        setattr(connection, name, value)
    connection.sealed_secret = seal.close(secret, *_bound(connection))
    try:
        async with session.begin_nested():
            session.add(connection)
            await session.flush()
    except IntegrityError as exc:
        if "uq_roster_connection_source" not in str(exc.orig):
            raise
        there = await session.scalar(
            select(RosterConnection).where(
                RosterConnection.district_id == actor.district_id,
                RosterConnection.source == fields["source"],
            )
        )
        await must(session, actor, Action.ROSTER_CONNECTION_CREATE, there)
        raise SourceConnected from exc
    await must(session, actor, Action.ROSTER_CONNECTION_CREATE, connection)
    _check(fields, allowed)
    record(session, actor, "roster_connection.created", connection, (*fields, "client_secret"))
    return connection.id


async def change(
    session: AsyncSession,
    actor: Actor,
    connection_id: UUID,
    version: int,
    fields: dict[str, Any],
    *,
    seal: Seal,
    allowed: tuple[Allowed, ...],
) -> None:
    """Change where the service is and how to sign in. District administrators. Once the address of
    the service or of its tokens is another, the secret must be entered with it: else whoever may
    edit a connection could have the secret sent to a place of their own."""
    connection = await _acting(
        session, actor, Action.ROSTER_CONNECTION_EDIT, connection_id, version
    )
    _check(fields, allowed)
    moved = any(name in fields and fields[name] != getattr(connection, name) for name in _ADDRESSES)
    if moved and "client_secret" not in fields:
        raise SecretNeeded
    for name, value in fields.items():
        if name == "client_secret":
            connection.sealed_secret = seal.close(value, *_bound(connection))
        else:
            setattr(connection, name, value)
    touch(connection)
    record(session, actor, "roster_connection.changed", connection, fields)


class SecretNeeded(Conflict):
    """The secret that is kept is for the addresses it was entered with."""

    code, title = "secret_needed", "The client secret is needed again"
    next_step = "Send `client_secret` together with the new address."


async def pause(session: AsyncSession, actor: Actor, connection_id: UUID, version: int) -> None:
    """Pull nothing until it is resumed; a pull that runs ends. District administrators."""
    connection = await _acting(
        session, actor, Action.ROSTER_CONNECTION_PAUSE, connection_id, version
    )
    connection.state = ConnectionState.PAUSED.value
    touch(connection)
    record(session, actor, "roster_connection.paused", connection, ("state",))


async def resume(session: AsyncSession, actor: Actor, connection_id: UUID, version: int) -> None:
    """Let it be pulled again. District administrators."""
    connection = await _acting(
        session, actor, Action.ROSTER_CONNECTION_RESUME, connection_id, version
    )
    connection.state = ConnectionState.ACTIVE.value
    touch(connection)
    record(session, actor, "roster_connection.resumed", connection, ("state",))


async def delete(session: AsyncSession, actor: Actor, connection_id: UUID, version: int) -> None:
    """Forget the connection, its secret and its pulls; imports that came of them stay. District
    administrators."""
    connection = await _acting(
        session, actor, Action.ROSTER_CONNECTION_DELETE, connection_id, version
    )
    # locked, so that a page that is just being written is there to be deleted
    pulls = list(
        await session.scalars(
            select(RosterPull.id)
            .where(
                RosterPull.district_id == actor.district_id,
                RosterPull.connection_id == connection.id,
            )
            .with_for_update()
        )
    )
    await session.execute(
        removal(RosterPullPage).where(
            RosterPullPage.district_id == actor.district_id, RosterPullPage.pull_id.in_(pulls)
        )
    )
    await session.execute(
        removal(RosterPull).where(
            RosterPull.district_id == actor.district_id, RosterPull.id.in_(pulls)
        )
    )
    record(session, actor, "roster_connection.deleted", connection)
    await session.delete(connection)


def account_of(connection: RosterConnection, seal: Seal) -> Account:
    """How to sign in. Unsealable when the installation's keys are others by now."""
    secret = seal.open(connection.sealed_secret, *_bound(connection))
    if not isinstance(secret, str):
        raise Unsealable
    return Account(
        base_url=connection.base_url,
        token_url=connection.token_url,
        client_id=connection.client_id,
        secret=secret,
        scopes=tuple(connection.scopes),
        key=f"{connection.district_id}/{connection.id}/{connection.version}",
    )


def _bound(connection: RosterConnection) -> tuple[str, ...]:
    """A sealed secret opens in its own row alone."""
    return "roster connection", str(connection.district_id), str(connection.id)


def _check(fields: dict[str, Any], allowed: tuple[Allowed, ...]) -> None:
    for name in _ADDRESSES:
        if name in fields:
            try:
                target = check_url(fields[name], allowed=allowed)
            except Refused as exc:
                raise AddressNotAllowed(exc.reason, field=name) from exc
            if name == "base_url" and "?" in target.path:
                raise AddressWithQuery


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, connection_id: UUID, version: int
) -> RosterConnection:
    return await acting(
        session,
        actor,
        action,
        RosterConnection,
        connection_id,
        version,
        read=Action.ROSTER_CONNECTION_READ,
    )
