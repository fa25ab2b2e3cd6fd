"""From a template's weeks to days (R11). One rule: week 1 is the week of the first day, a week is
Monday to Friday, and a week that the school calendar has wholly off is no week: what follows moves
back. A week with tests in it is kept, and named."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from app.relationships.pair import day_off

_WEEK, _TO_FRIDAY = timedelta(weeks=1), timedelta(days=4)
_SATURDAY = 5


def monday_of(on: date) -> date:
    """The Monday of the day's week; a weekend belongs to the week that it is before."""
    ahead = 7 if on.weekday() >= _SATURDAY else 0
    return on + timedelta(days=ahead - on.weekday())


def _five(monday: date) -> Iterator[date]:
    return (monday + timedelta(days=number) for number in range(5))


def _is_off(days: list[Any], monday: date) -> bool:
    return all(day_off(days, on) == "holiday" for on in _five(monday))


def place(
    entries: list[dict[str, Any]], year: Any, starts_on: date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The entries with their days, and those whose last week begins after the school year is over.
    The first and the last week are cut to the year."""
    needed = max((entry["week"] + entry["weeks"] - 1 for entry in entries), default=0)
    weeks: list[date] = []
    monday = monday_of(starts_on)
    while len(weeks) < needed and monday <= year.last_day:
        if not _is_off(year.days, monday):
            weeks.append(monday)
        monday += _WEEK
    placed, beyond = [], []
    for entry in entries:
        last = entry["week"] + entry["weeks"] - 1
        if last > len(weeks):
            beyond.append(entry)
            continue
        placed.append(
            {
                "kind": entry["kind"],
                "title": entry["title"],
                "on": max(weeks[entry["week"] - 1], year.first_day),
                "until_on": min(weeks[last - 1] + _TO_FRIDAY, year.last_day),
            }
        )
    return placed, beyond


def notes(days: list[Any], first: date, last: date) -> list[dict[str, str]]:
    """The weeks between two days that have tests in them or are wholly off, in their order."""
    found = []
    monday = monday_of(first)
    while monday <= last:
        if _is_off(days, monday):
            words = f"The school calendar has the week of {monday} off."
            found.append({"code": "week_off", "message": words})
        elif any(day_off(days, on) == "testing" for on in _five(monday)):
            words = f"There are tests in the week of {monday}."
            found.append({"code": "testing_week", "message": words})
        monday += _WEEK
    return found
