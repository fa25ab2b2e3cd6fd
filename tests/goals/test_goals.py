"""Goals end to end: drafting, agreement of both, who sees what when, lists, the chain."""

from datetime import timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.anyio


def growth(world: Any, **fields: Any) -> dict[str, Any]:
    """A complete growth goal of Tom's."""
    return {
        "level": "individual",
        "kind": "growth",
        "title": "Check for understanding every ten minutes",
        "statement": "By May I check every student's understanding at least every ten minutes.",
        "school_year_id": str(world.alder_year),
        "teacher_id": str(world.tom),
        "indicator_ids": [str(world.leap_i5)],
        "measures": [
            {"name": "Checks", "unit": "per lesson", "baseline": 1, "target": 4},
        ],
        "due_on": "2027-05-14",
        **fields,
    }


def at(goal: dict[str, Any]) -> dict[str, str]:
    """If-Match for a goal as it was read."""
    return {"If-Match": f'"{goal["version"]}"'}


async def act(client: Any, goal: dict[str, Any], step: str, **options: Any) -> Any:
    """A transition at the goal's present version."""
    return await client.post(f"/goals/{goal['id']}/{step}", headers=at(goal), **options)


async def agreed(as_: Any, world: Any, **fields: Any) -> dict[str, Any]:
    """A goal of Tom's that both agreed."""
    made = await as_("tom").post("/goals", json=growth(world, **fields))
    assert made.status_code == 201, made.text
    goal = made.json()
    for who, step in (("tom", "propose"), ("tom", "agree"), ("lena", "agree")):
        done = await act(as_(who), goal, step)
        assert done.status_code == 200, done.text
        goal = done.json()
    assert goal["state"] == "agreed"
    return goal


async def test_a_goal_goes_from_draft_to_agreed_when_both_agreed(as_, world):
    made = await as_("tom").post("/goals", json=growth(world))
    assert made.status_code == 201, made.text
    goal = made.json()
    assert goal["state"] == "draft"
    assert goal["indicators"][0]["code"] == "I.5"
    assert {"edit", "propose", "delete"} <= set(goal["permissions"])
    strangers = ("paul", "ada", "luis", "sam", "nina", "ben", "zoe", "ivy", "juniper_warehouse")
    for stranger in strangers:
        hidden = await as_(stranger).get(f"/goals/{goal['id']}")
        assert hidden.status_code == 404, (stranger, hidden.text)
    edited = await as_("lena").patch(
        f"/goals/{goal['id']}", json={"title": "Check often"}, headers=at(goal)
    )
    assert edited.status_code == 200, edited.text
    goal = edited.json()
    assert "delete" not in (await as_("tom").get(f"/goals/{goal['id']}")).json()["permissions"]
    early = await act(as_("lena"), goal, "agree")
    assert early.status_code == 409
    assert early.json()["state"] == "draft"
    assert early.json()["allowed"] == ["edit", "delete", "propose"]
    goal = (await act(as_("tom"), goal, "propose")).json()
    goal = (await act(as_("tom"), goal, "agree")).json()
    assert goal["state"] == "proposed"
    assert "agree" not in goal["permissions"]
    assert "agree" in (await as_("lena").get(f"/goals/{goal['id']}")).json()["permissions"]
    twice = await act(as_("tom"), goal, "agree")
    assert (twice.status_code, twice.json()["code"]) == (409, "already_agreed")
    done = await act(as_("lena"), goal, "agree")
    assert done.status_code == 200
    assert done.json()["state"] == "agreed"
    assert [a["capacity"] for a in done.json()["agreements"]] == ["teacher", "lead"]
    read = await as_("paul").get(f"/goals/{goal['id']}")
    assert read.status_code == 200
    assert read.json()["permissions"] == []
    refused = await act(as_("paul"), read.json(), "close", json={"outcome": "abandoned"})
    assert refused.status_code == 403
    assert (await as_("ada").get(f"/goals/{goal['id']}")).status_code == 404
    pulled = await as_("juniper_warehouse").get(f"/goals/{goal['id']}")
    assert pulled.status_code == 200
    assert pulled.json()["teacher_external_id"] == "tom-ext"
    assert "statement" not in pulled.json()
    assert (await as_("kestrel_warehouse").get(f"/goals/{goal['id']}")).status_code == 404


