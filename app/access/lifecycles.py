"""In which states of its lifecycle an action on a row exists: domain.md §3 as data.

Services and `permissions` both read it, so what is offered is what is allowed.
"""

from app.access.vocabulary import Action
from app.models.conversations import ConversationState as C
from app.models.goal_feedback import OptOutState, RoundState
from app.models.goal_systems import SystemState
from app.models.goals import PLAN_OPEN, Approval, RevisionState
from app.models.goals import GoalState as G
from app.models.meetings import AgendaState, MeetingState, SeriesState, StepState
from app.models.norms import AgreementState, RoleNoteState
from app.models.observations import UNSHARED_STATES, ObservationState
from app.models.outreach import OutreachState as O
from app.models.plans import PartState, PlanStepState, ReviewState
from app.models.plans import PlanState as P
from app.models.questionnaires import QuestionnaireState as Q
from app.models.relationships import RelationshipState as R
from app.models.sharing import SharedState
from app.models.support import UNRESOLVED
from app.models.support import InterventionState as V
from app.models.support import SupportState as S
from app.models.templates import TemplateState as T

A = Action
_IN_FORCE = (G.AGREED, G.PUBLISHED)
#: the states in which an action exists; an action that is not here exists in every state
POSSIBLE_IN: dict[Action, tuple[str, ...]] = {
    A.GOAL_EDIT: (G.DRAFT,),
    A.GOAL_DELETE: (G.DRAFT,),
    A.GOAL_PROPOSE: (G.DRAFT,),
    A.GOAL_REQUEST_CHANGES: (G.PROPOSED,),
    A.GOAL_AGREE: (G.PROPOSED,),
    A.GOAL_PUBLISH: (G.DRAFT,),
    A.GOAL_REVISE: _IN_FORCE,
    A.GOAL_CLOSE: _IN_FORCE,
    A.GOAL_PROGRESS: _IN_FORCE,
    A.REVISION_AGREE: (RevisionState.PROPOSED,),
    A.REVISION_WITHDRAW: (RevisionState.PROPOSED,),
    A.RELATIONSHIP_EDIT: (R.PROPOSED, R.ACTIVE, R.PAUSED),
    A.RELATIONSHIP_ACTIVATE: (R.PROPOSED,),
    A.RELATIONSHIP_WITHDRAW: (R.PROPOSED,),
    A.RELATIONSHIP_PAUSE: (R.ACTIVE,),
    A.RELATIONSHIP_RESUME: (R.PAUSED,),
    A.RELATIONSHIP_END: (R.ACTIVE, R.PAUSED),
    A.RELATIONSHIP_HAND_OVER: (R.ACTIVE, R.PAUSED),
    A.TEMPLATE_EDIT: (T.DRAFT,),
    A.TEMPLATE_DELETE: (T.DRAFT,),
    A.TEMPLATE_PUBLISH: (T.DRAFT,),
    A.TEMPLATE_REVISE: (T.PUBLISHED, T.RETIRED),
    A.TEMPLATE_RETIRE: (T.PUBLISHED,),
    A.ROLE_NOTE_EDIT: (RoleNoteState.OPEN,),
    A.ROLE_NOTE_ANSWER: (RoleNoteState.OPEN,),
    A.OUTREACH_EDIT: (O.DRAFT, O.FAILED),
    A.OUTREACH_DELETE: (O.DRAFT, O.FAILED),
    A.OUTREACH_SEND: (O.DRAFT, O.FAILED),
    A.OUTREACH_UNSCHEDULE: (O.SCHEDULED, O.QUEUED),
    A.OUTREACH_HAND_OVER: (O.DRAFT, O.FAILED),
    A.QUESTIONNAIRE_DELETE: (Q.ASSIGNED,),
    A.QUESTIONNAIRE_SUBMIT: (Q.IN_PROGRESS,),
    A.QUESTIONNAIRE_REOPEN: (Q.SUBMITTED, Q.REVIEWED),
    A.QUESTIONNAIRE_REVIEW: (Q.SUBMITTED,),
    A.CONVERSATION_EDIT: (C.PLANNED, C.SCHEDULED, C.HELD),
    A.CONVERSATION_SCHEDULE: (C.PLANNED,),
    A.CONVERSATION_MOVE: (C.SCHEDULED,),
    A.CONVERSATION_HOLD: (C.SCHEDULED,),
    A.CONVERSATION_CANCEL: (C.SCHEDULED,),
    A.CONVERSATION_MISS: (C.SCHEDULED,),
    A.CONVERSATION_PLAN: (C.MISSED,),
    A.CONVERSATION_CLOSE: (C.HELD,),
    A.AGREEMENT_EDIT: (AgreementState.PROPOSED,),
    A.AGREEMENT_ACCEPT: (AgreementState.PROPOSED,),
    A.AGREEMENT_WITHDRAW: (AgreementState.PROPOSED,),
    A.SHARED_TAKE_BACK: (SharedState.OFFERED, SharedState.OPEN),
    A.SERIES_EDIT: (SeriesState.ACTIVE,),
    A.SERIES_PAUSE: (SeriesState.ACTIVE,),
    A.SERIES_RESUME: (SeriesState.PAUSED,),
    A.SERIES_END: (SeriesState.ACTIVE, SeriesState.PAUSED),
    A.SERIES_REVIEW: (SeriesState.ACTIVE, SeriesState.PAUSED),
    A.MEETING_EDIT: (MeetingState.SCHEDULED,),
    A.MEETING_START: (MeetingState.SCHEDULED,),
    A.MEETING_COMPLETE: (MeetingState.IN_PROGRESS,),
    A.MEETING_CANCEL: (MeetingState.SCHEDULED,),
    A.MEETING_SKIP: (MeetingState.SCHEDULED,),
    A.MEETING_MISS: (MeetingState.SCHEDULED,),
    A.MEETING_ADD_ITEM: (MeetingState.SCHEDULED, MeetingState.IN_PROGRESS),
    A.MEETING_ADD_STEP: (MeetingState.IN_PROGRESS,),
    A.MEETING_GIVE_FEEDBACK: (MeetingState.COMPLETED,),
    A.AGENDA_EDIT: (AgendaState.OPEN,),
    A.AGENDA_MOVE: (AgendaState.OPEN,),
    A.AGENDA_DISCUSS: (AgendaState.OPEN,),
    A.AGENDA_DROP: (AgendaState.OPEN,),
    A.STEP_EDIT: (StepState.OPEN,),
    A.STEP_FINISH: (StepState.OPEN,),
    A.STEP_CARRY_OVER: (StepState.OPEN,),
    A.STEP_DROP: (StepState.OPEN,),
    A.SUPPORT_ACKNOWLEDGE: (S.OPEN,),
    A.SUPPORT_START: (S.ACKNOWLEDGED,),
    A.SUPPORT_RESOLVE: (S.IN_PROGRESS,),
    A.SUPPORT_WITHDRAW: UNRESOLVED,
    A.SUPPORT_REOPEN: (S.RESOLVED,),
    A.SUPPORT_SHARE: UNRESOLVED,
    A.SUPPORT_WRITE: UNRESOLVED,
    A.SUPPORT_ASK: UNRESOLVED,
    A.INTERVENTION_ACCEPT: (V.REQUESTED,),
    A.INTERVENTION_DECLINE: (V.REQUESTED,),
    A.INTERVENTION_START: (V.ACCEPTED,),
    A.INTERVENTION_FINISH: (V.UNDER_WAY,),
    A.FRAMEWORK_PUBLISH: ("draft",),
    A.FRAMEWORK_RETIRE: ("published",),
    A.FRAMEWORK_DELETE: ("draft",),
    A.FRAMEWORK_CROSSWALK: ("draft", "published"),
    A.IMPORT_COMMIT: ("reported",),
    A.SYSTEM_EDIT: (SystemState.ACTIVE,),
    A.SYSTEM_RETIRE: (SystemState.ACTIVE,),
    A.SYSTEM_RESTORE: (SystemState.RETIRED,),
    A.SYSTEM_CONFIRM: (SystemState.ACTIVE,),
    A.SLO_EDIT: (G.DRAFT, G.PROPOSED, G.AGREED),
    A.SLO_SUBMIT: (G.AGREED,),
    A.SLO_APPROVE: (G.AGREED,),
    A.SLO_RETURN: (G.AGREED,),
    A.SLO_SUBMIT_END: (G.AGREED,),
    A.SLO_RETURN_END: (G.AGREED,),
    A.SLO_FINALISE: (G.AGREED,),
    A.SLO_REOPEN: (G.CLOSED,),
    A.SLO_MONITOR: (G.AGREED,),
    A.SLO_NAME_APPROVER: (G.AGREED,),
    A.GOAL_REVIEW: (G.AGREED, G.CLOSED),
    A.PLAN_EDIT: (P.DRAFT,),
    A.PLAN_AGREE: (P.DRAFT,),
    A.PLAN_ADD_GOAL: (P.DRAFT, P.AGREED, P.MID_YEAR_REVIEWED),
    A.PLAN_REMOVE_GOAL: (P.DRAFT, P.AGREED, P.MID_YEAR_REVIEWED),
    A.PLAN_ADD_STEP: (P.DRAFT, P.AGREED, P.MID_YEAR_REVIEWED),
    A.PLAN_REVIEW: (P.AGREED, P.MID_YEAR_REVIEWED),
    A.PLAN_STEP_EDIT: (PlanStepState.OPEN,),
    A.PLAN_STEP_FINISH: (PlanStepState.OPEN,),
    A.PLAN_STEP_DROP: (PlanStepState.OPEN,),
    A.GOAL_REVIEW_ADD_PART: (ReviewState.OPEN,),
    A.GOAL_REVIEW_ACKNOWLEDGE: (ReviewState.OPEN,),
    A.REVIEW_PART_EDIT: (PartState.DRAFT,),
    A.REVIEW_PART_SUBMIT: (PartState.DRAFT,),
    A.GOAL_ASK_FEEDBACK: (G.PUBLISHED,),
    A.ROUND_GIVE: (RoundState.OPEN,),
    A.ROUND_CLOSE: (RoundState.OPEN,),
    A.ROUND_SUMMARISE: (RoundState.CLOSED,),
    A.ROUND_ADOPT: (RoundState.SUMMARISED,),
    A.OPT_OUT_WITHDRAW: (OptOutState.IN_FORCE,),
    # an observation in progress or drafted takes what its author still has on a device
    A.OBSERVATION_ADD_EVIDENCE: UNSHARED_STATES,
    A.OBSERVATION_RATE: UNSHARED_STATES,
    A.OBSERVATION_SHARE: (ObservationState.DRAFTED,),
    A.OBSERVATION_REVISE: (
        ObservationState.SHARED,
        ObservationState.DISCUSSED,
        ObservationState.ACKNOWLEDGED,
    ),
}
#: in which of its approval's states an SLO takes a step (domain.md §3)
APPROVAL_FROM: dict[Action, tuple[Approval, ...]] = {
    A.SLO_EDIT: (*PLAN_OPEN, Approval.APPROVED, Approval.END_RETURNED),
    A.SLO_SUBMIT: PLAN_OPEN,
    A.SLO_APPROVE: (Approval.SUBMITTED,),
    A.SLO_RETURN: (Approval.SUBMITTED, Approval.APPROVED),
    A.SLO_SUBMIT_END: (Approval.APPROVED, Approval.END_RETURNED),
    A.SLO_RETURN_END: (Approval.END_SUBMITTED,),
    A.SLO_FINALISE: (Approval.END_SUBMITTED,),
    A.SLO_REOPEN: (Approval.FINALISED,),
    A.SLO_MONITOR: tuple(Approval),
    A.SLO_NAME_APPROVER: (
        Approval.SUBMITTED,
        Approval.APPROVED,
        Approval.END_SUBMITTED,
        Approval.END_RETURNED,
    ),
}
