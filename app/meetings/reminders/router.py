"""Reminders of next steps."""

from fastapi import APIRouter

from app.core.types import Id
from app.meetings.reminders import service
from app.meetings.reminders.schemas import ReminderKind, ReminderOut, ReminderPage
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute

router = APIRouter(prefix="/reminders", tags=["Next steps"], route_class=UnitRoute)


@router.get("", responses=problems(400))
async def list_reminders(
    session: Session, actor: CurrentActor, paging: Paging, kind: ReminderKind | None = None
) -> ReminderPage:
    """Reminders of the caller's own next steps, the latest first. They are written on the morning
    of the day on which a step is due within the district's `reminder_days`, and once when it is
    overdue. Everybody, their own."""
    rows, following = await service.list_reminders(session, actor, paging, kind=kind)
    return ReminderPage(items=[ReminderOut.model_validate(row) for row in rows], next=following)


@router.get("/{reminder_id}", responses=problems(404))
async def get_reminder(session: Session, actor: CurrentActor, reminder_id: Id) -> ReminderOut:
    """One reminder, to the person who was reminded."""
    return ReminderOut.model_validate(await service.read_reminder(session, actor, reminder_id))
