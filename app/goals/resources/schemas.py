"""Systems and what people say of them, as they are sent and answered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import Count, Date, Id, In, Instant, Line, Out, Permissions, Text, Version

Kind = Literal["system", "document", "training"]
Serves = Literal["slo", "growth_plan", "both"]
State = Literal["active", "retired"]
Access = Literal["yes", "no"]
Understanding = Literal["yes", "partly", "no"]
Role = Literal["teacher", "lead"]
Next = Annotated[str, Field(max_length=1000)] | None
#: https only, and nobody's name or password in it
Url = Annotated[
    str,
    StringConstraints(
        max_length=500, pattern=r"^https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[!-~]*)?$"
    ),
]
Help = Annotated[
    Text | None, Field(description="What it is for and how to get in. Name no student.")
]
Contact = Annotated[
    Line | None, Field(description="Whom to ask: an office or a role, not a person's own data")
]
RequiredFrom = Annotated[Date, Field(description="From this day on people are asked for it")]


class GoalSystemNew(In):
    """A system, document or training that must be used."""

    title: Line
    kind: Kind
    serves: Annotated[Serves, Field(description="Which data it is for")]
    school_id: Annotated[Id | None, Field(description="Absent: the whole district's")] = None
    for_teachers: Annotated[bool, Field(description="Teachers must use it")] = True
    for_leads: Annotated[bool, Field(description="Whoever holds a role of a lead must use it")] = (
        True
    )
    url: Url | None = None
    help: Help = None
    contact: Contact = None
    required_from: Annotated[
        Date | None, Field(description="From when people are asked for it; absent: today")
    ] = None


class GoalSystemChange(In):
    """What to change; absent fields stay, null clears."""

    title: Line = ""
    kind: Kind = "system"
    serves: Serves = "both"
    for_teachers: bool = True
    for_leads: bool = True
    url: Url | None = None
    help: Help = None
    contact: Contact = None
    required_from: RequiredFrom = date(2000, 1, 1)


class GoalSystemOut(Out):
    """A system that must be used, and by whom."""

    id: Id
    version: Version
    title: Line
    kind: Kind
    serves: Serves
    state: State
    school_id: Id | None
    author_id: Id
    for_teachers: bool
    for_leads: bool
    url: Url | None
    help: Help
    contact: Contact
    required_from: RequiredFrom
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class GoalSystemPage(Out):
    """Systems, the oldest first."""

    items: Annotated[list[GoalSystemOut], Field(max_length=200)]
    next: Next


class SystemConfirm(In):
    """What you say of a system now. It replaces what you said before."""

    has_access: Access
    understands: Understanding
    note: Annotated[
        Text | None,
        Field(
            description="What is in the way, for those who can help: your lead and your school's"
            " leaders read it. Name no student."
        ),
    ] = None


class SystemConfirmationOut(Out):
    """What a person says of a system."""

    id: Id
    version: Version
    system_id: Id
    person_id: Id
    has_access: Access
    understands: Understanding
    note: Text | None
    stuck: Annotated[bool, Field(description="They do not get in, or do not fully understand it")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class Standing(Out):
    """How a person stands with a system that they must use; null: not answered."""

    id: Annotated[Id | None, Field(description="Of the answer")]
    system_id: Id
    required_since: Annotated[Date, Field(description="Since they hold the role and it is asked")]
    answer_by: Annotated[Date, Field(description="Without an answer they are stuck afterwards")]
    has_access: Access | None
    understands: Understanding | None
    note: Text | None
    answered_at: Instant | None
    stuck: Annotated[
        bool, Field(description="No access, not fully understood, or not answered in time")
    ]


class MySystem(Standing):
    """A system that you must use, and what you said of it."""

    title: Line
    kind: Kind
    serves: Serves
    url: Url | None
    help: Help
    contact: Contact


class MySystemPage(Out):
    """What you must use, the oldest first."""

    items: Annotated[list[MySystem], Field(max_length=200)]
    next: Next


class PersonStanding(Standing):
    """How one person stands with one system."""

    person_id: Id
    given_name: Line
    family_name: Line
    roles: Annotated[
        list[Role], Field(max_length=2, description="As what they must use the system")
    ]
    title: Annotated[Line, Field(description="Of the system")]


class PersonStandingPage(Out):
    """People and the systems they must use, by name."""

    items: Annotated[list[PersonStanding], Field(max_length=200)]
    next: Next


class SystemCoverage(Out):
    """How the people of a school stand with a system. To district administrators the three are null
    where one of them would single people out, and rounded down to a multiple of `suppressed_under`
    where it is not everybody; a school's leaders get them as they are."""

    school_id: Id
    school_name: Line
    system_id: Id
    title: Annotated[Line, Field(description="Of the system")]
    people: Annotated[Count, Field(description="Who must use it")]
    ready: Annotated[Count | None, Field(description="They get in and understand it")]
    held_up: Annotated[
        Count | None, Field(description="They do not get in, or do not fully understand it")
    ]
    unanswered: Count | None


class SystemCoveragePage(Out):
    """Schools and the systems that their people must use."""

    items: Annotated[list[SystemCoverage], Field(max_length=200)]
    next: Next
    suppressed_under: Annotated[
        Count, Field(description="Figures about fewer people are left out, but to their leaders")
    ]
