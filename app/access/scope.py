"""Which rows: each relation and each reach as SQL, and the statements made of them.

`visible()` is the start of every read and `acting()` of every write, so "list what I may see", "may
I see this" and "may I do this" are one condition and cannot disagree. Statements name the caller's
ids as parameters (`actor.binds`), are built once per shape of caller, and compare the district
beside row-level security, so either wall holds alone.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app import models as m
from app.access.actor import Actor, ActorKind, Shape
from app.access.policy import GRANTS, POSSIBLE_IN, Action, Reach, Relation
from app.core.errors import Forbidden, NotFound, PreconditionFailed, WrongState
from app.models.goals import OPEN_TO_LEADERS, GoalLevel, GoalState, RevisionState
from app.models.people import LEAD_KINDS, RoleKind
from app.models.relationships import RelationshipState

Row = TypeVar("Row")
Condition = ColumnElement[bool]
Has = Mapping[str, bool]

_NAMES = (
    "kind",
    "administrator",
    "schools_led",
    "schools",
    "teams_led",
    "teams",
    "coached",
    "coached_paused",
    "coached_proposed",
    "coached_formerly",
    "leads",
    "reads_goals",
    "writes_roster",
)

me: ColumnElement[UUID] = bindparam("actor_id", type_=Uuid())
district: ColumnElement[UUID] = bindparam("actor_district", type_=Uuid())


def mine(name: str) -> Any:
    """`= any(…)` of one of the caller's lists of ids, as a parameter."""
    return any_(bindparam(f"actor_{name}", type_=ARRAY(Uuid())))


# --- what a relation means, per kind of row -------------------------------------------------------


_teaching = aliased(m.Role)
#: Who teaches now at a school the caller leads. As an array it is read once a statement, and an
#: index can look each of them up; EXISTS in its place walked through every goal of the district.
_taught_at_led: ColumnElement[Any] = func.array(
    select(_teaching.person_id)
    .where(
        _teaching.district_id == district,
        _teaching.kind == RoleKind.TEACHER.value,
        _teaching.school_id == mine("schools_led"),
        _teaching.ended_on.is_(None),
    )
    .correlate(None)
    .scalar_subquery(),
    type_=ARRAY(Uuid()),
)


_coaching_me = aliased(m.CoachingRelationship)
#: Who coaches the caller or did: their words stand in the caller's records, so their names stay.
_coaches: ColumnElement[Any] = func.array(
    select(_coaching_me.lead_id)
    .where(
        _coaching_me.district_id == district,
        _coaching_me.teacher_id == me,
        _coaching_me.state != RelationshipState.WITHDRAWN.value,
    )
    .correlate(None)
    .scalar_subquery(),
    type_=ARRAY(Uuid()),
)


def _led(row: Any) -> Condition:
    """The row's school is led by the caller. A row about a teacher follows the teacher: whoever
    leads the school where they teach now reads it; where they teach nowhere, the school of the
    row (domain.md §5)."""
    led: Condition = row.school_id == mine("schools_led")
    if not hasattr(row, "teacher_id"):
        return led
    role = aliased(m.Role)
    teaching = and_(
        role.district_id == district,
        role.person_id == row.teacher_id,
        role.kind == RoleKind.TEACHER.value,
        role.ended_on.is_(None),
    )
    follows = or_(row.teacher_id == any_(_taught_at_led), and_(led, ~exists().where(teaching)))
    if not hasattr(row, "level"):
        return follows
    individual = row.level == GoalLevel.INDIVIDUAL.value
    return or_(
        # `<>` as in the partial index ix_goal_shared
        and_(row.level != GoalLevel.INDIVIDUAL.value, led),
        and_(individual, follows),
    )


def _without_lead(row: Any) -> Condition:
    """The teacher has no active primary lead, so the school leader stands in."""
    other = aliased(m.CoachingRelationship)
    # a scalar, not EXISTS: that was hashed over every relationship of the district for each use
    lead = (
        select(other.id)
        .where(
            other.district_id == district,
            other.teacher_id == row.teacher_id,
            other.primary,
            other.state == RelationshipState.ACTIVE.value,
        )
        .limit(1)
        .scalar_subquery()
    )
    return and_(row.teacher_id.is_not(None), row.teacher_id != me, _led(row), lead.is_(None))


