"""The command line: `alongside serve | worker | jobs | migrate | demo | district | person |
import | openapi | check-config`. Whoever runs it acts as the operator; every failure is one line
that says what to do.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from app import settings as configuration
from app.cli_database import EXPECTED, Stop, check_addresses, explained, faults_of
from app.cli_operator import (
    district_create,
    import_framework,
    import_roster,
    person_create,
    person_token,
)
from app.cli_serve import check_secrets, new_secret, run_demo, serve
from app.cli_worker import jobs, work
from app.core.embedded import EmbeddedError
from app.core.errors import Problem
from app.core.migrate import migrate
from app.main import create_app
from app.settings import Settings, SettingsError
from app.web.contract import build_openapi

CONTRACT = Path(__file__).resolve().parents[1] / "openapi" / "openapi.json"
#: the contract needs no database; an address it never opens
_NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def main(arguments: list[str] | None = None) -> None:
    """Run one command. Exit 0 done, 1 the roster was refused, 2 it could not be done."""
    options = _parser().parse_args(arguments)
    try:
        settings = configuration.load()
        folder = Path(options.data_dir) if options.data_dir else settings.data_dir
        settings = replace(settings, data_dir=folder.absolute())
        check_addresses(settings)
        code = options.run(options, settings)
    except (Stop, SettingsError, EmbeddedError) as exc:
        _fail(str(exc))
    except Problem as problem:
        _fail(f"{problem.detail} {problem.next_step}")
    except BrokenPipeError:
        code = 1  # whoever read the output has read enough
    except EXPECTED as exc:
        _fail(explained(exc, options.address))
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _fail(line: str) -> NoReturn:
    print(f"alongside: {' '.join(line.split())}", file=sys.stderr)
    sys.exit(2)


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
    check_secrets(settings)
    faults = asyncio.run(faults_of(settings.database_url))
    for fault in faults:
        print(f"alongside: {fault}", file=sys.stderr)
    if not faults:
        print("The settings are complete and the database is ready.")
    return 2 if faults else 0


def openapi(options: argparse.Namespace, _settings: Settings) -> int:
    """Print the contract, write it, or say whether the committed one is it."""
    app = create_app(Settings(secret_keys=(("none", bytes(32)),), database_url=_NOWHERE))
    made = json.dumps(build_openapi(app), indent=2, ensure_ascii=False) + "\n"
    if options.write:
        CONTRACT.parent.mkdir(exist_ok=True)
        CONTRACT.write_bytes(made.encode())
    elif options.check:
        if not CONTRACT.exists() or CONTRACT.read_bytes() != made.encode():
            raise Stop(
                "openapi/openapi.json is not what the program serves: "
                "run `alongside openapi --write` and commit it."
            )
    else:
        print(made, end="", flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="alongside", description="The backend for 1:1 coaching.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(group: Any, name: str, run: Any, words: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = group.add_parser(name, help=words, description=words)
        made.set_defaults(run=run, address="DATABASE_URL")
        made.add_argument("--data-dir", help="folder of the own database (default: var)")
        return made

    def several(name: str, words: str) -> Any:
        made = commands.add_parser(name, help=words, description=words)
        return made.add_subparsers(required=True, metavar="command")

    made = command(commands, "serve", serve, "serve the API")
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8000)
    made.add_argument(
        "--demo-public", action="store_true", help="serve the demo district beyond this machine"
    )
    made.add_argument(
        "--no-worker", action="store_true", help="leave jobs and chores to `alongside worker`"
    )
    command(commands, "worker", work, "do jobs and chores, without serving")
    made = command(commands, "jobs", jobs, "list the jobs that failed for good")
    made.add_argument("--retry", action="store_true", help="let them be tried anew")
    made = command(commands, "migrate", run_migrate, "bring the database's schema up to date")
    made.set_defaults(address="MIGRATION_DATABASE_URL")
    command(commands, "demo", run_demo, "load the demo district into an empty database")
    made = command(commands, "check-config", check_config, "say whether these settings work")
    made.add_argument("--new-secret", action="store_true", help="print a line for SECRET_KEYS")
    made = command(commands, "openapi", openapi, "print the contract")
    choice = made.add_mutually_exclusive_group()
    choice.add_argument("--write", action="store_true", help="write openapi/openapi.json")
    choice.add_argument("--check", action="store_true", help="fail when the committed one differs")

    made = command(several("district", "districts"), "create", district_create, "add a district")
    made.add_argument("--name", required=True)
    made.add_argument("--zone", required=True, help="IANA zone, such as America/Denver")

    group = several("person", "people")
    made = command(group, "create", person_create, "add a person and print an invitation")
    made.add_argument("--given", required=True)
    made.add_argument("--family", required=True)
    made.add_argument("--email", required=True)
    made.add_argument(
        "--role",
        default="district_administrator",
        choices=["district_administrator", "school_leader", "teacher", "ilt_member", "mentor"],
    )
    made.add_argument("--school", help="the school's name")
    made.add_argument(
        "--tested-subject", action="store_true", help="a state test covers what a teacher teaches"
    )
    made.add_argument("--district", help="name or id; needed when there are several")
    for name, words in (
        ("invite", "print a new invitation for somebody without a password"),
        ("reset", "print a one-time token for somebody who forgot theirs"),
    ):
        made = command(group, name, person_token, words)
        made.set_defaults(purpose=name)
        made.add_argument("--email", required=True)
        made.add_argument("--district", help="name or id; needed when there are several")

    group = several("import", "rosters and frameworks")
    made = command(group, "framework", import_framework, "read framework files, folders or a zip")
    made.add_argument("paths", nargs="+", metavar="path")
    for name in ("publisher", "code", "edition", "title"):
        made.add_argument(f"--{name}", help="in place of the file's, when it holds one framework")
    made.add_argument("--commit", action="store_true", help="keep them as drafts")
    made.add_argument("--district", help="name or id; needed when there are several")
    made = command(group, "roster", import_roster, "read a OneRoster folder or zip")
    made.add_argument("path")
    made.add_argument("--source", default="oneroster", help="name of the system it comes from")
    made.add_argument("--full", action="store_true", help="whoever is absent has left")
    choice = made.add_mutually_exclusive_group()
    choice.add_argument("--commit", action="store_true", help="take it over")
    choice.add_argument("--dry-run", action="store_true", help="only report (the default)")
    made.add_argument(
        "--allow-mass-deactivation", action="store_true", help="though many people would leave"
    )
    made.add_argument("--district", help="name or id; needed when there are several")
    return parser


if __name__ == "__main__":
    main()
