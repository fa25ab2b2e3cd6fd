"""What somebody tries who wants to read, score or change more of an observation than is theirs."""

from typing import Any

import pytest

from app import models as m
from app.core import clock
from tests.feedback.making import visited
from tests.goals.test_goals import agreed, at
from tests.meetings.test_meetings import act, ok, refused
from tests.observations import PATH, certify, planned, visit
from tests.observations.written import item, put, send
from tests.world import Ticking

pytestmark = pytest.mark.anyio
FEEDBACK = "/indicator-feedback"
LATER = {"edited_at": "2026-10-05T16:00:00Z"}


def verbatim(key: str, indicator: Any) -> dict[str, Any]:
    """Verbatim evidence of an indicator."""
    return item(key, f"S: {key}", verbatim=True, indicator_ids=[str(indicator)])


async def given(client: Any, row: str) -> Any:
    """The observation, shared."""
    now = await ok(client.get(f"{PATH}/{row}"))
    return await ok(client.post(f"{PATH}/{row}/share", headers=at(now)))


async def looks_on(connection: Any, world: Any, row: str, who: str, observer: str) -> Any:
    """Somebody whom the teacher lets look on in a formal visit."""
    added = m.CoObserver(
        district_id=world.juniper,
        id=clock.new_id(),
        observation_id=row,
        school_id=world.alder,
        teacher_id=world.tom,
        observer_id=getattr(world, observer),
        observer_kind="school_leader",
        person_id=getattr(world, who),
        author_id=getattr(world, observer),
        evaluative=True,
        state="consented",
    )
    await put(connection, world, added)
    return {"id": str(added.id)}


async def test_who_reads_one_item_or_revision_stands_among_the_readers_of_the_observation(
    as_, world, connection
):
    paul, lena, tom = as_("paul"), as_("lena"), as_("tom")
    row = await visited(connection, world, "paul", "school_leader", evaluative=True)
    (made,) = await send(paul, row, verbatim("a", world.leap_i5))
    shared = await given(paul, row)
    body = {"reason": "I misheard.", "change_items": [{"id": made["id"], "text": "S: A, I think."}]}
    await ok(paul.post(f"{PATH}/{row}/revise", json=body, headers=at(shared)))
    (revision,) = (await ok(paul.get(f"{PATH}/{row}/revisions")))["items"]
    await ok(lena.get(f"/evidence-items/{made['id']}"))
    await ok(lena.get(f"/observation-revisions/{revision['id']}"))
    # it is Paul's own, and leaves no row
    await ok(paul.get(f"/evidence-items/{made['id']}"))
    await ok(paul.get(f"/observation-revisions/{revision['id']}"))
    reads = (await ok(tom.get(f"{PATH}/{row}/reads")))["items"]
    assert [one["reader_id"] for one in reads] == [str(world.lena)] * 2
    assert {one["record_type"] for one in reads} == {"observation"}
    # frozen words are read from the item
    feedback = {"observation_id": row, "indicator_id": str(world.leap_i5), "text": "So."}
    draft = await ok(paul.post(FEEDBACK, json=feedback), 201)
    sent = {"indicator_feedback_id": draft["id"]}
    await ok(paul.post(f"/evidence-items/{made['id']}/cite", json=sent), 201)
    await ok(paul.post(f"{FEEDBACK}/{draft['id']}/share", headers=at(draft)))
    assert len((await ok(lena.get("/evidence-citations")))["items"]) == 1
    assert len((await ok(tom.get(f"{PATH}/{row}/reads")))["items"]) == 3


async def test_a_batch_takes_off_what_an_item_was_about(as_, world, connection):
    lena = as_("lena")
    row = await visited(connection, world, "lena", "lead", state="in_progress")
    (seen,) = await send(lena, row, item("e"))
    asks = item("q", "Why?", kind="question")
    (made,) = await send(lena, row, {**asks, "about_id": seen["id"]})
    (again,) = await send(lena, row, {**asks, **LATER})
    assert again["status"] == "updated"
    assert (await ok(lena.get(f"/evidence-items/{made['id']}")))["about_id"] is None
    # sent once more, it is what stands
    (same,) = await send(lena, row, {**asks, **LATER})
    assert (same["status"], same["code"]) == ("unchanged", None)
    # a question that becomes evidence is about nothing
    asked = {**asks, "client_key": "p"}
    (made,) = await send(lena, row, {**asked, "about_id": seen["id"]})
    await send(lena, row, {**asked, "kind": "evidence", **LATER})
    shown = await ok(lena.get(f"/evidence-items/{made['id']}"))
    assert (shown["kind"], shown["about_id"]) == ("evidence", None)


async def test_feedback_rests_on_no_evidence_that_another_observer_kept(as_, world, connection):
    paul, tom, ivy = as_("paul"), as_("tom"), as_("ivy")
    row = await visited(
        connection, world, "paul", "school_leader", evaluative=True, state="in_progress"
    )
    mate = await looks_on(connection, world, row, "ivy", "paul")
    await send(ivy, row, verbatim("ivys", world.leap_i5))
    body = {"observation_id": row, "indicator_id": str(world.leap_i5), "text": "So.", "score": 5}
    draft = await ok(paul.post(FEEDBACK, json=body), 201)

    async def missing() -> list[str]:
        sent = paul.post(f"{FEEDBACK}/{draft['id']}/share", headers=at(draft))
        return [one["code"] for one in (await refused(sent, 409, "feedback_not_ready"))["missing"]]

    # what Ivy writes is hers until it is shared: a refusal tells Paul nothing of it
    assert await missing() == ["observation", "evidence"]
    await ok(act(tom, "co-observers", mate, "withdraw"))
    now = await ok(paul.get(f"{PATH}/{row}"))
    now = await ok(paul.post(f"{PATH}/{row}/finish", headers=at(now)))
    await given(paul, row)
    # Ivy's stays hers, and nobody else can read what the score would rest on
    assert await missing() == ["evidence"]


