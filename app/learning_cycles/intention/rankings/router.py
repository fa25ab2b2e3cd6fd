"""Each one's ranking of the candidates, and their being revealed."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.learning_cycles.intention.candidates.router import get_cycle_choice
from app.learning_cycles.intention.candidates.schemas import CycleChoice
from app.learning_cycles.intention.rankings import service
from app.learning_cycles.intention.rankings.schemas import (
    RankingOut,
    RankingPage,
    RankingPut,
    RankingWaiver,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Cycle rankings"], route_class=UnitRoute)


@router.get("/learning-cycles/{cycle_id}/rankings", responses=problems(400, 404))
async def list_cycle_rankings(
    session: Session, actor: CurrentActor, cycle_id: Id, paging: Paging
) -> RankingPage:
    """Your own ranking; once they are revealed everybody's, to the teacher and the lead, or to the
    team. Until then there is no trace of whether another ranked."""
    rows, following = await service.list_rankings(session, actor, cycle_id, paging)
    return RankingPage(items=[RankingOut.model_validate(row) for row in rows], next=following)


@router.get("/cycle-rankings/{ranking_id}", responses=problems(404))
async def get_cycle_ranking(session: Session, actor: CurrentActor, ranking_id: Id) -> RankingOut:
    """One ranking, to whom it is listed."""
    return RankingOut.model_validate(await service.read_ranking(session, actor, ranking_id))


@router.put(
    "/learning-cycles/{cycle_id}/ranking",
    responses=problems(
        403, 404, 412, WrongState, service.RankingsRevealed, service.RankingNotWhole
    ),
)
async def replace_cycle_ranking(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch, body: RankingPut
) -> RankingOut:
    """Put all candidates in your order; yours alone, and yours to change, until all are revealed:
    when both of you ranked, in a team when its lead and enough members did, or some days after the
    first one. The teacher or the lead; in a team's cycle its lead and who takes part. `If-Match`
    is your ranking's own version; for the first one, send `If-Match: "0"`."""
    ranking_id = await service.put(
        session, actor, cycle_id, version, body.candidate_ids, body.words
    )
    return await get_cycle_ranking(session, actor, ranking_id)


@router.post(
    "/learning-cycles/{cycle_id}/waive-ranking",
    responses=problems(
        403, 404, 412, WrongState, service.RankingsRevealed, service.OwnRankingMissing
    ),
)
async def waive_cycle_ranking(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch, body: RankingWaiver
) -> CycleChoice:
    """Do not wait for the missing ranking, with a reason: the lead, or the team's lead, who has
    ranked. What there is is revealed."""
    await service.waive(session, actor, cycle_id, version, body.reason)
    return await get_cycle_choice(session, actor, cycle_id)
