"""The rules of formal feedback on one indicator (C9): by the lead for a learning cycle, or by the
observer for an observation; its author's until shared."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.feedback import giving
from app.feedback.indicators import rating
from app.models import (
    EvidenceCitation,
    Indicator,
    IndicatorFeedback,
    LearningCycle,
)
from app.models.feedback import IndicatorFeedbackState
from app.models.learning_cycles import CycleLevel, CycleState
from app.observations.access.service import note_read, note_reads
from app.observations.ratings.scale import level_of, must_lie_on
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]
#: the phases of a cycle in which there is something to give feedback on
_FROM_APPLICATION = (CycleState.APPLICATION.value, CycleState.REFLECTION.value)


def _of_indicator(what: Any, name: str) -> ColumnElement[Any]:
    found = select(what).where(
        Indicator.district_id == IndicatorFeedback.district_id,
        Indicator.id == IndicatorFeedback.indicator_id,
    )
    return found.correlate(IndicatorFeedback).scalar_subquery().label(name)


BESIDE = (
    _of_indicator(Indicator.code, "indicator_code"),
    _of_indicator(Indicator.title, "indicator_title"),
    level_of(IndicatorFeedback, "level_name"),
)


class OneSubject(Conflict):
    """Feedback on an indicator is for a learning cycle or for an observation."""

    code, title = "one_subject", "A cycle, or an observation"
    next_step = "Name one of `cycle_id` and `observation_id`, and not both."


class CycleNotReady(Conflict):
    """Feedback is on a teacher's own cycle, once they try something: in application or in
    reflection."""

    code, title = "cycle_not_ready", "There is no feedback on this cycle now"
    next_step = "`state` is the cycle's; wait until it is in application, or resume it."


# --- reading ------------------------------------------------------------------------------------


async def list_feedback(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """The feedback on indicators that the caller may read."""
    given = {name: value for name, value in filters.items() if value is not None}
    statement = _view(actor).filter_by(**given)
    rows, following = await page(session, actor, statement, paging, by=[IndicatorFeedback.id])
    note_reads(session, actor, rows, Action.INDICATOR_FEEDBACK_READ)
    return rows, following


async def read_feedback(session: AsyncSession, actor: Actor, feedback_id: UUID) -> Any:
    """One of them."""
    row = await read_one(session, actor, _view(actor), IndicatorFeedback, feedback_id)
    note_read(session, actor, row, Action.INDICATOR_FEEDBACK_READ)
    return row


def _view(actor: Actor) -> Any:
    return view(actor, Action.INDICATOR_FEEDBACK_READ, IndicatorFeedback, *BESIDE)


# --- writing ------------------------------------------------------------------------------------


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Begin feedback on one indicator: the lead for a cycle of the teacher, the observer for an
    observation. Nobody else sees it until it is shared."""
    cycle_id, observation_id = fields["cycle_id"], fields["observation_id"]
    if (cycle_id is None) == (observation_id is None):
        raise OneSubject
    evaluative = fields["evaluative"] or False
    if observation_id is not None:
        observation = await giving.observed(
            session, actor, Action.INDICATOR_FEEDBACK_CREATE, observation_id
        )
        if observation.started_at is None:
            raise giving.ObservationNotReady(state=observation.state)
        whose = await giving.as_observer(session, actor, observation)
        if fields["evaluative"] not in (None, observation.evaluative):
            raise rating.RatingNotAllowed(
                "It counts as the observation does.", missing=_apart(evaluative)
            )
    else:
        whose = await _of_cycle(session, actor, cycle_id)
        if evaluative:
            await rating.must_rate(session, actor, whose["relationship_id"])
    feedback = IndicatorFeedback(
        id=clock.new_id(),
        indicator_id=fields["indicator_id"],
        text=fields["text"],
        score=fields["score"],
        **{"evaluative": evaluative, "cycle_id": cycle_id, **whose},
    )
    await _check(session, actor, feedback)
    session.add(feedback)
    await session.flush()
    record(session, actor, "indicator_feedback.begun", feedback)
    return feedback.id


def _apart(evaluative: bool) -> rating.Missing:
    words = "The observation is not of a formal, scored kind."
    if not evaluative:
        words = "The observation is of a formal, scored kind, and so is what is said of it."
    return [{"code": "observation_kind", "message": words}]


