"""Scales: the points an indicator is scored with, read from levels and checked."""

from decimal import Decimal
from itertools import pairwise
from math import gcd
from typing import Any

from pydantic import ValidationError

from app.frameworks.schemas import Scale

#: the finest step a scale can have, as `Number` keeps it
_FINEST = Decimal("0.0001")
MOST_LEVELS = 20


def scale_flaw(scale: Scale) -> str | None:
    """What is wrong with a scale, or None."""
    levels = scale.levels
    if scale.step <= 0 or scale.low >= scale.high:
        return "`low` must lie below `high`, and `step` above 0."
    ends = [end for level in levels for end in (level.from_, level.to)]
    if any((point - scale.low) % scale.step for point in (*ends, scale.high)):
        return "`high` and both ends of each level must lie whole steps above `low`."
    if any(level.from_ > level.to for level in levels):
        return "A level's `from` must not lie above its `to`."
    if levels[0].from_ != scale.low or levels[-1].to != scale.high:
        return "The first level must begin at `low` and the last must end at `high`."
    if any(after.from_ != before.to + scale.step for before, after in pairwise(levels)):
        return "Each level must begin one step above the end of the level before."
    return None


def sound(given: Any) -> dict[str, Any] | None:
    """A scale as it is kept when it is one that adds up; else None."""
    try:
        scale = Scale.model_validate(given)
    except ValidationError:
        return None
    return None if scale_flaw(scale) else scale.model_dump(mode="json", by_alias=True)


def from_points(levels: list[tuple[Decimal, str]]) -> dict[str, Any] | None:
    """The scale of named points, such as the scores of a rubric's levels: each level reaches from
    its point to the step before the next. None when there is no such scale."""
    points = sorted(levels)
    values = [point for point, _ in points]
    if not 1 < len(points) <= MOST_LEVELS or any(a == b for a, b in pairwise(values)):
        return None
    step = _step(values)
    if step is None:
        return None
    ends = [*(after - step for after in values[1:]), values[-1]]
    return _scale(step, [(v, end, name) for (v, name), end in zip(points, ends, strict=True)])


def from_ranges(levels: list[tuple[Decimal, Decimal, str]]) -> dict[str, Any] | None:
    """The scale of named stretches, both ends included; None when they do not add up."""
    if not 1 <= len(levels) <= MOST_LEVELS:
        return None
    step = _step([end for low, high, _ in levels for end in (low, high)])
    return None if step is None else _scale(step, levels)


def _step(values: list[Decimal]) -> Decimal | None:
    """The widest step that reaches every value from the first."""
    found = 0
    for value in values:
        steps = (value - values[0]) / _FINEST
        if steps != steps.to_integral_value():
            return None
        found = gcd(found, int(steps))
    return found * _FINEST if found else None


def _scale(step: Decimal, levels: list[tuple[Decimal, Decimal, str]]) -> dict[str, Any] | None:
    return sound(
        {
            "low": levels[0][0],
            "high": levels[-1][1],
            "step": step,
            "levels": [{"from": low, "to": high, "name": name} for low, high, name in levels],
        }
    )


def on_scale(scale: dict[str, Any], score: Decimal) -> bool:
    """Whether a score lies on a scale and a whole number of steps above its low end (gate 1)."""
    low, high, step = (Decimal(str(scale[name])) for name in ("low", "high", "step"))
    return low <= score <= high and (score - low) % step == 0
