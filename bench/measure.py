"""Starting servers, loading them in turn, and reading what the kernel says they used."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import asyncpg

from app.core import embedded
from bench.environment import program

_TICK = os.sysconf("SC_CLK_TCK")
_SCRIPT = Path(__file__).with_name("wrk.lua")
CONNECTIONS = 16
#: of the database's own memory: a million goals are 3 GB
BUFFERS = "4GB"
#: how long a server may take to its first answer, on whatever machine
START_SECONDS = 120
#: Of gunicorn's own workers gthread is the one that keeps connections alive, as uvicorn does: its
#: `sync` worker closes each after one answer and must stand behind a proxy. Its documentation
#: advises two to four threads and workers for each core; one worker each is what is compared.
_GUNICORN = ("--workers", "1", "--worker-class", "gthread", "--threads", "4", "--keep-alive", "75")


class BenchError(Exception):
    """The measuring cannot go on; the text says why."""


class Unanswered(BenchError):
    """The seconds were over before the first answer: the machine is busy with something else."""


@dataclass
class Target:
    """A running server."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def processes(self) -> list[int]:
        """Its process and those below it."""
        return [self.process.pid, *_below(self.process.pid)]

    def memory(self) -> float:
        """Resident MB of its largest process: gunicorn's worker, not the master above it."""
        largest = 0
        for pid in self.processes():
            with suppress(OSError):
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmRSS:"):
                        largest = max(largest, int(line.split()[1]))
        return largest / 1024

    def cpu(self) -> float:
        """Seconds of CPU it used so far."""
        return sum(_cpu(pid) for pid in self.processes())

    def ticks(self) -> float:
        """The same in hundredths of a second: a server that idles wakes up for less than one."""
        return sum(_ticks(pid) for pid in self.processes())


def wrk() -> str:
    """wrk's program. Raises BenchError where there is none."""
    found = shutil.which("wrk")
    if found is None:
        raise BenchError(
            "wrk, which makes the load, is not on the PATH: on Debian and Ubuntu "
            "`apt install wrk`, on macOS `brew install wrk`."
        )
    return found


@contextmanager
def database(place: Path) -> Iterator[embedded.Server]:
    """The database of a folder, with memory for the whole of a large district: what it must read
    from a disk again, whenever the machine lets go of cached files, is the disk's speed.
    """
    with embedded.running(place) as server:
        asyncio.run(_told(server.superuser_url, f"alter system set shared_buffers = '{BUFFERS}'"))
    with embedded.running(place) as server:
        yield server


@contextmanager
def undisturbed(url: str) -> Iterator[None]:
    """PostgreSQL does its own housekeeping before the block instead of within it: a checkpoint or
    a vacuum takes longer than one load, and whichever server it falls to would be the slow one.
    """
    waits = {"checkpoint_timeout": "1h", "max_wal_size": "16GB", "autovacuum": "off"}
    told = [f"alter system set {name} = '{value}'" for name, value in waits.items()]
    asyncio.run(_told(url, "vacuum (analyze)", "checkpoint", *told, "select pg_reload_conf()"))
    try:
        yield
    finally:
        reset = [f"alter system reset {name}" for name in waits]
        asyncio.run(_told(url, *reset, "select pg_reload_conf()"))


