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
from app.access.policy import GRANTS, Action, Reach
from app.access.relations import RELATED, Condition, district, me, mine, model_of
from app.models.feedback import IN_HAND
from app.models.goal_feedback import Invites
from app.models.goals import OPEN_TO_LEADERS, Approval, GoalLevel, GoalState, RevisionState
from app.models.learning_cycles import CycleLevel
from app.models.observations import ObserverKind
from app.models.outreach import REACHED
from app.models.people import LEAD_KINDS, RoleKind
from app.models.relationships import RelationshipState
from app.models.sharing import SharedState, SharedWith
from app.models.templates import TemplateState


def covers(reach: Reach, row: Any) -> Any:
    """The rows a reach covers."""
    if model_of(row) in PART_OF:
        return _covers_whole(reach, row)
    match reach:
        case Reach.ALL:
            return true()
        case Reach.INDIVIDUAL:
            return _individual(row)
        case Reach.INDIVIDUAL_PROPOSED_ON:
            alone = and_(_proposed(row), row.lead_id.is_(None))
            return and_(_individual(row), or_(alone, _open_to_leaders(row)))
        case Reach.INDIVIDUAL_IN_FORCE:
            return and_(_individual(row), _open_to_leaders(row))
        case Reach.INDIVIDUAL_AUTHORED:
            return and_(_individual(row), row.author_id == me)
        case Reach.INDIVIDUAL_PAIR:
            return and_(_individual(row), row.lead_id == me)
        case Reach.INDIVIDUAL_WAITING:
            return and_(
                _individual(row),
                row.state == RevisionState.PROPOSED.value,
                row.lead_id.is_(None),
            )
        case Reach.INDIVIDUAL_AGREED:
            return and_(_individual(row), row.state == RevisionState.AGREED.value)
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
        case Reach.DISTRICT_WIDE:
            return row.school_id.is_(None)
        case Reach.SLO_OF_OTHERS:
            return and_(
                row.level == GoalLevel.INDIVIDUAL.value,
                row.state.in_(_values(OPEN_TO_LEADERS)),
                row.approver_id.is_(None),
                row.teacher_id != me,
            )
        case Reach.SLO_SUBMITTED_ON:
            return and_(
                row.level == GoalLevel.INDIVIDUAL.value,
                row.state.in_(_values(OPEN_TO_LEADERS)),
                row.approval != Approval.NONE.value,
            )
        case Reach.INDIVIDUAL_SUBMITTED:
            return row.submitted_at.is_not(None)
        case Reach.INDIVIDUAL_PAIR_SUBMITTED:
            return and_(row.submitted_at.is_not(None), row.lead_id == me)
        case Reach.SCHOOL_LEVEL_ASKED:
            # whoever writes the goal asks and answers
            writes = row.school_id == mine("schools_led")
            return and_(row.level == GoalLevel.SCHOOL.value, ~writes, _asked(row))
        case Reach.TEAM_LEVEL_ASKED:
            writes = row.team_id == mine("teams_led")
            return and_(row.level == GoalLevel.TEAM.value, ~writes, _asked(row))
        case Reach.OWN_MEMBERSHIP:
            return _member_of(row)
        case Reach.GIVEN:
            return _given(row).is_not(None)
        case Reach.GIVEN_PAIR:
            return and_(_given(row).is_not(None), row.lead_id == me)
        case Reach.NOT_GIVEN:
            return _given(row).is_(None)
        case Reach.VISIT_KNOWN:
            return or_(row.announced, row.started_at.is_not(None))
        case Reach.EVALUATIVE_GIVEN:
            return and_(row.evaluative, row.shared_at.is_not(None))
        case Reach.GIVER_WORKS:
            apart = and_(_apart_from_coaching(row), row.school_id == mine("schools"))
            return or_(_works_with_giver(row), apart)
        case Reach.FEEDBACK_GOES_ON:
            return or_(_works_with_giver(row), _apart_from_coaching(row))
        case Reach.AGREED_STEP:
            return row.state.in_(IN_HAND)
        case Reach.CYCLE_OF_PAIR:
            return _of_pairs_cycle(row)
        case Reach.CYCLE_OF_PAIR_AUTHORED:
            return and_(row.author_id == me, _of_pairs_cycle(row))
        case Reach.CYCLE_MEMBER:
            return _takes_part(row.id, me)
        case Reach.OWN_PART:
            return _takes_part(row.cycle_id, row.teacher_id)
        case Reach.TEAM_LEVEL_AUTHORED:
            return and_(row.level == GoalLevel.TEAM.value, row.author_id == me)
        case Reach.TEACHING_NOW:
            return and_(row.kind == RoleKind.TEACHER.value, row.ended_on.is_(None))
        case Reach.VISIT_RUN:
            return _visit_goes_on(row)
        case Reach.VISIT_RUN_UNSHARED:
            return and_(row.shared_at.is_(None), _visit_goes_on(row))
        case Reach.VISIT_NOT_PAUSED:
            return _visit_not_paused(row)
        case Reach.CITED_SEEN:
            return _cited_in_seen(row)
        case Reach.CITED_SEEN_EVALUATIVE:
            return and_(row.evaluative, _cited_in_seen(row))
        case Reach.CITER_WORKS:
            rests = _pair_is(row, RelationshipState.PAUSED).is_not(None)
            by_teacher = row.author_id == row.teacher_id
            return or_(and_(by_teacher, ~rests), and_(~by_teacher, _visit_goes_on(row)))
    raise AssertionError(reach)


