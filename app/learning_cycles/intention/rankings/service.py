"""The rules of ranking (gate 9): each ranks all candidates apart, and all are revealed together.

Until then nobody can tell whether or how another ranked: a ranking has its author alone, it changes
nothing of the cycle, and what the cycle offers and refuses depends on the caller's own ranking and
on what all of them see.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, PreconditionFailed
from app.core.events import record
from app.core.paging import Paging, page
from app.learning_cycles.holding import check_sees, on_cycle, today
from app.learning_cycles.owners import common
from app.models import (
    CoachingRelationship,
    CycleCandidate,
    CycleMember,
    CycleRanking,
    LearningCycle,
    Role,
    School,
    touch,
)
from app.models.learning_cycles import CycleLevel, CycleState
from app.models.people import LEAD_KINDS
from app.models.relationships import RelationshipState
from app.people.district.service import policy

Page = tuple[list[Any], str | None]
#: Whether it names every candidate. One that was written before a candidate was added does not,
#: and only its author learns of it.
COMPLETE: ColumnElement[Any] = (
    ~exists()
    .where(
        CycleCandidate.district_id == district,
        CycleCandidate.cycle_id == CycleRanking.cycle_id,
        ~CycleRanking.candidate_ids.has_key(cast(CycleCandidate.id, Text)),
    )
    .correlate(CycleRanking)
).label("complete")


class RankingsRevealed(Conflict):
    """Once the rankings are seen, neither they nor the candidates change: each one ranked the
    candidates that there were without knowing what the other would say."""

    code, title = "rankings_revealed", "The rankings were revealed"
    next_step = "Choose one of the candidates: POST /learning-cycles/{id}/choose-goal."


class RankingNotWhole(Conflict):
    """A ranking names each candidate of the cycle once, and nothing else."""

    code, title = "ranking_not_whole", "Rank every candidate once"
    next_step = "GET /learning-cycles/{id}/candidates, and put all of them in your order."


class OwnRankingMissing(Conflict):
    """Whoever does not wait for the ranking of others has ranked all candidates themselves: else
    they would read another's before they gave their own."""

    code, title = "own_ranking_missing", "Rank first yourself"
    next_step = "PUT /learning-cycles/{id}/ranking with every candidate, then waive the others'."


# --- reading ------------------------------------------------------------------------------------


def _view(actor: Actor) -> Any:
    return view(actor, Action.CYCLE_RANKING_READ, CycleRanking, COMPLETE)


async def list_rankings(
    session: AsyncSession, actor: Actor, cycle_id: UUID, paging: Paging
) -> Page:
    """One's own ranking; once they are revealed, all."""
    await check_sees(session, actor, cycle_id)
    statement = _view(actor).where(CycleRanking.cycle_id == cycle_id)
    return await page(session, actor, statement, paging, by=[CycleRanking.id])


async def read_ranking(session: AsyncSession, actor: Actor, ranking_id: UUID) -> Any:
    """One ranking."""
    return await read_one(session, actor, _view(actor), CycleRanking, ranking_id)


# --- ranking ------------------------------------------------------------------------------------


async def put(
    session: AsyncSession,
    actor: Actor,
    cycle_id: UUID,
    version: int,
    candidate_ids: list[UUID],
    words: str | None,
) -> UUID:
    """Write one's own ranking, or another in its place, until they are revealed: the teacher or the
    lead; in a team's cycle, who takes part. The version is the ranking's own (0: none yet), since
    that of the cycle tells nothing of it. The one that makes them enough reveals all."""
    cycle = await on_cycle(session, actor, Action.CYCLE_RANK, cycle_id)
    own = await _own(session, actor, cycle)
    if version != (own.version if own else 0):
        raise PreconditionFailed("Your ranking is at another version than the one you changed.")
    if cycle.revealed_at is not None:
        raise RankingsRevealed
    candidates = await _candidates(session, cycle)
    given = [str(candidate) for candidate in candidate_ids]
    if not candidates or sorted(given) != sorted(candidates):
        raise RankingNotWhole
    days = (await policy(session, actor)).ranking_reveal_days
    reveal_on = await today(session, cycle) + timedelta(days=days)
    if own is None:
        own = CycleRanking(
            **common(cycle, actor.id),
            id=clock.new_id(),
            candidate_ids=given,
            words=words,
            reveal_on=reveal_on,
        )
        session.add(own)
    else:
        if not candidates <= set(own.candidate_ids):
            # it counted for nothing until now, so the days begin
            own.reveal_on = reveal_on
        own.candidate_ids, own.words = given, words
        touch(own)
    await session.flush()
    record(session, actor, "cycle_ranking.written", own, ("candidate_ids", "words"))
    await reveal_if_enough(session, actor, cycle)
    return own.id


async def waive(
    session: AsyncSession, actor: Actor, cycle_id: UUID, version: int, reason: str
) -> None:
    """Reveal the rankings that there are without waiting for the others, with a reason: the lead,
    who has ranked. Whether somebody else had shows by it, and not before."""
    cycle = await on_cycle(session, actor, Action.CYCLE_WAIVE_RANKING, cycle_id, version)
    if cycle.revealed_at is not None:
        raise RankingsRevealed
    own = await _own(session, actor, cycle)
    candidates = await _candidates(session, cycle)
    if own is None or not candidates or not candidates <= set(own.candidate_ids):
        raise OwnRankingMissing
    cycle.ranking_waived_reason = reason
    await _reveal(session, actor, cycle, ("ranking_waived_reason",))


