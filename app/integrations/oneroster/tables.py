"""One CSV file as rows: decoding, limits, the header, and cells with a meaning.

Rows are streamed. Only the wanted columns can be asked for; the other cells are dropped with the
line they came in.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from io import StringIO
from itertools import chain
from typing import IO, TypeAlias

from app.integrations.oneroster.bundle import Unreadable
from app.integrations.oneroster.vocabulary import Columns

#: bytes of one record; a roster's is a few hundred
RECORD_BYTES = 1024 * 1024
#: lines one record may run over; more is a quote that was never closed
RECORD_LINES = 20
#: bytes that are decoded at once; line by line takes twice as long
BLOCK_BYTES = 64 * 1024
#: characters of one cell that is kept
CELL_LENGTH = 255

#: (code, message, column, row): a note about a file or a row that is taken
Note: TypeAlias = Callable[[str, str, str | None, int | None], None]

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNCLOSED = (
    "A double quote is opened and not closed, or stands inside a cell undoubled. "
    "Write a quote inside a quoted cell twice."
)


class Fault(Exception):
    """This row cannot be taken. `message` is ours and holds no value."""

    def __init__(self, code: str, message: str, column: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.column = column


class Row:
    """One record and the questions that may be asked of it. Each raises Fault when the cell is
    there and wrong, or missing and needed. Space around and repeated space inside is dropped."""

    __slots__ = ("_cells", "_note", "_places", "_width", "number")

    def __init__(
        self, number: int, cells: list[str], places: Mapping[str, int], width: int, note: Note
    ) -> None:
        self.number = number
        self._cells = cells
        self._places = places
        self._width = width
        self._note = note

    def check(self) -> None:
        """Refuse a row that is not as wide as the header: its cells may have moved."""
        if len(self._cells) != self._width:
            raise Fault(
                "cell_count",
                f"The row has {len(self._cells)} cells and the header {self._width}; "
                "quote cells that hold a comma.",
            )

    def note(self, code: str, message: str, column: str | None = None) -> None:
        """Say something about this row, which is taken."""
        self._note(code, message, column, self.number)

    def raw(self, column: str) -> str:
        """The cell as it stands, "" when there is none. Never raises."""
        place = self._places.get(column, -1)
        return self._cells[place].strip() if 0 <= place < len(self._cells) else ""

    def id(self, column: str) -> str | None:
        """An id that may be read even from a row with faults. Never raises."""
        value = self.raw(column)
        return value if 0 < len(value) <= CELL_LENGTH and not _CONTROL.search(value) else None

    def optional(self, column: str) -> str | None:
        """The cell's text, or None when it is empty or has no column."""
        value = self.raw(column)
        if not value:
            return None
        if not value.isprintable():  # seldom; spaces other than " " are not printable, either
            if _CONTROL.search(value):
                raise Fault(
                    "control_character", "The cell holds a NUL or control character.", column
                )
            value = " ".join(value.split())
        elif "  " in value:
            value = " ".join(value.split())
        if len(value) > CELL_LENGTH:
            raise Fault("too_long", f"The cell is longer than {CELL_LENGTH} characters.", column)
        return value

    def text(self, column: str) -> str:
        """The cell's text."""
        value = self.optional(column)
        if value is None:
            raise Fault("missing_value", "The cell is empty; this column needs a value.", column)
        return value

    def several(self, column: str) -> tuple[str, ...]:
        """The cell's comma-separated values, each once."""
        value = self.raw(column)
        if not value.isprintable() and _CONTROL.search(value):
            raise Fault("control_character", "The cell holds a NUL or control character.", column)
        values = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        if any(len(part) > CELL_LENGTH for part in values):
            raise Fault("too_long", f"A value is longer than {CELL_LENGTH} characters.", column)
        return values

    def word(self, column: str, allowed: Mapping[str, str]) -> str:
        """One of the allowed words (given by lower case); another case is noted."""
        value = self.text(column)
        found = allowed.get(value.lower())
        if found is None:
            listed = ", ".join(sorted(allowed.values()))
            raise Fault("bad_value", f"The value is none of: {listed}.", column)
        if found != value:
            self.note("letter_case", "The value is taken; its letter case is wrong.", column)
        return found

    def flag(self, column: str, *, default: bool) -> bool:
        """true or false."""
        value = self.raw(column)
        if not value or value == "true":  # nearly always
            return default if not value else True
        return self.word(column, {"true": "true", "false": "false"}) == "true"

    def day(self, column: str) -> date | None:
        """A date, YYYY-MM-DD; a time of day behind it is noted and dropped."""
        value = self.raw(column)
        if not value:
            return None
        day, timed = _day(value)
        if day is None:
            raise Fault(
                "bad_date", "The value is no date; write YYYY-MM-DD, from 1900 to 2199.", column
            )
        if timed:
            self.note("time_in_date", "The date is taken, the time behind it is not.", column)
        return day

    def needed_day(self, column: str) -> date:
        """A date that must be there."""
        day = self.day(column)
        if day is None:
            raise Fault("missing_value", "The cell is empty; this column needs a date.", column)
        return day


