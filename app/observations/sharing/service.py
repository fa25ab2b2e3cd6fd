"""Sharing an observation: all that was written in it becomes the teacher's in one transaction."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.events import record
from app.models import CoObserver, EvidenceItem, Observation, ObservationRating, touch
from app.models.observations import CoObserverState, ObservationState
from app.observations.evidence.capturing import next_number
from app.observations.sharing import gates
from app.people.district.service import policy


async def read_standing(session: AsyncSession, actor: Actor, observation_id: UUID) -> Any:
    """Where an observation stands, to who sees it."""
    statement = view(actor, Action.OBSERVATION_READ, Observation)
    return await read_one(session, actor, statement, Observation, observation_id)


async def share(
    session: AsyncSession, actor: Actor, observation_id: UUID, version: int
) -> list[dict[str, str]]:
    """Give a drafted observation to its teacher: the observer. With it goes all that was written,
    by those who look on with consent too, but nothing that was taken out."""
    observation = await acting(
        session,
        actor,
        Action.OBSERVATION_SHARE,
        Observation,
        observation_id,
        version,
        read=Action.OBSERVATION_READ,
    )
    needed = (await policy(session, actor)).evidence_per_score
    # The observer's own evidence alone: a refusal must not tell what another observer wrote.
    own = EvidenceItem.author_id == observation.observer_id
    warnings = await gates.check(session, observation, needed, own)
    now = clock.now()
    await _give(session, observation, now)
    observation.state, observation.shared_at = ObservationState.SHARED.value, now
    touch(observation)
    record(session, actor, "observation.shared", observation, ("state", "shared_at"))
    await session.flush()
    return warnings


async def _give(session: AsyncSession, observation: Observation, now: Any) -> None:
    """Everything becomes the teacher's, in three statements however much it is."""
    consented = select(CoObserver.person_id).where(
        CoObserver.district_id == observation.district_id,
        CoObserver.observation_id == observation.id,
        CoObserver.state == CoObserverState.CONSENTED.value,
    )
    of_observation = (
        EvidenceItem.district_id == observation.district_id,
        EvidenceItem.observation_id == observation.id,
    )
    given = (
        *of_observation,
        EvidenceItem.removed_at.is_(None),
        or_(
            EvidenceItem.author_id == observation.observer_id,
            EvidenceItem.author_id.in_(consented),
        ),
    )
    await session.execute(
        update(EvidenceItem)
        .where(*given)
        .values(
            shared_at=now,
            seq=await next_number(session, observation),
            version=EvidenceItem.version + 1,
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    # What is about an item that stays with its author says no more that there is one.
    kept = aliased(EvidenceItem)
    await session.execute(
        update(EvidenceItem)
        .where(
            *of_observation,
            EvidenceItem.shared_at.is_not(None),
            kept.district_id == EvidenceItem.district_id,
            kept.id == EvidenceItem.about_id,
            kept.shared_at.is_(None),
        )
        .values(about_id=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(ObservationRating)
        .where(
            ObservationRating.district_id == observation.district_id,
            ObservationRating.observation_id == observation.id,
        )
        .values(shared_at=now, version=ObservationRating.version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
    )
