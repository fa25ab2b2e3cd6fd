"""Measure the program beside its limit, and write bench/RESULTS.md.

    python3 run.py bench [--full] [--seconds 3] [--runs 5] [--teachers N --goals N] [--quick]

`--full` is 5,000 teachers and a million goals. Everything happens in a folder of its own.
"""

import argparse
import asyncio
import hashlib
import os
import platform
import pstats
import secrets
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core import embedded
from app.settings import Settings, load
from app.web.tokens import Tokens
from bench import exports, frameworks
from bench.inside import Inside, digest
from bench.measure import CONNECTIONS, Target, median, start, stop
from bench.measure import load as load_target
from bench.seed import Seeded, seed

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


class Bench:
    """One run of the benchmark on a seeded database."""

    def __init__(self, options: argparse.Namespace, server: embedded.Server) -> None:
        self.options, self.server = options, server
        self.secret = secrets.token_hex(32)
        self.environment = {
            "DATABASE_URL": server.app_url,
            "SECRET_KEYS": f"bench:{self.secret}",
            "LIMITS": "off",
        }
        self.settings: Settings = load(self.environment)

    def token(self, who: UUID) -> str:
        """A token of now; the seed made the session's id of the person's, a client's is its own."""
        tokens = Tokens(
            self.settings.secret_keys, self.settings.public_url, timedelta(seconds=3600)
        )
        opened = who
        if who != self.seeded.client:
            opened = UUID(hashlib.md5(str(who).encode(), usedforsecurity=False).hexdigest())
        return tokens.issue(who, opened, self.seeded.district)

    async def prepare(self) -> None:
        """Fill the database."""
        started = time.perf_counter()
        self.seeded: Seeded = await seed(self.server, self.options.teachers, self.options.goals)
        _say(f"seeded in {time.perf_counter() - started:.0f} s")

    def work(self) -> dict[str, tuple[str, list[str]]]:
        """What is asked: name → (kind, paths), all by one lead."""
        base = "/api/v1/goals"
        return {
            "read a goal": ("get", [f"{base}/{goal}" for goal in self.seeded.readable]),
            "page of 50": ("get", [f"{base}?limit=50"] * CONNECTIONS),
            "edit a draft": ("patch", [f"{base}/{goal}" for goal in self.seeded.drafts]),
        }

    def run(self) -> dict[str, dict[str, list[dict[str, float]]]]:
        """Every kind of request at every server, in turn, several times."""
        targets = [
            start("limit", "limit", self.environment),
            start("limit again", "limit", self.environment),
            start("Alongside", "program", self.environment),
        ]
        results: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        try:
            for turn in range(-1, self.options.runs):
                for name, (kind, paths) in self.work().items():
                    for target in self._rotated(targets, turn):
                        seconds = self.options.seconds if turn >= 0 else 1.0
                        figures = load_target(
                            target,
                            self.token(self.seeded.lead),
                            kind,
                            paths,
                            seconds,
                            self.server.process.pid,
                        )
                        if turn >= 0:  # the first round warms up
                            results[name][target.name].append(figures)
                _say(f"round {turn + 1} of {self.options.runs}")
        finally:
            for target in targets:
                stop(target)
        return results

    @staticmethod
    def _rotated(targets: list[Target], turn: int) -> list[Target]:
        turn %= len(targets)
        return targets[turn:] + targets[:turn]

    def profile(self) -> dict[str, dict[str, float]]:
        """Shares of the program's own time, by part, for each kind of request."""
        shares: dict[str, dict[str, float]] = {}
        for name, (kind, paths) in self.work().items():
            with tempfile.NamedTemporaryFile() as file:
                target = start("profiled", "program", self.environment, file.name)
                try:
                    load_target(
                        target,
                        self.token(self.seeded.lead),
                        kind,
                        paths,
                        self.options.seconds,
                        self.server.process.pid,
                    )
                finally:
                    stop(target)
                shares[name] = _shares(file.name)
        return shares

    async def inside(self) -> tuple[dict[str, int], list[tuple[str, int, dict[str, Any]]]]:
        """Statements per kind of request, and the plans of the heaviest reads."""
        inside = Inside(replace(self.settings, limits_enabled=False))
        counts: dict[str, int] = {}
        lead = inside.client(self.token(self.seeded.lead))
        for name, (kind, paths) in self.work().items():
            path = paths[0].removeprefix("/api/v1")
            found = await lead.get(path)
            with inside.heard() as sent:
                if kind == "patch":
                    tag = {"If-Match": f'"{found.json()["version"]}"'}
                    done = await lead.patch(path, json={"title": "Edited once"}, headers=tag)
                else:
                    done = await lead.get(path)
                assert done.status_code == 200, done.text
            counts[name] = len(sent) + (2 if kind == "patch" else 0)  # begin and commit
        plans = await self._plans(inside)
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
            ("the chain of a goal", lead, f"/goals/{seeded.readable[0]}/chain"),
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
            if self.options.plans:
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


def _shares(path: str) -> dict[str, float]:
    totals: dict[str, float] = defaultdict(float)
    stats: Any = pstats.Stats(path)
    for (file, _line, function), (_calls, _n, own, _cumulative, _callers) in stats.stats.items():
        where = f"{file} {function}"
        if "run_until_complete" in function or "select.epoll" in where or "runcall" in function:
            continue
        for part, marks in _PARTS:
            if any(mark in where for mark in ((marks,) if isinstance(marks, str) else marks)):
                totals[part] += own
                break
        else:
            totals["Python itself"] += own
    whole = sum(totals.values()) or 1.0
    return {part: own / whole for part, own in totals.items()}


