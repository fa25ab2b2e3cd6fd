"""Who may do what: domain.md §2a as data. Change it only by an ADR.

`GRANTS[(relation, action)]` names the reaches: which rows of that relation the action covers.
`relations.py` and `reaches.py` turn them into SQL. In which states of a lifecycle an action exists
at all is said in `lifecycles.py`.
"""

from app.access.vocabulary import Action, Reach, Relation

__all__ = ["GRANTS", "Action", "Reach", "Relation"]

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

    # Advice on a goal's wording, while it is written: whoever may edit or revise it (ADR 0024).
    allow(_SL, [A.GOAL_ADVISE], X.SCHOOL_LEVEL)
    allow(L.TEAM_LEAD, [A.GOAL_ADVISE], X.TEAM_LEVEL)
    allow(L.TEACHER, [A.GOAL_ADVISE], X.INDIVIDUAL)
    allow(L.LEAD, [A.GOAL_ADVISE], *of_pair)
    allow(L.STAND_IN, [A.GOAL_ADVISE], X.INDIVIDUAL_PROPOSED_ON)
    # Alignment: who has a goal tied to the chain is read off goals in force, by who reads those.
    for reader in (_SL, L.LEAD):
        allow(reader, [A.ALIGNMENT_READ])

    # Systems for SLO and growth-plan data: whoever runs the district or the school says which are
    # needed, everybody there reads it, each answers for themself. Who can help reads the answers:
    # the person's lead and the leaders of their school; the district gets figures of schools.
    system_writes = [A.SYSTEM_CREATE, A.SYSTEM_EDIT, A.SYSTEM_RETIRE, A.SYSTEM_RESTORE]
    allow(_DA, system_writes, X.DISTRICT_WIDE)
    allow(_SL, system_writes)
    allow(_DA, [A.SYSTEM_READ, A.SYSTEM_COVERAGE])
    allow(_MEMBER, [A.SYSTEM_READ])
    allow(_ANYONE, [A.SYSTEM_READ], X.DISTRICT_WIDE)
    allow(L.MUST_USE, [A.SYSTEM_CONFIRM])
    for reader in (L.SELF, L.LEAD, _SL):
        allow(reader, [A.CONFIRMATION_READ])
    allow(_SL, [A.SYSTEM_COVERAGE])
    # SLOs are read with their goal. The pair writes and submits; the school leader decides, never
    # on their own and not where a district administrator was named; what the two see on the way is
    # the pair's.
    slo_writes = [A.SLO_EDIT, A.SLO_SUBMIT, A.SLO_SUBMIT_END, A.SLO_MONITOR]
    slo_decides = [
        A.SLO_APPROVE,
        A.SLO_RETURN,
        A.SLO_RETURN_END,
        A.SLO_FINALISE,
        A.SLO_REOPEN,
    ]
    allow(L.TEACHER, [*slo_writes, A.SLO_MONITORING_READ], X.INDIVIDUAL)
    allow(L.LEAD, slo_writes, *of_pair)
    allow(L.LEAD, [A.SLO_MONITORING_READ], X.INDIVIDUAL_PAIR)
    allow(L.PAUSED_LEAD, [A.SLO_MONITORING_READ], X.INDIVIDUAL_PAIR)
    allow(L.FORMER_LEAD, [A.SLO_MONITORING_READ], X.INDIVIDUAL_AUTHORED)
    allow(_SL, slo_decides, X.SLO_OF_OTHERS)
    allow(L.APPROVER, [A.GOAL_READ, *slo_decides], X.SLO_SUBMITTED_ON)
    allow(L.TEACHER, [A.SLO_NAME_APPROVER], X.INDIVIDUAL)
    allow(_SL, [A.SLO_COVERAGE_READ])
    # Growth plans and reviews. A plan is read and written as an individual goal; a review is the
    # pair's in every state, and what one of them says in it their own until they submit it.
    writes_plan = [
        A.PLAN_READ,
        A.PLAN_EDIT,
        A.PLAN_AGREE,
        A.PLAN_ADD_GOAL,
        A.PLAN_REMOVE_GOAL,
        A.PLAN_ADD_STEP,
        A.PLAN_REVIEW,
        A.PLAN_STEP_READ,
        A.PLAN_STEP_EDIT,
        A.PLAN_STEP_FINISH,
        A.PLAN_STEP_DROP,
    ]
    in_review = [A.GOAL_REVIEW_READ, A.GOAL_REVIEW_ADD_PART, A.GOAL_REVIEW_ACKNOWLEDGE]
    own_part = [A.REVIEW_PART_READ, A.REVIEW_PART_EDIT, A.REVIEW_PART_SUBMIT]
    allow(L.TEACHER, [*writes_plan, *in_review, A.PLAN_CREATE, A.GOAL_REVIEW], X.INDIVIDUAL)
    allow(L.LEAD, [A.PLAN_CREATE], X.INDIVIDUAL)
    allow(L.LEAD, [*writes_plan, A.GOAL_REVIEW], *of_pair)
    allow(L.LEAD, in_review, X.INDIVIDUAL_PAIR)
    for party in (L.TEACHER, L.LEAD):
        allow(party, own_part, X.INDIVIDUAL_AUTHORED)
    allow(L.TEACHER, [A.REVIEW_PART_READ], X.INDIVIDUAL_SUBMITTED)
    allow(L.PAUSED_LEAD, [A.PLAN_READ, A.PLAN_STEP_READ], *of_pair)
    allow(L.PAUSED_LEAD, [A.GOAL_REVIEW_READ], X.INDIVIDUAL_PAIR)
    for lead in (L.LEAD, L.PAUSED_LEAD):
        allow(lead, [A.REVIEW_PART_READ], X.INDIVIDUAL_PAIR_SUBMITTED)
    for lead in (L.PAUSED_LEAD, L.FORMER_LEAD):
        allow(lead, [A.REVIEW_PART_READ], X.INDIVIDUAL_AUTHORED)
    # whoever stands in says that a review took place; its words are not theirs to read
    stands_in = [A.PLAN_READ, A.PLAN_STEP_READ, A.PLAN_AGREE]
    stands_in += [A.GOAL_REVIEW_READ, A.GOAL_REVIEW_ACKNOWLEDGE]
    allow(L.STAND_IN, stands_in, X.INDIVIDUAL_PROPOSED_ON)
    allow(_SL, [A.PLAN_READ, A.PLAN_STEP_READ], X.INDIVIDUAL_IN_FORCE)
    # Feedback on school and team goals: signed, read by the members of that school or team (and of
    # a team goal by the school's leaders), answered by whoever writes the goal. Nobody else's.
    hears = [
        A.GOAL_ASK_FEEDBACK,
        A.ROUND_CLOSE,
        A.ROUND_SUMMARISE,
        A.ROUND_ADOPT,
        A.ROUND_READ_INVITED,
        A.GOAL_FEEDBACK_ANSWER,
    ]
    reads_feedback = [A.ROUND_READ, A.GOAL_FEEDBACK_READ]
    allow(_SL, hears, X.SCHOOL_LEVEL)
    allow(L.TEAM_LEAD, hears, X.TEAM_LEVEL)
    allow(_MEMBER, reads_feedback, X.SCHOOL_LEVEL)
    allow(L.TEAM_MEMBER, reads_feedback, X.TEAM_LEVEL)
    allow(_SL, reads_feedback, X.TEAM_LEVEL)
    allow(_MEMBER, [A.ROUND_GIVE], X.SCHOOL_LEVEL_ASKED)
    for asked in (L.TEAM_MEMBER, _SL):
        allow(asked, [A.ROUND_GIVE], X.TEAM_LEVEL_ASKED)
    allow(L.AUTHOR, [A.GOAL_FEEDBACK_EDIT, A.GOAL_FEEDBACK_DELETE])

    # A team's common indicator: the team's lead chooses it too. Why a member opts out is theirs and
    # their lead's (class pair); what the others may know of it is a figure.
    allow(L.TEAM_LEAD, [A.TEAM_CHOOSE])
    allow(_SL, [A.TEAM_CHOOSE, A.TEAM_VIEW_GOALS, A.CHOICE_READ])
    allow(_DA, [A.CHOICE_READ])
    allow(L.TEAM_MEMBER, [A.TEAM_VIEW_GOALS, A.CHOICE_READ])
    allow(L.TEAM_MEMBER, [A.TEAM_OPT_OUT], X.OWN_MEMBERSHIP)
    allow(L.TEACHER, [A.OPT_OUT_READ, A.OPT_OUT_WITHDRAW])
    for lead in (L.LEAD, L.PAUSED_LEAD):
        allow(lead, [A.OPT_OUT_READ], X.PAIR)
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

    # Learning cycles. A teacher's: the teacher and the lead it was written with (class pair). A
    # team's: what is common is the team's and its school's leaders', what is a member's own is the
    # member's and their lead's until they open it to the team (ADR 0028).
    cycle_reads = [
        A.CYCLE_READ,
        A.CYCLE_DATA_READ,
        A.CYCLE_CANDIDATE_READ,
        A.CYCLE_SUCCESS_READ,
        A.CYCLE_ACTIVITY_READ,
    ]
    own_reads = [A.CYCLE_ADJUSTMENT_READ, A.CYCLE_USE_READ]
    allow(L.TEACHER, [*cycle_reads, *own_reads])
    for lead in (L.LEAD, L.PAUSED_LEAD):
        allow(lead, [*cycle_reads, *own_reads], X.PAIR)
    allow(L.FORMER_LEAD, [*cycle_reads, *own_reads], X.PAIR_AUTHORED)
    allow(L.TEAM_MEMBER, [*cycle_reads, *own_reads])
    allow(_SL, cycle_reads, X.TEAM_LEVEL)
    # Each one's ranking and reflection is theirs until all are revealed, or they share it; then the
    # two's, or the team's, and no leader's.
    shared_reads = [A.CYCLE_RANKING_READ, A.CYCLE_REFLECTION_READ]
    allow(L.AUTHOR, shared_reads, X.NOT_GIVEN)
    for reader in (L.TEACHER, L.TEAM_MEMBER):
        allow(reader, shared_reads, X.GIVEN)
    for lead in (L.LEAD, L.PAUSED_LEAD):
        allow(lead, shared_reads, X.GIVEN_PAIR)
    allow(L.FORMER_LEAD, shared_reads, X.PAIR_AUTHORED)

    # Observations. That there is a visit is known to both; what was written in it is its author's
    # until it is shared. Of a formal, scored kind it is then read by the school's leaders and the
    # evaluator of record, too (class evaluative); of any other, by the two alone.
    written = [A.EVIDENCE_READ, A.RATING_READ, A.OBSERVATION_REVISION_READ]
    allow(L.TEACHER, [A.OBSERVATION_READ], X.VISIT_KNOWN)
    for observer in (L.OBSERVER, L.CO_OBSERVER):
        allow(observer, [A.OBSERVATION_READ])
    # a revision is made of what was shared, and never anybody's alone
    allow(L.AUTHOR, [A.EVIDENCE_READ, A.RATING_READ], X.NOT_GIVEN)
    for reader in (L.TEACHER, L.OBSERVER, L.CO_OBSERVER):
        allow(reader, written, X.GIVEN)
    for reader in (_SL, L.EVALUATOR):
        allow(reader, [A.OBSERVATION_READ, *written], X.EVALUATIVE_GIVEN)

    # Feedback. The school's protocol is its leaders' to choose and its members' to know. That there
    # is a conversation is known to both; its notes, and feedback on an indicator, are their
    # author's until shared. While coaching is paused nobody writes, but for evaluations (ADR 0033).
    allow(_MEMBER, [A.PROTOCOL_READ])
    allow(_SL, [A.PROTOCOL_CREATE])
    gives = [A.TALK_CREATE, A.INDICATOR_FEEDBACK_CREATE]
    allow(L.LEAD, gives, X.PAIR)
    allow(L.OBSERVER, gives)
    words = [A.TALK_NOTE_READ, A.INDICATOR_FEEDBACK_READ]
    allow(L.AUTHOR, words, X.NOT_GIVEN)
    for reader in (L.TEACHER, L.OBSERVER):
        allow(reader, [A.TALK_READ])
        allow(reader, words, X.GIVEN)
    for reader in (_SL, L.EVALUATOR):
        allow(reader, [A.TALK_READ, *words], X.EVALUATIVE_GIVEN)
    allow(L.OBSERVER, [A.ACTIVITY_READ])
    plans = [A.TALK_SCHEDULE, A.TALK_UNSCHEDULE]
    notes_down = [A.TALK_EDIT, A.TALK_NOTE, A.TALK_HOLD, A.TALK_SHARE]
    formal = [
        A.INDICATOR_FEEDBACK_EDIT,
        A.INDICATOR_FEEDBACK_DELETE,
        A.INDICATOR_FEEDBACK_SHARE,
    ]
    allow(L.OBSERVER, [*plans, *notes_down, *formal], X.GIVER_WORKS)
    answers_it = [A.TALK_ACKNOWLEDGE, A.TALK_REPLY, A.INDICATOR_FEEDBACK_ACKNOWLEDGE]
    allow(L.TEACHER, [*plans, *answers_it], X.FEEDBACK_GOES_ON)
    # Action steps: the teacher and the lead it was written with; what both agreed and is not over
    # follows the teacher to the next lead, as open next steps do. The bank holds words of nobody:
    # the school reads it, its leads and leaders write it (ADR 0034).
    works_on_step = [
        A.ACTION_STEP_EDIT,
        A.ACTION_STEP_PRACTISE,
        A.ACTION_STEP_MEET,
        A.ACTION_STEP_NOT_MEET,
        A.ACTION_STEP_CARRY_OVER,
        A.ACTION_STEP_DROP,
    ]
    agrees_on_step = [A.ACTION_STEP_CREATE, A.ACTION_STEP_AGREE]
    allow(L.TEACHER, [A.ACTION_STEP_READ])
    allow(L.TEACHER, works_on_step, X.NOT_PAUSED)
    allow(L.TEACHER, agrees_on_step, X.PAIR_ACTIVE)
    allow(L.LEAD, agrees_on_step, X.PAIR)
    allow(L.LEAD, [A.ACTION_STEP_READ, *works_on_step], X.PAIR, X.AGREED_STEP)
    allow(L.PAUSED_LEAD, [A.ACTION_STEP_READ], X.PAIR)
    allow(L.FORMER_LEAD, [A.ACTION_STEP_READ], X.PAIR_AUTHORED)
    idea_writes = [A.IDEA_CREATE, A.IDEA_EDIT, A.IDEA_RETIRE, A.IDEA_RESTORE]
    allow(_MEMBER, [A.IDEA_READ])
    for writer in (_SL, L.LEAD_AT_SCHOOL):
        allow(writer, idea_writes)
    # Shared upward as other records of the two are; a team's cycle is no pair's.
    up = [A.ACTION_STEP_SHARE, A.CYCLE_SHARE]
    allow(L.TEACHER, up)
    allow(L.LEAD, up, X.PAIR)
    # The steps of a cycle: either of the two it was written with, while they work together; of a
    # team's, its lead. Who its members are and what was waived for them, the lead sees of all and
    # each member of themselves (ADR 0028).
    runs_cycle = [
        A.CYCLE_CREATE,
        A.CYCLE_EDIT,
        A.CYCLE_ADVANCE,
        A.CYCLE_BACK,
        A.CYCLE_PAUSE,
        A.CYCLE_RESUME,
        A.CYCLE_ABANDON,
        A.CYCLE_CONCLUDE,
        A.CYCLE_CLOSE,
    ]
    allow(L.TEACHER, runs_cycle, X.PAIR_ACTIVE)
    allow(L.TEACHER, [A.CYCLE_GATE_READ])
    allow(L.LEAD, [*runs_cycle, A.CYCLE_GATE_READ], X.PAIR)
    allow(L.PAUSED_LEAD, [A.CYCLE_GATE_READ], X.PAIR)
    # what a team's gate counts is each member's own: the lead alone, who has to see to it
    allow(L.TEAM_LEAD, [*runs_cycle, A.CYCLE_GATE_READ, A.CYCLE_TAKE_IN], X.TEAM_LEVEL)
    allow(L.TEAM_LEAD, [A.CYCLE_MEMBER_READ, A.CYCLE_MEMBER_WAIVE])
    allow(L.SELF, [A.CYCLE_MEMBER_READ])
    # The calendar of a coaching cycle is the pair's: both write while they work together, both
    # read while it is paused. Leaders and administrators get figures of activity (ADR 0035).
    calendar_reads = [A.CALENDAR_READ, A.CALENDAR_ENTRY_READ]
    calendar_writes = [
        A.CALENDAR_CREATE,
        A.CALENDAR_EDIT,
        A.CALENDAR_END,
        A.CALENDAR_ADD_ENTRY,
        A.CALENDAR_ENTRY_EDIT,
        A.CALENDAR_ENTRY_SKIP,
        A.CALENDAR_ENTRY_PLAN,
        A.CALENDAR_ENTRY_FINISH,
    ]
    allow(L.TEACHER, calendar_reads)
    allow(L.TEACHER, calendar_writes, X.PAIR_ACTIVE)
    allow(L.LEAD, [*calendar_reads, *calendar_writes], X.PAIR)
    allow(L.PAUSED_LEAD, calendar_reads, X.PAIR)
    allow(L.FORMER_LEAD, calendar_reads, X.PAIR_AUTHORED)
    for reader in (_SL, _DA):
        allow(reader, [A.COACHING_FIGURES_READ])
    # The intention of a cycle (ADR 0029). A data point and a candidate are their author's to
    # change, in a team's cycle its lead's as well; what success looks like is everybody's who
    # works on it. A goal is chosen by both of the two, in a team by its lead.
    intends = [A.CYCLE_ADD_DATA, A.CYCLE_ADD_CANDIDATE, A.CYCLE_RANK, A.CYCLE_ADD_SUCCESS]
    own = [A.CYCLE_DATA_EDIT, A.CYCLE_DATA_DELETE, A.CYCLE_CANDIDATE_DELETE]
    common = [A.CYCLE_SUCCESS_EDIT, A.CYCLE_SUCCESS_DELETE]
    allow(L.TEACHER, [*intends, *common, A.CYCLE_CHOOSE_GOAL], X.PAIR_ACTIVE)
    allow(L.TEACHER, own, X.PAIR_ACTIVE_AUTHORED)
    allow(L.LEAD, [*intends, *common, A.CYCLE_CHOOSE_GOAL, A.CYCLE_WAIVE_RANKING], X.PAIR)
    allow(L.LEAD, own, X.PAIR_AUTHORED)
    allow(L.TEAM_MEMBER, intends, X.CYCLE_MEMBER)
    allow(L.TEAM_MEMBER, [*own, *common], X.TEAM_LEVEL_AUTHORED)
    allow(
        L.TEAM_LEAD,
        [
            *intends,
            *common,
            A.CYCLE_CHOOSE_GOAL,
            A.CYCLE_WAIVE_RANKING,
            A.CYCLE_DATA_EDIT,
            A.CYCLE_CANDIDATE_DELETE,
        ],
        X.TEAM_LEVEL,
    )

    # Vocabularies: the school's leader adds words, the school and the district read them.
    for reader in (_DA, _MEMBER):
        allow(reader, [A.TERM_READ])
    allow(_SL, [A.TERM_CREATE, A.TERM_EDIT, A.TERM_RETIRE])
    # Learning, application and reflection in a cycle (ADR 0030). The two of a pair's write in it
    # while they work together; in a team's its lead and members what is common, and each member
    # their own part, which their lead reads and nobody else writes. A reflection is its author's.
    common_writes = [
        A.CYCLE_PLAN_APPLICATION,
        A.CYCLE_ADD_ACTIVITY,
        A.CYCLE_ACTIVITY_EDIT,
        A.CYCLE_ACTIVITY_FINISH,
        A.CYCLE_ACTIVITY_DROP,
        A.CYCLE_ACTIVITY_REOPEN,
        A.CYCLE_REFLECT,
    ]
    own_adds = [A.CYCLE_ADD_ADJUSTMENT, A.CYCLE_ADD_USE]
    on_adjustment = [A.CYCLE_ADJUSTMENT_EDIT, A.CYCLE_ADJUSTMENT_DROP]
    on_use = [A.CYCLE_USE_EDIT, A.CYCLE_USE_DELETE]
    opens = [A.CYCLE_ADJUSTMENT_OPEN, A.CYCLE_USE_OPEN]
    allow(L.TEACHER, [*common_writes, *own_adds], X.PAIR_ACTIVE)
    allow(L.LEAD, [*common_writes, *own_adds], X.PAIR)
    allow(L.TEAM_MEMBER, common_writes, X.TEAM_LEVEL)
    allow(L.TEAM_MEMBER, own_adds, X.CYCLE_MEMBER)
    for party in (L.TEACHER, L.LEAD):
        allow(party, on_adjustment, X.CYCLE_OF_PAIR)
        allow(party, on_use, X.CYCLE_OF_PAIR_AUTHORED)
    allow(L.TEACHER, [*on_adjustment, *on_use, *opens], X.OWN_PART)
    # taken back at any time
    allow(L.TEACHER, [A.CYCLE_ADJUSTMENT_CLOSE, A.CYCLE_USE_CLOSE])
    allow(L.TEACHER, [A.CYCLE_REFLECTION_SHARE], X.PAIR_ACTIVE_AUTHORED)
    allow(L.LEAD, [A.CYCLE_REFLECTION_SHARE], X.PAIR_AUTHORED)
    allow(L.TEAM_MEMBER, [A.CYCLE_REFLECTION_SHARE], X.TEAM_LEVEL_AUTHORED)
    allow(L.AUTHOR, [A.CYCLE_REFLECTION_DELETE])
    # their own words stay theirs after they left the team
    allow(L.AUTHOR, [A.CYCLE_REFLECTION_READ, A.CYCLE_RANKING_READ], X.TEAM_LEVEL)
    # that members have got so far, without their words
    for member in (L.TEACHER, L.TEAM_MEMBER):
        allow(member, [A.CYCLE_READ_PROGRESS])
    for lead in (L.LEAD, L.PAUSED_LEAD):
        allow(lead, [A.CYCLE_READ_PROGRESS], X.PAIR)
    allow(L.FORMER_LEAD, [A.CYCLE_READ_PROGRESS], X.PAIR_AUTHORED)
    # The visit (ADR 0031). The district keeps the kinds and says who may score; who observes a
    # teacher is their lead, who leads their school, and another teacher there. The observer takes
    # the steps, the teacher acknowledges; of what is evaluative the school's leaders lock and void.
    allow(_DA, [A.OBSERVATION_KIND_CREATE, A.OBSERVATION_KIND_EDIT])
    allow(_ANYONE, [A.OBSERVATION_KIND_READ])
    allow(_DA, [A.CERTIFICATION_READ, A.CERTIFICATION_CREATE, A.CERTIFICATION_EDIT])
    for reader in (L.SELF, _SL):
        allow(reader, [A.CERTIFICATION_READ])
    for observes in (L.LEAD, _SL, L.PEER):
        allow(observes, [A.OBSERVATION_CREATE], X.TEACHING_NOW)
    runs_visit = [
        A.OBSERVATION_EDIT,
        A.OBSERVATION_RESCHEDULE,
        A.OBSERVATION_START,
        A.OBSERVATION_FINISH,
        A.OBSERVATION_CANCEL,
        A.OBSERVATION_SHARE,
        A.OBSERVATION_DISCUSS,
        A.OBSERVATION_LOCK,
        A.OBSERVATION_ADD_CO_OBSERVER,
    ]
    allow(L.OBSERVER, runs_visit, X.VISIT_RUN)
    allow(L.OBSERVER, [A.OBSERVATION_VOID], X.VISIT_RUN_UNSHARED)
    allow(_SL, [A.OBSERVATION_LOCK, A.OBSERVATION_VOID], X.EVALUATIVE_GIVEN)
    allow(L.TEACHER, [A.OBSERVATION_ACKNOWLEDGE], X.VISIT_NOT_PAUSED)
    # a second observer is the teacher's to allow; any of the three ends it
    for reader in (L.TEACHER, L.OBSERVER, L.SELF):
        allow(reader, [A.CO_OBSERVER_READ])
    allow(L.TEACHER, [A.CO_OBSERVER_CONSENT, A.CO_OBSERVER_DECLINE], X.VISIT_NOT_PAUSED)
    for party in (L.TEACHER, L.SELF):
        allow(party, [A.CO_OBSERVER_WITHDRAW])
    allow(L.OBSERVER, [A.CO_OBSERVER_WITHDRAW], X.VISIT_RUN)
    # who read is the teacher's to know; that there was a visit, the school's leaders' as well
    allow(L.TEACHER, [A.OBSERVATION_READ_READS, A.ACCESS_LOG_READ])
    allow(L.TEACHER, [A.OBSERVATION_ACTIVITY], X.VISIT_KNOWN)
    for reader in (L.OBSERVER, _SL):
        allow(reader, [A.OBSERVATION_ACTIVITY])
    # What is written in an observation. Each writes their own; the observer scores, shares and
    # revises. A citation is read by whoever reads the item and the record that cites it (ADR 0032).
    for observer in (L.OBSERVER, L.CO_OBSERVER):
        allow(observer, [A.OBSERVATION_ADD_EVIDENCE], X.VISIT_RUN)
    runs_observation = [A.OBSERVATION_RATE, A.OBSERVATION_REVISE]
    allow(L.OBSERVER, [*runs_observation, A.EVIDENCE_CITE], X.VISIT_RUN)
    allow(L.AUTHOR, [A.EVIDENCE_EDIT, A.EVIDENCE_REMOVE], X.VISIT_RUN)
    allow(L.AUTHOR, [A.EVIDENCE_WORDINGS_READ])
    allow(L.TEACHER, [A.EVIDENCE_CITE], X.NOT_PAUSED)
    for reader in (L.TEACHER, L.OBSERVER, L.CO_OBSERVER):
        allow(reader, [A.CITATION_READ], X.CITED_SEEN)
    for reader in (_SL, L.EVALUATOR):
        allow(reader, [A.CITATION_READ], X.CITED_SEEN_EVALUATIVE)
    allow(L.AUTHOR, [A.CITATION_DELETE], X.CITER_WORKS)
    # Webhooks hold addresses of the district's systems: who keeps the clients, and each client with
    # the scope for itself alone (ADR 0041).
    keeps_webhooks = [
        A.WEBHOOK_READ,
        A.WEBHOOK_CREATE,
        A.WEBHOOK_EDIT,
        A.WEBHOOK_DISABLE,
        A.WEBHOOK_ENABLE,
        A.WEBHOOK_ROTATE,
        A.WEBHOOK_TEST,
        A.DELIVERY_READ,
        A.DELIVERY_REDELIVER,
    ]
    allow(_DA, keeps_webhooks)
    allow(L.WEBHOOK_CLIENT, [A.CLIENT_READ, *keeps_webhooks])
    # Where rosters are pulled from, and with what, is the district's administrators' (ADR 0039).
    allow(
        _DA,
        [
            A.ROSTER_CONNECTION_READ,
            A.ROSTER_CONNECTION_CREATE,
            A.ROSTER_CONNECTION_EDIT,
            A.ROSTER_CONNECTION_PAUSE,
            A.ROSTER_CONNECTION_RESUME,
            A.ROSTER_CONNECTION_DELETE,
            A.ROSTER_CONNECTION_PULL,
            A.ROSTER_PULL_READ,
        ],
    )
    return table


GRANTS = _grants()
