"""Growth plans, their goals and their action steps."""

from typing import Any

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.goals import content, views
from app.goals.pair import AlreadyAgreed
from app.goals.plans import service, steps
from app.goals.plans.schemas import (
    GrowthPlanChange,
    GrowthPlanNew,
    GrowthPlanOut,
    GrowthPlanPage,
    PlanAudience,
    PlanGoal,
    PlanState,
    PlanStepChange,
    PlanStepDrop,
    PlanStepNew,
    PlanStepOut,
    PlanStepPage,
)
from app.goals.schemas import GoalOut, GoalPage, Reader
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Growth plans"], route_class=UnitRoute)


@router.get("/growth-plans", responses=problems(400))
async def list_growth_plans(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    school_year_id: Id | None = None,
    teacher_id: Id | None = None,
    school_id: Id | None = None,
    state: PlanState | None = None,
    goal_id: Id | None = None,
) -> GrowthPlanPage:
    """The growth plans you may see, the oldest first. Teachers and leads: their own, drafts
    included; school leaders: their school's from agreed on. `goal_id` finds the plan that holds a
    goal."""
    filters: dict[str, Any] = {
        "school_year_id": school_year_id,
        "teacher_id": teacher_id,
        "school_id": school_id,
        "state": state,
    }
    rows, following = await service.list_plans(session, actor, paging, goal_id, **filters)
    return GrowthPlanPage(items=[GrowthPlanOut.model_validate(row) for row in rows], next=following)


@router.get("/growth-plans/{plan_id}", responses=problems(404))
@replayable("/api/v1/growth-plans/{id}")
async def get_growth_plan(session: Session, actor: CurrentActor, plan_id: Id) -> GrowthPlanOut:
    """One growth plan, to whom it is listed."""
    return GrowthPlanOut.model_validate(await service.read_plan(session, actor, plan_id))


@router.post(
    "/growth-plans",
    status_code=201,
    responses=problems(403, UnknownReference, service.PlanExists),
)
async def create_growth_plan(
    session: Session, actor: CurrentActor, body: GrowthPlanNew
) -> GrowthPlanOut:
    """Draft the growth plan of a teacher's year: the teacher, or their lead. There is one for each
    teacher and school year."""
    plan_id = await service.create(session, actor, body.model_dump())
    return await get_growth_plan(session, actor, plan_id)


@router.patch("/growth-plans/{plan_id}", responses=problems(403, 404, 412, WrongState))
async def update_growth_plan(
    session: Session, actor: CurrentActor, plan_id: Id, version: IfMatch, body: GrowthPlanChange
) -> GrowthPlanOut:
    """Edit a draft: the teacher or their lead. Whoever agreed to it agrees anew."""
    await service.change(session, actor, plan_id, version, body.changes())
    return await get_growth_plan(session, actor, plan_id)


@router.post(
    "/growth-plans/{plan_id}/agree",
    responses=problems(403, 404, 412, WrongState, AlreadyAgreed, service.PlanIncomplete),
)
async def agree_growth_plan(
    session: Session, actor: CurrentActor, plan_id: Id, version: IfMatch
) -> GrowthPlanOut:
    """Agree to the plan as it stands. The teacher and the lead each agree once; then it is in force
    and the school's leaders read it. Where the teacher has no active lead, the school leader stands
    in, and reads the draft from the teacher's agreement on."""
    await service.agree(session, actor, plan_id, version)
    return await get_growth_plan(session, actor, plan_id)


@router.get("/growth-plans/{plan_id}/audience", responses=problems(404))
async def get_growth_plan_audience(
    session: Session, actor: CurrentActor, plan_id: Id
) -> PlanAudience:
    """Who can see this plan now, and through what. Whoever can see it themselves."""
    record_class, found = await service.readers(session, actor, plan_id)
    return PlanAudience(
        record_class=record_class, readers=[Reader.model_validate(row) for row in found]
    )


@router.get("/growth-plans/{plan_id}/goals", responses=problems(400, 404))
async def list_growth_plan_goals(
    session: Session, actor: CurrentActor, plan_id: Id, paging: Paging
) -> GoalPage:
    """The plan's goals, the oldest first; of them those you may see."""
    rows, following = await service.list_goals(session, actor, plan_id, paging)
    items = [GoalOut.model_validate(one) for one in views.fields_of_all(rows, actor)]
    return GoalPage(items=items, next=following)


