"""What success looks like, and the questions that lead there."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.goals.content import IndicatorNotOffered
from app.learning_cycles.intention.success import service
from app.learning_cycles.intention.success.schemas import (
    KeyQuestion,
    KeyQuestions,
    SuccessIndicatorChange,
    SuccessIndicatorNew,
    SuccessIndicatorOut,
    SuccessIndicators,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Cycle success indicators"], route_class=UnitRoute)


@router.get("/learning-cycles/{cycle_id}/key-questions", responses=problems(404))
async def list_cycle_key_questions(
    session: Session, actor: CurrentActor, cycle_id: Id
) -> KeyQuestions:
    """The key questions of the cycle's template for each lens: whoever reads the cycle. They are
    answered on the cycle itself; none where its template asks none."""
    found = await service.key_questions(session, actor, cycle_id)
    return KeyQuestions(items=[KeyQuestion.model_validate(one) for one in found])


@router.get("/learning-cycles/{cycle_id}/success-indicators", responses=problems(404))
async def list_cycle_success_indicators(
    session: Session, actor: CurrentActor, cycle_id: Id
) -> SuccessIndicators:
    """What success looks like, in the order in which it was written: whoever reads the cycle."""
    rows = await service.list_indicators(session, actor, cycle_id)
    return SuccessIndicators(items=[SuccessIndicatorOut.model_validate(row) for row in rows])


@router.get("/cycle-success-indicators/{success_indicator_id}", responses=problems(404))
@replayable("/api/v1/cycle-success-indicators/{id}")
async def get_cycle_success_indicator(
    session: Session, actor: CurrentActor, success_indicator_id: Id
) -> SuccessIndicatorOut:
    """One success indicator, to whom it is listed."""
    row = await service.read_indicator(session, actor, success_indicator_id)
    return SuccessIndicatorOut.model_validate(row)


@router.post(
    "/learning-cycles/{cycle_id}/success-indicators",
    status_code=201,
    responses=problems(
        403,
        404,
        WrongState,
        IndicatorNotOffered,
        service.SuccessIndicatorUntied,
        service.SuccessIndicatorsFull,
    ),
)
async def create_cycle_success_indicator(
    session: Session, actor: CurrentActor, cycle_id: Id, body: SuccessIndicatorNew
) -> SuccessIndicatorOut:
    """Say what success looks like through a lens, while the cycle is in its intention: the teacher
    or the lead; in a team's cycle its lead and who takes part."""
    row_id = await service.add(session, actor, cycle_id, body.model_dump())
    return await get_cycle_success_indicator(session, actor, row_id)


@router.patch(
    "/cycle-success-indicators/{success_indicator_id}",
    responses=problems(
        403, 404, 412, WrongState, IndicatorNotOffered, service.SuccessIndicatorUntied
    ),
)
async def update_cycle_success_indicator(
    session: Session,
    actor: CurrentActor,
    success_indicator_id: Id,
    version: IfMatch,
    body: SuccessIndicatorChange,
) -> SuccessIndicatorOut:
    """Change it while the cycle is in its intention: either of the two; in a team's cycle its
    author and its lead."""
    await service.change(session, actor, success_indicator_id, version, body.changes())
    return await get_cycle_success_indicator(session, actor, success_indicator_id)


@router.delete(
    "/cycle-success-indicators/{success_indicator_id}",
    status_code=204,
    responses=problems(403, 404, 412, WrongState),
)
async def delete_cycle_success_indicator(
    session: Session, actor: CurrentActor, success_indicator_id: Id, version: IfMatch
) -> None:
    """Take it out again while the cycle is in its intention: who may change it."""
    await service.remove(session, actor, success_indicator_id, version)
