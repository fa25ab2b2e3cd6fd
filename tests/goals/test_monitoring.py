"""Monitoring: the rule, in Python and in SQL, who may read what of it, series, and the counts."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import and_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from app.goals.monitoring import rule
from app.goals.monitoring.rule import Status
from app.models import Goal, GoalMeasure, SchoolYear
from tests.goals.test_goals import act, agreed, at

pytestmark = pytest.mark.anyio
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 11)


def measure(
    value: Any, baseline: Any = 0, target: Any = 100, direction: str = "increase"
) -> SimpleNamespace:
    def number(given: Any) -> Decimal | None:
        return None if given is None else Decimal(str(given))

    return SimpleNamespace(
        latest_value=number(value),
        baseline=number(baseline),
        target=number(target),
        direction=direction,
    )


@pytest.mark.parametrize(
    ("given", "status"),
    [
        # half of the way is over, so 50 is expected: 10 percent behind is on track, 20 at risk
        (measure(50), Status.ON_TRACK),
        (measure(40), Status.ON_TRACK),
        (measure("39.9999"), Status.AT_RISK),
        (measure(30), Status.AT_RISK),
        (measure("29.9999"), Status.OFF_TRACK),
        (measure(-5), Status.OFF_TRACK),
        (measure(100), Status.REACHED),
        (measure(101), Status.REACHED),
        # down instead of up: the same, mirrored
        (measure(60, 100, 0, "decrease"), Status.ON_TRACK),
        (measure("60.0001", 100, 0, "decrease"), Status.AT_RISK),
        (measure("70.0001", 100, 0, "decrease"), Status.OFF_TRACK),
        (measure(0, 100, 0, "decrease"), Status.REACHED),
        # without a baseline nothing is judged but that it is reached
        (measure(99, None), Status.NO_BASELINE),
        (measure(100, None), Status.REACHED),
        (measure(None), Status.NO_DATA),
        # what is to be held is reached, or it is off track
        (measure(100, 100, 100), Status.REACHED),
        (measure(99, 100, 100), Status.OFF_TRACK),
    ],
)
def test_a_measure_stands_where_the_rule_says(given, status):
    found = rule.standing(given, FIRST, LAST, date(2026, 10, 6), 10)
    assert found.status is status
    if given.baseline is not None:
        assert found.expected == (given.baseline + given.target) / 2


def test_what_has_no_last_day_is_not_judged_and_one_that_is_past_expects_the_target():
    assert rule.standing(measure(5), FIRST, None, LAST, 10).status is Status.NOT_DATED
    assert rule.standing(measure(100), FIRST, None, LAST, 10).status is Status.REACHED
    late = rule.standing(measure(85), FIRST, LAST, LAST + timedelta(days=90), 10)
    assert (late.status, late.expected, late.percent) == (Status.AT_RISK, 100, 85)
    # due before the school year began: until then nothing is expected, and from then on all
    assert rule.standing(measure(0), LAST, FIRST, date(2026, 9, 30), 10).status is Status.ON_TRACK
    assert rule.standing(measure(0), LAST, FIRST, FIRST, 10).status is Status.OFF_TRACK
    assert rule.of_goal([]) is Status.NO_DATA
    assert rule.of_goal([Status.REACHED, Status.ON_TRACK, Status.AT_RISK]) is Status.AT_RISK


def test_a_percentage_that_no_answer_can_hold_is_bounded():
    found = rule.standing(measure(99_999_999, 0, "0.0001"), FIRST, LAST, FIRST, 10)
    assert found.percent == 99_999_999


NUMBERS = st.one_of(
    st.integers(-20, 120).map(Decimal),
    st.decimals(-99_999_999, 99_999_999, places=4, allow_nan=False),
)
DAYS = st.dates(date(2026, 9, 1), date(2026, 12, 1))
CASES = st.lists(
    st.tuples(
        st.none() | NUMBERS,
        st.none() | NUMBERS,
        NUMBERS,
        st.booleans(),
        st.none() | DAYS,
        st.none() | DAYS,
        st.none() | DAYS,
    ),
    min_size=20,
    max_size=20,
)


async def _world_with(session: Any, world: Any, cases: Any) -> dict[Any, Any]:
    """A goal with one measure for each case, and what Python says of it."""
    made = {}
    for value, baseline, target, up, starts_on, goal_due, measure_due in cases:
        if baseline is not None and (target >= baseline) != up:
            baseline, target = target, baseline
            if target == baseline:
                up = True
        goal = Goal(
            district_id=world.juniper,
            id=clock.new_id(),
            level="individual",
            kind="growth",
            state="agreed",
            title="A case",
            school_id=world.alder,
            school_year_id=world.alder_year,
            teacher_id=world.tom,
            author_id=world.tom,
            starts_on=starts_on,
            due_on=goal_due,
        )
        session.add(goal)
        row = GoalMeasure(
            district_id=world.juniper,
            goal_id=goal.id,
            position=0,
            name="a",
            unit="b",
            baseline=baseline,
            target=target,
            direction="increase" if up else "decrease",
            due_on=measure_due,
            latest_value=value,
        )
        session.add(row)
        made[goal.id] = (goal, row)
    await session.flush()
    return made


async def test_sql_and_python_say_the_same(world, connection, ticking):
    """Property: of any numbers and days, the two forms of the rule give the same status."""
    drawn: list[Any] = []

    @settings(max_examples=25, deadline=None, database=None)
    @given(cases=CASES)
    def draw(cases):
        drawn.extend(cases)

    draw()
    assert len(drawn) > 200
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        made = await _world_with(session, world, drawn)
        first_day = await session.scalar(
            select(SchoolYear.first_day).where(SchoolYear.id == world.alder_year)
        )
        for on, tolerance in ((date(2026, 10, 5), 10), (date(2026, 11, 1), 0), (FIRST, 50)):
            rows = await session.execute(
                select(Goal.id, rule.rank(on, tolerance))
                .join(SchoolYear, rule.of_year)
                .outerjoin(GoalMeasure, rule.of_measures)
                .where(Goal.id.in_(list(made)))
            )
            by_sql = {row[0]: rule.ORDER[row[1]] for row in rows}
            by_python = {
                goal.id: rule.standing(
                    row,
                    goal.starts_on or first_day,
                    row.due_on or goal.due_on,
                    on,
                    tolerance,
                ).status
                for goal, row in made.values()
            }
            assert {
                key: (said, by_sql[key]) for key, said in by_python.items() if said != by_sql[key]
            } == {}
            assert set(by_python.values()) >= {
                *(Status.REACHED, Status.NO_DATA, Status.NO_BASELINE, Status.NOT_DATED),
                *(Status.OFF_TRACK, Status.ON_TRACK),
            }


async def note(client: Any, goal: dict[str, Any], on: str, value: float) -> dict[str, Any]:
    """A dated value of the goal's first measure; the goal as it is then."""
    now = (await client.get(f"/goals/{goal['id']}")).json()
    body = {"measure_id": now["measures"][0]["id"], "on": on, "value": value, "note": "Between us."}
    done = await client.post(f"/goals/{goal['id']}/progress", json=body, headers=at(now))
    assert done.status_code == 201, done.text
    return done.json()


