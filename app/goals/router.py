"""Goals of schools, teams and individuals, from draft to closed."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import audience
from app.access.actor import Actor, ActorKind
from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.goals import beginning, content, lists, service, views
from app.goals.advice import service as advice
from app.goals.advice.router import router as advice_router
from app.goals.alignment.router import router as alignment
from app.goals.common.router import router as common
from app.goals.feedback.router import router as feedback
from app.goals.monitoring.router import router as monitoring
from app.goals.notes.router import router as notes
from app.goals.pair import AlreadyAgreed
from app.goals.plans.router import router as plans
from app.goals.resources.router import router as resources
from app.goals.reviews.router import router as reviews
from app.goals.revisions import service as revisions
from app.goals.revisions.router import router as revision_router
from app.goals.rounds.router import router as rounds
from app.goals.schemas import (
    ApprovalName,
    Audience,
    GoalChange,
    GoalClose,
    GoalNew,
    GoalOut,
    GoalPage,
    GoalSummary,
    Kind,
    Level,
    PulledGoal,
    PulledGoalPage,
    Reader,
    State,
)
from app.goals.slo.router import router as slo
from app.templates.service import TemplateNotUsable
from app.web.contract import problems, scopes
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Goals"], route_class=UnitRoute)
#: first those whose paths are no id of a goal: `/goals/advice-rules`, `/goals/alignment`, …
routers = (
    advice_router,
    alignment,
    slo,
    monitoring,
    router,
    revision_router,
    notes,
    resources,
    plans,
    reviews,
    rounds,
    feedback,
    common,
)

Sort = Literal["created", "-created", "due_on", "-due_on", "title", "-title"]


async def _filters(
    level: Level | None = None,
    kind: Kind | None = None,
    state: State | None = None,
    school_id: Id | None = None,
    school_year_id: Id | None = None,
    team_id: Id | None = None,
    teacher_id: Id | None = None,
    parent_id: Id | None = None,
    indicator: Annotated[
        str | None, Query(max_length=300, description="An indicator's key")
    ] = None,
    overdue: Annotated[
        Literal["true", "false"] | None, Query(description="In force behind its due date")
    ] = None,
    q: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$")] | None,
        Query(min_length=2, max_length=100, description="Words in the title, any case"),
    ] = None,
    approval: Annotated[
        ApprovalName | None, Query(description="Of SLOs; for people, not for integrations")
    ] = None,
) -> dict[str, Any]:
    return {
        "level": level,
        "kind": kind,
        "state": state,
        "school_id": school_id,
        "school_year_id": school_year_id,
        "team_id": team_id,
        "teacher_id": teacher_id,
        "parent_id": parent_id,
        "indicator": indicator,
        "overdue": None if overdue is None else overdue == "true",
        "q": q,
        "approval": approval,
    }


Filters = Annotated[dict[str, Any], Depends(_filters)]


@replayable("/api/v1/goals/{id}")
async def read_goal(
    session: AsyncSession, actor: Actor, goal_id: UUID, warnings: Any = ()
) -> GoalOut:
    """A goal as a person sees it."""
    row = await views.read_goal(session, actor, goal_id)
    return GoalOut.model_validate({**views.fields(row, actor), "warnings": list(warnings)})


@router.get("/goals", responses=problems(400), openapi_extra=scopes("goals:read"))
async def list_goals(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    filters: Filters,
    sort: Annotated[Sort, Query(description="`-` sorts downwards; empty dates come last")] = (
        "created"
    ),
) -> GoalPage | PulledGoalPage:
    """The goals you may see. Teachers and leads: their own, drafts included; school leaders: their
    school's, individual ones from agreed on; integrations with `goals:read`: the district's, from
    agreed or published on, in the allow-listed fields."""
    rows, following = await lists.list_goals(session, actor, paging, sort, filters)
    if actor.kind is ActorKind.CLIENT:
        return PulledGoalPage(
            items=[PulledGoal.model_validate(row) for row in rows], next=following
        )
    items = [GoalOut.model_validate(one) for one in views.fields_of_all(rows, actor)]
    return GoalPage(items=items, next=following)


@router.get("/goals/summary")
async def get_goal_summary(session: Session, actor: CurrentActor, filters: Filters) -> GoalSummary:
    """How many goals, by state, kind and indicator, of those you may see. Figures about fewer
    people than the policy's minimum are left out for everybody but the teacher and the lead."""
    return GoalSummary.model_validate(await lists.summary(session, actor, filters))


@router.get("/goals/{goal_id}", responses=problems(404), openapi_extra=scopes("goals:read"))
async def get_goal(session: Session, actor: CurrentActor, goal_id: Id) -> GoalOut | PulledGoal:
    """One goal, to whom it is listed, in the same form."""
    if actor.kind is ActorKind.CLIENT:
        return PulledGoal.model_validate(await views.read_pulled(session, actor, goal_id))
    return await read_goal(session, actor, goal_id)