async def test_feedback_on_an_observation_rates_what_is_seen_in_lessons(as_, world, connection):
    row = await visited(connection, world, "paul", "school_leader", evaluative=True)
    body = {"observation_id": row, "indicator_id": str(world.leap_p1), "text": "So."}
    refusal = await refused(
        as_("paul").post(FEEDBACK, json={**body, "score": 3}), 409, "rating_not_allowed"
    )
    assert [one["code"] for one in refusal["missing"]] == ["indicator"]
    draft = await ok(as_("paul").post(FEEDBACK, json=body), 201)
    sent = as_("paul").patch(f"{FEEDBACK}/{draft['id']}", json={"score": 3}, headers=at(draft))
    await refused(sent, 409, "rating_not_allowed")


async def test_a_lead_who_lost_their_part_in_the_evaluation_does_not_begin_a_formal_visit(
    as_, world
):
    await certify(as_, world, "lena")
    made = await planned(as_("lena"), world, "full")
    link = await ok(as_("paul").get(f"/coaching-relationships/{world.lena_tom}"))
    change = {"evaluator_scope": "none"}
    path = f"/coaching-relationships/{link['id']}"
    await ok(as_("paul").patch(path, json=change, headers=at(link)))
    Ticking.of_test.move_to(made["starts_at"])
    sent = act(as_("lena"), "observations", made, "start")
    refusal = await refused(sent, 409, "observation_conflicts")
    assert [one["code"] for one in refusal["missing"]] == ["not_evaluator"]


async def test_nobody_visits_a_teacher_whose_account_is_closed(as_, world):
    tom = await ok(as_("ada").get(f"/people/{world.tom}"))
    await ok(as_("ada").post(f"/people/{world.tom}/deactivate", headers=at(tom)))
    sent = as_("paul").post(PATH, json=visit(world, "walkthrough"))
    assert (await refused(sent, 409, "unknown_reference"))["field"] == "teacher_id"


async def test_a_citation_stays_while_the_coaching_rests_and_after_it(as_, world, connection):
    tom, lena, paul = as_("tom"), as_("lena"), as_("paul")
    goal = await agreed(as_, world)
    row = await visited(connection, world, "lena", "lead")
    (hers, his) = await send(lena, row, item("a"), item("b"))
    await given(lena, row)
    cited = []
    for client, one in ((lena, hers), (tom, his)):
        body = {"goal_id": goal["id"]}
        cited.append(await ok(client.post(f"/evidence-items/{one['id']}/cite", json=body), 201))
    link = await ok(paul.get(f"/coaching-relationships/{world.lena_tom}"))
    path = f"/coaching-relationships/{link['id']}"
    await ok(paul.post(f"{path}/pause", headers=at(link)))
    for client, one in ((lena, cited[0]), (tom, cited[1])):
        sent = client.delete(f"/evidence-citations/{one['id']}", headers=at(one))
        await refused(sent, 403, "forbidden")
        shown = await ok(client.get(f"/evidence-citations/{one['id']}"))
        assert shown["permissions"] == []
    link = await ok(paul.get(path))
    await ok(paul.post(f"{path}/end", json={"reason": "reassigned"}, headers=at(link)))
    for client, one, status in ((lena, cited[0], 404), (tom, cited[1], 204)):
        sent = client.delete(f"/evidence-citations/{one['id']}", headers=at(one))
        await ok(sent, status)


async def test_no_item_is_about_itself_and_no_revision_changes_nothing(as_, world, connection):
    lena, tom = as_("lena"), as_("tom")
    row = await visited(connection, world, "lena", "lead")
    (made,) = await send(lena, row, item("a"))
    itself = {"kind": "question", "about_id": made["id"]}
    (sent,) = await send(lena, row, {**item("a"), **itself, **LATER})
    assert (sent["status"], sent["code"]) == ("refused", "about_unknown")
    path = f"/evidence-items/{made['id']}"
    headers = at(await ok(lena.get(path)))
    await refused(lena.patch(path, json=itself, headers=headers), 409, "unknown_reference")
    shared = await given(lena, row)

    async def revise(version: Any, change: Any, code: str) -> None:
        body = {"reason": "Again.", "change_items": [{"id": made["id"], **change}]}
        sent = lena.post(f"{PATH}/{row}/revise", json=body, headers=at(version))
        await refused(sent, 409, code)

    await revise(shared, itself, "unknown_reference")
    now = await ok(lena.post(f"{PATH}/{row}/discuss", headers=at(shared)))
    reply = {"reply": "Thank you."}
    now = await ok(tom.post(f"{PATH}/{row}/acknowledge", json=reply, headers=at(now)))
    await revise(now, {}, "revision_empty")
    assert (await ok(tom.get(f"{PATH}/{row}")))["reply"] == "Thank you."
