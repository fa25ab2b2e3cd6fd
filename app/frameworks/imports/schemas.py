"""Imports of frameworks as they are answered. What is sent is a file."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Code, Count, Id, Instant, Line, Out, Permissions, Version
from app.frameworks.schemas import Edition, Next, Publisher

Form = Annotated[
    Literal["case_1_0", "case_1_1", "csv", "edfi", "competencies"],
    Field(description="What the file was recognised as"),
]


class FrameworkProblem(Out):
    """One thing found in a file. Its words never hold a value of the file."""

    place: Annotated[str, Field(max_length=200, description="Such as `CFItems/3` or `row 5`")]
    code: Annotated[str, Field(max_length=64)]
    message: Annotated[str, Field(max_length=500)]


class FrameworkImported(Out):
    """A framework that the file brought, now a draft, and what was found in it."""

    framework_id: Id
    form: Form
    publisher: Publisher
    code: Code
    edition: Edition
    title: Line
    items: Count
    associations: Count
    foreign_ends: Annotated[
        Count, Field(description="Ends of associations that lie in other frameworks; they are kept")
    ]
    cycles: Annotated[Count, Field(description="Circles of children, each broken at its first")]
    orphans: Annotated[Count, Field(description="Items without a parent here, kept at the root")]
    groups: Annotated[Count, Field(description="Groups with a scale that goals may use")]
    indicators: Annotated[
        Count, Field(description="Indicators that goals may use; 0: a framework of standards")
    ]
    problems: Annotated[list[FrameworkProblem], Field(max_length=1000)]
    problems_found: Annotated[Count, Field(description="How many there are in all")]


class FrameworkImportOut(Out):
    """A file of frameworks that was read, with its report. The file itself is not kept."""

    id: Id
    version: Version
    author_id: Id | None
    frameworks: Annotated[list[FrameworkImported], Field(max_length=50)]
    created_at: Instant
    permissions: Permissions


class FrameworkImportItem(Out):
    """An import of frameworks in a list, without its report."""

    id: Id
    version: Version
    author_id: Id | None
    created_at: Instant
    permissions: Permissions


class FrameworkImportPage(Out):
    """Imports of frameworks, newest first."""

    items: Annotated[list[FrameworkImportItem], Field(max_length=200)]
    next: Next
