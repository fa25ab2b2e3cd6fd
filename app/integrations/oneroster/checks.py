"""What is asked of every row: an id of its own, its state, and references that lead somewhere."""

from collections.abc import Container, Mapping
from typing import Protocol

from app.integrations.oneroster.roster import Roster
from app.integrations.oneroster.tables import Fault, Row
from app.integrations.oneroster.vocabulary import STATUS


class _Taken(Protocol):
    """A row that was taken, whatever it is of."""

    @property
    def sourced_id(self) -> str:
        """Its id, as the roster holds it."""


class Checks:
    """Checks against what was read so far."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        #: tables that were there and read to their end: references into them can be checked
        self.whole: set[str] = set()

    def key(self, table: str, row: Row, taken: Container[str]) -> str | None:
        """The row's id, or None for a row marked as removed."""
        key = row.text("sourcedId")
        removed = self.roster.removed.get(table, set())
        if key in taken or key in removed or key in self.roster.left_out.get(table, ()):
            raise Fault(
                "duplicate_id", "Another row above has this id; each needs its own.", "sourcedId"
            )
        if self.removed(row):
            self.roster.removed.setdefault(table, set()).add(key)
            return None
        return key

    def removed(self, row: Row) -> bool:
        """Whether the row is marked as removed; raises Fault for a status that is none."""
        return bool(row.raw("status")) and row.word("status", STATUS) == "tobedeleted"

    def marked(self, row: Row) -> bool:
        """The same, without complaining: for questions asked before the row is taken."""
        return row.raw("status").lower() == "tobedeleted"

    def unknown(self, table: str, key: str, rows_of: Container[str]) -> bool:
        """Whether a reference points nowhere. In a delta it may point at an earlier bundle."""
        return self.roster.mode == "bulk" and table in self.whole and key not in rows_of

    def points_at(self, table: str, key: str, rows_of: Mapping[str, _Taken], column: str) -> str:
        """A reference the row cannot do without, as the very text that the row it points at holds:
        100,000 references that each kept a text of their own were a third of a roster's memory."""
        if (there := rows_of.get(key)) is not None:
            return there.sourced_id
        if self.unknown(table, key, rows_of):
            raise Fault(
                "dangling_reference",
                f"No row that was taken from {table}.csv has this id; add it or correct it.",
                column,
            )
        return key

    def may_point_at(
        self, table: str, row: Row, column: str, rows_of: Mapping[str, _Taken]
    ) -> str | None:
        """A reference the row can do without: one that points nowhere is noted and dropped."""
        key = row.optional(column)
        if key is None:
            return None
        if (there := rows_of.get(key)) is not None:
            return there.sourced_id
        if not self.unknown(table, key, rows_of):
            return key
        text = f"No row that was taken from {table}.csv has this id; the reference is left empty."
        row.note("dangling_reference", text, column)
        return None
