"""How bodies are read: what nobody may make the program do before it knows who asks."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import anyio
import pytest

from tests.conftest import SETTINGS

pytestmark = pytest.mark.anyio
SITE = "https://alongside.example"
JSON = {"Content-Type": "application/json"}
ZIP = {"Content-Type": "application/zip", "Idempotency-Key": "a-key"}


async def test_a_text_that_never_ends_costs_no_more_than_one_that_does(as_):
    escaped = '\\"' * 500_000
    seconds = {}
    for end in ('"', "", "\\"):
        body = f'["{escaped}{end}'.encode()
        started = time.perf_counter()
        answer = await as_().post("/goals", content=body, headers=JSON)
        seconds[end] = time.perf_counter() - started
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), answer.text
    assert max(seconds[""], seconds["\\"]) < 5 * seconds['"']


async def test_brackets_inside_a_text_do_not_count_as_depth(as_):
    fine = json.dumps({"title": '[[{"\\' * 40})
    assert (await as_("tom").post("/goals", content=fine, headers=JSON)).status_code == 422
    deep = "[" * 33 + "]" * 33
    refused = await as_("tom").post("/goals", content=deep, headers=JSON)
    assert refused.status_code == 400
    assert "deeper than 32" in refused.json()["detail"]


async def test_a_body_has_as_long_as_its_answer(app, as_):
    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await anyio.sleep(20)
        yield b"}"

    app.state.settings = replace(SETTINGS, request_seconds=0.1)
    with anyio.fail_after(10):
        late = await as_("tom").post("/goals", content=trickle(), headers=JSON)
    assert (late.status_code, late.json()["code"]) == (503, "unavailable")
    assert "nothing was changed" in late.json()["detail"]


async def test_a_large_body_is_read_for_who_is_signed_in_only(app, as_):
    read = 0

    async def large() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(3):
            read += 1
            yield b"x" * 1000

    path = "/imports?source=quill"
    for headers in ({}, {"Authorization": "Bearer a.b.c"}):
        refused = await as_(None, **headers).post(path, content=large(), headers=ZIP)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert read == 0
    teacher = await as_("tom").post(path, content=large(), headers=ZIP)
    assert (teacher.status_code, read) == (403, 3)


async def test_large_bodies_wait_for_each_other(app, as_):
    inside = most = 0

    async def large() -> AsyncIterator[bytes]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await anyio.sleep(0.02)
        yield b"no zip"
        inside -= 1

    async def send() -> None:
        # a person, so that the answer needs no database of its own: 403
        answer = await as_("tom").post("/imports?source=quill", content=large(), headers=ZIP)
        assert answer.status_code == 403

    for _ in range(2):  # one after the other: the requests share one connection here
        await send()
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(_ignoring, send)
    assert most == 2


async def _ignoring(send: Any) -> None:
    """Only how many are read at once is looked at; the answers share a connection."""
    try:
        await send()
    except Exception:
        return


async def test_a_client_that_hangs_up_is_no_fault_of_the_program(app, capfd):
    sent: list[Any] = []

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/goals",
        "raw_path": b"/api/v1/goals",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"9")],
        "scheme": "https",
        "server": ("alongside.example", 443),
        "client": ("192.0.2.7", 4000),
        "root_path": "",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
    }
    await app(scope, gone, send)
    assert sent[0]["status"] == 400
    assert "Traceback" not in capfd.readouterr().err


async def test_addresses_in_answers_do_not_repeat_what_the_client_calls_the_program(as_):
    page = await as_("tom", host="evil.example").get("/people?limit=1")
    assert page.status_code == 200
    assert "evil" not in str(page.headers)
    following = page.links["next"]["url"]
    assert following.startswith("/api/v1/people?limit=1&cursor=")
    more = await as_("tom").get(SITE + following)
    assert more.status_code == 200
    assert more.json()["items"][0]["id"] != page.json()["items"][0]["id"]


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {"host": "localhost:8000"}, 200),
        ("::1", {"host": "[::1]:8000"}, 200),
        ("192.0.2.7", {"host": "localhost:8000"}, 404),
        ("127.0.0.1", {"host": "coaching.example"}, 404),
        ("127.0.0.1", {"host": "localhost", "x-forwarded-for": "192.0.2.7"}, 404),
        ("127.0.0.1", {"host": "localhost", "x-real-ip": "192.0.2.7"}, 404),
        ("127.0.0.1", {"host": "localhost", "forwarded": "for=192.0.2.7"}, 404),
    ],
)
async def test_figures_are_for_this_machine(app, client, headers, status):
    import httpx

    transport = httpx.ASGITransport(app, client=(client, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as asking:
        answer = await asking.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("alongside_requests_total" in answer.text) == (status == 200)
