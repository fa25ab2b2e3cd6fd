"""Two people act at the same moment: one does it, the other is told, and the end is consistent."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import Live, _owner
from tests.goals.test_goals import at, growth

pytestmark = pytest.mark.anyio


async def ok(answer: Any, status: int = 200) -> dict[str, Any]:
    """The body of an answer that must have this status."""
    done = await answer
    assert done.status_code == status, done.text
    body: dict[str, Any] = done.json()
    return body


async def twice(live: Live, path: str, row: dict[str, Any], *who: str, **body: Any) -> list[int]:
    """The same step by each at the same moment, at the same version; the statuses, sorted."""
    headers = at(row)
    answers = await asyncio.gather(
        *(live.as_(name).post(path, headers=headers, **body) for name in who)
    )
    return sorted(answer.status_code for answer in answers)


async def _step(live: Live, who: str, path: str, row: dict[str, Any], **body: Any) -> Any:
    return await ok(live.as_(who).post(path, headers=at(row), **body))


async def _goal(live: Live, state: str) -> dict[str, Any]:
    goal = await ok(live.as_("tom").post("/goals", json=growth(live.world)), 201)
    path = f"/goals/{goal['id']}"
    if state != "draft":
        goal = await _step(live, "tom", f"{path}/propose", goal)
    if state == "agreed":
        goal = await _step(live, "tom", f"{path}/agree", goal)
        goal = await _step(live, "lena", f"{path}/agree", goal)
    return goal


async def test_of_two_agreements_at_one_version_one_counts_and_the_other_comes_again(
    live: Live,
) -> None:
    goal = await _goal(live, "proposed")
    path = f"/goals/{goal['id']}"
    assert await twice(live, f"{path}/agree", goal, "tom", "lena") == [200, 412]
    now = await ok(live.as_("tom").get(path))
    assert now["state"] == "proposed"
    assert len(now["agreements"]) == 1
    missing = "tom" if now["agreements"][0]["capacity"] == "lead" else "lena"
    done = await _step(live, missing, f"{path}/agree", now)
    assert done["state"] == "agreed"
    assert sorted(a["capacity"] for a in done["agreements"]) == ["lead", "teacher"]


@pytest.mark.parametrize(
    ("step", "state", "after", "body"),
    [
        ("propose", "draft", "proposed", {}),
        ("request-changes", "proposed", "draft", {}),
        ("close", "agreed", "agreed", {"json": {"outcome": "abandoned"}}),
        ("revisions", "agreed", "agreed", {"json": {"content": {"title": "Other"}}}),
    ],
)
async def test_a_step_of_a_goal_is_taken_once(
    live: Live, step: str, state: str, after: str, body: dict[str, Any]
) -> None:
    goal = await _goal(live, state)
    path = f"/goals/{goal['id']}"
    statuses = await twice(live, f"{path}/{step}", goal, "tom", "lena", **body)
    assert statuses[0] in (200, 201)
    assert statuses[1] in (409, 412)
    assert (await ok(live.as_("tom").get(path)))["state"] == after
    if after == "agreed":
        waiting = (await ok(live.as_("tom").get(f"{path}/revisions")))["items"]
        assert len(waiting) == 1
    events = await _events(live, goal["id"])
    assert len(events) == len(set(events)), "something was done twice"


async def test_an_edit_does_not_overwrite_another(live: Live) -> None:
    goal = await _goal(live, "draft")
    path = f"/goals/{goal['id']}"
    answers = await asyncio.gather(
        live.as_("tom").patch(path, json={"title": "Of Tom"}, headers=at(goal)),
        live.as_("lena").patch(path, json={"title": "Of Lena"}, headers=at(goal)),
    )
    assert sorted(a.status_code for a in answers) == [200, 412]
    winner = next(a for a in answers if a.status_code == 200)
    assert (await ok(live.as_("tom").get(path)))["title"] == winner.json()["title"]


async def test_a_draft_is_not_deleted_under_somebody_who_writes_in_it(live: Live) -> None:
    goal = await _goal(live, "draft")
    path = f"/goals/{goal['id']}"
    edited, deleted = await asyncio.gather(
        live.as_("lena").patch(path, json={"title": "Of Lena"}, headers=at(goal)),
        live.as_("tom").delete(path, headers=at(goal)),
    )
    assert (edited.status_code, deleted.status_code) in {(200, 412), (404, 204)}


async def test_a_revision_is_decided_once(live: Live) -> None:
    for steps, closes in ((("agree", "agree"), False), (("agree", "withdraw"), True)):
        goal = await _goal(live, "agreed")
        path = f"/goals/{goal['id']}"
        if closes:
            await _step(live, "tom", f"{path}/close", goal, json={"outcome": "abandoned"})
        else:
            change = {"content": {"title": "Another title"}}
            made = live.as_("tom").post(f"{path}/revisions", json=change, headers=at(goal))
            await ok(made, 201)
        [revision] = (await ok(live.as_("tom").get(f"{path}/revisions")))["items"]
        who = ("lena", "tom") if "withdraw" in steps else ("lena", "lena")
        answers = await asyncio.gather(
            *(
                live.as_(name).post(
                    f"/goal-revisions/{revision['id']}/{step}", headers=at(revision)
                )
                for name, step in zip(who, steps, strict=True)
            )
        )
        assert sorted(a.status_code for a in answers) in ([200, 409], [200, 412])
        decided = await ok(live.as_("tom").get(f"/goal-revisions/{revision['id']}"))
        now = await ok(live.as_("tom").get(path))
        if closes:
            assert (now["state"] == "closed") is (decided["state"] == "agreed")
        else:
            assert (now["revision"], now["title"]) == (2, "Another title")


async def _link(live: Live, state: str) -> dict[str, Any]:
    world = live.world
    body = {"lead_id": world.luis, "teacher_id": world.uma, "school_year_id": world.alder_year}
    sent = {name: str(value) for name, value in body.items()}
    link = await ok(live.as_("ada").post("/coaching-relationships", json=sent), 201)
    path = f"/coaching-relationships/{link['id']}"
    if state != "proposed":
        link = await _step(live, "uma", f"{path}/activate", link)
    if state == "paused":
        link = await _step(live, "paul", f"{path}/pause", link)
    return link


@pytest.mark.parametrize(
    ("step", "state", "who", "after"),
    [
        ("activate", "proposed", ("uma", "paul"), "active"),
        ("withdraw", "proposed", ("ada", "paul"), "withdrawn"),
        ("pause", "active", ("ada", "paul"), "paused"),
        ("resume", "paused", ("ada", "paul"), "active"),
        ("end", "active", ("ada", "paul"), "ended"),
    ],
)
async def test_a_step_of_a_relationship_is_taken_once(
    live: Live, step: str, state: str, who: tuple[str, str], after: str
) -> None:
    link = await _link(live, state)
    path = f"/coaching-relationships/{link['id']}"
    body = {"json": {"reason": "Another team."}} if step == "end" else {}
    assert await twice(live, f"{path}/{step}", link, *who, **body) == [200, 412]
    assert (await ok(live.as_("ada").get(path)))["state"] == after


async def test_two_proposals_make_one_primary_lead(live: Live) -> None:
    world = live.world
    sent = [
        {
            "lead_id": str(lead),
            "teacher_id": str(world.uma),
            "school_year_id": str(world.alder_year),
        }
        for lead in (world.luis, world.lena)
    ]
    answers = await asyncio.gather(
        *(live.as_("ada").post("/coaching-relationships", json=body) for body in sent)
    )
    assert sorted(a.status_code for a in answers) == [201, 409]


async def test_one_key_is_done_once_however_often_it_comes(live: Live) -> None:
    key = {"Idempotency-Key": "at-once"}
    answers = await asyncio.gather(
        *(live.as_("tom").post("/goals", json=growth(live.world), headers=key) for _ in range(5))
    )
    assert {a.status_code for a in answers} <= {201, 409}
    assert 201 in {a.status_code for a in answers}
    assert len((await ok(live.as_("tom").get("/goals")))["items"]) == 1


async def _events(live: Live, subject: str) -> list[tuple[Any, ...]]:
    """(action, version) of a subject's events."""
    async with _owner(live.url) as connection:
        await connection.execute(
            text("select set_config('app.district', :d, false)"), {"d": str(live.world.juniper)}
        )
        rows = await connection.execute(
            text("select action, subject_version from event where subject_id = :s"),
            {"s": subject},
        )
        return [tuple(row) for row in rows]
