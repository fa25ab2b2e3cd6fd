"""No text that a caller sent is in the logs: not of a body, an address, a header or an error."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest
import structlog
from sqlalchemy import text

from app.people.schools import service as schools
from tests.access.conftest import Matrix
from tests.access.table import EVERYBODY, STEPS, Step

pytestmark = pytest.mark.anyio

MARK = "xyzzy7"
#: fields that hold what somebody wrote; a marked value must still be valid
TEXTS = {
    "name",
    "title",
    "text",
    "reason",
    "statement",
    "given_name",
    "family_name",
    "evidence",
    "publisher",
    "source",
    "licence",
    "username",
    "password",
    "current_password",
    "new_password",
    "token",
}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged while the test runs."""
    before = structlog.get_config()
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(out))
    logging.getLogger().addHandler(handler)
    yield out
    logging.getLogger().removeHandler(handler)
    structlog.configure(**before)


def marked(value: Any) -> Any:
    """A body with the mark in each text that somebody wrote."""
    if isinstance(value, dict):
        return {
            key: f"{part} {MARK}" if key in TEXTS and isinstance(part, str) else marked(part)
            for key, part in value.items()
        }
    return [marked(part) for part in value] if isinstance(value, list) else value


async def _send(matrix: Matrix, step: Step, who: str, **changes: Any) -> int:
    """A step with something changed, as if it had not been; the status."""
    savepoint = await matrix.connection.begin_nested()
    try:
        method, path = matrix.operations[step.operation]
        head, brace, rest = path.partition("{")
        if brace:
            name = step.on.removesuffix("_vision") if "Vision" in step.operation else step.on
            path = head + changes.pop("id", matrix.objects[name]) + rest.partition("}")[2]
        changes.pop("id", None)
        headers = {
            "If-Match": f'"{matrix.versions.get(step.on, 1)}"',
            "User-Agent": MARK,
            "Referer": f"https://{MARK}.example/",
            "Cookie": f"a={MARK}",
            "X-Forwarded-For": MARK,
            "Origin": f"https://{MARK}.example",
            **({"Idempotency-Key": MARK} if method == "POST" and "/auth/" not in path else {}),
            **step.headers,
            **changes.pop("headers", {}),
        }
        if step.body is not None and not {"content", "json", "data"} & changes.keys():
            value = step.body(matrix.objects)
            if isinstance(value, bytes):
                changes["content"] = value
            elif "form" in step.headers.get("Content-Type", ""):
                changes["data"] = value
            else:
                changes["json"] = marked(value)
        answer = await matrix.clients[who].request(method, path, headers=headers, **changes)
        return answer.status_code
    finally:
        await savepoint.rollback()


@pytest.mark.parametrize(
    "whole", [False, pytest.param(True, marks=pytest.mark.large)], ids=["some", "every"]
)
async def test_nothing_that_was_sent_is_logged(
    matrix: Matrix, written: io.StringIO, whole: bool
) -> None:
    """Each operation as it should be, and with a mark in each place: in the fast run in two of
    them, others for each operation."""
    statuses: set[int] = set()
    seen: set[str] = set()
    for step in STEPS:
        who = next((name for name in EVERYBODY.split() if step.expected(name) < 300), None)
        if who is None or step.operation in seen:
            continue
        seen.add(step.operation)
        method, path = matrix.operations[step.operation]
        tries: list[dict[str, Any]] = [
            {},
            {"params": {MARK: MARK, "limit": MARK, "cursor": MARK, "q": MARK, "since": MARK}},
            {"headers": {"Authorization": f"Bearer {MARK}"}},
        ]
        if "{" in path:
            tries += [{"id": MARK}]
        if method != "GET":
            tries += [{"headers": {"If-Match": MARK}}]
        if step.body is not None and method != "GET":
            tries += [
                {"json": {MARK: MARK, "name": 7, "title": {MARK: MARK}}},
                {"content": f'{{"{MARK}": {MARK}', "headers": {"Content-Type": "application/json"}},
                {"content": MARK, "headers": {"Content-Type": f"text/{MARK}"}},
            ]
        if "form" in step.headers.get("Content-Type", ""):
            form = {"grant_type": "password", "username": f"{MARK}@a.example", "password": MARK}
            refresh = {"grant_type": "refresh_token", "refresh_token": MARK}
            client = {"grant_type": "client_credentials", "client_id": MARK, "client_secret": MARK}
            tries += [{"data": form}, {"data": refresh}, {"data": client}]
        if not whole:
            turn = crc32(step.operation.encode()) % (len(tries) - 1)
            tries = [tries[0], *[*tries[1:], *tries[1:]][turn : turn + 2]]
        for changes in tries:
            statuses.add(await _send(matrix, step, who, **changes))
    assert {200, 201, 204, 400, 401, 415, 422} <= statuses
    assert not {status for status in statuses if status >= 500}
    lines = written.getvalue().splitlines()
    assert len(lines) > 300
    assert [line for line in lines if MARK in line] == []
    assert all(json.loads(line)["event"] for line in lines if line.startswith("{"))


async def test_an_error_of_ours_or_of_the_database_logs_no_value(
    matrix: Matrix, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_args: Any) -> Any:
        raise ValueError(f"cannot understand {MARK}")

    async def breaks_below(session: Any, *_args: Any) -> Any:
        await session.execute(text(f"select cast(:x as integer) -- {MARK}"), {"x": MARK})

    async def breaks_in_postgresql(session: Any, *_args: Any) -> Any:
        await session.execute(text(f"select cast('{MARK}' as integer)"))

    for broken in (breaks, breaks_below, breaks_in_postgresql):
        monkeypatch.setattr(schools, "list_schools", broken)
        step = next(step for step in STEPS if step.operation == "listSchools")
        assert await _send(matrix, step, "ada") == 500
    assert "unhandled" in written.getvalue()
    assert MARK not in written.getvalue()
