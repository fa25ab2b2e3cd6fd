"""The report: the bars of the district's size, what was measured, and what may be said of it."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.measure import CONNECTIONS, median
from bench.work import EDIT, KINDS, PAGE, READ

Runs = list[dict[str, float]]
Results = Mapping[str, Mapping[str, Runs]]
OURS, THEIRS, LIMIT = "Alongside", "DRF", "limit"
AGAIN = {OURS: "Alongside again", LIMIT: "limit again"}
#: above it two copies of one program differ so much that nothing can be said of two programs
NOISE = 0.10
#: kind → (requests/s vs DRF at least, app CPU vs DRF at most, requests/s vs limit at least),
#: each as (bar, stretch)
_BARS = {
    READ: ((3.0, 4.5), (0.38, 0.25), (0.19, 0.30)),
    PAGE: ((2.3, 3.2), (0.38, 0.28), (0.42, 0.53)),
    EDIT: ((2.0, 2.8), (0.50, 0.40), (0.12, 0.17)),
}
_TAIL = (2.5, 2.0)
_START, _IDLE = 1.5, 1.3
#: of a table of bars
HEAD = (
    "| request | what | bar | stretch | measured | verdict |",
    "|---|---|---:|---:|---:|---|",
)


@dataclass(frozen=True)
class Line:
    """One bar and what was measured; `noise` is by how much its control differed."""

    kind: str
    what: str
    bar: float
    stretch: float | None
    measured: float
    at_least: bool
    noise: float

    @property
    def verdict(self) -> str:
        """Pass or miss, or why neither can be said."""
        if self.noise > NOISE:
            return f"no verdict: the controls differ by {self.noise:.0%}"
        if not self._reaches(self.bar):
            return "**miss**"
        reaches = self.stretch is not None and self._reaches(self.stretch)
        return "pass, with the stretch" if reaches else "pass"

    def _reaches(self, wanted: float) -> bool:
        return self.measured >= wanted if self.at_least else self.measured <= wanted

    def row(self) -> str:
        """As a row of the table."""
        sign = "≥" if self.at_least else "≤"
        stretch = "" if self.stretch is None else f"{sign} {self.stretch:g}"
        return (
            f"| {self.kind} | {self.what} | {sign} {self.bar:g} | {stretch} "
            f"| {self.measured:.2f} | {self.verdict} |"
        )


def times(one: Runs, other: Runs, name: str) -> float:
    """How many times the other's figure one has: the median of what each round says, since a round
    is short and what the machine does meanwhile slows both."""
    rounds = zip(one, other, strict=True)
    return statistics.median(mine[name] / theirs[name] for mine, theirs in rounds)


def differs(one: Runs, other: Runs, name: str) -> float:
    """By how much two copies of one program differ, as a share of the smaller."""
    found = times(one, other, name)
    return max(found, 1 / found) - 1


def noise(targets: Mapping[str, Runs], name: str) -> float:
    """The larger difference of the two controls."""
    return max(differs(targets[base], targets[copy], name) for base, copy in AGAIN.items())


def lines(results: Results) -> list[Line]:
    """Every bar of the requests, CPU first: it is less disturbed by whoever else uses the cores."""
    found = []
    for kind in KINDS:
        targets = results[kind]
        ours, theirs, limit = targets[OURS], targets[THEIRS], targets[LIMIT]
        drf, cpu, of_limit = _BARS[kind]
        of_cpu = noise(targets, "cpu")
        of_rate = max(of_cpu, noise(targets, "rate"))

        tail = statistics.median(run["p99"] / run["p50"] for run in ours)
        found += [
            Line(kind, "app CPU vs DRF", *cpu, times(ours, theirs, "cpu"), False, of_cpu),
            Line(kind, "requests/s vs DRF", *drf, times(ours, theirs, "rate"), True, of_rate),
            Line(kind, "requests/s vs limit", *of_limit, times(ours, limit, "rate"), True, of_rate),
            Line(kind, "p99 / p50", *_TAIL, tail, False, of_rate),
        ]
    return found


def starting_lines(seen: Mapping[str, Runs]) -> list[Line]:
    """The bars of starting and idling."""
    base, ours = seen["empty"], seen[OURS]

    def line(what: str, name: str, bar: float) -> Line:
        measured, of_copies = times(ours, base, name), differs(base, seen["empty again"], name)
        return Line("starting", what, bar, None, measured, False, of_copies)

    return [
        line("CPU until the first answer vs empty", "cpu", _START),
        line("start to first answer vs empty", "seconds", _START),
        line("idle memory vs empty", "memory", _IDLE),
    ]


def verdicts(results: Results, starting: Mapping[str, Runs]) -> list[str]:
    """The table of bars."""
    return [
        "## The bars",
        "",
        "CPU is judged first: whoever else uses the cores disturbs it least. The controls are a "
        "second copy of the limit and a second copy of the program, measured in the same rounds; "
        f"where a pair differs by more than {NOISE:.0%}, nothing is said. Every ratio is taken in "
        "each round, in which all servers are loaded one after the other, and is the median of the "
        "rounds.",
        "",
        *HEAD,
        *(line.row() for line in (*lines(results), *starting_lines(starting))),
    ]


def controls(results: Results) -> list[str]:
    """The table of the controls."""
    rows = [
        f"| {kind} | {base} and {copy} | {differs(targets[base], targets[copy], 'cpu'):.1%} "
        f"| {differs(targets[base], targets[copy], 'rate'):.1%} "
        f"| {differs(targets[base], targets[copy], 'p99'):.1%} |"
        for kind, targets in results.items()
        for base, copy in AGAIN.items()
    ]
    return [
        "## Controls",
        "",
        "By how much two copies of one program differ: the noise of all the figures here.",
        "",
        "| request | copies | app CPU | requests/s | p99 |",
        "|---|---|---:|---:|---:|",
        *rows,
    ]


def figures(results: Results, statements: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Everything measured of requests."""
    rows = []
    for kind, targets in results.items():
        for name, runs in targets.items():
            of = {
                key: median(runs, key)
                for key in ("rate", "p50", "p99", "cpu", "database_cpu", "memory")
            }
            sent = statements.get(name.removesuffix(" again"), {}).get(kind, "")
            rows.append(
                f"| {kind} | {name} | {of['rate']:,.0f} "
                f"| {times(runs, targets[THEIRS], 'rate'):.2f} "
                f"| {times(runs, targets[LIMIT], 'rate'):.2f} "
                f"| {of['p50']:.1f} | {of['p99']:.1f} | {of['cpu']:,.0f} "
                f"| {of['database_cpu']:,.0f} | {of['memory']:.0f} | {sent} |"
            )
    return [
        "## Requests",
        "",
        f"Medians; {CONNECTIONS} connections, one worker. CPU is of the server's processes and of "
        "the database's, a request, from /proc; memory is what the worker holds resident.",
        "",
        "| request | server | requests/s | of DRF | of the limit | p50 ms | p99 ms | app CPU µs "
        "| database CPU µs | memory MB | statements |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]


def starting(seen: Mapping[str, Runs]) -> list[str]:
    """What it takes to start, and to do nothing."""
    return [
        "## Starting and idling",
        "",
        "From the process's start to its first answer, and a second later. `empty` is an app "
        "of the same imports, the same tables and schemas and as many plain routes with the same "
        "typed parameters, bodies and answers (`bench/empty.py`); the worker beside `alongside "
        "serve` is in none of them.",
        "",
        "| server | seconds | CPU seconds | memory MB |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {median(runs, 'seconds'):.2f} | {median(runs, 'cpu'):.2f} "
            f"| {median(runs, 'memory'):.0f} |"
            for name, runs in seen.items()
        ),
    ]


