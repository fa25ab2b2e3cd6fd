"""Learning cycles: a teacher or a team chooses a goal on evidence, learns, tries something, looks
closely at what happens and reflects (domain.md §3, gates 9 to 11)."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers


class CycleLevel(StrEnum):
    """Whose cycle it is: one teacher's, or a team's."""

    INDIVIDUAL = "individual"
    TEAM = "team"


class CyclePhase(StrEnum):
    """The four parts of a cycle, in their order."""

    INTENTION = "intention"
    LEARNING = "learning"
    APPLICATION = "application"
    REFLECTION = "reflection"


class CycleState(StrEnum):
    """domain.md §3: the phase while it runs."""

    INTENTION = "intention"
    LEARNING = "learning"
    APPLICATION = "application"
    REFLECTION = "reflection"
    PAUSED = "paused"
    CLOSED = "closed"
    ABANDONED = "abandoned"


#: the states in which it is worked on, and those in which it is not over
RUNNING = (
    CycleState.INTENTION,
    CycleState.LEARNING,
    CycleState.APPLICATION,
    CycleState.REFLECTION,
)
OPEN_CYCLES = (*RUNNING, CycleState.PAUSED)


class Decision(StrEnum):
    """What comes after a cycle."""

    CONTINUE = "continue"
    ADJUST = "adjust"
    NEW_GOAL = "new_goal"
    NONE = "none"


class GoalSoFar(StrEnum):
    """What the two (or the team) say of the goal when the cycle closes."""

    MET = "met"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"


class DataKind(StrEnum):
    """A number, or words."""

    QUALITATIVE = "qualitative"
    QUANTITATIVE = "quantitative"


class Lens(StrEnum):
    """Through whose eyes success is seen."""

    TEACHER = "teacher"
    PEERS = "peers"
    STUDENTS = "students"


class ActivityState(StrEnum):
    """A learning activity is planned, done or left out."""

    PLANNED = "planned"
    DONE = "done"
    DROPPED = "dropped"


class ActivityWho(StrEnum):
    """Who does a learning activity."""

    TEACHER = "teacher"
    LEAD = "lead"
    BOTH = "both"
    TEAM = "team"


class UseKind(StrEnum):
    """What shows an adjustment in use (gate 10)."""

    OBSERVATION = "observation"
    VIDEO = "video"
    TRACKER = "tracker"


class ReflectionState(StrEnum):
    """A reflection is its author's until it is shared."""

    DRAFT = "draft"
    SHARED = "shared"


#: the phases in which an adjustment is in use, and people reflect on it
APPLIED_IN = (CycleState.APPLICATION, CycleState.REFLECTION)


class OfCycle(InDistrict, Versioned):
    """A record of a cycle, with the columns that say who reads it. Of an individual cycle: the
    teacher and the lead it was written with. What is common in a team's cycle: the team
    (`team_id`, no teacher). What is a member's own in a team's cycle has level individual: the
    member is its teacher, and `lead_id` their own lead, empty where nobody coaches them; it has a
    `team_id` from when the member opens it to the team."""

    level: Mapped[str]
    school_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    teacher_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    author_id: Mapped[UUID]

    @property
    def class_now(self) -> RecordClass:
        """Of a teacher: the pair's, also what a member opened to the team, since the school's
        leaders do not read that. What is common in a team's cycle: the team's."""
        common = self.level == CycleLevel.TEAM.value
        return RecordClass.SCHOOL if common else RecordClass.PAIR


_OWNERS = (
    ("school", "school_id"),
    ("team", "team_id"),
    ("person", "teacher_id"),
    ("person", "lead_id"),
    ("person", "author_id"),
)


def of_cycle() -> tuple[Any, ...]:
    """The references and the rule that every record of a cycle has."""
    return (
        *(refers(*names) for names in _OWNERS),
        one_of("level", CycleLevel),
        CheckConstraint(
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name="of_teacher_or_team",
        ),
    )


