"""SLOs over HTTP: the plan, who approves it when, end counts and result, what stays the pair's."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import Live, _owner
from tests.goals.test_goals import agreed, at, growth

pytestmark = pytest.mark.anyio

LEVELS = ["Significantly Underprepared", "Underprepared", "Somewhat Prepared", "Prepared", "Ahead"]
PLAN: dict[str, Any] = {
    "course_title": "Mathematics 7",
    "population": "All students of both sections.",
    "students": 30,
    "baseline_sources": [
        {"name": "Unit test 1", "kind": "assessment", "taken_on": "2026-09-10"},
        {"name": "Notebooks", "kind": "student_work", "taken_on": "2026-09-14"},
    ],
    "baseline_counts": [4, 8, 10, 6, 2],
    "end_criteria": [{"level": level, "text": "Solves what the level asks."} for level in LEVELS],
    "evidence_plan": "The district's test in April and two performance tasks.",
}
#: everybody of the baseline but one, who is excluded
END: dict[str, Any] = {
    "end_counts": [
        [0, 0, 4, 0, 0],
        [0, 3, 5, 0, 0],
        [0, 0, 2, 8, 0],
        [0, 0, 0, 6, 0],
        [0, 0, 0, 0, 1],
    ],
    "exclusions": [{"level": "Ahead", "count": 1, "reason": "Moved to another school in March."}],
}
STUDENT = {
    "kind": "student_learning",
    "standards": ["7.RP.A"],
    "rationale": "Proportional reasoning carries the rest of the year.",
    "statement": "Every student gains at least one level in proportional reasoning.",
    "indicator_ids": [],
    "measures": [],
}


async def do(client: Any, slo: dict[str, Any], step: str, body: Any = None) -> Any:
    """A step of the approval, at the version that was read."""
    options = {} if body is None else {"json": body}
    return await client.post(f"/goals/{slo['id']}/slo/{step}", headers=at(slo), **options)


async def ok(answer: Any, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    done = await answer
    assert done.status_code == status, done.text
    return done.json()


async def no(answer: Any, status: int, code: str) -> Any:
    """The problem of an answer that must be refused so."""
    refused = await answer
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    return refused.json()


async def patch(client: Any, slo: dict[str, Any], body: Any) -> Any:
    """An edit of the SLO, at the version that was read."""
    return await client.patch(f"/goals/{slo['id']}/slo", json=body, headers=at(slo))


async def planned(as_: Any, world: Any, **fields: Any) -> Any:
    """A goal of Tom's that both agreed, with a complete plan."""
    goal = await agreed(as_, world, **{**STUDENT, **fields})
    return await ok(patch(as_("tom"), goal, PLAN))


async def finalised(as_: Any, world: Any) -> Any:
    """The same through every step."""
    slo = await planned(as_, world)
    slo = await ok(do(as_("tom"), slo, "submit", {}))
    slo = await ok(do(as_("paul"), slo, "approve"))
    slo = await ok(patch(as_("lena"), slo, END))
    slo = await ok(do(as_("lena"), slo, "submit-end"))
    return await ok(do(as_("paul"), slo, "finalise"))


