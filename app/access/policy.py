"""Who may do what: domain.md §2a as data. Change it only by an ADR.

`GRANTS[(relation, action)]` names the reaches: which rows of that relation the action covers.
`relations.py` and `reaches.py` turn them into SQL. `POSSIBLE_IN` says in which states of a
lifecycle an action exists at all; services and `permissions` both read it.
"""

from enum import StrEnum

from app.models.goals import GoalState as G
from app.models.goals import RevisionState
from app.models.meetings import AgendaState, MeetingState, SeriesState, StepState
from app.models.relationships import RelationshipState as R
from app.models.support import InterventionState as V
from app.models.support import SupportState as S


class Relation(StrEnum):
    """What a caller is to a row."""

    DISTRICT_ADMINISTRATOR = "district_administrator"
    SCHOOL_LEADER = "school_leader"
    #: the school leader where the teacher has no active lead
    STAND_IN = "stand_in"
    SCHOOL_MEMBER = "school_member"
    TEAM_LEAD = "team_lead"
    TEAM_MEMBER = "team_member"
    #: the lead of an active primary coaching relationship with the row's teacher
    LEAD = "lead"
    PAUSED_LEAD = "paused_lead"
    PROPOSED_LEAD = "proposed_lead"
    #: a lead for 90 days after the relationship ended: what they wrote themselves
    FORMER_LEAD = "former_lead"
    TEACHER = "teacher"
    #: the row is a person who coaches the caller, or did
    COACHED_BY = "coached_by"
    #: the row is a person who leads a school where the caller is a lead
    LED_BY = "led_by"
    #: the row is about the caller
    SELF = "self"
    AUTHOR = "author"
    #: who raised a support request, and whom they named
    RAISER = "raiser"
    RECIPIENT = "recipient"
    #: the school leader who is asked to intervene
    ASKED = "asked"
    ANYONE_IN_DISTRICT = "anyone_in_district"
    GOAL_CLIENT = "client with goals:read"
    ROSTER_CLIENT = "client with roster:write"


