"""Connections: three small pools, first come first served, and one transaction per unit of work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic_core import from_json
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.core.dburl import async_url

#: milliseconds after which PostgreSQL gives up for us
STATEMENT_TIMEOUT = 30_000
LOCK_TIMEOUT = 10_000


class Database:
    """The program's way to PostgreSQL.

    `writing()` is one transaction, committed by whoever opened it; `reading()` is autocommit on a
    read-only connection, so a GET holds no transaction open. `streaming()` is one snapshot on a
    read-only connection, for what is sent while it is read: minutes, perhaps, so it has a pool of
    its own and nobody else waits for it. A session takes its turn in order of arrival: without the
    semaphore a new request can overtake those that wait (measured: p99 five times p50).
    """

    def __init__(
        self, url: str, *, write_pool: int = 8, read_pool: int = 8, stream_pool: int = 4
    ) -> None:
        self._url = url
        self.write_engine = _engine(url, write_pool)
        self.read_engine = _engine(url, read_pool, isolation="AUTOCOMMIT")
        self.stream_engine = _engine(url, stream_pool, isolation="REPEATABLE READ")
        self._turns = {
            self.write_engine: asyncio.Semaphore(write_pool),
            self.read_engine: asyncio.Semaphore(read_pool),
            self.stream_engine: asyncio.Semaphore(stream_pool),
        }

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        async with (
            self._turns[engine],
            AsyncSession(engine, expire_on_commit=False) as session,
        ):
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction. The caller commits; leaving without that rolls back."""
        async with self._session(self.write_engine) as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session on a read-only autocommit connection."""
        async with self._session(self.read_engine) as session:
            yield session

    @asynccontextmanager
    async def streaming(self) -> AsyncIterator[AsyncSession]:
        """A session in one read-only transaction that sees one moment. What ends before its time
        gives no connection back: it may be amid an answer."""
        async with self._session(self.stream_engine) as session:
            try:
                yield session
            except BaseException:
                await session.invalidate()
                raise

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Any]:
        """The driver's own connection, in autocommit and of no pool: for who listens on it."""
        engine = _engine(self._url, 1)
        try:
            connection = await engine.connect()
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            try:
                yield (await connection.get_raw_connection()).driver_connection
            finally:
                await connection.invalidate()  # never used by anybody else
                await connection.close()
        finally:
            await engine.dispose()

    async def close(self) -> None:
        """Close every connection."""
        await self.write_engine.dispose()
        await self.read_engine.dispose()
        await self.stream_engine.dispose()


def _engine(url: str, size: int, *, isolation: str | None = None) -> AsyncEngine:
    """An engine; one that names its isolation only reads."""
    address, arguments = async_url(url)
    settings = {
        "application_name": "alongside",
        "timezone": "UTC",
        "jit": "off",
        "statement_timeout": str(STATEMENT_TIMEOUT),
        "lock_timeout": str(LOCK_TIMEOUT),
        "idle_in_transaction_session_timeout": "60000",
        **arguments.pop("server_settings", {}),
    }
    options: dict[str, Any] = {"pool_reset_on_return": "rollback"}
    if isolation is not None:
        settings["default_transaction_read_only"] = "on"
        options["isolation_level"] = isolation
    if isolation == "AUTOCOMMIT":
        options["pool_reset_on_return"] = None
    engine = create_async_engine(
        address,
        json_deserializer=from_json,
        connect_args={**arguments, "server_settings": settings},
        pool_size=size,
        max_overflow=0,
        pool_timeout=20,
        pool_recycle=1800,
        **options,
    )
    event.listen(engine.sync_engine, "connect", _refuse_transaction_pooler)
    return engine


class TransactionPooler(ConnectionError):
    """Something between us and PostgreSQL gives each transaction another connection."""


def _refuse_transaction_pooler(connection: Any, _record: Any) -> None:
    """The district is a setting of the connection, so it must stay ours between statements."""
    cursor = connection.cursor()
    try:
        cursor.execute("select set_config('app.connection_check', 'kept', false)")
        cursor.execute("select current_setting('app.connection_check', true)")
        if cursor.fetchone() != ("kept",):
            raise TransactionPooler
    finally:
        cursor.close()
