"""Writing a zip, JSON and CSV part by part, so that no more than a part is in memory."""

import csv
import io
import json
import re
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import contextmanager
from datetime import datetime
from typing import Any

#: bytes that are gathered before they are sent
PART = 64 * 1024
#: what a spreadsheet would take for a formula, as in exports (integrations/exports/columns.py)
_FORMULA = re.compile(r"(\A|;\"*)([=+@\t\r\n\uff1d\uff0b\uff0d\uff20-])")


class _Sink:
    """Takes what the zip writer writes. It says no place, so the writer never goes back."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, data: Any) -> int:
        """Gather."""
        self.held += data
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def take(self) -> bytes:
        """What was gathered."""
        taken, self.held = bytes(self.held), bytearray()
        return taken


@contextmanager
def _closing(archive: zipfile.ZipFile) -> Any:
    """The zip's directory at the end; none when it breaks off, which nobody would read."""
    yield archive
    archive.close()


async def zipped(
    entries: AsyncIterator[tuple[str, AsyncIterator[bytes]]], at: datetime
) -> AsyncGenerator[bytes, None]:
    """A zip of the entries, in parts."""
    sink: Any = _Sink()
    with _closing(zipfile.ZipFile(sink, "w")) as archive:
        async for name, content in entries:
            info = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as entry:
                async for part in content:
                    entry.write(part)
                    if len(sink.held) >= PART:
                        yield sink.take()
    yield sink.take()


async def text(words: str) -> AsyncIterator[bytes]:
    """A short text file."""
    yield words.encode()


async def as_json(batches: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    """An array of records, one a line. A batch is of models of `Out`."""
    before = b"[\n"
    async for batch in batches:
        lines = b",\n".join(row.__pydantic_serializer__.to_json(row) for row in batch)
        yield before + lines
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


async def as_csv(names: Iterable[str], batches: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    """The same records as a table. It begins with a byte order mark, by which spreadsheets know
    UTF-8; a list or an object in a cell is JSON."""
    names = list(names)
    yield ("\ufeff" + _lines([names])).encode()
    async for batch in batches:
        rows = (row.model_dump(mode="json") for row in batch)
        yield _lines([cell(row[name]) for name in names] for row in rows).encode()


def _lines(rows: Iterable[list[Any]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def cell(value: Any) -> Any:
    """A value as a spreadsheet may have it: text that looks like a formula is marked as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False).replace(";", r"\u003b")
    if isinstance(value, str):
        return _FORMULA.sub(r"\1'\2", value)
    return value
