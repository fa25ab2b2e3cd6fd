"""Action steps: proposed by one, agreed by the other, few and soon; their follow-up on the agenda
of the two, once; what follows the teacher and what ends."""

import asyncio
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from app.feedback.steps.advice import advise
from app.worker import CHORES
from tests.conftest import Live
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.insights.test_week import week
from tests.meetings.test_meetings import act, begin, hold, of, ok, refused, start, weekly
from tests.parts.sharing import adding
from tests.parts.steps import cycle_of
from tests.relationships.test_relationships import PATH
from tests.relationships.test_relationships import act as of_link

pytestmark = pytest.mark.anyio

STEPS = "/action-steps"
WORDS = "Wait three seconds after each question."


def new(world: Any, **fields: Any) -> dict[str, Any]:
    """A step for Tom, due in a week."""
    return {"teacher_id": str(world.tom), "text": WORDS, "due_on": "2026-10-12", **fields}


async def propose(as_: Any, world: Any, who: str = "lena", **fields: Any) -> dict[str, Any]:
    """A step that one of the two proposed."""
    made: dict[str, Any] = await ok(as_(who).post(STEPS, json=new(world, **fields)), 201)
    return made


async def agreed(as_: Any, world: Any, who: str = "lena", **fields: Any) -> dict[str, Any]:
    """One that the other agreed to."""
    made = await propose(as_, world, who, **fields)
    other = "tom" if who == "lena" else "lena"
    done: dict[str, Any] = await ok(step(as_(other), made, "agree"))
    return done


def step(client: Any, row: dict[str, Any], name: str, **body: Any) -> Any:
    """A step of its lifecycle, at the version that was read."""
    options = {"json": body} if body else {}
    return client.post(f"{STEPS}/{row['id']}/{name}", headers=at(row), **options)


async def agenda(as_: Any, meeting: dict[str, Any], who: str = "tom") -> list[dict[str, Any]]:
    """The open items of a meeting that come from action steps."""
    found = await ok(as_(who).get(f"/meetings/{meeting['id']}/agenda-items"))
    return [row for row in found["items"] if WORDS in row["text"] and row["state"] == "open"]


async def insert(database: Any, world: Any, rows: Iterable[Any]) -> None:
    """Rows of parts that have no routes here."""
    async with database.writing() as session:
        await keys.enter(session, world.juniper)
        for row in rows:
            session.add(row)
            await session.flush()
        await session.commit()


async def hour(database: Any, world: Any) -> None:
    """The chores of the hour, as a worker does them."""
    async with database.writing() as session:
        await keys.enter(session, world.juniper)
        for chore in CHORES:
            await chore(session, world.juniper, "America/Denver")
        await session.commit()


async def test_one_proposes_the_other_agrees_and_it_is_practised_and_seen(as_, world):
    made = await propose(as_, world, practice="Rehearse two questions.")
    assert (made["state"], made["author_id"], made["warnings"]) == (
        "proposed",
        str(world.lena),
        [],
    )
    assert made["permissions"] == ["edit", "drop", "share"]
    for stranger in ("paul", "ada", "luis", "nina", "zoe"):
        await refused(as_(stranger).get(f"{STEPS}/{made['id']}"), 404, "not_found")
        assert (await ok(as_(stranger).get(STEPS)))["items"] == []
    await refused(step(as_("lena"), made, "agree"), 409, "already_agreed")
    path = f"{STEPS}/{made['id']}"
    mine = {"json": {"text": "Another."}, "headers": at(made)}
    await refused(as_("tom").patch(path, **mine), 409, "proposed_by_the_other")
    early = await refused(step(as_("tom"), made, "meet", reason="Seen."), 409, "wrong_state")
    assert early["allowed"] == ["edit", "agree", "drop"]
    row = await ok(step(as_("tom"), made, "agree"))
    assert (row["state"], row["agreed_at"] is not None) == ("agreed", True)
    mine["headers"] = at(row)
    await refused(as_("lena").patch(path, **mine), 409, "action_step_agreed")
    row = await ok(as_("tom").patch(path, json={"practice": None}, headers=at(row)))
    assert row["practice"] is None
    row = await ok(step(as_("tom"), row, "practise"))
    row = await ok(step(as_("lena"), row, "meet", reason="Eight of ten questions."))
    assert (row["state"], row["reason"]) == ("met", "Eight of ten questions.")
    assert (row["closed_at"] is not None, row["permissions"]) == (True, ["share"])
    events = (await ok(as_("tom").get("/audit?subject_type=action_step")))["items"]
    assert {event["action"] for event in events} == {
        f"action_step.{verb}" for verb in ("proposed", "agreed", "changed", "practised", "met")
    }
    assert "Eight" not in str(events)


