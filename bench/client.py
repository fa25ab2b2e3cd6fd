"""The load: raw sockets in a process of its own, so that its work is not counted as the server's.

Reads one JSON line on standard input: {port, token, kind, paths, seconds, connections}; writes one:
{requests, errors, seconds, milliseconds}. `kind` is `get` or `patch`.
"""

import asyncio
import json
import sys
import time
from typing import Any


async def _one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    at = head.lower().index(b"content-length:") + 15
    body = await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
    return int(head[9:12]), body


async def _connection(job: dict[str, Any], number: int, end: float, took: list[float]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", job["port"], limit=1 << 20)
    common = f"Host: bench\r\nAuthorization: Bearer {job['token']}\r\n"
    paths = job["paths"][number :: job["connections"]]
    errors = turn = 0
    versions: dict[str, int] = {}
    while time.perf_counter() < end:
        path = paths[turn % len(paths)]
        turn += 1
        if job["kind"] == "get" or path not in versions:
            request = f"GET {path} HTTP/1.1\r\n{common}\r\n".encode()
        else:
            body = json.dumps({"title": f"Edited for the {turn}th time"})
            request = (
                f'PATCH {path} HTTP/1.1\r\n{common}If-Match: "{versions[path]}"\r\n'
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        started = time.perf_counter()
        status, answer = await _one(reader, writer, request)
        if job["kind"] == "get" or path in versions:
            took.append(time.perf_counter() - started)
            errors += status != 200
        if job["kind"] == "patch":
            versions[path] = json.loads(answer)["version"]
    writer.close()
    return errors


async def _run(job: dict[str, Any]) -> dict[str, Any]:
    took: list[float] = []
    started = time.perf_counter()
    end = started + job["seconds"]
    errors = await asyncio.gather(
        *(_connection(job, number, end, took) for number in range(job["connections"]))
    )
    seconds = time.perf_counter() - started
    took.sort()
    return {
        "requests": len(took),
        "errors": sum(errors),
        "rate": len(took) / seconds,
        "p50": took[len(took) // 2] * 1000,
        "p99": took[int(len(took) * 0.99)] * 1000,
    }


if __name__ == "__main__":
    import uvloop

    sys.stdout.write(json.dumps(uvloop.run(_run(json.loads(sys.stdin.readline())))))
