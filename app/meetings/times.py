"""Wall time: a 15:00 1:1 stays at 15:00 across a clock change (domain.md §5)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.errors import BadRequest


class DaysReversed(BadRequest):
    """`from` is a later day than `to`, so no day lies between them."""

    code, title = "days_reversed", "`from` is after `to`"
    next_step = "Send the earlier day as `from`."


def check_days(first: date | None, last: date | None) -> None:
    """Refuse a first day that lies behind the last (400)."""
    if first is not None and last is not None and first > last:
        raise DaysReversed


def instant(on: date, at: str, zone: str) -> tuple[datetime, bool]:
    """When the wall of `zone` shows this day and time (HH:MM), in UTC, and whether it had to move.

    A time that the clock skips moves forward by what is skipped; of an ambiguous one it is the
    first.
    """
    wall = datetime.combine(on, time.fromisoformat(at), ZoneInfo(zone))
    found = wall.astimezone(UTC)
    moved = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall.replace(tzinfo=None)
    return found, moved


def span(on: date, at: str, zone: str, minutes: int) -> dict[str, object]:
    """The columns of a meeting that say when it is."""
    starts, moved = instant(on, at, zone)
    return {
        "on": on,
        "at": at,
        "zone": zone,
        "minutes": minutes,
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=minutes),
        "time_moved": moved,
    }