async def test_it_is_short_soon_and_one_of_few_and_all_that_is_wrong_is_said_at_once(
    as_, world, ticking
):
    lena = as_("lena")

    async def lacks(**fields: Any) -> list[str]:
        sent = lena.post(STEPS, json=new(world, **fields))
        said = await refused(sent, 409, "action_step_does_not_fit")
        return [entry["code"] for entry in said["missing"]]

    assert await lacks(text="x" * 201, due_on="2026-10-20") == ["text_too_long", "due_too_far"]
    assert await lacks(text=None, due_on="2026-10-04", follow_up_on="2026-10-04") == [
        "text",
        "due_in_past",
        "follow_up_in_past",
    ]
    first = await propose(as_, world, text="x" * 200, due_on="2026-10-19")
    await agreed(as_, world, "tom", due_on="2026-10-05")
    assert await lacks() == ["too_many_open"]
    path = f"{STEPS}/{first['id']}"
    far = lena.patch(path, json={"due_on": "2026-10-20"}, headers=at(first))
    await refused(far, 409, "action_step_does_not_fit")
    await ok(step(as_("tom"), first, "drop", reason="Not that one."))
    await propose(as_, world)
    found = (await ok(as_("tom").get(f"{STEPS}?due_before=2026-10-06")))["items"]
    assert [row["due_on"] for row in found] == ["2026-10-05"]
    # a day passes at the school's midnight
    ticking.move_to("2026-10-06T05:30:00+00:00")
    assert [r["overdue"] for r in (await ok(lena.get(STEPS)))["items"]] == [False, False, False]
    ticking.move(hours=1)
    assert [r["overdue"] for r in (await ok(lena.get(STEPS)))["items"]] == [True, False, False]
    # the numbers are the district's
    policy = await ok(as_("ada").get("/district/policy"))
    more = {"values": {"action_steps_open": 3}, "reason": "We try three."}
    await ok(as_("ada").patch("/district/policy", json=more, headers=at(policy)))
    await propose(as_, world)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (WORDS, []),
        ("Put paper and pencils on each desk.", []),
        ("Circulate. Then ask a question.", ["several_sentences"]),
        ("Greet, scan the room, and start the timer.", ["several_behaviours"]),
        ("Pause and then call on someone.", ["several_behaviours"]),
        ("Understand why students are quiet.", ["not_observable"]),
    ],
)
def test_one_behaviour_that_can_be_seen_is_advised(text: str, codes: list[str]) -> None:
    assert [advice["code"] for advice in advise(text)] == codes


async def test_advice_stands_beside_a_proposal_and_forbids_nothing(as_, world):
    made = await propose(as_, world, text="Be calm. Then be calmer.")
    assert [w["code"] for w in made["warnings"]] == ["several_sentences", "not_observable"]
    assert (await ok(step(as_("tom"), made, "agree")))["warnings"] == []