class Action(StrEnum):
    """What can be asked for, named resource:verb."""

    DISTRICT_READ = "district:read"
    POLICY_READ = "district_policy:read"
    POLICY_EDIT = "district_policy:edit"
    SCHOOL_READ = "school:read"
    SCHOOL_CREATE = "school:create"
    SCHOOL_EDIT = "school:edit"
    VISION_READ = "vision:read"
    VISION_EDIT = "vision:edit"
    YEAR_READ = "school_year:read"
    YEAR_CREATE = "school_year:create"
    YEAR_EDIT = "school_year:edit"
    YEAR_EDIT_CALENDAR = "school_year:edit_calendar"
    TEAM_READ = "team:read"
    TEAM_CREATE = "team:create"
    TEAM_EDIT = "team:edit"
    PERSON_READ = "person:read"
    PERSON_CREATE = "person:create"
    PERSON_EDIT = "person:edit"
    PERSON_INVITE = "person:invite"
    PERSON_DEACTIVATE = "person:deactivate"
    PERSON_REACTIVATE = "person:reactivate"
    PERSON_SET_ZONE = "person:set_zone"
    CONTACT_READ = "contact:read"
    ROLE_READ = "role:read"
    ROLE_CREATE = "role:create"
    ROLE_END = "role:end"
    COURSE_READ = "course:read"
    CLASS_READ = "class:read"
    ASSIGNMENT_READ = "teaching_assignment:read"
    IMPORT_READ = "import:read"
    IMPORT_CREATE = "import:create"
    IMPORT_COMMIT = "import:commit"
    CLIENT_READ = "client:read"
    CLIENT_CREATE = "client:create"
    CLIENT_ROTATE = "client:rotate_secret"
    CLIENT_REVOKE = "client:revoke"
    SESSION_READ = "session:read"
    SESSION_END = "session:end"
    EVENT_READ = "event:read"
    FRAMEWORK_READ = "framework:read"
    FRAMEWORK_CREATE = "framework:create"
    FRAMEWORK_PUBLISH = "framework:publish"
    FRAMEWORK_RETIRE = "framework:retire"
    RELATIONSHIP_READ = "relationship:read"
    RELATIONSHIP_CREATE = "relationship:create"
    RELATIONSHIP_EDIT = "relationship:edit"
    RELATIONSHIP_ACTIVATE = "relationship:activate"
    RELATIONSHIP_WITHDRAW = "relationship:withdraw"
    RELATIONSHIP_PAUSE = "relationship:pause"
    RELATIONSHIP_RESUME = "relationship:resume"
    RELATIONSHIP_END = "relationship:end"
    GOAL_READ = "goal:read"
    GOAL_CREATE = "goal:create"
    GOAL_EDIT = "goal:edit"
    GOAL_DELETE = "goal:delete"
    GOAL_PROPOSE = "goal:propose"
    GOAL_REQUEST_CHANGES = "goal:request_changes"
    GOAL_AGREE = "goal:agree"
    GOAL_PUBLISH = "goal:publish"
    GOAL_REVISE = "goal:revise"
    GOAL_CLOSE = "goal:close"
    GOAL_PROGRESS = "goal:progress"
    GOAL_COMMENT = "goal:comment"
    GOAL_READ_NOTES = "goal:read_notes"
    PROGRESS_READ = "goal_progress:read"
    COMMENT_READ = "goal_comment:read"
    REVISION_READ = "goal_revision:read"
    REVISION_AGREE = "goal_revision:agree"
    REVISION_WITHDRAW = "goal_revision:withdraw"
    CHANGES_READ = "changes:read"
    SERIES_READ = "meeting_series:read"
    SERIES_CREATE = "meeting_series:create"
    SERIES_EDIT = "meeting_series:edit"
    SERIES_PAUSE = "meeting_series:pause"
    SERIES_RESUME = "meeting_series:resume"
    SERIES_END = "meeting_series:end"
    SERIES_REVIEW = "meeting_series:review"
    MEETING_READ = "meeting:read"
    MEETING_CREATE = "meeting:create"
    MEETING_EDIT = "meeting:edit"
    MEETING_START = "meeting:start"
    MEETING_COMPLETE = "meeting:complete"
    MEETING_CANCEL = "meeting:cancel"
    MEETING_SKIP = "meeting:skip"
    MEETING_MISS = "meeting:miss"
    MEETING_ADD_ITEM = "meeting:add_agenda_item"
    MEETING_ADD_STEP = "meeting:add_next_step"
    MEETING_GIVE_FEEDBACK = "meeting:give_feedback"
    ACTIVITY_READ = "activity:read"
    AGENDA_READ = "agenda_item:read"
    AGENDA_EDIT = "agenda_item:edit"
    AGENDA_MOVE = "agenda_item:move"
    AGENDA_DISCUSS = "agenda_item:discuss"
    AGENDA_DROP = "agenda_item:drop"
    STEP_READ = "next_step:read"
    STEP_EDIT = "next_step:edit"
    STEP_FINISH = "next_step:finish"
    STEP_CARRY_OVER = "next_step:carry_over"
    STEP_DROP = "next_step:drop"
    FEEDBACK_READ = "meeting_feedback:read"
    REVIEW_READ = "series_review:read"
    SUPPORT_READ = "support_request:read"
    SUPPORT_CREATE = "support_request:create"
    SUPPORT_ACKNOWLEDGE = "support_request:acknowledge"
    SUPPORT_START = "support_request:start"
    SUPPORT_RESOLVE = "support_request:resolve"
    SUPPORT_WITHDRAW = "support_request:withdraw"
    SUPPORT_REOPEN = "support_request:reopen"
    SUPPORT_SHARE = "support_request:share"
    SUPPORT_WRITE = "support_request:write"
    SUPPORT_ASK = "support_request:ask_intervention"
    SUPPORT_ENTRY_READ = "support_entry:read"
    SUPPORT_ENTRY_FINISH = "support_entry:finish"
    INTERVENTION_READ = "intervention:read"
    INTERVENTION_ACCEPT = "intervention:accept"
    INTERVENTION_DECLINE = "intervention:decline"
    INTERVENTION_START = "intervention:start"
    INTERVENTION_FINISH = "intervention:finish"
    LEADER_UPDATE_READ = "leader_update:read"
    LEADER_UPDATE_CREATE = "leader_update:create"


