"""Asking for feedback on school and team goals, and what comes of it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.goals import content as goal_content
from app.goals import service as goals
from app.goals.revisions import service as revisions
from app.goals.revisions.router import get_goal_revision
from app.goals.revisions.schemas import RevisionOut
from app.goals.rounds import asked, service
from app.goals.rounds.schemas import (
    Adoption,
    FeedbackRoundNew,
    FeedbackRoundOut,
    FeedbackRoundPage,
    InvitedOut,
    InvitedPage,
    SummaryNew,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Goal feedback"], route_class=UnitRoute)


@router.get("/feedback-rounds", responses=problems(400))
async def list_feedback_rounds(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    waiting_for_me: Annotated[
        Literal["true", "false"] | None,
        Query(description="Open, asking you, and not answered by you yet"),
    ] = None,
) -> FeedbackRoundPage:
    """Rounds of feedback on school and team goals, the oldest first: to the people of that school
    or team and, of a team's, to the school's leaders."""
    waiting = None if waiting_for_me is None else waiting_for_me == "true"
    rows, following = await service.list_rounds(session, actor, paging, waiting=waiting)
    items = [FeedbackRoundOut.model_validate(row) for row in rows]
    return FeedbackRoundPage(items=items, next=following)


@router.get("/goals/{goal_id}/feedback-rounds", responses=problems(400, 404))
async def list_goal_feedback_rounds(
    session: Session, actor: CurrentActor, goal_id: Id, paging: Paging
) -> FeedbackRoundPage:
    """The rounds of feedback on one goal, the oldest first, to those who may see them."""
    rows, following = await service.list_rounds(session, actor, paging, goal_id=goal_id)
    items = [FeedbackRoundOut.model_validate(row) for row in rows]
    return FeedbackRoundPage(items=items, next=following)


@router.get("/feedback-rounds/{round_id}", responses=problems(404))
@replayable("/api/v1/feedback-rounds/{id}")
async def get_feedback_round(
    session: Session, actor: CurrentActor, round_id: Id
) -> FeedbackRoundOut:
    """One round, to whom it is listed. `give_feedback` among `permissions` says that you are
    asked."""
    return FeedbackRoundOut.model_validate(await service.read_round(session, actor, round_id))


@router.post(
    "/goals/{goal_id}/feedback-rounds",
    status_code=201,
    responses=problems(
        403,
        404,
        WrongState,
        UnknownReference,
        service.RoundOpen,
        service.UntilPassed,
        service.InviteesUnclear,
        asked.NotAsked,
    ),
)
async def create_feedback_round(
    session: Session, actor: CurrentActor, goal_id: Id, body: FeedbackRoundNew
) -> FeedbackRoundOut:
    """Ask for feedback on a published goal: a school goal by the school's leaders, a team goal by
    the team's lead. One round of a goal is open at a time."""
    round_id = await service.ask(session, actor, goal_id, body.model_dump())
    return await get_feedback_round(session, actor, round_id)


@router.get("/feedback-rounds/{round_id}/invited", responses=problems(400, 403, 404))
async def list_feedback_round_invited(
    session: Session, actor: CurrentActor, round_id: Id, paging: Paging
) -> InvitedPage:
    """Who is asked now and whether they answered, by name: those who write the goal. Whoever comes
    to the school or team while the round is open is asked too; whoever leaves is not any more."""
    seen = await service.read_round(session, actor, round_id)
    rows, following = await asked.list_invited(session, actor, seen, paging)
    return InvitedPage(items=[InvitedOut.model_validate(row) for row in rows], next=following)


@router.post("/feedback-rounds/{round_id}/close", responses=problems(403, 404, 412, WrongState))
async def close_feedback_round(
    session: Session, actor: CurrentActor, round_id: Id, version: IfMatch
) -> FeedbackRoundOut:
    """Close a round before its day: those who write the goal."""
    await service.close(session, actor, round_id, version)
    return await get_feedback_round(session, actor, round_id)


@router.post("/feedback-rounds/{round_id}/summarise", responses=problems(403, 404, 412, WrongState))
async def summarise_feedback_round(
    session: Session, actor: CurrentActor, round_id: Id, version: IfMatch, body: SummaryNew
) -> FeedbackRoundOut:
    """Say what was heard, once the round is closed: those who write the goal."""
    await service.summarise(session, actor, round_id, version, body.summary)
    return await get_feedback_round(session, actor, round_id)


@router.post(
    "/feedback-rounds/{round_id}/adopt",
    status_code=201,
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        service.AlreadyAdopted,
        service.GoalChanged,
        revisions.NothingChanges,
        goals.GoalIncomplete,
        goal_content.ParentNotAbove,
        goal_content.DatesReversed,
        goal_content.TargetBehind,
        goal_content.UnknownMeasure,
        goal_content.IndicatorNotOffered,
    ),
)
async def adopt_feedback_round(
    session: Session, actor: CurrentActor, round_id: Id, version: IfMatch, body: Adoption
) -> RevisionOut:
    """Change the goal by what a summarised round said: those who write the goal, once. The revision
    names the round and is in force at once. `If-Match` is of the round, `goal_version` of the
    goal."""
    revision_id = await service.adopt(
        session, actor, round_id, version, body.goal_version, body.reason, body.content
    )
    return await get_goal_revision(session, actor, revision_id)