async def test_whoever_reads_the_goal_reads_where_it_stands_and_only_the_pair_its_series(
    as_, world, ticking
):
    goal = await agreed(as_, world, starts_on="2026-09-05", due_on="2026-11-04")
    path = f"/goals/{goal['id']}"
    before = (await as_("paul").get(f"{path}/monitoring")).json()
    assert (before["status"], before["measures"][0]["latest_value"]) == ("no_data", None)
    # a late entry corrects the past and not the present; of one day the later one counts
    for on, value in (("2026-10-01", 3), ("2026-09-20", 1.5), ("2026-10-01", 2.5)):
        await note(as_("tom"), goal, on, value)
        ticking.move(seconds=1)
    for who in ("tom", "lena", "paul"):
        answer = await as_(who).get(f"{path}/monitoring")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["as_of"], found["status"]) == ("2026-10-05", "on_track")
        (only,) = found["measures"]
        assert (only["latest_value"], only["latest_on"]) == (2.5, "2026-10-01")
        # 30 of 60 days: 1 and half of 3
        assert (only["percent"], only["expected_value"]) == (50.0, 2.5)
        assert only["expected_line"] == [
            {"on": "2026-09-05", "value": 1.0},
            {"on": "2026-11-04", "value": 4.0},
        ]
        assert [point["value"] for point in only["target_line"]] == [4.0, 4.0]
        assert found["rule"]["tolerance_percent"] == 10
        assert "10 percent" in found["rule"]["words"]
        assert "20 percent" in found["rule"]["words"]
        assert "Between us." not in answer.text
    for who in ("ada", "ben", "zoe", "sam"):
        assert (await as_(who).get(f"{path}/monitoring")).status_code == 404
    for who in ("tom", "lena"):
        drawn = (await as_(who).get(f"{path}/progress-series")).json()["measures"][0]
        assert [(point["on"], point["value"]) for point in drawn["points"]] == [
            ("2026-09-20", 1.5),
            ("2026-10-01", 3.0),
            ("2026-10-01", 2.5),
        ]
        assert not drawn["truncated"]
        assert len(drawn["expected_line"]) == 2
    assert (await as_("paul").get(f"{path}/progress-series")).status_code == 403
    assert (await as_("ben").get(f"{path}/progress-series")).status_code == 404


async def test_a_policy_of_the_district_sets_how_far_behind_is_on_track(as_, world):
    goal = await agreed(as_, world, starts_on="2026-09-05", due_on="2026-11-04")
    await note(as_("tom"), goal, "2026-10-01", 2)  # a third of the way, and half is expected
    path = f"/goals/{goal['id']}/monitoring"
    assert (await as_("tom").get(path)).json()["status"] == "at_risk"
    now = (await as_("ada").get("/district/policy")).json()
    for percent, status in ((20, "on_track"), (5, "off_track")):
        body = {"values": {"on_track_tolerance_percent": percent}, "reason": "Our pace."}
        changed = await as_("ada").patch("/district/policy", json=body, headers=at(now))
        assert changed.status_code == 200, changed.text
        now = changed.json()
        assert (await as_("tom").get(path)).json()["status"] == status
    assert (
        await as_("tom").patch("/district/policy", json=body, headers=at(now))
    ).status_code == 403


