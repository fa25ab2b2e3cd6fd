"""SLOs: the plan, its approval, what the two see on the way, end counts and result."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.goals.notes.service import ProgressInFuture
from app.goals.revisions.service import RevisionOpen
from app.goals.slo import monitoring, service, views
from app.goals.slo.gates import SloIncomplete
from app.goals.slo.schemas import (
    CoverageOut,
    CoveragePage,
    MonitoringNew,
    MonitoringOut,
    MonitoringPage,
    SloApprover,
    SloChange,
    SloOut,
    SloReason,
    SloSubmit,
)
from app.goals.windows import OutsideWindow
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["SLOs"], route_class=UnitRoute)


@replayable("/api/v1/goals/{id}/slo")
async def read_slo(
    session: AsyncSession, actor: Actor, goal_id: UUID, warnings: Any = ()
) -> SloOut:
    """An SLO as a person sees it."""
    fields = await views.read(session, actor, goal_id)
    return SloOut.model_validate({**fields, "warnings": list(warnings)})


@router.get("/goals/slo-coverage", responses=problems(400))
async def list_slo_coverage(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    school_id: Id | None = None,
    school_year_id: Id | None = None,
) -> CoveragePage:
    """Teachers with fewer submitted SLOs than the policy's minimum, at the schools you lead; in the
    years that are current unless `school_year_id` says. Counts alone, nothing of what the SLOs say.
    The roster does not know who works part-time. School leaders; to anybody else it is empty."""
    rows, following = await monitoring.list_coverage(
        session, actor, paging, school_id, school_year_id
    )
    return CoveragePage(items=[CoverageOut.model_validate(row) for row in rows], next=following)


@router.get("/goals/{goal_id}/slo", responses=problems(404))
async def get_slo(session: Session, actor: CurrentActor, goal_id: Id) -> SloOut:
    """A goal's SLO with its approval's history, to whoever sees the goal, except integrations.
    Before anybody wrote the plan it is empty, with the district's `levels`."""
    return await read_slo(session, actor, goal_id)


@router.patch(
    "/goals/{goal_id}/slo",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        service.NotAnSlo,
        service.SloPartClosed,
        service.UnknownLevel,
        service.SourceInFuture,
    ),
)
async def update_slo(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: SloChange
) -> SloOut:
    """Write the plan until it is submitted, or once it was returned; end counts and exclusions once
    it was approved. The teacher or their lead. The first edit begins the SLO, with the levels of
    the policy. If-Match is the goal's version."""
    await service.change(session, actor, goal_id, version, body)
    return await read_slo(session, actor, goal_id)


@router.post(
    "/goals/{goal_id}/slo/submit",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        RevisionOpen,
        OutsideWindow,
        SloIncomplete,
        service.NotAnSlo,
        service.ApproverNeeded,
        service.ApproverNotNeeded,
    ),
)
async def submit_slo(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: SloSubmit
) -> SloOut:
    """Put the plan before the school leader. The teacher or their lead; `missing` lists what it
    lacks. A school leader's own names `approver_id`, a district administrator, who then sees it."""
    warnings = await service.submit(session, actor, goal_id, version, body.approver_id)
    return await read_slo(session, actor, goal_id, warnings)


@router.post(
    "/goals/{goal_id}/slo/approve",
    responses=problems(
        403, 404, 412, WrongState, OutsideWindow, service.NotAnSlo, service.OwnSubmission
    ),
)
async def approve_slo(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch
) -> SloOut:
    """Approve a submitted plan. The school's leaders, never their own; of a leader's own, the
    district administrator who was named. Not whoever submitted it as the teacher's lead."""
    warnings = await service.approve(session, actor, goal_id, version)
    return await read_slo(session, actor, goal_id, warnings)


@router.post(
    "/goals/{goal_id}/slo/return",
    responses=problems(403, 404, 412, WrongState, service.NotAnSlo),
)
async def return_slo(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: SloReason
) -> SloOut:
    """Return a submitted or approved plan with a reason; the pair changes it and submits again.
    Whoever may approve it."""
    await service.give_back(session, actor, goal_id, version, body.reason)
    return await read_slo(session, actor, goal_id)


