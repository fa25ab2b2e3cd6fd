"""The operator's own acts: districts, people, rosters."""

import argparse
import sys
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.auth import keys
from app.auth import service as auth
from app.cli_database import Stop, as_operator, on_database
from app.core import clock
from app.core.database import Database
from app.core.events import record
from app.core.types import Code, Email, Line
from app.frameworks import service as frameworks
from app.frameworks.imports import service as framework_imports
from app.frameworks.schemas import Publisher
from app.integrations.imports import service as imports
from app.models import District, DistrictPolicy, Person, School
from app.models.people import RoleKind
from app.observations.kinds import service as kinds
from app.people.persons import roles
from app.people.persons import service as persons
from app.settings import Settings
from app.templates import service as templates

_CODE_FORM = "a short code of letters, digits, dot, dash and underscore"


def say(line: str = "") -> None:
    """A line to whoever runs the command."""
    sys.stdout.write(line + "\n")


def _checked(kind: Any, name: str, value: str, form: str) -> str:
    """An option as the API would take it."""
    try:
        fitting: str = TypeAdapter(kind).validate_python(value.strip())
    except ValidationError as exc:
        raise Stop(f"{name} must be {form}.") from exc
    return fitting


def district_create(options: argparse.Namespace, settings: Settings) -> int:
    """Add a district, with LEAP published in it."""
    name = _checked(Line, "--name", options.name, "a line of at most 200 characters")
    if options.zone not in available_timezones():
        raise Stop("--zone must be an IANA time zone such as America/Denver.")

    async def create(url: str) -> int:
        database = Database(url, write_pool=1, read_pool=1)
        try:
            async with database.writing() as session:
                district = District(id=clock.new_id(), name=name, zone=options.zone)
                session.add(district)
                await session.flush()
                await keys.enter(session, district.id)
                policy = DistrictPolicy(district_id=district.id, values={})
                session.add(policy)
                await session.flush()
                operator = Actor.operator(district.id, district.zone)
                record(session, operator, "district.created", policy)
                leap = await frameworks.install(session, operator, frameworks.leap())
                await frameworks.publish(session, operator, leap.id, leap.version)
                await templates.ship(session, operator)
                await kinds.ship(session, operator)
                await session.commit()
        finally:
            await database.close()
        say(f"{district.name}: {district.id}")
        return 0

    return on_database(settings, create)


def person_create(options: argparse.Namespace, settings: Settings) -> int:
    """Add a person with a role and print their invitation: the first administrator's way in."""
    kind = RoleKind(options.role)
    if (options.school is None) != (kind is RoleKind.DISTRICT_ADMINISTRATOR):
        raise Stop("Every role but district_administrator needs --school, and that one none.")
    line = "a line of at most 200 characters"
    fields = {
        "given_name": _checked(Line, "--given", options.given, line),
        "family_name": _checked(Line, "--family", options.family, line),
        "email": _checked(Email, "--email", options.email, "an e-mail address"),
    }

    async def create(session: AsyncSession, actor: Actor) -> int:
        person_id = await persons.create_person(session, actor, fields)
        await roles.create_role(
            session,
            actor,
            person_id=person_id,
            kind=kind,
            school_id=await _school(session, actor, options.school),
            team_id=None,
            tested_subject=bool(options.tested_subject) if kind is RoleKind.TEACHER else None,
            started_on=None,
        )
        return await _give_token(session, actor, Person.id == person_id, "invite")

    return as_operator(settings, options.district, create)


async def _school(session: AsyncSession, actor: Actor, name: str | None) -> UUID | None:
    if name is None:
        return None
    statement = visible(actor, Action.SCHOOL_READ, School).where(School.name == name)
    found = list(await session.scalars(statement, actor.binds))
    if len(found) != 1:
        raise Stop("--school must be the name of one school of the district.")
    school: School = found[0]
    return school.id


def person_token(options: argparse.Namespace, settings: Settings) -> int:
    """Print a new one-time token: `invite` for a first password, `reset` for a forgotten one."""
    email = options.email.strip().lower()

    async def give(session: AsyncSession, actor: Actor) -> int:
        return await _give_token(session, actor, Person.email == email, options.purpose)

    return as_operator(settings, options.district, give)


async def _give_token(session: AsyncSession, actor: Actor, who: Any, purpose: str) -> int:
    person = await session.scalar(
        visible(actor, Action.PERSON_READ, Person).where(who), actor.binds
    )
    if person is None:
        raise Stop("Nobody in the district has that e-mail address.")
    if not person.active:
        raise Stop("This person is not active; a district administrator reactivates them first.")
    invitation, token = await auth.invite(session, actor, person, purpose)
    say(f"One-time token for {person.email}, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC:")
    say(token)
    say("Use it at POST /api/v1/auth/invitations/accept with a password.")
    return 0


