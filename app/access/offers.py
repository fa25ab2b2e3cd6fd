"""What `permissions` may name of each kind of row, and what the row itself must fulfil."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app import models as m
from app.access.lifecycles import APPROVAL_FROM
from app.access.policy import Action
from app.access.relations import Condition, district, me
from app.models.calendar import BY_HAND, CalendarState
from app.models.feedback import NOTED_IN, ActionStepState
from app.models.goal_feedback import OptOutState, RoundState
from app.models.goals import IN_FORCE, PLAN_OPEN, GoalKind, GoalState, RevisionState
from app.models.learning_cycles import (
    APPLIED_IN,
    OPEN_CYCLES,
    RUNNING,
    CycleLevel,
    CycleState,
    ReflectionState,
)
from app.models.meetings import MeetingState
from app.models.observations import UNSHARED_STATES, WRITTEN_IN
from app.models.plans import PlanState, ReviewState
from app.models.questionnaires import ANSWERABLE
from app.models.relationships import RelationshipState
from app.models.slo import SloStep
from app.models.support import UNRESOLVED
from app.models.webhooks import EndpointState

#: actions that `permissions` may name, per model
OFFERED: dict[type[Any], tuple[Action, ...]] = {
    m.DistrictPolicy: (Action.POLICY_EDIT,),
    m.School: (
        Action.SCHOOL_EDIT,
        Action.YEAR_CREATE,
        Action.TEAM_CREATE,
        Action.PROTOCOL_CREATE,
    ),
    m.SchoolVision: (Action.VISION_EDIT,),
    m.SchoolYear: (Action.YEAR_EDIT, Action.YEAR_EDIT_CALENDAR),
    m.Team: (
        Action.TEAM_EDIT,
        Action.TEAM_CHOOSE,
        Action.TEAM_OPT_OUT,
        Action.TEAM_VIEW_GOALS,
    ),
    m.Person: (
        Action.PERSON_EDIT,
        Action.PERSON_INVITE,
        Action.PERSON_DEACTIVATE,
        Action.PERSON_REACTIVATE,
        Action.PERSON_SET_ZONE,
    ),
    m.Role: (Action.ROLE_END,),
    m.IntegrationClient: (Action.CLIENT_ROTATE, Action.CLIENT_REVOKE, Action.WEBHOOK_CREATE),
    m.WebhookEndpoint: (
        Action.WEBHOOK_EDIT,
        Action.WEBHOOK_DISABLE,
        Action.WEBHOOK_ENABLE,
        Action.WEBHOOK_ROTATE,
        Action.WEBHOOK_TEST,
    ),
    m.WebhookDelivery: (Action.DELIVERY_REDELIVER,),
    m.AuthSession: (Action.SESSION_END,),
    m.RosterImport: (Action.IMPORT_COMMIT,),
    m.Framework: (
        Action.FRAMEWORK_PUBLISH,
        Action.FRAMEWORK_RETIRE,
        Action.FRAMEWORK_DELETE,
        Action.FRAMEWORK_CROSSWALK,
    ),
    m.CoachingRelationship: (
        Action.RELATIONSHIP_EDIT,
        Action.RELATIONSHIP_ACTIVATE,
        Action.RELATIONSHIP_WITHDRAW,
        Action.RELATIONSHIP_PAUSE,
        Action.RELATIONSHIP_RESUME,
        Action.RELATIONSHIP_END,
        Action.RELATIONSHIP_HAND_OVER,
        Action.RELATIONSHIP_READ_HAND_OVER,
    ),
    m.Template: (
        Action.TEMPLATE_EDIT,
        Action.TEMPLATE_DELETE,
        Action.TEMPLATE_PUBLISH,
        Action.TEMPLATE_REVISE,
        Action.TEMPLATE_RETIRE,
    ),
    m.RoleNote: (Action.ROLE_NOTE_EDIT, Action.ROLE_NOTE_ANSWER),
    m.Introduction: (Action.INTRODUCTION_EDIT,),
    m.OutreachMessage: (
        Action.OUTREACH_EDIT,
        Action.OUTREACH_DELETE,
        Action.OUTREACH_PREVIEW,
        Action.OUTREACH_SEND,
        Action.OUTREACH_UNSCHEDULE,
        Action.OUTREACH_HAND_OVER,
    ),
    m.Questionnaire: (
        Action.QUESTIONNAIRE_DELETE,
        Action.QUESTIONNAIRE_SUBMIT,
        Action.QUESTIONNAIRE_REOPEN,
        Action.QUESTIONNAIRE_REVIEW,
    ),
    m.QuestionnaireDraft: (Action.DRAFT_EDIT,),
    m.QuestionnaireSubmission: (Action.SUBMISSION_SHARE,),
    m.Conversation: (
        Action.CONVERSATION_EDIT,
        Action.CONVERSATION_SCHEDULE,
        Action.CONVERSATION_MOVE,
        Action.CONVERSATION_HOLD,
        Action.CONVERSATION_CANCEL,
        Action.CONVERSATION_MISS,
        Action.CONVERSATION_PLAN,
        Action.CONVERSATION_CLOSE,
        Action.CONVERSATION_SHARE,
    ),
    m.CoachingPreferences: (Action.PREFERENCES_SHARE,),
    m.CoachingAgreement: (
        Action.AGREEMENT_EDIT,
        Action.AGREEMENT_ACCEPT,
        Action.AGREEMENT_WITHDRAW,
        Action.AGREEMENT_SHARE,
    ),
    m.SharedRecord: (Action.SHARED_TAKE_BACK,),
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
        Action.GOAL_ADVISE,
        Action.GOAL_REVIEW,
        Action.GOAL_ASK_FEEDBACK,
        # an SLO's approval, a lifecycle of its own beside the goal's
        *APPROVAL_FROM,
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
        Action.MEETING_SHARE,
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
        Action.STEP_SHARE,
    ),
    m.GoalSystem: (
        Action.SYSTEM_EDIT,
        Action.SYSTEM_RETIRE,
        Action.SYSTEM_RESTORE,
        Action.SYSTEM_CONFIRM,
    ),
    m.GrowthPlan: (
        Action.PLAN_EDIT,
        Action.PLAN_AGREE,
        Action.PLAN_ADD_GOAL,
        Action.PLAN_REMOVE_GOAL,
        Action.PLAN_ADD_STEP,
        Action.PLAN_REVIEW,
    ),
    m.PlanStep: (Action.PLAN_STEP_EDIT, Action.PLAN_STEP_FINISH, Action.PLAN_STEP_DROP),
    m.GoalReview: (Action.GOAL_REVIEW_ADD_PART, Action.GOAL_REVIEW_ACKNOWLEDGE),
    m.GoalReviewPart: (Action.REVIEW_PART_EDIT, Action.REVIEW_PART_SUBMIT),
    m.GoalFeedbackRound: (
        Action.ROUND_GIVE,
        Action.ROUND_CLOSE,
        Action.ROUND_SUMMARISE,
        Action.ROUND_ADOPT,
        Action.ROUND_READ_INVITED,
    ),
    m.GoalFeedback: (
        Action.GOAL_FEEDBACK_EDIT,
        Action.GOAL_FEEDBACK_DELETE,
        Action.GOAL_FEEDBACK_ANSWER,
    ),
    m.CommonIndicatorOptOut: (Action.OPT_OUT_WITHDRAW,),
    m.FeedbackConversation: (
        Action.TALK_EDIT,
        Action.TALK_SCHEDULE,
        Action.TALK_UNSCHEDULE,
        Action.TALK_NOTE,
        Action.TALK_HOLD,
        Action.TALK_SHARE,
        Action.TALK_ACKNOWLEDGE,
        Action.TALK_REPLY,
    ),
    m.IndicatorFeedback: (
        Action.INDICATOR_FEEDBACK_EDIT,
        Action.INDICATOR_FEEDBACK_DELETE,
        Action.INDICATOR_FEEDBACK_SHARE,
        Action.INDICATOR_FEEDBACK_ACKNOWLEDGE,
    ),
    m.ActionStep: (
        Action.ACTION_STEP_EDIT,
        Action.ACTION_STEP_AGREE,
        Action.ACTION_STEP_PRACTISE,
        Action.ACTION_STEP_MEET,
        Action.ACTION_STEP_NOT_MEET,
        Action.ACTION_STEP_CARRY_OVER,
        Action.ACTION_STEP_DROP,
        Action.ACTION_STEP_SHARE,
    ),
    m.ActionStepIdea: (Action.IDEA_EDIT, Action.IDEA_RETIRE, Action.IDEA_RESTORE),
    m.LearningCycle: (
        Action.CYCLE_EDIT,
        Action.CYCLE_ADVANCE,
        Action.CYCLE_BACK,
        Action.CYCLE_PAUSE,
        Action.CYCLE_RESUME,
        Action.CYCLE_ABANDON,
        Action.CYCLE_CONCLUDE,
        Action.CYCLE_CLOSE,
        Action.CYCLE_GATE_READ,
        Action.CYCLE_TAKE_IN,
        Action.CYCLE_SHARE,
        Action.CYCLE_ADD_DATA,
        Action.CYCLE_ADD_CANDIDATE,
        Action.CYCLE_RANK,
        Action.CYCLE_WAIVE_RANKING,
        Action.CYCLE_CHOOSE_GOAL,
        Action.CYCLE_ADD_SUCCESS,
        Action.CYCLE_PLAN_APPLICATION,
        Action.CYCLE_ADD_ACTIVITY,
        Action.CYCLE_ADD_ADJUSTMENT,
        Action.CYCLE_ADD_USE,
        Action.CYCLE_REFLECT,
        Action.CYCLE_READ_PROGRESS,
    ),
    m.CycleMember: (Action.CYCLE_MEMBER_WAIVE,),
    m.CoachingCalendar: (Action.CALENDAR_EDIT, Action.CALENDAR_END, Action.CALENDAR_ADD_ENTRY),
    m.CalendarEntry: (
        Action.CALENDAR_ENTRY_EDIT,
        Action.CALENDAR_ENTRY_SKIP,
        Action.CALENDAR_ENTRY_PLAN,
        Action.CALENDAR_ENTRY_FINISH,
    ),
    m.CycleDataPoint: (Action.CYCLE_DATA_EDIT, Action.CYCLE_DATA_DELETE),
    m.CycleCandidate: (Action.CYCLE_CANDIDATE_DELETE,),
    m.CycleSuccessIndicator: (Action.CYCLE_SUCCESS_EDIT, Action.CYCLE_SUCCESS_DELETE),
    m.VocabularyTerm: (Action.TERM_EDIT, Action.TERM_RETIRE),
    m.CycleActivity: (
        Action.CYCLE_ACTIVITY_EDIT,
        Action.CYCLE_ACTIVITY_FINISH,
        Action.CYCLE_ACTIVITY_DROP,
        Action.CYCLE_ACTIVITY_REOPEN,
    ),
    m.CycleAdjustment: (
        Action.CYCLE_ADJUSTMENT_EDIT,
        Action.CYCLE_ADJUSTMENT_DROP,
        Action.CYCLE_ADJUSTMENT_OPEN,
        Action.CYCLE_ADJUSTMENT_CLOSE,
    ),
    m.CycleUse: (
        Action.CYCLE_USE_EDIT,
        Action.CYCLE_USE_DELETE,
        Action.CYCLE_USE_OPEN,
        Action.CYCLE_USE_CLOSE,
    ),
    m.CycleReflection: (Action.CYCLE_REFLECTION_SHARE, Action.CYCLE_REFLECTION_DELETE),
    m.ObservationKind: (Action.OBSERVATION_KIND_EDIT,),
    m.ObserverCertification: (Action.CERTIFICATION_EDIT,),
    m.Observation: (
        Action.OBSERVATION_EDIT,
        Action.OBSERVATION_RESCHEDULE,
        Action.OBSERVATION_START,
        Action.OBSERVATION_FINISH,
        Action.OBSERVATION_CANCEL,
        Action.OBSERVATION_SHARE,
        Action.OBSERVATION_DISCUSS,
        Action.OBSERVATION_ACKNOWLEDGE,
        Action.OBSERVATION_LOCK,
        Action.OBSERVATION_VOID,
        Action.OBSERVATION_ADD_CO_OBSERVER,
        Action.OBSERVATION_READ_READS,
        Action.OBSERVATION_ADD_EVIDENCE,
        Action.OBSERVATION_RATE,
        Action.OBSERVATION_REVISE,
    ),
    m.CoObserver: (
        Action.CO_OBSERVER_CONSENT,
        Action.CO_OBSERVER_DECLINE,
        Action.CO_OBSERVER_WITHDRAW,
    ),
    m.EvidenceItem: (Action.EVIDENCE_EDIT, Action.EVIDENCE_REMOVE, Action.EVIDENCE_CITE),
    m.EvidenceCitation: (Action.CITATION_DELETE,),
    m.RosterConnection: (
        Action.ROSTER_CONNECTION_EDIT,
        Action.ROSTER_CONNECTION_PAUSE,
        Action.ROSTER_CONNECTION_RESUME,
        Action.ROSTER_CONNECTION_DELETE,
        Action.ROSTER_CONNECTION_PULL,
    ),
}


def _one(row: Any, *conditions: Condition) -> ColumnElement[Any]:
    """A row of the district, if there is one. A scalar, not EXISTS: that was hashed over every row
    of the district for each use."""
    return select(row.id).where(row.district_id == district, *conditions).limit(1).scalar_subquery()


def _without_account(row: Any) -> Condition:
    credential = aliased(m.Credential)
    return _one(credential, credential.id == row.id).is_(None)


def _not_agreed_by_me(goal_id: Any, revision_id: Any) -> Condition:
    agreement = aliased(m.GoalAgreement)
    return _one(
        agreement,
        agreement.goal_id == goal_id,
        agreement.revision_id.is_not_distinct_from(revision_id),
        agreement.person_id == me,
    ).is_(None)


def _nothing_waits(goal_id: Any) -> Condition:
    revision = aliased(m.GoalRevision)
    return _one(
        revision,
        revision.goal_id == goal_id,
        revision.state == RevisionState.PROPOSED.value,
    ).is_(None)


def _not_accepted_by_me(row: Any) -> Condition:
    given = aliased(m.AgreementAcceptance)
    return _one(
        given,
        given.agreement_id == row.id,
        given.person_id == me,
    ).is_(None)


def _being_answered(draft: Any) -> Condition:
    """The draft's questionnaire was not submitted, or was opened again."""
    asked = aliased(m.Questionnaire)
    return _one(
        asked,
        asked.id == draft.id,
        asked.state.in_([str(state) for state in ANSWERABLE]),
    ).is_not(None)


