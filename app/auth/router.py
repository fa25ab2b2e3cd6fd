"""Signing in and out, first passwords, and one's own sessions."""

import base64
import binascii
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import unquote_plus

from fastapi import APIRouter, Form, Request, Response

from app.auth import attempts, passwords, service, sessions
from app.auth.schemas import (
    AccountOut,
    InvitationAccept,
    PasswordChange,
    SessionOut,
    SessionPage,
    TokenOut,
)
from app.core.errors import BadRequest, Forbidden, Problem
from app.core.types import Id
from app.web import problems as edge
from app.web.contract import PUBLIC, problems
from app.web.dependencies import CurrentActor, Paging, Session, Work
from app.web.unit import UnitRoute, reads

router = APIRouter(prefix="/auth", tags=["Sign-in"], route_class=UnitRoute)

COOKIE = "__Host-alongside"
_TextField = Annotated[str | None, Form(max_length=1024)]
_OAUTH_ERRORS = {"invalid_token_request": "invalid_request", "forbidden": "invalid_request"}


def client_address(request: Request) -> str:
    """Where a request comes from; `X-Forwarded-For` counts only behind a trusted proxy."""
    peer = request.client.host if request.client else ""
    networks = request.app.state.settings.trusted_proxies
    # A proxy may add a line of its own rather than lengthen the one that came: read them all.
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in forwarded.split(",")]
    while hops and peer:
        try:
            address = ip_address(peer)
        except ValueError:
            break
        if not any(address in network for network in networks) or not hops[-1]:
            break
        peer = hops.pop()
    return peer


def _refused(problem: Problem, request: Request) -> Response:
    """A problem that also speaks OAuth (RFC 6749, 5.2). Returned rather than raised, so that what
    was noted of the failed try is kept."""
    problem.members["error"] = _OAUTH_ERRORS.get(problem.code, problem.code)
    problem.members["error_description"] = problem.detail
    return edge.answer(problem, request)


def _cookie_refusal(request: Request) -> Problem | None:
    """Why this request may not refresh by cookie: what a page of another site could make a browser
    send is not enough."""
    allowed = (request.app.state.settings.public_url, *request.app.state.settings.cors_origins)
    if request.headers.get("origin") not in allowed:
        return Forbidden("Refreshing by cookie needs an allowed Origin.")
    if "x-requested-with" not in request.headers:
        return Forbidden("Refreshing by cookie needs the header X-Requested-With.")
    return None


@router.post(
    "/token",
    responses=problems(
        service.InvalidGrant,
        service.InvalidTokenRequest,
        service.InvalidClient,
        service.InvalidScope,
        attempts.SlowDown,
        403,
    ),
    openapi_extra=PUBLIC,
)
@reads("application/x-www-form-urlencoded", 16_384, 30)
async def create_token(
    request: Request,
    work: Work,
    grant_type: Annotated[
        Literal["password", "refresh_token", "client_credentials"] | None, Form()
    ] = None,
    username: _TextField = None,
    password: _TextField = None,
    refresh_token: _TextField = None,
    client_id: _TextField = None,
    client_secret: _TextField = None,
    scope: _TextField = None,
    session: Annotated[
        Literal["cookie"] | None,
        Form(description="`cookie` keeps the refresh token from JavaScript"),
    ] = None,
) -> TokenOut:
    """Sign in. Anyone may call it: a person with e-mail and password or a refresh token, an
    integration client with its id and secret. The access token lives ten minutes."""
    answer = await _grant(
        request,
        work,
        grant_type,
        username,
        password,
        refresh_token,
        client_id,
        client_secret,
        scope,
    )
    if isinstance(answer, Problem):
        return _refused(answer, request)  # type: ignore[return-value]
    # What came by cookie goes on by cookie: a script in the page must not get it out by leaving
    # `session` out.
    by_cookie = session == "cookie" or (
        grant_type == "refresh_token" and refresh_token is None and COOKIE in request.cookies
    )
    tokens = request.app.state.tokens
    out = TokenOut(
        access_token=tokens.issue(
            answer.subject_id, answer.session_id, answer.district_id, answer.scopes
        ),
        expires_in=int(tokens.lifetime.total_seconds()),
        refresh_token=None if by_cookie else answer.refresh_token,
        scope=" ".join(answer.scopes),
    )
    response = Response(out.model_dump_json(), media_type="application/json")
    if by_cookie and answer.refresh_token:
        response.set_cookie(
            COOKIE,
            answer.refresh_token,
            secure=True,
            httponly=True,
            samesite="strict",
            path="/",
            max_age=request.app.state.settings.session_days * 86_400,
        )
    return response  # type: ignore[return-value]


