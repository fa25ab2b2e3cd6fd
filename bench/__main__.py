"""Measure the program beside its limit and beside Django REST framework; write bench/RESULTS.md.

    python3 run.py bench [--full] [--keep FOLDER] [--seconds 3] [--runs 5]
                         [--teachers N --goals N] [--only-seed | --only-plans | ...]

`--full` is 100 schools, 5,000 teachers, 700 leads and a million goals. Everything happens in a
temporary folder, or in that of `--keep`, which the next run takes as it is. Needs `wrk`.
"""

import argparse
import asyncio
import os
import platform
import pstats
import signal
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.core import embedded
from bench import exports, frameworks, pull, report, rosters, starting
from bench.environment import NoEnvironment, program
from bench.inside import Inside, digest
from bench.measure import (
    BUFFERS,
    CONNECTIONS,
    BenchError,
    Target,
    Unanswered,
    database,
    load,
    start,
    stop,
    undisturbed,
    wrk,
)
from bench.report import AGAIN, LIMIT, OURS, THEIRS
from bench.seed import SIZES, seed
from bench.work import EDIT, KINDS, Callers

HERE = Path(__file__).parent
#: where a profile's time belongs, by what the file's path contains; the first that fits
_PARTS = (
    ("app", "/app/"),
    ("SQLAlchemy", "/sqlalchemy/"),
    ("asyncpg", "/asyncpg/"),
    ("python-jose and cryptography", ("/jose/", "/cryptography/")),
    ("FastAPI, Starlette, pydantic", ("/fastapi/", "/starlette/", "/pydantic", "/anyio/")),
    ("uvicorn", ("/uvicorn/", "uvloop", "httptools")),
    ("logs and metrics", ("/structlog/", "/prometheus_client/")),
)


def _say(words: str) -> None:
    sys.stderr.write(f"bench: {words}\n")
    sys.stderr.flush()


