"""The pages of a whole pull as the bundle that the CSV reader reads: a zip, in memory only."""

import csv
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO

from app.integrations.oneroster.vocabulary import READ
from app.integrations.oneroster_rest.cells import COLLECTIONS, Row, Tables, header


def bundle(mode: str, pages: Iterable[tuple[str, Tables]]) -> bytes:
    """The zip of (collection, tables of one page), in the order they were read. Stored and not
    packed: thousands of counted rows alike would look like a bomb."""
    texts = {table: StringIO() for table in READ}
    writers = {table: csv.writer(text) for table, text in texts.items()}
    for table, writer in writers.items():
        writer.writerow(header(table))
    counters = {table: _Counter(table) for table in READ}
    for _, tables in pages:
        for table, rows in tables.items():
            for row in rows:
                if isinstance(row, list):
                    writers[table].writerow(row)
                else:
                    writers[table].writerows(counters[table].rows(row))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("manifest.csv", _manifest(mode))
        for table, text in texts.items():
            archive.writestr(f"{table}.csv", text.getvalue())
    return out.getvalue()


def _manifest(mode: str) -> str:
    tables = {"roles", *COLLECTIONS}
    lines = [f"file.{table},{mode}" for table in READ if table in tables]
    head = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"]
    return "\r\n".join([*head, *lines, ""])


class _Counter:
    """Rows that stand for people who are counted, so that they count here as in a CSV file."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.count = 0

    def rows(self, number: Row) -> Iterator[list[str]]:
        """As many rows as the number says (see `cells.Row`)."""
        assert isinstance(number, int)
        if self.table != "roles":
            for _ in range(abs(number)):
                self.count += 1
                yield self._row(0)
        elif number > 0:
            self.count += 1
            for place in range(number):
                yield self._row(place)
        else:
            for _ in range(-number):
                self.count += 1
                yield self._row(0)

    def _row(self, place: int) -> list[str]:
        person = f"counted {self.count}"
        values = {
            "users": {"sourcedId": person},
            "roles": {"sourcedId": f"{person}/{place}", "userSourcedId": person, "role": "student"},
            "enrollments": {"role": "student"},
        }[self.table]
        return [values.get(name, "") for name in header(self.table)]
