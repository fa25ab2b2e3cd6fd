"""The command line: `alongside serve | migrate | demo | district | person | import | openapi |
check-config`. Whoever runs it acts as the operator; every failure is one line that says what to do.
"""

import argparse
import asyncio
import json
import os
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import asyncpg
import uvicorn
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app import settings as configuration
from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.auth import keys
from app.auth import service as auth
from app.core import clock, embedded
from app.core.database import Database
from app.core.errors import Problem
from app.core.events import record
from app.core.migrate import FINGERPRINT, alembic_config, migrate
from app.integrations.imports import service as imports
from app.main import create_app
from app.models import District, DistrictPolicy, Person, Role, School
from app.models.people import RoleKind
from app.settings import Settings, SettingsError
from app.web.contract import build_openapi

CONTRACT = Path(__file__).resolve().parents[1] / "openapi" / "openapi.json"


class Stop(Exception):
    """The one line an operator reads when the program cannot go on."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command. Exit 0 done, 1 the answer is no, 2 it could not be done."""
    options = _parser().parse_args(arguments)
    try:
        settings = configuration.load()
        if getattr(options, "data_dir", None):
            settings = replace(settings, data_dir=Path(options.data_dir).absolute())
        code = options.run(options, settings)
    except (Stop, SettingsError, embedded.EmbeddedError) as exc:
        _fail(str(exc))
    except Problem as problem:
        _fail(f"{problem.detail} {problem.next_step}")
    except KeyboardInterrupt:
        code = 130
    except (OSError, asyncpg.PostgresError, DBAPIError) as exc:
        _fail(_unreachable(exc))
    sys.exit(code or 0)


def _fail(line: str) -> NoReturn:
    print(f"alongside: {' '.join(line.split())}", file=sys.stderr)
    sys.exit(2)


def _unreachable(exc: BaseException) -> str:
    """Why the database cannot be used, without its address: that holds a password."""
    cause = exc.orig if isinstance(exc, DBAPIError) else exc
    state = getattr(cause, "sqlstate", None) or ""
    if state in ("28P01", "28000"):
        return "The database refuses the role or password: correct DATABASE_URL."
    if state == "3D000":
        return "There is no such database: create it, or correct DATABASE_URL."
    if state.startswith("42"):
        return "The database lacks the schema or a right: run `alongside migrate` as the owner."
    return (
        "The database cannot be reached: check that it runs and that DATABASE_URL names it "
        f"({type(cause).__name__})."
    )


# --- serve ------------------------------------------------------------------------------------


def serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve, on DATABASE_URL or on a PostgreSQL of our own in the data folder."""
    listener = _listen(options.host, options.port)
    with listener:
        if settings.database_url:
            _check_production(settings)
            asyncio.run(_checked(settings.database_url))
            return _run(options, settings, listener, [])
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with embedded.running(settings.data_dir) as server:
            settings = replace(
                settings,
                database_url=server.app_url,
                secret_keys=settings.secret_keys or _own_secret(settings.data_dir),
                public_url=settings.public_url
                if os.environ.get("PUBLIC_URL")
                else f"http://{options.host}:{options.port}",
            )
            migrate(server.owner_url, server.app_url)
            logins = _demo_logins(settings)
            return _run(options, settings, listener, logins)


def _listen(host: str, port: int) -> socket.socket:
    """The port, taken before anything is made, so that a clash is told at once."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except OSError as exc:
        raise Stop(
            f"Port {port} on {host} cannot be taken ({exc.strerror}): "
            "stop what uses it, or choose another with --port."
        ) from exc
    return listener


def _own_secret(data_dir: Path) -> tuple[tuple[str, bytes], ...]:
    """The installation's secret, drawn at the first start."""
    path = data_dir / "secret-keys"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_secret() + "\n")
    return configuration.load({"SECRET_KEY_FILE": str(path)}).secret_keys


def new_secret() -> str:
    """A line for SECRET_KEYS."""
    return f"k{secrets.token_hex(2)}:{secrets.token_hex(32)}"


def _demo_logins(settings: Settings) -> list[str]:
    """The demo's logins; a new data folder gets the demo district first."""
    path = settings.data_dir / "demo-logins"
    if not path.exists() and not asyncio.run(_districts(settings.database_url or "")):
        _write_logins(path, asyncio.run(_load_demo(settings.database_url or "")))
    return path.read_text().splitlines() if path.exists() else []


async def _load_demo(url: str) -> list[tuple[str, str, str]]:
    if find_spec("app.demo") is None:
        raise Stop("This build carries no demo district.")
    from app import demo

    logins: list[tuple[str, str, str]] = await demo.load(url)
    return logins


