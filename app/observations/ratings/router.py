"""The scores of an observation, where its kind is scored."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.observations.ratings import service
from app.observations.ratings.scale import ScoreOffScale
from app.observations.ratings.schemas import RatingGiven, RatingOut, Ratings
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Session
from app.web.unit import UnitRoute, audited

router = APIRouter(tags=["Observation ratings"], route_class=UnitRoute)


@router.get("/observations/{observation_id}/ratings", responses=problems(404))
@audited
async def list_ratings(session: Session, actor: CurrentActor, observation_id: Id) -> Ratings:
    """The ratings of an observation: the observer's own, and from sharing on to everybody who
    reads it. An indicator that is not among them was not scored."""
    rows = await service.list_ratings(session, actor, observation_id)
    return Ratings(items=[RatingOut.model_validate(row) for row in rows])


@router.put(
    "/observations/{observation_id}/ratings/{indicator_id}",
    responses=problems(
        403,
        404,
        WrongState,
        UnknownReference,
        service.KindNotScored,
        service.RatingAmbiguous,
        service.IndicatorNotRated,
        ScoreOffScale,
    ),
)
async def replace_rating(
    session: Session,
    actor: CurrentActor,
    observation_id: Id,
    indicator_id: Id,
    body: RatingGiven,
) -> RatingOut:
    """Score an indicator, or say why it was not observed: the observer, until the observation is
    shared. Nobody else writes it, so it takes no version: the last one counts."""
    await service.rate(session, actor, observation_id, indicator_id, body.model_dump())
    row = await service.read_rating(session, actor, observation_id, indicator_id)
    return RatingOut.model_validate(row)


@router.delete(
    "/observations/{observation_id}/ratings/{indicator_id}",
    status_code=204,
    responses=problems(403, 404, WrongState, UnknownReference, service.KindNotScored),
)
async def delete_rating(
    session: Session, actor: CurrentActor, observation_id: Id, indicator_id: Id
) -> None:
    """Leave the indicator unscored again: the observer, until the observation is shared."""
    await service.clear(session, actor, observation_id, indicator_id)