async def test_what_it_refers_to_is_of_the_two_and_read_by_who_proposes(as_, app, world):
    database = app.state.database

    def pair(lead: str) -> dict[str, Any]:
        return {
            "id": clock.new_id(),
            "district_id": world.juniper,
            "school_id": world.alder,
            "teacher_id": world.tom,
            "lead_id": getattr(world, lead),
            "author_id": getattr(world, lead),
        }

    protocol = world.getting_to_know_you
    ours, others = (
        m.FeedbackConversation(
            **pair(lead), giver_kind="lead", relationship_id=world.lena_tom, template_id=protocol
        )
        for lead in ("lena", "luis")
    )
    kind = m.ObservationKind(
        **{"id": clock.new_id(), "district_id": world.juniper},
        **{"key": "visit", "title": "Visit", "formal": False, "scored": False, "counts": False},
        **{"min_minutes": 5, "observers": ["lead"]},
    )

    def visit(shared: bool) -> m.Observation:
        when = {"on": date(2026, 10, 1), "at": "09:00", "zone": "America/Denver", "minutes": 20}
        home = {name: value for name, value in pair("lena").items() if name != "lead_id"}
        starts = clock.now() - timedelta(days=4)
        return m.Observation(
            **home,
            **when,
            school_year_id=world.alder_year,
            observer_id=world.lena,
            kind_id=kind.id,
            formal=False,
            scored=False,
            evaluative=False,
            observer_kind="lead",
            starts_at=starts,
            ends_at=starts + timedelta(minutes=20),
            started_at=starts,
            shared_at=clock.now() if shared else None,
            state="shared" if shared else "drafted",
        )

    seen, unshared = visit(shared=True), visit(shared=False)
    await insert(database, world, [ours, others, kind, seen, unshared])
    async with database.writing() as session:
        await keys.enter(session, world.juniper)
        cycles = [
            await cycle_of(adding(session), world, "", *of_, 900 + number)
            for number, of_ in enumerate((("tom", "lena"), ("tom", "luis"), ("team", "")))
        ]
        adjustments = [
            await session.scalar(
                m.CycleAdjustment.__table__.select()
                .with_only_columns(m.CycleAdjustment.id)
                .where(m.CycleAdjustment.cycle_id == cycle.id)
            )
            for cycle in cycles
        ]
        await session.commit()
    ours_, before, team = (str(cycle.id) for cycle in cycles)
    for field, wrong in (
        ("feedback_id", others.id),
        ("observation_id", unshared.id),
        ("cycle_id", before),
        ("cycle_id", team),
        ("adjustment_id", adjustments[1]),
        ("indicator_id", world.kestrel_leap_i1),
        ("idea_id", ours.id),
    ):
        body = new(world, **{field: str(wrong)})
        said = await refused(as_("tom").post(STEPS, json=body), 409, "unknown_reference")
        assert said["field"] == field
    both = new(world, cycle_id=before, adjustment_id=str(adjustments[0]))
    said = await refused(as_("tom").post(STEPS, json=both), 409, "unknown_reference")
    assert said["field"] == "adjustment_id"
    links = {
        "feedback_id": str(ours.id),
        "observation_id": str(seen.id),
        "adjustment_id": str(adjustments[0]),
        "indicator_id": str(world.leap_i5),
    }
    made = await propose(as_, world, **links)
    assert {**links, "cycle_id": ours_}.items() <= made.items(), "the cycle is the adjustment's"
    for query in (f"cycle_id={ours_}", f"feedback_id={ours.id}", f"indicator_id={world.leap_i5}"):
        found = (await ok(as_("tom").get(f"{STEPS}?{query}")))["items"]
        assert [row["id"] for row in found] == [made["id"]]


async def test_only_the_pair_has_action_steps(as_, world):
    await refused(as_("paul").post(STEPS, json=new(world)), 403, "forbidden")
    await refused(as_("luis").post(STEPS, json=new(world)), 409, "unknown_reference")
    pia = new(world, teacher_id=str(world.pia))
    await refused(as_("lena").post(STEPS, json=pia), 409, "coaching_not_active")
    await refused(
        as_("uma").post(STEPS, json=new(world, teacher_id=None)), 409, "coaching_not_active"
    )


async def test_paused_both_read_and_nobody_writes(as_, world):
    made = await agreed(as_, world)
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    await ok(of_link(as_("paul"), link, "pause"))
    for who in ("tom", "lena"):
        row = await ok(as_(who).get(f"{STEPS}/{made['id']}"))
        assert set(row["permissions"]) <= {"share"}
        await refused(step(as_(who), row, "practise"), 403, "forbidden")
        await refused(step(as_(who), row, "drop", reason="No."), 403, "forbidden")


