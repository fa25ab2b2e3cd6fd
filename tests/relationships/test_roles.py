"""Role clarity: what a lead is to a teacher, what the two expect and ask, how students are told."""

import asyncio
from typing import Any

import pytest

from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, ok, refused
from tests.relationships.test_relationships import PATH, at, pair, propose
from tests.relationships.test_relationships import act as step

pytestmark = pytest.mark.anyio

QUESTION = {"kind": "question", "text": "Who reads your notes?"}


async def asked(as_: Any, who: str = "tom", **fields: Any) -> Any:
    """A role note of Tom's to Lena."""
    return await ok(as_(who).post("/role-notes", json=QUESTION | fields), 201)


async def test_capacities_are_named_and_evaluator_follows_the_scope(as_, world):
    made = await propose(as_("paul"), pair(world, "luis", "uma"))
    assert (made["evaluator_scope"], made["capacities"]) == (
        "contributes",
        ["coach", "evaluator"],
    )
    assert (await step(as_("paul"), made, "withdraw")).status_code == 200
    body = pair(world, "luis", "uma", evaluator_scope="none")
    made = await propose(as_("ada"), body | {"capacities": ["facilitator", "consultant"]})
    assert made["capacities"] == ["consultant", "facilitator"]
    path = f"{PATH}/{made['id']}"

    async def change(who: str, **fields: Any) -> Any:
        now = await ok(as_("paul").get(path))
        return await as_(who).patch(path, json=fields, headers=at(now))

    scoped = (await change("paul", evaluator_scope="owns")).json()
    assert scoped["capacities"] == ["consultant", "facilitator", "evaluator"]
    named = (await change("ada", capacities=["coach"])).json()
    assert (named["capacities"], named["evaluator_scope"]) == (["coach", "evaluator"], "owns")
    both = (await change("paul", capacities=["facilitator"], evaluator_scope="none")).json()
    assert both["capacities"] == ["facilitator"]
    # The teacher and the lead read it and do not write it.
    for reader in ("uma", "luis"):
        assert (await ok(as_(reader).get(path)))["capacities"] == ["facilitator"]
        assert (await change(reader, capacities=["coach"])).status_code == 403
    for wrong in ([], ["coach", "coach"], ["evaluator"], ["friend"], "coach", None):
        assert (await change("paul", capacities=wrong)).status_code == 422, wrong
        new = await as_("paul").post(PATH, json=pair(world, "lena", "uma", capacities=wrong))
        assert new.status_code == 422, wrong
    events = await ok(as_("paul").get(f"/audit?subject_id={made['id']}"))
    changed = [row["changed"] for row in events["items"]]
    assert changed.count(["capacities", "evaluator_scope"]) == 2
    assert changed.count(["capacities"]) == 1


async def test_one_of_the_two_asks_and_the_other_answers_once(as_, world):
    note = await asked(as_)
    assert (note["state"], note["answer"], note["permissions"]) == ("open", None, ["edit"])
    assert (note["lead_id"], note["author_id"]) == (str(world.lena), str(world.tom))
    path = f"/role-notes/{note['id']}"
    tom, lena = as_("tom"), as_("lena")
    assert (await ok(lena.get(path)))["permissions"] == ["answer"]
    # The words are the author's, the answer the other one's.
    for who, sent in (
        ("lena", as_("lena").patch(path, json={"text": "Mine"}, headers=at(note))),
        ("tom", as_("tom").post(f"{path}/answer", json={"answer": "Me"}, headers=at(note))),
    ):
        assert (await sent).status_code == 403, who
    changed = await ok(tom.patch(path, json={"text": "Who reads them?"}, headers=at(note)))
    stale = lena.post(f"{path}/answer", json={"answer": "You."}, headers=at(note))
    await refused(stale, 412, "version_mismatch")
    said = await ok(lena.post(f"{path}/answer", json={"answer": "You."}, headers=at(changed)))
    assert (said["state"], said["answer"], said["answered_by_id"]) == (
        "answered",
        "You.",
        str(world.lena),
    )
    assert (said["text"], said["answered_at"] is not None) == ("Who reads them?", True)
    again = lena.post(f"{path}/answer", json={"answer": "Or me."}, headers=at(said))
    assert (await refused(again, 409, "wrong_state"))["allowed"] == []
    late = tom.patch(path, json={"text": "Never mind."}, headers=at(said))
    await refused(late, 409, "wrong_state")
    # An empty change makes nothing stale.
    other = await asked(as_, "lena", teacher_id=str(world.tom), kind="expectation")
    same = await ok(lena.patch(f"/role-notes/{other['id']}", json={}, headers=at(other)))
    assert same["version"] == other["version"]
    assert (await ok(act(tom, "role-notes", other, "answer", answer="Yes.")))["state"] == "answered"


