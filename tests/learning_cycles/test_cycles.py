"""Learning cycles end to end: gates, the close with its goal, the chain, teams, and what an end of
coaching leaves."""

from collections.abc import Iterable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.access.actor import Actor
from app.auth import keys
from app.relationships.service import end_with_year
from tests.goals.test_goals import agreed, at, growth
from tests.goals.test_pair import change_lead
from tests.learning_cycles import setting
from tests.meetings.test_meetings import act, ok, refused
from tests.parts.cycles import activity, adjustment, fill, intention, reflection, use
from tests.world import Ticking

pytestmark = pytest.mark.anyio
CYCLES = "learning-cycles"
MET = {
    "goal_outcome": "met",
    "outcome_evidence": "Nine lessons of ten had checks.",
    "decision": "none",
}


@asynccontextmanager
async def tables(connection: Any, world: Any) -> Any:
    """The tables, for what other features write."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        yield session
        await session.commit()


async def begin(as_: Any, who: str = "tom", **fields: Any) -> Any:
    """A cycle of Tom's as one of the two begins it, or with a team and a year, the team's."""
    return await ok(as_(who).post(f"/{CYCLES}", json={"level": "individual", **fields}), 201)


async def begin_team(as_: Any, world: Any, **fields: Any) -> Any:
    """A cycle of the maths team."""
    of_team = {"team_id": str(world.maths), "school_year_id": str(world.alder_year)}
    return await begin(as_, "lena", level="team", **of_team, **fields)


async def advance_to(as_: Any, world: Any, connection: Any, cycle: Any, goal: Any, to: str) -> Any:
    """The cycle in another phase, each gate filled before it is passed."""
    for phase in ("intention", "learning", "application"):
        if cycle["state"] == to:
            break
        async with tables(connection, world) as session:
            await fill(session, cycle["id"], phase, goal["id"])
        cycle = await ok(act(as_("tom"), CYCLES, cycle, "advance"))
    assert cycle["state"] == to
    return cycle


async def reflecting(as_: Any, world: Any, connection: Any, goal: Any, **fields: Any) -> Any:
    """A cycle in which both have reflected."""
    cycle = await begin(as_, **fields)
    cycle = await advance_to(as_, world, connection, cycle, goal, "reflection")
    async with tables(connection, world) as session:
        await fill(session, cycle["id"], "reflection")
    return cycle


async def closed(as_: Any, world: Any, connection: Any, goal: Any, **conclusion: Any) -> Any:
    """A cycle that Tom concluded and Lena closed."""
    cycle = await reflecting(as_, world, connection, goal)
    await ok(act(as_("tom"), CYCLES, cycle, "conclude", **{**MET, **conclusion}))
    return await ok(act(as_("lena"), CYCLES, cycle, "close"))


async def lacks(as_: Any, cycle: Any, who: str = "tom") -> list[str]:
    """The codes of what is missing, which is what the refusal says."""
    gate = await ok(as_(who).get(f"/{CYCLES}/{cycle['id']}/gate"))
    return codes(gate["missing"])


def codes(missing: Iterable[Any]) -> list[str]:
    return [lack["code"] for lack in missing]


async def test_a_cycle_goes_through_its_gates_and_closes_its_goal_with_it(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    goal = await agreed(as_, world)
    cycle = await begin(as_, template_id=str(world.learning_cycle_plan))
    assert (cycle["number"], cycle["state"], cycle["title"]) == (
        1,
        "intention",
        "Learning-cycle plan",
    )
    for stranger in ("paul", "ada", "luis", "nina", "ben"):
        await ok(as_(stranger).get(f"/{CYCLES}/{cycle['id']}"), 404)
    first = await refused(act(tom, CYCLES, cycle, "advance"), 409, "cycle_gate")
    assert codes(first["missing"]) == [
        "data_points",
        "qualitative_data",
        "quantitative_data",
        "ranking",
        "goal",
        "success_teacher",
        "success_peers",
        "success_students",
    ]
    assert await lacks(as_, cycle, "lena") == codes(first["missing"])
    cycle = await advance_to(as_, world, connection, cycle, goal, "learning")
    assert await lacks(as_, cycle) == ["activities", "adjustments"]
    async with tables(connection, world) as session:
        row = await one(session, cycle)
        tried = [adjustment(row, world.tom) for _ in range(3)]
        session.add_all([activity(row, state="planned", done_on=None), *tried])
    # a plan without a day does not count, and three adjustments are too many
    assert await lacks(as_, cycle) == ["activities", "adjustments_most"]
    async with tables(connection, world) as session:
        row = await one(session, cycle)
        await session.execute(update(m.CycleActivity).values(on=date(2026, 10, 9)))
        await session.execute(
            update(m.CycleAdjustment)
            .where(m.CycleAdjustment.id == tried[0].id)
            .values(state="dropped", reason="Too large.")
        )
    cycle = await ok(act(lena, CYCLES, cycle, "advance"))
    async with tables(connection, world) as session:
        session.add(use(await one(session, cycle), tried[0], world.tom))
    # what shows an adjustment that was given up shows none in use
    assert await lacks(as_, cycle) == ["applications"]
    async with tables(connection, world) as session:
        session.add(use(await one(session, cycle), tried[1], world.tom))
    cycle = await ok(act(tom, CYCLES, cycle, "advance"))
    assert await lacks(as_, cycle) == ["reflection", "feedback", "conclusion"]
    async with tables(connection, world) as session:
        row = await one(session, cycle)
        session.add(reflection(row, world.tom, on_students=None))
        session.add(reflection(row, world.lena))
    assert await lacks(as_, cycle) == ["reflection", "conclusion"]
    async with tables(connection, world) as session:
        of_tom = m.CycleReflection.author_id == world.tom
        said = {"on_students": "They ask each other."}
        await session.execute(update(m.CycleReflection).where(of_tom).values(**said))
    goes_on = {**MET, "decision": "continue", "closes_goal": True}
    await refused(act(lena, CYCLES, cycle, "conclude", **goes_on), 409, "goal_goes_on")
    concluded = await ok(act(lena, CYCLES, cycle, "conclude", **MET, closes_goal=True))
    assert ("close" in concluded["permissions"], concluded["state"]) == (False, "reflection")
    await refused(act(lena, CYCLES, cycle, "close"), 409, "conclusion_waits")
    # a different conclusion takes the first one's yes away
    other = {**MET, "goal_outcome": "partly_met"}
    seen = await ok(act(tom, CYCLES, cycle, "conclude", **other, closes_goal=True))
    assert (seen["lead_yes_at"], seen["teacher_yes_at"] is None) == (None, False)
    await refused(act(tom, CYCLES, cycle, "close"), 409, "conclusion_waits")
    done = await ok(act(lena, CYCLES, cycle, "close"))
    assert (done["state"], done["phase"], done["goal_outcome"]) == (
        "closed",
        "reflection",
        "partly_met",
    )
    ended = await ok(as_("paul").get(f"/goals/{goal['id']}"))
    assert (ended["state"], ended["outcome"]) == ("closed", "partly_met")
    [revision] = (await ok(tom.get(f"/goals/{goal['id']}/revisions")))["items"]
    assert (revision["kind"], revision["state"]) == ("closing", "agreed")
    rests_on = await ok(tom.get(f"/goal-revisions/{revision['id']}/evidence"))
    assert [said["text"] for said in rests_on["evidence"]] == [MET["outcome_evidence"]]
    async with tables(connection, world) as session:
        of_revision = m.GoalAgreement.revision_id == UUID(revision["id"])
        yes = await session.execute(
            select(m.GoalAgreement.person_id, m.GoalAgreement.capacity).where(of_revision)
        )
        assert {tuple(row) for row in yes} == {(world.tom, "teacher"), (world.lena, "lead")}
    moves = (await ok(lena.get(f"/{CYCLES}/{cycle['id']}/moves")))["items"]
    assert [(move["to_state"], move["author_id"]) for move in moves] == [
        ("learning", str(world.tom)),
        ("application", str(world.lena)),
        ("reflection", str(world.tom)),
        ("closed", str(world.lena)),
    ]


async def one(session: AsyncSession, cycle: Any) -> Any:
    """The cycle's row."""
    return await session.scalar(
        select(m.LearningCycle).where(m.LearningCycle.id == UUID(cycle["id"]))
    )


