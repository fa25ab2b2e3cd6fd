"""The whole story of a learning cycle over HTTP, from data to the cycle that follows: Tom's with
his lead Lena, and the maths team's with Lena, Tom and Nina. Nothing is put in behind the program's
back.

Each chapter says what happens and who sees it: Tom, Lena, Paul who leads the school, Luis who
leads another team, Nina who teaches in the same one, the district's warehouse, and nobody.
"""

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

import pytest

from tests.conftest import Live
from tests.goals.test_goals import agreed, at
from tests.learning_cycles.setting import named, rank, rankings, step, team_goal
from tests.meetings.test_meetings import act, ok, refused
from tests.world import Ticking

pytestmark = pytest.mark.anyio

#: what somebody gets who may read, may not know of it, is no person, or is not signed in
READS, HIDDEN, NO_PERSON, NOBODY = 200, 404, 403, 401
#: neither teacher nor lead of Tom's cycle
OTHERS = {
    "paul": HIDDEN,
    "luis": HIDDEN,
    "nina": HIDDEN,
    "juniper_warehouse": NO_PERSON,
    None: NOBODY,
}
PREFERS = {
    "where_to_be": "back",
    "talk_to_students": "ask",
    "walk_around": "yes",
    "co_teach": "no",
    "model": "ask",
    "notice": "days_before",
    "feedback_form": ["talk"],
}
REFLECTED = {
    "on_self": "I fill silence out of worry, not out of need.",
    "on_process": "One recording taught me more than three plans.",
    "on_students": "A third of the class answers who did not before.",
}


async def sees(as_: Any, path: str, **who: int) -> None:
    """What the two of Tom's cycle and everybody else get at an address."""
    for name, status in {**OTHERS, "tom": READS, "lena": READS, **who}.items():
        answer = await as_(name).get(path)
        assert answer.status_code == status, (name, path, answer.text)


async def missing(as_: Any, cycle: str, who: str = "tom") -> list[str]:
    """What the gate lists."""
    return codes((await ok(as_(who).get(f"{cycle}/gate")))["missing"])


def codes(lacks: Iterable[Any]) -> list[str]:
    return [lack["code"] for lack in lacks]


async def advance(as_: Any, cycle: str, who: str = "tom") -> str:
    """The phase that the cycle is in after it went on."""
    return str((await ok(step(as_, cycle, who, "advance")))["phase"])


async def add(client: Any, path: str, /, **body: Any) -> Any:
    """One more of what is kept at an address."""
    return await ok(client.post(path, json=body), 201)


async def reflect(as_: Any, cycle: str, who: str) -> Any:
    """Somebody's reflection, as a draft of their own."""
    sent = as_(who).put(f"{cycle}/reflection", json=REFLECTED, headers={"If-Match": '"0"'})
    return await ok(sent)


async def asked_of(as_: Any, who: str) -> set[str]:
    """What the week asks of one of the two in their work together."""
    week = await ok(as_(who).get("/me/week"))
    sides = {"tom": [week["own"]], "lena": week["teachers"]}[who]
    [side] = [one for one in sides if one and one["cycles"]]
    return {entry["code"] for entry in side["todo"]}


async def focus(as_: Any, meeting: Any) -> str:
    """What the program suggests that the 1:1 is about, to both of the two."""
    said = {
        (await ok(as_(who).get(f"/meetings/{meeting['id']}/suggested-focus")))["focus"]
        for who in ("tom", "lena")
    }
    assert len(said) == 1
    return str(said.pop())


