"""Sessions: opened, kept alive by refresh tokens, listed, ended."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.access.policy import Action
from app.access.scope import acting, visible
from app.auth import keys
from app.core import clock
from app.core.events import record
from app.core.paging import Paging, page
from app.models import AuthSession, Person, RefreshToken, touch

#: a second use of a refresh token within this is a client that lost the answer, not a thief
REFRESH_GRACE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in gives: the session and, for people, the next refresh token."""

    subject_id: UUID
    session_id: UUID
    district_id: UUID
    refresh_token: str | None
    scopes: tuple[str, ...] = ()


async def begin(
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
        await end(session, actor, [opened], "refresh_token_reused")
        return None
    if row.used_at is None:
        # With it is used what else was given, also in place of an answer that seemed lost: if a
        # thief took that one, one of the two comes late with theirs and the session ends.
        await session.execute(
            update(RefreshToken)
            .where(
                RefreshToken.district_id == district_id,
                RefreshToken.session_id == opened.id,
                RefreshToken.used_at.is_(None),
            )
            .values(used_at=clock.now())
        )
    opened.last_used_at = clock.now()
    record(session, actor, "session.refreshed", opened)
    return Grant(
        opened.person_id, opened.id, district_id, await _next_refresh_token(session, opened)
    )


async def list_own(
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


async def end_own(session: AsyncSession, actor: Actor, session_id: UUID) -> None:
    """End one of the caller's own sessions; its tokens die with it."""
    row = await acting(
        session, actor, Action.SESSION_END, AuthSession, session_id, read=Action.SESSION_READ
    )
    if row.ended_at is None:
        await end(session, actor, [row], "signed_out")


async def end(session: AsyncSession, actor: Actor, rows: list[AuthSession], reason: str) -> None:
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


async def end_all(
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
    await end(session, actor, [row for row in rows if row.id != keep], reason)