async def test_role_notes_are_between_the_two(as_, world):
    note = await asked(as_)
    by_lena = await asked(as_, "lena", teacher_id=str(world.tom), kind="expectation")
    of_nina = await asked(as_, "nina")

    async def listed(who: str, query: str = "") -> set[str]:
        return {row["id"] for row in (await ok(as_(who).get(f"/role-notes?{query}")))["items"]}

    assert await listed("tom") == {note["id"], by_lena["id"]}
    assert await listed("lena") == {note["id"], by_lena["id"], of_nina["id"]}
    assert await listed("lena", f"teacher_id={world.nina}") == {of_nina["id"]}
    assert await listed("tom", "kind=expectation") == {by_lena["id"]}
    assert await listed("tom", "state=answered") == set()
    for stranger in ("paul", "ada", "luis", "nina", "ivy", "mia", "bea", "zoe"):
        await refused(as_(stranger).get(f"/role-notes/{note['id']}"), 404, "not_found")
        assert note["id"] not in await listed(stranger)
    # Nobody writes for a pair they are not of, or while it is paused.
    on_tom = QUESTION | {"teacher_id": str(world.tom)}
    await refused(as_("paul").post("/role-notes", json=on_tom), 403, "forbidden")
    await refused(as_("luis").post("/role-notes", json=on_tom), 409, "unknown_reference")
    for who in ("pia", "olga", "uma"):
        await refused(as_(who).post("/role-notes", json=QUESTION), 409, "coaching_not_active")
    text = (await as_("paul").get("/audit")).text
    assert "role_note" not in text
    mine = await ok(as_("tom").get(f"/audit?subject_id={note['id']}"))
    assert [(row["action"], row["changed"]) for row in mine["items"]] == [("role_note.written", [])]


async def test_while_paused_both_read_and_nobody_writes(as_, world):
    note = await asked(as_)
    row = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    assert (await step(as_("paul"), row, "pause")).status_code == 200
    path = f"/role-notes/{note['id']}"
    for who in ("tom", "lena"):
        assert (await ok(as_(who).get(path)))["permissions"] == []
    edit = as_("tom").patch(path, json={"text": "Hm"}, headers=at(note))
    assert (await edit).status_code == 403
    answer = as_("lena").post(f"{path}/answer", json={"answer": "Hm"}, headers=at(note))
    assert (await answer).status_code == 403
    await refused(as_("tom").post("/role-notes", json=QUESTION), 409, "coaching_not_active")


async def test_a_new_lead_reads_none_of_it_and_the_former_what_they_wrote(as_, world, ticking):
    of_tom = await asked(as_)
    of_lena = await asked(as_, "lena", teacher_id=str(world.tom))
    told = {"text": "We learn.", "introduced_by": "both"}
    introduced = await ok(as_("tom").post("/introductions", json=told), 201)
    await change_lead(as_, world)
    for row in (of_tom, of_lena):
        await refused(as_("luis").get(f"/role-notes/{row['id']}"), 404, "not_found")
        await ok(as_("tom").get(f"/role-notes/{row['id']}"))
    await refused(as_("luis").get(f"/introductions/{introduced['id']}"), 404, "not_found")
    await refused(as_("lena").get(f"/introductions/{introduced['id']}"), 404, "not_found")
    await refused(as_("lena").get(f"/role-notes/{of_tom['id']}"), 404, "not_found")
    kept = await ok(as_("lena").get(f"/role-notes/{of_lena['id']}"))
    assert kept["permissions"] == []
    # The next two introduce themselves anew.
    again = await ok(
        as_("luis").post("/introductions", json=told | {"teacher_id": str(world.tom)}), 201
    )
    assert again["lead_id"] == str(world.luis)
    ticking.move(days=91)
    await refused(as_("lena").get(f"/role-notes/{of_lena['id']}"), 404, "not_found")


