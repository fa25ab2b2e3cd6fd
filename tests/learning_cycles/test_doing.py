"""Learning and application in a cycle, end to end: activities and their time, the application plan,
adjustments, evidence of their use, and what is a member's own in a team's cycle."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from tests.conftest import Live
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.goals.test_plans import act
from tests.meetings.test_meetings import begin, ok, refused
from tests.parts.cycle_work import cycle_of, members_of, put
from tests.relationships.test_relationships import PATH
from tests.relationships.test_relationships import act as step

pytestmark = pytest.mark.anyio

LEARN = {"approach": "modelling", "title": "Wait time, seen", "who": "both"}
TIMED = {**LEARN, "on": "2026-10-08", "at": "10:00", "minutes": 45}
TRY = {"text": "Count to five before taking an answer."}
SHOWN = {
    "kind": "video",
    "url": "https://video.example/7",
    "on": "2026-10-02",
    "text": "Nine of ten questions.",
}


async def add(connection: Any, world: Any, *rows: Any) -> None:
    """Rows of the first district, in the test's own transaction."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        for row in rows:
            session.add(row)
            await session.flush()
        await session.commit()


async def set_state(connection: Any, world: Any, cycle: m.LearningCycle, state: str) -> None:
    """Move a cycle on, as its own steps do."""
    async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
        await keys.enter(session, world.juniper)
        row = await session.get(m.LearningCycle, (world.juniper, cycle.id))
        assert row is not None
        row.state = state
        await session.commit()


async def of_pair(connection: Any, world: Any, state: str = "application", **fields: Any) -> Any:
    """A cycle of Tom and Lena."""
    cycle = cycle_of(
        world,
        "tom",
        "lena",
        **{"number": 1, "title": "Wait time", "state": state, **fields},
        relationship_id=world.lena_tom,
    )
    await add(connection, world, cycle)
    return cycle


async def of_team(connection: Any, world: Any, state: str = "application", number: int = 1) -> Any:
    """A cycle of the maths team: Lena leads it, Tom and Nina are its members."""
    cycle = cycle_of(world, "maths", None, number=number, title="Wait time", state=state)
    await add(connection, world, cycle, *members_of(world, cycle, "tom", "nina"))
    return cycle


async def new(client: Any, cycle: Any, kind: str, body: Any, status: int = 201) -> Any:
    """One more below a cycle."""
    return await ok(client.post(f"/learning-cycles/{cycle.id}/{kind}", json=body), status)


async def version_of(client: Any, cycle: Any) -> int:
    """The version of the cycle, as its application plan shows it."""
    plan = await ok(client.get(f"/learning-cycles/{cycle.id}/application-plan"))
    return int(plan["version"])


def observation(world: Any, kind: Any, **fields: Any) -> m.Observation:
    """An observation of Tom's by Lena that he has."""
    now = clock.now()
    return m.Observation(
        **{
            "district_id": world.juniper,
            "id": clock.new_id(),
            "school_id": world.alder,
            "school_year_id": world.alder_year,
            "teacher_id": world.tom,
            "observer_id": world.lena,
            "author_id": world.lena,
            "kind_id": kind.id,
            "formal": False,
            "scored": False,
            "evaluative": False,
            "observer_kind": "lead",
            "state": "shared",
            "shared_at": now,
            "on": date(2026, 10, 1),
            "at": "10:00",
            "zone": "UTC",
            "minutes": 20,
            "starts_at": now,
            "ends_at": now,
            **fields,
        }
    )


