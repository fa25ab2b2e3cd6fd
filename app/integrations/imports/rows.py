"""The rows a roster owns, as plain tuples, and how many of them are written at once.

A roster may bring 100,000 people. Entities of that many rows take minutes and gigabytes; a tuple of
the columns that a roster decides is compared and written whole. The first two fields are always the
id and what tells a row of the source apart.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.models import (
    ClassSection,
    Course,
    Person,
    Role,
    School,
    SchoolYear,
    TeachingAssignment,
)

#: rows of one statement, so that neither side holds them all at once
AT_ONCE = 5_000


class SchoolRow(NamedTuple):
    """A school."""

    id: UUID
    external_id: str | None
    active: bool
    name: str
    zone: str


class YearRow(NamedTuple):
    """A school year; `source` is None when it was made by hand."""

    id: UUID
    external_id: str | None
    source: str | None
    school_id: UUID
    title: str
    first_day: date
    last_day: date


class CourseRow(NamedTuple):
    """A course."""

    id: UUID
    external_id: str | None
    active: bool
    title: str
    code: str | None
    subjects: list[str]


class ClassRow(NamedTuple):
    """A class."""

    id: UUID
    external_id: str | None
    active: bool
    school_id: UUID
    course_id: UUID | None
    title: str
    code: str | None


class PersonRow(NamedTuple):
    """A person of staff."""

    id: UUID
    external_id: str | None
    active: bool
    given_name: str
    family_name: str
    email: str | None
    may_lead: bool


class RoleRow(NamedTuple):
    """A role; `source` is None when it was given by hand."""

    id: UUID
    person_id: UUID
    source: str | None
    kind: str
    school_id: UUID | None
    tested_subject: bool | None
    started_on: date
    ended_on: date | None


class AssignmentRow(NamedTuple):
    """Who teaches a class."""

    id: UUID
    external_id: str | None
    active: bool
    class_section_id: UUID
    person_id: UUID
    main: bool
    first_day: date | None
    last_day: date | None


#: in the order of their references
MODELS: dict[type[Any], type[Any]] = {
    SchoolRow: School,
    YearRow: SchoolYear,
    CourseRow: Course,
    ClassRow: ClassSection,
    PersonRow: Person,
    RoleRow: Role,
    AssignmentRow: TeachingAssignment,
}


def operator_of(actor: Actor) -> Actor:
    """The whole district's reach. The policy was asked about the import; what it touches follows
    from the roster, and an integration client may see none of it by itself."""
    return Actor.operator(actor.district_id, actor.zone)


async def found(
    session: AsyncSession,
    kind: type[Any],
    statement: Select[Any],
    binds: dict[str, Any],
    *,
    lock: bool = False,
) -> list[Any]:
    """The rows of a statement that selects from the kind's table; `lock` holds them against other
    writers until the end of the transaction."""
    table = MODELS[kind].__table__
    statement = statement.with_only_columns(*(table.c[name] for name in kind._fields))
    if lock:
        statement = statement.with_for_update()
    result = await session.stream(statement, binds)
    # part by part: to wait for each row by itself takes longer than all else about it
    return [kind(*row) async for part in result.partitions(AT_ONCE) for row in part]


async def prepare(session: AsyncSession) -> None:
    """What the writing of many rows needs, until the end of the transaction.

    PostgreSQL checks each reference by a plan that it keeps. One made while a table was all but
    empty reads the table through, for each of 100,000 rows: the first roster of a large district
    took hours. So plans are made anew, and by index.
    """
    await session.execute(text("set local enable_seqscan = off"))
    await session.execute(text("discard plans"))


async def insert(
    session: AsyncSession, district: UUID, kind: type[Any], rows: Iterable[Any], source: str
) -> None:
    """Add rows to the kind's table."""
    own = {"source": source} if "source" not in kind._fields else {}
    table = MODELS[kind].__table__
    more = {"version": 1, **own}
    for name, value in {"days": "[]", "mail_reminders": True}.items():
        if name in table.c:
            more[name] = value
    names = ", ".join((*kind._fields, *more, "district_id", "created_at", "updated_at"))
    given = ", ".join(f"cast(:_{name} as {_type(table, name)})" for name in more)
    statement = text(
        f"insert into {table.name} ({names}) select g.*, {given}, :district, :now, :now "  # noqa: S608 - names of our own tables and columns
        f"from unnest({_arrays(kind)}) as g"
    )
    binds = {**{f"_{name}": value for name, value in more.items()}, "district": district}
    for part in _parts(rows):
        await session.execute(statement, {**binds, **_columns(kind, part), "now": clock.now()})


async def change(
    session: AsyncSession, district: UUID, kind: type[Any], rows: Iterable[Any]
) -> None:
    """Write rows over those of their id, and count the change."""
    table = MODELS[kind].__table__
    fields = [name for name in kind._fields if name != "id"]
    sets = ", ".join(f"{name} = g.{name}" for name in fields)
    statement = text(
        f"update {table.name} t set {sets}, version = t.version + 1, updated_at = :now "  # noqa: S608 - names of our own tables and columns
        f"from unnest({_arrays(kind)}) as g ({', '.join(kind._fields)}) "
        "where t.district_id = :district and t.id = g.id"
    )
    for part in _parts(rows):
        binds = {**_columns(kind, part), "district": district, "now": clock.now()}
        await session.execute(statement, binds)


def _type(table: Any, name: str) -> str:
    return str(table.c[name].type.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


def _arrays(kind: type[Any]) -> str:
    table = MODELS[kind].__table__
    return ", ".join(f"cast(:{name} as {_type(table, name)}[])" for name in kind._fields)


def _columns(kind: type[Any], rows: Sequence[Any]) -> dict[str, list[Any]]:
    table = MODELS[kind].__table__
    columns: dict[str, list[Any]] = {}
    for name, values in zip(kind._fields, zip(*rows, strict=True), strict=True):
        as_json = isinstance(table.c[name].type, JSONB)
        columns[name] = [json.dumps(value) for value in values] if as_json else list(values)
    return columns


def _parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    waiting = iter(rows)
    while part := list(islice(waiting, AT_ONCE)):
        yield part
