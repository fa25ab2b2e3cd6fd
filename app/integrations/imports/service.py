"""Roster imports: read and reported, then committed whole or not at all. No HTTP, no commit."""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, permissions, visible
from app.access.views import read_one
from app.core import clock
from app.core.errors import Conflict, WrongState
from app.core.events import record
from app.core.paging import Paging, page
from app.integrations.imports.collecting import seldom
from app.integrations.imports.compare import compare, known_ids
from app.integrations.imports.kept import PIECE, keep, packed, unpacked
from app.integrations.imports.plan import Plan
from app.integrations.imports.write import Writer, follow
from app.integrations.oneroster import Roster, read
from app.integrations.oneroster.roster import Problem, Role
from app.models import RosterImport, touch
from app.models.people import ImportState
from app.people.district.service import policy

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
    noted: Iterable[Problem] = (),
) -> UUID:
    """Read a bundle and report what committing it would do. Nothing of it is taken over. `noted` is
    what was found where the bundle came from."""
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
    with seldom():
        roster = await asyncio.to_thread(read, bundle, full=full, extra_roles=extra)
        roster.problems.extend(noted)
        # what the database knows matters only where ids of rows that were not taken are kept
        asked = any((*roster.removed.values(), *roster.left_out.values(), roster.present))
        known = await known_ids(session, actor, source) if asked else {}
        kept = keep(roster, known, extra)
        plan = await compare(session, actor, source, kept) if roster.usable else None
        made.mode = roster.mode
        made.report = _report(roster, plan)
        if plan is not None and not plan.refused:
            made.state = ImportState.REPORTED.value
            kept.outcome = plan.outcome()
            made.roster = {_PACKED: await asyncio.to_thread(packed, kept)}
        del roster, kept, plan  # nothing of it is needed while the rest is sent to the database
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
    with seldom():
        kept = await asyncio.to_thread(unpacked, await _waiting(session, actor, row.id))
        if kept.extra_roles != await extra_roles(session, actor):
            raise ImportOutdated
        writer = Writer(session, actor, row.source)
        plan = await compare(session, actor, row.source, kept, writer)
        if plan.outcome() != kept.outcome:
            raise ImportOutdated
        if plan.mass and not allow_mass_deactivation:
            raise MassDeactivation(_leaving(plan))
        await writer.flush()
        await follow(session, actor, plan)
    row.state, row.roster = ImportState.COMMITTED.value, None
    row.committed_at = clock.now()
    touch(row)
    record(session, actor, "import.committed", row, ("state",))


async def _waiting(session: AsyncSession, actor: Actor, import_id: UUID) -> list[str]:
    """What was kept of the roster. It may be 20 MB, which would be in memory five times over while
    it comes in one piece."""
    stored = func.substr(RosterImport.roster[_PACKED].astext, bindparam("at", type_=Integer), PIECE)
    statement = visible(actor, Action.IMPORT_READ, RosterImport).where(RosterImport.id == import_id)
    statement = statement.with_only_columns(stored)
    pieces: list[str] = []
    while True:
        place = {"at": PIECE * len(pieces) + 1}
        piece = await session.scalar(statement, {**actor.binds, **place})
        if not piece:
            return pieces
        pieces.append(piece)


def _leaving(plan: Plan) -> str:
    """How many would leave, people and schools."""
    orgs = plan.tallies.get("orgs")
    closing = orgs.deactivated if orgs is not None else 0
    return f"People who would be deactivated: {len(plan.leaving)}; schools: {closing}."


async def _in_turn(session: AsyncSession, row: RosterImport) -> None:
    """Two rosters of one source are committed one after the other."""
    name = hashlib.sha256(f"roster\0{row.district_id}\0{row.source}".encode()).digest()[:8]
    number = int.from_bytes(name, "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(number)))
