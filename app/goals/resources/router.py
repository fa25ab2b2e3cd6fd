"""Systems and resources for SLO and growth-plan data: what must be used, who is stuck."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.goals.resources import service
from app.goals.resources.schemas import (
    GoalSystemChange,
    GoalSystemNew,
    GoalSystemOut,
    GoalSystemPage,
    Kind,
    MySystem,
    MySystemPage,
    PersonStanding,
    PersonStandingPage,
    Role,
    Serves,
    State,
    SystemConfirm,
    SystemConfirmationOut,
    SystemCoverage,
    SystemCoveragePage,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Goal systems"], route_class=UnitRoute)

Stuck = Annotated[
    Literal["true", "false"] | None,
    Query(description="No access, not fully understood, or not answered in time"),
]


def _flag(value: str | None) -> bool | None:
    return None if value is None else value == "true"


@router.get("/goal-systems", responses=problems(400))
async def list_goal_systems(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    kind: Kind | None = None,
    serves: Serves | None = None,
    state: State | None = None,
    school_id: Id | None = None,
) -> GoalSystemPage:
    """What must be used for SLO and growth-plan data, the oldest first: the district's to everybody
    of it, a school's to its people and the district's administrators."""
    rows, following = await service.list_systems(
        session, actor, paging, kind=kind, serves=serves, state=state, school_id=school_id
    )
    return GoalSystemPage(items=[GoalSystemOut.model_validate(row) for row in rows], next=following)


@router.get("/goal-systems/{system_id}", responses=problems(404))
@replayable("/api/v1/goal-systems/{id}")
async def get_goal_system(session: Session, actor: CurrentActor, system_id: Id) -> GoalSystemOut:
    """One system, to whom it is listed."""
    return GoalSystemOut.model_validate(await service.read_system(session, actor, system_id))


@router.post("/goal-systems", status_code=201, responses=problems(403, UnknownReference))
async def create_goal_system(
    session: Session, actor: CurrentActor, body: GoalSystemNew
) -> GoalSystemOut:
    """Say what must be used, and by whom: district administrators for the district, school leaders
    for their school."""
    system_id = await service.create(session, actor, body.model_dump())
    return await get_goal_system(session, actor, system_id)


@router.patch("/goal-systems/{system_id}", responses=problems(403, 404, 412, WrongState))
async def update_goal_system(
    session: Session, actor: CurrentActor, system_id: Id, version: IfMatch, body: GoalSystemChange
) -> GoalSystemOut:
    """Change an active system. Whoever may write systems there. What people said of it stays."""
    await service.change(session, actor, system_id, version, body.changes())
    return await get_goal_system(session, actor, system_id)


@router.post("/goal-systems/{system_id}/retire", responses=problems(403, 404, 412, WrongState))
async def retire_goal_system(
    session: Session, actor: CurrentActor, system_id: Id, version: IfMatch
) -> GoalSystemOut:
    """Ask nobody for it any more; what people said of it stays. Whoever may write systems there."""
    await service.retire(session, actor, system_id, version)
    return await get_goal_system(session, actor, system_id)


@router.post("/goal-systems/{system_id}/restore", responses=problems(403, 404, 412, WrongState))
async def restore_goal_system(
    session: Session, actor: CurrentActor, system_id: Id, version: IfMatch
) -> GoalSystemOut:
    """Ask for a retired one again, from today on. Whoever may write systems there."""
    await service.restore(session, actor, system_id, version)
    return await get_goal_system(session, actor, system_id)


@router.post("/goal-systems/{system_id}/confirm", responses=problems(403, 404, WrongState))
async def confirm_goal_system(
    session: Session, actor: CurrentActor, system_id: Id, body: SystemConfirm
) -> SystemConfirmationOut:
    """Say whether you get in and understand it, for yourself: whoever must use it. It replaces what
    you said before, which is not kept. Your lead and your school's leaders read it; nobody can say
    it for you."""
    confirmation_id = await service.confirm(session, actor, system_id, body.model_dump())
    return await get_system_confirmation(session, actor, confirmation_id)


@router.get("/me/systems", responses=problems(400))
async def list_my_systems(
    session: Session, actor: CurrentActor, paging: Paging, stuck: Stuck = None
) -> MySystemPage:
    """What you must use by the roles you hold, and what you said of it."""
    rows, following = await service.list_mine(session, actor, paging, _flag(stuck))
    return MySystemPage(items=[MySystem.model_validate(row) for row in rows], next=following)


@router.get("/system-confirmations", responses=problems(400))
async def list_system_confirmations(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    stuck: Stuck = None,
    role: Annotated[Role | None, Query(description="Who must use it as a teacher, or lead")] = None,
    school_id: Annotated[Id | None, Query(description="Where they hold the role")] = None,
    system_id: Id | None = None,
    person_id: Id | None = None,
) -> PersonStandingPage:
    """How people stand with what they must use, by name, an answer or none; `stuck=true` finds who
    needs help. Yourself; leads: the teachers they coach; school leaders: their school."""
    filters: dict[str, Any] = {
        "stuck": _flag(stuck),
        "role": role,
        "school_id": school_id,
        "system_id": system_id,
        "person_id": person_id,
    }
    rows, following = await service.list_standing(session, actor, paging, filters)
    items = [PersonStanding.model_validate(row) for row in rows]
    return PersonStandingPage(items=items, next=following)


@router.get("/system-confirmations/{confirmation_id}", responses=problems(404))
@replayable("/api/v1/system-confirmations/{id}")
async def get_system_confirmation(
    session: Session, actor: CurrentActor, confirmation_id: Id
) -> SystemConfirmationOut:
    """What a person says of a system: themself, their lead, the leaders of their school."""
    row = await service.read_confirmation(session, actor, confirmation_id)
    return SystemConfirmationOut.model_validate(row)


@router.get("/system-coverage", responses=problems(400))
async def list_system_coverage(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    system_id: Id | None = None,
    school_id: Id | None = None,
) -> SystemCoveragePage:
    """How many people of each school get in and understand each system. District administrators:
    every school, figures about few people left out; school leaders: their school."""
    rows, following, minimum = await service.coverage(
        session, actor, paging, system_id=system_id, school_id=school_id
    )
    items = [SystemCoverage.model_validate(row) for row in rows]
    return SystemCoveragePage(items=items, next=following, suppressed_under=minimum)
