"""Integration clients: secrets shown once, revoked for good."""

from uuid import uuid4

import pytest

pytestmark = pytest.mark.anyio
PATH = "/integration-clients"
NEW = {"name": "Grade book", "scopes": ["roster:write"]}


async def sign_in(as_, client_id, secret):
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret,
    }
    return await as_().post("/auth/token", data=form)


async def test_everybody_sees_the_clients_of_their_own_district(as_, world):
    for person in ("tom", "paul", "ada"):
        listed = (await as_(person).get(PATH)).json()["items"]
        assert [item["name"] for item in listed] == ["Rosters", "Warehouse"]
        assert all("secret" not in item and "secret_hash" not in item for item in listed)
    assert listed[0]["permissions"] == ["rotate_secret", "revoke", "create_webhook_endpoint"]
    assert (await as_("zoe").get(f"{PATH}/{world.juniper_warehouse}")).status_code == 404
    assert (await as_("juniper_rosters").get(PATH)).status_code == 403


async def test_a_new_client_signs_in_with_the_secret_shown_once(as_):
    for nobody in ("tom", "paul"):
        assert (await as_(nobody).post(PATH, json=NEW)).status_code == 403
    key = {"Idempotency-Key": str(uuid4())}
    made = await as_("ada").post(PATH, json=NEW, headers=key)
    assert made.status_code == 201, made.text
    client = made.json()
    assert len(client["secret"]) >= 43
    again = await as_("ada").post(PATH, json=NEW, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.json()["id"], again.json()["secret"]) == (client["id"], None)
    assert made.headers["location"] == f"/api/v1{PATH}/{client['id']}"
    assert (await as_("tom").get(f"{PATH}/{client['id']}")).json()["scopes"] == ["roster:write"]
    token = await sign_in(as_, client["id"], client["secret"])
    assert (token.status_code, token.json()["scope"]) == (200, "roster:write")
    me = await as_(Authorization=f"Bearer {token.json()['access_token']}").get("/me")
    assert (me.json()["kind"], me.json()["scopes"]) == ("client", ["roster:write"])


async def test_a_name_is_given_once_and_a_scope_is_one_of_the_list(as_):
    taken = {"name": "Warehouse", "scopes": ["goals:read"]}
    assert (await as_("tom").post(PATH, json=taken)).json()["code"] == "forbidden"
    refused = await as_("ada").post(PATH, json=taken)
    assert (refused.status_code, refused.json()["code"]) == (409, "client_name_taken")
    assert (await as_("zoe").post(PATH, json={**taken, "name": "Grade book"})).status_code == 201
    for scopes in ([], ["goals:write"], ["goals:read"] * 2):
        wrong = await as_("ada").post(PATH, json={"name": "X", "scopes": scopes})
        assert wrong.status_code == 422


async def test_a_rotated_secret_replaces_the_old_one(as_, world):
    made = (await as_("ada").post(PATH, json=NEW)).json()
    path = f"{PATH}/{made['id']}/rotate-secret"
    assert (await as_("ada").post(path)).status_code == 428
    assert (await as_("tom").post(path, headers={"If-Match": '"1"'})).status_code == 403
    assert (await as_("zoe").post(path, headers={"If-Match": '"1"'})).status_code == 404
    done = await as_("ada").post(path, headers={"If-Match": '"1"'})
    assert (done.status_code, done.json()["version"]) == (200, 2)
    assert (await as_("ada").post(path, headers={"If-Match": '"1"'})).status_code == 412
    assert (await sign_in(as_, made["id"], made["secret"])).status_code in (400, 401)
    assert (await sign_in(as_, made["id"], done.json()["secret"])).status_code == 200


async def test_a_revoked_client_is_out_at_once_and_for_good(as_, world):
    path = f"{PATH}/{world.juniper_warehouse}"
    assert (await as_("juniper_warehouse").get("/me")).status_code == 200
    assert (
        await as_("paul").post(f"{path}/revoke", headers={"If-Match": '"1"'})
    ).status_code == 403
    done = await as_("ada").post(f"{path}/revoke", headers={"If-Match": '"1"'})
    assert (done.json()["active"], done.json()["permissions"]) == (False, [])
    assert (await as_("juniper_warehouse").get("/me")).status_code == 401
    for step in ("revoke", "rotate-secret"):
        refused = await as_("ada").post(f"{path}/{step}", headers={"If-Match": '"2"'})
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
        assert refused.json()["state"] == "revoked"
    taken = {"name": "Warehouse", "scopes": ["goals:read"]}
    assert (await as_("ada").post(PATH, json=taken)).status_code == 409
