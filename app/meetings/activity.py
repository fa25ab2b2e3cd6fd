"""That coaching happens, without a word of what was said (domain.md §2)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import DateTime, Uuid, case, cast, func, literal, null
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.core.paging import Paging, page_of_several
from app.meetings.times import check_days
from app.models import (
    Conversation,
    CycleActivity,
    FeedbackConversation,
    Meeting,
    Observation,
)
from app.models.learning_cycles import CycleLevel

Page = tuple[list[Any], str | None]


@dataclass(frozen=True)
class _Activity:
    """One kind of activity: where it is kept, the day it took place or was set for, the instant it
    is sorted by, and who was with the teacher: their lead, or whoever observed."""

    model: Any
    day: Any
    begins: Any
    lead: Any
    observer: Any
    known: Action = Action.ACTIVITY_READ


def _morning(day: Any) -> Any:
    """What has a day and no time counts from its beginning."""
    return func.timezone("UTC", cast(day, DateTime()), type_=DateTime(timezone=True))


_NOBODY: Any = cast(null(), Uuid())
_LEARNT_ON = func.coalesce(CycleActivity.done_on, CycleActivity.on)
_ACTIVITY: dict[str, _Activity] = {
    "meeting": _Activity(Meeting, Meeting.on, Meeting.starts_at, Meeting.lead_id, _NOBODY),
    "conversation": _Activity(
        Conversation,
        func.coalesce(Conversation.held_on, Conversation.on),
        Conversation.starts_at,
        Conversation.lead_id,
        _NOBODY,
    ),
    # from when it was held, with or without a time that it was set for
    "feedback_conversation": _Activity(
        FeedbackConversation,
        FeedbackConversation.held_on,
        _morning(FeedbackConversation.held_on),
        FeedbackConversation.lead_id,
        _NOBODY,
    ),
    # a team's is nobody's coaching
    "learning_activity": _Activity(
        CycleActivity,
        case((CycleActivity.level == CycleLevel.INDIVIDUAL.value, _LEARNT_ON)),
        func.coalesce(CycleActivity.starts_at, _morning(_LEARNT_ON)),
        CycleActivity.lead_id,
        _NOBODY,
    ),
    "observation": _Activity(
        Observation,
        Observation.on,
        Observation.starts_at,
        _NOBODY,
        Observation.observer_id,
        Action.OBSERVATION_ACTIVITY,
    ),
}
#: a day's wall time lies this near to the same day in UTC, anywhere on Earth
_AROUND = timedelta(days=2)
_FOREVER = date(2999, 12, 31)


async def list_activity(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    first: date | None,
    last: date | None,
    kind: str | None,
    **filters: Any,
) -> Page:
    """That 1:1s, conversations, feedback, learning activities and observations happen, to leaders
    of the school and to the two: kind, day, state, people and minutes. To today where no last day
    is given, so that it begins with what was and not with next June."""
    check_days(first, last)
    today = clock.today(actor.zone)
    # whoever asks from a day to come wants what is planned
    last = last or (today if first is None or first <= today else _FOREVER)
    parts = [
        _happened(actor, name, first, last, filters) for name in _ACTIVITY if kind in (None, name)
    ]
    return await page_of_several(session, actor, parts, paging, descending=True)


def _happened(
    actor: Actor, kind: str, first: date | None, last: date, filters: dict[str, Any]
) -> tuple[Any, list[Any]]:
    """One kind of activity, and what it is sorted by. What has no day is none."""
    part = _ACTIVITY[kind]
    model, day, begins = part.model, part.day, part.begins
    columns = {
        "state": model.state,
        "teacher_id": model.teacher_id,
        "lead_id": part.lead,
        "observer_id": part.observer,
    }
    statement: Any = (
        visible(actor, part.known, model)
        .with_only_columns(
            literal(kind).label("kind"),
            day.label("on"),
            *(column.label(name) for name, column in columns.items()),
            model.minutes,
        )
        # said of the instant too: the index begins there, and what is to come is passed over
        .where(day <= last, begins < datetime.combine(last, time(), UTC) + _AROUND)
        .where(*(columns[name] == v for name, v in filters.items() if v is not None))
    )
    if first is not None:
        statement = statement.where(day >= first)
    return statement, [begins, model.id]
