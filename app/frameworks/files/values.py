"""Single values as CASE 1.1 writes them, out of anything that means them; else `Unfit`."""

import json
import re
from datetime import date, datetime
from typing import Any, Final

from app.frameworks.files.shape import as_uuid

_INSTANT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(\.\d+)?\s*(Z|z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
BREAKS: Final = re.compile(r"[\t\r\n]")
_LARGEST: Final = 2**53


class Unfit(Exception):
    """A value that its field cannot hold."""


def uuid_of(value: Any) -> str:
    """A UUID in lower case."""
    found = as_uuid(value)
    if found is None:
        raise Unfit
    return found


def text_of(value: Any) -> str:
    """A text; numbers are written out."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return str(value)
    raise Unfit


def line_of(value: Any) -> str:
    """A text without line breaks and tabs."""
    return BREAKS.sub(" ", text_of(value))


def uri_of(value: Any) -> str:
    """An address, also out of a link."""
    if not isinstance(value, str) and isinstance(value, dict):
        value = value.get("uri")
    if not isinstance(value, str) or not value.strip():
        raise Unfit
    return BREAKS.sub("", value.strip())


def list_of(value: Any) -> list[Any]:
    """A list, also of a single value."""
    listed = value if isinstance(value, list) else [value]
    return [part for part in listed if part is not None]


def lines_of(value: Any) -> list[str]:
    """A list of lines."""
    return [line_of(part) for part in list_of(value)]


def date_of(value: Any) -> str:
    """A date, also the one an instant begins with."""
    found = _INSTANT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Unfit
    try:
        return date.fromisoformat(found[1]).isoformat()
    except ValueError as exc:
        raise Unfit from exc


def instant_of(value: Any) -> str:
    """An instant of RFC 3339; one without a zone is taken as UTC."""
    found = _INSTANT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Unfit
    day, minute, second, fraction, zone = found.groups()
    zone = (zone or "Z").upper()
    zone = zone if len(zone) in (1, 6) else f"{zone[:3]}:{zone[3:]}"
    written = f"{day}T{minute or '00:00'}{second or ':00'}{fraction or ''}{zone}"
    try:
        datetime.fromisoformat(f"{written[:19]}{'' if zone == 'Z' else zone}")
    except ValueError as exc:
        raise Unfit from exc
    return written


def number_of(value: Any) -> float | int:
    """A number that a double holds, also out of a text."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError as exc:
            raise Unfit from exc
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise Unfit
    return int(value) if float(value).is_integer() else value


def integer_of(value: Any) -> int:
    """A whole number."""
    number = number_of(value)
    if not isinstance(number, int):
        raise Unfit
    return number