async def test_an_slo_goes_from_plan_to_result_and_closes_its_goal(as_, world):
    goal = await agreed(as_, world, **STUDENT)
    path = f"/goals/{goal['id']}/slo"
    # before anybody wrote it: what to build the form from, and nothing that was stored
    for who in ("tom", "paul"):
        empty = await ok(as_(who).get(path))
        assert (empty["levels"], empty["version"]) == (LEVELS, goal["version"])
        assert not any(empty[name] for name in (*PLAN, *END, "decisions", "result"))
    assert (empty["id"], empty["approval"], empty["teacher_id"]) == (
        goal["id"],
        "none",
        str(world.tom),
    )
    bare = await no(do(as_("tom"), goal, "submit", {}), 409, "slo_incomplete")
    assert [part["code"] for part in bare["missing"]] == ["slo"]
    slo = await ok(patch(as_("tom"), goal, {"population": "Both sections."}))
    assert (slo["levels"], slo["approval"], slo["version"]) == (LEVELS, "none", goal["version"] + 1)
    half = await no(do(as_("lena"), slo, "submit", {}), 409, "slo_incomplete")
    assert [part["code"] for part in half["missing"]] == [
        "course",
        "baseline_sources",
        "baseline_counts",
        "students",
        "end_criteria",
        "evidence_plan",
    ]
    # two names for one source are one source
    twice = {**PLAN, "students": 29, "baseline_sources": [PLAN["baseline_sources"][0]] * 2}
    slo = await ok(patch(as_("lena"), slo, twice))
    odd = await no(do(as_("tom"), slo, "submit", {}), 409, "slo_incomplete")
    assert [part["code"] for part in odd["missing"]] == ["baseline_sources", "students_differ"]
    slo = await ok(patch(as_("tom"), slo, PLAN))
    await no(do(as_("tom"), slo, "approve"), 403, "forbidden")
    early = await no(do(as_("paul"), slo, "approve"), 409, "wrong_state")
    # in the words of `permissions`
    assert early["state"] == "none"
    assert early["allowed"] == ["edit_slo", "submit_slo", "monitor_slo"]
    slo = await ok(do(as_("tom"), slo, "submit", {}))
    assert (slo["approval"], slo["warnings"]) == ("submitted", [])
    closed = await no(patch(as_("tom"), slo, {"students": 3}), 409, "wrong_state")
    assert closed["state"] == "submitted"
    await no(do(as_("paul"), slo, "return", {}), 422, "invalid")
    slo = await ok(do(as_("paul"), slo, "return", {"reason": "Name the second task."}))
    part = await no(patch(as_("tom"), slo, {**END, "students": 30}), 409, "slo_part_closed")
    assert part["fields"] == ["end_counts", "exclusions"]
    slo = await ok(patch(as_("tom"), slo, {"evidence_plan": "The test, and the bridge task."}))
    slo = await ok(do(as_("lena"), slo, "submit", {}))
    slo = await ok(do(as_("paul"), slo, "approve"))
    part = await no(patch(as_("tom"), slo, {"students": 31}), 409, "slo_part_closed")
    assert part["fields"] == ["students"]
    none_yet = await no(do(as_("tom"), slo, "submit-end"), 409, "slo_incomplete")
    assert [one["code"] for one in none_yet["missing"]] == ["end_counts"]
    slo = await ok(patch(as_("tom"), slo, {"end_counts": END["end_counts"]}))
    gap = await no(do(as_("tom"), slo, "submit-end"), 409, "slo_incomplete")
    assert [one["message"] for one in gap["missing"]] == [
        "Ahead: 2 students at the baseline, but 1 counted or excluded at the end."
    ]
    slo = await ok(patch(as_("tom"), slo, END))
    slo = await ok(do(as_("tom"), slo, "submit-end"))
    assert [one["code"] for one in slo["warnings"]] == ["outside_window"]
    slo = await ok(do(as_("paul"), slo, "return-end", {"reason": "Who moved, and when?"}))
    slo = await ok(do(as_("lena"), slo, "submit-end"))
    slo = await ok(do(as_("paul"), slo, "finalise"))
    result = slo["result"]
    assert (result["counted"], result["excluded"]) == (29, 1)
    assert result["points"] == pytest.approx(
        (4 * 2 + 3 * 1 + 5 * 2 + 2 * 1 + 8 * 2 + 6 * 2 + 3) / 29, abs=0.0001
    )
    assert (result["outcome"], slo["state"]) == ("partly_met", "closed")
    steps = [(one["step"], one["capacity"], one["reason"]) for one in slo["decisions"]]
    assert steps == [
        ("submitted", "teacher", None),
        ("returned", "school_leader", "Name the second task."),
        ("submitted", "lead", None),
        ("approved", "school_leader", None),
        ("end_submitted", "teacher", None),
        ("end_returned", "school_leader", "Who moved, and when?"),
        ("end_submitted", "lead", None),
        ("finalised", "school_leader", None),
    ]
    read = await ok(as_("juniper_warehouse").get(f"/goals/{slo['id']}"))
    assert (read["state"], read["outcome"]) == ("closed", "partly_met")
    assert not {"approval", "approver_id"} & set(read)


async def test_a_reopened_slo_is_in_force_again_and_keeps_what_it_came_to(as_, world):
    slo = await finalised(as_, world)
    assert {"reopen_slo"} == {one for one in slo["permissions"] if one.endswith("slo")}
    await no(do(as_("tom"), slo, "reopen", {"reason": "A mistake."}), 403, "forbidden")
    slo = await ok(do(as_("paul"), slo, "reopen", {"reason": "A row was wrong."}))
    assert (slo["approval"], slo["state"], slo["result"]) == ("approved", "agreed", None)
    goal = await ok(as_("paul").get(f"/goals/{slo['id']}"))
    assert (goal["state"], goal["outcome"], goal["closed_at"]) == ("agreed", None, None)
    assert slo["decisions"][-2]["result"]["outcome"] == "partly_met"
    better = [[0, 0, 0, 4, 0], [0, 0, 8, 0, 0], *END["end_counts"][2:]]
    slo = await ok(patch(as_("tom"), slo, {"end_counts": better}))
    slo = await ok(do(as_("tom"), slo, "submit-end"))
    slo = await ok(do(as_("paul"), slo, "finalise"))
    assert slo["result"]["outcome"] == "met"
    # back to the plan, from approved: what was counted stays and is compared again
    slo = await ok(do(as_("paul"), slo, "reopen", {"reason": "The plan counted one too many."}))
    slo = await ok(do(as_("paul"), slo, "return", {"reason": "Correct the baseline."}))
    slo = await ok(patch(as_("tom"), slo, {"students": 29, "baseline_counts": [4, 7, 10, 6, 2]}))
    slo = await ok(do(as_("tom"), slo, "submit", {}))
    slo = await ok(do(as_("paul"), slo, "approve"))
    gap = await no(do(as_("tom"), slo, "submit-end"), 409, "slo_incomplete")
    assert [one["message"][:16] for one in gap["missing"]] == ["Underprepared: 7"]


