"""What the commands share: the one line of a failure, and the way to the database."""

import asyncio
import errno
from collections.abc import Awaitable, Callable

import asyncpg
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.auth import keys
from app.core import embedded
from app.core.database import Database, TransactionPooler
from app.core.dburl import async_url
from app.core.migrate import FINGERPRINT, alembic_config, migrate
from app.models import District
from app.settings import Settings

#: what may go wrong outside the program; `explained` has the words
EXPECTED = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError, CommandError)
Work = Callable[[AsyncSession, Actor], Awaitable[int]]

_ROLE = """
select r.rolsuper, r.rolbypassrls, exists (
    select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and pg_has_role(r.oid, c.relowner, 'usage'))
from pg_roles r where r.rolname = current_user
"""


class Stop(Exception):
    """The one line an operator reads when the program cannot go on."""


def explained(exc: BaseException, setting: str) -> str:
    """What went wrong outside, and what to do. Never the address: that holds a password."""
    if isinstance(exc, CommandError):
        return "The schema is not one this program knows: run the version that made it, or newer."
    if isinstance(exc, OSError) and exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: free some space, or choose another folder with --data-dir."
    if isinstance(exc, OSError) and exc.filename:
        return f"{exc.filename} cannot be used ({exc.strerror}): check that it is there and yours."
    if isinstance(exc, TransactionPooler):
        return f"{setting} is a pooler in transaction mode: give PostgreSQL's own, or session mode."
    cause = exc.orig if isinstance(exc, DBAPIError) else exc
    state = getattr(cause, "sqlstate", None) or ""
    if state in ("28P01", "28000"):
        return f"The database refuses the role or password: correct {setting}."
    if state == "3D000":
        return f"There is no such database: create it, or correct {setting}."
    if state == "42501":
        return "The role lacks a right: run `alongside migrate`, which grants what is needed."
    if state.startswith("42"):
        return "The schema is not this program's: run `alongside migrate`."
    return (
        f"The database cannot be reached: check that it runs and that {setting} names it "
        f"({type(cause).__name__})."
    )


def check_addresses(settings: Settings) -> None:
    """Refuse a database address that cannot be read, by the name of its setting."""
    for name, url in (
        ("DATABASE_URL", settings.database_url),
        ("MIGRATION_DATABASE_URL", settings.migration_database_url),
    ):
        try:
            if url:
                async_url(url)
        except ValueError as exc:
            raise Stop(f"{name} cannot be used: {exc}") from exc


async def faults_of(url: str) -> list[str]:
    """What keeps the program from serving on this database, each with what to do."""
    database = Database(url, write_pool=1, read_pool=1)
    found = []
    try:
        async with database.reading() as session:
            version = int(await session.scalar(text("show server_version_num")) or 0)
            if version < 150_000:
                return [f"PostgreSQL 15 or newer is needed and this is {version // 10_000}."]
            if any((await session.execute(text(_ROLE))).one()):
                found.append(
                    "The role of DATABASE_URL is a superuser, bypasses row-level security or owns "
                    "tables: give the application a role of its own."
                )
            head = ScriptDirectory.from_config(alembic_config()).get_current_head()
            here = await session.scalar(text("select to_regclass('public.alembic_version')::text"))
            if here is None or (
                await session.scalar(text("select version_num from alembic_version")) != head
            ):
                found.append("The schema is not this program's: run `alongside migrate`.")
            elif await session.scalar(text(FINGERPRINT)) != await session.scalar(
                text("select fingerprint from installation")
            ):
                found.append(
                    "This database was restored: run `alongside migrate`, so that integrations "
                    "start their pull anew."
                )
    finally:
        await database.close()
    return found


async def districts_in(url: str) -> list[District]:
    """The districts, oldest first."""
    database = Database(url, write_pool=1, read_pool=1)
    try:
        async with database.reading() as session:
            return list(await session.scalars(select(District).order_by(District.created_at)))
    finally:
        await database.close()


def as_operator(settings: Settings, name: str | None, work: Work) -> int:
    """Do something in one transaction as the operator of a district (the only one by default)."""

    async def done(url: str) -> int:
        districts = await districts_in(url)
        chosen = [d for d in districts if name is None or d.name == name or str(d.id) == name]
        if len(chosen) != 1:
            raise Stop(
                "Name the district with --district: "
                + (", ".join(d.name for d in districts) or "there is none; `district create` first")
            )
        database = Database(url, write_pool=1, read_pool=1)
        try:
            async with database.writing() as session:
                await keys.enter(session, chosen[0].id)
                code = await work(session, Actor.operator(chosen[0].id, chosen[0].zone))
                await session.commit()
                return code
        finally:
            await database.close()

    return on_database(settings, done)


def on_database(settings: Settings, work: Callable[[str], Awaitable[int]]) -> int:
    """Run on DATABASE_URL, or on the data folder's own PostgreSQL while nothing serves it."""

    async def run(url: str) -> int:
        return await work(url)

    if settings.database_url:
        return asyncio.run(run(settings.database_url))
    with embedded.running(settings.data_dir) as server:
        migrate(server.owner_url, server.app_url)
        return asyncio.run(run(server.app_url))