@lru_cache(maxsize=1024)
def _day(value: str) -> tuple[date | None, bool]:
    """The date of a cell, if it is one, and whether a time stands behind it. A roster has few days
    and names each a thousand times."""
    matched = _DATE.fullmatch(value)
    try:
        day = date.fromisoformat(matched[1]) if matched else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2199:
        return None, False
    return day, bool(matched and matched[2])


def header_of(open_file: Callable[[], IO[bytes]]) -> list[str]:
    """The first record, stripped; empty for an empty file. Raises Unreadable."""
    for _, cells in _records(open_file, _silent):
        return [cell.strip() for cell in cells]
    return []


def rows(
    open_file: Callable[[], IO[bytes]],
    columns: Columns | None,
    names: Mapping[str, str],
    note: Note,
    passed: Container[str] = (),
) -> Iterator[Row | None]:
    """The rows below the header, blank ones left out. `names` maps another dialect's column names.
    None stands for a whole row whose `role` is one of `passed`: it is only there to be counted.

    Without `columns` nothing about the header is checked and no cell can be asked for.
    Raises Unreadable for a file that is not well-formed, also after some rows were given.
    """
    records = _records(open_file, note)
    number, header = next(records, (0, []))
    if not number:
        raise Unreadable(
            "empty_file", "The file is empty; it needs at least its header row of column names."
        )
    places = _places(header, columns, names, note) if columns is not None else {}
    role, width = places.get("role", -1), len(header)
    for number, cells in records:
        if role >= 0 and len(cells) == width and cells[role].strip() in passed:
            yield None
        elif (cells and cells[0]) or any(cell.strip() for cell in cells):
            yield Row(number, cells, places, width, note)


def _silent(code: str, message: str, column: str | None, row: int | None) -> None:
    """A note nobody needs."""


def _places(
    header: list[str], columns: Columns, names: Mapping[str, str], note: Note
) -> dict[str, int]:
    """Where each column to be read stands. Raises Unreadable when one is missing or there twice."""
    known = (*columns.required, *columns.optional, *columns.unread)
    by_case = {name.lower(): name for name in known}
    by_case |= {theirs.lower(): ours for theirs, ours in names.items() if ours in known}
    found: dict[str, int] = {}
    spelt = {*known, *names}
    for place, cell in enumerate(header):
        title = cell.strip()
        column = by_case.get(title.lower())
        if not title:
            note("empty_header", f"Column {place + 1} has no name; it is not read.", None, 1)
        elif column is None:
            if not title.lower().startswith("metadata."):
                like = get_close_matches(title.lower()[:64], by_case, n=1, cutoff=0.75)
                hint = f" Is it meant to be {by_case[like[0]]}?" if like else ""
                text = f"Column {place + 1} has a name that is not of the standard; it is not read."
                note("unknown_column", text + hint, None, 1)
        elif column in found:
            raise Unreadable("duplicate_column", f"Two columns are named {column}; keep one.", 1)
        else:
            if title not in spelt:
                note("header_case", "The column is read; its letter case is wrong.", column, 1)
            found[column] = place
    missing = [name for name in columns.required if name not in found]
    if missing:
        raise Unreadable(
            "missing_column",
            f"The header lacks {', '.join(missing)}; row 1 must name these columns so.",
            1,
        )
    return {name: place for name, place in found.items() if name not in columns.unread}