@router.post(
    "/goals/{goal_id}/slo/submit-end",
    responses=problems(403, 404, 412, WrongState, OutsideWindow, SloIncomplete, service.NotAnSlo),
)
async def submit_slo_end(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch
) -> SloOut:
    """Put the end counts before whoever approves. The teacher or their lead; every student of the
    baseline has an end level or is excluded with a reason, and `missing` names the levels where
    not."""
    warnings = await service.submit_end(session, actor, goal_id, version)
    return await read_slo(session, actor, goal_id, warnings)


@router.post(
    "/goals/{goal_id}/slo/return-end",
    responses=problems(403, 404, 412, WrongState, service.NotAnSlo),
)
async def return_slo_end(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: SloReason
) -> SloOut:
    """Return the end counts with a reason. Whoever may approve it."""
    await service.give_end_back(session, actor, goal_id, version, body.reason)
    return await read_slo(session, actor, goal_id)


@router.post(
    "/goals/{goal_id}/slo/finalise",
    responses=problems(
        403, 404, 412, WrongState, OutsideWindow, service.NotAnSlo, service.OwnSubmission
    ),
)
async def finalise_slo(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch
) -> SloOut:
    """Compute the result by the district's matrix and close the goal with the outcome it means.
    Whoever may approve it, except who submitted the counts. The SLO keeps the matrix it was
    computed with."""
    warnings = await service.finalise(session, actor, goal_id, version)
    return await read_slo(session, actor, goal_id, warnings)


@router.post(
    "/goals/{goal_id}/slo/reopen",
    responses=problems(403, 404, 412, WrongState, service.NotAnSlo),
)
async def reopen_slo(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: SloReason
) -> SloOut:
    """Take a finalised SLO back to approved, with a reason: the goal is in force again. Whoever may
    approve it. What it came to stays in its history."""
    await service.reopen(session, actor, goal_id, version, body.reason)
    return await read_slo(session, actor, goal_id)


@router.post(
    "/goals/{goal_id}/slo/name-approver",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        service.NotAnSlo,
        service.ApproverNamed,
        service.ApproverNeeded,
        service.ApproverNotNeeded,
    ),
)
async def name_slo_approver(
    session: Session, actor: CurrentActor, goal_id: Id, version: IfMatch, body: SloApprover
) -> SloOut:
    """Name another district administrator for a school leader's own SLO, where nobody is left to
    decide: the one who was named is none any more, or you came to lead a school since. Whoever
    leads none any more sends null, and the school's leaders decide. The teacher alone."""
    await service.name_approver(session, actor, goal_id, version, body.approver_id)
    return await read_slo(session, actor, goal_id)


@router.get("/slo-monitoring", responses=problems(400))
async def list_slo_monitoring(
    session: Session, actor: CurrentActor, paging: Paging, goal_id: Id | None = None
) -> MonitoringPage:
    """What was seen between baseline and end, oldest first: the teacher and their lead, nobody
    else."""
    rows, following = await monitoring.list_monitoring(session, actor, paging, goal_id)
    return MonitoringPage(items=[MonitoringOut.model_validate(row) for row in rows], next=following)


@router.get("/slo-monitoring/{monitoring_id}", responses=problems(404))
@replayable("/api/v1/slo-monitoring/{id}")
async def get_slo_monitoring(
    session: Session, actor: CurrentActor, monitoring_id: Id
) -> MonitoringOut:
    """One entry. A lead keeps reading what they wrote for 90 days after the coaching ended."""
    return MonitoringOut.model_validate(
        await monitoring.read_monitoring(session, actor, monitoring_id)
    )


@router.post(
    "/goals/{goal_id}/slo-monitoring",
    status_code=201,
    responses=problems(
        403, 404, WrongState, ProgressInFuture, service.NotAnSlo, monitoring.SloNotWritten
    ),
)
async def create_slo_monitoring(
    session: Session, actor: CurrentActor, goal_id: Id, body: MonitoringNew
) -> MonitoringOut:
    """Note what was seen on the way of an SLO in force: either of the two. It leaves no trace on
    the goal."""
    monitoring_id = await monitoring.add_monitoring(session, actor, goal_id, body.model_dump())
    return await get_slo_monitoring(session, actor, monitoring_id)
