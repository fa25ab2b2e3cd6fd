"""Change versions, and what they say of goals that were deleted or got another key.

A version stands for a place in the change feed, so its rules are the feed's:
app/integrations/changes/service.py. What ended in a transaction is kept by app/goals/keys.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import GRANTS, Action, Relation
from app.access.relations import district
from app.access.scope import visible
from app.core import clock
from app.core.errors import BadRequest, ForSystems, Gone
from app.goals.keys import KEY_TITLE
from app.integrations.changes.service import settled
from app.models import EdFiKey, EdFiVersion, FeedEntry, Goal


class ChangesForgotten(Gone):
    """Changes are kept for 90 days, and not beyond a restore; what happened from that version on
    is not known any more."""

    code, title = "changes_forgotten", "Start a new pull"
    next_step = (
        "GET /availableChangeVersions, pull every page of GET /ed-fi/goals with its newest as"
        " maxChangeVersion, and delete what is not in it."
    )


class WindowBackwards(BadRequest):
    """The window of change versions ends before it begins, and not just before: one that begins
    right behind its end is empty, which is what a client asks for to whom nothing happened."""

    code, title = "window_backwards", "The window ends before it begins"
    next_step = "Send a minChangeVersion that is not above maxChangeVersion, or only one of them."


@dataclass(frozen=True, slots=True)
class Window:
    """Change versions from `first` to `last`, both included; None is open."""

    first: int | None
    last: int | None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None and self.first > self.last + 1:
            raise WindowBackwards


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page: by token and size, or by limit and offset."""

    limit: int
    offset: int = 0
    total: bool = False
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page: its rows, the token of the next, how many there are in all if that was asked."""

    rows: Sequence[Any]
    following: str | None = None
    total: int | None = None


def check(actor: Actor) -> None:
    """Only integrations with goals:read, as with the feed (policy.py)."""
    granted = (Relation.GOAL_CLIENT, Action.CHANGES_READ) in GRANTS
    if not granted or "goals:read" not in actor.scopes:
        raise ForSystems("Ed-Fi's form is for integration clients with the scope goals:read.")


_OLDEST = select(func.min(EdFiVersion.version)).where(EdFiVersion.district_id == district)


def _reaches(condition: ColumnElement[bool]) -> Any:
    """The transaction up to which the last version under a condition reaches."""
    return (
        select(EdFiVersion.transaction)
        .where(EdFiVersion.district_id == district, condition)
        .order_by(EdFiVersion.version.desc())
        .limit(1)
        .scalar_subquery()
    )


async def places(
    session: AsyncSession, actor: Actor, window: Window
) -> tuple[int | None, int | None]:
    """A window as transactions: after which, up to which. What happened before the oldest version
    counts as the oldest, so a window that begins there has no beginning."""
    if window.first is None and window.last is None:
        return None, None
    first, last = window.first or 0, window.last or 0
    row = (
        await session.execute(
            select(
                _OLDEST.scalar_subquery(),
                _reaches(EdFiVersion.version < first),
                _reaches(EdFiVersion.version <= last),
            ),
            actor.binds,
        )
    ).one()
    return row[1], None if window.last is None else (row[2] or 0)


@dataclass(frozen=True, slots=True)
class Versions:
    """What can be asked for, and the transaction that the newest reaches to."""

    oldest: int
    newest: int
    place: int


async def versions(session: AsyncSession, actor: Actor) -> Versions:
    """The oldest and the newest change version. It gives a version to what was changed since the
    last one was told, so the session is one that writes."""
    check(actor)
    last_change = (
        select(FeedEntry.transaction)
        .where(FeedEntry.district_id == district, FeedEntry.type == "goal", settled())
        .order_by(FeedEntry.transaction.desc(), FeedEntry.position.desc())
        .limit(1)
        .scalar_subquery()
    )
    newest = (
        select(func.max(EdFiVersion.version))
        .where(EdFiVersion.district_id == district)
        .scalar_subquery()
    )
    state = select(
        _OLDEST.scalar_subquery(), newest, _reaches(EdFiVersion.version >= 0), last_change
    )
    row = (await session.execute(state, actor.binds)).one()
    if row[1] is None or (row[3] or 0) > row[2]:
        # one after the other, and each looks again: a later version never reaches less far
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"edfi {actor.district_id}", 0))
        await session.execute(select(lock))
        row = (await session.execute(state, actor.binds)).one()
        if row[1] is None or (row[3] or 0) > row[2]:
            told = max(int(clock.now().timestamp() * 1000), (row[1] or 0) + 1)
            reaches = max(row[3] or 0, row[2] or 0)
            await session.execute(
                insert(EdFiVersion).values(
                    district_id=actor.district_id, version=told, transaction=reaches
                )
            )
            return Versions(row[0] or told, told, reaches)
    return Versions(row[0], row[1], row[2])


def _version_of(transaction: Any) -> Any:
    """The first version that reaches to a transaction."""
    return (
        select(func.min(EdFiVersion.version))
        .where(EdFiVersion.district_id == district, EdFiVersion.transaction >= transaction)
        .scalar_subquery()
        .label("change_version")
    )


def _ended(actor: Actor, last: bool, after: int, before: int) -> Any:
    """Of each goal the first, or the last, key that ended in a window."""
    order = (EdFiKey.ended, EdFiKey.place)
    return (
        select(EdFiKey)
        .where(
            EdFiKey.district_id == actor.district_id,
            EdFiKey.ended > after,
            EdFiKey.ended <= before,
        )
        .ext(distinct_on(EdFiKey.goal_id))
        .order_by(EdFiKey.goal_id, *((key.desc() if last else key) for key in order))
        .subquery()
    )


async def _history(session: AsyncSession, actor: Actor, window: Window) -> tuple[int, int]:
    """The window as transactions that have ended. 410 when its beginning is no longer kept."""
    known = await versions(session, actor)
    if window.first and window.first < known.oldest:
        raise ChangesForgotten(
            f"The oldest change version that is kept is {known.oldest}; yours is older."
        )
    after, before = await places(session, actor, window)
    return after or 0, known.place if before is None else before


async def deletes(session: AsyncSession, actor: Actor, window: Window, pages: Pages) -> Found:
    """Goals that left sight in the window and were not back at its end, with their last key."""
    after, before = await _history(session, actor, window)
    last = _ended(actor, True, after, before)
    statement = select(
        last.c.goal_id,
        last.c.teacher_id,
        last.c.assigned_on,
        last.c.title,
        _version_of(last.c.ended),
    ).where(last.c.gone, or_(last.c.back.is_(None), last.c.back > before))
    return await _counted(session, actor, statement, [last.c.ended, last.c.place], pages)


async def key_changes(session: AsyncSession, actor: Actor, window: Window, pages: Pages) -> Found:
    """Goals whose key at the end of the window is not the one they had when it first changed in
    it. Of one that left sight, the key it was deleted with."""
    after, before = await _history(session, actor, window)
    first, last = _ended(actor, False, after, before), _ended(actor, True, after, before)
    following = (
        select(EdFiKey.title)
        .where(
            EdFiKey.district_id == actor.district_id,
            EdFiKey.goal_id == last.c.goal_id,
            EdFiKey.ended > before,
        )
        .order_by(EdFiKey.ended, EdFiKey.place)
        .limit(1)
        .scalar_subquery()
    )
    gone = and_(last.c.gone, or_(last.c.back.is_(None), last.c.back > before))
    present = (
        visible(actor, Action.GOAL_READ, Goal)
        .where(Goal.id == last.c.goal_id)
        .with_only_columns(KEY_TITLE)
        .scalar_subquery()
    )
    new_title = case((gone, last.c.title), else_=func.coalesce(following, present))
    statement = (
        select(
            first.c.goal_id,
            first.c.teacher_id,
            first.c.assigned_on,
            first.c.title,
            new_title.label("new_title"),
            _version_of(case((last.c.back <= before, last.c.back), else_=last.c.ended)),
        )
        .join(last, last.c.goal_id == first.c.goal_id)
        .where(first.c.title != new_title)
    )
    return await _counted(session, actor, statement, [first.c.ended, first.c.place], pages)


async def _counted(
    session: AsyncSession, actor: Actor, statement: Select[Any], by: list[Any], pages: Pages
) -> Found:
    total = None
    if pages.total:
        counted = select(func.count()).select_from(statement.subquery())
        total = await session.scalar(counted, actor.binds)
    paged = statement.order_by(*by).limit(pages.limit).offset(pages.offset or None)
    rows = (await session.execute(paged, actor.binds)).all() if pages.limit else []
    return Found(rows, None, total)
