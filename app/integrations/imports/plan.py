"""Comparing a roster with the database: what a commit would do, and the report of it.

Keys are (district, source, sourcedId). A roster owns what it says of its own rows: names, titles,
who teaches where. It never touches rows of another source or made by hand, never gives or ends
district administrator, and leaves a school year to its school once that exists.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.auth import keys
from app.core import clock
from app.core.types import Email
from app.integrations.imports import rows
from app.integrations.imports.kept import Kept
from app.integrations.imports.rows import (
    AssignmentRow,
    ClassRow,
    CourseRow,
    PersonRow,
    RoleRow,
    SchoolRow,
    YearRow,
)
from app.integrations.oneroster.reader import TOLERATED
from app.integrations.oneroster.vocabulary import FILES
from app.models import Credential, District, Event, Person, Role, SchoolYear
from app.models.people import RoleKind

#: kinds of org that may be a part of a school
_PARTS: Final = ("department", "other")
#: more of the source's people or schools than this part would leave: somebody must say that it is
#: meant
MASS = 0.2
#: problems with one file and code that are listed
LISTED = 200
#: the longest name or title that is shown
LINE = 200
_EMAIL: Final = TypeAdapter(Email)
#: an address whose first part is good whatever follows
_PLAIN: Final = re.compile(r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@([a-z0-9.-]+)")
#: addresses that are looked up at once
_AT_ONCE = 5_000
_TABLES: Final[dict[str, tuple[type[Any], Action]]] = {
    "orgs": (SchoolRow, Action.SCHOOL_READ),
    "courses": (CourseRow, Action.COURSE_READ),
    "classes": (ClassRow, Action.CLASS_READ),
    "users": (PersonRow, Action.PERSON_READ),
    "enrollments": (AssignmentRow, Action.ASSIGNMENT_READ),
}
_KEYED = text(
    "select k.hash, f.subject_id from unnest(cast(:hashes as text[])) as k(hash) "
    "cross join lateral find_login_key('email', k.hash) f"
)


@dataclass(slots=True)
class Tally:
    """What becomes of the rows of one file. `hits` are rows whose effect is a deactivation."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    skipped: int = 0
    ignored: int = 0
    hits: int = 0


