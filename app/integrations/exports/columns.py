"""A pulled goal as PostgreSQL writes it: the fields of `PulledGoal`, from `pulled_view`.

The fields and their order are read off the schemas that GET /goals answers with, so an export has
no column that a page has not.
"""

from typing import Any

from sqlalchemy import DateTime, Numeric, Select, String, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSON, aggregate_order_by

from app.goals.schemas import PulledGoal, PulledMeasure
from app.goals.views import indicator_rows, measure_rows
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
#: lists, which have a table of their own: each as one value of JSON
_LISTS: dict[str, Any] = {
    "measures": select(
        func.coalesce(func.json_agg(_as_json(_measures)), func.json_build_array())
    ).scalar_subquery(),
    "indicator_keys": select(
        func.coalesce(
            func.json_agg(aggregate_order_by(Indicator.key, GoalIndicator.position)),
            func.json_build_array(),
        )
    )
    .where(indicator_rows)
    .correlate(Goal)
    .scalar_subquery(),
}


def _columns(pulled: Select[Any]) -> dict[str, Any]:
    """The fields of a pulled goal, in order."""
    given = pulled.selected_columns
    return {
        name: _LISTS[name] if name in _LISTS else _written(given[name])
        for name in PulledGoal.model_fields
    }


def as_lines(pulled: Select[Any]) -> Select[Any]:
    """The rows of `pulled_view`, each one object of JSON."""
    columns = [column.label(name) for name, column in _columns(pulled).items()]
    rows = pulled.with_only_columns(*columns, maintain_column_froms=True).subquery("pulled_goal")
    return select(_as_json(rows))


def as_table(pulled: Select[Any]) -> Select[Any]:
    """The same as columns for people: what looks like a formula has an apostrophe before it, and a
    list is one value of JSON, its semicolons escaped."""
    columns = [_guarded(name, column).label(name) for name, column in _columns(pulled).items()]
    return pulled.with_only_columns(*columns, maintain_column_froms=True)


def _guarded(name: str, column: Any) -> Any:
    if name in _LISTS:
        return func.replace(cast(column, Text), ";", r"\u003b")
    if not isinstance(column.type, String):
        return column
    return func.regexp_replace(column, _FORMULA, r"\1'\2", "g")
