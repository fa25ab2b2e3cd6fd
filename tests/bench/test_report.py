"""What the benchmark may say: pass, miss, or nothing when its controls differ."""

import pytest

from bench import measure, report
from bench.measure import BenchError
from bench.report import Line
from bench.work import EDIT, KINDS, PAGE, READ, _plain, _same

Results = dict[str, dict[str, list[dict[str, float]]]]


def runs(**figures: float) -> list[dict[str, float]]:
    usual = {"rate": 100.0, "cpu": 1000.0, "p50": 10.0, "p99": 20.0}
    return [{**usual, **figures}] * 3


def results(**ours: float) -> Results:
    """The same for every kind: a program that is three times as fast as the comparison."""
    mine = {"rate": 300.0, "cpu": 300.0, **ours}
    return {
        kind: {
            "limit": runs(rate=700, cpu=100),
            "limit again": runs(rate=700, cpu=100),
            "Alongside": runs(**mine),
            "Alongside again": runs(**mine),
            "DRF": runs(),
        }
        for kind in KINDS
    }


def verdict(found: list[Line], kind: str, what: str) -> str:
    (line,) = [one for one in found if (one.kind, one.what) == (kind, what)]
    return line.verdict


def test_pass_miss_and_stretch_are_said_by_the_bars_of_each_request() -> None:
    found = report.lines(results())
    assert len(found) == 12
    assert verdict(found, READ, "requests/s vs DRF") == "pass"
    assert verdict(found, PAGE, "requests/s vs DRF") == "pass"
    assert verdict(found, EDIT, "requests/s vs DRF") == "pass, with the stretch"
    assert verdict(found, READ, "app CPU vs DRF") == "pass"
    assert verdict(found, EDIT, "app CPU vs DRF") == "pass, with the stretch"
    assert verdict(found, EDIT, "requests/s vs limit") == "pass, with the stretch"
    assert verdict(found, READ, "p99 / p50") == "pass, with the stretch"

    slow = report.lines(results(rate=199.0, cpu=501.0, p99=25.1))
    assert {line.verdict for line in slow if "DRF" in line.what} == {"**miss**"}
    assert verdict(slow, PAGE, "requests/s vs limit") == "**miss**"
    assert verdict(slow, READ, "p99 / p50") == "**miss**"


@pytest.mark.parametrize("copy", ["limit again", "Alongside again"])
def test_a_control_that_differs_in_cpu_refuses_every_verdict_of_its_request(copy: str) -> None:
    seen = results()
    seen[READ][copy] = [{**run, "cpu": run["cpu"] * 1.11} for run in seen[READ][copy]]
    found = report.lines(seen)
    assert all("no verdict" in line.verdict for line in found if line.kind == READ)
    assert all("pass" in line.verdict for line in found if line.kind != READ)


def test_a_control_that_differs_in_rate_alone_leaves_what_cpu_says() -> None:
    seen = results()
    seen[PAGE]["limit again"] = runs(rate=620, cpu=100)
    found = report.lines(seen)
    assert verdict(found, PAGE, "app CPU vs DRF") == "pass"
    assert "no verdict" in verdict(found, PAGE, "requests/s vs DRF")
    within = results()
    within[PAGE]["limit again"] = runs(rate=645, cpu=100)
    assert verdict(report.lines(within), PAGE, "requests/s vs DRF") == "pass"


def test_answers_are_compared_by_content_and_a_difference_is_named() -> None:
    one = _plain({"at": "2026-11-28T08:00:00.123Z", "n": 1, "rows": [{"a": True}]})
    same = _plain({"rows": [{"a": True}], "n": 1.0, "at": "2026-11-28T08:00:00.123456+00:00"})
    assert _same("a goal", {"limit": one, "DRF": same}) == 1
    other = _plain({"at": "2026-11-28T08:00:00.123Z", "n": 1, "rows": [{"a": False}]})
    with pytest.raises(BenchError, match=r"limit and DRF .* /rows/0/a: True and False"):
        _same("a goal", {"limit": one, "DRF": other})


def test_a_missing_wrk_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BenchError, match="apt install wrk"):
        measure.wrk()
