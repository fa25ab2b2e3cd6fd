"""Progress, comments and evidence of a goal."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.goals.content import UnknownMeasure
from app.goals.notes import service
from app.goals.notes.schemas import (
    CommentNew,
    CommentOut,
    CommentPage,
    ProgressNew,
    ProgressOut,
    ProgressPage,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Goal notes"], route_class=UnitRoute)


@router.get("/goals/{goal_id}/progress", responses=problems(400, 403, 404))
async def list_goal_progress(
    session: Session, actor: CurrentActor, goal_id: Id, paging: Paging
) -> ProgressPage:
    """A goal's progress, oldest first. Individual goals: the teacher and their lead; school and
    team goals: the school or team."""
    rows, following = await service.list_progress(session, actor, goal_id, paging)
    return ProgressPage(items=[ProgressOut.model_validate(row) for row in rows], next=following)


@router.get("/goal-progress/{progress_id}", responses=problems(404))
@replayable("/api/v1/goal-progress/{id}")
async def get_goal_progress(session: Session, actor: CurrentActor, progress_id: Id) -> ProgressOut:
    """One progress entry, to those who may list it."""
    return ProgressOut.model_validate(await service.read_progress(session, actor, progress_id))


@router.post(
    "/goals/{goal_id}/progress",
    status_code=201,
    responses=problems(403, 404, 412, WrongState, UnknownMeasure, service.ProgressInFuture),
)
async def create_goal_progress(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: ProgressNew
) -> ProgressOut:
    """Note a dated value of a measure of a goal in force. Individual goals: the teacher and their
    lead; school goals: school leaders; team goals: the team's lead."""
    progress_id = await service.add_progress(session, actor, goal_id, version, body.model_dump())
    return await get_goal_progress(session, actor, progress_id)


@router.get("/goals/{goal_id}/comments", responses=problems(400, 403, 404))
async def list_goal_comments(
    session: Session, actor: CurrentActor, goal_id: Id, paging: Paging
) -> CommentPage:
    """Comments and evidence, oldest first, to those who may comment."""
    rows, following = await service.list_comments(session, actor, goal_id, paging)
    return CommentPage(items=[CommentOut.model_validate(row) for row in rows], next=following)


@router.get("/goal-comments/{comment_id}", responses=problems(404))
@replayable("/api/v1/goal-comments/{id}")
async def get_goal_comment(session: Session, actor: CurrentActor, comment_id: Id) -> CommentOut:
    """One comment. A lead keeps reading what they wrote for 90 days after the coaching ended."""
    return CommentOut.model_validate(await service.read_comment(session, actor, comment_id))


@router.post("/goals/{goal_id}/comments", status_code=201, responses=problems(403, 404))
async def create_goal_comment(
    session: Session, actor: CurrentActor, goal_id: Id, body: CommentNew
) -> CommentOut:
    """Add a signed comment or evidence. Individual goals: the teacher and their lead; school and
    team goals: the school's or team's people."""
    comment_id = await service.comment(session, actor, goal_id, body.kind, body.text)
    return await get_goal_comment(session, actor, comment_id)
