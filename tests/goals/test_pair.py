"""The pair of a goal when the lead changes: what stays between two people, and who must agree."""

from typing import Any

import pytest

from tests.goals.test_goals import act, agreed, at, growth
from tests.relationships.test_relationships import PATH, pair, propose
from tests.relationships.test_relationships import act as step

pytestmark = pytest.mark.anyio


async def change_lead(as_: Any, world: Any) -> None:
    """Luis follows Lena as Tom's lead."""
    path = f"{PATH}/{world.lena_tom}"
    lena = (await as_("paul").get(path)).json()
    ended = await step(as_("paul"), lena, "end", json={"reason": "Another team."})
    assert ended.status_code == 200, ended.text
    made = await propose(as_("paul"), pair(world, "luis", "tom"))
    begun = await step(as_("tom"), made, "activate")
    assert begun.status_code == 200, begun.text


async def write(as_: Any, goal: dict[str, Any]) -> None:
    """A comment and a value of Tom's on the goal."""
    tom = as_("tom")
    said = await tom.post(f"/goals/{goal['id']}/comments", json={"text": "Between us."})
    assert said.status_code == 201, said.text
    value = {"measure_id": goal["measures"][0]["id"], "on": "2026-10-01", "value": 2}
    noted = await tom.post(f"/goals/{goal['id']}/progress", json=value, headers=at(goal))
    assert noted.status_code == 201, noted.text


async def test_a_new_lead_reads_the_goals_in_force_and_nothing_the_former_pair_wrote(as_, world):
    tom, luis = as_("tom"), as_("luis")
    draft = (await tom.post("/goals", json=growth(world))).json()
    proposed = (await tom.post("/goals", json=growth(world))).json()
    proposed = (await act(tom, proposed, "propose")).json()
    goal = await agreed(as_, world)
    waiting = await tom.post(
        f"/goals/{goal['id']}/revisions", json={"content": {"title": "New"}}, headers=at(goal)
    )
    assert waiting.status_code == 201
    await write(as_, goal)
    path = f"/goals/{goal['id']}"
    assert len((await as_("lena").get(f"{path}/comments")).json()["items"]) == 1

    await change_lead(as_, world)
    assert (await luis.get(path)).json()["state"] == "agreed"
    for hidden in (draft, proposed):
        assert (await luis.get(f"/goals/{hidden['id']}")).status_code == 404
        readers = (await tom.get(f"/goals/{hidden['id']}/audience")).json()["readers"]
        assert "lead" not in {reader["relation"] for reader in readers}
    mine = {goal["id"] for goal in (await luis.get("/goals")).json()["items"]}
    assert not mine & {draft["id"], proposed["id"]}
    counted = (await luis.get(f"/goals/summary?teacher_id={world.tom}")).json()["by_state"]
    assert [row["key"] for row in counted] == ["agreed"]
    for kind in ("comments", "progress", "revisions"):
        listed = await luis.get(f"{path}/{kind}")
        assert (listed.status_code, listed.json()["items"]) == (200, []), kind
        assert len((await tom.get(f"{path}/{kind}")).json()["items"]) == 1, kind
    revision = f"/goal-revisions/{waiting.json()['id']}"
    assert (await luis.get(revision)).status_code == 404
    blocked = await luis.post(
        f"{path}/close", json={"outcome": "abandoned"}, headers=at((await luis.get(path)).json())
    )
    assert (blocked.status_code, blocked.json()["code"]) == (409, "revision_open")

    # What they write from now on is theirs; the former lead reads none of it.
    said = await tom.post(f"{path}/comments", json={"text": "To Luis."})
    texts = [row["text"] for row in (await luis.get(f"{path}/comments")).json()["items"]]
    assert texts == ["To Luis."]
    assert (await as_("lena").get(f"/goal-comments/{said.json()['id']}")).status_code == 404
    # Proposing shows a draft to the lead of today.
    shown = (await act(tom, draft, "propose")).json()
    assert (await luis.get(f"/goals/{shown['id']}")).json()["permissions"].count("agree") == 1
    readers = (await tom.get(f"/goals/{shown['id']}/audience")).json()["readers"]
    assert [r["name"] for r in readers if r["relation"] == "lead"] == ["Luis Falk"]


async def test_what_a_former_lead_agreed_to_binds_nobody(as_, world):
    tom, lena, luis = as_("tom"), as_("lena"), as_("luis")
    goal = (await tom.post("/goals", json=growth(world))).json()
    goal = (await act(tom, goal, "propose")).json()
    goal = (await act(lena, goal, "agree")).json()
    standing = await agreed(as_, world)
    change = {"content": {"title": "Lena's wish"}}
    revision = (
        await lena.post(f"/goals/{standing['id']}/revisions", json=change, headers=at(standing))
    ).json()
    await change_lead(as_, world)

    goal = (await act(tom, goal, "agree")).json()
    assert goal["state"] == "proposed"
    path = f"/goal-revisions/{revision['id']}"
    answered = await tom.post(f"{path}/agree", headers=at(revision))
    assert answered.json()["state"] == "proposed"
    assert (await tom.get(f"/goals/{standing['id']}")).json()["title"] == standing["title"]
    again = await tom.post(f"{path}/agree", headers=at(answered.json()))
    assert (again.status_code, again.json()["code"]) == (409, "already_agreed")

    seen = (await luis.get(path)).json()
    assert (await luis.post(f"{path}/agree", headers=at(seen))).json()["state"] == "agreed"
    assert (await tom.get(f"/goals/{standing['id']}")).json()["title"] == "Lena's wish"
    seen = (await luis.get(f"/goals/{goal['id']}")).json()
    assert (await act(luis, seen, "agree")).json()["state"] == "agreed"