def _without_feedback(row: Any) -> Condition:
    given = aliased(m.MeetingFeedback)
    return _one(given, given.meeting_id == row.id).is_(None)


def _meeting_is_on(item: Any) -> Condition:
    held = aliased(m.Meeting)
    return _one(
        held,
        held.id == item.meeting_id,
        held.state == MeetingState.IN_PROGRESS.value,
    ).is_not(None)


def _still_asked(row: Any) -> Condition:
    """The support request of an intervention is neither resolved nor withdrawn."""
    request = aliased(m.SupportRequest)
    return _one(
        request,
        request.id == row.request_id,
        request.state.in_([str(state) for state in UNRESOLVED]),
    ).is_not(None)


def _mine_to_give(row: Any, yes: type[Any], key: str) -> Condition:
    """The caller's yes to the row is not given, or was given before another lead, so that the
    teacher's puts it before the lead of today."""
    given, link = aliased(yes), aliased(m.CoachingRelationship)
    mine = _one(given, getattr(given, key) == row.id, given.person_id == me)
    lead = select(link.lead_id).where(
        link.district_id == district,
        link.teacher_id == row.teacher_id,
        link.primary,
        link.state == RelationshipState.ACTIVE.value,
    )
    moved = row.lead_id.is_distinct_from(lead.limit(1).scalar_subquery())
    return or_(mine.is_(None), and_(row.teacher_id == me, moved))


