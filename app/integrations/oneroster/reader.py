"""From the files of a bundle to a checked roster.

Nothing raises for what a file says: every finding is a Problem of the roster. A table is read row
by row; people who are neither teachers nor leaders are counted and no field of theirs is kept.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from app.integrations.oneroster import vocabulary as words
from app.integrations.oneroster.bundle import Bundle, Unreadable, opened
from app.integrations.oneroster.checks import Checks
from app.integrations.oneroster.people import People
from app.integrations.oneroster.roster import FileCount, Mode, Role, Roster, Version
from app.integrations.oneroster.structure import Structure
from app.integrations.oneroster.tables import Fault, Row, header_of, rows

#: more row problems than one in this many rows of a file (5 %), and nothing is taken
TOLERATED = 20

_VERSIONS: Mapping[str, Version] = {"1.1": "1.1", "1.1.1": "1.1", "1.2": "1.2", "1.2.1": "1.2"}


def read(
    source: Path | bytes | IO[bytes],
    *,
    full: bool | None = None,
    extra_roles: Mapping[str, Role] | None = None,
) -> Roster:
    """Read a bundle: a folder, a zip, or the bytes of a zip.

    `full` overrides what the manifest says: True takes it for a bulk bundle, False for a delta.
    Without a manifest a bundle is a delta. `extra_roles` is the district's policy for roles beyond
    the standard ("ext:coach": "teacher"), letter case aside. Never raises for what it finds;
    a roster that is not `usable` is empty.
    """
    roster = Roster()
    try:
        with opened(source) as bundle:
            _Reading(bundle, roster, full, extra_roles or {}).run()
    except Unreadable as fault:
        roster.report("bundle", "bundle", fault.code, fault.message)
    roster.finish()
    return roster


class _Reading:
    """One bundle being read: what is known so far, and one method per table."""

    def __init__(
        self, bundle: Bundle, roster: Roster, full: bool | None, extra: Mapping[str, Role]
    ) -> None:
        self.tables = dict(bundle.tables)
        self.roster = roster
        self.full = full
        self.promised: dict[str, str] = {}
        self.checks = Checks(roster)
        self.structure = Structure(self.checks)
        self.people = People(self.checks, extra)
        for table, code, message in bundle.notes:
            roster.report("note", table, code, message)

    def run(self) -> None:
        """Read every table in the order of its references."""
        if not self._manifest():
            return  # which columns to expect is not known
        self._needed()
        takers: dict[str, Callable[[Row], bool]] = {
            "orgs": self.structure.org,
            "academicSessions": self.structure.session,
            "courses": self.structure.course,
            "classes": self.structure.class_,
            "roles": self.people.role,
            "users": self.people.user,
            "enrollments": self.people.enrollment,
        }
        for table in words.READ:
            if table in self.tables:
                if table in words.COLUMNS[self.roster.version]:
                    self._read(table, takers[table])
                else:
                    self._count(table)
        for table in words.COUNTED:
            if table in self.tables:
                self._count(table)

    # --- the bundle as a whole

    def _manifest(self) -> bool:
        """Version, mode and source; from the headers when there is no manifest. False when the
        version cannot be told."""
        if "manifest" not in self.tables:
            self.roster.version = self._version_by_headers()
            self.roster.mode = "bulk" if self.full else "delta"
            if self.full is None:
                text = "There is no manifest: read as a delta, so absence deactivates nobody."
                self.roster.report("note", "manifest", "no_manifest", text)
            return True
        said: dict[str, str] = {}
        columns = words.Columns(("propertyName", "value"))
        try:
            note = self._noting("manifest")
            for row in filter(None, rows(self.tables["manifest"], columns, {}, note)):
                said[row.raw("propertyName").lower()] = row.raw("value")
        except Unreadable as fault:
            self.roster.report("bundle", "manifest", fault.code, fault.message, row=fault.row)
            return False
        version = _VERSIONS.get(said.get("oneroster.version", ""))
        if version is None:
            text = "oneroster.version must be 1.1 or 1.2; export one of these."
            self.roster.report("bundle", "manifest", "version", text, column="value")
            return False
        self.roster.version = version
        name = said.get("source.systemname") or said.get("source.systemcode") or ""
        self.roster.source_name = "".join(c for c in name if c.isprintable())[:100] or None
        self.promised = {
            table: said.get(f"file.{table.lower()}", "").lower() for table in words.FILES
        }
        self.roster.mode = self._mode()
        return True

    def _mode(self) -> Mode:
        """Bulk when every table that is there is; otherwise absence must not count."""
        modes = set()
        for table in words.READ:
            mode = self.promised[table]
            if mode not in ("", "absent", "bulk", "delta"):
                text = f"file.{table} must be bulk, delta or absent; taken for a delta."
                self.roster.report("note", "manifest", "bad_value", text, column="value")
                modes.add("delta")
            elif mode == "absent" and table in self.tables:
                text = "The manifest calls this file absent; it is not read. Correct one of them."
                self.roster.report("note", table, "not_promised", text)
                del self.tables[table]
            elif table in self.tables:
                modes.add(mode or "delta")
        if self.full is not None:
            return "bulk" if self.full else "delta"
        if modes == {"bulk", "delta"}:
            text = "Some files are bulk and some delta: read as a delta, so absence counts nowhere."
            self.roster.report("note", "manifest", "mixed_modes", text)
        return "bulk" if modes == {"bulk"} else "delta"

    def _version_by_headers(self) -> Version:
        found: dict[str, set[str]] = {}
        for table in ("orgs", "users"):
            try:
                header = header_of(self.tables[table]) if table in self.tables else []
            except Unreadable:
                header = []  # reading the table reports it
            found[table] = {name.lower() for name in header}
        if "role" in found["users"]:
            return "1.1"
        if "roles" not in self.tables:
            return "1.1"
        return "1.2" if "status" in found["orgs"] | found["users"] else "sds-2.1"

    def _needed(self) -> None:
        """Report tables that must be there and are not."""
        for table in words.READ:
            if table in self.tables:
                continue
            roles_missing = table == "roles" and self.roster.version != "1.1"
            if table in ("orgs", "users") or (roles_missing and self.roster.mode == "bulk"):
                text = f"{table}.csv is missing; a bundle needs it. Add it and send all files again"
                self.roster.report("bundle", table, "missing_file", f"{text}.")
            elif self.promised.get(table) in ("bulk", "delta"):
                text = f"The manifest promises {table}.csv and it is missing; send it too."
                self.roster.report("bundle", table, "missing_file", text)
            elif roles_missing:
                text = "Without roles.csv nobody can be told to be a teacher; people are ignored."
                self.roster.report("note", table, "missing_file", text)

    # --- one file

    def _noting(self, table: str) -> Callable[[str, str, str | None, int | None], None]:
        def note(code: str, message: str, column: str | None, row: int | None) -> None:
            self.roster.report("note", table, code, message, row=row, column=column)

        return note

    def _count(self, table: str) -> None:
        """Count the rows of a file that is not looked at."""
        count = self.roster.counts[table] = FileCount()
        try:
            for _ in rows(self.tables[table], None, {}, self._noting(table)):
                count.rows += 1
                count.ignored += 1
        except Unreadable as fault:
            self.roster.report("bundle", table, fault.code, fault.message, row=fault.row)

    def _read(self, table: str, take: Callable[[Row], bool]) -> None:
        """Take each row of a table, leave out those with faults, and judge the whole."""
        count = self.roster.counts[table] = FileCount()
        columns = words.COLUMNS[self.roster.version][table]
        sds = self.roster.version == "sds-2.1"
        names = words.SDS_NAMES.get(table, {}) if sds else {}
        passed = self.people.passed(table)
        note = self._noting(table)
        try:
            for row in rows(self.tables[table], columns, names, note, passed):
                count.rows += 1
                if row is None:
                    count.ignored += 1
                    continue
                try:
                    row.check()
                    if not take(row):
                        count.ignored += 1
                except Fault as fault:
                    count.skipped += 1
                    self._leave_out(table, row, fault)
        except Unreadable as fault:
            self.roster.report("bundle", table, fault.code, fault.message, row=fault.row)
            return
        self.checks.whole.add(table)
        self.structure.parents(table)
        if count.skipped * TOLERATED > count.rows:
            text = (
                f"{count.skipped} of {count.rows} rows have faults; above 5 % nothing is taken. "
                "Correct the rows listed and send the bundle again."
            )
            self.roster.report("bundle", table, "too_many_faults", text)
        if not count.rows:
            self.roster.report("note", table, "no_rows", "The file has a header and no rows.")

    def _leave_out(self, table: str, row: Row, fault: Fault) -> None:
        report = self.roster.report
        report("row", table, fault.code, str(fault), row=row.number, column=fault.column)
        if own := row.id("sourcedId"):
            self.roster.left_out.setdefault(table, set()).add(own)
        if person := row.id("sourcedId" if table == "users" else "userSourcedId"):
            self.roster.present.add(person)