class LearningCycle(Base, OfCycle):
    """One cycle of a teacher or a team, from intention to close."""

    __tablename__ = "learning_cycle"
    school_year_id: Mapped[UUID]
    #: of an individual cycle
    relationship_id: Mapped[UUID | None]
    #: counts up within the year of the teacher or team
    number: Mapped[int]
    title: Mapped[str]
    template_id: Mapped[UUID | None]
    #: to the key questions of the template
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: the goal the two (or the team) prioritised, and why
    goal_id: Mapped[UUID | None]
    choice_reason: Mapped[str | None]
    previous_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default=CycleState.INTENTION.value)
    #: stays while it is paused and after its end
    phase: Mapped[str] = mapped_column(default=CyclePhase.INTENTION.value)
    #: why it was last sent back, paused or abandoned
    reason: Mapped[str | None]
    #: when the rankings became seen. On which day they will is no word of the cycle's: it would
    #: tell the one who did not rank that the other did
    revealed_at: Mapped[datetime | None]
    #: why the missing ranking was not waited for
    ranking_waived_reason: Mapped[str | None]
    #: how the learning will be applied: the shape it takes, and in words
    application: Mapped[str | None]
    application_words: Mapped[str | None]
    #: how growth and impact will be seen: some of UseKind, and in words
    impact_by: Mapped[list[Any]] = mapped_column(default=list)
    impact_words: Mapped[str | None]
    #: the conclusion, and who of the two stands by it
    goal_outcome: Mapped[str | None]
    outcome_evidence: Mapped[str | None]
    decision: Mapped[str | None]
    decision_reason: Mapped[str | None]
    closes_goal: Mapped[bool] = mapped_column(default=False)
    teacher_yes_at: Mapped[datetime | None]
    lead_yes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    __table_args__ = (
        *of_cycle(),
        refers("school_year", "school_year_id"),
        refers("coaching_relationship", "relationship_id"),
        refers("template", "template_id"),
        refers("goal", "goal_id"),
        refers("learning_cycle", "previous_id"),
        one_of("state", CycleState),
        one_of("phase", CyclePhase),
        one_of("goal_outcome", GoalSoFar),
        one_of("decision", Decision),
        CheckConstraint("level = 'team' or lead_id is not null", name="pair_or_team"),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed_when"),
        CheckConstraint("state <> 'closed' or decision is not null", name="closed_with"),
        Index(
            "uq_learning_cycle_number",
            "district_id",
            "school_year_id",
            "teacher_id",
            "team_id",
            "number",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        # one open cycle per goal (gate 11)
        Index(
            "uq_learning_cycle_goal",
            "district_id",
            "goal_id",
            unique=True,
            postgresql_where=text("goal_id is not null and state not in ('closed', 'abandoned')"),
        ),
        # the chain does not fork
        Index(
            "uq_learning_cycle_previous",
            "district_id",
            "previous_id",
            unique=True,
            postgresql_where=text("previous_id is not null and state <> 'abandoned'"),
        ),
        Index("ix_learning_cycle_teacher", "district_id", "teacher_id", "id"),
        Index("ix_learning_cycle_lead", "district_id", "lead_id", "id"),
        Index("ix_learning_cycle_team", "district_id", "team_id", "id"),
        Index("ix_learning_cycle_school", "district_id", "school_id", "state", "id"),
        # abandoned ones are parts of a chain too
        Index("ix_learning_cycle_previous", "district_id", "previous_id"),
    )


class CycleMove(Base, InDistrict):
    """That a cycle went from one state to another: who, when and why. Seen with the cycle."""

    __tablename__ = "cycle_move"
    cycle_id: Mapped[UUID]
    from_state: Mapped[str]
    to_state: Mapped[str]
    reason: Mapped[str | None]
    #: nobody where the program did it: the coaching ended with its year, or by a roster
    author_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("learning_cycle", "cycle_id"),
        refers("person", "author_id"),
        Index("ix_cycle_move_cycle", "district_id", "cycle_id", "id"),
    )


class CycleMember(Base, InDistrict, Versioned):
    """A member of the team whose cycle it is, and what the lead waived for them, with the
    reason: between the team's lead and the member."""

    __tablename__ = "cycle_member"
    RECORD_CLASS = RecordClass.PAIR
    cycle_id: Mapped[UUID]
    school_id: Mapped[UUID]
    team_id: Mapped[UUID]
    person_id: Mapped[UUID]
    adjustments_waived: Mapped[str | None]
    use_waived: Mapped[str | None]
    reflection_waived: Mapped[str | None]
    #: they left the team before its end
    left_on: Mapped[date | None]
    __table_args__ = (
        refers("learning_cycle", "cycle_id"),
        refers("school", "school_id"),
        refers("team", "team_id"),
        refers("person", "person_id"),
        Index("uq_cycle_member", "district_id", "cycle_id", "person_id", unique=True),
        Index("ix_cycle_member_person", "district_id", "person_id"),
    )

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.person_id


