"""The rule by which a measure is on track, once in Python and once in SQL.

Progress is expected in a straight line from the baseline on the first day to the target on the
last. Both forms compare products of whole days and exact decimals, never quotients, so they cannot
disagree by rounding.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Numeric,
    and_,
    case,
    func,
    literal,
    or_,
    type_coerce,
)

from app.models import Goal, GoalMeasure, SchoolYear
from app.models.goals import Direction


class Status(StrEnum):
    """Where a measure stands, the least favourable first: a goal stands where the first of its
    measures in this order stands."""

    OFF_TRACK = "off_track"
    AT_RISK = "at_risk"
    NO_DATA = "no_data"
    NO_BASELINE = "no_baseline"
    NOT_DATED = "not_dated"
    ON_TRACK = "on_track"
    REACHED = "reached"


ORDER = tuple(Status)
CODE = "straight_line"
_WORDS = (
    "Progress is expected in a straight line from the baseline on the first day to the target on"
    " the last. A measure is reached when its latest value is at the target or past it; on track"
    " when it is behind the line by no more than {once} percent of the whole way; at risk up to"
    " {twice} percent; off track beyond. The first day is the goal's, or else the school year's;"
    " the last is the measure's, or else the goal's. A goal stands where its least favourable"
    " measure stands."
)
_LARGEST, _STEP = Decimal(99_999_999), Decimal("0.0001")


def in_words(tolerance: int) -> dict[str, Any]:
    """The rule as it is told beside every status."""
    words = _WORDS.format(once=tolerance, twice=2 * tolerance)
    return {"code": CODE, "words": words, "tolerance_percent": tolerance}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rule says of one measure on one day."""

    status: Status
    #: of the whole way, signed; none without a way or a value
    percent: Decimal | None = None
    #: the value that the line asks for on the day
    expected: Decimal | None = None


def _number(value: Decimal) -> Decimal:
    """As every number of an answer: bounded, and four digits behind the point."""
    bounded = max(-_LARGEST, min(_LARGEST, value))
    return bounded.quantize(_STEP, ROUND_HALF_EVEN)


def standing(
    measure: Any, starts_on: date, due_on: date | None, on: date, tolerance: int
) -> Standing:
    """Where a measure stands on a day. `tolerance` is in percent of the whole way."""
    sign = 1 if measure.direction == Direction.INCREASE.value else -1
    value, baseline, target = measure.latest_value, measure.baseline, measure.target
    total, elapsed = _days(starts_on, due_on, on)
    expected = percent = None
    if baseline is not None and due_on is not None:
        expected = _number(baseline + (target - baseline) * elapsed / total)
    if value is None:
        return Standing(Status.NO_DATA, None, expected)
    if baseline is not None and baseline != target:
        percent = _number((value - baseline) * 100 / (target - baseline))
    if (value - target) * sign >= 0:
        return Standing(Status.REACHED, percent, expected)
    if baseline is None:
        return Standing(Status.NO_BASELINE, None, expected)
    if due_on is None:
        return Standing(Status.NOT_DATED, percent, expected)
    done, way = (value - baseline) * sign, (target - baseline) * sign

    def within(slack: int) -> bool:
        return bool(done * 100 * total >= (100 * elapsed - slack * total) * way)

    status = (
        Status.ON_TRACK
        if within(tolerance)
        else Status.AT_RISK
        if within(2 * tolerance)
        else Status.OFF_TRACK
    )
    return Standing(status, percent, expected)


def _days(starts_on: date, due_on: date | None, on: date) -> tuple[int, int]:
    """The days of the whole way, and how many of them are over."""
    if due_on is None:
        return 1, 0
    total = (due_on - starts_on).days
    if total <= 0:
        return 1, int(on >= due_on)
    return total, max(0, min(total, (on - starts_on).days))


def of_goal(statuses: Iterable[Status]) -> Status:
    """Where a goal stands: with its least favourable measure."""
    return min(statuses, key=ORDER.index, default=Status.NO_DATA)


def rank(on: date, tolerance: int) -> ColumnElement[int]:
    """The same in SQL, over `Goal`, its `SchoolYear` and a `GoalMeasure`: the status as its place
    in `ORDER`."""
    day = literal(on, Date())
    start = func.coalesce(Goal.starts_on, SchoolYear.first_day)
    due = func.coalesce(GoalMeasure.due_on, Goal.due_on)
    sign = case((GoalMeasure.direction == Direction.INCREASE.value, 1), else_=-1)
    whole = type_coerce(due - start, Integer())
    over = func.greatest(0, func.least(whole, type_coerce(day - start, Integer())))
    total = case((whole > 0, whole), else_=1)
    elapsed = case((whole > 0, over), (day >= due, 1), else_=0)
    value, baseline = GoalMeasure.latest_value, GoalMeasure.baseline
    done, way = (value - baseline) * sign, (GoalMeasure.target - baseline) * sign

    def within(slack: int) -> ColumnElement[bool]:
        asked = type_coerce(elapsed * 100 - total * slack, Numeric())
        return type_coerce(done * total * 100, Numeric()) >= asked * way

    place = {status: literal(number, Integer()) for number, status in enumerate(ORDER)}
    return case(
        (or_(GoalMeasure.id.is_(None), value.is_(None)), place[Status.NO_DATA]),
        ((value - GoalMeasure.target) * sign >= 0, place[Status.REACHED]),
        (baseline.is_(None), place[Status.NO_BASELINE]),
        (due.is_(None), place[Status.NOT_DATED]),
        (within(tolerance), place[Status.ON_TRACK]),
        (within(2 * tolerance), place[Status.AT_RISK]),
        else_=place[Status.OFF_TRACK],
    )


#: the goal's school year, and its measures that count
of_year = and_(
    SchoolYear.district_id == Goal.district_id,
    SchoolYear.id == Goal.school_year_id,
)
of_measures = and_(
    GoalMeasure.district_id == Goal.district_id,
    GoalMeasure.goal_id == Goal.id,
    ~GoalMeasure.dropped,
)
