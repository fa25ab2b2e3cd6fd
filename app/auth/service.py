"""Signing in and out: sessions, tokens, invitations, passwords."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.access.policy import Action
from app.access.scope import acting, visible
from app.auth import keys
from app.auth.passwords import check_strength, hashed, verified
from app.core import clock
from app.core.errors import Conflict, Forbidden, Problem
from app.core.events import record
from app.core.paging import Paging, page
from app.models import (
    AuthSession,
    Credential,
    IntegrationClient,
    Invitation,
    LoginAttempt,
    Person,
    RefreshToken,
    Role,
    School,
    touch,
)

INVITATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=24)
#: a second use of a refresh token within this is a client that lost the answer, not a thief
REFRESH_GRACE = timedelta(seconds=10)


class InvalidGrant(Problem):
    """The account and password, the refresh token, or the client's id and secret do not fit."""

    status, code, title = 400, "invalid_grant", "Sign-in failed"
    next_step = "Check both parts. A forgotten password is reset by whoever runs the server."


class InvalidClient(Problem):
    """The integration client's id and secret do not fit, or the client was revoked."""

    status, code, title = 401, "invalid_client", "Unknown client or wrong secret"
    next_step = "Check id and secret; a lost secret is replaced by a district administrator."


class InvalidScope(Problem):
    """The client asks for a scope that it was not given."""

    status, code, title = 400, "invalid_scope", "This scope was not given"
    next_step = "Leave `scope` out to get every scope the client has."


class InvitationUnknown(Problem):
    """The token is no invitation of this installation."""

    status, code, title = 401, "invitation_unknown", "This is no invitation"
    next_step = "Copy the whole token from the invitation, or ask for a new one."


class InvalidTokenRequest(Problem):
    """The token request names no grant this program knows, or lacks a field of it."""

    status, code, title = 400, "invalid_token_request", "Not a token request"
    next_step = "Send grant_type password, refresh_token or client_credentials with its fields."


class SlowDown(Problem):
    """Too many tries for this account from this address; the account is not locked."""

    status, code, title = 429, "sign_in_slowed", "Too many tries"
    next_step = "Wait the seconds that `Retry-After` names."


class InvitationSpent(Conflict):
    """The invitation was used, has expired, or was replaced by a newer one."""

    code, title = "invitation_spent", "This invitation cannot be used"
    next_step = "Ask whoever invited you for a new one."


class AccountExists(Conflict):
    """The person already signs in; an invitation is only a first way in."""

    code, title = "account_exists", "This person already has an account"
    next_step = (
        "A forgotten password is reset by whoever runs the server: `alongside person reset`."
    )


class EmailMissing(Conflict):
    """An account needs an e-mail address to sign in with."""

    code, title = "email_missing", "This person has no e-mail address"
    next_step = "Add the e-mail address first."


class EmailTaken(Conflict):
    """Another account of this installation signs in with that e-mail address."""

    code, title = "email_taken", "This e-mail address is in use"
    next_step = "Give another address, or correct the other account first."


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in gives: the session and, for people, the next refresh token."""

    subject_id: UUID
    session_id: UUID
    district_id: UUID
    refresh_token: str | None
    scopes: tuple[str, ...] = ()


# --- slowing down guesses ---------------------------------------------------------------------


def _prefix(address: str) -> str:
    """The network a sign-in comes from: /24 or /64, since single addresses are cheap."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


