"""Schools, years, people, teams, roles, and what a roster says of teaching."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers


class RoleKind(StrEnum):
    """What a person is somewhere. Rules ask for these relations, never for a global flag."""

    DISTRICT_ADMINISTRATOR = "district_administrator"
    SCHOOL_LEADER = "school_leader"
    SENIOR_TEAM_LEAD = "senior_team_lead"
    TEAM_LEAD = "team_lead"
    OTHER_TEACHER_LEADER = "other_teacher_leader"
    ILT_MEMBER = "ilt_member"
    MENTOR = "mentor"
    TEACHER = "teacher"
    TEAM_MEMBER = "team_member"


#: the three kinds of lead differ only in the default evaluator scope (domain.md §2a)
LEAD_KINDS = (RoleKind.SENIOR_TEAM_LEAD, RoleKind.TEAM_LEAD, RoleKind.OTHER_TEACHER_LEADER)


class School(Base, InDistrict, Versioned):
    """A school of the district."""

    __tablename__ = "school"
    name: Mapped[str]
    zone: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    __table_args__ = (
        Index("uq_school_external", "district_id", "source", "external_id", unique=True),
        Index("ix_school_name", "district_id", "name", "id"),
    )

    @property
    def audit_school_id(self) -> UUID | None:
        return self.id


class SchoolVision(Base, InDistrict, Versioned):
    """The school's vision, which its goals and conversations refer to. Its id is the school's."""

    __tablename__ = "school_vision"
    RECORD_CLASS = RecordClass.SCHOOL
    text: Mapped[str]
    __table_args__ = (refers("school", "id"),)

    @property
    def audit_school_id(self) -> UUID | None:
        return self.id


class SchoolYear(Base, InDistrict, Versioned):
    """A school's year and calendar. Planned, current or past by date; a school's may overlap."""

    __tablename__ = "school_year"
    RECORD_CLASS = RecordClass.SCHOOL
    school_id: Mapped[UUID]
    title: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    #: days off and testing windows: [{from, to, kind, title}]
    days: Mapped[list[Any]] = mapped_column(default=list)
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    __table_args__ = (
        refers("school", "school_id"),
        CheckConstraint("first_day < last_day", name="in_order"),
        Index("ix_school_year_school", "district_id", "school_id", "first_day"),
        Index("ix_school_year_first_day", "district_id", "first_day", "id"),
    )


class Person(Base, InDistrict, Versioned):
    """A member of staff. Students are never stored."""

    __tablename__ = "person"
    given_name: Mapped[str]
    family_name: Mapped[str]
    #: lower case; unique in the installation through login_key once an account exists
    email: Mapped[str | None]
    zone: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    #: whether what they promised and is due comes by e-mail, too
    mail_reminders: Mapped[bool] = mapped_column(default=True)
    #: the roster says this person runs a school: offered to whoever appoints, never granted
    may_lead: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    __table_args__ = (
        Index("uq_person_external", "district_id", "source", "external_id", unique=True),
        Index("ix_person_name", "district_id", "family_name", "given_name", "id"),
    )

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.id


class Team(Base, InDistrict, Versioned):
    """Teachers of one school who work together under a lead."""

    __tablename__ = "team"
    school_id: Mapped[UUID]
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    #: the indicator the whole team works on this year, if it chose one
    common_indicator_id: Mapped[UUID | None]
    __table_args__ = (
        refers("school", "school_id"),
        refers("indicator", "common_indicator_id"),
        Index("ix_team_school", "district_id", "school_id"),
        Index("ix_team_name", "district_id", "name", "id"),
    )


class Role(Base, InDistrict, Versioned):
    """A person's role at a school, in a team or for the district, from a day until it is ended."""

    __tablename__ = "role"
    person_id: Mapped[UUID]
    kind: Mapped[str]
    school_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    #: teachers only: whether a state test covers the subject (gate 6)
    tested_subject: Mapped[bool | None]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    source: Mapped[str | None]
    __table_args__ = (
        refers("person", "person_id"),
        refers("school", "school_id"),
        refers("team", "team_id"),
        one_of("kind", RoleKind),
        CheckConstraint("(kind = 'district_administrator') = (school_id is null)", name="place"),
        CheckConstraint(
            "(kind in ('senior_team_lead', 'team_lead', 'other_teacher_leader', 'team_member'))"
            " = (team_id is not null)",
            name="team_kinds",
        ),
        CheckConstraint("(kind = 'teacher') = (tested_subject is not null)", name="tested"),
        Index(
            "uq_role_open",
            "district_id",
            "person_id",
            "kind",
            "school_id",
            "team_id",
            unique=True,
            postgresql_where=text("ended_on is null"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_role_person", "district_id", "person_id"),
        Index("ix_role_school", "district_id", "school_id", "kind"),
        Index("ix_role_team", "district_id", "team_id"),
    )

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.person_id


class Course(Base, InDistrict, Versioned):
    """A course of the roster, which SLOs refer to."""

    __tablename__ = "course"
    title: Mapped[str]
    code: Mapped[str | None]
    subjects: Mapped[list[Any]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    __table_args__ = (
        Index("uq_course_external", "district_id", "source", "external_id", unique=True),
        Index("ix_course_title", "district_id", "title", "id"),
    )


class ClassSection(Base, InDistrict, Versioned):
    """A class (section) of the roster, without its students."""

    __tablename__ = "class_section"
    school_id: Mapped[UUID]
    course_id: Mapped[UUID | None]
    title: Mapped[str]
    code: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    __table_args__ = (
        refers("school", "school_id"),
        refers("course", "course_id"),
        Index("uq_class_section_external", "district_id", "source", "external_id", unique=True),
        Index("ix_class_section_school", "district_id", "school_id"),
        Index("ix_class_section_title", "district_id", "title", "id"),
    )


class TeachingAssignment(Base, InDistrict, Versioned):
    """Who teaches a class, from the roster."""

    __tablename__ = "teaching_assignment"
    class_section_id: Mapped[UUID]
    person_id: Mapped[UUID]
    main: Mapped[bool] = mapped_column(default=False)
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    __table_args__ = (
        refers("class_section", "class_section_id"),
        refers("person", "person_id"),
        Index(
            "uq_teaching_assignment_external", "district_id", "source", "external_id", unique=True
        ),
        Index("ix_teaching_assignment_class", "district_id", "class_section_id"),
        Index("ix_teaching_assignment_person", "district_id", "person_id"),
    )


class ImportState(StrEnum):
    """A roster file set: read and reported, then taken over, or left."""

    REPORTED = "reported"
    REFUSED = "refused"
    COMMITTED = "committed"


class RosterImport(Base, InDistrict, Versioned):
    """A roster that was read, its report, and the staff part of it until it is committed.

    The uploaded file itself is never kept: it holds students.
    """

    __tablename__ = "roster_import"
    source: Mapped[str]
    mode: Mapped[str]
    state: Mapped[str]
    report: Mapped[dict[str, Any]] = mapped_column(JSONB())
    #: up to 20 MB, so nothing brings it along
    roster: Mapped[dict[str, Any] | None] = mapped_column(JSONB(), deferred=True)
    committed_at: Mapped[datetime | None]
    __table_args__ = (one_of("state", ImportState),)