def _goal_like(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """Relations to a goal and to the records under it, which carry the goal's owner columns."""
    return {
        Relation.DISTRICT_ADMINISTRATOR: ("administrator", true()),
        Relation.SCHOOL_LEADER: ("schools_led", _led(row)),
        Relation.STAND_IN: ("schools_led", _without_lead(row)),
        Relation.SCHOOL_MEMBER: ("schools", row.school_id == mine("schools")),
        Relation.TEAM_LEAD: ("teams_led", row.team_id == mine("teams_led")),
        Relation.TEAM_MEMBER: ("teams", row.team_id == mine("teams")),
        Relation.TEACHER: ("person", row.teacher_id == me),
        Relation.LEAD: ("coached", row.teacher_id == mine("coached")),
        Relation.PAUSED_LEAD: ("coached_paused", row.teacher_id == mine("coached_paused")),
        Relation.FORMER_LEAD: ("coached_formerly", row.teacher_id == mine("coached_formerly")),
        Relation.GOAL_CLIENT: ("reads_goals", true()),
    }


def _in_school(row: Any, key: str = "school_id") -> dict[Relation, tuple[str, Condition]]:
    school = getattr(row, key)
    return {
        Relation.DISTRICT_ADMINISTRATOR: ("administrator", true()),
        Relation.SCHOOL_LEADER: ("schools_led", school == mine("schools_led")),
        Relation.SCHOOL_MEMBER: ("schools", school == mine("schools")),
        Relation.ANYONE_IN_DISTRICT: ("person", true()),
    }


def _in_district(_row: Any) -> dict[Relation, tuple[str, Condition]]:
    return {
        Relation.DISTRICT_ADMINISTRATOR: ("administrator", true()),
        Relation.ANYONE_IN_DISTRICT: ("person", true()),
        Relation.ROSTER_CLIENT: ("writes_roster", true()),
    }


def _person(row: Any) -> dict[Relation, tuple[str, Condition]]:
    role = aliased(m.Role)

    def has_role_at(schools: str, *kinds: Condition) -> Condition:
        return exists().where(
            role.district_id == district,
            role.person_id == row.id,
            role.ended_on.is_(None),
            role.school_id == mine(schools),
            *kinds,
        )

    leads_school = role.kind == RoleKind.SCHOOL_LEADER.value

    return {
        Relation.DISTRICT_ADMINISTRATOR: ("administrator", true()),
        Relation.SELF: ("person", row.id == me),
        Relation.SCHOOL_LEADER: ("schools_led", has_role_at("schools_led")),
        Relation.SCHOOL_MEMBER: ("schools", has_role_at("schools")),
        Relation.LEAD: ("coached", row.id == mine("coached")),
        Relation.PAUSED_LEAD: ("coached_paused", row.id == mine("coached_paused")),
        Relation.PROPOSED_LEAD: ("coached_proposed", row.id == mine("coached_proposed")),
        Relation.TEACHER: ("leads", row.id == mine("leads")),
        Relation.COACHED_BY: ("person", row.id == any_(_coaches)),
        Relation.LED_BY: ("teams_led", has_role_at("schools", leads_school)),
    }


def _role(row: Any) -> dict[Relation, tuple[str, Condition]]:
    return {
        **_in_school(row),
        Relation.SELF: ("person", row.person_id == me),
        Relation.TEAM_LEAD: ("teams_led", row.team_id == mine("teams_led")),
    }


def _team(row: Any) -> dict[Relation, tuple[str, Condition]]:
    return {
        **_in_school(row),
        Relation.TEAM_LEAD: ("teams_led", row.id == mine("teams_led")),
        Relation.TEAM_MEMBER: ("teams", row.id == mine("teams")),
    }


def _relationship(row: Any) -> dict[Relation, tuple[str, Condition]]:
    return {
        Relation.DISTRICT_ADMINISTRATOR: ("administrator", true()),
        Relation.SCHOOL_LEADER: ("schools_led", row.school_id == mine("schools_led")),
        Relation.TEACHER: ("person", row.teacher_id == me),
        Relation.LEAD: ("person", row.lead_id == me),
    }


def _of_pair(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """Relations to what a teacher and a lead write with each other."""
    return {
        Relation.SCHOOL_LEADER: ("schools_led", _led(row)),
        Relation.TEACHER: ("person", row.teacher_id == me),
        Relation.LEAD: ("coached", row.teacher_id == mine("coached")),
        Relation.PAUSED_LEAD: ("coached_paused", row.teacher_id == mine("coached_paused")),
        Relation.FORMER_LEAD: ("coached_formerly", row.teacher_id == mine("coached_formerly")),
    }


def _ids(model: Any, column: Any, person: Any) -> ColumnElement[Any]:
    """Ids of the support requests whose `person` is the caller, read once a statement."""
    return func.array(
        select(column)
        .where(model.district_id == district, person == me)
        .correlate(None)
        .scalar_subquery(),
        type_=ARRAY(Uuid()),
    )


_named = aliased(m.SupportRecipient)
_raised = aliased(m.SupportRequest)
_NAMED_IN = _ids(_named, _named.request_id, _named.person_id)
_RAISED = _ids(_raised, _raised.id, _raised.raiser_id)


def _support(row: Any, key: str = "request_id") -> dict[Relation, tuple[str, Condition]]:
    """Relations to a support request and what is below it."""
    request = getattr(row, key)
    return {
        Relation.RAISER: ("person", request == any_(_RAISED)),
        Relation.RECIPIENT: ("person", request == any_(_NAMED_IN)),
    }


def _leader_update(row: Any) -> dict[Relation, tuple[str, Condition]]:
    return {
        Relation.AUTHOR: ("person", row.author_id == me),
        Relation.RECIPIENT: ("person", row.leader_id == me),
        Relation.SELF: ("person", row.about_id == me),
    }


def _own(row: Any) -> dict[Relation, tuple[str, Condition]]:
    return {Relation.SELF: ("person", row.person_id == me)}


def _event(row: Any) -> dict[Relation, tuple[str, Condition]]:
    return {
        Relation.DISTRICT_ADMINISTRATOR: ("administrator", true()),
        Relation.SCHOOL_LEADER: ("schools_led", row.school_id == mine("schools_led")),
        Relation.AUTHOR: ("person", row.actor_id == me),
        Relation.SELF: ("person", row.owner_id == me),
    }


RELATED: dict[type[Any], Callable[[Any], dict[Relation, tuple[str, Condition]]]] = {
    m.District: _in_district,
    m.DistrictPolicy: _in_district,
    m.School: lambda row: _in_school(row, "id"),
    m.SchoolVision: lambda row: _in_school(row, "id"),
    m.SchoolYear: _in_school,
    m.Team: _team,
    m.Person: _person,
    m.Role: _role,
    m.Course: _in_district,
    m.ClassSection: _in_school,
    m.TeachingAssignment: _in_district,
    m.RosterImport: _in_district,
    m.IntegrationClient: _in_district,
    m.AuthSession: _own,
    m.Event: _event,
    m.Framework: _in_district,
    m.Expectation: _in_district,
    m.Indicator: _in_district,
    m.CoachingRelationship: _relationship,
    m.Goal: _goal_like,
    m.GoalProgress: _goal_like,
    m.GoalComment: _goal_like,
    m.GoalRevision: _goal_like,
    m.MeetingSeries: _of_pair,
    m.Meeting: _of_pair,
    m.AgendaItem: _of_pair,
    m.NextStep: _of_pair,
    m.MeetingFeedback: _of_pair,
    m.SeriesReview: _of_pair,
    m.SupportRequest: lambda row: _support(row, "id"),
    m.SupportEntry: _support,
    m.Intervention: lambda row: {
        **_support(row),
        Relation.ASKED: ("person", row.leader_id == me),
    },
    m.LeaderUpdate: _leader_update,
}


def _reach(reach: Reach, row: Any) -> Any:
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
        case Reach.AUTHORED:
            return row.author_id == me
        case Reach.PAIR_ACTIVE:
            return _pair_is(row, RelationshipState.ACTIVE, row.lead_id).is_not(None)
        case Reach.PAIR_ACTIVE_AUTHORED:
            active = _pair_is(row, RelationshipState.ACTIVE, row.lead_id).is_not(None)
            return and_(row.author_id == me, active)
        case Reach.TEACHER_MAY_READ:
            return row.teacher_may_read
        case Reach.OPEN_STEP:
            return row.state == m.StepState.OPEN.value
        case Reach.NOT_PAUSED:
            return _pair_is(row, RelationshipState.PAUSED).is_(None)
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
    if _model(row) is m.Framework:
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


# --- conditions and statements --------------------------------------------------------------------


def _has(shape: Shape) -> dict[str, bool]:
    has: dict[str, bool] = {
        name: bool(value) for name, value in zip(_NAMES[1:], shape[1:], strict=True)
    }
    has["person"] = shape[0] is not ActorKind.CLIENT
    return has


def grounds(shape: Shape, action: Action, row: Any) -> list[tuple[Relation, Condition]]:
    """Each relation through which a caller of this shape may do the action, with its condition."""
    model = _model(row)
    has = _has(shape)
    found = []
    for relation, (needs, related) in RELATED[model](row).items():
        reaches = GRANTS.get((relation, action))
        if reaches and has[needs]:
            covered = or_(*(_reach(reach, row) for reach in sorted(reaches)))
            found.append((relation, and_(related, covered)))
    return found


def _model(row: Any) -> type[Any]:
    if isinstance(row, type):
        return row
    entity: type[Any] = row._aliased_insp.class_
    return entity


def allows(shape: Shape, action: Action, row: Any) -> Condition:
    """The condition under which a caller of this shape may do the action to a row."""
    conditions = [condition for _, condition in grounds(shape, action, row)]
    return or_(*conditions) if conditions else false()


@lru_cache(maxsize=2000)
def _visible(shape: Shape, action: Action, model: Any) -> Select[Any]:
    in_district = model.id if model is m.District else model.district_id
    return select(model).where(in_district == district, allows(shape, action, model))


def visible(actor: Actor, action: Action, model: Any) -> Select[Any]:
    """The rows of a model on which the caller may do the action. Execute it with `actor.binds`."""
    return _visible(actor.shape, action, model)


def seen_through(actor: Actor, action: Action, model: type[Any]) -> Condition:
    """The condition of `visible()` alone, for a statement that joins or counts."""
    in_district = model.id if model is m.District else model.district_id
    return and_(in_district == district, allows(actor.shape, action, model))


#: actions that `permissions` may name, per model
_OFFERED: dict[type[Any], tuple[Action, ...]] = {
    m.DistrictPolicy: (Action.POLICY_EDIT,),
    m.School: (
        Action.SCHOOL_EDIT,
        Action.YEAR_CREATE,
        Action.TEAM_CREATE,
    ),
    m.SchoolVision: (Action.VISION_EDIT,),
    m.SchoolYear: (Action.YEAR_EDIT, Action.YEAR_EDIT_CALENDAR),
    m.Team: (Action.TEAM_EDIT,),
    m.Person: (
        Action.PERSON_EDIT,
        Action.PERSON_INVITE,
        Action.PERSON_DEACTIVATE,
        Action.PERSON_REACTIVATE,
        Action.PERSON_SET_ZONE,
    ),
    m.Role: (Action.ROLE_END,),
    m.IntegrationClient: (Action.CLIENT_ROTATE, Action.CLIENT_REVOKE),
    m.AuthSession: (Action.SESSION_END,),
    m.RosterImport: (Action.IMPORT_COMMIT,),
    m.Framework: (Action.FRAMEWORK_PUBLISH, Action.FRAMEWORK_RETIRE),
    m.CoachingRelationship: (
        Action.RELATIONSHIP_EDIT,
        Action.RELATIONSHIP_ACTIVATE,
        Action.RELATIONSHIP_WITHDRAW,
        Action.RELATIONSHIP_PAUSE,
        Action.RELATIONSHIP_RESUME,
        Action.RELATIONSHIP_END,
    ),
    m.Goal: (
        Action.GOAL_EDIT,
        Action.GOAL_DELETE,
        Action.GOAL_PROPOSE,
        Action.GOAL_REQUEST_CHANGES,
        Action.GOAL_AGREE,
        Action.GOAL_PUBLISH,
        Action.GOAL_REVISE,
        Action.GOAL_CLOSE,
        Action.GOAL_PROGRESS,
        Action.GOAL_COMMENT,
        Action.GOAL_READ_NOTES,
    ),
    m.GoalRevision: (Action.REVISION_AGREE, Action.REVISION_WITHDRAW),
    m.MeetingSeries: (
        Action.SERIES_EDIT,
        Action.SERIES_PAUSE,
        Action.SERIES_RESUME,
        Action.SERIES_END,
        Action.SERIES_REVIEW,
    ),
    m.Meeting: (
        Action.MEETING_EDIT,
        Action.MEETING_START,
        Action.MEETING_COMPLETE,
        Action.MEETING_CANCEL,
        Action.MEETING_SKIP,
        Action.MEETING_MISS,
        Action.MEETING_ADD_ITEM,
        Action.MEETING_ADD_STEP,
        Action.MEETING_GIVE_FEEDBACK,
    ),
    m.AgendaItem: (
        Action.AGENDA_EDIT,
        Action.AGENDA_MOVE,
        Action.AGENDA_DISCUSS,
        Action.AGENDA_DROP,
    ),
    m.SupportRequest: (
        Action.SUPPORT_ACKNOWLEDGE,
        Action.SUPPORT_START,
        Action.SUPPORT_RESOLVE,
        Action.SUPPORT_WITHDRAW,
        Action.SUPPORT_REOPEN,
        Action.SUPPORT_SHARE,
        Action.SUPPORT_WRITE,
        Action.SUPPORT_ASK,
    ),
    m.SupportEntry: (Action.SUPPORT_ENTRY_FINISH,),
    m.Intervention: (
        Action.INTERVENTION_ACCEPT,
        Action.INTERVENTION_DECLINE,
        Action.INTERVENTION_START,
        Action.INTERVENTION_FINISH,
    ),
    m.NextStep: (
        Action.STEP_EDIT,
        Action.STEP_FINISH,
        Action.STEP_CARRY_OVER,
        Action.STEP_DROP,
    ),
}


def _without_account(row: Any) -> Condition:
    credential = aliased(m.Credential)
    return ~exists().where(credential.district_id == district, credential.id == row.id)


def _not_agreed_by_me(goal_id: Any, revision_id: Any) -> Condition:
    agreement = aliased(m.GoalAgreement)
    # a scalar, as in `_without_lead`: EXISTS was hashed over every agreement of the district
    mine = (
        select(agreement.id)
        .where(
            agreement.district_id == district,
            agreement.goal_id == goal_id,
            agreement.revision_id.is_not_distinct_from(revision_id),
            agreement.person_id == me,
        )
        .limit(1)
        .scalar_subquery()
    )
    return mine.is_(None)


def _nothing_waits(goal_id: Any) -> Condition:
    revision = aliased(m.GoalRevision)
    waiting = (
        select(revision.id)
        .where(
            revision.district_id == district,
            revision.goal_id == goal_id,
            revision.state == RevisionState.PROPOSED.value,
        )
        .limit(1)
        .scalar_subquery()
    )
    return waiting.is_(None)


def _without_feedback(row: Any) -> Condition:
    given = aliased(m.MeetingFeedback)
    found = (
        select(given.id)
        .where(given.district_id == district, given.meeting_id == row.id)
        .limit(1)
        .scalar_subquery()
    )
    return found.is_(None)


#: further conditions of the row's own state that an action needs, beside POSSIBLE_IN
EXTRA_CONDITIONS: dict[Action, Callable[[Any], Condition]] = {
    Action.PERSON_INVITE: lambda row: and_(
        row.active, row.email.is_not(None), _without_account(row)
    ),
    Action.PERSON_DEACTIVATE: lambda row: row.active,
    Action.PERSON_REACTIVATE: lambda row: ~row.active,
    Action.ROLE_END: lambda row: row.ended_on.is_(None),
    Action.CLIENT_ROTATE: lambda row: row.active,
    Action.CLIENT_REVOKE: lambda row: row.active,
    Action.GOAL_DELETE: lambda row: ~row.co_written,
    Action.GOAL_REVISE: lambda row: _nothing_waits(row.id),
    Action.GOAL_CLOSE: lambda row: _nothing_waits(row.id),
    Action.GOAL_AGREE: lambda row: _not_agreed_by_me(row.id, null()),
    Action.REVISION_AGREE: lambda row: _not_agreed_by_me(row.goal_id, row.id),
    Action.MEETING_GIVE_FEEDBACK: lambda row: _without_feedback(row),
    Action.SUPPORT_ENTRY_FINISH: lambda row: and_(row.kind == "next_step", row.done_at.is_(None)),
}


def possible(action: Action, row: Any) -> Condition:
    """Whether the row's present state offers the action at all."""
    conditions: list[Condition] = []
    if action in POSSIBLE_IN:
        conditions.append(row.state.in_([str(state) for state in POSSIBLE_IN[action]]))
    if action in EXTRA_CONDITIONS:
        conditions.append(EXTRA_CONDITIONS[action](row))
    return and_(true(), *conditions)


def offered_as(action: Action, model: type[Any]) -> str:
    """The action's name under `permissions`: its verb, and of what when that is not the object
    itself (a school offers `edit` and `create_team`)."""
    resource, _, verb = action.partition(":")
    own = _OFFERED[model][0].partition(":")[0]
    return verb if resource == own else f"{verb}_{resource}"


@lru_cache(maxsize=2000)
def _permissions(shape: Shape, model: Any) -> Any:
    offered = []
    for action in _OFFERED.get(model, ()):
        if grounds(shape, action, model):
            allowed = and_(allows(shape, action, model), possible(action, model))
            offered.append(case((allowed, literal(offered_as(action, model), Text()))))
    if not offered:
        return literal([], ARRAY(Text())).label("permissions")
    return func.array_remove(array(offered), None, type_=ARRAY(Text())).label("permissions")


def permissions(actor: Actor, model: Any) -> Any:
    """A column: what the caller may do with each row now (policy and present state)."""
    return _permissions(actor.shape, model)


@lru_cache(maxsize=2000)
def _acting(shape: Shape, read: Action, action: Action, model: Any) -> Select[Any]:
    return (
        _visible(shape, read, model)
        .add_columns(allows(shape, action, model).label("allowed"))
        .where(model.id == bindparam("subject_id", type_=Uuid()))
        .with_for_update(of=model)
    )


async def acting(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    model: type[Row],
    subject_id: UUID,
    version: int | None = None,
    *,
    read: Action,
) -> Row:
    """The row an action is about to change, locked.

    In the contract's order: 404 when the caller cannot see it, 403 when their relation does not
    allow the action, 412 when `version` is not the present one, 409 when the state has no such
    step. `version` is None only for actions that change nothing somebody else may have written.
    """
    kind: Any = model
    found: Any = (
        await session.execute(
            _acting(actor.shape, read, action, kind), {**actor.binds, "subject_id": subject_id}
        )
    ).first()
    if found is None:
        raise NotFound(f"There is no such {noun(model)}, or you may not see it.")
    row: Any = found[0]
    allowed = found[1]
    if not allowed:
        raise Forbidden(
            f"Your relation to this {noun(model)} does not allow {action.partition(':')[2]}."
        )
    if version is not None and row.version != version:
        raise PreconditionFailed(
            f"The {noun(model)} is at another version than the one you changed.",
        )
    state = getattr(row, "state", None)
    if action in POSSIBLE_IN and state not in POSSIBLE_IN[action]:
        raise WrongState(
            f"A {noun(model)} that is {state} has no step {action.partition(':')[2]}.",
            state=state,
            allowed=_steps_from(row),
        )
    result: Row = row
    return result


#: steps of individual goals alone, and of the others alone
_AGREED_BY_BOTH = (Action.GOAL_PROPOSE, Action.GOAL_REQUEST_CHANGES, Action.GOAL_AGREE)
_FOR_ALL = (Action.GOAL_PUBLISH,)


def _steps_from(row: Any) -> list[str]:
    """The steps of its lifecycle that a row's state offers, whoever may take them."""
    level = getattr(row, "level", None)
    astray = _FOR_ALL if level == GoalLevel.INDIVIDUAL.value else _AGREED_BY_BOTH
    return [
        action.partition(":")[2]
        for action in _OFFERED.get(type(row), ())
        if action in POSSIBLE_IN and row.state in POSSIBLE_IN[action] and action not in astray
    ]


async def must(session: AsyncSession, actor: Actor, action: Action, row: Any) -> None:
    """Refuse (403) unless the caller may do the action to this row; for rows just added."""
    model = type(row)
    statement = select(
        exists().where(
            model.district_id == district, model.id == row.id, allows(actor.shape, action, model)
        )
    )
    if not await session.scalar(statement, actor.binds):
        raise Forbidden(
            f"Your relation to this {noun(model)} does not allow {action.partition(':')[2]}."
        )


def noun(model: type[Any]) -> str:
    """What a person calls a row of the model."""
    return str(model.__tablename__).replace("_", " ")