async def test_a_closed_goal_stands_where_it_stood_on_its_last_day(as_, world, ticking):
    goal = await agreed(as_, world, starts_on="2026-09-05", due_on="2026-11-04")
    await note(as_("tom"), goal, "2026-10-01", 2.5)
    goal = (await as_("tom").get(f"/goals/{goal['id']}")).json()
    body = {"outcome": "partly_met", "evidence": "Two visits."}
    assert (await act(as_("tom"), goal, "close", json=body)).status_code == 200
    waiting = (await as_("lena").get(f"/goals/{goal['id']}/revisions")).json()["items"][-1]
    agree = f"/goal-revisions/{waiting['id']}/agree"
    assert (await as_("lena").post(agree, headers=at(waiting))).status_code == 200
    ticking.move(days=60)
    found = (await as_("tom").get(f"/goals/{goal['id']}/monitoring")).json()
    assert (found["as_of"], found["status"]) == ("2026-10-05", "on_track")


async def test_a_series_keeps_the_newest_five_hundred_and_says_so(as_, world, connection):
    goal = await agreed(as_, world)
    row = {
        "district_id": world.juniper,
        "goal_id": goal["id"],
        "measure_id": goal["measures"][0]["id"],
        "author_id": world.tom,
        "level": "individual",
        "school_id": world.alder,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "version": 1,
    }
    first = date(2025, 1, 1)
    await connection.execute(
        m.GoalProgress.__table__.insert(),
        [
            {
                **row,
                "id": clock.new_id(),
                "on": first + timedelta(days=day),
                "value": day,
                "created_at": clock.now(),
                "updated_at": clock.now(),
            }
            for day in range(501)
        ],
    )
    drawn = (await as_("lena").get(f"/goals/{goal['id']}/progress-series")).json()["measures"][0]
    assert drawn["truncated"]
    assert [point["value"] for point in drawn["points"]] == [float(day) for day in range(1, 501)]


async def _standing_goals(connection: Any, world: Any, standing: Any) -> None:
    """A goal in force for each (teacher, value): due in November, from 0 to 100."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        for number, (teacher, value) in enumerate(standing):
            case = (
                value,
                Decimal(0),
                Decimal(100),
                True,
                date(2026, 9, 5),
                date(2026, 11, 4),
                None,
            )
            made = await _world_with(session, world, [case])
            for goal, row in made.values():
                goal.teacher_id = getattr(world, teacher)
                if number % 2:  # a second measure that is fine changes nothing
                    session.add(
                        GoalMeasure(
                            district_id=world.juniper,
                            goal_id=goal.id,
                            position=1,
                            name="c",
                            unit="b",
                            target=1,
                            latest_value=1,
                            direction="increase",
                        )
                    )
                    assert row.position == 0
        await session.commit()


async def test_counts_hide_what_singles_people_out(as_, world, connection):
    people = ("tom", "nina", "sam", "uma", "pia", "olga")
    await _standing_goals(
        connection,
        world,
        [*((who, Decimal(60)) for who in people), *((who, Decimal(5)) for who in people)],
    )
    query = f"?school_id={world.alder}&school_year_id={world.alder_year}"

    async def counts(who: str, narrowed: str = query) -> dict[str, Any]:
        answer = await as_(who).get(f"/goals/monitoring-summary{narrowed}")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        return {
            "goals": found["goals"],
            **{tally["key"]: tally["goals"] for tally in found["by_status"]},
        }

    found = await counts("paul")
    assert (found["goals"], found["on_track"], found["off_track"]) == (12, 6, 6)
    assert (found["at_risk"], found["no_data"]) == (0, 0)
    # one teacher alone at risk: that figure goes, and another, from which it could be computed
    await _standing_goals(connection, world, [("tom", Decimal(35))])
    found = await counts("paul")
    assert found["goals"] == 13
    assert found["at_risk"] is None
    assert sorted(key for key, goals in found.items() if goals is None) in (
        ["at_risk", "off_track"],
        ["at_risk", "on_track"],
    )
    # to a teacher their own are too few, another school's leader and the district see none
    assert (await counts("uma"))["goals"] is None
    assert (await counts("bea"))["goals"] == 0
    assert (await counts("ada"))["goals"] == 0
    assert (await counts("paul", f"?school_id={world.birch}"))["goals"] == 0


def test_the_rule_in_sql_asks_no_column_of_text():
    """Statuses and counts cannot depend on what anybody wrote."""
    said = str(
        select(rule.rank(FIRST, 10))
        .join(SchoolYear, and_(rule.of_year))
        .compile(dialect=postgresql.dialect())
    )
    assert not any(name in said for name in ("title", "statement", "rationale", "note"))
