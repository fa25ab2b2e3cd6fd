"""How a cycle begins: for a teacher or a team, counted within the year, filled from the last."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import must, visible
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.learning_cycles.intention.candidates.service import fits
from app.learning_cycles.members.service import take_in
from app.learning_cycles.owners import common, of_member
from app.models import (
    CycleAdjustment,
    CycleCandidate,
    CycleMember,
    CycleSuccessIndicator,
    Goal,
    LearningCycle,
    SchoolYear,
    Team,
    Template,
)
from app.models.goals import IN_FORCE
from app.models.learning_cycles import AdjustmentState, CycleLevel, CycleState, Decision
from app.models.templates import TemplateKind, TemplateState
from app.relationships.pair import owners, working_with
from app.templates.service import usable

_OVER = (CycleState.CLOSED.value, CycleState.ABANDONED.value)
#: decisions by which the next cycle works on the same goal
_SAME_GOAL = (Decision.CONTINUE.value, Decision.ADJUST.value)


class CycleOwnerUnclear(Conflict):
    """A cycle is one teacher's, or a team's in a school year."""

    code, title = "cycle_owner_unclear", "Whose cycle it is does not fit its level"
    next_step = "Level team names team_id and school_year_id, level individual at most teacher_id."


class CycleNumberTaken(Conflict):
    """Cycles count up within the year; another one was begun at the same moment."""

    code, title = "cycle_number_taken", "Another cycle was begun at the same moment"
    next_step = "Look at the list; if you still want another, begin it again."


class CycleHasSuccessor(Conflict):
    """A chain of cycles does not fork: one follows each, not counting those given up."""

    code, title = "cycle_has_successor", "Another cycle follows that one"
    next_step = "Name the last cycle of the chain: GET /learning-cycles/{id}/chain."


class PreviousDoesNotFit(Conflict):
    """A cycle follows one of the same teacher or team that is closed or was given up."""

    code, title = "previous_does_not_fit", "It cannot follow that cycle"
    next_step = "Close the earlier cycle first, or leave `previous_id` out."


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Begin a cycle: of a teacher, the teacher or their lead; of a team, its lead."""
    sent = dict(fields)
    owner = await _owner(session, actor, sent)
    previous = await _previous(session, actor, owner, sent["previous_id"])
    template = await _template(session, actor, sent["template_id"], previous)
    number = await _number(session, owner)
    # what was written with another lead is not this one's to read: not even what it was called
    taken = previous if previous is not None and _same_readers(owner, previous) else None
    cycle = LearningCycle(
        id=clock.new_id(),
        number=number,
        title=sent["title"]
        or (taken and taken.title)
        or (template and template.title)
        or f"Learning cycle {number}",
        template_id=template and template.id,
        previous_id=previous and previous.id,
        **owner,
    )
    await _add(session, cycle)
    if cycle.level == CycleLevel.TEAM.value:
        # of a teacher's, `working_with` has asked
        await must(session, actor, Action.CYCLE_CREATE, cycle)
        await take_in(session, actor, cycle)
    if previous is not None:
        await _fill(session, actor, cycle, previous, taken is not None)
    record(session, actor, "learning_cycle.begun", cycle)
    return cycle.id


async def _owner(session: AsyncSession, actor: Actor, sent: dict[str, Any]) -> dict[str, Any]:
    """The columns that say whose cycle it is and of which year."""
    team_id, teacher_id, year_id = sent["team_id"], sent["teacher_id"], sent["school_year_id"]
    if sent["level"] == CycleLevel.INDIVIDUAL.value:
        if team_id is not None:
            raise CycleOwnerUnclear
        pair = await working_with(session, actor, Action.CYCLE_CREATE, teacher_id)
        if year_id not in (None, pair.school_year_id):
            raise UnknownReference("It is not the year of their coaching.", field="school_year_id")
        of_pair = owners(pair, actor.id)
        return {**of_pair, "level": sent["level"], "school_year_id": pair.school_year_id}
    if team_id is None or year_id is None or teacher_id is not None:
        raise CycleOwnerUnclear
    team = await session.scalar(
        visible(actor, Action.TEAM_READ, Team).where(Team.id == team_id), actor.binds
    )
    if team is None:
        raise UnknownReference("There is no such team.", field="team_id")
    year = await session.scalar(
        visible(actor, Action.YEAR_READ, SchoolYear)
        .with_only_columns(SchoolYear.id)
        .where(SchoolYear.id == year_id, SchoolYear.school_id == team.school_id),
        actor.binds,
    )
    if year is None:
        raise UnknownReference(
            "There is no such school year at the team's school.", field="school_year_id"
        )
    return {
        "district_id": actor.district_id,
        "level": sent["level"],
        "school_id": team.school_id,
        "school_year_id": year_id,
        "team_id": team.id,
        "author_id": actor.id,
    }


