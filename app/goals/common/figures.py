"""What a team and its leaders may know of the members' goals: figures that single nobody out.

A figure is about the members of today and their goals in force, so there is nothing to filter by
and no two answers of one moment to subtract. Suppressed are figures under the policy's minimum, and
all figures of a whole when one of its parts is; what is not everybody is rounded down, so that one
person who joins, leaves or agrees seldom moves it (ADR 0025).
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, distinct, exists, func, select
from sqlalchemy import Uuid as UuidType
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import offered_as, visible
from app.core.errors import Forbidden
from app.models import (
    CommonIndicatorOptOut,
    Goal,
    GoalIndicator,
    Indicator,
    Role,
    Team,
)
from app.models.goal_feedback import OptOutState
from app.models.goals import GoalLevel, GoalState
from app.models.people import RoleKind
from app.people.district.service import policy
from app.people.schools.service import read_team

_TEAM: ColumnElement[Any] = bindparam("team_here", type_=UuidType())
_MEMBER = and_(
    Role.district_id == district,
    Role.team_id == _TEAM,
    Role.kind == RoleKind.TEAM_MEMBER.value,
    Role.ended_on.is_(None),
)
_OF_MEMBER = and_(
    Goal.district_id == district,
    Goal.teacher_id == Role.person_id,
    Goal.level == GoalLevel.INDIVIDUAL.value,
    Goal.state == GoalState.AGREED.value,
)
_CARRIES = (
    exists()
    .where(
        _OF_MEMBER,
        GoalIndicator.district_id == Goal.district_id,
        GoalIndicator.goal_id == Goal.id,
        GoalIndicator.indicator_id == Team.common_indicator_id,
    )
    .correlate(Role, Team)
)
_OPTED_OUT = (
    exists()
    .where(
        CommonIndicatorOptOut.district_id == district,
        CommonIndicatorOptOut.team_id == Role.team_id,
        CommonIndicatorOptOut.teacher_id == Role.person_id,
        CommonIndicatorOptOut.state == OptOutState.IN_FORCE.value,
    )
    .correlate(Role)
)
_COUNTS = (
    select(
        func.count().label("members"),
        func.count().filter(_CARRIES).label("carrying"),
        func.count().filter(and_(_OPTED_OUT, ~_CARRIES)).label("opted_out"),
    )
    .select_from(Role)
    .join(Team, and_(Team.district_id == Role.district_id, Team.id == Role.team_id))
    .where(_MEMBER)
)
_LINKING = (
    select(Goal.parent_id, func.count(distinct(Role.person_id)))
    .join(Role, _OF_MEMBER)
    .where(_MEMBER)
    .group_by(Goal.parent_id)
)


def told(parts: list[int], whole: int, minimum: int) -> list[int | None]:
    """The parts of a whole number of people as they may be told: none of them when the whole or
    any part is about 1 to minimum-1 people; else all, rounded down where it is not everybody."""
    if whole < minimum or any(0 < part < minimum for part in parts):
        return [None] * len(parts)
    return [part if part == whole else part - part % minimum for part in parts]


async def _team(session: AsyncSession, actor: Actor, team_id: UUID) -> Any:
    """The team, to those who may have its figures: 404 when it is hidden, 403 to other readers."""
    team = await read_team(session, actor, team_id)
    if offered_as(Action.TEAM_VIEW_GOALS, Team) not in team.permissions:
        raise Forbidden("The team's goals are for its people and the school's leaders.")
    return team


async def coverage(session: AsyncSession, actor: Actor, team_id: UUID) -> dict[str, Any]:
    """How many members carry the team's common indicator in a goal in force, opted out of it, or
    neither. The team's people and the school's leaders."""
    return await _coverage(session, actor, await _team(session, actor, team_id))


async def _coverage(session: AsyncSession, actor: Actor, team: Any) -> dict[str, Any]:
    minimum = (await policy(session, actor)).suppression_minimum
    binds = {**actor.binds, "team_here": team.id}
    counts = (await session.execute(_COUNTS, binds)).one()
    indicator = None
    figures: list[int | None] = [None, None, None]
    if team.common_indicator_id is not None:
        indicator = (
            await session.execute(
                select(Indicator.id, Indicator.key, Indicator.code, Indicator.title).where(
                    Indicator.district_id == district, Indicator.id == team.common_indicator_id
                ),
                binds,
            )
        ).one()
        not_yet = counts.members - counts.carrying - counts.opted_out
        figures = told([counts.carrying, counts.opted_out, not_yet], counts.members, minimum)
    return {
        "team_id": team.id,
        "indicator": indicator,
        "members": counts.members,
        "carrying": figures[0],
        "opted_out": figures[1],
        "not_yet": figures[2],
        "suppressed_under": minimum,
    }


async def goals_view(session: AsyncSession, actor: Actor, team_id: UUID) -> dict[str, Any]:
    """The school's and the team's goals in force, with how many members' goals in force stand
    directly below each; the common indicator and its coverage."""
    team = await _team(session, actor, team_id)
    covered = await _coverage(session, actor, team)
    binds = {**actor.binds, "team_here": team.id}
    linking: dict[UUID | None, int] = {
        row[0]: row[1] for row in await session.execute(_LINKING, binds)
    }
    rows = await session.execute(
        visible(actor, Action.GOAL_READ, Goal)
        .with_only_columns(Goal.id, Goal.title, Goal.state, Goal.level, Goal.parent_id)
        .where(
            Goal.school_id == team.school_id,
            Goal.level != GoalLevel.INDIVIDUAL.value,
            Goal.state == GoalState.PUBLISHED.value,
            (Goal.level == GoalLevel.SCHOOL.value) | (Goal.team_id == team.id),
        )
        .order_by(Goal.id)
        .limit(200),
        binds,
    )
    found: dict[str, list[dict[str, Any]]] = {GoalLevel.SCHOOL: [], GoalLevel.TEAM: []}
    members, minimum = covered["members"], covered["suppressed_under"]
    for row in rows:
        below = linking.get(row.id, 0)
        figure = told([below, members - below], members, minimum)[0]
        found[row.level].append({**row._mapping, "members_linking": figure})
    return {
        "team_id": team.id,
        "school_goals": found[GoalLevel.SCHOOL][:100],
        "team_goals": found[GoalLevel.TEAM][:100],
        "coverage": covered,
    }
