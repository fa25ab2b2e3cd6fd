"""Lists: keyset on (sort key, id), with a sealed cursor bound to caller, path, filter and sort."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, union_all
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
    bounded = _bounded(statement, by, paging.after(actor.id), paging.limit, descending)
    return await _fetch(session, actor, bounded, paging, len(by), params)


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
    limited = [_bounded(part, by, after, paging.limit, descending) for part, by in parts]
    whole = union_all(*limited).subquery()
    keys = [whole.c[f"_key{index}"] for index in range(len(parts[0][1]))]
    together = select(whole).order_by(*_order(keys, descending)).limit(paging.limit + 1)
    return await _fetch(session, actor, together, paging, len(keys), params)


def _bounded(
    statement: Select[Any], by: Sequence[Any], after: list[Any] | None, limit: int, descending: bool
) -> Select[Any]:
    """The statement's rows behind `after`, one more than a page, with their keys."""
    if after is not None:
        if len(after) != len(by):
            raise BadCursor
        statement = statement.where(_behind(by, after, descending))
    labelled: list[Any] = [column.label(f"_key{index}") for index, column in enumerate(by)]
    return statement.add_columns(*labelled).order_by(*_order(by, descending)).limit(limit + 1)


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
    keys: int,
    params: dict[str, Any] | None,
) -> tuple[list[Any], str | None]:
    rows = (await session.execute(statement, {**actor.binds, **(params or {})})).all()
    if len(rows) <= paging.limit:
        return list(rows), None
    last = rows[paging.limit - 1]
    key = [getattr(last, f"_key{index}") for index in range(keys)]
    return list(rows[: paging.limit]), paging.cursor_at(actor.id, key)


def _behind(by: Sequence[Any], after: list[Any], descending: bool) -> ColumnElement[bool]:
    options: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for column, raw in zip(by, after, strict=True):
        value = _typed(raw, column)
        if value is None:
            equal.append(column.is_(None))
            continue
        bound = literal(value, column.type)
        further = column < bound if descending else column > bound
        options.append(and_(*equal, or_(further, column.is_(None))))
        equal.append(column == bound)
    return or_(*options)
