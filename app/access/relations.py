"""What each relation means: the condition under which a caller is that to a row.

Statements name the caller's ids as parameters (`actor.binds`)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from app import models as m
from app.access.policy import Relation
from app.models.goals import GoalLevel
from app.models.observations import CoObserverState, ObserverKind
from app.models.people import LEAD_KINDS, RoleKind
from app.models.relationships import EvaluatorScope, RelationshipState

Condition = ColumnElement[bool]

me: ColumnElement[UUID] = bindparam("actor_id", type_=Uuid())
district: ColumnElement[UUID] = bindparam("actor_district", type_=Uuid())


def mine(name: str) -> Any:
    """`= any(…)` of one of the caller's lists of ids, as a parameter."""
    return any_(bindparam(f"actor_{name}", type_=ARRAY(Uuid())))


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


_my_post = aliased(m.Role)
#: The schools where the caller teaches now.
_TAUGHT_AT: ColumnElement[Any] = func.array(
    select(_my_post.school_id)
    .where(
        _my_post.district_id == district,
        _my_post.person_id == me,
        _my_post.kind == RoleKind.TEACHER.value,
        _my_post.ended_on.is_(None),
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
    teaching = select(role.id).where(
        role.district_id == district,
        role.person_id == row.teacher_id,
        role.kind == RoleKind.TEACHER.value,
        role.ended_on.is_(None),
    )
    # a scalar, as in `_without_lead`: for many rows an EXISTS is hashed over every role there is
    nowhere = teaching.limit(1).scalar_subquery().is_(None)
    follows = or_(row.teacher_id == any_(_taught_at_led), and_(led, nowhere))
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
    """Relations to a goal and to the records under it, which carry the goal's owner columns, and to
    what is always one teacher's, as a growth plan is."""
    of_team: dict[Relation, tuple[str, Condition]] = {}
    if hasattr(row, "team_id"):
        of_team = {
            Relation.TEAM_LEAD: ("teams_led", row.team_id == mine("teams_led")),
            Relation.TEAM_MEMBER: ("teams", row.team_id == mine("teams")),
        }
    return {
        Relation.DISTRICT_ADMINISTRATOR: ("administrator", true()),
        Relation.SCHOOL_LEADER: ("schools_led", _led(row)),
        Relation.STAND_IN: ("schools_led", _without_lead(row)),
        Relation.SCHOOL_MEMBER: ("schools", row.school_id == mine("schools")),
        **of_team,
        Relation.TEACHER: ("person", row.teacher_id == me),
        Relation.LEAD: ("coached", row.teacher_id == mine("coached")),
        Relation.PAUSED_LEAD: ("coached_paused", row.teacher_id == mine("coached_paused")),
        Relation.FORMER_LEAD: ("coached_formerly", row.teacher_id == mine("coached_formerly")),
        Relation.GOAL_CLIENT: ("reads_goals", true()),
    }


def _goal(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """Relations to a goal itself. Whoever was named to decide and no longer administers the
    district has nothing to decide."""
    return {**_goal_like(row), Relation.APPROVER: ("administrator", row.approver_id == me)}


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
        Relation.LEAD: ("coached", row.person_id == mine("coached")),
        Relation.PEER: (
            "schools",
            and_(row.person_id != me, row.school_id == any_(_TAUGHT_AT)),
        ),
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
        Relation.PROPOSED_LEAD: ("coached_proposed", row.teacher_id == mine("coached_proposed")),
        Relation.FORMER_LEAD: ("coached_formerly", row.teacher_id == mine("coached_formerly")),
    }


def _template(row: Any) -> dict[Relation, tuple[str, Condition]]:
    return {**_in_school(row), Relation.AUTHOR: ("person", row.owner_id == me)}


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


_staff = aliased(m.Role)
#: Who works at a school the caller leads.
_staff_of_led: ColumnElement[Any] = func.array(
    select(_staff.person_id)
    .where(
        _staff.district_id == district,
        _staff.school_id == mine("schools_led"),
        _staff.ended_on.is_(None),
    )
    .correlate(None)
    .scalar_subquery(),
    type_=ARRAY(Uuid()),
)


def _event(row: Any) -> dict[Relation, tuple[str, Condition]]:
    # An account belongs to no school; what others do to it (another address, an invitation) can
    # open a person's records to somebody else, so the leaders of their schools find it, too.
    done_to_account = and_(
        row.subject_type == m.Person.__tablename__,
        row.owner_id == any_(_staff_of_led),
        row.actor_id.is_distinct_from(row.owner_id),
    )
    return {
        Relation.DISTRICT_ADMINISTRATOR: ("administrator", true()),
        Relation.SCHOOL_LEADER: (
            "schools_led",
            or_(row.school_id == mine("schools_led"), done_to_account),
        ),
        Relation.AUTHOR: ("person", row.actor_id == me),
        Relation.SELF: ("person", row.owner_id == me),
    }


def requires(system: Any, role: Any) -> Condition:
    """Whoever holds the role must use the system: as a teacher, or as a lead of the three kinds, of
    the school whose system it is. Coaching alone is no role: it has no day on which it begins."""
    return and_(
        role.ended_on.is_(None),
        or_(system.school_id.is_(None), system.school_id == role.school_id),
        or_(
            and_(system.for_teachers, role.kind == RoleKind.TEACHER.value),
            and_(system.for_leads, role.kind.in_([kind.value for kind in LEAD_KINDS])),
        ),
    )


def _system(row: Any) -> dict[Relation, tuple[str, Condition]]:
    role = aliased(m.Role)
    held = exists().where(role.district_id == district, role.person_id == me, requires(row, role))
    return {**_in_school(row), Relation.MUST_USE: ("person", held)}


def _confirmation(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """The leaders of the person's school read what is said of the district's systems; of a school's
    own, that school's."""
    of_district = and_(row.school_id.is_(None), row.person_id == any_(_staff_of_led))
    return {
        Relation.SELF: ("person", row.person_id == me),
        Relation.LEAD: ("coached", row.person_id == mine("coached")),
        Relation.SCHOOL_LEADER: (
            "schools_led",
            or_(of_district, row.school_id == mine("schools_led")),
        ),
    }


def _of_shared_goal(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """Relations to what hangs below a school or team goal, and is signed."""
    return {
        Relation.SCHOOL_LEADER: ("schools_led", row.school_id == mine("schools_led")),
        Relation.SCHOOL_MEMBER: ("schools", row.school_id == mine("schools")),
        Relation.TEAM_LEAD: ("teams_led", row.team_id == mine("teams_led")),
        Relation.TEAM_MEMBER: ("teams", row.team_id == mine("teams")),
        Relation.AUTHOR: ("person", row.author_id == me),
    }


def _below_team(row: Any) -> dict[Relation, tuple[str, Condition]]:
    return {
        **_in_school(row),
        Relation.TEAM_LEAD: ("teams_led", row.team_id == mine("teams_led")),
        Relation.TEAM_MEMBER: ("teams", row.team_id == mine("teams")),
    }


def _of_cycle(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """Relations to a learning cycle and what is below it: of a teacher, or of a team."""
    return {
        Relation.SCHOOL_LEADER: ("schools_led", _led(row)),
        Relation.TEAM_LEAD: ("teams_led", row.team_id == mine("teams_led")),
        Relation.TEAM_MEMBER: ("teams", row.team_id == mine("teams")),
        Relation.TEACHER: ("person", row.teacher_id == me),
        Relation.LEAD: ("coached", row.teacher_id == mine("coached")),
        Relation.PAUSED_LEAD: ("coached_paused", row.teacher_id == mine("coached_paused")),
        Relation.FORMER_LEAD: ("coached_formerly", row.teacher_id == mine("coached_formerly")),
        Relation.AUTHOR: ("person", row.author_id == me),
    }


_looking_on = aliased(m.CoObserver)
#: Observations in which the caller looks on with the teacher's consent, read once a statement.
_LOOKED_ON: ColumnElement[Any] = func.array(
    select(_looking_on.observation_id)
    .where(
        _looking_on.district_id == district,
        _looking_on.person_id == me,
        _looking_on.state == CoObserverState.CONSENTED.value,
    )
    .correlate(None)
    .scalar_subquery(),
    type_=ARRAY(Uuid()),
)
_evaluating = aliased(m.CoachingRelationship)
#: Whom the caller coaches now and evaluates.
_EVALUATED: ColumnElement[Any] = func.array(
    select(_evaluating.teacher_id)
    .where(
        _evaluating.district_id == district,
        _evaluating.lead_id == me,
        _evaluating.primary,
        _evaluating.state == RelationshipState.ACTIVE.value,
        _evaluating.evaluator_scope == EvaluatorScope.OWNS.value,
    )
    .correlate(None)
    .scalar_subquery(),
    type_=ARRAY(Uuid()),
)


def _of_visit(row: Any, key: str = "observation_id") -> dict[Relation, tuple[str, Condition]]:
    """Relations to an observation and what was written in it."""
    # whoever coached the teacher keeps what they wrote for 90 days; an evaluation, as its observer
    coached = or_(
        row.teacher_id == mine("coached"),
        row.teacher_id == mine("coached_paused"),
        row.teacher_id == mine("coached_formerly"),
    )
    still = or_(row.observer_kind != ObserverKind.LEAD.value, row.evaluative)
    at_school = row.school_id == mine("schools")
    return {
        Relation.SCHOOL_LEADER: ("schools_led", _led(row)),
        Relation.TEACHER: ("person", row.teacher_id == me),
        Relation.OBSERVER: (
            "person",
            and_(row.observer_id == me, or_(coached, and_(still, at_school))),
        ),
        # like any other, as long as they work at the school
        Relation.CO_OBSERVER: ("schools", and_(getattr(row, key) == any_(_LOOKED_ON), at_school)),
        Relation.EVALUATOR: ("coached", row.teacher_id == any_(_EVALUATED)),
        Relation.AUTHOR: ("person", row.author_id == me),
    }


def _member(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """Relations to the place of a member in a team's cycle."""
    return {**_below_team(row), Relation.SELF: ("person", row.person_id == me)}


def _of_giver(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """Relations to feedback: as to an observation, and whoever gives it is its observer."""
    coached = or_(
        row.teacher_id == mine("coached"),
        row.teacher_id == mine("coached_paused"),
        row.teacher_id == mine("coached_formerly"),
    )
    still = or_(row.giver_kind != ObserverKind.LEAD.value, row.evaluative)
    at_school = row.school_id == mine("schools")
    return {
        Relation.SCHOOL_LEADER: ("schools_led", _led(row)),
        Relation.TEACHER: ("person", row.teacher_id == me),
        Relation.OBSERVER: (
            "person",
            and_(row.lead_id == me, or_(coached, and_(still, at_school))),
        ),
        Relation.EVALUATOR: ("coached", row.teacher_id == any_(_EVALUATED)),
        Relation.AUTHOR: ("person", row.author_id == me),
    }


def _idea(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """Relations to an idea in a school's bank."""
    role = aliased(m.Role)
    leads = exists().where(
        role.district_id == district,
        role.person_id == me,
        role.school_id == row.school_id,
        role.kind.in_([kind.value for kind in LEAD_KINDS]),
        role.ended_on.is_(None),
    )
    return {**_in_school(row), Relation.LEAD_AT_SCHOOL: ("schools", leads)}


def _certification(row: Any) -> dict[Relation, tuple[str, Condition]]:
    """Who may score is for the person and the leaders of their school to know."""
    return {
        Relation.DISTRICT_ADMINISTRATOR: ("administrator", true()),
        Relation.SELF: ("person", row.person_id == me),
        Relation.SCHOOL_LEADER: ("schools_led", row.person_id == any_(_staff_of_led)),
    }


def _for_client(client_id: Any) -> dict[Relation, tuple[str, Condition]]:
    """A client with the scope, to itself and to what was set up for it."""
    return {Relation.WEBHOOK_CLIENT: ("writes_webhooks", client_id == me)}


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
    m.IntegrationClient: lambda row: {**_in_district(row), **_for_client(row.id)},
    m.AuthSession: _own,
    m.Event: _event,
    m.Framework: _in_district,
    m.Expectation: _in_district,
    m.Indicator: _in_district,
    m.CoachingRelationship: _relationship,
    m.Goal: _goal,
    m.GoalProgress: _goal_like,
    m.GoalComment: _goal_like,
    m.GoalRevision: _goal_like,
    m.MeetingSeries: _of_pair,
    m.Meeting: _of_pair,
    m.AgendaItem: _of_pair,
    m.NextStep: _of_pair,
    m.MeetingFeedback: _of_pair,
    m.SeriesReview: _of_pair,
    m.Template: _template,
    m.RoleNote: _of_pair,
    m.Introduction: _of_pair,
    m.OutreachMessage: _of_pair,
    m.Questionnaire: _of_pair,
    m.QuestionnaireDraft: _of_pair,
    m.QuestionnaireSubmission: _of_pair,
    m.Conversation: _of_pair,
    m.CoachingPreferences: _of_pair,
    m.CoachingAgreement: _of_pair,
    m.SharedRecord: _of_pair,
    m.Reminder: _own,
    m.SupportRequest: lambda row: _support(row, "id"),
    m.SupportEntry: _support,
    m.Intervention: lambda row: {
        **_support(row),
        Relation.ASKED: ("person", row.leader_id == me),
    },
    m.LeaderUpdate: _leader_update,
    m.GoalSystem: _system,
    m.SystemConfirmation: _confirmation,
    m.SloMonitoring: _goal_like,
    m.GrowthPlan: _goal_like,
    m.PlanStep: _goal_like,
    m.GoalReview: _goal_like,
    m.GoalReviewPart: _goal_like,
    m.GoalFeedbackRound: _of_shared_goal,
    m.GoalFeedback: _of_shared_goal,
    m.CommonIndicatorChoice: _below_team,
    m.CommonIndicatorOptOut: _of_pair,
    m.FrameworkImport: _in_district,
    m.FrameworkSource: _in_district,
    m.FrameworkItem: _in_district,
    m.FrameworkAssociation: _in_district,
    m.FrameworkCrosswalk: _in_district,
    m.IndicatorLevel: _in_district,
    m.LearningCycle: _of_cycle,
    m.CycleMember: _member,
    m.CycleDataPoint: _of_cycle,
    m.CycleCandidate: _of_cycle,
    m.CycleRanking: _of_cycle,
    m.CycleSuccessIndicator: _of_cycle,
    m.CycleActivity: _of_cycle,
    m.CycleAdjustment: _of_cycle,
    m.CycleUse: _of_cycle,
    m.CycleReflection: _of_cycle,
    m.Observation: lambda row: _of_visit(row, "id"),
    m.EvidenceItem: _of_visit,
    m.ObservationRating: _of_visit,
    m.ObservationRevision: _of_visit,
    m.ProtocolChoice: _in_school,
    m.FeedbackConversation: _of_giver,
    m.FeedbackNote: _of_giver,
    m.IndicatorFeedback: _of_giver,
    m.ActionStep: _of_pair,
    m.ActionStepIdea: _idea,
    m.CoachingCalendar: _of_pair,
    m.CalendarEntry: _of_pair,
    m.VocabularyTerm: _in_school,
    m.ObservationKind: _in_district,
    m.ObserverCertification: _certification,
    m.CoObserver: lambda row: {**_of_visit(row), Relation.SELF: ("person", row.person_id == me)},
    m.AccessLog: lambda row: {Relation.TEACHER: ("person", row.teacher_id == me)},
    m.EvidenceCitation: _of_visit,
    m.WebhookEndpoint: lambda row: {**_in_district(row), **_for_client(row.client_id)},
    m.WebhookDelivery: lambda row: {**_in_district(row), **_for_client(row.client_id)},
    m.RosterConnection: _in_district,
    m.RosterPull: _in_district,
}


def model_of(row: Any) -> type[Any]:
    if isinstance(row, type):
        return row
    entity: type[Any] = row._aliased_insp.class_
    return entity
