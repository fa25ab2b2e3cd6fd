"""One at a time: of what costs much, and is therefore done once at a time for each caller."""

import hashlib
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

_LOCK = select(func.pg_try_advisory_xact_lock(bindparam("number")))


async def alone(session: AsyncSession, what: str, district_id: UUID, caller_id: UUID) -> bool:
    """Whether this is the caller's only one now, in whichever process; it stays so until the
    session's transaction ends, however it ends."""
    digest = hashlib.sha256(what.encode() + district_id.bytes + caller_id.bytes).digest()
    number = int.from_bytes(digest[:8], signed=True)
    return bool(await session.scalar(_LOCK, {"number": number}))