async def check_slowed(session: AsyncSession, account: str, address: str, per_minute: int) -> None:
    """Refuse (429) the try after the limit of a minute. An address that signed this account in
    before is not slowed by the failures of others; known and unknown accounts look alike."""
    account_hash, address_hash = _hash(account.lower()), _hash(_prefix(address))
    since = clock.now() - timedelta(minutes=1)
    trusted = await session.scalar(
        select(LoginAttempt.id)
        .where(
            LoginAttempt.account_hash == account_hash,
            LoginAttempt.address_hash == address_hash,
            LoginAttempt.succeeded,
        )
        .limit(1)
    )
    failures = select(func.count()).where(
        LoginAttempt.account_hash == account_hash,
        LoginAttempt.at > since,
        ~LoginAttempt.succeeded,
    )
    if trusted is not None:
        failures = failures.where(LoginAttempt.address_hash == address_hash)
    if (await session.scalar(failures) or 0) >= per_minute:
        raise SlowDown(
            f"At most {per_minute} tries a minute for one account.", headers={"Retry-After": "60"}
        )


def note_attempt(session: AsyncSession, account: str, address: str, *, succeeded: bool) -> None:
    """Write a try down, as hashes."""
    session.add(
        LoginAttempt(
            account_hash=_hash(account.lower()),
            address_hash=_hash(_prefix(address)),
            succeeded=succeeded,
        )
    )


# --- grants -----------------------------------------------------------------------------------


async def stored_password(session: AsyncSession, email: str) -> tuple[UUID, UUID, str] | None:
    """(district, person, hash) of an account that may sign in; sets the district."""
    found = await keys.find(session, "email", email.lower())
    if found is None:
        return None
    district_id, person_id = found
    await keys.enter(session, district_id, local=False)
    stored = await session.scalar(
        select(Credential.password_hash)
        .join(
            Person,
            (Person.district_id == Credential.district_id) & (Person.id == Credential.id),
        )
        .where(Credential.district_id == district_id, Credential.id == person_id, Person.active)
    )
    return (district_id, person_id, stored) if stored else None


async def open_session(
    session: AsyncSession, district_id: UUID, person_id: UUID, device: str | None, days: int
) -> Grant:
    """A new session for a person whose password was right."""
    await keys.enter(session, district_id)
    opened = AuthSession(
        district_id=district_id,
        person_id=person_id,
        device=device,
        expires_at=clock.now() + timedelta(days=days),
    )
    session.add(opened)
    await session.flush()
    actor = Actor(person_id, district_id, ActorKind.PERSON, "UTC", session_id=opened.id)
    record(session, actor, "session.opened", opened)
    token = await _next_refresh_token(session, opened)
    return Grant(person_id, opened.id, district_id, token)


async def _next_refresh_token(session: AsyncSession, opened: AuthSession) -> str:
    token = keys.new_token()
    row = RefreshToken(
        district_id=opened.district_id, session_id=opened.id, token_hash=keys.digest(token)
    )
    session.add(row)
    await session.flush()
    await keys.put(session, "refresh", token, row.id)
    return token


async def refresh(session: AsyncSession, token: str) -> Grant | None:
    """Rotate a refresh token. A token used twice, later than the grace, ends its whole session:
    one of the two who hold it is a thief. None means the grant failed; what was ended stays so."""
    found = await keys.find(session, "refresh", token)
    if found is None:
        return None
    district_id, token_id = found
    await keys.enter(session, district_id)
    row = await session.scalar(
        select(RefreshToken)
        .where(RefreshToken.district_id == district_id, RefreshToken.id == token_id)
        .with_for_update()
    )
    if row is None:
        return None
    opened = await session.scalar(
        select(AuthSession)
        .join(
            Person,
            (Person.district_id == AuthSession.district_id) & (Person.id == AuthSession.person_id),
        )
        .where(
            AuthSession.district_id == district_id,
            AuthSession.id == row.session_id,
            AuthSession.ended_at.is_(None),
            AuthSession.expires_at > clock.now(),
            Person.active,
        )
        .with_for_update(of=AuthSession)
    )
    if opened is None:
        return None
    actor = Actor(opened.person_id, district_id, ActorKind.PERSON, "UTC", session_id=opened.id)
    if row.used_at is not None and clock.now() - row.used_at > REFRESH_GRACE:
        await end_sessions(session, actor, [opened], "refresh_token_reused")
        return None
    row.used_at = row.used_at or clock.now()
    opened.last_used_at = clock.now()
    record(session, actor, "session.refreshed", opened)
    return Grant(
        opened.person_id, opened.id, district_id, await _next_refresh_token(session, opened)
    )


