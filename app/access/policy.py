"""Who may do what: domain.md §2a as data. Change it only by an ADR.

`GRANTS[(relation, action)]` names the reaches: which rows of that relation the action covers.
`relations.py` and `reaches.py` turn them into SQL. `POSSIBLE_IN` says in which states of a
lifecycle an action exists at all; services and `permissions` both read it.
"""

from app.access.vocabulary import Action, Reach, Relation
from app.models.conversations import ConversationState as C
from app.models.goals import GoalState as G
from app.models.goals import RevisionState
from app.models.meetings import AgendaState, MeetingState, SeriesState, StepState
from app.models.norms import AgreementState, RoleNoteState
from app.models.outreach import OutreachState as O
from app.models.questionnaires import QuestionnaireState as Q
from app.models.relationships import RelationshipState as R
from app.models.sharing import SharedState
from app.models.support import UNRESOLVED
from app.models.support import InterventionState as V
from app.models.support import SupportState as S
from app.models.templates import TemplateState as T

__all__ = ["GRANTS", "POSSIBLE_IN", "Action", "Reach", "Relation"]

A, X, L = Action, Reach, Relation
_DA, _SL, _MEMBER, _ANYONE = (
    L.DISTRICT_ADMINISTRATOR,
    L.SCHOOL_LEADER,
    L.SCHOOL_MEMBER,
    L.ANYONE_IN_DISTRICT,
)