def _plan_is_open(step: Any) -> Condition:
    plan = aliased(m.GrowthPlan)
    return _one(plan, plan.id == step.plan_id, plan.state != PlanState.CLOSED.value).is_not(None)


def _review_is_open(part: Any) -> Condition:
    review = aliased(m.GoalReview)
    return _one(
        review,
        review.id == part.review_id,
        review.state == ReviewState.OPEN.value,
    ).is_not(None)


def _without_my_part(review: Any) -> Condition:
    part = aliased(m.GoalReviewPart)
    return _one(part, part.review_id == review.id, part.author_id == me).is_(None)


def _no_open_round(goal: Any) -> Condition:
    asked = aliased(m.GoalFeedbackRound)
    return _one(
        asked,
        asked.goal_id == goal.id,
        asked.state == RoundState.OPEN.value,
    ).is_(None)


def _not_given_by_me(round_: Any) -> Condition:
    given = aliased(m.GoalFeedback)
    return _one(
        given,
        given.round_id == round_.id,
        given.author_id == me,
    ).is_(None)


def _round_is_open(feedback: Any) -> Condition:
    asked = aliased(m.GoalFeedbackRound)
    return _one(
        asked,
        asked.id == feedback.round_id,
        asked.state == RoundState.OPEN.value,
    ).is_not(None)


