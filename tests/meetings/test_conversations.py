"""Conversations end to end: each step and its refusal, the gates one by one, what is advised, who
is busy when, and who reads what."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, begin, hold, ok, refused

pytestmark = pytest.mark.anyio

#: the day after tomorrow
WHEN = {"on": "2026-10-07", "at": "10:00", "minutes": 60}
#: everything that gate 2 asks for but goals
DONE = {
    "questionnaire_waiver": "We worked together last year.",
    "vision_revisited": True,
    "team_link": "Tom tries the team's talk moves.",
    "roles_discussed": True,
    "goal_setting_previewed": True,
    "setting": "formal",
}


async def plan(as_: Any, world: Any, **fields: Any) -> dict[str, Any]:
    """A conversation of Tom and Lena as Lena plans it."""
    body = {"teacher_id": str(world.tom), "kind": "beginning_of_year", **fields}
    made: dict[str, Any] = await ok(as_("lena").post("/conversations", json=body), 201)
    return made


async def scheduled(as_: Any, world: Any, when: Any = None, **fields: Any) -> dict[str, Any]:
    """The same, set for a time."""
    talk = await plan(as_, world, **fields)
    done: dict[str, Any] = await ok(do(as_("lena"), talk, "schedule", **(WHEN | (when or {}))))
    return done


async def held(as_: Any, world: Any, ticking: Any, **fields: Any) -> dict[str, Any]:
    """The same, two days later, once it took place."""
    talk = await scheduled(as_, world, **fields)
    ticking.move(days=3)
    done: dict[str, Any] = await ok(do(as_("tom"), talk, "hold", on=None))
    return done


async def do(client: Any, talk: dict[str, Any], step: str, **body: Any) -> Any:
    """A step at its present version."""
    return await act(client, "conversations", talk, step, **body)


async def write(client: Any, talk: dict[str, Any], **body: Any) -> Any:
    """An edit at its present version."""
    path = f"/conversations/{talk['id']}"
    return await client.patch(path, json=body, headers=at(await ok(client.get(path))))


async def goal(as_: Any, world: Any, who: str, level: str, **fields: Any) -> dict[str, Any]:
    """A school goal of Paul's or a team goal of a lead's, published unless `publish` is False."""
    publish = fields.pop("publish", True)
    body = {
        "level": level,
        "kind": "growth",
        "title": f"Of the {level}",
        "statement": "Everybody is heard.",
        "school_year_id": str(world.alder_year),
        **fields,
    }
    made: dict[str, Any] = await ok(as_(who).post("/goals", json=body), 201)
    if publish:
        made = await ok(as_(who).post(f"/goals/{made['id']}/publish", headers=at(made)))
    return made


async def both_goals(as_: Any, world: Any) -> list[str]:
    """One of the school and one of Tom's team."""
    school = await goal(as_, world, "paul", "school")
    team = await goal(as_, world, "lena", "team", team_id=str(world.maths))
    return [school["id"], team["id"]]


