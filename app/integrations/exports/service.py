"""Exports: every row that a client may pull, as of one moment, and where the feed goes on from it.

Position and rows are read in one snapshot. The position is the last entry below the oldest
transaction that still ran then (changes/service.py): what had committed by then and lies below it
is in the rows, and whatever commits later has an entry behind it. So /changes from the position
tells everything that the export does not yet hold, and perhaps a little that it does.
"""

import csv
import io
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.alone import alone
from app.core.copying import LINES, TABLE, Copy
from app.core.database import Snapshot
from app.core.errors import TooManyRequests
from app.core.seal import Seal
from app.goals.lists import narrow
from app.goals.schemas import PulledGoal
from app.goals.views import pulled_view
from app.integrations.changes.service import head, may_follow
from app.integrations.exports.columns import as_lines, as_table

#: first in the last row of a table, in place of an id
END = "#complete"


class Format(StrEnum):
    """How an export is written."""

    NDJSON = "ndjson"
    CSV = "csv"


class ExportUnderWay(TooManyRequests):
    """One export of a client is made at a time."""

    code, title = "export_under_way", "An export is being sent to this client already"
    next_step = "Wait until it has arrived, or break it off, and ask again."


@dataclass(frozen=True, slots=True)
class Export:
    """What is sent: the name of the file, its bytes, and where the feed goes on."""

    filename: str
    parts: AsyncGenerator[bytes, None]
    position: str
    epoch: UUID


async def goals(
    session: AsyncSession,
    snapshot: Snapshot,
    actor: Actor,
    seal: Seal,
    form: Format,
    filters: Mapping[str, Any],
) -> Export:
    """Every goal that the client may pull, in no order. Only who may follow the feed (403), and
    one at a time (429)."""
    may_follow(actor)
    session, actor = await alone(session, snapshot, "export", actor, ExportUnderWay)
    position, epoch = await head(session, actor, seal)
    pulled = narrow(pulled_view(actor), actor, filters)
    if form is Format.CSV:
        parts = _table(Copy(session, as_table(pulled), actor.binds, TABLE))
    else:
        parts = _lines(Copy(session, as_lines(pulled), actor.binds, LINES), position, epoch)
    name = f"alongside-goals-{clock.now():%Y-%m-%d}.{form}"
    return Export(name, parts, position, epoch)


async def _lines(copy: Copy, position: str, epoch: UUID) -> AsyncGenerator[bytes, None]:
    """A goal a line, and a last line by which one knows that nothing is missing."""
    async with aclosing(copy.parts()) as parts:
        async for part in parts:
            yield part
    told = {"rows": copy.rows, "position": position, "epoch": str(epoch)}
    yield (json.dumps({"complete": told}) + "\n").encode()


async def _table(copy: Copy) -> AsyncGenerator[bytes, None]:
    """A byte order mark, by which spreadsheets know UTF-8, the names, a goal a row, the end."""
    names = list(PulledGoal.model_fields)
    before = ("\ufeff" + _row(names)).encode()
    async with aclosing(copy.parts()) as parts:
        async for part in parts:
            yield before + part
            before = b""
    yield before + _row([END, str(copy.rows), *[""] * (len(names) - 2)]).encode()


def _row(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()
