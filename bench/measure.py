"""Starting servers, loading them in turn, and reading what the kernel says they used."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 8


@dataclass
class Target:
    """A running server."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def memory(self) -> float:
        """Resident MB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


def start(name: str, kind: str, environment: dict[str, str], profile: str | None = None) -> Target:
    """Start a server and wait until it takes connections."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "bench.server", kind, str(port)]
    process = subprocess.Popen(  # noqa: S603  # our own module
        command + ([profile] if profile else []),
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return Target(name, port, process)
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"{name} did not start")


def stop(target: Target) -> None:
    """End a server in order."""
    target.process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        target.process.wait(15)
    if target.process.poll() is None:
        target.process.kill()
        target.process.wait()


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process used so far."""
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


def load(
    target: Target, token: str, kind: str, paths: Sequence[str], seconds: float, postgres: int
) -> dict[str, float]:
    """Load a server for some seconds; rate, times in ms, CPU per request in µs."""
    job = {
        "port": target.port,
        "token": token,
        "kind": kind,
        "paths": list(paths),
        "seconds": seconds,
        "connections": CONNECTIONS,
    }
    servers = _below(postgres)
    before = _cpu(target.process.pid), {pid: _cpu(pid) for pid in servers}
    done = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        input=json.dumps(job).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    if result["errors"]:
        raise RuntimeError(f"{target.name} answered {result['errors']} requests with an error")
    database = sum(_cpu(pid) - before[1].get(pid, 0.0) for pid in _below(postgres))
    result["cpu"] = (_cpu(target.process.pid) - before[0]) / result["requests"] * 1e6
    result["database_cpu"] = database / result["requests"] * 1e6
    result["memory"] = target.memory()
    return result


def median(runs: list[dict[str, float]], name: str) -> float:
    """The median of a figure over the runs."""
    return statistics.median(run[name] for run in runs)
