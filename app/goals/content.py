"""What a goal says: its parent, measures and indicators, written whole and checked."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core.errors import Conflict, UnknownReference
from app.goals.schemas import GoalChange
from app.models import (
    Framework,
    FrameworkItem,
    Goal,
    GoalIndicator,
    GoalMeasure,
    GoalStandard,
    GrowthPlan,
    Indicator,
)
from app.models.goals import Direction, GoalLevel

#: how far apart the levels stand: a parent is always above
_HEIGHT = {GoalLevel.INDIVIDUAL: 0, GoalLevel.TEAM: 1, GoalLevel.SCHOOL: 2}


class ParentNotAbove(Conflict):
    """A goal's parent is a goal of the same school at a higher level."""

    code, title = "parent_not_above", "The parent must be a goal above this one"
    next_step = "Choose a school goal, or for an individual goal also a team goal, of the school."


class IndicatorNotOffered(Conflict):
    """A goal is written with indicators of a published framework (gate 6)."""

    code, title = "indicator_not_offered", "The indicator is not of a published framework"
    next_step = "Choose from GET /indicators."


class StandardNotOffered(Conflict):
    """A goal names standards that are items of a published framework (gate 6), or writes them as
    text."""

    code, title = "standard_not_offered", "The standard is not of a published framework"
    next_step = "Choose from GET /frameworks/{id}/items, or write it under `standards`."


class UnknownMeasure(Conflict):
    """A measure's id names no measure of this goal."""

    code, title = "unknown_measure", "No such measure in this goal"
    next_step = "Leave `id` out to add a measure, or use one that the goal lists."


class DatesReversed(Conflict):
    """A goal is due on the day it starts at the earliest."""

    code, title = "dates_reversed", "The goal is due before it starts"
    next_step = "Correct `starts_on` or `due_on`."


class TargetBehind(Conflict):
    """A measure's target lies from its baseline in the measure's direction, or is the baseline."""

    code, title = "target_behind", "A target lies behind its baseline"
    next_step = "Correct `direction`, `baseline` or `target` of the measure that `detail` names."


class GoalInPlan(Conflict):
    """A goal that a growth plan holds stays a growth goal, and is not deleted."""

    code, title = "goal_in_plan", "A growth plan holds this goal"
    next_step = "Take it out of the plan first: POST /growth-plans/{id}/remove-goal."


def check_sense(starts_on: date | None, due_on: date | None, measures: Iterable[Any]) -> None:
    """Refuse what cannot be meant: a goal due before it starts, a target behind its baseline."""
    if starts_on is not None and due_on is not None and due_on < starts_on:
        raise DatesReversed
    for position, measure in enumerate(measures):
        if measure["baseline"] is None:
            continue
        step = measure["target"] - measure["baseline"]
        if (step < 0) if measure["direction"] == Direction.INCREASE else (step > 0):
            raise TargetBehind(
                f"Measure {position + 1} moves away from its target.", field="measures"
            )


def eases(due_on: date | None, measures: Iterable[Any], changes: GoalChange) -> bool:
    """Whether a change makes a goal of this date and these measures easier to reach: a target is
    lowered, counted in another unit or from another baseline, or left out, or more time is given
    (gate 7)."""
    sent = changes.model_fields_set
    if "due_on" in sent and _later(due_on, changes.due_on):
        return True
    if "measures" not in sent:
        return False
    wanted = {measure.id: measure for measure in changes.measures if measure.id is not None}
    for present in measures:
        measure = wanted.get(present.id)
        if measure is None or _later(present.due_on, measure.due_on):
            return True
        if any(
            getattr(measure, name) != getattr(present, name)
            for name in ("direction", "unit", "baseline")
        ):
            return True
        step = measure.target - present.target
        if (step < 0) if present.direction == Direction.INCREASE.value else (step > 0):
            return True
    return False


def _later(present: date | None, wanted: date | None) -> bool:
    """Whether a day to be done by moves away, or goes altogether."""
    return present is not None and (wanted is None or wanted > present)


