"""Which rows of a relation a reach covers."""

from typing import Any

from sqlalchemy import (
    and_,
    exists,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from app import models as m
from app.access.policy import Reach
from app.access.relations import Condition, district, me, mine, model_of
from app.models.goal_feedback import Invites
from app.models.goals import OPEN_TO_LEADERS, GoalLevel, GoalState, RevisionState
from app.models.outreach import REACHED
from app.models.people import LEAD_KINDS, RoleKind
from app.models.relationships import RelationshipState
from app.models.sharing import SharedState, SharedWith
from app.models.templates import TemplateState


def covers(reach: Reach, row: Any) -> Any:
    """The rows a reach covers."""
    match reach:
        case Reach.ALL:
            return true()
        case Reach.INDIVIDUAL:
            return row.level == GoalLevel.INDIVIDUAL.value
        case Reach.INDIVIDUAL_PROPOSED_ON:
            alone = and_(row.state == GoalState.PROPOSED.value, row.lead_id.is_(None))
            return and_(
                row.level == GoalLevel.INDIVIDUAL.value,
                or_(alone, row.state.in_(_values(OPEN_TO_LEADERS))),
            )
        case Reach.INDIVIDUAL_IN_FORCE:
            return and_(
                row.level == GoalLevel.INDIVIDUAL.value, row.state.in_(_values(OPEN_TO_LEADERS))
            )
        case Reach.INDIVIDUAL_AUTHORED:
            return and_(row.level == GoalLevel.INDIVIDUAL.value, row.author_id == me)
        case Reach.INDIVIDUAL_PAIR:
            return and_(row.level == GoalLevel.INDIVIDUAL.value, row.lead_id == me)
        case Reach.INDIVIDUAL_WAITING:
            return and_(
                row.level == GoalLevel.INDIVIDUAL.value,
                row.state == RevisionState.PROPOSED.value,
                row.lead_id.is_(None),
            )
        case Reach.INDIVIDUAL_AGREED:
            return and_(
                row.level == GoalLevel.INDIVIDUAL.value,
                row.state == RevisionState.AGREED.value,
            )
        case Reach.SCHOOL_LEVEL:
            return row.level == GoalLevel.SCHOOL.value
        case Reach.SCHOOL_LEVEL_PUBLISHED:
            return and_(row.level == GoalLevel.SCHOOL.value, row.state != GoalState.DRAFT.value)
        case Reach.TEAM_LEVEL:
            return row.level == GoalLevel.TEAM.value
        case Reach.TEAM_LEVEL_PUBLISHED:
            return and_(row.level == GoalLevel.TEAM.value, row.state != GoalState.DRAFT.value)
        case Reach.LEAD_BELOW_LEADER:
            return ~leads_people(row)
        case Reach.BELOW_LEADER:
            return row.kind.in_(
                _values((*LEAD_KINDS, RoleKind.ILT_MEMBER, RoleKind.MENTOR, RoleKind.TEAM_MEMBER))
            )
        case Reach.OPEN_CLASSES:
            return row.record_class.in_(
                _values((m.RecordClass.SCHOOL, m.RecordClass.GOAL, m.RecordClass.ADMINISTRATION))
            )
        case Reach.NOT_SUPPORT:
            return row.record_class != m.RecordClass.SUPPORT.value
        case Reach.FRAMEWORK_PUBLISHED:
            return _was_published(row)
        case Reach.PAIR:
            return row.lead_id == me
        case Reach.PAIR_AUTHORED:
            return and_(row.lead_id == me, row.author_id == me)
        case Reach.PAIR_ACTIVE:
            return _pair_is(row, RelationshipState.ACTIVE, row.lead_id).is_not(None)
        case Reach.PAIR_ACTIVE_AUTHORED:
            active = _pair_is(row, RelationshipState.ACTIVE, row.lead_id).is_not(None)
            return and_(row.author_id == me, active)
        case Reach.PAIR_OTHERS:
            return and_(row.lead_id == me, row.author_id != me)
        case Reach.PAIR_ACTIVE_OTHERS:
            active = _pair_is(row, RelationshipState.ACTIVE, row.lead_id).is_not(None)
            return and_(row.author_id != me, active)
        case Reach.PAIR_BEGUN:
            return _begun(row)
        case Reach.REACHED:
            return row.state.in_(_values(REACHED))
        case Reach.SHARED_UP:
            return and_(
                row.shared_with == SharedWith.SCHOOL_LEADER.value,
                row.state == SharedState.OPEN.value,
            )
        case Reach.SHARED_ON:
            return and_(row.to_lead_id == me, row.state == SharedState.OPEN.value)
        case Reach.DISTRICT_TEMPLATE:
            return and_(row.school_id.is_(None), row.owner_id.is_(None))
        case Reach.DISTRICT_TEMPLATE_PUBLISHED:
            return and_(
                row.school_id.is_(None),
                row.owner_id.is_(None),
                row.state != TemplateState.DRAFT.value,
            )
        case Reach.SCHOOL_TEMPLATE_PUBLISHED:
            return and_(row.school_id.is_not(None), row.state != TemplateState.DRAFT.value)
        case Reach.TEACHER_MAY_READ:
            return row.teacher_may_read
        case Reach.OPEN_STEP:
            return row.state == m.StepState.OPEN.value
        case Reach.NOT_PAUSED:
            return _pair_is(row, RelationshipState.PAUSED).is_(None)
        case Reach.SCHOOL_LEVEL_ASKED:
            # whoever writes the goal asks and answers
            writes = row.school_id == mine("schools_led")
            return and_(row.level == GoalLevel.SCHOOL.value, ~writes, _asked(row))
        case Reach.TEAM_LEVEL_ASKED:
            writes = row.team_id == mine("teams_led")
            return and_(row.level == GoalLevel.TEAM.value, ~writes, _asked(row))
        case Reach.OWN_MEMBERSHIP:
            return _member_of(row)
    raise AssertionError(reach)


def _pair_is(row: Any, state: RelationshipState, lead_id: Any = None) -> Any:
    """The teacher's primary relationship in this state (with this lead), as a scalar: the reason
    is that of `_without_lead`."""
    link = aliased(m.CoachingRelationship)
    found = select(link.id).where(
        link.district_id == district,
        link.teacher_id == row.teacher_id,
        link.primary,
        link.state == state.value,
    )
    if lead_id is not None:
        found = found.where(link.lead_id == lead_id)
    return found.limit(1).scalar_subquery()


def _begun(row: Any) -> Condition:
    """The row's relationship is proposed or active."""
    link = aliased(m.CoachingRelationship)
    found = (
        select(link.id)
        .where(
            link.district_id == district,
            link.id == row.relationship_id,
            link.state.in_(_values((RelationshipState.PROPOSED, RelationshipState.ACTIVE))),
        )
        .limit(1)
        .scalar_subquery()
    )
    return found.is_not(None)


def leads_people(relationship: Any) -> Condition:
    """The relationship's lead leads its school or administers the district."""
    role = aliased(m.Role)
    return exists().where(
        role.district_id == district,
        role.person_id == relationship.lead_id,
        role.ended_on.is_(None),
        or_(
            role.kind == RoleKind.DISTRICT_ADMINISTRATOR.value,
            and_(
                role.kind == RoleKind.SCHOOL_LEADER.value,
                role.school_id == relationship.school_id,
            ),
        ),
    )


def _was_published(row: Any) -> Condition:
    """A framework that is no draft, or a part of one."""
    if model_of(row) is m.Framework:
        published: Condition = row.state != m.FrameworkState.DRAFT.value
        return published
    whole = aliased(m.Framework)
    return exists().where(
        whole.district_id == district,
        whole.id == row.framework_id,
        whole.state != m.FrameworkState.DRAFT.value,
    )


def _values(states: tuple[Any, ...]) -> list[str]:
    return [str(state.value) for state in states]


def _asked(round_: Any) -> Condition:
    """The round asks everybody, a team of the caller's, or the caller by name."""
    named = aliased(m.GoalFeedbackInvitee)
    found = (
        select(named.id)
        .where(
            named.district_id == district,
            named.round_id == round_.id,
            or_(named.person_id == me, named.team_id == mine("teams")),
        )
        .limit(1)
        .scalar_subquery()
    )
    return or_(round_.invites == Invites.EVERYBODY.value, found.is_not(None))


def _member_of(team: Any) -> Condition:
    role = aliased(m.Role)
    found = (
        select(role.id)
        .where(
            role.district_id == district,
            role.team_id == team.id,
            role.person_id == me,
            role.kind == RoleKind.TEAM_MEMBER.value,
            role.ended_on.is_(None),
        )
        .limit(1)
        .scalar_subquery()
    )
    return found.is_not(None)
