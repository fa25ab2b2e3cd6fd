"""A school's bank of ideas for action steps, by indicator."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.feedback.bank import service
from app.feedback.bank.schemas import (
    ActionStepIdeaChange,
    ActionStepIdeaNew,
    ActionStepIdeaOut,
    ActionStepIdeaPage,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Action steps"], route_class=UnitRoute)


@router.get("/action-step-ideas", responses=problems(400))
async def list_action_step_ideas(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    school_id: Id | None = None,
    indicator_id: Id | None = None,
    retired: bool | None = None,
) -> ActionStepIdeaPage:
    """Ideas for action steps in the banks of your schools, the oldest first: everybody who works
    there."""
    rows, following = await service.list_ideas(
        session, actor, paging, school_id=school_id, indicator_id=indicator_id, retired=retired
    )
    items = [ActionStepIdeaOut.model_validate(row) for row in rows]
    return ActionStepIdeaPage(items=items, next=following)


@router.get("/action-step-ideas/{idea_id}", responses=problems(404))
@replayable("/api/v1/action-step-ideas/{id}")
async def get_action_step_idea(
    session: Session, actor: CurrentActor, idea_id: Id
) -> ActionStepIdeaOut:
    """One idea: everybody who works at the school."""
    return ActionStepIdeaOut.model_validate(await service.read_idea(session, actor, idea_id))


@router.post("/action-step-ideas", status_code=201, responses=problems(403, UnknownReference))
async def create_action_step_idea(
    session: Session, actor: CurrentActor, body: ActionStepIdeaNew
) -> ActionStepIdeaOut:
    """Put an idea into the bank of a school: whoever holds a role of a lead there, and its leaders.
    The words of an action step can be saved by this; the step is not named, and neither are you."""
    made = await service.add(session, actor, body.model_dump())
    return await get_action_step_idea(session, actor, made)


@router.patch(
    "/action-step-ideas/{idea_id}",
    responses=problems(403, 404, 412, WrongState, UnknownReference),
)
async def update_action_step_idea(
    session: Session, actor: CurrentActor, idea_id: Id, version: IfMatch, body: ActionStepIdeaChange
) -> ActionStepIdeaOut:
    """Change an idea: the school's leads and leaders. Action steps made of it keep their words."""
    await service.change(session, actor, idea_id, version, body.changes())
    return await get_action_step_idea(session, actor, idea_id)


@router.post("/action-step-ideas/{idea_id}/retire", responses=problems(403, 404, 412, WrongState))
async def retire_action_step_idea(
    session: Session, actor: CurrentActor, idea_id: Id, version: IfMatch
) -> ActionStepIdeaOut:
    """Offer it no more: the school's leads and leaders."""
    await service.retire(session, actor, idea_id, version)
    return await get_action_step_idea(session, actor, idea_id)


@router.post("/action-step-ideas/{idea_id}/restore", responses=problems(403, 404, 412, WrongState))
async def restore_action_step_idea(
    session: Session, actor: CurrentActor, idea_id: Id, version: IfMatch
) -> ActionStepIdeaOut:
    """Offer it again: the school's leads and leaders."""
    await service.restore(session, actor, idea_id, version)
    return await get_action_step_idea(session, actor, idea_id)
