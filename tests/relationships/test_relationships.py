"""Coaching relationships: who proposes and activates, the rules of a pair, what an end closes."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

PATH = "/coaching-relationships"


def pair(world: Any, lead: str, teacher: str, **fields: Any) -> dict[str, Any]:
    return {
        "lead_id": str(getattr(world, lead)),
        "teacher_id": str(getattr(world, teacher)),
        "school_year_id": str(world.alder_year),
        **fields,
    }


def at(row: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{row["version"]}"'}


async def propose(client: Any, body: dict[str, Any]) -> dict[str, Any]:
    made = await client.post(PATH, json=body)
    assert made.status_code == 201, made.text
    row: dict[str, Any] = made.json()
    return row


async def act(client: Any, row: dict[str, Any], step: str, **options: Any) -> Any:
    return await client.post(f"{PATH}/{row['id']}/{step}", headers=at(row), **options)


async def test_the_school_leader_proposes_and_the_teacher_activates(as_, world):
    body = pair(world, "lena", "uma")
    for nobody in ("lena", "uma", "bea", "ivy"):
        refused = await as_(nobody).post(PATH, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    other = await as_("yan").post(PATH, json=body)
    assert (other.status_code, other.json()["code"]) == (409, "unknown_reference")
    made = await as_("paul").post(PATH, json=body)
    assert made.status_code == 201, made.text
    row = made.json()
    assert made.headers["location"] == f"/api/v1{PATH}/{row['id']}"
    assert (row["state"], row["primary"], row["school_id"]) == ("proposed", True, str(world.alder))
    assert row["permissions"] == ["edit", "activate", "withdraw"]

    assert (await as_("luis").get(f"{PATH}/{row['id']}")).status_code == 404
    assert (await act(as_("luis"), row, "activate")).status_code == 404
    for reader in ("lena", "ada"):
        refused = await act(as_(reader), row, "activate")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    seen = (await as_("uma").get(f"{PATH}/{row['id']}")).json()
    assert seen["permissions"] == ["activate", "read_hand_over"]
    assert (await as_("uma").post(f"{PATH}/{row['id']}/activate")).status_code == 428
    done = await act(as_("uma"), row, "activate")
    assert (done.status_code, done.json()["state"], done.json()["version"]) == (200, "active", 2)
    assert (await act(as_("uma"), row, "activate")).status_code == 412
    again = await act(as_("uma"), done.json(), "activate")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert again.json()["allowed"] == ["edit", "pause", "end", "hand_over"]


@pytest.mark.parametrize(
    ("lead", "teacher", "scope"), [("lena", "uma", "owns"), ("luis", "uma", "contributes")]
)
async def test_the_evaluator_scope_follows_the_leads_role_unless_given(
    as_, world, lead, teacher, scope
):
    made = await propose(as_("ada"), pair(world, lead, teacher))
    assert made["evaluator_scope"] == scope
    await act(as_("ada"), made, "withdraw")
    given = await propose(as_("ada"), pair(world, lead, teacher, evaluator_scope="none"))
    assert given["evaluator_scope"] == "none"
    title = await as_("ada").post(PATH, json=pair(world, lead, teacher, evaluator_scope="judge"))
    assert title.status_code == 422


@pytest.mark.parametrize(
    ("lead", "teacher", "year", "code"),
    [
        ("lena", "lena", "alder_year", "own_lead"),
        ("tom", "uma", "alder_year", "not_a_lead"),
        ("paul", "uma", "alder_year", "not_a_lead"),
        ("lena", "ivy", "alder_year", "not_a_teacher"),
        ("lena", "ben", "alder_year", "not_a_teacher"),
        ("lena", "ben", "birch_year", "not_a_lead"),
        ("lena", "wes", "alder_year", "unknown_reference"),
        ("xav", "uma", "alder_year", "unknown_reference"),
        ("lena", "uma", "cedar_year", "unknown_reference"),
        ("lena", "uma", "alder_past", "school_year_past"),
        ("lena", "tom", "alder_year", "relationship_exists"),
        ("luis", "tom", "alder_year", "primary_lead_exists"),
        ("luis", "pia", "alder_year", "primary_lead_exists"),
    ],
)
async def test_a_pair_that_breaks_a_rule_is_refused(as_, world, lead, teacher, year, code):
    body = pair(world, lead, teacher, school_year_id=str(getattr(world, year)))
    refused = await as_("ada").post(PATH, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, code), refused.text
    # Olga's relationship is over, so the same lead may begin with her again.
    again = await as_("ada").post(PATH, json=pair(world, "lena", "olga"))
    assert again.status_code == 201, again.text


async def test_a_role_that_ended_counts_no_more(as_, world):
    role = (await as_("ada").get("/roles", params={"person_id": str(world.luis)})).json()["items"]
    lead = next(item for item in role if item["kind"] == "team_lead")
    made = await propose(as_("paul"), pair(world, "luis", "uma"))
    await act(as_("paul"), made, "withdraw")
    ended = await as_("ada").post(f"/roles/{lead['id']}/end", headers=at(lead))
    assert ended.status_code == 200, ended.text
    refused = await as_("paul").post(PATH, json=pair(world, "luis", "uma"))
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_lead")


async def test_a_planned_year_opens_on_1_march_in_the_schools_zone(as_, world, ticking):
    new = {"title": "2027-2028", "first_day": "2027-08-16", "last_day": "2028-06-02"}
    year = (await as_("ada").post(f"/schools/{world.alder}/years", json=new)).json()
    body = pair(world, "lena", "uma", school_year_id=year["id"])
    ticking.at = datetime(2027, 3, 1, 6, 59, tzinfo=UTC)
    early = await as_("paul").post(PATH, json=body)
    assert (early.status_code, early.json()["code"]) == (409, "school_year_too_early")
    assert early.json()["opens_on"] == "2027-03-01"
    ticking.at = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
    assert (await as_("paul").post(PATH, json=body)).status_code == 201


async def test_the_day_a_planned_year_opens_is_the_districts(as_, world, ticking):
    new = {"title": "2027-2028", "first_day": "2027-08-16", "last_day": "2028-06-02"}
    year = (await as_("ada").post(f"/schools/{world.alder}/years", json=new)).json()
    body = pair(world, "lena", "uma", school_year_id=year["id"])
    policy = (await as_("ada").get("/district/policy")).json()
    # A day behind the first day of school lies in the calendar year before.
    changed = await as_("ada").patch(
        "/district/policy",
        json={"values": {"planned_year_opens": "10-05"}, "reason": "we plan early"},
        headers=at(policy),
    )
    assert changed.status_code == 200, changed.text
    ticking.at = datetime(2026, 10, 5, 5, 59, tzinfo=UTC)
    early = await as_("paul").post(PATH, json=body)
    assert (early.status_code, early.json()["opens_on"]) == (409, "2026-10-05")
    ticking.at = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
    assert (await as_("paul").post(PATH, json=body)).status_code == 201


async def test_one_primary_lead_per_teacher_and_year(as_, world):
    second = await propose(as_("paul"), pair(world, "luis", "tom", primary=False))
    path = f"{PATH}/{second['id']}"
    for reader in ("luis", "tom"):
        refused = await as_(reader).patch(path, json={"primary": True}, headers=at(second))
        assert refused.status_code == 403
    taken = await as_("paul").patch(path, json={"primary": True}, headers=at(second))
    assert (taken.status_code, taken.json()["code"]) == (409, "primary_lead_exists")
    first = (await as_("paul").get(f"{PATH}/{world.lena_tom}")).json()
    aside = await as_("paul").patch(
        f"{PATH}/{world.lena_tom}", json={"primary": False}, headers=at(first)
    )
    assert (aside.status_code, aside.json()["evaluator_scope"]) == (200, "owns")
    now = await as_("paul").patch(
        path, json={"primary": True, "evaluator_scope": "none"}, headers=at(second)
    )
    assert now.status_code == 200, now.text
    assert (now.json()["primary"], now.json()["evaluator_scope"]) == (True, "none")
    assert (await as_("paul").patch(path, json={"primary": None}, headers=at(second))).json()[
        "code"
    ] == "invalid"
    over = (await as_("paul").get(f"{PATH}/{world.lena_olga}")).json()
    late = await as_("paul").patch(
        f"{PATH}/{world.lena_olga}", json={"primary": False}, headers=at(over)
    )
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("name", "state", "allowed"),
    [
        ("lena_tom", "active", {"pause", "end"}),
        ("lena_pia", "paused", {"resume", "end"}),
        ("lena_olga", "ended", set()),
    ],
)
async def test_only_the_steps_of_the_lifecycle_are_taken(as_, world, name, state, allowed):
    row = (await as_("paul").get(f"{PATH}/{getattr(world, name)}")).json()
    assert row["state"] == state
    assert set(row["permissions"]) - {"edit", "hand_over"} == allowed
    body = {"end": {"json": {"reason": "They work in other schools now."}}}
    for step in {"activate", "withdraw", "pause", "resume", "end"} - allowed:
        refused = await act(as_("paul"), row, step, **body.get(step, {}))
        assert (refused.status_code, refused.json()["state"]) == (409, state)
        assert set(refused.json()["allowed"]) - {"edit", "hand_over"} == allowed
    for step in allowed:
        for party in ("lena", row["teacher_id"]):
            who = party if party == "lena" else {"lena_tom": "tom", "lena_pia": "pia"}[name]
            refused = await act(as_(who), row, step, **body.get(step, {}))
            assert refused.status_code == 403
    for step in sorted(allowed, reverse=True):
        done = await act(as_("paul"), row, step, **body.get(step, {}))
        assert done.status_code == 200, done.text
        row = done.json()


async def test_an_end_has_a_reason_and_closes_the_records_on_the_next_request(as_, world):
    goal = {
        "level": "individual",
        "kind": "growth",
        "title": "Wait longer after a question",
        "school_year_id": str(world.alder_year),
        "teacher_id": str(world.tom),
    }
    made = await as_("tom").post("/goals", json=goal)
    assert made.status_code == 201, made.text
    opened = (f"/people/{world.tom}/contact", f"/goals/{made.json()['id']}")
    lena = as_("lena")
    row = (await as_("paul").get(f"{PATH}/{world.lena_tom}")).json()
    for path in opened:
        assert (await lena.get(path)).status_code == 200
    assert (await act(as_("paul"), row, "end", json={})).status_code == 422
    assert (await act(as_("paul"), row, "end", json={"reason": "x" * 2001})).status_code == 422
    ended = await act(as_("paul"), row, "end", json={"reason": "Tom joins another team."})
    assert (ended.status_code, ended.json()["state"]) == (200, "ended")
    assert ended.json()["end_reason"] == "Tom joins another team."
    assert ended.json()["ended_at"] is not None
    for path in opened:
        assert (await lena.get(path)).status_code == 404
        assert (await as_("tom").get(path)).status_code == 200
    # The name stays what every colleague reads; the relationship's own history stays with both.
    assert (await lena.get(f"/people/{world.tom}")).status_code == 200
    assert (await lena.get(f"{PATH}/{world.lena_tom}")).json()["state"] == "ended"


async def test_only_an_active_relationship_opens_records(as_, world):
    contact = f"/people/{world.uma}/contact"
    row = await propose(as_("paul"), pair(world, "luis", "uma"))
    assert (await as_("luis").get(contact)).status_code == 404
    row = (await act(as_("uma"), row, "activate")).json()
    assert (await as_("luis").get(contact)).status_code == 200
    assert (await as_("lena").get(contact)).status_code == 404
    done = await act(as_("paul"), row, "end", json={"reason": "A mistake."})
    assert done.status_code == 200
    assert (await as_("luis").get(contact)).status_code == 404


async def test_each_sees_their_own_relationships(as_, world):
    async def names(who: str, **filters: Any) -> list[str]:
        answer = await as_(who).get(PATH, params=filters)
        assert answer.status_code == 200, answer.text
        named = {str(world.ids[key]): key for key in world.ids if "_" in key}
        return [named[item["id"]] for item in answer.json()["items"]]

    lenas = sorted(("lena_tom", "lena_nina", "lena_pia", "lena_olga"), key=world.ids.get)
    alder = sorted((*lenas, "luis_sam"), key=world.ids.get)
    for who in ("ada", "paul"):
        assert await names(who) == alder
    assert await names("lena") == lenas
    assert await names("tom") == ["lena_tom"]
    assert await names("xav") == await names("wes") == await names("zoe") == ["xav_wes"]
    for who in ("ivy", "mia", "uma", "bea", "ben"):
        assert await names(who) == []
    assert (await as_("juniper_warehouse").get(PATH)).status_code == 403
    assert await names("ada", state="paused") == ["lena_pia"]
    assert await names("ada", lead_id=str(world.luis)) == ["luis_sam"]
    assert await names("ada", teacher_id=str(world.nina)) == ["lena_nina"]
    assert await names("ada", school_year_id=str(world.alder_past)) == []
    assert await names("ada", school_id=str(world.birch)) == []
    assert await names("paul", school_id=str(world.alder), state="ended") == ["lena_olga"]
    page = (await as_("paul").get(PATH, params={"limit": 2})).json()
    rest = (await as_("paul").get(PATH, params={"limit": 200, "cursor": page["next"]})).json()
    assert [i["id"] for i in page["items"] + rest["items"]] == [str(world.ids[n]) for n in alder]
    assert (await as_("tom").get(f"{PATH}/{world.luis_sam}")).status_code == 404
    assert (await as_("ada").get(f"{PATH}/{world.xav_wes}")).status_code == 404


async def test_every_step_is_in_the_audit_without_its_reason(as_, world):
    row = await propose(as_("paul"), pair(world, "luis", "uma"))
    for step in ("activate", "pause", "resume"):
        row = (await act(as_("paul"), row, step)).json()
    changed = await as_("paul").patch(
        f"{PATH}/{row['id']}", json={"evaluator_scope": "none"}, headers=at(row)
    )
    await act(as_("paul"), changed.json(), "end", json={"reason": "Moved away, sadly."})
    other = await propose(as_("paul"), pair(world, "luis", "uma"))
    await act(as_("paul"), other, "withdraw")
    answer = await as_("paul").get("/audit", params={"subject_type": "coaching_relationship"})
    found = {(item["subject_id"], item["action"].split(".")[1]) for item in answer.json()["items"]}
    steps = ("proposed", "activated", "paused", "resumed", "changed", "ended")
    assert found == {(row["id"], step) for step in steps} | {
        (other["id"], step) for step in ("proposed", "withdrawn")
    }
    assert "sadly" not in answer.text
    ended = next(i for i in answer.json()["items"] if i["action"].endswith(".ended"))
    assert ended["changed"] == ["end_reason", "ended_at", "state"]


async def test_teacher_and_leader_activate_at_the_same_moment(live):
    world = live.world
    row = await propose(live.as_("paul"), pair(world, "luis", "uma"))
    answers = await asyncio.gather(
        *(act(live.as_(who), row, "activate") for who in ("uma", "paul"))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200
    assert statuses[1] in (409, 412)
    now = (await live.as_("uma").get(f"{PATH}/{row['id']}")).json()
    assert (now["state"], now["version"]) == ("active", 2)
    params = {"subject_id": row["id"], "action": "coaching_relationship.activated"}
    events = (await live.as_("paul").get("/audit", params=params)).json()["items"]
    assert len(events) == 1


async def test_two_primary_leads_proposed_at_the_same_moment(live):
    world = live.world
    bodies = [pair(world, lead, "uma") for lead in ("lena", "luis")]
    askers = [live.as_(who) for who in ("ada", "paul")]
    answers = await asyncio.gather(
        *(asker.post(PATH, json=body) for asker, body in zip(askers, bodies, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "primary_lead_exists"


async def test_a_former_lead_reads_on_for_the_days_the_policy_says(as_, world, connection):
    """domain.md §3, with the number of the district's policy."""
    comment = {"text": "Kept for a while."}
    goal = {
        "level": "individual",
        "kind": "growth",
        "title": "Wait for answers",
        "school_year_id": str(world.alder_year),
        "teacher_id": str(world.tom),
    }
    made = (await as_("tom").post("/goals", json=goal)).json()
    written = await as_("lena").post(f"/goals/{made['id']}/comments", json=comment)
    note = f"/goal-comments/{written.json()['id']}"
    path = f"/coaching-relationships/{world.lena_tom}"
    ended = await as_("paul").post(
        f"{path}/end", json={"reason": "A new team"}, headers={"If-Match": '"1"'}
    )
    assert ended.status_code == 200, ended.text
    assert (await as_("lena").get(note)).status_code == 200
    policy = await as_("ada").get("/district/policy")
    shortened = await as_("ada").patch(
        "/district/policy",
        json={"values": {"former_lead_days": 0}, "reason": "Closed at once here"},
        headers={"If-Match": policy.headers["etag"]},
    )
    assert shortened.status_code == 200, shortened.text
    assert (await as_("lena").get(note)).status_code == 404
    assert (await as_("tom").get(note)).status_code == 200


