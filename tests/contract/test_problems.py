"""Refusals and headers that belong to no single operation."""

import html
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest
from sqlalchemy.exc import DBAPIError

from app.core.errors import PROBLEMS
from tests.conftest import SETTINGS, JoinedDatabase
from tests.goals.test_goals import growth
from tests.integrations import bundles

pytestmark = pytest.mark.anyio
SITE = "https://alongside.example"
OURS = "https://app.example"


class Broken(JoinedDatabase):
    """A database that fails in a given way."""

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure

    @asynccontextmanager
    async def writing(self):
        """Fails instead of giving a session."""
        raise self.failure
        yield

    reading = writing


# --- addresses and methods ---------------------------------------------------------------------


async def test_an_unknown_address_and_a_wrong_method_are_problems_too(as_):
    for path in ("/api/v1/goalz", "/api/v1", "/nowhere", "/api/v1/goals/", "/api/v2/goals"):
        lost = await as_("tom").get(SITE + path)
        assert (lost.status_code, lost.json()["code"]) == (404, "not_found"), path
        assert lost.headers["content-type"] == "application/problem+json"
    wrong = await as_("tom").put("/goals", json={})
    assert (wrong.status_code, wrong.json()["allowed"]) == (405, ["GET", "POST"])
    assert wrong.headers["allow"] == "GET, POST"
    both = await as_("tom").post("/goals/0199f2c4-8d1e-7a30-9c55-3f6f2b1d9eff")
    assert both.json()["allowed"] == ["DELETE", "GET", "PATCH"]
    odd = await as_("tom").request("BREW", "/goals")
    assert (odd.status_code, odd.json()["code"]) == (405, "method_not_allowed")
    assert "BREW" not in odd.text


async def test_the_address_alone_leads_to_the_documentation(as_):
    found = await as_().get(f"{SITE}/")
    assert (found.status_code, found.headers["location"]) == (307, "/docs")


async def test_options_and_head_are_methods_like_others(as_):
    for method in ("OPTIONS", "HEAD", "TRACE"):
        refused = await as_("tom").request(method, "/goals")
        assert refused.status_code == 405, method
        assert refused.headers["allow"] == "GET, POST"


async def test_every_code_has_a_page_that_says_what_to_do(as_):
    for code, problem in PROBLEMS.items():
        page = await as_().get(f"{SITE}/problems/{code}")
        assert page.status_code == 200, code
        assert page.headers["content-security-policy"] == "default-src 'none'"
        assert html.escape(problem.next_step) in page.text
        assert problem.__doc__, code
    assert (await as_().get(f"{SITE}/problems/nothing")).status_code == 404


async def test_a_refusal_carries_the_members_of_its_kind(as_, world):
    goal = await as_("tom").get(f"/goals/{world.tom}")
    said = goal.json()
    assert said["type"] == "/problems/not_found"
    assert said["instance"] == f"/api/v1/goals/{world.tom}"
    assert said["request_id"] == goal.headers["x-request-id"]
    assert "errors" not in said
    bad = await as_("tom").post("/goals", json={"title": 7, "kind": "dance-7401"})
    pointers = {error["pointer"]: error["code"] for error in bad.json()["errors"]}
    assert pointers["/title"] == "string_type"
    assert pointers["/level"] == "missing"
    assert "dance-7401" not in bad.text
    (none,) = (await as_("tom").post("/goals")).json()["errors"]
    assert (none["pointer"], none["code"]) == ("", "missing")
    assert none["message"].startswith("Send a JSON body")


async def test_text_that_no_program_wants_is_refused_cleanly(as_, world):
    for title in ("a\x00b", "a\x1bb", "   ", "two\nlines", "", "x" * 201):
        answer = await as_("tom").post("/goals", json=growth(world, title=title))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), repr(title)
    lone = b'{"title": "\\ud800"}'
    kind = {"Content-Type": "application/json"}
    answer = await as_("tom").post("/goals", content=lone, headers=kind)
    assert answer.status_code == 422
    for body in (
        b'{"a": 1e999999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"\\ud800": 1}',
        b'{"a":-0}',
    ):
        answer = await as_("tom").post("/goals", content=body, headers=kind)
        assert answer.status_code in (400, 422), body[:20]
    for path in ("/goals?q=%00%00", "/goals?indicator=%00", "/goals/%00"):
        answer = await as_("tom").get(path)
        assert answer.status_code in (404, 422), path