async def check_parent(session: AsyncSession, actor: Actor, goal: Goal, parent_id: UUID) -> None:
    parent = await session.scalar(
        visible(actor, Action.GOAL_READ, Goal).where(Goal.id == parent_id), actor.binds
    )
    if parent is None:
        raise UnknownReference("There is no such goal.", field="parent_id")
    if (
        parent.school_id != goal.school_id
        or _HEIGHT[GoalLevel(parent.level)] <= _HEIGHT[GoalLevel(goal.level)]
    ):
        raise ParentNotAbove


async def apply_content(
    session: AsyncSession, actor: Actor, goal: Goal, fields: dict[str, Any]
) -> None:
    """Write sent fields onto a goal: columns, and whole lists of measures and indicators."""
    if goal.plan_id is not None and fields.get("kind", goal.kind) != goal.kind:
        raise GoalInPlan
    if fields.get("parent_id") is not None and fields["parent_id"] != goal.parent_id:
        await check_parent(session, actor, goal, fields["parent_id"])
    starts_on, due_on = (fields.get(key, getattr(goal, key)) for key in ("starts_on", "due_on"))
    check_sense(starts_on, due_on, fields.get("measures", ()))
    for name, value in fields.items():
        if name == "measures":
            await write_measures(session, goal, value)
        elif name == "indicator_ids":
            await write_indicators(session, actor, goal, value)
        elif name == "standard_item_ids":
            await write_standards(session, actor, goal, value)
        else:
            setattr(goal, name, value)


async def check_references(
    session: AsyncSession, actor: Actor, goal: Goal, changes: GoalChange
) -> None:
    """Refuse now what could not take effect later: a parent, measure or indicator unknown here."""
    sent = changes.model_fields_set
    if goal.plan_id is not None and "kind" in sent and changes.kind != goal.kind:
        # A leader who stands in reads the goal and not the draft plan that holds it: they propose,
        # and the teacher is told when it comes to agreeing.
        plan = visible(actor, Action.PLAN_READ, GrowthPlan).where(GrowthPlan.id == goal.plan_id)
        if await session.scalar(plan, actor.binds) is not None:
            raise GoalInPlan
    starts_on, due_on = (
        getattr(changes if key in sent else goal, key) for key in ("starts_on", "due_on")
    )
    measures = [measure.model_dump() for measure in changes.measures] if "measures" in sent else []
    check_sense(starts_on, due_on, measures)
    if "parent_id" in sent and changes.parent_id is not None:
        await check_parent(session, actor, goal, changes.parent_id)
    if "measures" in sent:
        present = {row.id for row in await measures_of(session, goal)}
        named = [measure.id for measure in changes.measures if measure.id is not None]
        if len(set(named)) != len(named) or not set(named) <= present:
            raise UnknownMeasure
    if "indicator_ids" in sent:
        present = set(await indicators_of(session, goal))
        await check_offered(session, actor, set(changes.indicator_ids) - present)
    if "standard_item_ids" in sent:
        present = set(await standards_of(session, goal))
        await _check_standards(session, actor, set(changes.standard_item_ids) - present)


async def write_measures(session: AsyncSession, goal: Goal, wanted: list[dict[str, Any]]) -> None:
    """Make the goal's measures those of the list. One with progress is kept, out of sight."""
    present = {row.id: row for row in await measures_of(session, goal)}
    kept: set[UUID] = set()
    for position, fields in enumerate(wanted):
        values = {**fields, "position": position}
        measure_id = values.pop("id", None)
        if measure_id is None:
            session.add(GoalMeasure(district_id=goal.district_id, goal_id=goal.id, **values))
            continue
        if measure_id not in present or measure_id in kept:
            raise UnknownMeasure
        kept.add(measure_id)
        for name, value in values.items():
            setattr(present[measure_id], name, value)
    for measure_id, row in present.items():
        if measure_id in kept:
            continue
        if row.latest_on is None:
            await session.delete(row)
        else:
            row.dropped = True
    await session.flush()