@dataclass(slots=True)
class Plan:
    """What a commit does. A dry run counts the new and the changed rows and lists none."""

    tallies: dict[str, Tally]
    new: dict[type[Any], list[Any]] = field(default_factory=dict)
    #: whole rows as they shall be, by id
    changed: dict[type[Any], dict[UUID, Any]] = field(default_factory=dict)
    leaving: list[PersonRow] = field(default_factory=list)
    #: people of whom a role ends
    losing_roles: set[UUID] = field(default_factory=set)
    #: people whose sign-in key moves to a new address
    rekeyed: list[tuple[UUID, str]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: more than MASS of the source's people or schools would leave
    mass: bool = False
    #: more rows of a file were left out than a roster may have faults
    refused: bool = False

    def files(self) -> list[dict[str, Any]]:
        """The counts for the report, as JSON."""
        counted = []
        for name, tally in self.tallies.items():
            counts = {"file": name, **asdict(tally)}
            del counts["hits"]
            if self.refused:
                counts |= dict.fromkeys(("created", "updated", "unchanged", "deactivated"), 0)
            counted.append(counts)
        return counted

    def outcome(self) -> str:
        """All that the report says of a commit, and who would leave, as a hash: another one means
        that the commit would do something else."""
        who = sorted(person.external_id or "" for person in self.leaving)
        said = [self.files(), self.problems, sorted(self.found.items()), who]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def report(
        self, file: str, grade: str, code: str, message: str, external_id: str | None = None
    ) -> None:
        """Add a problem; past LISTED of one kind they are only left out of the list."""
        self.found[file, code] += 1
        if self.found[file, code] <= LISTED:
            self.problems.append(
                {
                    "file": file,
                    "row": None,
                    "column": None,
                    "grade": grade,
                    "code": code,
                    "message": message,
                    "external_id": external_id and external_id[:255],
                }
            )


async def known_ids(session: AsyncSession, actor: Actor, source: str) -> dict[str, set[str]]:
    """The ids that the database has of a source, by file."""
    reach = operator_of(actor)
    known: dict[str, set[str]] = {}
    for file, (kind, action) in _TABLES.items():
        model = rows.MODELS[kind]
        statement = visible(reach, action, model).where(model.source == source)
        found = await session.scalars(statement.with_only_columns(model.external_id), reach.binds)
        known[file] = set(found)
    return known


def operator_of(actor: Actor) -> Actor:
    """The whole district's reach. The policy was asked about the import; what it touches follows
    from the roster, and an integration client may see none of it by itself."""
    return Actor.operator(actor.district_id, actor.zone)


async def make_plan(
    session: AsyncSession, actor: Actor, source: str, kept: Kept, *, writing: bool = False
) -> Plan:
    """Compare. `writing` holds the rows against other writers until the end of the transaction,
    and lists what is to be written."""
    planning = _Planning(session, actor, source, kept, writing)
    await planning.load()
    planning.schools()
    await planning.years()
    planning.courses()
    planning.classes()
    await planning.people()
    planning.assignments()
    return planning.finish()


class _Planning:
    """One comparison: the rows of the source by external id, and a method per file."""

    def __init__(
        self, session: AsyncSession, actor: Actor, source: str, kept: Kept, writing: bool
    ) -> None:
        self.session, self.source, self.kept = session, source, kept
        self.writing = writing
        self.reach = operator_of(actor)
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
        self.today: dict[str, date] = {}
        #: schools that may be there or not
        self.unsure: set[UUID] = set()
        #: what stands behind the @ of addresses that were found to be good
        self.domains: set[str] = set()

    # --- what is there

    async def _all(self, kind: type[Any], statement: Any) -> list[Any]:
        binds = self.reach.binds
        return await rows.found(self.session, kind, statement, binds, lock=self.writing)

    async def load(self) -> None:
        """Every row of the source, one statement a table."""
        zone = visible(self.reach, Action.DISTRICT_READ, District).with_only_columns(District.zone)
        self.zone = await self.session.scalar(zone, self.reach.binds) or self.zone
        for kind, action in _TABLES.values():
            model = rows.MODELS[kind]
            statement = visible(self.reach, action, model).where(model.source == self.source)
            found = await self._all(kind, statement)
            self.rows[kind] = {row.external_id: row for row in found}

    def tally(self, file: str) -> Tally:
        """The counts of a file; a table that was not delivered counts nowhere."""
        return self.plan.tallies.get(file) or Tally()

    # --- the moves every table makes

    def id_of(self, kind: type[Any], key: str) -> UUID:
        """The id of a row of the source, a new one when it is not there yet."""
        row = self.rows[kind].get(key)
        return clock.new_id() if row is None else row.id

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
        if self.writing:
            self.plan.new.setdefault(type(row), []).append(row)

    def change(self, row: Any) -> None:
        """A row to write over the one of its id."""
        if self.writing:
            self.plan.changed.setdefault(type(row), {})[row.id] = row

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

    # --- orgs, academicSessions, courses, classes

    def schools(self) -> None:
        """Orgs of kind school, and those of no kind of the standard (a college) that have classes.
        A new one passes its dates in the district's zone; an older one keeps the zone it has. The
        district keeps its own name."""
        known = self.rows[SchoolRow]
        active_before = sum(row.active for row in known.values())
        left = self.leave("orgs", SchoolRow, self.kept.orgs)
        places = {given.school for given in self.kept.classes.values()}
        places |= {key for key, row in known.items() if row.active}
        for key, org in self.kept.orgs.items():
            if org.kind == "school" or (org.kind == "other" and key in places):
                name = self.line("orgs", org.name, key)
                zone = known[key].zone if key in known else self.zone
                row = SchoolRow(self.id_of(SchoolRow, key), key, True, name, zone)
                self.take("orgs", row)
                known[key] = row
        self.unsure = self._unsure()
        self._mass("orgs", "schools", left, active_before)

    def _unsure(self) -> set[UUID]:
        """Schools of which a full roster does not say whether they are gone: their rows were left
        out, or some row was whose id cannot be read. Nobody's role there ends by that."""
        left_out = self.kept.left_out.get("orgs", ())
        removed = self.kept.removed.get("orgs", ())
        return {
            row.id
            for key, row in self.rows[SchoolRow].items()
            if key in left_out
            or not (
                self.kept.mode == "delta"
                or key in self.kept.orgs
                or key in removed
                or self.absent("orgs", key)
            )
        }

    def _mass(self, file: str, what: str, left: int, before: int) -> None:
        if left > before * MASS:
            self.plan.mass = True
            words = (
                f"{left} of {before} {what} of this source would leave. "
                "If that is meant, commit with allow_mass_deactivation."
            )
            self.plan.report(file, "note", "mass_deactivation", words)

    async def years(self) -> None:
        """A school year for each school that lacks it. Once there, title and dates are the
        school's; one of the same title that was made by hand is taken for it."""
        of_school: dict[UUID, list[YearRow]] = {}
        for year in await self._all(YearRow, visible(self.reach, Action.YEAR_READ, SchoolYear)):
            of_school.setdefault(year.school_id, []).append(year)
        tally = self.tally("academicSessions")
        removed = self.kept.removed.get("orgs", set())
        schools = {
            row.id
            for key, row in self.rows[SchoolRow].items()
            if key in self.kept.orgs
            or (row.active and key not in removed and not self.absent("orgs", key))
        }
        for key, session in self.kept.sessions.items():
            if session.kind != "schoolYear":
                continue
            if session.first_day >= session.last_day:
                words = "A school year of a single day is none; correct the dates."
                self.skip("academicSessions", "single_day", words, key)
                continue
            title = self.line("academicSessions", session.title, key)
            days = (session.first_day, session.last_day)
            made = adopted = False
            for school in sorted(schools):
                years = of_school.get(school, [])
                same = [y for y in years if (y.source, y.external_id) == (self.source, key)]
                alike = [y for y in years if y.source is None and y.title == title]
                if not same and not alike:
                    self.add(YearRow(clock.new_id(), key, self.source, school, title, *days))
                    made = True
                elif not same:
                    self.change(alike[0]._replace(external_id=key, source=self.source))
                    adopted = True
                for year in same or alike[:1]:
                    if (year.first_day, year.last_day) != days:
                        words = "A school has other days for this year; the school's are kept."
                        self.plan.report("academicSessions", "note", "year_differs", words, key)
            if made:
                tally.created += 1
            elif adopted:
                tally.updated += 1
            else:
                tally.unchanged += 1

    def courses(self) -> None:
        """Courses."""
        known = self.rows[CourseRow]
        self.leave("courses", CourseRow, self.kept.courses)
        for key, course in self.kept.courses.items():
            title = self.line("courses", course.title, key)
            subjects = _subjects(course.subjects)
            own = self.id_of(CourseRow, key)
            row = CourseRow(own, key, True, title, course.code, subjects)
            self.take("courses", row)
            known[key] = row

    def classes(self) -> None:
        """Classes of schools that are known."""
        known = self.rows[ClassRow]
        self.leave("classes", ClassRow, self.kept.classes)
        for key, given in self.kept.classes.items():
            school = self.rows[SchoolRow].get(given.school)
            course = self.rows[CourseRow].get(given.course) if given.course else None
            if school is None:
                words = (
                    "The class's school is not known from this source, or no school; send its org "
                    "too, with its type."
                )
                self.skip("classes", "unknown_school", words, key)
                continue
            if given.course and course is None:
                words = "The class's course is not known from this source; it is taken without."
                self.plan.report("classes", "note", "unknown_course", words, key)
            row = ClassRow(
                self.id_of(ClassRow, key),
                key,
                True,
                school.id,
                course.id if course is not None else None,
                self.line("classes", given.title, key),
                given.code,
            )
            self.take("classes", row)
            known[key] = row

    # --- users

    async def people(self) -> None:
        """Staff, where they teach, and who may lead."""
        kept, known = self.kept, self.rows[PersonRow]
        active_before = sum(row.active for row in known.values())
        roles = await self._open_roles()
        by_hand = await self._deactivated_by_hand()
        ids = {key: self.id_of(PersonRow, key) for key in kept.staff}
        moving, clashing = await self._emails(ids)
        tally = self.tally("users")
        opened = ended = 0
        for key, staff in kept.staff.items():
            row = known.get(key)
            if row is None and not staff.active:
                continue  # a disabled account of somebody we do not know
            if row is not None and not staff.active and kept.mode == "bulk":
                if row.active and self._leaves(row, roles):
                    tally.hits += 1
                elif not row.active:
                    self.gone.add(row.id)
                continue
            if key in clashing:
                words = (
                    "Somebody else here has this e-mail address; the person is left out. "
                    "Correct one of the two, then import again."
                )
                self.skip("users", "email_taken", words, key)
                continue
            if row is not None and row.id in by_hand:
                self.gone.add(row.id)
                tally.unchanged += 1
                words = "An administrator deactivated this person, who stays so."
                self.plan.report("users", "note", "deactivated_by_hand", words, key)
                continue
            if not staff.active:
                words = (
                    "The account is disabled there. In a delta only tobedeleted deactivates: "
                    "mark the row, or send a full roster."
                )
                self.plan.report("users", "note", "disabled_in_delta", words, key)
            before, unchanged = row, tally.unchanged
            row = self._person(ids[key], key, before, moving.get(key))
            self.take("users", row)
            known[key] = row
            more, fewer = self._teaches(row, roles.get(row.id, []))
            if (more or fewer) and tally.unchanged > unchanged:
                tally.unchanged, tally.updated = unchanged, tally.updated + 1
            opened, ended = opened + more, ended + fewer
        self._missing(roles)
        self._count_roles(opened, ended)
        self._mass("users", "people", len(self.plan.leaving), active_before)

    def _person(
        self, own: UUID, key: str, before: PersonRow | None, email: str | None
    ) -> PersonRow:
        staff = self.kept.staff[key]
        may_lead = key in self.kept.may_lead
        if before is not None:
            email = email if email is not None else before.email
            may_lead = may_lead or (before.may_lead and not self._tells_all_roles(key))
        return PersonRow(
            own,
            key,
            True,
            self.line("users", staff.given_name, key),
            self.line("users", staff.family_name, key),
            email,
            may_lead,
        )

    def _tells_all_roles(self, key: str) -> bool:
        """Whether a person's roles are all in the bundle. A delta of 1.2 brings single rows, and a
        row that was left out may have been one of theirs."""
        return not self._brings_single_roles() and key not in self.kept.present

    def _brings_single_roles(self) -> bool:
        return self.kept.mode == "delta" and self.kept.version != "1.1"

    def _teaches(self, person: PersonRow, roles: list[RoleRow]) -> tuple[int, int]:
        """Open and end teacher roles; how many of each. `tested_subject` is not in a roster: it
        starts as false, which asks the teacher to state a goal's link (gate 6) rather than drop
        the rule unseen; whoever sets it by hand is not overruled."""
        key = person.external_id or ""
        wanted: dict[UUID, SchoolRow] = {}
        for given in self.kept.staff[key].roles:
            school = self._school_of(given.org)
            if given.role == "teacher" and school is not None:
                wanted[school.id] = school
        if not wanted and any(given.role == "teacher" for given in self.kept.staff[key].roles):
            words = "The person teaches at no school that is known; they are taken without a role."
            self.plan.report("users", "note", "teacher_without_school", words, key)
        teaching = [role for role in roles if role.kind == RoleKind.TEACHER.value]
        missing = sorted(wanted.keys() - {role.school_id for role in teaching})
        for school_id in missing:
            today = self._today(wanted[school_id].zone)
            kind = RoleKind.TEACHER.value
            self.add(
                RoleRow(clock.new_id(), person.id, self.source, kind, school_id, False, today, None)
            )
        ended = 0
        # a delta names orgs of an earlier bundle, and which school those are a part of is not kept
        named = {given.org for given in self.kept.staff[key].roles}
        whole = (
            self.kept.mode == "bulk" or named <= self.kept.orgs.keys() | self.rows[SchoolRow].keys()
        )
        if whole and self._tells_all_roles(key):
            stays = wanted.keys() | self.unsure
            for role in teaching:
                if role.source == self.source and role.school_id not in stays:
                    self._end(role)
                    ended += 1
        return len(missing), ended

    def _school_of(self, org: str | None) -> SchoolRow | None:
        """The school that an org is, or is a part of: a department's people teach at its school.
        A roster whose orgs are in a circle does not come here."""
        while org is not None and org not in self.rows[SchoolRow]:
            part = self.kept.orgs.get(org)
            org = part.parent if part is not None and part.kind in _PARTS else None
        return self.rows[SchoolRow].get(org) if org is not None else None

    def _today(self, zone: str) -> date:
        if zone not in self.today:
            self.today[zone] = clock.today(zone)
        return self.today[zone]

    def _end(self, role: RoleRow) -> None:
        self.change(role._replace(ended_on=self._today(self.zone)))
        self.plan.losing_roles.add(role.person_id)

    async def _open_roles(self) -> dict[UUID, list[RoleRow]]:
        found: dict[UUID, list[RoleRow]] = {}
        statement = visible(self.reach, Action.ROLE_READ, Role).where(Role.ended_on.is_(None))
        for role in await self._all(RoleRow, statement):
            found.setdefault(role.person_id, []).append(role)
        return found

    async def _deactivated_by_hand(self) -> set[UUID]:
        """Inactive people whom the last word on it was an administrator's, not a roster's."""
        inactive = [
            row.id
            for key, row in self.rows[PersonRow].items()
            if not row.active and key in self.kept.staff
        ]
        if not inactive:
            return set()
        statement = (
            visible(self.reach, Action.EVENT_READ, Event)
            .where(
                Event.subject_id.in_(inactive),
                Event.action.in_(("person.deactivated", "person.left_roster")),
            )
            .with_only_columns(Event.subject_id, Event.action)
            .order_by(Event.id)
        )
        last = {row[0]: row[1] for row in await self.session.execute(statement, self.reach.binds)}
        return {one for one in inactive if last.get(one) != "person.left_roster"}

    async def _emails(self, ids: dict[str, UUID]) -> tuple[dict[str, str], set[str]]:
        """New addresses by person, and the people whose address is somebody else's.

        An address that another person gives up in the same roster is free. Whoever has a password
        keeps the address they sign in with.
        """
        wanted: dict[str, str] = {}
        for key, staff in self.kept.staff.items():
            row = self.rows[PersonRow].get(key)
            email = self._email(key, staff.email) if staff.active and staff.email else None
            if email is not None and (row is None or row.email != email):
                wanted[key] = email
        if not wanted:
            return {}, set()
        accounts = set(
            await self.session.scalars(
                select(Credential.id).where(Credential.district_id == self.district)
            )
        )
        for key in [key for key in wanted if ids[key] in accounts]:
            del wanted[key]
            words = "The person signs in with another address, which a roster does not change."
            self.plan.report("users", "note", "login_email_kept", words, key)
        owner = await self._owners({*wanted.values(), *self._present_emails(wanted)})
        clashing: set[str] = set()
        while True:
            givers = {ids[key] for key in wanted}
            taken = {
                key
                for key, email in wanted.items()
                if (theirs := owner.get(email, ids[key])) != ids[key] and theirs not in givers
            }
            if not taken:
                break
            clashing |= taken
            for key in taken:
                del wanted[key]
        for key, email in wanted.items():
            before = self.rows[PersonRow].get(key)
            if before is not None and before.email and before.email in self.keyed:
                self.plan.rekeyed.append((before.id, email))
        return wanted, clashing

    def _email(self, key: str, given: str) -> str | None:
        """The address as the API would take it. What stands behind the @ is nearly always the
        district's own and is asked about once: the check takes most of the time of a roster."""
        plain = _PLAIN.fullmatch(given)
        if plain and plain[2] in self.domains and len(plain[1]) <= 64:
            return given
        try:
            email: str = _EMAIL.validate_python(given)
        except ValidationError:
            words = "The value is no e-mail address that mail reaches; the person is without one."
            self.plan.report("users", "note", "bad_email", words, key)
            return None
        if plain and email == given:
            self.domains.add(plain[2])
        return email

    def _present_emails(self, wanted: Iterable[str]) -> list[str]:
        rows = (self.rows[PersonRow].get(key) for key in wanted)
        return [row.email for row in rows if row is not None and row.email]

    async def _owners(self, emails: set[str]) -> dict[str, UUID]:
        """Who has an address: a person of the district, or an account of the installation."""
        people = visible(self.reach, Action.PERSON_READ, Person).where(Person.email.is_not(None))
        found = await self.session.execute(
            people.with_only_columns(Person.email, Person.id), self.reach.binds
        )
        owner: dict[str, UUID] = {email: one for email, one in found if email in emails}
        self.keyed: set[str] = set()
        waiting = iter(emails)
        while part := list(islice(waiting, _AT_ONCE)):
            by_hash = {keys.digest(email): email for email in part}
            for digest, subject in await self.session.execute(_KEYED, {"hashes": list(by_hash)}):
                owner[by_hash[digest]] = subject
                self.keyed.add(by_hash[digest])
        return owner

    def _missing(self, roles: dict[UUID, list[RoleRow]]) -> None:
        """People marked as removed, or no longer in a full roster."""
        tally = self.tally("users")
        removed = self.kept.removed.get("users", set())
        for key, row in self.rows[PersonRow].items():
            if not row.active or key in self.kept.staff:
                continue
            if key in removed:
                tally.hits += self._leaves(row, roles)
            elif self.absent("users", key) and key not in self.kept.present:
                self._leaves(row, roles)

    def _leaves(self, person: PersonRow, roles: dict[UUID, list[RoleRow]]) -> bool:
        """Deactivate a person, unless they administer the district: a roster never ends that."""
        own = roles.get(person.id, [])
        if any(role.kind == RoleKind.DISTRICT_ADMINISTRATOR.value for role in own):
            words = "A district administrator is not deactivated by a roster; do it by hand."
            self.plan.report("users", "note", "administrator_kept", words, person.external_id)
            return False
        self.tally("users").deactivated += 1
        self.plan.leaving.append(person)
        self.gone.add(person.id)
        for role in own:
            if role.source == self.source:
                self._end(role)
        return True

    def _count_roles(self, opened: int, ended: int) -> None:
        """roles.csv has no rows of its own here: its rows show as the teacher roles they open."""
        if tally := self.plan.tallies.get("roles"):
            tally.created, tally.deactivated = opened, ended
            tally.unchanged = max(0, tally.rows - tally.skipped - tally.ignored - opened)
        if self.kept.removed.get("roles") and self._brings_single_roles():
            words = "A single role cannot be removed; send the person's org again in a full roster."
            self.plan.report("roles", "note", "role_removal", words)

    # --- enrollments

    def assignments(self) -> None:
        """Who teaches what."""
        taken: set[str] = set()
        for key, given in self.kept.assignments.items():
            section = self.rows[ClassRow].get(given.class_)
            person = self.rows[PersonRow].get(given.staff)
            if section is None or person is None:
                what = "class" if section is None else "person"
                words = f"The {what} is not known from this source; the row is left out."
                self.skip("enrollments", f"unknown_{what}", words, key)
                continue
            if person.id in self.gone:
                continue
            taken.add(key)
            row = AssignmentRow(
                self.id_of(AssignmentRow, key),
                key,
                True,
                section.id,
                person.id,
                given.primary,
                given.first_day,
                given.last_day,
            )
            self.take("enrollments", row)
        self.leave("enrollments", AssignmentRow, taken, lambda row: row.person_id in self.gone)

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


def _subjects(given: tuple[str, ...]) -> list[str]:
    return [subject[:LINE] for subject in given[:50]]
