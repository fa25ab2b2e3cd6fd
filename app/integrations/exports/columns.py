"""A pulled goal as PostgreSQL writes it: the fields of `PulledGoal`, from `pulled_view`.

The fields and their order are read off the schemas that GET /goals answers with, so an export has
no column that a page has not.
"""

from typing import Any

from sqlalchemy import DateTime, Numeric, Select, String, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSON, JSONB

from app.access.relations import district
from app.goals.schemas import PulledGoal, PulledMeasure
from app.goals.views import NAMED, goal_indicator_rows, measure_rows
from app.models import Goal, GoalIndicator, GoalMeasure, Indicator

#: how an instant is written, as `Instant` of core/types.py does it
_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
#: what a spreadsheet would take for a formula (architecture.md, rule 17), full-width signs too, and
#: also behind a semicolon, which parts cells where numbers have a decimal comma
_FORMULA = r"(^|;\"*)([=+@\t\r\n\uff1d\uff0b\uff0d\uff20-])"


def _written(column: Any) -> Any:
    """A column as JSON has it: instants in UTC to the millisecond, numbers without empty digits."""
    if isinstance(column.type, DateTime):
        return func.to_char(func.timezone("UTC", column), _INSTANT)
    if isinstance(column.type, Numeric):
        return func.trim_scale(column)
    return column


def _as_json(rows: Any) -> Any:
    """A row as one object. `json_agg` of the row itself would break the line between two."""
    return func.row_to_json(rows.table_valued(), type_=JSON)


_measures = (
    select(
        *(_written(getattr(GoalMeasure, name)).label(name) for name in PulledMeasure.model_fields)
    )
    .where(measure_rows)
    .order_by(GoalMeasure.position)
    .correlate(Goal)
    .lateral("measure")
)
#: the district's keys by id, made once for all rows
_KEYS = (
    select(func.jsonb_object_agg(Indicator.id, Indicator.key, type_=JSONB))
    .where(Indicator.district_id == district)
    .scalar_subquery()
)
_keys = (
    select(_KEYS[cast(GoalIndicator.indicator_id, Text)].astext.label("key"))
    .where(goal_indicator_rows)
    .order_by(GoalIndicator.position)
    .correlate(Goal)
    .lateral("indicator")
)


def _list_of(values: Any) -> Any:
    return select(
        func.coalesce(func.json_agg(values), func.json_build_array(), type_=JSON)
    ).scalar_subquery()


#: What has a table of its own, each list as one value of JSON. They are looked up for each goal:
#: to join them, made for all goals, saves an eighth of the whole, but would make a million lists
#: for the goals of one school.
_LISTS: dict[str, Any] = {
    "measures": _list_of(_as_json(_measures)),
    "indicator_keys": _list_of(_keys.c.key),
}


def _columns(pulled: Select[Any]) -> dict[str, Any]:
    """The fields of a pulled goal, in order."""
    given: dict[Any, Any] = {c.key: _written(c) for c in pulled.selected_columns}
    given |= {name: column for name, (column, _) in NAMED.items()} | _LISTS
    return {name: given[name] for name in PulledGoal.model_fields}


def _joined(pulled: Select[Any], columns: list[Any]) -> Select[Any]:
    """The rows of `pulled_view` with other columns. What it looks up in the small tables of
    `NAMED`, which is cheapest for a page, is joined: nine of 30 µs a goal less."""
    joined = pulled.with_only_columns(*columns).select_from(Goal)
    for column, which in NAMED.values():
        joined = joined.outerjoin(column.class_, which)
    return joined


def as_lines(pulled: Select[Any]) -> Select[Any]:
    """The rows of `pulled_view`, each one object of JSON."""
    columns = [column.label(name) for name, column in _columns(pulled).items()]
    rows = _joined(pulled, columns).subquery("pulled_goal")
    return select(_as_json(rows))


def as_table(pulled: Select[Any]) -> Select[Any]:
    """The same as columns for people: what looks like a formula has an apostrophe before it, and a
    list is one value of JSON, its semicolons escaped."""
    columns = [_guarded(name, column).label(name) for name, column in _columns(pulled).items()]
    return _joined(pulled, columns)


def _guarded(name: str, column: Any) -> Any:
    if name in _LISTS:
        return func.replace(cast(column, Text), ";", r"\u003b")
    if not isinstance(column.type, String):
        return column
    return func.regexp_replace(column, _FORMULA, r"\1'\2", "g")