async def _of_cycle(session: AsyncSession, actor: Actor, cycle_id: UUID) -> dict[str, Any]:
    """The columns of feedback for a cycle that the caller leads with its teacher."""
    cycle: LearningCycle | None = await session.scalar(
        visible(actor, Action.CYCLE_READ, LearningCycle)
        .where(LearningCycle.id == cycle_id)
        .with_for_update(read=True, of=LearningCycle),
        actor.binds,
    )
    if cycle is None:
        raise UnknownReference("There is no such learning cycle.", field="cycle_id")
    if cycle.level == CycleLevel.TEAM.value:
        raise CycleNotReady("A team's cycle is no single teacher's.", state=cycle.state)
    action = Action.INDICATOR_FEEDBACK_CREATE
    whose = await giving.as_lead(session, actor, action, cycle.teacher_id)
    if cycle.state not in _FROM_APPLICATION:
        raise CycleNotReady(state=cycle.state)
    return whose


async def _check(session: AsyncSession, actor: Actor, feedback: IndicatorFeedback) -> None:
    """The indicator is offered, and a score has its place."""
    indicator = await rating.offered(session, actor, feedback.indicator_id)
    if feedback.score is not None and not feedback.evaluative:
        words = "Feedback with a rating is evaluative from its beginning."
        raise rating.RatingNotAllowed(missing=[{"code": "evaluative", "message": words}])
    if feedback.score is not None and feedback.observation_id and not indicator.observed:
        words = "The indicator is not one that is seen in a lesson; an observation rates none such."
        raise rating.RatingNotAllowed(missing=[{"code": "indicator", "message": words}])
    must_lie_on(indicator.scale, feedback.score)


async def change(
    session: AsyncSession, actor: Actor, feedback_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Edit one's own draft."""
    feedback = await _act_on(session, actor, Action.INDICATOR_FEEDBACK_EDIT, feedback_id, version)
    apply(feedback, fields)
    if {"indicator_id", "score"} & fields.keys():
        with session.no_autoflush:
            await _check(session, actor, feedback)
    record(session, actor, "indicator_feedback.changed", feedback, fields)


async def discard(session: AsyncSession, actor: Actor, feedback_id: UUID, version: int) -> None:
    """Delete one's own draft, and what it cites."""
    feedback = await _act_on(session, actor, Action.INDICATOR_FEEDBACK_DELETE, feedback_id, version)
    await session.execute(
        delete(EvidenceCitation).where(
            EvidenceCitation.district_id == feedback.district_id,
            EvidenceCitation.indicator_feedback_id == feedback.id,
        )
    )
    record(session, actor, "indicator_feedback.deleted", feedback)
    await session.delete(feedback)


async def share(session: AsyncSession, actor: Actor, feedback_id: UUID, version: int) -> None:
    """Give it to the teacher: who wrote it. From now on it stays as it is."""
    feedback = await _act_on(session, actor, Action.INDICATOR_FEEDBACK_SHARE, feedback_id, version)
    await rating.must_be_ready(session, actor, feedback)
    fields = {"state": IndicatorFeedbackState.SHARED.value, "shared_at": clock.now()}
    apply(feedback, fields)
    record(session, actor, "indicator_feedback.shared", feedback, fields)


async def acknowledge(
    session: AsyncSession, actor: Actor, feedback_id: UUID, version: int, reply: str | None
) -> None:
    """Say that one read it, with a word if one likes: the teacher."""
    feedback = await _act_on(
        session, actor, Action.INDICATOR_FEEDBACK_ACKNOWLEDGE, feedback_id, version
    )
    fields: dict[str, Any] = {
        "state": IndicatorFeedbackState.ACKNOWLEDGED.value,
        "acknowledged_at": clock.now(),
    }
    if reply is not None:
        fields["reply"] = reply
    apply(feedback, fields)
    record(session, actor, "indicator_feedback.acknowledged", feedback, fields)


async def _act_on(
    session: AsyncSession, actor: Actor, action: Action, feedback_id: UUID, version: int
) -> IndicatorFeedback:
    return await acting(
        session,
        actor,
        action,
        IndicatorFeedback,
        feedback_id,
        version,
        read=Action.INDICATOR_FEEDBACK_READ,
    )
