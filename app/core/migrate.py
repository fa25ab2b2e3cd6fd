"""Bringing a database to the present schema, as the owner role."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.core.dburl import async_url

_ROOT = Path(__file__).resolve().parents[2]
#: what the application role may not do with a table at all, or may only add to
_UNREADABLE = {"login_key", "alembic_version"}
_APPEND_ONLY = {"event"}
#: tables of the job library: made in migration 0004, and nothing that our models describe
OF_THE_JOB_LIBRARY = {"pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics"}


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether alembic compares this object with the models (its `include_name`)."""
    return kind != "table" or name not in OF_THE_JOB_LIBRARY


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, on a connection when it is to run."""
    config = Config(_ROOT / "alembic.ini")
    config.set_main_option("script_location", str(_ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config


def migrate(owner_url: str, app_url: str, revision: str = "head") -> None:
    """Migrate, grant the application role what it needs, and renew the feed's epoch when this
    database turns out to be a restored one."""
    asyncio.run(migrate_async(owner_url, app_url, revision))


async def migrate_async(owner_url: str, app_url: str, revision: str = "head") -> None:
    """As `migrate`, inside a running loop."""
    address, arguments = async_url(owner_url)
    role = make_url(app_url).username or ""
    engine = create_async_engine(address, connect_args=arguments, poolclass=NullPool)

    def upgrade(connection: Connection) -> None:
        command.upgrade(alembic_config(connection), revision)

    try:
        async with engine.connect() as connection:
            await connection.run_sync(upgrade)
            await connection.commit()
        async with engine.begin() as connection:
            await connection.run_sync(_grant, role)
            await connection.run_sync(_epoch)
    finally:
        await engine.dispose()


def _grant(connection: Connection, role: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    name = quote(role)
    tables = connection.scalars(
        text("select tablename from pg_tables where schemaname = 'public' order by 1")
    ).all()
    connection.exec_driver_sql(f"grant usage on schema public to {name}")
    for table in tables:
        if table in _UNREADABLE:
            rights = "select" if table == "alembic_version" else ""
        else:
            rights = "select, insert" if table in _APPEND_ONLY else "select, insert, update, delete"
        connection.exec_driver_sql(f"revoke all on {quote(table)} from {name}")
        if rights:
            connection.exec_driver_sql(f"grant {rights} on {quote(table)} to {name}")
    connection.exec_driver_sql(f"grant usage on all sequences in schema public to {name}")
    connection.exec_driver_sql(f"grant execute on all functions in schema public to {name}")


FINGERPRINT = """
select s.system_identifier || '/' || d.oid || '/' || c.timeline_id
from pg_control_system() s, pg_control_checkpoint() c, pg_database d
where d.datname = current_database()
"""


def _epoch(connection: Connection) -> None:
    """A restored database must not continue old feed positions: its transactions count anew."""
    fingerprint: Any = connection.scalar(text(FINGERPRINT))
    known = connection.scalar(text("select fingerprint from installation"))
    if known is None:
        connection.execute(
            text("insert into installation (id, epoch, fingerprint) values (1, :e, :f)"),
            {"e": uuid4(), "f": fingerprint},
        )
    elif known != fingerprint:
        connection.execute(text("truncate feed_entry"))
        connection.execute(text("truncate edfi_version"))
        # Keys that ended are told no more; one that differs from its goal's title goes on. The
        # owner, too, sees one district at a time.
        enter = text("select set_config('app.district', :district, true)")
        for district in connection.scalars(text("select id from district")).all():
            connection.execute(enter, {"district": str(district)})
            connection.execute(text("delete from edfi_key where ended is not null"))
        connection.execute(enter, {"district": ""})
        connection.execute(
            text("update installation set epoch = :e, fingerprint = :f"),
            {"e": uuid4(), "f": fingerprint},
        )
