"""How a teacher and their lead introduce their work to the students."""

from fastapi import APIRouter

from app.core.errors import UnknownReference
from app.core.types import Id
from app.relationships.introductions import service
from app.relationships.introductions.schemas import (
    IntroductionChange,
    IntroductionNew,
    IntroductionOut,
    IntroductionPage,
)
from app.relationships.pair import CoachingNotActive
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(prefix="/introductions", tags=["Introductions"], route_class=UnitRoute)


@router.get("", responses=problems(400))
async def list_introductions(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
) -> IntroductionPage:
    """How the caller's pairs tell their students, the oldest first."""
    rows, following = await service.list_introductions(
        session, actor, paging, teacher_id=teacher_id
    )
    items = [IntroductionOut.model_validate(row) for row in rows]
    return IntroductionPage(items=items, next=following)


@router.get("/{introduction_id}", responses=problems(404))
@replayable("/api/v1/introductions/{id}")
async def get_introduction(
    session: Session, actor: CurrentActor, introduction_id: Id
) -> IntroductionOut:
    """One introduction: the teacher and the lead it was written with."""
    row = await service.read_introduction(session, actor, introduction_id)
    return IntroductionOut.model_validate(row)


@router.post(
    "",
    status_code=201,
    responses=problems(403, UnknownReference, CoachingNotActive, service.IntroductionExists),
)
async def create_introduction(
    session: Session, actor: CurrentActor, body: IntroductionNew
) -> IntroductionOut:
    """Write down how the students are told about the coaching: the teacher or their lead, one for
    their relationship."""
    introduction_id = await service.write(session, actor, body.model_dump())
    return await get_introduction(session, actor, introduction_id)


@router.patch("/{introduction_id}", responses=problems(403, 404, 412, service.IntroducedInFuture))
async def update_introduction(
    session: Session,
    actor: CurrentActor,
    introduction_id: Id,
    version: IfMatch,
    body: IntroductionChange,
) -> IntroductionOut:
    """Change it, or say on which day it was. Either of the two."""
    await service.change(session, actor, introduction_id, version, body.changes())
    return await get_introduction(session, actor, introduction_id)