async def test_what_is_submitted_is_not_changed_or_closed_under_the_leader(as_, world):
    slo = await planned(as_, world)
    path = f"/goals/{slo['id']}"
    change = {"content": {"statement": "Half of them gain a level."}}
    waiting = await ok(as_("tom").post(f"{path}/revisions", json=change, headers=at(slo)), 201)
    assert "submit_slo" not in (await ok(as_("tom").get(path)))["permissions"]
    await no(do(as_("tom"), slo, "submit", {}), 409, "revision_open")
    withdrawn = as_("tom").post(f"/goal-revisions/{waiting['id']}/withdraw", headers=at(waiting))
    await ok(withdrawn)
    slo = await ok(do(as_("tom"), slo, "submit", {}))
    for who in ("tom", "lena"):
        refused = as_(who).post(f"{path}/revisions", json=change, headers=at(slo))
        assert "return it" in (await no(refused, 409, "slo_submitted"))["next_step"]
        seen = await ok(as_(who).get(path))
        assert "revise" not in seen["permissions"]
        assert "close" in seen["permissions"]
    met = {"outcome": "met", "evidence": "We think so."}
    await no(as_("tom").post(f"{path}/close", json=met, headers=at(slo)), 409, "slo_submitted")
    # returned, it changes as any goal does, but stays an SLO
    slo = await ok(do(as_("paul"), slo, "return", {"reason": "Too low."}))
    other = {"content": {"kind": "growth", "indicator_ids": [str(world.leap_i5)]}}
    stays = as_("tom").post(f"{path}/revisions", json=other, headers=at(slo))
    await no(stays, 409, "slo_stays")
    made = await ok(as_("tom").post(f"{path}/revisions", json=change, headers=at(slo)), 201)
    await ok(as_("lena").post(f"/goal-revisions/{made['id']}/agree", headers=at(made)))
    slo = await ok(as_("tom").get(f"{path}/slo"))
    slo = await ok(do(as_("tom"), slo, "submit", {}))
    # both may still give it up
    await ok(as_("tom").post(f"{path}/close", json={"outcome": "abandoned"}, headers=at(slo)))
    revisions = (await ok(as_("lena").get(f"{path}/revisions")))["items"]
    [ending] = [one for one in revisions if one["kind"] == "closing"]
    await ok(as_("lena").post(f"/goal-revisions/{ending['id']}/agree", headers=at(ending)))
    gone = await ok(as_("paul").get(f"{path}/slo"))
    assert (gone["state"], gone["approval"]) == ("closed", "submitted")
    assert [one for one in gone["permissions"] if one.endswith("slo")] == []
    await no(do(as_("paul"), gone, "approve"), 409, "wrong_state")


async def test_a_close_that_waited_while_the_leader_finalised_changes_nothing(as_, world):
    slo = await planned(as_, world)
    path = f"/goals/{slo['id']}"
    slo = await ok(do(as_("tom"), slo, "submit", {}))
    slo = await ok(do(as_("paul"), slo, "approve"))
    slo = await ok(patch(as_("tom"), slo, END))
    slo = await ok(do(as_("tom"), slo, "submit-end"))
    await ok(as_("tom").post(f"{path}/close", json={"outcome": "superseded"}, headers=at(slo)))
    # the leader cannot tell that the two think of it
    assert (await ok(as_("paul").get(path)))["version"] == slo["version"]
    await ok(do(as_("paul"), slo, "finalise"))
    [waiting] = (await ok(as_("lena").get(f"{path}/revisions")))["items"]
    assert waiting["permissions"] == ["withdraw"]
    agreeing = as_("lena").post(f"/goal-revisions/{waiting['id']}/agree", headers=at(waiting))
    assert (await no(agreeing, 409, "wrong_state"))["allowed"] == ["withdraw"]
    assert (await ok(as_("tom").get(path)))["outcome"] == "partly_met"
    taken_back = as_("tom").post(f"/goal-revisions/{waiting['id']}/withdraw", headers=at(waiting))
    assert (await ok(taken_back))["state"] == "withdrawn"


