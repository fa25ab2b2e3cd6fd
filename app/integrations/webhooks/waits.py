"""How long a message waits that was not taken: by itself, or as the receiver asks."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: the waits between the tries of a message, each 20 % more or less by chance: 76 hours together
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.2
#: how long a receiver can have us wait
SHORTEST_ASKED, LONGEST_ASKED = timedelta(seconds=5), timedelta(hours=24)


def asked_to_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """What `Retry-After` asks for, seconds or a date, within bounds; None when it says nothing."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        wait = timedelta(seconds=int(value))
    else:
        try:
            wait = parsedate_to_datetime(value).astimezone(UTC) - now
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(wait, SHORTEST_ASKED), LONGEST_ASKED)


def wait_after(tries: int) -> timedelta:
    """How long a message waits that failed so often, more or less by chance, so that many do not
    come back at once."""
    wait = WAITS[min(tries, len(WAITS)) - 1]
    return wait * random.uniform(1 - JITTER, 1 + JITTER)
