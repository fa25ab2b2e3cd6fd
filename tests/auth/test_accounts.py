"""First passwords, changed passwords, and one's own sessions."""

import pytest

from tests.world import PASSWORD

pytestmark = pytest.mark.anyio
GOOD = "seven purple otters juggle"
KIT = {"given_name": "Kit", "family_name": "Abelard", "email": "kit@juniper.example"}


async def sign_in(as_, username="tom@juniper.example", password=PASSWORD):
    form = {"grant_type": "password", "username": username, "password": password}
    return await as_().post("/auth/token", data=form)


async def accept(as_, token, password=GOOD):
    body = {"token": token, "password": password}
    return await as_().post("/auth/invitations/accept", json=body)


@pytest.fixture
async def kit(as_):
    """A person without an account, and an invitation's token."""
    person = (await as_("ada").post("/people", json=KIT)).json()
    sent = await as_("ada").post(f"/people/{person['id']}/invite")
    return person["id"], sent.json()["token"]


# --- invitations ------------------------------------------------------------------------------


async def test_an_invitation_sets_a_first_password_once(as_, kit):
    person, token = kit
    assert (await sign_in(as_, KIT["email"], GOOD)).status_code == 400
    done = await accept(as_, token)
    assert (done.status_code, done.json()) == (200, {"person_id": person, "email": KIT["email"]})
    assert (await sign_in(as_, KIT["email"], GOOD)).status_code == 200
    again = await accept(as_, token, "another six heavy lanterns")
    assert (again.status_code, again.json()["code"]) == (409, "invitation_spent")
    assert (await sign_in(as_, KIT["email"], GOOD)).status_code == 200
    refused = await as_("ada").post(f"/people/{person}/invite")
    assert refused.json()["code"] == "account_exists"


async def test_an_invitation_lives_seven_days_and_until_the_next(as_, kit, ticking, world):
    person, first = kit
    second = (await as_("ada").post(f"/people/{person}/invite")).json()["token"]
    assert (await accept(as_, first)).json()["code"] == "invitation_spent"
    ticking.move(days=7, seconds=1)
    assert (await accept(as_, second)).json()["code"] == "invitation_spent"
    third = (await as_("ada").post(f"/people/{person}/invite")).json()["token"]
    ticking.move(days=6, hours=23)
    assert (await accept(as_, third)).status_code == 200
    unknown = await accept(as_, "x" * 43)
    assert (unknown.status_code, unknown.json()["code"]) == (401, "invitation_unknown")


async def test_an_invitation_is_no_use_to_somebody_deactivated(as_, kit):
    person, token = kit
    path = f"/people/{person}"
    await as_("ada").post(f"{path}/deactivate", headers={"If-Match": '"1"'})
    assert (await accept(as_, token)).json()["code"] == "invitation_spent"
    await as_("ada").post(f"{path}/reactivate", headers={"If-Match": '"2"'})
    assert (await accept(as_, token)).json()["code"] == "invitation_spent"


@pytest.mark.parametrize(
    "weak",
    [
        "short but odd 7",
        "passwordpassword",
        "aaaaaaaaaaaaaaaaaaaa",
        "seven abelard otters juggle",
        "seven purple kit juggles it",
    ],
)
async def test_a_weak_password_is_refused_and_the_invitation_stays(as_, kit, weak):
    refused = await accept(as_, kit[1], weak[:14] if weak.startswith("short") else weak)
    assert (refused.status_code, refused.json()["code"]) == (409, "weak_password")
    assert weak not in refused.text
    assert (await accept(as_, kit[1])).status_code == 200


@pytest.mark.parametrize("wrong", [{"password": ""}, {"password": "\ud800" * 20}, {"token": 5}])
async def test_what_is_no_password_is_refused_unread(as_, kit, wrong):
    import json

    body = json.dumps({"token": kit[1], "password": GOOD, **wrong})
    headers = {"Content-Type": "application/json"}
    refused = await as_().post("/auth/invitations/accept", content=body, headers=headers)
    assert refused.status_code == 422


# --- changing a password ----------------------------------------------------------------------