async def test_a_plan_is_the_pairs_until_both_agreed_the_goal(as_, world):
    draft = await ok(as_("tom").post("/goals", json=growth(world, **STUDENT)), 201)
    path = f"/goals/{draft['id']}/slo"
    slo = await ok(patch(as_("lena"), draft, PLAN))
    for stranger in ("paul", "ada", "luis", "nina", "bea", "zoe"):
        assert (await as_(stranger).get(path)).status_code == 404, stranger
        assert (await do(as_(stranger), slo, "approve")).status_code == 404, stranger
    early = await no(do(as_("tom"), slo, "submit", {}), 409, "wrong_state")
    assert early["state"] == "draft"
    # two wrote in it, so one alone does not delete it
    gone = as_("tom").delete(f"/goals/{draft['id']}", headers=at(slo))
    await no(gone, 409, "draft_shared")
    own = await ok(as_("tom").post("/goals", json=growth(world, **STUDENT)), 201)
    own = await ok(patch(as_("tom"), own, PLAN))
    assert (await as_("tom").delete(f"/goals/{own['id']}", headers=at(own))).status_code == 204
    other = await ok(as_("tom").post("/goals", json=growth(world)), 201)
    await no(patch(as_("tom"), other, PLAN), 409, "not_an_slo")
    assert (await as_("tom").get(f"/goals/{other['id']}/slo")).status_code == 404
    shared = {"level": "school", "kind": "student_learning", "title": "Reasons"}
    shared = {**shared, "school_year_id": str(world.alder_year)}
    shared = await ok(as_("paul").post("/goals", json=shared), 201)
    assert (await as_("paul").get(f"/goals/{shared['id']}/slo")).status_code == 404
    await no(
        as_("tom").get(f"/goals/{own['id']}/slo"),
        404,
        "not_found",
    )


async def test_what_cannot_be_meant_is_refused(as_, world):
    slo = await planned(as_, world)
    tom = as_("tom")
    section = (await ok(tom.get("/classes"))).get("items")
    assert section == []
    nowhere = "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9eff"
    for body, code in (
        ({"class_section_id": nowhere}, "unknown_reference"),
        ({"course_id": nowhere}, "unknown_reference"),
        ({"end_criteria": [{"level": "Great", "text": "Yes."}]}, "unknown_level"),
        ({"end_criteria": [PLAN["end_criteria"][0]] * 2}, "unknown_level"),
        (
            {"baseline_sources": [{"name": "Later", "taken_on": "2026-12-01"}]},
            "source_in_future",
        ),
    ):
        await no(patch(tom, slo, body), 409, code)
    for body in (
        {"baseline_counts": [1, 2, 3]},
        {"baseline_counts": [1, 2, 3, 4, -1]},
        {"end_counts": [[1, 2, 3, 4, 5]] * 4},
        {"exclusions": [{"level": "Ahead", "count": 1}]},
        {"approval": "approved"},
        {"levels": LEVELS},
    ):
        assert (await patch(tom, slo, body)).status_code == 422, body
    await no(do(tom, slo, "submit", {"approver_id": str(world.ada)}), 409, "approver_not_needed")
    # nobody left to count
    slo = await ok(do(tom, slo, "submit", {}))
    slo = await ok(do(as_("paul"), slo, "approve"))
    everybody = [
        {"level": level, "count": count, "reason": "The test was lost."}
        for level, count in zip(LEVELS, PLAN["baseline_counts"], strict=True)
    ]
    slo = await ok(patch(tom, slo, {"end_counts": [[0] * 5] * 5, "exclusions": everybody}))
    lost = await no(do(tom, slo, "submit-end"), 409, "slo_incomplete")
    assert [one["code"] for one in lost["missing"]] == ["nobody_counted"]


