"""Signed feedback on school and team goals, and the answers."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.goals.feedback import service
from app.goals.feedback.schemas import (
    FeedbackAnswer,
    GoalFeedbackChange,
    GoalFeedbackNew,
    GoalFeedbackOut,
    GoalFeedbackPage,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Goal feedback"], route_class=UnitRoute)


@router.get("/feedback-rounds/{round_id}/feedback", responses=problems(400, 404))
async def list_goal_feedback(
    session: Session, actor: CurrentActor, round_id: Id, paging: Paging
) -> GoalFeedbackPage:
    """What was said in a round, the oldest first, to everybody who reads the round."""
    rows, following = await service.list_feedback(session, actor, round_id, paging)
    items = [GoalFeedbackOut.model_validate(row) for row in rows]
    return GoalFeedbackPage(items=items, next=following)


@router.get("/goal-feedback/{goal_feedback_id}", responses=problems(404))
@replayable("/api/v1/goal-feedback/{id}")
async def get_goal_feedback(
    session: Session, actor: CurrentActor, goal_feedback_id: Id
) -> GoalFeedbackOut:
    """What one person said, to whom it is listed."""
    return GoalFeedbackOut.model_validate(
        await service.read_feedback(session, actor, goal_feedback_id)
    )


@router.post(
    "/feedback-rounds/{round_id}/feedback",
    status_code=201,
    responses=problems(403, 404, WrongState, service.AlreadySaid),
)
async def create_goal_feedback(
    session: Session, actor: CurrentActor, round_id: Id, body: GoalFeedbackNew
) -> GoalFeedbackOut:
    """Say what you think of the goal, signed: whoever is asked, once, while the round is open."""
    feedback_id = await service.give(session, actor, round_id, body.model_dump())
    return await get_goal_feedback(session, actor, feedback_id)


@router.patch(
    "/goal-feedback/{goal_feedback_id}", responses=problems(403, 404, 412, service.RoundOver)
)
async def update_goal_feedback(
    session: Session,
    actor: CurrentActor,
    goal_feedback_id: Id,
    version: IfMatch,
    body: GoalFeedbackChange,
) -> GoalFeedbackOut:
    """Change your own feedback while the round is open. An answer that was given stays and shows
    that it is older."""
    await service.change(session, actor, goal_feedback_id, version, body.changes())
    return await get_goal_feedback(session, actor, goal_feedback_id)


@router.delete(
    "/goal-feedback/{goal_feedback_id}",
    status_code=204,
    responses=problems(403, 404, 412, service.RoundOver, service.FeedbackAnswered),
)
async def delete_goal_feedback(
    session: Session, actor: CurrentActor, goal_feedback_id: Id, version: IfMatch
) -> None:
    """Take your own feedback back while the round is open and nobody answered it."""
    await service.remove(session, actor, goal_feedback_id, version)


@router.post("/goal-feedback/{goal_feedback_id}/answer", responses=problems(403, 404, 412))
async def answer_goal_feedback(
    session: Session,
    actor: CurrentActor,
    goal_feedback_id: Id,
    version: IfMatch,
    body: FeedbackAnswer,
) -> GoalFeedbackOut:
    """Answer a feedback, or change your answer: those who write the goal, also after the round."""
    await service.answer(session, actor, goal_feedback_id, version, body.answer)
    return await get_goal_feedback(session, actor, goal_feedback_id)
