"""Frameworks as a table: our CSV form (docs/integration.md) and the columns of OpenSALT's."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from app.frameworks.files.making import Maker
from app.frameworks.files.shape import (
    MOST_ASSOCIATIONS,
    MOST_ITEMS,
    MOST_PARTS,
    FrameworkTooLarge,
    Json,
    Problems,
    Source,
    as_uuid,
    line,
    not_a_framework,
)
from app.frameworks.scales import from_points, from_ranges

#: how a column may be called, letters and digits in lower case → what it is
_COLUMNS: Final = {
    "code": "code",
    "humancodingscheme": "code",
    "identifier": "identifier",
    "statement": "statement",
    "fullstatement": "statement",
    "title": "title",
    "abbreviatedstatement": "title",
    "parent": "parent",
    "ischildof": "parent",
    "type": "type",
    "cfitemtype": "type",
    "kind": "kind",
    "sequencenumber": "order",
    "order": "order",
    "conceptkeywords": "keywords",
    "keywords": "keywords",
    "notes": "notes",
    "language": "language",
    "educationlevel": "grades",
    "grades": "grades",
    "levels": "levels",
    "observed": "observed",
    "optional": "optional",
    "gateway": "gateway",
    **{f"level{number}": f"level{number}" for number in range(1, 21)},
}
#: columns that name other items by code or address
_LINKS: Final = {
    "ispartof": "isPartOf",
    "replacedby": "replacedBy",
    "exemplar": "exemplar",
    "hasskilllevel": "hasSkillLevel",
    "isrelatedto": "isRelatedTo",
    "ispeerof": "isPeerOf",
    "precedes": "precedes",
    "exactmatchof": "exactMatchOf",
}
#: columns of other tables → what such a table is
_OTHERS: Final = {
    "propertyname": "a roster (OneRoster CSV)",
    "sisid": "a roster (School Data Sync)",
    "email": "a list of people",
    "username": "a list of people",
}
_MOST_COLUMNS: Final = 1000
_YES, _NO = ("yes", "true", "1", "y", "x"), ("no", "false", "0", "n")
_LEVEL: Final = re.compile(
    r"(-?\d{1,6}(?:\.\d{1,4})?)(?:\s*[-–]\s*(-?\d{1,6}(?:\.\d{1,4})?))?\s*[:=]?\s+(\S.*)"  # noqa: RUF001 - spreadsheets write the long dash
)


def read_table(text: str, name: str = "") -> Source:
    """A table as a package. Raises NotAFramework when it is a table of something else."""
    rows = _rows(text)
    first = next(rows, (0, []))[1]
    if len(first) > _MOST_COLUMNS:
        raise not_a_framework("text or a table with very many columns")
    header = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in first]
    _check(header)
    named = re.sub(r"\.[A-Za-z0-9]+$", "", name).strip() or "Imported framework"
    source = Source("csv", {})
    source.package = _Table(header, source.problems, named).read(rows)
    return source


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with their number as a spreadsheet counts."""
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    if text.count(delimiter) > MOST_PARTS:
        raise FrameworkTooLarge
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
            if any(cell.strip() for cell in row):
                yield number, [cell.strip() for cell in row]
            if number > 2 * MOST_ITEMS:
                raise FrameworkTooLarge
    except csv.Error as exc:
        raise not_a_framework("a table that cannot be read: a cell is too long or broken") from exc


def _check(header: list[str]) -> None:
    """Refuse a table of something else."""
    if any(name.endswith("sourcedid") for name in header):
        raise not_a_framework("a roster (OneRoster CSV)")
    for name, what in _OTHERS.items():
        if name in header:
            raise not_a_framework(what)
    known = {_COLUMNS[name] for name in header if name in _COLUMNS}
    placed = known & {"parent", "kind", "type"}
    said = "statement" in known or ("title" in known and placed)
    if not (said and known & {"code", "identifier"}):
        raise not_a_framework("text or a table without the columns of a framework")


