"""Evidence once, used many times: who cites what where, who learns of it, and what is frozen."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app import models as m
from app.core import clock
from tests.goals.test_goals import agreed, at, growth
from tests.meetings.test_meetings import ok, refused
from tests.observations.test_sharing import revise, share
from tests.observations.written import coaching, formal, item, put, send

pytestmark = pytest.mark.anyio


def cycle_of(world: Any, **fields: Any) -> m.LearningCycle:
    """A cycle of Tom's with Lena."""
    found = {"teacher_id": world.tom, "lead_id": world.lena, "number": 1, **fields}
    return m.LearningCycle(
        district_id=world.juniper,
        id=clock.new_id(),
        level="individual",
        school_id=world.alder,
        school_year_id=world.alder_year,
        author_id=found["lead_id"],
        relationship_id=world.lena_tom,
        title="Waiting",
        **found,
    )


def feedback_of(world: Any, giver: str, *, evaluative: bool, **fields: Any) -> Any:
    """A draft of feedback on one indicator to Tom."""
    who = getattr(world, giver)
    return m.IndicatorFeedback(
        district_id=world.juniper,
        id=clock.new_id(),
        school_id=world.alder,
        teacher_id=world.tom,
        lead_id=who,
        author_id=who,
        giver_kind="lead" if giver == "lena" else "school_leader",
        indicator_id=world.leap_i5,
        text="Checks are quick.",
        evaluative=evaluative,
        **fields,
    )


async def shared_item(as_: Any, connection: Any, visit: str, who: str) -> str:
    """An item that the teacher has."""
    (made,) = await send(as_(who), visit, item("a", "S: It is smaller."))
    await share(as_(who), connection, visit)
    return str(made["id"])


async def cite(client: Any, item_id: str, status: int = 201, **body: Any) -> Any:
    """Cite an item."""
    sent = {name: str(value) for name, value in body.items()}
    return await ok(client.post(f"/evidence-items/{item_id}/cite", json=sent), status)


async def cited(client: Any, query: str = "") -> list[str]:
    """The citations that somebody finds."""
    return [one["id"] for one in (await ok(client.get(f"/evidence-citations{query}")))["items"]]


async def test_an_item_is_cited_many_times_and_read_by_who_reads_both(as_, world, connection):
    lena, tom, paul = as_("lena"), as_("tom"), as_("paul")
    visit = await coaching(connection, world, state="drafted")
    (early,) = await send(lena, visit, item("z"))
    goal = await agreed(as_, world)
    unshared = await cite(lena, early["id"], 409, goal_id=goal["id"])
    assert unshared["code"] == "item_not_shared"
    one = await shared_item(as_, connection, visit, "lena")
    running, over = cycle_of(world), cycle_of(world, number=2, state="abandoned")
    await put(connection, world, running, over)
    draft = await ok(tom.post("/goals", json=growth(world)), 201)
    others = await ok(lena.post("/goals", json=growth(world, teacher_id=str(world.nina))), 201)
    await ok(lena.post(f"/goals/{others['id']}/propose", headers=at(others)))
    for body, code in (
        ({}, "citation_ambiguous"),
        ({"goal_id": goal["id"], "cycle_id": running.id}, "citation_ambiguous"),
        ({"goal_id": others["id"]}, "citation_does_not_fit"),
        ({"cycle_id": over.id}, "citation_does_not_fit"),
        ({"cycle_id": world.tom}, "unknown_reference"),
    ):
        assert (await cite(lena, one, 409, **body))["code"] == code, body
    # a draft may be deleted, so nothing rests on it yet
    assert (await cite(tom, one, 409, goal_id=draft["id"]))["code"] == "citation_does_not_fit"
    before = await ok(paul.get(f"/goals/{goal['id']}"))
    in_goal = await cite(tom, one, goal_id=goal["id"])
    in_cycle = await cite(lena, one, cycle_id=running.id)
    assert in_goal["frozen_text"] is None
    assert (await cite(lena, one, 409, cycle_id=running.id))["code"] == "already_cited"
    both = [in_goal["id"], in_cycle["id"]]
    for who in (tom, lena):
        assert sorted(await cited(who)) == sorted(both)
        found = await ok(who.get(f"/evidence-items/{one}/citations"))
        assert sorted(row["id"] for row in found["items"]) == sorted(both)
        assert await cited(who, f"?goal_id={goal['id']}") == [in_goal["id"]]
        assert await cited(who, f"?cycle_id={running.id}") == [in_cycle["id"]]
    # the leader reads the agreed goal, and neither its evidence nor that there is any
    assert await ok(paul.get(f"/goals/{goal['id']}")) == before
    for who in ("paul", "ada", "nina", "luis"):
        assert await cited(as_(who)) == []
        await ok(as_(who).get(f"/evidence-citations/{in_goal['id']}"), 404)
        await cite(as_(who), one, 404, goal_id=goal["id"])
    # who made it takes it back
    path = f"/evidence-citations/{in_goal['id']}"
    await ok(lena.delete(path, headers=at(in_goal)), 403)
    await ok(tom.delete(path, headers={"If-Match": '"9"'}), 412)
    await ok(tom.delete(path, headers=at(in_goal)), 204)
    assert await cited(tom) == [in_cycle["id"]]


