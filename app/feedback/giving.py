"""Who gives feedback: the teacher's lead, or whoever observed them; nobody to themselves."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import must, visible
from app.core.errors import Conflict, UnknownReference
from app.models import Observation
from app.models.observations import ObservationState, ObserverKind
from app.observations.visits.making import coaching_of
from app.relationships.pair import CoachingNotActive, owners, working_with

_OVER = (ObservationState.CANCELLED.value, ObservationState.VOID.value)


class ObservationNotReady(Conflict):
    """Feedback belongs to an observation that the teacher knows of and that was not called off.
    Feedback on an indicator needs one that has begun."""

    code, title = "observation_not_ready", "There is no feedback on this observation now"
    next_step = "`state` is the observation's; wait until it has begun, or announce it."


async def as_lead(
    session: AsyncSession, actor: Actor, action: Action, teacher_id: UUID | None
) -> dict[str, Any]:
    """The columns of feedback by the teacher's lead (409 unless their coaching is active)."""
    relationship = await working_with(session, actor, action, teacher_id)
    return {**owners(relationship, actor.id), "giver_kind": ObserverKind.LEAD.value}


async def observed(
    session: AsyncSession, actor: Actor, action: Action, observation_id: UUID
) -> Observation:
    """The observation that the caller made, held as it is: who only sees it gives none (403)."""
    observation: Observation | None = await session.scalar(
        visible(actor, Action.OBSERVATION_READ, Observation)
        .where(Observation.id == observation_id)
        .with_for_update(read=True, of=Observation),
        actor.binds,
    )
    if observation is None:
        raise UnknownReference("There is no such observation.", field="observation_id")
    await must(session, actor, action, observation)
    known = observation.announced or observation.started_at is not None
    if observation.state in _OVER or not known:
        raise ObservationNotReady(state=observation.state)
    return observation


async def as_observer(
    session: AsyncSession, actor: Actor, observation: Observation
) -> dict[str, Any]:
    """The columns of feedback by an observer. A lead's visit is coaching and needs it to be active;
    an evaluation goes on without."""
    relationship_id = None
    if observation.observer_kind == ObserverKind.LEAD.value:
        coaching = await coaching_of(session, actor.district_id, actor.id, observation.teacher_id)
        relationship_id = coaching.id if coaching else None
        if relationship_id is None and not observation.evaluative:
            raise CoachingNotActive("You do not coach this teacher now.")
    return {
        "district_id": observation.district_id,
        "school_id": observation.school_id,
        "teacher_id": observation.teacher_id,
        "lead_id": actor.id,
        "author_id": actor.id,
        "relationship_id": relationship_id,
        "giver_kind": observation.observer_kind,
        "observation_id": observation.id,
        "evaluative": observation.evaluative,
    }