def _records(open_file: Callable[[], IO[bytes]], note: Note) -> Iterator[tuple[int, list[str]]]:
    """Number (from 1, as a spreadsheet counts) and cells of each record, with its limits kept."""
    number = width = 0
    lines = _Lines(note)
    try:
        with open_file() as file:
            reader = csv.reader(chain.from_iterable(lines.blocks(file)), strict=True)
            for cells in reader:
                number += 1
                if reader.line_num > lines.done + 1:
                    lines.check(cells, reader.line_num)
                    if number > 1 and len(cells) != width:
                        # a stray quote swallowed lines: which rows are lost cannot be known
                        raise Unreadable("unclosed_quote", _UNCLOSED, number)
                lines.done = reader.line_num
                if number == 1:
                    width = len(cells)
                yield number, cells
    except Unreadable as fault:
        raise Unreadable(fault.code, fault.message, fault.row or number + 1) from None
    except UnicodeDecodeError:
        # the error holds bytes of the file: it must not be chained into a log
        raise Unreadable(
            "encoding", "The file is not in UTF-8; save it as CSV UTF-8.", number + 1
        ) from None
    except csv.Error as error:
        if "new-line" in str(error):
            raise Unreadable(
                "line_breaks", "Lines end in a bare CR; save the file with LF or CRLF.", number + 1
            ) from None
        raise Unreadable("unclosed_quote", _UNCLOSED, number + 1) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
        raise Unreadable(
            "damaged", "The file ends early or is damaged; make the bundle again.", number + 1
        ) from None


class _Lines:
    """Lines of a file as text, which refuses what no roster holds: other encodings, endless
    lines, and records that run over many lines."""

    def __init__(self, note: Note) -> None:
        #: lines of the records that are complete
        self.done = 0
        self._note = note

    def check(self, cells: list[str], read: int) -> None:
        """Refuse a record that ran over several lines and is too long by that. Raises
        Unreadable."""
        if sum(len(cell.encode()) for cell in cells) > RECORD_BYTES:
            raise _too_long()
        if read - self.done > RECORD_LINES:
            raise Unreadable("unclosed_quote", _UNCLOSED)

    def blocks(self, file: IO[bytes]) -> Iterator[list[str]]:
        """Whole lines, a block of the file at a time. Raises Unreadable or UnicodeDecodeError once
        the lines before the fault were given."""
        given = seen = size = 0
        for block in self._whole_lines(file):
            # what is being read by now began after the last complete record, and must end soon
            if given - self.done > RECORD_LINES:
                raise Unreadable("unclosed_quote", _UNCLOSED)
            size = len(block) + (size if seen == self.done else 0)
            if size > RECORD_BYTES + 2 * BLOCK_BYTES:
                raise _too_long()
            seen = self.done
            try:
                text = block.decode()
            except UnicodeDecodeError as error:
                sound = block.rfind(b"\n", 0, error.start) + 1
                yield _split(block[:sound].decode())
                raise
            lines = _split(text)
            given += len(lines)
            yield lines

    def _whole_lines(self, file: IO[bytes]) -> Iterator[bytes]:
        rest = file.read(BLOCK_BYTES)
        if rest.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in rest.partition(b"\n")[0][:4]:
            raise Unreadable("encoding", "The file is in UTF-16 or UTF-32; save it as CSV UTF-8.")
        if rest.startswith(b"\xef\xbb\xbf"):
            rest = rest[3:]
            text = "The file begins with a byte-order mark; it is passed over."
            self._note("byte_order_mark", text, None, None)
        more = rest
        while more:
            end = rest.rfind(b"\n") + 1
            # only the first line can be longer than a block
            if (rest.find(b"\n", 0, end) if end else len(rest)) >= RECORD_BYTES:
                raise _too_long()
            if end:
                yield rest[:end]
            more = file.read(BLOCK_BYTES)
            rest = rest[end:] + more
        if rest:
            yield rest


def _split(text: str) -> list[str]:
    """Lines, each with its end; nothing but a LF ends one."""
    return StringIO(text, newline="\n").readlines()


def _too_long() -> Unreadable:
    return Unreadable(
        "line_too_long", "A row is longer than 1 MiB: a line break or a closing quote is missing."
    )