async def test_what_a_leader_agreed_to_standing_in_waits_for_the_lead_who_is_back(as_, world):
    tom, lena, paul = as_("tom"), as_("lena"), as_("paul")
    path = f"{PATH}/{world.lena_tom}"
    paused = (await step(paul, (await paul.get(path)).json(), "pause")).json()
    goal = (await tom.post("/goals", json=growth(world))).json()
    assert (await lena.get(f"/goals/{goal['id']}")).status_code == 404
    goal = (await act(tom, goal, "propose")).json()
    goal = (await act(paul, goal, "agree")).json()
    assert (await step(paul, paused, "resume")).status_code == 200
    goal = (await act(tom, goal, "agree")).json()
    assert goal["state"] == "proposed"
    goal = (await lena.get(f"/goals/{goal['id']}")).json()
    done = (await act(lena, goal, "agree")).json()
    assert done["state"] == "agreed"
    capacities = [agreement["capacity"] for agreement in done["agreements"]]
    assert capacities == ["school_leader_standing_in", "teacher", "lead"]


async def test_a_pause_opens_nothing_to_the_leader_who_made_it(as_, world):
    tom, paul = as_("tom"), as_("paul")
    proposed = (await tom.post("/goals", json=growth(world))).json()
    proposed = (await act(tom, proposed, "propose")).json()
    goal = await agreed(as_, world)
    change = {"content": {"title": "Between us"}}
    made = await tom.post(f"/goals/{goal['id']}/revisions", json=change, headers=at(goal))
    link = f"{PATH}/{world.lena_tom}"
    assert (await step(paul, (await paul.get(link)).json(), "pause")).status_code == 200
    path = f"/goals/{proposed['id']}"
    assert (await paul.get(path)).status_code == 404
    assert (await paul.get(f"/goal-revisions/{made.json()['id']}")).status_code == 404
    readers = (await tom.get(f"{path}/audience")).json()["readers"]
    assert {reader["relation"] for reader in readers} == {"teacher", "paused_lead"}
    # The teacher's yes puts it before whoever stands in.
    assert (await act(tom, proposed, "agree")).status_code == 200
    seen = (await paul.get(path)).json()
    assert "agree" in seen["permissions"]
    readers = (await tom.get(f"{path}/audience")).json()["readers"]
    assert {reader["relation"] for reader in readers} == {"teacher", "stand_in"}


async def test_whoever_stands_in_closes_with_evidence_and_reads_none(as_, world):
    uma, paul = as_("uma"), as_("paul")
    goal = (await uma.post("/goals", json=growth(world, teacher_id=str(world.uma)))).json()
    for who, verb in ((uma, "propose"), (uma, "agree"), (paul, "agree")):
        goal = (await act(who, goal, verb)).json()
    body = {"outcome": "met", "evidence": "Eight of nine lessons."}
    closing = await act(paul, goal, "close", json=body)
    assert closing.status_code == 200, closing.text
    assert (await paul.get(f"/goals/{goal['id']}/comments")).status_code == 403
    kept = (await uma.get(f"/goals/{goal['id']}/comments")).json()["items"]
    assert [(row["kind"], row["text"]) for row in kept] == [("evidence", body["evidence"])]


async def test_a_draft_for_all_has_no_comments_that_more_people_would_read(as_, world):
    for who, owner in (
        ("paul", {"level": "school"}),
        ("lena", {"level": "team", "team_id": str(world.maths)}),
    ):
        writer = as_(who)
        body = {"kind": "growth", "title": "Together", "school_year_id": str(world.alder_year)}
        goal = (await writer.post("/goals", json={**body, **owner})).json()
        assert "comment" not in goal["permissions"]
        remark = {"text": "Not yet for all."}
        refused = await writer.post(f"/goals/{goal['id']}/comments", json=remark)
        assert refused.status_code == 403
        changed = await writer.patch(
            f"/goals/{goal['id']}", json={"statement": "What we reach."}, headers=at(goal)
        )
        goal = (await act(writer, changed.json(), "publish")).json()
        said = await writer.post(f"/goals/{goal['id']}/comments", json=remark)
        assert said.status_code == 201


@pytest.mark.parametrize(
    "eased",
    [
        {"due_on": "2027-06-01"},
        {"due_on": None},
        {"measures": [{"unit": "per week"}]},
        {"measures": [{"baseline": 3}]},
        {"measures": [{"target": 3}]},
        {"measures": [{"direction": "decrease", "target": 0}]},
        {"measures": []},
    ],
)
async def test_whatever_makes_a_goal_easier_needs_a_reason(as_, world, eased):
    goal = await agreed(as_, world)
    first = goal["measures"][0]
    kept = {name: first[name] for name in ("id", "name", "unit", "baseline", "target", "direction")}
    content = dict(eased)
    if eased.get("measures"):
        content["measures"] = [{**kept, **eased["measures"][0]}]
    path = f"/goals/{goal['id']}/revisions"
    refused = await as_("tom").post(path, json={"content": content}, headers=at(goal))
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_required")
    given = {"content": content, "reason": "We began late."}
    assert (await as_("tom").post(path, json=given, headers=at(goal))).status_code == 201
