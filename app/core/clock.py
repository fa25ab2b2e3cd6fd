"""The time, and new identifiers that carry it.

Everything that needs the time asks here, so a test can stop the clock. Instants are UTC with a
zone; dates are taken in a named zone, because "today" is a fact about a place (domain.md §5).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo


def _system_time() -> datetime:
    return datetime.now(UTC)


_time: Callable[[], datetime] = _system_time
_random: Callable[[int], bytes] = os.urandom


def now() -> datetime:
    """The present instant, UTC, to the microsecond."""
    return _time()


def today(zone: str) -> date:
    """Today's date in an IANA zone."""
    return day_of(_time(), zone)


def day_of(instant: datetime, zone: str) -> date:
    """The date of an instant in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def hour(zone: str) -> int:
    """The hour of the day in an IANA zone, 0 to 23."""
    return _time().astimezone(ZoneInfo(zone)).hour


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, then random bits. New rows land at the end of an index."""
    milliseconds = int(_time().timestamp() * 1000)
    noise = int.from_bytes(_random(10), "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | (noise >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | noise & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=value)


@contextmanager
def stopped(
    time: Callable[[], datetime], random: Callable[[int], bytes] = os.urandom
) -> Iterator[None]:
    """Run with another source of time and of the identifiers' random bits (tests, examples)."""
    global _time, _random
    before = (_time, _random)
    _time, _random = time, random
    try:
        yield
    finally:
        _time, _random = before