async def give(client: Any, world: Any, person: str, kind: str, team: str | None = None) -> Any:
    """Give a role at Alder and answer it."""
    body = {"person_id": str(getattr(world, person)), "kind": kind, "school_id": str(world.alder)}
    if kind == "teacher":
        body["tested_subject"] = True  # type: ignore[assignment]
    if team is not None:
        body["team_id"] = str(getattr(world, team))
    made = await client.post("/roles", json=body)
    assert made.status_code == 201, made.text
    return made.json()


async def test_a_leader_becomes_a_lead_by_the_teachers_own_yes(as_, world):
    paul, uma = as_("paul"), as_("uma")
    await give(paul, world, "paul", "team_lead", "maths")
    made = await propose(paul, pair(world, "paul", "uma"))
    assert "activate" not in made["permissions"]
    refused = await act(paul, made, "activate")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    second = await propose(paul, pair(world, "luis", "uma", primary=False))
    assert (await act(paul, second, "activate")).status_code == 200
    begun = (await act(uma, made, "activate")).json()
    assert begun["state"] == "active"

    # Nor do they become the primary one behind the teacher's back.
    less = await paul.patch(f"{PATH}/{begun['id']}", json={"primary": False}, headers=at(begun))
    assert less.status_code == 200
    more = await paul.patch(
        f"{PATH}/{begun['id']}", json={"primary": True}, headers=at(less.json())
    )
    assert (more.status_code, more.json()["code"]) == (409, "teacher_decides")
    luis = (await paul.get(f"{PATH}/{second['id']}")).json()
    change = await paul.patch(f"{PATH}/{luis['id']}", json={"primary": True}, headers=at(luis))
    assert change.status_code == 200, change.text