class _Table:
    """Reads the rows behind the header."""

    def __init__(self, header: list[str], problems: Problems, title: str) -> None:
        self.header, self.problems = header, problems
        self.made = Maker(f"csv:{title}", title=title)
        self.rows: list[tuple[int, dict[str, str], str]] = []
        #: a code or identifier in lower case → the item's id
        self.ids: dict[str, str] = {}
        self.taken: set[str] = set()
        #: an item's id → the scale its row says
        self.scales: dict[str, Json] = {}

    def read(self, rows: Iterator[tuple[int, list[str]]]) -> Json:
        """The package."""
        for number, cells in rows:
            self._row(number, cells)
        scored: dict[str, list[tuple[str, list[str | None]]]] = {}
        for number, row, identifier in self.rows:
            self._item(number, row, identifier)
        for number, row, identifier in self.rows:
            self._links(number, row, identifier)
            levels = [row.get(f"level{place}") or None for place in range(1, 21)]
            if any(levels):
                above = self.ids.get(row.get("parent", "").lower(), "")
                heading = identifier if identifier in self.scales else above
                if heading in self.scales:
                    scored.setdefault(heading, []).append((identifier, levels))
                else:
                    words = "Words for levels without `levels` on the row or the one above it."
                    self.problems.add(f"row {number}", "levels_missing", words)
        for heading, scale in self.scales.items():
            if criteria := scored.get(heading):
                self.made.rubric(heading, self.made.titles[heading], scale, criteria)
        return self.made.package

    def _row(self, number: int, cells: list[str]) -> None:
        row: dict[str, str] = {}
        for name, cell in zip(self.header, cells, strict=False):
            column = _COLUMNS.get(name) or _LINKS.get(name)
            if column is None:
                if cell:
                    words = "A column that is not known here; its cells are left out."
                    self.problems.add(f"row {number}", "column_unknown", words)
            elif cell:
                row.setdefault(column, cell)
        named = row.get("identifier") or row.get("code") or f"row {number}"
        identifier = as_uuid(named) or self.made.id_of("item", named)
        if identifier in self.taken:
            words = "Two rows have this code or identifier; both are kept."
            self.problems.add(f"row {number}", "duplicate_identifier", words)
            identifier = self.made.id_of("item", named, number)
        self.taken.add(identifier)
        for own in (row.get("code"), row.get("identifier")):
            if own:
                self.ids.setdefault(own.lower(), identifier)
        if "levels" in row:
            scale = _scale(row["levels"])
            if scale is None:
                words = "`levels` make no scale; see the documented form."
                self.problems.add(f"row {number}", "no_scale", words)
            else:
                self.scales[identifier] = scale
        self.rows.append((number, row, identifier))

    def _item(self, number: int, row: dict[str, str], identifier: str) -> None:
        ours: Json = {}
        kind = row.get("kind", "").lower()
        if kind in ("indicator", "expectation", "group", "domain"):
            ours["kind"] = "expectation" if kind == "group" else kind
        elif kind not in ("", "item", "standard"):
            words = "`kind` is none of domain, group, indicator and item; it is an item."
            self.problems.add(f"row {number}", "kind_unknown", words)
        if identifier in self.scales:
            ours["scale"] = self.scales[identifier]
        for name in ("observed", "optional", "gateway"):
            said = row.get(name, "").lower()
            if said in (*_YES, *_NO):
                ours[name] = said in _YES
            elif said:
                words = "Neither yes nor no; the cell is left out."
                self.problems.add(f"row {number}", "flag_unknown", words)
        statement, title = row.get("statement"), row.get("title")
        self.made.item(
            identifier,
            fullStatement=statement or title or row.get("code"),
            abbreviatedStatement=title if statement else None,
            humanCodingScheme=row.get("code"),
            CFItemType=row.get("type"),
            conceptKeywords=_several(row.get("keywords")),
            educationLevel=_several(row.get("grades")),
            notes=row.get("notes"),
            language=row.get("language"),
            ours=ours,
        )

    def _links(self, number: int, row: dict[str, str], identifier: str) -> None:
        order = row.get("order", "")
        sequence = int(order) if re.fullmatch(r"[0-9]{1,9}", order) else None
        parent = row.get("parent")
        known = self.ids.get(parent.lower()) if parent else None
        if parent and known is None:
            words = "`parent` names no row; the item stands at the root."
            self.problems.add(f"row {number}", "parent_unknown", words)
        self.made.child(identifier, known or parent, sequence)
        for kind in _LINKS.values():
            for named in _several(row.get(kind)):
                if len(self.made.package["CFAssociations"]) >= MOST_ASSOCIATIONS:
                    raise FrameworkTooLarge  # here already: a cell may name thousands
                self.made.link(identifier, kind, self.ids.get(named.lower(), named))


def _several(cell: str | None) -> list[str]:
    """The parts of a cell between bars."""
    return [part.strip() for part in (cell or "").split("|") if part.strip()]


def _scale(cell: str) -> Json | None:
    """`Below|Approaching|Meets`, `1 Below|2 Approaching` or `1-2 Below|3-4 Approaching`."""
    # short and on one line: the pattern tries every split of a run of blanks
    parts = [words for part in _several(cell) if (words := line(part, 300))]
    found = [_LEVEL.fullmatch(part) for part in parts]
    if not any(found):
        return from_points([(Decimal(n), part[:200]) for n, part in enumerate(parts, 1)])
    levels = [match.groups() for match in found if match]
    if len(levels) < len(parts):
        return None
    if not any(high for _, high, _ in levels):
        return from_points([(Decimal(low), name[:200]) for low, _, name in levels])
    return from_ranges(
        [(Decimal(low), Decimal(high or low), name[:200]) for low, high, name in levels]
    )
