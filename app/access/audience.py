"""Who can see a goal, a growth plan or a learning cycle, and through what: read off the same grants
and conditions that enforce."""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.access.actor import Actor
from app.access.policy import GRANTS, Action, Reach, Relation
from app.access.reaches import covers
from app.access.relations import district
from app.core import clock
from app.models.relationships import RelationshipState

#: relations whose holders are a group, named as one
_GROUPS = {
    Relation.DISTRICT_ADMINISTRATOR: "District administrators",
    Relation.SCHOOL_MEMBER: "Everybody at the school",
    Relation.TEAM_MEMBER: "The team",
    Relation.TEAM_LEAD: "The team's lead",
}
_NEEDS_TEAM = (Relation.TEAM_MEMBER, Relation.TEAM_LEAD)


async def of_goal(session: AsyncSession, actor: Actor, goal: Any) -> list[dict[str, Any]]:
    """The readers of a goal the caller can see: people by name, groups by what they are."""
    return await of_record(session, actor, goal, m.Goal, Action.GOAL_READ)


async def of_record(
    session: AsyncSession, actor: Actor, goal: Any, model: Any, action: Action
) -> list[dict[str, Any]]:
    """The same of any record that has the relations of an individual goal."""
    covered = await _relations(session, actor, goal, model, action)
    readers: list[dict[str, Any]] = []
    for relation in covered:
        if relation in _GROUPS:
            if relation not in _NEEDS_TEAM or goal.team_id is not None:
                readers.append(_group(relation, _GROUPS[relation]))
        elif relation is Relation.GOAL_CLIENT:
            clients = await session.scalars(
                select(m.IntegrationClient.name)
                .where(m.IntegrationClient.district_id == district, m.IntegrationClient.active)
                .where(m.IntegrationClient.scopes.contains(["goals:read"]))
                .order_by(m.IntegrationClient.name),
                actor.binds,
            )
            readers += [_group(relation, name) for name in clients]
        else:
            readers += await _people(session, actor, relation, goal, model)
    return readers


async def _relations(
    session: AsyncSession, actor: Actor, goal: Any, model: Any, action: Action
) -> list[Relation]:
    """The relations whose reach covers the record as it is now."""
    found = []
    for relation in Relation:
        reaches = GRANTS.get((relation, action))
        if reaches:
            covers = or_(*(_of_anybody(reach, model) for reach in sorted(reaches)))
            found.append(
                (
                    relation,
                    exists().where(model.district_id == district, model.id == goal.id, covers),
                )
            )
    row = (
        await session.execute(
            select(*(condition.label(relation.name) for relation, condition in found)),
            actor.binds,
        )
    ).one()
    return [relation for relation, _ in found if getattr(row, relation.name)]


def _of_anybody(reach: Reach, model: Any) -> Any:
    """As the reach, but of anybody who might ask and not of the caller."""
    if reach in (Reach.INDIVIDUAL_PAIR, Reach.PAIR):
        return model.lead_id.is_not(None)
    if reach is Reach.PAIR_AUTHORED:
        return model.lead_id == model.author_id
    return covers(reach, model)


def _group(relation: Relation, name: str) -> dict[str, Any]:
    return {"relation": str(relation), "person_id": None, "name": name}


async def _people(
    session: AsyncSession, actor: Actor, relation: Relation, goal: Any, model: Any
) -> list[dict[str, Any]]:
    person, role, link = m.Person, m.Role, m.CoachingRelationship
    statement = select(person.id, person.given_name, person.family_name).where(
        person.district_id == district, person.active
    )
    if relation is Relation.TEACHER:
        statement = statement.where(person.id == goal.teacher_id)
    elif relation in (Relation.LEAD, Relation.PAUSED_LEAD):
        state = RelationshipState.ACTIVE if relation is Relation.LEAD else RelationshipState.PAUSED
        statement = statement.where(
            exists().where(
                link.district_id == district,
                link.lead_id == person.id,
                link.teacher_id == goal.teacher_id,
                link.primary,
                link.state == state.value,
            )
        )
        if goal.state not in [state.value for state in getattr(model, "OPEN_TO_LEADERS", ())]:
            statement = statement.where(person.id == goal.lead_id)
    elif relation is Relation.FORMER_LEAD:
        days = await session.scalar(
            select(m.DistrictPolicy.values["former_lead_days"].as_integer()).where(
                m.DistrictPolicy.district_id == district
            ),
            actor.binds,
        )
        statement = statement.where(
            person.id == goal.lead_id,
            exists().where(
                link.district_id == district,
                link.lead_id == person.id,
                link.teacher_id == goal.teacher_id,
                link.state == RelationshipState.ENDED.value,
                # as `load_caller` counts it
                link.ended_at > clock.now() - timedelta(days=90 if days is None else days),
            ),
        )
    elif relation in (Relation.SCHOOL_LEADER, Relation.STAND_IN):
        led = and_(
            role.district_id == district,
            role.person_id == person.id,
            role.kind == "school_leader",
            role.ended_on.is_(None),
        )
        schools = await _schools_of(session, actor, goal)
        statement = statement.where(exists().where(led, role.school_id.in_(schools)))
        if relation is Relation.STAND_IN:
            has_lead = exists().where(
                link.district_id == district,
                link.teacher_id == goal.teacher_id,
                link.primary,
                link.state == RelationshipState.ACTIVE.value,
            )
            statement = statement.where(~has_lead, person.id != goal.teacher_id)
    elif relation is Relation.APPROVER:
        administers = and_(
            role.district_id == district,
            role.person_id == person.id,
            role.kind == "district_administrator",
            role.ended_on.is_(None),
        )
        statement = statement.where(person.id == goal.approver_id, exists().where(administers))
    else:
        return []
    rows = await session.execute(statement.order_by(person.family_name, person.id), actor.binds)
    return [
        {
            "relation": str(relation),
            "person_id": row.id,
            "name": f"{row.given_name} {row.family_name}",
        }
        for row in rows
    ]


async def _schools_of(session: AsyncSession, actor: Actor, goal: Any) -> list[Any]:
    """The schools whose leaders count: where the teacher teaches now, else the goal's own."""
    if goal.teacher_id is None:
        return [goal.school_id]
    role = m.Role
    current = await session.scalars(
        select(role.school_id).where(
            role.district_id == district,
            role.person_id == goal.teacher_id,
            role.kind == "teacher",
            role.ended_on.is_(None),
        ),
        actor.binds,
    )
    return list(current) or [goal.school_id]
