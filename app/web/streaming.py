"""Answers that are made while they are sent: no more of them is in memory than a part."""

import asyncio
import re
import time
import zlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

import structlog
from fastapi import Response
from starlette.types import Message, Receive, Scope, Send

from app.settings import Settings

if TYPE_CHECKING:
    from app.web.unit import UnitOfWork

log = structlog.get_logger("alongside")
#: seconds a client may rest before it counts how fast it takes the answer
_GRACE = 20.0
#: seconds after which it is looked at again whether the caller may still ask
_ASK_AGAIN = 5.0
#: how hard gzip tries: little, for ten times the bytes a second of the usual
_LEVEL = 1


class StreamEnded(ConnectionError):
    """The answer broke off amid its bytes; the connection is closed, so that nobody takes what
    came for the whole."""


class Streamed(Response):
    """An answer in parts. The session it is read from is closed with the last of them, or as soon
    as the client is gone or too slow, the time is over, or the caller's session has ended."""

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        filename: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.parts = parts
        self.status_code = 200
        self.background = None
        disposition = f'attachment; filename="{filename}"'
        self.init_headers({"Content-Disposition": disposition, **(headers or {})})
        self._work: UnitOfWork | None = None
        self._seconds, self._rate = 0.0, 1

    def take_over(self, work: "UnitOfWork", settings: Settings) -> bool:
        """From now on the unit of work ends with this answer."""
        self._work = work
        self._seconds = settings.stream_seconds
        self._rate = settings.stream_bytes_per_second
        return True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._work is not None
        leaving = asyncio.ensure_future(_gone(receive))
        begun = False
        try:
            async with asyncio.timeout(self._seconds) as until:
                # also while the database is silent
                leaving.add_done_callback(lambda _: _end_now(until))
                waited, taken, asked = 0.0, 0, time.monotonic()
                async for part in self.parts:
                    if time.monotonic() > asked + _ASK_AGAIN:
                        if not await self._work.still():
                            raise StreamEnded
                        asked = time.monotonic()
                    if not begun:
                        # not sooner: what fails before the first part is answered as a problem
                        await send(self._start())
                        begun = True
                    allowed = _GRACE + (taken + len(part)) / self._rate - waited
                    started = time.monotonic()
                    async with asyncio.timeout(allowed):
                        await send({"type": "http.response.body", "body": part, "more_body": True})
                    waited += time.monotonic() - started
                    taken += len(part)
                await self.parts.aclose()
            await self._work.close()
        except BaseException as exc:
            await self._break_off(exc)
            if not begun and isinstance(exc, TimeoutError):
                raise StreamEnded from None
            if not begun or not isinstance(exc, Exception):
                raise
            if leaving.done():
                return
            # The type alone: an exception's text may quote a row, and the server writes it down.
            log.warning(
                "stream_broken", error=type(exc).__name__, request_id=scope.get("request_id")
            )
            raise StreamEnded from None
        finally:
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _break_off(self, why: BaseException) -> None:
        """Close what the answer is read from, which may be amid an answer itself."""
        assert self._work is not None
        try:
            await self.parts.aclose()
        finally:
            try:
                await self._work.abandon(why)
            except BaseException as exc:
                if exc is not why:
                    raise

    def _start(self) -> Message:
        return {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }


async def _gone(receive: Receive) -> None:
    """Done when the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _end_now(until: asyncio.Timeout) -> None:
    """End a block whose time is limited, unless it has ended."""
    if not until.expired():
        with suppress(RuntimeError):
            until.reschedule(asyncio.get_running_loop().time())


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client asked for gzip by name (RFC 9110: a weight of 0 refuses)."""
    for choice in accept_encoding.lower().split(","):
        name, _, weight = choice.replace(" ", "").partition(";")
        if name in ("gzip", "x-gzip"):
            return re.fullmatch(r"q=0(\.0*)?", weight) is None
    return False


async def gzipped(parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The parts as gzip, squeezed in a thread, one after the other."""
    squeezed = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    async with aclosing(parts):
        async for part in parts:
            if made := await asyncio.to_thread(squeezed.compress, part):
                yield made
    yield squeezed.flush()