async def measures_of(session: AsyncSession, goal: Goal) -> Iterable[GoalMeasure]:
    """The measures in sight of a goal that the caller was already allowed to act on."""
    return await session.scalars(
        select(GoalMeasure)
        .where(
            GoalMeasure.district_id == goal.district_id,
            GoalMeasure.goal_id == goal.id,
            ~GoalMeasure.dropped,
        )
        .order_by(GoalMeasure.position)
    )


async def write_indicators(
    session: AsyncSession, actor: Actor, goal: Goal, indicator_ids: list[UUID]
) -> None:
    """Make the goal's indicators those of the list. Ones it has already may be retired since."""
    present = set(await indicators_of(session, goal))
    wanted = list(dict.fromkeys(indicator_ids))
    await check_offered(session, actor, set(wanted) - present)
    await session.execute(
        delete(GoalIndicator).where(
            GoalIndicator.district_id == goal.district_id, GoalIndicator.goal_id == goal.id
        )
    )
    for position, indicator_id in enumerate(wanted):
        session.add(
            GoalIndicator(
                district_id=goal.district_id,
                goal_id=goal.id,
                indicator_id=indicator_id,
                position=position,
            )
        )
    await session.flush()


async def check_offered(session: AsyncSession, actor: Actor, new: set[UUID]) -> None:
    """Refuse (409) indicators that are not of a published framework."""
    if not new:
        return
    offered = await session.scalars(
        visible(actor, Action.FRAMEWORK_READ, Indicator)
        .with_only_columns(Indicator.id)
        .join(
            Framework,
            (Framework.district_id == Indicator.district_id)
            & (Framework.id == Indicator.framework_id),
        )
        .where(Indicator.id.in_(new), Framework.state == "published"),
        actor.binds,
    )
    if set(offered) != new:
        raise IndicatorNotOffered


async def indicators_of(session: AsyncSession, goal: Goal) -> list[UUID]:
    """The ids of the goal's indicators, in order."""
    return list(
        await session.scalars(
            select(GoalIndicator.indicator_id)
            .where(GoalIndicator.district_id == goal.district_id, GoalIndicator.goal_id == goal.id)
            .order_by(GoalIndicator.position)
        )
    )


async def write_standards(
    session: AsyncSession, actor: Actor, goal: Goal, item_ids: list[UUID]
) -> None:
    """Make the standards that the goal names by item those of the list. Ones it has already may be
    retired since."""
    present = set(await standards_of(session, goal))
    wanted = list(dict.fromkeys(item_ids))
    await _check_standards(session, actor, set(wanted) - present)
    await session.execute(
        delete(GoalStandard).where(
            GoalStandard.district_id == goal.district_id, GoalStandard.goal_id == goal.id
        )
    )
    for position, item_id in enumerate(wanted):
        session.add(
            GoalStandard(
                district_id=goal.district_id, goal_id=goal.id, item_id=item_id, position=position
            )
        )
    await session.flush()


async def _check_standards(session: AsyncSession, actor: Actor, new: set[UUID]) -> None:
    if not new:
        return
    offered = await session.scalars(
        visible(actor, Action.FRAMEWORK_READ, FrameworkItem)
        .with_only_columns(FrameworkItem.id)
        .join(
            Framework,
            (Framework.district_id == FrameworkItem.district_id)
            & (Framework.id == FrameworkItem.framework_id),
        )
        .where(FrameworkItem.id.in_(new), Framework.state == "published"),
        actor.binds,
    )
    if set(offered) != new:
        raise StandardNotOffered


async def standards_of(session: AsyncSession, goal: Goal) -> list[UUID]:
    """The ids of the items that the goal names as standards, in order."""
    return list(
        await session.scalars(
            select(GoalStandard.item_id)
            .where(GoalStandard.district_id == goal.district_id, GoalStandard.goal_id == goal.id)
            .order_by(GoalStandard.position)
        )
    )
