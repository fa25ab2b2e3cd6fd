"""What `permissions` may name of each kind of row, and what the row itself must fulfil."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    and_,
    exists,
    null,
    select,
)
from sqlalchemy.orm import aliased

from app import models as m
from app.access.policy import Action
from app.access.relations import Condition, district, me
from app.models.goals import RevisionState
from app.models.meetings import MeetingState
from app.models.questionnaires import ANSWERABLE
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


def _not_accepted_by_me(row: Any) -> Condition:
    given = aliased(m.AgreementAcceptance)
    found = (
        select(given.id)
        .where(
            given.district_id == district,
            given.agreement_id == row.id,
            given.person_id == me,
        )
        .limit(1)
        .scalar_subquery()
    )
    return found.is_(None)


def _being_answered(draft: Any) -> Condition:
    """The draft's questionnaire was not submitted, or was opened again."""
    asked = aliased(m.Questionnaire)
    found = (
        select(asked.id)
        .where(
            asked.district_id == district,
            asked.id == draft.id,
            asked.state.in_([str(state) for state in ANSWERABLE]),
        )
        .limit(1)
        .scalar_subquery()
    )
    return found.is_not(None)


def _without_feedback(row: Any) -> Condition:
    given = aliased(m.MeetingFeedback)
    found = (
        select(given.id)
        .where(given.district_id == district, given.meeting_id == row.id)
        .limit(1)
        .scalar_subquery()
    )
    return found.is_(None)


def _meeting_is_on(item: Any) -> Condition:
    held = aliased(m.Meeting)
    found = (
        select(held.id)
        .where(
            held.district_id == district,
            held.id == item.meeting_id,
            held.state == MeetingState.IN_PROGRESS.value,
        )
        .limit(1)
        .scalar_subquery()
    )
    return found.is_not(None)


def _still_asked(row: Any) -> Condition:
    """The support request of an intervention is neither resolved nor withdrawn."""
    request = aliased(m.SupportRequest)
    found = (
        select(request.id)
        .where(
            request.district_id == district,
            request.id == row.request_id,
            request.state.in_([str(state) for state in UNRESOLVED]),
        )
        .limit(1)
        .scalar_subquery()
    )
    return found.is_not(None)


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
    Action.DRAFT_EDIT: _being_answered,
    Action.AGREEMENT_ACCEPT: _not_accepted_by_me,
    Action.MEETING_GIVE_FEEDBACK: lambda row: _without_feedback(row),
    Action.AGENDA_DISCUSS: _meeting_is_on,
    Action.INTERVENTION_ACCEPT: _still_asked,
    Action.INTERVENTION_START: _still_asked,
    Action.SUPPORT_ENTRY_FINISH: lambda row: and_(row.kind == "next_step", row.done_at.is_(None)),
}
