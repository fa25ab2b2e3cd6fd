"""The rules of action steps: part of the plan, read and written as it is."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference, WrongState
from app.core.events import record
from app.core.paging import Paging, page
from app.goals.plans.service import act_on, changed, read_plan
from app.models import Goal, GrowthPlan, PlanStep, touch
from app.models.plans import PlanState, PlanStepState

Page = tuple[list[Any], str | None]
#: what one of the two may change of a step that both agreed to
_AFTER = {"due_on", "resources", "position"}


class StepAgreed(Conflict):
    """Both agreed to what a step of a plan in force says."""

    code, title = "step_agreed", "Both agreed to this step"
    next_step = "Drop it with a reason and add another; day, resources and place may change."


async def list_steps(session: AsyncSession, actor: Actor, plan_id: UUID, paging: Paging) -> Page:
    """The steps of a plan in their order, to whoever reads the plan."""
    await read_plan(session, actor, plan_id)
    statement = view(actor, Action.PLAN_STEP_READ, PlanStep).where(PlanStep.plan_id == plan_id)
    return await page(session, actor, statement, paging, by=[PlanStep.position, PlanStep.id])


async def read_step(session: AsyncSession, actor: Actor, step_id: UUID) -> Any:
    """One step."""
    statement = view(actor, Action.PLAN_STEP_READ, PlanStep)
    return await read_one(session, actor, statement, PlanStep, step_id)


async def add(
    session: AsyncSession, actor: Actor, plan_id: UUID, version: int, fields: dict[str, Any]
) -> UUID:
    """Add a step to a plan that is not closed: either of the two."""
    plan = await act_on(session, actor, Action.PLAN_ADD_STEP, plan_id, version)
    await _check_goal(session, plan, fields["goal_id"])
    if fields["position"] is None:
        last = select(func.max(PlanStep.position)).where(
            PlanStep.district_id == plan.district_id, PlanStep.plan_id == plan.id
        )
        fields["position"] = min((await session.scalar(last) or 0) + 1, 10_000)
    step = PlanStep(
        district_id=plan.district_id,
        id=clock.new_id(),
        plan_id=plan.id,
        author_id=actor.id,
        school_id=plan.school_id,
        teacher_id=plan.teacher_id,
        **fields,
    )
    session.add(step)
    await changed(session, plan)
    await session.flush()
    record(session, actor, "growth_plan.step_added", plan, ("steps",))
    return step.id


async def change(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Edit an open step: either of the two. Once the plan is agreed, not what both agreed to."""
    plan, step = await _acting(session, actor, Action.PLAN_STEP_EDIT, step_id, version)
    differs = {name for name, value in fields.items() if value != getattr(step, name)}
    if plan.state != PlanState.DRAFT and differs - _AFTER:
        raise StepAgreed
    if "goal_id" in differs:
        await _check_goal(session, plan, fields["goal_id"])
    for name, value in fields.items():
        setattr(step, name, value)
    if fields:
        await changed(session, plan)
        touch(step)
    record(session, actor, "growth_plan.step_changed", plan, ("steps",))


async def finish(session: AsyncSession, actor: Actor, step_id: UUID, version: int) -> None:
    """The step is done: either of the two says so."""
    await _end(session, actor, Action.PLAN_STEP_FINISH, step_id, version, PlanStepState.DONE)


async def drop(
    session: AsyncSession, actor: Actor, step_id: UUID, version: int, reason: str
) -> None:
    """The step will not be done, and why: either of the two."""
    await _end(
        session, actor, Action.PLAN_STEP_DROP, step_id, version, PlanStepState.DROPPED, reason
    )


async def _end(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    step_id: UUID,
    version: int,
    state: PlanStepState,
    reason: str | None = None,
) -> None:
    plan, step = await _acting(session, actor, action, step_id, version)
    step.state, step.reason, step.ended_at = state.value, reason, clock.now()
    await changed(session, plan)
    touch(step)
    verb = "finished" if state is PlanStepState.DONE else "dropped"
    record(session, actor, f"growth_plan.step_{verb}", plan, ("steps",))


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, step_id: UUID, version: int
) -> tuple[GrowthPlan, PlanStep]:
    """The step and its plan, both locked, the plan first as everywhere."""
    row = await read_step(session, actor, step_id)
    plan = await session.scalar(
        select(GrowthPlan)
        .where(GrowthPlan.district_id == actor.district_id, GrowthPlan.id == row.plan_id)
        .with_for_update()
    )
    assert plan is not None
    step = await acting(
        session, actor, action, PlanStep, step_id, version, read=Action.PLAN_STEP_READ
    )
    if plan.state == PlanState.CLOSED:
        raise WrongState("The plan of this step is closed.", state=plan.state, allowed=[])
    return plan, step


async def _check_goal(session: AsyncSession, plan: GrowthPlan, goal_id: UUID | None) -> None:
    if goal_id is None:
        return
    held = select(Goal.id).where(
        Goal.district_id == plan.district_id, Goal.plan_id == plan.id, Goal.id == goal_id
    )
    if await session.scalar(held) is None:
        raise UnknownReference("There is no such goal in this plan.", field="goal_id")