async def test_an_activity_is_planned_done_left_out_and_planned_again(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    cycle = await of_pair(connection, world, "learning")
    path = f"/learning-cycles/{cycle.id}/activities"
    for wrong, code in (
        ({"approach": "by_osmosis"}, "unknown_term"),
        ({"who": "team"}, "who_does_not_fit"),
        ({"at": "10:00"}, "time_incomplete"),
        ({"at": "10:00", "on": "2026-10-08"}, "time_incomplete"),
    ):
        await refused(tom.post(path, json={**LEARN, **wrong}), 409, code)
    made = await new(tom, cycle, "activities", LEARN)
    assert (made["state"], made["starts_at"], made["author_id"]) == (
        "planned",
        None,
        str(world.tom),
    )
    assert made["permissions"] == ["edit", "finish", "drop"]
    for stranger in ("paul", "luis", "nina", "ada"):
        await ok(as_(stranger).get(path), 404)
        await ok(as_(stranger).get(f"/cycle-activities/{made['id']}"), 404)
    one = f"/cycle-activities/{made['id']}"
    made = await ok(lena.patch(one, json={"on": "2026-10-07"}, headers=at(made)))
    assert (made["on"], made["version"]) == ("2026-10-07", 2)
    future = {"done_on": "2026-10-06"}
    await refused(act(lena, "cycle-activities", made, "finish", **future), 409, "day_in_future")
    done = await ok(act(lena, "cycle-activities", made, "finish", takeaway="Silence is work."))
    assert (done["state"], done["done_on"]) == ("done", "2026-10-05")
    late = await refused(tom.patch(one, json={"title": "X"}, headers=at(done)), 409, "wrong_state")
    assert late["allowed"] == ["reopen"]
    again = await ok(act(tom, "cycle-activities", made, "reopen"))
    assert (again["state"], again["done_on"], again["takeaway"]) == (
        "planned",
        None,
        "Silence is work.",
    )
    out = await ok(act(tom, "cycle-activities", made, "drop", reason="No time."))
    assert (out["state"], out["reason"]) == ("dropped", "No time.")
    assert [row["id"] for row in (await ok(tom.get(f"{path}?state=dropped")))["items"]] == [
        made["id"]
    ]
    assert (await ok(tom.get(f"{path}?state=done")))["items"] == []
    # each change counts on the cycle, which the same two read
    assert await version_of(tom, cycle) == 6
    await set_state(connection, world, cycle, "paused")
    halted = await refused(act(tom, "cycle-activities", made, "reopen"), 409, "wrong_state")
    assert halted["state"] == "paused"
    assert (await ok(tom.get(one)))["permissions"] == []
    await refused(tom.post(path, json=LEARN), 409, "wrong_state")


async def test_a_schools_own_word_is_an_approach_until_it_is_retired(as_, world, connection):
    cycle = await of_pair(connection, world, "learning")
    terms = [
        m.VocabularyTerm(
            district_id=world.juniper,
            school_id=school,
            vocabulary="learning_approach",
            key=key,
            title=key,
            state=state,
        )
        for school, key, state in (
            (world.alder, "lesson_study", "active"),
            (world.alder, "old_way", "retired"),
            (world.birch, "of_birch", "active"),
        )
    ]
    await add(connection, world, *terms)
    await new(as_("tom"), cycle, "activities", {**LEARN, "approach": "lesson_study"})
    for word in ("old_way", "of_birch"):
        body = {**LEARN, "approach": word}
        sent = as_("tom").post(f"/learning-cycles/{cycle.id}/activities", json=body)
        await refused(sent, 409, "unknown_term")


async def test_a_timed_activity_takes_the_time_of_who_does_it(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    cycle = await of_pair(connection, world, "learning")
    path = f"/learning-cycles/{cycle.id}/activities"
    made = await new(tom, cycle, "activities", {**TIMED, "who": "lead"})
    assert (made["starts_at"][:16], made["zone"]) == ("2026-10-08T16:00", "America/Denver")
    hour = {"on": "2026-10-08", "at": "10:15"}
    # Lena alone is busy: not for Tom by himself, but for what needs her, a 1:1 too
    await new(tom, cycle, "activities", {**TIMED, **hour, "who": "teacher", "minutes": 5})
    await refused(tom.post(path, json={**TIMED, **hour}), 409, "double_booked")
    clash = await refused(
        lena.post("/meetings", json={"teacher_id": str(world.nina), **hour}), 409, "double_booked"
    )
    assert clash["times"] == [hour]
    # moved, it frees its time; without a time it takes none
    one = f"/cycle-activities/{made['id']}"
    made = await ok(tom.patch(one, json={"at": "12:00"}, headers=at(made)))
    await ok(lena.post("/meetings", json={"teacher_id": str(world.nina), **hour}), 201)
    made = await ok(tom.patch(one, json={"at": None}, headers=at(made)))
    assert (made["starts_at"], made["minutes"], made["on"]) == (None, 45, "2026-10-08")
    noon = {"teacher_id": str(world.nina), "on": "2026-10-08", "at": "12:00"}
    meeting = await ok(lena.post("/meetings", json=noon), 201)
    made = await ok(act(tom, "cycle-activities", made, "drop", reason="No time."))
    made = await ok(act(tom, "cycle-activities", made, "reopen"))
    await refused(tom.patch(one, json={"at": "12:00"}, headers=at(made)), 409, "double_booked")
    await ok(act(lena, "meetings", meeting, "cancel", reason="Ill."))
    made = await ok(tom.patch(one, json={"at": "12:00"}, headers=at(made)))
    # left out, its time is free; planned again it is taken, or refused
    await ok(act(tom, "cycle-activities", made, "drop", reason="No time."))
    await ok(lena.post("/meetings", json=noon), 201)
    await refused(act(tom, "cycle-activities", made, "reopen"), 409, "double_booked")
    # a team's takes nobody's time
    team = await of_team(connection, world, "learning")
    await new(lena, team, "activities", {**TIMED, "who": "team", "at": "12:00"})
    sent = lena.post(f"/learning-cycles/{team.id}/activities", json=LEARN)
    assert (await refused(sent, 409, "who_does_not_fit"))["allowed"] == ["teacher", "lead", "team"]


async def test_that_a_pair_learns_is_activity_and_what_it_learns_is_not(as_, world, connection):
    cycle = await of_pair(connection, world, "learning")
    team = await of_team(connection, world, "learning")
    await new(as_("tom"), cycle, "activities", {**TIMED, "on": "2026-10-01", "who": "lead"})
    made = await new(as_("tom"), cycle, "activities", LEARN)
    await new(as_("lena"), team, "activities", {**LEARN, "who": "team", "on": "2026-10-01"})
    address = "/activity?kind=learning_activity"
    assert len((await ok(as_("paul").get(address)))["items"]) == 1  # the other has no day
    await ok(act(as_("tom"), "cycle-activities", made, "finish", takeaway="Silence is work."))
    for who in ("paul", "tom", "lena"):
        found = (await ok(as_(who).get(address)))["items"]
        assert [(row["on"], row["state"], row["minutes"]) for row in found] == [
            ("2026-10-05", "done", None),
            ("2026-10-01", "planned", 45),
        ]
        assert set(found[0]) == {
            "kind",
            "on",
            "state",
            "teacher_id",
            "lead_id",
            "observer_id",
            "minutes",
        }
        assert [row["observer_id"] for row in found] == [None, None]
    for who in ("nina", "luis", "ada"):
        assert (await ok(as_(who).get(address)))["items"] == []
    assert len((await ok(as_("paul").get("/activity?limit=1")))["items"]) == 1


async def test_when_coaching_ends_what_was_planned_takes_nobodys_time(as_, world, connection):
    cycle = await of_pair(connection, world, "learning")
    made = await new(as_("tom"), cycle, "activities", {**TIMED, "who": "lead"})
    await change_lead(as_, world)
    seen = await ok(as_("tom").get(f"/cycle-activities/{made['id']}"))
    assert (seen["state"], seen["reason"], seen["permissions"]) == (
        "dropped",
        "coaching_ended",
        [],
    )
    hour = {"teacher_id": str(world.nina), "on": "2026-10-08", "at": "10:00"}
    await ok(as_("lena").post("/meetings", json=hour), 201)
    await ok(as_("luis").get(f"/cycle-activities/{made['id']}"), 404)
    await ok(act(as_("tom"), "cycle-activities", made, "reopen"), 403)


async def test_the_application_plan_is_a_part_of_the_cycle(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    cycle = await of_pair(connection, world, "learning")
    path = f"/learning-cycles/{cycle.id}/application-plan"
    plan = await ok(tom.get(path))
    assert (plan["application"], plan["impact_by"]) == (None, [])
    body = {
        "application": "trying_with_students",
        "application_words": "In the third period.",
        "impact_by": ["video", "tracker"],
    }
    done = await ok(lena.patch(path, json=body, headers=at(plan)))
    assert (done["version"], done["impact_by"]) == (2, ["video", "tracker"])
    await refused(tom.patch(path, json=body, headers=at(plan)), 412, "version_mismatch")
    await ok(tom.patch(path, json={"impact_by": ["video", "video"]}, headers=at(done)), 422)
    done = await ok(tom.patch(path, json={"application_words": None}, headers=at(done)))
    assert (done["application_words"], done["application"]) == (None, "trying_with_students")
    await set_state(connection, world, cycle, "reflection")
    await refused(tom.patch(path, json=body, headers=at(done)), 409, "wrong_state")
    # while the coaching is paused both read and nobody writes
    await set_state(connection, world, cycle, "application")
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    assert (await step(as_("paul"), link, "pause")).status_code == 200
    for who, more in ((tom, ["share"]), (lena, [])):
        now = await ok(who.get(path))
        assert now["permissions"] == ["read_gate", *more, "read_progress"]
        await ok(who.patch(path, json=body, headers=at(now)), 403)
    sent = tom.post(f"/learning-cycles/{cycle.id}/adjustments", json=TRY)
    await refused(sent, 403, "forbidden")


async def test_a_teacher_works_on_few_adjustments_at_a_time(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    cycle = await of_pair(connection, world, "learning")
    path = f"/learning-cycles/{cycle.id}/adjustments"
    hidden = {**TRY, "indicator_id": str(world.tom)}
    await refused(tom.post(path, json=hidden), 409, "indicator_not_offered")
    first = await new(lena, cycle, "adjustments", {**TRY, "indicator_id": str(world.leap_i5)})
    await new(tom, cycle, "adjustments", TRY)
    full = await refused(tom.post(path, json=TRY), 409, "too_many_adjustments")
    assert full["most"] == 2
    # either of the two writes it; a pair's is opened to nobody
    one = f"/cycle-adjustments/{first['id']}"
    changed = await ok(tom.patch(one, json={"text": "Count to six."}, headers=at(first)))
    assert (changed["text"], changed["permissions"]) == ("Count to six.", ["edit", "drop"])
    await refused(
        tom.patch(one, json={"indicator_id": str(world.tom)}, headers=at(changed)),
        409,
        "indicator_not_offered",
    )
    await refused(act(tom, "cycle-adjustments", first, "open"), 403, "forbidden")
    await refused(act(tom, "cycle-adjustments", first, "close-to-team"), 409, "not_open")
    await ok(act(tom, "cycle-adjustments", first, "drop", reason="It is a habit now."))
    await refused(act(lena, "cycle-adjustments", first, "drop", reason="x"), 409, "wrong_state")
    await new(tom, cycle, "adjustments", TRY)
    assert len((await ok(tom.get(path)))["items"]) == 3
    assert len((await ok(tom.get("/cycle-adjustments?state=open")))["items"]) == 2
    assert await version_of(tom, cycle) == 6
    await change_lead(as_, world)
    for address in (path, one):
        await ok(as_("luis").get(address), 404)
    # what she wrote she reads for a while, what he wrote no more
    kept = (await ok(as_("lena").get("/cycle-adjustments")))["items"]
    assert [row["id"] for row in kept] == [first["id"]]
    now = await ok(tom.get(one))
    assert now["permissions"] == []


async def test_evidence_shows_an_adjustment_by_a_thing_that_was_seen(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    cycle = await of_pair(connection, world)
    kind = m.ObservationKind(
        district_id=world.juniper,
        id=clock.new_id(),
        key="visit",
        title="Visit",
        formal=False,
        scored=False,
        counts=False,
        min_minutes=0,
        observers=["lead"],
    )
    mine = observation(world, kind)
    draft = observation(world, kind, state="drafted", shared_at=None)
    ninas = observation(world, kind, teacher_id=world.nina)
    sams = observation(world, kind, teacher_id=world.sam, observer_id=world.luis)
    await add(connection, world, kind, mine, draft, ninas, sams)
    other = await of_pair(connection, world, number=2)
    adjustment = await new(tom, cycle, "adjustments", TRY)
    elsewhere = await new(tom, other, "adjustments", TRY)
    path = f"/learning-cycles/{cycle.id}/uses"
    shown = {**SHOWN, "adjustment_id": adjustment["id"]}
    seen = {**shown, "kind": "observation", "url": None}
    for wrong, code in (
        ({**shown, "url": None}, "use_incomplete"),
        ({**shown, "observation_id": str(mine.id)}, "use_incomplete"),
        (seen, "use_incomplete"),
        ({**seen, "observation_id": str(mine.id), "url": "https://a.example"}, "use_incomplete"),
        ({**shown, "on": "2026-10-06"}, "day_in_future"),
        ({**shown, "adjustment_id": elsewhere["id"]}, "adjustment_does_not_fit"),
        ({**shown, "adjustment_id": str(world.tom)}, "unknown_reference"),
        ({**seen, "observation_id": str(draft.id)}, "observation_does_not_fit"),
        ({**seen, "observation_id": str(ninas.id)}, "observation_does_not_fit"),
        ({**seen, "observation_id": str(sams.id)}, "unknown_reference"),
    ):
        await refused(lena.post(path, json=wrong), 409, code)
    await ok(tom.post(path, json={**shown, "url": "http://a.example"}), 422)
    assert (await ok(tom.get(path)))["items"] == []
    video = await new(tom, cycle, "uses", shown)
    visit = await new(lena, cycle, "uses", {**seen, "observation_id": str(mine.id)})
    assert {row["kind"] for row in (await ok(tom.get(path)))["items"]} == {"video", "observation"}
    # each corrects what they noted
    one = f"/cycle-uses/{video['id']}"
    assert (await ok(lena.get(one)))["permissions"] == []
    await ok(lena.patch(one, json={"text": "Ten."}, headers=at(video)), 403)
    await refused(tom.patch(one, json={"url": None}, headers=at(video)), 409, "use_incomplete")
    video = await ok(tom.patch(one, json={"text": "Ten."}, headers=at(video)))
    assert (video["text"], video["version"]) == ("Ten.", 2)
    # what items of evidence are cited for stays
    item = m.EvidenceItem(
        district_id=world.juniper,
        id=clock.new_id(),
        observation_id=mine.id,
        school_id=world.alder,
        teacher_id=world.tom,
        observer_id=world.lena,
        observer_kind="lead",
        author_id=world.lena,
        evaluative=False,
        shared_at=clock.now(),
        kind="evidence",
        client_key="1",
        at=clock.now(),
        edited_at=clock.now(),
        seq=1,
        text="Silence.",
    )
    of = ("observation_id", "school_id", "teacher_id", "observer_id", "observer_kind", "author_id")
    cited = m.EvidenceCitation(
        district_id=world.juniper,
        item_id=item.id,
        use_id=visit["id"],
        evaluative=False,
        shared_at=None,
        **{name: getattr(item, name) for name in of},
    )
    await add(connection, world, item, cited)
    kept = lena.delete(f"/cycle-uses/{visit['id']}", headers=at(visit))
    await refused(kept, 409, "use_cited")
    await ok(tom.delete(one, headers=at(video)), 204)
    assert [row["id"] for row in (await ok(tom.get("/cycle-uses")))["items"]] == [visit["id"]]
    # a dropped adjustment is in use no more, and a cycle that is over takes nothing
    await ok(act(tom, "cycle-adjustments", adjustment, "drop", reason="Enough."))
    await refused(tom.post(path, json=shown), 409, "adjustment_does_not_fit")
    await set_state(connection, world, cycle, "learning")
    await refused(tom.post(path, json=shown), 409, "wrong_state")
    sent = lena.delete(f"/cycle-uses/{visit['id']}", headers=at(visit))
    await refused(sent, 409, "wrong_state")


async def test_in_a_team_each_member_tries_something_of_their_own(as_, world, connection):
    tom, nina, lena, paul = (as_(who) for who in ("tom", "nina", "lena", "paul"))
    cycle = await of_team(connection, world)
    path = f"/learning-cycles/{cycle.id}/adjustments"
    for who in (lena, paul):  # one leads the team and the other the school
        await refused(who.post(path, json=TRY), 403, "forbidden")
    mine = await new(tom, cycle, "adjustments", TRY)
    assert (mine["teacher_id"], mine["lead_id"], mine["team_id"]) == (
        str(world.tom),
        str(world.lena),
        None,
    )
    one = f"/cycle-adjustments/{mine['id']}"
    for who in (nina, paul):
        assert (await ok(who.get(path)))["items"] == []
        await ok(who.get(one), 404)
    # Lena reads it as Tom's lead, and writes nothing in it
    assert (await ok(lena.get(one)))["permissions"] == []
    await ok(lena.patch(one, json={"text": "X"}, headers=at(mine)), 403)
    await ok(act(lena, "cycle-adjustments", mine, "drop", reason="x"), 403)
    # the most is counted for each
    await new(tom, cycle, "adjustments", TRY)
    await refused(tom.post(path, json=TRY), 409, "too_many_adjustments")
    await new(nina, cycle, "adjustments", TRY)
    # evidence is of one's own, whatever others opened
    shown = {**SHOWN, "adjustment_id": mine["id"]}
    uses = f"/learning-cycles/{cycle.id}/uses"
    await refused(nina.post(uses, json=shown), 409, "unknown_reference")
    mine = await ok(act(tom, "cycle-adjustments", mine, "open"))
    assert (mine["team_id"], mine["permissions"]) == (
        str(world.maths),
        ["edit", "drop", "close_to_team"],
    )
    await refused(act(tom, "cycle-adjustments", mine, "open"), 409, "open_already")
    assert (await ok(nina.get(one)))["permissions"] == []
    await ok(paul.get(one), 404)
    await refused(nina.post(uses, json=shown), 409, "adjustment_does_not_fit")
    use = await new(tom, cycle, "uses", shown)
    await ok(nina.get(f"/cycle-uses/{use['id']}"), 404)
    use = await ok(act(tom, "cycle-uses", use, "open"))
    assert len((await ok(nina.get(uses)))["items"]) == 1
    use = await ok(act(tom, "cycle-uses", use, "close-to-team"))
    assert (await ok(nina.get(uses)))["items"] == []
    mine = await ok(act(tom, "cycle-adjustments", mine, "close-to-team"))
    await ok(nina.get(one), 404)
    # none of it moved the version that the team and the school's leaders read
    assert await version_of(paul, cycle) == 1
    for who in (paul, as_("ada")):
        told = (await ok(who.get("/audit?limit=200")))["items"]
        assert not [row for row in told if row["subject_type"].startswith("cycle_")]


async def test_a_member_without_a_lead_writes_alone_and_one_who_left_keeps_reading(
    as_, world, connection
):
    tom = as_("tom")
    cycle = await of_team(connection, world)
    with_lena = await new(tom, cycle, "adjustments", TRY)
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    assert (await step(as_("paul"), link, "end", json={"reason": "x"})).status_code == 200
    alone = await new(tom, cycle, "adjustments", TRY)
    assert alone["lead_id"] is None
    lenas = (await ok(as_("lena").get("/cycle-adjustments")))["items"]
    assert lenas == []  # a former lead keeps what they wrote, and she wrote none
    changed = tom.patch(
        f"/cycle-adjustments/{with_lena['id']}", json={"text": "Six."}, headers=at(with_lena)
    )
    await ok(changed)
    opened = await ok(act(tom, "cycle-adjustments", alone, "open"))
    roles = (await ok(as_("paul").get(f"/roles?person_id={world.tom}")))["items"]
    [left] = [row for row in roles if row["kind"] == "team_member"]
    await ok(as_("paul").post(f"/roles/{left['id']}/end", headers=at(left)))
    one = f"/cycle-adjustments/{alone['id']}"
    assert (await ok(tom.get(one)))["permissions"] == ["close_to_team"]
    await ok(tom.patch(one, json={"text": "X"}, headers=at(opened)), 403)
    await ok(tom.get(f"/learning-cycles/{cycle.id}/adjustments"), 404)
    assert len((await ok(tom.get("/cycle-adjustments")))["items"]) == 2
    await ok(act(tom, "cycle-adjustments", alone, "close-to-team"))
    await ok(as_("nina").get(one), 404)


async def test_progress_tells_that_and_not_what(as_, world, connection):
    cycle, team = await of_pair(connection, world), await of_team(connection, world)

    async def told(who: str, of: Any) -> dict[str, tuple[bool, bool, bool]]:
        found = (await ok(as_(who).get(f"/learning-cycles/{of.id}/progress")))["items"]
        assert all(set(row) == {"person_id", "adjustment", "use", "reflection"} for row in found)
        return {
            row["person_id"]: (row["adjustment"], row["use"], row["reflection"]) for row in found
        }

    tom, nina = str(world.tom), str(world.nina)
    assert await told("lena", cycle) == {tom: (False, False, False)}
    for of in (cycle, team):
        made = await new(as_("tom"), of, "adjustments", TRY)
        await new(as_("tom"), of, "uses", {**SHOWN, "adjustment_id": made["id"]})
    assert await told("tom", cycle) == {tom: (True, True, False)}
    for who in ("nina", "lena"):
        assert await told(who, team) == {tom: (True, True, False), nina: (False, False, False)}
    await refused(as_("paul").get(f"/learning-cycles/{team.id}/progress"), 403, "forbidden")
    for who in ("paul", "nina", "luis"):
        await ok(as_(who).get(f"/learning-cycles/{cycle.id}/progress"), 404)


async def test_of_two_at_the_same_moment_one_gets_the_last_place(live: Live) -> None:
    world = live.world
    cycle = cycle_of(world, "tom", "lena", number=1, title="a", relationship_id=world.lena_tom)
    await put(live, cycle)
    path = f"/learning-cycles/{cycle.id}"
    await ok(live.as_("tom").post(f"{path}/adjustments", json=TRY), 201)
    answers = await asyncio.gather(
        *(live.as_(who).post(f"{path}/adjustments", json=TRY) for who in ("tom", "lena"))
    )
    assert sorted(a.status_code for a in answers) == [201, 409], [a.text for a in answers]
    # the coaching ends while something is planned in it: whichever comes first, no time is kept
    link = await ok(live.as_("paul").get(f"{PATH}/{world.lena_tom}"))
    planned, ended = await asyncio.gather(
        live.as_("tom").post(f"{path}/activities", json={**TIMED, "who": "lead"}),
        live.as_("paul").post(
            f"{PATH}/{link['id']}/end", json={"reason": "Now."}, headers=at(link)
        ),
    )
    assert ended.status_code == 200, ended.text
    assert planned.status_code in (201, 403), planned.text
    hour = {"teacher_id": str(world.nina), "on": "2026-10-08", "at": "10:00"}
    await ok(live.as_("lena").post("/meetings", json=hour), 201)


async def test_a_series_and_an_activity_do_not_take_one_hour(as_, world, connection):
    cycle = await of_pair(connection, world, "learning")
    await begin(as_, world)
    busy = {**TIMED, "on": "2026-10-07", "at": "15:15", "who": "teacher"}
    sent = as_("lena").post(f"/learning-cycles/{cycle.id}/activities", json=busy)
    clash = await refused(sent, 409, "double_booked")
    assert clash["times"] == [{"on": "2026-10-07", "at": "15:15"}]
