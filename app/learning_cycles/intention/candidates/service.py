"""The rules of candidates, and of the choice of one of them by both."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.learning_cycles.holding import below, check_sees, on_cycle
from app.learning_cycles.intention.rankings.service import (
    RankingsRevealed,
    of_cycle,
    reveal_if_enough,
)
from app.learning_cycles.owners import common
from app.models import CycleCandidate, Goal, LearningCycle, touch
from app.models.goals import GoalLevel, GoalState
from app.models.learning_cycles import CycleLevel, CycleState

#: so many that each can be weighed against the others, and are answered whole
MOST = 12


class CandidateDoesNotFit(Conflict):
    """A candidate is a goal that is not closed and that both read: an individual goal of the
    teacher, drafts only those written with this lead; in a team's cycle a goal that the team
    published."""

    code, title = "candidate_does_not_fit", "This goal is no candidate of this cycle"
    next_step = "Choose an open goal of the teacher that both of you read, or of the team."


class CandidateExists(Conflict):
    """A goal is a candidate of a cycle once."""

    code, title = "candidate_exists", "The goal is a candidate already"
    next_step = "Find it with GET /learning-cycles/{id}/candidates."


class CandidatesFull(Conflict):
    """A cycle weighs up to twelve goals."""

    code, title = "candidates_full", "There are twelve candidates already"
    next_step = "Take one out first."


class RankingsHidden(Conflict):
    """The goal is chosen once each has ranked the candidates without knowing the other's order."""

    code, title = "rankings_hidden", "The rankings are not revealed yet"
    next_step = "Rank all candidates: PUT /learning-cycles/{id}/ranking. The others do the same."


class GoalInAnotherCycle(Conflict):
    """One open cycle at a time works on a goal (domain.md §4, gate 11)."""

    code, title = "goal_in_another_cycle", "Another open cycle works on this goal"
    next_step = "Close or abandon that cycle first, or choose another candidate."


# --- reading ------------------------------------------------------------------------------------


async def list_candidates(session: AsyncSession, actor: Actor, cycle_id: UUID) -> list[Any]:
    """The candidates of a cycle."""
    await check_sees(session, actor, cycle_id)
    return await _of(session, actor, cycle_id)


async def _of(session: AsyncSession, actor: Actor, cycle_id: UUID) -> list[Any]:
    statement = view(actor, Action.CYCLE_CANDIDATE_READ, CycleCandidate)
    statement = statement.where(CycleCandidate.cycle_id == cycle_id).order_by(
        CycleCandidate.created_at, CycleCandidate.id
    )
    return list((await session.execute(statement, actor.binds)).all())


async def read_candidate(session: AsyncSession, actor: Actor, candidate_id: UUID) -> Any:
    """One candidate."""
    statement = view(actor, Action.CYCLE_CANDIDATE_READ, CycleCandidate)
    return await read_one(session, actor, statement, CycleCandidate, candidate_id)


async def read_choice(session: AsyncSession, actor: Actor, cycle_id: UUID) -> tuple[Any, list[Any]]:
    """A cycle and its candidates."""
    statement = view(actor, Action.CYCLE_READ, LearningCycle)
    cycle = await read_one(session, actor, statement, LearningCycle, cycle_id)
    return cycle, await _of(session, actor, cycle_id)


# --- naming candidates --------------------------------------------------------------------------


async def add(
    session: AsyncSession, actor: Actor, cycle_id: UUID, goal_id: UUID, why: str | None
) -> UUID:
    """Name a goal that the cycle might work on, until the rankings are revealed: the teacher or the
    lead; in a team's cycle, who takes part. Whoever ranked before is asked to rank again, and
    nobody else learns of it."""
    cycle = await on_cycle(session, actor, Action.CYCLE_ADD_CANDIDATE, cycle_id)
    if cycle.revealed_at is not None:
        raise RankingsRevealed
    goal = await session.scalar(
        visible(actor, Action.GOAL_READ, Goal).where(Goal.id == goal_id), actor.binds
    )
    if goal is None:
        raise UnknownReference("There is no such goal.", field="goal_id")
    if not fits(cycle, goal):
        raise CandidateDoesNotFit
    if len(await _locked(session, cycle)) >= MOST:
        raise CandidatesFull
    candidate = CycleCandidate(
        **common(cycle, actor.id), id=clock.new_id(), goal_id=goal.id, why=why
    )
    try:
        async with session.begin_nested():
            session.add(candidate)
            await session.flush()
    except IntegrityError as exc:
        if "uq_cycle_candidate_goal" in str(exc.orig):
            raise CandidateExists from exc
        raise
    touch(cycle)
    record(session, actor, "cycle_candidate.added", candidate)
    return candidate.id