async def test_proposing_lists_everything_that_is_missing(as_, world):
    body = {
        "level": "individual",
        "kind": "student_learning",
        "title": "Reading",
        "school_year_id": str(world.alder_year),
    }
    goal = (await as_("nina").post("/goals", json=body)).json()
    refused = await act(as_("nina"), goal, "propose")
    assert (refused.status_code, refused.json()["code"]) == (409, "goal_incomplete")
    codes = [gap["code"] for gap in refused.json()["missing"]]
    assert codes == ["statement", "standard", "parent", "link_statement"]


async def test_the_school_leader_stands_in_only_where_there_is_no_lead(as_, world):
    body = growth(world, teacher_id=str(world.uma))
    goal = (await as_("uma").post("/goals", json=body)).json()
    assert (await as_("paul").get(f"/goals/{goal['id']}")).status_code == 404
    goal = (await act(as_("uma"), goal, "propose")).json()
    seen = await as_("paul").get(f"/goals/{goal['id']}")
    assert seen.status_code == 200
    assert "agree" in seen.json()["permissions"]
    goal = (await act(as_("uma"), goal, "agree")).json()
    goal = (await act(as_("paul"), goal, "agree")).json()
    assert goal["state"] == "agreed"
    assert goal["agreements"][1]["capacity"] == "school_leader_standing_in"
    own = (await as_("tom").post("/goals", json=growth(world))).json()
    own = (await act(as_("tom"), own, "propose")).json()
    assert (await as_("paul").get(f"/goals/{own['id']}")).status_code == 404


async def test_a_change_waits_beside_the_goal_until_the_other_agrees(as_, world):
    goal = await agreed(as_, world)
    path = f"/goals/{goal['id']}/revisions"
    measure = goal["measures"][0]
    easier = {
        "content": {
            "measures": [
                {
                    "id": measure["id"],
                    "name": "Checks",
                    "unit": "per lesson",
                    "baseline": 1,
                    "target": 3,
                }
            ]
        }
    }
    without = await as_("tom").post(path, json=easier, headers=at(goal))
    assert (without.status_code, without.json()["code"]) == (409, "reason_required")
    made = await as_("tom").post(
        path, json={**easier, "reason": "Two double lessons fell away."}, headers=at(goal)
    )
    assert made.status_code == 201, made.text
    still = (await as_("tom").get(f"/goals/{goal['id']}")).json()
    assert still["measures"][0]["target"] == 4
    assert still["version"] == goal["version"]
    revision = made.json()
    assert (await as_("paul").get(f"/goal-revisions/{revision['id']}")).status_code == 404
    assert (await as_("paul").get(path)).json()["items"] == []
    own = await as_("tom").post(f"/goal-revisions/{revision['id']}/agree", headers=at(revision))
    assert (own.status_code, own.json()["code"]) == (409, "already_agreed")
    second = await as_("lena").post(path, json={"content": {"title": "Other"}}, headers=at(goal))
    assert (second.status_code, second.json()["code"]) == (409, "revision_open")
    done = await as_("lena").post(f"/goal-revisions/{revision['id']}/agree", headers=at(revision))
    assert done.status_code == 200, done.text
    assert done.json()["replaced"]["measures"][0]["target"] == 4
    now = (await as_("paul").get(f"/goals/{goal['id']}")).json()
    assert now["measures"][0]["target"] == 3
    assert now["revision"] == 2
    assert len((await as_("paul").get(path)).json()["items"]) == 1


async def test_an_empty_change_makes_nobodys_version_stale(as_, world):
    goal = (await as_("tom").post("/goals", json=growth(world))).json()
    same = await as_("tom").patch(f"/goals/{goal['id']}", json={}, headers=at(goal))
    assert (same.status_code, same.json()["version"]) == (200, goal["version"])
    school = (await as_("ada").get(f"/schools/{world.alder}")).json()
    same = await as_("ada").patch(f"/schools/{world.alder}", json={}, headers=at(school))
    assert (same.status_code, same.json()["version"]) == (200, school["version"])


async def test_while_a_change_waits_no_other_is_offered(as_, world):
    goal = await agreed(as_, world)
    assert {"revise", "close"} <= set(goal["permissions"])
    change = {"content": {"title": "New"}}
    made = await as_("tom").post(f"/goals/{goal['id']}/revisions", json=change, headers=at(goal))
    assert made.json()["permissions"] == ["withdraw"]
    for who in ("tom", "lena"):
        seen = (await as_(who).get(f"/goals/{goal['id']}")).json()
        assert not {"revise", "close"} & set(seen["permissions"])
        refused = await act(as_(who), seen, "close", json={"outcome": "abandoned"})
        assert (refused.status_code, refused.json()["code"]) == (409, "revision_open")


