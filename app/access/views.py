"""Reading whole records: every column of a visible row, beside what the caller may do with it."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, Shape
from app.access.policy import Action
from app.access.scope import _permissions, _visible, noun
from app.core.errors import NotFound
from app.core.statements import written_out


@lru_cache(maxsize=2000)
def _view(
    shape: Shape, action: Action, model: Any, extra: tuple[ColumnElement[Any], ...]
) -> Select[Any]:
    columns = [column for column in model.__table__.c if column.name != "district_id"]
    return _visible(shape, action, model).with_only_columns(
        *columns, _permissions(shape, model), *map(written_out, extra)
    )


def view(actor: Actor, action: Action, model: Any, *extra: ColumnElement[Any]) -> Select[Any]:
    """Columns of the rows the caller may see, `permissions`, and `extra` (labelled) columns.

    The names are those of the `Out` schema, so a row becomes an answer without more code. `extra`
    must be module-level constants: the statement is kept per shape of caller.
    """
    return _view(actor.shape, action, model, extra)


@lru_cache(maxsize=500)
def _by_id(statement: Select[Any], model: Any) -> Select[Any]:
    """Kept, because SQLAlchemy computes a statement's cache key once for each object: for a view
    with `permissions` that cost a third of the whole request."""
    return statement.where(model.id == bindparam("row_id", type_=Uuid()))


async def read_one(
    session: AsyncSession,
    actor: Actor,
    statement: Select[Any],
    model: Any,
    row_id: UUID,
    params: dict[str, Any] | None = None,
) -> Any:
    """One row of a view. Missing and hidden look the same (404)."""
    row = (
        await session.execute(
            _by_id(statement, model),
            {**actor.binds, "row_id": row_id, **(params or {})},
        )
    ).first()
    if row is None:
        raise NotFound(f"There is no such {noun(model)}, or you may not see it.")
    return row
