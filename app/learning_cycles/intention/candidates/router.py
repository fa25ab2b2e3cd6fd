"""Candidate goals, and the choice of one."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.learning_cycles.intention.candidates import service
from app.learning_cycles.intention.candidates.schemas import (
    CandidateNew,
    CandidateOut,
    Candidates,
    CycleChoice,
    GoalChoice,
)
from app.learning_cycles.intention.rankings.service import RankingsRevealed
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Cycle candidates"], route_class=UnitRoute)


@router.get("/learning-cycles/{cycle_id}/candidates", responses=problems(404))
async def list_cycle_candidates(session: Session, actor: CurrentActor, cycle_id: Id) -> Candidates:
    """The goals that a cycle might work on, in the order in which they were named: whoever reads
    the cycle."""
    rows = await service.list_candidates(session, actor, cycle_id)
    return Candidates(items=[CandidateOut.model_validate(row) for row in rows])


@router.get("/cycle-candidates/{candidate_id}", responses=problems(404))
@replayable("/api/v1/cycle-candidates/{id}")
async def get_cycle_candidate(
    session: Session, actor: CurrentActor, candidate_id: Id
) -> CandidateOut:
    """One candidate, to whom it is listed."""
    return CandidateOut.model_validate(await service.read_candidate(session, actor, candidate_id))


@router.post(
    "/learning-cycles/{cycle_id}/candidates",
    status_code=201,
    responses=problems(
        403,
        404,
        WrongState,
        UnknownReference,
        RankingsRevealed,
        service.CandidateDoesNotFit,
        service.CandidateExists,
        service.CandidatesFull,
    ),
)
async def create_cycle_candidate(
    session: Session, actor: CurrentActor, cycle_id: Id, body: CandidateNew
) -> CandidateOut:
    """Name a goal that the cycle might work on, until the rankings are revealed: the teacher or the
    lead; in a team's cycle its lead and who takes part. Who ranked already ranks again."""
    candidate_id = await service.add(session, actor, cycle_id, body.goal_id, body.why)
    return await get_cycle_candidate(session, actor, candidate_id)


@router.delete(
    "/cycle-candidates/{candidate_id}",
    status_code=204,
    responses=problems(403, 404, 412, WrongState, RankingsRevealed),
)
async def delete_cycle_candidate(
    session: Session, actor: CurrentActor, candidate_id: Id, version: IfMatch
) -> None:
    """Take a candidate out again, and out of the rankings, until they are revealed: who named it;
    in a team's cycle its lead as well."""
    await service.remove(session, actor, candidate_id, version)


@router.get("/learning-cycles/{cycle_id}/choice", responses=problems(404))
@replayable("/api/v1/learning-cycles/{id}/choice")
async def get_cycle_choice(session: Session, actor: CurrentActor, cycle_id: Id) -> CycleChoice:
    """How far the choice of a goal is: whoever reads the cycle. Whether somebody ranked does not
    show before all rankings do."""
    cycle, candidates = await service.read_choice(session, actor, cycle_id)
    return CycleChoice.model_validate({**cycle._mapping, "candidates": candidates})


@router.post(
    "/learning-cycles/{cycle_id}/choose-goal",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        service.RankingsHidden,
        service.CandidateDoesNotFit,
        service.GoalInAnotherCycle,
    ),
)
async def choose_cycle_goal(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch, body: GoalChoice
) -> CycleChoice:
    """Choose one of the candidates once the rankings are revealed: the teacher and the lead; it is
    the cycle's goal when both chose the same. In a team its lead. Either may choose another until
    the phase is left."""
    await service.choose(session, actor, cycle_id, version, body.candidate_id, body.reason)
    return await get_cycle_choice(session, actor, cycle_id)
