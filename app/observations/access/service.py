"""The access log: every read of an evaluative record is a row that the teacher sees (domain.md §2).

It is written in the request that reads (`audited` in `app.web.unit`). The teacher, and whoever
observed or wrote it, leave no row: it is theirs. Nor does what is not shared yet, which is its
author's alone.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import must, visible
from app.access.views import view
from app.core import clock
from app.core.errors import NotFound
from app.core.paging import Paging, page
from app.models import AccessLog, Observation, Person

Page = tuple[list[Any], str | None]
#: the name of who read, since the directory may not show them to the teacher
READER: ColumnElement[Any] = (
    select(func.concat_ws(" ", Person.given_name, Person.family_name))
    .where(Person.district_id == district, Person.id == AccessLog.reader_id)
    .correlate(AccessLog)
    .scalar_subquery()
    .label("reader_name")
)


def note_read(
    session: AsyncSession,
    actor: Actor,
    record: Any,
    operation: str,
    record_type: str | None = None,
) -> None:
    """Note that the caller read an evaluative record, or a part of one: one row. `record` is the
    row as it was read, of a table or of a view; what lies below an observation is noted as a read
    of the observation. `operation` says of what: the action, such as `evidence_item:read`."""
    note_reads(session, actor, [record], operation, record_type)


def note_reads(
    session: AsyncSession,
    actor: Actor,
    records: Sequence[Any],
    operation: str,
    record_type: str | None = None,
) -> None:
    """The same of a list: one row for each observation that was read of."""
    if actor.kind is not ActorKind.PERSON:
        return
    now = clock.now()
    read: dict[UUID, dict[str, Any]] = {}
    for record in records:
        if not _noted(actor, record):
            continue
        whole = getattr(record, "observation_id", None)
        kind = record_type or getattr(type(record), "__tablename__", operation.partition(":")[0])
        if whole is not None:
            kind = Observation.__tablename__
        read[whole or record.id] = {
            "district_id": actor.district_id,
            "id": clock.new_id(),
            "reader_id": actor.id,
            "teacher_id": record.teacher_id,
            "school_id": record.school_id,
            "record_type": kind,
            "record_id": whole or record.id,
            "operation": str(operation),
            "at": now,
        }
    session.add_all(AccessLog(**row) for row in read.values())


def _noted(actor: Actor, record: Any) -> bool:
    """Evaluative and given, and read by somebody else than the two whose it is."""
    theirs = {getattr(record, name, None) for name in ("teacher_id", "observer_id", "author_id")}
    given = getattr(record, "shared_at", None) is not None
    return bool(record.evaluative) and given and actor.id not in theirs


async def list_reads(
    session: AsyncSession, actor: Actor, observation_id: UUID, paging: Paging
) -> Page:
    """Who read the observation: its teacher alone."""
    visit = await session.scalar(
        visible(actor, Action.OBSERVATION_READ, Observation).where(
            Observation.id == observation_id
        ),
        actor.binds,
    )
    if visit is None:
        raise NotFound("There is no such observation, or you may not see it.")
    await must(session, actor, Action.OBSERVATION_READ_READS, visit)
    return await _reads(session, actor, paging, AccessLog.record_id == observation_id)


async def list_my_reads(session: AsyncSession, actor: Actor, paging: Paging) -> Page:
    """Who read evaluative records about the caller."""
    return await _reads(session, actor, paging)


async def _reads(session: AsyncSession, actor: Actor, paging: Paging, *conditions: Any) -> Page:
    statement = view(actor, Action.ACCESS_LOG_READ, AccessLog, READER).where(*conditions)
    by = [AccessLog.at, AccessLog.id]
    return await page(session, actor, statement, paging, by=by, descending=True)
