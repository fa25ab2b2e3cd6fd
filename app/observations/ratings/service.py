"""The rules of ratings: by the observer, where the kind is scored, on the scale of the group.

Names of levels are derived from the scale and never sent (gate 1). What is blank was not scored.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.models import (
    Expectation,
    Framework,
    Indicator,
    Observation,
    ObservationRating,
    touch,
)
from app.models.frameworks import FrameworkState
from app.observations.access.service import note_read
from app.observations.evidence.service import observation_seen
from app.observations.ratings.scale import level_of, must_lie_on

LEVEL: ColumnElement[Any] = level_of(ObservationRating, "level")


class KindNotScored(Conflict):
    """Ratings exist only where the observation's kind is scored, fixed when it was made."""

    code, title = "kind_not_scored", "This kind of observation is not scored"
    next_step = "Write what was seen as evidence, and what you make of it as interpretation."


class RatingAmbiguous(Conflict):
    """A rating is a score or the reason why the indicator was not observed."""

    code, title = "rating_ambiguous", "Give a score or a reason, one of the two"
    next_step = "To leave the indicator unscored, send none, or DELETE the rating."


class IndicatorNotRated(Conflict):
    """Rated are indicators of a published framework that are observed in a classroom and belong
    to a group with a scale."""

    code, title = "indicator_not_rated", "This indicator is not scored in an observation"
    next_step = "Choose an observed indicator: GET /frameworks/{id}."


async def list_ratings(session: AsyncSession, actor: Actor, observation_id: UUID) -> list[Any]:
    """The ratings of an observation that the caller may read, in the framework's order."""
    (observation,) = await observation_seen(session, actor, observation_id)
    statement = (
        view(actor, Action.RATING_READ, ObservationRating, LEVEL)
        .join(
            Indicator,
            (Indicator.district_id == ObservationRating.district_id)
            & (Indicator.id == ObservationRating.indicator_id),
        )
        .where(ObservationRating.observation_id == observation_id)
        .order_by(Indicator.framework_id, Indicator.position, ObservationRating.id)
    )
    rows = list((await session.execute(statement, actor.binds)).all())
    note_read(session, actor, observation, Action.RATING_READ)
    return rows


async def read_rating(
    session: AsyncSession, actor: Actor, observation_id: UUID, indicator_id: UUID
) -> Any:
    """The rating of one indicator, just written."""
    statement = view(actor, Action.RATING_READ, ObservationRating, LEVEL).where(
        ObservationRating.observation_id == observation_id,
        ObservationRating.indicator_id == indicator_id,
    )
    return (await session.execute(statement, actor.binds)).one()


async def rate(
    session: AsyncSession,
    actor: Actor,
    observation_id: UUID,
    indicator_id: UUID,
    fields: dict[str, Any],
) -> None:
    """Give the rating of one indicator, or another: the observer, until it is shared. The last one
    counts. The observation itself does not change, since the teacher sees its version."""
    observation = await _rating(session, actor, observation_id)
    rating = await put(session, actor, observation, indicator_id, fields)
    record(session, actor, "observation_rating.given", rating, fields)


async def put(
    session: AsyncSession,
    actor: Actor,
    observation: Observation,
    indicator_id: UUID,
    fields: dict[str, Any],
) -> ObservationRating:
    """Write a rating that was checked."""
    rating = await _present(session, observation, indicator_id)
    await _check(session, actor, observation, indicator_id, fields, there=rating is not None)
    if rating is None:
        rating = ObservationRating(
            district_id=observation.district_id,
            id=clock.new_id(),
            observation_id=observation.id,
            school_id=observation.school_id,
            teacher_id=observation.teacher_id,
            observer_id=observation.observer_id,
            observer_kind=observation.observer_kind,
            evaluative=observation.evaluative,
            author_id=actor.id,
            indicator_id=indicator_id,
            shared_at=observation.shared_at,
            **fields,
        )
        session.add(rating)
    else:
        for name, value in fields.items():
            setattr(rating, name, value)
        touch(rating)
    await session.flush()
    return rating


async def clear(
    session: AsyncSession, actor: Actor, observation_id: UUID, indicator_id: UUID
) -> None:
    """Leave an indicator unscored again: the observer, until it is shared."""
    observation = await _rating(session, actor, observation_id)
    await take_back(session, actor, observation, indicator_id)


async def take_back(
    session: AsyncSession, actor: Actor, observation: Observation, indicator_id: UUID
) -> None:
    """The indicator has no rating any more."""
    rating = await _present(session, observation, indicator_id)
    if rating is None:
        raise UnknownReference("This indicator has no rating here.", field="indicator_id")
    record(session, actor, "observation_rating.cleared", rating)
    await session.delete(rating)
    await session.flush()


async def _rating(session: AsyncSession, actor: Actor, observation_id: UUID) -> Observation:
    observation = await acting(
        session,
        actor,
        Action.OBSERVATION_RATE,
        Observation,
        observation_id,
        read=Action.OBSERVATION_READ,
    )
    if not observation.scored:
        raise KindNotScored
    return observation


async def _present(
    session: AsyncSession, observation: Observation, indicator_id: UUID
) -> ObservationRating | None:
    found: ObservationRating | None = await session.scalar(
        select(ObservationRating).where(
            ObservationRating.district_id == observation.district_id,
            ObservationRating.observation_id == observation.id,
            ObservationRating.indicator_id == indicator_id,
        )
    )
    return found


async def _check(
    session: AsyncSession,
    actor: Actor,
    observation: Observation,
    indicator_id: UUID,
    fields: dict[str, Any],
    *,
    there: bool,
) -> None:
    if not observation.scored:
        raise KindNotScored
    score = fields["score"]
    if (score is None) == (fields["not_observed_reason"] is None):
        raise RatingAmbiguous
    row = (
        await session.execute(
            visible(actor, Action.FRAMEWORK_READ, Indicator)
            .join(
                Expectation,
                (Expectation.district_id == Indicator.district_id)
                & (Expectation.id == Indicator.expectation_id),
            )
            .join(
                Framework,
                (Framework.district_id == Indicator.district_id)
                & (Framework.id == Indicator.framework_id),
            )
            .where(Indicator.id == indicator_id)
            .with_only_columns(Indicator.observed, Expectation.scale, Framework.state),
            actor.binds,
        )
    ).first()
    if row is None:
        raise UnknownReference("There is no such indicator.", field="indicator_id")
    # what was rated while its framework was in force can be corrected after
    offered = there or row.state == FrameworkState.PUBLISHED
    if not (row.observed and row.scale and offered):
        raise IndicatorNotRated
    must_lie_on(row.scale, score)