def shares(
    found: Mapping[str, Mapping[str, float]], costly: Mapping[str, Sequence[Any]]
) -> list[str]:
    """Where the program's time goes."""
    parts = sorted(
        {part for share in found.values() for part in share},
        key=lambda part: -sum(share.get(part, 0) for share in found.values()),
    )
    lines = [
        "## Where the time goes",
        "",
        "Shares of the program's own CPU under the same load (cProfile, which weighs many small "
        "Python calls too heavily; PostgreSQL's time is apart, in the table above).",
        "",
        "| | " + " | ".join(found) + " |",
        "|---|" + "---:|" * len(found),
    ]
    lines += [
        f"| {part} | " + " | ".join(f"{s.get(part, 0):.0%}" for s in found.values()) + " |"
        for part in parts
    ]
    lines += ["", "The functions that take most by themselves:", ""]
    for kind, functions in costly.items():
        named = ", ".join(f"`{name}` {share:.1%}" for name, share in functions)
        lines.append(f"- {kind}: {named}")
    return lines


def plans(found: Sequence[tuple[str, int, dict[str, Any]]]) -> list[str]:
    """How the heaviest reads are planned."""
    return [
        "## Plans",
        "",
        "EXPLAIN (ANALYZE, BUFFERS) as the application role, all statements of the request but the "
        "caller's; `read through` is of the slowest.",
        "",
        "| request | statements | ms | pages | read through |",
        "|---|---:|---:|---:|---|",
        *(
            f"| {name} | {count} | {plan['ms']:.1f} | {plan['pages']:,} | {plan['used']} |"
            for name, count, plan in found
        ),
    ]