async def client_secret(
    session: AsyncSession, client_id: str
) -> tuple[UUID, UUID, str, tuple[str, ...]] | None:
    """(district, client, hash of the secret, scopes) of an active integration client."""
    found = await keys.find(session, "client", client_id)
    if found is None:
        return None
    district_id, subject = found
    await keys.enter(session, district_id, local=False)
    client = await session.scalar(
        select(IntegrationClient).where(
            IntegrationClient.district_id == district_id,
            IntegrationClient.id == subject,
            IntegrationClient.active,
        )
    )
    if client is None:
        return None
    return district_id, client.id, client.secret_hash, tuple(client.scopes)


def secret_fits(stored: str | None, secret: str) -> bool:
    """Whether a client's secret fits. It has 256 bits, so a plain hash is enough."""
    given = keys.digest(secret)
    return secrets.compare_digest(given, stored or "0" * 64) and stored is not None


# --- sessions ---------------------------------------------------------------------------------


async def list_sessions(
    session: AsyncSession, actor: Actor, paging: Paging
) -> tuple[list[AuthSession], str | None]:
    """The caller's own sessions that still live, newest first."""
    statement = visible(actor, Action.SESSION_READ, AuthSession).where(
        AuthSession.ended_at.is_(None), AuthSession.expires_at > clock.now()
    )
    rows, following = await page(
        session, actor, statement, paging, by=[AuthSession.id], descending=True
    )
    return [row[0] for row in rows], following


async def end_session(session: AsyncSession, actor: Actor, session_id: UUID) -> None:
    """End one of the caller's own sessions; its tokens die with it."""
    row = await acting(
        session, actor, Action.SESSION_END, AuthSession, session_id, read=Action.SESSION_READ
    )
    if row.ended_at is None:
        await end_sessions(session, actor, [row], "signed_out")


async def end_sessions(
    session: AsyncSession, actor: Actor, rows: list[AuthSession], reason: str
) -> None:
    """End sessions and forget their refresh tokens."""
    for row in rows:
        row.ended_at, row.ended_reason = clock.now(), reason
        touch(row)
        record(session, actor, "session.ended", row)
        for token in await session.scalars(
            select(RefreshToken.id).where(
                RefreshToken.district_id == row.district_id, RefreshToken.session_id == row.id
            )
        ):
            await keys.drop(session, "refresh", token)


async def end_all_sessions(
    session: AsyncSession,
    actor: Actor,
    person_id: UUID,
    reason: str,
    *,
    keep: UUID | None = None,
) -> None:
    """End every session of a person, but for the one to keep."""
    rows = await session.scalars(
        select(AuthSession)
        .where(
            AuthSession.district_id == actor.district_id,
            AuthSession.person_id == person_id,
            AuthSession.ended_at.is_(None),
        )
        .with_for_update()
    )
    await end_sessions(session, actor, [row for row in rows if row.id != keep], reason)


# --- invitations and passwords ----------------------------------------------------------------


async def invite(
    session: AsyncSession, actor: Actor, person: Person, purpose: str = "invite"
) -> tuple[Invitation, str]:
    """A single-use token to set a password: `invite` only while there is none, `reset` by the
    operator alone. A newer one replaces an older."""
    if person.email is None:
        raise EmailMissing
    exists = await session.scalar(
        select(Credential.id).where(
            Credential.district_id == actor.district_id, Credential.id == person.id
        )
    )
    if purpose == "invite" and exists is not None:
        raise AccountExists
    if not await keys.put(session, "email", person.email, person.id):
        raise EmailTaken
    await void_invitations(session, actor, person.id)
    token = keys.new_token()
    life = INVITATION_LIFE if purpose == "invite" else RESET_LIFE
    invitation = Invitation(
        district_id=actor.district_id,
        person_id=person.id,
        purpose=purpose,
        token_hash=keys.digest(token),
        expires_at=clock.now() + life,
    )
    session.add(invitation)
    await session.flush()
    await keys.put(session, "invitation", token, invitation.id)
    record(session, actor, "person.invited" if purpose == "invite" else "person.reset", person)
    return invitation, token