class Reach(StrEnum):
    """Which rows of a relation an action covers."""

    ALL = "all"
    #: individual goals
    INDIVIDUAL = "individual"
    #: individual goals from agreed on, and those proposed while there was no active lead
    INDIVIDUAL_PROPOSED_ON = "individual_proposed_on"
    INDIVIDUAL_IN_FORCE = "individual_in_force"
    INDIVIDUAL_AUTHORED = "individual_authored"
    #: what was written between the teacher and the caller, their lead then and now
    INDIVIDUAL_PAIR = "individual_pair"
    #: revisions of individual goals that wait, proposed while there was no active lead
    INDIVIDUAL_WAITING = "individual_waiting"
    #: school and team goals
    SCHOOL_LEVEL = "school_level"
    SCHOOL_LEVEL_PUBLISHED = "school_level_published"
    TEAM_LEVEL = "team_level"
    TEAM_LEVEL_PUBLISHED = "team_level_published"
    #: revisions of individual goals that both agreed
    INDIVIDUAL_AGREED = "individual_agreed"
    #: the roles and teams a school leader may give: not school leader, teacher or administrator
    BELOW_LEADER = "below_leader"
    #: audit: classes school, goal and administration
    OPEN_CLASSES = "open_classes"
    NOT_SUPPORT = "not_support"
    #: relationships whose lead neither leads the school nor administers the district
    LEAD_BELOW_LEADER = "lead_below_leader"
    #: a pair's records written with the caller
    PAIR = "pair"
    #: a pair's records whose two work together now: neither paused nor ended
    PAIR_ACTIVE = "pair_active"
    PAIR_ACTIVE_AUTHORED = "pair_active_authored"
    AUTHORED = "authored"
    PAIR_AUTHORED = "pair_authored"
    #: open next steps: they follow the teacher to the next lead
    OPEN_STEP = "open_step"
    #: unless the teacher's coaching is paused: then nobody writes
    NOT_PAUSED = "not_paused"
    #: leader updates that their author opened to the teacher
    TEACHER_MAY_READ = "teacher_may_read"
    #: frameworks that were published, and what lies in them
    FRAMEWORK_PUBLISHED = "framework_published"


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
    ]
    allow(_DA, runs_relationship)
    allow(_SL, runs_relationship)
    # Else a leader could make themselves somebody's lead and read what the pair writes.
    allow(_SL, [A.RELATIONSHIP_ACTIVATE], X.LEAD_BELOW_LEADER)
    allow(L.TEACHER, [A.RELATIONSHIP_READ, A.RELATIONSHIP_ACTIVATE])
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
    allow(L.FORMER_LEAD, [read for read in pair_reads if read != A.FEEDBACK_READ], X.AUTHORED)
    allow(_SL, [A.ACTIVITY_READ])

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
    return table


GRANTS = _grants()

_IN_FORCE = (G.AGREED, G.PUBLISHED)
_UNRESOLVED = (S.OPEN, S.ACKNOWLEDGED, S.IN_PROGRESS)
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
    A.SUPPORT_WITHDRAW: _UNRESOLVED,
    A.SUPPORT_REOPEN: (S.RESOLVED,),
    A.SUPPORT_SHARE: _UNRESOLVED,
    A.SUPPORT_WRITE: _UNRESOLVED,
    A.SUPPORT_ASK: _UNRESOLVED,
    A.INTERVENTION_ACCEPT: (V.REQUESTED,),
    A.INTERVENTION_DECLINE: (V.REQUESTED,),
    A.INTERVENTION_START: (V.ACCEPTED,),
    A.INTERVENTION_FINISH: (V.UNDER_WAY,),
    A.FRAMEWORK_PUBLISH: ("draft",),
    A.FRAMEWORK_RETIRE: ("published",),
    A.IMPORT_COMMIT: ("reported",),
}
