"""Signing in: the three grants, rotation and reuse, slowing, cookies."""

import base64
from dataclasses import replace
from ipaddress import ip_network

import anyio
import pytest
from argon2 import PasswordHasher

from app.auth import passwords
from tests.world import CLIENT_SECRET, PASSWORD

pytestmark = pytest.mark.anyio
TOM = "tom@juniper.example"
COOKIE = "__Host-alongside"


async def token(as_, form, **headers):
    return await as_().post("/auth/token", data=form, headers=headers)


async def sign_in(as_, username=TOM, password=PASSWORD, **more):
    return await token(
        as_, {"grant_type": "password", "username": username, "password": password}, **more
    )


async def refresh(as_, value):
    return await token(as_, {"grant_type": "refresh_token", "refresh_token": value})


async def me(as_, access):
    return await as_(Authorization=f"Bearer {access}").get("/me")


# --- people -----------------------------------------------------------------------------------


async def test_a_person_signs_in_with_address_and_password(as_, world):
    answer = await sign_in(as_, "Tom@Juniper.example")
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 600)
    assert answer.headers["cache-control"] == "no-store"
    seen = (await me(as_, given["access_token"])).json()
    assert seen["id"] == str(world.tom)
    assert seen["session_id"] not in (None, str(world.sessions["tom"][1]))


class _Spy:
    """Argon2, and what was asked of it: each of these is what an answer takes its time for."""

    def __init__(self) -> None:
        self.asked, self._own = [], PasswordHasher()

    def hash(self, secret: str) -> str:
        self.asked.append("hash")
        return self._own.hash(secret)

    def verify(self, stored: str, secret: str) -> bool:
        self.asked.append("verify")
        return self._own.verify(stored, secret)


@pytest.mark.parametrize("first", [True, False])
async def test_an_unknown_account_costs_as_much_as_a_known_one(as_, monkeypatch, first):
    """At a program's first sign-in too, when the hash of nobody is made."""
    passwords._nobody()
    costs = []
    for account in (TOM, "nobody@juniper.example"):
        spy = _Spy()
        monkeypatch.setattr(passwords, "_hasher", spy)
        if first:
            passwords._nobody.cache_clear()
        assert (await sign_in(as_, account, "not the password of anybody")).status_code == 400
        costs.append(spy.asked)
    assert costs[0] == costs[1] == (["hash", "verify"] if first else ["verify"])


