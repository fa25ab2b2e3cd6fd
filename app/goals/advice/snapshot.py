"""What the rules of advice look at: a goal and what surrounds it, plain and frozen."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of the goal."""

    name: str
    unit: str
    target: Decimal
    baseline: Decimal | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of an indicator's group; `levels` are the first and last point of each level."""

    low: Decimal
    high: Decimal
    levels: tuple[tuple[Decimal, Decimal], ...]

    def level(self, value: Decimal) -> int | None:
        """Which level a value lies on, from 0; none, outside the scale."""
        if not self.low <= value <= self.high:
            return None
        reached = (number for number, (first, _) in enumerate(self.levels) if first <= value)
        return max(reached, default=None)


@dataclass(frozen=True, slots=True)
class Other:
    """Another open goal of the same owner and year, which the caller may see."""

    kind: str
    title: str
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A goal as it would be with the changes that are being written."""

    level: str
    kind: str
    title: str
    statement: str | None = None
    rationale: str | None = None
    link_statement: str | None = None
    has_parent: bool = False
    standards: tuple[str, ...] = ()
    indicators: int = 0
    measures: tuple[Measure, ...] = ()
    due_on: date | None = None
    year_first: date | None = None
    year_last: date | None = None
    #: the scales of its indicators
    scales: tuple[Scale, ...] = ()
    #: the teacher teaches a non-tested subject only
    untested: bool = False
    #: the teacher's team chose a common indicator that the goal does not carry
    lacks_common: bool = False
    others: tuple[Other, ...] = ()
    #: in force, and the change makes it easier to reach; the reason that was given
    eased: bool = False
    reason: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that was written in words."""
        found = (self.title, self.statement, self.rationale, self.link_statement)
        return tuple(text for text in found if text)