async def void_invitations(session: AsyncSession, actor: Actor, person_id: UUID) -> None:
    """Stop every unused invitation of a person."""
    for older in await session.scalars(
        select(Invitation).where(
            Invitation.district_id == actor.district_id,
            Invitation.person_id == person_id,
            Invitation.used_at.is_(None),
        )
    ):
        # Its key stays, so that whoever still holds it learns that it is spent.
        older.expires_at = min(older.expires_at, clock.now())


async def accept(session: AsyncSession, token: str, password: str) -> Person:
    """Set the password an invitation allows. Ends every session the person had."""
    found = await keys.find(session, "invitation", token)
    if found is None:
        raise InvitationUnknown(headers={"WWW-Authenticate": "Bearer"})
    district_id, invitation_id = found
    await keys.enter(session, district_id)
    invitation = await session.scalar(
        select(Invitation)
        .where(Invitation.district_id == district_id, Invitation.id == invitation_id)
        .with_for_update()
    )
    if invitation is None or invitation.used_at or invitation.expires_at <= clock.now():
        raise InvitationSpent
    person = await session.scalar(
        select(Person).where(
            Person.district_id == district_id, Person.id == invitation.person_id, Person.active
        )
    )
    if person is None:
        raise InvitationSpent
    await _check_password(session, person, password)
    actor = Actor(person.id, district_id, ActorKind.PERSON, "UTC")
    await _set_password(session, person, password)
    invitation.used_at = clock.now()
    touch(invitation)
    await end_all_sessions(session, actor, person.id, "password_set")
    record(session, actor, "person.password_set", person)
    return person


async def change_password(session: AsyncSession, actor: Actor, current: str, password: str) -> None:
    """Change one's own password; every other session ends."""
    credential = await session.scalar(
        select(Credential)
        .where(Credential.district_id == actor.district_id, Credential.id == actor.id)
        .with_for_update()
    )
    if credential is None:
        raise Forbidden("Only a person has a password.")
    if not await verified(credential.password_hash, current):
        raise InvalidGrant("The present password is not right.")
    person = await session.scalar(
        select(Person).where(Person.district_id == actor.district_id, Person.id == actor.id)
    )
    assert person is not None
    await _check_password(session, person, password)
    credential.password_hash = await hashed(password)
    touch(credential)
    await end_all_sessions(session, actor, actor.id, "password_changed", keep=actor.session_id)
    record(session, actor, "person.password_changed", person)


async def _check_password(session: AsyncSession, person: Person, password: str) -> None:
    schools = await session.scalars(
        select(School.name)
        .join(Role, (Role.district_id == School.district_id) & (Role.school_id == School.id))
        .where(Role.district_id == person.district_id, Role.person_id == person.id)
    )
    names = [*person.given_name.split(), *person.family_name.split(), *schools]
    if person.email:
        names.append(person.email.partition("@")[0])
    check_strength(password, names)


async def _set_password(session: AsyncSession, person: Person, password: str) -> None:
    password_hash = await hashed(password)
    done = await session.execute(
        update(Credential)
        .where(Credential.district_id == person.district_id, Credential.id == person.id)
        .values(password_hash=password_hash, version=Credential.version + 1)
    )
    if done.rowcount == 0:  # type: ignore[attr-defined]
        session.add(
            Credential(district_id=person.district_id, id=person.id, password_hash=password_hash)
        )
