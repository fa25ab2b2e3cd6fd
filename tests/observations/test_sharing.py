"""Ratings, sharing and revisions: whole, with evidence, and what it said before is kept."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from tests.conftest import Live
from tests.goals.test_goals import at
from tests.meetings.test_meetings import ok, refused
from tests.observations.written import (
    coaching,
    formal,
    item,
    live_visit,
    move,
    put,
    script,
    send,
)

pytestmark = pytest.mark.anyio


async def version(connection: Any, visit: str) -> dict[str, str]:
    """The header for a step of an observation as it is now."""
    now = await connection.scalar(select(m.Observation.version).where(m.Observation.id == visit))
    return at({"version": now})


async def rate(client: Any, visit: str, indicator: Any, status: int = 200, **body: Any) -> Any:
    """A rating of an indicator."""
    return await ok(client.put(f"/observations/{visit}/ratings/{indicator}", json=body), status)


async def share(client: Any, connection: Any, visit: str, status: int = 200) -> Any:
    """Share it at its present version."""
    headers = await version(connection, visit)
    return await ok(client.post(f"/observations/{visit}/share", headers=headers), status)


async def revise(client: Any, connection: Any, visit: str, status: int = 200, **body: Any) -> Any:
    """A revision at its present version."""
    headers = await version(connection, visit)
    sent = {"reason": "I misheard.", **body}
    return await ok(
        client.post(f"/observations/{visit}/revise", json=sent, headers=headers), status
    )


def seen(key: str, indicator: Any, **fields: Any) -> dict[str, Any]:
    """Verbatim evidence of an indicator."""
    return item(key, f"S: {key}", verbatim=True, indicator_ids=[str(indicator)], **fields)


async def test_a_score_lies_on_its_scale_and_its_level_is_derived(as_, world, connection):
    paul, visit = as_("paul"), await formal(connection, world)
    given = await rate(paul, visit, world.leap_i5, score=5)
    assert (given["score"], given["level"], given["shared_at"]) == (5.0, "Effective", None)
    again = await rate(paul, visit, world.leap_i5, not_observed_reason="A test was written.")
    assert (again["id"], again["score"], again["level"]) == (given["id"], None, None)
    for indicator, body, code in (
        (world.leap_i5, {"score": 0}, "score_off_scale"),
        (world.leap_i5, {"score": 8}, "score_off_scale"),
        (world.leap_i5, {"score": 4.5}, "score_off_scale"),
        (world.leap_i5, {}, "rating_ambiguous"),
        (world.leap_i5, {"score": 4, "not_observed_reason": "Both."}, "rating_ambiguous"),
        (world.leap_p1, {"score": 3}, "indicator_not_rated"),
        (world.kestrel_leap_i1, {"score": 3}, "unknown_reference"),
    ):
        refusal = await rate(paul, visit, indicator, 409, **body)
        assert refusal["code"] == code, body
    await rate(paul, visit, world.leap_i1, score=7)
    path = f"/observations/{visit}/ratings"
    assert [one["level"] for one in (await ok(paul.get(path)))["items"]] == ["Distinguished", None]
    # the teacher knows of the visit and finds nothing, nobody else finds the visit
    assert (await ok(as_("tom").get(path)))["items"] == []
    await rate(as_("tom"), visit, world.leap_i1, 403, score=1)
    await rate(as_("lena"), visit, world.leap_i1, 404, score=1)
    await ok(paul.delete(f"{path}/{world.leap_i1}"), 204)
    await refused(paul.delete(f"{path}/{world.leap_i1}"), 409, "unknown_reference")
    # a coaching visit is never scored
    coached = await coaching(connection, world)
    refusal = await rate(as_("lena"), coached, world.leap_i1, 409, score=3)
    assert refusal["code"] == "kind_not_scored"


async def test_sharing_needs_evidence_of_each_score_and_every_rating_of_a_complete_kind(
    as_, world, connection
):
    paul, visit = as_("paul"), await formal(connection, world, complete=True)
    await rate(paul, visit, world.leap_i5, score=5)
    await rate(paul, visit, world.leap_i1, not_observed_reason="A test was written.")
    refusal = await share(paul, connection, visit, 409)
    assert (refusal["code"], refusal["state"]) == ("wrong_state", "in_progress")
    await move(connection, world, visit, "drafted")
    # what somebody else who looks on wrote is neither counted nor told
    looks_on = m.CoObserver(
        district_id=world.juniper,
        observation_id=visit,
        school_id=world.alder,
        teacher_id=world.tom,
        observer_id=world.paul,
        observer_kind="school_leader",
        person_id=world.ivy,
        author_id=world.paul,
        evaluative=True,
        state="consented",
    )
    await put(connection, world, looks_on)
    await send(as_("ivy"), visit, seen("ivys", world.leap_i5))
    await send(
        paul,
        visit,
        item("not-verbatim", indicator_ids=[str(world.leap_i5)]),
        seen("gone", world.leap_i5, removed=True),
        item("i", "Good.", kind="interpretation", indicator_ids=[str(world.leap_i5)]),
    )
    refusal = await share(paul, connection, visit, 409)
    assert refusal["code"] == "observation_incomplete"
    missing = [gap["code"] for gap in refusal["missing"]]
    assert missing == ["rating"] * 10 + ["evidence"]
    assert refusal["missing"][-1]["message"].startswith("I.5: 0 of 1")
    names = ["le1", "le2", "le3", "le4", "i2", "i3", "i4", "i6", "i7", "i8"]
    for name in names:
        await rate(paul, visit, getattr(world, f"leap_{name}"), not_observed_reason="Short.")
    await send(paul, visit, seen("mine", world.leap_i5))
    done = await share(paul, connection, visit)
    assert (done["state"], done["warnings"], done["revision"]) == ("shared", [], 1)
    # the teacher, the leaders and the evaluator read it now; what was taken out stays Paul's
    tom = as_("tom")
    told = {one["client_key"] for one in await script(tom, visit)}
    assert told == {"ivys", "mine", "not-verbatim", "i"}
    assert len((await ok(tom.get(f"/observations/{visit}/ratings")))["items"]) == 12
    for who in ("lena", "paul", "ivy"):
        assert len(await script(as_(who), visit)) == 4
    await ok(as_("nina").get(f"/observations/{visit}/evidence"), 404)
    everything = select(m.EvidenceItem).where(m.EvidenceItem.client_key == "gone")
    row = (await connection.execute(everything)).one()
    await ok(tom.get(f"/evidence-items/{row.id}"), 404)
    assert (await ok(paul.get(f"/evidence-items/{row.id}")))["shared_at"] is None
    # nothing is written under its readers any more
    [mine] = [one for one in await script(paul, visit) if one["client_key"] == "mine"]
    path = f"/evidence-items/{mine['id']}"
    await refused(paul.patch(path, json={"text": "x"}, headers=at(mine)), 409, "evidence_shared")
    assert (await rate(paul, visit, world.leap_i5, 409, score=6))["code"] == "wrong_state"
    await share(as_("lena"), connection, visit, 403)


async def test_a_scored_kind_is_shared_without_scores_with_a_warning(as_, world, connection):
    paul, visit = as_("paul"), await formal(connection, world, state="drafted")
    await rate(paul, visit, world.leap_i5, not_observed_reason="Short.")
    refusal = await share(paul, connection, visit, 409)
    assert [gap["code"] for gap in refusal["missing"]] == ["score"]
    await ok(paul.delete(f"/observations/{visit}/ratings/{world.leap_i5}"), 204)
    done = await share(paul, connection, visit)
    assert [advice["code"] for advice in done["warnings"]] == ["unscored"]


async def test_a_revision_keeps_what_was_said_and_asks_for_a_new_acknowledgement(
    as_, world, connection
):
    paul, tom = as_("paul"), as_("tom")
    visit = await formal(connection, world, state="drafted")
    await rate(paul, visit, world.leap_i5, score=3)
    sent = await send(paul, visit, seen("a", world.leap_i5), item("b", "Why?", kind="question"))
    first, second = (one["id"] for one in sent)
    await share(paul, connection, visit)
    for body, code in (
        ({}, "revision_empty"),
        ({"remove_item_ids": [first, first]}, "named_twice"),
        ({"remove_item_ids": [str(world.tom)]}, "unknown_reference"),
        ({"add_items": [_new("a")]}, "client_key_taken"),
        ({"set_ratings": [{"indicator_id": str(world.leap_i5), "score": 9}]}, "score_off_scale"),
        # the gate of sharing holds for what it says then
        ({"remove_item_ids": [first]}, "observation_incomplete"),
        ({"change_items": [{"id": first, "verbatim": False}]}, "observation_incomplete"),
    ):
        assert (await revise(paul, connection, visit, 409, **body))["code"] == code, body
    await revise(tom, connection, visit, 403, remove_item_ids=[first])
    await move(connection, world, visit, "acknowledged")
    done = await revise(
        paul,
        connection,
        visit,
        change_items=[{"id": first, "text": "S: It shrinks."}],
        remove_item_ids=[second],
        add_items=[_new("c", indicator_ids=[str(world.leap_i1)], verbatim=True)],
        set_ratings=[
            {"indicator_id": str(world.leap_i5), "score": 4},
            {"indicator_id": str(world.leap_i1), "score": 6},
        ],
    )
    assert (done["state"], done["revision"], done["acknowledged_at"]) == ("shared", 2, None)
    assert sorted(one["text"] for one in await script(tom, visit)) == ["S: It shrinks.", "T: c"]
    levels = [
        one["level"] for one in (await ok(tom.get(f"/observations/{visit}/ratings")))["items"]
    ]
    assert levels == ["Effective", "Approaching"]
    (one,) = (await ok(tom.get(f"/observations/{visit}/revisions")))["items"]
    assert (one["number"], one["reason"]) == (1, "I misheard.")
    was = (await ok(as_("lena").get(f"/observation-revisions/{one['id']}")))["content"]
    assert (was["state"], was["reply"]) == ("acknowledged", "Thank you.")
    assert sorted(row["text"] for row in was["items"]) == ["S: a", "Why?"]
    assert [(row["score"], row["level"]) for row in was["ratings"]] == [(3.0, "Approaching")]
    assert len(was["added_item_ids"]) == 1
    await ok(as_("nina").get(f"/observation-revisions/{one['id']}"), 404)
    await revise(paul, connection, visit, clear_indicator_ids=[str(world.leap_i1)])
    await move(connection, world, visit, "locked")
    locked = await revise(paul, connection, visit, 409, clear_indicator_ids=[str(world.leap_i5)])
    assert locked["code"] == "wrong_state"


def _new(key: str, **fields: Any) -> dict[str, Any]:
    """An item that a revision adds."""
    return {"client_key": key, "kind": "evidence", "text": f"T: {key}", **fields}


async def test_nobody_revises_what_another_observer_saw(as_, world, connection):
    visit = await coaching(connection, world, state="drafted")
    looks_on = m.CoObserver(
        district_id=world.juniper,
        observation_id=visit,
        school_id=world.alder,
        teacher_id=world.tom,
        observer_id=world.lena,
        observer_kind="lead",
        person_id=world.nina,
        author_id=world.lena,
        evaluative=False,
        state="consented",
    )
    await put(connection, world, looks_on)
    (theirs,) = await send(as_("nina"), visit, item("a", "Mine"))
    lena = as_("lena")
    await share(as_("nina"), connection, visit, 403)
    await share(lena, connection, visit)
    change = {"change_items": [{"id": theirs["id"], "text": "Not mine"}]}
    assert (await revise(lena, connection, visit, 409, **change))["code"] == "unknown_reference"
    # the leader learns nothing of a coaching visit, shared or not
    for path in ("evidence", "ratings", "revisions"):
        await ok(as_("paul").get(f"/observations/{visit}/{path}"), 404)


async def test_an_item_that_stays_with_its_author_leaves_no_trace(as_, world, connection):
    visit = await coaching(connection, world, state="drafted")
    lena = as_("lena")
    await send(lena, visit, item("e"), item("q", "Why?", kind="question", about_key="e"))
    await send(lena, visit, item("e", removed=True, edited_at="2026-10-05T16:00:00Z"))
    await share(lena, connection, visit)
    (left,) = await script(as_("tom"), visit)
    assert (left["client_key"], left["about_id"]) == ("q", None)
    events = (await ok(as_("tom").get("/audit?limit=200")))["items"]
    assert {one["action"] for one in events} == {"observation.shared"}


async def test_a_late_batch_and_sharing_at_the_same_moment(live: Live) -> None:
    visit = await live_visit(live, state="drafted")
    lena = live.as_("lena")
    path = f"/observations/{visit}"
    batch = {"items": [item(f"k{n}") for n in range(20)]}
    answers = await asyncio.gather(
        lena.post(f"{path}/share", headers={"If-Match": '"1"'}),
        *(live.as_("lena").post(f"{path}/evidence/batch", json=batch) for _ in range(3)),
        live.as_("lena").post(f"{path}/share", headers={"If-Match": '"1"'}),
    )
    shares = sorted((answers[0].status_code, answers[-1].status_code))
    assert shares == [200, 412]
    assert {answer.status_code for answer in answers[1:-1]} <= {200, 409}
    # whatever was taken before is the teacher's, and nothing else is there
    taken = any(answer.status_code == 200 for answer in answers[1:-1])
    assert len(await script(live.as_("tom"), visit)) == (20 if taken else 0)
    assert len(await script(lena, visit)) == (20 if taken else 0)
