"""People, contacts, roles, and the caller."""

from uuid import uuid4

import anyio
import pytest
from sqlalchemy import text

from tests.world import PASSWORD

pytestmark = pytest.mark.anyio
IF_1 = {"If-Match": '"1"'}


async def names(client, path, **params):
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


# --- the directory ----------------------------------------------------------------------------


async def test_the_directory_is_the_school_to_its_people_and_everybody_to_the_district(as_, world):
    everybody = await names(as_("ada"), "/people")
    assert len(everybody) == 14
    assert everybody[:2] == ["Tom Brandt", "Uma Castell"]
    of_alder = await names(as_("tom"), "/people")
    assert len(of_alder) == 11
    assert "Ben Hartwell" not in of_alder
    assert (await names(as_("bea"), "/people")) == ["Ben Hartwell", "Bea Quill"]
    assert len(await names(as_("zoe"), "/people")) == 4
    assert (await as_("juniper_rosters").get("/people")).status_code == 403
    for reader, person in (("tom", world.ben), ("zoe", world.tom), ("tom", world.zoe)):
        assert (await as_(reader).get(f"/people/{person}")).status_code == 404


async def test_a_person_shows_name_and_roles_and_never_the_address(as_, world):
    seen = (await as_("tom").get(f"/people/{world.lena}")).json()
    assert (seen["name"], seen["permissions"]) == ("Lena Ortiz", [])
    assert sorted(seen["roles"], key=lambda role: role["kind"]) == [
        {"kind": "senior_team_lead", "school_id": str(world.alder), "team_id": str(world.maths)},
        {"kind": "teacher", "school_id": str(world.alder), "team_id": None},
    ]
    assert not {"email", "external_id", "may_lead", "zone"} & set(seen)
    mine = (await as_("tom").get(f"/people/{world.tom}")).json()
    assert mine["permissions"] == ["set_zone"]
    for_ada = (await as_("ada").get(f"/people/{world.tom}")).json()
    assert for_ada["permissions"] == ["edit", "deactivate"]


async def test_people_are_filtered_and_paged(as_, world):
    ada = as_("ada")
    assert (await names(ada, "/people", q="wHit")) == ["Sam Whitlow"]
    assert (await names(ada, "/people", q="%")) == []
    assert (await names(ada, "/people", role="mentor")) == ["Mia Sorrel"]
    assert (await names(ada, "/people", role="teacher", school_id=str(world.birch))) == [
        "Ben Hartwell"
    ]
    assert (await names(ada, "/people", active="false")) == []
    assert (await ada.get("/people", params={"role": "king"})).status_code == 422
    assert (await ada.get("/people", params={"q": "\0"})).status_code == 422
    found, cursor = [], {}
    while True:
        answer = (await ada.get("/people", params={"limit": 5, "count": "true", **cursor})).json()
        assert answer["count"] == 14
        found += [item["id"] for item in answer["items"]]
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
    assert len(found) == len(set(found)) == 14
    assert (await ada.get("/people")).json()["count"] is None


async def test_who_may_lead_is_told_to_the_district_alone(as_, world, connection):
    await connection.execute(
        text("select set_config('app.district', :d, true)"), {"d": str(world.juniper)}
    )
    await connection.execute(text("update person set may_lead = true where given_name = 'Mia'"))
    assert (await names(as_("ada"), "/people", may_lead="true")) == ["Mia Sorrel"]
    for reader in ("paul", "tom", "mia"):
        assert (await names(as_(reader), "/people", may_lead="true")) == []


async def test_addresses_go_to_those_who_work_with_the_person(as_, world):
    assert len(await names(as_("ada"), "/contacts")) == 14
    assert len(await names(as_("paul"), "/contacts")) == 11
    assert (await names(as_("ada"), "/contacts", school_id=str(world.birch))) == [
        "Ben Hartwell",
        "Bea Quill",
    ]
    # her active and paused teachers, her school leader, herself; not Olga, whom she coached once
    assert (await names(as_("lena"), "/contacts")) == [
        "Tom Brandt",
        "Pia Nordin",
        "Lena Ortiz",
        "Nina Osei",
        "Paul Reyes",
    ]
    assert (await names(as_("tom"), "/contacts")) == ["Tom Brandt", "Lena Ortiz"]
    seen = await as_("tom").get(f"/people/{world.lena}/contact")
    assert (seen.json()["email"], seen.json()["external_id"]) == (
        "lena@juniper.example",
        "lena-ext",
    )
    for reader, person in (("tom", world.nina), ("paul", world.ben), ("zoe", world.tom)):
        assert (await as_(reader).get(f"/people/{person}/contact")).status_code == 404


