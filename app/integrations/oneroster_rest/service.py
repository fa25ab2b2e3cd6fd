"""Asking a OneRoster 1.2 service for a page: the token (OAuth 2 client credentials), the request,
and what the answer is worth. Nothing here waits: who asks decides when to ask again."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, quote_plus

from app.core import clock, outside
from app.integrations.oneroster_rest.dialects import (
    http_date,
    is_failure,
    parsed,
    refused,
    refused_token,
)
from app.integrations.oneroster_rest.failures import Again, Failed
from app.integrations.oneroster_rest.paging import LIMIT, Position, Seen, next_link
from app.settings import Allowed

#: below the base address
PATH: Final = "/ims/oneroster/rostering/v1p2"
PAGE_BYTES: Final = 16 * 1024 * 1024
#: a page of millions of empty objects would take thirty times its bytes, and stop the process
#: while it is read; twice as many as 16 MiB of people have
PAGE_PARTS: Final = 1_500_000
TOKEN_BYTES: Final = 64 * 1024
TIMEOUT: Final = outside.Timeout(connect=5, read=20, total=25)
#: token and page together: the transaction around them is idle meanwhile, for a minute at most
SECONDS: Final = 50.0
#: a token is not used in its last seconds, and longer than a day not at all
_MARGIN, _UNSAID, _LONGEST = 30, 600, 86_400

#: collection → the filter that leaves students out
STAFF_ONLY: Final = {"users": "roles.role!='student'", "enrollments": "role!='student'"}


@dataclass(frozen=True, slots=True)
class Account:
    """Where a district's service is and how to sign in there."""

    base_url: str
    token_url: str
    client_id: str
    secret: str
    scopes: tuple[str, ...]
    #: changes with every change of the above, so that no token outlives it
    key: str

    def __repr__(self) -> str:
        """Without the secret, should it ever reach a log."""
        return f"Account({self.key})"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its records as JSON, and what it said about paging."""

    records: list[Any]
    seen: Seen
    #: where it came from
    address: str
    size: int
    #: the service's clock, or ours when it does not say
    at: datetime


class Tokens:
    """Access tokens of this process, until shortly before they expire."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, datetime]] = {}

    def get(self, account: Account) -> str | None:
        """A token that is good still."""
        token, until = self._kept.get(account.key, ("", clock.now()))
        return token if clock.now() < until else None

    def put(self, account: Account, token: str, seconds: float) -> None:
        """Keep it for so many seconds, less a margin."""
        if len(self._kept) > 1000:
            self._kept.clear()
        until = clock.now() + timedelta(seconds=max(seconds - _MARGIN, 0))
        self._kept[account.key] = (token, until)

    def drop(self, account: Account) -> None:
        """It was refused."""
        self._kept.pop(account.key, None)


