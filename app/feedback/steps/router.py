"""Action steps of a teacher and their lead."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.core.errors import UnknownReference, WrongState
from app.core.types import Date, Id
from app.feedback.steps import service
from app.feedback.steps.gates import ActionStepDoesNotFit
from app.feedback.steps.schemas import (
    ActionStepCarryOver,
    ActionStepChange,
    ActionStepDrop,
    ActionStepEnd,
    ActionStepNew,
    ActionStepOut,
    ActionStepPage,
    ActionStepState,
)
from app.goals.pair import AlreadyAgreed
from app.relationships.pair import CoachingNotActive
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Action steps"], route_class=UnitRoute)


def _out(row: Any) -> ActionStepOut:
    return ActionStepOut.model_validate({**row._mapping, "warnings": service.advised(row)})


@router.get("/action-steps", responses=problems(400))
async def list_action_steps(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    state: ActionStepState | None = None,
    cycle_id: Id | None = None,
    feedback_id: Id | None = None,
    indicator_id: Id | None = None,
    due_before: Annotated[Date | None, Query(description="Due on an earlier day")] = None,
) -> ActionStepPage:
    """Your action steps, as a teacher and as a lead, by the day they are due. Nobody but the two
    has any of them; what both agreed and is not over follows the teacher to the next lead."""
    filters: dict[str, Any] = {
        "teacher_id": teacher_id,
        "state": state,
        "cycle_id": cycle_id,
        "feedback_id": feedback_id,
        "indicator_id": indicator_id,
    }
    rows, following = await service.list_steps(session, actor, paging, due_before, **filters)
    return ActionStepPage(items=[_out(row) for row in rows], next=following)


@router.get("/action-steps/{action_step_id}", responses=problems(404))
@replayable("/api/v1/action-steps/{id}")
async def get_action_step(
    session: Session, actor: CurrentActor, action_step_id: Id
) -> ActionStepOut:
    """One action step: the teacher and their lead; once both agreed and as long as it is not over,
    the lead who came after."""
    return _out(await service.read_step(session, actor, action_step_id))


@router.post(
    "/action-steps",
    status_code=201,
    responses=problems(403, UnknownReference, CoachingNotActive, ActionStepDoesNotFit),
)
async def create_action_step(
    session: Session, actor: CurrentActor, body: ActionStepNew
) -> ActionStepOut:
    """Propose an action step to the other of you: the teacher, or their lead. An idea of the
    school's bank gives what is absent. It is short, due soon, and one of few that are open; one
    thing that can be seen is advised, in `warnings`."""
    made = await service.propose(session, actor, body.model_dump())
    return await get_action_step(session, actor, made)


@router.patch(
    "/action-steps/{action_step_id}",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        ActionStepDoesNotFit,
        service.ProposedByTheOther,
        service.ActionStepAgreed,
    ),
)
async def update_action_step(
    session: Session,
    actor: CurrentActor,
    action_step_id: Id,
    version: IfMatch,
    body: ActionStepChange,
) -> ActionStepOut:
    """Change a proposal: whoever made it. Once both agreed, either changes its practice and the day
    of its follow-up, which moves to the first 1:1 on or after that day."""
    await service.change(session, actor, action_step_id, version, body.changes())
    return await get_action_step(session, actor, action_step_id)


@router.post(
    "/action-steps/{action_step_id}/agree",
    responses=problems(403, 404, 412, WrongState, AlreadyAgreed),
)
async def agree_action_step(
    session: Session, actor: CurrentActor, action_step_id: Id, version: IfMatch
) -> ActionStepOut:
    """Agree to what the other of you proposed. Its follow-up puts itself on the agenda of the first
    1:1 on or after its day."""
    await service.agree(session, actor, action_step_id, version)
    return await get_action_step(session, actor, action_step_id)


@router.post(
    "/action-steps/{action_step_id}/practise", responses=problems(403, 404, 412, WrongState)
)
async def practise_action_step(
    session: Session, actor: CurrentActor, action_step_id: Id, version: IfMatch
) -> ActionStepOut:
    """It is being practised: either of the two says so."""
    await service.practise(session, actor, action_step_id, version)
    return await get_action_step(session, actor, action_step_id)


@router.post("/action-steps/{action_step_id}/meet", responses=problems(403, 404, 412, WrongState))
async def meet_action_step(
    session: Session,
    actor: CurrentActor,
    action_step_id: Id,
    version: IfMatch,
    body: ActionStepEnd,
) -> ActionStepOut:
    """It is seen in lessons; say what was seen. Either of the two. A follow-up that is still open
    goes off the agenda."""
    await service.meet(session, actor, action_step_id, version, body.reason)
    return await get_action_step(session, actor, action_step_id)


@router.post(
    "/action-steps/{action_step_id}/not-meet", responses=problems(403, 404, 412, WrongState)
)
async def not_meet_action_step(
    session: Session,
    actor: CurrentActor,
    action_step_id: Id,
    version: IfMatch,
    body: ActionStepEnd,
) -> ActionStepOut:
    """It was not seen; say what was. Either of the two. A follow-up that is still open goes off the
    agenda."""
    await service.not_meet(session, actor, action_step_id, version, body.reason)
    return await get_action_step(session, actor, action_step_id)


@router.post(
    "/action-steps/{action_step_id}/carry-over",
    status_code=201,
    responses=problems(403, 404, 412, WrongState, ActionStepDoesNotFit),
)
async def carry_over_action_step(
    session: Session,
    actor: CurrentActor,
    action_step_id: Id,
    version: IfMatch,
    body: ActionStepCarryOver,
) -> ActionStepOut:
    """Go on with it until another day: either of the two, once both agreed to it. The answer is the
    step that goes on, in the state it was; the first stays as it was."""
    carried = await service.carry_over(session, actor, action_step_id, version, body.model_dump())
    return await get_action_step(session, actor, carried)


@router.post("/action-steps/{action_step_id}/drop", responses=problems(403, 404, 412, WrongState))
async def drop_action_step(
    session: Session,
    actor: CurrentActor,
    action_step_id: Id,
    version: IfMatch,
    body: ActionStepDrop,
) -> ActionStepOut:
    """It will not be done, or the proposal is turned down or taken back, with the reason: either of
    the two. A follow-up that is still open goes off the agenda."""
    await service.drop(session, actor, action_step_id, version, body.reason)
    return await get_action_step(session, actor, action_step_id)