async def test_a_changed_password_ends_the_other_sessions(as_, world):
    here = (await sign_in(as_)).json()
    there = (await sign_in(as_)).json()
    mine = as_(Authorization=f"Bearer {here['access_token']}")
    body = {"current_password": "not this one", "new_password": GOOD}
    refused = await mine.post("/auth/password", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_grant")
    weak = await mine.post(
        "/auth/password",
        json={**body, "current_password": PASSWORD} | {"new_password": "brandt likes long walks"},
    )
    assert (weak.status_code, weak.json()["code"]) == (409, "weak_password")
    ours = {**body, "current_password": PASSWORD, "new_password": "the alder school choir sings"}
    assert (await mine.post("/auth/password", json=ours)).json()["code"] == "weak_password"
    fine = {**body, "current_password": PASSWORD, "new_password": "every other school is closed"}
    assert (await mine.post("/auth/password", json=fine)).status_code == 204
    assert (await mine.get("/me")).status_code == 200
    assert (
        await as_(Authorization=f"Bearer {there['access_token']}").get("/me")
    ).status_code == 401
    assert (await as_("tom").get("/me")).status_code == 401
    assert (await sign_in(as_)).status_code == 400
    assert (await sign_in(as_, password=fine["new_password"])).status_code == 200


async def test_guessing_the_present_password_is_slowed(as_, ticking):
    body = {"current_password": "a wrong guess", "new_password": "every other school is closed"}
    for _ in range(5):
        assert (await as_("tom").post("/auth/password", json=body)).status_code == 400
    right = {**body, "current_password": PASSWORD}
    slowed = await as_("tom").post("/auth/password", json=right)
    assert (slowed.status_code, slowed.json()["code"]) == (429, "sign_in_slowed")
    ticking.move(seconds=61)
    weak = {**right, "new_password": "tom tom tom tom tom"}
    for _ in range(6):  # the present password was right: no guess
        assert (await as_("tom").post("/auth/password", json=weak)).status_code == 409
    assert (await as_("tom").post("/auth/password", json=right)).status_code == 204


async def test_a_system_has_no_password(as_):
    body = {"current_password": PASSWORD, "new_password": GOOD}
    assert (await as_("juniper_warehouse").post("/auth/password", json=body)).status_code == 403
    assert (await as_().post("/auth/password", json=body)).status_code == 401


# --- sessions ---------------------------------------------------------------------------------


async def test_people_see_and_end_their_own_sessions_alone(as_, world):
    form = {"grant_type": "password", "username": "tom@juniper.example", "password": PASSWORD}
    given = await as_().post("/auth/token", data=form, headers={"User-Agent": "Tom's phone"})
    phone = as_(Authorization=f"Bearer {given.json()['access_token']}")
    listed = (await as_("tom").get("/auth/sessions")).json()["items"]
    assert [(item["device"], item["current"]) for item in listed] == [
        ("Tom's phone", False),
        ("test", True),
    ]
    path = f"/auth/sessions/{listed[0]['id']}"
    for other in ("ada", "paul", "lena", "zoe"):
        assert (await as_(other).delete(path)).status_code == 404
    assert (await as_("juniper_warehouse").delete(path)).status_code == 403
    assert (await phone.get("/me")).status_code == 200
    assert (await as_("tom").delete(path)).status_code == 204
    assert (await phone.get("/me")).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": given.json()["refresh_token"]}
    assert (await as_().post("/auth/token", data=refresh)).status_code == 400
    assert len((await as_("tom").get("/auth/sessions")).json()["items"]) == 1
    assert (await as_("tom").delete(path)).status_code == 204
    assert (await as_("juniper_warehouse").get("/auth/sessions")).status_code == 403


async def test_signing_oneself_out_counts_on_the_next_request(as_, world):
    own = f"/auth/sessions/{world.sessions['tom'][1]}"
    assert (await as_("tom").delete(own)).status_code == 204
    ended = await as_("tom").get("/auth/sessions")
    assert (ended.status_code, ended.json()["code"]) == (401, "unauthenticated")


async def test_sessions_are_paged(as_):
    for _ in range(3):
        await sign_in(as_)
    first = (await as_("tom").get("/auth/sessions", params={"limit": 3})).json()
    rest = (
        await as_("tom").get("/auth/sessions", params={"limit": 3, "cursor": first["next"]})
    ).json()
    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert (len(ids), len(set(ids)), rest["next"]) == (4, 4, None)
    stolen = await as_("nina").get("/auth/sessions", params={"limit": 3, "cursor": first["next"]})
    assert (stolen.status_code, stolen.json()["code"]) == (400, "bad_cursor")
