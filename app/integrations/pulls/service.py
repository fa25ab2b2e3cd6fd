"""Asking for a pull, and reading how far it is. `running` carries it on. No HTTP, no commit."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.jobs import enqueue
from app.core.paging import Paging, page
from app.integrations.oneroster_rest.cells import COLLECTIONS
from app.integrations.oneroster_rest.failures import WORDS
from app.integrations.oneroster_rest.paging import Position
from app.models import RosterConnection, RosterImport, RosterPull
from app.models.people import ImportState

#: the job that carries a pull on by a page
PULL = "roster.pull"
#: a delta asks from a little earlier: clocks differ, and a row may be saved after it was dated
OVERLAP = timedelta(minutes=10)


class PullRunning(Conflict):
    """A connection is pulled by one pull at a time."""

    code, title = "pull_running", "A pull of this connection is under way"
    next_step = "Wait until it has ended; GET /roster-pulls says how far it is."


class NoPullCommitted(Conflict):
    """A delta holds what changed since the last committed pull from the same address."""

    code, title = "no_pull_committed", "There is nothing to pull changes since"
    next_step = "Pull everything (`full=true`, or without `full`) and commit its import first."


async def list_pulls(
    session: AsyncSession, actor: Actor, paging: Paging, connection_id: UUID | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Pulls, newest first."""
    statement = view(actor, Action.ROSTER_PULL_READ, RosterPull)
    if connection_id is not None:
        statement = statement.where(RosterPull.connection_id == connection_id)
    rows, following = await page(
        session, actor, statement, paging, by=[RosterPull.id], descending=True
    )
    return [_answer(row) for row in rows], following


async def read_pull(session: AsyncSession, actor: Actor, pull_id: UUID) -> dict[str, Any]:
    """One pull."""
    statement = view(actor, Action.ROSTER_PULL_READ, RosterPull)
    return _answer(await read_one(session, actor, statement, RosterPull, pull_id))


def _answer(row: Any) -> dict[str, Any]:
    """A row as it is answered: without the position, and with the problem in words."""
    answer = {name: value for name, value in row._mapping.items() if isinstance(name, str)}
    code = answer.pop("problem")
    answer["problem"] = code and {
        "code": code,
        "message": WORDS[code],
        "collection": answer["problem_collection"],
        "status": answer["problem_status"],
    }
    return answer


async def create(
    session: AsyncSession, actor: Actor, connection_id: UUID, full: bool | None
) -> UUID:
    """Have everything pulled (`full`), or what changed; by default what changed, unless nothing was
    committed or the last of everything is too long ago. District administrators."""
    connection = await acting(
        session,
        actor,
        Action.ROSTER_CONNECTION_PULL,
        RosterConnection,
        connection_id,
        read=Action.ROSTER_CONNECTION_READ,
    )
    since = await _since(session, connection, full)
    pull = RosterPull(
        district_id=actor.district_id,
        id=clock.new_id(),
        connection_id=connection.id,
        source=connection.source,
        base_url=connection.base_url,
        mode="bulk" if since is None else "delta",
        since=since,
        progress=beginning(),
        position={"at": 0, **asdict(Position())},
    )
    try:
        async with session.begin_nested():
            session.add(pull)
            await session.flush()
    except IntegrityError as exc:
        if "uq_roster_pull_live" not in str(exc.orig):
            raise
        raise PullRunning from exc
    record(session, actor, "roster_pull.created", pull)
    await enqueue(session, PULL, actor.district_id, pull.id)
    return pull.id


def beginning() -> list[dict[str, Any]]:
    """The progress of a pull that has not begun."""
    return [
        {"collection": name, "state": "waiting", "rows": 0, "pages": 0, "total": None}
        for name in COLLECTIONS
    ]


async def _since(
    session: AsyncSession, connection: RosterConnection, full: bool | None
) -> datetime | None:
    """The instant after which a delta asks, None for everything. What was reported and never
    committed is not known here: only a committed pull is a place to go on from."""
    if full:
        return None
    committed = (
        select(RosterPull.served_at)
        .join(
            RosterImport,
            (RosterImport.district_id == RosterPull.district_id)
            & (RosterImport.id == RosterPull.import_id),
        )
        .where(
            RosterPull.district_id == connection.district_id,
            RosterPull.connection_id == connection.id,
            RosterPull.base_url == connection.base_url,
            RosterImport.state == ImportState.COMMITTED.value,
        )
        .order_by(RosterPull.served_at.desc())
        .limit(1)
    )
    last = await session.scalar(committed)
    last_full = await session.scalar(committed.where(RosterPull.mode == "bulk"))
    if last is None or last_full is None:
        if full is False:
            raise NoPullCommitted
        return None
    if full is None and last_full < clock.now() - timedelta(days=connection.full_every_days):
        return None
    return last - OVERLAP
