"""The chain school → team → individual, both ways, and its gaps."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from app.core.types import Id
from app.goals.alignment import service
from app.goals.alignment.schemas import (
    AlignmentCoverage,
    GoalAlignment,
    TeacherAlignment,
    TeacherAlignmentPage,
)
from app.goals.schemas import GoalChain
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute

router = APIRouter(prefix="/goals", tags=["Goal alignment"], route_class=UnitRoute)


async def _filters(
    school_year_id: Annotated[Id | None, Query(description="Goals of this year only")] = None,
    school_id: Id | None = None,
    team_id: Annotated[Id | None, Query(description="One team's goals and members")] = None,
) -> dict[str, Any]:
    return {"school_year_id": school_year_id, "school_id": school_id, "team_id": team_id}


Filters = Annotated[dict[str, Any], Depends(_filters)]
Flag = Literal["true", "false"]


@router.get("/alignment")
async def get_goal_alignment(
    session: Session, actor: CurrentActor, filters: Filters
) -> GoalAlignment:
    """School and team goals in force that you may see, with the gaps between them: school goals
    that no team goal serves, team goals that serve no school goal. Everybody, of what they read;
    nothing in it comes from individual goals."""
    return GoalAlignment.model_validate(await service.alignment(session, actor, filters))


@router.get("/alignment/coverage")
async def get_alignment_coverage(
    session: Session, actor: CurrentActor, filters: Filters
) -> AlignmentCoverage:
    """How many teachers have a goal in force that is tied to the chain, and for non-tested subjects
    the written link. School leaders: their school, figures about few people left out; leads: the
    teachers they coach; to everybody else it counts nobody."""
    return AlignmentCoverage.model_validate(await service.coverage(session, actor, filters))


@router.get("/alignment/teachers", responses=problems(400))
async def list_alignment_teachers(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    filters: Filters,
    linked: Annotated[
        Flag | None, Query(description="`false`: who has no goal in force with a goal above it")
    ] = None,
    link_stated: Annotated[
        Flag | None, Query(description="With `tested=false`: who still owes the written link")
    ] = None,
    tested: Flag | None = None,
) -> TeacherAlignmentPage:
    """Teachers by name, and whether a goal in force ties them to the chain; a draft counts as
    nothing. School leaders: their school; leads: the teachers they coach."""
    flags = {"linked": linked, "link_stated": link_stated, "tested": tested}
    narrowed = {name: None if flag is None else flag == "true" for name, flag in flags.items()}
    rows, following = await service.list_teachers(session, actor, paging, {**filters, **narrowed})
    items = [TeacherAlignment.model_validate(row) for row in rows]
    return TeacherAlignmentPage(items=items, next=following)


@router.get("/{goal_id}/chain", responses=problems(404))
async def get_goal_chain(session: Session, actor: CurrentActor, goal_id: Id) -> GoalChain:
    """The goals above and two levels below: school, team, individual. Only those you may see, and
    nothing below a goal that you may not."""
    return GoalChain.model_validate(await service.chain(session, actor, goal_id))
