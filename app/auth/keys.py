"""Login keys: from something a caller shows to a district and a subject, by its hash alone."""

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession


def new_token() -> str:
    """256 random bits, to be shown once and stored hashed."""
    return secrets.token_urlsafe(32)


def digest(value: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(value.encode()).hexdigest()


async def find(session: AsyncSession, kind: str, value: str) -> tuple[UUID, UUID] | None:
    """(district, subject) of a key, or None."""
    row = (
        await session.execute(
            text("select district_id, subject_id from find_login_key(:kind, :hash)"),
            {"kind": kind, "hash": digest(value)},
        )
    ).first()
    return (row.district_id, row.subject_id) if row else None


async def put(session: AsyncSession, kind: str, value: str, subject: UUID) -> bool:
    """Keep a key of the present district. False when somebody else has it."""
    return bool(
        await session.scalar(
            select(func.put_login_key(kind, digest(value), bindparam("subject"))),
            {"subject": subject},
        )
    )


async def drop(session: AsyncSession, kind: str, subject: UUID) -> None:
    """Forget every key of this kind of a subject."""
    await session.execute(
        select(func.drop_login_keys(kind, bindparam("subject"))), {"subject": subject}
    )


async def enter(session: AsyncSession, district_id: UUID, *, local: bool = True) -> None:
    """Set the district for row-level security, for work that has no caller yet."""
    await session.execute(select(func.set_config("app.district", str(district_id), local)))