def _report(
    bench: Bench,
    results: dict[str, dict[str, list[dict[str, float]]]],
    counts: dict[str, int],
    plans: list[tuple[str, int, dict[str, Any]]],
    shares: dict[str, dict[str, float]],
    taken: dict[str, float],
) -> str:
    options = bench.options
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        "# The program beside its limit",
        "",
        f"{datetime.now(UTC):%d %B %Y}; {os.cpu_count()} cores, {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}; one worker each, "
        f"{CONNECTIONS} connections; {options.teachers:,} teachers, {options.goals:,} goals. "
        f"Medians of {options.runs} interleaved runs of {options.seconds:g} s; servers, database "
        "and load share the cores. Absolute figures are this machine's; the ratios travel.",
        "",
        "The limit (`bench/limit.py`) is a bare ASGI function on asyncpg with JSON made by "
        "PostgreSQL and the same token and session check, but no validation, problems, "
        "idempotency, feed, metrics or log. `limit again` is a second copy of it: the difference "
        "between the two is the noise.",
        "",
        "| | | requests/s | of the limit | p50 ms | p99 ms | program CPU µs | database CPU µs "
        "| memory MB | statements |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    by_hand = {"read a goal": 2, "page of 50": 2, "edit a draft": 4}
    for name, targets in results.items():
        base = median(targets["limit"], "rate")
        for target, runs in targets.items():
            figure = {
                key: median(runs, key)
                for key in ("rate", "p50", "p99", "cpu", "database_cpu", "memory")
            }
            statements = counts[name] if target == "Alongside" else by_hand[name]
            lines.append(
                f"| {name} | {target} | {figure['rate']:,.0f} | {figure['rate'] / base:.2f} "
                f"| {figure['p50']:.1f} | {figure['p99']:.1f} | {figure['cpu']:,.0f} "
                f"| {figure['database_cpu']:,.0f} | {figure['memory']:.0f} | {statements} |"
            )
    lines += [
        "",
        "## Where the time goes",
        "",
        "Shares of the program's own CPU under the same load (cProfile, which weighs many small "
        "Python calls too heavily; PostgreSQL's time is apart, in the table above).",
        "",
        "| | " + " | ".join(shares) + " |",
        "|---|" + "---:|" * len(shares),
    ]
    parts = sorted(
        {part for share in shares.values() for part in share},
        key=lambda part: -sum(share.get(part, 0) for share in shares.values()),
    )
    lines += [
        f"| {part} | " + " | ".join(f"{s.get(part, 0):.0%}" for s in shares.values()) + " |"
        for part in parts
    ]
    lines += [
        "",
        "## Plans",
        "",
        "EXPLAIN (ANALYZE, BUFFERS) as the application role, all statements of the request but the "
        "caller's; `read through` is of the slowest.",
        "",
        "| request | statements | ms | pages | read through |",
        "|---|---:|---:|---:|---|",
    ]
    lines += [
        f"| {name} | {count} | {plan['ms']:.1f} | {plan['pages']:,} | {plan['used']} |"
        for name, count, plan in plans
    ]
    lines += [
        "",
        "## A large framework",
        "",
        f"A CASE package of {frameworks.ITEMS:,} items and as many associations, read, kept and "
        f"committed: {taken['import']:.2f} s; written out again: {taken['export']:.2f} s.",
    ]
    notes = HERE / "NOTES.md"
    if notes.exists():
        lines += ["", notes.read_text("utf-8").strip()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Seed, measure, explain, report."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="5,000 teachers, a million goals")
    parser.add_argument("--teachers", type=int, default=200)
    parser.add_argument("--goals", type=int)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--plans", action="store_true", help="print whole plans")
    parser.add_argument("--only-plans", action="store_true", help="no load, print the plans' table")
    parser.add_argument(
        "--only-frameworks", action="store_true", help="only a framework of 10,000 items"
    )
    parser.add_argument(
        "--only-exports", action="store_true", help="only an export beside psql (100,000 goals)"
    )
    parser.add_argument("--keep", type=Path, help="a folder to keep the database in, for more runs")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    options.goals = options.goals or (100_000 if options.only_exports else 20_000)
    if options.full:
        options.teachers, options.goals = 5_000, 1_000_000
    with (
        tempfile.TemporaryDirectory(prefix="alongside-bench-", ignore_cleanup_errors=True) as home,
        embedded.running(options.keep or Path(home)) as server,
    ):
        bench = Bench(options, server)
        asyncio.run(bench.prepare())
        if options.only_exports:
            asked = (bench.token(bench.seeded.client), bench.seeded.client, bench.seeded.district)
            _say(exports.measure(server, bench.environment, *asked))
            return
        taken = asyncio.run(frameworks.measure(server.app_url, bench.seeded.district))
        words = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in taken.items())
        _say(f"a framework of {frameworks.ITEMS:,} items: {words}")
        if options.only_frameworks:
            return
        counts, plans = asyncio.run(bench.inside())
        for name, count, plan in plans:
            _say(f"{name}: {count} statements, {plan['ms']:.1f} ms, {plan['pages']} pages")
        if options.only_plans:
            return
        results = bench.run()
        shares = bench.profile()
    report = _report(bench, results, counts, plans, shares, taken)
    options.output.write_text(report, "utf-8")
    sys.stdout.write(report)


if __name__ == "__main__":
    main()
