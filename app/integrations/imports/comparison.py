"""What a comparison holds: the rows that are there, the plan so far, the moves all tables make.

A dry run makes the same moves as a commit. It only has nobody to give the rows to.
"""

from collections.abc import Callable, Container
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.integrations.imports import rows
from app.integrations.imports.kept import Kept
from app.integrations.imports.plan import Plan, Tally
from app.integrations.imports.rows import (
    AssignmentRow,
    ClassRow,
    CourseRow,
    PersonRow,
    SchoolRow,
)
from app.integrations.imports.write import Writer
from app.integrations.oneroster.reader import TOLERATED
from app.integrations.oneroster.vocabulary import FILES
from app.models import District

#: more of the source's people or schools than this part would leave: somebody must say that it is
#: meant
MASS = 0.2
#: the longest name or title that is shown
LINE = 200
#: what the rows of a file become, and who reads them
TABLES: Final[dict[str, tuple[type[Any], Action]]] = {
    "orgs": (SchoolRow, Action.SCHOOL_READ),
    "courses": (CourseRow, Action.COURSE_READ),
    "classes": (ClassRow, Action.CLASS_READ),
    "users": (PersonRow, Action.PERSON_READ),
    "enrollments": (AssignmentRow, Action.ASSIGNMENT_READ),
}
#: the id of a row that a dry run does not write: nothing asks for it
UNWRITTEN: Final = UUID(int=0)


class Comparison:
    """One roster beside the rows of its source, which are kept by external id. With a writer, the
    rows are held against other writers until the end of the transaction."""

    def __init__(
        self,
        session: AsyncSession,
        actor: Actor,
        source: str,
        kept: Kept,
        writer: Writer | None = None,
    ) -> None:
        self.session, self.source, self.kept = session, source, kept
        self.writer = writer
        self.reach = rows.operator_of(actor)
        self.district = actor.district_id
        self.plan = Plan(
            {
                file: Tally(rows=count.rows, skipped=count.skipped, ignored=count.ignored)
                for file, count in sorted(kept.counts.items(), key=_standard_order)
            }
        )
        self.rows: dict[type[Any], dict[str, Any]] = {}
        self.zone = actor.zone
        #: people who are not active when all is done: nothing of theirs is taken
        self.gone: set[UUID] = set()
        self._today: dict[str, date] = {}

    # --- what is there

    async def all(self, kind: type[Any], statement: Select[Any]) -> list[Any]:
        """The rows of a statement on the kind's table."""
        lock = self.writer is not None
        return await rows.found(self.session, kind, statement, self.reach.binds, lock=lock)

    async def load(self) -> None:
        """Every row of the source, one statement a table."""
        zone = visible(self.reach, Action.DISTRICT_READ, District).with_only_columns(District.zone)
        self.zone = await self.session.scalar(zone, self.reach.binds) or self.zone
        for kind, action in TABLES.values():
            model = rows.MODELS[kind]
            statement = visible(self.reach, action, model).where(model.source == self.source)
            found = await self.all(kind, statement)
            self.rows[kind] = {row.external_id: row for row in found}

    def today(self, zone: str) -> date:
        """Today's date there."""
        if zone not in self._today:
            self._today[zone] = clock.today(zone)
        return self._today[zone]

    def tally(self, file: str) -> Tally:
        """The counts of a file; a table that was not delivered counts nowhere."""
        return self.plan.tallies.get(file) or Tally()

    # --- the moves every table makes

    def id_of(self, kind: type[Any], key: str) -> UUID:
        """The id of a row of the source, a new one when it is not there yet. A dry run, too, tells
        new schools apart."""
        row: Any = self.rows[kind].get(key)
        if row is not None:
            known: UUID = row.id
            return known
        return clock.new_id() if kind is SchoolRow else self.new_id()

    def new_id(self) -> UUID:
        """The id of a row to add. No dry run asks what such a row's id is, and making 100,000 of
        them is a tenth of its work."""
        return UNWRITTEN if self.writer is None else clock.new_id()

    def would_add(self, file: str, kind: type[Any], key: str) -> bool:
        """In a dry run: count a row that is not there yet and of which no more matters."""
        if self.writer is not None or key in self.rows[kind]:
            return False
        self.tally(file).created += 1
        return True

    def take(self, file: str, row: Any) -> None:
        """A row as the roster says it, new or changed where it differs."""
        tally = self.tally(file)
        before = self.rows[type(row)].get(row.external_id)
        if before is None:
            self.add(row)
            tally.created += 1
        elif before != row:
            self.change(row)
            tally.updated += 1
        else:
            tally.unchanged += 1

    def add(self, row: Any) -> None:
        """A row to add."""
        if self.writer is not None:
            self.writer.add(row)

    def change(self, row: Any) -> None:
        """A row to write over the one of its id."""
        if self.writer is not None:
            self.writer.change(row)

    async def pause(self) -> None:
        """Let the writer write what is waiting, when it is much."""
        if self.writer is not None and self.writer.full:
            await self.writer.flush()

    def skip(self, file: str, code: str, message: str, key: str) -> None:
        """Leave a row out."""
        self.tally(file).skipped += 1
        self.plan.report(file, "row", code, message, key)

    def line(self, file: str, value: str, key: str) -> str:
        """A name or title that fits on a line of ours."""
        if len(value) > LINE:
            words = f"A name or title is longer than {LINE} characters; it is cut there."
            self.plan.report(file, "note", "shortened", words, key)
        return value[:LINE].strip()

    def absent(self, file: str, key: str) -> bool:
        """Whether a row that is not there counts as gone."""
        kept = self.kept
        return file in kept.absence and key not in kept.left_out.get(file, ())

    def leave(
        self,
        file: str,
        kind: type[Any],
        taken: Container[str],
        also: Callable[[Any], bool] = lambda _row: False,
    ) -> int:
        """Deactivate what is marked as removed and, in a full roster, what is missing; how many."""
        tally = self.tally(file)
        removed = self.kept.removed.get(file, set())
        left = 0
        for key, row in self.rows[kind].items():
            if not row.active or key in taken:
                continue
            if key in removed:
                tally.hits += 1
            elif not (self.absent(file, key) or also(row)):
                continue
            self.change(row._replace(active=False))
            left += 1
        tally.deactivated += left
        return left

    def mass(self, file: str, what: str, left: int, before: int) -> None:
        """Say so when more leave than is likely."""
        if left > before * MASS:
            self.plan.mass = True
            words = (
                f"{left} of {before} {what} of this source would leave. "
                "If that is meant, commit with allow_mass_deactivation."
            )
            self.plan.report(file, "note", "mass_deactivation", words)

    def finish(self) -> Plan:
        """What is left of a file's rows was passed over on purpose: students above all."""
        for file, tally in self.plan.tallies.items():
            if file != "roles":
                used = tally.created + tally.updated + tally.unchanged + tally.skipped + tally.hits
                tally.ignored = tally.rows - used
            if tally.skipped * TOLERATED > tally.rows:
                self.plan.refused = True
                words = (
                    f"{tally.skipped} of {tally.rows} rows are left out; above 5 % nothing is "
                    "taken. Correct the rows listed and send the bundle again."
                )
                self.plan.report(file, "bundle", "too_many_faults", words)
        return self.plan


def _standard_order(item: tuple[str, Any]) -> int:
    return FILES.index(item[0])