async def _grant(
    request: Request,
    work: Work,
    grant_type: str | None,
    username: str | None,
    password: str | None,
    refresh_token: str | None,
    client_id: str | None,
    client_secret: str | None,
    scope: str | None,
) -> sessions.Grant | Problem:
    """One of the three grants. Passwords are verified while no connection is held, so that a
    storm of sign-ins cannot starve the pool."""
    settings, address = request.app.state.settings, client_address(request)
    if grant_type == "password" and username and password:
        async with work.database.writing() as noting:
            try:
                attempt = await attempts.note(noting, username, address, _per_minute(request))
            except Problem as problem:
                return problem
            account = await service.stored_password(noting, username)
        if not await passwords.verified(account[2] if account else None, password):
            return service.InvalidGrant("E-mail and password do not fit.")
        assert account is not None
        session = await work.session()
        await attempts.fitted(session, attempt)
        device = request.headers.get("user-agent", "")[:200] or None
        return await sessions.begin(session, account[0], account[1], device, settings.session_days)
    if grant_type == "refresh_token":
        token = refresh_token
        if token is None and COOKIE in request.cookies:
            if refusal := _cookie_refusal(request):
                return refusal
            token = request.cookies[COOKIE]
        if token:
            grant = await sessions.refresh(await work.session(), token)
            return grant or service.InvalidGrant("The refresh token is used, ended or unknown.")
    if grant_type == "client_credentials":
        client_id, client_secret = _basic(request) or (client_id, client_secret)
        if client_id and client_secret:
            async with work.database.reading() as reading:
                client = await service.client_secret(reading, client_id)
            if not service.secret_fits(client[2] if client else None, client_secret):
                return service.InvalidClient(
                    headers={"WWW-Authenticate": 'Basic realm="alongside"'}
                )
            assert client is not None
            wanted = set((scope or "").split()) or set(client[3])
            if not wanted <= set(client[3]):
                return service.InvalidScope("The client was not given every scope it asks for.")
            return sessions.Grant(client[1], client[1], client[0], None, tuple(sorted(wanted)))
    return service.InvalidTokenRequest(
        "Send grant_type password with username and password, refresh_token with refresh_token, "
        "or client_credentials with client_id and client_secret."
    )


def _per_minute(request: Request) -> int | None:
    """How many wrong passwords a minute; None where limits are off."""
    settings = request.app.state.settings
    return settings.logins_per_minute if settings.limits_enabled else None


def _basic(request: Request) -> tuple[str, str] | None:
    """Client id and secret from HTTP Basic, as RFC 6749 prefers."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise BadRequest("The Authorization header is not HTTP Basic.") from exc
    return (unquote_plus(name), unquote_plus(secret)) if colon else None


@router.post(
    "/invitations/accept",
    responses=problems(service.InvitationUnknown, service.InvitationSpent, passwords.WeakPassword),
    openapi_extra=PUBLIC,
)
async def accept_invitation(body: InvitationAccept, work: Work) -> AccountOut:
    """Set a first password with an invitation, or a new one with a reset. Anyone who holds the
    token may call it, once; every session the person had ends."""
    person = await service.accept(await work.session(), body.token, body.password)
    return AccountOut(person_id=person.id, email=person.email or "")


@router.post(
    "/password",
    status_code=204,
    responses=problems(service.InvalidGrant, attempts.SlowDown, passwords.WeakPassword),
)
async def change_password(
    request: Request, body: PasswordChange, session: Session, actor: CurrentActor
) -> None:
    """Change your own password; your other sessions end. People only. Wrong present passwords are
    slowed as at sign-in."""
    await service.change_password(
        session,
        actor,
        body.current_password,
        body.new_password,
        address=client_address(request),
        per_minute=_per_minute(request),
    )


@router.get("/sessions", responses=problems(400))
async def list_sessions(session: Session, actor: CurrentActor, paging: Paging) -> SessionPage:
    """Where you are signed in, newest first. People see their own sessions and nobody else's."""
    rows, following = await sessions.list_own(session, actor, paging)
    items = [
        SessionOut(
            id=row.id,
            version=row.version,
            device=row.device,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            current=row.id == actor.session_id,
            permissions=["end"],
        )
        for row in rows
    ]
    return SessionPage(items=items, next=following)


@router.delete("/sessions/{session_id}", status_code=204, responses=problems(404))
async def end_session(session: Session, actor: CurrentActor, session_id: Id) -> None:
    """Sign a device out, or yourself. Its tokens stop working at once. Your own sessions only."""
    await sessions.end_own(session, actor, session_id)
