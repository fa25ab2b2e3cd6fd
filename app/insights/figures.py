"""What leaders may know of a school's coaching: that it happens, in figures, and no content (V3,
V4)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import distinct, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import read_one, view
from app.calendar.records import TOOK_PLACE
from app.core import clock
from app.goals.lists import suppress
from app.models import CycleMember, LearningCycle, Observation, ObservationKind, Role, School
from app.models.learning_cycles import CyclePhase, CycleState
from app.models.people import RoleKind
from app.people.district.service import policy

_OVER = (CycleState.CLOSED.value, CycleState.ABANDONED.value)
_YEAR = timedelta(days=365)


async def of_school(session: AsyncSession, actor: Actor, school_id: UUID) -> dict[str, Any]:
    """Open cycles by phase, teachers who have one, and visits by kind and month, of a school whose
    figures the caller may read. In which phase cycles stand says how far people have come, so
    figures about few people are left out; that there are cycles and visits is activity."""
    statement = view(actor, Action.COACHING_FIGURES_READ, School)
    school = await read_one(session, actor, statement, School, school_id)
    minimum = (await policy(session, actor)).suppression_minimum
    today = clock.today(school.zone)
    teachers = await session.scalar(
        select(func.count(distinct(Role.person_id))).where(
            Role.district_id == actor.district_id,
            Role.school_id == school_id,
            Role.kind == RoleKind.TEACHER.value,
            Role.ended_on.is_(None),
        )
    )
    by = await _by_phase(session, actor, school_id)
    cycles, people = by.pop(None, (0, 0))
    tallies = [(phase.value, *by.get(phase.value, (0, 0))) for phase in CyclePhase]
    told = {tally["key"]: tally["goals"] for tally in suppress(tallies, minimum)}
    if 0 < people < minimum:
        told = dict.fromkeys(told)  # a nought would tell where the others are
    # whole months, so that the first one is not a part of it
    since = (today - _YEAR).replace(day=1)
    month = func.to_char(Observation.on, "YYYY-MM").label("month")
    visits = await session.execute(
        select(
            month,
            ObservationKind.key.label("kind"),
            func.max(ObservationKind.title).label("title"),
            Observation.formal,
            func.count().label("count"),
        )
        .join(
            ObservationKind,
            (ObservationKind.district_id == Observation.district_id)
            & (ObservationKind.id == Observation.kind_id),
        )
        .where(
            Observation.district_id == actor.district_id,
            Observation.school_id == school_id,
            Observation.state.in_(TOOK_PLACE),
            Observation.on.between(since, today),
        )
        .group_by(month, ObservationKind.key, Observation.formal)
        .order_by(month, ObservationKind.key, Observation.formal)
        .limit(500)
    )
    return {
        "school_id": school_id,
        "as_of": today,
        "teachers": teachers or 0,
        "teachers_with_cycle": people,
        "open_cycles": cycles,
        "by_phase": [{"phase": phase, "cycles": number} for phase, number in told.items()],
        "observations": list(visits),
        "suppressed_under": minimum,
    }


async def _by_phase(
    session: AsyncSession, actor: Actor, school_id: UUID
) -> dict[str | None, tuple[int, int]]:
    """How many cycles are open and of how many people, by phase and in all (`None`)."""
    person = func.coalesce(LearningCycle.teacher_id, CycleMember.person_id)
    rows = await session.execute(
        select(
            LearningCycle.phase,
            func.count(distinct(LearningCycle.id)),
            func.count(distinct(person)),
        )
        .outerjoin(
            CycleMember,
            (CycleMember.district_id == LearningCycle.district_id)
            & (CycleMember.cycle_id == LearningCycle.id)
            & CycleMember.left_on.is_(None),
        )
        .where(
            LearningCycle.district_id == actor.district_id,
            LearningCycle.school_id == school_id,
            LearningCycle.state.not_in(_OVER),
        )
        .group_by(func.grouping_sets(LearningCycle.phase, tuple_()))
    )
    return {row[0]: (row[1], row[2]) for row in rows}