class Bench(Callers):
    """One run of the benchmark on a seeded database."""

    def __init__(self, options: argparse.Namespace, server: embedded.Server) -> None:
        super().__init__(server)
        self.options = options

    async def prepare(self) -> None:
        """Fill the database, unless an earlier run did."""
        started = time.perf_counter()
        self.seeded = await seed(self.server, self.options.teachers, self.options.goals)
        self.seconds_to_seed = time.perf_counter() - started
        _say(f"seeded in {self.seconds_to_seed:.0f} s")

    def _load(self, target: Target, kind: str, seconds: int) -> dict[str, float]:
        while True:
            lines = asyncio.run(self.lines())[kind]
            try:
                return load(target, lines, seconds, self.server.process.pid)
            except Unanswered as exc:
                if seconds >= 16:
                    raise
                seconds *= 4
                _say(f"{exc}: once more, for {seconds} s")

    def run(self) -> dict[str, dict[str, list[dict[str, float]]]]:
        """Every kind of request at every server, in turn, several times."""
        kinds = {LIMIT: "limit", AGAIN[LIMIT]: "limit", OURS: "program", AGAIN[OURS]: "program"}
        results: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        targets: list[Target] = []
        try:
            for name, kind in {**kinds, THEIRS: "drf"}.items():
                targets.append(start(name, kind, self.environment))
            alike = asyncio.run(self.check_alike(targets))
            _say(f"{alike} answers are the same at all {len(targets)} servers")
            for turn in range(-1, self.options.runs):
                for kind in KINDS:
                    for target in self._rotated(targets, turn):
                        # the first round warms up
                        seconds = self.options.seconds if turn >= 0 else 1
                        figures = self._load(target, kind, seconds)
                        if turn >= 0:
                            results[kind][target.name].append(figures)
                _say(f"round {turn + 1} of {self.options.runs}")
            self.alike = alike + asyncio.run(self.check_alike(targets))
        finally:
            for target in targets:
                stop(target)
        order = [target.name for target in targets]
        return {
            kind: {name: results[kind][name] for name in order if results[kind][name]}
            for kind in KINDS
        }

    @staticmethod
    def _rotated(targets: list[Target], turn: int) -> list[Target]:
        """Two turns begin at one place, forth and back, so that each of a pair comes as often
        before the other as after it."""
        place = turn // 2 % len(targets)
        rotated = targets[place:] + targets[:place]
        return rotated[::-1] if turn % 2 else rotated

    def profile(self) -> tuple[dict[str, dict[str, float]], dict[str, list[tuple[str, float]]]]:
        """Shares of the program's own time by part, and its most costly functions, by kind."""
        shares, costly = {}, {}
        for kind in KINDS:
            with tempfile.NamedTemporaryFile() as file:
                target = start("profiled", "program", self.environment, file.name)
                try:
                    self.once(target, asyncio.run(self.lines())[kind][0])
                    os.kill(target.process.pid, signal.SIGUSR1)
                    self._load(target, kind, self.options.seconds)
                finally:
                    stop(target)
                shares[kind], costly[kind] = _shares(file.name)
        return shares, costly

    async def inside(self) -> tuple[dict[str, int], list[tuple[str, int, dict[str, Any]]]]:
        """Statements per kind of request, and the plans of the heaviest reads."""
        inside = Inside(replace(self.settings, limits_enabled=False))
        counts: dict[str, int] = {}
        for kind, lines in (await self.lines()).items():
            _, path, token, version = lines[0].split("\t")
            caller, path = inside.client(token), path.removeprefix("/api/v1")
            with inside.heard() as sent:
                if kind == EDIT:
                    tag = {"If-Match": f'"{version}"'}
                    done = await caller.patch(path, json={"title": "Edited once"}, headers=tag)
                else:
                    done = await caller.get(path)
                assert done.status_code == 200, done.text
            counts[kind] = len(sent) + (2 if kind == EDIT else 0)  # begin and commit
        plans = await self._plans(inside) if self.options.with_plans else []
        await inside.close()
        return counts, plans

    async def _plans(self, inside: Inside) -> list[tuple[str, int, dict[str, Any]]]:
        seeded = self.seeded
        lead = inside.client(self.token(seeded.lead))
        teacher = inside.client(self.token(seeded.teacher))
        leader = inside.client(self.token(seeded.leader))
        client = inside.client(self.token(seeded.client))
        administrator = inside.client(self.token(seeded.administrator))
        of_year = f"school_year_id={seeded.year}"
        deep = None
        for _ in range(30):
            query = f"?limit=200{f'&cursor={deep}' if deep else ''}"
            deep = (await client.get(f"/goals{query}")).json()["next"] or deep
        position = (await client.get("/changes/head")).json()["position"]
        seal, reader = inside.app.state.seal, str(seeded.client)
        epoch, transaction, _ = seal.open(position, "feed", reader)
        middle = seal.close([epoch, int(transaction) // 2, 0], "feed", reader)
        last = await _last_page(lead)
        today = datetime.now(UTC).date()
        asked = (
            ("a teacher's list", teacher, "/goals?limit=50"),
            ("a lead's list", lead, "/goals?limit=50"),
            ("a lead's last page", lead, f"/goals?limit=50&cursor={last}"),
            ("a lead's list by due date", lead, "/goals?limit=50&sort=due_on"),
            ("a school leader's list", leader, "/goals?limit=50"),
            ("the same, of their school", leader, f"/goals?limit=50&school_id={seeded.school}"),
            ("the same, by due date", leader, f"/goals?school_id={seeded.school}&sort=due_on"),
            ("the same, title search", leader, f"/goals?school_id={seeded.school}&q=4711"),
            ("a client's first page", client, "/goals?limit=200"),
            ("a client's page at depth", client, f"/goals?limit=200&cursor={deep}"),
            ("a lead's summary", lead, "/goals/summary"),
            ("a school leader's summary", leader, "/goals/summary"),
            ("a page of changes", client, f"/changes?limit=200&since={middle}"),
            ("the feed's head", client, "/changes/head"),
            ("a lead's week", lead, "/me/week"),
            ("a teacher's week", teacher, "/me/week"),
            ("a lead's meetings", lead, "/meetings?limit=50"),
            ("a teacher's next steps", teacher, "/next-steps?limit=50"),
            ("a school leader's activity", leader, "/activity?limit=50"),
            ("a lead's support requests", lead, "/support-requests"),
            ("a lead's outreach", lead, "/outreach-messages?limit=50"),
            ("a lead's questionnaires", lead, "/questionnaires?limit=50"),
            ("a lead's conversations", lead, "/conversations?limit=50"),
            ("a lead's role notes", lead, "/role-notes?limit=50"),
            ("preferences in force today", lead, f"/coaching-preferences?on={today}"),
            ("a teacher's agreements", teacher, "/coaching-agreements?limit=50"),
            ("a school leader's shared records", leader, "/shared-records?limit=50"),
            ("a teacher's reminders", teacher, "/reminders?limit=50"),
            ("a teacher's templates", teacher, "/templates?limit=50"),
            ("the chain of a goal", lead, f"/goals/{seeded.readable[0][1]}/chain"),
            ("the chain of a school goal", leader, f"/goals/{seeded.school_goal}/chain"),
            ("a school leader's alignment", leader, "/goals/alignment"),
            ("an administrator's alignment", administrator, "/goals/alignment"),
            ("a school leader's coverage", leader, "/goals/alignment/coverage"),
            ("the same, of this year", leader, f"/goals/alignment/coverage?{of_year}"),
            ("a lead's coverage", lead, f"/goals/alignment/coverage?{of_year}"),
            (
                "teachers without a link",
                leader,
                f"/goals/alignment/teachers?linked=false&{of_year}",
            ),
            ("a teacher's systems", teacher, "/me/systems"),
            ("who is stuck, of a lead", lead, "/system-confirmations?stuck=true"),
            ("who is stuck, of a school", leader, "/system-confirmations?stuck=true"),
            ("an administrator's system coverage", administrator, "/system-coverage"),
            ("a school leader's counts by standing", leader, "/goals/monitoring-summary"),
            (
                "the same, of their school",
                leader,
                f"/goals/monitoring-summary?school_id={seeded.school}",
            ),
        )
        found = []
        for name, caller, path in asked:
            with inside.heard() as sent:
                answer = await caller.get(path, timeout=120)
                assert answer.status_code == 200, (name, answer.text)
                statements = list(sent)
            plans = [
                await inside.explain(seeded.district, *statement)
                for statement in statements
                if "load_caller" not in statement[0]
            ]
            if self.options.whole_plans:
                for plan in plans:
                    _say(f"{name}\n" + "\n".join(plan))
            digests = [digest(plan) for plan in plans]
            slowest = max(digests, key=lambda one: one["ms"])
            total = {
                "ms": sum(one["ms"] for one in digests),
                "pages": sum(one["pages"] for one in digests),
                "used": slowest["used"],
            }
            found.append((name, len(statements), total))
        return found


async def _last_page(caller: Any) -> str:
    """The cursor of a list's last page."""
    cursor, following = "", (await caller.get("/goals?limit=50")).json()["next"]
    while following:
        cursor = following
        following = (await caller.get(f"/goals?limit=50&cursor={cursor}")).json()["next"]
    return cursor


def _shares(path: str) -> tuple[dict[str, float], list[tuple[str, float]]]:
    totals: dict[str, float] = defaultdict(float)
    functions: dict[str, float] = defaultdict(float)
    stats: Any = pstats.Stats(path)
    for (file, _line, function), (_calls, _n, own, _cumulative, _callers) in stats.stats.items():
        where = f"{file} {function}"
        if "run_until_complete" in function or "select.epoll" in where or "runcall" in function:
            continue
        place = "/".join(Path(file).parts[-2:]) if file != "~" else ""
        functions[f"{place} {function}".strip().replace("|", "/")] += own
        for part, marks in _PARTS:
            if any(mark in where for mark in ((marks,) if isinstance(marks, str) else marks)):
                totals[part] += own
                break
        else:
            totals["Python itself"] += own
    whole = sum(totals.values()) or 1.0
    most = sorted(functions.items(), key=lambda one: -one[1])[:8]
    return (
        {part: own / whole for part, own in totals.items()},
        [(name, own / whole) for name, own in most],
    )


def _head(bench: Bench) -> list[str]:
    options, seeded = bench.options, bench.seeded
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        "# The program beside its limit and beside Django REST framework",
        "",
        f"{datetime.now(UTC):%d %B %Y}; {os.cpu_count()} cores, {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}; one worker each, "
        f"{CONNECTIONS} connections of wrk; {seeded.schools:,} schools, {seeded.teachers:,} "
        f"teachers, {seeded.leads_in_all:,} leads, {seeded.goals:,} goals. Medians of "
        f"{options.runs} interleaved runs of {options.seconds} s; servers, database and load "
        f"share the cores. The database has {BUFFERS} of memory; it vacuums and makes its "
        "checkpoint before the load and not amid it, where one server would be hit and another "
        "not. The machine's load was "
        f"{os.getloadavg()[2]:.1f} over the last quarter of an hour. Absolute figures are this "
        "machine's; the ratios travel.",
        "",
        "All servers read the same tables as the same role, below row-level security. All verify "
        "the same bearer token and look its session up in the database on each request, by the "
        "same statement (`load_caller`). All answer the same goals with the same fields, and an "
        "edit leaves the same event in its transaction (a draft has no feed entry at any of them): "
        f"{bench.alike:,} comparisons before and after the load say so. An answer other than 2xx "
        "ends the run. Rate limits are off by setting. The load comes from forty leads, over "
        f"{len(seeded.readable):,} goals, and over {len(seeded.drafts):,} drafts that are edited "
        "with `If-Match`.",
        "",
        "`limit` (`bench/limit.py`) is a bare ASGI function on asyncpg with JSON made by "
        "PostgreSQL: no validation, problems, idempotency, metrics or log. `DRF` (`bench/drf`) is "
        "Django REST framework on psycopg 3 and gunicorn, in an environment of its own; it "
        "computes no `warnings` after an edit, which the program does. Its worker is gunicorn's "
        "gthread with four threads, which keeps connections alive as uvicorn does.",
    ]


def _pulls(bench: Bench) -> list[str]:
    """The pull of all goals: beside the comparison's pages, and beside psql."""
    asked = (bench.token(bench.seeded.client), bench.seeded.client, bench.seeded.district)
    found = [
        pull.measure(bench, bench.options.seconds),
        exports.measure(bench.server, bench.environment, *asked),
    ]
    rows = [line.row() for line, _ in found]
    return ["## Pull of all goals", "", *report.HEAD, *rows, "", *(said for _, said in found)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="5,000 teachers, a million goals")
    parser.add_argument("--teachers", type=int, default=200, help="50 in a school, with 7 leads")
    parser.add_argument("--goals", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=3, help="whole seconds of a run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="a folder to keep the database in, for more runs")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-plans", dest="with_plans", action="store_false")
    parser.add_argument("--no-frameworks", dest="with_frameworks", action="store_false")
    parser.add_argument("--whole-plans", action="store_true", help="print whole plans")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--only-seed", action="store_true", help="fill the database of --keep")
    only.add_argument("--only-plans", action="store_true", help="no load, print the plans' table")
    only.add_argument(
        "--only-frameworks", action="store_true", help="only a framework of 10,000 items"
    )
    only.add_argument("--only-exports", action="store_true", help="only the pull of all goals")
    only.add_argument(
        "--only-rosters", action="store_true", help="only rosters of 100,000 people: ROSTERS.md"
    )
    options = parser.parse_args()
    if options.full:
        options.teachers, options.goals = SIZES
    if options.only_seed and options.keep is None:
        parser.error("--only-seed is for the folder of --keep")
    if min(options.seconds, options.runs, options.teachers, options.goals) < 1:
        parser.error("seconds, runs, teachers and goals are at least 1")
    return options


def _measure(options: argparse.Namespace, server: embedded.Server) -> None:
    bench = Bench(options, server)
    asyncio.run(bench.prepare())
    if options.only_seed:
        return
    if options.only_exports:
        with undisturbed(server.superuser_url):
            sys.stdout.write("\n".join(_pulls(bench)) + "\n")
        return
    large: list[str] = []
    if options.only_frameworks or (options.with_frameworks and not options.only_plans):
        taken = asyncio.run(frameworks.measure(server.app_url, bench.seeded.district))
        large = [
            "## A large framework",
            "",
            f"A CASE package of {frameworks.ITEMS:,} items and as many associations, read, kept "
            f"and committed: {taken['import']:.2f} s; written out again: {taken['export']:.2f} s.",
        ]
        _say(large[-1])
    if options.only_frameworks:
        return
    counts, plans = asyncio.run(bench.inside())
    for name, count, plan in plans:
        _say(f"{name}: {count} statements, {plan['ms']:.1f} ms, {plan['pages']} pages")
    if options.only_plans:
        return
    with undisturbed(server.superuser_url):
        results = bench.run()
        shares, costly = bench.profile()
    begun = starting.measure(bench.environment, options.runs)
    with undisturbed(server.superuser_url):
        pulled = _pulls(bench)
    statements = {OURS: counts, LIMIT: {kind: 4 if kind == EDIT else 2 for kind in KINDS}}
    parts = [
        _head(bench),
        report.verdicts(results, begun),
        report.figures(results, statements),
        report.controls(results),
        report.starting(begun),
        report.shares(shares, costly),
        pulled,
        report.plans(plans) if plans else [],
        large,
        [(HERE / "NOTES.md").read_text("utf-8").strip()],
    ]
    written = "\n\n".join("\n".join(part) for part in parts if part) + "\n"
    options.output.write_text(written, "utf-8")
    sys.stdout.write(written)


def main() -> int:
    """Seed, measure, explain, report."""
    options = _options()
    try:
        loaded = not (
            options.only_seed
            or options.only_plans
            or options.only_frameworks
            or options.only_rosters
        )
        if loaded:
            wrk()
            program("gunicorn")  # what is missing is told before the hour of work
        with (
            tempfile.TemporaryDirectory(
                prefix="alongside-bench-", ignore_cleanup_errors=True
            ) as home,
            database(options.keep or Path(home)) as server,
        ):
            if options.only_rosters:
                page = rosters.report(rosters.measure(server, Path(home)))
                (HERE / "ROSTERS.md").write_text(page, "utf-8")
                sys.stdout.write(page)
            else:
                _measure(options, server)
    except (BenchError, NoEnvironment, embedded.EmbeddedError) as exc:
        _say(str(exc))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
