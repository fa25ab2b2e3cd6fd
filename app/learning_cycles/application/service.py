"""The rules of the application plan, and what may be known of people's own parts."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import allows, noun, visible
from app.core.errors import Forbidden, NotFound
from app.core.events import record
from app.learning_cycles.holding import on_cycle
from app.models import (
    CycleAdjustment,
    CycleMember,
    CycleReflection,
    CycleUse,
    LearningCycle,
)
from app.models.learning_cycles import AdjustmentState, CycleLevel, ReflectionState
from app.people.schools.service import apply


async def change_plan(
    session: AsyncSession, actor: Actor, cycle_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Say how the learning will be applied and how impact will be seen: either of the two; in a
    team its lead and members."""
    cycle = await on_cycle(session, actor, Action.CYCLE_PLAN_APPLICATION, cycle_id, version)
    apply(cycle, fields)
    record(session, actor, "learning_cycle.application_planned", cycle, fields)


async def progress(session: AsyncSession, actor: Actor, cycle_id: UUID) -> list[Any]:
    """Who of the cycle has an adjustment, evidence of its use and a shared reflection. 403 to those
    who see the cycle and not what its people do in it: the school's leaders."""
    cycle = LearningCycle
    found = (
        await session.execute(
            visible(actor, Action.CYCLE_READ, cycle)
            .with_only_columns(
                cycle.level, allows(actor.shape, Action.CYCLE_READ_PROGRESS, cycle).label("allowed")
            )
            .where(cycle.id == cycle_id),
            actor.binds,
        )
    ).first()
    if found is None:
        raise NotFound(f"There is no such {noun(cycle)}, or you may not see it.")
    if not found.allowed:
        raise Forbidden("How far each one is, is for those who work in the cycle.")
    # in a pair's cycle its teacher, in a team's each member
    of, person_id, which = (
        (cycle, cycle.teacher_id, [cycle.id == cycle_id])
        if found.level == CycleLevel.INDIVIDUAL.value
        else (
            CycleMember,
            CycleMember.person_id,
            [CycleMember.cycle_id == cycle_id, CycleMember.left_on.is_(None)],
        )
    )

    def some(model: Any, whose: Any, *conditions: ColumnElement[bool]) -> Any:
        return exists().where(
            model.district_id == actor.district_id,
            model.cycle_id == cycle_id,
            whose == person_id,
            *conditions,
        )

    works = CycleAdjustment.state == AdjustmentState.OPEN.value
    shared = CycleReflection.state == ReflectionState.SHARED.value
    statement = (
        select(
            person_id.label("person_id"),
            some(CycleAdjustment, CycleAdjustment.teacher_id, works).label("adjustment"),
            some(CycleUse, CycleUse.teacher_id).label("use"),
            some(CycleReflection, CycleReflection.author_id, shared).label("reflection"),
        )
        .where(of.district_id == actor.district_id, *which)
        .order_by(of.id)
        .limit(200)
    )
    return list(await session.execute(statement))