async def test_a_follow_up_is_on_the_first_agenda_on_or_after_its_day_and_goes_with_the_step(
    as_, world
):
    meetings = await of(as_, await begin(as_, world))
    made = await propose(as_, world, follow_up_on="2026-10-08")
    assert await agenda(as_, meetings[1]) == [], "a proposal is on no agenda"
    row = await ok(step(as_("tom"), made, "agree"))
    [item] = await agenda(as_, meetings[1])
    assert (item["id"], item["author_id"]) == (row["agenda_item_id"], str(world.lena))
    # another day moves it
    path = f"{STEPS}/{row['id']}"
    later = {"follow_up_on": "2026-10-15"}
    row = await ok(as_("tom").patch(path, json=later, headers=at(row)))
    assert await agenda(as_, meetings[1]) == []
    [item] = await agenda(as_, meetings[2])
    same = {"follow_up_on": "2026-10-21"}
    row = await ok(as_("lena").patch(path, json=same, headers=at(row)))
    assert row["agenda_item_id"] == item["id"], "it stands there already"
    # the meeting is called off: it goes on with the agenda, and the step knows where it is
    await ok(act(as_("lena"), "meetings", meetings[2], "cancel", reason="Ill."))
    [item] = await agenda(as_, meetings[0])
    row = await ok(as_("tom").get(path))
    assert row["agenda_item_id"] == item["id"]
    # carried over, the old one goes off and the new one has its own day
    row = await ok(
        step(as_("tom"), row, "carry-over", due_on="2026-10-16", follow_up_on="2026-10-14"), 201
    )
    assert (row["state"], row["due_on"]) == ("agreed", "2026-10-16")
    assert await agenda(as_, meetings[0]) == []
    assert len(await agenda(as_, meetings[1])) == 1
    old = await ok(as_("tom").get(f"{STEPS}/{row['carried_from_id']}"))
    assert (old["state"], old["due_on"]) == ("carried_over", "2026-10-12")
    row = await ok(step(as_("tom"), row, "practise"))
    await ok(step(as_("tom"), row, "not-meet", reason="Not yet."))
    assert await agenda(as_, meetings[1]) == []


async def test_what_was_talked_about_stays_and_is_not_put_again(as_, app, world):
    meetings = await of(as_, await begin(as_, world))
    row = await agreed(as_, world, "tom", follow_up_on="2026-10-07")
    await start(as_, meetings[0])
    [item] = await agenda(as_, meetings[0])
    assert item["author_id"] == str(world.tom)
    await ok(act(as_("lena"), "agenda-items", item, "discuss"))
    await ok(act(as_("tom"), "meetings", meetings[0], "complete", no_next_steps=True))
    await hour(app.state.database, world)
    assert [await agenda(as_, meeting) for meeting in meetings[1:3]] == [[], []]
    row = await ok(as_("tom").get(f"{STEPS}/{row['id']}"))
    assert row["agenda_item_id"] == item["id"]
    await ok(step(as_("tom"), row, "drop", reason="Another thing."))
    assert (await ok(as_("tom").get(f"/agenda-items/{item['id']}")))["state"] == "discussed"


async def test_without_a_meeting_it_waits_for_one(as_, app, world):
    row = await agreed(as_, world, follow_up_on="2026-10-13")
    assert row["agenda_item_id"] is None
    await hour(app.state.database, world)
    meetings = await of(as_, await begin(as_, world))
    await hour(app.state.database, world)
    await hour(app.state.database, world)
    assert [len(await agenda(as_, meeting)) for meeting in meetings] == [0, 1, 0, 0, 0]
    now = await ok(as_("tom").get(f"{STEPS}/{row['id']}"))
    assert (now["version"], now["agenda_item_id"] is not None) == (row["version"], True)


