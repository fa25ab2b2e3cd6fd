"""Kinds of observation, a yearly vocabulary, and who may score."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.auth import keys
from app.observations.kinds import service
from tests.conftest import Live
from tests.meetings.test_meetings import ok, refused
from tests.observations import PATH, certify, planned, visit

pytestmark = pytest.mark.anyio

KINDS = "/observation-kinds"
SHORT = {
    "key": "formal_short",
    "title": "Formal, short",
    "formal": True,
    "scored": True,
    "counts": True,
    "min_minutes": 15,
    "observers": ["school_leader"],
    "from_on": "2027-07-01",
}


async def test_every_district_has_what_comes_with_the_program(as_, world, connection):
    for who in ("tom", "zoe"):
        listed = (await ok(as_(who).get(KINDS)))["items"]
        assert [(row["key"], row["formal"], row["scored"], row["complete"]) for row in listed] == [
            ("co_observation", False, False, False),
            ("coaching_visit", False, False, False),
            ("full", True, True, True),
            ("partial", True, True, False),
            ("peer", False, False, False),
            ("video", False, False, False),
            ("walkthrough", False, False, False),
        ]
    async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
        await keys.enter(session, world.juniper)
        assert await service.ship(session, Actor.operator(world.juniper, "UTC")) == 0


async def test_a_vocabulary_changes_from_year_to_year(as_, world):
    ada = as_("ada")
    await refused(as_("paul").post(KINDS, json=SHORT), 403, "forbidden")
    taken = SHORT | {"key": "full"}
    await refused(as_("tom").post(KINDS, json=taken), 403, "forbidden")
    await refused(ada.post(KINDS, json=taken), 409, "kind_exists")
    for wrong, code in (
        ({"observers": ["peer"]}, "kind_contradicts"),
        ({"observers": ["lead", "lead"]}, "kind_contradicts"),
        ({"scored": False, "complete": True}, "kind_contradicts"),
        ({"until_on": "2027-01-01"}, "dates_out_of_order"),
    ):
        await refused(ada.post(KINDS, json=SHORT | wrong), 409, code)
    made = await ok(ada.post(KINDS, json=SHORT), 201)
    assert made["permissions"] == ["edit"]
    full = await ok(ada.get(f"{KINDS}/{world.kind_full}"))
    at = {"If-Match": f'"{full["version"]}"'}
    over = {"until_on": "2027-06-30", "title": "Full, as it was"}
    await ok(ada.patch(f"{KINDS}/{full['id']}", json=over, headers=at))
    following = await ok(ada.post(KINDS, json=taken), 201)
    keys_on = {
        day: [row["id"] for row in (await ok(ada.get(f"{KINDS}?key=full&on={day}")))["items"]]
        for day in ("2027-06-30", "2027-07-01")
    }
    assert keys_on == {"2027-06-30": [full["id"]], "2027-07-01": [following["id"]]}
    now = await ok(ada.get(f"{KINDS}/{full['id']}"))
    at = {"If-Match": f'"{now["version"]}"'}
    longer = ada.patch(f"{KINDS}/{full['id']}", json={"until_on": None}, headers=at)
    await refused(longer, 409, "kind_exists")
    # a kind is used in its time
    await certify(as_, world, "paul")
    early = visit(world) | {"kind_id": following["id"]}
    said = await refused(as_("paul").post(PATH, json=early), 409, "observation_conflicts")
    assert [entry["code"] for entry in said["missing"]] == ["kind_not_valid"]


async def test_what_was_observed_keeps_what_its_kind_was(as_, world):
    ada, lena = as_("ada"), as_("lena")
    made = await planned(lena, world)
    kind = await ok(ada.get(f"{KINDS}/{world.kind_coaching_visit}"))
    at = {"If-Match": f'"{kind["version"]}"'}
    path = f"{KINDS}/{kind['id']}"
    await refused(ada.patch(path, json={"formal": True}, headers=at), 422, "invalid")
    await ok(ada.patch(path, json={"until_on": "2026-10-06"}, headers=at))
    now = await ok(lena.get(f"{PATH}/{made['id']}"))
    assert (now["formal"], now["evaluative"], now["state"]) == (False, False, "scheduled")


async def test_certifications_are_the_districts_to_write(as_, world):
    path = "/observer-certifications"
    body = {"person_id": str(world.paul), "title": "Calibrated", "from_on": "2026-09-01"}
    for who in ("paul", "lena"):
        await refused(as_(who).post(path, json=body), 403, "forbidden")
    ada = as_("ada")
    nobody = body | {"person_id": str(world.zoe)}
    await refused(ada.post(path, json=nobody), 409, "unknown_reference")
    early = body | {"until_on": "2026-08-01"}
    await refused(ada.post(path, json=early), 409, "dates_out_of_order")
    made = await certify(as_, world, "lena")
    for who, status in (("lena", 200), ("paul", 200), ("tom", 404), ("bea", 404)):
        assert (await as_(who).get(f"{path}/{made['id']}")).status_code == status
    at = {"If-Match": f'"{made["version"]}"'}
    change = {"until_on": "2026-10-01"}
    await refused(
        as_("paul").patch(f"{path}/{made['id']}", json=change, headers=at), 403, "forbidden"
    )
    await ok(ada.patch(f"{path}/{made['id']}", json=change, headers=at))
    for day, found in (("2026-10-01", 1), ("2026-10-02", 0)):
        listed = await ok(ada.get(f"{path}?on={day}&person_id={world.lena}"))
        assert len(listed["items"]) == found
    # the person finds in their audit who said so
    seen = (await ok(as_("lena").get("/audit")))["items"]
    assert "observer_certification.created" in [event["action"] for event in seen]


async def test_two_kinds_at_once(live: Live) -> None:
    ada: Any = live.as_("ada")
    answers = await asyncio.gather(*(ada.post(KINDS, json=SHORT) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
