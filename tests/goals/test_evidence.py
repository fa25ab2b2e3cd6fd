"""What a closing rests on: named with it, kept with it, read by those who read the notes."""

from typing import Any

import pytest

from tests.goals.test_goals import act, agreed, at
from tests.goals.test_monitoring import note
from tests.meetings.test_meetings import ok

pytestmark = pytest.mark.anyio


async def now(client: Any, goal: dict[str, Any]) -> dict[str, Any]:
    """The goal as it is."""
    found: dict[str, Any] = await ok(client.get(f"/goals/{goal['id']}"))
    return found


async def close(client: Any, goal: dict[str, Any], **body: Any) -> Any:
    """The answer to closing the goal as met."""
    return await act(client, await now(client, goal), "close", json={"outcome": "met", **body})


async def closing(client: Any, goal: dict[str, Any]) -> dict[str, Any]:
    """The goal's closing."""
    items = (await ok(client.get(f"/goals/{goal['id']}/revisions")))["items"]
    (found,) = [revision for revision in items if revision["kind"] == "closing"]
    return dict(found)


async def test_from_a_closing_one_finds_what_it_rests_on(as_, world):
    goal = await agreed(as_, world)
    noted = await note(as_("tom"), goal, "2026-10-01", 4)
    path = f"/goals/{goal['id']}"
    seen = {"kind": "evidence", "text": "Nine of nine lessons."}
    shown = await ok(as_("lena").post(f"{path}/comments", json=seen), 201)
    remark = await ok(as_("lena").post(f"{path}/comments", json={"text": "Well done."}), 201)
    other = await agreed(as_, world, title="Another")
    elsewhere = await note(as_("tom"), other, "2026-10-02", 2)
    refused = await close(as_("tom"), goal)
    assert (refused.status_code, refused.json()["code"]) == (409, "evidence_missing")
    for wrong in (remark["id"], elsewhere["id"], goal["id"], str(world.tom)):
        refused = await close(as_("tom"), goal, evidence_ids=[shown["id"], wrong])
        assert (refused.status_code, refused.json()["code"]) == (409, "unknown_reference")
        assert refused.json()["field"] == "evidence_ids"
    too_many = await close(as_("tom"), goal, evidence_ids=[shown["id"]] * 21)
    assert too_many.status_code == 422
    # nothing of what was refused stays: no words, no closing
    assert len((await ok(as_("tom").get(f"{path}/comments")))["items"]) == 2
    ids = [noted["id"], shown["id"], noted["id"]]
    done = await close(as_("tom"), goal, evidence="Four checks.", evidence_ids=ids)
    assert done.status_code == 200, done.text
    made = await closing(as_("lena"), goal)
    rests_on = f"/goal-revisions/{made['id']}/evidence"
    for who in ("tom", "lena"):
        found = await ok(as_(who).get(rests_on))
        assert [row["text"] for row in found["evidence"]] == ["Four checks.", seen["text"]]
        assert [row["id"] for row in found["progress"]] == [noted["id"]]
    assert (await as_("paul").get(rests_on)).status_code == 404
    agree = f"/goal-revisions/{made['id']}/agree"
    await ok(as_("lena").post(agree, headers=at(made)))
    assert (await now(as_("paul"), goal))["outcome"] == "met"
    # the leader reads that it was closed and how, and nothing of what the two wrote
    read = await as_("paul").get(f"/goal-revisions/{made['id']}")
    assert read.status_code == 200
    assert noted["id"] not in read.text
    assert shown["id"] not in read.text
    assert (await as_("paul").get(rests_on)).status_code == 403
    for who in ("nina", "ada", "ben", "zoe"):
        assert (await as_(who).get(rests_on)).status_code == 404
    kept = await ok(as_("tom").get(rests_on))
    assert len(kept["evidence"]) == 2


async def test_named_evidence_alone_is_enough_and_a_change_of_content_rests_on_none(as_, world):
    goal = await agreed(as_, world)
    noted = await note(as_("lena"), goal, "2026-10-01", 4)
    path = f"/goals/{goal['id']}"
    change = {"content": {"title": "Check often"}}
    made = await ok(
        as_("tom").post(f"{path}/revisions", json=change, headers=at(await now(as_("tom"), goal))),
        201,
    )
    assert await ok(as_("tom").get(f"/goal-revisions/{made['id']}/evidence")) == {
        "evidence": [],
        "progress": [],
    }
    back = f"/goal-revisions/{made['id']}/withdraw"
    await ok(as_("tom").post(back, headers=at(made)))
    assert (await close(as_("lena"), goal, evidence_ids=[noted["id"]])).status_code == 200
    found = await ok(
        as_("tom").get(f"/goal-revisions/{(await closing(as_('tom'), goal))['id']}/evidence")
    )
    assert [row["id"] for row in found["progress"]] == [noted["id"]]
    assert found["evidence"] == []


async def test_a_school_goal_is_closed_with_evidence_that_its_school_reads(as_, world):
    new = {
        "level": "school",
        "kind": "student_learning",
        "title": "Readers",
        "statement": "Every reader grows.",
        "school_year_id": str(world.alder_year),
        "measures": [{"name": "Growth", "unit": "years", "target": 1}],
    }
    goal = await ok(as_("paul").post("/goals", json=new), 201)
    goal = (await act(as_("paul"), goal, "publish")).json()
    noted = await note(as_("paul"), goal, "2026-10-01", 1)
    assert (await close(as_("paul"), goal, evidence_ids=[noted["id"]])).status_code == 200
    made = await closing(as_("tom"), goal)
    assert made["state"] == "agreed"
    found = await ok(as_("tom").get(f"/goal-revisions/{made['id']}/evidence"))
    assert [row["id"] for row in found["progress"]] == [noted["id"]]
    assert (await as_("ben").get(f"/goal-revisions/{made['id']}/evidence")).status_code == 404