async def test_a_sign_in_form_may_hold_anything_and_is_refused_cleanly(as_):
    for odd in ("a\x00b", "\ud83d\ude00@x.example", "x" * 1024, "%00", " "):
        odd = odd.encode("utf-16", "surrogatepass").decode("utf-16")
        for form in (
            {"grant_type": "password", "username": odd, "password": odd},
            {"grant_type": "refresh_token", "refresh_token": odd},
            {"grant_type": "client_credentials", "client_id": odd, "client_secret": odd},
        ):
            refused = await as_().post("/auth/token", data=form)
            assert refused.status_code in (400, 401, 422), (odd, refused.text)


# --- headers -----------------------------------------------------------------------------------


async def test_security_headers_are_on_every_kind_of_answer(app, as_, world):
    seen = [
        await as_("tom").get("/goals"),
        await as_().get("/goals"),
        await as_().get(f"{SITE}/nowhere"),
        await as_().get(f"{SITE}/livez"),
        await as_().get(f"{SITE}/openapi.json"),
        await as_().get(f"{SITE}/docs"),
        await as_().get(f"{SITE}/problems/not_found"),
    ]
    app.state.database = Broken(RuntimeError("a row: tom@juniper.example"))
    seen.append(await as_("tom", Origin=OURS).get("/goals"))
    for answer in seen:
        for name in ("strict-transport-security", "content-security-policy", "cache-control"):
            assert name in answer.headers, (answer.url, name)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers
    assert seen[0].headers["cache-control"] == "private, no-cache"
    assert seen[1].headers["cache-control"] == "no-store"
    assert seen[-1].status_code == 500
    assert seen[-1].headers["access-control-allow-origin"] == OURS
    assert "juniper" not in seen[-1].text


async def test_a_broken_database_is_503_and_a_race_409(app, as_):
    app.state.database = Broken(ConnectionRefusedError())
    down = await as_("tom").get("/goals")
    assert (down.status_code, down.headers["retry-after"]) == (503, "5")

    class Deadlock(Exception):
        sqlstate = "40P01"

    app.state.database = Broken(DBAPIError("update goal", {}, Deadlock()))
    raced = await as_("tom").post("/goals", json={"title": "x"})
    assert (raced.status_code, raced.json()["code"]) == (409, "interrupted")


async def test_the_limit_is_told_before_it_is_met(app, as_):
    app.state.settings = replace(SETTINGS, limits_enabled=True, requests_per_minute=2)
    answers = [await as_("pia").get("/district") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit"].startswith('"minute";r=1;t=')
    assert answers[0].headers["ratelimit-policy"] == '"minute";q=2;w=60'
    assert int(answers[2].headers["retry-after"]) >= 1
    assert answers[2].json()["code"] == "too_many_requests"


async def test_a_request_id_is_kept_when_it_is_one(as_):
    given = await as_("tom", **{"X-Request-ID": "mine-1.2_3"}).get("/district")
    assert given.headers["x-request-id"] == "mine-1.2_3"
    for odd in ("", "a b", "x" * 65, "<script>"):
        own = await as_("tom", **{"X-Request-ID": odd}).get("/district")
        assert own.headers["x-request-id"] not in ("", odd)


async def test_only_listed_origins_may_read_answers(as_):
    allowed = await as_("tom", Origin=OURS).get("/district")
    assert allowed.headers["access-control-allow-origin"] == OURS
    exposed = allowed.headers["access-control-expose-headers"].lower()
    for name in ("etag", "feed-position", "feed-epoch", "next-page-token", "total-count"):
        assert name in exposed, name
    for origin in ("https://app.example.evil.example", "http://app.example", "null"):
        other = await as_("tom", Origin=origin).get("/district")
        assert "access-control-allow-origin" not in other.headers
    ask = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}
    preflight = await as_(Origin=OURS).options("/goals", headers=ask)
    assert preflight.status_code == 200
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    refused = await as_(Origin="https://evil.example").options("/goals", headers=ask)
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers


