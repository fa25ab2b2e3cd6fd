"""Data points: numbers and words, from where, who adds and corrects them, and what they link to."""

from typing import Any

import pytest
from sqlalchemy import text

from app import models as m
from app.core import clock
from tests.goals.test_goals import agreed, at, growth
from tests.goals.test_pair import change_lead
from tests.learning_cycles.setting import begun, of_team, put_in
from tests.meetings.test_meetings import ok, refused

pytestmark = pytest.mark.anyio
NUMBER = {"kind": "quantitative", "source": "student_data", "value": 37.5, "unit": "percent"}
WORDS = {"kind": "qualitative", "source": "student_work", "text": "Most answers end early."}


async def add(as_: Any, cycle: str, who: str = "tom", **fields: Any) -> Any:
    """A data point in words."""
    return await ok(as_(who).post(f"{cycle}/data-points", json={**WORDS, **fields}), 201)


async def test_data_is_a_number_with_its_unit_or_words(as_, app, world):
    cycle = await begun(app, world)
    tom, path = as_("tom"), f"{cycle}/data-points"
    made = await ok(tom.post(path, json={**NUMBER, "on": "2026-10-05"}), 201)
    assert (made["value"], made["unit"], made["text"]) == (37.5, "percent", None)
    for wrong, missing in (
        ({**NUMBER, "value": None}, ["value"]),
        ({"kind": "quantitative", "source": "survey", "text": "Many"}, ["value", "unit"]),
        ({**WORDS, "value": 3}, ["number"]),
        ({"kind": "qualitative", "source": "survey", "unit": "points"}, ["text", "number"]),
    ):
        told = await refused(tom.post(path, json=wrong), 409, "data_point_unclear")
        assert [gap["code"] for gap in told["missing"]] == missing
    late = {**WORDS, "on": "2026-10-06"}
    await refused(tom.post(path, json=late), 409, "data_point_in_future")
    await refused(tom.post(path, json={**WORDS, "source": "rumour"}), 409, "unknown_term")
    await refused(tom.post(path, json={**WORDS, "url": "http://a.example/"}), 422, "invalid")
    one = f"/cycle-data-points/{made['id']}"
    cleared = tom.patch(one, json={"unit": None}, headers=at(made))
    assert [g["code"] for g in (await refused(cleared, 409, "data_point_unclear"))["missing"]] == [
        "unit"
    ]
    change = {"value": 40, "text": "After two weeks"}
    changed = await ok(tom.patch(one, json=change, headers=at(made)))
    assert (changed["value"], changed["text"], changed["version"]) == (40.0, "After two weeks", 2)
    listed = await ok(as_("lena").get(path))
    assert [row["id"] for row in listed["items"]] == [made["id"]]


async def test_who_adds_corrects_and_takes_out(as_, app, world):
    cycle = await begun(app, world)
    by_tom, by_lena = await add(as_, cycle), await add(as_, cycle, "lena")
    for stranger in ("paul", "ada", "luis", "nina", "ben", "zoe"):
        await ok(as_(stranger).get(f"{cycle}/data-points"), 404)
        await ok(as_(stranger).get(f"/cycle-data-points/{by_tom['id']}"), 404)
        await ok(as_(stranger).post(f"{cycle}/data-points", json=WORDS), 404)
    for who, row in (("lena", by_tom), ("tom", by_lena)):
        one = f"/cycle-data-points/{row['id']}"
        assert (await ok(as_(who).get(one)))["permissions"] == []
        await ok(as_(who).patch(one, json={"text": "Mine."}, headers=at(row)), 403)
        await ok(as_(who).delete(one, headers=at(row)), 403)
    one = f"/cycle-data-points/{by_tom['id']}"
    assert (await ok(as_("tom").get(one)))["permissions"] == ["edit", "delete"]
    await ok(as_("tom").delete(one, headers=at(by_tom)), 204)
    await ok(as_("tom").get(one), 404)
    # a new lead reads none of it; the one before what they wrote
    await change_lead(as_, world)
    await ok(as_("luis").get(f"{cycle}/data-points"), 404)
    one = f"/cycle-data-points/{by_lena['id']}"
    assert (await ok(as_("lena").get(one)))["permissions"] == []
    await ok(as_("lena").patch(one, json={"text": "More."}, headers=at(by_lena)), 403)
    assert (await ok(as_("tom").get(one)))["permissions"] == []
    await ok(as_("tom").post(f"{cycle}/data-points", json=WORDS), 403)


