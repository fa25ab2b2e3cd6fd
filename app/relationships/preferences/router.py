"""Coaching preferences: how a teacher wants to be coached and visited, in versions."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.errors import UnknownReference
from app.core.types import Date, Id
from app.relationships.pair import CoachingNotActive, DatesDoNotFit
from app.relationships.preferences import service
from app.relationships.preferences.schemas import (
    CoachingPreferencesNew,
    CoachingPreferencesOut,
    CoachingPreferencesPage,
)
from app.templates.forms import AnswersDoNotFit, AnswersMissing
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(
    prefix="/coaching-preferences", tags=["Coaching preferences"], route_class=UnitRoute
)

On = Annotated[Date | None, Query(description="Of each pair only the version in force that day")]


@router.get("", responses=problems(400))
async def list_coaching_preferences(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    on: On = None,
) -> CoachingPreferencesPage:
    """The versions a teacher wrote for their lead, the oldest first: the two of them. With `on`,
    what is in force on that day."""
    rows, following = await service.list_preferences(
        session, actor, paging, on, teacher_id=teacher_id
    )
    items = [CoachingPreferencesOut.model_validate(row) for row in rows]
    return CoachingPreferencesPage(items=items, next=following)


@router.get("/{preferences_id}", responses=problems(404))
@replayable("/api/v1/coaching-preferences/{id}")
async def get_coaching_preferences(
    session: Session, actor: CurrentActor, preferences_id: Id
) -> CoachingPreferencesOut:
    """One version: the teacher and the lead it was written for."""
    row = await service.read_preferences(session, actor, preferences_id)
    return CoachingPreferencesOut.model_validate(row)


@router.post(
    "",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        CoachingNotActive,
        TemplateNotUsable,
        AnswersDoNotFit,
        AnswersMissing,
        DatesDoNotFit,
        service.PreferencesUnexplained,
        service.PreferencesChanged,
    ),
)
async def create_coaching_preferences(
    session: Session, actor: CurrentActor, body: CoachingPreferencesNew
) -> CoachingPreferencesOut:
    """Write the next version for the lead one works with now: the teacher alone. It never
    changes; from the second on it says why."""
    preferences_id = await service.write(session, actor, **body.model_dump())
    return await get_coaching_preferences(session, actor, preferences_id)