async def test_a_pair_introduces_its_work_once(as_, world):
    new = {"text": "Ms Ortiz learns with us.", "introduced_by": "both", "planned_on": "2026-10-07"}
    tom, lena = as_("tom"), as_("lena")
    made = await ok(tom.post("/introductions", json=new), 201)
    assert (made["introduced_on"], made["permissions"]) == (None, ["edit"])
    second = new | {"teacher_id": str(world.tom)}
    await refused(lena.post("/introductions", json=second), 409, "introduction_exists")
    await ok(lena.post("/introductions", json=new | {"teacher_id": str(world.nina)}), 201)
    path = f"/introductions/{made['id']}"
    tomorrow = lena.patch(path, json={"introduced_on": "2026-10-06"}, headers=at(made))
    await refused(tomorrow, 409, "introduced_in_future")
    done = await ok(
        lena.patch(
            path, json={"introduced_on": "2026-10-05", "introduced_by": "lead"}, headers=at(made)
        )
    )
    assert (done["introduced_on"], done["introduced_by"], done["text"]) == (
        "2026-10-05",
        "lead",
        new["text"],
    )
    stale = tom.patch(path, json={"text": "Other"}, headers=at(made))
    await refused(stale, 412, "version_mismatch")
    cleared = await ok(
        tom.patch(path, json={"introduced_on": None, "planned_on": None}, headers=at(done))
    )
    assert (cleared["introduced_on"], cleared["planned_on"]) == (None, None)
    assert [row["id"] for row in (await ok(tom.get("/introductions")))["items"]] == [made["id"]]
    of_tom = await ok(lena.get(f"/introductions?teacher_id={world.tom}"))
    assert [row["id"] for row in of_tom["items"]] == [made["id"]]
    for stranger in ("paul", "ada", "luis", "nina", "bea", "zoe"):
        await refused(as_(stranger).get(path), 404, "not_found")
        listed = (await ok(as_(stranger).get("/introductions")))["items"]
        assert made["id"] not in [row["id"] for row in listed]
    await refused(as_("paul").post("/introductions", json=second), 403, "forbidden")
    assert "introduction" not in (await as_("paul").get("/audit")).text


async def test_the_day_of_an_introduction_is_the_schools(as_, world, ticking):
    """In Denver it is still the fifth when it is the sixth in UTC."""
    new = {"text": "We learn.", "introduced_by": "both"}
    made = await ok(as_("tom").post("/introductions", json=new), 201)
    path, body = f"/introductions/{made['id']}", {"introduced_on": "2026-10-06"}
    ticking.move(hours=13, minutes=59)
    early = as_("tom").patch(path, json=body, headers=at(made))
    await refused(early, 409, "introduced_in_future")
    ticking.move(minutes=1)
    await ok(as_("tom").patch(path, json=body, headers=at(made)))


async def test_both_introduce_at_the_same_moment(live):
    new = {"text": "We learn.", "introduced_by": "both"}
    bodies = {"tom": new, "lena": new | {"teacher_id": str(live.world.tom)}}
    answers = await asyncio.gather(
        *(live.as_(who).post("/introductions", json=body) for who, body in bodies.items())
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    late = next(answer for answer in answers if answer.status_code == 409)
    assert late.json()["code"] == "introduction_exists"


async def test_the_author_rewords_while_the_other_answers(live):
    note = await asked(live.as_)
    path = f"/role-notes/{note['id']}"
    answers = await asyncio.gather(
        live.as_("tom").patch(path, json={"text": "Other"}, headers=at(note)),
        live.as_("lena").post(f"{path}/answer", json={"answer": "I."}, headers=at(note)),
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses)[0] == 200
    assert sorted(statuses)[1] in (409, 412)
    now = await ok(live.as_("tom").get(path))
    reworded = statuses[0] == 200
    assert (now["text"], now["state"], now["version"]) == (
        "Other" if reworded else QUESTION["text"],
        "open" if reworded else "answered",
        2,
    )
