"""What of a roster is kept between the dry run and the commit: staff and structure, nobody else.

The reader holds no student, but ids of rows it left out or that are marked as removed may be
theirs; only ids that this district already knows from the source are kept of those.
"""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

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
from app.integrations.oneroster.roster import Role as RoleWord


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
    may_lead: set[str]
    present: set[str]
    removed: dict[str, set[str]]
    left_out: dict[str, set[str]]
    absence: set[str]
    counts: dict[str, FileCount]
    #: the district's policy for roles beyond the standard, by which it was read
    extra_roles: dict[str, RoleWord] = field(default_factory=dict)
    #: what the report said would become of it, as a hash
    outcome: str = ""
    #: read once, and after all else; from the database they come part by part
    assignments: Annotated[Iterable[TeachingAssignment], Field(exclude=True)] = ()


_HEAD: Final = TypeAdapter(Kept)
#: what may be 100,000 rows is packed part by part, so that no copy of all of it is in memory;
#: in the order in which it is needed
_SECTIONS: Final[dict[str, TypeAdapter[list[Any]]]] = {
    "orgs": TypeAdapter(list[Org]),
    "sessions": TypeAdapter(list[AcademicSession]),
    "courses": TypeAdapter(list[Course]),
    "classes": TypeAdapter(list[ClassSection]),
    "staff": TypeAdapter(list[Staff]),
    "assignments": TypeAdapter(list[TeachingAssignment]),
}
_PART = 2_000
#: characters that are fetched at once; of whole groups of four, so that each can be decoded alone
PIECE = 8 * 1024 * 1024


def keep(
    roster: Roster, known: Mapping[str, set[str]], extra_roles: Mapping[str, RoleWord] | None = None
) -> Kept:
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
        assignments=roster.assignments.values(),
        may_lead=roster.may_lead,
        present=roster.present & known.get("users", set()),
        removed=removed,
        left_out=left_out,
        absence=_absence(roster),
        counts=roster.counts,
        extra_roles=dict(extra_roles or {}),
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


def packed(kept: Kept) -> str:
    """For the database: lines of JSON, compressed. The first line has everything that is short."""
    compressor = zlib.compressobj(1)
    packed = bytearray()
    for line in _lines(kept):
        packed += compressor.compress(line + b"\n")
    packed += compressor.flush()
    return b64encode(packed).decode()


def _lines(kept: Kept) -> Iterator[bytes]:
    yield _HEAD.dump_json(replace(kept, orgs={}, sessions={}, courses={}, classes={}, staff={}))
    for name, adapter in _SECTIONS.items():
        section = getattr(kept, name)
        rows = iter(section.values() if isinstance(section, dict) else section)
        while part := list(islice(rows, _PART)):
            yield name.encode() + b" " + adapter.dump_json(part)


def unpacked(pieces: list[str]) -> Kept:
    """From the database. All but the assignments, which come while they are gone through."""
    lines = _split(b64decode(piece) for piece in pieces)
    kept = _HEAD.validate_json(next(lines))
    kept.assignments = ()
    for line in lines:
        name, rows = _section(line)
        if name == "assignments":
            kept.assignments = chain(rows, _assignments(lines))
            break
        getattr(kept, name).update((row.sourced_id, row) for row in rows)
    return kept


def _assignments(lines: Iterable[bytes]) -> Iterator[TeachingAssignment]:
    for line in lines:
        yield from _section(line)[1]


def _section(line: bytes) -> tuple[str, list[Any]]:
    name, _, rows = line.partition(b" ")
    return name.decode(), _SECTIONS[name.decode()].validate_json(rows)


def _split(compressed: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, of which no more than one is unpacked at a time."""
    rest = b""
    for piece in _pieces(compressed):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines


def _pieces(compressed: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for part in compressed:
        while part:
            yield unpacker.decompress(part, 1024 * 1024)
            part = unpacker.unconsumed_tail
    yield unpacker.flush()