async def test_a_leaders_own_slo_is_approved_by_a_named_administrator(as_, world):
    # Nina teaches, is coached by Lena, and now leads the school beside Paul
    role = {"person_id": str(world.nina), "kind": "school_leader", "school_id": str(world.alder)}
    await ok(as_("ada").post("/roles", json=role), 201)
    top = {
        "level": "school",
        "kind": "student_learning",
        "title": "All read",
        "statement": "Every child reads.",
        "school_year_id": str(world.alder_year),
    }
    above = await ok(as_("paul").post("/goals", json=top), 201)
    above = await ok(as_("paul").post(f"/goals/{above['id']}/publish", headers=at(above)))
    body = growth(
        world,
        **STUDENT,
        teacher_id=str(world.nina),
        parent_id=above["id"],
        link_statement="Reading serves every word problem.",
    )
    goal = await ok(as_("nina").post("/goals", json=body), 201)
    for who, step in (("nina", "propose"), ("nina", "agree"), ("lena", "agree")):
        goal = await ok(as_(who).post(f"/goals/{goal['id']}/{step}", headers=at(goal)))
    slo = await ok(patch(as_("nina"), goal, PLAN))
    path = f"/goals/{goal['id']}"
    await no(do(as_("nina"), slo, "submit", {}), 409, "approver_needed")
    for wrong in (world.nina, world.paul, world.zoe, world.yan):
        named = {"approver_id": str(wrong)}
        said = await no(do(as_("nina"), slo, "submit", named), 409, "unknown_reference")
        assert said["field"] == "approver_id"
    assert (await as_("ada").get(path)).status_code == 404
    slo = await ok(do(as_("lena"), slo, "submit", {"approver_id": str(world.ada)}))
    seen = await ok(as_("ada").get(f"{path}/slo"))
    assert {"approve_slo", "return_slo"} == set(seen["permissions"])
    # neither she herself nor the other leader decides
    for who in ("nina", "paul"):
        await no(do(as_(who), slo, "approve"), 403, "forbidden")
    readers = (await ok(as_("nina").get(f"{path}/audience")))["readers"]
    assert ("approver", str(world.ada)) in [(one["relation"], one["person_id"]) for one in readers]
    # the notes of the two stay with the two
    assert (await as_("ada").get(f"{path}/comments")).status_code == 403
    slo = await ok(do(as_("ada"), slo, "approve"))
    assert slo["decisions"][-1]["capacity"] == "district_administrator"
    listed = await ok(as_("ada").get("/goals?approval=approved"))
    assert [one["id"] for one in listed["items"]] == [goal["id"]]
    # who no longer administers the district has nothing to decide
    [ends] = (await ok(as_("ada").get("/roles?kind=district_administrator")))["items"]
    other = await ok(
        as_("ada").post(
            "/roles", json={"person_id": str(world.ivy), "kind": "district_administrator"}
        ),
        201,
    )
    assert other["kind"] == "district_administrator"
    await ok(as_("ivy").post(f"/roles/{ends['id']}/end", headers=at(ends)))
    assert (await as_("ada").get(f"{path}/slo")).status_code == 404
    assert (await as_("ivy").get(f"{path}/slo")).status_code == 404
    # so another is named, by the teacher alone
    ivy = {"approver_id": str(world.ivy)}
    await no(do(as_("lena"), slo, "name-approver", ivy), 403, "forbidden")
    slo = await ok(do(as_("nina"), slo, "name-approver", ivy))
    assert (slo["approval"], slo["approver_id"]) == ("approved", str(world.ivy))
    await no(do(as_("nina"), slo, "name-approver", ivy), 409, "approver_named")
    assert "return_slo" in (await ok(as_("ivy").get(f"{path}/slo")))["permissions"]


async def test_who_leads_no_school_any_more_leaves_it_to_the_schools_leaders(as_, world):
    role = {"person_id": str(world.tom), "kind": "school_leader", "school_id": str(world.alder)}
    leads = await ok(as_("ada").post("/roles", json=role), 201)
    slo = await planned(as_, world)
    slo = await ok(do(as_("tom"), slo, "submit", {"approver_id": str(world.ada)}))
    nobody: dict[str, Any] = {"approver_id": None}
    await no(do(as_("tom"), slo, "name-approver", nobody), 409, "approver_named")
    other = {"person_id": str(world.ivy), "kind": "district_administrator"}
    await ok(as_("ada").post("/roles", json=other), 201)
    [ends] = (
        await ok(as_("ada").get(f"/roles?kind=district_administrator&person_id={world.ada}"))
    )["items"]
    await ok(as_("ivy").post(f"/roles/{ends['id']}/end", headers=at(ends)))
    await no(do(as_("tom"), slo, "name-approver", nobody), 409, "approver_needed")
    await ok(as_("ivy").post(f"/roles/{leads['id']}/end", headers=at(leads)))
    # whom he named decides no more, he may name nobody else, and the leaders do not decide yet
    await no(do(as_("paul"), slo, "approve"), 403, "forbidden")
    ivy = {"approver_id": str(world.ivy)}
    await no(do(as_("tom"), slo, "name-approver", ivy), 409, "approver_not_needed")
    slo = await ok(do(as_("tom"), slo, "name-approver", nobody))
    assert (slo["approval"], slo["approver_id"]) == ("submitted", None)
    await no(do(as_("tom"), slo, "name-approver", nobody), 409, "approver_not_needed")
    slo = await ok(do(as_("paul"), slo, "approve"))
    assert slo["decisions"][-1]["capacity"] == "school_leader"


