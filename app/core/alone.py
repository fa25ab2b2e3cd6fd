"""One at a time: of what costs much, and is therefore done once at a time for each caller."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Snapshot
from app.core.errors import TooManyRequests

#: when to ask again for what is being sent
RETRY = {"Retry-After": "30"}
_LOCK = select(func.pg_try_advisory_xact_lock(bindparam("number")))


async def alone(
    session: AsyncSession,
    snapshot: Snapshot,
    what: str,
    caller: Any,
    refusal: type[TooManyRequests],
) -> tuple[AsyncSession, Any]:
    """The moment in which a caller is sent something, and the caller then: refused while they are
    sent another, by whichever process. It stays so until the moment's transaction ends, however it
    ends. `caller` is an actor."""
    # The lock ends with this statement. Who is refused shall neither wait for a snapshot nor take
    # one from others.
    if not await _locked(session, what, caller.district_id, caller.id):
        raise refusal(headers=RETRY)
    session, caller = await snapshot()
    if not await _locked(session, what, caller.district_id, caller.id):
        raise refusal(headers=RETRY)
    return session, caller


async def _locked(session: AsyncSession, what: str, district_id: UUID, caller_id: UUID) -> bool:
    digest = hashlib.sha256(what.encode() + district_id.bytes + caller_id.bytes).digest()
    number = int.from_bytes(digest[:8], signed=True)
    return bool(await session.scalar(_LOCK, {"number": number}))
