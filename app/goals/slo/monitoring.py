"""What the two see between baseline and end, and which teachers still lack SLOs."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.goals.notes.service import ProgressInFuture
from app.goals.pair import lead_for
from app.goals.slo.service import NotAnSlo
from app.models import Goal, Person, Role, SchoolYear, Slo, SloMonitoring
from app.models.goals import Approval, GoalKind, GoalState
from app.models.people import RoleKind
from app.people.district.service import policy

Page = tuple[list[Any], str | None]


class SloNotWritten(Conflict):
    """What is seen on the way is counted by the SLO's levels, so its plan comes first."""

    code, title = "slo_not_written", "The SLO's plan is not begun"
    next_step = "Begin it: PATCH /goals/{id}/slo."


async def list_monitoring(
    session: AsyncSession, actor: Actor, paging: Paging, goal_id: UUID | None
) -> Page:
    """What the caller may read of it, oldest first."""
    statement = view(actor, Action.SLO_MONITORING_READ, SloMonitoring)
    if goal_id is not None:
        statement = statement.where(SloMonitoring.goal_id == goal_id)
    return await page(session, actor, statement, paging, by=[SloMonitoring.id])


async def read_monitoring(session: AsyncSession, actor: Actor, monitoring_id: UUID) -> Any:
    """One entry."""
    statement = view(actor, Action.SLO_MONITORING_READ, SloMonitoring)
    return await read_one(session, actor, statement, SloMonitoring, monitoring_id)


async def add_monitoring(
    session: AsyncSession, actor: Actor, goal_id: UUID, fields: dict[str, Any]
) -> UUID:
    """Note what was seen. Either of the two, while the goal is in force. The goal's version stays:
    whoever sees only the goal must not learn from it that the two looked (ADR 0004)."""
    goal = await acting(session, actor, Action.SLO_MONITOR, Goal, goal_id, read=Action.GOAL_READ)
    if goal.kind != GoalKind.STUDENT_LEARNING:
        raise NotAnSlo
    if await session.get(Slo, (goal.district_id, goal.id)) is None:
        raise SloNotWritten
    if fields["on"] > clock.today(actor.zone):
        raise ProgressInFuture
    noted = SloMonitoring(
        district_id=goal.district_id,
        id=clock.new_id(),
        goal_id=goal.id,
        author_id=actor.id,
        level=goal.level,
        school_id=goal.school_id,
        teacher_id=goal.teacher_id,
        lead_id=await lead_for(session, actor, goal.teacher_id),
        **fields,
    )
    session.add(noted)
    await session.flush()
    record(session, actor, "slo_monitoring.noted", noted)
    return noted.id


_APPROVED = (
    Approval.APPROVED,
    Approval.END_SUBMITTED,
    Approval.END_RETURNED,
    Approval.FINALISED,
)


def _slos(*approvals: Approval) -> Any:
    """How many SLOs of the teacher in that year stand there, ended otherwise ones left out. A goal
    keeps the school it was made in, so what a teacher brought from another school at the same time
    counts as well."""
    year = aliased(SchoolYear)
    elsewhere = and_(
        year.school_id != SchoolYear.school_id,
        year.first_day <= SchoolYear.last_day,
        year.last_day >= SchoolYear.first_day,
    )
    return (
        select(func.count())
        .select_from(Goal)
        .join(year, and_(year.district_id == Goal.district_id, year.id == Goal.school_year_id))
        .where(
            Goal.district_id == district,
            Goal.teacher_id == Role.person_id,
            or_(year.id == SchoolYear.id, elsewhere),
            Goal.kind == GoalKind.STUDENT_LEARNING.value,
            Goal.approval.in_([approval.value for approval in approvals]),
            (Goal.state == GoalState.AGREED.value) | (Goal.approval == Approval.FINALISED.value),
        )
        .correlate(Role, SchoolYear)
        .scalar_subquery()
    )


_approved = _slos(*_APPROVED)
_submitted = _slos(Approval.SUBMITTED, *_APPROVED)


async def list_coverage(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    school_id: UUID | None,
    school_year_id: UUID | None,
) -> Page:
    """The teachers of the schools that the caller leads with fewer SLOs than the minimum: how many,
    which is activity, and nothing of what they say (domain.md §2)."""
    minimum = (await policy(session, actor)).slo_minimum
    statement = (
        visible(actor, Action.SLO_COVERAGE_READ, Role)
        .with_only_columns(
            Role.person_id.label("id"),
            Person.given_name,
            Person.family_name,
            Role.school_id,
            SchoolYear.id.label("school_year_id"),
            _submitted.label("submitted"),
            _approved.label("approved"),
            literal(minimum).label("minimum"),
        )
        .join(Person, and_(Person.district_id == Role.district_id, Person.id == Role.person_id))
        .join(
            SchoolYear,
            and_(
                SchoolYear.district_id == Role.district_id,
                SchoolYear.school_id == Role.school_id,
            ),
        )
        .where(
            Role.kind == RoleKind.TEACHER.value,
            Role.ended_on.is_(None),
            Person.active,
            _submitted < minimum,
        )
    )
    if school_id is not None:
        statement = statement.where(Role.school_id == school_id)
    if school_year_id is not None:
        statement = statement.where(SchoolYear.id == school_year_id)
    else:
        today = clock.today(actor.zone)
        statement = statement.where(SchoolYear.first_day <= today, SchoolYear.last_day >= today)
    return await page(session, actor, statement, paging, by=[SchoolYear.id, Role.id])