async def _own(session: AsyncSession, actor: Actor, cycle: LearningCycle) -> CycleRanking | None:
    found: CycleRanking | None = await session.scalar(
        select(CycleRanking).where(
            CycleRanking.district_id == cycle.district_id,
            CycleRanking.cycle_id == cycle.id,
            CycleRanking.author_id == actor.id,
        )
    )
    return found


async def _candidates(session: AsyncSession, cycle: LearningCycle) -> set[str]:
    found = await session.scalars(
        select(CycleCandidate.id).where(
            CycleCandidate.district_id == cycle.district_id, CycleCandidate.cycle_id == cycle.id
        )
    )
    return {str(candidate) for candidate in found}


async def of_cycle(session: AsyncSession, cycle: LearningCycle) -> list[CycleRanking]:
    """Every ranking of a cycle that is locked, whosever it is: for rules, not for readers."""
    return list(
        await session.scalars(
            select(CycleRanking)
            .where(CycleRanking.district_id == cycle.district_id, CycleRanking.cycle_id == cycle.id)
            .order_by(CycleRanking.id)
        )
    )


# --- revealing ----------------------------------------------------------------------------------


async def reveal_if_enough(session: AsyncSession, actor: Actor, cycle: LearningCycle) -> None:
    """Reveal all rankings of a locked cycle once both of the two ranked every candidate; in a team,
    its lead and the policy's part of those who take part (gates 9 and 11)."""
    candidates = await _candidates(session, cycle)
    ranked = {
        ranking.author_id
        for ranking in await of_cycle(session, cycle)
        if candidates and candidates <= set(ranking.candidate_ids)
    }
    if not ranked:
        return
    if cycle.level == CycleLevel.INDIVIDUAL:
        enough = {cycle.teacher_id, cycle.lead_id} <= ranked
    else:
        enough = await _of_team(session, actor, cycle, ranked)
    if enough:
        await _reveal(session, actor, cycle)


async def _of_team(
    session: AsyncSession, actor: Actor, cycle: LearningCycle, ranked: set[UUID]
) -> bool:
    led = await session.scalar(
        select(Role.id)
        .where(
            Role.district_id == cycle.district_id,
            Role.team_id == cycle.team_id,
            Role.kind.in_([kind.value for kind in LEAD_KINDS]),
            Role.ended_on.is_(None),
            Role.person_id.in_(ranked),
        )
        .limit(1)
    )
    if led is None:
        return False
    members = set(
        await session.scalars(
            select(CycleMember.person_id).where(
                CycleMember.district_id == cycle.district_id,
                CycleMember.cycle_id == cycle.id,
                CycleMember.left_on.is_(None),
            )
        )
    )
    percent = (await policy(session, actor)).team_ranking_percent
    return len(members & ranked) * 100 >= len(members) * percent


async def _reveal(
    session: AsyncSession, actor: Actor, cycle: LearningCycle, fields: tuple[str, ...] = ()
) -> None:
    cycle.revealed_at = clock.now()
    touch(cycle)
    for ranking in await of_cycle(session, cycle):
        ranking.revealed_at = cycle.revealed_at
        touch(ranking)
    record(session, actor, "learning_cycle.rankings_revealed", cycle, ("revealed_at", *fields))


async def reveal_due(session: AsyncSession, actor: Actor) -> int:
    """Reveal the rankings whose days are over although others are missing, by the day it is at the
    school; of how many cycles. The operator's own act, done every hour. What is paused or over
    stays as it is."""
    zones = await session.execute(
        select(School.id, School.zone).where(School.district_id == actor.district_id)
    )
    days: dict[Any, list[UUID]] = {}
    for row in zones:
        days.setdefault(clock.today(row.zone), []).append(row.id)
    revealed = 0
    for day, schools in days.items():
        for cycle in await _due(session, actor, day, schools):
            candidates = await _candidates(session, cycle)
            if candidates and any(
                ranking.reveal_on <= day and candidates <= set(ranking.candidate_ids)
                for ranking in await of_cycle(session, cycle)
            ):
                await _reveal(session, actor, cycle)
                revealed += 1
    return revealed


#: the two work together now
_WORKS = (
    exists()
    .where(
        CoachingRelationship.district_id == LearningCycle.district_id,
        CoachingRelationship.teacher_id == LearningCycle.teacher_id,
        CoachingRelationship.lead_id == LearningCycle.lead_id,
        CoachingRelationship.primary,
        CoachingRelationship.state == RelationshipState.ACTIVE.value,
    )
    .correlate(LearningCycle)
)


async def _due(
    session: AsyncSession, actor: Actor, day: Any, schools: list[UUID]
) -> list[LearningCycle]:
    """The cycles of these schools with a ranking that may be due, locked."""
    ranked = (
        exists()
        .where(
            CycleRanking.district_id == LearningCycle.district_id,
            CycleRanking.cycle_id == LearningCycle.id,
            CycleRanking.reveal_on <= day,
        )
        .correlate(LearningCycle)
    )
    found = await session.scalars(
        select(LearningCycle)
        .where(
            LearningCycle.district_id == actor.district_id,
            LearningCycle.school_id.in_(schools),
            LearningCycle.state == CycleState.INTENTION.value,
            LearningCycle.revealed_at.is_(None),
            or_(LearningCycle.level == CycleLevel.TEAM.value, _WORKS),
            ranked,
        )
        .order_by(LearningCycle.id)
        # one that somebody acts on just now is looked at in an hour
        .with_for_update(skip_locked=True)
    )
    return list(found)
