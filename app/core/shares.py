"""Places of which there are few and that are held for long: each district leaves some to others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from app.core.errors import TooManyRequests, Unavailable

#: when to ask again: what is being sent takes from seconds to 15 minutes
_RETRY = {"Retry-After": "30"}


class DistrictShareTaken(TooManyRequests):
    """A district is sent so many exports and archives at once that others get theirs, too."""

    code, title = "district_share_taken", "Your district is sent as much at once as it may be"
    next_step = "Ask again when one of your district's exports or archives has arrived."


class Shares:
    """So many places. A district that holds some gets another only while more than these are free,
    so whoever comes next finds one: of four, one district has two at most, and three have some.

    Who waits is served in order of arrival, but for those whose district has its share.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._held: Counter[UUID] = Counter()
        self._waiting: list[tuple[UUID, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def place(self, district_id: UUID, seconds: float) -> AsyncIterator[None]:
        """A place, for as long as the block lasts. Who gets none in so many seconds is told whom
        to wait for: the own district (429) or the others (503)."""
        if self._may(district_id):
            self._give(district_id)
        else:
            await self._wait(district_id, seconds)
        try:
            yield
        finally:
            self._take_back(district_id)

    def _may(self, district_id: UUID) -> bool:
        return self._free > self._held[district_id]

    def _give(self, district_id: UUID) -> None:
        self._free -= 1
        self._held[district_id] += 1

    def _take_back(self, district_id: UUID) -> None:
        self._free += 1
        self._held[district_id] -= 1
        if not self._held[district_id]:
            del self._held[district_id]
        for waiting, given in self._waiting:
            if not given.done() and self._may(waiting):
                self._give(waiting)
                given.set_result(None)

    async def _wait(self, district_id: UUID, seconds: float) -> None:
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (district_id, given)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(seconds):
                await given
        except BaseException as exc:
            if given.done() and not given.cancelled():  # given just as the waiting ended
                self._take_back(district_id)
            if not isinstance(exc, TimeoutError):
                raise
            if self._held[district_id]:
                raise DistrictShareTaken(headers=_RETRY) from None
            raise Unavailable(
                "As many exports and archives as can be are being sent to other districts.",
                headers=_RETRY,
            ) from None
        finally:
            self._waiting.remove(entry)
