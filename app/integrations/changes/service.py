"""Reading the feed without losing a row.

Entries are ordered by (transaction, position) and read below the oldest transaction that still
runs: one that began earlier and commits later then stands in front of no cursor. What a caller may
see is decided by the same grants as everywhere, on the object as it is when it is answered.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, cast, exists, func, select, tuple_
from sqlalchemy import Text as SqlText
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import GRANTS, Action, Relation
from app.core import clock
from app.core.errors import ForSystems, Gone
from app.core.paging import BadCursor
from app.core.seal import Seal, Unsealable
from app.goals.views import pulled_view
from app.models import FeedEntry, Goal, Installation

HISTORY = timedelta(days=90)
_START = (0, 0)


class FeedRestarted(Gone):
    """The position is of a feed that ended: the database was restored, or the history is older
    than 90 days."""

    code, title = "feed_restarted", "Start a new pull"
    next_step = "GET /changes/head, then every page of GET /goals, then /changes from that head."


class BadPosition(BadCursor):
    """`since` is not a position that this client was given."""

    next_step = (
        "Send `next` of the answer before. Without one: GET /changes/head, then every page of GET "
        "/goals, then /changes from that head."
    )


def may_follow(actor: Actor) -> None:
    """Only integrations with goals:read follow the feed (policy.py)."""
    granted = (Relation.GOAL_CLIENT, Action.CHANGES_READ) in GRANTS
    if not granted or "goals:read" not in actor.scopes:
        raise ForSystems(
            "The change feed and exports are for integration clients with the scope goals:read."
        )


def settled() -> Any:
    """Below the oldest running transaction: nothing more can appear there."""
    oldest = func.pg_snapshot_xmin(func.pg_current_snapshot())
    return FeedEntry.transaction < cast(cast(oldest, SqlText), BigInteger)


async def _epoch(session: AsyncSession) -> UUID:
    epoch: UUID | None = await session.scalar(select(Installation.epoch))
    assert epoch is not None, "migrate writes it"
    return epoch


def _sealed(seal: Seal, actor: Actor, epoch: UUID, place: tuple[int, int]) -> str:
    return seal.close([str(epoch), *place], "feed", str(actor.id))


def _opened(seal: Seal, actor: Actor, epoch: UUID, token: str) -> tuple[int, int]:
    try:
        of_epoch, transaction, position = seal.open(token, "feed", str(actor.id))
    except (Unsealable, ValueError, TypeError) as exc:
        raise BadPosition("`since` is not a position that this feed gave you.") from exc
    if of_epoch != str(epoch):
        raise FeedRestarted("The database was restored since that position.")
    return int(transaction), int(position)


async def place_now(session: AsyncSession, district_id: UUID) -> tuple[int, int]:
    """The place of the last entry behind which nothing more can appear."""
    last = (
        await session.execute(
            select(FeedEntry.transaction, FeedEntry.position)
            .where(FeedEntry.district_id == district_id, settled())
            .order_by(FeedEntry.transaction.desc(), FeedEntry.position.desc())
            .limit(1)
        )
    ).first()
    return (last[0], last[1]) if last else _START


async def head(session: AsyncSession, actor: Actor, seal: Seal) -> tuple[str, UUID]:
    """The place of the last entry that the caller may see."""
    may_follow(actor)
    epoch = await _epoch(session)
    return _sealed(seal, actor, epoch, await place_now(session, actor.district_id)), epoch


async def changes(
    session: AsyncSession, actor: Actor, seal: Seal, since: str, limit: int
) -> tuple[list[dict[str, Any]], str, bool, UUID]:
    """What changed behind a position: each object once, at its last place on the page."""
    may_follow(actor)
    epoch = await _epoch(session)
    place = _opened(seal, actor, epoch, since)
    await _check_history(session, actor, place)
    rows = await entries_behind(session, actor.district_id, place, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    last = {row.object_id: row for row in rows}
    seen = await _objects(session, actor, list(last))
    items: list[dict[str, Any]] = [
        {
            "position": _sealed(seal, actor, epoch, (row.transaction, row.position)),
            "op": "upsert" if row.object_id in seen else "remove",
            "type": row.type,
            "id": row.object_id,
            "version": seen[row.object_id].version if row.object_id in seen else row.object_version,
            "object": seen.get(row.object_id),
        }
        for row in last.values()
    ]
    places = {row.object_id: index for index, row in enumerate(rows)}
    items.sort(key=lambda item: places[item["id"]])
    end = (rows[-1].transaction, rows[-1].position) if rows else place
    return items, _sealed(seal, actor, epoch, end), more, epoch


async def entries_behind(
    session: AsyncSession, district_id: UUID, place: tuple[int, int], limit: int
) -> list[FeedEntry]:
    """The next entries of a district's feed behind a place, in order: the settled ones alone."""
    statement = _behind(district_id, place).where(settled())
    ordered = statement.order_by(FeedEntry.transaction, FeedEntry.position).limit(limit)
    return list(await session.scalars(ordered))


async def any_unsettled(session: AsyncSession, district_id: UUID, place: tuple[int, int]) -> bool:
    """Whether there are entries that cannot be read yet, because something older still runs."""
    statement = _behind(district_id, place).where(~settled()).exists()
    return bool(await session.scalar(select(statement)))


def _behind(district_id: UUID, place: tuple[int, int]) -> Any:
    return select(FeedEntry).where(
        FeedEntry.district_id == district_id,
        tuple_(FeedEntry.transaction, FeedEntry.position) > tuple_(*place),
    )


async def _objects(session: AsyncSession, actor: Actor, ids: list[UUID]) -> dict[UUID, Any]:
    """The objects that the caller may see now, read at answer time."""
    if not ids:
        return {}
    statement = pulled_view(actor).where(Goal.id.in_(ids))
    return {row.id: row for row in await session.execute(statement, actor.binds)}


async def _check_history(session: AsyncSession, actor: Actor, place: tuple[int, int]) -> None:
    """A position older than the history kept would skip what was forgotten: 410 instead."""
    forgotten = exists().where(
        FeedEntry.district_id == actor.district_id,
        tuple_(FeedEntry.transaction, FeedEntry.position) > tuple_(*place),
        FeedEntry.at < clock.now() - HISTORY,
    )
    if await session.scalar(select(forgotten)):
        raise FeedRestarted("The changes since that position are no longer kept.")
