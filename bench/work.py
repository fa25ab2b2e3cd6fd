"""What is asked: three kinds of request by many leads; and whether all that answer them agree."""

import hashlib
import http.client
import json
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from app.core.embedded import Server
from app.settings import Settings, load
from app.web.tokens import Tokens
from bench.measure import CONNECTIONS, BenchError, Target
from bench.seed import Seeded

READ, PAGE, EDIT = "read one", "page of 50", "PATCH + event"
KINDS = (READ, PAGE, EDIT)
_BASE = "/api/v1/goals"
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})")


class Callers:
    """Who asks, with which token, of which goals."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.secret = secrets.token_hex(32)
        #: of every server that is measured; no limit counts the requests of a caller
        self.environment = {
            "DATABASE_URL": server.app_url,
            "SECRET_KEYS": f"bench:{self.secret}",
            "PUBLIC_URL": "http://127.0.0.1:8000",
            "LIMITS": "off",
        }
        self.settings: Settings = load(self.environment)
        self._tokens = Tokens(
            self.settings.secret_keys, self.settings.public_url, timedelta(hours=6)
        )
        self.seeded: Seeded

    def token(self, who: UUID) -> str:
        """A token of now; the seed made the session's id of the person's, a client's is its own."""
        opened = who
        if who != self.seeded.client:
            opened = UUID(hashlib.md5(str(who).encode(), usedforsecurity=False).hexdigest())
        return self._tokens.issue(who, opened, self.seeded.district)

    async def lines(self) -> dict[str, list[str]]:
        """The requests of each kind, as wrk.lua reads them, with the versions of this moment."""
        tokens = {lead: self.token(lead) for lead in self.seeded.leads}
        found = await self._rows(
            "select id, version from goal where id = any($1)",
            [goal for _, goal in self.seeded.drafts],
        )
        versions = {row["id"]: row["version"] for row in found}
        return {
            READ: [
                f"GET\t{_BASE}/{goal}\t{tokens[lead]}\t0" for lead, goal in self.seeded.readable
            ],
            PAGE: [f"GET\t{_BASE}?limit=50\t{token}\t0" for token in tokens.values()],
            EDIT: [
                f"PATCH\t{_BASE}/{goal}\t{tokens[lead]}\t{versions[goal]}"
                for lead, goal in self.seeded.drafts
            ],
        }

    @staticmethod
    def once(target: Target, line: str) -> None:
        """One of these requests, so that what a server does at its first is behind it."""
        method, path, token, version = line.split("\t")
        body = {"title": "Edited first"} if method == "PATCH" else None
        _ask(target, method, path, token, int(version), body)

    async def check_alike(self, targets: Sequence[Target]) -> int:
        """Every server answers every kind of request with the same content, and an edit leaves the
        same event. How many answers were compared; raises BenchError where two differ."""
        if len(self.seeded.drafts) < CONNECTIONS:
            raise BenchError(f"there are fewer than {CONNECTIONS} drafts: seed more goals")
        lines = await self.lines()
        compared = 0
        for kind in (READ, PAGE):
            for line in lines[kind][:: max(1, len(lines[kind]) // 40)]:
                _, path, token, _ = line.split("\t")
                answers = {target.name: _ask(target, "GET", path, token) for target in targets}
                compared += _same(f"GET {path}", answers)
        for _, path, token, version in (line.split("\t") for line in lines[EDIT][:5]):
            answers, left = {}, {}
            now = int(version)
            for target in targets:
                answer = _ask(target, "PATCH", path, token, now, {"title": "The same for all"})
                now += 1
                if answer.get("version") != now:
                    raise BenchError(f"{target.name} did not count an edit: {answer}")
                # each edits what the one before left, and only the program gives advice on a draft
                differing = {"version": 0, "updated_at": "", "warnings": []}
                answers[target.name] = {**answer, **differing}
                left[target.name] = await self._left(UUID(answer["id"]), now)
            compared += _same(f"PATCH {path}", answers) + _same(f"the event of {path}", left)
            refused = {
                target.name: _status(target, "PATCH", path, token, now - 1, {"title": "Too late"})
                for target in targets
                if not target.name.startswith("limit")  # it has one answer for all that it refuses
            }
            compared += _same(f"PATCH {path} of an old version", refused)
            if set(refused.values()) - {412}:
                raise BenchError(f"an edit of an old version was answered {refused}")
        return compared

    async def _left(self, goal: UUID, version: int) -> dict[str, Any]:
        """What an edit wrote beside the goal: all but its own id, moment and request."""
        events = await self._rows(
            "select to_jsonb(e) - 'id' - 'at' - 'request_id' - 'subject_version' as row from event"
            " e where subject_id = $1 and subject_version = $2",
            goal,
            version,
        )
        entries = await self._rows(
            "select count(*) as n from feed_entry where object_id = $1 and object_version = $2",
            goal,
            version,
        )
        return {"events": [json.loads(row["row"]) for row in events], "feed": entries[0]["n"]}

    async def _rows(self, words: str, *arguments: Any) -> list[Any]:
        connection = await asyncpg.connect(
            self.server.superuser_url.replace("/postgres?", "/alongside?")
        )
        try:
            return list(await connection.fetch(words, *arguments))
        finally:
            await connection.close()


def _request(
    target: Target, method: str, path: str, token: str, version: int, body: Any
) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}"}
    if method == "PATCH":
        headers |= {"Content-Type": "application/json", "If-Match": f'"{version}"'}
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _status(target: Target, *asked: Any) -> int:
    return _request(target, *asked)[0]


def _ask(
    target: Target, method: str, path: str, token: str, version: int = 0, body: Any = None
) -> Any:
    status, answer = _request(target, method, path, token, version, body)
    if status != 200:
        raise BenchError(f"{target.name} answered {method} {path} with {status}: {answer[:500]!r}")
    found = json.loads(answer)
    if "next" in found:  # cursors are each program's own; whether there is one is not
        found["next"] = found["next"] is not None
    return _plain(found)


def _plain(value: Any) -> Any:
    """The same content in the same form: instants to the millisecond, numbers as floats."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return int(moment.timestamp() * 1000)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _same(what: str, answers: dict[str, Any]) -> int:
    """1, for one comparison; raises BenchError with the first difference."""
    (first, wanted), *others = answers.items()
    for name, got in others:
        if got != wanted:
            where = _difference(wanted, got)
            raise BenchError(f"{first} and {name} answer {what} differently: {where}")
    return 1


def _difference(one: Any, other: Any, path: str = "") -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            if name not in one or name not in other:
                return f"{path}/{name} is in one only"
            if one[name] != other[name]:
                return _difference(one[name], other[name], f"{path}/{name}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            if left != right:
                return _difference(left, right, f"{path}/{index}")
    return f"{path}: {str(one)[:200]} and {str(other)[:200]}"
