"""A hand-over: both or nothing; what closes at once, what follows the teacher, what is sealed."""

import asyncio
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app import models as m
from app.access.relations import RELATED
from app.auth import keys
from app.core import clock
from app.relationships.hand_over.schemas import SealedType
from app.relationships.hand_over.service import _PAIR_WORK
from tests.contract.checking import contract
from tests.goals.test_goals import act as goal_step
from tests.goals.test_goals import agreed, growth
from tests.meetings.test_meetings import act, begin, of, ok, refused
from tests.parts.sharing import adding
from tests.relationships.test_relationships import PATH, at, pair, propose
from tests.relationships.test_relationships import act as step
from tests.sharing.test_sharing import ON, held, share

pytestmark = pytest.mark.anyio


def to(world: Any, lead: str, **fields: Any) -> dict[str, Any]:
    return {"lead_id": str(getattr(world, lead)), "reason": "A new team.", **fields}


async def hand_over(client: Any, row: dict[str, Any], body: dict[str, Any]) -> Any:
    return await client.post(f"{PATH}/{row['id']}/hand-over", json=body, headers=at(row))


async def tom_to_luis(as_: Any, world: Any) -> dict[str, Any]:
    """Luis follows Lena, and Tom says yes."""
    row = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    made = await ok(hand_over(as_("paul"), row, to(world, "luis")), 201)
    begun: dict[str, Any] = await ok(step(as_("tom"), made, "activate"))
    return begun


async def test_one_lead_goes_and_the_next_is_proposed(as_, world):
    series = await begin(as_, world)
    row = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    assert "hand_over" in row["permissions"]
    body = to(world, "luis", evaluator_scope="none", capacities=["consultant"])
    for who, status in (
        ("tom", 403),
        ("lena", 403),
        ("luis", 404),
        ("bea", 404),
        ("ivy", 404),
        ("zoe", 404),
    ):
        assert (await hand_over(as_(who), row, body)).status_code == status, who
    made = await hand_over(as_("paul"), row, body)
    assert made.status_code == 201, made.text
    new = made.json()
    assert made.headers["location"] == f"/api/v1{PATH}/{new['id']}"
    assert (new["lead_id"], new["teacher_id"], new["school_year_id"]) == (
        str(world.luis),
        str(world.tom),
        str(world.alder_year),
    )
    assert (new["state"], new["primary"], new["evaluator_scope"], new["capacities"]) == (
        "proposed",
        True,
        "none",
        ["consultant"],
    )
    old = await ok(as_("tom").get(f"{PATH}/{world.lena_tom}"))
    assert (old["state"], old["end_reason"]) == ("ended", "A new team.")
    assert old["ended_at"] is not None
    assert {meeting["state"] for meeting in await of(as_, series)} == {"cancelled"}
    events = (await ok(as_("paul").get("/audit?subject_type=coaching_relationship")))["items"]
    assert {(event["action"], event["subject_id"]) for event in events} == {
        ("coaching_relationship.ended", old["id"]),
        ("coaching_relationship.proposed", new["id"]),
    }
    assert "new team" not in str(events)
    again = await hand_over(as_("paul"), old, body)
    assert (again.status_code, again.json()["code"], again.json()["allowed"]) == (
        409,
        "wrong_state",
        [],
    )


async def test_an_administrator_hands_over_a_paused_one_and_the_scope_follows_the_role(as_, world):
    row = await ok(as_("ada").get(f"{PATH}/{world.lena_pia}"))
    new = await ok(hand_over(as_("ada"), row, to(world, "luis")), 201)
    assert (new["evaluator_scope"], new["capacities"]) == ("contributes", ["coach", "evaluator"])
    assert (await ok(as_("pia").get(f"{PATH}/{world.lena_pia}")))["state"] == "ended"


async def test_what_breaks_a_rule_of_proposals_ends_nothing(as_, world):
    await begin(as_, world)
    second = await propose(as_("paul"), pair(world, "luis", "tom", primary=False))
    paul = as_("paul")
    row = await ok(paul.get(f"{PATH}/{world.lena_tom}"))
    for lead, code in (
        ("nina", "not_a_lead"),
        ("tom", "own_lead"),
        ("lena", "relationship_exists"),
        ("luis", "relationship_exists"),
        ("zoe", "unknown_reference"),
    ):
        refusal = await hand_over(paul, row, to(world, lead))
        assert (refusal.status_code, refusal.json()["code"]) == (409, code)
    stale = row | {"version": 7}
    assert (await hand_over(paul, stale, to(world, "nina"))).status_code == 412
    assert (await hand_over(paul, row, {"lead_id": str(world.luis)})).status_code == 422
    assert (await ok(paul.get(f"{PATH}/{world.lena_tom}"))) == row
    meetings = (await ok(as_("lena").get("/meetings")))["items"]
    assert {meeting["state"] for meeting in meetings} == {"scheduled"}
    proposed = await hand_over(paul, second, to(world, "lena"))
    assert (proposed.status_code, proposed.json()["code"]) == (409, "wrong_state")