async def test_a_teachers_cycle_from_data_to_the_one_that_follows(live: Live) -> None:
    as_, world = live.as_, live.world
    tom, lena, paul = as_("tom"), as_("lena"), as_("paul")

    # --- before ---------------------------------------------------------------------------------
    # Paul chose once by which protocol his school talks about lessons.
    await ok(
        paul.post(
            "/protocol-choices",
            json={
                "school_id": str(world.alder),
                "template_id": str(world.relay_six_steps),
                "from_on": "2026-10-05",
            },
        ),
        201,
    )
    # Tom said how he wants to be visited, and the two meet each Wednesday at three.
    prefers = {"template_id": str(world.coaching_and_observation), "answers": PREFERS}
    prefers = await ok(tom.post("/coaching-preferences", json=prefers), 201)
    rhythm = {"first_on": "2026-10-07", "last_on": "2026-12-09", "at": "15:00"}
    series = await ok(
        lena.post("/meeting-series", json={"teacher_id": str(world.tom), **rhythm}), 201
    )
    found = await ok(tom.get(f"/meetings?series_id={series['id']}&limit=200"))
    by_day = {meeting["on"]: meeting for meeting in found["items"]}
    # Two goals of his are agreed; the district has both.
    checks = await agreed(as_, world)
    pause = await agreed(as_, world, title="Wait three seconds after a question")
    head = (await ok(as_("juniper_warehouse").get("/changes/head")))["position"]

    # --- intention ------------------------------------------------------------------------------
    # Tom begins his cycle. Lena has it at once, and for everybody else there is none.
    assert await focus(as_, by_day["2026-10-07"]) == "check_in"
    begun = await ok(
        tom.post(
            "/learning-cycles",
            json={"level": "individual", "template_id": str(world.learning_cycle_plan)},
        ),
        201,
    )
    cycle = f"/learning-cycles/{begun['id']}"
    await sees(as_, cycle)
    told = await ok(tom.get(f"{cycle}/audience"))
    assert [reader["relation"] for reader in told["readers"]] == ["lead", "teacher"]
    assert await focus(as_, by_day["2026-10-07"]) == "data"
    # The gate says from the first day what it will take, and the step says the same.
    whole = [
        *("data_points", "qualitative_data", "quantitative_data", "ranking", "goal"),
        *("success_teacher", "success_peers", "success_students"),
    ]
    assert await missing(as_, cycle) == whole
    said = await refused(step(as_, cycle, "lena", "advance"), 409, "cycle_gate")
    assert codes(said["missing"]) == whole
    # Both bring what they have seen: Tom in words, Lena a number with its unit.
    await add(
        tom,
        f"{cycle}/data-points",
        kind="qualitative",
        source="student_work",
        text="Exit tickets: the same third of the class writes nothing.",
        on="2026-10-02",
    )
    counted = await add(
        lena,
        f"{cycle}/data-points",
        kind="quantitative",
        source="observation_feedback",
        value=0.8,
        unit="seconds between question and first answer",
        on="2026-09-30",
        goal_id=pause["id"],
    )
    await sees(as_, f"/cycle-data-points/{counted['id']}")
    # Each names a goal that the cycle might work on.
    first = await named(as_, cycle, checks)
    second = await named(as_, cycle, pause, "lena")
    assert await focus(as_, by_day["2026-10-07"]) == "goal"
    # Tom ranks for himself. Lena learns neither his order nor that there is one.
    now = await ok(lena.get(cycle))
    await ok(rank(as_, cycle, "tom", second, first, words="Everything begins with the silence."))
    assert await rankings(as_, cycle, "lena") == {}
    assert await ok(lena.get(cycle)) == now
    early = step(as_, cycle, "tom", "choose-goal", candidate_id=second, reason="Mine.")
    await refused(early, 409, "rankings_hidden")
    # Lena ranks, too, and at that moment both see both.
    await ok(rank(as_, cycle, "lena", first, second))
    for who in ("tom", "lena"):
        assert {
            author: row["candidate_ids"]
            for author, row in (await rankings(as_, cycle, who)).items()
        } == {str(world.tom): [second, first], str(world.lena): [first, second]}
    # They differ, talk about it, and choose the same: only then the goal is chosen.
    why = "Checks need answers, and answers need the pause."
    half = await ok(step(as_, cycle, "tom", "choose-goal", candidate_id=second, reason=why))
    assert half["goal_id"] is None
    both = await ok(
        step(as_, cycle, "lena", "choose-goal", candidate_id=second, reason="You convinced me.")
    )
    assert both["goal_id"] == pause["id"]
    # What success looks like through three pairs of eyes, led by the template's questions.
    asked = (await ok(tom.get(f"{cycle}/key-questions")))["items"]
    assert [question["lens"] for question in asked] == ["teacher", "peers", "students"]
    for number, (who, lens, text) in enumerate(
        (
            ("tom", "teacher", "I count to three and say nothing."),
            ("lena", "peers", "A visitor hears a second answer before the teacher speaks."),
            ("tom", "students", "More of them answer, and at greater length."),
        )
    ):
        assert len(await missing(as_, cycle)) == 3 - number
        tied = {"indicator_id": str(world.leap_i5)}
        await add(as_(who), f"{cycle}/success-indicators", lens=lens, text=text, **tied)
    # Nothing is missing, and either of the two takes the step.
    assert await missing(as_, cycle) == []
    assert await advance(as_, cycle) == "learning"
    await sees(as_, cycle)

    # --- learning -------------------------------------------------------------------------------
    # They will watch a lesson by video together; it takes the time of both.
    assert await missing(as_, cycle, "lena") == ["activities", "adjustments"]
    watch = await add(
        lena,
        f"{cycle}/activities",
        approach="co_observing_by_video",
        title="Ten minutes of a lesson with long pauses",
        who="both",
        **{"on": "2026-10-06", "at": "13:00", "minutes": 30},
    )
    assert await focus(as_, by_day["2026-10-07"]) == "co_observation"
    clash = {"teacher_id": str(world.nina), "on": "2026-10-06", "at": "13:15"}
    await refused(lena.post("/meetings", json=clash), 409, "double_booked")
    for who in ("tom", "lena"):
        assert "do_activity" in await asked_of(as_, who)
    # On the day it is done, and Tom says what he takes from it.
    Ticking.of_test.move_to("2026-10-06T20:00:00+00:00")
    watch = await ok(
        act(tom, "cycle-activities", watch, "finish", takeaway="Silence is work for them.")
    )
    assert (watch["state"], watch["done_on"]) == ("done", "2026-10-06")
    # Paul sees that the two learn, and not what.
    [row] = (await ok(paul.get("/activity?kind=learning_activity")))["items"]
    assert (row["on"], row["state"]) == ("2026-10-06", "done")
    assert "pauses" not in str(row)
    await sees(as_, f"/cycle-activities/{watch['id']}")
    # How he will apply it, how the two will know, and the one thing he changes.
    plan = await ok(tom.get(f"{cycle}/application-plan"))
    applies = {
        "application": "trying_with_students",
        "application_words": "In third period, at the first open question of a lesson.",
        "impact_by": ["observation"],
        "impact_words": "Seconds until the first answer, and how many answer.",
    }
    await ok(tom.patch(f"{cycle}/application-plan", json=applies, headers=at(plan)))
    tried = await add(
        tom,
        f"{cycle}/adjustments",
        text="After an open question I count to three with my hand behind my back.",
        indicator_id=str(world.leap_i5),
    )
    await sees(as_, f"/cycle-adjustments/{tried['id']}")
    assert await advance(as_, cycle, "lena") == "application"

    # --- application: the visit -----------------------------------------------------------------
    # Lena wants to see it tomorrow and to talk to students. Tom asked for more notice and to be
    # asked first: all of that is named in one refusal.
    assert await missing(as_, cycle) == ["applications"]
    wish = {
        "teacher_id": str(world.tom),
        "kind_id": str(world.kind_coaching_visit),
        "on": "2026-10-07",
        "at": "09:00",
        "minutes": 45,
        "focus": "What happens in the three seconds.",
        "intends": ["talk_to_students"],
        "cycle_id": begun["id"],
        "goal_id": pause["id"],
    }
    said = await refused(lena.post("/observations", json=wish), 409, "observation_conflicts")
    assert {lack["code"]: lack["may_override"] for lack in said["missing"]} == {
        "preference_notice": True,
        "preference_talk_to_students": True,
    }
    # She asks him; he wants it so. That he consented stays with the visit, as do his preferences.
    wish["overrides"] = [
        {"code": "preference_notice", "consent": True},
        {"code": "preference_talk_to_students", "consent": True},
    ]
    visit = await ok(lena.post("/observations", json=wish), 201)
    assert {one["code"]: one["consent"] for one in visit["overrides"]} == {
        "preference_notice": True,
        "preference_talk_to_students": True,
    }
    assert (visit["evaluative"], visit["preferences_id"]) == (False, prefers["id"])
    seen = f"/observations/{visit['id']}"
    await sees(as_, seen)
    # On Wednesday at nine she begins. Her laptop and her phone each have a part of the script, and
    # the laptop's arrives late and twice.
    Ticking.of_test.move_to(visit["starts_at"])
    visit = await ok(act(lena, "observations", visit, "start"))

    def line(key: str, minute: int, text: str, **fields: Any) -> dict[str, Any]:
        when = f"2026-10-07T15:{minute:02}:00Z"
        kind = fields.pop("kind", "evidence")
        return {
            **{"client_key": key, "kind": kind, "at": when, "text": text},
            **{"edited_at": when, **fields},
        }

    tag = {"indicator_ids": [str(world.leap_i5)]}
    laptop = [
        line("lap-1", 4, "T: Why does the line get steeper? Four seconds.", verbatim=True, **tag),
        line("lap-2", 5, "A student who has not spoken: because it doubles.", **tag),
    ]
    phone = [
        line("tel-1", 20, "Five students answer before the teacher speaks.", **tag),
        line("tel-2", 22, "Who gained by it?", kind="question", about_key="lap-2"),
    ]

    async def send(batch: list[dict[str, Any]]) -> list[str]:
        body = await ok(lena.post(f"{seen}/evidence/batch", json={"items": batch}))
        return [result["status"] for result in body["results"]]

    assert await send(phone) == ["created", "created"]
    there = await ok(lena.get(f"{seen}/evidence"))
    assert await send(laptop) == ["created", "created"]
    assert await send(laptop) == ["unchanged", "unchanged"]
    # The phone asks for what came since, and has everything: nothing lost, nothing doubled.
    more = await ok(lena.get(f"{seen}/evidence", params={"since": there["head"]}))
    assert {row["client_key"] for row in more["items"]} >= {"lap-1", "lap-2"}
    script = (await ok(lena.get(f"{seen}/evidence")))["items"]
    assert sorted(row["client_key"] for row in script) == ["lap-1", "lap-2", "tel-1", "tel-2"]
    by_key = {row["client_key"]: row for row in script}
    assert by_key["tel-2"]["about_id"] == by_key["lap-2"]["id"]
    # Until she shares it the script is hers alone. Tom sees the visit, and none of its lines.
    assert (await ok(tom.get(f"{seen}/evidence")))["items"] == []
    Ticking.of_test.move(minutes=45)
    visit = await ok(act(lena, "observations", visit, "finish"))
    shared = await ok(act(lena, "observations", visit, "share"))
    assert (shared["state"], shared["evaluative"]) == ("shared", False)
    assert len((await ok(tom.get(f"{seen}/evidence")))["items"]) == 4
    await sees(as_, f"/evidence-items/{by_key['lap-2']['id']}")
    # Paul sees that there was a visit; the 1:1 of the afternoon could be about it.
    assert [row["on"] for row in (await ok(paul.get("/activity?kind=observation")))["items"]] == [
        "2026-10-07"
    ]
    assert await focus(as_, by_day["2026-10-07"]) == "observation_debrief"

    assert "acknowledge_observation" in await asked_of(as_, "tom")

    # --- application: feedback ------------------------------------------------------------------
    # They talk about it on Thursday, by the school's protocol: six steps in their order.
    talk = await ok(
        lena.post(
            "/feedback-conversations",
            json={"observation_id": visit["id"], "cycle_id": begun["id"]},
        ),
        201,
    )
    held = f"/feedback-conversations/{talk['id']}"
    assert (talk["template_title"], talk["ordered"]) == ("Relay: six steps", True)
    await ok(
        act(lena, "feedback-conversations", talk, "schedule", on="2026-10-08", at="15:00"),
    )
    steps = [field["key"] for field in talk["fields"]]
    assert len(steps) == 6

    async def note(key: str) -> Any:
        return await lena.put(
            f"{held}/notes/{key}", json={"text": "Between us."}, headers={"If-Match": '"0"'}
        )

    await refused(note(steps[-1]), 409, "step_out_of_order")
    for key in steps:
        await ok(note(key))
    await sees(as_, held)
    assert (await ok(tom.get(f"{held}/notes")))["items"] == []
    Ticking.of_test.move_to("2026-10-08T22:00:00+00:00")
    await ok(act(lena, "feedback-conversations", talk, "hold", on="2026-10-08"))
    await ok(act(lena, "feedback-conversations", talk, "share"))
    notes = (await ok(tom.get(f"{held}/notes")))["items"]
    assert [row["step_key"] for row in notes] == steps
    # Out of it comes one action step with a day. Lena proposes it, Tom agrees, and the follow-up
    # puts itself on the agenda of the first 1:1 from that day on.
    words = "Count to three after the first answer as well."
    due = {"due_on": "2026-10-14", "follow_up_on": "2026-10-13"}
    proposed = {"teacher_id": str(world.tom), "text": words, **due}
    action = await ok(
        lena.post(
            "/action-steps",
            json={**proposed, "feedback_id": talk["id"], "adjustment_id": tried["id"]},
        ),
        201,
    )
    assert (action["cycle_id"], action["agenda_item_id"]) == (begun["id"], None)
    action = await ok(act(tom, "action-steps", action, "agree"))
    agenda = (await ok(tom.get(f"/meetings/{by_day['2026-10-14']['id']}/agenda-items")))["items"]
    assert [item["id"] for item in agenda if words in item["text"]] == [action["agenda_item_id"]]
    await sees(as_, f"/action-steps/{action['id']}")
    # Tom acknowledges both, and has the last word.
    reply = {"reply": "I did not know that five of them answered."}
    await ok(act(tom, "feedback-conversations", talk, "acknowledge", **reply))
    await ok(act(lena, "observations", visit, "discuss"))
    done = await ok(act(tom, "observations", visit, "acknowledge", reply="Thank you for asking."))
    assert done["state"] == "acknowledged"
    assert (await ok(lena.get(held)))["reply"] == reply["reply"]
    # Paul sees that feedback was held, of which kind and when; no word of it.
    [row] = (await ok(paul.get("/activity?kind=feedback_conversation")))["items"]
    assert (row["on"], row["state"]) == ("2026-10-08", "acknowledged")

    # --- application: in use --------------------------------------------------------------------
    # The visit shows the adjustment in use; the line that shows it is cited and not copied.
    use = await add(
        tom,
        f"{cycle}/uses",
        kind="observation",
        adjustment_id=tried["id"],
        observation_id=visit["id"],
        on="2026-10-07",
        text="Four seconds, and somebody new answers.",
    )
    cited = by_key["lap-2"]["id"]
    quote = await ok(tom.post(f"/evidence-items/{cited}/cite", json={"use_id": use["id"]}), 201)
    await sees(as_, f"/evidence-citations/{quote['id']}")
    assert await advance(as_, cycle) == "reflection"
    assert await focus(as_, by_day["2026-10-14"]) == "reflection"

    # Paul's figures say that a cycle is open, and with so few people not in which phase.
    figures = await ok(paul.get(f"/schools/{world.alder}/coaching-figures"))
    assert (figures["open_cycles"], figures["teachers_with_cycle"]) == (1, 1)
    assert {phase["cycles"] for phase in figures["by_phase"]} == {None}

    # --- reflection -----------------------------------------------------------------------------
    # Both write for themselves. Neither learns that the other does.
    assert "write_reflection" in await asked_of(as_, "tom")
    # The conversation that Lena shared counts as her feedback.
    assert await missing(as_, cycle) == ["reflection", "conclusion"]
    his = await reflect(as_, cycle, "tom")
    hers = await reflect(as_, cycle, "lena")
    for who, other in (("tom", hers), ("lena", his)):
        assert len((await ok(as_(who).get(f"{cycle}/reflections")))["items"]) == 1
        await ok(as_(who).get(f"/cycle-reflections/{other['id']}"), 404)
    assert await missing(as_, cycle) == ["reflection", "conclusion"]
    # Tom shares, and Lena after him; from then on both read both, and nobody else does.
    await ok(act(tom, "cycle-reflections", his, "share"))
    assert (await ok(lena.get(f"/cycle-reflections/{his['id']}")))["on_self"] == (
        REFLECTED["on_self"]
    )
    await ok(act(lena, "cycle-reflections", hers, "share"))
    await sees(as_, f"/cycle-reflections/{hers['id']}")
    # Lena writes formal feedback on the one indicator that it was about. It is coaching and no
    # evaluation, so it has no score.
    on_indicator = {
        "cycle_id": begun["id"],
        "indicator_id": str(world.leap_i5),
        "text": "A check now reaches students who wait to be asked.",
    }
    rated = lena.post("/indicator-feedback", json={**on_indicator, "score": 5})
    await refused(rated, 409, "rating_not_allowed")
    formal = await ok(lena.post("/indicator-feedback", json=on_indicator), 201)
    await sees(as_, f"/indicator-feedback/{formal['id']}", tom=HIDDEN)
    await ok(act(lena, "indicator-feedback", formal, "share"))
    await sees(as_, f"/indicator-feedback/{formal['id']}")
    await ok(act(tom, "indicator-feedback", formal, "acknowledge", reply="It is true."))
    # Tom practises the action step and Lena sees it, so the 1:1 has nothing to follow up.
    await ok(act(tom, "action-steps", action, "practise"))
    await ok(act(lena, "action-steps", action, "meet", reason="Four of five questions."))
    agenda = (await ok(tom.get(f"/meetings/{by_day['2026-10-14']['id']}/agenda-items")))["items"]
    assert [item for item in agenda if words in item["text"] and item["state"] == "open"] == []

    # --- the close ------------------------------------------------------------------------------
    # Tom concludes: met, with what shows it, and the goal is closed with the cycle.
    assert await missing(as_, cycle) == ["conclusion"]
    evidence = "Three seconds in nine of ten questions, counted by Lena on October 7."
    conclusion = {"goal_outcome": "met", "outcome_evidence": evidence, "closes_goal": True}
    said = step(as_, cycle, "tom", "conclude", **conclusion, decision="continue")
    await refused(said, 409, "goal_goes_on")
    await ok(step(as_, cycle, "tom", "conclude", **conclusion, decision="new_goal"))
    # He cannot close alone, and nothing has happened to the goal yet.
    await refused(act(tom, "learning-cycles", begun, "close"), 409, "conclusion_waits")
    assert (await ok(paul.get(f"/goals/{pause['id']}")))["state"] == "agreed"
    # Lena agrees by closing: the cycle and its goal end at one moment, by both of them.
    closed = await ok(act(lena, "learning-cycles", begun, "close"))
    assert (closed["state"], closed["goal_outcome"]) == ("closed", "met")
    goal = await ok(tom.get(f"/goals/{pause['id']}"))
    assert (goal["state"], goal["outcome"]) == ("closed", "met")
    [revision] = (await ok(lena.get(f"/goals/{pause['id']}/revisions")))["items"]
    rests_on = await ok(tom.get(f"/goal-revisions/{revision['id']}/evidence"))
    assert [one["text"] for one in rests_on["evidence"]] == [evidence]
    # Paul learns what became of the goal, and so does the district, once. Neither learns how.
    await sees(as_, cycle)
    assert (await ok(paul.get(f"/goals/{pause['id']}")))["outcome"] == "met"
    feed = await ok(as_("juniper_warehouse").get("/changes", params={"since": head, "limit": 50}))
    assert [(change["type"], change["id"]) for change in feed["items"]] == [("goal", pause["id"])]
    assert feed["items"][0]["object"]["outcome"] == "met"
    events = (await ok(paul.get("/audit?limit=200")))["items"]
    assert {row["record_class"] for row in events} <= {"goal", "school", "administration"}
    history = (await ok(lena.get(f"{cycle}/moves")))["items"]
    assert [move["to_state"] for move in history] == [
        *("learning", "application", "reflection", "closed")
    ]

    # --- the next -------------------------------------------------------------------------------
    # The next cycle names the one before: its title and questions come along. The goal is met, so
    # another is to be chosen, and the two begin with data again.
    following = await ok(
        lena.post(
            "/learning-cycles",
            json={
                "level": "individual",
                "teacher_id": str(world.tom),
                "previous_id": begun["id"],
            },
        ),
        201,
    )
    assert (following["number"], following["state"], following["goal_id"]) == (2, "intention", None)
    assert (following["title"], following["template_id"]) == (
        begun["title"],
        begun["template_id"],
    )
    after = f"/learning-cycles/{following['id']}"
    assert (await ok(tom.get(f"{after}/candidates")))["items"] == []
    chain = (await ok(tom.get(f"{after}/chain")))["items"]
    assert [(one["number"], one["state"]) for one in chain] == [(1, "closed"), (2, "intention")]
    assert await missing(as_, after) == whole
    await sees(as_, after)
    # Tom takes all of it with him: what he wrote, and what Lena gave him.
    with zipfile.ZipFile(io.BytesIO((await tom.get("/me/archive")).content)) as archive:
        kept = json.loads(archive.read("manifest.json"))["records"]
    assert {part: kept[part] for part in KEPT} == KEPT


