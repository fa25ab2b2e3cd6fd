"""Visits end to end: who observes whom, what a visit goes against, and its way to locked."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Live
from tests.goals.test_goals import growth
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, ok, refused
from tests.observations import PATH, certify, drafted, planned, share, visit
from tests.relationships.test_preferences import PREFERENCES, wanted
from tests.world import Ticking

pytestmark = pytest.mark.anyio


def codes(refusal: Any) -> list[str]:
    """The conflicts that a refusal names."""
    return [entry["code"] for entry in refusal["missing"]]


async def conflicts(sent: Any) -> list[str]:
    """The conflicts of a request that is refused for them."""
    return codes(await refused(sent, 409, "observation_conflicts"))


async def test_who_observes_is_said_by_the_kind_and_the_relation(as_, world):
    made = await planned(as_("lena"), world)
    assert (made["observer_kind"], made["evaluative"], made["state"]) == (
        "lead",
        False,
        "scheduled",
    )
    assert (made["kind"], made["zone"], made["starts_at"][:16]) == (
        "coaching_visit",
        "America/Denver",
        "2026-10-07T15:00",
    )
    leads = await planned(as_("paul"), world, "walkthrough", at="11:00")
    assert leads["observer_kind"] == "school_leader"
    peer = await planned(as_("nina"), world, "peer", at="13:00")
    assert (peer["observer_kind"], peer["formal"]) == ("peer", False)
    # a lead teaches there, too: as the kind asks
    assert (await planned(as_("lena"), world, "peer", at="14:00"))["observer_kind"] == "peer"
    for who, kind in (("paul", "coaching_visit"), ("nina", "full"), ("sam", "walkthrough")):
        sent = as_(who).post(PATH, json=visit(world, kind, at="16:00"))
        await refused(sent, 409, "kind_not_for_observer")
    await refused(as_("tom").post(PATH, json=visit(world, "peer")), 409, "observes_self")
    for who in ("ada", "ivy", "mia"):  # they see Tom, and do not observe him
        await refused(as_(who).post(PATH, json=visit(world)), 403, "forbidden")
    for who in ("bea", "ben"):
        said = await refused(as_(who).post(PATH, json=visit(world)), 409, "unknown_reference")
        assert said["field"] == "teacher_id"
    # while the coaching is paused the lead is a colleague and no more
    pia = {"teacher_id": str(world.pia)}
    sent = as_("lena").post(PATH, json=visit(world, **pia))
    await refused(sent, 409, "kind_not_for_observer")


async def test_a_visit_is_planned_for_a_time_to_come_or_begins_now(as_, world):
    lena = as_("lena")
    for wrong in ({"on": None}, {"at": None}, {"start": True}, {"start": True, "on": None}):
        await refused(lena.post(PATH, json=visit(world, **wrong)), 409, "when_unclear")
    for on in ("2026-10-02", "2027-07-05"):
        await refused(lena.post(PATH, json=visit(world, on=on)), 409, "dates_do_not_fit")
    now = await planned(lena, world, start=True, on=None, at=None)
    assert (now["state"], now["on"], now["at"]) == ("in_progress", "2026-10-05", "10:00")
    assert (now["announced"], now["started_at"] is not None) == (False, True)
    # nobody is in two places; who is in the room already goes on with a reason
    again = visit(world, start=True, on=None, at=None)
    assert await conflicts(lena.post(PATH, json=again)) == ["double_booked"]
    reason = {"code": "double_booked", "reason": "The other one was over early."}
    again["overrides"] = [reason]
    both = await ok(lena.post(PATH, json=again), 201)
    assert both["overrides"] == [{**reason, "consent": False}]
    unplanned = visit(world, on="2026-10-05", at="10:15", overrides=[reason])
    assert await conflicts(lena.post(PATH, json=unplanned)) == ["double_booked"]


async def test_everything_a_visit_goes_against_is_named_at_once(as_, world):
    paul, lena = as_("paul"), as_("lena")
    await ok(as_("tom").post(PREFERENCES, json=wanted(world)), 201)
    year = (await ok(paul.get(f"/school-years/{world.alder_year}")))["version"]
    off = {"from": "2026-10-07", "to": "2026-10-07", "kind": "day_off", "title": "Snow"}
    calendar = {"first_day": "2026-09-28", "last_day": "2027-06-04", "days": [off]}
    sent = paul.put(
        f"/school-years/{world.alder_year}/calendar",
        json=calendar,
        headers={"If-Match": f'"{year}"'},
    )
    await ok(sent)
    policy = await ok(as_("ada").get("/district/policy"))
    windows = [
        {"name": "observation_1", "opens": "11-01", "closes": "11-15", "enforce": True},
    ]
    values = {"windows": windows, "visits_per_week_warning": 1}
    change = {"values": values, "reason": "Try."}
    at = {"If-Match": f'"{policy["version"]}"'}
    await ok(as_("ada").patch("/district/policy", json=change, headers=at))
    await planned(as_("nina"), world, "peer", on="2026-10-08")
    intends = ["walk_around", "co_teach"]
    body = visit(world, "full", minutes=30, intends=intends, announced=False)
    said = await refused(lena.post(PATH, json=body), 409, "observation_conflicts")
    assert {entry["code"]: entry["may_override"] for entry in said["missing"]} == {
        "day_off": True,
        "too_short": False,
        "first_days": False,
        "outside_window": False,
        "not_certified": False,
    }, "what the teacher told their lead is not held against what leaders read"
    # what may be overridden is so by a reason, a preference by the teacher's consent as well
    body = visit(world, intends=intends)
    consents = [
        {"code": "preference_co_teach", "consent": True},
        {"code": "preference_walk_around", "reason": "The groups work apart."},
        {"code": "day_off", "consent": True},
        {"code": "not_certified", "reason": "It was not one."},
    ][:3]
    body["overrides"] = consents
    left = await refused(lena.post(PATH, json=body), 409, "observation_conflicts")
    assert codes(left) == ["day_off", "preference_notice"]
    body["overrides"] = [
        *consents[:2],
        {"code": "day_off", "reason": "Saturday school."},
        {"code": "preference_notice", "consent": True},
        {"code": "double_booked", "reason": "Not needed, so not kept."},
    ]
    made = await ok(lena.post(PATH, json=body), 201)
    assert [one["code"] for one in made["overrides"]] == [
        "day_off",
        "preference_notice",
        "preference_walk_around",
        "preference_co_teach",
    ]
    mine = (await ok(as_("tom").get(PREFERENCES)))["items"][0]["id"]
    assert made["preferences_id"] == mine
    # the load warns without saying whose visits these are
    assert [one["code"] for one in made["warnings"]] == ["many_visits"]
    # what Tom told his lead is not said to others
    other = await planned(paul, world, "walkthrough", on="2026-10-06", announced=False)
    assert (other["preferences_id"], other["overrides"]) == (None, [])


async def test_scoring_takes_a_certificate_a_part_in_the_evaluation_and_the_windows(as_, world):
    paul, luis = as_("paul"), as_("luis")
    body = visit(world, "full")
    assert await conflicts(paul.post(PATH, json=body)) == ["not_certified"]
    reason = [{"code": "too_short", "reason": "No time."}]
    await certify(as_, world, "paul", until_on="2026-12-01")
    made = await ok(paul.post(PATH, json=body), 201)
    assert (made["evaluative"], made["warnings"]) == (True, [])
    late = visit(world, "full", on="2027-05-05", minutes=39, overrides=reason)
    assert await conflicts(paul.post(PATH, json=late)) == ["too_short", "not_certified"]
    await certify(as_, world, "paul", from_on="2027-01-01")
    late["minutes"] = 40
    warned = await ok(paul.post(PATH, json=late), 201)
    assert [one["code"] for one in warned["warnings"]] == ["outside_window"]
    # a lead scores with a part in the teacher's evaluation alone
    await certify(as_, world, "luis")
    of_sam = {"teacher_id": str(world.sam)}
    link = (await ok(paul.get(f"/coaching-relationships/{world.luis_sam}")))["version"]
    assert (await ok(luis.post(PATH, json=visit(world, "full", **of_sam)), 201))["evaluative"]
    none = {"evaluator_scope": "none"}
    path = f"/coaching-relationships/{world.luis_sam}"
    await ok(paul.patch(path, json=none, headers={"If-Match": f'"{link}"'}))
    sent = luis.post(PATH, json=visit(world, "full", at="11:00", **of_sam))
    assert await conflicts(sent) == ["not_evaluator"]
    # a certificate that ends before the visit begins is missed then
    path = f"/observer-certifications?person_id={world.paul}&on=2026-10-07"
    known = (await ok(as_("ada").get(path)))["items"][0]
    at = {"If-Match": f'"{known["version"]}"'}
    shorter = {"until_on": "2026-10-06"}
    await ok(as_("ada").patch(f"/observer-certifications/{known['id']}", json=shorter, headers=at))
    Ticking.of_test.move_to(made["starts_at"])
    assert await conflicts(act(paul, "observations", made, "start")) == ["not_certified"]


async def test_a_visit_that_is_not_announced_shows_nowhere_before_it_begins(as_, world):
    lena, tom = as_("lena"), as_("tom")
    made = await planned(lena, world, announced=False)
    await refused(tom.get(f"{PATH}/{made['id']}"), 404, "not_found")
    assert (await ok(tom.get(PATH)))["items"] == []
    assert (await ok(tom.get("/activity?to=2026-12-01")))["items"] == []
    seen = (await ok(tom.get("/audit")))["items"]
    assert made["id"] not in [event["subject_id"] for event in seen]
    # Tom's time is free, since a refusal would tell him; Lena's is not
    sits = {"teacher_id": str(world.tom), "on": "2026-10-07", "at": "09:00"}
    await refused(lena.post("/meetings", json=sits), 409, "double_booked")
    peer = visit(world, "peer", teacher_id=str(world.nina))
    await ok(tom.post(PATH, json=peer), 201)
    said = (await ok(as_("paul").get("/activity?to=2026-12-01&kind=observation")))["items"]
    assert {(row["state"], row["observer_id"], row["lead_id"]) for row in said} == {
        ("scheduled", str(world.lena), None),
        ("scheduled", str(world.tom), None),
    }
    Ticking.of_test.move_to(made["starts_at"])
    await ok(act(lena, "observations", made, "start"))
    assert (await ok(tom.get(f"{PATH}/{made['id']}")))["state"] == "in_progress"
    seen = (await ok(tom.get("/audit")))["items"]
    assert [e["action"] for e in seen if e["subject_id"] == made["id"]] == ["observation.started"]


async def test_a_coaching_visit_from_planned_to_locked(as_, world, connection):
    lena, tom, paul = as_("lena"), as_("tom"), as_("paul")
    made = await planned(lena, world, focus="Wait time.")
    await refused(act(lena, "observations", made, "start"), 409, "not_yet")
    moved = await ok(act(lena, "observations", made, "reschedule", on="2026-10-08", at="10:30"))
    assert (moved["on"], moved["at"], moved["minutes"]) == ("2026-10-08", "10:30", 45)
    await planned(as_("nina"), world, "peer")  # the time it had is free again
    at = {"If-Match": f'"{moved["version"]}"'}
    change = {"focus": "Wait time after questions.", "place": "Room 7"}
    await ok(lena.patch(f"{PATH}/{made['id']}", json=change, headers=at))
    Ticking.of_test.move_to("2026-10-09T16:30:00+00:00")
    await refused(act(lena, "observations", made, "start"), 409, "day_past")
    moved = await ok(act(lena, "observations", made, "reschedule", on="2026-10-12", at="09:00"))
    for verb in ("start", "finish", "cancel", "void", "discuss", "lock", "reschedule"):
        body = {"reason": "No."} if verb in ("cancel", "void") else {}
        if verb == "reschedule":
            body = {"on": "2026-10-13", "at": "09:00"}
        await refused(act(tom, "observations", moved, verb, **body), 403, "forbidden")
    await refused(act(lena, "observations", moved, "finish"), 409, "wrong_state")
    Ticking.of_test.move_to(moved["starts_at"])
    await ok(act(lena, "observations", moved, "start"))
    short = await ok(act(lena, "observations", moved, "finish"))
    assert (short["state"], [w["code"] for w in short["warnings"]]) == ("drafted", ["too_short"])
    await refused(act(tom, "observations", moved, "acknowledge", reply="No."), 409, "wrong_state")
    await share(connection, world, moved)
    await refused(act(lena, "observations", moved, "void", reason="No."), 403, "forbidden")
    await ok(act(lena, "observations", moved, "discuss"))
    await refused(act(lena, "observations", moved, "acknowledge", reply="Hm."), 403, "forbidden")
    done = await ok(act(tom, "observations", moved, "acknowledge", reply="I did not see it so."))
    assert (done["state"], done["reply"]) == ("acknowledged", "I did not see it so.")
    locked = await ok(act(lena, "observations", moved, "lock"))
    assert (locked["state"], locked["permissions"]) == ("locked", [])
    # coaching is the two's: no leader reads, locks or voids it
    await refused(act_on(paul, locked, "void", reason="No."), 404, "not_found")
    row = (await ok(paul.get("/activity?kind=observation&state=locked")))["items"]
    assert row[0].keys() == {
        "kind",
        "on",
        "state",
        "teacher_id",
        "lead_id",
        "observer_id",
        "minutes",
    }


async def act_on(client: Any, row: Any, step: str, **body: Any) -> Any:
    """A step at the version that is known."""
    at = {"If-Match": f'"{row["version"]}"'}
    return await client.post(f"{PATH}/{row['id']}/{step}", json=body, headers=at)


async def test_an_evaluation_is_locked_and_voided_by_the_leader_as_well(as_, world, connection):
    lena, tom, paul = as_("lena"), as_("tom"), as_("paul")
    await certify(as_, world, "lena")
    made = await drafted(lena, await planned(lena, world, "full"))
    await refused(paul.get(f"{PATH}/{made['id']}"), 404, "not_found")
    voided = await drafted(lena, await planned(lena, world, "partial", on="2026-10-09"))
    voided = await ok(act(lena, "observations", voided, "void", reason="The fire alarm."))
    assert (voided["state"], voided["reason"]) == ("void", "The fire alarm.")
    await share(connection, world, made)
    await ok(act(lena, "observations", made, "discuss"))
    await refused(act(paul, "observations", made, "void", reason="No."), 409, "wrong_state")
    await ok(act(tom, "observations", made, "acknowledge", reply="Yes."))
    await ok(act(paul, "observations", made, "lock"))
    await refused(act(lena, "observations", made, "void", reason="No."), 403, "forbidden")
    await ok(act(paul, "observations", made, "void", reason="The wrong class."))
    assert (await ok(tom.get(f"{PATH}/{made['id']}")))["state"] == "void"


async def test_goal_and_cycle_are_the_teachers_and_coaching_stays_apart(as_, world):
    lena, tom = as_("lena"), as_("tom")
    await certify(as_, world, "lena")
    goal = (await ok(tom.post("/goals", json=growth(world)), 201))["id"]
    assert (await planned(lena, world, goal_id=goal))["goal_id"] == goal
    evaluative = visit(world, "full", at="11:00", goal_id=goal)
    said = await refused(lena.post(PATH, json=evaluative), 409, "coaching_kept_apart")
    assert said["field"] == "goal_id"
    evaluative = visit(world, "full", at="11:00", cycle_id=goal)
    said = await refused(lena.post(PATH, json=evaluative), 409, "coaching_kept_apart")
    assert said["field"] == "cycle_id"
    for field in ("goal_id", "cycle_id"):
        wrong = visit(world, at="11:00", **{field: str(world.tom)})
        said = await refused(lena.post(PATH, json=wrong), 409, "unknown_reference")
        assert said["field"] == field
    nina = visit(world, "peer", at="11:00", goal_id=goal)
    await refused(as_("nina").post(PATH, json=nina), 409, "unknown_reference")


async def test_what_is_planned_ends_with_the_coaching_and_with_the_post(as_, world):
    lena, tom, paul, ada = as_("lena"), as_("tom"), as_("paul"), as_("ada")
    await certify(as_, world, "lena")
    mine = await planned(lena, world)
    formal = await drafted(lena, await planned(lena, world, "full", on="2026-10-06"))
    stays = await planned(as_("nina"), world, "peer", at="12:00")
    await change_lead(as_, world)
    gone = await ok(tom.get(f"{PATH}/{mine['id']}"))
    assert (gone["state"], gone["reason"]) == ("cancelled", "coaching_ended")
    again = await planned(as_("luis"), world)  # the time is free
    # a former lead reads what they wrote; of the evaluation they go on with their own
    await refused(lena.patch(f"{PATH}/{mine['id']}", json={}), 428, "version_required")
    read = await ok(lena.get(f"{PATH}/{formal['id']}"))
    assert "share" in read["permissions"]
    assert (await ok(lena.get(f"{PATH}/{mine['id']}")))["permissions"] == []
    await refused(as_("luis").get(f"{PATH}/{mine['id']}"), 404, "not_found")
    # whoever is let go observes nobody
    nina = await ok(ada.get(f"/people/{world.nina}"))
    at = {"If-Match": f'"{nina["version"]}"'}
    await ok(ada.post(f"/people/{world.nina}/deactivate", headers=at))
    assert (await ok(tom.get(f"{PATH}/{stays['id']}")))["reason"] == "role_ended"
    post = (await ok(paul.get(f"/roles?person_id={world.tom}&kind=teacher")))["items"][0]
    at = {"If-Match": f'"{post["version"]}"'}
    await ok(ada.post(f"/roles/{post['id']}/end", headers=at))
    assert (await ok(tom.get(f"{PATH}/{again['id']}")))["state"] == "cancelled"


async def test_filters(as_, world):
    lena = as_("lena")
    await certify(as_, world, "lena")
    first = await planned(lena, world)
    second = await planned(lena, world, "full", on="2026-10-14")
    third = await planned(lena, world, teacher_id=str(world.nina), on="2026-10-08")
    for query, found in (
        ("", [first, third, second]),
        (f"teacher_id={world.tom}", [first, second]),
        ("evaluative=true", [second]),
        ("kind=coaching_visit&state=scheduled", [first, third]),
        (f"from=2026-10-08&to=2026-10-14&observer_id={world.lena}", [third, second]),
        (f"school_year_id={world.alder_past}", []),
    ):
        items = (await ok(lena.get(f"{PATH}?{query}")))["items"]
        assert [row["id"] for row in items] == [row["id"] for row in found], query
    await refused(lena.get(f"{PATH}?from=2026-10-08&to=2026-10-07"), 400, "days_reversed")


async def test_both_act_at_once(live: Live) -> None:
    """One of two steps wins, and nobody is in two places."""
    world, lena, paul = live.world, live.as_("lena"), live.as_("paul")
    answers = await asyncio.gather(
        *(lena.post(PATH, json=visit(world, at=at)) for at in ("09:00", "09:15", "09:30")),
        paul.post(PATH, json=visit(world, "walkthrough", at="09:20")),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    (made,) = [answer.json() for answer in answers if answer.status_code == 201]
    observer = lena if made["observer_id"] == str(world.lena) else paul
    link = await ok(paul.get(f"/coaching-relationships/{world.lena_tom}"))
    other = {"on": "2026-10-09", "at": "10:00"}
    moved, ended, cancelled = await asyncio.gather(
        act_on(observer, made, "reschedule", **other),
        paul.post(
            f"/coaching-relationships/{world.lena_tom}/end",
            json={"reason": "Another team."},
            headers={"If-Match": f'"{link["version"]}"'},
        ),
        act_on(observer, made, "cancel", reason="Ill."),
    )
    assert ended.status_code == 200, ended.text
    assert {moved.status_code, cancelled.status_code} <= {200, 403, 409, 412}
    now = await ok(live.as_("tom").get(f"{PATH}/{made['id']}"))
    assert now["state"] == ("cancelled" if observer is lena else now["state"])