#: Whoever leads a school or a team is a member of it (`load_caller`), so what members may is not
#: said of their leaders again.
def _grants() -> dict[tuple[Relation, Action], frozenset[Reach]]:
    table: dict[tuple[Relation, Action], frozenset[Reach]] = {}

    def allow(relation: Relation, actions: list[Action], *reaches: Reach) -> None:
        for action in actions:
            key = (relation, action)
            table[key] = table.get(key, frozenset()) | frozenset(reaches or (X.ALL,))

    # Schools, years, policy, clients, roster, frameworks: the district writes, everybody reads.
    everyone_reads = [
        A.DISTRICT_READ,
        A.POLICY_READ,
        A.SCHOOL_READ,
        A.YEAR_READ,
        A.CLIENT_READ,
        A.COURSE_READ,
        A.CLASS_READ,
        A.ASSIGNMENT_READ,
        A.IMPORT_READ,
    ]
    allow(_ANYONE, everyone_reads)
    allow(_ANYONE, [A.FRAMEWORK_READ], X.FRAMEWORK_PUBLISHED)
    allow(
        _DA,
        [
            A.POLICY_EDIT,
            A.SCHOOL_CREATE,
            A.SCHOOL_EDIT,
            A.YEAR_CREATE,
            A.YEAR_EDIT,
            A.PERSON_CREATE,
            A.PERSON_EDIT,
            A.PERSON_INVITE,
            A.PERSON_DEACTIVATE,
            A.PERSON_REACTIVATE,
            A.IMPORT_CREATE,
            A.IMPORT_COMMIT,
            A.CLIENT_CREATE,
            A.CLIENT_ROTATE,
            A.CLIENT_REVOKE,
            A.FRAMEWORK_READ,
            A.FRAMEWORK_CREATE,
            A.FRAMEWORK_PUBLISH,
            A.FRAMEWORK_RETIRE,
        ],
    )
    allow(L.ROSTER_CLIENT, [A.IMPORT_READ, A.IMPORT_CREATE, A.IMPORT_COMMIT])

    # Teams, leads, ILT, mentors, coaching relationships: district and school leader write.
    team_writes = [A.TEAM_CREATE, A.TEAM_EDIT]
    allow(_DA, [A.TEAM_READ, A.ROLE_READ, A.ROLE_CREATE, A.ROLE_END, *team_writes])
    allow(_SL, [A.TEAM_READ, A.ROLE_READ, *team_writes])
    allow(_SL, [A.ROLE_CREATE, A.ROLE_END], X.BELOW_LEADER)
    allow(L.TEAM_LEAD, [A.ROLE_READ])
    allow(L.TEAM_MEMBER, [A.TEAM_READ])
    allow(L.SELF, [A.ROLE_READ])
    runs_relationship = [
        A.RELATIONSHIP_READ,
        A.RELATIONSHIP_CREATE,
        A.RELATIONSHIP_EDIT,
        A.RELATIONSHIP_WITHDRAW,
        A.RELATIONSHIP_PAUSE,
        A.RELATIONSHIP_RESUME,
        A.RELATIONSHIP_END,
        A.RELATIONSHIP_HAND_OVER,
    ]
    allow(_DA, runs_relationship)
    allow(_SL, runs_relationship)
    # Else a leader could make themselves somebody's lead and read what the pair writes.
    allow(_SL, [A.RELATIONSHIP_ACTIVATE], X.LEAD_BELOW_LEADER)
    allow(
        L.TEACHER,
        [A.RELATIONSHIP_READ, A.RELATIONSHIP_ACTIVATE, A.RELATIONSHIP_READ_HAND_OVER],
    )
    allow(L.LEAD, [A.RELATIONSHIP_READ])

    # Vision and calendar: the school leader writes, the school and the district read.
    allow(_DA, [A.VISION_READ])
    allow(_SL, [A.VISION_EDIT, A.YEAR_EDIT_CALENDAR])
    allow(_MEMBER, [A.VISION_READ])

    # People: names to the school, e-mail only to those who work with them.
    allow(_DA, [A.PERSON_READ, A.CONTACT_READ])
    allow(_SL, [A.CONTACT_READ])
    allow(_MEMBER, [A.PERSON_READ])
    allow(L.SELF, [A.PERSON_READ, A.PERSON_SET_ZONE, A.CONTACT_READ])
    allow(L.LEAD, [A.PERSON_READ, A.CONTACT_READ])
    allow(L.PAUSED_LEAD, [A.PERSON_READ, A.CONTACT_READ])
    allow(L.PROPOSED_LEAD, [A.PERSON_READ])
    allow(L.TEACHER, [A.CONTACT_READ])
    allow(L.COACHED_BY, [A.PERSON_READ])
    allow(L.LED_BY, [A.CONTACT_READ])

    # One's own sessions; the audit.
    allow(L.SELF, [A.SESSION_READ, A.SESSION_END])
    allow(_DA, [A.EVENT_READ], X.OPEN_CLASSES)
    allow(_SL, [A.EVENT_READ], X.OPEN_CLASSES)
    allow(L.AUTHOR, [A.EVENT_READ])
    allow(L.SELF, [A.EVENT_READ], X.NOT_SUPPORT)

    # School goals.
    school_writes = [
        A.GOAL_READ,
        A.GOAL_CREATE,
        A.GOAL_EDIT,
        A.GOAL_DELETE,
        A.GOAL_PUBLISH,
        A.GOAL_REVISE,
        A.GOAL_CLOSE,
        A.GOAL_PROGRESS,
    ]
    # A draft has no comments: they are read by more people than the draft is.
    notes = [A.GOAL_COMMENT, A.GOAL_READ_NOTES]
    reads_notes = [A.PROGRESS_READ, A.COMMENT_READ, A.REVISION_READ]
    allow(_SL, [*school_writes, A.GOAL_READ_NOTES, *reads_notes], X.SCHOOL_LEVEL)
    allow(_MEMBER, [A.GOAL_READ, *notes], X.SCHOOL_LEVEL_PUBLISHED)
    allow(_MEMBER, reads_notes, X.SCHOOL_LEVEL)
    allow(_DA, [A.GOAL_READ], X.SCHOOL_LEVEL_PUBLISHED)
    allow(_DA, [A.REVISION_READ], X.SCHOOL_LEVEL)

    # Team goals.
    allow(L.TEAM_LEAD, [*school_writes, A.GOAL_READ_NOTES], X.TEAM_LEVEL)
    allow(L.TEAM_MEMBER, [A.GOAL_READ, *notes], X.TEAM_LEVEL_PUBLISHED)
    allow(L.TEAM_MEMBER, reads_notes, X.TEAM_LEVEL)
    allow(_SL, [A.GOAL_READ, *notes], X.TEAM_LEVEL_PUBLISHED)
    allow(_SL, reads_notes, X.TEAM_LEVEL)

    # Individual goals: the pair; the school leader from agreed on, or where there is no lead. What
    # a teacher wrote with an earlier lead, or alone, is not for the lead of today until agreed.
    pair_writes = [
        A.GOAL_READ,
        A.GOAL_CREATE,
        A.GOAL_EDIT,
        A.GOAL_PROPOSE,
        A.GOAL_REQUEST_CHANGES,
        A.GOAL_AGREE,
        A.GOAL_REVISE,
        A.GOAL_CLOSE,
        A.GOAL_PROGRESS,
        *notes,
    ]
    decides_revision = [A.REVISION_AGREE, A.REVISION_WITHDRAW]
    of_pair = (X.INDIVIDUAL_PAIR, X.INDIVIDUAL_IN_FORCE)
    allow(L.TEACHER, [*pair_writes, *reads_notes, *decides_revision], X.INDIVIDUAL)
    allow(L.LEAD, pair_writes, *of_pair)
    allow(L.LEAD, [*reads_notes, *decides_revision], X.INDIVIDUAL_PAIR)
    for party in (L.TEACHER, L.LEAD):
        allow(party, [A.GOAL_DELETE], X.INDIVIDUAL_AUTHORED)
    allow(L.PAUSED_LEAD, [A.GOAL_READ, A.GOAL_READ_NOTES], *of_pair)
    allow(L.PAUSED_LEAD, reads_notes, X.INDIVIDUAL_PAIR)
    for lead in (L.LEAD, L.PAUSED_LEAD):
        allow(lead, [A.REVISION_READ], X.INDIVIDUAL_AGREED)
    allow(L.FORMER_LEAD, [A.PROGRESS_READ, A.COMMENT_READ], X.INDIVIDUAL_AUTHORED)
    stands_in = [
        A.GOAL_READ,
        A.GOAL_REQUEST_CHANGES,
        A.GOAL_AGREE,
        A.GOAL_REVISE,
        A.GOAL_CLOSE,
    ]
    allow(L.STAND_IN, stands_in, X.INDIVIDUAL_PROPOSED_ON)
    allow(L.STAND_IN, [A.REVISION_READ, *decides_revision], X.INDIVIDUAL_WAITING)
    allow(_SL, [A.GOAL_READ], X.INDIVIDUAL_IN_FORCE)
    allow(_SL, [A.REVISION_READ], X.INDIVIDUAL_AGREED)

    # 1:1 meetings: the teacher and the lead of that relationship, and nobody else (class pair).
    # Paused, both read and nobody writes. Leaders read that they happen, never what is said.
    pair_reads = [
        A.SERIES_READ,
        A.MEETING_READ,
        A.AGENDA_READ,
        A.STEP_READ,
        A.FEEDBACK_READ,
        A.REVIEW_READ,
    ]
    runs_meetings = [
        A.SERIES_CREATE,
        A.SERIES_EDIT,
        A.SERIES_PAUSE,
        A.SERIES_RESUME,
        A.SERIES_END,
        A.SERIES_REVIEW,
        A.MEETING_CREATE,
        A.MEETING_EDIT,
        A.MEETING_START,
        A.MEETING_COMPLETE,
        A.MEETING_CANCEL,
        A.MEETING_SKIP,
        A.MEETING_MISS,
        A.MEETING_ADD_ITEM,
        A.MEETING_ADD_STEP,
        A.AGENDA_DISCUSS,
    ]
    runs_steps = [A.STEP_EDIT, A.STEP_FINISH, A.STEP_CARRY_OVER, A.STEP_DROP]
    allow(L.TEACHER, [*pair_reads, A.ACTIVITY_READ])
    allow(
        L.TEACHER,
        [*runs_meetings, A.MEETING_GIVE_FEEDBACK, A.AGENDA_MOVE, A.AGENDA_DROP],
        X.PAIR_ACTIVE,
    )
    allow(L.TEACHER, runs_steps, X.NOT_PAUSED)
    allow(L.LEAD, [*pair_reads, *runs_meetings, A.ACTIVITY_READ], X.PAIR)
    allow(L.LEAD, [A.STEP_READ, *runs_steps], X.PAIR, X.OPEN_STEP)
    # The words of an item are its author's; the teacher may drop any, a lead their own.
    allow(L.TEACHER, [A.AGENDA_EDIT], X.PAIR_ACTIVE_AUTHORED)
    allow(L.LEAD, [A.AGENDA_EDIT, A.AGENDA_DROP], X.PAIR_AUTHORED)
    allow(L.PAUSED_LEAD, [*pair_reads, A.ACTIVITY_READ], X.PAIR)
    # what became another lead's is not theirs any more, though they wrote it first
    former_reads: list[Action] = [read for read in pair_reads if read != A.FEEDBACK_READ]
    allow(L.FORMER_LEAD, former_reads, X.PAIR_AUTHORED)
    allow(_SL, [A.ACTIVITY_READ])

    # Templates: whoever runs the district or the school writes theirs, and everybody their own.
    template_writes = [
        A.TEMPLATE_CREATE,
        A.TEMPLATE_EDIT,
        A.TEMPLATE_DELETE,
        A.TEMPLATE_PUBLISH,
        A.TEMPLATE_REVISE,
        A.TEMPLATE_RETIRE,
    ]
    allow(_DA, [A.TEMPLATE_READ, *template_writes], X.DISTRICT_TEMPLATE)
    allow(_DA, [A.TEMPLATE_READ], X.SCHOOL_TEMPLATE_PUBLISHED)
    allow(_SL, [A.TEMPLATE_READ, *template_writes])
    allow(L.AUTHOR, [A.TEMPLATE_READ, *template_writes])
    allow(_MEMBER, [A.TEMPLATE_READ], X.SCHOOL_TEMPLATE_PUBLISHED)
    allow(_ANYONE, [A.TEMPLATE_READ], X.DISTRICT_TEMPLATE_PUBLISHED)

    # How a pair begins the year (class pair). A welcome is its author's until the teacher has it,
    # answers are the teacher's until they are submitted.
    begins = [
        A.ROLE_NOTE_CREATE,
        A.INTRODUCTION_CREATE,
        A.INTRODUCTION_EDIT,
        A.CONVERSATION_CREATE,
        A.CONVERSATION_EDIT,
        A.CONVERSATION_SCHEDULE,
        A.CONVERSATION_MOVE,
        A.CONVERSATION_HOLD,
        A.CONVERSATION_CANCEL,
        A.CONVERSATION_MISS,
        A.CONVERSATION_PLAN,
        A.CONVERSATION_CLOSE,
        A.AGREEMENT_CREATE,
        A.AGREEMENT_EDIT,
        A.AGREEMENT_ACCEPT,
        A.AGREEMENT_WITHDRAW,
    ]
    prepares = [A.OUTREACH_READ, A.OUTREACH_PREVIEW, A.QUESTIONNAIRE_READ]
    prepares_by_writing = [A.OUTREACH_EDIT, A.OUTREACH_DELETE, A.QUESTIONNAIRE_DELETE]
    both_read = [
        A.QUESTIONNAIRE_READ,
        A.SUBMISSION_READ,
        A.ROLE_NOTE_READ,
        A.INTRODUCTION_READ,
        A.CONVERSATION_READ,
        A.PREFERENCES_READ,
        A.AGREEMENT_READ,
    ]
    allow(L.TEACHER, [*both_read, A.DRAFT_READ])
    allow(L.TEACHER, [A.OUTREACH_READ], X.REACHED)
    allow(L.TEACHER, [*begins, A.PREFERENCES_CREATE], X.PAIR_ACTIVE)
    allow(L.TEACHER, [A.ROLE_NOTE_EDIT], X.PAIR_ACTIVE_AUTHORED)
    allow(L.TEACHER, [A.ROLE_NOTE_ANSWER], X.PAIR_ACTIVE_OTHERS)
    answers_questions = [A.QUESTIONNAIRE_SUBMIT, A.QUESTIONNAIRE_REOPEN, A.DRAFT_EDIT]
    allow(L.TEACHER, answers_questions, X.PAIR_BEGUN)
    welcomes = [A.OUTREACH_SEND, A.OUTREACH_UNSCHEDULE, A.OUTREACH_HAND_OVER]
    asks = [A.OUTREACH_CREATE, A.QUESTIONNAIRE_CREATE, A.QUESTIONNAIRE_REVIEW]
    allow(L.LEAD, [*both_read, *begins, *prepares, *prepares_by_writing, *welcomes, *asks], X.PAIR)
    allow(L.LEAD, [A.ROLE_NOTE_EDIT], X.PAIR_AUTHORED)
    allow(L.LEAD, [A.ROLE_NOTE_ANSWER], X.PAIR_OTHERS)
    allow(L.PROPOSED_LEAD, [*prepares, *prepares_by_writing], X.PAIR)
    allow(L.PAUSED_LEAD, [*both_read, *prepares], X.PAIR)
    leads_write = [
        A.OUTREACH_READ,
        A.QUESTIONNAIRE_READ,
        A.ROLE_NOTE_READ,
        A.INTRODUCTION_READ,
        A.CONVERSATION_READ,
        A.AGREEMENT_READ,
    ]
    allow(L.FORMER_LEAD, leads_write, X.PAIR_AUTHORED)

    # Sharing: the two open a copy to the school's leaders together; the teacher alone opens one to
    # the lead of today. Either takes back.
    shares = [
        A.MEETING_SHARE,
        A.STEP_SHARE,
        A.CONVERSATION_SHARE,
        A.PREFERENCES_SHARE,
        A.AGREEMENT_SHARE,
        A.SUBMISSION_SHARE,
    ]
    allow(L.TEACHER, [*shares, A.SHARED_READ, A.SHARED_TAKE_BACK])
    allow(L.LEAD, [*shares, A.SHARED_READ, A.SHARED_TAKE_BACK], X.PAIR)
    allow(L.LEAD, [A.SHARED_READ], X.SHARED_ON)
    allow(L.PAUSED_LEAD, [A.SHARED_READ, A.SHARED_TAKE_BACK], X.PAIR)
    allow(L.PAUSED_LEAD, [A.SHARED_READ], X.SHARED_ON)
    allow(_SL, [A.SHARED_READ], X.SHARED_UP)

    # Reminders are the reminded person's.
    allow(L.SELF, [A.REMINDER_READ])

    # Support, in confidence: the raiser and whom they named. No leader, administrator or teacher
    # reads it for what they are.
    allow(L.LEAD, [A.SUPPORT_CREATE, A.LEADER_UPDATE_CREATE])
    named = [
        A.SUPPORT_READ,
        A.SUPPORT_START,
        A.SUPPORT_RESOLVE,
        A.SUPPORT_WRITE,
        A.SUPPORT_ENTRY_READ,
        A.SUPPORT_ENTRY_FINISH,
        A.INTERVENTION_READ,
    ]
    allow(L.RAISER, named)
    allow(L.RAISER, [A.SUPPORT_WITHDRAW, A.SUPPORT_REOPEN, A.SUPPORT_SHARE, A.SUPPORT_ASK])
    allow(L.RECIPIENT, [*named, A.SUPPORT_ACKNOWLEDGE])
    answers = [
        A.INTERVENTION_ACCEPT,
        A.INTERVENTION_DECLINE,
        A.INTERVENTION_START,
        A.INTERVENTION_FINISH,
    ]
    allow(L.ASKED, answers)
    for reader in (L.AUTHOR, L.RECIPIENT):
        allow(reader, [A.LEADER_UPDATE_READ])
    allow(L.SELF, [A.LEADER_UPDATE_READ], X.TEACHER_MAY_READ)

    # Integrations.
    allow(
        L.GOAL_CLIENT,
        [A.GOAL_READ],
        X.INDIVIDUAL_IN_FORCE,
        X.SCHOOL_LEVEL_PUBLISHED,
        X.TEAM_LEVEL_PUBLISHED,
    )
    allow(L.GOAL_CLIENT, [A.CHANGES_READ])

    # Frameworks from files, and what became of each item in a new edition: the district's.
    allow(
        _DA,
        [
            A.FRAMEWORK_DELETE,
            A.FRAMEWORK_CROSSWALK,
            A.FRAMEWORK_IMPORT_READ,
            A.FRAMEWORK_IMPORT_CREATE,
        ],
    )
    return table


GRANTS = _grants()

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
    A.IMPORT_COMMIT: ("reported",),
    A.FRAMEWORK_DELETE: ("draft",),
    A.FRAMEWORK_CROSSWALK: ("draft", "published"),
}
