"""Feedback conversations: steps in their order, notes that are nobody else's until shared, who
gives feedback and who reads it."""

import pytest

from tests.feedback.making import (
    TALKS,
    do,
    note,
    notes,
    plain,
    prepared,
    readers,
    shared,
    tried,
    visited,
)
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import ok, refused
from tests.relationships.test_relationships import PATH
from tests.relationships.test_relationships import act as step
from tests.world import Ticking

pytestmark = pytest.mark.anyio

RELAY = ("praise", "probe", "problem_and_action_step", "practice", "plan_ahead", "follow_up")


async def test_the_six_steps_go_in_their_order_and_all_before_it_was_held(as_, world):
    lena, tom = as_("lena"), as_("tom")
    talk = await prepared(as_, world, "relay_six_steps")
    assert (talk["state"], talk["ordered"], talk["giver_kind"]) == ("prepared", True, "lead")
    said = await refused(note(lena, talk, "practice"), 409, "step_out_of_order")
    assert [one["code"] for one in said["missing"]] == ["praise"]
    await refused(note(lena, talk, "nothing"), 404, "not_found")
    for key in RELAY[:3]:
        await ok(note(lena, talk, key))
    said = await refused(do(lena, talk, "hold"), 409, "feedback_incomplete")
    assert [one["code"] for one in said["missing"]] == list(RELAY[3:])
    assert (await refused(note(lena, talk, "follow_up"), 409, "step_out_of_order"))["missing"][0][
        "code"
    ] == "practice"
    for key in RELAY[3:]:
        await ok(note(lena, talk, key))
    # other words at an earlier step, at its version
    await refused(note(lena, talk, "praise", "Once more."), 412, "version_mismatch")
    changed = await ok(note(lena, talk, "praise", "Once more.", version=1))
    assert (changed["version"], changed["text"]) == (2, "Once more.")
    await refused(plain(lena, talk, "share"), 409, "wrong_state")
    await refused(do(lena, talk, "hold", on="2026-10-06"), 409, "dates_do_not_fit")
    await refused(do(tom, talk, "hold"), 403, "forbidden")
    held = await ok(do(lena, talk, "hold", on="2026-10-02"))
    assert (held["held_on"], held["warnings"]) == ("2026-10-02", [])
    await refused(do(tom, talk, "acknowledge"), 409, "wrong_state")
    assert await notes(tom, talk) == []
    given = await ok(plain(lena, talk, "share"))
    assert given["warnings"] == []
    assert await notes(tom, talk) == list(RELAY)
    await refused(note(lena, talk, "probe", version=2), 409, "wrong_state")
    await refused(do(lena, talk, "acknowledge"), 403, "forbidden")
    await refused(do(tom, talk, "reply", reply="Later."), 409, "wrong_state")
    done = await ok(do(tom, talk, "acknowledge", reply="Thank you."))
    assert (done["state"], done["reply"]) == ("acknowledged", "Thank you.")
    done = await ok(do(tom, talk, "reply", reply="It held on Friday."))
    assert done["later_reply"] == "It held on Friday."
    await refused(do(tom, talk, "reply", reply="And more."), 409, "replied_already")


async def test_a_map_takes_any_order_and_warns_of_what_is_missing(as_, world):
    lena = as_("lena")
    talk = await prepared(as_, world, "planning_map")
    await ok(note(lena, talk, "learning_focus"))
    await ok(note(lena, talk, "goals"))
    assert await notes(lena, talk) == ["goals", "learning_focus"]
    missing = ["success_evidence", "strategies", "reflection_on_coaching"]
    held = await ok(do(lena, talk, "hold"))
    assert [one["code"] for one in held["warnings"]] == missing
    # to nobody who asks later, and above all not to the teacher
    assert (await ok(as_("tom").get(f"{TALKS}/{talk['id']}")))["warnings"] == []
    await ok(note(lena, talk, "strategies"))
    given = await ok(plain(lena, talk, "share"))
    assert [one["code"] for one in given["warnings"]] == [missing[0], missing[2]]