async def test_data_is_added_in_any_phase_and_taken_out_in_the_first(as_, app, world, connection):
    cycle = await begun(app, world)
    made = await add(as_, cycle)
    one = f"/cycle-data-points/{made['id']}"
    moved = text("update learning_cycle set state = :state")
    for state, adds in (("reflection", True), ("paused", False), ("abandoned", False)):
        await connection.execute(moved, {"state": state})
        sent = as_("tom").post(f"{cycle}/data-points", json=WORDS)
        await (ok(sent, 201) if adds else refused(sent, 409, "wrong_state"))
        seen = await ok(as_("tom").get(one))
        assert seen["permissions"] == (["edit"] if adds else [])
        sent = as_("tom").patch(one, json={"text": state}, headers=at(seen))
        await (ok(sent) if adds else refused(sent, 409, "wrong_state"))
        seen = await ok(as_("tom").get(one))
        await refused(as_("tom").delete(one, headers=at(seen)), 409, "wrong_state")


async def test_a_link_names_what_its_author_may_read(as_, app, world):
    cycle = await begun(app, world)
    goal = await agreed(as_, world)
    draft = await ok(
        as_("nina").post("/goals", json=growth(world, teacher_id=str(world.nina))), 201
    )
    made = await add(as_, cycle, goal_id=goal["id"], url="https://work.example/7")
    assert made["goal_id"] == goal["id"]
    body = {**WORDS, "goal_id": draft["id"]}
    told = await refused(
        as_("tom").post(f"{cycle}/data-points", json=body), 409, "unknown_reference"
    )
    assert told["field"] == "goal_id"
    visits = await _visits(app, world)
    team = await of_team(app, world, "tom")
    for path, visit, status in (
        (cycle, "toms", 201),
        (cycle, "toms_draft", 409),
        (cycle, "ninas", 409),
        (team, "ninas", 409),
        (team, "toms", 409),
    ):
        body = {**WORDS, "observation_id": str(visits[visit])}
        told = await ok(as_("lena").post(f"{path}/data-points", json=body), status)
        assert status == 201 or told["field"] == "observation_id"
    # into the team's cycle Tom brings his own; that Nina was observed is hers to tell
    own = await add(as_, team, observation_id=str(visits["toms"]))
    assert own["observation_id"] == str(visits["toms"])


async def _visits(app: Any, world: Any) -> dict[str, Any]:
    """Observations by Lena: of Tom and of Nina that were shared, and one of Tom that was not."""
    home = {"district_id": world.juniper}
    kind = m.ObservationKind(
        **home,
        id=clock.new_id(),
        key="coaching",
        title="Coaching visit",
        formal=False,
        scored=False,
        counts=False,
        min_minutes=0,
        observers=["lead"],
    )
    rows = {
        name: m.Observation(
            **home,
            id=clock.new_id(),
            school_id=world.alder,
            school_year_id=world.alder_year,
            teacher_id=getattr(world, teacher),
            observer_id=world.lena,
            author_id=world.lena,
            kind_id=kind.id,
            formal=False,
            scored=False,
            evaluative=False,
            observer_kind="lead",
            state="shared" if shared else "drafted",
            on=clock.today("UTC"),
            at="09:00",
            zone="UTC",
            minutes=30,
            starts_at=clock.now(),
            ends_at=clock.now(),
            started_at=clock.now(),
            shared_at=clock.now() if shared else None,
        )
        for name, teacher, shared in (
            ("toms", "tom", True),
            ("toms_draft", "tom", False),
            ("ninas", "nina", True),
        )
    }
    await put_in(app, world, kind, *rows.values())
    return {name: row.id for name, row in rows.items()}


async def test_in_a_team_who_takes_part_adds_and_the_lead_corrects(as_, app, world):
    cycle = await of_team(app, world, "tom")
    by_tom, by_lena = await add(as_, cycle), await add(as_, cycle, "lena")
    # Nina is of the team and has no part in it; Paul leads the school
    for reader in ("nina", "paul"):
        assert len((await ok(as_(reader).get(f"{cycle}/data-points")))["items"]) == 2
        await ok(as_(reader).post(f"{cycle}/data-points", json=WORDS), 403)
    for stranger in ("ada", "luis", "sam", "ben"):
        await ok(as_(stranger).get(f"{cycle}/data-points"), 404)
    one = f"/cycle-data-points/{by_tom['id']}"
    by_tom = await ok(as_("lena").patch(one, json={"text": "Shorter."}, headers=at(by_tom)))
    await ok(as_("lena").delete(one, headers=at(by_tom)), 403)
    await ok(as_("tom").delete(one, headers=at(by_tom)), 204)
    one = f"/cycle-data-points/{by_lena['id']}"
    await ok(as_("tom").patch(one, json={"text": "Mine."}, headers=at(by_lena)), 403)
    await ok(as_("lena").delete(one, headers=at(by_lena)), 204)
