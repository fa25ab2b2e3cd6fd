"""How goals are read for monitoring: where each stands, its series, and the counts.

The latest value and the status are of the goal's class; the dated values are progress, which has
readers of its own, so they are a resource of their own (ADR 0027).
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, distinct, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import seen_through, visible
from app.access.views import read_one, view
from app.core import clock
from app.goals.lists import suppress
from app.goals.monitoring import rule
from app.goals.notes.service import check_reads_notes
from app.goals.schemas import MeasureOut
from app.goals.views import _MEASURES, in_force
from app.models import Goal, GoalMeasure, GoalProgress, SchoolYear
from app.people.district.service import policy

#: how many points of a measure's series are kept
POINTS = 500
_YEAR_BEGINS: ColumnElement[Any] = (
    select(SchoolYear.first_day)
    .where(SchoolYear.district_id == district, SchoolYear.id == Goal.school_year_id)
    .correlate(Goal)
    .scalar_subquery()
    .label("year_begins")
)


async def _read(session: AsyncSession, actor: Actor, goal_id: UUID) -> tuple[Any, list[MeasureOut]]:
    statement = view(actor, Action.GOAL_READ, Goal, _MEASURES, _YEAR_BEGINS)
    goal = await read_one(session, actor, statement, Goal, goal_id)
    return goal, [MeasureOut.model_validate(measure) for measure in goal.measures]


async def monitoring(session: AsyncSession, actor: Actor, goal_id: UUID) -> dict[str, Any]:
    """Where a goal stands today; a closed one, on the day it was closed."""
    goal, measures = await _read(session, actor, goal_id)
    tolerance = (await policy(session, actor)).on_track_tolerance_percent
    today = clock.today(actor.zone)
    if goal.closed_at is not None:
        today = min(today, clock.day_of(goal.closed_at, actor.zone))
    found = []
    for measure in measures:
        lines = _lines(goal, measure)
        stands = rule.standing(measure, lines["starts_on"], lines["due_on"], today, tolerance)
        found.append(
            {
                **lines,
                "latest_value": measure.latest_value,
                "latest_on": measure.latest_on,
                "percent": stands.percent,
                "expected_value": stands.expected,
                "status": stands.status.value,
            }
        )
    return {
        "goal_id": goal.id,
        "as_of": today,
        "status": rule.of_goal(rule.Status(measure["status"]) for measure in found).value,
        "measures": found,
        "rule": rule.in_words(tolerance),
    }


def _lines(goal: Any, measure: MeasureOut) -> dict[str, Any]:
    """A measure with the line that is expected and the one that is aimed at."""
    starts_on: date = goal.starts_on or goal.year_begins
    due_on = measure.due_on or goal.due_on
    first = [starts_on] if due_on is not None and starts_on < due_on else []

    def line(*values: Any) -> list[dict[str, Any]]:
        days = [*first, due_on]
        return [
            {"on": on, "value": value} for on, value in zip(days, values[-len(days) :], strict=True)
        ]

    baseline, target = measure.baseline, measure.target
    return {
        "measure_id": measure.id,
        **measure.model_dump(include={"name", "unit", "direction", "baseline", "target"}),
        "starts_on": starts_on,
        "due_on": due_on,
        "expected_line": [] if due_on is None or baseline is None else line(baseline, target),
        "target_line": [] if due_on is None else line(target, target),
    }


async def series(session: AsyncSession, actor: Actor, goal_id: UUID) -> dict[str, Any]:
    """The dated values of a goal's measures that the caller may read, oldest first: by day, and on
    the same day as they were noted."""
    await check_reads_notes(session, actor, goal_id)
    goal, measures = await _read(session, actor, goal_id)
    newest = (
        func.row_number()
        .over(
            partition_by=GoalProgress.measure_id,
            order_by=(GoalProgress.on.desc(), GoalProgress.id.desc()),
        )
        .label("newest")
    )
    numbered = (
        visible(actor, Action.PROGRESS_READ, GoalProgress)
        .where(GoalProgress.goal_id == goal_id)
        .with_only_columns(GoalProgress.measure_id, GoalProgress.on, GoalProgress.value, newest)
        .subquery()
    )
    kept = numbered.c
    rows = (
        await session.execute(
            select(kept.measure_id, kept.on, kept.value)
            .where(kept.newest <= POINTS + 1)
            .order_by(kept.newest.desc()),
            actor.binds,
        )
    ).all()
    found = []
    for measure in measures:
        points = [row for row in rows if row.measure_id == measure.id]
        found.append(
            {
                **_lines(goal, measure),
                "points": points[-POINTS:],
                "truncated": len(points) > POINTS,
            }
        )
    return {"goal_id": goal.id, "measures": found}


async def summary(
    session: AsyncSession, actor: Actor, school_id: UUID | None, school_year_id: UUID | None
) -> dict[str, Any]:
    """How many goals in force stand where, of those the caller may see; one statement beside the
    policy's. Figures about fewer people than its minimum are left out, complements too."""
    values = await policy(session, actor)
    today = clock.today(actor.zone)
    place = func.min(rule.rank(today, values.on_track_tolerance_percent))
    goals = (
        select(Goal.id, Goal.teacher_id, place.label("place"))
        .join(SchoolYear, rule.of_year)
        .outerjoin(GoalMeasure, rule.of_measures)
        .where(seen_through(actor, Action.GOAL_READ, Goal), in_force)
        .group_by(Goal.district_id, Goal.id)
    )
    if school_id is not None:
        goals = goals.where(Goal.school_id == school_id)
    if school_year_id is not None:
        goals = goals.where(Goal.school_year_id == school_year_id)
    one = goals.subquery().c
    counted = select(one.place, func.count(), func.count(distinct(one.teacher_id))).group_by(
        func.grouping_sets(one.place, tuple_())
    )
    rows = (await session.execute(counted, actor.binds)).all()
    by = {None if row[0] is None else rule.ORDER[row[0]].value: row for row in rows}
    whole, minimum = by.pop(None, (None, 0, 0)), values.suppression_minimum
    tallies = [
        (name.value, *(by[name.value][1:] if name.value in by else (0, 0))) for name in rule.ORDER
    ]
    return {
        "as_of": today,
        "goals": None if 0 < whole[2] < minimum else whole[1],
        "by_status": suppress(tallies, minimum),
        "rule": rule.in_words(values.on_track_tolerance_percent),
        "suppressed_under": minimum,
    }
