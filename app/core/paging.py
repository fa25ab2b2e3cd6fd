"""Lists: keyset on (sort key, id), with a sealed cursor bound to caller, path, filter and sort."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import BadRequest
from app.core.seal import Seal, Unsealable


class BadCursor(BadRequest):
    """The cursor was not made for this caller, path, filter and sort."""

    code, title = "bad_cursor", "This cursor does not belong here"
    next_step = "Start the list again without `cursor`; keep filter and sort while following it."


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a page starts and how long it may be."""

    limit: int
    cursor: str | None
    bound: str
    seal: Seal

    def after(self, caller: UUID) -> list[Any] | None:
        """The key the page starts behind, or None for the first page."""
        if self.cursor is None:
            return None
        try:
            key = self.seal.open(self.cursor, "list", str(caller), self.bound)
        except Unsealable as exc:
            raise BadCursor from exc
        return list(key)

    def cursor_at(self, caller: UUID, key: Sequence[Any]) -> str:
        """A cursor that continues behind the key."""
        return self.seal.close([_plain(part) for part in key], "list", str(caller), self.bound)


def _plain(value: Any) -> Any:
    return (
        value.isoformat()
        if isinstance(value, date | datetime)
        else (str(value) if isinstance(value, UUID) else value)
    )


def _typed(value: Any, column: Any) -> Any:
    if value is None:
        return None
    kind = column.type.python_type
    if kind is UUID:
        return UUID(value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    return value


#: whether each part of a key has a value; None for a first page
Places = tuple[bool, ...] | None
_LIMIT: Any = bindparam("page_limit", type_=Integer())
#: The lengths that are asked for most (the default and the longest) stand in the text: with a
#: parameter PostgreSQL does not know how short the page is, and plans it anew for each request.
_USUAL: dict[int, Any] = {limit: literal_column(str(limit + 1), Integer()) for limit in (50, 200)}
_MOST = 50
#: Pages by the statement they are of, for as long as it lives. SQLAlchemy computes a statement's
#: cache key once for each object: with `permissions` in it, a tenth of a list's whole time.
_KEPT: WeakKeyDictionary[Select[Any], dict[Any, Select[Any]]] = WeakKeyDictionary()


async def page(
    session: AsyncSession,
    actor: Any,
    statement: Select[Any],
    paging: Paging,
    *,
    by: Sequence[Any],
    descending: bool = False,
    params: dict[str, Any] | None = None,
) -> tuple[list[Any], str | None]:
    """One page of a statement's rows and the cursor of the next, in one SQL statement.

    `by` ends with the id. Empty sort values come last in either direction, and the comparison says
    so itself: a row comparison with a null in it would lose rows.
    """
    after = paging.after(actor.id)
    places = _places(after, len(by))
    bounded = kept_page(statement, by, places, descending=descending, limit=paging.limit)
    return await _fetch(session, actor, bounded, paging, by, after, params)


def kept_page(
    statement: Select[Any],
    by: Sequence[Any],
    places: Places,
    *,
    descending: bool,
    limit: int | None = None,
) -> Select[Any]:
    """The statement of a page, the same object for the same list."""
    kept, most = _KEPT.get(statement), _USUAL.get(limit or 0, _LIMIT)
    if kept is None:
        # Not met before: perhaps narrowed by filters, made for one request. Of its values too
        # PostgreSQL knows nothing, and with a length in the text it would plan that anew instead.
        kept, most = _KEPT.setdefault(statement, {}), _LIMIT
    key = (tuple(by), places, descending, most)
    if (bounded := kept.get(key)) is None:
        if len(kept) >= _MOST:  # somebody sorts by an expression that is made for each page
            kept.clear()
        bounded = kept[key] = _bounded(statement, by, places, descending, most)
    return bounded


async def page_of_several(
    session: AsyncSession,
    actor: Any,
    parts: Sequence[tuple[Select[Any], Sequence[Any]]],
    paging: Paging,
    *,
    descending: bool = False,
    params: dict[str, Any] | None = None,
) -> tuple[list[Any], str | None]:
    """The same over the rows of several statements, sorted together, in one SQL statement.

    Each part is a statement and its `by`, of the same columns and types. Each brings a page of its
    own at most, by its own index; what is merged is no more than that, at any depth.
    """
    after = paging.after(actor.id)
    by = parts[0][1]
    places = _places(after, len(by))
    limited = [_bounded(part, own, places, descending, _LIMIT) for part, own in parts]
    whole = union_all(*limited).subquery()
    keys = [whole.c[f"_key{index}"] for index in range(len(by))]
    together = select(whole).order_by(*_order(keys, descending)).limit(_LIMIT)
    return await _fetch(session, actor, together, paging, by, after, params)


def _places(after: list[Any] | None, keys: int) -> Places:
    """Which parts of the key that the page starts behind have a value."""
    if after is None:
        return None
    if len(after) != keys:
        raise BadCursor
    return tuple(value is not None for value in after)


def _bounded(
    statement: Select[Any], by: Sequence[Any], places: Places, descending: bool, most: Any
) -> Select[Any]:
    """The statement's rows behind a key, one more than a page, with their keys."""
    if places is not None:
        statement = statement.where(_behind(by, places, descending))
    labelled: list[Any] = [column.label(f"_key{index}") for index, column in enumerate(by)]
    return statement.add_columns(*labelled).order_by(*_order(by, descending)).limit(most)


def _order(by: Sequence[Any], descending: bool) -> list[Any]:
    return [_downwards(column) if descending else column.asc().nulls_last() for column in by]


def _downwards(column: Any) -> Any:
    """Where nothing can be empty it is not said where that would stand: an index of such a column
    is read backwards only for an order without it."""
    never_empty = getattr(column, "nullable", True) is False
    return column.desc() if never_empty else column.desc().nulls_last()


async def _fetch(
    session: AsyncSession,
    actor: Any,
    statement: Select[Any],
    paging: Paging,
    by: Sequence[Any],
    after: list[Any] | None,
    params: dict[str, Any] | None,
) -> tuple[list[Any], str | None]:
    bound = {**actor.binds, **(params or {}), "page_limit": paging.limit + 1}
    for index, (column, value) in enumerate(zip(by, after or (), strict=False)):
        bound[f"page_after_{index}"] = _typed(value, column)
    rows = (await session.execute(statement, bound)).all()
    if len(rows) <= paging.limit:
        return list(rows), None
    last = rows[paging.limit - 1]
    key = [getattr(last, f"_key{index}") for index in range(len(by))]
    return list(rows[: paging.limit]), paging.cursor_at(actor.id, key)


def _behind(by: Sequence[Any], places: tuple[bool, ...], descending: bool) -> ColumnElement[bool]:
    options: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for index, (column, has_value) in enumerate(zip(by, places, strict=True)):
        if not has_value:
            equal.append(column.is_(None))
            continue
        bound = bindparam(f"page_after_{index}", type_=column.type)
        further = column < bound if descending else column > bound
        options.append(and_(*equal, or_(further, column.is_(None))))
        equal.append(column == bound)
    return or_(*options)
