"""A small HTTP server on loopback that takes what is sent to it and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Taken:
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


#: status, headers, body: or all of it in bytes
Answer = tuple[int, dict[str, str], bytes] | bytes


@dataclass
class Receiver:
    """What came, and how the next is answered."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    answer: Callable[[Taken], Awaitable[Answer]] | Answer = (204, {}, b"")
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").strip().split("\r\n")
                method, path, _ = first.split(" ")
                pairs = (line.split(":", 1) for line in lines)
                headers = {name.lower(): value.strip() for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Taken(method, path, headers, body)
                self.taken.append(request)
                self.came.set()
                answer: Any = self.answer
                if callable(answer):
                    answer = await answer(request)
                if isinstance(answer, tuple):
                    status, extra, content = answer
                    more = {"content-length": str(len(content)), **extra}
                    answer = f"HTTP/1.1 {status} X\r\n".encode()
                    answer += "".join(f"{k}: {v}\r\n" for k, v in more.items()).encode()
                    answer += b"\r\n" + content
                    writer.write(answer)
                    await writer.drain()
                else:
                    writer.write(answer)
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def receiving(tls: Any = None) -> AsyncIterator[Receiver]:
    """A receiver, for as long as the block runs."""
    receiver = Receiver()
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(receiver.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await server.wait_closed()
