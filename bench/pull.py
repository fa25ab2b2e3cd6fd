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

from bench.measure import BenchError, Target, start, stop
from bench.report import OURS, THEIRS
from bench.work import Callers, _plain, _same

EXPORT, PAGES = "/api/v1/exports/goals", "/api/v1/goals?limit=200"
BAR = 20


def table(callers: Callers, seconds: int) -> list[str]:
    """Lines of the report; none where the program has no export."""
    token = callers.token(callers.seeded.client)
    ours = start(OURS, "program", callers.environment)
    theirs = start(THEIRS, "drf", callers.environment)
    try:
        pages = {target.name: _plain(_walked(target, token, 0)[0]) for target in (ours, theirs)}
        _same("a page of a pull", pages)
        began = time.perf_counter()
        rows = _exported(ours, token)
        if rows is None:
            return []
        mine = rows / (time.perf_counter() - began)
        walked, took = _walked(theirs, token, 3 * seconds)
        other = len(walked) / took
    finally:
        stop(ours)
        stop(theirs)
    said = "pass" if mine / other >= BAR else "**miss**"
    return [
        "| rows/s of the export | rows/s of DRF's pages | times | bar | verdict |",
        "|---:|---:|---:|---:|---|",
        f"| {mine:,.0f} | {other:,.0f} | {mine / other:.1f} | ≥ {BAR} | {said} |",
    ]


def _exported(target: Target, token: str) -> int | None:
    """How many rows an export has; None where the program exports nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=900)
    try:
        connection.request("GET", EXPORT, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise BenchError(f"the export was answered with {answer.status}")
        lines = 0
        while part := answer.read1(1 << 20):
            lines += part.count(b"\n")
        return lines
    finally:
        connection.close()


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
