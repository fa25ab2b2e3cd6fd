"""Taking over the roster of 100,000 people: the program's work, without the network.

Two made-up districts. `district` is one as it is: seven of a hundred people are staff, the others
students, who are counted. `adults` is the hardest roster of that size: everybody is staff, so each
row of every file becomes a row of the database. Each is measured in a process of its own, three
times: taken over at first, delivered again unchanged, and with every twentieth person changed.
"""

import asyncio
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid3
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import text

from app.access.actor import Actor
from app.auth import keys
from app.core.database import Database
from app.core.embedded import Server
from app.core.migrate import migrate_async
from app.integrations.imports.service import commit_import, create_import, read_import
from app.integrations.oneroster import read
from app.models import District, DistrictPolicy

PEOPLE = 100_000
#: what the bar says: seconds of reading, dry run and commit together, and MB of memory
SECONDS, MEGABYTES = 10.0, 150.0
_NAMES = UUID("1d1f2a64-1f6b-4f0e-9d43-5a3b3c8f7e10")
_ZONE = "America/Denver"


@dataclass(frozen=True)
class Size:
    """How much of what a roster holds; `changed`: every so manieth person has another name."""

    name: str
    people: int
    staff: int
    schools: int
    classes: int
    #: of each person
    enrollments: int
    changed: int = 0


