"""Support in confidence: help among the named, and not a byte of difference for anybody else."""

from typing import Any

import pytest

from tests.goals.test_goals import at
from tests.meetings.test_meetings import ok, refused

pytestmark = pytest.mark.anyio
TEXT = "Our 1:1s end in silence."


async def ask(as_: Any, world: Any, *named: str, **fields: Any) -> dict[str, Any]:
    """Lena asks for help with Tom."""
    body = {
        "about_id": str(world.tom),
        "recipient_ids": [str(world.ids[name]) for name in named or ("mia", "paul")],
        "text": TEXT,
        **fields,
    }
    made: dict[str, Any] = await ok(as_("lena").post("/support-requests", json=body), 201)
    return made


async def step(client: Any, row: dict[str, Any], verb: str, **body: Any) -> Any:
    """A step of a request at its present version."""
    path = f"/support-requests/{row['id']}"
    now = await ok(client.get(path))
    return await client.post(f"{path}/{verb}", json=body or None, headers=at(now))


async def test_named_people_help_and_the_raiser_decides_who_reads(as_, world):
    made = await ask(as_, world)
    assert made["recipient_ids"] == [str(world.mia), str(world.paul)]
    path = f"/support-requests/{made['id']}"
    for stranger in ("tom", "ada", "luis", "ivy", "nina", "bea", "zoe"):
        await refused(as_(stranger).get(path), 404, "not_found")
        assert (await ok(as_(stranger).get("/support-requests")))["items"] == []
    await ok(step(as_("mia"), made, "acknowledge"))
    await ok(step(as_("mia"), made, "start"))
    said = {"kind": "solution", "text": "Let Tom lead the first ten minutes."}
    await ok(as_("mia").post(f"{path}/entries", json=said), 201)
    shared = await ok(step(as_("lena"), made, "share", person_id=str(world.luis)))
    assert shared["recipient_ids"][-1] == str(world.luis)
    again = await ok(step(as_("lena"), made, "share", person_id=str(world.luis)))
    assert again["version"] == shared["version"]
    read = (await ok(as_("luis").get(f"{path}/entries")))["items"]
    assert [row["text"] for row in read] == [said["text"]]
    done = await ok(step(as_("luis"), made, "resolve"))
    assert done["closed_at"]
    await refused(as_("mia").post(f"{path}/entries", json=said), 409, "wrong_state")
    back = await ok(step(as_("lena"), made, "reopen"))
    assert (back["state"], back["closed_at"]) == ("in_progress", None)
    assert (await ok(step(as_("lena"), made, "withdraw")))["state"] == "withdrawn"


@pytest.mark.parametrize("wrong", ["tom", "lena", "sam", "bea", "ada", "zoe"])
async def test_only_those_who_can_help_at_the_school_are_named(as_, world, wrong):
    """Not the teacher concerned, oneself, a peer who leads nobody, or somebody elsewhere."""
    body = {"about_id": str(world.tom), "recipient_ids": [str(world.ids[wrong])], "text": TEXT}
    said = await refused(as_("lena").post("/support-requests", json=body), 409, "not_a_recipient")
    assert said["field"] == "recipient_ids"
    made = await ask(as_, world, "luis")
    sharing = step(as_("lena"), made, "share", person_id=str(world.ids[wrong]))
    await refused(sharing, 409, "not_a_recipient")


async def test_a_concern_is_about_ones_own_coaching(as_, world):
    for who, about in (("lena", "sam"), ("paul", "tom"), ("tom", "nina"), ("lena", "olga")):
        body = {
            "about_id": str(world.ids[about]),
            "recipient_ids": [str(world.mia)],
            "text": TEXT,
        }
        answer = as_(who).post("/support-requests", json=body)
        await refused(answer, 409, "unknown_reference")


async def test_a_next_step_has_owner_and_day_and_is_done_once(as_, world):
    made = await ask(as_, world)
    path = f"/support-requests/{made['id']}/entries"
    mia = as_("mia")
    for wrong in (
        {"kind": "next_step", "text": "Sit in."},
        {"kind": "message", "text": "Sit in.", "owner_id": str(world.mia)},
    ):
        await refused(mia.post(path, json=wrong), 409, "owner_and_day")
    due = {"kind": "next_step", "text": "Sit in.", "due_on": "2026-10-15"}
    stranger = due | {"owner_id": str(world.tom)}
    await refused(mia.post(path, json=stranger), 409, "not_a_recipient")
    entry = await ok(mia.post(path, json=due | {"owner_id": str(world.lena)}), 201)
    target = f"/support-entries/{entry['id']}/finish"
    done = await ok(as_("lena").post(target, headers=at(entry)))
    assert done["done_at"]
    await refused(mia.post(target, headers=at(done)), 409, "nothing_to_do")
    word = await ok(mia.post(path, json={"text": "How was it?"}), 201)
    finish = mia.post(f"/support-entries/{word['id']}/finish", headers=at(word))
    await refused(finish, 409, "nothing_to_do")


async def test_a_leader_who_is_named_is_asked_to_step_in(as_, world):
    made = await ask(as_, world, "mia")
    path = f"/support-requests/{made['id']}/interventions"
    body = {"leader_id": str(world.paul), "text": "Talk to both of us."}
    await refused(as_("lena").post(path, json=body), 409, "not_a_school_leader")
    no_leader = body | {"leader_id": str(world.mia)}
    await refused(as_("lena").post(path, json=no_leader), 409, "not_a_school_leader")
    await ok(step(as_("lena"), made, "share", person_id=str(world.paul)))
    asked = await ok(as_("lena").post(path, json=body), 201)
    target = f"/interventions/{asked['id']}"
    early = as_("paul").post(f"{target}/finish", headers=at(asked))
    said = await refused(early, 409, "wrong_state")
    assert said["allowed"] == ["accept", "decline"]
    declined = {"reason": "Next week."}
    answer = as_("paul").post(f"{target}/decline", json=declined, headers=at(asked))
    assert (await ok(answer))["reason"] == "Next week."


