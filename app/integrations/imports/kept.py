"""What of a roster is kept between the dry run and the commit: staff and structure, nobody else.

The reader holds no student, but ids of rows it left out or that are marked as removed may be
theirs; only ids that this district already knows from the source are kept of those.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from app.integrations.oneroster import (
    AcademicSession,
    ClassSection,
    Course,
    FileCount,
    Org,
    Roster,
    Staff,
    TeachingAssignment,
)
from app.integrations.oneroster.roster import Mode, Version


@dataclass(slots=True)
class Kept:
    """A usable roster without its problems. `absence` names the files in which a row that is not
    there counts as gone."""

    version: Version
    mode: Mode
    orgs: dict[str, Org]
    sessions: dict[str, AcademicSession]
    courses: dict[str, Course]
    classes: dict[str, ClassSection]
    staff: dict[str, Staff]
    assignments: dict[str, TeachingAssignment]
    may_lead: set[str]
    present: set[str]
    removed: dict[str, set[str]]
    left_out: dict[str, set[str]]
    absence: set[str]
    counts: dict[str, FileCount]


_JSON: Final = TypeAdapter(Kept)


def keep(roster: Roster, known: Mapping[str, set[str]]) -> Kept:
    """The part of a roster to keep; `known` has the ids of the source by file."""
    removed = {file: ids & known.get(file, set()) for file, ids in roster.removed.items()}
    left_out = {file: ids & known.get(file, set()) for file, ids in roster.left_out.items()}
    return Kept(
        version=roster.version,
        mode=roster.mode,
        orgs=roster.orgs,
        sessions=roster.sessions,
        courses=roster.courses,
        classes=roster.classes,
        staff=roster.staff,
        assignments=roster.assignments,
        may_lead=roster.may_lead,
        present=roster.present & known.get("users", set()),
        removed=removed,
        left_out=left_out,
        absence=_absence(roster),
        counts=roster.counts,
    )


def _absence(roster: Roster) -> set[str]:
    """Files whose silence counts: whole ones, out of which rows were taken, and in which every row
    that was left out could at least be told by its id."""
    if roster.mode != "bulk":
        return set()
    taken: dict[str, Mapping[str, Any]] = {
        "orgs": roster.orgs,
        "courses": roster.courses,
        "classes": roster.classes,
        "users": roster.staff,
        "enrollments": roster.assignments,
    }
    return {
        file
        for file, rows in taken.items()
        if rows
        and file in roster.counts
        and roster.counts[file].skipped <= len(roster.left_out.get(file, ()))
    }


def to_json(kept: Kept) -> dict[str, Any]:
    """For the database."""
    stored: dict[str, Any] = _JSON.dump_python(kept, mode="json")
    return stored


def from_json(stored: dict[str, Any]) -> Kept:
    """From the database."""
    return _JSON.validate_python(stored)
