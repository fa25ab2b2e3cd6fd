"""Formal feedback on one indicator: for a cycle or an observation, with a rating only where that is
allowed."""

from typing import Any

import pytest

from app import models as m
from app.core import clock
from tests.feedback.making import adding, certified, do, plain, readers, tried, visited
from tests.goals.test_goals import at
from tests.meetings.test_meetings import ok, refused
from tests.relationships.test_relationships import PATH as LINKS

pytestmark = pytest.mark.anyio

PATH = "/indicator-feedback"


def on(world: Any, indicator: str = "leap_i5", **fields: Any) -> dict[str, Any]:
    """Feedback on an indicator of LEAP."""
    whole = {"indicator_id": str(world.ids[indicator]), "text": "A check reaches every table."}
    return {**whole, **fields}


async def test_for_a_cycle_it_is_the_leads_until_they_share_it(as_, world, connection):
    lena, tom = as_("lena"), as_("tom")
    cycle_id = await tried(connection, world)
    for who, status, code in (
        ("tom", 403, "forbidden"),
        ("paul", 409, "unknown_reference"),
        ("luis", 409, "unknown_reference"),
    ):
        body = on(world, cycle_id=cycle_id)
        await refused(as_(who).post(PATH, json=body), status, code)
    given = await ok(lena.post(PATH, json=on(world, cycle_id=cycle_id)), 201)
    address = f"{PATH}/{given['id']}"
    assert (given["state"], given["evaluative"], given["level_name"]) == ("draft", False, None)
    assert (given["indicator_code"], given["teacher_id"]) == ("I.5", str(world.tom))
    for who in ("tom", "paul", "nina", "ada"):
        await refused(as_(who).get(address), 404, "not_found")
        assert (await ok(as_(who).get(PATH)))["items"] == []
    change = {"text": "Nearly every table."}
    given = await ok(lena.patch(address, json=change, headers=at(given)))
    given = await ok(plain(lena, given, "share", PATH))
    assert (await ok(tom.get(address)))["text"] == "Nearly every table."
    # coaching: no leader reads it, and no reading is written down
    await refused(as_("paul").get(address), 404, "not_found")
    assert await readers(connection, world, given["id"]) == []
    await refused(lena.patch(address, json=change, headers=at(given)), 409, "wrong_state")
    await refused(lena.delete(address, headers=at(given)), 409, "wrong_state")
    await refused(do(lena, given, "acknowledge", PATH), 403, "forbidden")
    done = await ok(do(tom, given, "acknowledge", PATH, reply="Next: what I do with it."))
    assert (done["state"], done["reply"]) == ("acknowledged", "Next: what I do with it.")
    await refused(do(tom, given, "acknowledge", PATH), 409, "wrong_state")


async def test_it_is_on_a_cycle_in_application_or_on_an_observation_that_began(
    as_, world, connection
):
    lena = as_("lena")
    await refused(lena.post(PATH, json=on(world)), 409, "one_subject")
    cycle_id = await tried(connection, world, number=1)
    visit = await visited(connection, world, "lena", "lead")
    both = on(world, cycle_id=cycle_id, observation_id=visit)
    await refused(lena.post(PATH, json=both), 409, "one_subject")
    early = await tried(connection, world, number=2, state="learning", phase="learning")
    said = await refused(lena.post(PATH, json=on(world, cycle_id=early)), 409, "cycle_not_ready")
    assert said["state"] == "learning"
    of_team = await tried(
        connection, world, number=3, level="team", team_id=world.maths, teacher_id=None
    )
    await refused(lena.post(PATH, json=on(world, cycle_id=of_team)), 409, "cycle_not_ready")
    planned = await visited(connection, world, "lena", "lead", state="scheduled", started_at=None)
    body = on(world, observation_id=planned)
    await refused(lena.post(PATH, json=body), 409, "observation_not_ready")
    retired = on(world, cycle_id=cycle_id) | {"indicator_id": str(world.kestrel_leap_i1)}
    await refused(lena.post(PATH, json=retired), 409, "indicator_not_offered")
    draft = await ok(lena.post(PATH, json=on(world, observation_id=visit)), 201)
    await ok(lena.delete(f"{PATH}/{draft['id']}", headers=at(draft)), 204)
    await refused(lena.get(f"{PATH}/{draft['id']}"), 404, "not_found")
    # the observation first, then what is said of a part of it
    draft = await ok(lena.post(PATH, json=on(world, observation_id=visit)), 201)
    said = await refused(plain(lena, draft, "share", PATH), 409, "feedback_not_ready")
    assert [one["code"] for one in said["missing"]] == ["observation"]


