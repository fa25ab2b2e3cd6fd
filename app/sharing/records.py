"""What can be shared, and what a copy of it says.

A copy is made of the rows themselves, so that it says what was there and not what a later release
would show of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ARRAY, ColumnElement, Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import read_one, view
from app.core.types import Instant
from app.models import (
    ActionStep,
    AgendaItem,
    CoachingAgreement,
    CoachingPreferences,
    Conversation,
    ConversationGoal,
    CycleActivity,
    CycleAdjustment,
    CycleDataPoint,
    CycleSuccessIndicator,
    LearningCycle,
    Meeting,
    NextStep,
    QuestionnaireSubmission,
)
from app.templates.service import asked

#: the statement of what lies below a record, as the caller reads it
Below = Callable[[Actor, Any], Any]


@dataclass(frozen=True, slots=True)
class Shareable:
    """A resource that can be shared."""

    model: type[Any]
    #: of its address, and of the id in it
    path: str
    parameter: str
    #: what a person calls one
    noun: str
    read: Action
    share: Action
    #: columns beside its own
    extra: tuple[ColumnElement[Any], ...] = ()
    below: tuple[tuple[str, Below], ...] = ()


# The pair's own alone: an open step that followed the teacher is the next lead's from when the two
# work on it, and a copy of the earlier meeting would show it to whoever reads the earlier one.
def _agenda(actor: Actor, meeting: Any) -> Any:
    return (
        view(actor, Action.AGENDA_READ, AgendaItem)
        .with_only_columns(AgendaItem.text, AgendaItem.state)
        .where(AgendaItem.meeting_id == meeting.id, AgendaItem.lead_id == meeting.lead_id)
        .order_by(AgendaItem.position, AgendaItem.id)
    )


def _steps(actor: Actor, meeting: Any) -> Any:
    return (
        view(actor, Action.STEP_READ, NextStep)
        .with_only_columns(NextStep.text, NextStep.owner_id, NextStep.due_on, NextStep.state)
        .where(NextStep.meeting_id == meeting.id, NextStep.lead_id == meeting.lead_id)
        .order_by(NextStep.due_on, NextStep.id)
    )


def _of_cycle(model: Any, read: Action, *columns: Any) -> Below:
    """What lies below a learning cycle, without who wrote it."""

    def rows(actor: Actor, cycle: Any) -> Any:
        return (
            view(actor, read, model)
            .with_only_columns(*columns)
            .where(model.cycle_id == cycle.id, model.lead_id == cycle.lead_id)
            .order_by(model.id)
        )

    return rows


_DATA, _SUCCESS = CycleDataPoint, CycleSuccessIndicator
_ACTIVITY, _ADJUSTMENT = CycleActivity, CycleAdjustment
#: rankings and reflections are each one's own, and go with no copy
_BELOW_CYCLE: tuple[tuple[str, Below], ...] = (
    (
        "data_points",
        _of_cycle(
            _DATA,
            Action.CYCLE_DATA_READ,
            *(_DATA.kind, _DATA.source, _DATA.text, _DATA.value, _DATA.unit, _DATA.on),
        ),
    ),
    (
        "success_indicators",
        _of_cycle(
            _SUCCESS,
            Action.CYCLE_SUCCESS_READ,
            *(_SUCCESS.lens, _SUCCESS.text, _SUCCESS.indicator_id, _SUCCESS.explanation),
        ),
    ),
    (
        "activities",
        _of_cycle(
            _ACTIVITY,
            Action.CYCLE_ACTIVITY_READ,
            *(_ACTIVITY.approach, _ACTIVITY.title, _ACTIVITY.who, _ACTIVITY.state, _ACTIVITY.on),
            *(_ACTIVITY.done_on, _ACTIVITY.takeaway, _ACTIVITY.reason),
        ),
    ),
    (
        "adjustments",
        _of_cycle(
            _ADJUSTMENT,
            Action.CYCLE_ADJUSTMENT_READ,
            *(_ADJUSTMENT.text, _ADJUSTMENT.indicator_id, _ADJUSTMENT.from_on),
            *(_ADJUSTMENT.state, _ADJUSTMENT.reason),
        ),
    ),
)

_GOALS: ColumnElement[Any] = func.array(
    select(ConversationGoal.goal_id)
    .where(
        ConversationGoal.district_id == Conversation.district_id,
        ConversationGoal.conversation_id == Conversation.id,
    )
    .order_by(ConversationGoal.goal_id)
    .correlate(Conversation)
    .scalar_subquery(),
    type_=ARRAY(Uuid()),
).label("goal_ids")

#: by the name of their type
RECORDS: dict[str, Shareable] = {
    record.model.__tablename__: record
    for record in (
        Shareable(
            Meeting,
            "meetings",
            "meeting_id",
            "a 1:1, with its agenda and next steps,",
            Action.MEETING_READ,
            Action.MEETING_SHARE,
            below=(("agenda_items", _agenda), ("next_steps", _steps)),
        ),
        Shareable(
            NextStep,
            "next-steps",
            "step_id",
            "a next step",
            Action.STEP_READ,
            Action.STEP_SHARE,
        ),
        Shareable(
            Conversation,
            "conversations",
            "conversation_id",
            "a conversation",
            Action.CONVERSATION_READ,
            Action.CONVERSATION_SHARE,
            extra=(*asked(Conversation), _GOALS),
        ),
        Shareable(
            QuestionnaireSubmission,
            "questionnaire-submissions",
            "submission_id",
            "the answers to a questionnaire",
            Action.SUBMISSION_READ,
            Action.SUBMISSION_SHARE,
            extra=asked(QuestionnaireSubmission),
        ),
        Shareable(
            CoachingPreferences,
            "coaching-preferences",
            "preferences_id",
            "coaching preferences",
            Action.PREFERENCES_READ,
            Action.PREFERENCES_SHARE,
            extra=asked(CoachingPreferences),
        ),
        Shareable(
            CoachingAgreement,
            "coaching-agreements",
            "agreement_id",
            "a coaching agreement",
            Action.AGREEMENT_READ,
            Action.AGREEMENT_SHARE,
            extra=asked(CoachingAgreement),
        ),
        Shareable(
            ActionStep,
            "action-steps",
            "action_step_id",
            "an action step",
            Action.ACTION_STEP_READ,
            Action.ACTION_STEP_SHARE,
        ),
        Shareable(
            LearningCycle,
            "learning-cycles",
            "cycle_id",
            "a teacher's learning cycle, with its data, success indicators, activities and"
            " adjustments,",
            Action.CYCLE_READ,
            Action.CYCLE_SHARE,
            below=_BELOW_CYCLE,
        ),
    )
}

#: what is of the moment or of the reader, not of the record
_NOT_COPIED = {"permissions", "version", "updated_at", "skipped_at"}
_INSTANT = TypeAdapter(Instant)


async def content_of(
    session: AsyncSession, actor: Actor, record: Shareable, record_id: UUID
) -> dict[str, Any]:
    """The record as it is now. The same for either of the two: whoever says yes to it must mean
    what the other one meant."""
    row = await read_one(
        session,
        actor,
        view(actor, record.read, record.model, *record.extra),
        record.model,
        record_id,
    )
    content = _plain(row._mapping)
    for name, rows_of in record.below:
        rows = await session.execute(rows_of(actor, row), actor.binds)
        content[name] = [_plain(found._mapping) for found in rows]
    return content


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row as JSON holds it, its times written as every answer writes them."""
    return {str(name): _json(value) for name, value in row.items() if name not in _NOT_COPIED}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return _INSTANT.dump_python(value, mode="json")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    return [_json(part) for part in value] if isinstance(value, list) else value
