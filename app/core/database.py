"""Connections: three small pools, first come first served, and one transaction per unit of work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.core.dburl import async_url
from app.core.shares import Shares

#: milliseconds after which PostgreSQL gives up for us
STATEMENT_TIMEOUT = 30_000
LOCK_TIMEOUT = 10_000
#: the same where an answer is sent while it is read: one statement may last as long as the answer
STREAM_TIMEOUT = 900_000
#: seconds that a request waits for one of the few connections that such answers are read from
STREAM_WAIT = 5.0

#: exchanges the session of a request for one that sees one moment, and its caller for who they
#: are at that moment. The former session is over: it would be held while one waits.
Snapshot = Callable[[], Awaitable[tuple[AsyncSession, Any]]]


class Database:
    """The program's way to PostgreSQL.

    `writing()` is one transaction, committed by whoever opened it; `reading()` is autocommit on a
    read-only connection, so a GET holds no transaction open. `streaming()` is one snapshot on a
    read-only connection, for what is sent while it is read: minutes, perhaps, so it has a pool of
    its own, of which districts leave each other some, and nobody else waits for it. A session takes
    its turn in order of arrival: without the semaphore a new request can overtake those that wait
    (measured: p99 five times p50).
    """

    def __init__(
        self, url: str, *, write_pool: int = 8, read_pool: int = 8, stream_pool: int = 4
    ) -> None:
        self._url = url
        self.write_engine = _engine(url, write_pool)
        self.read_engine = _engine(url, read_pool, isolation="AUTOCOMMIT")
        self.stream_engine = _engine(
            url, stream_pool, isolation="REPEATABLE READ", timeout=STREAM_TIMEOUT
        )
        self._turns = {
            self.write_engine: asyncio.Semaphore(write_pool),
            self.read_engine: asyncio.Semaphore(read_pool),
        }
        self._streams = Shares(stream_pool)

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        async with self._turns[engine], AsyncSession(engine, expire_on_commit=False) as session:
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
    async def streaming(self, district_id: UUID) -> AsyncIterator[AsyncSession]:
        """A session in one read-only transaction that sees one moment; refused (429, 503) when
        none is free for the district. What ends before its time gives no connection back: it may be
        amid an answer."""
        async with (
            self._streams.place(district_id, STREAM_WAIT),
            AsyncSession(self.stream_engine, expire_on_commit=False) as session,
        ):
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


def _engine(
    url: str, size: int, *, isolation: str | None = None, timeout: int = STATEMENT_TIMEOUT
) -> AsyncEngine:
    """An engine; one that names its isolation only reads."""
    address, arguments = async_url(url)
    settings = {
        "application_name": "alongside",
        "timezone": "UTC",
        "jit": "off",
        "statement_timeout": str(timeout),
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