async def test_a_lead_rates_in_a_cycle_as_an_evaluator_who_is_certified(as_, world, connection):
    lena = as_("lena")
    body = on(world, cycle_id=await tried(connection, world))
    said = await refused(lena.post(PATH, json=body | {"score": 5}), 409, "rating_not_allowed")
    assert [one["code"] for one in said["missing"]] == ["evaluative"]
    rated = {**body, "evaluative": True, "score": 5}
    await certified(connection, world, "lena", until_on=clock.today("UTC").replace(day=4))
    said = await refused(lena.post(PATH, json=rated), 409, "rating_not_allowed")
    assert [one["code"] for one in said["missing"]] == ["certification"]
    await certified(connection, world, "lena")
    for score in (0, 8):
        wrong = rated | {"score": score}
        await refused(lena.post(PATH, json=wrong), 409, "score_off_scale")
    never = rated | {"indicator_id": str(world.invented_f1), "score": 1}
    await refused(lena.post(PATH, json=never), 409, "score_off_scale")
    halves = rated | {"indicator_id": str(world.invented_c1), "score": 2.5}
    assert (await ok(lena.post(PATH, json=halves), 201))["level_name"] == "Strong"
    await refused(lena.post(PATH, json=halves | {"score": 2.25}), 409, "score_off_scale")
    given = await ok(lena.post(PATH, json=rated), 201)
    assert (given["score"], given["level_name"], given["evaluative"]) == (5, "Effective", True)
    address = f"{PATH}/{given['id']}"
    await refused(as_("paul").get(address), 404, "not_found")
    given = await ok(lena.patch(address, json={"score": 7}, headers=at(given)))
    assert given["level_name"] == "Distinguished"
    await refused(lena.patch(address, json={"score": 9}, headers=at(given)), 409, "score_off_scale")
    given = await ok(plain(lena, given, "share", PATH))
    for who in ("tom", "paul"):
        assert (await ok(as_(who).get(address)))["score"] == 7
    await ok(as_("paul").get(f"{PATH}?teacher_id={world.tom}"))
    assert await readers(connection, world, given["id"]) == [
        ("paul", "indicator_feedback:read"),
        ("paul", "indicator_feedback:read"),
    ], "by itself and in the list; what is Lena's and Tom's is theirs to read"
    await refused(as_("luis").get(address), 404, "not_found")
    # without a part in the evaluation there is no rating, certified or not
    link = await ok(as_("paul").get(f"{LINKS}/{world.lena_tom}"))
    none = {"evaluator_scope": "none"}
    await ok(as_("paul").patch(f"{LINKS}/{world.lena_tom}", json=none, headers=at(link)))
    said = await refused(lena.post(PATH, json=rated), 409, "rating_not_allowed")
    assert [one["code"] for one in said["missing"]] == ["evaluator_scope"]
    await ok(lena.post(PATH, json=body), 201)


async def test_a_rating_for_an_observation_goes_as_its_kind_and_rests_on_what_was_seen(
    as_, world, connection
):
    paul = as_("paul")
    informal = await visited(connection, world, "paul", "school_leader")
    wrong = on(world, observation_id=informal, evaluative=True, score=5)
    await refused(paul.post(PATH, json=wrong), 409, "rating_not_allowed")
    wrong["evaluative"] = None
    await refused(paul.post(PATH, json=wrong), 409, "rating_not_allowed")
    formal = await visited(
        connection,
        world,
        "paul",
        "school_leader",
        evaluative=True,
        state="shared",
        shared_at=clock.now(),
    )
    apart = on(world, observation_id=formal, evaluative=False)
    await refused(paul.post(PATH, json=apart), 409, "rating_not_allowed")
    given = await ok(paul.post(PATH, json=on(world, observation_id=formal, score=5)), 201)
    assert (given["evaluative"], given["level_name"]) == (True, "Effective")
    whose = {
        "district_id": world.juniper,
        "observation_id": formal,
        "school_id": world.alder,
        "teacher_id": world.tom,
        "observer_id": world.paul,
        "observer_kind": "school_leader",
        "author_id": world.paul,
        "evaluative": True,
    }
    async with adding(connection, world) as add:
        rated = await add("", m.ObservationRating(**whose, indicator_id=world.leap_i5, score=6))
        for number, verbatim in enumerate((False, True)):
            item = await add(
                "",
                m.EvidenceItem(
                    **whose,
                    kind="evidence",
                    client_key=f"k{number}",
                    seq=number,
                    at=clock.now(),
                    edited_at=clock.now(),
                    text="Show me with your fingers.",
                    verbatim=verbatim,
                ),
            )
            if not verbatim:
                tag = {"district_id": world.juniper, "item_id": item.id}
                await add("", m.EvidenceTag(**tag, indicator_id=world.leap_i5))
    said = await refused(plain(paul, given, "share", PATH), 409, "feedback_not_ready")
    assert [one["code"] for one in said["missing"]] == ["evidence", "score_differs"]
    async with adding(connection, world) as add:
        tag = {"district_id": world.juniper, "item_id": item.id}
        await add("", m.EvidenceTag(**tag, indicator_id=world.leap_i5))
        # what somebody else wrote and has not shared is not counted: the refusal would tell of it
        item.author_id = world.ivy
        await add("", item)
    said = await refused(plain(paul, given, "share", PATH), 409, "feedback_not_ready")
    assert [one["code"] for one in said["missing"]] == ["evidence", "score_differs"]
    async with adding(connection, world) as add:
        item.author_id = world.paul
        await add("", item)
    given = await ok(paul.patch(f"{PATH}/{given['id']}", json={"score": 6}, headers=at(given)))
    assert rated.score == given["score"]
    given = await ok(plain(paul, given, "share", PATH))
    assert (await ok(as_("lena").get(f"{PATH}/{given['id']}")))["score"] == 6
    # feedback on an observation is read as a part of it
    assert await readers(connection, world, formal) == [("lena", "indicator_feedback:read")]
    assert (await ok(do(as_("tom"), given, "acknowledge", PATH)))["reply"] is None
