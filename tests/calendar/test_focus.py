"""What the next 1:1 could be about: proposed by the phase, decided by a person."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.calendar.focus import suggest
from tests.calendar.making import Making
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, ok, refused

pytestmark = pytest.mark.anyio


@dataclass
class Cycle:
    """What is known of a cycle."""

    phase: str
    state: str = ""
    goal_id: UUID | None = None
    has_candidates: bool = False
    co_observing_on: date | None = None
    to_debrief: bool = False
    created_at: datetime = datetime(2026, 10, 1, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.id = uuid4()
        self.state = self.state or self.phase


@pytest.mark.parametrize(
    ("focus", "phase", "facts"),
    [
        ("data", "intention", {}),
        ("goal", "intention", {"has_candidates": True}),
        ("goal", "intention", {"goal_id": uuid4()}),
        ("co_planning", "learning", {"has_candidates": True}),
        ("co_observation", "learning", {"co_observing_on": date(2026, 10, 7)}),
        ("co_planning", "learning", {"co_observing_on": date(2026, 10, 8)}),
        ("co_planning", "learning", {"to_debrief": True}),
        ("co_planning", "application", {}),
        ("observation_debrief", "application", {"to_debrief": True}),
        ("reflection", "reflection", {"to_debrief": True}),
        ("check_in", "application", {"state": "paused", "to_debrief": True}),
    ],
)
def test_the_phase_proposes_the_focus(focus: str, phase: str, facts: dict[str, Any]) -> None:
    cycle = Cycle(phase, **facts)
    found = suggest([cycle], date(2026, 10, 7))
    assert found.focus == focus
    assert 10 < len(found.why) <= 300
    assert found.cycle_id == (None if focus == "check_in" else cycle.id)


def test_without_a_cycle_it_is_a_check_in_and_of_several_the_last_one_counts() -> None:
    assert suggest([], date(2026, 10, 7)).focus == "check_in"
    later = Cycle("reflection", created_at=datetime(2026, 10, 2, tzinfo=UTC))
    found = suggest([later, Cycle("learning")], date(2026, 10, 7))
    assert (found.focus, found.cycle_id) == ("reflection", later.id)


async def test_both_get_the_suggestion_and_the_meeting_stays_as_it_is(as_, world, making: Making):
    meeting = await making.meeting("2026-10-14", "scheduled")
    path = f"/meetings/{meeting}/suggested-focus"

    async def suggested() -> str:
        said = [await ok(as_(who).get(path)) for who in ("tom", "lena")]
        assert said[0] == said[1], "one suggestion for the two"
        week = await ok(as_("tom").get("/me/week"))
        assert week["own"]["suggested_focus"] == said[0]
        return str(said[0]["focus"])

    assert await suggested() == "check_in"
    # of another teacher or lead, over, or the team's: these propose nothing
    await making.cycle("reflection", teacher="nina")
    await making.cycle("reflection", lead="luis")
    await making.cycle("reflection", number=2, state="abandoned")
    assert await suggested() == "check_in"
    cycle = await making.cycle("learning", number=3)
    assert await suggested() == "co_planning"
    looking = {"approach": "co_observing_live", "who": "both"}
    await making.activity(cycle, "2026-10-15", **looking)
    await making.activity(cycle, None, **looking)
    done = {"state": "done", "done_on": date(2026, 10, 2)}
    await making.activity(cycle, "2026-10-02", **looking, **done)
    assert await suggested() == "co_planning"
    await making.activity(cycle, "2026-10-14", **looking)
    assert await suggested() == "co_observation"

    trying = await making.cycle("application", number=4)
    await making.visit("2026-10-01", "drafted")
    await making.visit("2026-10-01", "discussed")
    await making.visit("2026-10-01", "shared", observer="paul")
    await making.visit("2026-10-01", "shared", teacher="nina")
    assert await suggested() == "co_planning"
    await making.visit("2026-10-01", "shared")
    assert await suggested() == "observation_debrief"
    assert trying

    # a reflection that is a draft proposes nothing: the phase does
    await making.reflection(cycle, "lena", None)
    assert await suggested() == "observation_debrief"
    assert (await ok(as_("lena").get(f"/meetings/{meeting}")))["focus"] == "check_in"
    for stranger in ("paul", "luis", "nina", "zoe"):
        await refused(as_(stranger).get(path), 404, "not_found")


async def test_neither_a_pause_nor_another_lead_s_cycle_proposes(as_, world, making: Making):
    meeting = await making.meeting("2026-10-14", "scheduled")
    await making.cycle("reflection")
    path = f"/meetings/{meeting}/suggested-focus"
    assert (await ok(as_("tom").get(path)))["focus"] == "reflection"
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "pause"))
    for who in ("tom", "lena"):
        assert (await ok(as_(who).get(path)))["focus"] == "check_in"
    own = (await ok(as_("tom").get("/me/week")))["own"]
    assert (own["suggested_focus"], own["cycles"]) == (None, [])
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "resume"))
    assert (await ok(as_("lena").get(path)))["focus"] == "reflection"
    await change_lead(as_, world)
    begun = {"teacher_id": str(world.tom), "on": "2026-10-15", "at": "15:00"}
    anew = await ok(as_("luis").post("/meetings", json=begun), 201)
    for who in ("tom", "luis"):
        said = await ok(as_(who).get(f"/meetings/{anew['id']}/suggested-focus"))
        assert (said["focus"], said["cycle_id"]) == ("check_in", None)