async def test_a_goal_for_all_is_revised_whatever_its_kind(as_, world):
    new = {"level": "school", "title": "All read", "statement": "Every child reads.", "kind": None}
    for kind in ("growth", "student_learning"):
        body = {**new, "kind": kind, "school_year_id": str(world.alder_year)}
        goal = (await as_("paul").post("/goals", json=body)).json()
        goal = (await act(as_("paul"), goal, "publish")).json()
        change = {"reason": "Clearer.", "content": {"title": "All children read"}}
        done = await as_("paul").post(
            f"/goals/{goal['id']}/revisions", json=change, headers=at(goal)
        )
        assert (done.status_code, done.json()["state"]) == (201, "agreed"), done.text


@pytest.mark.parametrize(
    ("nonsense", "code"),
    [
        ({"starts_on": "2027-05-01", "due_on": "2027-04-30"}, "dates_reversed"),
        ({"starts_on": "2027-06-01"}, "dates_reversed"),
        ({"measures": [{"name": "A", "unit": "b", "baseline": 80, "target": 20}]}, "target_behind"),
        (
            {
                "measures": [
                    {"name": "A", "unit": "b", "baseline": 2, "target": 2},
                    {
                        "name": "A",
                        "unit": "b",
                        "baseline": 2,
                        "target": 8,
                        "direction": "decrease",
                    },
                ]
            },
            "target_behind",
        ),
    ],
)
async def test_what_cannot_be_meant_is_refused(as_, world, nonsense, code):
    tom = as_("tom")
    refused = await tom.post("/goals", json=growth(world, **nonsense))
    assert (refused.status_code, refused.json()["code"]) == (409, code), refused.text
    draft = (await tom.post("/goals", json=growth(world))).json()
    refused = await tom.patch(f"/goals/{draft['id']}", json=nonsense, headers=at(draft))
    assert (refused.status_code, refused.json()["code"]) == (409, code), refused.text
    goal = await agreed(as_, world)
    asked = {"reason": "Why not.", "content": nonsense}
    refused = await tom.post(f"/goals/{goal['id']}/revisions", json=asked, headers=at(goal))
    assert (refused.status_code, refused.json()["code"]) == (409, code), refused.text


async def test_a_goal_closes_when_both_agree_to_the_outcome(as_, world):
    goal = await agreed(as_, world)
    bare = await act(as_("tom"), goal, "close", json={"outcome": "met"})
    assert (bare.status_code, bare.json()["code"]) == (409, "evidence_missing")
    evidence = "Four checks a lesson in each of the last six observations."
    asked = await act(as_("tom"), goal, "close", json={"outcome": "met", "evidence": evidence})
    assert asked.status_code == 200, asked.text
    assert asked.json()["state"] == "agreed"
    assert asked.json()["warnings"][0]["code"] == "waiting_for_agreement"
    revisions = (await as_("lena").get(f"/goals/{goal['id']}/revisions")).json()["items"]
    assert [r["kind"] for r in revisions] == ["closing"]
    done = await as_("lena").post(
        f"/goal-revisions/{revisions[0]['id']}/agree", headers=at(revisions[0])
    )
    assert done.status_code == 200, done.text
    closed = (await as_("paul").get(f"/goals/{goal['id']}")).json()
    assert (closed["state"], closed["outcome"]) == ("closed", "met")
    notes = await as_("lena").get(f"/goals/{goal['id']}/comments")
    assert notes.json()["items"][0]["text"] == evidence
    assert (await as_("paul").get(f"/goals/{goal['id']}/comments")).status_code == 403
    comment = notes.json()["items"][0]["id"]
    assert (await as_("paul").get(f"/goal-comments/{comment}")).status_code == 404


async def test_progress_shows_on_the_goal_and_its_note_stays_with_the_pair(as_, world):
    goal = await agreed(as_, world)
    path = f"/goals/{goal['id']}/progress"
    body = {
        "measure_id": goal["measures"][0]["id"],
        "on": "2026-10-01",
        "value": 2.5,
        "note": "After the second visit",
    }
    future = await as_("tom").post(path, json={**body, "on": "2026-12-01"}, headers=at(goal))
    assert (future.status_code, future.json()["code"]) == (409, "progress_in_future")
    made = await as_("tom").post(path, json=body, headers=at(goal))
    assert made.status_code == 201, made.text
    seen = (await as_("paul").get(f"/goals/{goal['id']}")).json()
    assert seen["measures"][0]["latest_value"] == 2.5
    assert seen["version"] == goal["version"] + 1
    assert (await as_("paul").get(path)).status_code == 403
    assert (await as_("paul").get(f"/goal-progress/{made.json()['id']}")).status_code == 404
    assert (await as_("lena").get(path)).json()["items"][0]["note"] == body["note"]


