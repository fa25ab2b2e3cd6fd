"""Roster imports: read and reported, then committed whole or not at all. No HTTP, no commit."""

import asyncio
import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, permissions, visible
from app.access.views import read_one
from app.auth import keys, sessions
from app.auth import service as auth
from app.core import clock
from app.core.errors import Conflict, WrongState
from app.core.events import record
from app.core.paging import Paging, page
from app.integrations.imports import rows
from app.integrations.imports.kept import keep, packed, unpacked
from app.integrations.imports.plan import Plan, known_ids, make_plan, operator_of
from app.integrations.oneroster import Roster, read
from app.integrations.oneroster.roster import Role
from app.models import Person, RosterImport, touch
from app.models.people import ImportState
from app.people.district.service import policy
from app.people.persons.coaching import end_unfounded
from app.people.schools.service import apply

__all__ = [
    "MassDeactivation",
    "WrongState",
    "commit_import",
    "create_import",
    "extra_roles",
    "list_imports",
    "read_import",
]

#: problems that a report lists
LISTED = 1000
LEFT = "left_roster"
_PACKED = "packed"
_GRAVITY = {"bundle": 0, "row": 1, "note": 2}


class ImportOutdated(Conflict):
    """The database changed since the report: a commit would do something else than it says."""

    code, title = "import_outdated", "The report is out of date"
    next_step = "Send the roster again and commit the new import."


class MassDeactivation(Conflict):
    """More than a fifth of the people or schools of this source would be deactivated: often the
    sign of an export that went wrong."""

    code, title = "mass_deactivation", "More than 20 % of the people or schools would leave"
    next_step = "Check the roster; if it is right, commit with `allow_mass_deactivation=true`."


def _select(actor: Actor, *extra: Any) -> Select[Any]:
    """Imports the caller may see, without the roster that waits in them."""
    table = RosterImport.__table__
    columns = [c for c in table.c if c.name not in ("district_id", "roster", "report")]
    return visible(actor, Action.IMPORT_READ, RosterImport).with_only_columns(
        *columns, permissions(actor, RosterImport), *extra
    )


async def list_imports(
    session: AsyncSession, actor: Actor, paging: Paging
) -> tuple[list[Any], str | None]:
    """Imports, newest first, without their problems."""
    report = RosterImport.report
    statement = _select(
        actor,
        report["files"].label("files"),
        report["problems_found"].as_integer().label("problems_found"),
    )
    return await page(session, actor, statement, paging, by=[RosterImport.id], descending=True)


async def read_import(session: AsyncSession, actor: Actor, import_id: UUID) -> Any:
    """One import with its report."""
    statement = _select(actor, RosterImport.report)
    return await read_one(session, actor, statement, RosterImport, import_id)


async def create_import(
    session: AsyncSession,
    actor: Actor,
    source: str,
    bundle: Path | bytes,
    *,
    full: bool | None = None,
) -> UUID:
    """Read a bundle and report what committing it would do. Nothing of it is taken over."""
    made = RosterImport(
        district_id=actor.district_id,
        source=source,
        mode="delta",
        state=ImportState.REFUSED.value,
        report={},
    )
    session.add(made)
    await session.flush()
    await must(session, actor, Action.IMPORT_CREATE, made)  # before the work of reading it
    extra = await extra_roles(session, actor)
    roster = await asyncio.to_thread(read, bundle, full=full, extra_roles=extra)
    # what the database knows matters only where ids of rows that were not taken are kept
    asked = any((*roster.removed.values(), *roster.left_out.values(), roster.present))
    known = await known_ids(session, actor, source) if asked else {}
    kept = keep(roster, known, extra)
    plan = await make_plan(session, actor, source, kept) if roster.usable else None
    made.mode = roster.mode
    made.report = _report(roster, plan)
    if plan is not None and not plan.refused:
        made.state = ImportState.REPORTED.value
        kept.outcome = plan.outcome()
        made.roster = {_PACKED: await asyncio.to_thread(packed, kept)}
    record(session, actor, "import.created", made)
    await session.flush()
    return made.id


