"""The arithmetic of an SLO: counts conserve, points are averaged, an average becomes an outcome.

Whole numbers and fractions only, and nothing else of the program: levels are positions 0 to n-1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from app.models.goals import Outcome

Counts = Sequence[int]
Matrix = Sequence[Sequence[int]]
_STEP = Decimal("0.0001")


class NobodyCounted(ValueError):
    """No student is left of whom a result could be."""


@dataclass(frozen=True, slots=True)
class Result:
    """The average of the points, kept exactly, over the students who were counted."""

    total: int
    counted: int

    @property
    def average(self) -> Fraction:
        """Points of a student, on average."""
        return Fraction(self.total, self.counted)

    @property
    def points(self) -> Decimal:
        """The average to four digits behind the point. Points are whole, so rounding never leaves
        their range."""
        exact = Decimal(self.total) / Decimal(self.counted)
        return exact.quantize(_STEP, ROUND_HALF_EVEN)


def unexplained(baseline: Counts, end: Matrix, excluded: Counts) -> list[int]:
    """The baseline levels whose students are not all found again: those with an end level and those
    excluded with a reason must be as many as there were."""
    return [
        level for level, count in enumerate(baseline) if sum(end[level]) + excluded[level] != count
    ]


def excluded_per_level(levels: int, exclusions: Sequence[tuple[int, int]]) -> list[int]:
    """Students excluded of each level, from (level, count)."""
    found = [0] * levels
    for level, count in exclusions:
        found[level] += count
    return found


def result(end: Matrix, matrix: Matrix) -> Result:
    """Each student's points by baseline and end level, and how many students they are of."""
    cells = [
        (count, points)
        for counts, row in zip(end, matrix, strict=True)
        for count, points in zip(counts, row, strict=True)
    ]
    counted = sum(count for count, _ in cells)
    if counted == 0:
        raise NobodyCounted
    return Result(sum(count * points for count, points in cells), counted)


def outcome(of: Result, matrix: Matrix, met_percent: int, partly_percent: int) -> Outcome:
    """What an average means: how far it lies from the matrix's fewest points to its most, in
    percent, against the policy's thresholds; each threshold itself suffices."""
    low = min(min(row) for row in matrix)
    high = max(max(row) for row in matrix)
    reached = (of.average - low) * 100
    if reached >= (high - low) * met_percent:
        return Outcome.MET
    return Outcome.PARTLY_MET if reached >= (high - low) * partly_percent else Outcome.NOT_MET