async def test_unknown_and_known_accounts_are_refused_alike(as_):
    wrong = await sign_in(as_, password="not this one, surely")
    unknown = await sign_in(as_, "nobody@juniper.example")
    assert wrong.status_code == unknown.status_code == 400
    mine, theirs = wrong.json(), unknown.json()
    assert mine.pop("request_id") != theirs.pop("request_id")
    assert mine == theirs
    assert (mine["code"], mine["error"]) == ("invalid_grant", "invalid_grant")
    assert mine["error_description"] == mine["detail"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": "password"},
        {"grant_type": "password", "username": TOM, "password": ""},
        {"grant_type": "refresh_token"},
        {"grant_type": "client_credentials", "client_id": "x"},
    ],
)
async def test_half_a_token_request_is_told_what_is_missing(as_, form):
    answer = await token(as_, form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_token_request_is_a_form(as_):
    answer = await as_().post("/auth/token", json={"grant_type": "password"})
    assert answer.status_code == 415
    assert (await token(as_, {"grant_type": "implicit"})).status_code == 422


# --- refreshing -------------------------------------------------------------------------------


async def test_a_refresh_token_is_replaced_each_time(as_, ticking):
    first = (await sign_in(as_)).json()
    second = await refresh(as_, first["refresh_token"])
    assert second.status_code == 200, second.text
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert (await me(as_, second.json()["access_token"])).status_code == 200
    ticking.move(seconds=9)
    again = await refresh(as_, first["refresh_token"])  # the answer was lost on its way
    assert again.status_code == 200
    for kept in (second, again):
        assert (await refresh(as_, kept.json()["refresh_token"])).status_code == 200


async def test_who_took_a_token_on_its_way_is_found_out_at_the_next_turn(as_, ticking):
    first = (await sign_in(as_)).json()
    mine = (await refresh(as_, first["refresh_token"])).json()
    theirs = (await refresh(as_, first["refresh_token"])).json()  # within the grace
    ticking.move(minutes=9)
    theirs = (await refresh(as_, theirs["refresh_token"])).json()
    assert (await me(as_, theirs["access_token"])).status_code == 200
    ticking.move(minutes=1)
    assert (await refresh(as_, mine["refresh_token"])).status_code == 400
    assert (await me(as_, theirs["access_token"])).status_code == 401
    assert (await refresh(as_, theirs["refresh_token"])).status_code == 400


async def test_a_refresh_token_used_twice_ends_its_session_and_no_other(as_, ticking):
    other = (await sign_in(as_)).json()
    first = (await sign_in(as_)).json()
    second = (await refresh(as_, first["refresh_token"])).json()
    ticking.move(seconds=11)
    stolen = await refresh(as_, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await me(as_, second["access_token"])).status_code == 401
    assert (await refresh(as_, second["refresh_token"])).status_code == 400
    assert (await me(as_, other["access_token"])).status_code == 200
    assert (await refresh(as_, other["refresh_token"])).status_code == 200


async def test_a_session_ends_by_itself(as_, ticking):
    first = (await sign_in(as_)).json()
    ticking.move(days=13, hours=23)
    second = (await refresh(as_, first["refresh_token"])).json()
    ticking.move(hours=1, seconds=1)
    assert (await refresh(as_, second["refresh_token"])).status_code == 400
    assert (await me(as_, second["access_token"])).status_code == 401
    assert (await refresh(as_, "no such token")).status_code == 400


async def test_a_refresh_token_is_no_use_to_somebody_deactivated(as_, world):
    first = (await sign_in(as_)).json()
    path = f"/people/{world.tom}/deactivate"
    assert (await as_("ada").post(path, headers={"If-Match": '"1"'})).status_code == 200
    assert (await refresh(as_, first["refresh_token"])).status_code == 400


# --- cookies ----------------------------------------------------------------------------------

FROM_PAGE = {"Origin": "https://app.example", "X-Requested-With": "fetch"}


async def test_a_cookie_session_keeps_the_refresh_token_from_the_page(as_):
    form = {"grant_type": "password", "username": TOM, "password": PASSWORD, "session": "cookie"}
    answer = await token(as_, form)
    assert answer.json()["refresh_token"] is None
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for mark in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert mark in cookie
    assert "Domain" not in cookie
    value = answer.cookies[COOKIE]
    by_cookie = {"Cookie": f"{COOKIE}={value}"}
    grant = {"grant_type": "refresh_token"}
    for headers in (
        {},
        {"Origin": "https://attacker.example", "X-Requested-With": "fetch"},
        {"Origin": "null", "X-Requested-With": "fetch"},
        {"Origin": "https://app.example"},
        {"X-Requested-With": "fetch"},
    ):
        refused = await token(as_, grant, **by_cookie, **headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert refused.json()["error"] == "invalid_request"
    # without `session=cookie` too: what came by cookie is not handed to the page
    done = await token(as_, grant, **by_cookie, **FROM_PAGE)
    assert (done.status_code, done.json()["refresh_token"]) == (200, None)
    assert done.cookies[COOKIE] != value
    assert (await me(as_, done.json()["access_token"])).status_code == 200


# --- slowing ----------------------------------------------------------------------------------


async def test_guessing_is_slowed_and_the_account_is_never_locked(as_, ticking):
    for account in (TOM, "nobody@juniper.example"):
        for _ in range(5):
            assert (await sign_in(as_, account, "a wrong guess")).status_code == 400
        slowed = await sign_in(as_, account)
        assert (slowed.status_code, slowed.json()["code"]) == (429, "sign_in_slowed")
        assert slowed.headers["retry-after"] == "60"
    assert (await sign_in(as_, "nina@juniper.example")).status_code == 200
    ticking.move(seconds=61)
    assert (await sign_in(as_)).status_code == 200


async def test_many_guesses_at_once_get_no_further_than_one_after_the_other(live):
    codes = []

    async def guess() -> None:
        answer = await sign_in(live.as_, password="a wrong guess")
        codes.append(answer.status_code)

    async with anyio.create_task_group() as group:
        for _ in range(15):
            group.start_soon(guess)
    assert sorted(codes) == [400] * 5 + [429] * 10
    assert (await sign_in(live.as_)).status_code == 429


async def test_right_passwords_do_not_slow_anybody(as_):
    for _ in range(7):
        assert (await sign_in(as_)).status_code == 200


async def test_an_address_that_signed_in_before_is_not_slowed_by_others(as_, app):
    app.state.settings = replace(
        app.state.settings, trusted_proxies=(ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"))
    )
    home, elsewhere = {"X-Forwarded-For": "192.0.2.7"}, {"X-Forwarded-For": "198.51.100.9"}
    assert (await sign_in(as_, **home)).status_code == 200
    for _ in range(5):
        assert (await sign_in(as_, password="a wrong guess", **elsewhere)).status_code == 400
    assert (await sign_in(as_, **elsewhere)).status_code == 429
    assert (await sign_in(as_, **home)).status_code == 200
    # what the caller wrote itself, left of the last proxy's word, does not count
    for claimed in ("192.0.2.7, 198.51.100.9", "192.0.2.7, 198.51.100.9, 10.1.2.3"):
        assert (await sign_in(as_, **{"X-Forwarded-For": claimed})).status_code == 429
    two_lines = [("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-For", "198.51.100.9")]
    form = {"grant_type": "password", "username": TOM, "password": PASSWORD}
    answer = await as_().post("/auth/token", data=form, headers=two_lines)
    assert answer.status_code == 429


async def test_a_forwarded_address_counts_only_from_a_trusted_proxy(as_):
    for _ in range(5):
        await sign_in(as_, password="a wrong guess")
    for claimed in ("192.0.2.7", "198.51.100.9"):
        assert (await sign_in(as_, **{"X-Forwarded-For": claimed})).status_code == 429


async def test_more_waiting_sign_ins_than_can_be_hashed_soon_are_sent_away(as_, monkeypatch):
    monkeypatch.setattr(passwords, "_waiting", 20)
    answer = await sign_in(as_)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    monkeypatch.setattr(passwords, "_waiting", 0)
    assert (await sign_in(as_)).status_code == 200


# --- systems ----------------------------------------------------------------------------------


def basic(name, secret):
    return {
        "Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode(),
    }


async def test_a_system_signs_in_by_form_or_by_basic(as_, world):
    grant = {"grant_type": "client_credentials"}
    name = str(world.juniper_warehouse)
    by_form = await token(as_, {**grant, "client_id": name, "client_secret": CLIENT_SECRET})
    by_basic = await token(as_, grant, **basic(name, CLIENT_SECRET))
    for answer in (by_form, by_basic):
        assert answer.status_code == 200, answer.text
        assert (answer.json()["refresh_token"], answer.json()["scope"]) == (
            None,
            "goals:read webhooks:write",
        )
        seen = (await me(as_, answer.json()["access_token"])).json()
        assert (seen["kind"], seen["id"]) == ("client", name)


async def test_a_system_gets_a_token_for_less_than_it_may(as_):
    new = {"name": "Both", "scopes": ["goals:read", "roster:write"]}
    made = (await as_("ada").post("/integration-clients", json=new)).json()
    form = {
        "grant_type": "client_credentials",
        "client_id": made["id"],
        "client_secret": made["secret"],
    }
    for wish, goals, imports in (
        ("goals:read", 200, 403),
        ("roster:write", 403, 200),
        ("", 200, 200),
    ):
        given = (await token(as_, {**form, "scope": wish})).json()
        assert given["scope"] == (wish or "goals:read roster:write")
        system = as_(Authorization=f"Bearer {given['access_token']}")
        assert (await system.get("/goals")).status_code == goals
        assert (await system.get("/imports")).status_code == imports
        assert " ".join((await system.get("/me")).json()["scopes"]) == given["scope"]


async def test_a_system_with_a_wrong_secret_or_too_large_a_wish_is_refused(as_, world):
    grant = {"grant_type": "client_credentials"}
    name = str(world.juniper_warehouse)
    for who, secret in ((name, "wrong"), (str(world.tom), CLIENT_SECRET), ("nobody", "x")):
        refused = await token(as_, grant, **basic(who, secret))
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refused.headers["www-authenticate"].startswith("Basic")
    form = {**grant, "client_id": name, "client_secret": CLIENT_SECRET}
    wish = await token(as_, {**form, "scope": "goals:read roster:write"})
    assert (wish.status_code, wish.json()["error"]) == (400, "invalid_scope")
    assert (await token(as_, {**form, "scope": "goals:read"})).status_code == 200
    for broken in ("Basic %%%", "Basic /w==", "Basic "):
        answer = await token(as_, grant, Authorization=broken)
        assert answer.status_code == 400
