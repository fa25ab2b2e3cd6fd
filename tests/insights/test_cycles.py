"""What learning cycles ask of each in a week; what leaders see of it: figures, no content."""

from typing import Any

import pytest

from app import models as m
from tests.calendar.making import Making
from tests.meetings.test_meetings import act, ok, refused

pytestmark = pytest.mark.anyio
CODES = {
    "do_activity",
    "ask_about_activity",
    "observe",
    "finish_observation",
    "share_observation",
    "acknowledge_observation",
    "write_reflection",
    "share_reflection",
    "calendar_entry",
}


@pytest.fixture
def making(connection: Any, world: Any) -> Making:
    """Writes rows that have tests of their own."""
    return Making(connection, world)


def said(todo: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """What is to be done about cycles, in order, and whether it is late."""
    return [(row["code"], row["overdue"]) for row in todo if row["code"] in CODES]


async def side(as_: Any, who: str) -> Any:
    """Tom and Lena, as one of them sees it."""
    week = await ok(as_(who).get("/me/week"))
    return week["own"] if who == "tom" else week["teachers"][0]


async def test_a_cycle_and_its_activities_stand_in_the_week_of_who_does_them(
    as_, world, making: Making
):
    cycle = await making.cycle("learning")
    moved = {"from_state": "intention", "to_state": "learning", "author_id": world.lena}
    await making.add(m.CycleMove, cycle_id=cycle, **moved)
    for on, who, more in (
        ("2026-10-12", "both", {}),
        ("2026-10-02", "teacher", {}),
        ("2026-10-06", "lead", {}),
        ("2026-10-13", "both", {}),
        (None, "both", {}),
        ("2026-10-06", "both", {"state": "dropped"}),
    ):
        await making.activity(cycle, on, who=who, **more)
    over = await making.cycle("learning", number=2, state="abandoned")
    await making.activity(over, "2026-10-06")
    tom, lena = await side(as_, "tom"), await side(as_, "lena")
    assert said(tom["todo"]) == [("do_activity", True), ("do_activity", False)]
    assert said(lena["todo"]) == [
        ("ask_about_activity", True),
        ("do_activity", False),
        ("do_activity", False),
    ]
    assert tom["cycles"] == lena["cycles"]
    (shown,) = tom["cycles"]
    assert (shown["id"], shown["number"], shown["phase"]) == (str(cycle), 1, "learning")
    assert shown["since"].startswith("2026-10-05")
    assert "Read on wait time" in next(
        row["why"] for row in tom["todo"] if row["code"] == "do_activity"
    )
    for other in ("nina", "sam", "paul"):
        week = await ok(as_(other).get("/me/week"))
        assert [*said((week["own"] or {"todo": []})["todo"]), *week["other"]] == []


async def test_visits_are_their_observers_and_then_the_teachers(as_, world, making: Making):
    for on, state in (
        ("2026-10-12", "scheduled"),
        ("2026-10-14", "scheduled"),
        ("2026-10-01", "scheduled"),
        ("2026-10-05", "in_progress"),
        ("2026-10-02", "drafted"),
        ("2026-10-02", "shared"),
        ("2026-10-02", "acknowledged"),
    ):
        await making.visit(on, state)
    assert said((await side(as_, "lena"))["todo"]) == [
        ("observe", True),
        ("finish_observation", False),
        ("observe", False),
        ("share_observation", False),
    ]
    assert said((await side(as_, "tom"))["todo"]) == [("acknowledge_observation", False)]
    # whoever coaches nobody, and whom nobody coaches
    await making.visit("2026-10-02", "drafted", observer="paul")
    await making.visit("2026-10-02", "shared", observer="paul", teacher="uma")
    await making.visit("2026-10-02", "drafted", teacher="pia")
    for who, code in (("paul", "share_observation"), ("uma", "acknowledge_observation")):
        week = await ok(as_(who).get("/me/week"))
        assert said(week["other"]) == [(code, False)]
    week = await ok(as_("lena").get("/me/week"))
    pia = next(row for row in week["teachers"] if row["given_name"] == "Pia")
    assert (said(pia["todo"]), week["other"]) == ([], []), "paused: it waits"
    assert said((await side(as_, "tom"))["todo"]) == [("acknowledge_observation", False)]


async def test_a_reflection_is_asked_of_each_for_themselves(as_, world, making: Making):
    cycle = await making.cycle("reflection")
    for who in ("tom", "lena"):
        assert said((await side(as_, who))["todo"]) == [("write_reflection", False)]
    await making.reflection(cycle, "tom", None)
    assert said((await side(as_, "tom"))["todo"]) == [("share_reflection", False)]
    assert said((await side(as_, "lena"))["todo"]) == [("write_reflection", False)]
    await making.reflection(cycle, "lena", "2026-10-05T12:00:00+00:00")
    assert said((await side(as_, "lena"))["todo"]) == []
    assert said((await side(as_, "tom"))["todo"]) == [("share_reflection", False)]


async def test_the_calendar_s_entries_are_due_until_a_record_shows_them_done(
    as_, world, making: Making, ticking
):
    new = {
        "teacher_id": str(world.tom),
        "template_id": str(world.ids["eight_week_cycle"]),
        "starts_on": "2026-10-05",
    }
    calendar = await ok(as_("lena").post("/coaching-calendars", json=new), 201)
    # week 1, and what begins on the Monday after
    for who in ("tom", "lena"):
        assert said((await side(as_, who))["todo"]) == [("calendar_entry", False)] * 3
    await making.meeting("2026-10-07", "completed")
    ticking.move(days=6)
    for who in ("tom", "lena"):
        assert said((await side(as_, who))["todo"]) == [("calendar_entry", False)] * 2
    ticking.move(days=7)
    assert said((await side(as_, "tom"))["todo"])[0] == ("calendar_entry", True)
    await ok(act(as_("tom"), "coaching-calendars", calendar, "end"))
    assert said((await side(as_, "tom"))["todo"]) == []


async def test_a_team_s_cycle_stands_with_its_members_and_its_lead(as_, world, making: Making):
    common = {"level": "team", "teacher_id": None, "lead_id": None, "team_id": world.maths}
    cycle = await making.cycle("learning", **common)
    for who, left in (("tom", None), ("nina", None)):
        await making.add(
            m.CycleMember,
            cycle_id=cycle,
            school_id=world.alder,
            team_id=world.maths,
            person_id=getattr(world, who),
            left_on=left,
        )
    await making.activity(cycle, "2026-10-07", who="team", **common)
    for who in ("tom", "nina", "lena"):
        (team,) = (await ok(as_(who).get("/me/week")))["team_cycles"]
        assert (team["id"], team["team_id"]) == (str(cycle), str(world.maths))
        assert said(team["todo"]) == [("do_activity", False)]
    for who in ("paul", "sam", "uma"):
        assert (await ok(as_(who).get("/me/week")))["team_cycles"] == []


async def test_leaders_see_activity_in_figures_and_few_people_in_none(as_, world, making: Making):
    path = f"/schools/{world.alder}/coaching-figures"
    assert (await ok(as_("paul").get(path)))["by_phase"] == [
        {"phase": phase, "cycles": 0}
        for phase in ("intention", "learning", "application", "reflection")
    ]
    for teacher, phase in (("tom", "learning"), ("nina", "learning"), ("pia", "reflection")):
        await making.cycle(phase, teacher=teacher)
    await making.cycle("learning", number=2, state="abandoned")
    kind = await making.kind(formal=False)
    for on, state in (
        ("2026-09-30", "drafted"),
        ("2026-10-01", "shared"),
        ("2026-10-02", "acknowledged"),
        ("2026-10-05", "cancelled"),
        ("2026-10-09", "scheduled"),
        ("2025-09-30", "locked"),
    ):
        await making.visit(on, state, kind=kind)
    told = await ok(as_("paul").get(path))
    assert (told["open_cycles"], told["teachers_with_cycle"], told["teachers"]) == (3, 3, 8)
    assert {row["cycles"] for row in told["by_phase"]} == {None}, "a nought tells where they are"
    assert [(row["month"], row["count"]) for row in told["observations"]] == [
        ("2026-09", 1),
        ("2026-10", 2),
    ]
    for teacher in ("sam", "uma", "olga", "lena", "luis"):
        await making.cycle("learning", teacher=teacher, lead="paul")
    told = await ok(as_("ada").get(path))
    # the seven in learning would tell of the one in reflection
    assert [row["cycles"] for row in told["by_phase"]] == [0, None, 0, None]
    assert (told["open_cycles"], told["suppressed_under"]) == (8, 5)
    for who in ("tom", "lena", "bea", "ivy", "zoe"):
        await refused(as_(who).get(path), 404, "not_found")