async def answer(as_: Any, asked: dict[str, Any], verb: str) -> Any:
    """A step of Paul's at the intervention's present version."""
    path = f"/interventions/{asked['id']}"
    now = await ok(as_("paul").get(path))
    body = {"reason": "Next week."} if verb == "decline" else None
    return await as_("paul").post(f"{path}/{verb}", json=body, headers=at(now))


async def test_a_leader_is_asked_once_until_they_have_answered(as_, world):
    made = await ask(as_, world)
    path = f"/support-requests/{made['id']}/interventions"
    body = {"leader_id": str(world.paul), "text": "Talk to both of us."}
    for verbs in (("accept", "start", "finish"), ("decline",)):
        asked = await ok(as_("lena").post(path, json=body), 201)
        for verb in verbs:
            await refused(as_("lena").post(path, json=body), 409, "already_asked")
            await ok(answer(as_, asked, verb))
    await ok(as_("lena").post(path, json=body), 201)


@pytest.mark.parametrize("over", ["resolve", "withdraw"])
async def test_nobody_steps_in_once_the_request_is_over(as_, world, over):
    made = await ask(as_, world)
    path = f"/support-requests/{made['id']}/interventions"
    body = {"leader_id": str(world.paul), "text": "Talk to both of us."}
    asked = await ok(as_("lena").post(path, json=body), 201)
    offered = f"/interventions/{asked['id']}"
    assert "accept" in (await ok(as_("paul").get(offered)))["permissions"]
    await ok(step(as_("mia"), made, "acknowledge"))
    await ok(step(as_("mia"), made, "start"))
    await ok(step(as_("lena"), made, over))
    await refused(answer(as_, asked, "accept"), 409, "support_request_over")
    assert "accept" not in (await ok(as_("paul").get(offered)))["permissions"]
    if over == "withdraw":
        assert (await ok(answer(as_, asked, "decline")))["state"] == "declined"
        return
    await ok(step(as_("lena"), made, "reopen"))
    await ok(answer(as_, asked, "accept"))
    await ok(step(as_("mia"), made, "resolve"))
    await refused(answer(as_, asked, "start"), 409, "support_request_over")
    await ok(step(as_("lena"), made, "reopen"))
    await ok(answer(as_, asked, "start"))
    await ok(step(as_("mia"), made, "resolve"))
    assert (await ok(answer(as_, asked, "finish")))["state"] == "done", "what was begun ends"


async def test_a_request_has_a_history_for_those_who_read_it(as_, world):
    made = await ask(as_, world)
    other = await ask(as_, world, "luis")
    path = f"/support-requests/{made['id']}"
    await ok(step(as_("mia"), made, "acknowledge"))
    entry = await ok(as_("mia").post(f"{path}/entries", json={"text": "How was it?"}), 201)
    body = {"leader_id": str(world.paul), "text": TEXT}
    asked = await ok(as_("lena").post(f"{path}/interventions", json=body), 201)
    await ok(answer(as_, asked, "decline"))
    expected = [
        ("support_request.raised", "lena", "support_request", made["id"], []),
        ("support_request.acknowledged", "mia", "support_request", made["id"], ["state"]),
        ("support_entry.written", "mia", "support_entry", entry["id"], []),
        ("intervention.requested", "lena", "intervention", asked["id"], []),
        ("intervention.declined", "paul", "intervention", asked["id"], ["reason", "state"]),
    ]
    for who in ("lena", "mia", "paul"):
        found = await ok(as_(who).get(f"{path}/history"))
        assert [
            (e["action"], e["actor_id"], e["subject_type"], e["subject_id"], e["changed"])
            for e in found["items"]
        ] == [(a, str(world.ids[who_]), kind, id_, names) for a, who_, kind, id_, names in expected]
        assert TEXT not in str(found)
    first = await ok(as_("mia").get(f"{path}/history?limit=2"))
    rest = await ok(as_("mia").get(f"{path}/history?limit=200&cursor={first['next']}"))
    assert len(first["items"]) + len(rest["items"]) == len(expected)
    for stranger in ("tom", "luis", "ada", "bea"):
        await refused(as_(stranger).get(f"{path}/history"), 404, "not_found")
    await refused(as_("paul").get(f"/support-requests/{other['id']}/history"), 404, "not_found")
    # The audit of each stays their own.
    seen = (await ok(as_("paul").get("/audit?limit=200")))["items"]
    assert {e["action"] for e in seen if e["record_class"] == "support"} == {
        "intervention.declined"
    }


async def test_an_update_is_the_teachers_to_read_only_when_the_lead_says_so(as_, world):
    told = {"about_id": str(world.tom), "leader_id": str(world.paul), "text": "It goes well."}
    lena = as_("lena")
    wrong = told | {"leader_id": str(world.bea)}
    await refused(lena.post("/leader-updates", json=wrong), 409, "not_a_school_leader")
    other = told | {"about_id": str(world.sam)}
    await refused(lena.post("/leader-updates", json=other), 409, "unknown_reference")
    shut = await ok(lena.post("/leader-updates", json=told), 201)
    opened = await ok(lena.post("/leader-updates", json=told | {"teacher_may_read": True}), 201)

    async def reads(who: str) -> set[str]:
        query = f"/leader-updates?about_id={world.tom}"
        return {row["id"] for row in (await ok(as_(who).get(query)))["items"]}

    assert await reads("paul") == {shut["id"], opened["id"]}
    assert await reads("tom") == {opened["id"]}
    assert await reads("ada") == set()
