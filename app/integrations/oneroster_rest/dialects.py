"""How services say that something is wrong: OneRoster 1.2, 1.1, OAuth 2 and plain HTTP.

Only words of the standards are taken from a refusal; its description is written by a stranger and
may hold anything, so nobody reads on.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from app.integrations.oneroster_rest.failures import Again, AskedTooMuch, Failed

#: minor codes of both versions, and errors of OAuth 2
_KNOWN: Final = frozenset(
    {
        *("unauthorisedrequest", "unauthorized", "forbidden", "server_busy", "invalid_token"),
        *("invalid_filter_field", "invalid_selection_field", "invalid_sort_field"),
        *("internal_server_error", "unknownobject", "invalid_client", "invalid_scope"),
        *("unauthorized_client", "access_denied", "temporarily_unavailable", "server_error"),
        *("insufficient_scope", "invalid_data"),
    }
)
_ASKED_TOO_MUCH: Final = frozenset(
    {"invalid_filter_field", "invalid_selection_field", "invalid_sort_field"}
)
#: longer than this nobody is waited for at once
LONGEST_WAIT: Final = timedelta(hours=1)
#: an error document that is longer is not read
_LONGEST: Final = 64 * 1024


def parsed(body: bytes) -> Any:
    """The JSON of a body; ValueError for what is none, however it fails."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        # the error holds the text, which may name people: it must not be chained into a log
        raise ValueError from None


def codes(said: Any) -> set[str]:
    """The words of the standards in an error document, in lower case."""
    found: set[str] = set()
    if not isinstance(said, dict):
        return found
    several = said.get("statusInfoSet")
    for part in [said, *(several if isinstance(several, list) else [several])][:20]:
        if isinstance(part, dict):
            found |= _minor(part)
    error = said.get("error")
    found.add(error.lower() if isinstance(error, str) else "")
    return found & _KNOWN


def _minor(part: Mapping[str, Any]) -> set[str]:
    """`imsx_codeMinor` is text in 1.1; `imsx_CodeMinor` holds a list of fields in 1.2."""
    found: set[str] = set()
    for name in ("imsx_CodeMinor", "imsx_codeMinor"):
        value = part.get(name)
        fields = value.get("imsx_codeMinorField") if isinstance(value, dict) else value
        for field in (fields if isinstance(fields, list) else [fields])[:20]:
            if isinstance(field, dict):
                field = field.get("imsx_codeMinorFieldValue")
            if isinstance(field, str):
                found.add(field.lower())
    return found


def is_failure(said: Any) -> bool:
    """Whether a document reports a failure, whatever its HTTP status says."""
    if not isinstance(said, dict):
        return False
    several = said.get("statusInfoSet")
    parts = [said, *(several if isinstance(several, list) else [several])]
    majors = [part.get("imsx_codeMajor") for part in parts if isinstance(part, dict)]
    return any(isinstance(major, str) and major.lower() == "failure" for major in majors)


def refused(status: int, headers: Mapping[str, str], body: bytes) -> Exception:
    """What a refusal of a collection comes to. A 401 is the caller's: a token may be old."""
    try:
        found = codes(parsed(body)) if len(body) <= _LONGEST else set()
    except ValueError:
        found = set()
    if 300 <= status < 400:
        return Failed("redirected", status)
    if status == 429 or "server_busy" in found:
        return Again("busy", status, retry_after(headers))
    if found & _ASKED_TOO_MUCH:
        return AskedTooMuch(status)
    if found & {"unauthorisedrequest", "unauthorized", "invalid_token"} or status == 401:
        return Failed("sign_in_refused", status)
    if "insufficient_scope" in found:
        return Failed("scope_refused", status)
    if status == 403 or "forbidden" in found:
        return Failed("forbidden", status)
    if status in (400, 422):
        return AskedTooMuch(status)
    if status in (404, 410) or "unknownobject" in found:
        return Failed("not_found", status)
    if status >= 500 or status in (408, 425) or "internal_server_error" in found:
        return Again("failing", status, retry_after(headers))
    return Failed("refused", status)


def refused_token(status: int, headers: Mapping[str, str], body: bytes) -> Exception:
    """What a refusal by the token address comes to."""
    try:
        found = codes(parsed(body)) if len(body) <= _LONGEST else set()
    except ValueError:
        found = set()
    if 300 <= status < 400:
        return Failed("redirected", status)
    if status == 429 or found & {"temporarily_unavailable", "server_busy"}:
        return Again("busy", status, retry_after(headers))
    if status >= 500 or status in (408, 425):
        return Again("failing", status, retry_after(headers))
    if found & {"invalid_scope", "access_denied", "insufficient_scope"}:
        return Failed("scope_refused", status)
    if status in (400, 401, 403):
        return Failed("sign_in_refused", status)
    return Failed("token_unusable", status)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """How long the service asks to wait, in seconds or until a date; at most an hour."""
    value = (headers.get("retry-after") or "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return min(timedelta(seconds=int(value)), LONGEST_WAIT)
    at = http_date(value)
    if at is None:
        return None
    return min(max(at - (now or datetime.now(UTC)), timedelta(0)), LONGEST_WAIT)


def http_date(value: str | None) -> datetime | None:
    """A date of HTTP, or None."""
    try:
        at = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
