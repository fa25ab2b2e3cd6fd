"""What `permissions` may name of each kind of row, and what the row itself must fulfil."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app import models as m
from app.access.lifecycles import APPROVAL_FROM
from app.access.policy import Action
from app.access.relations import Condition, district, me
from app.models.goal_feedback import OptOutState, RoundState
from app.models.goals import IN_FORCE, PLAN_OPEN, GoalKind, GoalState, RevisionState
from app.models.meetings import MeetingState
from app.models.observations import UNSHARED_STATES
from app.models.plans import PlanState, ReviewState
from app.models.questionnaires import ANSWERABLE
from app.models.relationships import RelationshipState
from app.models.slo import SloStep
from app.models.support import UNRESOLVED

#: actions that `permissions` may name, per model
OFFERED: dict[type[Any], tuple[Action, ...]] = {
    m.DistrictPolicy: (Action.POLICY_EDIT,),
    m.School: (
        Action.SCHOOL_EDIT,
        Action.YEAR_CREATE,
        Action.TEAM_CREATE,
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
    m.IntegrationClient: (Action.CLIENT_ROTATE, Action.CLIENT_REVOKE),
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
    m.Observation: (
        Action.OBSERVATION_ADD_EVIDENCE,
        Action.OBSERVATION_RATE,
        Action.OBSERVATION_SHARE,
        Action.OBSERVATION_REVISE,
    ),
    m.EvidenceItem: (Action.EVIDENCE_EDIT, Action.EVIDENCE_REMOVE, Action.EVIDENCE_CITE),
    m.EvidenceCitation: (Action.CITATION_DELETE,),
}


def _one(row: Any, *conditions: Condition) -> ColumnElement[Any]:
    """A row of the district, if there is one. A scalar, not EXISTS: that was hashed over every row
    of the district for each use."""
    return select(row.id).where(row.district_id == district, *conditions).limit(1).scalar_subquery()


def _without_account(row: Any) -> Condition:
    credential = aliased(m.Credential)
    return ~exists().where(credential.district_id == district, credential.id == row.id)


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
    Action.OBSERVATION_RATE: lambda row: row.scored,
    Action.EVIDENCE_EDIT: lambda row: _still_written(row),
    Action.EVIDENCE_REMOVE: lambda row: and_(row.removed_at.is_(None), _still_written(row)),
    Action.EVIDENCE_CITE: lambda row: and_(row.shared_at.is_not(None), row.removed_at.is_(None)),
    Action.CITATION_DELETE: lambda row: row.frozen_text.is_(None),
}


def _still_written(item: Any) -> Condition:
    """The item's observation is in progress or drafted, and the item not given."""
    visit = aliased(m.Observation)
    found = _one(visit, visit.id == item.observation_id, visit.state.in_(UNSHARED_STATES))
    return and_(item.shared_at.is_(None), found.is_not(None))