def sizes(people: int = PEOPLE) -> tuple[Size, Size]:
    """The two districts."""
    some = max(people // 1000, 1)
    return (
        Size("district", people, people * 7 // 100, some, people // 4, 4),
        Size("adults", people, people, some, people // 4, 1),
    )


def _id(kind: str, number: int) -> str:
    return str(uuid3(_NAMES, f"{kind}{number}"))


def _orgs(size: Size) -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
    yield f"{_id('d', 0)},active,,District,district,,\n"
    for n in range(size.schools):
        yield f"{_id('s', n)},active,,School {n},school,{n},{_id('d', 0)}\n"


def _sessions(_size: Size) -> Iterator[str]:
    yield (
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,"
        "schoolYear\n"
    )
    yield f"{_id('y', 0)},active,,2026-2027,schoolYear,2026-08-17,2027-06-04,,2027\n"


def _courses(size: Size) -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,"
    yield "orgSourcedId,subjects,subjectCodes\n"
    for n in range(max(size.classes // 10, 1)):
        yield f"{_id('c', n)},active,,{_id('y', 0)},Course {n},C{n},05,{_id('d', 0)},Science,\n"


def _classes(size: Size) -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,"
    yield "location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n"
    year = _id("y", 0)
    courses = [_id("c", n) for n in range(max(size.classes // 10, 1))]
    schools = [_id("s", n) for n in range(size.schools)]
    for n in range(size.classes):
        course, school = courses[n % len(courses)], schools[n % size.schools]
        yield f"{_id('k', n)},active,,Class {n},05,{course},K{n},scheduled,,{school},{year},,,\n"


def _users(size: Size) -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,"
    yield "givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
    yield "password\n"
    schools = [_id("s", n) for n in range(size.schools)]
    for n in range(size.people):
        name = f"Renamed{n}" if size.changed and not n % size.changed else f"Family{n}"
        role = "student" if n >= size.staff else "teacher" if n % 20 else "administrator"
        yield (
            f"{_id('u', n)},active,,true,{schools[n % size.schools]},{role},user{n},,Given{n},"
            f"{name},,{n},user{n}@bench.example,,,,,\n"
        )


def _enrollments(size: Size) -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,"
    yield "primary,beginDate,endDate\n"
    schools = [_id("s", n) for n in range(size.schools)]
    classes = [_id("k", n) for n in range(size.classes)]
    for person in range(size.people):
        role, who = "teacher" if person < size.staff else "student", _id("u", person)
        for turn in range(size.enrollments):
            n = person * size.enrollments + turn
            at = n % size.classes
            yield (
                f"{_id('e', n)},active,,{classes[at]},{schools[at % size.schools]},{who},{role},"
                "true,2026-08-17,2027-06-04\n"
            )


_TABLES: dict[str, Callable[[Size], Iterator[str]]] = {
    "orgs": _orgs,
    "academicSessions": _sessions,
    "courses": _courses,
    "classes": _classes,
    "users": _users,
    "enrollments": _enrollments,
}


def write(path: Path, size: Size) -> None:
    """The bundle as a zip."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.1"]
        lines += [f"file.{table},bulk" for table in _TABLES]
        archive.writestr("manifest.csv", "\n".join(lines) + "\n")
        for table, rows in _TABLES.items():
            with archive.open(f"{table}.csv", "w") as file:
                for row in rows(size):
                    file.write(row.encode())


@dataclass(frozen=True)
class Measured:
    """Seconds of CPU of each part, of the program and of its PostgreSQL, which take turns (the dry
    run holds a reading, too), and MB above what was there."""

    district: str
    what: str
    reading: float
    dry_run: float
    commit: float
    #: seconds by the clock, of dry run and commit: on a machine with other work, more than that
    clock: float
    megabytes: float
    counts: str


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _busy(backend: int) -> float:
    """CPU seconds of this process and of its PostgreSQL connection so far."""
    stat = Path(f"/proc/{backend}/stat").read_text("ascii").rpartition(")")[2].split()
    return time.process_time() + (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


async def _district(database: Database, name: str) -> Actor:
    async with database.writing() as session:
        district = District(name=name, zone=_ZONE)
        session.add(district)
        await session.flush()
        await keys.enter(session, district.id)
        session.add(DistrictPolicy(district_id=district.id, values={}))
        await session.commit()
        return Actor.operator(district.id, _ZONE)


async def _take(database: Database, actor: Actor, path: Path) -> tuple[float, float, str]:
    """CPU seconds of a dry run and of its commit, as two requests do it; what became of users."""
    async with database.writing() as session:
        await keys.enter(session, actor.district_id)
        backend = int(await session.scalar(text("select pg_backend_pid()")) or 0)
        begun = _busy(backend)
        made = await create_import(session, actor, "bench", path)
        await session.commit()
    reported = _busy(backend)
    async with database.writing() as session:
        await keys.enter(session, actor.district_id)
        await commit_import(session, actor, made, 1)
        await session.commit()
    done = _busy(backend)
    async with database.writing() as session:
        await keys.enter(session, actor.district_id)
        report = (await read_import(session, actor, made)).report
    users = next(file for file in report["files"] if file["file"] == "users")
    said = [f"{users[name]:,} {name}" for name in ("created", "updated", "unchanged", "ignored")]
    return reported - begun, done - reported, ", ".join(said)


async def _measure(url: str, size: Size, folder: Path) -> list[Measured]:
    database = Database(url, write_pool=1, read_pool=1)
    try:
        tiny = replace(size, people=50, staff=40, schools=2, classes=10)
        write(folder / "tiny.zip", tiny)  # what is loaded once is no memory of a roster
        await _take(database, await _district(database, "Warm"), folder / "tiny.zip")
        actor = await _district(database, size.name)
        found = []
        for what, changed in (("first", 0), ("again", 0), ("5 % changed", 20)):
            path = folder / f"{size.name}-{changed}.zip"
            before, started = _peak(), time.perf_counter()
            dry_run, commit, counts = await _take(database, actor, path)
            grown, clock = _peak() - before, time.perf_counter() - started
            # by itself last: the peak is the dry run's and the commit's alone
            started = time.process_time()
            read(path)
            reading = time.process_time() - started
            found.append(Measured(size.name, what, reading, dry_run, commit, clock, grown, counts))
        return found
    finally:
        await database.close()


def _in_child(url: str, size: Size, folder: Path) -> list[Measured]:
    return asyncio.run(_measure(url, size, folder))


def measure(server: Server, folder: Path, people: int = PEOPLE) -> list[Measured]:
    """Both districts, each in a process of its own, so that one's memory is not the other's."""
    asyncio.run(migrate_async(server.owner_url, server.app_url))
    found = []
    for size in sizes(people):
        for changed in (0, 20):
            write(folder / f"{size.name}-{changed}.zip", replace(size, changed=changed))
        own = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=own) as pool:
            found += pool.submit(_in_child, server.app_url, size, folder).result()
    return found


def report(found: list[Measured]) -> str:
    """The page."""
    lines = [
        "# Rosters of 100,000 people",
        "",
        "`python -m bench --only-rosters`. Reading, dry run and commit of a OneRoster 1.1 zip, the "
        "program and its PostgreSQL on the same two cores, no network. `district`: 7,000 staff, "
        "93,000 students, 25,000 classes, 400,000 enrollments. `adults`: 100,000 staff, 25,000 "
        "classes, 100,000 enrollments, every one of which is kept. The dry run reads the zip, "
        "compares it with the database and stores the staff's part; the commit compares again and "
        "writes 5,000 rows at a time as they are found, in one transaction; reading alone is a "
        "part of the dry run and shown for itself. Memory is the growth "
        "of the process's peak over what it was before. Seconds are CPU of the program and of its "
        "PostgreSQL connection, which take turns; the clock's are beside them, and longer when the "
        f"machine has other work: its load was {os.getloadavg()[2]:.1f} over the last quarter of "
        f"an hour, on {os.cpu_count()} cores. CPU seconds were seen to grow with it, too.",
        "",
        "The bar is read as the CPU of dry run and commit of `district`, a district in its real "
        "proportions. `adults` is no district, and is there to show what a row of staff costs: "
        "more than half of its commit is PostgreSQL checking references and filling indexes. "
        "The memory that counts is the first delivery's: the peak before the later ones is its.",
        "",
        "| district | delivery | users.csv | reading | dry run | commit | both | clock | MB |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {m.district} | {m.what} | {m.counts} | {m.reading:.1f} | {m.dry_run:.1f} | "
        f"{m.commit:.1f} | {m.dry_run + m.commit:.1f} | {m.clock:.1f} | "
        f"{m.megabytes:.0f} |"
        for m in found
    ]
    over = [m for m in found if m.dry_run + m.commit > SECONDS or m.megabytes > MEGABYTES]
    missed = ", ".join(f"{m.district} ({m.what})" for m in over) or "nothing"
    lines += ["", f"Above the bar of {SECONDS:.0f} s and {MEGABYTES:.0f} MB: {missed}."]
    return "\n".join(lines) + "\n"
