"""The rules of growth plans: one per teacher and year, agreed by both, with goals of kind growth.

A plan is agreed to as it stands, so a change of the draft takes back what was agreed. Its mid-year
and end-of-year reviews move it on (`app.goals.reviews`).
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import audience
from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.goals.content import GoalInPlan
from app.goals.pair import add_yes, capacity_of, lead_for, take_back
from app.goals.service import owner_of
from app.goals.views import goal_view, yeses
from app.models import Goal, GoalRevision, GrowthPlan, PlanAgreement, PlanStep, touch
from app.models.goals import Capacity, GoalKind, GoalLevel, GoalState, RevisionState
from app.models.plans import PlanState

Page = tuple[list[Any], str | None]
AGREEMENTS: ColumnElement[Any] = yeses(PlanAgreement, "plan_id", GrowthPlan, "agreements")


class PlanExists(Conflict):
    """A teacher has one growth plan in a school year."""

    code, title = "plan_exists", "There is a growth plan of that year"
    next_step = (
        "Find it with GET /growth-plans. One that you do not see there the teacher can put before"
        " you by agreeing to it."
    )


class PlanIncomplete(Conflict):
    """A plan is agreed with at least one growth goal, and with none that is only a draft."""

    code, title = "plan_incomplete", "The plan is not complete"
    next_step = "Add what `missing` lists, then try again."


class GoalDoesNotFit(Conflict):
    """A plan holds open goals of kind growth, of its teacher and its school year, which no change
    that waits for agreement makes another kind."""

    code, title = "goal_does_not_fit", "The goal does not belong into this plan"
    next_step = "Choose an open growth goal of the same teacher and school year."


class LastGoal(Conflict):
    """A plan in force keeps at least one goal."""

    code, title = "last_goal", "It is the plan's last goal"
    next_step = "Put another goal into the plan first."


async def list_plans(
    session: AsyncSession, actor: Actor, paging: Paging, goal_id: UUID | None, **filters: Any
) -> Page:
    """The plans the caller may see; `goal_id` finds the one that holds a goal they may see."""
    statement = view(actor, Action.PLAN_READ, GrowthPlan, AGREEMENTS).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if goal_id is not None:
        holder = visible(actor, Action.GOAL_READ, Goal).with_only_columns(Goal.plan_id)
        statement = statement.where(GrowthPlan.id.in_(holder.where(Goal.id == goal_id)))
    return await page(session, actor, statement, paging, by=[GrowthPlan.id])


async def read_plan(session: AsyncSession, actor: Actor, plan_id: UUID) -> Any:
    """One plan."""
    statement = view(actor, Action.PLAN_READ, GrowthPlan, AGREEMENTS)
    return await read_one(session, actor, statement, GrowthPlan, plan_id)


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Draft the plan of a teacher's year: the teacher, or their lead."""
    owner = await owner_of(session, actor, {**fields, "level": GoalLevel.INDIVIDUAL})
    teacher_id = owner["teacher_id"]
    plan = GrowthPlan(
        district_id=actor.district_id,
        id=clock.new_id(),
        school_id=owner["school_id"],
        author_id=actor.id,
        lead_id=await lead_for(session, actor, teacher_id),
        **{**fields, "teacher_id": teacher_id},
    )
    try:
        async with session.begin_nested():
            session.add(plan)
            await session.flush()
    except IntegrityError as exc:
        if "uq_growth_plan_teacher_year" not in str(exc.orig):
            raise
        there = await session.scalar(
            select(GrowthPlan).where(
                GrowthPlan.district_id == actor.district_id,
                GrowthPlan.teacher_id == teacher_id,
                GrowthPlan.school_year_id == fields["school_year_id"],
            )
        )
        # that there is one is told only to who might have made it
        await must(session, actor, Action.PLAN_CREATE, there)
        raise PlanExists from exc
    await must(session, actor, Action.PLAN_CREATE, plan)
    record(session, actor, "growth_plan.created", plan)
    return plan.id


