"""Tries at signing in: written down as hashes before the password is looked at, and slowed."""

import hashlib
from datetime import timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.errors import Problem
from app.models import LoginAttempt


class SlowDown(Problem):
    """Too many tries for this account from this address; the account is not locked."""

    status, code, title = 429, "sign_in_slowed", "Too many tries"
    next_step = "Wait the seconds that `Retry-After` names."


async def note(session: AsyncSession, account: str, address: str, per_minute: int | None) -> UUID:
    """Write a try down as failed, or refuse (429) the one after the limit of a minute.

    Tries for one account take turns here and each is counted before its password is hashed, so many
    at once get no further than one after the other. An address that signed this account in before
    is not slowed by the failures of others; known and unknown accounts look alike.

    Commits: a try counts whatever becomes of it, and no transaction is open while a password is
    hashed. Whoever goes on with the session enters their district again.
    """
    account_hash, address_hash = _hash(account.lower()), _hash(_prefix(address))
    lock = int.from_bytes(bytes.fromhex(account_hash[:16]), "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(lock)))
    if per_minute is not None:
        await _check(session, account_hash, address_hash, per_minute)
    attempt = LoginAttempt(account_hash=account_hash, address_hash=address_hash, succeeded=False)
    session.add(attempt)
    await session.commit()
    return attempt.id


async def _check(
    session: AsyncSession, account_hash: str, address_hash: str, per_minute: int
) -> None:
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
        LoginAttempt.at > clock.now() - timedelta(minutes=1),
        ~LoginAttempt.succeeded,
    )
    if trusted is not None:
        failures = failures.where(LoginAttempt.address_hash == address_hash)
    if (await session.scalar(failures) or 0) >= per_minute:
        raise SlowDown(
            f"At most {per_minute} tries a minute for one account.", headers={"Retry-After": "60"}
        )


async def fitted(session: AsyncSession, attempt_id: UUID) -> None:
    """The password of a try was right: it does not count as a failure. Commits, as above."""
    await session.execute(
        update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(succeeded=True)
    )
    await session.commit()


def _prefix(address: str) -> str:
    """The network a sign-in comes from: /24 or /64, since single addresses are cheap."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