async def test_a_lead_who_leads_the_school_does_not_decide_on_what_they_submitted(as_, world):
    role = {"person_id": str(world.lena), "kind": "school_leader", "school_id": str(world.alder)}
    await ok(as_("ada").post("/roles", json=role), 201)
    slo = await planned(as_, world)
    path = f"/goals/{slo['id']}"
    slo = await ok(do(as_("lena"), slo, "submit", {}))
    assert "approve_slo" not in slo["permissions"]
    await no(do(as_("lena"), slo, "approve"), 409, "own_submission")
    assert "approve_slo" in (await ok(as_("paul").get(path)))["permissions"]
    # nobody is stuck where there is no other leader: the teacher submits
    slo = await ok(do(as_("lena"), slo, "return", {"reason": "Submit it yourself."}))
    await ok(do(as_("tom"), slo, "submit", {}))
    slo = await ok(as_("lena").get(f"{path}/slo"))
    assert "approve_slo" in slo["permissions"]
    slo = await ok(do(as_("lena"), slo, "approve"))
    slo = await ok(patch(as_("tom"), slo, END))
    slo = await ok(do(as_("lena"), slo, "submit-end"))
    assert "finalise_slo" not in slo["permissions"]
    await no(do(as_("lena"), slo, "finalise"), 409, "own_submission")
    await ok(do(as_("paul"), slo, "finalise"))


async def test_windows_warn_and_where_enforced_refuse(as_, world, ticking):
    slo = await planned(as_, world)
    ticking.move_to("2026-11-05T16:00:00+00:00")
    slo = await ok(do(as_("tom"), slo, "submit", {}))
    assert [one["code"] for one in slo["warnings"]] == ["outside_window"]
    policy = await ok(as_("ada").get("/district/policy"))
    for name in ("slo_approval", "end_of_year"):
        for window in policy["values"]["windows"]:
            window["enforce"] = window["enforce"] or window["name"] == name
    body = {"values": {"windows": policy["values"]["windows"]}, "reason": "We mean it."}
    await ok(as_("ada").patch("/district/policy", json=body, headers=at(policy)))
    refused = await no(do(as_("paul"), slo, "approve"), 409, "outside_window")
    assert (refused["window"], refused["closes"]) == ("slo_approval", "2026-10-30")
    # a return is never too late
    slo = await ok(do(as_("paul"), slo, "return", {"reason": "Next year."}))
    await no(do(as_("tom"), slo, "submit", {}), 409, "outside_window")


async def test_a_window_is_one_of_the_goals_own_year(as_, world):
    slo = await planned(as_, world, school_year_id=str(world.alder_past))
    slo = await ok(do(as_("tom"), slo, "submit", {}))
    [late] = slo["warnings"]
    assert late["code"] == "outside_window"
    assert "2025-10-30" in late["message"]


async def test_an_slo_keeps_the_levels_and_the_matrix_it_was_made_with(as_, world):
    slo = await finalised(as_, world)
    draft = await planned(as_, world)
    policy = await ok(as_("ada").get("/district/policy"))
    levels = ["One", "Two", "Three", "Four", "Five"]
    flat = [[7] * 5] * 5
    for values, field in (
        ({"slo_levels": ["One", "one", "Three", "Four", "Five"]}, "slo_levels"),
        ({"slo_matrix": flat}, "slo_matrix"),
        ({"slo_partly_met_percent": 80}, "slo_partly_met_percent"),
    ):
        body = {"values": values, "reason": "Trying."}
        refused = as_("ada").patch("/district/policy", json=body, headers=at(policy))
        assert (await no(refused, 409, "slo_policy_contradicts"))["field"] == field
    matrix = [[0, 1, 2, 3, 4] for _ in range(5)]
    body = {"values": {"slo_levels": levels, "slo_matrix": matrix}, "reason": "Our own scale."}
    await ok(as_("ada").patch("/district/policy", json=body, headers=at(policy)))
    kept = await ok(as_("tom").get(f"/goals/{slo['id']}/slo"))
    assert (kept["levels"], kept["result"]) == (LEVELS, slo["result"])
    draft = await ok(patch(as_("tom"), draft, {"end_criteria": PLAN["end_criteria"]}))
    assert draft["levels"] == LEVELS
    fresh = await agreed(as_, world, **STUDENT)
    assert (await ok(patch(as_("tom"), fresh, {"students": 3})))["levels"] == levels