@router.post(
    "/growth-plans/{plan_id}/goals",
    responses=problems(
        403, 404, 412, WrongState, UnknownReference, content.GoalInPlan, service.GoalDoesNotFit
    ),
)
async def add_growth_plan_goal(
    session: Session, actor: CurrentActor, plan_id: Id, version: IfMatch, body: PlanGoal
) -> GrowthPlanOut:
    """Put an open goal of kind growth, of the same teacher and year, into the plan: the teacher or
    their lead, until the plan is closed."""
    await service.add_goal(session, actor, plan_id, version, body.goal_id)
    return await get_growth_plan(session, actor, plan_id)


@router.post(
    "/growth-plans/{plan_id}/remove-goal",
    responses=problems(403, 404, 412, WrongState, UnknownReference, service.LastGoal),
)
async def remove_growth_plan_goal(
    session: Session, actor: CurrentActor, plan_id: Id, version: IfMatch, body: PlanGoal
) -> GrowthPlanOut:
    """Take a goal out of the plan; it stays a goal of its own. The teacher or their lead. A plan in
    force keeps at least one."""
    await service.remove_goal(session, actor, plan_id, version, body.goal_id)
    return await get_growth_plan(session, actor, plan_id)


# --- action steps -------------------------------------------------------------------------------


@router.get("/growth-plans/{plan_id}/steps", responses=problems(400, 404))
async def list_plan_steps(
    session: Session, actor: CurrentActor, plan_id: Id, paging: Paging
) -> PlanStepPage:
    """The plan's action steps in their order, to whoever reads the plan."""
    rows, following = await steps.list_steps(session, actor, plan_id, paging)
    return PlanStepPage(items=[PlanStepOut.model_validate(row) for row in rows], next=following)


@router.get("/plan-steps/{plan_step_id}", responses=problems(404))
@replayable("/api/v1/plan-steps/{id}")
async def get_plan_step(session: Session, actor: CurrentActor, plan_step_id: Id) -> PlanStepOut:
    """One action step, to whoever reads the plan."""
    return PlanStepOut.model_validate(await steps.read_step(session, actor, plan_step_id))


@router.post(
    "/growth-plans/{plan_id}/steps",
    status_code=201,
    responses=problems(403, 404, 412, WrongState, UnknownReference),
)
async def create_plan_step(
    session: Session, actor: CurrentActor, plan_id: Id, version: IfMatch, body: PlanStepNew
) -> PlanStepOut:
    """Add an action step, with the resources it needs: the teacher or their lead, until the plan is
    closed. It is part of the plan and read with it."""
    added = await steps.add(session, actor, plan_id, version, body.model_dump())
    return await get_plan_step(session, actor, added)


@router.patch(
    "/plan-steps/{plan_step_id}",
    responses=problems(403, 404, 412, WrongState, UnknownReference, steps.StepAgreed),
)
async def update_plan_step(
    session: Session, actor: CurrentActor, plan_step_id: Id, version: IfMatch, body: PlanStepChange
) -> PlanStepOut:
    """Edit an open step: the teacher or their lead. Once the plan is agreed, its day, resources and
    place only."""
    sent = body.model_dump(include=body.model_fields_set)
    await steps.change(session, actor, plan_step_id, version, sent)
    return await get_plan_step(session, actor, plan_step_id)


@router.post("/plan-steps/{plan_step_id}/finish", responses=problems(403, 404, 412, WrongState))
async def finish_plan_step(
    session: Session, actor: CurrentActor, plan_step_id: Id, version: IfMatch
) -> PlanStepOut:
    """Say that the step is done: the teacher or their lead."""
    await steps.finish(session, actor, plan_step_id, version)
    return await get_plan_step(session, actor, plan_step_id)


@router.post("/plan-steps/{plan_step_id}/drop", responses=problems(403, 404, 412, WrongState))
async def drop_plan_step(
    session: Session, actor: CurrentActor, plan_step_id: Id, version: IfMatch, body: PlanStepDrop
) -> PlanStepOut:
    """Give the step up, with the reason: the teacher or their lead."""
    await steps.drop(session, actor, plan_step_id, version, body.reason)
    return await get_plan_step(session, actor, plan_step_id)
