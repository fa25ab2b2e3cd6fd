"""Reading rosters: OneRoster CSV 1.1 and 1.2, and Microsoft School Data Sync 2.1.

Pure: no database, no HTTP. `read` gives a checked Roster; applying it is the importer's work.
"""

from app.integrations.oneroster.reader import read
from app.integrations.oneroster.roster import (
    AcademicSession,
    ClassSection,
    Course,
    FileCount,
    Org,
    Problem,
    Roster,
    Staff,
    StaffRole,
    TeachingAssignment,
)

__all__ = [
    "AcademicSession",
    "ClassSection",
    "Course",
    "FileCount",
    "Org",
    "Problem",
    "Roster",
    "Staff",
    "StaffRole",
    "TeachingAssignment",
    "read",
]
