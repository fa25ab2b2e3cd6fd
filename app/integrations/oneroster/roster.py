"""What a bundle says, once it is read: the nouns, the problems and the counts.

Everything is keyed by the source's `sourcedId`, as text. No object here can hold a password, a
birth date, a telephone number or anything about a student: there is no field for it.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

Grade: TypeAlias = Literal["note", "row", "bundle"]
Version: TypeAlias = Literal["1.1", "1.2", "sds-2.1"]
Mode: TypeAlias = Literal["bulk", "delta"]
Role: TypeAlias = Literal["teacher", "may_lead"]

#: how many problems with one file, column and code are listed; the rest are counted in one more
LISTED = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found in a bundle.

    `file` is a table's standard name or "bundle"; `row` counts as a spreadsheet does, the header
    being row 1; `column` is a standard column name. `message` never holds a value from the file.
    Grades: note (the row was taken), row (it was left out), bundle (nothing was taken).
    """

    file: str
    row: int | None
    column: str | None
    grade: Grade
    code: str
    message: str


@dataclass(slots=True)
class FileCount:
    """Rows of one file (the header and blank lines are none): how many there were, how many were
    passed over on purpose, and how many were left out for a fault."""

    rows: int = 0
    ignored: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Org:
    """A district, a school or another unit; `kind` is the standard's word, or "other"."""

    sourced_id: str
    name: str
    kind: str
    identifier: str | None
    parent: str | None


@dataclass(frozen=True, slots=True)
class AcademicSession:
    """A school year, or a part of one. Both days are taken as written, the last one included.
    `label` is the source's `schoolYear`: words, never a fact about dates."""

    sourced_id: str
    title: str
    kind: str
    first_day: date
    last_day: date
    parent: str | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Course:
    """A course of study, taught in classes."""

    sourced_id: str
    title: str
    code: str | None
    org: str | None
    session: str | None
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassSection:
    """One class of one course at one school."""

    sourced_id: str
    title: str
    code: str | None
    course: str | None
    school: str
    terms: tuple[str, ...]
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffRole:
    """What a person does in an org: teaches there, or may lead it (listed, never granted)."""

    org: str
    role: Role


@dataclass(frozen=True, slots=True)
class Staff:
    """An adult who teaches or may lead; `email` is in lower case."""

    sourced_id: str
    given_name: str
    family_name: str
    email: str | None
    identifier: str | None
    roles: tuple[StaffRole, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class TeachingAssignment:
    """A person teaching a class. The days are as written, the last one included."""

    sourced_id: str
    class_: str
    staff: str
    school: str
    primary: bool
    first_day: date | None
    last_day: date | None


@dataclass(slots=True)
class Roster:
    """A bundle, read and checked. Empty of rows when it is not `usable`.

    `counts` has an entry for each file that was there: a table without one was not delivered, and
    says nothing about what it would have held. `removed` holds, per file, the ids marked
    `tobedeleted`; `left_out` those of rows left out for a fault, which are neither present nor
    absent; `present` the people whom such rows name. In a delta, references may point at rows of an
    earlier bundle, so only a bulk bundle's references are checked here.
    """

    version: Version = "1.1"
    mode: Mode = "delta"
    source_name: str | None = None
    orgs: dict[str, Org] = field(default_factory=dict)
    sessions: dict[str, AcademicSession] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    classes: dict[str, ClassSection] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    assignments: dict[str, TeachingAssignment] = field(default_factory=dict)
    removed: dict[str, set[str]] = field(default_factory=dict)
    left_out: dict[str, set[str]] = field(default_factory=dict)
    may_lead: set[str] = field(default_factory=set)
    present: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, FileCount] = field(default_factory=dict)
    _unusable: bool = False
    _seen: dict[tuple[str, str | None, str], int] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether rows may be taken from it: no problem is of grade bundle."""
        return not self._unusable

    def report(
        self,
        grade: Grade,
        file: str,
        code: str,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        """Add a problem. Past LISTED of one kind only their number is kept, so that a hostile
        file cannot fill the memory."""
        if grade == "bundle":
            self._unusable = True
        kind = (file, column, code)
        self._seen[kind] = seen = self._seen.get(kind, 0) + 1
        if seen <= LISTED:
            self.problems.append(Problem(file, row, column, grade, code, message))

    def finish(self) -> None:
        """Say how many problems were not listed; drop every row of a bundle that is not usable."""
        for (file, column, code), seen in self._seen.items():
            if seen > LISTED:
                message = f"{seen - LISTED} more problems of this kind ({code}) are not listed."
                self.problems.append(Problem(file, None, column, "note", "not_listed", message))
        self._seen.clear()
        if not self.usable:
            self.orgs.clear()
            self.sessions.clear()
            self.courses.clear()
            self.classes.clear()
            self.staff.clear()
            self.assignments.clear()
            self.removed.clear()
            self.left_out.clear()
            self.may_lead.clear()
            self.present.clear()
