"""Courses and classes as they are answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Date, ExternalId, Id, Instant, Line, Out, Permissions, Version

Next = Annotated[str, Field(max_length=1000)] | None
_Code = Annotated[str, Field(max_length=255)]


class CourseOut(Out):
    """A course of the roster."""

    id: Id
    version: Version
    title: Line
    code: _Code | None
    subjects: Annotated[list[Line], Field(max_length=50)]
    active: bool
    external_id: ExternalId | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class CoursePage(Out):
    """Courses by title."""

    items: Annotated[list[CourseOut], Field(max_length=200)]
    next: Next


class TeachingOut(Out):
    """Somebody who teaches a class, and from when to when, both days included."""

    person_id: Id
    main: Annotated[bool, Field(description="Whether the roster calls them the main teacher")]
    first_day: Date | None
    last_day: Date | None


class ClassOut(Out):
    """A class of the roster with its teachers. Its students are not known here."""

    id: Id
    version: Version
    school_id: Id
    course_id: Id | None
    title: Line
    code: _Code | None
    active: bool
    external_id: ExternalId | None
    teachers: Annotated[list[TeachingOut], Field(max_length=100)]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class ClassPage(Out):
    """Classes by title."""

    items: Annotated[list[ClassOut], Field(max_length=200)]
    next: Next
