"""Cycles that something got in the way of: nobody is stuck, nothing blocked, nobody told."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from app.core.housekeeping import forget
from app.worker import CHORES
from tests.conftest import Live, _owner
from tests.goals.test_goals import at, growth
from tests.learning_cycles.setting import begun, of_team, put_in, rank, rankings, step
from tests.learning_cycles.test_cycles import CYCLES, begin, tables
from tests.learning_cycles.test_data_points import _visits
from tests.learning_cycles.test_doing import TIMED, of_pair
from tests.learning_cycles.test_rankings import shared
from tests.meetings.test_meetings import act, ok, refused

pytestmark = pytest.mark.anyio
WHY = {"reason": "Nina is ill."}


async def test_a_teams_cycle_goes_on_whoever_ranked_before_its_days_were_over(
    as_, app, world, ticking
):
    cycle, first, second = await shared(as_, app, world, "tom", "nina")
    await ok(rank(as_, cycle, "tom", first, second))
    ticking.move(days=8)
    await forget(app.state.database, CHORES)
    assert len(await rankings(as_, cycle, "nina")) == 1
    # the lead did not rank, and can no more: what is missing is waived, or the cycle were dead
    await refused(rank(as_, cycle, "lena", first, second), 409, "rankings_revealed")
    gate = await ok(as_("lena").get(f"{cycle}/gate"))
    assert "ranking_lead" in {lack["code"] for lack in gate["missing"]}
    assert "waive_ranking" in (await ok(as_("lena").get(cycle)))["permissions"]
    await ok(step(as_, cycle, "tom", "waive-ranking", **WHY), 403)
    waived = await ok(step(as_, cycle, "lena", "waive-ranking", **WHY))
    assert waived["ranking_waived_reason"] == WHY["reason"]
    gate = await ok(as_("lena").get(f"{cycle}/gate"))
    assert not {"ranking", "ranking_lead", "ranking_members"} & {
        lack["code"] for lack in gate["missing"]
    }
    assert "waive_ranking" not in (await ok(as_("lena").get(cycle)))["permissions"]
    await refused(step(as_, cycle, "lena", "waive-ranking", **WHY), 409, "rankings_revealed")


async def test_a_data_point_that_is_cited_is_not_taken_out(as_, app, world, connection):
    cycle = await begun(app, world)
    body = {"kind": "qualitative", "source": "survey", "text": "Few wait."}
    point = await ok(as_("tom").post(f"{cycle}/data-points", json=body), 201)
    visit = (await _visits(app, world))["toms"]
    item = m.EvidenceItem(
        district_id=world.juniper,
        id=clock.new_id(),
        observation_id=visit,
        school_id=world.alder,
        teacher_id=world.tom,
        observer_id=world.lena,
        observer_kind="lead",
        evaluative=False,
        author_id=world.lena,
        shared_at=clock.now(),
        client_key="a",
        kind="evidence",
        at=clock.now(),
        edited_at=clock.now(),
        seq=1,
        text="S: It is smaller.",
    )
    await put_in(app, world, item)
    body = {"data_point_id": point["id"]}
    citation = await ok(as_("tom").post(f"/evidence-items/{item.id}/cite", json=body), 201)
    path = f"/cycle-data-points/{point['id']}"
    await refused(as_("tom").delete(path, headers=at(point)), 409, "data_point_cited")
    await ok(as_("tom").delete(f"/evidence-citations/{citation['id']}", headers=at(citation)), 204)
    await ok(as_("tom").delete(path, headers=at(point)), 204)


async def test_what_is_done_early_gives_its_time_back(as_, world, connection):
    cycle = await of_pair(connection, world, "learning")
    path = f"/learning-cycles/{cycle.id}/activities"
    made = await ok(as_("tom").post(path, json={**TIMED, "who": "lead"}), 201)
    await ok(act(as_("tom"), "cycle-activities", made, "finish", done_on="2026-10-05"))
    hour = {"teacher_id": str(world.nina), "on": TIMED["on"], "at": TIMED["at"]}
    meeting = await ok(as_("lena").post("/meetings", json=hour), 201)
    await refused(act(as_("tom"), "cycle-activities", made, "reopen"), 409, "double_booked")
    await ok(act(as_("lena"), "meetings", meeting, "cancel", reason="Ill."))
    await ok(act(as_("tom"), "cycle-activities", made, "reopen"))
    await refused(as_("lena").post("/meetings", json=hour), 409, "double_booked")


async def test_the_week_asks_nobody_for_a_reflection_that_was_waived(as_, app, world):
    cycle = await of_team(app, world, "tom", "nina", state="reflection", phase="reflection")

    async def asked(who: str) -> list[str]:
        (team,) = (await ok(as_(who).get("/me/week")))["team_cycles"]
        return [row["code"] for row in team["todo"]]

    assert await asked("nina") == ["write_reflection"]
    places = (await ok(as_("lena").get(f"{cycle}/members")))["items"]
    (place,) = [row for row in places if row["person_id"] == str(world.nina)]
    waiver = {"what": "reflection", **WHY}
    await ok(act(as_("lena"), "cycle-members", place, "waive", **waiver))
    assert await asked("nina") == []
    assert await asked("tom") == ["write_reflection"]


async def test_data_links_to_no_goal_of_another_teacher(as_, app, world):
    ninas = await ok(
        as_("lena").post("/goals", json=growth(world, teacher_id=str(world.nina))), 201
    )
    toms = await ok(as_("lena").post("/goals", json=growth(world, teacher_id=str(world.tom))), 201)
    pair = await begun(app, world)
    team = await of_team(app, world, "tom", "nina")
    body = {"kind": "qualitative", "source": "survey", "text": "Few wait."}

    async def link(who: str, cycle: str, goal: Any, status: int) -> Any:
        sent = {**body, "goal_id": goal["id"]}
        return await ok(as_(who).post(f"{cycle}/data-points", json=sent), status)

    # Lena reads both; in Tom's cycle Nina's is named to nobody, in the team's each names their own
    assert (await link("lena", pair, ninas, 409))["code"] == "unknown_reference"
    await link("lena", pair, toms, 201)
    for goal in (ninas, toms):
        assert (await link("lena", team, goal, 409))["code"] == "unknown_reference"
    # so nothing that Lena cannot find keeps her from taking her draft back
    await ok(as_("lena").delete(f"/goals/{ninas['id']}", headers=at(ninas)), 204)


async def test_no_step_of_a_cycle_overtakes_a_pause_of_the_coaching(live: Live) -> None:
    cycle = await begin(live.as_)
    path = f"/{CYCLES}/{cycle['id']}"
    tom = live.as_("tom")
    words = {"kind": "qualitative", "source": "survey", "text": "Few wait."}
    async with _owner(live.owner_url) as owner, AsyncSession(owner) as session:
        await keys.enter(session, live.world.juniper)
        link = await session.get_one(
            m.CoachingRelationship, (live.world.juniper, live.world.lena_tom)
        )
        link.state = "paused"
        await session.flush()
        sent = [
            asyncio.create_task(tom.post(f"{path}/pause", headers=at(cycle))),
            asyncio.create_task(tom.post(f"{path}/data-points", json=words)),
        ]
        done, _ = await asyncio.wait(sent, timeout=1)
        await session.commit()
    assert not done
    assert [(await answer).status_code for answer in sent] == [403, 403]


async def test_a_ranking_of_whoever_left_stays_theirs_and_the_team_goes_on(
    as_, app, world, connection
):
    cycle, first, second = await shared(as_, app, world, "tom", "nina", "sam", "olga")
    await ok(rank(as_, cycle, "lena", first, second))
    mine = await ok(rank(as_, cycle, "nina", first, second, words="For us, as we are now."))
    roles = (await ok(as_("paul").get(f"/roles?person_id={world.nina}")))["items"]
    [role] = [row for row in roles if row["kind"] == "team_member"]
    await ok(as_("paul").post(f"/roles/{role['id']}/end", headers=at(role)))
    await ok(rank(as_, cycle, "tom", second, first))
    await forget(app.state.database, CHORES)
    assert list(await rankings(as_, cycle, "tom")) == [str(world.tom)]
    # one of three ranked; when Sam leaves, one of two, and nobody has to rank anew for it
    async with tables(connection, world) as session:
        of_sam = m.CycleMember.person_id == world.sam
        (await session.scalars(select(m.CycleMember).where(of_sam))).one().left_on = date(
            2026, 10, 5
        )
    await forget(app.state.database, CHORES)
    assert await rankings(as_, cycle, "tom") == await rankings(as_, cycle, "lena")
    assert set(await rankings(as_, cycle, "tom")) == {str(world.tom), str(world.lena)}
    # what Nina wrote for a team that is hers no more she alone reads, as before
    kept = await ok(as_("nina").get(f"/cycle-rankings/{mine['id']}"))
    assert (kept["words"], kept["revealed_at"]) == ("For us, as we are now.", None)
    await ok(as_("lena").get(f"/cycle-rankings/{mine['id']}"), 404)


async def test_who_leaves_after_the_revealing_keeps_what_they_wrote(as_, app, world):
    cycle, first, second = await shared(as_, app, world, "tom", "nina")
    mine = await ok(rank(as_, cycle, "nina", first, second))
    await ok(rank(as_, cycle, "lena", first, second))
    roles = (await ok(as_("paul").get(f"/roles?person_id={world.nina}")))["items"]
    [role] = [row for row in roles if row["kind"] == "team_member"]
    await ok(as_("paul").post(f"/roles/{role['id']}/end", headers=at(role)))
    assert (await ok(as_("nina").get(f"/cycle-rankings/{mine['id']}")))["revealed_at"]
    assert len(await rankings(as_, cycle, "tom")) == 2