async def test_of_two_chores_one_puts_it_and_a_step_that_ends_meanwhile_leaves_nothing(
    live: Live,
) -> None:
    row = await agreed(live.as_, live.world, follow_up_on="2026-10-13")
    meetings = await of(live.as_, await begin(live.as_, live.world))
    database = live.app.state.database
    await asyncio.gather(*(hour(database, live.world) for _ in range(3)))
    assert len(await agenda(live.as_, meetings[1])) == 1
    second = await agreed(live.as_, live.world, text=WORDS + "!", follow_up_on="2026-12-01")
    await ok(live.as_("tom").post("/meetings", json={"on": "2026-12-02", "at": "15:00"}), 201)
    answers = await asyncio.gather(
        hour(database, live.world),
        hour(database, live.world),
        step(live.as_("tom"), second, "drop", reason="No."),
        step(live.as_("lena"), row, "drop", reason="No."),
    )
    assert [answer.status_code for answer in answers[2:]] == [200, 200]
    for meeting in (await ok(live.as_("tom").get("/meetings?limit=200")))["items"]:
        assert await agenda(live.as_, meeting) == []


async def test_of_two_who_propose_the_last_one_at_once_one_does(live: Live) -> None:
    await propose(live.as_, live.world)
    answers = await asyncio.gather(
        *(live.as_(who).post(STEPS, json=new(live.world)) for who in ("tom", "lena"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert [entry["code"] for entry in lost.json()["missing"]] == ["too_many_open"]


async def test_a_step_is_ended_once_while_its_meeting_closes(live: Live) -> None:
    meetings = await of(live.as_, await begin(live.as_, live.world))
    row = await agreed(live.as_, live.world, follow_up_on="2026-10-07")
    row = await ok(step(live.as_("tom"), row, "practise"))
    begun = await start(live.as_, meetings[0])
    done = {"json": {"no_next_steps": True}, "headers": at(begun)}
    closed, *ends = await asyncio.gather(
        live.as_("tom").post(f"/meetings/{meetings[0]['id']}/complete", **done),
        step(live.as_("lena"), row, "meet", reason="Seen."),
        step(live.as_("tom"), row, "carry-over", due_on="2026-10-14"),
    )
    assert closed.status_code == 200, closed.text
    assert sorted(answer.status_code for answer in ends)[1] == 412
    for meeting in meetings[:2]:
        assert await agenda(live.as_, meeting) == [], "it went on, and off again"


async def test_what_both_agreed_follows_the_teacher_and_a_proposal_ends(as_, app, world):
    meetings = await of(as_, await begin(as_, world))
    kept = await agreed(as_, world, follow_up_on="2026-10-08")
    offered = await propose(as_, world)
    await change_lead(as_, world)
    assert await agenda(as_, meetings[1]) == []
    ended = await ok(as_("tom").get(f"{STEPS}/{offered['id']}"))
    assert (ended["state"], ended["reason"]) == ("dropped", "coaching_ended")
    luis = as_("luis")
    await refused(luis.get(f"{STEPS}/{offered['id']}"), 404, "not_found")
    row = await ok(luis.get(f"{STEPS}/{kept['id']}"))
    assert (row["lead_id"], row["agenda_item_id"]) == (str(world.lena), None)
    assert (await ok(as_("lena").get(f"{STEPS}/{kept['id']}")))["permissions"] == []
    # on the next lead's agenda it is the teacher's
    series = weekly(world, at="09:00")
    series = await ok(luis.post("/meeting-series", json=series), 201)
    await hour(app.state.database, world)
    found = [await agenda(as_, meeting) for meeting in await of(as_, series)]
    assert [len(items) for items in found] == [0, 1, 0, 0, 0]
    assert found[1][0]["author_id"] == str(world.tom)
    # worked on, it is the new pair's, also once it is over
    row = await ok(luis.get(f"{STEPS}/{kept['id']}"))
    row = await ok(step(luis, row, "practise"))
    assert row["lead_id"] == str(world.luis)
    await refused(as_("lena").get(f"{STEPS}/{kept['id']}"), 404, "not_found")
    row = await ok(step(as_("tom"), row, "meet", reason="Seen."))
    assert (await ok(luis.get(f"{STEPS}/{kept['id']}")))["state"] == "met"


async def test_between_two_leads_the_teacher_goes_on_alone(as_, world):
    row = await agreed(as_, world, follow_up_on="2026-10-08")
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    await ok(of_link(as_("paul"), link, "end", json={"reason": "Another team."}))
    told = await ok(as_("tom").get(f"{PATH}/{world.lena_tom}/hand-over"))
    assert told["follows"]["open_action_steps"] == 1
    row = await ok(as_("tom").get(f"{STEPS}/{row['id']}"))
    row = await ok(step(as_("tom"), row, "practise"))
    row = await ok(step(as_("tom"), row, "meet", reason="I saw it myself."))
    await refused(
        as_("tom").post(STEPS, json=new(world, teacher_id=None)), 409, "coaching_not_active"
    )


async def test_the_week_says_what_to_do_next(as_, world, ticking):
    first = await propose(as_, world, due_on="2026-10-14")
    second = await agreed(as_, world, "tom", due_on="2026-10-09")

    async def todo(who: str) -> list[tuple[str, str, bool]]:
        found = await week(as_, who)
        side = found["own"] or found["teachers"][0]
        names = {first["id"]: "first", second["id"]: "second"}
        return [
            (entry["code"], names[entry["id"]], entry["overdue"])
            for entry in side["todo"]
            if entry["type"] == "action_step"
        ]

    assert await todo("tom") == [
        ("practise_action_step", "second", False),
        ("agree_action_step", "first", False),
    ]
    assert await todo("lena") == [("ask_about_action_step", "second", False)]
    await ok(step(as_("tom"), first, "agree"))
    assert ("practise_action_step", "first", False) not in await todo("tom"), "nine days ahead"
    second = await ok(step(as_("tom"), second, "practise"))
    ticking.move(days=5)
    late = ("close_action_step", "second", True)
    assert (await todo("tom"))[0] == (await todo("lena"))[0] == late
    assert WORDS in str((await week(as_, "tom"))["own"]["todo"])
    await ok(step(as_("lena"), second, "meet", reason="Seen."))
    assert [entry[1] for entry in await todo("tom")] == ["first"]


async def test_both_open_a_step_and_a_cycle_to_their_leader(as_, connection, world):
    row = await agreed(as_, world, practice="Between us two.")
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        cycle = await cycle_of(adding(session), world, "", "tom", "lena", 900)
        await session.commit()
    for path, version in (
        (f"{STEPS}/{row['id']}", row["version"]),
        (f"/learning-cycles/{cycle.id}", 1),
    ):
        for who, state in (("tom", "offered"), ("lena", "open")):
            sent = as_(who).post(
                f"{path}/share",
                json={"with": "school_leader"},
                headers={"If-Match": f'"{version}"'},
            )
            shared = await ok(sent)
            assert shared["state"] == state
    copies = (await ok(as_("paul").get("/shared-records")))["items"]
    by_type = {copy["record_type"]: copy["content"] for copy in copies}
    step_copy, cycle_copy = by_type["action_step"], by_type["learning_cycle"]
    assert (step_copy["text"], step_copy["practice"]) == (WORDS, "Between us two.")
    assert cycle_copy["title"] == "Questions that wait"
    assert cycle_copy["data_points"][0]["value"] == 2.5
    for below in ("success_indicators", "activities", "adjustments"):
        assert len(cycle_copy[below]) == 1, below
    assert {"rankings", "reflections"} & cycle_copy.keys() == set()
    await refused(as_("paul").get(f"{STEPS}/{row['id']}"), 404, "not_found")


async def test_a_meeting_that_is_held_takes_the_follow_up_on(as_, world):
    meetings = await of(as_, await begin(as_, world))
    row = await agreed(as_, world, follow_up_on="2026-10-07")
    await hold(as_, meetings[0])
    [item] = await agenda(as_, meetings[1])
    assert (await ok(as_("lena").get(f"{STEPS}/{row['id']}")))["agenda_item_id"] == item["id"]
