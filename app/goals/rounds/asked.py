"""Who is asked in a round of feedback: a rule, so that it holds for whoever comes or leaves."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, case, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import offered_as, visible
from app.core.errors import Conflict, Forbidden, UnknownReference
from app.core.paging import Paging, page
from app.models import (
    Goal,
    GoalFeedback,
    GoalFeedbackInvitee,
    GoalFeedbackRound,
    Person,
    Role,
    Team,
)
from app.models.goal_feedback import Invites
from app.models.goals import GoalLevel
from app.models.people import LEAD_KINDS, RoleKind

Page = tuple[list[Any], str | None]


class NotAsked(Conflict):
    """Only those who read the goal are asked about it, and not those who write it."""

    code, title = "not_asked", "Somebody named cannot be asked about this goal"
    next_step = "Name teams or people who read the goal and do not write it."


_HERE: ColumnElement[Any] = bindparam("round_here", type_=Uuid())


def _has_role(*conditions: Any) -> Any:
    found = exists().where(
        Role.district_id == district,
        Role.person_id == Person.id,
        Role.ended_on.is_(None),
        *conditions,
    )
    # said outright: what stands two levels further out is not correlated by itself
    return found.correlate(Person, GoalFeedbackInvitee)


def _reads(level: str, school_id: UUID, team_id: UUID | None) -> Any:
    """Who reads a shared goal of this level and does not write it: what the reaches `…_asked` say
    of the caller, said of anybody."""
    leads_school = _has_role(Role.school_id == school_id, Role.kind == RoleKind.SCHOOL_LEADER.value)
    if level == GoalLevel.SCHOOL:
        return and_(Person.active, _has_role(Role.school_id == school_id), ~leads_school)
    leads_team = _has_role(
        Role.team_id == team_id, Role.kind.in_([kind.value for kind in LEAD_KINDS])
    )
    return and_(Person.active, or_(_has_role(Role.team_id == team_id), leads_school), ~leads_team)


async def list_invited(session: AsyncSession, actor: Actor, asked: Any, paging: Paging) -> Page:
    """Who is asked now and whether they answered: activity, for those who write the goal."""
    if offered_as(Action.ROUND_READ_INVITED, GoalFeedbackRound) not in asked.permissions:
        raise Forbidden("Who answered is for those who ask.")
    answered = exists().where(
        GoalFeedback.district_id == district,
        GoalFeedback.round_id == _HERE,
        GoalFeedback.author_id == Person.id,
    )
    name = (Person.given_name + " " + Person.family_name).label("name")
    statement: Any = select(Person.id, name, answered.label("answered")).where(
        Person.district_id == district, _reads(asked.level, asked.school_id, asked.team_id)
    )
    if asked.invites != Invites.EVERYBODY:
        in_team = _has_role(Role.team_id == GoalFeedbackInvitee.team_id)
        statement = statement.where(
            exists().where(
                GoalFeedbackInvitee.district_id == district,
                GoalFeedbackInvitee.round_id == _HERE,
                or_(GoalFeedbackInvitee.person_id == Person.id, in_team),
            )
        )
    by = [Person.family_name, Person.id]
    return await page(session, actor, statement, paging, by=by, params={"round_here": asked.id})


async def check_asked(
    session: AsyncSession,
    actor: Actor,
    goal: Goal,
    team_ids: list[UUID],
    person_ids: list[UUID],
) -> None:
    """Refuse teams and people whom the caller cannot see, or who do not read the goal."""
    if team_ids:
        teams = (
            await session.scalars(
                visible(actor, Action.TEAM_READ, Team).where(Team.id.in_(team_ids)), actor.binds
            )
        ).all()
        if len(teams) != len(team_ids):
            raise UnknownReference("There is no such team.", field="team_ids")
        if any(
            team.school_id != goal.school_id or (goal.team_id or team.id) != team.id
            for team in teams
        ):
            raise NotAsked
    if person_ids:
        reads = case((_reads(goal.level, goal.school_id, goal.team_id), True), else_=False)
        people = (
            await session.scalars(
                visible(actor, Action.PERSON_READ, Person)
                .with_only_columns(reads)
                .where(Person.id.in_(person_ids)),
                actor.binds,
            )
        ).all()
        if len(people) != len(person_ids):
            raise UnknownReference("There is no such person.", field="person_ids")
        if not all(people):
            raise NotAsked
