"""Changing a goal in force, and closing it."""

from typing import Any

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.goals import content as goal_content
from app.goals import service as goals
from app.goals.advice import service as advice
from app.goals.pair import AlreadyAgreed
from app.goals.revisions import service
from app.goals.revisions.schemas import ClosingEvidenceOut, RevisionNew, RevisionOut, RevisionPage
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Goal revisions"], route_class=UnitRoute)


def _out(row: Any) -> RevisionOut:
    content = row.kind == "content"
    return RevisionOut.model_validate(
        {
            **row._mapping,
            "content": row.content if content else None,
            "outcome": None if content else row.content["outcome"],
        }
    )


@router.get("/goals/{goal_id}/revisions", responses=problems(400, 404))
async def list_goal_revisions(
    session: Session, actor: CurrentActor, goal_id: Id, paging: Paging
) -> RevisionPage:
    """A goal's revisions, oldest first. The teacher and the lead see those that wait for
    agreement; school leaders see the agreed ones."""
    rows, following = await service.list_revisions(session, actor, goal_id, paging)
    return RevisionPage(items=[_out(row) for row in rows], next=following)


@router.get("/goal-revisions/{revision_id}", responses=problems(404))
@replayable("/api/v1/goal-revisions/{id}")
async def get_goal_revision(session: Session, actor: CurrentActor, revision_id: Id) -> RevisionOut:
    """One revision, to those who may list it."""
    return _out(await service.read_revision(session, actor, revision_id))


@router.post(
    "/goals/{goal_id}/revisions",
    status_code=201,
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        service.RevisionOpen,
        service.ReasonRequired,
        service.NothingChanges,
        service.SloSubmitted,
        service.SloStays,
        goals.GoalIncomplete,
        goal_content.ParentNotAbove,
        goal_content.DatesReversed,
        goal_content.TargetBehind,
        goal_content.UnknownMeasure,
        goal_content.IndicatorNotOffered,
        goal_content.GoalInPlan,
        goal_content.StandardNotOffered,
    ),
)
async def propose_goal_revision(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: RevisionNew
) -> RevisionOut:
    """Change a goal in force. The teacher or the lead proposes and the other agrees; school and
    team goals change at once, by their writers."""
    revision_id = await service.propose(session, actor, goal_id, version, body.reason, body.content)
    revision = await get_goal_revision(session, actor, revision_id)
    found = await advice.of_revision(session, actor, goal_id, body.content, body.reason)
    revision.warnings = advice.as_warnings(found)
    return revision


@router.get("/goal-revisions/{revision_id}/evidence", responses=problems(403, 404))
async def get_closing_evidence(
    session: Session, actor: CurrentActor, revision_id: Id
) -> ClosingEvidenceOut:
    """The progress and the evidence that a closing rests on: those who read the goal's notes, and
    of it what they may read. A change of content rests on none."""
    found = await service.read_evidence(session, actor, revision_id)
    return ClosingEvidenceOut.model_validate(found)


@router.post(
    "/goal-revisions/{revision_id}/agree",
    responses=problems(
        403, 404, 412, WrongState, AlreadyAgreed, goals.GoalIncomplete, goal_content.GoalInPlan
    ),
)
async def agree_goal_revision(
    session: Session, actor: CurrentActor, revision_id: Id, version: IfMatch
) -> RevisionOut:
    """Agree to the other's change or close; it takes effect at once, or, where the other is no
    longer the lead, when the lead of today agrees too. The teacher, or the lead."""
    await service.agree(session, actor, revision_id, version)
    return await get_goal_revision(session, actor, revision_id)


@router.post(
    "/goal-revisions/{revision_id}/withdraw",
    response_model=RevisionOut,
    responses={
        204: {"description": "Done; a change that nobody agreed to is out of your sight."},
        **problems(403, 404, 412, WrongState),
    },
)
async def withdraw_goal_revision(
    session: Session, actor: CurrentActor, revision_id: Id, version: IfMatch
) -> RevisionOut | None:
    """Take your change back, or turn the other's down. The teacher, their lead, or the school
    leader where there is none, who then no longer sees it (204)."""
    still_seen = await service.withdraw(session, actor, revision_id, version)
    return await get_goal_revision(session, actor, revision_id) if still_seen else None