async def test_a_teacher_who_teaches_there_no_more_keeps_the_lead_there_is(as_, world, connection):
    row = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        number = next(name for name in world.ids if name.endswith("_tom") and "role" in name)
        role = await session.get(m.Role, (world.juniper, world.ids[number]))
        role.ended_on = clock.today("UTC")
        await session.commit()
    refusal = await hand_over(as_("paul"), row, to(world, "luis"))
    assert (refusal.status_code, refusal.json()["code"]) == (409, "not_a_teacher")
    assert (await ok(as_("paul").get(f"{PATH}/{world.lena_tom}")))["state"] == "active"


async def test_the_teacher_reads_what_follows_what_is_sealed_and_what_they_opened(as_, world):
    tom, path = as_("tom"), f"{PATH}/{world.lena_tom}/hand-over"
    goal = await agreed(as_, world)
    said = await tom.post(f"/goals/{goal['id']}/comments", json={"text": "Between us."})
    assert said.status_code == 201
    draft = (await tom.post("/goals", json=growth(world))).json()
    proposed = (await tom.post("/goals", json=growth(world))).json()
    assert (await goal_step(tom, proposed, "propose")).status_code == 200
    await ok(tom.post("/role-notes", json={"kind": "question", "text": "Who?"}), 201)
    meeting = await held(as_, world)
    [found] = (await ok(tom.get("/next-steps")))["items"]
    now = await ok(tom.get(path))
    assert now == {
        "relationship_id": str(world.lena_tom),
        "lead_id": str(world.lena),
        "follows": {
            "goals_in_force": 1,
            "goals_closed": 0,
            "goals_proposed": 1,
            "open_next_steps": 1,
            "open_action_steps": 0,
        },
        "sealed": [],  # Lena leads still
        "shared": [],
    }
    for who, status in (
        ("lena", 403),
        ("paul", 403),
        ("ada", 403),
        ("luis", 404),
        ("nina", 404),
        ("bea", 404),
        ("zoe", 404),
    ):
        assert (await as_(who).get(path)).status_code == status, who

    row = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    made = await ok(hand_over(as_("paul"), row, to(world, "luis")), 201)
    meetings = len((await ok(tom.get("/meetings?limit=200")))["items"])
    sealed = {
        "agenda_item": 2,  # the item went on to the next meeting
        "goal": 2,
        "goal_comment": 1,
        "meeting": meetings,
        "meeting_series": 1,
        "role_note": 1,
    }
    # Nobody leads yet: what comes with the teacher does not count as sealed.
    between = await ok(tom.get(path))
    assert {entry["type"]: entry["count"] for entry in between["sealed"]} == sealed
    await ok(step(tom, made, "activate"))
    assert await ok(tom.get(path)) == between
    copy = await ok(share(tom, meeting, ON))
    after = await ok(tom.get(path))
    assert after["sealed"] == between["sealed"], "the record stays where it is"
    assert after["shared"] == [
        {
            "id": copy["id"],
            "record_type": "meeting",
            "record_id": meeting["id"],
            "record_version": meeting["version"],
            "to_lead_id": str(world.luis),
        }
    ]
    # The counts say what the lists say: the new lead finds none of it, and all that follows.
    for kind in ("meetings", "role-notes", "meeting-series"):
        assert (await ok(as_("luis").get(f"/{kind}")))["items"] == [], kind
    goals = (await ok(as_("luis").get(f"/goals?teacher_id={world.tom}")))["items"]
    assert [row["id"] for row in goals] == [goal["id"]]
    assert draft["id"] != goal["id"]
    steps = (await ok(as_("luis").get("/next-steps")))["items"]
    assert [row["id"] for row in steps] == [found["id"]]
    # Done by the two of today, it is theirs and no more open.
    await ok(act(as_("luis"), "next-steps", found, "finish"))
    assert (await ok(tom.get(path)))["follows"]["open_next_steps"] == 0
    await ok(tom.post(f"/shared-records/{copy['id']}/take-back", headers=at(copy)))
    assert (await ok(tom.get(path)))["shared"] == []
    # For the new relationship nothing is sealed.
    of_luis = await ok(tom.get(f"{PATH}/{made['id']}/hand-over"))
    assert (of_luis["lead_id"], of_luis["sealed"]) == (str(world.luis), [])


