"""How often a caller may ask, in process; sign-in is slowed by a table (auth/attempts.py)."""

import time
from typing import Any

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from app.core.errors import TooManyRequests

SWEEP_SECONDS = 10.0


class _Counters(MemoryStorage):
    """Counters in memory. What expired is swept now and then by whoever counts: the library starts
    a thread for it at nearly every request, about a third of a millisecond each."""

    _next_sweep = 0.0

    def _MemoryStorage__schedule_expiry(self) -> None:
        if (now := time.monotonic()) >= self._next_sweep:
            self._next_sweep = now + SWEEP_SECONDS
            library: Any = self
            library._MemoryStorage__expire_events()


class Limiter:
    """A sliding window a minute long per key."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(_Counters())

    def take(self, key: str, per_minute: int) -> tuple[bool, int, int]:
        """(allowed, how many remain, seconds until the window renews)."""
        item = RateLimitItemPerMinute(per_minute)
        allowed = self._limiter.hit(item, key)
        stats = self._limiter.get_window_stats(item, key)
        return allowed, stats.remaining, max(1, round(stats.reset_time - time.time()))


def spend(request: Request, key: str, per_minute: int) -> None:
    """Count this request against the caller's limit; 429 when it is used up."""
    if not request.app.state.settings.limits_enabled:
        return
    allowed, remaining, reset = request.app.state.limiter.take(key, per_minute)
    headers = {
        "RateLimit": f'"minute";r={remaining};t={reset}',
        "RateLimit-Policy": f'"minute";q={per_minute};w=60',
    }
    request.scope.setdefault("extra_headers", {}).update(headers)
    if not allowed:
        raise TooManyRequests(
            f"At most {per_minute} requests a minute.", headers={"Retry-After": str(reset)}
        )
