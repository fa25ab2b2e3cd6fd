"""What a route may ask for: Session, CurrentActor, InOneMoment, Paging, IfMatch, MailReady. Nothing
else."""

import re
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from fastapi.routing import APIRoute
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.core import clock
from app.core.database import Snapshot
from app.core.errors import BadRequest, NotForClients, PreconditionRequired, Unauthenticated
from app.core.paging import Paging as PagingValue
from app.web import idempotency
from app.web.limits import spend
from app.web.tokens import Access, bearer
from app.web.unit import UnitOfWork

_LOAD_CALLER = select(
    func.load_caller(
        bindparam("did", type_=SqlUuid()),
        bindparam("sid", type_=SqlUuid()),
        bindparam("sub", type_=SqlUuid()),
        bindparam("local"),
        bindparam("now"),
        type_=JSONB,
    )
)


async def _unit(request: Request) -> UnitOfWork:
    work: UnitOfWork = request.state.work
    return work


async def _actor(request: Request) -> Actor:
    """The caller, loaded in one statement on the request's own connection, which also sets the
    district for row-level security. A session, role or relationship that ended counts at once."""
    # Not by Depends: FastAPI walks a dependency's own ones anew at each of its uses.
    work: UnitOfWork = request.state.work
    access = request.app.state.tokens.read(bearer(request))
    actor = await _load(request, await work.session(), access, local=work.write)
    request.state.actor = actor
    request.scope["caller"] = actor.id
    settings = request.app.state.settings
    limit = (
        settings.client_requests_per_minute
        if actor.kind is ActorKind.CLIENT
        else settings.requests_per_minute
    )
    spend(request, str(actor.id), limit)
    if actor.kind is ActorKind.CLIENT:
        _for_clients(request.scope["route"], actor)
    acts = request.method == "POST" and not getattr(request.scope["route"], "only_asks", False)
    if acts and not request.url.path.startswith("/api/v1/auth/"):
        await idempotency.begin(request, work, actor)
    return actor


async def _load(request: Request, session: AsyncSession, access: Access, *, local: bool) -> Actor:
    """Who an access token is of, on this connection, which is from now on of their district."""
    data = await session.scalar(_LOAD_CALLER, _values(access, local=local))
    if data is None:
        raise Unauthenticated(
            "This session has ended. Sign in again.",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    if access.scopes:
        data["scopes"] = [name for name in data.get("scopes", ()) if name in access.scopes]
    return Actor.of(data, access.session, request.scope.get("request_id"))


def _values(access: Access, *, local: bool) -> dict[str, Any]:
    return {
        "did": access.district,
        "sid": access.session,
        "sub": access.subject,
        "local": local,
        "now": clock.now(),
    }


async def _in_one_moment(request: Request, _caller: Annotated[Actor, Depends(_actor)]) -> Snapshot:
    """For answers that are made while they are sent: ask for it when all is checked that can be
    checked before, since few get it at once."""

    async def snapshot() -> tuple[AsyncSession, Actor]:
        work: UnitOfWork = request.state.work
        access = request.app.state.tokens.read(bearer(request))
        session = await work.snapshot(access.district)
        actor = await _load(request, session, access, local=True)
        request.state.actor = actor
        if actor.kind is ActorKind.CLIENT:
            _for_clients(request.scope["route"], actor)
        work.still = partial(_still, request, access)
        return session, actor

    return snapshot


async def _still(request: Request, access: Access) -> bool:
    """Whether the caller, asking now, would be let in as they were; on a connection of its own,
    since the answer's sees the moment it began."""
    async with request.app.state.database.reading() as session:
        data = await session.scalar(_LOAD_CALLER, _values(access, local=False))
    return data is not None and request.state.actor.scopes.issubset(data.get("scopes") or ())


def _for_clients(route: APIRoute, actor: Actor) -> None:
    """Refuse what none of the client's scopes opens (403): an empty list would read as "none"."""
    security = (route.openapi_extra or {}).get("security", [])
    opened_by = next((entry["client"] for entry in security if "client" in entry), None)
    if opened_by is None or (opened_by and not actor.scopes.intersection(opened_by)):
        held = " and ".join(sorted(actor.scopes)) or "no scope"
        raise NotForClients(f"This address is not open to a client with {held}.")


async def _session(request: Request, _caller: Annotated[Actor, Depends(_actor)]) -> AsyncSession:
    """The request's session; the caller is always loaded first, so the district is set."""
    work: UnitOfWork = request.state.work
    return await work.session()


_VERSION = re.compile(r'(?:W/)?"(\d{1,9})(?:-[0-9a-f]{8})?"')


async def _if_match(
    _caller: Annotated[Actor, Depends(_actor)],
    if_match: Annotated[
        str | None,
        Header(
            description='The version you changed: the object\'s ETag, or `"<version>"`.',
            max_length=100,
        ),
    ] = None,
) -> int:
    """The version an edit was made from (428 without, 400 when it is not an ETag of ours)."""
    if if_match is None:
        raise PreconditionRequired
    match = _VERSION.fullmatch(if_match.strip())
    if match is None:
        raise BadRequest('If-Match must be the object\'s ETag or its version in quotes, as `"3"`.')
    return int(match[1])


async def _paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200, description="How many items, 1 to 200")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next` of the page before")
    ] = None,
) -> PagingValue:
    filters = sorted(
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("cursor", "limit")
    )
    return PagingValue(
        limit=limit,
        cursor=cursor,
        bound=f"{request.url.path}?{filters}",
        seal=request.app.state.seal,
    )


async def _mail_ready(request: Request) -> bool:
    """Whether this installation can send e-mail."""
    return bool(request.app.state.mailer.configured)


CurrentActor = Annotated[Actor, Depends(_actor)]
InOneMoment = Annotated[Snapshot, Depends(_in_one_moment)]
Session = Annotated[AsyncSession, Depends(_session)]
Work = Annotated[UnitOfWork, Depends(_unit)]
IfMatch = Annotated[int, Depends(_if_match)]
Paging = Annotated[PagingValue, Depends(_paging)]
MailReady = Annotated[bool, Depends(_mail_ready)]

__all__ = ["CurrentActor", "IfMatch", "InOneMoment", "MailReady", "Paging", "Session", "Work"]