def test_whatever_a_pair_writes_is_counted_by_its_type():
    """A new table of a teacher and a lead is counted, or is here with a reason."""
    else_counted = {
        m.CoachingRelationship,  # is what the answer is about
        m.QuestionnaireDraft,  # the teacher's alone
        m.SharedRecord,  # copies, which stand under `shared`
    }
    of_pairs = {
        model for model in RELATED if {"teacher_id", "lead_id"} <= set(model.__table__.c.keys())
    }
    assert of_pairs - else_counted == set(_PAIR_WORK)
    assert set(get_args(SealedType)) == {model.__tablename__ for model in _PAIR_WORK}


async def test_a_draft_welcome_of_the_lead_is_in_no_count(as_, world, connection):
    """Until it is sent it is its author's alone."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        for state in ("draft", "scheduled", "sent"):
            sent_at = clock.now() if state == "sent" else None
            words = {"subject": "Hello", "text": "Welcome.", "state": state, "sent_at": sent_at}
            session.add(m.OutreachMessage(**_pair(world, "lena"), **_below(world), **words))
        await session.commit()
    await tom_to_luis(as_, world)
    found = await ok(as_("tom").get(f"{PATH}/{world.lena_tom}/hand-over"))
    assert found["sealed"] == [{"type": "outreach_message", "count": 1}]


def _pair(world: Any, author: str) -> dict[str, Any]:
    return {
        "district_id": world.juniper,
        "school_id": world.alder,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "author_id": getattr(world, author),
    }


def _below(world: Any) -> dict[str, Any]:
    return {"relationship_id": world.lena_tom}


async def _written(add: Any, world: Any, author: str) -> dict[str, Any]:
    """One of everything that Tom and Lena write with each other, by one of them: address → row."""
    pair_, below = _pair(world, author), _below(world)
    today, now = date(2026, 9, 1), clock.now()
    when = {"at": "15:00", "zone": "America/Denver", "minutes": 30}
    rows: dict[str, Any] = {}

    async def put(address: str, row: Any) -> Any:
        await add(address, row)
        rows[address] = row
        return row

    # Of last year, where nothing else of this year is in the way of one introduction, one
    # conversation of a kind, one version with a number.
    link = m.CoachingRelationship(
        district_id=world.juniper,
        school_id=world.alder,
        school_year_id=world.alder_past,
        lead_id=world.lena,
        teacher_id=world.tom,
        evaluator_scope="none",
        state="ended",
        ended_at=now - timedelta(days=150),
    )
    await add("", link)
    last_year = {"relationship_id": link.id}
    goal = m.Goal(
        **pair_,
        level="individual",
        kind="growth",
        state="draft",
        title="Wait longer",
        school_year_id=world.alder_year,
    )
    await put("goals", goal)
    under = {**pair_, "goal_id": goal.id, "level": "individual"}
    measure = m.GoalMeasure(
        district_id=world.juniper,
        goal_id=goal.id,
        position=0,
        name="Seconds",
        unit="s",
        target=3,
        direction="increase",
    )
    await add("", measure)
    await put("goal-comments", m.GoalComment(**under, kind="comment", text="Well."))
    await put("goal-progress", m.GoalProgress(**under, measure_id=measure.id, on=today, value=1))
    content = {"content": {"title": "New"}, "kind": "content"}
    waiting = m.GoalRevision(**under, **content, state="withdrawn", decided_at=now)
    await put("goal-revisions", waiting)
    series = m.MeetingSeries(
        **pair_,
        **below,
        **when,
        school_year_id=world.alder_year,
        every_weeks=1,
        first_on=today,
        last_on=today,
        state="ended",
        end_reason="Over.",
    )
    await put("meeting-series", series)
    meeting = m.Meeting(
        **pair_,
        **below,
        **when,
        due_on=today,
        on=today,
        starts_at=now,
        ends_at=now,
        led_by="teacher",
        focus="check_in",
        state="completed",
        completed_at=now,
    )
    await put("meetings", meeting)
    of_meeting = {**pair_, "meeting_id": meeting.id}
    await put("agenda-items", m.AgendaItem(**of_meeting, position=1, text="Seating"))
    done = m.NextStep(
        **of_meeting, owner_id=world.tom, text="Try.", due_on=today, state="done", closed_at=now
    )
    await put("next-steps", done)
    await put("meeting-feedback", m.MeetingFeedback(**of_meeting, structure=4, content=4))
    review = {"agenda_changed": True, "schedule_changed": False, "text": "Shorter."}
    await put("series-reviews", m.SeriesReview(**pair_, series_id=series.id, **review))
    await put("role-notes", m.RoleNote(**pair_, **below, kind="question", text="Who?"))
    told = {"text": "We learn.", "introduced_by": "both"}
    await put("introductions", m.Introduction(**pair_, **last_year, **told))
    hello = {"subject": "Hello", "text": "Welcome.", "state": "sent", "sent_at": now}
    await put("outreach-messages", m.OutreachMessage(**pair_, **last_year, **hello))
    asked = m.Questionnaire(
        **pair_, **last_year, template_id=world.getting_to_know_you, state="submitted"
    )
    asked.submitted_at = now
    await put("questionnaires", asked)
    answers = {"number": 1, "answers": {"called": "Tom"}}
    await put(
        "questionnaire-submissions",
        m.QuestionnaireSubmission(
            **pair_, questionnaire_id=asked.id, template_id=asked.template_id, **answers
        ),
    )
    await put(
        "conversations",
        m.Conversation(
            **pair_,
            **last_year,
            kind="beginning_of_year",
            template_id=world.beginning_of_year,
            state="held",
            on=today,
            at="15:00",
            zone="UTC",
            minutes=40,
            starts_at=clock.now(),
            ends_at=clock.now(),
            held_on=today,
        ),
    )
    one: dict[str, Any] = {"number": 1, "answers": {}}
    preferred = {"template_id": world.coaching_and_observation, "from_on": today}
    await put(
        "coaching-preferences", m.CoachingPreferences(**pair_, **last_year, **one, **preferred)
    )
    norms = {"template_id": world.coaching_agreement, "review_on": today}
    await put("coaching-agreements", m.CoachingAgreement(**pair_, **last_year, **one, **norms))
    return rows


#: of what the two wrote, what a lead never keeps: the teacher's own words, and the teacher's goals
_NEVER_KEPT = {
    "goals",
    "goal-revisions",
    "meeting-feedback",
    "questionnaire-submissions",
    "coaching-preferences",
}


async def test_ending_closes_every_record_of_the_pair_but_what_the_lead_wrote_for_90_days(
    as_, app, world, connection: AsyncConnection, ticking
):
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        by_tom = await _written(adding(session), world, "tom")
        by_lena = await _written(adding(session), world, "lena")
        await session.commit()
    paths = contract(app).document["paths"]
    served = {
        path.split("/")[3]: path.replace("/api/v1", "")
        for path in paths
        if path.count("/") == 4 and path.endswith("}") and "get" in paths[path]
    }
    kinds = [kind for kind in by_tom if kind in served]
    assert {"goals", "meetings", "next-steps", "role-notes", "introductions"} <= set(kinds)

    async def reads(who: str, rows: dict[str, Any]) -> set[str]:
        found = set()
        for kind in kinds:
            answer = await as_(who).get(f"/{kind}/{rows[kind].id}")
            assert answer.status_code in (200, 404), answer.text
            if answer.status_code == 200:
                found.add(kind)
        return found

    for who in ("lena", "tom"):
        for rows in (by_tom, by_lena):
            assert await reads(who, rows) == set(kinds), who
    new = await tom_to_luis(as_, world)
    assert await reads("lena", by_tom) == set()
    assert await reads("lena", by_lena) == set(kinds) - _NEVER_KEPT
    assert await reads("luis", by_tom) == await reads("luis", by_lena) == set()
    assert await reads("tom", by_tom) == await reads("tom", by_lena) == set(kinds)
    ticking.move(days=91)
    assert await reads("lena", by_lena) == set()
    assert new["lead_id"] == str(world.luis)


async def test_two_hand_over_at_the_same_moment(live):
    row = await ok(live.as_("paul").get(f"{PATH}/{live.world.lena_tom}"))
    answers = await asyncio.gather(
        *(hand_over(live.as_(who), row, to(live.world, "luis")) for who in ("paul", "ada"))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 201
    assert statuses[1] in (409, 412)
    found = (await ok(live.as_("tom").get(PATH)))["items"]
    assert sorted(entry["state"] for entry in found) == ["ended", "proposed"]


async def test_a_lead_who_writes_at_that_moment_writes_before_or_not_at_all(live):
    """Nothing is lost: what was answered with 201 is there, and ends with the rest."""
    world = live.world
    row = await ok(live.as_("paul").get(f"{PATH}/{world.lena_tom}"))
    note = {"kind": "question", "text": "When?", "teacher_id": str(world.tom)}
    done, said = await asyncio.gather(
        hand_over(live.as_("paul"), row, to(world, "luis")),
        live.as_("lena").post("/role-notes", json=note),
    )
    assert done.status_code == 201, done.text
    assert said.status_code in (201, 409)
    written = (await ok(live.as_("tom").get("/role-notes")))["items"]
    assert len(written) == (said.status_code == 201)
    late = live.as_("lena").post("/role-notes", json=note)
    await refused(late, 409, "unknown_reference")
