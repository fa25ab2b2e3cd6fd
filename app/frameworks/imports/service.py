"""Frameworks from files: whatever the file means is kept as drafts, with a report. No HTTP."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.access.policy import Action
from app.access.scope import must, permissions, visible
from app.access.views import read_one
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.frameworks import keeping
from app.frameworks import service as frameworks
from app.frameworks.files import Read, read, read_several, understand
from app.models import Framework, FrameworkImport

#: problems that one report lists
LISTED = 1000


class SeveralFrameworks(Conflict):
    """The file holds several frameworks, and one name was given for all of them."""

    code, title = "several_frameworks", "The file holds several frameworks"
    next_step = "Leave `publisher`, `code`, `edition` and `title` out, or send one file each."


def _select(actor: Actor, *extra: Any) -> Select[Any]:
    table = FrameworkImport.__table__
    columns = [c for c in table.c if c.name not in ("district_id", "report")]
    return visible(actor, Action.FRAMEWORK_IMPORT_READ, FrameworkImport).with_only_columns(
        *columns, permissions(actor, FrameworkImport), *extra
    )


async def list_imports(
    session: AsyncSession, actor: Actor, paging: Paging
) -> tuple[list[Any], str | None]:
    """Imports, newest first, without their reports."""
    return await page(
        session, actor, _select(actor), paging, by=[FrameworkImport.id], descending=True
    )


async def read_import(session: AsyncSession, actor: Actor, import_id: UUID) -> dict[str, Any]:
    """One import with its report."""
    statement = _select(actor, FrameworkImport.report)
    row = await read_one(session, actor, statement, FrameworkImport, import_id)
    return {**row._mapping, "frameworks": row.report["frameworks"]}


async def create_import(
    session: AsyncSession,
    actor: Actor,
    content: bytes | list[tuple[str, bytes]],
    **named: str | None,
) -> UUID:
    """Read a file, or several that belong together, and keep each framework in it as a draft.
    District administrators. `named` are publisher, code, edition and title in place of the file's.

    Raises NotAFramework, FrameworkTooLarge, SeveralFrameworks or FrameworkExists (409).
    """
    person = actor.kind is ActorKind.PERSON
    made = FrameworkImport(
        district_id=actor.district_id, author_id=actor.id if person else None, report={}
    )
    session.add(made)
    await session.flush()
    await must(session, actor, Action.FRAMEWORK_IMPORT_CREATE, made)  # before the work of reading
    found = await asyncio.to_thread(_understood, content, clock.now(), named)
    reports = []
    for one in found:
        framework = Framework(
            district_id=actor.district_id,
            import_id=made.id,
            publisher=one.known.publisher,
            code=one.known.code,
            edition=one.known.edition,
            title=one.known.title,
            source=one.known.source,
            licence=one.known.licence,
        )
        await frameworks.add(session, actor, framework)
        await keeping.keep_import(session, framework, one)
        record(session, actor, "framework.created", framework)
        reports.append(_report(framework, one, LISTED // len(found)))
    made.report = {"frameworks": reports}
    record(session, actor, "framework_import.created", made)
    await session.flush()
    return made.id


def _understood(
    content: bytes | list[tuple[str, bytes]], now: datetime, named: dict[str, str | None]
) -> list[Read]:
    sources = read(content) if isinstance(content, bytes) else read_several(content)
    if len(sources) > 1 and any(value is not None for value in named.values()):
        raise SeveralFrameworks
    return [understand(source, now, **named) for source in sources]


def _report(framework: Framework, one: Read, listed: int) -> dict[str, Any]:
    return {
        "framework_id": str(framework.id),
        "form": one.form,
        "publisher": framework.publisher,
        "code": framework.code,
        "edition": framework.edition,
        "title": framework.title,
        "items": len(one.tree.nodes),
        "associations": len(one.package["CFAssociations"]),
        "foreign_ends": one.tree.foreign_ends,
        "cycles": one.tree.cycles,
        "orphans": one.tree.orphans,
        "groups": len(one.groups),
        "indicators": sum(len(group.marks) for group in one.groups),
        "problems": one.problems.found[:listed],
        "problems_found": one.problems.total(),
    }