def _not_opted_out_by_me(team: Any) -> Condition:
    out = aliased(m.CommonIndicatorOptOut)
    return _one(
        out,
        out.team_id == team.id,
        out.teacher_id == me,
        out.state == OptOutState.IN_FORCE.value,
    ).is_(None)


def _slo_takes(action: Action) -> Callable[[Any], Condition]:
    """The goal is an SLO whose approval offers the step."""
    states = [str(state) for state in APPROVAL_FROM[action]]
    return lambda row: and_(row.kind == GoalKind.STUDENT_LEARNING.value, row.approval.in_(states))


def _goal_in_force(goal_id: Any) -> Condition:
    goal = aliased(m.Goal)
    return _one(
        goal,
        goal.id == goal_id,
        goal.state.in_([str(state) for state in IN_FORCE]),
    ).is_not(None)


def _not_submitted_by_me(goal: Any) -> Condition:
    """Somebody else took the latest step that puts the SLO before whoever decides."""
    step = aliased(m.SloDecision)
    latest = (
        select(step.person_id)
        .where(
            step.district_id == district,
            step.goal_id == goal.id,
            step.step.in_([SloStep.SUBMITTED.value, SloStep.END_SUBMITTED.value]),
        )
        .order_by(step.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return latest.is_distinct_from(me)


def _cycle_is(row: Any, *states: CycleState) -> Condition:
    """The learning cycle that the row is below is in one of these states."""
    cycle = aliased(m.LearningCycle)
    return _one(cycle, cycle.id == row.cycle_id, cycle.state.in_(map(str, states))).is_not(None)


def _cycle_unranked(row: Any) -> Condition:
    """The cycle of the row is in intention, and its rankings were not revealed."""
    cycle = aliased(m.LearningCycle)
    return _one(
        cycle,
        cycle.id == row.cycle_id,
        cycle.state == CycleState.INTENTION.value,
        cycle.revealed_at.is_(None),
    ).is_not(None)


def _not_revealed(cycle: Any) -> Condition:
    hidden: Condition = cycle.revealed_at.is_(None)
    return hidden


def _waivable(cycle: Any) -> Condition:
    """Rankings can be missing still: they are hidden, or a team's that were revealed without."""
    of_team = and_(cycle.level == CycleLevel.TEAM.value, cycle.ranking_waived_reason.is_(None))
    return or_(cycle.revealed_at.is_(None), of_team)


def _concluded_by_the_other(cycle: Any) -> Condition:
    """Somebody concluded it and stands by it: the other of the two, or the lead of the team."""
    mine, others = cycle.lead_yes_at, cycle.teacher_yes_at
    stands = case(
        (cycle.level == CycleLevel.TEAM.value, mine.is_not(None)),
        (cycle.teacher_id == me, and_(mine.is_not(None), others.is_(None))),
        else_=and_(others.is_not(None), mine.is_(None)),
    )
    return and_(cycle.decision.is_not(None), stands)


def _calendar_is_active(entry: Any) -> Condition:
    calendar = aliased(m.CoachingCalendar)
    return _one(
        calendar,
        calendar.id == entry.calendar_id,
        calendar.state == CalendarState.ACTIVE.value,
    ).is_not(None)


def _cycle_runs(row: Any) -> Condition:
    return _cycle_is(row, *RUNNING)


def _cycle_is_applied(row: Any) -> Condition:
    return _cycle_is(row, *APPLIED_IN)


def _not_shared_by_me(cycle: Any) -> Condition:
    """The caller's own reflection on the cycle can still be written."""
    said = aliased(m.CycleReflection)
    return _one(
        said,
        said.cycle_id == cycle.id,
        said.author_id == me,
        said.state == ReflectionState.SHARED.value,
    ).is_(None)


def _visit_unshared(row: Any) -> Condition:
    """The observation of a second observer is neither shared nor over."""
    visit = aliased(m.Observation)
    return _one(visit, visit.id == row.observation_id, visit.state.in_(UNSHARED_STATES)).is_not(
        None
    )


def _client_is_active(endpoint: Any) -> Condition:
    client = aliased(m.IntegrationClient)
    return _one(client, client.id == endpoint.client_id, client.active.is_(True)).is_not(None)


def _endpoint_is_active(delivery: Any) -> Condition:
    endpoint = aliased(m.WebhookEndpoint)
    return _one(
        endpoint,
        endpoint.id == delivery.endpoint_id,
        endpoint.state == EndpointState.ACTIVE.value,
    ).is_not(None)


#: further conditions of the row's own state that an action needs, beside POSSIBLE_IN
EXTRA_CONDITIONS: dict[Action, Callable[[Any], Condition]] = {
    **{action: _slo_takes(action) for action in APPROVAL_FROM},
    Action.SLO_SUBMIT: lambda row: and_(_slo_takes(Action.SLO_SUBMIT)(row), _nothing_waits(row.id)),
    # A lead may lead the school as well: nobody decides on what they submitted.
    Action.SLO_APPROVE: lambda row: and_(
        _slo_takes(Action.SLO_APPROVE)(row), _not_submitted_by_me(row)
    ),
    Action.SLO_FINALISE: lambda row: and_(
        _slo_takes(Action.SLO_FINALISE)(row), _not_submitted_by_me(row)
    ),
    Action.PERSON_INVITE: lambda row: and_(
        row.active, row.email.is_not(None), _without_account(row)
    ),
    Action.PERSON_DEACTIVATE: lambda row: row.active,
    Action.PERSON_REACTIVATE: lambda row: ~row.active,
    Action.ROLE_END: lambda row: row.ended_on.is_(None),
    Action.CLIENT_ROTATE: lambda row: row.active,
    Action.CLIENT_REVOKE: lambda row: row.active,
    Action.GOAL_DELETE: lambda row: ~row.co_written,
    # What is before the school leader, or approved, is not changed under them.
    Action.GOAL_REVISE: lambda row: and_(
        _nothing_waits(row.id), row.approval.in_([str(state) for state in PLAN_OPEN])
    ),
    Action.GOAL_CLOSE: lambda row: _nothing_waits(row.id),
    Action.GOAL_AGREE: lambda row: _not_agreed_by_me(row.id, null()),
    # The school leader may have finalised the goal while a close of the two waited.
    Action.REVISION_AGREE: lambda row: and_(
        _not_agreed_by_me(row.goal_id, row.id), _goal_in_force(row.goal_id)
    ),
    Action.DRAFT_EDIT: _being_answered,
    Action.AGREEMENT_ACCEPT: _not_accepted_by_me,
    Action.MEETING_GIVE_FEEDBACK: lambda row: _without_feedback(row),
    Action.AGENDA_DISCUSS: _meeting_is_on,
    Action.INTERVENTION_ACCEPT: _still_asked,
    Action.INTERVENTION_START: _still_asked,
    Action.SUPPORT_ENTRY_FINISH: lambda row: and_(row.kind == "next_step", row.done_at.is_(None)),
    # here and not in POSSIBLE_IN: it is no step of the lifecycle
    Action.GOAL_ADVISE: lambda row: row.state != GoalState.CLOSED.value,
    Action.PLAN_AGREE: lambda row: _mine_to_give(row, m.PlanAgreement, "plan_id"),
    Action.PLAN_STEP_EDIT: _plan_is_open,
    Action.PLAN_STEP_FINISH: _plan_is_open,
    Action.PLAN_STEP_DROP: _plan_is_open,
    Action.GOAL_REVIEW_ADD_PART: _without_my_part,
    Action.GOAL_REVIEW_ACKNOWLEDGE: lambda row: _mine_to_give(
        row, m.ReviewAcknowledgement, "review_id"
    ),
    Action.REVIEW_PART_EDIT: _review_is_open,
    Action.REVIEW_PART_SUBMIT: _review_is_open,
    Action.GOAL_ASK_FEEDBACK: _no_open_round,
    Action.ROUND_GIVE: _not_given_by_me,
    Action.ROUND_ADOPT: lambda row: and_(
        row.adopted_revision_id.is_(None), _goal_in_force(row.goal_id)
    ),
    Action.GOAL_FEEDBACK_EDIT: _round_is_open,
    Action.GOAL_FEEDBACK_DELETE: lambda row: and_(row.answer.is_(None), _round_is_open(row)),
    Action.TEAM_OPT_OUT: lambda row: and_(
        row.common_indicator_id.is_not(None), _not_opted_out_by_me(row)
    ),
    # here and not in POSSIBLE_IN: a note has a version of its own, which is asked before the state
    Action.TALK_NOTE: lambda row: row.state.in_([str(state) for state in NOTED_IN]),
    Action.TALK_UNSCHEDULE: lambda row: row.starts_at.is_not(None),
    Action.TALK_REPLY: lambda row: row.later_replied_at.is_(None),
    # Its words are its author's until the other of the two agrees to them.
    Action.ACTION_STEP_EDIT: lambda row: or_(
        row.state != ActionStepState.PROPOSED.value, row.author_id == me
    ),
    Action.ACTION_STEP_AGREE: lambda row: row.author_id != me,
    Action.IDEA_EDIT: lambda row: ~row.retired,
    Action.IDEA_RETIRE: lambda row: ~row.retired,
    Action.IDEA_RESTORE: lambda row: row.retired,
    Action.CYCLE_CLOSE: _concluded_by_the_other,
    # here and not in POSSIBLE_IN: an individual cycle has no such step
    Action.CYCLE_TAKE_IN: lambda row: and_(
        row.level == CycleLevel.TEAM.value, row.state.in_([str(state) for state in OPEN_CYCLES])
    ),
    Action.CYCLE_MEMBER_WAIVE: lambda row: _cycle_is(row, *OPEN_CYCLES),
    Action.CALENDAR_ENTRY_EDIT: _calendar_is_active,
    Action.CALENDAR_ENTRY_SKIP: _calendar_is_active,
    Action.CALENDAR_ENTRY_PLAN: _calendar_is_active,
    Action.CALENDAR_ENTRY_FINISH: lambda row: and_(
        row.kind.in_([kind.value for kind in BY_HAND]), _calendar_is_active(row)
    ),
    # How others ranked, and whether, must show in none of these.
    Action.CYCLE_ADD_CANDIDATE: _not_revealed,
    Action.CYCLE_RANK: _not_revealed,
    Action.CYCLE_WAIVE_RANKING: _waivable,
    Action.CYCLE_CHOOSE_GOAL: lambda row: row.revealed_at.is_not(None),
    Action.CYCLE_DATA_EDIT: _cycle_runs,
    Action.CYCLE_DATA_DELETE: lambda row: _cycle_is(row, CycleState.INTENTION),
    Action.CYCLE_CANDIDATE_DELETE: _cycle_unranked,
    Action.CYCLE_SUCCESS_EDIT: lambda row: _cycle_is(row, CycleState.INTENTION),
    Action.CYCLE_SUCCESS_DELETE: lambda row: _cycle_is(row, CycleState.INTENTION),
    Action.CYCLE_REFLECT: _not_shared_by_me,
    Action.CYCLE_ACTIVITY_EDIT: _cycle_runs,
    Action.CYCLE_ACTIVITY_FINISH: _cycle_runs,
    Action.CYCLE_ACTIVITY_DROP: _cycle_runs,
    Action.CYCLE_ACTIVITY_REOPEN: _cycle_runs,
    Action.CYCLE_ADJUSTMENT_EDIT: _cycle_runs,
    Action.CYCLE_ADJUSTMENT_DROP: _cycle_runs,
    Action.CYCLE_ADJUSTMENT_OPEN: lambda row: row.team_id.is_(None),
    Action.CYCLE_ADJUSTMENT_CLOSE: lambda row: row.team_id.is_not(None),
    Action.CYCLE_USE_EDIT: _cycle_is_applied,
    Action.CYCLE_USE_DELETE: _cycle_is_applied,
    Action.CYCLE_USE_OPEN: lambda row: row.team_id.is_(None),
    Action.CYCLE_USE_CLOSE: lambda row: row.team_id.is_not(None),
    Action.CYCLE_REFLECTION_SHARE: _cycle_is_applied,
    Action.CO_OBSERVER_CONSENT: _visit_unshared,
    Action.CO_OBSERVER_DECLINE: _visit_unshared,
    Action.CO_OBSERVER_WITHDRAW: _visit_unshared,
    # the teacher cannot consent to a visit that they may not know of
    Action.OBSERVATION_ADD_CO_OBSERVER: lambda row: or_(row.announced, row.started_at.is_not(None)),
    Action.OBSERVATION_RATE: lambda row: row.scored,
    Action.EVIDENCE_EDIT: lambda row: _still_written(row),
    Action.EVIDENCE_REMOVE: lambda row: and_(row.removed_at.is_(None), _still_written(row)),
    Action.EVIDENCE_CITE: lambda row: and_(row.shared_at.is_not(None), row.removed_at.is_(None)),
    Action.CITATION_DELETE: lambda row: row.frozen_text.is_(None),
    Action.WEBHOOK_CREATE: lambda row: row.active,
    Action.WEBHOOK_EDIT: _client_is_active,
    Action.WEBHOOK_ENABLE: _client_is_active,
    Action.WEBHOOK_ROTATE: _client_is_active,
    Action.DELIVERY_REDELIVER: _endpoint_is_active,
}


def _still_written(item: Any) -> Condition:
    """The item's observation is in progress or drafted, and the item not given."""
    visit = aliased(m.Observation)
    found = _one(visit, visit.id == item.observation_id, visit.state.in_(WRITTEN_IN))
    return and_(item.shared_at.is_(None), found.is_not(None))