async def _told(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def start(
    name: str,
    kind: str,
    environment: dict[str, str],
    *more: str,
    answers: str = "/livez",
) -> Target:
    """Start a server and wait until it answers. `kind` is `drf` or one of bench.server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "bench.server", kind, str(port), *more]
    if kind == "drf":
        command = [
            *(str(program("gunicorn")), "bench.drf.wsgi", *_GUNICORN),
            *("--bind", f"127.0.0.1:{port}", "--log-level", "warning"),
        ]
    with NamedTemporaryFile(prefix=f"bench-{kind}-") as log:
        process = subprocess.Popen(  # noqa: S603  # our own module, or the comparison's gunicorn
            command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=log
        )
        target = Target(name, port, process)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with suppress(OSError), urllib.request.urlopen(target.url + answers, timeout=5):  # noqa: S310
                return target
            if process.poll() is not None:
                break
            time.sleep(0.005)
        said = Path(log.name).read_text(errors="replace")[-2000:]
    stop(target)
    ended = process.returncode
    raise BenchError(f"{name} did not start ({ended=}, of {START_SECONDS} s):\n{said}")


def stop(target: Target) -> None:
    """End a server in order."""
    target.process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        target.process.wait(15)
    if target.process.poll() is None:
        target.process.kill()
        target.process.wait()


def _cpu(pid: int) -> float:
    """To the nanosecond where the kernel counts so: a process that has its turn seldom can answer
    for a whole second and not fill a hundredth."""
    used = 0
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # a thread that has just ended
                used += int((task / "schedstat").read_text().split()[0])
    return max(used / 1e9, _ticks(pid))  # of threads that ended, only the ticks are left


def _ticks(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK
    return 0.0


def _below(pid: int) -> list[int]:
    """The processes below one, however deep."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_below(int(child))]
    return found


def _answering(postgres: int) -> bool:
    """Whether a connection to the database is amid a statement or a transaction: PostgreSQL writes
    what each is at behind its name."""
    for pid in _below(postgres):
        with suppress(OSError):
            title = (
                Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0 ").decode(errors="replace")
            )
            client = re.match(r"postgres: .* (\[local\]|[0-9a-f.:]+\([0-9]+\)) ", title)
            if client and not title.endswith(" idle"):
                return True
    return False


def load(target: Target, requests: list[str], seconds: int, postgres: int) -> dict[str, float]:
    """Load a server for some seconds: requests a second, times in ms, CPU a request in µs.

    `requests` are lines for wrk.lua. Raises BenchError for any answer but 2xx, and any edit that
    did not answer the goal.
    """
    with NamedTemporaryFile("w", prefix="bench-requests-") as file:
        file.write("\n".join(requests) + "\n")
        file.flush()
        before = target.cpu(), {pid: _cpu(pid) for pid in _below(postgres)}
        done = subprocess.run(  # noqa: S603  # wrk
            [
                *(wrk(), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"),
                *("-s", str(_SCRIPT), target.url, "--", file.name),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        used = target.cpu() - before[0]
        database = sum(_cpu(pid) - before[1].get(pid, 0.0) for pid in _below(postgres))
    _settle(target, postgres)
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not last.startswith("{"):
        raise BenchError(f"wrk failed at {target.name}:\n{done.stdout[-2000:]}")
    seen: dict[str, Any] = json.loads(last)
    wrong = {
        name: seen[name]
        for name in ("status", "connect", "read", "write", "timeout", "not_edited")
        if seen[name]
    }
    if wrong:
        said = seen["said"] and f", first {seen['said']}"
        raise BenchError(f"{target.name} did not answer everything with 2xx: {wrong}{said}")
    if not seen["requests"]:
        raise Unanswered(f"{target.name} answered nothing within {seconds} s")
    return {
        "rate": seen["requests"] / seen["microseconds"] * 1e6,
        "p50": seen["p50"] / 1000,
        "p99": seen["p99"] / 1000,
        "cpu": used / seen["requests"] * 1e6,
        "database_cpu": database / seen["requests"] * 1e6,
        "memory": target.memory(),
    }


def _settle(target: Target, postgres: int) -> None:
    """Wait until a server is done with what was under way when wrk hung up: its last edits must not
    come between the reading of versions and the next edits."""
    quiet = 0  # twice in a row: where others use the cores, it may once just not have had its turn
    for _ in range(300):
        before = target.ticks()
        time.sleep(0.2)
        rests = target.ticks() == before and not _answering(postgres)
        quiet = quiet + 1 if rests else 0
        if quiet == 2:
            return
    raise BenchError(f"{target.name} does not come to rest after the load")


def median(runs: list[dict[str, float]], name: str) -> float:
    """The median of a figure over the runs."""
    return statistics.median(run[name] for run in runs)