#: model → the record that its rows are a part of, read and written as that is, and how they name it
PART_OF: dict[type[Any], tuple[type[Any], str]] = {m.PlanStep: (m.GrowthPlan, "plan_id")}


def _covers_whole(reach: Reach, row: Any) -> Condition:
    """The reach covers what the row is a part of. A scalar, as in `_without_lead`."""
    model, key = PART_OF[model_of(row)]
    whole = aliased(model)
    found = select(whole.id).where(
        whole.district_id == district, whole.id == getattr(row, key), covers(reach, whole)
    )
    return found.limit(1).scalar_subquery().is_not(None)


def _individual(row: Any) -> Any:
    """One teacher's: what has no level, as a growth plan, always is."""
    return row.level == GoalLevel.INDIVIDUAL.value if hasattr(row, "level") else true()


def _proposed(row: Any) -> Condition:
    """Put before the other of the two: a state of goals; of the rest, the teacher's yes."""
    if hasattr(row, "proposed_at"):
        given: Condition = row.proposed_at.is_not(None)
        return given
    proposed: Condition = row.state == GoalState.PROPOSED.value
    return proposed


def _open_to_leaders(row: Any) -> Condition:
    """In one of the states in which school leaders read such a record."""
    states: Condition = row.state.in_(_values(model_of(row).OPEN_TO_LEADERS))
    return states


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


def _given(row: Any) -> Any:
    """When its author shared it, or all were revealed."""
    return row.revealed_at if hasattr(row, "revealed_at") else row.shared_at


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


def _works_with_giver(row: Any) -> Condition:
    """Whoever gives the feedback is the teacher's lead, now."""
    active: Condition = _pair_is(row, RelationshipState.ACTIVE, row.lead_id).is_not(None)
    return active


def _apart_from_coaching(row: Any) -> Condition:
    """Feedback that does not stand on coaching: a school leader's, a peer's, or an evaluation."""
    return or_(row.giver_kind != ObserverKind.LEAD.value, row.evaluative)


def _of_pairs_cycle(row: Any) -> Condition:
    """The row is below the cycle of a teacher and the lead who works with them now. A member's own
    part in a team's cycle has a teacher and a lead, too, and is not."""
    cycle = aliased(m.LearningCycle)
    found = (
        select(cycle.id)
        .where(
            cycle.district_id == district,
            cycle.id == row.cycle_id,
            cycle.level == CycleLevel.INDIVIDUAL.value,
        )
        .limit(1)
        .scalar_subquery()
    )
    active = _pair_is(row, RelationshipState.ACTIVE, row.lead_id)
    return and_(found.is_not(None), active.is_not(None))


def _takes_part(cycle_id: Any, person_id: Any) -> Condition:
    """The person takes part in the cycle of a team that is the caller's now."""
    part = aliased(m.CycleMember)
    found = (
        select(part.id)
        .where(
            part.district_id == district,
            part.cycle_id == cycle_id,
            part.person_id == person_id,
            part.team_id == mine("teams"),
            part.left_on.is_(None),
        )
        .limit(1)
        .scalar_subquery()
    )
    return found.is_not(None)


def _visit_not_paused(row: Any) -> Condition:
    """While the coaching is paused nobody writes in what the lead does as such."""
    paused = _pair_is(row, RelationshipState.PAUSED, row.observer_id)
    return or_(row.observer_kind != ObserverKind.LEAD.value, paused.is_(None))


def _visit_goes_on(row: Any) -> Condition:
    """The visit's observer works on it still: a lead while they coach the teacher."""
    coaches = _pair_is(row, RelationshipState.ACTIVE, row.observer_id)
    return and_(
        _visit_not_paused(row),
        or_(row.observer_kind != ObserverKind.LEAD.value, row.evaluative, coaches.is_not(None)),
    )


#: how a citation names the record that cites: its table, and what opens it to a reader
CITED_IN: dict[str, tuple[type[Any], Action]] = {
    # what a goal rests on is read with its notes, not with the goal
    "goal_id": (m.Goal, Action.GOAL_READ_NOTES),
    "cycle_id": (m.LearningCycle, Action.CYCLE_READ),
    "data_point_id": (m.CycleDataPoint, Action.CYCLE_DATA_READ),
    "use_id": (m.CycleUse, Action.CYCLE_USE_READ),
    "indicator_feedback_id": (m.IndicatorFeedback, Action.INDICATOR_FEEDBACK_READ),
}


def _cited_in_seen(citation: Any) -> Condition:
    """The caller reads the record that cites, by that record's own rules."""
    found = []
    for key, (model, action) in CITED_IN.items():
        record = aliased(model)
        seen = [
            and_(related, or_(*(covers(reach, record) for reach in sorted(reaches))))
            for relation, (_, related) in RELATED[model](record).items()
            if (reaches := GRANTS.get((relation, action)))
        ]
        one = select(record.id).where(
            record.district_id == district, record.id == getattr(citation, key), or_(*seen)
        )
        found.append(one.limit(1).scalar_subquery().is_not(None))
    return or_(*found)
