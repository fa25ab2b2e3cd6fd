"""The audit: who did what to which record, when; never what was written in it."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.audit import service
from app.audit.schemas import ActionName, EventOut, EventPage, Moment, SubjectType
from app.core.types import Id
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Audit"], route_class=UnitRoute)


@router.get("/audit", responses=problems(400))
async def list_events(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    subject_id: Id | None = None,
    subject_type: SubjectType | None = None,
    actor_id: Id | None = None,
    action: ActionName | None = None,
    since: Annotated[Moment | None, Query(description="Not before this instant")] = None,
    until: Annotated[Moment | None, Query(description="Before this instant")] = None,
) -> EventPage:
    """Events, the newest first: to district administrators those of the running of the district,
    of school records and of goals in force; to school leaders the same of their school; to
    everybody what they did themselves, and all that was done to records of their own."""
    rows, following = await service.list_events(
        session,
        actor,
        paging,
        subject_id=subject_id,
        subject_type=subject_type,
        actor_id=actor_id,
        action=action,
        since=since,
        until=until,
    )
    return EventPage(items=[EventOut.model_validate(row) for row in rows], next=following)