async def test_a_comment_leaves_no_trace_on_the_goal_that_a_leader_reads(as_, world):
    goal = await agreed(as_, world)
    before = await as_("paul").get(f"/goals/{goal['id']}")
    added = await as_("lena").post(f"/goals/{goal['id']}/comments", json={"text": "Well done"})
    assert added.status_code == 201, added.text
    after = await as_("paul").get(f"/goals/{goal['id']}")
    assert after.content == before.content
    assert after.headers["etag"] == before.headers["etag"]


async def test_school_and_team_goals_are_their_writers_and_form_a_chain(as_, world):
    school_goal = {
        "level": "school",
        "kind": "student_learning",
        "title": "Every reader grows",
        "statement": "Every student grows by more than a year in reading.",
        "school_year_id": str(world.alder_year),
    }
    assert (await as_("lena").post("/goals", json=school_goal)).status_code == 403
    top = (await as_("paul").post("/goals", json=school_goal)).json()
    assert (await as_("tom").get(f"/goals/{top['id']}")).status_code == 404
    top = (await act(as_("paul"), top, "publish")).json()
    assert top["state"] == "published"
    assert (await as_("tom").get(f"/goals/{top['id']}")).status_code == 200
    assert (await as_("ada").get(f"/goals/{top['id']}")).status_code == 200
    assert (await as_("ben").get(f"/goals/{top['id']}")).status_code == 404
    team_goal = {**school_goal, "level": "team", "title": "Word problems", "parent_id": top["id"]}
    without = await as_("lena").post("/goals", json=team_goal)
    assert (without.status_code, without.json()["code"]) == (409, "wrong_owner")
    team_goal["team_id"] = str(world.maths)
    assert (await as_("luis").post("/goals", json=team_goal)).json()["code"] == "unknown_reference"
    middle = (await as_("lena").post("/goals", json=team_goal)).json()
    middle = (await act(as_("lena"), middle, "publish")).json()
    below = await as_("tom").post("/goals", json=growth(world, parent_id=middle["id"]))
    assert below.status_code == 201, below.text
    wrong = await as_("tom").post("/goals", json=growth(world, parent_id=below.json()["id"]))
    assert (wrong.status_code, wrong.json()["code"]) == (409, "parent_not_above")
    chain = (await as_("tom").get(f"/goals/{below.json()['id']}/chain")).json()
    assert [ref["title"] for ref in chain["above"]] == ["Word problems", "Every reader grows"]
    down = (await as_("paul").get(f"/goals/{top['id']}/chain")).json()
    assert [ref["title"] for ref in down["below"]] == ["Word problems"]
    assert (await as_("paul").get(f"/goals/{middle['id']}/chain")).json()["below"] == []
    closed = await act(as_("paul"), top, "close", json={"outcome": "superseded"})
    assert closed.json()["state"] == "closed", closed.text


async def test_lists_filter_sort_and_page_without_losing_rows(as_, world):
    titles = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]
    for number, title in enumerate(titles):
        due = None if number % 2 else f"2027-0{number + 1}-01"
        made = await as_("tom").post("/goals", json=growth(world, title=title, due_on=due))
        assert made.status_code == 201, made.text
    for sort in ("created", "-created", "due_on", "-due_on", "title", "-title"):
        seen: list[str] = []
        url = f"/goals?sort={sort}&limit=2"
        while url:
            answer = await as_("tom").get(url)
            assert answer.status_code == 200, answer.text
            seen += [item["title"] for item in answer.json()["items"]]
            cursor = answer.json()["next"]
            url = f"/goals?sort={sort}&limit=2&cursor={cursor}" if cursor else None
        assert sorted(seen) == sorted(titles), sort
    found = (await as_("tom").get("/goals?q=ALPH")).json()["items"]
    assert [item["title"] for item in found] == ["Alpha"]
    key = found[0]["indicators"][0]["key"]
    assert len((await as_("tom").get("/goals", params={"indicator": key})).json()["items"]) == 5
    assert (await as_("tom").get("/goals?state=agreed")).json()["items"] == []
    assert (await as_("tom").get("/goals?stat=agreed")).status_code == 422
    other = await as_("lena").get(f"/goals?sort=title&limit=2&cursor={'A' * 40}")
    assert (other.status_code, other.json()["code"]) == (400, "bad_cursor")


