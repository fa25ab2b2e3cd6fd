"""Work to be done later: put into the queue with the change that wants it.

A job is a name and two ids, of the district and of what it is about; it never carries text. It is a
row in PgQueuer's table, written by the transaction of the effect, so it is there if and only if the
effect is. `app/worker.py` runs it.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pgqueuer.adapters.persistence import qb
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.queries import Queries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

#: PgQueuer would take these names from the environment, even from variables such as CHANNEL
NAMES = DBSettings(
    prefix="",
    db_schema=None,
    channel="ch_pgqueuer",
    function="fn_pgqueuer_changed",
    trigger="tg_pgqueuer_changed",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    statistics_table="pgqueuer_statistics",
    schedules_table="pgqueuer_schedules",
)
#: PgQueuer's makers of statements for these names: keyword arguments of its `Queries`
BUILDERS: dict[str, Any] = {
    "qbe": qb.QueryBuilderEnvironment(NAMES),
    "qbq": qb.QueryQueueBuilder(NAMES),
    "qbs": qb.QuerySchedulerBuilder(NAMES),
}


class Later(Exception):
    """Raised by a handler that cannot do it now, through no fault of the job: what it has written
    is kept, and the job runs again after the delay. It does not count as a failure."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(delay)
        self.delay = delay


#: opens a transaction in the job's district, as its operator; it is committed at its end
Steps = Callable[[], AbstractAsyncContextManager[tuple[AsyncSession, Any]]]


@dataclass(frozen=True, slots=True)
class Apart:
    """A handler that waits for others, outside. It takes transactions of its own, as many as it
    wants, and none is open while it waits; each fails when the job is another worker's by now. It
    never runs twice at once for one subject."""

    run: Callable[[Steps, UUID], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Dead:
    """A job that failed every time and waits for the operator."""

    id: int
    name: str
    district_id: UUID
    subject_id: UUID
    tries: int
    since: datetime


def payload(district_id: UUID, subject_id: UUID) -> bytes:
    """What a job carries."""
    return f"{district_id} {subject_id}".encode("ascii")


def ids_of(carried: bytes | None) -> tuple[UUID, UUID]:
    """District and subject of a job. ValueError for one that is none of ours."""
    district_id, subject_id = (carried or b"").decode("ascii").split(" ")
    return UUID(district_id), UUID(subject_id)


async def enqueue(
    session: AsyncSession,
    name: str,
    district_id: UUID,
    subject_id: UUID,
    *,
    delay: timedelta = timedelta(0),
) -> None:
    """Have a worker do `name` for the subject, `delay` after this transaction began or later.

    It is part of the session's transaction: rolled back with it, and seen by workers when it
    commits. `name` is a key of `HANDLERS` in app/worker.py. The same work that waits already is
    replaced: it is done at this time, and once.
    """
    connection = await session.connection()
    raw: Any = (await connection.get_raw_connection()).driver_connection
    carried = payload(district_id, subject_id)
    # also begins the transaction: SQLAlchemy does with its first statement, and without that the
    # job would be there at once
    await session.execute(_SAME, {"name": name, "payload": carried})
    queries = Queries(AsyncpgDriver(raw), **BUILDERS)
    await queries.enqueue(name, carried, execute_after=delay)


#: not one that runs: it may have read what it does before it changed. Nor one that another
#: transaction replaces just now, which would have to be waited for.
_SAME = text(
    "delete from pgqueuer where id in (select id from pgqueuer where status = 'queued'"
    " and entrypoint = :name and payload = :payload for update skip locked)"
)
_DEAD = text(
    "select id, entrypoint, payload, attempts, updated from pgqueuer where status = 'failed'"
    " order by id"
)
_BURY = text(
    "insert into pgqueuer (priority, entrypoint, payload, attempts, execute_after, status)"
    " select 0, :name, cast(:payload as bytea), :tries, now(), 'failed' where not exists (select"
    " from pgqueuer where status = 'failed' and entrypoint = :name and payload = :payload)"
)
_WAITING = text("select count(*) from pgqueuer where status in ('queued', 'picked')")
_DEAD_BY_NAME = text(
    "select entrypoint, count(*) as number from pgqueuer where status = 'failed'"
    " group by entrypoint"
)
_REVIVE = text(
    "update pgqueuer set status = 'queued', attempts = 0, execute_after = now(), updated = now()"
    " where status = 'failed' returning id"
)


async def dead(session: AsyncSession) -> list[Dead]:
    """The jobs of all districts that are not tried any more, oldest first."""
    return [
        Dead(row.id, row.entrypoint, *ids_of(row.payload), row.attempts, row.updated)
        for row in await session.execute(_DEAD)
    ]


async def bury(
    session: AsyncSession, name: str, district_id: UUID, subject_id: UUID, tries: int
) -> None:
    """Leave a dead job that the operator sees and can revive; once for the same work."""
    values = {"name": name, "payload": payload(district_id, subject_id), "tries": tries}
    await session.execute(_BURY, values)


async def waiting(session: AsyncSession) -> int:
    """How many jobs wait or run, of all districts."""
    return int(await session.scalar(_WAITING) or 0)


async def dead_by_name(session: AsyncSession) -> dict[str, int]:
    """How many jobs of all districts are not tried any more, by their name."""
    return {row.entrypoint: row.number for row in await session.execute(_DEAD_BY_NAME)}


async def revive(session: AsyncSession) -> int:
    """Let the dead jobs be tried anew; how many there were."""
    return len((await session.execute(_REVIVE)).all())
