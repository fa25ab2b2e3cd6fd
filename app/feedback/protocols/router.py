"""The feedback protocol of a school."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.errors import UnknownReference
from app.core.types import Date, Id
from app.feedback.protocols import service
from app.feedback.protocols.schemas import (
    FeedbackProtocolOut,
    ProtocolChoiceNew,
    ProtocolChoiceOut,
    ProtocolChoicePage,
)
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Feedback"], route_class=UnitRoute)

On = Annotated[Date | None, Query(description="Absent, today at the school")]


@router.get("/schools/{school_id}/feedback-protocol", responses=problems(404))
async def get_feedback_protocol(
    session: Session, actor: CurrentActor, school_id: Id, on: On = None
) -> FeedbackProtocolOut:
    """The protocol that the school holds its feedback conversations by, with its steps and prompts:
    everybody who works at the school."""
    return FeedbackProtocolOut.model_validate(await service.in_force(session, actor, school_id, on))


@router.get("/protocol-choices", responses=problems(400))
async def list_protocol_choices(
    session: Session, actor: CurrentActor, paging: Paging, school_id: Id | None = None
) -> ProtocolChoicePage:
    """What your schools chose over time, and why; the oldest first."""
    rows, following = await service.list_choices(session, actor, paging, school_id)
    items = [ProtocolChoiceOut.model_validate(row) for row in rows]
    return ProtocolChoicePage(items=items, next=following)


@router.get("/protocol-choices/{protocol_choice_id}", responses=problems(404))
@replayable("/api/v1/protocol-choices/{id}")
async def get_protocol_choice(
    session: Session, actor: CurrentActor, protocol_choice_id: Id
) -> ProtocolChoiceOut:
    """One choice: everybody who works at the school."""
    return ProtocolChoiceOut.model_validate(
        await service.read_choice(session, actor, protocol_choice_id)
    )


@router.post(
    "/protocol-choices",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        TemplateNotUsable,
        service.ChoiceInPast,
        service.SameProtocol,
        service.ChangeUnexplained,
        service.ProtocolChosen,
    ),
)
async def create_protocol_choice(
    session: Session, actor: CurrentActor, body: ProtocolChoiceNew
) -> ProtocolChoiceOut:
    """Choose the school's protocol from a day on: its leaders. Every feedback conversation at the
    school that is prepared from then on goes by it, unless its giver says why not. A school that
    has a protocol says why it takes another."""
    choice_id = await service.choose(session, actor, body.model_dump())
    return await get_protocol_choice(session, actor, choice_id)
