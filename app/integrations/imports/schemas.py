"""Roster imports as they are answered. What is sent is a zip file."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Code, Count, ExternalId, Id, Instant, Out, Permissions, Version

Next = Annotated[str, Field(max_length=1000)] | None
_Name = Annotated[str, Field(max_length=64)]


class FileOut(Out):
    """What one file of a roster brings. `rows` is the sum of the rows created, updated, unchanged,
    skipped and ignored, and of those marked as removed; rows missing from a full roster count as
    deactivated too."""

    file: _Name
    rows: Count
    created: Count
    updated: Count
    unchanged: Count
    deactivated: Count
    skipped: Annotated[Count, Field(description="Left out for a fault, listed in `problems`")]
    ignored: Annotated[
        Count, Field(description="Passed over on purpose: students above all, never looked at")
    ]


class ProblemOut(Out):
    """One thing found in a roster. Its words never hold a value of the file."""

    file: _Name
    row: Annotated[
        Count | None, Field(description="As a spreadsheet counts: the header is row 1")
    ] = None
    column: _Name | None = None
    external_id: Annotated[
        ExternalId | None, Field(description="The id of the row, where it is staff or structure")
    ] = None
    grade: Annotated[
        Literal["note", "row", "bundle"],
        Field(description="note: the row was taken; row: it was not; bundle: nothing was"),
    ]
    code: _Name
    message: Annotated[str, Field(max_length=500)]


Files = Annotated[list[FileOut], Field(max_length=50)]


class ReportOut(Out):
    """What a roster brings, file by file, and the first thousand problems, the gravest first."""

    files: Files
    problems: Annotated[list[ProblemOut], Field(max_length=1000)]
    problems_found: Annotated[Count, Field(description="How many there are in all")]


class _Import(Out):
    id: Id
    version: Version
    source: Code
    mode: Annotated[
        Literal["bulk", "delta"],
        Field(description="bulk: rows that are missing are gone; delta: only marked rows are"),
    ]
    state: Literal["reported", "refused", "committed"]
    created_at: Instant
    updated_at: Instant
    committed_at: Instant | None
    permissions: Permissions


class RosterImportOut(_Import):
    """A roster that was read, with its report. The file itself is not kept."""

    report: ReportOut


class RosterImportItem(_Import):
    """A roster import in a list, without its problems."""

    files: Files
    problems_found: Count


class RosterImportPage(Out):
    """Roster imports, newest first."""

    items: Annotated[list[RosterImportItem], Field(max_length=200)]
    next: Next