# --- versions ----------------------------------------------------------------------------------


async def test_etag_names_the_version_and_differs_by_caller(as_, world):
    path = f"/schools/{world.alder}"
    for_ada, for_tom = await as_("ada").get(path), await as_("tom").get(path)
    assert for_ada.headers["etag"].startswith('"1-')
    assert for_ada.headers["etag"] != for_tom.headers["etag"]
    cross = await as_("tom").get(path, headers={"If-None-Match": for_ada.headers["etag"]})
    assert cross.status_code == 200
    body = {"name": "Alder Hill School"}
    weak = {"If-Match": f"W/{for_ada.headers['etag']}"}
    done = await as_("ada").patch(path, json=body, headers=weak)
    assert done.status_code == 200
    assert done.headers["etag"].startswith('"2-')
    stale = await as_("ada").patch(path, json=body, headers=weak)
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")


# --- lists -------------------------------------------------------------------------------------


async def test_a_cursor_belongs_to_its_caller_filter_and_path(as_, world):
    first = await as_("ada").get("/people?limit=2&active=true")
    link = first.headers["link"]
    assert link.endswith('>; rel="next"')
    following = await as_("ada").get(SITE + link[1:].partition(">")[0])
    assert following.status_code == 200
    ids = [item["id"] for page in (first, following) for item in page.json()["items"]]
    assert len(set(ids)) == 4
    cursor = first.json()["next"]
    for who, path in (
        ("paul", "/people?limit=2&active=true"),
        ("ada", "/people?limit=2"),
        ("ada", "/people?limit=2&active=false"),
        ("ada", "/contacts?limit=2"),
        ("ada", "/people?limit=2&active=true&cursor=x"),
    ):
        refused = await as_(who).get(f"{path}&cursor={cursor}")
        assert refused.status_code in (400, 422), (who, path)
    for limit in ("0", "201", "-1", "x", "1.5", "9" * 30):
        assert (await as_("ada").get(f"/people?limit={limit}")).status_code == 422
    last = await as_("ada").get("/people?limit=200")
    assert last.json()["next"] is None
    assert "link" not in last.headers


# --- doing things once -------------------------------------------------------------------------


async def test_the_same_key_at_the_same_moment_is_done_once(live):
    key, body = {"Idempotency-Key": "together"}, growth(live.world)
    statuses = []

    async def ask() -> None:
        answer = await live.as_("tom").post("/goals", json=body, headers=key)
        statuses.append(answer.status_code)

    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(ask)
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert len((await live.as_("tom").get("/goals")).json()["items"]) == 1


async def test_a_key_lives_a_day_and_belongs_to_one_path(as_, world, ticking):
    key = {"Idempotency-Key": "daily"}
    path = f"/schools/{world.alder}/teams"
    first = await as_("paul").post(path, json={"name": "Choir"}, headers=key)
    again = await as_("paul").post(path, json={"name": "Choir"}, headers=key)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    elsewhere = await as_("ada").post(
        "/schools", json={"name": "Fir", "zone": "America/Denver"}, headers=key
    )
    assert elsewhere.status_code == 201
    ticking.move(hours=25)
    later = await as_("paul").post(path, json={"name": "Choir"}, headers=key)
    assert later.json().get("id") != first.json()["id"]


async def test_a_client_must_send_a_key(as_):
    sent = {"content": b"PK", "headers": {"Content-Type": "application/zip"}}
    bare = await as_("juniper_rosters").post("/imports?source=quill", **sent)
    assert (bare.status_code, bare.json()["code"]) == (400, "idempotency_key_required")


async def test_a_key_belongs_to_its_query_too(as_, world):
    """The same key and body under another query is another request, not a replay of the first."""
    roster = bundles.zipped(bundles.bundle())
    headers = {"Content-Type": "application/zip", "Idempotency-Key": "one-roster"}
    first = await as_("ada").post("/imports?source=quill", content=roster, headers=headers)
    assert first.status_code == 201, first.text
    same = await as_("ada").post("/imports?source=quill", content=roster, headers=headers)
    assert same.headers["idempotency-replayed"] == "true"
    other = await as_("ada").post(
        "/imports?source=quill&full=true", content=roster, headers=headers
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