async def change(
    session: AsyncSession, actor: Actor, plan_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Edit a draft. Either of the two."""
    plan = await act_on(session, actor, Action.PLAN_EDIT, plan_id, version)
    for name, value in fields.items():
        setattr(plan, name, value)
    if fields:
        await changed(session, plan)
    record(session, actor, "growth_plan.changed", plan, fields)


async def agree(session: AsyncSession, actor: Actor, plan_id: UUID, version: int) -> None:
    """Agree to the plan as it stands. The teacher and the lead each agree once; then it is in
    force. The teacher's yes puts the draft before the lead of today."""
    plan = await act_on(session, actor, Action.PLAN_AGREE, plan_id, version)
    await _check_complete(session, plan)
    standing_in = capacity_of(actor, plan) is Capacity.SCHOOL_LEADER_STANDING_IN
    fields = ["agreements"]
    if await add_yes(session, actor, plan, PlanAgreement, "plan_id"):
        plan.state, plan.agreed_at = PlanState.AGREED.value, clock.now()
        fields.append("state")
    touch(plan)
    record(session, actor, "growth_plan.agreed", plan, fields, standing_in=standing_in)


async def _check_complete(session: AsyncSession, plan: GrowthPlan) -> None:
    """At least one goal, and every goal at least proposed; all that is missing."""
    states = list(
        await session.scalars(
            select(Goal.state).where(Goal.district_id == plan.district_id, Goal.plan_id == plan.id)
        )
    )
    missing = []
    if not states:
        missing.append({"code": "goal", "message": "Put at least one growth goal into the plan."})
    if GoalState.DRAFT in states:
        message = "Propose the goals of the plan that are still drafts."
        missing.append({"code": "goal_proposed", "message": message})
    if missing:
        raise PlanIncomplete(missing=missing)


# --- the goals of a plan ------------------------------------------------------------------------


async def list_goals(session: AsyncSession, actor: Actor, plan_id: UUID, paging: Paging) -> Page:
    """The plan's goals, of them those that the caller may see: a goal has readers of its own."""
    await read_plan(session, actor, plan_id)
    statement = goal_view(actor).where(Goal.plan_id == plan_id)
    return await page(session, actor, statement, paging, by=[Goal.id])


async def add_goal(
    session: AsyncSession, actor: Actor, plan_id: UUID, version: int, goal_id: UUID
) -> None:
    """Put a growth goal into its teacher's plan: either of the two."""
    plan = await act_on(session, actor, Action.PLAN_ADD_GOAL, plan_id, version)
    goal = await _goal(session, actor, goal_id)
    if goal.plan_id is not None:
        raise GoalInPlan
    if (
        goal.kind != GoalKind.GROWTH
        or goal.teacher_id != plan.teacher_id
        or goal.school_year_id != plan.school_year_id
        or goal.state == GoalState.CLOSED
        or await _becomes_another(session, goal)
    ):
        raise GoalDoesNotFit
    # The goal says nothing new, so its version stays: leaders who read it learn of no draft.
    goal.plan_id = plan.id
    await changed(session, plan)
    record(session, actor, "growth_plan.goal_added", plan, ("goals",))


async def _becomes_another(session: AsyncSession, goal: Goal) -> bool:
    """A change of its kind waits. Whoever agreed to that would be told of the plan, and may be a
    leader who does not read it."""
    waiting = select(GoalRevision.id).where(
        GoalRevision.district_id == goal.district_id,
        GoalRevision.goal_id == goal.id,
        GoalRevision.state == RevisionState.PROPOSED.value,
        GoalRevision.content["kind"].astext != GoalKind.GROWTH.value,
    )
    return await session.scalar(waiting) is not None


async def remove_goal(
    session: AsyncSession, actor: Actor, plan_id: UUID, version: int, goal_id: UUID
) -> None:
    """Take a goal out of the plan; the steps for it stay, for the plan as a whole. Either of the
    two, but of a plan in force never the last."""
    plan = await act_on(session, actor, Action.PLAN_REMOVE_GOAL, plan_id, version)
    goal = await _goal(session, actor, goal_id)
    if goal.plan_id != plan.id:
        raise UnknownReference("There is no such goal in this plan.", field="goal_id")
    another = exists().where(
        Goal.district_id == plan.district_id, Goal.plan_id == plan.id, Goal.id != goal.id
    )
    if plan.state != PlanState.DRAFT and not await session.scalar(select(another)):
        raise LastGoal
    goal.plan_id = None
    await session.execute(
        update(PlanStep)
        .where(PlanStep.district_id == plan.district_id, PlanStep.goal_id == goal.id)
        .values(goal_id=None, version=PlanStep.version + 1, updated_at=clock.now())
    )
    await changed(session, plan)
    record(session, actor, "growth_plan.goal_removed", plan, ("goals",))


async def _goal(session: AsyncSession, actor: Actor, goal_id: UUID) -> Goal:
    """A goal the caller can see, locked: it is not deleted or made another kind meanwhile."""
    goal: Goal | None = await session.scalar(
        visible(actor, Action.GOAL_READ, Goal).where(Goal.id == goal_id).with_for_update(of=Goal),
        actor.binds,
    )
    if goal is None:
        raise UnknownReference("There is no such goal.", field="goal_id")
    return goal


# --- for all that changes a plan ----------------------------------------------------------------


async def act_on(
    session: AsyncSession, actor: Actor, action: Action, plan_id: UUID, version: int | None
) -> GrowthPlan:
    """The plan, locked, for a step of it."""
    return await acting(session, actor, action, GrowthPlan, plan_id, version, read=Action.PLAN_READ)


async def changed(session: AsyncSession, plan: GrowthPlan) -> None:
    """Count a change of the plan or of what is part of it. In a draft, what was agreed to is no
    more, so both agree anew."""
    if plan.state == PlanState.DRAFT:
        await take_back(session, plan, PlanAgreement, "plan_id")
    touch(plan)


async def readers(session: AsyncSession, actor: Actor, plan_id: UUID) -> tuple[Any, Any]:
    """The plan's class and who can see it now, to who sees it."""
    plan = await read_plan(session, actor, plan_id)
    found = await audience.of_record(session, actor, plan, GrowthPlan, Action.PLAN_READ)
    return GrowthPlan(state=plan.state).class_now.value, found
