"""What a cycle lacks to leave its present phase (domain.md §4, gates 9 to 11).

All of it at once, so that a front end can show the list before somebody tries. In a team's cycle a
member's own work counts and never shows: the list says how many members lack something, not who.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core.errors import Conflict
from app.models import (
    CycleActivity,
    CycleAdjustment,
    CycleDataPoint,
    CycleMember,
    CycleRanking,
    CycleReflection,
    CycleSuccessIndicator,
    CycleUse,
    FeedbackConversation,
    IndicatorFeedback,
    LearningCycle,
    Role,
)
from app.models.learning_cycles import (
    ActivityState,
    AdjustmentState,
    CycleLevel,
    CyclePhase,
    DataKind,
    Lens,
    ReflectionState,
)
from app.models.people import LEAD_KINDS
from app.people.district.schemas import PolicyValues
from app.people.district.service import policy
from app.templates import forms
from app.templates.service import fields_of

Missing = list[dict[str, str]]
_LENSES = {
    Lens.TEACHER: "the teacher",
    Lens.PEERS: "peers and the support team",
    Lens.STUDENTS: "the students",
}


class CycleGate(Conflict):
    """The cycle lacks something that it needs before it leaves this phase (domain.md §4, gates 9 to
    11)."""

    code, title = "cycle_gate", "The phase is not complete"
    next_step = "Add what `missing` lists, then try again; GET /learning-cycles/{id}/gate shows it."


@dataclass(frozen=True)
class Member:
    """A person whose own work a gate asks for, and of what it does not."""

    id: UUID | None
    no_adjustments: bool = False
    no_use: bool = False
    no_reflection: bool = False


async def must_pass(session: AsyncSession, actor: Actor, cycle: LearningCycle) -> None:
    """Refuse (409) to leave the phase, with everything that is missing."""
    if lacks := await missing(session, actor, cycle):
        raise CycleGate(missing=lacks)


async def missing(session: AsyncSession, actor: Actor, cycle: LearningCycle) -> Missing:
    """Everything that the cycle lacks to leave its phase, in the order of the gates."""
    values = await policy(session, actor)
    match CyclePhase(cycle.phase):
        case CyclePhase.INTENTION:
            found = await _to_learn(session, cycle, values)
        case CyclePhase.LEARNING:
            found = await _to_apply(session, cycle, values)
        case CyclePhase.APPLICATION:
            found = await _to_reflect(session, cycle, values)
        case CyclePhase.REFLECTION:
            found = await _to_close(session, cycle)
    return found[:50]


async def _to_learn(session: AsyncSession, cycle: LearningCycle, values: PolicyValues) -> Missing:
    """Gate 9: data of both kinds, one goal that both ranked, success through three lenses."""
    lacks = _List()
    kinds = list(await session.scalars(_of(cycle, CycleDataPoint.kind, CycleDataPoint)))
    least = values.cycle_data_points
    lacks.unless(
        len(kinds) >= least, "data_points", f"Data points: {len(kinds)}, at least {least} needed."
    )
    for kind, words in ((DataKind.QUALITATIVE, "in words"), (DataKind.QUANTITATIVE, "a number")):
        lacks.unless(kind.value in kinds, f"{kind.value}_data", f"Add a data point: {words}.")
    lacks.add(await _ranking(session, cycle, values))
    lacks.unless(cycle.goal_id, "goal", "Choose the goal that this cycle works on.")
    lenses = set(
        await session.scalars(_of(cycle, CycleSuccessIndicator.lens, CycleSuccessIndicator))
    )
    for lens, words in _LENSES.items():
        lacks.unless(
            lens.value in lenses,
            f"success_{lens.value}",
            f"Say what success looks like seen through {words}.",
        )
    if cycle.template_id is not None:
        asks = await fields_of(session, cycle.district_id, cycle.template_id)
        lacks.add(forms.missing(asks, cycle.answers))
    return lacks.found


async def _ranking(session: AsyncSession, cycle: LearningCycle, values: PolicyValues) -> Missing:
    """The rankings are revealed: both ranked, the other was waited for long enough, or by waiver.
    Of a team the lead and the policy's percent of the members ranked, or by waiver. Before they are
    revealed nothing here says who ranked, or how many."""
    if cycle.revealed_at is None:
        return [_one("ranking", "Rank the candidate goals, until the rankings are revealed.")]
    if cycle.level == CycleLevel.INDIVIDUAL.value or cycle.ranking_waived_reason:
        return []
    ranked = set(await session.scalars(_of(cycle, CycleRanking.author_id, CycleRanking)))
    leads = set(
        await session.scalars(
            select(Role.person_id).where(
                Role.district_id == cycle.district_id,
                Role.team_id == cycle.team_id,
                Role.kind.in_([kind.value for kind in LEAD_KINDS]),
                Role.ended_on.is_(None),
            )
        )
    )
    lacks = _List()
    lacks.unless(leads & ranked, "ranking_lead", "The team's lead ranks the candidate goals.")
    people = {member.id for member in await members_of(session, cycle)}
    done, percent = len(people & ranked), values.team_ranking_percent
    lacks.unless(
        done * 100 >= percent * len(people),
        "ranking_members",
        f"{done} of {len(people)} members ranked; at least {percent} percent are needed.",
    )
    return lacks.found


async def _to_apply(session: AsyncSession, cycle: LearningCycle, values: PolicyValues) -> Missing:
    """Gate 10: learning done or dated, and one or two adjustments for each teacher."""
    lacks = _List()
    counts = or_(
        CycleActivity.state == ActivityState.DONE.value,
        (CycleActivity.state == ActivityState.PLANNED.value)
        & or_(CycleActivity.on.is_not(None), CycleActivity.starts_at.is_not(None)),
    )
    learned = len(list(await session.scalars(_of(cycle, CycleActivity.id, CycleActivity, counts))))
    least, most = values.cycle_activities, values.cycle_adjustments_most
    lacks.unless(
        learned >= least,
        "activities",
        f"Learning activities that are done or have a day: {learned}, at least {least} needed.",
    )
    open_ones = await _by_person(session, cycle, CycleAdjustment, _is_open())
    people = [member for member in await _people(session, cycle) if not member.no_adjustments]
    none = sum(not open_ones.get(member.id) for member in people)
    many = sum(open_ones.get(member.id, 0) > most for member in people)
    lacks.unless(none == 0, "adjustments", _words(cycle, none, people, "no adjustment yet"))
    lacks.unless(
        many == 0,
        "adjustments_most",
        _words(cycle, many, people, f"more than {most} open adjustments"),
    )
    return lacks.found


async def _to_reflect(session: AsyncSession, cycle: LearningCycle, values: PolicyValues) -> Missing:
    """Gate 10: something shows an adjustment in use, for each teacher. Whoever has no adjustment to
    make has none to show."""
    least = values.cycle_applications
    in_use = (
        exists()
        .where(
            CycleAdjustment.district_id == CycleUse.district_id,
            CycleAdjustment.id == CycleUse.adjustment_id,
            _is_open(),
        )
        .correlate(CycleUse)
    )
    shown = await _by_person(session, cycle, CycleUse, in_use)
    people = [
        member
        for member in await _people(session, cycle)
        if not (member.no_use or member.no_adjustments)
    ]
    few = sum(shown.get(member.id, 0) < least for member in people)
    lacks = _List()
    what = f"fewer than {least} observations, videos or trackers of an adjustment in use"
    lacks.unless(few == 0, "applications", _words(cycle, few, people, what))
    return lacks.found


async def _to_close(session: AsyncSession, cycle: LearningCycle) -> Missing:
    """Gate 10: each teacher's reflection on self, process and students; for one teacher the lead's
    feedback; the outcome so far with its evidence, and a decision."""
    lacks = _List()
    whole = (
        (CycleReflection.state == ReflectionState.SHARED.value)
        & CycleReflection.on_self.is_not(None)
        & CycleReflection.on_process.is_not(None)
        & CycleReflection.on_students.is_not(None)
    )
    said = set(await session.scalars(_of(cycle, CycleReflection.author_id, CycleReflection, whole)))
    people = [member for member in await _people(session, cycle) if not member.no_reflection]
    silent = sum(member.id not in said for member in people)
    what = "not shared a reflection on self, process and students"
    lacks.unless(silent == 0, "reflection", _words(cycle, silent, people, what))
    if cycle.level == CycleLevel.INDIVIDUAL.value:
        lacks.unless(
            await _feedback(session, cycle),
            "feedback",
            "The lead shares feedback of this cycle: a conversation, feedback on an indicator, or"
            " their own reflection.",
        )
    stands = cycle.decision and (cycle.lead_yes_at or cycle.teacher_yes_at)
    lacks.unless(
        stands,
        "conclusion",
        "Conclude it: how far the goal was met, what shows it, and what comes next.",
    )
    return lacks.found


async def _feedback(session: AsyncSession, cycle: LearningCycle) -> bool:
    """The lead shared feedback in this cycle. Any of the three counts: none has to be rated."""
    own = CycleReflection.author_id == cycle.lead_id
    for model, which in (
        (FeedbackConversation, FeedbackConversation.lead_id == cycle.lead_id),
        (IndicatorFeedback, IndicatorFeedback.lead_id == cycle.lead_id),
        (CycleReflection, own),
    ):
        statement = _of(cycle, model.id, model, which, model.shared_at.is_not(None))
        if await session.scalar(statement.limit(1)) is not None:
            return True
    return False


async def members_of(session: AsyncSession, cycle: LearningCycle) -> list[Member]:
    """The members of a team's cycle. Whoever left the team is waited for no more."""
    rows = await session.execute(
        _of(cycle, CycleMember.person_id, CycleMember, CycleMember.left_on.is_(None)).add_columns(
            CycleMember.adjustments_waived, CycleMember.use_waived, CycleMember.reflection_waived
        )
    )
    return [Member(row[0], *(waived is not None for waived in row[1:])) for row in rows]


