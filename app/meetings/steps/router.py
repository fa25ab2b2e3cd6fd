"""Next steps of 1:1s, across meetings."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.meetings.steps import service
from app.meetings.steps.schemas import (
    NextStepCarryOver,
    NextStepChange,
    NextStepDrop,
    NextStepNew,
    NextStepOut,
    NextStepPage,
    StepState,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Next steps"], route_class=UnitRoute)


@router.get("/next-steps", responses=problems(400))
async def list_next_steps(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    meeting_id: Id | None = None,
    teacher_id: Id | None = None,
    owner_id: Id | None = None,
    state: StepState | None = None,
    overdue: bool | None = None,
) -> NextStepPage:
    """The caller's next steps across all meetings, as a teacher and as a lead, by the day they
    are due."""
    rows, following = await service.list_steps(
        session,
        actor,
        paging,
        overdue=overdue,
        meeting_id=meeting_id,
        teacher_id=teacher_id,
        owner_id=owner_id,
        state=state,
    )
    return NextStepPage(items=[NextStepOut.model_validate(row) for row in rows], next=following)


@router.get("/next-steps/{step_id}", responses=problems(404))
@replayable("/api/v1/next-steps/{id}")
async def get_next_step(session: Session, actor: CurrentActor, step_id: Id) -> NextStepOut:
    """One next step: the teacher and their lead; while it is open, the lead who came after."""
    return NextStepOut.model_validate(await service.read_step(session, actor, step_id))


@router.post(
    "/meetings/{meeting_id}/next-steps",
    status_code=201,
    responses=problems(403, 404, WrongState, service.NotOfThePair, service.DueInPast),
)
async def create_next_step(
    session: Session, actor: CurrentActor, meeting_id: Id, body: NextStepNew
) -> NextStepOut:
    """Write down who does what until when, while the meeting is on: either of the two."""
    step_id = await service.add(session, actor, meeting_id, body.model_dump())
    return await get_next_step(session, actor, step_id)


@router.patch(
    "/next-steps/{step_id}",
    responses=problems(403, 404, 412, WrongState, service.NotOfThePair, service.DueInPast),
)
async def update_next_step(
    session: Session, actor: CurrentActor, step_id: Id, version: IfMatch, body: NextStepChange
) -> NextStepOut:
    """Change an open next step: either of the two."""
    await service.change(session, actor, step_id, version, body.changes())
    return await get_next_step(session, actor, step_id)


@router.post("/next-steps/{step_id}/finish", responses=problems(403, 404, 412, WrongState))
async def finish_next_step(
    session: Session, actor: CurrentActor, step_id: Id, version: IfMatch
) -> NextStepOut:
    """It is done: either of the two."""
    await service.finish(session, actor, step_id, version)
    return await get_next_step(session, actor, step_id)


@router.post(
    "/next-steps/{step_id}/carry-over",
    status_code=201,
    responses=problems(403, 404, 412, WrongState, service.DueInPast),
)
async def carry_over_next_step(
    session: Session, actor: CurrentActor, step_id: Id, version: IfMatch, body: NextStepCarryOver
) -> NextStepOut:
    """Go on with it until another day. The answer is the step that goes on; the first stays as it
    was, so that it can be seen how often a step was carried over. While a 1:1 of the two is on,
    the step is one of that meeting."""
    carried = await service.carry_over(session, actor, step_id, version, body.due_on)
    return await get_next_step(session, actor, carried)


@router.post("/next-steps/{step_id}/drop", responses=problems(403, 404, 412, WrongState))
async def drop_next_step(
    session: Session, actor: CurrentActor, step_id: Id, version: IfMatch, body: NextStepDrop
) -> NextStepOut:
    """It will not be done, with the reason: either of the two."""
    await service.drop(session, actor, step_id, version, body.reason)
    return await get_next_step(session, actor, step_id)
