"""Accounts: what signs a person or a client in, invitations, passwords."""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.auth import attempts, keys, sessions
from app.auth.passwords import check_strength, hashed, verified
from app.core import clock
from app.core.errors import Conflict, Problem
from app.core.events import record
from app.models import (
    Credential,
    IntegrationClient,
    Invitation,
    Person,
    Role,
    School,
    touch,
)

INVITATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=24)


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
    await sessions.end_all(session, actor, person.id, "password_set")
    record(session, actor, "person.password_set", person)
    return person


async def change_password(
    session: AsyncSession,
    actor: Actor,
    current: str,
    password: str,
    *,
    address: str,
    per_minute: int | None,
) -> None:
    """Change one's own password; every other session ends. Guesses are slowed as at sign-in:
    whoever finds an open browser has a token too."""
    mine = select(Credential).where(
        Credential.district_id == actor.district_id, Credential.id == actor.id
    )
    stored = await session.scalar(mine.with_only_columns(Credential.password_hash))
    attempt = await attempts.note(session, str(actor.id), address, per_minute)
    if not await verified(stored, current):
        raise InvalidGrant("The present password is not right.")
    await attempts.fitted(session, attempt)
    await keys.enter(session, actor.district_id)
    credential = await session.scalar(mine.with_for_update())
    if credential is None or credential.password_hash != stored:  # changed in between
        raise InvalidGrant("The present password is not right.")
    person = await session.scalar(
        select(Person).where(Person.district_id == actor.district_id, Person.id == actor.id)
    )
    assert person is not None
    await _check_password(session, person, password)
    credential.password_hash = await hashed(password)
    touch(credential)
    await sessions.end_all(session, actor, actor.id, "password_changed", keep=actor.session_id)
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
    await check_strength(password, names)


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
