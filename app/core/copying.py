"""COPY: the rows of a statement as PostgreSQL writes them, handed on as they come.

No row becomes an object of Python. PostgreSQL is read no faster than the parts are taken, so that
no more of them is in memory than one.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import anyio
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

#: options of COPY for a statement of one column that is JSON, one row a line, not a byte changed:
#: JSON writes U+0001 and U+0002 only as escapes, so nothing is ever quoted
LINES = {"format": "csv", "quote": "\x01", "delimiter": "\x02"}
#: the same for a table as RFC 4180 describes it
TABLE = {"format": "csv"}
#: bytes that are handed on together: the driver gives what one read of the socket brought, some
#: 9 kB, and each part is a turn of the event loop and a send of its own
PART = 1 << 16


class Copy:
    """A statement that is copied out. `rows` is how many there were, once all parts were taken."""

    def __init__(
        self,
        session: AsyncSession,
        statement: Select[Any],
        values: Mapping[str, Any],
        options: Mapping[str, str],
    ) -> None:
        self._session, self._statement = session, statement
        self._values, self._options = values, options
        self.rows = 0

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """The bytes. Who stops before the end leaves a connection that nobody else may use."""
        connection = await self._session.connection()
        driver: Any = (await connection.get_raw_connection()).driver_connection
        compiled: Any = self._statement.compile(dialect=connection.dialect)
        whole = compiled.construct_expanded_state(dict(self._values))
        giving, taking = anyio.create_memory_object_stream[bytes](0)

        async def copy() -> str:
            gathered = bytearray()

            async def gather(data: bytes) -> None:
                gathered.extend(data)
                if len(gathered) >= PART:
                    part = bytes(gathered)
                    gathered.clear()
                    await giving.send(part)

            async with giving:
                told: str = await driver.copy_from_query(
                    whole.statement,
                    *whole.positional_parameters,
                    output=gather,
                    **self._options,
                )
                if gathered:
                    await giving.send(bytes(gathered))
                return told

        copying = asyncio.ensure_future(copy())
        try:
            async with taking:
                async for part in taking:
                    yield part
            self.rows = int((await copying).removeprefix("COPY "))
        finally:
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)
