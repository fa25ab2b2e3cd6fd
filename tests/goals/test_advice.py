"""Advice over HTTP: who is advised, on what, and that nothing comes of it but words."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from tests.goals.test_goals import act, agreed, at, growth
from tests.spine.test_statements import counted

pytestmark = pytest.mark.anyio

BARE = {"measures": [], "indicator_ids": [], "due_on": None, "statement": "Improve questions."}
FAULTS = ["statement_vague", "indicator_missing", "measure_missing", "due_missing"]


async def told(client: Any, goal: Any, changes: Any = None) -> list[str]:
    options = {} if changes is None else {"json": changes}
    answer = await client.post(f"/goals/{goal['id']}/advice", **options)
    assert answer.status_code == 200, answer.text
    return [one["code"] for one in answer.json()["advice"]]


def codes(answer: Any) -> list[str]:
    return [one["code"] for one in answer["warnings"]]


async def test_advice_while_writing_judges_what_is_sent_and_stores_nothing(as_, world, connection):
    tom = as_("tom")
    goal = (await tom.post("/goals", json=growth(world))).json()
    assert await told(tom, goal) == []
    assert await told(tom, goal, {}) == []
    before = await connection.scalar(select(func.count()).select_from(m.Event))
    assert await told(tom, goal, BARE) == FAULTS
    assert await told(as_("lena"), goal, {"statement": None}) == ["statement_missing"]
    # what nobody could store is judged as far as it goes: the words are still being written
    nowhere = "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9eff"
    measure = {"id": nowhere, "name": "A", "unit": "%", "baseline": 80, "target": 20}
    unready = {"parent_id": nowhere, "indicator_ids": [nowhere], "measures": [measure]}
    assert await told(tom, goal, unready) == []
    answer = await tom.post(f"/goals/{goal['id']}/advice", json={"due_on": "2027-09-01"})
    (advice,) = answer.json()["advice"]
    assert advice["field"] == "due_on"
    assert "Doran" in advice["source"]
    assert advice["next_step"]
    assert (await tom.get(f"/goals/{goal['id']}")).json() == {**goal, "warnings": []}
    assert await connection.scalar(select(func.count()).select_from(m.Event)) == before


async def test_who_may_edit_or_revise_is_advised_and_nobody_else(as_, world):
    goal = (await as_("tom").post("/goals", json=growth(world))).json()
    path = f"/goals/{goal['id']}/advice"
    for who in ("paul", "ada", "luis", "nina", "zoe"):
        assert (await as_(who).post(path)).status_code == 404, who
    goal = await agreed(as_, world)
    path = f"/goals/{goal['id']}/advice"
    for who, status in (("tom", 200), ("lena", 200), ("paul", 403), ("ada", 404), ("nina", 404)):
        assert (await as_(who).post(path)).status_code == status, who
    assert "advise" not in (await as_("paul").get(f"/goals/{goal['id']}")).json()["permissions"]
    client = await as_("juniper_warehouse").post(path)
    assert (client.status_code, client.json()["code"]) == (403, "not_for_clients")
    asked = await act(as_("tom"), goal, "close", json={"outcome": "abandoned"})
    (closing,) = (await as_("lena").get(f"/goals/{goal['id']}/revisions")).json()["items"]
    assert asked.status_code == 200
    await as_("lena").post(f"/goal-revisions/{closing['id']}/agree", headers=at(closing))
    refused = await as_("tom").post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    # where there is no lead, the school leader who stands in, from proposed on
    own = (await as_("uma").post("/goals", json=growth(world, teacher_id=str(world.uma)))).json()
    assert (await as_("paul").post(f"/goals/{own['id']}/advice")).status_code == 404
    own = (await act(as_("uma"), own, "propose")).json()
    assert await told(as_("paul"), own) == []


async def test_writing_proposing_agreeing_and_revising_say_the_same_and_stop_nobody(as_, world):
    tom, lena = as_("tom"), as_("lena")
    poor = {**BARE, "indicator_ids": [str(world.leap_i5)]}
    faults = [code for code in FAULTS if code != "indicator_missing"]
    made = (await tom.post("/goals", json=growth(world, **poor))).json()
    assert codes(made) == faults
    edited = (
        await lena.patch(f"/goals/{made['id']}", json={"due_on": "2027-05-14"}, headers=at(made))
    ).json()
    assert codes(edited) == faults[:-1]
    proposed = (await act(tom, edited, "propose")).json()
    assert codes(proposed) == faults[:-1]
    assert codes((await tom.get(f"/goals/{made['id']}")).json()) == []
    goal = (await act(tom, proposed, "agree")).json()
    assert codes(goal) == faults[:-1]
    goal = (await act(lena, goal, "agree")).json()
    assert (goal["state"], codes(goal)) == ("agreed", faults[:-1])
    change = {"content": {"statement": "I ask two open questions in every lesson."}}
    revision = (
        await tom.post(f"/goals/{goal['id']}/revisions", json=change, headers=at(goal))
    ).json()
    assert codes(revision) == ["measure_missing"]
    assert all(set(one) == {"code", "message"} for one in goal["warnings"])


async def test_easing_a_goal_in_force_is_advised_against_until_there_is_a_reason(as_, world):
    tom = as_("tom")
    later = {"due_on": "2027-06-01"}
    draft = (await tom.post("/goals", json=growth(world))).json()
    assert await told(tom, draft, later) == []
    goal = await agreed(as_, world, statement="I hear from each of my students in every lesson.")
    assert "eased_without_reason" in await told(tom, goal, later)
    assert "eased_without_reason" not in await told(tom, goal, {"due_on": "2027-04-01"})
    (measure,) = goal["measures"]
    lower = {key: measure[key] for key in ("id", "name", "unit", "baseline")} | {"target": 2}
    assert "eased_without_reason" in await told(tom, goal, {"measures": [lower]})
    body = {"content": later, "reason": "The unit moved to May."}
    made = await tom.post(f"/goals/{goal['id']}/revisions", json=body, headers=at(goal))
    assert made.status_code == 201
    assert "eased_without_reason" not in codes(made.json())


async def test_only_goals_that_the_caller_sees_are_compared(as_, world, connection):
    words = "By May I wait three seconds after each question that I ask."
    async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
        await keys.enter(session, world.juniper)
        session.add(
            m.Goal(
                district_id=world.juniper,
                level="individual",
                kind="growth",
                title="Wait",
                statement=words,
                school_id=world.alder,
                school_year_id=world.alder_year,
                teacher_id=world.tom,
                author_id=world.tom,
                # written with the lead before: Tom's alone
                lead_id=world.luis,
            )
        )
        await session.commit()
    goal = (await as_("lena").post("/goals", json=growth(world, title="Waiting"))).json()
    assert "same_as_other" in await told(as_("tom"), goal, {"statement": words})
    assert "same_as_other" not in await told(as_("lena"), goal, {"statement": words})


async def test_what_the_gates_know_of_the_teacher_is_advised_early(as_, world):
    nina = as_("nina")
    body = {
        "level": "individual",
        "kind": "student_learning",
        "title": "Three parts",
        "school_year_id": str(world.alder_year),
    }
    goal = (await nina.post("/goals", json=body)).json()
    assert {"link_missing", "standard_missing", "statement_missing"} <= set(codes(goal))
    team = (await as_("paul").get(f"/teams/{world.maths}")).json()
    chosen = await as_("paul").patch(
        f"/teams/{world.maths}",
        json={"common_indicator_id": str(world.leap_i4)},
        headers=at(team),
    )
    assert chosen.status_code == 200, chosen.text
    mine = (await as_("tom").post("/goals", json=growth(world))).json()
    assert codes(mine) == ["common_indicator_missing"]
    assert await told(as_("tom"), mine, {"indicator_ids": [str(world.leap_i4)]}) == []
    for who, step in (("tom", "propose"), ("tom", "agree")):
        mine = (await act(as_(who), mine, step)).json()
        assert codes(mine) == ["common_indicator_missing"]


async def test_a_step_on_the_scale_is_read_off_the_indicators_own(as_, world):
    tom = as_("tom")
    rated = {"name": "Rating", "unit": "level", "baseline": 3, "target": 6}
    goal = (await tom.post("/goals", json=growth(world, measures=[rated]))).json()
    assert codes(goal) == []
    assert await told(tom, goal, {"measures": [{**rated, "target": 7}]}) == ["level_jump"]
    none = {"measures": [{**rated, "target": 7}], "indicator_ids": []}
    assert await told(tom, goal, none) == ["indicator_missing"]


async def test_the_rules_are_listed_with_their_sources(as_):
    rules = (await as_("ben").get("/goals/advice-rules")).json()["rules"]
    assert len(rules) >= 12
    assert all(rule["source"] and rule["levels"] and rule["kinds"] for rule in rules)
    # for somebody who has this program and not the papers it was planned with
    assert not any(".md" in rule["source"] or "gate" in rule["source"] for rule in rules)
    assert (await as_(None).get("/goals/advice-rules")).status_code == 401
    client = await as_("juniper_warehouse").get("/goals/advice-rules")
    assert client.status_code == 403


async def test_advice_costs_no_statement_beside_a_write(as_, world, connection):
    tom = as_("tom")
    goal = (await tom.post("/goals", json=growth(world))).json()
    with counted(connection) as statements:
        await told(tom, goal, BARE)
    # the caller, the goal, the right, what surrounds it
    assert len(statements) == 4, statements
    assert not [words for words in statements if "FOR UPDATE" in words.upper()]
    with counted(connection) as statements:
        await tom.patch(f"/goals/{goal['id']}", json={"title": "Other"}, headers=at(goal))
    # the caller, the goal locked, its change, the event, the goal with what surrounds it
    assert len(statements) == 5, statements
