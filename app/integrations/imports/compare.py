"""Comparing a roster with the database: what a commit would do, and the report of it.

Keys are (district, source, sourcedId). A roster owns what it says of its own rows: names, titles,
who teaches where. It never touches rows of another source or made by hand, never gives or ends
district administrator, and leaves a school year to its school once that exists.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.scope import visible
from app.integrations.imports import rows, structure
from app.integrations.imports.comparison import TABLES, Comparison
from app.integrations.imports.kept import Kept
from app.integrations.imports.people import People
from app.integrations.imports.plan import Plan
from app.integrations.imports.write import Writer


async def compare(
    session: AsyncSession, actor: Actor, source: str, kept: Kept, writer: Writer | None = None
) -> Plan:
    """What a commit does. A writer gets each row that is new or changed as soon as it is found, so
    that 100,000 of them never wait at once."""
    work = Comparison(session, actor, source, kept, writer)
    await work.load()
    structure.schools(work)
    await structure.years(work)
    await structure.courses(work)
    await structure.classes(work)
    await People(work).compare()
    await structure.assignments(work)
    return work.finish()


async def known_ids(session: AsyncSession, actor: Actor, source: str) -> dict[str, set[str]]:
    """The ids that the database has of a source, by file."""
    reach = rows.operator_of(actor)
    known: dict[str, set[str]] = {}
    for file, (kind, action) in TABLES.items():
        model = rows.MODELS[kind]
        statement = visible(reach, action, model).where(model.source == source)
        found = await session.scalars(statement.with_only_columns(model.external_id), reach.binds)
        known[file] = set(found)
    return known