async def test_overdue_is_read_off_the_date(as_, world, ticking):
    goal = await agreed(as_, world, due_on="2026-10-06")
    assert goal["overdue"] is False
    ticking.move(days=2)
    assert (await as_("tom").get(f"/goals/{goal['id']}")).json()["overdue"] is True
    assert len((await as_("tom").get("/goals?overdue=true")).json()["items"]) == 1
    assert (await as_("tom").get("/goals?overdue=false")).json()["items"] == []


async def test_the_summary_singles_nobody_out(as_, world):
    await agreed(as_, world)
    mine = (await as_("tom").get("/goals/summary")).json()
    assert mine["by_state"] == [{"key": "agreed", "goals": 1}]
    leader = (await as_("paul").get("/goals/summary")).json()
    assert leader["by_state"] == [{"key": "agreed", "goals": None}]
    assert leader["goals"] is None
    assert leader["suppressed_under"] == 5


async def test_a_figure_is_left_out_when_it_would_tell_of_the_few_beside_it(as_, world, ticking):
    leads = {"tom": "lena", "nina": "lena", "sam": "luis", "uma": "paul", "olga": "paul"}
    soon, later = (str(ticking.at.date() + timedelta(days=days)) for days in (4, 9))

    async def in_force(teacher: str, lead: str, due_on: str) -> None:
        body = growth(world, teacher_id=str(getattr(world, teacher)), due_on=due_on)
        goal = (await as_(teacher).post("/goals", json=body)).json()
        for who, step in ((teacher, "propose"), (teacher, "agree"), (lead, "agree")):
            done = await act(as_(who), goal, step)
            assert done.status_code == 200, done.text
            goal = done.json()

    for teacher, lead in leads.items():
        await in_force(teacher, lead, soon)
    await in_force("pia", "paul", later)
    ticking.move(days=6)
    told = (await as_("paul").get("/goals/summary")).json()
    assert (told["goals"], told["overdue"]) == (6, None)  # six less five is Pia, by name
    ticking.move(days=6)
    told = (await as_("paul").get("/goals/summary")).json()
    assert (told["goals"], told["overdue"]) == (6, 6)


async def test_a_draft_is_deleted_by_its_author_while_nobody_else_wrote_in_it(as_, world):
    goal = (await as_("tom").post("/goals", json=growth(world))).json()
    assert (await as_("lena").delete(f"/goals/{goal['id']}", headers=at(goal))).status_code == 403
    gone = await as_("tom").delete(f"/goals/{goal['id']}", headers=at(goal))
    assert gone.status_code == 204, gone.text
    assert (await as_("tom").get(f"/goals/{goal['id']}")).status_code == 404
    shared = (await as_("tom").post("/goals", json=growth(world))).json()
    shared = (
        await as_("lena").patch(f"/goals/{shared['id']}", json={"title": "B"}, headers=at(shared))
    ).json()
    kept = await as_("tom").delete(f"/goals/{shared['id']}", headers=at(shared))
    assert (kept.status_code, kept.json()["code"]) == (409, "draft_shared")


async def test_the_audience_names_everybody_who_can_see_the_goal(as_, world):
    draft = (await as_("tom").post("/goals", json=growth(world))).json()
    seen = (await as_("tom").get(f"/goals/{draft['id']}/audience")).json()
    assert seen["record_class"] == "pair"
    assert [(r["relation"], r["name"]) for r in seen["readers"]] == [
        ("lead", "Lena Ortiz"),
        ("teacher", "Tom Brandt"),
    ]
    goal = await agreed(as_, world)
    seen = (await as_("tom").get(f"/goals/{goal['id']}/audience")).json()
    assert seen["record_class"] == "goal"
    assert ("school_leader", "Paul Reyes") in [(r["relation"], r["name"]) for r in seen["readers"]]
    assert ("client with goals:read", "Warehouse") in [
        (r["relation"], r["name"]) for r in seen["readers"]
    ]


async def test_a_repeated_request_is_done_once(as_, world):
    key = {"Idempotency-Key": "one-goal-please"}
    first = await as_("tom").post("/goals", json=growth(world), headers=key)
    again = await as_("tom").post("/goals", json=growth(world), headers=key)
    assert again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    assert len((await as_("tom").get("/goals")).json()["items"]) == 1
    other = await as_("tom").post("/goals", json=growth(world, title="Other"), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    theirs = await as_("lena").post("/goals", json=growth(world), headers=key)
    assert theirs.json()["id"] != first.json()["id"]
