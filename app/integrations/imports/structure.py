"""Comparing where, when and by whom what is taught: schools, school years, courses, classes and
teaching assignments."""

from uuid import UUID

from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.integrations.imports.comparison import LINE, Comparison
from app.integrations.imports.rows import (
    AssignmentRow,
    ClassRow,
    CourseRow,
    PersonRow,
    SchoolRow,
    YearRow,
)
from app.models import SchoolYear


def schools(work: Comparison) -> None:
    """Orgs of kind school, and those of no kind of the standard (a college) that have classes.
    A new one passes its dates in the district's zone; an older one keeps the zone it has. The
    district keeps its own name."""
    known = work.rows[SchoolRow]
    active_before = sum(row.active for row in known.values())
    left = work.leave("orgs", SchoolRow, work.kept.orgs)
    places = {given.school for given in work.kept.classes.values()}
    places |= {key for key, row in known.items() if row.active}
    for key, org in work.kept.orgs.items():
        if org.kind == "school" or (org.kind == "other" and key in places):
            name = work.line("orgs", org.name, key)
            zone = known[key].zone if key in known else work.zone
            row = SchoolRow(work.id_of(SchoolRow, key), key, True, name, zone)
            work.take("orgs", row)
            known[key] = row
    work.mass("orgs", "schools", left, active_before)


async def years(work: Comparison) -> None:
    """A school year for each school that lacks it. Once there, title and dates are the
    school's; one of the same title that was made by hand is taken for it."""
    of_school: dict[UUID, list[YearRow]] = {}
    for year in await work.all(YearRow, visible(work.reach, Action.YEAR_READ, SchoolYear)):
        of_school.setdefault(year.school_id, []).append(year)
    tally = work.tally("academicSessions")
    removed = work.kept.removed.get("orgs", set())
    schools = {
        row.id
        for key, row in work.rows[SchoolRow].items()
        if key in work.kept.orgs
        or (row.active and key not in removed and not work.absent("orgs", key))
    }
    for key, session in work.kept.sessions.items():
        if session.kind != "schoolYear":
            continue
        if session.first_day >= session.last_day:
            words = "A school year of a single day is none; correct the dates."
            work.skip("academicSessions", "single_day", words, key)
            continue
        title = work.line("academicSessions", session.title, key)
        days = (session.first_day, session.last_day)
        made = adopted = False
        for school in sorted(schools):
            years = of_school.get(school, [])
            same = [y for y in years if (y.source, y.external_id) == (work.source, key)]
            alike = [y for y in years if y.source is None and y.title == title]
            if not same and not alike:
                work.add(YearRow(clock.new_id(), key, work.source, school, title, *days))
                made = True
            elif not same:
                work.change(alike[0]._replace(external_id=key, source=work.source))
                adopted = True
            for year in same or alike[:1]:
                if (year.first_day, year.last_day) != days:
                    words = "A school has other days for this year; the school's are kept."
                    work.plan.report("academicSessions", "note", "year_differs", words, key)
        if made:
            tally.created += 1
        elif adopted:
            tally.updated += 1
        else:
            tally.unchanged += 1


async def courses(work: Comparison) -> None:
    """Courses."""
    known = work.rows[CourseRow]
    work.leave("courses", CourseRow, work.kept.courses)
    for key, course in work.kept.courses.items():
        await work.pause()
        title = work.line("courses", course.title, key)
        subjects = _subjects(course.subjects)
        own = work.id_of(CourseRow, key)
        row = CourseRow(own, key, True, title, course.code, subjects)
        work.take("courses", row)
        known[key] = row


async def classes(work: Comparison) -> None:
    """Classes of schools that are known."""
    known = work.rows[ClassRow]
    work.leave("classes", ClassRow, work.kept.classes)
    for key, given in work.kept.classes.items():
        await work.pause()
        school = work.rows[SchoolRow].get(given.school)
        course = work.rows[CourseRow].get(given.course) if given.course else None
        if school is None:
            words = (
                "The class's school is not known from this source, or no school; send its org "
                "too, with its type."
            )
            work.skip("classes", "unknown_school", words, key)
            continue
        if given.course and course is None:
            words = "The class's course is not known from this source; it is taken without."
            work.plan.report("classes", "note", "unknown_course", words, key)
        row = ClassRow(
            work.id_of(ClassRow, key),
            key,
            True,
            school.id,
            course.id if course is not None else None,
            work.line("classes", given.title, key),
            given.code,
        )
        work.take("classes", row)
        known[key] = row


async def assignments(work: Comparison) -> None:
    """Who teaches what."""
    taken: set[str] = set()
    for given in work.kept.assignments:
        await work.pause()
        key = given.sourced_id
        section = work.rows[ClassRow].get(given.class_)
        person = work.rows[PersonRow].get(given.staff)
        if section is None or person is None:
            what = "class" if section is None else "person"
            words = f"The {what} is not known from this source; the row is left out."
            work.skip("enrollments", f"unknown_{what}", words, key)
            continue
        if person.id in work.gone:
            continue
        taken.add(key)
        if work.would_add("enrollments", AssignmentRow, key):
            continue
        row = AssignmentRow(
            work.id_of(AssignmentRow, key),
            key,
            True,
            section.id,
            person.id,
            given.primary,
            given.first_day,
            given.last_day,
        )
        work.take("enrollments", row)
    work.leave("enrollments", AssignmentRow, taken, lambda row: row.person_id in work.gone)


def _subjects(given: tuple[str, ...]) -> list[str]:
    return [subject[:LINE] for subject in given[:50]]