async def test_what_is_seen_on_the_way_stays_with_the_two(as_, world):
    slo = await planned(as_, world)
    path = f"/goals/{slo['id']}"
    before = await as_("paul").get(path)
    body = {
        "on": "2026-10-02",
        "looked_at": "Exit tickets of week 6",
        "seen": "Most set up the ratio, few explain it.",
        "counts": [3, 8, 10, 7, 2],
    }
    later = as_("tom").post(f"{path}/slo-monitoring", json={**body, "on": "2026-12-01"})
    await no(later, 409, "progress_in_future")
    made = await ok(as_("lena").post(f"{path}/slo-monitoring", json=body), 201)
    assert (await ok(as_("tom").get(f"/slo-monitoring?goal_id={slo['id']}")))["items"] == [
        {**made, "permissions": []}
    ]
    await no(as_("paul").post(f"{path}/slo-monitoring", json=body), 403, "forbidden")
    for who in ("paul", "ada", "nina", "luis"):
        assert (await ok(as_(who).get("/slo-monitoring")))["items"] == []
        assert (await as_(who).get(f"/slo-monitoring/{made['id']}")).status_code == 404
    after = await as_("paul").get(path)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    plain = await agreed(as_, world)
    noted = as_("tom").post(f"/goals/{plain['id']}/slo-monitoring", json=body)
    await no(noted, 409, "not_an_slo")
    unwritten = await agreed(as_, world, **STUDENT)
    noted = as_("tom").post(f"/goals/{unwritten['id']}/slo-monitoring", json=body)
    await no(noted, 409, "slo_not_written")


async def test_coverage_counts_and_says_nothing_of_what_they_say(as_, world):
    paul = as_("paul")

    async def of_tom() -> Any:
        listed = await ok(paul.get(f"/goals/slo-coverage?school_id={world.alder}&limit=200"))
        return next((one for one in listed["items"] if one["id"] == str(world.tom)), None)

    first = await planned(as_, world)
    assert (await of_tom())["submitted"] == 0
    first = await ok(do(as_("tom"), first, "submit", {}))
    second = await planned(as_, world)
    second = await ok(do(as_("tom"), second, "submit", {}))
    assert await of_tom() is None
    second = await ok(do(paul, second, "return", {"reason": "Not yet."}))
    await ok(do(paul, first, "approve"))
    row = await of_tom()
    assert (row["submitted"], row["approved"], row["minimum"]) == (1, 1, 2)
    assert set(row) == {
        "id",
        "given_name",
        "family_name",
        "school_id",
        "school_year_id",
        "submitted",
        "approved",
        "minimum",
    }
    pages, address = [], "/goals/slo-coverage?limit=3"
    while address:
        page = await ok(paul.get(address))
        pages += [one["id"] for one in page["items"]]
        address = page["next"] and f"/goals/slo-coverage?limit=3&cursor={page['next']}"
    assert len(pages) == len(set(pages)) == 8
    past = await ok(paul.get(f"/goals/slo-coverage?school_year_id={world.alder_past}"))
    assert {one["submitted"] for one in past["items"]} == {0}
    for who in ("lena", "tom", "ada", "bea"):
        seen = await ok(as_(who).get(f"/goals/slo-coverage?school_id={world.alder}"))
        assert seen["items"] == [], who


async def test_coverage_counts_what_a_teacher_brought_from_another_school(as_, world):
    slo = await planned(as_, world)
    await ok(do(as_("tom"), slo, "submit", {}))
    role = {"person_id": str(world.tom), "kind": "teacher", "school_id": str(world.birch)}
    await ok(as_("ada").post("/roles", json={**role, "tested_subject": True}), 201)
    listed = (await ok(as_("bea").get("/goals/slo-coverage")))["items"]
    [toms] = [one for one in listed if one["id"] == str(world.tom)]
    assert (toms["school_id"], toms["submitted"]) == (str(world.birch), 1)


async def test_lists_filter_by_approval_and_integrations_learn_nothing_of_it(as_, world):
    slo = await planned(as_, world)
    slo = await ok(do(as_("tom"), slo, "submit", {}))
    waiting = await ok(as_("paul").get("/goals?approval=submitted"))
    assert [one["id"] for one in waiting["items"]] == [slo["id"]]
    assert (await ok(as_("bea").get("/goals?approval=submitted")))["items"] == []
    warehouse = as_("juniper_warehouse")
    await no(warehouse.get("/goals?approval=submitted"), 403, "not_for_clients")
    assert (await warehouse.get(f"/goals/{slo['id']}/slo")).status_code == 403


async def test_audit_and_feed_hold_no_counts_and_no_words(as_, world, connection):
    head = await ok(as_("juniper_warehouse").get("/changes/head"))
    slo = await finalised(as_, world)
    await ok(do(as_("paul"), slo, "reopen", {"reason": "An unmistakable reason."}))
    rows = await connection.execute(
        text(
            "select action, to_jsonb(event)::text as words from event where subject_id = :id"
            " order by subject_version"
        ),
        {"id": slo["id"]},
    )
    events = [(row.action, row.words) for row in rows]
    names = [action for action, _ in events if action.startswith("slo.")]
    assert names == [
        "slo.changed",
        "slo.submitted",
        "slo.approved",
        "slo.changed",
        "slo.end_submitted",
        "slo.finalised",
        "slo.reopened",
    ]
    said = " ".join(words for _, words in events)
    for secret in ("unmistakable", "Moved", "Unit test", "Mathematics", "partly_met", "[4, 8"):
        assert secret not in said, secret
    changes = await ok(as_("juniper_warehouse").get(f"/changes?since={head['position']}"))
    assert {one["object_id"] for one in changes["items"]} <= {slo["id"]}
    assert "unmistakable" not in json.dumps(changes)