async def extra_roles(session: AsyncSession, actor: Actor) -> dict[str, Role]:
    """The district's policy for roles beyond the standard."""
    mapped = (await policy(session, actor)).roster_roles
    return {one.role.lower(): one.becomes for one in mapped}


def _report(roster: Roster, plan: Plan | None) -> dict[str, Any]:
    problems = [asdict(problem) for problem in roster.problems]
    if plan is not None:
        problems += plan.problems
        files = plan.files()
    else:
        nothing = dict.fromkeys(("created", "updated", "unchanged", "deactivated"), 0)
        files = [{"file": file, **nothing, **asdict(c)} for file, c in roster.counts.items()]
    problems.sort(key=lambda problem: _GRAVITY[problem["grade"]])
    found = len(roster.problems) + (plan.found.total() if plan is not None else 0)
    return {"files": files, "problems": problems[:LISTED], "problems_found": found}


async def commit_import(
    session: AsyncSession,
    actor: Actor,
    import_id: UUID,
    version: int,
    *,
    allow_mass_deactivation: bool = False,
) -> None:
    """Take a reported roster over. Refused when the counts would be others by now, or when more
    than a fifth of the people or schools would leave and nobody said that this is meant."""
    row = await acting(
        session,
        actor,
        Action.IMPORT_COMMIT,
        RosterImport,
        import_id,
        version,
        read=Action.IMPORT_READ,
    )
    await _in_turn(session, row)
    kept = await asyncio.to_thread(unpacked, (row.roster or {}).get(_PACKED, ""))
    if kept.extra_roles != await extra_roles(session, actor):
        raise ImportOutdated
    plan = await make_plan(session, actor, row.source, kept, writing=True)
    if plan.outcome() != kept.outcome:
        raise ImportOutdated
    if plan.mass and not allow_mass_deactivation:
        raise MassDeactivation(_leaving(plan))
    await _write(session, actor, row.source, plan)
    row.state, row.roster = ImportState.COMMITTED.value, None
    row.committed_at = clock.now()
    touch(row)
    record(session, actor, "import.committed", row, ("state",))


def _leaving(plan: Plan) -> str:
    """How many would leave, people and schools, as a plan that lists what is written has it."""
    schools = plan.changed.get(rows.SchoolRow, {}).values()
    closing = sum(not school.active for school in schools)
    return f"People who would be deactivated: {len(plan.leaving)}; schools: {closing}."


async def _in_turn(session: AsyncSession, row: RosterImport) -> None:
    """Two rosters of one source are committed one after the other."""
    name = hashlib.sha256(f"roster\0{row.district_id}\0{row.source}".encode()).digest()[:8]
    number = int.from_bytes(name, "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(number)))


async def _write(session: AsyncSession, actor: Actor, source: str, plan: Plan) -> None:
    await rows.prepare(session)
    leaving = await _left(session, actor, [person.id for person in plan.leaving])
    for kind in rows.MODELS:
        changed = plan.changed.pop(kind, {})
        await rows.change(session, actor.district_id, kind, changed.values())
    for kind in rows.MODELS:
        await rows.insert(session, actor.district_id, kind, plan.new.pop(kind, ()), source)
    for person_id, _ in plan.rekeyed:
        await auth.void_invitations(session, actor, person_id)
        await keys.drop(session, "email", person_id)
    for person_id, email in plan.rekeyed:
        if not await keys.put(session, "email", email, person_id):
            raise auth.EmailTaken  # since we looked
    for person_id in leaving:
        await auth.void_invitations(session, actor, person_id)
        await sessions.end_all(session, actor, person_id, LEFT)
    await end_unfounded(session, actor, leaving, LEFT)
    await end_unfounded(session, actor, plan.losing_roles, "role_ended")


async def _left(session: AsyncSession, actor: Actor, people: list[UUID]) -> list[UUID]:
    """Deactivate people, one event each."""
    if people:
        statement = visible(operator_of(actor), Action.PERSON_READ, Person)
        found = await session.scalars(
            statement.where(Person.id == any_(bindparam("people", type_=ARRAY(Uuid())))),
            {**actor.binds, "people": people},
        )
        for person in found:
            apply(person, {"active": False})
            record(session, actor, "person.left_roster", person, ("active",))
        await session.flush()
    return people