async def _number(session: AsyncSession, owner: dict[str, Any]) -> int:
    """The next number within the year, whoever led the ones before."""
    last = await session.scalar(
        select(func.max(LearningCycle.number)).where(
            LearningCycle.district_id == owner["district_id"],
            LearningCycle.teacher_id.is_not_distinct_from(owner.get("teacher_id")),
            LearningCycle.team_id.is_not_distinct_from(owner.get("team_id")),
            LearningCycle.school_year_id == owner["school_year_id"],
        )
    )
    return (last or 0) + 1


async def _add(session: AsyncSession, cycle: LearningCycle) -> None:
    try:
        async with session.begin_nested():
            session.add(cycle)
            await session.flush()
    except IntegrityError as exc:
        for name, rule in (
            ("uq_learning_cycle_number", CycleNumberTaken),
            ("uq_learning_cycle_previous", CycleHasSuccessor),
        ):
            if name in str(exc.orig):
                raise rule from exc
        raise


# --- from the last one --------------------------------------------------------------------------


async def _previous(
    session: AsyncSession, actor: Actor, owner: dict[str, Any], previous_id: UUID | None
) -> LearningCycle | None:
    """The cycle that this one follows, as far as the caller can see it."""
    if previous_id is None:
        return None
    previous: LearningCycle | None = await session.scalar(
        visible(actor, Action.CYCLE_READ, LearningCycle).where(LearningCycle.id == previous_id),
        actor.binds,
    )
    if previous is None:
        raise UnknownReference("There is no such learning cycle.", field="previous_id")
    same = (previous.teacher_id, previous.team_id) == (
        owner.get("teacher_id"),
        owner.get("team_id"),
    )
    if not same or previous.state not in _OVER:
        raise PreviousDoesNotFit
    return previous


def _same_readers(owner: dict[str, Any], previous: LearningCycle) -> bool:
    return previous.lead_id == owner.get("lead_id")


async def _template(
    session: AsyncSession, actor: Actor, template_id: UUID | None, previous: LearningCycle | None
) -> Template | None:
    """The one that was named, else the last cycle's if it is still in use."""
    if template_id is not None:
        return await usable(session, actor, TemplateKind.LEARNING_CYCLE, template_id)
    if previous is None or previous.template_id is None:
        return None
    found: Template | None = await session.scalar(
        visible(actor, Action.TEMPLATE_READ, Template).where(
            Template.id == previous.template_id, Template.state == TemplateState.PUBLISHED.value
        ),
        actor.binds,
    )
    return found


async def _fill(
    session: AsyncSession,
    actor: Actor,
    cycle: LearningCycle,
    previous: LearningCycle,
    same_readers: bool,
) -> None:
    """What the last decision says: continue and adjust keep the goal, to be ranked and chosen anew,
    and what success looks like; continue keeps the open adjustments. Each keeps its author.

    With another lead only a goal in force comes along, which that lead reads anyhow: the rest is
    for the teacher to tell (ADR 0011)."""
    if previous.decision not in _SAME_GOAL or previous.state != CycleState.CLOSED.value:
        return
    in_force = select(Goal).where(
        Goal.district_id == cycle.district_id,
        Goal.id == previous.goal_id,
        Goal.state.in_([str(state) for state in IN_FORCE]),
    )
    goal = await session.scalar(in_force)
    # only what could be named and chosen by hand, too
    if goal is not None and fits(cycle, goal):
        session.add(CycleCandidate(goal_id=goal.id, **common(cycle, actor.id)))
    if not same_readers:
        return
    for success in await session.scalars(_of(previous, CycleSuccessIndicator)):
        session.add(
            CycleSuccessIndicator(
                lens=success.lens,
                text=success.text,
                indicator_id=success.indicator_id,
                explanation=success.explanation,
                **common(cycle, success.author_id),
            )
        )
    if previous.decision != Decision.CONTINUE.value:
        return
    still_open = CycleAdjustment.state == AdjustmentState.OPEN.value
    members = set(
        await session.scalars(
            select(CycleMember.person_id).where(
                CycleMember.district_id == cycle.district_id, CycleMember.cycle_id == cycle.id
            )
        )
    )
    for tried in await session.scalars(_of(previous, CycleAdjustment).where(still_open)):
        if cycle.level == CycleLevel.INDIVIDUAL.value:
            owner = common(cycle, tried.author_id)
        elif tried.teacher_id in members:
            # a member's own: with the lead they wrote it with, and not opened to the team anew
            owner = of_member(cycle, tried.teacher_id, tried.lead_id)
        else:
            continue
        session.add(CycleAdjustment(text=tried.text, indicator_id=tried.indicator_id, **owner))


def _of(cycle: LearningCycle, model: Any) -> Any:
    """What was written in a cycle, the oldest first: by its instant, because the ids of rows that
    were taken over together are in no order."""
    return (
        select(model)
        .where(model.district_id == cycle.district_id, model.cycle_id == cycle.id)
        .order_by(model.created_at, model.id)
    )