# --- adding and changing ----------------------------------------------------------------------


async def test_the_district_adds_and_changes_people(as_, world):
    new = {"given_name": "Kit", "family_name": "Abel", "email": "Kit@Juniper.example"}
    for nobody in ("paul", "lena", "juniper_rosters"):
        headers = {"Idempotency-Key": str(uuid4())}
        assert (await as_(nobody).post("/people", json=new, headers=headers)).status_code == 403
    made = await as_("ada").post("/people", json=new)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/api/v1/people/{made.json()['id']}"
    assert made.json()["permissions"] == ["edit", "invite", "deactivate"]
    path = f"/people/{made.json()['id']}"
    assert (await as_("ada").get(f"{path}/contact")).json()["email"] == "kit@juniper.example"
    twice = await as_("ada").post("/people", json={**new, "given_name": "Kitty"})
    assert (twice.status_code, twice.json()["code"]) == (409, "email_taken")
    done = await as_("ada").patch(path, json={"family_name": "Abell"}, headers=IF_1)
    assert (done.json()["name"], done.json()["version"]) == ("Kit Abell", 2)
    assert (await as_("ada").patch(path, json={}, headers=IF_1)).status_code == 412
    tom = f"/people/{world.tom}"
    assert (await as_("paul").patch(tom, json={}, headers=IF_1)).status_code == 403
    assert (await as_("zoe").patch(tom, json={}, headers=IF_1)).status_code == 404
    wrong = await as_("ada").patch(tom, json={"given_name": None}, headers=IF_1)
    assert wrong.status_code == 422


async def sign_in(as_, username, password=PASSWORD):
    form = {"grant_type": "password", "username": username, "password": password}
    return await as_().post("/auth/token", data=form)


async def test_a_new_address_is_what_somebody_signs_in_with(as_, world):
    path = f"/people/{world.tom}"
    ada = as_("ada")
    for taken in ("nina@juniper.example", "wes@kestrel.example"):
        refused = await ada.patch(path, json={"email": taken}, headers=IF_1)
        assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")
    refused = await ada.patch(path, json={"email": None}, headers=IF_1)
    assert (refused.status_code, refused.json()["code"]) == (409, "email_missing")
    assert (await sign_in(as_, "tom@juniper.example")).status_code == 200
    done = await ada.patch(path, json={"email": "thomas@juniper.example"}, headers=IF_1)
    assert done.status_code == 200, done.text
    assert (await sign_in(as_, "tom@juniper.example")).status_code == 400
    assert (await sign_in(as_, "Thomas@juniper.example")).status_code == 200


async def test_an_invitation_is_shown_once_and_dies_with_the_address_it_went_to(as_, world):
    ada = as_("ada")
    new = {"given_name": "Kit", "family_name": "Abel"}
    person = (await ada.post("/people", json=new)).json()
    path = f"/people/{person['id']}"
    refused = await ada.post(f"{path}/invite")
    assert (refused.status_code, refused.json()["code"]) == (409, "email_missing")
    await ada.patch(path, json={"email": "kit@juniper.example"}, headers=IF_1)
    key = {"Idempotency-Key": str(uuid4())}
    sent = await ada.post(f"{path}/invite", headers=key)
    assert sent.status_code == 200, sent.text
    assert sent.json()["person_id"] == person["id"]
    again = await ada.post(f"{path}/invite", headers=key)
    assert (again.json()["id"], again.json()["token"]) == (sent.json()["id"], None)
    moved = await ada.patch(path, json={"email": "k@juniper.example"}, headers={"If-Match": '"2"'})
    assert moved.status_code == 200, moved.text
    body = {"token": sent.json()["token"], "password": "seven purple otters juggle"}
    spent = await as_().post("/auth/invitations/accept", json=body)
    assert (spent.status_code, spent.json()["code"]) == (409, "invitation_spent")
    anew = (await ada.post(f"{path}/invite")).json()
    done = await as_().post("/auth/invitations/accept", json={**body, "token": anew["token"]})
    assert (done.status_code, done.json()["email"]) == (200, "k@juniper.example")
    assert (await sign_in(as_, "k@juniper.example", body["password"])).status_code == 200
    assert (await sign_in(as_, "kit@juniper.example", body["password"])).status_code == 400