async def put(connection: Any, world: Any, *rows: Any) -> None:
    """Rows that another feature writes."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        session.add_all(rows)
        await session.commit()


def of_tom(world: Any, **fields: Any) -> dict[str, Any]:
    """The columns of a record of Tom's and Lena's."""
    return {
        "district_id": world.juniper,
        "id": clock.new_id(),
        "school_id": world.alder,
        "relationship_id": world.lena_tom,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "author_id": world.lena,
        **fields,
    }


async def test_a_conversation_goes_from_planned_to_closed(as_, world, ticking):
    talk = await plan(as_, world, kind="mid_year")
    assert (talk["state"], talk["on"], talk["starts_at"]) == ("planned", None, None)
    assert "schedule" in talk["permissions"]
    assert (talk["template_title"], talk["fields"], talk["goal_ids"]) == (None, None, [])
    talk = await ok(do(as_("tom"), talk, "schedule", **WHEN, place="Room 7", setting="informal"))
    assert (talk["state"], talk["zone"]) == ("scheduled", "America/Denver")
    assert talk["starts_at"] == "2026-10-07T16:00:00.000Z"
    assert talk["ends_at"] == "2026-10-07T17:00:00.000Z"
    assert (talk["place"], talk["setting"]) == ("Room 7", "informal")
    talk = await ok(do(as_("lena"), talk, "move", at="11:30", reason="A visit."))
    assert (talk["on"], talk["at"], talk["minutes"]) == ("2026-10-07", "11:30", 60)
    assert (talk["state"], talk["reason"]) == ("scheduled", "A visit.")
    ticking.move(days=3)
    talk = await ok(do(as_("tom"), talk, "hold", on=None))
    assert (talk["state"], talk["held_on"]) == ("held", "2026-10-07")
    talk = await ok(write(as_("lena"), talk, notes="We look at talk time."))
    talk = await ok(do(as_("lena"), talk, "close"))
    assert talk["state"] == "closed"
    assert talk["closed_at"] is not None
    assert "edit" not in talk["permissions"]
    events = (await ok(as_("tom").get("/audit?limit=200")))["items"]
    done = [e for e in events if e["subject_type"] == "conversation"]
    assert sorted(e["action"].partition(".")[2] for e in done) == sorted(
        ["created", "scheduled", "moved", "held", "changed", "closed"]
    )
    assert "talk time" not in str(events)
    assert "A visit" not in str(events)


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("planned", ["edit", "schedule"]),
        ("scheduled", ["edit", "move", "hold", "cancel", "miss"]),
        ("held", ["edit", "close"]),
        ("closed", []),
        ("cancelled", []),
        ("missed", ["plan"]),
    ],
)
async def test_only_the_steps_of_the_lifecycle_are_taken(
    as_, world, ticking, connection, state, allowed
):
    starts = clock.now() - timedelta(days=2)
    row = m.Conversation(
        **of_tom(world),
        kind="mid_year",
        state=state,
        on=date(2026, 10, 3),
        at="10:00",
        zone="America/Denver",
        minutes=60,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=60),
    )
    await put(connection, world, row)
    talk = await ok(as_("tom").get(f"/conversations/{row.id}"))
    steps = {
        "schedule": WHEN,
        "move": {"on": "2026-10-08", "reason": "A trip."},
        "hold": {"on": None},
        "cancel": {"reason": "Ill."},
        "miss": {},
        "plan": {},
        "close": {},
    }
    for step, body in steps.items():
        if step not in allowed:
            said = await refused(do(as_("lena"), talk, step, **body), 409, "wrong_state")
            assert said["state"] == state
            # sharing has no state of its own, so it is not among the steps
            assert said["allowed"] == allowed
            assert step not in talk["permissions"]
    if "edit" not in allowed:
        await refused(write(as_("tom"), talk, notes="More."), 409, "wrong_state")
    assert set(allowed) <= set(talk["permissions"])


async def test_there_is_one_of_a_kind_until_it_is_called_off(as_, world):
    talk = await plan(as_, world)
    mine = {"kind": "beginning_of_year"}
    await refused(as_("tom").post("/conversations", json=mine), 409, "conversation_exists")
    await ok(as_("tom").post("/conversations", json={"kind": "end_of_year"}), 201)
    talk = await ok(do(as_("lena"), talk, "schedule", **WHEN))
    talk = await ok(do(as_("lena"), talk, "cancel", reason="Another template."))
    assert (talk["state"], talk["reason"]) == ("cancelled", "Another template.")
    again = await ok(as_("tom").post("/conversations", json=mine), 201)
    assert (again["author_id"], again["lead_id"]) == (str(world.tom), str(world.lena))
    listed = (await ok(as_("lena").get("/conversations?kind=beginning_of_year")))["items"]
    assert [row["state"] for row in listed] == ["cancelled", "planned"]


async def test_only_a_pair_at_work_plans_one_and_from_a_template_for_it(as_, world):
    body = {"kind": "mid_year"}
    for who, teacher in (("lena", "olga"), ("lena", "ben"), ("nina", "tom")):
        of = body | {"teacher_id": str(world.ids[teacher])}
        await refused(as_(who).post("/conversations", json=of), 409, "unknown_reference")
    of = body | {"teacher_id": str(world.pia)}
    await refused(as_("lena").post("/conversations", json=of), 409, "coaching_not_active")
    await refused(as_("uma").post("/conversations", json=body), 409, "coaching_not_active")
    of_tom_ = body | {"teacher_id": str(world.tom)}
    for who in ("paul", "ada"):
        await refused(as_(who).post("/conversations", json=of_tom_), 403, "forbidden")
    wrong = body | {"template_id": str(world.welcome)}
    await refused(as_("tom").post("/conversations", json=wrong), 409, "template_not_usable")
    unseen = body | {"template_id": str(world.tom)}
    await refused(as_("tom").post("/conversations", json=unseen), 409, "unknown_reference")


async def test_answers_are_laid_over_those_there_and_fit_the_template(as_, world):
    talk = await plan(as_, world, template_id=str(world.beginning_of_year))
    assert talk["template_title"]
    assert "vision" in {field["key"] for field in talk["fields"]}
    await ok(write(as_("lena"), talk, answers={"vision": "Heard.", "expects": "Notice."}))
    talk = await ok(write(as_("tom"), talk, answers={"expects": None, "offers": "Time."}))
    assert talk["answers"] == {"vision": "Heard.", "offers": "Time."}
    for wrong in ({"salary": "A lot."}, {"vision": True}, {"vision": 3}):
        said = await refused(write(as_("tom"), talk, answers=wrong), 409, "answers_do_not_fit")
        assert [entry["code"] for entry in said["missing"]] == list(wrong)
    assert (await ok(as_("tom").get(f"/conversations/{talk['id']}")))["answers"] == talk["answers"]
    bare = await plan(as_, world, kind="mid_year")
    without = write(as_("tom"), bare, answers={"vision": "Heard."})
    await refused(without, 409, "answers_do_not_fit")
    # what is read stays where nothing is sent, and null clears
    await ok(write(as_("tom"), bare, notes="A note.", place="Room 7", vision_revisited=True))
    now = await ok(write(as_("tom"), bare, notes=None))
    assert (now["notes"], now["place"], now["vision_revisited"]) == (None, "Room 7", True)
    await refused(write(as_("tom"), bare, vision_revisited=None), 422, "invalid")


async def test_linked_goals_are_published_goals_of_the_school_that_the_caller_sees(as_, world):
    talk = await plan(as_, world)
    school, team = await both_goals(as_, world)
    individual = {
        "level": "individual",
        "kind": "growth",
        "title": "Mine",
        "school_year_id": str(world.alder_year),
        "indicator_ids": [str(world.leap_i5)],
    }
    own = (await ok(as_("tom").post("/goals", json=individual), 201))["id"]
    draft = await goal(as_, world, "lena", "team", team_id=str(world.maths), publish=False)
    arts = (await goal(as_, world, "luis", "team", team_id=str(world.arts)))["id"]
    birch = await goal(as_, world, "bea", "school", school_year_id=str(world.birch_year))
    code = "goal_not_for_conversation"
    await refused(write(as_("tom"), talk, goal_ids=[school, own]), 409, code)
    await refused(write(as_("lena"), talk, goal_ids=[draft["id"]]), 409, code)
    # Tom does not see a draft; neither sees another team's, or another school's
    for who, unseen in (("tom", draft["id"]), ("lena", arts), ("tom", birch["id"])):
        said = await refused(write(as_(who), talk, goal_ids=[unseen]), 409, "unknown_reference")
        assert said["field"] == "goal_ids"
    now = await ok(write(as_("tom"), talk, goal_ids=[team, school, team]))
    assert sorted(now["goal_ids"]) == sorted([school, team])
    # one that was closed since stays linked; the list is replaced whole
    closed = await ok(as_("paul").get(f"/goals/{school}"))
    done = {"outcome": "met", "evidence": "All were heard."}
    await ok(as_("paul").post(f"/goals/{school}/close", json=done, headers=at(closed)))
    stays = await ok(write(as_("lena"), talk, goal_ids=[school]))
    assert stays["goal_ids"] == [school]
    assert (now["version"], stays["version"]) == (2, 3)
    await ok(write(as_("lena"), talk, goal_ids=[]))
    await refused(write(as_("lena"), talk, goal_ids=[school]), 409, code)
    assert (await ok(as_("lena").get(f"/conversations/{talk['id']}")))["goal_ids"] == []


GATES = [
    "questionnaire",
    "vision_revisited",
    "school_goals",
    "team_goals",
    "team_link",
    "roles_discussed",
    "goal_setting_previewed",
    "setting",
]


async def test_the_beginning_of_the_year_closes_when_each_gate_is_met(as_, world, ticking):
    goals = await both_goals(as_, world)
    talk = await held(as_, world, ticking)

    async def missing() -> list[str]:
        said = await refused(do(as_("lena"), talk, "close"), 409, "conversation_incomplete")
        return [entry["code"] for entry in said["missing"]]

    assert await missing() == GATES
    left = list(GATES)
    for name, change in (
        ("questionnaire", {"questionnaire_waiver": "We worked together last year."}),
        ("vision_revisited", {"vision_revisited": True}),
        ("school_goals", {"goal_ids": goals[:1]}),
        ("team_goals", {"goal_ids": goals}),
        ("team_link", {"team_link": "The team's talk moves."}),
        ("roles_discussed", {"roles_discussed": True}),
        ("goal_setting_previewed", {"goal_setting_previewed": True}),
    ):
        await ok(write(as_("tom"), talk, **change))
        left.remove(name)
        assert await missing() == left
    await refused(write(as_("lena"), talk, team_link=" \n "), 422, "invalid")
    await ok(write(as_("lena"), talk, setting="informal", team_link=None))
    assert await missing() == ["team_link"]
    await ok(write(as_("lena"), talk, team_link="The team's talk moves."))
    assert (await ok(do(as_("tom"), talk, "close")))["state"] == "closed"


async def test_a_questionnaire_counts_once_it_is_reviewed(as_, world, ticking, connection):
    talk = await held(as_, world, ticking)
    goals = await both_goals(as_, world)
    await ok(write(as_("tom"), talk, **DONE, goal_ids=goals))
    await ok(write(as_("tom"), talk, questionnaire_waiver=None))
    template = world.getting_to_know_you
    asked = m.Questionnaire(**of_tom(world), template_id=template, state="submitted")
    # of another pair, so of no use here
    other = {"relationship_id": world.lena_nina, "teacher_id": world.nina}
    nina = m.Questionnaire(**of_tom(world, **other), template_id=template, state="reviewed")
    await put(connection, world, asked, nina)
    said = await refused(do(as_("lena"), talk, "close"), 409, "conversation_incomplete")
    assert [entry["code"] for entry in said["missing"]] == ["questionnaire"]
    assert "questionnaire_not_reviewed" in await codes(as_, "tom", talk)
    reviewed = m.Questionnaire(**of_tom(world), template_id=template, state="reviewed")
    await put(connection, world, reviewed)
    assert "questionnaire_not_reviewed" not in await codes(as_, "tom", talk)
    assert (await ok(do(as_("lena"), talk, "close")))["state"] == "closed"


async def test_the_district_says_how_many_goals(as_, world, ticking):
    talk = await held(as_, world, ticking)
    await ok(write(as_("tom"), talk, **DONE))
    policy = await ok(as_("ada").get("/district/policy"))
    values = {"conversation_school_goals": 2, "conversation_team_goals": 0}
    change = {"values": values, "reason": "Our teams have no goals yet."}
    await ok(as_("ada").patch("/district/policy", json=change, headers=at(policy)))
    school, _ = await both_goals(as_, world)
    second = (await goal(as_, world, "paul", "school"))["id"]
    for linked, missing in (([], ["school_goals"]), ([school], ["school_goals"])):
        await ok(write(as_("lena"), talk, goal_ids=linked))
        said = await refused(do(as_("lena"), talk, "close"), 409, "conversation_incomplete")
        assert [entry["code"] for entry in said["missing"]] == missing
    await ok(write(as_("lena"), talk, goal_ids=[school, second]))
    await ok(do(as_("lena"), talk, "close"))


async def test_a_templates_required_fields_are_answered_before_it_closes(as_, world, ticking):
    talk = await held(as_, world, ticking, kind="mid_year", template_id=str(world.mid_year))
    said = await refused(do(as_("tom"), talk, "close"), 409, "conversation_incomplete")
    assert [entry["code"] for entry in said["missing"]] == ["moved", "next"]
    await ok(write(as_("tom"), talk, answers={"moved": "Talk time."}))
    said = await refused(do(as_("tom"), talk, "close"), 409, "conversation_incomplete")
    assert [entry["code"] for entry in said["missing"]] == ["next"]
    await ok(write(as_("lena"), talk, answers={"next": "Wait longer."}))
    await ok(do(as_("tom"), talk, "close"))


async def codes(as_: Any, who: str, talk: dict[str, Any]) -> list[str]:
    """What the caller is advised; a list says the same as the record."""
    one = await ok(as_(who).get(f"/conversations/{talk['id']}"))
    listed = (await ok(as_(who).get("/conversations")))["items"]
    assert one["warnings"] == next(row["warnings"] for row in listed if row["id"] == talk["id"])
    return [entry["code"] for entry in one["warnings"]]


async def test_what_comes_before_is_advised_and_of_outreach_the_lead_alone(
    as_, world, ticking, connection
):
    talk = await plan(as_, world)
    assert await codes(as_, "lena", talk) == []
    talk = await ok(do(as_("tom"), talk, "schedule", **WHEN))
    assert [entry["code"] for entry in talk["warnings"]] == ["questionnaire_not_reviewed"]
    both = ["questionnaire_not_reviewed", "no_outreach_yet"]
    assert await codes(as_, "lena", talk) == both
    before = await ok(as_("tom").get(f"/conversations/{talk['id']}"))
    words = {"subject": "Hello", "text": "Welcome."}
    draft = m.OutreachMessage(**of_tom(world), **words)
    await put(connection, world, draft)
    # A draft is nobody's but Lena's, and is no welcome yet.
    assert await codes(as_, "lena", talk) == both
    assert await ok(as_("tom").get(f"/conversations/{talk['id']}")) == before
    late = {"state": "handed_over", "handed_over_on": date(2026, 10, 8)}
    await put(connection, world, m.OutreachMessage(**of_tom(world), **words, **late))
    assert await codes(as_, "lena", talk) == [both[0], "outreach_after_first_meeting"]
    assert await ok(as_("tom").get(f"/conversations/{talk['id']}")) == before
    # the evening before in Denver is the day itself in UTC
    sent = {"state": "sent", "sent_at": clock.now().replace(day=8, hour=1)}
    await put(connection, world, m.OutreachMessage(**of_tom(world), **words, **sent))
    assert await codes(as_, "lena", talk) == [both[0]]
    await ok(write(as_("tom"), talk, questionnaire_waiver="We know each other."))
    assert await codes(as_, "lena", talk) == []
    other = await scheduled(as_, world, {"on": "2026-10-09"}, kind="mid_year")
    assert await codes(as_, "lena", other) == []


async def test_nobody_is_double_booked_by_conversations_and_meetings(as_, world):
    await begin(as_, world)  # Wednesdays at three, Tom and Lena
    talk = await plan(as_, world)
    clash = WHEN | {"at": "14:30"}
    said = await refused(do(as_("lena"), talk, "schedule", **clash), 409, "double_booked")
    assert said["times"] == [{"on": "2026-10-07", "at": "14:30"}]
    assert "meeting" not in str(said["times"])
    unchanged = await ok(as_("tom").get(f"/conversations/{talk['id']}"))
    assert (unchanged["state"], unchanged["version"]) == ("planned", 1)
    talk = await ok(do(as_("lena"), talk, "schedule", **(WHEN | {"at": "14:00"})))
    # a 1:1 with Nina, and a conversation with her, while Lena talks with Tom
    meeting = {"teacher_id": str(world.nina), "on": "2026-10-07", "at": "14:15"}
    await refused(as_("lena").post("/meetings", json=meeting), 409, "double_booked")
    nina = await plan(as_, world, teacher_id=str(world.nina))
    await refused(
        do(as_("nina"), nina, "schedule", **(WHEN | {"at": "14:45"})), 409, "double_booked"
    )
    nina = await ok(do(as_("nina"), nina, "schedule", **(WHEN | {"at": "13:00"})))
    await refused(do(as_("nina"), nina, "move", minutes=90, reason="More."), 409, "double_booked")
    # a move gives the old time back, and calling it off the new one
    await ok(do(as_("lena"), talk, "move", at="09:00", reason="Earlier."))
    await ok(as_("lena").post("/meetings", json=meeting), 201)
    early = meeting | {"at": "09:30"}
    await refused(as_("lena").post("/meetings", json=early), 409, "double_booked")
    await ok(do(as_("tom"), talk, "cancel", reason="Ill."))
    await ok(as_("lena").post("/meetings", json=early), 201)


async def test_a_time_keeps_to_the_wall_across_a_clock_change_and_to_the_school_year(as_, world):
    talk = await plan(as_, world, kind="mid_year")
    gap = {"on": "2027-03-14", "at": "02:30", "minutes": 30}
    talk = await ok(do(as_("lena"), talk, "schedule", **gap))
    assert (talk["time_moved"], talk["at"]) == (True, "02:30")
    assert talk["starts_at"] == "2027-03-14T09:30:00.000Z"
    talk = await ok(do(as_("lena"), talk, "move", on="2027-03-15", at="15:00", reason="Daylight."))
    assert (talk["time_moved"], talk["starts_at"]) == (False, "2027-03-15T21:00:00.000Z")
    talk = await ok(do(as_("lena"), talk, "move", on="2027-03-12", reason="Sooner."))
    assert talk["starts_at"] == "2027-03-12T22:00:00.000Z"
    talk = await ok(do(as_("lena"), talk, "move", zone="America/Chicago", reason="On the road."))
    assert (talk["at"], talk["starts_at"]) == ("15:00", "2027-03-12T21:00:00.000Z")
    for day in ("2026-08-16", "2027-06-05"):
        said = await refused(
            do(as_("tom"), talk, "move", on=day, reason="Holidays."), 409, "dates_do_not_fit"
        )
        assert (said["first"], said["last"]) == ("2026-08-17", "2027-06-04")
    other = await plan(as_, world)
    outside = WHEN | {"on": "2026-07-01"}
    await refused(do(as_("tom"), other, "schedule", **outside), 409, "dates_do_not_fit")


async def test_a_move_says_when_and_why(as_, world):
    talk = await scheduled(as_, world)
    await refused(do(as_("tom"), talk, "move", at="12:00"), 422, "invalid")
    await refused(do(as_("tom"), talk, "move", reason="No idea."), 422, "invalid")
    now = await ok(as_("tom").get(f"/conversations/{talk['id']}"))
    assert now["version"] == talk["version"]


async def test_it_is_held_on_its_day_or_later_and_keeps_its_time(as_, world, ticking):
    talk = await scheduled(as_, world)
    await refused(do(as_("lena"), talk, "hold", on=None), 409, "not_yet")
    await refused(do(as_("lena"), talk, "hold", on="2026-10-05"), 409, "not_yet")
    ticking.move(days=4)
    for day in ("2026-10-06", "2026-10-10"):
        said = await refused(do(as_("lena"), talk, "hold", on=day), 409, "dates_do_not_fit")
        assert (said["first"], said["last"]) == ("2026-10-07", "2026-10-09")
    done = await ok(do(as_("lena"), talk, "hold", on="2026-10-08"))
    assert (done["on"], done["held_on"]) == ("2026-10-07", "2026-10-08")
    then = {"on": "2026-10-07", "at": "10:30"}
    await refused(as_("tom").post("/meetings", json=then), 409, "double_booked")


async def test_one_that_was_missed_is_planned_anew_and_its_time_is_free(as_, world, ticking):
    talk = await scheduled(as_, world)
    await ok(write(as_("tom"), talk, notes="Prepared."))
    await refused(do(as_("tom"), talk, "miss"), 409, "not_yet")
    ticking.move(days=2, hours=1)
    missed = await ok(do(as_("tom"), talk, "miss"))
    assert (missed["state"], missed["on"]) == ("missed", "2026-10-07")
    await ok(as_("tom").post("/meetings", json={"on": "2026-10-07", "at": "10:30"}), 201)
    anew = await ok(do(as_("lena"), talk, "plan"))
    assert (anew["state"], anew["on"], anew["starts_at"]) == ("planned", None, None)
    assert anew["notes"] == "Prepared."
    await ok(do(as_("lena"), talk, "schedule", **(WHEN | {"on": "2026-10-14"})))


async def test_an_edit_does_not_overwrite_what_was_not_read(as_, world):
    talk = await plan(as_, world)
    path = f"/conversations/{talk['id']}"
    await ok(as_("tom").patch(path, json={"notes": "Of Tom."}, headers=at(talk)))
    stale = as_("lena").patch(path, json={"notes": "Of Lena."}, headers=at(talk))
    await refused(stale, 412, "version_mismatch")
    assert (await ok(as_("lena").get(path)))["notes"] == "Of Tom."
    empty = await ok(write(as_("lena"), talk))
    assert empty["version"] == 2, "an empty change made somebody's version stale"


async def test_nobody_else_reads_more_than_that_it_happens(as_, world, ticking):
    talk = await held(as_, world, ticking)
    await ok(write(as_("tom"), talk, notes="Secret.", team_link="Secret.", place="Secret place"))
    path = f"/conversations/{talk['id']}"
    for stranger in ("paul", "ada", "luis", "nina", "ivy", "mia", "bea", "zoe"):
        await refused(as_(stranger).get(path), 404, "not_found")
        edit = as_(stranger).patch(path, json={"notes": "Mine."}, headers=at(talk))
        await refused(edit, 404, "not_found")
        assert (await ok(as_(stranger).get("/conversations")))["items"] == []
    for who, count in {"tom": 1, "lena": 1, "paul": 1, "ada": 0, "luis": 0, "bea": 0}.items():
        answer = await as_(who).get("/activity")
        assert len(answer.json()["items"]) == count, who
        assert "ecret" not in answer.text
    [seen] = (await ok(as_("paul").get("/activity")))["items"]
    assert seen == {
        "kind": "conversation",
        "on": "2026-10-07",
        "state": "held",
        "teacher_id": str(world.tom),
        "lead_id": str(world.lena),
        "observer_id": None,
        "minutes": 60,
    }
    assert "ecret" not in (await as_("paul").get("/audit?limit=200")).text


async def test_while_coaching_is_paused_both_read_and_nobody_writes(as_, world):
    talk = await scheduled(as_, world)
    link = await ok(as_("paul").get(f"/coaching-relationships/{world.lena_tom}"))
    await ok(act(as_("paul"), "coaching-relationships", link, "pause"))
    for who in ("tom", "lena"):
        now = await ok(as_(who).get(f"/conversations/{talk['id']}"))
        assert (now["state"], [p for p in now["permissions"] if p != "share"]) == ("scheduled", [])
        await refused(write(as_(who), talk, notes="More."), 403, "forbidden")
        await refused(do(as_(who), talk, "cancel", reason="Ill."), 403, "forbidden")
    new = {"kind": "mid_year", "teacher_id": str(world.tom)}
    await refused(as_("lena").post("/conversations", json=new), 409, "coaching_not_active")
    await ok(act(as_("paul"), "coaching-relationships", link, "resume"))
    await ok(write(as_("lena"), talk, notes="More."))


async def test_when_coaching_ends_what_was_to_come_is_called_off(as_, world, ticking):
    took_place = await held(as_, world, ticking, kind="mid_year")
    coming = await scheduled(as_, world, {"on": "2026-10-14"})
    by_tom = await ok(as_("tom").post("/conversations", json={"kind": "end_of_year"}), 201)
    await change_lead(as_, world)
    states = {
        row["id"]: (row["state"], row["reason"], row["version"])
        for row in (await ok(as_("tom").get("/conversations")))["items"]
    }
    assert states == {
        took_place["id"]: ("held", None, took_place["version"]),
        coming["id"]: ("cancelled", "coaching_ended", coming["version"] + 1),
        by_tom["id"]: ("cancelled", "coaching_ended", by_tom["version"] + 1),
    }
    # Lena reads what she wrote; Luis nothing of it; the time is free for the two of now.
    assert {row["id"] for row in (await ok(as_("lena").get("/conversations")))["items"]} == {
        took_place["id"],
        coming["id"],
    }
    await refused(as_("lena").get(f"/conversations/{by_tom['id']}"), 404, "not_found")
    await refused(write(as_("lena"), took_place, notes="More."), 403, "forbidden")
    assert (await ok(as_("luis").get("/conversations")))["items"] == []
    new = {"kind": "beginning_of_year", "teacher_id": str(world.tom)}
    talk = await ok(as_("luis").post("/conversations", json=new), 201)
    await ok(do(as_("luis"), talk, "schedule", **(WHEN | {"on": "2026-10-14"})))
    await ok(
        as_("lena").post(
            "/meetings", json={"teacher_id": str(world.nina), "on": "2026-10-14", "at": "10:00"}
        ),
        201,
    )


async def test_lists_are_filtered_and_ordered_by_time(as_, world):
    late = await scheduled(as_, world, {"on": "2026-10-21"}, kind="mid_year")
    without = await plan(as_, world, kind="end_of_year")
    soon = await scheduled(as_, world)
    nina = await scheduled(as_, world, {"on": "2026-10-09"}, teacher_id=str(world.nina))

    async def found(query: str) -> list[str]:
        ids: list[str] = []
        path = f"/conversations?limit=1{query}"
        while path:
            answer = await ok(as_("lena").get(path))
            ids += [row["id"] for row in answer["items"]]
            path = answer["next"] and f"/conversations?limit=1{query}&cursor={answer['next']}"
        return ids

    assert await found("") == [row["id"] for row in (soon, nina, late, without)]
    assert await found(f"&teacher_id={world.nina}") == [nina["id"]]
    assert await found("&state=planned") == [without["id"]]
    assert await found("&kind=beginning_of_year") == [soon["id"], nina["id"]]
    assert await found("&from=2026-10-08&to=2026-10-20") == [nina["id"]]
    await refused(as_("lena").get("/conversations?kind=chat"), 422, "invalid")


async def test_activity_is_one_list_of_both_kinds_page_by_page(as_, world, ticking):
    series = await begin(as_, world)  # 7, 14, 21, 28 October, 4 November
    assert series["state"] == "active"
    await scheduled(as_, world)
    nina = await scheduled(as_, world, {"on": "2026-10-14"}, teacher_id=str(world.nina))
    await scheduled(as_, world, {"on": "2027-05-12"}, kind="end_of_year")
    await plan(as_, world, kind="mid_year")
    ticking.move(days=17)  # Thursday, 22 October
    await ok(do(as_("nina"), nina, "hold", on="2026-10-16"))
    first = (await ok(as_("lena").get("/meetings?limit=1")))["items"][0]
    await hold(as_, first)

    async def found(query: str = "", who: str = "paul", limit: int = 1) -> list[tuple[str, str]]:
        rows: list[tuple[str, str]] = []
        path = f"/activity?limit={limit}{query}"
        while path:
            answer = await ok(as_(who).get(path))
            rows += [(row["kind"], row["on"][5:]) for row in answer["items"]]
            path = answer["next"] and f"/activity?limit={limit}{query}&cursor={answer['next']}"
        return rows

    happened = [
        ("meeting", "10-21"),
        ("meeting", "10-14"),
        ("conversation", "10-16"),
        ("meeting", "10-07"),
        ("conversation", "10-07"),
    ]
    for limit in (1, 2, 3, 50):
        assert await found(limit=limit) == happened
    # the two of 14 October: the 1:1 at three comes behind the talk at ten
    assert await found(f"&teacher_id={world.nina}") == [("conversation", "10-16")]
    assert await found("", "tom") == [row for row in happened if row[1] != "10-16"]
    assert await found("&kind=conversation") == [row for row in happened if row[0][0] == "c"]
    assert await found("&kind=meeting") == [row for row in happened if row[0][0] == "m"]
    assert await found("&state=completed") == [("meeting", "10-07")]
    assert await found("&state=held") == [("conversation", "10-16")]
    assert await found("&from=2026-10-15") == [("meeting", "10-21"), ("conversation", "10-16")]
    assert await found("&to=2026-10-14") == [
        ("meeting", "10-14"),
        ("meeting", "10-07"),
        ("conversation", "10-07"),
    ]
    coming = await found("&from=2026-10-23&to=2027-06-04")
    assert coming == [("conversation", "05-12"), ("meeting", "11-04"), ("meeting", "10-28")]
    page = await ok(as_("paul").get("/activity?limit=1"))
    other = as_("paul").get(f"/activity?limit=1&kind=meeting&cursor={page['next']}")
    await refused(other, 400, "bad_cursor")
    await refused(as_("lena").get(f"/activity?limit=1&cursor={page['next']}"), 400, "bad_cursor")


async def test_today_is_the_callers_where_activity_ends(as_, world, ticking):
    ticking.move(days=2, hours=-10)  # 6 October, midnight in Denver; 7 October, six in UTC
    await scheduled(as_, world, {"at": "00:30", "minutes": 15})
    await ok(as_("tom").patch("/me", json={"zone": "Asia/Tokyo"}, headers={"If-Match": '"1"'}))
    ticking.move(hours=-1)
    assert (await ok(as_("paul").get("/activity")))["items"] == []
    assert len((await ok(as_("tom").get("/activity")))["items"]) == 1