async def test_notes_leave_no_trace_until_they_are_shared(as_, world):
    talk = await prepared(as_, world, "reflecting_map")
    addresses = (TALKS, f"{TALKS}/{talk['id']}", f"{TALKS}/{talk['id']}/notes", "/audit")
    others = ("tom", "paul", "ada", "luis", "nina", "ivy", "zoe")

    async def seen() -> dict[tuple[str, str], tuple[int, bytes]]:
        answers = {}
        for who in others:
            for address in (*addresses, "/activity"):
                answer = await as_(who, **{"X-Request-ID": "0" * 36}).get(address)
                answers[who, address] = (answer.status_code, answer.content)
        return answers

    before = await seen()
    for field in talk["fields"]:
        await ok(note(as_("lena"), talk, field["key"], "Between me and myself."))
    await ok(note(as_("lena"), talk, talk["fields"][0]["key"], "Otherwise.", version=1))
    assert await seen() == before
    assert before["tom", addresses[1]][0] == 200
    assert {before[who, addresses[1]][0] for who in others[1:]} == {404}
    # the giver's version is not moved by them either
    await ok(as_("lena").post(f"{TALKS}/{talk['id']}/hold", headers=at(talk), json={}))
    for who in ("tom", "paul"):
        entries = (await ok(as_(who).get("/audit?limit=200")))["items"]
        assert not [one for one in entries if one["subject_type"] == "feedback_note"]


async def test_the_protocol_of_a_prepared_conversation_changes_until_a_step_is_noted(as_, world):
    lena, tom = as_("lena"), as_("tom")
    await ok(
        as_("paul").post(
            "/protocol-choices",
            json={
                "school_id": str(world.alder),
                "template_id": str(world.ids["see_name_do"]),
                "from_on": "2026-10-05",
            },
        ),
        201,
    )
    talk = await ok(lena.post(TALKS, json={"teacher_id": str(world.tom)}), 201)
    address, other = f"{TALKS}/{talk['id']}", {"template_id": str(world.ids["planning_map"])}
    await refused(tom.patch(address, json=other, headers=at(talk)), 403, "forbidden")
    await refused(
        lena.patch(address, json=other, headers=at(talk)), 409, "other_protocol_unexplained"
    )
    wrong = {"template_id": str(world.welcome)}
    await refused(lena.patch(address, json=wrong, headers=at(talk)), 409, "template_not_usable")
    because = {**other, "protocol_reason": "Before the lesson."}
    talk = await ok(lena.patch(address, json=because, headers=at(talk)))
    unsaid = {"protocol_reason": None}
    await refused(
        lena.patch(address, json=unsaid, headers=at(talk)), 409, "other_protocol_unexplained"
    )
    await ok(note(lena, talk, "goals"))
    back = {"template_id": str(world.ids["see_name_do"])}
    await refused(lena.patch(address, json=back, headers=at(talk)), 409, "steps_noted")
    await ok(do(lena, talk, "hold"))
    now = await ok(lena.get(address))
    await refused(lena.patch(address, json=because, headers=at(now)), 409, "wrong_state")


async def test_an_appointment_takes_the_time_of_both_and_gives_it_back(as_, world):
    lena, tom = as_("lena"), as_("tom")
    talk = await prepared(as_, world, "planning_map")
    when = {"on": "2026-10-07", "at": "15:00", "minutes": 20, "place": "Library"}
    await refused(do(tom, talk, "schedule", **when | {"on": "2026-07-01"}), 409, "dates_do_not_fit")
    await refused(plain(tom, talk, "unschedule"), 409, "not_scheduled")
    talk = await ok(do(tom, talk, "schedule", **when))
    assert (talk["zone"], talk["starts_at"][:16]) == ("America/Denver", "2026-10-07T21:00")
    meeting = {"teacher_id": str(world.nina), "on": "2026-10-07", "at": "15:10"}
    said = await refused(lena.post("/meetings", json=meeting), 409, "double_booked")
    assert said["times"] == [{"on": "2026-10-07", "at": "15:10"}]
    await refused(do(lena, talk, "hold"), 409, "not_yet")
    await ok(do(lena, talk, "schedule", **when | {"at": "16:00"}))
    taken = await ok(lena.post("/meetings", json=meeting), 201)
    await refused(do(tom, talk, "schedule", **when), 409, "double_booked")
    talk = await ok(plain(lena, talk, "unschedule"))
    assert (talk["on"], talk["place"], talk["state"]) == (None, None, "prepared")
    later = {"teacher_id": str(world.nina), "on": "2026-10-07", "at": "16:00"}
    await ok(lena.post("/meetings", json=later), 201)
    assert taken["state"] == "scheduled"
    await ok(do(tom, talk, "schedule", **when | {"on": "2026-10-08"}))
    Ticking.of_test.move_to("2026-10-09T18:00+00:00")
    await refused(do(lena, talk, "hold", on="2026-10-07"), 409, "dates_do_not_fit")
    assert (await ok(do(lena, talk, "hold")))["held_on"] == "2026-10-08"