async def test_an_administrator_who_leads_needs_the_teachers_yes_too(as_, world):
    await give(as_("ada"), world, "ada", "other_teacher_leader", "maths")
    made = await propose(as_("ada"), pair(world, "ada", "uma"))
    for somebody in ("ada", "paul"):
        assert (await act(as_(somebody), made, "activate")).status_code == 403
    assert (await act(as_("uma"), made, "activate")).status_code == 200


async def test_one_lead_at_a_time_also_across_years(as_, world, ticking):
    ticking.at = ticking.at.replace(year=2027, month=4, day=1)
    year = {"title": "2027-2028", "first_day": "2027-08-16", "last_day": "2028-06-02"}
    planned = (await as_("ada").post(f"/schools/{world.alder}/years", json=year)).json()
    made = await propose(as_("paul"), pair(world, "luis", "tom", school_year_id=planned["id"]))
    early = await act(as_("tom"), made, "activate")
    assert (early.status_code, early.json()["code"]) == (409, "primary_lead_exists")
    now = (await as_("paul").get(f"{PATH}/{world.lena_tom}")).json()
    assert (await act(as_("paul"), now, "end", json={"reason": "Over."})).status_code == 200
    assert (await act(as_("tom"), made, "activate")).status_code == 200


@pytest.mark.parametrize("whose", ["lena", "tom"])
async def test_a_relationship_ends_with_the_roles_it_stands_on(as_, world, whose):
    kinds = {"lena": "senior_team_lead", "tom": "teacher"}
    ada, path = as_("ada"), f"{PATH}/{world.lena_tom}"
    person = getattr(world, whose)
    held = (await ada.get(f"/roles?person_id={person}&kind={kinds[whose]}")).json()["items"]
    assert (await as_("lena").get(f"/people/{world.tom}/contact")).status_code == 200
    for role in held:
        assert (await ada.post(f"/roles/{role['id']}/end", headers=at(role))).status_code == 200
    over = (await ada.get(path)).json()
    assert (over["state"], over["end_reason"]) == ("ended", "role_ended")
    assert (await as_("lena").get(f"/people/{world.tom}/contact")).status_code == 404
    events = (await ada.get(f"/audit?subject_id={world.lena_tom}")).json()["items"]
    assert "coaching_relationship.ended" in {event["action"] for event in events}


async def test_a_lead_who_leads_another_team_of_the_school_goes_on(as_, world):
    second = await give(as_("ada"), world, "lena", "team_lead", "arts")
    ended = await as_("ada").post(f"/roles/{second['id']}/end", headers=at(second))
    assert ended.status_code == 200
    assert (await as_("ada").get(f"{PATH}/{world.lena_tom}")).json()["state"] == "active"


async def test_coaching_ends_when_somebody_is_let_go(as_, world):
    proposed = await propose(as_("paul"), pair(world, "lena", "uma"))
    lena = (await as_("ada").get(f"/people/{world.lena}")).json()
    gone = await as_("ada").post(f"/people/{world.lena}/deactivate", headers=at(lena))
    assert gone.status_code == 200
    states = [
        (await as_("ada").get(f"{PATH}/{one}")).json()["state"]
        for one in (world.lena_tom, proposed["id"])
    ]
    assert states == ["ended", "withdrawn"]
