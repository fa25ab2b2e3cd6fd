"""Each person's week: what is next, due and overdue, and why."""

from fastapi import APIRouter

from app.core.types import Id
from app.insights import figures, service
from app.insights.schemas import CoachingFigures, WeekOut
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Week"], route_class=UnitRoute)


@router.get("/me/week")
async def get_my_week(session: Session, actor: CurrentActor) -> WeekOut:
    """The lead's Monday: teacher by teacher, what is next, due and overdue, and why. `own` is the
    caller's side as a teacher. Everybody, about themselves; empty for who coaches nobody."""
    return WeekOut.model_validate(await service.week(session, actor))


@router.get("/schools/{school_id}/coaching-figures", tags=["Schools"], responses=problems(404))
async def get_coaching_figures(
    session: Session, actor: CurrentActor, school_id: Id
) -> CoachingFigures:
    """A school's coaching in figures: open learning cycles by phase, teachers who have one, visits
    that took place in the last twelve months by kind and month. No content, no names. Leaders of
    the school, and district administrators."""
    return CoachingFigures.model_validate(await figures.of_school(session, actor, school_id))