async def test_only_the_district_invites_and_only_those_without_an_account(as_, world):
    path = f"/people/{world.tom}/invite"
    assert (await as_("paul").post(path)).status_code == 403
    assert (await as_("zoe").post(path)).status_code == 404
    refused = await as_("ada").post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "account_exists")


async def test_somebody_deactivated_is_out_at_once_and_keeps_their_roles(as_, world):
    path = f"/people/{world.tom}"
    assert (await as_("tom").get("/me")).status_code == 200
    assert (await as_("paul").post(f"{path}/deactivate", headers=IF_1)).status_code == 403
    assert (await as_("ada").post(f"{path}/deactivate")).status_code == 428
    done = await as_("ada").post(f"{path}/deactivate", headers=IF_1)
    assert done.status_code == 200, done.text
    assert (done.json()["active"], len(done.json()["roles"])) == (False, 2)
    assert done.json()["permissions"] == ["edit", "reactivate"]
    assert (await as_("tom").get("/me")).status_code == 401
    assert (await sign_in(as_, "tom@juniper.example")).status_code == 400
    assert (await names(as_("ada"), "/people", active="false")) == ["Tom Brandt"]
    for step in ("deactivate", "invite"):
        refused = await as_("ada").post(f"{path}/{step}", headers={"If-Match": '"2"'})
        assert (refused.json()["code"], refused.json()["allowed"]) == (
            "wrong_state",
            ["reactivate"],
        )
    back = await as_("ada").post(f"{path}/reactivate", headers={"If-Match": '"2"'})
    assert back.json()["active"] is True
    assert (await as_("tom").get("/me")).status_code == 401
    assert (await sign_in(as_, "tom@juniper.example")).status_code == 200
    refused = await as_("ada").post(f"{path}/reactivate", headers={"If-Match": '"3"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


# --- roles ------------------------------------------------------------------------------------


async def test_roles_are_listed_to_those_who_run_them(as_, world):
    async def kinds(who, **params):
        answer = await as_(who).get("/roles", params=params)
        return sorted(item["kind"] for item in answer.json()["items"])

    assert len(await kinds("ada")) == 19
    assert len(await kinds("paul")) == 16
    assert (await kinds("paul", kind="mentor")) == ["mentor"]
    assert (await kinds("tom")) == ["teacher", "team_member"]
    assert (await kinds("luis", team_id=str(world.arts))) == ["team_lead", "team_member"]
    assert (await kinds("ada", person_id=str(world.bea))) == ["school_leader"]
    assert (await kinds("ada", school_id=str(world.birch), current="false")) == []
    assert len(await kinds("zoe")) == 6
    for reader in ("zoe", "nina", "bea"):
        assert (await as_(reader).get(f"/roles/{world.role_6_tom}")).status_code == 404


async def test_the_leader_gives_the_roles_of_the_school_and_not_their_own(as_, world):
    mentor = {"person_id": str(world.uma), "kind": "mentor", "school_id": str(world.alder)}
    assert (await as_("lena").post("/roles", json=mentor)).status_code == 403
    made = await as_("paul").post("/roles", json=mentor)
    assert made.status_code == 201, made.text
    assert (made.json()["started_on"], made.json()["permissions"]) == ("2026-10-05", ["end"])
    again = await as_("paul").post("/roles", json=mentor)
    assert (again.status_code, again.json()["code"]) == (409, "role_exists")
    assert (await as_("lena").post("/roles", json=mentor)).status_code == 403
    for kind, more in (("school_leader", {}), ("teacher", {"tested_subject": True})):
        body = {**mentor, "kind": kind, **more}
        person = {**body, "person_id": str(world.mia)}
        assert (await as_("paul").post("/roles", json=person)).status_code == 403
        assert (await as_("ada").post("/roles", json=person)).status_code == 201
    elsewhere = {**mentor, "school_id": str(world.birch)}
    assert (await as_("paul").post("/roles", json=elsewhere)).status_code == 403
    hidden = {**mentor, "person_id": str(world.ben)}
    refused = await as_("paul").post("/roles", json=hidden)
    assert (refused.status_code, refused.json()["code"]) == (409, "unknown_reference")
    assert (await as_("zoe").post("/roles", json=mentor)).json()["code"] == "unknown_reference"


@pytest.mark.parametrize(
    ("kind", "places", "code", "missing"),
    [
        ("district_administrator", {"school_id": "alder"}, "role_place", None),
        ("school_leader", {}, "role_place", ["school_id"]),
        ("team_lead", {"school_id": "alder"}, "role_place", ["team_id"]),
        ("team_member", {}, "role_place", ["school_id", "team_id"]),
        ("mentor", {"school_id": "alder", "team_id": "arts"}, "role_place", None),
        ("team_lead", {"school_id": "birch", "team_id": "arts"}, "role_place", None),
        ("team_lead", {"school_id": "alder", "team_id": "readers"}, "unknown_reference", None),
        ("mentor", {"school_id": "cedar"}, "unknown_reference", None),
        ("teacher", {"school_id": "birch"}, "role_place", ["tested_subject"]),
    ],
)
async def test_a_role_has_its_place(as_, world, kind, places, code, missing):
    ids = {name: str(world.ids[place]) for name, place in places.items()}
    body = {"person_id": str(world.uma), "kind": kind, **ids}
    refused = await as_("ada").post("/roles", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    found = refused.json().get("missing")
    assert (found and [gap["code"] for gap in found]) == missing


async def test_a_role_does_not_start_in_the_future(as_, world):
    body = {"person_id": str(world.uma), "kind": "mentor", "school_id": str(world.alder)}
    later = await as_("paul").post("/roles", json={**body, "started_on": "2026-10-06"})
    assert (later.status_code, later.json()["code"]) == (409, "role_starts_later")
    past = await as_("paul").post("/roles", json={**body, "started_on": "2026-09-01"})
    assert past.status_code == 201


async def test_an_ended_role_counts_no_more_from_the_next_request(as_, world):
    path = f"/roles/{world.role_1_paul}"
    assert (await as_("paul").get("/contacts")).json()["items"][0]["name"] == "Tom Brandt"
    assert (await as_("paul").post(f"{path}/end", headers=IF_1)).status_code == 403
    assert (await as_("zoe").post(f"{path}/end", headers=IF_1)).status_code == 404
    done = await as_("ada").post(f"{path}/end", headers=IF_1)
    assert (done.json()["ended_on"], done.json()["permissions"]) == ("2026-10-05", [])
    assert (await names(as_("paul"), "/contacts")) == ["Paul Reyes"]
    again = await as_("ada").post(f"{path}/end", headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (409, "role_ended")
    anew = {"person_id": str(world.paul), "kind": "school_leader", "school_id": str(world.alder)}
    assert (await as_("ada").post("/roles", json=anew)).status_code == 201


async def test_a_district_keeps_an_administrator(as_, world):
    person, role = f"/people/{world.ada}", f"/roles/{world.role_0_ada}"
    for path in (f"{person}/deactivate", f"{role}/end"):
        refused = await as_("ada").post(path, headers=IF_1)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    second = {"person_id": str(world.bea), "kind": "district_administrator"}
    assert (await as_("ada").post("/roles", json=second)).status_code == 201
    bea = f"/people/{world.bea}"
    assert (await as_("ada").post(f"{bea}/deactivate", headers=IF_1)).status_code == 200
    # the second one cannot act, so the first is the last again
    assert (await as_("ada").post(f"{role}/end", headers=IF_1)).status_code == 409
    await as_("ada").post(f"{bea}/reactivate", headers={"If-Match": '"2"'})
    assert (await as_("ada").post(f"{role}/end", headers=IF_1)).status_code == 200


async def test_two_administrators_who_remove_each_other_leave_one(live):
    world = live.world
    body = {"person_id": str(world.bea), "kind": "district_administrator"}
    assert (await live.as_("ada").post("/roles", json=body)).status_code == 201
    answers = []

    async def remove(who, whom):
        path = f"/people/{world.ids[whom]}/deactivate"
        answers.append((await live.as_(who).post(path, headers=IF_1)).status_code)

    # Hold the turn they must wait for until both wait, so that neither sees what the other did.
    lock = int.from_bytes(world.juniper.bytes[-8:], "big", signed=True)
    waiting = text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
    async with live.app.state.database.writing() as holder, anyio.create_task_group() as group:
        await holder.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": lock})
        group.start_soon(remove, "ada", "bea")
        group.start_soon(remove, "bea", "ada")
        with anyio.fail_after(20):
            while await holder.scalar(waiting) < 2:  # noqa: ASYNC110  # the database knows
                await anyio.sleep(0.01)
        await holder.rollback()
    assert sorted(answers) == [200, 409]


# --- the caller -------------------------------------------------------------------------------


async def test_me_says_who_i_am_to_others(as_, world):
    me = (await as_("lena").get("/me")).json()
    assert (me["kind"], me["name"], me["email"]) == ("person", "Lena Ortiz", "lena@juniper.example")
    assert me["session_id"] == str(world.sessions["lena"][1])
    assert me["district"] == {
        "id": str(world.juniper),
        "name": "Juniper District",
        "zone": "America/Denver",
        "demo": False,
    }
    assert {(r["kind"], r["school_name"], r["team_name"]) for r in me["roles"]} == {
        ("senior_team_lead", "Alder School", "Maths team"),
        ("teacher", "Alder School", None),
    }
    assert {(t["teacher_id"], t["state"]) for t in me["teachers"]} == {
        (str(world.tom), "active"),
        (str(world.nina), "active"),
        (str(world.pia), "paused"),
    }
    assert {"goals", "meetings", "support", "week"} <= set(me["features"])
    assert {"learning_cycles", "observations", "feedback", "action_steps"} <= set(me["features"])
    assert (await as_("tom").get("/me")).json()["leads"] == [str(world.lena)]


async def test_me_of_a_system_is_what_it_may_do(as_, world):
    me = (await as_("juniper_warehouse").get("/me")).json()
    assert (me["id"], me["kind"]) == (str(world.juniper_warehouse), "client")
    assert (me["scopes"], me["roles"], me["email"], me["session_id"]) == (
        ["goals:read", "webhooks:write"],
        [],
        None,
        None,
    )
    refused = await as_("juniper_warehouse").patch("/me", json={"zone": None}, headers=IF_1)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_for_clients")


async def test_i_choose_my_own_zone(as_, world):
    assert (await as_("tom").get("/me")).json()["own_zone"] is None
    assert (await as_("tom").patch("/me", json={"zone": "Asia/Tokyo"})).status_code == 428
    done = await as_("tom").patch("/me", json={"zone": "Asia/Tokyo"}, headers=IF_1)
    assert (done.json()["zone"], done.json()["version"]) == ("Asia/Tokyo", 2)
    assert (await as_("tom").patch("/me", json={"zone": "Mars"}, headers=IF_1)).status_code == 422
    stale = await as_("tom").patch("/me", json={"zone": None}, headers=IF_1)
    assert stale.status_code == 412
    back = await as_("tom").patch("/me", json={"zone": None}, headers={"If-Match": '"2"'})
    assert (back.json()["zone"], back.json()["own_zone"]) == ("America/Denver", None)


async def test_somebody_without_any_role_still_reads_themselves(as_, world):
    made = await as_("ada").post(
        "/people",
        json={"given_name": "Rae", "family_name": "Holt", "email": "rae@juniper.example"},
    )
    rae = made.json()["id"]
    token = (await as_("ada").post(f"/people/{rae}/invite")).json()["token"]
    accepted = await as_().post(
        "/auth/invitations/accept", json={"token": token, "password": "ladder velvet comet spoon 7"}
    )
    assert accepted.status_code == 200, accepted.text
    signed_in = await as_().post(
        "/auth/token",
        data={
            "grant_type": "password",
            "username": "rae@juniper.example",
            "password": "ladder velvet comet spoon 7",
        },
    )
    own = as_(None, Authorization=f"Bearer {signed_in.json()['access_token']}")
    assert (await own.get(f"/people/{rae}")).json()["name"] == "Rae Holt"
    assert [person["id"] for person in (await own.get("/people")).json()["items"]] == [rae]
    assert (await own.get(f"/people/{world.tom}")).status_code == 404
    assert (await as_("tom").get(f"/people/{rae}")).status_code == 404


async def test_a_teacher_reads_the_name_of_a_lead_who_left_the_school(as_, world):
    roles = (await as_("ada").get(f"/roles?person_id={world.lena}")).json()["items"]
    for role in roles:
        ended = await as_("ada").post(
            f"/roles/{role['id']}/end", headers={"If-Match": f'"{role["version"]}"'}
        )
        assert ended.status_code == 200, ended.text
    assert (await as_("tom").get(f"/people/{world.lena}")).json()["name"] == "Lena Ortiz"
    assert (await as_("sam").get(f"/people/{world.lena}")).status_code == 404