class Service:
    """One district's service."""

    def __init__(self, account: Account, tokens: Tokens, allowed: Iterable[Allowed]) -> None:
        self.account, self.tokens, self.allowed = account, tokens, tuple(allowed)

    async def page(
        self, collection: str, position: Position, *, staff_only: bool, since: datetime | None
    ) -> Page:
        """The page at a position. Raises Failed, Again or AskedTooMuch."""
        address = position.link or self._address(collection, position, staff_only, since)
        try:
            async with (
                asyncio.timeout(SECONDS),
                outside.client(allowed=self.allowed, timeout=TIMEOUT) as http,
            ):
                answer = await self._get(http, address)
        except TimeoutError as exc:
            raise Again("slow") from exc
        except outside.Refused as exc:
            raise Failed("address_refused") from exc
        except outside.Unreachable as exc:
            raise _unreachable(exc) from exc
        # megabytes of JSON would hold up everybody else
        return await asyncio.to_thread(_read, collection, address, answer)

    def _address(
        self, collection: str, position: Position, staff_only: bool, since: datetime | None
    ) -> str:
        asked: list[tuple[str, str]] = [
            ("limit", "1" if position.counting else str(LIMIT)),
            ("offset", "0" if position.counting else str(position.rows)),
        ]
        conditions: list[str] = []
        if staff_only and not position.plain and not position.counting:
            conditions += [STAFF_ONLY[collection]] if collection in STAFF_ONLY else []
        if since is not None:
            at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            conditions.append(f"dateLastModified>'{at}'")
        if position.counting:
            asked.append(("fields", "sourcedId"))
        elif not position.plain:
            asked += [("sort", "sourcedId"), ("orderBy", "asc")]
        if conditions:
            asked.append(("filter", " AND ".join(conditions)))
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked)
        return f"{root(self.account.base_url)}/{collection}?{query}"

    async def _get(self, http: outside.Outside, address: str) -> outside.Response:
        """The answer with a token that is kept, and with a new one when that is refused."""
        token = self.tokens.get(self.account)
        for fresh in (token is None, True):
            if token is None:
                token = await self._token(http)
            answer = await http.request(
                "GET",
                address,
                headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
                max_bytes=PAGE_BYTES,
            )
            if answer.status != 401:
                break
            self.tokens.drop(self.account)
            token = None
            if fresh:
                break
        if answer.status != 200:
            raise refused(answer.status, answer.headers, answer.body)
        return answer

    async def _token(self, http: outside.Outside) -> str:
        pair = f"{quote_plus(self.account.client_id)}:{quote_plus(self.account.secret)}"
        scopes = quote_plus(" ".join(self.account.scopes))
        answer = await http.request(
            "POST",
            self.account.token_url,
            headers={
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            content=f"grant_type=client_credentials&scope={scopes}".encode(),
            max_bytes=TOKEN_BYTES,
        )
        if answer.status != 200:
            raise refused_token(answer.status, answer.headers, answer.body)
        try:
            said = parsed(answer.body)
        except ValueError:
            said = None
        said = said if isinstance(said, dict) else {}
        token, kind = said.get("access_token"), said.get("token_type", "bearer")
        usable = isinstance(token, str) and re.fullmatch(r"[!-~]{1,8192}", token)
        if not isinstance(token, str) or not usable or str(kind).lower() != "bearer":
            raise Failed("token_unusable", answer.status)
        self.tokens.put(self.account, token, _seconds(said.get("expires_in")))
        return token


def root(base_url: str) -> str:
    """The address that collections are below."""
    base = base_url.rstrip("/")
    return base if base.endswith(PATH) else f"{base}{PATH}"


def _seconds(said: Any) -> float:
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 10:
        said = int(said)
    if isinstance(said, bool) or not isinstance(said, int | float) or not said >= 0:
        return _UNSAID
    return min(said, _LONGEST)


def _unreachable(exc: outside.Unreachable) -> Exception:
    if exc.kind == "too_large":
        return Failed("too_large")
    return Again("slow" if exc.kind == "timeout" else "unreachable")


def _read(collection: str, address: str, answer: outside.Response) -> Page:
    """What an answer of 200 is worth. Raises Failed, or as a refusal when it is one in disguise."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise Failed("not_json", answer.status)
    if sum(map(answer.body.count, (b",", b"[", b"{"))) > PAGE_PARTS:
        raise Failed("too_large", answer.status)
    try:
        said = parsed(answer.body)
    except ValueError:
        raise Failed("not_json", answer.status) from None
    if is_failure(said):
        raise refused(answer.status, answer.headers, answer.body)
    records = said.get(collection) if isinstance(said, dict) else None
    if not isinstance(records, list):
        raise Failed("unexpected", answer.status)
    seen = Seen(
        rows=len(records),
        digest=hashlib.sha256(answer.body).hexdigest(),
        total=_total(answer.headers),
        next_link=next_link(answer.headers.get("link"), address),
    )
    at = http_date(answer.headers.get("date")) or clock.now()
    return Page(records, seen, address, len(answer.body), at)


def _total(headers: Mapping[str, str]) -> int | None:
    value = (headers.get("x-total-count") or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