@router.post(
    "/goals",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        TemplateNotUsable,
        service.WrongOwner,
        content.ParentNotAbove,
        content.DatesReversed,
        content.TargetBehind,
        content.IndicatorNotOffered,
        content.StandardNotOffered,
        content.UnknownMeasure,
    ),
)
async def create_goal(session: Session, actor: CurrentActor, body: GoalNew) -> GoalOut:
    """Draft a goal. School goals: the school's leaders; team goals: the team's lead; individual
    goals: the teacher or their lead. A draft need not be complete; `warnings` say what could be
    better. With `template_id`, what you leave out comes from that template."""
    fields, left_out = await beginning.begin(session, actor, body)
    goal = await service.create(session, actor, fields)
    return await advice.written(session, actor, goal, left_out)


@router.patch(
    "/goals/{goal_id}",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        content.ParentNotAbove,
        content.DatesReversed,
        content.TargetBehind,
        content.IndicatorNotOffered,
        content.StandardNotOffered,
        content.UnknownMeasure,
        content.GoalInPlan,
    ),
)
async def update_goal(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: GoalChange
) -> GoalOut:
    """Edit a draft. Whoever may draft such a goal. A goal in force changes by a revision."""
    sent = body.model_dump(include=body.model_fields_set)
    goal = await service.change(session, actor, goal_id, version, sent)
    return await advice.written(session, actor, goal)


@router.delete(
    "/goals/{goal_id}",
    status_code=204,
    responses=problems(
        403,
        404,
        412,
        WrongState,
        service.DraftShared,
        service.GoalHasGoalsBelow,
        content.GoalInPlan,
        service.GoalInUse,
    ),
)
async def delete_goal(session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch) -> None:
    """Delete a draft that you wrote and nobody else wrote in. Anything else is closed instead."""
    await service.remove(session, actor, goal_id, version)


@router.post(
    "/goals/{goal_id}/propose",
    responses=problems(403, 404, 412, WrongState, service.GoalIncomplete),
)
async def propose_goal(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch
) -> GoalOut:
    """Put an individual draft before both. The teacher or their lead; it must be complete for its
    kind, and `missing` lists what is not."""
    goal = await service.propose(session, actor, goal_id, version)
    return await advice.written(session, actor, goal)


@router.post(
    "/goals/{goal_id}/request-changes",
    response_model=GoalOut,
    responses={
        204: {"description": "Done; a draft is the teacher's alone, so you no longer see it."},
        **problems(403, 404, 412, WrongState),
    },
)
async def request_goal_changes(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch
) -> GoalOut | None:
    """Take a proposed goal back to draft; what was agreed counts no more. The teacher, their lead,
    or the school leader where there is none, who then no longer sees it (204)."""
    sees_drafts = await service.request_changes(session, actor, goal_id, version)
    return await read_goal(session, actor, goal_id) if sees_drafts else None


@router.post(
    "/goals/{goal_id}/agree",
    responses=problems(403, 404, 412, WrongState, AlreadyAgreed, service.GoalIncomplete),
)
async def agree_goal(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch
) -> GoalOut:
    """Agree to a proposed goal. The teacher and the lead each agree once; the goal is in force
    when both have. Where the teacher has no active lead, the school leader stands in."""
    goal, warnings = await service.agree(session, actor, goal_id, version)
    return await advice.written(session, actor, goal, warnings)


@router.post(
    "/goals/{goal_id}/publish",
    responses=problems(403, 404, 412, WrongState, service.GoalIncomplete),
)
async def publish_goal(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch
) -> GoalOut:
    """Publish a school goal (its leaders) or a team goal (its lead)."""
    await service.publish(session, actor, goal_id, version)
    return await read_goal(session, actor, goal_id)


@router.post(
    "/goals/{goal_id}/close",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        service.EvidenceMissing,
        revisions.RevisionOpen,
        revisions.SloSubmitted,
    ),
)
async def close_goal(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: GoalClose
) -> GoalOut:
    """Say how a goal ended. An individual goal closes when the other of the two agrees to the
    closing revision this makes; school and team goals close at once, by their writers."""
    warnings = await revisions.close(
        session, actor, goal_id, version, body.outcome, body.evidence, body.evidence_ids
    )
    return await read_goal(session, actor, goal_id, warnings)


@router.get("/goals/{goal_id}/audience", responses=problems(404))
async def get_goal_audience(session: Session, actor: CurrentActor, goal_id: Id) -> Audience:
    """Who can see this goal now, and through what. Whoever can see it themselves."""
    goal = await views.read_goal(session, actor, goal_id)
    readers = await audience.of_goal(session, actor, goal)
    return Audience(
        record_class=service.record_class(goal),
        readers=[Reader.model_validate(reader) for reader in readers],
    )