def _write_logins(path: Path, logins: list[tuple[str, str, str]]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines("\t".join(login) + "\n" for login in logins)


def _check_production(settings: Settings) -> None:
    if not settings.secret_keys:
        raise Stop(
            "SECRET_KEYS or SECRET_KEY_FILE is missing: make a line with "
            "`alongside check-config --new-secret` and set it."
        )
    try:
        Database(settings.database_url or "")
    except ValueError as exc:
        raise Stop(f"DATABASE_URL cannot be used: {exc}") from exc


async def _checked(url: str) -> None:
    """The database answers, is of a version we know, and holds this program's schema."""
    faults = await _faults(url)
    if faults:
        raise Stop(faults[0])


def _run(
    options: argparse.Namespace, settings: Settings, listener: socket.socket, logins: list[str]
) -> int:
    demo = asyncio.run(_holds_demo(settings.database_url or ""))
    if demo and not options.demo_public and not _is_loopback(options.host):
        raise Stop(
            "This is a demo district, whose logins are known: serve it on 127.0.0.1, "
            "or add --demo-public."
        )
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    address = f"http://{options.host}:{options.port}"
    print(f"Alongside serves {address}  (Swagger UI: {address}/docs)", flush=True)
    if logins:
        print(f"Demo logins (also in {settings.data_dir / 'demo-logins'}):", flush=True)
        for role, email, password in (line.split("\t") for line in logins):
            print(f"  {role:<24} {email:<44} {password}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# --- the database -----------------------------------------------------------------------------


async def _faults(url: str) -> list[str]:
    """What keeps the program from serving on this database, each with what to do."""
    database = Database(url, write_pool=1, read_pool=1)
    found = []
    try:
        async with database.reading() as session:
            version = int(await session.scalar(text("show server_version_num")) or 0)
            if version < 150_000:
                return [f"PostgreSQL 15 or newer is needed and this is {version // 10_000}."]
            role = (
                await session.execute(
                    text(
                        "select rolsuper, rolbypassrls, exists (select 1 from pg_class c join"
                        " pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and"
                        " c.relowner = r.oid) from pg_roles r where rolname = current_user"
                    )
                )
            ).one()
            if role[0] or role[1] or role[2]:
                found.append(
                    "The role of DATABASE_URL is a superuser, bypasses row-level security or owns "
                    "tables: give the application a role of its own."
                )
            head = ScriptDirectory.from_config(alembic_config()).get_current_head()
            here = await session.scalar(text("select to_regclass('public.alembic_version')::text"))
            if here is None or (
                await session.scalar(text("select version_num from alembic_version")) != head
            ):
                found.append("The schema is not this program's: run `alongside migrate`.")
            elif await session.scalar(text(FINGERPRINT)) != await session.scalar(
                text("select fingerprint from installation")
            ):
                found.append(
                    "This database was restored: run `alongside migrate`, so that integrations "
                    "start their pull anew."
                )
    finally:
        await database.close()
    return found


async def _districts(url: str) -> list[District]:
    database = Database(url, write_pool=1, read_pool=1)
    try:
        async with database.reading() as session:
            return list(await session.scalars(select(District).order_by(District.created_at)))
    finally:
        await database.close()


async def _holds_demo(url: str) -> bool:
    return any(district.demo for district in await _districts(url))


def run_migrate(_options: argparse.Namespace, settings: Settings) -> int:
    """Bring the schema up to date, as the owner role."""
    if not settings.migration_database_url or not settings.database_url:
        raise Stop(
            "MIGRATION_DATABASE_URL (the owner's role) and DATABASE_URL (the application's) must "
            "be set; without them `alongside serve` keeps a database of its own."
        )
    migrate(settings.migration_database_url, settings.database_url)
    print("The schema is up to date.")
    return 0


def check_config(options: argparse.Namespace, settings: Settings) -> int:
    """Say whether the program could serve with these settings."""
    if options.new_secret:
        print(new_secret())
        return 0
    if not settings.database_url:
        raise Stop("DATABASE_URL is not set; `alongside serve` would keep a database of its own.")
    _check_production(settings)
    faults = asyncio.run(_faults(settings.database_url))
    for fault in faults:
        print(f"alongside: {fault}", file=sys.stderr)
    if not faults:
        print("The settings are complete and the database is ready.")
    return 2 if faults else 0


# --- the operator's own acts ------------------------------------------------------------------

Work = Callable[[AsyncSession, Actor], Awaitable[int]]


def _as_operator(settings: Settings, name: str | None, work: Work) -> int:
    """Do something in one transaction as the operator of a district (the only one by default)."""

    async def done(url: str) -> int:
        districts = await _districts(url)
        chosen = [d for d in districts if name is None or d.name == name or str(d.id) == name]
        if len(chosen) != 1:
            raise Stop(
                "Name the district with --district: "
                + (", ".join(d.name for d in districts) or "there is none; `district create` first")
            )
        database = Database(url, write_pool=1, read_pool=1)
        try:
            async with database.writing() as session:
                await keys.enter(session, chosen[0].id)
                code = await work(session, Actor.operator(chosen[0].id, chosen[0].zone))
                await session.commit()
                return code
        finally:
            await database.close()

    return _on_database(settings, done)


def _on_database(settings: Settings, work: Callable[[str], Awaitable[int]]) -> int:
    """Run on DATABASE_URL, or on the data folder's own PostgreSQL while nothing serves it."""

    async def run(url: str) -> int:
        return await work(url)

    if settings.database_url:
        return asyncio.run(run(settings.database_url))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with embedded.running(settings.data_dir) as server:
        migrate(server.owner_url, server.app_url)
        return asyncio.run(run(server.app_url))


def run_demo(_options: argparse.Namespace, settings: Settings) -> int:
    """Load the demo district into a database that holds no other."""

    async def load(url: str) -> int:
        if await _districts(url):
            raise Stop("This database holds a district already; the demo wants one of its own.")
        for role, email, password in await _load_demo(url):
            print(f"{role}\t{email}\t{password}")
        return 0

    return _on_database(settings, load)


def district_create(options: argparse.Namespace, settings: Settings) -> int:
    """Add a district."""
    if options.zone not in _zones():
        raise Stop("--zone must be an IANA time zone such as America/Denver.")

    async def create(url: str) -> int:
        database = Database(url, write_pool=1, read_pool=1)
        try:
            async with database.writing() as session:
                district = District(id=clock.new_id(), name=options.name, zone=options.zone)
                session.add(district)
                await session.flush()
                await keys.enter(session, district.id)
                policy = DistrictPolicy(district_id=district.id, values={})
                session.add(policy)
                await session.flush()
                record(
                    session, Actor.operator(district.id, district.zone), "district.created", policy
                )
                await session.commit()
                print(f"{district.name}: {district.id}")
                return 0
        finally:
            await database.close()

    return _on_database(settings, create)


def _zones() -> set[str]:
    from zoneinfo import available_timezones

    return available_timezones()


def person_create(options: argparse.Namespace, settings: Settings) -> int:
    """Add a person with a role and print their invitation: the first administrator's way in."""

    async def create(session: AsyncSession, actor: Actor) -> int:
        school_id = await _school(session, actor, options.school)
        if (school_id is None) != (options.role == RoleKind.DISTRICT_ADMINISTRATOR):
            raise Stop("Every role but district_administrator needs --school, and that one none.")
        person = Person(
            district_id=actor.district_id,
            given_name=options.given,
            family_name=options.family,
            email=options.email.strip().lower(),
        )
        session.add(person)
        await session.flush()
        role = Role(
            district_id=actor.district_id,
            person_id=person.id,
            kind=options.role,
            school_id=school_id,
            tested_subject=True if options.role == RoleKind.TEACHER else None,
            started_on=clock.today(actor.zone),
        )
        session.add(role)
        await session.flush()
        record(session, actor, "person.created", person)
        record(session, actor, "role.given", role)
        return await _print_invitation(session, actor, person, "invite")

    return _as_operator(settings, options.district, create)


async def _school(session: AsyncSession, actor: Actor, name: str | None) -> UUID | None:
    if name is None:
        return None
    school = await session.scalar(
        visible(actor, Action.SCHOOL_READ, School).where(School.name == name), actor.binds
    )
    if school is None:
        raise Stop("There is no school of that name in the district.")
    return UUID(str(school.id))


async def _print_invitation(
    session: AsyncSession, actor: Actor, person: Person, purpose: str
) -> int:
    invitation, token = await auth.invite(session, actor, person, purpose)
    print(f"One-time token for {person.email}, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC:")
    print(token)
    print("Use it at POST /api/v1/auth/invitations/accept with a password.")
    return 0


def person_token(options: argparse.Namespace, settings: Settings) -> int:
    """Print a new one-time token: `invite` for a first password, `reset` for a forgotten one."""

    async def give(session: AsyncSession, actor: Actor) -> int:
        person = await session.scalar(
            visible(actor, Action.PERSON_READ, Person).where(
                Person.email == options.email.strip().lower()
            ),
            actor.binds,
        )
        if person is None:
            raise Stop("Nobody in the district has that e-mail address.")
        return await _print_invitation(session, actor, person, options.purpose)

    return _as_operator(settings, options.district, give)


def import_roster(options: argparse.Namespace, settings: Settings) -> int:
    """Read a roster and print its report; take it over with --commit."""
    path = Path(options.path)
    if not path.exists():
        raise Stop("There is no such file or folder.")

    async def take(session: AsyncSession, actor: Actor) -> int:
        import_id = await imports.create_import(
            session, actor, options.source, path, full=True if options.full else None
        )
        row = await imports.read_import(session, actor, import_id)
        _print_report(row.report)
        if row.state == "refused":
            print("Refused: nothing of it can be taken over.")
            return 1
        if not options.commit:
            print("A dry run: nothing was changed. Add --commit to take it over.")
            return 0
        await imports.commit_import(
            session,
            actor,
            import_id,
            row.version,
            allow_mass_deactivation=options.allow_mass_deactivation,
        )
        print("Taken over.")
        return 0

    return _as_operator(settings, options.district, take)


def _print_report(report: dict[str, Any]) -> None:
    columns = ("rows", "created", "updated", "unchanged", "deactivated", "skipped", "ignored")
    print(f"{'file':<18}" + "".join(f"{column:>13}" for column in columns))
    for file in report["files"]:
        print(f"{file['file']:<18}" + "".join(f"{file[column]:>13}" for column in columns))
    for problem in report["problems"]:
        where = f"{problem['file']}:{problem['row'] or ''}:{problem['column'] or ''}"
        print(f"{problem['grade']:<7} {where:<40} {problem['code']}: {problem['message']}")


def openapi(options: argparse.Namespace, _settings: Settings) -> int:
    """Print the contract, write it, or say whether the committed one is it."""
    app = create_app(Settings(secret_keys=(("none", bytes(32)),), database_url=_NOWHERE))
    made = json.dumps(build_openapi(app), indent=2, ensure_ascii=False) + "\n"
    if options.write:
        CONTRACT.parent.mkdir(exist_ok=True)
        CONTRACT.write_text(made, "utf-8")
    elif options.check:
        if not CONTRACT.exists() or CONTRACT.read_text("utf-8") != made:
            raise Stop(
                "openapi/openapi.json is not what the program serves: "
                "run `alongside openapi --write` and commit it."
            )
    else:
        print(made, end="")
    return 0


_NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


# --- the words --------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="alongside", description="The backend for 1:1 coaching.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(group: Any, name: str, run: Any, words: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = group.add_parser(name, help=words, description=words)
        made.set_defaults(run=run)
        made.add_argument("--data-dir", help="folder of the own database (default: var)")
        return made

    made = command(commands, "serve", serve, "serve the API")
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8000)
    made.add_argument(
        "--demo-public", action="store_true", help="serve the demo district beyond this machine"
    )
    command(commands, "migrate", run_migrate, "bring the database's schema up to date")
    command(commands, "demo", run_demo, "load the demo district into an empty database")
    made = command(commands, "check-config", check_config, "say whether these settings work")
    made.add_argument("--new-secret", action="store_true", help="print a line for SECRET_KEYS")
    made = command(commands, "openapi", openapi, "print the contract")
    made.add_argument("--write", action="store_true", help="write openapi/openapi.json")
    made.add_argument("--check", action="store_true", help="fail when the committed one differs")

    group = commands.add_parser("district", help="districts").add_subparsers(required=True)
    made = command(group, "create", district_create, "add a district")
    made.add_argument("--name", required=True)
    made.add_argument("--zone", required=True, help="IANA zone, such as America/Denver")

    group = commands.add_parser("person", help="people").add_subparsers(required=True)
    made = command(group, "create", person_create, "add a person and print an invitation")
    made.add_argument("--given", required=True)
    made.add_argument("--family", required=True)
    made.add_argument("--email", required=True)
    made.add_argument(
        "--role",
        default=RoleKind.DISTRICT_ADMINISTRATOR.value,
        choices=["district_administrator", "school_leader", "teacher", "ilt_member", "mentor"],
    )
    made.add_argument("--school", help="the school's name")
    made.add_argument("--district", help="name or id; needed when there are several")
    for name, words in (
        ("invite", "print a new invitation for somebody without a password"),
        ("reset", "print a one-time token for somebody who forgot theirs"),
    ):
        made = command(group, name, person_token, words)
        made.set_defaults(purpose=name)
        made.add_argument("--email", required=True)
        made.add_argument("--district")

    group = commands.add_parser("import", help="rosters").add_subparsers(required=True)
    made = command(group, "roster", import_roster, "read a OneRoster folder or zip")
    made.add_argument("path")
    made.add_argument("--source", default="oneroster", help="name of the system it comes from")
    made.add_argument("--full", action="store_true", help="whoever is absent has left")
    made.add_argument("--commit", action="store_true", help="take it over (default: dry run)")
    made.add_argument("--allow-mass-deactivation", action="store_true")
    made.add_argument("--district")
    return parser


if __name__ == "__main__":
    main()