#: how many records of each kind Tom's story leaves in his archive
KEPT = {
    "learning_cycles": 2,
    "cycle_data_points": 2,
    "cycle_rankings": 2,
    "cycle_success_indicators": 3,
    "cycle_activities": 1,
    "cycle_adjustments": 1,
    "cycle_uses": 1,
    "cycle_reflections": 2,
    "observations": 1,
    "evidence": 4,
    "evidence_citations": 1,
    "feedback_conversations": 1,
    "feedback_notes": 6,
    "indicator_feedback": 1,
    "action_steps": 1,
}


async def test_a_teams_cycle_in_which_each_member_tries_something_of_their_own(
    as_: Any, world: Any
) -> None:
    tom, nina, lena, paul = (as_(who) for who in ("tom", "nina", "lena", "paul"))
    in_team = {"nina": READS, "paul": READS}
    own = str(world.tom), str(world.nina)

    # --- intention, together --------------------------------------------------------------------
    # Lena begins a cycle of the maths team. Its members and Paul read what is common in it; only
    # she takes its steps.
    home = {"team_id": str(world.maths), "school_year_id": str(world.alder_year)}
    body = {"level": "team", **home, "title": "Questions in every lesson"}
    for who in ("tom", "paul"):
        await refused(as_(who).post("/learning-cycles", json=body), 403, "forbidden")
    begun = await ok(lena.post("/learning-cycles", json=body), 201)
    cycle = f"/learning-cycles/{begun['id']}"
    await sees(as_, cycle, **in_team)
    assert (await ok(paul.get(cycle)))["permissions"] == []
    # Tom and Nina are in it. Each sees their own place, and Lena, who leads and is no member, both.
    places = {row["person_id"]: row for row in (await ok(lena.get(f"{cycle}/members")))["items"]}
    assert sorted(places) == sorted(own)
    assert len((await ok(nina.get(f"{cycle}/members")))["items"]) == 1
    # Everybody brings data, and two published goals are weighed.
    await add(
        tom,
        f"{cycle}/data-points",
        kind="quantitative",
        source="student_work",
        value=12,
        unit="percent of exit tickets with a reason",
    )
    await add(
        nina,
        f"{cycle}/data-points",
        kind="qualitative",
        source="observation_feedback",
        text="Our questions ask for a number, and a number is what we get.",
    )
    goals = [await team_goal(as_, world), await team_goal(as_, world, "Answers with a reason")]
    first, second = [await named(as_, cycle, goal, "lena") for goal in goals]
    # Lena and Tom rank: with the lead and half of the members the rankings are revealed, to the
    # team. What one ranked is not Paul's to read.
    await ok(rank(as_, cycle, "tom", second, first))
    assert await missing(as_, cycle, "lena") == [
        *("ranking", "goal", "success_teacher", "success_peers", "success_students")
    ]
    await ok(rank(as_, cycle, "lena", second, first))
    assert set(await rankings(as_, cycle, "nina")) == {str(world.tom), str(world.lena)}
    assert await rankings(as_, cycle, "paul") == {}
    # The team's lead chooses, with the reason that all of them read.
    chosen = {"candidate_id": second, "reason": "Both rankings and the tickets say so."}
    assert (await step(as_, cycle, "nina", "choose-goal", **chosen)).status_code == 403
    assert (await ok(step(as_, cycle, "lena", "choose-goal", **chosen)))["goal_id"] == (
        goals[1]["id"]
    )
    for who, lens in (("lena", "teacher"), ("nina", "peers"), ("tom", "students")):
        await add(
            as_(who),
            f"{cycle}/success-indicators",
            lens=lens,
            text="A reason comes with the answer.",
            indicator_id=str(world.leap_i5),
        )
    assert (await step(as_, cycle, "tom", "advance")).status_code == 403
    assert await advance(as_, cycle, "lena") == "learning"

    # --- learning, together, and what each tries ------------------------------------------------
    # The team reads an article. What somebody tries is theirs, and their own lead's.
    article = await add(
        lena,
        f"{cycle}/activities",
        approach="article_study",
        title="Questions that have no short answer",
        who="team",
    )
    await ok(act(lena, "cycle-activities", article, "finish", takeaway="Ask how, not what."))
    await sees(as_, f"/cycle-activities/{article['id']}", **in_team)
    toms = await add(tom, f"{cycle}/adjustments", text="One `how` for each `what`.")
    said = await ok(lena.get(f"{cycle}/gate"))
    assert [(lack["code"], lack["message"]) for lack in said["missing"]] == [
        ("adjustments", "Of 2 members, 1 have no adjustment yet.")
    ]
    ninas = await add(nina, f"{cycle}/adjustments", text="I write the question down first.")
    # Nina opens hers to the team and Tom does not: she is read by Tom, he is not read by her.
    await ok(act(nina, "cycle-adjustments", ninas, "open"))
    await sees(as_, f"/cycle-adjustments/{ninas['id']}", nina=READS)
    await sees(as_, f"/cycle-adjustments/{toms['id']}")
    assert await advance(as_, cycle, "lena") == "application"

    # --- application, each for themselves -------------------------------------------------------
    # Tom has a video of his. Nina was away and has none yet; Lena waives it, with a reason that she
    # and Nina read, and nobody else.
    video = {
        "kind": "video",
        "adjustment_id": toms["id"],
        "url": "https://video.example/9",
        "on": "2026-10-02",
        "text": "Six of ten questions ask how.",
    }
    used = await add(tom, f"{cycle}/uses", **video)
    await sees(as_, f"/cycle-uses/{used['id']}")
    stranger = nina.post(f"{cycle}/uses", json=video)
    await refused(stranger, 409, "unknown_reference")
    assert await missing(as_, cycle, "lena") == ["applications"]
    place, why = places[str(world.nina)], "Away for two weeks."
    before = await ok(paul.get(cycle))
    await ok(act(lena, "cycle-members", place, "waive", what="use", reason=why))
    assert (await ok(nina.get(f"/cycle-members/{place['id']}")))["use_waived"] == why
    for who in ("tom", "paul"):
        await ok(as_(who).get(f"/cycle-members/{place['id']}"), 404)
    assert await ok(paul.get(cycle)) == before
    assert await advance(as_, cycle, "lena") == "reflection"

    # --- reflection, each for themselves, then shared with the team -----------------------------
    his, hers = [await reflect(as_, cycle, who) for who in ("tom", "nina")]
    for who, other in (("nina", his), ("tom", hers), ("lena", hers)):
        await ok(as_(who).get(f"/cycle-reflections/{other['id']}"), 404)
    await ok(act(tom, "cycle-reflections", his, "share"))
    # A colleague reads it, the team's lead too; no leader learns who reflected and who did not.
    await sees(as_, f"/cycle-reflections/{his['id']}", nina=READS)
    progress = (await ok(lena.get(f"{cycle}/progress")))["items"]
    assert {
        row["person_id"]: (row["adjustment"], row["use"], row["reflection"]) for row in progress
    } == {own[0]: (True, True, True), own[1]: (True, False, False)}
    await refused(paul.get(f"{cycle}/progress"), 403, "forbidden")
    assert await missing(as_, cycle, "lena") == ["reflection", "conclusion"]
    await ok(act(nina, "cycle-reflections", hers, "share"))

    # --- the close, and on with the same goal ---------------------------------------------------
    # The team is half there, and decides to continue: the goal stays in force.
    ended = {
        "goal_outcome": "partly_met",
        "outcome_evidence": "31 percent of the tickets carry a reason.",
        "decision": "continue",
    }
    await ok(step(as_, cycle, "lena", "conclude", **ended))
    closed = await ok(act(lena, "learning-cycles", begun, "close"))
    assert (closed["state"], closed["goal_outcome"]) == ("closed", "partly_met")
    assert (await ok(nina.get(f"/goals/{goals[1]['id']}")))["state"] == "published"
    assert (await ok(paul.get(cycle)))["decision"] == "continue"
    # The next cycle begins with the goal as a candidate, with what success looks like, and with
    # what each tried, which is as much their own as before.
    following = await ok(
        lena.post("/learning-cycles", json={"level": "team", **home, "previous_id": begun["id"]}),
        201,
    )
    after = f"/learning-cycles/{following['id']}"
    assert (following["number"], following["title"]) == (2, begun["title"])
    candidates = (await ok(nina.get(f"{after}/candidates")))["items"]
    assert [one["goal_id"] for one in candidates] == [goals[1]["id"]]
    success = (await ok(paul.get(f"{after}/success-indicators")))["items"]
    assert [one["lens"] for one in success] == ["teacher", "peers", "students"]
    for who, text in (("tom", toms["text"]), ("nina", ninas["text"])):
        mine = (await ok(as_(who).get(f"{after}/adjustments")))["items"]
        assert [(one["text"], one["team_id"]) for one in mine] == [(text, None)]
    assert (await ok(paul.get(f"{after}/adjustments")))["items"] == []
    assert await missing(as_, after, "lena") == [
        *("data_points", "qualitative_data", "quantitative_data", "ranking", "goal")
    ]
    await sees(as_, after, **in_team)
