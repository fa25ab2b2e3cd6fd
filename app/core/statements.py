"""Statements that are made once and kept."""

from typing import Any

from sqlalchemy import BindParameter, Integer, String, literal_column
from sqlalchemy.sql import visitors


def written_out(clause: Any) -> Any:
    """The clause with the program's own constants in its text instead of as parameters.

    A goal with its `permissions` names a hundred of them (states, levels, names of actions), and
    each costs its share of every request: SQLAlchemy expands each list of an IN anew, the driver
    encodes each value. What a caller or a client sent never comes here: only clauses that are kept
    per shape of caller, and whose values have a name.
    """
    return visitors.replacement_traverse(clause, {}, _constant)


def _constant(element: Any, **_options: Any) -> Any:
    if not isinstance(element, BindParameter) or not element.unique or element.callable:
        return None
    value: Any = element.value
    kind = element.type
    if element.expanding:
        if not value or not all(_plain(one, kind) for one in value):
            return None
        return literal_column(f"({', '.join(map(_quoted, value))})", kind)
    return literal_column(_quoted(value), kind) if _plain(value, kind) else None


def _plain(value: Any, kind: Any) -> bool:
    return (type(value) is int and isinstance(kind, Integer)) or (
        isinstance(value, str) and isinstance(kind, String)
    )


def _quoted(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