async def remove(session: AsyncSession, actor: Actor, candidate_id: UUID, version: int) -> None:
    """Take a candidate out again, and out of every ranking, until they are revealed: who named it;
    in a team's cycle its lead as well."""
    cycle, candidate = await below(
        session,
        actor,
        Action.CYCLE_CANDIDATE_DELETE,
        CycleCandidate,
        candidate_id,
        version,
        read=Action.CYCLE_CANDIDATE_READ,
        states=(CycleState.INTENTION,),
    )
    if cycle.revealed_at is not None:
        raise RankingsRevealed
    for ranking in await of_cycle(session, cycle):
        left = [one for one in ranking.candidate_ids if one != str(candidate.id)]
        if left != ranking.candidate_ids:
            ranking.candidate_ids = left
            touch(ranking)
    touch(cycle)
    record(session, actor, "cycle_candidate.removed", candidate)
    await session.flush()
    await session.delete(candidate)
    await session.flush()
    # a ranking that lacked this one alone is whole now
    await reveal_if_enough(session, actor, cycle)


def fits(cycle: LearningCycle, goal: Goal) -> bool:
    """Whether both, or the whole team, read the goal and can work on it."""
    if cycle.level == CycleLevel.TEAM:
        return (
            goal.level == GoalLevel.TEAM
            and goal.team_id == cycle.team_id
            and goal.state == GoalState.PUBLISHED
        )
    return (
        goal.level == GoalLevel.INDIVIDUAL
        and goal.teacher_id == cycle.teacher_id
        and goal.state != GoalState.CLOSED
        and (goal.state == GoalState.AGREED or goal.lead_id == cycle.lead_id)
    )


async def _locked(session: AsyncSession, cycle: LearningCycle) -> list[CycleCandidate]:
    """The candidates of a cycle that is locked."""
    found = select(CycleCandidate).where(
        CycleCandidate.district_id == cycle.district_id, CycleCandidate.cycle_id == cycle.id
    )
    return list(await session.scalars(found.order_by(CycleCandidate.created_at, CycleCandidate.id)))


# --- choosing -----------------------------------------------------------------------------------


async def choose(
    session: AsyncSession,
    actor: Actor,
    cycle_id: UUID,
    version: int,
    candidate_id: UUID,
    reason: str,
) -> None:
    """Choose one of the candidates, with a reason. The cycle works on it once the teacher and the
    lead chose the same; in a team its lead chooses. Until the phase is left either may choose
    another, and then it is not chosen until the other does the same."""
    cycle = await on_cycle(session, actor, Action.CYCLE_CHOOSE_GOAL, cycle_id, version)
    if cycle.revealed_at is None:
        raise RankingsHidden
    candidates = await _locked(session, cycle)
    chosen = next((one for one in candidates if one.id == candidate_id), None)
    if chosen is None:
        raise UnknownReference("The cycle has no such candidate.", field="candidate_id")
    goal = await session.scalar(
        select(Goal).where(Goal.district_id == cycle.district_id, Goal.id == chosen.goal_id)
    )
    assert goal is not None
    if not fits(cycle, goal):
        raise CandidateDoesNotFit
    await _check_free(session, cycle, goal.id)
    side = "teacher" if actor.id == cycle.teacher_id else "lead"
    for candidate in candidates:
        mine = candidate is chosen
        if mine or getattr(candidate, f"{side}_chose_at") is not None:
            setattr(candidate, f"{side}_chose_at", clock.now() if mine else None)
            setattr(candidate, f"{side}_reason", reason if mine else None)
            touch(candidate)
    yeses = [(chosen.lead_chose_at, chosen.lead_reason)]
    if cycle.level == CycleLevel.INDIVIDUAL:
        yeses.append((chosen.teacher_chose_at, chosen.teacher_reason))
    given = sorted((at, words) for at, words in yeses if at is not None and words is not None)
    joint = len(given) == len(yeses)
    cycle.goal_id = chosen.goal_id if joint else None
    cycle.choice_reason = "\n\n".join(words for _, words in given) if joint else None
    touch(cycle)
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as exc:
        if "uq_learning_cycle_goal" in str(exc.orig):
            raise GoalInAnotherCycle from exc
        raise
    record(session, actor, "cycle_candidate.chosen", chosen, (f"{side}_reason",))
    if joint:
        record(session, actor, "learning_cycle.goal_chosen", cycle, ("goal_id", "choice_reason"))


async def _check_free(session: AsyncSession, cycle: LearningCycle, goal_id: UUID) -> None:
    other = select(LearningCycle.id).where(
        LearningCycle.district_id == cycle.district_id,
        LearningCycle.goal_id == goal_id,
        LearningCycle.id != cycle.id,
        LearningCycle.state.not_in([CycleState.CLOSED.value, CycleState.ABANDONED.value]),
    )
    if await session.scalar(other.limit(1)) is not None:
        raise GoalInAnotherCycle