async def test_that_it_was_held_is_activity_and_nothing_else_of_it(as_, world):
    talk = await prepared(as_, world, "planning_map")
    path = "/activity?kind=feedback_conversation"
    assert (await ok(as_("paul").get(path)))["items"] == []
    await ok(note(as_("lena"), talk, "goals", "A secret of two."))
    await ok(do(as_("lena"), talk, "hold", on="2026-10-01"))
    for who in ("paul", "tom", "lena"):
        assert (await ok(as_(who).get(path)))["items"] == [
            {
                "kind": "feedback_conversation",
                "on": "2026-10-01",
                "state": "held",
                "teacher_id": str(world.tom),
                "lead_id": str(world.lena),
                "observer_id": None,
                "minutes": None,
            }
        ]
    for who in ("nina", "ivy", "ada", "bea"):
        assert (await ok(as_(who).get(path)))["items"] == []
    whole = (await ok(as_("paul").get("/activity")))["items"]
    assert [row["kind"] for row in whole] == ["feedback_conversation"]


async def test_nobody_gives_feedback_to_themselves_or_to_whom_they_do_not_coach(as_, world):
    relay = {"template_id": str(world.ids["relay_six_steps"])}
    for who, teacher, status, code in (
        ("tom", "tom", 403, "forbidden"),
        ("paul", "tom", 403, "forbidden"),
        ("luis", "tom", 409, "unknown_reference"),
        ("lena", "pia", 409, "coaching_not_active"),
        ("lena", "sam", 409, "unknown_reference"),
    ):
        body = {**relay, "teacher_id": str(getattr(world, teacher))}
        await refused(as_(who).post(TALKS, json=body), status, code)
    await refused(as_("tom").post(TALKS, json=relay), 403, "forbidden")


async def test_an_observer_gives_feedback_on_their_own_observation(as_, world, connection):
    of_paul = await visited(connection, world, "paul", "school_leader")
    relay = {"template_id": str(world.ids["relay_six_steps"])}
    for who, status, code in (
        ("tom", 403, "forbidden"),
        ("lena", 409, "unknown_reference"),
        ("nina", 409, "unknown_reference"),
    ):
        body = {**relay, "observation_id": of_paul}
        await refused(as_(who).post(TALKS, json=body), status, code)
    astray = {**relay, "observation_id": of_paul, "teacher_id": str(world.nina)}
    await refused(as_("paul").post(TALKS, json=astray), 409, "unknown_reference")
    talk = await prepared(as_, world, "relay_six_steps", "paul", observation_id=of_paul)
    assert (talk["giver_kind"], talk["evaluative"]) == ("school_leader", False)
    assert (talk["teacher_id"], talk["relationship_id"]) == (str(world.tom), None)
    await ok(do(as_("tom"), talk, "schedule", on="2026-10-05", at="06:10"))
    await shared(as_, talk, "paul")
    assert await notes(as_("tom"), talk) == list(RELAY)
    # not an evaluation: it stays between the two, also before the lead who evaluates
    await refused(as_("lena").get(f"{TALKS}/{talk['id']}"), 404, "not_found")
    peer = await visited(connection, world, "nina", "peer")
    talk = await prepared(as_, world, "see_name_do", "nina", observation_id=peer)
    await refused(as_("paul").get(f"{TALKS}/{talk['id']}"), 404, "not_found")
    # what the teacher may not know of yet, and what was called off
    for fields in (
        {"state": "scheduled", "announced": False, "started_at": None},
        {"state": "cancelled", "started_at": None, "reason": "Ill."},
    ):
        hidden = await visited(connection, world, "nina", "peer", **fields)
        body = {**relay, "observation_id": hidden}
        await refused(as_("nina").post(TALKS, json=body), 409, "observation_not_ready")


