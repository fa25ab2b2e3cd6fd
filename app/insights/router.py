"""Each person's week: what is next, due and overdue, and why."""

from fastapi import APIRouter

from app.insights import service
from app.insights.schemas import WeekOut
from app.web.dependencies import CurrentActor, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Week"], route_class=UnitRoute)


@router.get("/me/week")
async def get_my_week(session: Session, actor: CurrentActor) -> WeekOut:
    """The lead's Monday: teacher by teacher, what is next, due and overdue, and why. `own` is the
    caller's side as a teacher. Everybody, about themselves; empty for who coaches nobody."""
    return WeekOut.model_validate(await service.week(session, actor))