async def test_formal_and_coaching_evidence_stay_apart_and_what_is_evaluative_is_frozen(
    as_, world, connection
):
    lena, tom, paul = as_("lena"), as_("tom"), as_("paul")
    coached = await coaching(connection, world, state="drafted")
    of_lena = await shared_item(as_, connection, coached, "lena")
    observed = await formal(connection, world, state="drafted")
    of_paul = await shared_item(as_, connection, observed, "paul")
    running = cycle_of(world)
    soft = feedback_of(world, "lena", evaluative=False, cycle_id=running.id)
    hard = feedback_of(world, "paul", evaluative=True, observation_id=observed)
    hers = feedback_of(world, "lena", evaluative=True, cycle_id=running.id)
    await put(connection, world, running, soft, hard, hers)
    # the words of a coaching visit are quoted in nothing that leaders read, and the reverse
    for client, one, body in (
        (lena, of_lena, {"indicator_feedback_id": hers.id}),
        (tom, of_paul, {"cycle_id": running.id}),
    ):
        assert (await cite(client, one, 409, **body))["code"] == "citation_crosses"
    # Lena evaluates Tom and reads it, and did not observe it: she cites nothing of it
    await cite(lena, of_paul, 403, indicator_feedback_id=soft.id)
    proposed = await ok(tom.post("/goals", json=growth(world)), 201)
    await ok(tom.post(f"/goals/{proposed['id']}/propose", headers=at(proposed)))
    crosses = await cite(tom, of_paul, 409, goal_id=proposed["id"])
    assert crosses["code"] == "citation_crosses"
    goal = await agreed(as_, world)
    mine = await cite(tom, of_paul, goal_id=goal["id"])
    # a draft of feedback is its author's alone, and so is what rests in it
    kept = await cite(lena, of_lena, indicator_feedback_id=soft.id)
    assert kept["frozen_text"] is None
    assert await cited(tom) == [mine["id"]]
    frozen = await cite(paul, of_paul, indicator_feedback_id=hard.id)
    assert frozen["frozen_text"] == "S: It is smaller."
    assert await cited(paul) == [frozen["id"]]
    assert sorted(await cited(lena)) == sorted([mine["id"], kept["id"]])
    events = (await ok(tom.get("/audit?limit=200")))["items"]
    made = [one["subject_id"] for one in events if one["action"] == "evidence_citation.made"]
    assert made == [mine["id"]]
    assert (await cite(tom, of_lena, 409, indicator_feedback_id=soft.id))["code"] == (
        "unknown_reference"
    )
    # a later revision changes the item, and not the words that were cited
    change = [{"id": of_paul, "text": "S: It is bigger."}]
    await revise(paul, connection, observed, change_items=change)
    path = f"/evidence-citations/{frozen['id']}"
    assert (await ok(paul.get(path)))["frozen_text"] == "S: It is smaller."
    await refused(paul.delete(path, headers=at(frozen)), 409, "citation_frozen")
    # taken out of the observation it stays where it is cited
    await revise(paul, connection, observed, remove_item_ids=[of_paul])
    assert await cited(paul) == [frozen["id"]]
    assert (await cite(tom, of_paul, 409, goal_id=goal["id"]))["code"] == "item_not_shared"
    # whoever reads the frozen words has read the item, as a part of the observation; its observer's
    # own reads, and a draft that the teacher does not know of, leave no row
    log = m.AccessLog
    logged = select(log.record_type, log.record_id, log.operation, log.reader_id)
    assert (await connection.execute(logged)).all() == []
    given = {"state": "shared", "shared_at": clock.now()}
    await connection.execute(
        update(m.IndicatorFeedback).where(m.IndicatorFeedback.id == hard.id).values(given)
    )
    assert frozen["id"] in await cited(lena)
    await ok(lena.get(path))
    assert frozen["id"] in await cited(tom)
    read = ("observation", UUID(observed), "evidence_item:read", world.lena)
    assert [tuple(row) for row in await connection.execute(logged)] == [read] * 2
