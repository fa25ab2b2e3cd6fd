"""Schools, years, vision and teams as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import (
    Count,
    Date,
    ExternalId,
    Id,
    In,
    Instant,
    Line,
    LongText,
    Out,
    Permissions,
    Version,
    Zone,
)

Next = Annotated[str, Field(max_length=1000)] | None


class SchoolNew(In):
    """A school to add."""

    name: Line
    zone: Annotated[Zone, Field(description="IANA zone the school's dates pass in")]


class SchoolChange(In):
    """What to change; absent fields stay."""

    name: Line = ""
    zone: Zone = ""
    active: bool = True


class SchoolOut(Out):
    """A school of the district."""

    id: Id
    version: Version
    name: Line
    zone: Zone
    active: bool
    external_id: ExternalId | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class SchoolPage(Out):
    """Schools by name."""

    items: Annotated[list[SchoolOut], Field(max_length=200)]
    next: Next


class CalendarDays(In):
    """Days without school, or a testing window."""

    from_: Annotated[Date, Field(alias="from")]
    to: Date
    kind: Literal["day_off", "testing", "other"]
    title: Line


class SchoolYearNew(In):
    """A school year to add; its calendar is the school leader's to write."""

    title: Line
    first_day: Date
    last_day: Date


class SchoolYearChange(In):
    """What to change; absent fields stay."""

    title: Line = ""


class CalendarNew(In):
    """The whole calendar of a year; it replaces the present one."""

    first_day: Date
    last_day: Date
    days: Annotated[list[CalendarDays], Field(max_length=200)]


class SchoolYearOut(Out):
    """A school's year with its calendar. `state` is by date in the school's zone."""

    id: Id
    version: Version
    school_id: Id
    title: Line
    first_day: Date
    last_day: Date
    state: Literal["planned", "current", "past"]
    days: Annotated[list[CalendarDays], Field(max_length=200)]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class SchoolYearPage(Out):
    """School years, by first day."""

    items: Annotated[list[SchoolYearOut], Field(max_length=200)]
    next: Next


class VisionNew(In):
    """The school's vision, whole."""

    text: LongText


class VisionOut(Out):
    """The school's vision. Its id is the school's."""

    id: Id
    version: Version
    text: LongText
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class TeamNew(In):
    """A team to add to a school."""

    name: Line


class TeamChange(In):
    """What to change; absent fields stay, null clears."""

    name: Line = ""
    active: bool = True
    common_indicator_id: Annotated[
        Id | None, Field(description="The indicator every member's goals should carry")
    ] = None


class TeamOut(Out):
    """A team of a school."""

    id: Id
    version: Version
    school_id: Id
    name: Line
    active: bool
    common_indicator_id: Id | None
    members: Count
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class TeamPage(Out):
    """Teams by name."""

    items: Annotated[list[TeamOut], Field(max_length=200)]
    next: Next
