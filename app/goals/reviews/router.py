"""Mid-year and end-of-year reviews."""

from typing import Any

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.goals.pair import AlreadyAgreed
from app.goals.reviews import service
from app.goals.reviews.schemas import (
    GoalReviewNew,
    GoalReviewOut,
    GoalReviewPage,
    GoalReviews,
    Kind,
    ReviewPartChange,
    ReviewPartNew,
    ReviewPartOut,
    ReviewPartPage,
    State,
)
from app.goals.windows import OutsideWindow
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Goal reviews"], route_class=UnitRoute)


def _out(row: Any, warnings: Any = ()) -> GoalReviewOut:
    return GoalReviewOut.model_validate({**row._mapping, "warnings": list(warnings)})


@router.get("/goal-reviews", responses=problems(400))
async def list_goal_reviews(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    plan_id: Id | None = None,
    goal_id: Id | None = None,
    teacher_id: Id | None = None,
    kind: Kind | None = None,
    state: State | None = None,
) -> GoalReviewPage:
    """The reviews you may see, the oldest first: your own as a teacher, and those shared with you
    as the lead."""
    filters: dict[str, Any] = {
        "plan_id": plan_id,
        "goal_id": goal_id,
        "teacher_id": teacher_id,
        "kind": kind,
        "state": state,
    }
    rows, following = await service.list_reviews(session, actor, paging, **filters)
    return GoalReviewPage(items=[_out(row) for row in rows], next=following)


@router.get("/growth-plans/{plan_id}/reviews", responses=problems(404))
async def list_reviews_of_growth_plan(
    session: Session, actor: CurrentActor, plan_id: Id
) -> GoalReviews:
    """The reviews of a plan, at most one of each kind: the teacher and the lead they are shared
    with. Others who read the plan find none here; its state tells them."""
    rows = await service.of_plan(session, actor, plan_id)
    return GoalReviews(items=[_out(row) for row in rows])


@router.get("/goals/{goal_id}/reviews", responses=problems(404))
async def list_reviews_of_goal(session: Session, actor: CurrentActor, goal_id: Id) -> GoalReviews:
    """The same of an individual goal."""
    rows = await service.of_goal(session, actor, goal_id)
    return GoalReviews(items=[_out(row) for row in rows])


@router.get("/goal-reviews/{goal_review_id}", responses=problems(404))
@replayable("/api/v1/goal-reviews/{id}")
async def get_goal_review(
    session: Session, actor: CurrentActor, goal_review_id: Id
) -> GoalReviewOut:
    """One review, to whom it is listed. A school leader who stands in for the lead sees it once the
    teacher acknowledged it, and not what is said in it."""
    return _out(await service.read_review(session, actor, goal_review_id))


@router.post(
    "/growth-plans/{plan_id}/reviews",
    status_code=201,
    responses=problems(403, 404, 412, WrongState, service.ReviewExists, OutsideWindow),
)
async def create_growth_plan_review(
    session: Session, actor: CurrentActor, plan_id: Id, version: IfMatch, body: GoalReviewNew
) -> GoalReviewOut:
    """Begin the mid-year review of an agreed plan, or the end-of-year review of one that was
    reviewed at mid-year: the teacher or their lead. Outside the policy's window it warns, or is
    refused where the district enforces the window."""
    begun, warnings = await service.begin_of_plan(session, actor, plan_id, version, body.kind)
    return _out(await service.read_review(session, actor, begun), warnings)


@router.post(
    "/goals/{goal_id}/reviews",
    status_code=201,
    responses=problems(403, 404, 412, WrongState, service.ReviewExists, OutsideWindow),
)
async def create_goal_review(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: GoalReviewNew
) -> GoalReviewOut:
    """Begin a review of an individual goal that was agreed, closed or not: the teacher or their
    lead. The window of the policy counts as for a plan. The goal itself does not change."""
    begun, warnings = await service.begin_of_goal(session, actor, goal_id, version, body.kind)
    return _out(await service.read_review(session, actor, begun), warnings)


@router.post(
    "/goal-reviews/{goal_review_id}/acknowledge",
    responses=problems(403, 404, 412, WrongState, AlreadyAgreed, service.OwnWordsMissing),
)
async def acknowledge_goal_review(
    session: Session, actor: CurrentActor, goal_review_id: Id, version: IfMatch
) -> GoalReviewOut:
    """Say that you read the review as it stands, your own part submitted. The teacher and the lead
    each once; with the second it is complete, and a plan is then reviewed at mid-year, or closed.
    Where there is no active lead, the school leader stands in, without its words."""
    await service.acknowledge(session, actor, goal_review_id, version)
    return await get_goal_review(session, actor, goal_review_id)


@router.get("/goal-review-parts", responses=problems(400))
async def list_goal_review_parts(
    session: Session, actor: CurrentActor, paging: Paging, goal_review_id: Id | None = None
) -> ReviewPartPage:
    """What was said in reviews, the oldest first: what the other of the two submitted to you, and
    your own. A lead keeps finding what they wrote for a while after the coaching ended."""
    rows, following = await service.list_parts(session, actor, paging, goal_review_id)
    items = [ReviewPartOut.model_validate(row) for row in rows]
    return ReviewPartPage(items=items, next=following)


@router.get("/goal-review-parts/{part_id}", responses=problems(404))
@replayable("/api/v1/goal-review-parts/{id}")
async def get_goal_review_part(session: Session, actor: CurrentActor, part_id: Id) -> ReviewPartOut:
    """One part, to whom it is listed."""
    return ReviewPartOut.model_validate(await service.read_part(session, actor, part_id))


@router.post(
    "/goal-reviews/{goal_review_id}/parts",
    status_code=201,
    responses=problems(403, 404, WrongState, service.PartExists),
)
async def create_goal_review_part(
    session: Session, actor: CurrentActor, goal_review_id: Id, body: ReviewPartNew
) -> ReviewPartOut:
    """Write your own part: the teacher, or the lead. Nobody else reads it until you submit it."""
    part_id = await service.add_part(session, actor, goal_review_id, body.model_dump())
    return await get_goal_review_part(session, actor, part_id)


@router.patch("/goal-review-parts/{part_id}", responses=problems(403, 404, 412, WrongState))
async def update_goal_review_part(
    session: Session, actor: CurrentActor, part_id: Id, version: IfMatch, body: ReviewPartChange
) -> ReviewPartOut:
    """Edit your own part, until you submit it."""
    await service.change_part(session, actor, part_id, version, body.changes())
    return await get_goal_review_part(session, actor, part_id)


@router.post(
    "/goal-review-parts/{part_id}/submit",
    responses=problems(403, 404, 412, WrongState, service.PartEmpty),
)
async def submit_goal_review_part(
    session: Session, actor: CurrentActor, part_id: Id, version: IfMatch
) -> ReviewPartOut:
    """Give your part to the other of the two; it stays as it is then. Acknowledgements given before
    count no more, since there is more to read."""
    await service.submit_part(session, actor, part_id, version)
    return await get_goal_review_part(session, actor, part_id)