async def _people(session: AsyncSession, cycle: LearningCycle) -> list[Member]:
    """Whose own work counts: the teacher's, or each member's."""
    if cycle.level == CycleLevel.INDIVIDUAL.value:
        return [Member(cycle.teacher_id)]
    return await members_of(session, cycle)


def _of(cycle: LearningCycle, column: Any, model: Any, *which: ColumnElement[bool]) -> Any:
    """A column of what belongs to the cycle."""
    return select(column).where(
        model.district_id == cycle.district_id, model.cycle_id == cycle.id, *which
    )


def _is_open() -> ColumnElement[bool]:
    return CycleAdjustment.state == AdjustmentState.OPEN.value


async def _by_person(
    session: AsyncSession, cycle: LearningCycle, model: Any, which: ColumnElement[bool]
) -> dict[UUID | None, int]:
    """How many of these each teacher has in the cycle."""
    counted = _of(cycle, model.teacher_id, model, which).add_columns(func.count())
    return {row[0]: row[1] for row in await session.execute(counted.group_by(model.teacher_id))}


def _words(cycle: LearningCycle, number: int, people: Iterable[Member], what: str) -> str:
    if cycle.level == CycleLevel.INDIVIDUAL.value:
        return f"The teacher has {what}."
    return f"Of {len(list(people))} members, {number} have {what}."


def _one(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}


class _List:
    """What is missing, as it is found."""

    def __init__(self) -> None:
        self.found: Missing = []

    def unless(self, fulfilled: Any, code: str, message: str) -> None:
        """Note what is missing."""
        if not fulfilled:
            self.found.append(_one(code, message))

    def add(self, more: Missing) -> None:
        """Note what another looked for."""
        self.found += more
