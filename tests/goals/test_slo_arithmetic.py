"""The arithmetic of an SLO by properties: counts conserve, results stay in the matrix's range."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.goals.slo.arithmetic import (
    NobodyCounted,
    Result,
    excluded_per_level,
    outcome,
    result,
    unexplained,
)
from app.models.goals import Outcome
from app.people.district.schemas import PolicyValues

N = 5
quick = settings(max_examples=100, deadline=None)
counts = st.lists(st.integers(0, 40), min_size=N, max_size=N)
ends = st.lists(counts, min_size=N, max_size=N)
points = st.lists(
    st.lists(st.integers(0, 100), min_size=N, max_size=N), min_size=N, max_size=N
).filter(lambda rows: len({cell for row in rows for cell in row}) > 1)
exclusions = st.lists(st.tuples(st.integers(0, N - 1), st.integers(1, 9)), max_size=6)
somebody = ends.filter(lambda rows: sum(map(sum, rows)) > 0)


def _baseline(end: list[list[int]], excluded: list[int]) -> list[int]:
    return [sum(row) + out for row, out in zip(end, excluded, strict=True)]


@quick
@given(ends, exclusions)
def test_a_baseline_made_of_end_counts_and_exclusions_is_explained(end: Any, excluded: Any) -> None:
    out = excluded_per_level(N, excluded)
    assert sum(out) == sum(count for _, count in excluded)
    assert unexplained(_baseline(end, out), end, out) == []


@quick
@given(ends, exclusions, st.integers(0, N - 1), st.integers(-5, 5).filter(bool))
def test_one_student_more_or_less_is_found_on_the_level_where_it_happened(
    end: Any, excluded: Any, level: int, by: int
) -> None:
    out = excluded_per_level(N, excluded)
    baseline = _baseline(end, out)
    baseline[level] += by
    assert unexplained(baseline, end, out) == [level]
    # an exclusion of another level does not make up for it
    out[(level + 1) % N] += by
    assert set(unexplained(baseline, end, out)) == {level, (level + 1) % N}


@quick
@given(somebody, points)
def test_a_result_lies_in_the_range_of_the_points_that_were_reached(end: Any, matrix: Any) -> None:
    found = result(end, matrix)
    reached = [matrix[row][column] for row in range(N) for column in range(N) if end[row][column]]
    assert found.counted == sum(map(sum, end))
    assert min(reached) <= found.average <= max(reached)
    # rounding does not leave the range, and is near
    assert min(reached) <= found.points <= max(reached)
    assert abs(Fraction(found.points) - found.average) <= Fraction(1, 20_000)


@quick
@given(somebody, points, st.permutations(range(N)), st.permutations(range(N)))
def test_the_order_of_the_levels_changes_nothing(
    end: Any, matrix: Any, rows: Any, columns: Any
) -> None:
    def turned(table: Any) -> Any:
        return [[table[row][column] for column in columns] for row in rows]

    assert result(turned(end), turned(matrix)) == result(end, matrix)


@quick
@given(somebody, points, st.integers(2, 5))
def test_more_of_the_same_students_come_to_the_same(end: Any, matrix: Any, times: int) -> None:
    larger = [[count * times for count in row] for row in end]
    assert result(larger, matrix).average == result(end, matrix).average


@quick
@given(somebody, points, st.integers(1, 100), st.integers(1, 100))
def test_an_outcome_follows_the_result(end: Any, matrix: Any, one: int, other: int) -> None:
    met, partly = max(one, other), min(one, other)
    found = result(end, matrix)
    low, high = min(map(min, matrix)), max(map(max, matrix))
    order = [Outcome.NOT_MET, Outcome.PARTLY_MET, Outcome.MET]
    meant = outcome(found, matrix, met, partly)
    assert outcome(Result(high, 1), matrix, met, partly) is Outcome.MET
    assert outcome(Result(low, 1), matrix, met, partly) is Outcome.NOT_MET
    better = Result(found.total + 1, found.counted)
    assert order.index(outcome(better, matrix, met, partly)) >= order.index(meant)
    if meant is Outcome.MET:
        assert (found.average - low) * 100 >= met * (high - low)


def test_nobody_has_no_result() -> None:
    with pytest.raises(NobodyCounted):
        result([[0] * N] * N, PolicyValues().slo_matrix)


def test_the_defaults_by_hand() -> None:
    values = PolicyValues()
    thresholds = (values.slo_matrix, values.slo_met_percent, values.slo_partly_met_percent)

    def only(*cells: tuple[int, int, int]) -> Result:
        end = [[0] * N for _ in range(N)]
        for row, column, count in cells:
            end[row][column] = count
        return result(end, values.slo_matrix)

    # everybody a level up, or prepared and kept so: two points, met
    up = only((1, 2, 10), (2, 3, 10), (3, 3, 5))
    assert (up.points, outcome(up, *thresholds)) == (Decimal("2.0000"), Outcome.MET)
    mixed = only((1, 2, 1), (1, 1, 2))
    assert (mixed.points, outcome(mixed, *thresholds)) == (Decimal("1.3333"), Outcome.PARTLY_MET)
    lost = only((3, 2, 1), (3, 1, 3))
    assert (lost.points, outcome(lost, *thresholds)) == (Decimal("0.2500"), Outcome.NOT_MET)
    # more is never worth less: along a row, with a higher end level
    for row in values.slo_matrix:
        assert row == sorted(row)