async def test_of_an_evaluation_leader_and_evaluator_read_once_it_is_shared(as_, world, connection):
    formal = await visited(connection, world, "paul", "school_leader", evaluative=True)
    talk = await prepared(as_, world, "see_name_do", "paul", observation_id=formal)
    assert talk["evaluative"]
    address = f"{TALKS}/{talk['id']}"
    await refused(as_("lena").get(address), 404, "not_found")
    assert await readers(connection, world, formal) == []
    await shared(as_, talk, "paul")
    # Lena owns a part of Tom's evaluation; Luis none
    assert await notes(as_("lena"), talk) == [field["key"] for field in talk["fields"]]
    await ok(as_("lena").get(address))
    for who in ("luis", "nina", "ada", "bea", "ivy"):
        await refused(as_(who).get(address), 404, "not_found")
        await refused(as_(who).get(f"{address}/notes"), 404, "not_found")
    assert (await ok(as_("tom").get(TALKS)))["items"][0]["id"] == talk["id"]
    assert len(await notes(as_("tom"), talk)) == len(talk["fields"])
    # of the observation that it is about; the teacher's own reads and the giver's leave no row
    assert await readers(connection, world, formal) == [
        ("lena", "feedback_note:read"),
        ("lena", "feedback_conversation:read"),
    ]
    # a lead's formal observation: the school's leaders read it, and an end of coaching does not
    # keep it from being finished
    own = await visited(connection, world, "lena", "lead", evaluative=True)
    mine = await prepared(as_, world, "planning_map", observation_id=own)
    await refused(as_("paul").get(f"{TALKS}/{mine['id']}"), 404, "not_found")
    await change_lead(as_, world)
    await ok(note(as_("lena"), mine, "goals"))
    await ok(do(as_("lena"), mine, "hold"))
    await ok(plain(as_("lena"), mine, "share"))
    assert await notes(as_("paul"), mine) == ["goals"]
    await ok(do(as_("tom"), mine, "acknowledge"))


async def test_while_coaching_is_paused_both_read_and_nobody_writes(as_, world):
    talk = await prepared(as_, world, "planning_map")
    await ok(note(as_("lena"), talk, "goals"))
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    await step(as_("paul"), link, "pause")
    when = {"on": "2026-10-07", "at": "15:00", "minutes": 20}
    for who in ("tom", "lena"):
        await refused(do(as_(who), talk, "schedule", **when), 403, "forbidden")
    await refused(do(as_("lena"), talk, "hold"), 403, "forbidden")
    await refused(note(as_("lena"), talk, "strategies"), 403, "forbidden")
    assert await notes(as_("lena"), talk) == ["goals"]
    assert (await ok(as_("tom").get(f"{TALKS}/{talk['id']}")))["permissions"] == []


async def test_a_new_lead_reads_nothing_and_a_former_one_what_they_gave(as_, world):
    lena = as_("lena")
    talk = await prepared(as_, world, "planning_map")
    given = await prepared(as_, world, "planning_map")
    await shared(as_, given, "lena")
    await ok(note(lena, talk, "goals"))
    await ok(do(as_("tom"), talk, "schedule", on="2026-10-07", at="15:00"))
    await change_lead(as_, world)
    for one in (talk, given):
        await refused(as_("luis").get(f"{TALKS}/{one['id']}"), 404, "not_found")
    assert (await ok(as_("luis").get(TALKS)))["items"] == []
    assert len(await notes(lena, given)) == 5
    assert await notes(lena, talk) == ["goals"]
    await refused(note(lena, talk, "strategies"), 403, "forbidden")
    assert await notes(as_("tom"), talk) == []
    # its time is free again
    now = await ok(as_("tom").get(f"{TALKS}/{talk['id']}"))
    assert (now["on"], now["starts_at"]) == (None, None)
    meeting = {"teacher_id": str(world.tom), "on": "2026-10-07", "at": "15:00"}
    await ok(as_("luis").post("/meetings", json=meeting), 201)
    Ticking.of_test.move(days=91)
    await refused(lena.get(f"{TALKS}/{given['id']}"), 404, "not_found")
    assert len(await notes(as_("tom"), given)) == 5


async def test_a_conversation_is_about_a_cycle_of_the_same_teacher(as_, world, connection):
    of_tom = await tried(connection, world)
    of_nina = await tried(connection, world, "nina")
    of_sam = await tried(connection, world, "sam", "luis")
    relay = {"template_id": str(world.ids["relay_six_steps"]), "teacher_id": str(world.tom)}
    for cycle_id, code in ((of_nina, "cycle_not_for_feedback"), (of_sam, "unknown_reference")):
        body = {**relay, "cycle_id": cycle_id}
        await refused(as_("lena").post(TALKS, json=body), 409, code)
    talk = await ok(as_("lena").post(TALKS, json={**relay, "cycle_id": of_tom}), 201)
    found = await ok(as_("tom").get(f"{TALKS}?cycle_id={of_tom}&state=prepared"))
    assert [row["id"] for row in found["items"]] == [talk["id"]]
    # coaching is kept apart from an evaluation
    formal = await visited(connection, world, "lena", "lead", evaluative=True)
    body = {**relay, "observation_id": formal, "cycle_id": of_tom}
    await refused(as_("lena").post(TALKS, json=body), 409, "cycle_not_for_feedback")