class CycleDataPoint(Base, OfCycle):
    """One piece of data that the choice of a goal rests on. No student is named."""

    __tablename__ = "cycle_data_point"
    cycle_id: Mapped[UUID]
    kind: Mapped[str]
    #: a word of the vocabulary `data_source`
    source: Mapped[str]
    text: Mapped[str | None]
    value: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    unit: Mapped[str | None]
    #: the day it was seen
    on: Mapped[date | None]
    #: what it comes from
    goal_id: Mapped[UUID | None]
    observation_id: Mapped[UUID | None]
    url: Mapped[str | None]
    __table_args__ = (
        *of_cycle(),
        refers("learning_cycle", "cycle_id"),
        refers("goal", "goal_id"),
        refers("observation", "observation_id"),
        one_of("kind", DataKind),
        CheckConstraint(
            "(kind = 'quantitative') = (value is not null and unit is not null)"
            " and (kind = 'quantitative' or text is not null)",
            name="number_or_words",
        ),
        Index("ix_cycle_data_point_cycle", "district_id", "cycle_id", "id"),
    )


class CycleCandidate(Base, OfCycle):
    """A goal that the cycle might work on."""

    __tablename__ = "cycle_candidate"
    cycle_id: Mapped[UUID]
    goal_id: Mapped[UUID]
    why: Mapped[str | None]
    #: that the teacher, and the lead, chose it, and why; it is chosen when both did. In a team's
    #: cycle its lead alone
    teacher_chose_at: Mapped[datetime | None]
    teacher_reason: Mapped[str | None]
    lead_chose_at: Mapped[datetime | None]
    lead_reason: Mapped[str | None]
    __table_args__ = (
        *of_cycle(),
        refers("learning_cycle", "cycle_id"),
        refers("goal", "goal_id"),
        Index("uq_cycle_candidate_goal", "district_id", "cycle_id", "goal_id", unique=True),
    )


class CycleRanking(Base, OfCycle):
    """One person's order of the candidates: theirs alone until all are revealed together."""

    __tablename__ = "cycle_ranking"
    cycle_id: Mapped[UUID]
    #: ids of candidates, the first one first
    candidate_ids: Mapped[list[Any]]
    words: Mapped[str | None]
    #: when it is seen although others are missing. Here and not on the cycle, where it would tell
    #: the others that somebody ranked
    reveal_on: Mapped[date]
    revealed_at: Mapped[datetime | None]
    __table_args__ = (
        *of_cycle(),
        refers("learning_cycle", "cycle_id"),
        Index("uq_cycle_ranking_author", "district_id", "cycle_id", "author_id", unique=True),
    )

    @property
    def class_now(self) -> RecordClass:
        return super().class_now if self.revealed_at else RecordClass.PRIVATE

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.teacher_id if self.revealed_at else self.author_id


class CycleSuccessIndicator(Base, OfCycle):
    """What success looks like through one lens; tied to an indicator of a framework, or explained
    (gate 9)."""

    __tablename__ = "cycle_success_indicator"
    cycle_id: Mapped[UUID]
    lens: Mapped[str]
    text: Mapped[str]
    indicator_id: Mapped[UUID | None]
    explanation: Mapped[str | None]
    __table_args__ = (
        *of_cycle(),
        refers("learning_cycle", "cycle_id"),
        refers("indicator", "indicator_id"),
        one_of("lens", Lens),
        CheckConstraint("indicator_id is not null or explanation is not null", name="tied"),
        Index("ix_cycle_success_indicator_cycle", "district_id", "cycle_id", "id"),
    )