def import_roster(options: argparse.Namespace, settings: Settings) -> int:
    """Read a roster and print its report; take it over with --commit."""
    path = Path(options.path)
    if not path.exists():
        raise Stop("There is no such file or folder.")
    source = _checked(Code, "--source", options.source, _CODE_FORM)

    async def take(session: AsyncSession, actor: Actor) -> int:
        full = True if options.full else None
        import_id = await imports.create_import(session, actor, source, path, full=full)
        row = await imports.read_import(session, actor, import_id)
        _print_report(row.report)
        if row.state == "refused":
            say("Refused: nothing of it can be taken over.")
            return 1
        if not options.commit:
            say("A dry run: nothing was changed. Add --commit to take it over.")
            return 0
        allow = options.allow_mass_deactivation
        try:
            await imports.commit_import(
                session, actor, import_id, row.version, allow_mass_deactivation=allow
            )
        except imports.MassDeactivation as exc:  # its next step is a request's
            raise Stop(
                f"{exc.detail} If that is meant, add --allow-mass-deactivation to the command."
            ) from exc
        say("Taken over.")
        return 0

    return as_operator(settings, options.district, take)


def _print_report(report: dict[str, Any]) -> None:
    columns = ("rows", "created", "updated", "unchanged", "deactivated", "skipped", "ignored")
    say(f"{'file':<18}" + "".join(f"{column:>13}" for column in columns))
    for file in report["files"]:
        say(f"{file['file']:<18}" + "".join(f"{file[column]:>13}" for column in columns))
    for problem in report["problems"]:
        place = (problem["file"], problem["row"], problem["column"], problem.get("external_id"))
        where = ":".join(str(part) for part in place if part is not None)
        say(f"{problem['grade']:<7} {where:<40} {problem['code']}: {problem['message']}")
    if report["problems_found"] > len(report["problems"]):
        say(f"{report['problems_found']} problems in all; these are the gravest.")


def import_framework(options: argparse.Namespace, settings: Settings) -> int:
    """Read framework files, or all files of a folder, and keep them as drafts with --commit."""
    paths = [Path(given) for given in options.paths]
    if not all(path.exists() for path in paths):
        raise Stop("There is no such file or folder.")
    named = {
        "publisher": _given(Publisher, "--publisher", options.publisher, "1 to 100 characters"),
        "code": _given(Code, "--code", options.code, _CODE_FORM),
        "edition": _given(Code, "--edition", options.edition, _CODE_FORM),
        "title": _given(Line, "--title", options.title, "1 to 200 characters on one line"),
    }
    inside = [
        file
        for path in paths
        for file in ([path] if path.is_file() else sorted(path.iterdir()))
        if file.is_file()
    ]
    # one file may be a zip; several are read together, since they may be parts of one framework
    files = [(file.name, file.read_bytes()) for file in inside]
    content = files[0][1] if len(files) == 1 and files[0][1][:2] == b"PK" else files

    async def take(session: AsyncSession, actor: Actor) -> int:
        import_id = await framework_imports.create_import(session, actor, content, **named)
        found = await framework_imports.read_import(session, actor, import_id)
        for framework in found["frameworks"]:
            _print_framework(framework)
        if options.commit:
            say("Kept as drafts; a district administrator publishes them.")
            return 0
        await session.rollback()
        say("A dry run: nothing was kept. Add --commit to keep these as drafts.")
        return 0

    return as_operator(settings, options.district, take)


def _given(kind: Any, name: str, value: str | None, form: str) -> str | None:
    return None if value is None else _checked(kind, name, value, form)


def _print_framework(framework: dict[str, Any]) -> None:
    names = ("publisher", "code", "edition")
    say(f"{framework['title']} ({', '.join(framework[name] for name in names)})")
    counts = ("items", "associations", "foreign_ends", "cycles", "orphans", "groups", "indicators")
    said = ", ".join(f"{framework[name]} {name.replace('_', ' ')}" for name in counts)
    say(f"  read as {framework['form']}: {said}")
    for problem in framework["problems"]:
        say(f"  {problem['place']:<40} {problem['code']}: {problem['message']}")
    if framework["problems_found"] > len(framework["problems"]):
        say(f"  {framework['problems_found']} things found in all; these are the first.")
