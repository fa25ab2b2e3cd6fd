"""Monitoring: where goals stand against baseline and target, by a rule that is told."""

from fastapi import APIRouter

from app.core.types import Id
from app.goals.monitoring import service
from app.goals.monitoring.schemas import GoalMonitoring, GoalProgressSeries, MonitoringSummary
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Goal monitoring"], route_class=UnitRoute)


@router.get("/goals/monitoring-summary")
async def get_monitoring_summary(
    session: Session,
    actor: CurrentActor,
    school_id: Id | None = None,
    school_year_id: Id | None = None,
) -> MonitoringSummary:
    """How many goals in force stand where, of those you may see. Figures about fewer people than
    the policy's minimum are left out, and so is one more where a single gap could be computed."""
    found = await service.summary(session, actor, school_id, school_year_id)
    return MonitoringSummary.model_validate(found)


@router.get("/goals/{goal_id}/monitoring", responses=problems(404))
async def get_goal_monitoring(session: Session, actor: CurrentActor, goal_id: Id) -> GoalMonitoring:
    """Where a goal stands: baseline, target and latest value of each measure, and a status by the
    rule that the answer tells. Whoever may read the goal."""
    return GoalMonitoring.model_validate(await service.monitoring(session, actor, goal_id))


@router.get("/goals/{goal_id}/progress-series", responses=problems(403, 404))
async def get_goal_progress_series(
    session: Session, actor: CurrentActor, goal_id: Id
) -> GoalProgressSeries:
    """The dated values of a goal's measures as series to draw, to those who may list its progress:
    the entries that you may read."""
    return GoalProgressSeries.model_validate(await service.series(session, actor, goal_id))