class CycleActivity(Base, OfCycle):
    """A way to learn: read, watch, see somebody do it, plan together, be coached live."""

    __tablename__ = "cycle_activity"
    cycle_id: Mapped[UUID]
    #: a word of the vocabulary `learning_approach`
    approach: Mapped[str]
    title: Mapped[str]
    who: Mapped[str]
    place: Mapped[str | None]
    url: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=ActivityState.PLANNED.value)
    #: planned for a day, or for a time on the wall of `zone`
    on: Mapped[date | None]
    at: Mapped[str | None]
    zone: Mapped[str | None]
    minutes: Mapped[int | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    time_moved: Mapped[bool] = mapped_column(default=False)
    done_on: Mapped[date | None]
    takeaway: Mapped[str | None]
    #: why it was left out
    reason: Mapped[str | None]
    __table_args__ = (
        *of_cycle(),
        refers("learning_cycle", "cycle_id"),
        one_of("who", ActivityWho),
        one_of("state", ActivityState),
        CheckConstraint("(state = 'done') = (done_on is not null)", name="done_when"),
        Index("ix_cycle_activity_cycle", "district_id", "cycle_id", "id"),
        Index("ix_cycle_activity_school", "district_id", "school_id", "starts_at", "id"),
        Index("ix_cycle_activity_teacher", "district_id", "teacher_id", "starts_at", "id"),
        Index("ix_cycle_activity_lead", "district_id", "lead_id", "starts_at", "id"),
    )


class AdjustmentState(StrEnum):
    """An adjustment is worked on, or was given up with a reason."""

    OPEN = "open"
    DROPPED = "dropped"


class CycleAdjustment(Base, OfCycle):
    """One high-leverage change that the teacher tries. In a team's cycle each member has their
    own."""

    __tablename__ = "cycle_adjustment"
    cycle_id: Mapped[UUID]
    text: Mapped[str]
    indicator_id: Mapped[UUID | None]
    from_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(default=AdjustmentState.OPEN.value)
    reason: Mapped[str | None]
    __table_args__ = (
        *of_cycle(),
        refers("learning_cycle", "cycle_id"),
        refers("indicator", "indicator_id"),
        one_of("state", AdjustmentState),
        CheckConstraint("level = 'individual'", name="somebodys_own"),
        Index("ix_cycle_adjustment_cycle", "district_id", "cycle_id", "id"),
        Index("ix_cycle_adjustment_team", "district_id", "team_id", "id"),
        Index("ix_cycle_adjustment_teacher", "district_id", "teacher_id", "id"),
    )


class CycleUse(Base, OfCycle):
    """Evidence of an adjustment in use: an observation, a video or a tracker (gate 10)."""

    __tablename__ = "cycle_use"
    cycle_id: Mapped[UUID]
    adjustment_id: Mapped[UUID]
    kind: Mapped[str]
    #: of an observation
    observation_id: Mapped[UUID | None]
    #: of a video or a tracker
    url: Mapped[str | None]
    on: Mapped[date]
    #: what it shows
    text: Mapped[str]
    __table_args__ = (
        *of_cycle(),
        refers("learning_cycle", "cycle_id"),
        refers("cycle_adjustment", "adjustment_id"),
        refers("observation", "observation_id"),
        one_of("kind", UseKind),
        CheckConstraint("level = 'individual'", name="somebodys_own"),
        CheckConstraint(
            "(kind = 'observation') = (observation_id is not null)", name="observation_named"
        ),
        Index("ix_cycle_use_cycle", "district_id", "cycle_id", "id"),
        Index("ix_cycle_use_teacher", "district_id", "teacher_id", "id"),
        Index("ix_cycle_use_team", "district_id", "team_id", "id"),
        Index("ix_cycle_use_observation", "district_id", "observation_id"),
        Index("ix_cycle_use_adjustment", "district_id", "adjustment_id"),
    )


class CycleReflection(Base, OfCycle):
    """What one person says at the close: on themselves, the process, the students. Theirs alone
    until they share it: with the other of the two, or with the team."""

    __tablename__ = "cycle_reflection"
    cycle_id: Mapped[UUID]
    template_id: Mapped[UUID | None]
    on_self: Mapped[str | None]
    on_process: Mapped[str | None]
    on_students: Mapped[str | None]
    #: to further questions of the template
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default=ReflectionState.DRAFT.value)
    shared_at: Mapped[datetime | None]
    __table_args__ = (
        *of_cycle(),
        refers("learning_cycle", "cycle_id"),
        refers("template", "template_id"),
        one_of("state", ReflectionState),
        CheckConstraint("(state = 'shared') = (shared_at is not null)", name="shared_when"),
        Index("uq_cycle_reflection_author", "district_id", "cycle_id", "author_id", unique=True),
    )

    @property
    def class_now(self) -> RecordClass:
        """Never the school's, in a team's cycle either: no leader learns who shared what."""
        return RecordClass.PAIR if self.shared_at else RecordClass.PRIVATE

    @property
    def audit_owner_id(self) -> UUID | None:
        return (self.teacher_id if self.shared_at else None) or self.author_id


class TermState(StrEnum):
    """A retired word stays in the records that have it, and is chosen no more."""

    ACTIVE = "active"
    RETIRED = "retired"


class Vocabulary(StrEnum):
    """The vocabularies of cycles that a school extends."""

    DATA_SOURCE = "data_source"
    LEARNING_APPROACH = "learning_approach"


class VocabularyTerm(Base, InDistrict, Versioned):
    """A word that a school added to one of the program's vocabularies (domain.md §6)."""

    __tablename__ = "vocabulary_term"
    RECORD_CLASS = RecordClass.SCHOOL
    school_id: Mapped[UUID]
    vocabulary: Mapped[str]
    key: Mapped[str]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default=TermState.ACTIVE.value)
    __table_args__ = (
        refers("school", "school_id"),
        one_of("vocabulary", Vocabulary),
        one_of("state", TermState),
        Index("uq_vocabulary_term", "district_id", "school_id", "vocabulary", "key", unique=True),
    )
