"""What a request does inside: the statements it sends, and their plans as the application role."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import event, text

from app.main import create_app
from app.settings import Settings

_TABLES = "goal|feed_entry|goal_indicator|role|coaching_relationship|meeting|next_step|agenda_item"


class Inside:
    """The program in this process, with an ear on its statements."""

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings)
        self.sent: list[tuple[str, Any]] = []
        for engine in (self.app.state.database.read_engine, self.app.state.database.write_engine):
            event.listen(engine.sync_engine, "before_cursor_execute", self._hear)

    def _hear(self, _c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        self.sent.append((statement, parameters))

    @contextmanager
    def heard(self) -> Iterator[list[tuple[str, Any]]]:
        """The statements of what happens inside the block."""
        self.sent = []
        yield self.sent

    def client(self, token: str) -> httpx.AsyncClient:
        """A caller."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://bench/api/v1",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def explain(self, district: Any, statement: str, parameters: Any) -> list[str]:
        """EXPLAIN (ANALYZE, BUFFERS) of a heard statement, as the application role."""
        async with self.app.state.database.reading() as session:
            await session.execute(
                text("select set_config('app.district', :d, false)"), {"d": str(district)}
            )
            connection = await session.connection()
            rows = await connection.exec_driver_sql(
                f"explain (analyze, buffers) {statement}", parameters
            )
            return [row[0] for row in rows]

    async def close(self) -> None:
        """Give the connections back."""
        await self.app.state.database.close()


def digest(plan: list[str]) -> dict[str, Any]:
    """What matters of a plan: its time, pages touched, and how each table was read."""
    whole = "\n".join(plan)
    time = re.search(r"Execution Time: ([\d.]+)", whole)
    buffers = re.search(r"Buffers: shared hit=(\d+)(?: read=(\d+))?", whole)
    ways = re.findall(
        rf"(Index Only Scan|Index Scan|Seq Scan|Bitmap Index Scan)(?: Backward)?"
        rf"(?: using (\w+))? on (?:(\w+)|({_TABLES}))",
        whole,
    )
    used = dict.fromkeys(
        name or (table if "Bitmap" in way else f"all of {table}") for way, name, table, _ in ways
    )
    return {
        "ms": float(time[1]) if time else 0.0,
        "pages": sum(int(part or 0) for part in buffers.groups()) if buffers else 0,
        "used": ", ".join(used),
    }