async def test_what_the_goal_refuses_refuses_the_whole_close(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    goal = await agreed(as_, world)
    cycle = await reflecting(as_, world, connection, goal)
    cycle = await ok(act(tom, CYCLES, cycle, "conclude", **MET, closes_goal=True))
    changed = {"content": {"title": "Another"}}
    revision = await ok(
        tom.post(f"/goals/{goal['id']}/revisions", json=changed, headers=at(goal)), 201
    )
    await refused(act(lena, CYCLES, cycle, "close"), 409, "revision_open")
    after = await ok(lena.get(f"/{CYCLES}/{cycle['id']}"))
    assert (after["version"], after["state"], after["lead_yes_at"]) == (
        cycle["version"],
        "reflection",
        None,
    )
    notes = await ok(tom.get(f"/goals/{goal['id']}/comments"))
    assert notes["items"] == []
    path = f"/goal-revisions/{revision['id']}/withdraw"
    await ok(tom.post(path, headers=at(revision)))
    # closed elsewhere meanwhile: the cycle goes on, and may not close it again
    goal = await ok(tom.get(f"/goals/{goal['id']}"))
    given_up = {"outcome": "abandoned"}
    await ok(tom.post(f"/goals/{goal['id']}/close", json=given_up, headers=at(goal)))
    [_, closing] = (await ok(lena.get(f"/goals/{goal['id']}/revisions")))["items"]
    await ok(lena.post(f"/goal-revisions/{closing['id']}/agree", headers=at(closing)))
    await refused(act(lena, CYCLES, cycle, "close"), 409, "goal_not_to_close")
    again = act(lena, CYCLES, cycle, "conclude", **MET, closes_goal=True)
    await refused(again, 409, "goal_not_to_close")
    await ok(act(lena, CYCLES, cycle, "conclude", **MET))
    done = await ok(act(tom, CYCLES, cycle, "close"))
    assert (done["state"], done["goal_outcome"]) == ("closed", "met")
    assert (await ok(tom.get(f"/goals/{goal['id']}")))["outcome"] == "abandoned"


async def test_an_slo_under_approval_is_not_closed_with_a_cycle(as_, world, connection):
    goal = await agreed(as_, world)
    cycle = await reflecting(as_, world, connection, goal)
    await ok(act(as_("tom"), CYCLES, cycle, "conclude", **MET, closes_goal=True))
    async with tables(connection, world) as session:
        await session.execute(
            update(m.Goal)
            .where(m.Goal.id == UUID(goal["id"]))
            .values(kind="student_learning", approval="submitted")
        )
    await refused(act(as_("lena"), CYCLES, cycle, "close"), 409, "slo_submitted")
    assert (await ok(as_("tom").get(f"/goals/{goal['id']}")))["state"] == "agreed"


async def test_who_begins_a_cycle_and_for_whom(as_, world):
    body = {"level": "individual", "teacher_id": str(world.tom)}
    assert (await begin(as_, "lena", teacher_id=str(world.tom)))["number"] == 1
    assert (await begin(as_))["number"] == 2
    for who, status, code in (
        ("paul", 403, "forbidden"),
        ("luis", 409, "unknown_reference"),
        ("nina", 409, "unknown_reference"),
    ):
        await refused(as_(who).post(f"/{CYCLES}", json=body), status, code)
    for who in ("uma", "pia"):
        alone = as_(who).post(f"/{CYCLES}", json={"level": "individual"})
        await refused(alone, 409, "coaching_not_active")
    team = {"level": "team", "team_id": str(world.maths), "school_year_id": str(world.alder_year)}
    both = {**team, "teacher_id": str(world.tom)}
    for wrong in (both, {"level": "team"}, {**both, "level": "individual"}):
        await refused(as_("lena").post(f"/{CYCLES}", json=wrong), 409, "cycle_owner_unclear")
    astray = {**team, "school_year_id": str(world.birch_year)}
    await refused(as_("lena").post(f"/{CYCLES}", json=astray), 409, "unknown_reference")
    for member in ("tom", "paul"):
        await refused(as_(member).post(f"/{CYCLES}", json=team), 403, "forbidden")
    other_kind = {**body, "template_id": str(world.welcome)}
    await refused(as_("lena").post(f"/{CYCLES}", json=other_kind), 409, "template_not_usable")


async def test_the_next_cycle_is_filled_by_what_was_decided(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    goal = await agreed(as_, world)
    first = await closed(as_, world, connection, goal, decision="continue")
    unfinished = await begin(as_)
    early = tom.post(f"/{CYCLES}", json={"level": "individual", "previous_id": unfinished["id"]})
    await refused(early, 409, "previous_does_not_fit")
    following = await begin(as_, "lena", teacher_id=str(world.tom), previous_id=first["id"])
    assert (following["title"], following["goal_id"], following["previous_id"]) == (
        first["title"],
        None,
        first["id"],
    )
    assert await held(connection, world, following) == {
        "goals": [goal["id"]],
        "lenses": ["peers", "students", "teacher"],
        "adjustments": 1,
    }
    fork = tom.post(f"/{CYCLES}", json={"level": "individual", "previous_id": first["id"]})
    await refused(fork, 409, "cycle_has_successor")
    # one that was given up makes room
    await ok(act(tom, CYCLES, following, "abandon", reason="Begin anew."))
    for decision, kept in (("adjust", 1), ("new_goal", 0)):
        async with tables(connection, world) as session:
            of_first = m.LearningCycle.id == UUID(first["id"])
            await session.execute(update(m.LearningCycle).where(of_first).values(decision=decision))
        another = await begin(as_, previous_id=first["id"], title="Another")
        assert await held(connection, world, another) == {
            "goals": [goal["id"]] * kept,
            "lenses": ["peers", "students", "teacher"] * kept,
            "adjustments": 0,
        }
        await ok(act(lena, CYCLES, another, "abandon", reason="Begin anew."))
    chain = (await ok(lena.get(f"/{CYCLES}/{following['id']}/chain")))["items"]
    assert [item["number"] for item in chain] == [1, 3]
    whole = (await ok(tom.get(f"/{CYCLES}/{first['id']}/chain")))["items"]
    assert [item["number"] for item in whole] == [1, 3, 4, 5]


async def weigh(as_: Any, path: str, candidate: Any) -> Any:
    """Both rank the one candidate, then both choose it; the choice."""
    for who in ("tom", "lena"):
        hidden = setting.step(
            as_, path, who, "choose-goal", candidate_id=candidate["id"], reason="So."
        )
        await refused(hidden, 409, "rankings_hidden")
        await ok(setting.rank(as_, path, who, candidate["id"]))
    for who, joint in (("lena", False), ("tom", True)):
        chosen = await ok(
            setting.step(
                as_, path, who, "choose-goal", candidate_id=candidate["id"], reason=f"{who} says so"
            )
        )
        assert (chosen["goal_id"] == candidate["goal_id"], chosen["goal_id"] is None) == (
            joint,
            not joint,
        )
    return chosen


async def test_a_goal_that_goes_on_is_weighed_anew_by_both(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    goal = await agreed(as_, world)
    cycle = await begin(as_)
    path = f"/{CYCLES}/{cycle['id']}"
    first = await ok(
        tom.post(f"{path}/candidates", json={"goal_id": goal["id"], "why": "Yes."}), 201
    )
    await weigh(as_, path, first)
    for more in (
        {"kind": "qualitative", "text": "Quiet."},
        {"kind": "quantitative", "value": 2, "unit": "checks"},
    ):
        await ok(lena.post(f"{path}/data-points", json={"source": "survey", **more}), 201)
    for lens in ("teacher", "peers", "students"):
        said = {"lens": lens, "text": f"As {lens} see it.", "explanation": "As agreed."}
        await ok(lena.post(f"{path}/success-indicators", json=said), 201)
    cycle = await ok(tom.get(path))
    cycle = await ok(act(tom, CYCLES, cycle, "advance"))
    cycle = await learned(as_, world, connection, cycle)
    await ok(act(tom, CYCLES, cycle, "conclude", **{**MET, "decision": "adjust"}))
    await ok(act(lena, CYCLES, cycle, "close"))

    following = await begin(as_, "lena", teacher_id=str(world.tom), previous_id=cycle["id"])
    path = f"/{CYCLES}/{following['id']}"
    choice = await ok(tom.get(f"{path}/choice"))
    assert (choice["goal_id"], choice["choice_reason"], choice["revealed_at"]) == (None,) * 3
    # named by whoever began it, and chosen by nobody: what they said of it then was of then
    [kept] = choice["candidates"]
    assert (kept["goal_id"], kept["author_id"]) == (goal["id"], str(world.lena))
    past = ("why", "teacher_chose_at", "teacher_reason", "lead_chose_at", "lead_reason")
    assert [kept[name] for name in past] == [None] * 5
    assert kept["id"] != first["id"]
    again = tom.post(f"{path}/candidates", json={"goal_id": goal["id"]})
    await refused(again, 409, "candidate_exists")
    assert {"ranking", "goal"} <= {*await lacks(as_, following)}
    await weigh(as_, path, kept)
    assert await lacks(as_, following) == ["data_points", "qualitative_data", "quantitative_data"]


async def learned(as_: Any, world: Any, connection: Any, cycle: Any) -> Any:
    """A cycle that learns, in its reflection with both reflections shared."""
    for phase in ("learning", "application"):
        async with tables(connection, world) as session:
            await fill(session, cycle["id"], phase)
        cycle = await ok(act(as_("tom"), CYCLES, cycle, "advance"))
    async with tables(connection, world) as session:
        await fill(session, cycle["id"], "reflection")
    return cycle


async def held(connection: Any, world: Any, cycle: Any) -> dict[str, Any]:
    """What a cycle was filled with."""
    async with tables(connection, world) as session:

        async def of(column: Any, model: Any) -> list[Any]:
            found = select(column).where(model.cycle_id == UUID(cycle["id"]))
            return list(await session.scalars(found))

        return {
            "goals": [str(one) for one in await of(m.CycleCandidate.goal_id, m.CycleCandidate)],
            "lenses": sorted(await of(m.CycleSuccessIndicator.lens, m.CycleSuccessIndicator)),
            "adjustments": len(await of(m.CycleAdjustment.id, m.CycleAdjustment)),
        }


async def test_an_end_of_coaching_gives_cycles_up_and_frees_goal_and_time(as_, world, connection):
    tom, luis = as_("tom"), as_("luis")
    goal = await agreed(as_, world)
    last = await closed(as_, world, connection, goal, decision="continue")
    running = await begin(as_, title="Between Tom and Lena")
    running = await advance_to(as_, world, connection, running, goal, "learning")
    async with tables(connection, world) as session:
        row = await one(session, running)
        starts = datetime(2026, 10, 12, 15, tzinfo=UTC)
        ends = starts + timedelta(hours=1)
        when = {"on": starts.date(), "starts_at": starts, "ends_at": ends}
        visit = activity(row, state="planned", done_on=None, **when)
        session.add(visit)
        await session.flush()
        took = {"source": "activity", "source_id": visit.id, "during": Range(starts, ends)}
        session.add(m.Booking(district_id=world.juniper, person_id=world.tom, **took))
    paused = await begin(as_)
    await ok(act(tom, CYCLES, paused, "pause"))
    await change_lead(as_, world)
    for cycle in (running, paused):
        after = await ok(tom.get(f"/{CYCLES}/{cycle['id']}"))
        assert (after["state"], after["reason"]) == ("abandoned", "coaching_ended")
        # a copy for a leader is still the teacher's to share, as of all that is theirs
        assert after["permissions"] == ["read_gate", "share", "read_progress"]
        await ok(luis.get(f"/{CYCLES}/{cycle['id']}"), 404)
    moves = (await ok(tom.get(f"/{CYCLES}/{running['id']}/moves")))["items"]
    assert moves[-1]["author_id"] == str(world.paul)
    async with tables(connection, world) as session:
        planned = await session.get_one(m.CycleActivity, (world.juniper, visit.id))
        assert (planned.state, planned.reason) == ("dropped", "coaching_ended")
        taken = select(m.Booking.id).where(m.Booking.source_id == visit.id)
        assert await session.scalar(taken) is None
    # the lead before reads for a while what they wrote; nobody learns it from the next lead's
    told = await ok(tom.get(f"/{CYCLES}/{last['id']}/audience"))
    assert [reader["relation"] for reader in told["readers"]] == ["teacher"]
    unseen = {"level": "individual", "teacher_id": str(world.tom), "previous_id": last["id"]}
    await refused(luis.post(f"/{CYCLES}", json=unseen), 409, "unknown_reference")
    following = await begin(as_, previous_id=last["id"])
    assert following["title"] == f"Learning cycle {following['number']}"
    assert await held(connection, world, following) == {
        "goals": [goal["id"]],
        "lenses": [],
        "adjustments": 0,
    }
    chain = (await ok(luis.get(f"/{CYCLES}/{following['id']}/chain")))["items"]
    assert [item["id"] for item in chain] == [following["id"]]
    # the goal is free for the two who work on it now
    async with tables(connection, world) as session:
        this = m.LearningCycle.id == UUID(following["id"])
        await session.execute(update(m.LearningCycle).where(this).values(goal_id=UUID(goal["id"])))


async def test_the_end_of_the_year_gives_cycles_up_and_no_person_did_it(as_, world, connection):
    cycle = await begin(as_, "lena", teacher_id=str(world.tom))
    Ticking.of_test.move_to("2027-07-20T12:00:00+00:00")
    async with tables(connection, world) as session:
        await end_with_year(session, Actor.operator(world.juniper, "America/Denver"))
    after = await ok(as_("tom").get(f"/{CYCLES}/{cycle['id']}"))
    assert after["state"] == "abandoned"
    [move] = (await ok(as_("tom").get(f"/{CYCLES}/{cycle['id']}/moves")))["items"]
    assert (move["author_id"], move["reason"]) == (None, "coaching_ended")
    # Lena wrote it, and reads it for the days of the policy
    told = await ok(as_("lena").get(f"/{CYCLES}/{cycle['id']}/audience"))
    assert [reader["relation"] for reader in told["readers"]] == ["former_lead", "teacher"]


async def test_a_teams_gate_counts_each_member_and_names_none(as_, world, connection):
    lena, nina, paul = as_("lena"), as_("nina"), as_("paul")
    goal = await ok(
        lena.post(
            "/goals",
            json=growth(
                world, level="team", team_id=str(world.maths), teacher_id=None, title="Ours"
            ),
        ),
        201,
    )
    goal = await ok(lena.post(f"/goals/{goal['id']}/publish", headers=at(goal)))
    cycle = await begin_team(as_, world)
    path = f"/{CYCLES}/{cycle['id']}"
    members = (await ok(lena.get(f"{path}/members")))["items"]
    assert {row["person_id"] for row in members} == {str(world.tom), str(world.nina)}
    # a member reads their own place; the school's leaders the cycle, and neither places nor gate
    assert [r["person_id"] for r in (await ok(nina.get(f"{path}/members")))["items"]] == [
        str(world.nina)
    ]
    assert (await ok(paul.get(path)))["permissions"] == []
    assert (await ok(paul.get(f"{path}/members")))["items"] == []
    for reader in (paul, nina):
        await refused(reader.get(f"{path}/gate"), 403, "forbidden")
    async with tables(connection, world) as session:
        row = await one(session, cycle)
        session.add_all(intention(row, UUID(goal["id"]), []))
        row.goal_id = UUID(goal["id"])
    # nothing says who ranked, or how many, before that is revealed
    assert await lacks(as_, cycle, "lena") == ["ranking"]
    async with tables(connection, world) as session:
        (await one(session, cycle)).revealed_at = datetime(2026, 10, 5, tzinfo=UTC)
    assert await lacks(as_, cycle, "lena") == ["ranking_lead", "ranking_members"]
    async with tables(connection, world) as session:
        row = await one(session, cycle)
        [ranked] = [r for r in intention(row, UUID(goal["id"]), [world.lena]) if is_ranking(r)]
        session.add(ranked)
    assert await lacks(as_, cycle, "lena") == ["ranking_members"]
    async with tables(connection, world) as session:
        row = await one(session, cycle)
        [ranked] = [r for r in intention(row, UUID(goal["id"]), [world.tom]) if is_ranking(r)]
        session.add(ranked)
    # half of the members are enough
    cycle = await ok(act(lena, CYCLES, cycle, "advance"))
    async with tables(connection, world) as session:
        row = await one(session, cycle)
        tried = adjustment(row, world.tom)
        session.add_all([activity(row), tried])
    [lack] = (await refused(act(lena, CYCLES, cycle, "advance"), 409, "cycle_gate"))["missing"]
    assert lack == {
        "code": "adjustments",
        "message": "Of 2 members, 1 have no adjustment yet.",
    }
    [place] = [row for row in members if row["person_id"] == str(world.nina)]
    why = {"what": "adjustments", "reason": "New in the team."}
    await refused(
        nina.post(f"/cycle-members/{place['id']}/waive", json=why, headers=at(place)),
        403,
        "forbidden",
    )
    waived = await ok(act(lena, "cycle-members", place, "waive", **why))
    assert (waived["adjustments_waived"], waived["use_waived"]) == ("New in the team.", None)
    assert (await ok(paul.get(path)))["version"] == cycle["version"]
    await ok(as_("tom").get(f"/cycle-members/{place['id']}"), 404)
    cycle = await ok(act(lena, CYCLES, cycle, "advance"))
    async with tables(connection, world) as session:
        session.add(use(await one(session, cycle), tried, world.tom))
    # who has no adjustment to make has none to show
    cycle = await ok(act(lena, CYCLES, cycle, "advance"))
    assert await lacks(as_, cycle, "lena") == ["reflection", "conclusion"]
    async with tables(connection, world) as session:
        session.add(reflection(await one(session, cycle), world.tom))
        in_team = (m.Role.person_id == world.nina) & (m.Role.kind == "team_member")
        role = await session.scalar(select(m.Role.id).where(in_team))
    role = await ok(paul.get(f"/roles/{role}"))
    await ok(paul.post(f"/roles/{role['id']}/end", headers=at(role)))
    # nobody waits for who left the team
    assert await lacks(as_, cycle, "lena") == ["conclusion"]
    assert (await ok(lena.get(f"/cycle-members/{place['id']}")))["left_on"] == "2026-10-05"
    await ok(nina.get(path), 404)
    await ok(act(lena, CYCLES, cycle, "conclude", **MET, closes_goal=True))
    done = await ok(act(lena, CYCLES, cycle, "close"))
    assert done["state"] == "closed"
    assert (await ok(lena.get(f"/goals/{goal['id']}")))["state"] == "closed"
    late = act(lena, "cycle-members", place, "waive", **why)
    await refused(late, 409, "cycle_is_over")


def is_ranking(row: Any) -> bool:
    """Whether the row is somebody's ranking."""
    return isinstance(row, m.CycleRanking)


async def test_a_new_member_is_taken_in_and_an_old_one_stays_as_they_are(as_, world, connection):
    cycle = await begin_team(as_, world)
    async with tables(connection, world) as session:
        session.add(
            m.Role(
                district_id=world.juniper,
                person_id=world.uma,
                kind="team_member",
                school_id=world.alder,
                team_id=world.maths,
                started_on=date(2026, 10, 5),
            )
        )
    path = f"/{CYCLES}/{cycle['id']}"
    taken = await ok(as_("lena").post(f"{path}/members", headers=at(cycle)))
    again = await ok(as_("lena").post(f"{path}/members", headers=at(taken)))
    assert (taken["version"], again["version"]) == (2, 2)
    members = (await ok(as_("lena").get(f"{path}/members")))["items"]
    assert len(members) == 3
    individual = await begin(as_)
    none = as_("tom").post(f"/{CYCLES}/{individual['id']}/members", headers=at(individual))
    await refused(none, 403, "forbidden")


async def test_back_pause_and_what_a_pause_of_coaching_leaves(as_, world, connection):
    tom, lena, paul = as_("tom"), as_("lena"), as_("paul")
    goal = await agreed(as_, world)
    cycle = await reflecting(as_, world, connection, goal)
    await ok(act(tom, CYCLES, cycle, "conclude", **MET))
    back = await ok(act(lena, CYCLES, cycle, "back", reason="One more video."))
    assert (back["state"], back["reason"], back["teacher_yes_at"], back["decision"]) == (
        "application",
        "One more video.",
        None,
        "none",
    )
    cycle = await ok(act(lena, CYCLES, cycle, "advance"))
    # the words are there still, and nobody stands by them
    assert (await lacks(as_, cycle), "close" in cycle["permissions"]) == (["conclusion"], False)
    cycle = await ok(act(tom, CYCLES, cycle, "pause"))
    assert (cycle["state"], cycle["phase"]) == ("paused", "reflection")
    edit = tom.patch(f"/{CYCLES}/{cycle['id']}", json={"title": "X"}, headers=at(cycle))
    assert (await refused(edit, 409, "wrong_state"))["allowed"] == ["resume", "abandon"]
    link = await ok(paul.get(f"/coaching-relationships/{world.lena_tom}"))
    await ok(paul.post(f"/coaching-relationships/{world.lena_tom}/pause", headers=at(link)))
    for one_of_them, more in ((tom, ["share"]), (lena, [])):
        seen = await ok(one_of_them.get(f"/{CYCLES}/{cycle['id']}"))
        assert seen["permissions"] == ["read_gate", *more, "read_progress"]
        await refused(act(one_of_them, CYCLES, cycle, "resume"), 403, "forbidden")
    link = await ok(paul.get(f"/coaching-relationships/{world.lena_tom}"))
    await ok(paul.post(f"/coaching-relationships/{world.lena_tom}/resume", headers=at(link)))
    assert (await ok(act(lena, CYCLES, cycle, "resume")))["state"] == "reflection"