async def test_a_repeated_step_answers_again_and_only_who_still_sees_it(as_, world):
    slo = await planned(as_, world)
    key = {"Idempotency-Key": "submit-once", **at(slo)}
    path = f"/goals/{slo['id']}/slo/submit"
    first = await as_("tom").post(path, json={}, headers=key)
    again = await as_("tom").post(path, json={}, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    assert len(again.json()["decisions"]) == 1
    # the lead decides nothing, and a lead who is no more sees nothing
    link = await ok(as_("paul").get(f"/coaching-relationships/{world.lena_tom}"))
    key = {"Idempotency-Key": "comes-back", **at(first.json())}
    given = {"reason": "Another look."}
    done = await as_("paul").post(f"/goals/{slo['id']}/slo/return", json=given, headers=key)
    lead = {"Idempotency-Key": "of-the-lead", **at(done.json())}
    await ok(as_("lena").post(path, json={}, headers=lead))
    ended = as_("paul").post(
        f"/coaching-relationships/{world.lena_tom}/end",
        json={"reason": "Another team."},
        headers=at(link),
    )
    await ok(ended)
    assert (await as_("lena").post(path, json={}, headers=lead)).status_code == 404
    assert (await as_("lena").get(f"/goals/{slo['id']}/slo")).status_code == 404


# --- at the same moment -----------------------------------------------------------------------


async def _both(*answers: Any) -> list[int]:
    return sorted(answer.status_code for answer in await asyncio.gather(*answers))


async def test_two_decide_at_once_and_one_decision_stands(live: Live) -> None:
    as_, world = live.as_, live.world
    role = {"person_id": str(world.mia), "kind": "school_leader", "school_id": str(world.alder)}
    await ok(as_("ada").post("/roles", json=role), 201)
    slo = await planned(as_, world)
    path = f"/goals/{slo['id']}/slo"
    # the lead and the teacher submit
    statuses = await _both(do(as_("tom"), slo, "submit", {}), do(as_("lena"), slo, "submit", {}))
    assert statuses == [200, 412]
    slo = await ok(as_("tom").get(path))
    # two leaders: one approves, the other returns
    given = {"reason": "Too vague."}
    assert await _both(do(as_("paul"), slo, "approve"), do(as_("mia"), slo, "return", given)) == [
        200,
        412,
    ]
    slo = await ok(as_("tom").get(path))
    if slo["approval"] == "returned":
        slo = await ok(do(as_("tom"), slo, "submit", {}))
        slo = await ok(do(as_("paul"), slo, "approve"))
    slo = await ok(patch(as_("tom"), slo, END))
    # end counts are submitted while the leader returns the plan
    assert await _both(
        do(as_("tom"), slo, "submit-end"), do(as_("paul"), slo, "return", given)
    ) == [200, 412]
    slo = await ok(as_("tom").get(path))
    if slo["approval"] == "returned":
        slo = await ok(do(as_("tom"), slo, "submit", {}))
        slo = await ok(do(as_("paul"), slo, "approve"))
        slo = await ok(do(as_("tom"), slo, "submit-end"))
    assert await _both(do(as_("paul"), slo, "finalise"), do(as_("mia"), slo, "finalise")) == [
        200,
        412,
    ]
    slo = await ok(as_("tom").get(path))
    steps = [one["step"] for one in slo["decisions"]]
    assert steps.count("finalised") == 1
    async with _owner(live.owner_url) as connection:
        await connection.execute(
            text("select set_config('app.district', :id, false)"), {"id": str(world.juniper)}
        )
        rows = await connection.execute(
            text(
                "select count(*), count(distinct subject_version) from event"
                " where subject_id = :id and action like 'slo.%'"
            ),
            {"id": slo["id"]},
        )
        counted, versions = rows.one()
    assert counted == versions == len(steps) + 2


async def test_a_change_of_the_goal_and_its_submission_do_not_pass_each_other(live: Live) -> None:
    slo = await planned(live.as_, live.world)
    path = f"/goals/{slo['id']}"
    change = {"content": {"statement": "Half of them."}}
    proposed, submitted = await asyncio.gather(
        live.as_("lena").post(f"{path}/revisions", json=change, headers=at(slo)),
        do(live.as_("tom"), slo, "submit", {}),
    )
    assert (proposed.status_code, submitted.status_code) in {(201, 409), (409, 200), (412, 200)}
