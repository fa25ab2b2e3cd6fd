"""A warehouse's pull of all goals: the program's one streamed answer beside DRF's pages.

In Django REST framework a client walks through pages of 200. Each page costs the same wherever it
is, so some seconds of walking tell the speed of the whole. Their rows are compared first, with the
program's own page of the same goals.
"""

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

from bench.exports import exported
from bench.measure import BenchError, Target, median, start, stop
from bench.report import OURS, THEIRS, Line, differs, times
from bench.work import Callers, _plain, _same

PAGES = "/api/v1/goals?limit=200"
BAR, RUNS = 20, 5


def measure(callers: Callers, seconds: int) -> tuple[Line, str]:
    """Take turns; the bar, and in words what came of it."""
    token = callers.token(callers.seeded.client)
    ours = start(OURS, "program", callers.environment)
    theirs = start(THEIRS, "drf", callers.environment)
    mine, again, other = [], [], []
    try:
        pages = {target.name: _plain(_walked(target, token, 0)[0]) for target in (ours, theirs)}
        _same("a page of a pull", pages)
        for _ in range(RUNS):
            mine.append(_rate(ours, token))
            walked, took = _walked(theirs, token, 3 * seconds)
            other.append({"rate": len(walked) / took})
            again.append(_rate(ours, token))
    finally:
        stop(ours)
        stop(theirs)
    said = (
        f"Medians of {RUNS} turns: the export {median(mine, 'rate'):,.0f} rows/s, DRF's pages of "
        f"200 {median(other, 'rate'):,.0f} rows/s, the export again {median(again, 'rate'):,.0f} "
        "rows/s."
    )
    line = Line(
        "pull of all goals",
        "rows/s vs DRF",
        BAR,
        None,
        times(mine, other, "rate"),
        at_least=True,
        noise=differs(mine, again, "rate"),
    )
    return line, said


def _rate(target: Target, token: str) -> dict[str, float]:
    seconds, rows, _ = exported(target, token)
    return {"rate": rows / seconds}


def _walked(target: Target, token: str, seconds: int) -> tuple[list[Any], float]:
    """The rows of the first page and of those that follow, and the seconds it took."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
    began, path, rows = time.perf_counter(), PAGES, []
    try:
        while path:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise BenchError(f"{target.name} answered a pull with {answer.status}")
            page = json.loads(answer.read())
            rows += page["items"]
            # a cursor from the program, a whole address from the framework
            following = urlsplit(page["next"] or "")
            path = f"{following.path}?{following.query}" if following.query else ""
            if time.perf_counter() - began >= seconds:
                break
        return rows, time.perf_counter() - began
    finally:
        connection.close()
