"""Templates of goals: whose they are, what a goal takes from them, and what cannot be taken."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from app.goals.beginning import day_in
from tests.goals.test_goals import act

pytestmark = pytest.mark.anyio

I5 = "Denver Public Schools:LEAP:1:I.5"
PARTIAL = {
    "title": "Hear from everybody",
    "statement": "By May I hear from every student at least once in each lesson.",
    "rationale": "A third of the class is silent.",
    "standards": ["SL.4.1"],
    "measures": [{"name": "Students heard", "unit": "% of students", "target": 95}],
    "indicator_keys": [I5, "Nobody:NONE:1:X.9"],
    "starts": "09-15",
    "due": "05-14",
}
NEW = {
    "kind": "goal",
    "key": "hear_all",
    "title": "Hear from everybody",
    "goal_kind": "growth",
    "goal": PARTIAL,
}


def at(row: Any) -> dict[str, str]:
    return {"If-Match": f'"{row["version"]}"'}


async def made(client: Any, *, publish: bool = True, **changes: Any) -> Any:
    answer = await client.post("/templates", json={**NEW, **changes})
    assert answer.status_code == 201, answer.text
    row = answer.json()
    if publish:
        answer = await client.post(f"/templates/{row['id']}/publish", headers=at(row))
        assert answer.status_code == 200, answer.text
        row = answer.json()
    return row


def goal_of(world: Any, template: Any, **fields: Any) -> dict[str, Any]:
    return {
        "level": "individual",
        "kind": "growth",
        "school_year_id": str(world.alder_year),
        "teacher_id": str(world.tom),
        "template_id": template["id"],
        **fields,
    }


async def test_a_goal_takes_from_its_template_what_is_left_out(as_, world):
    template = await made(as_("paul"), home="school", school_id=str(world.alder))
    goal = (await as_("tom").post("/goals", json=goal_of(world, template))).json()
    assert goal["template_id"] == template["id"]
    assert (goal["title"], goal["statement"]) == (PARTIAL["title"], PARTIAL["statement"])
    assert (goal["starts_on"], goal["due_on"]) == ("2026-09-15", "2027-05-14")
    assert [row["code"] for row in goal["indicators"]] == ["I.5"]
    assert [(row["target"], row["baseline"]) for row in goal["measures"]] == [(95, None)]
    assert [one["code"] for one in goal["warnings"]] == [
        "template_indicator_left_out",
        "baseline_missing",
    ]
    assert "X.9" in goal["warnings"][0]["message"]
    # what is sent stays as it is, null and empty lists too
    sent = {
        "title": "Mine",
        "statement": None,
        "measures": [],
        "indicator_ids": [],
        "due_on": None,
    }
    goal = (await as_("tom").post("/goals", json=goal_of(world, template, **sent))).json()
    assert {name: goal[name] for name in ("title", "statement", "measures", "due_on")} == {
        name: sent[name] for name in ("title", "statement", "measures", "due_on")
    }
    assert goal["indicators"] == []
    assert goal["rationale"] == PARTIAL["rationale"]


async def test_a_template_that_is_retired_or_revised_changes_no_goal(as_, world):
    paul = as_("paul")
    template = await made(paul, home="school", school_id=str(world.alder))
    goal = (await as_("tom").post("/goals", json=goal_of(world, template))).json()
    following = (
        await paul.post(f"/templates/{template['id']}/revise", headers=at(template))
    ).json()
    assert (following["goal"], following["goal_kind"]) == (template["goal"], "growth")
    changed = await paul.patch(
        f"/templates/{following['id']}",
        json={"goal": {"title": "Other", "rationale": None}, "school_subject": "Music"},
        headers=at(following),
    )
    following = changed.json()
    # a merge patch: absent parts stay
    assert following["goal"] == {**template["goal"], "title": "Other", "rationale": None}
    await paul.post(f"/templates/{following['id']}/publish", headers=at(following))
    again = (await as_("tom").get(f"/goals/{goal['id']}")).json()
    assert again == {**goal, "warnings": []}
    refused = await as_("tom").post("/goals", json=goal_of(world, template))
    assert (refused.status_code, refused.json()["code"]) == (409, "template_not_usable")


async def test_only_a_visible_published_template_of_the_kind_is_used(as_, world):
    tom = as_("tom")
    own = await made(as_("lena"))
    refused = await tom.post("/goals", json=goal_of(world, own))
    assert (refused.status_code, refused.json()["code"]) == (409, "unknown_reference")
    # her own she may use with her teacher, who then reads the goal and not the template
    goal = await as_("lena").post("/goals", json=goal_of(world, own))
    assert goal.status_code == 201, goal.text
    assert (await tom.get(f"/goals/{goal.json()['id']}")).json()["template_id"] == own["id"]
    assert (await tom.get(f"/templates/{own['id']}")).status_code == 404
    draft = await made(tom, publish=False)
    slo = await made(tom, key="slo", goal_kind="student_learning")
    welcome = {"id": str(world.welcome)}
    for template in (draft, slo, welcome):
        refused = await tom.post("/goals", json=goal_of(world, template))
        assert (refused.status_code, refused.json()["code"]) == (409, "template_not_usable")
    untitled = goal_of(world, own)
    del untitled["template_id"]
    assert (await tom.post("/goals", json=untitled)).status_code == 422
    assert (await tom.post("/goals", json={**untitled, "template_id": None})).status_code == 422


async def test_keys_outlive_an_edition_of_the_framework(as_, world, connection):
    template = await made(as_("tom"), goal={**PARTIAL, "indicator_keys": [I5]})
    await connection.execute(
        text("update framework set edition = '2' where id = :f"), {"f": world.leap}
    )
    await connection.execute(
        text(
            "update indicator set key = replace(key, ':LEAP:1:', ':LEAP:2:')"
            " where framework_id = :f"
        ),
        {"f": world.leap},
    )
    goal = (await as_("tom").post("/goals", json=goal_of(world, template))).json()
    assert [row["key"] for row in goal["indicators"]] == ["Denver Public Schools:LEAP:2:I.5"]
    await connection.execute(
        text("update framework set state = 'retired' where id = :f"), {"f": world.leap}
    )
    goal = (await as_("tom").post("/goals", json=goal_of(world, template))).json()
    assert goal["indicators"] == []
    assert goal["warnings"][0]["code"] == "template_indicator_left_out"


async def test_days_of_a_template_find_their_school_year_or_are_left_out(as_, world):
    template = await made(as_("tom"), goal={**PARTIAL, "due": "07-04"})
    goal = (await as_("tom").post("/goals", json=goal_of(world, template))).json()
    assert (goal["starts_on"], goal["due_on"]) == ("2026-09-15", None)
    assert "template_day_left_out" in [one["code"] for one in goal["warnings"]]
    early = goal_of(world, template, due_on="2026-09-01")
    goal = (await as_("tom").post("/goals", json=early)).json()
    assert (goal["starts_on"], goal["due_on"]) == (None, "2026-09-01")
    first, last = date(2026, 8, 17), date(2027, 6, 4)
    for day, found in (
        ("08-17", date(2026, 8, 17)),
        ("06-04", date(2027, 6, 4)),
        ("02-29", date(2027, 2, 28)),
        ("06-05", None),
        ("08-16", None),
    ):
        assert day_in(day, first, last) == found, day
    assert day_in("02-29", date(2027, 8, 16), date(2028, 6, 2)) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"goal_kind": None}, 409, "part_of_another_kind"),
        ({"subject": "Hello"}, 409, "part_of_another_kind"),
        ({"kind": "agreement"}, 409, "part_of_another_kind"),
        ({"kind": "agreement", "goal_kind": None, "goal": None}, 201, None),
        ({"goal": {"starts": "02-30"}}, 422, "invalid"),
        ({"goal": {"due": "13-01"}}, 422, "invalid"),
        ({"goal": {"indicator_ids": []}}, 422, "invalid"),
        ({"goal": None}, 201, None),
    ],
)
async def test_a_goal_template_has_the_parts_of_a_goal_and_no_other_has_them(
    as_, changes, status, code
):
    answer = await as_("lena").post("/templates", json={**NEW, **changes})
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text


async def test_a_goal_template_without_a_title_is_not_published(as_):
    lena = as_("lena")
    for key, goal in (("none", None), ("untitled", {"statement": "I listen."})):
        row = await made(lena, publish=False, key=key, goal=goal)
        refused = await lena.post(f"/templates/{row['id']}/publish", headers=at(row))
        assert (refused.status_code, refused.json()["code"]) == (409, "template_empty")
    other = (await lena.get("/templates?kind=outreach&limit=1")).json()["items"][0]
    assert (other["goal"], other["goal_kind"]) == (None, None)
    draft = await made(lena, publish=False, kind="agreement", goal_kind=None, goal=None)
    refused = await lena.patch(
        f"/templates/{draft['id']}", json={"school_subject": "Music"}, headers=at(draft)
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "part_of_another_kind")


async def test_templates_are_found_by_kind_and_subject(as_):
    lena = as_("lena")
    music = await made(lena, school_subject="Music")
    maths = await made(
        lena, key="maths", school_subject="Mathematics", goal_kind="student_learning"
    )

    async def keys(query: str) -> set[str]:
        rows = (await lena.get(f"/templates?limit=200&{query}")).json()["items"]
        return {row["key"] for row in rows}

    shipped = {"student_learning_objective", "professional_growth_goal"}
    assert await keys("kind=goal") == {*shipped, music["key"], maths["key"]}
    assert await keys("goal_kind=growth") == {"professional_growth_goal", music["key"]}
    assert await keys("school_subject=music") == {*shipped, music["key"]}
    assert await keys("school_subject=Mathematics&goal_kind=student_learning") == {
        "student_learning_objective",
        maths["key"],
    }


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("student_learning_objective", "student_learning"),
        ("professional_growth_goal", "growth"),
    ],
)
async def test_what_comes_with_the_program_begins_a_goal_whose_gaps_are_told(as_, world, key, kind):
    template = {"id": str(world.ids[key])}
    goal = (await as_("tom").post("/goals", json=goal_of(world, template, kind=kind))).json()
    told = [one["code"] for one in goal["warnings"]]
    # nothing but what the teacher has still to put in
    rest = {"gap_left", "measure_missing"}
    rest |= {"standard_missing"} if kind == "student_learning" else {"indicator_missing"}
    assert set(told) == rest
    assert (await act(as_("paul"), goal, "propose")).status_code == 404
