"""Templates: the fields and words that outreach, questionnaires, conversations, preferences,
agreements and goals start from."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers
from app.models.goals import GoalKind


class TemplateKind(StrEnum):
    """What a template is for (domain.md §6)."""

    OUTREACH = "outreach"
    QUESTIONNAIRE = "questionnaire"
    CONVERSATION = "conversation"
    PREFERENCES = "preferences"
    AGREEMENT = "agreement"
    GOAL = "goal"
    LEARNING_CYCLE = "learning_cycle"
    REFLECTION = "reflection"
    FEEDBACK_PROTOCOL = "feedback_protocol"
    COACHING_CALENDAR = "coaching_calendar"


class TemplateState(StrEnum):
    """A published version never changes; the next one retires it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Template(Base, InDistrict, Versioned):
    """One version of a template: the district's, a school's, or a person's own."""

    __tablename__ = "template"
    RECORD_CLASS = RecordClass.SCHOOL
    kind: Mapped[str]
    #: the same in every version of one template
    key: Mapped[str]
    number: Mapped[int] = mapped_column(default=1)
    title: Mapped[str]
    #: both empty: the district's
    school_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    #: empty: it came with the program
    author_id: Mapped[UUID | None]
    #: what an outreach is called and says, with named placeholders
    subject: Mapped[str | None]
    text: Mapped[str | None]
    #: typed questions: [{key, label, help, type, required, options}]
    fields: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(default=TemplateState.DRAFT.value)
    #: of goals: for which kind of them, for which school subject (empty: any), and a partial goal,
    #: whose indicators go by their keys, so that it outlives an edition of the framework
    goal_kind: Mapped[str | None]
    school_subject: Mapped[str | None]
    goal: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: of feedback protocols: the steps go in their order
    ordered: Mapped[bool] = mapped_column(default=False, server_default=literal_column("false"))
    #: of coaching calendars: [{kind, title, week, weeks}], weeks counted from the first as 1
    entries: Mapped[list[Any]] = mapped_column(default=list, server_default=literal_column("'[]'"))
    __table_args__ = (
        refers("school", "school_id"),
        refers("person", "owner_id"),
        refers("person", "author_id"),
        one_of("kind", TemplateKind),
        one_of("state", TemplateState),
        CheckConstraint("school_id is null or owner_id is null", name="one_home"),
        one_of("goal_kind", GoalKind),
        CheckConstraint("(kind = 'goal') = (goal_kind is not null)", name="kind_of_goal"),
        CheckConstraint(
            "kind = 'goal' or (school_subject is null and goal is null)", name="parts_of_goal"
        ),
        CheckConstraint("kind = 'feedback_protocol' or not ordered", name="protocol_ordered"),
        CheckConstraint(
            "kind = 'coaching_calendar' or entries = '[]'::jsonb", name="calendar_entries"
        ),
        Index(
            "uq_template_number",
            "district_id",
            "kind",
            "key",
            "school_id",
            "owner_id",
            "number",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_template_kind", "district_id", "kind", "state", "id"),
    )

    @property
    def class_now(self) -> RecordClass:
        """What a person keeps for themselves is theirs."""
        return RecordClass.PRIVATE if self.owner_id else RecordClass.SCHOOL

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.owner_id
