"""A score, its place on the scale of its indicator's group, and the level that it lies in (gate 1).

Levels are derived wherever something is scored: in an observation, and in feedback.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import JSONB

from app.core.errors import Conflict
from app.frameworks.scales import on_scale
from app.models import Expectation, Indicator


class ScoreOffScale(Conflict):
    """A score lies on the scale of its group, on a whole step (gate 1); a group without a scale is
    not scored."""

    code, title = "score_off_scale", "The score is not on the scale"
    next_step = "Use a score from `low` to `high` in steps of `step`; without these, leave it out."


def must_lie_on(scale: dict[str, Any] | None, score: Decimal | None) -> None:
    """Refuse a score that the scale has no place for (409)."""
    if score is None:
        return
    if scale is None:
        raise ScoreOffScale("This group of indicators is never scored.")
    if not on_scale(scale, score):
        low, high, step = (float(scale[name]) for name in ("low", "high", "step"))
        raise ScoreOffScale(low=low, high=high, step=step)


def level_of(scored: Any, label: str) -> ColumnElement[Any]:
    """The name of the level that the score of such a row lies in."""
    levels = func.jsonb_array_elements(Expectation.scale["levels"]).table_valued(
        column("value", JSONB), name="level"
    )
    first, last = (cast(levels.c.value[name].astext, Numeric) for name in ("from", "to"))
    found = (
        select(levels.c.value["name"].astext)
        .select_from(Indicator)
        .join(
            Expectation,
            (Expectation.district_id == Indicator.district_id)
            & (Expectation.id == Indicator.expectation_id),
        )
        .join(levels, true())
        .where(
            Indicator.district_id == scored.district_id,
            Indicator.id == scored.indicator_id,
            scored.score.between(first, last),
        )
        .limit(1)
    )
    return found.correlate(scored).scalar_subquery().label(label)
