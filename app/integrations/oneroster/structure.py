"""Orgs, academic sessions, courses and classes. Each method takes one row or raises Fault; False
means it was passed over on purpose."""

from collections.abc import Mapping
from dataclasses import replace

from app.integrations.oneroster import vocabulary as words
from app.integrations.oneroster.checks import Checks
from app.integrations.oneroster.roster import AcademicSession, ClassSection, Course, Org
from app.integrations.oneroster.tables import Fault, Row


class Structure:
    """The tables that say where and when teaching happens."""

    def __init__(self, checks: Checks) -> None:
        self.checks = checks
        self.roster = checks.roster

    def org(self, row: Row) -> bool:
        """A row of orgs.csv."""
        key = self.checks.key("orgs", row, self.roster.orgs)
        if key is None:
            return True
        kind = row.text("type")
        sds = self.roster.version == "sds-2.1"
        if kind.lower() in words.ORG_KINDS or not (sds or kind.startswith("ext:")):
            kind = row.word("type", words.ORG_KINDS)
        else:
            kind = "other"
        self.roster.orgs[key] = Org(
            key,
            row.text("name"),
            kind,
            row.optional("identifier"),
            row.optional("parentSourcedId"),
        )
        return True

    def session(self, row: Row) -> bool:
        """A row of academicSessions.csv."""
        key = self.checks.key("academicSessions", row, self.roster.sessions)
        if key is None:
            return True
        first, last = row.needed_day("startDate"), row.needed_day("endDate")
        if last < first:
            raise Fault("dates_reversed", "It ends before it begins; correct the dates.", "endDate")
        self.roster.sessions[key] = AcademicSession(
            key,
            row.text("title"),
            row.word("type", words.SESSION_KINDS),
            first,
            last,
            row.optional("parentSourcedId"),
            row.optional("schoolYear"),
        )
        return True

    def course(self, row: Row) -> bool:
        """A row of courses.csv."""
        key = self.checks.key("courses", row, self.roster.courses)
        if key is None:
            return True
        sessions = self.roster.sessions
        self.roster.courses[key] = Course(
            key,
            row.text("title"),
            row.optional("courseCode"),
            self.checks.may_point_at("orgs", row, "orgSourcedId", self.roster.orgs),
            self.checks.may_point_at("academicSessions", row, "schoolYearSourcedId", sessions),
            row.several("subjects"),
        )
        return True

    def class_(self, row: Row) -> bool:
        """A row of classes.csv."""
        key = self.checks.key("classes", row, self.roster.classes)
        if key is None:
            return True
        roster = self.roster
        sds = roster.version == "sds-2.1"
        course = row.optional("courseSourcedId") if sds else row.text("courseSourcedId")
        if course is not None:
            course = self.checks.points_at("courses", course, roster.courses, "courseSourcedId")
        school = row.text("schoolSourcedId")
        school = self.checks.points_at("orgs", school, roster.orgs, "schoolSourcedId")
        terms = row.several("termSourcedIds")
        if not terms and not sds:
            raise Fault("missing_value", "A class needs at least one term.", "termSourcedIds")
        point = self.checks.points_at
        terms = tuple(
            point("academicSessions", term, roster.sessions, "termSourcedIds") for term in terms
        )
        roster.classes[key] = ClassSection(
            key,
            row.text("title"),
            row.optional("classCode"),
            course,
            school,
            terms,
            row.several("subjects"),
        )
        return True

    def parents(self, table: str) -> None:
        """Once a table with parents was read: note parents that are not there and drop them; a
        circle refuses the bundle. A parent may stand below its child, so this comes after."""
        if table == "orgs":
            orgs = self.roster.orgs
            for key in self._orphans(table, {key: org.parent for key, org in orgs.items()}):
                orgs[key] = replace(orgs[key], parent=None)
        elif table == "academicSessions":
            sessions = self.roster.sessions
            for key in self._orphans(table, {key: s.parent for key, s in sessions.items()}):
                sessions[key] = replace(sessions[key], parent=None)

    def _orphans(self, table: str, parents: Mapping[str, str | None]) -> list[str]:
        report, column = self.roster.report, "parentSourcedId"
        if _circular(parents):
            text = "Rows are each other's parent in a circle; correct parentSourcedId."
            report("bundle", table, "circular_reference", text, column=column)
        orphans = [
            key
            for key, parent in parents.items()
            if parent is not None and self.checks.unknown(table, parent, parents)
        ]
        for _ in orphans:
            text = "A row's parent is not in this file; the row is taken without one."
            report("note", table, "dangling_reference", text, column=column)
        return orphans


def _circular(parents: Mapping[str, str | None]) -> bool:
    """Whether something is its own ancestor."""
    done: set[str] = set()
    for start in parents:
        path: set[str] = set()
        at: str | None = start
        while at is not None and at in parents and at not in done:
            if at in path:
                return True
            path.add(at)
            at = parents[at]
        done |= path
    return False
