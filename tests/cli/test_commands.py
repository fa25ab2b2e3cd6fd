"""The command line as a process: what it prints, its exit code, and the one line of a failure."""

import asyncio
import io
import json
import os
import re
import resource
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest

from app import cli
from tests.frameworks import packages
from tests.integrations import bundles

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"SECRET_KEYS": "k1:" + "ab" * 32}
OURS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "SECRET_KEYS", "SECRET_KEY_FILE", "PUBLIC_URL")


def environment_of(given):
    return {name: value for name, value in os.environ.items() if name not in OURS} | given


def run(*words, **environment):
    """The command in a process of its own, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *map(str, words)],
        cwd=ROOT,
        env=environment_of(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )


def here(*words, **environment):
    """The command in this process, which is quicker: its exit code, output and errors."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment_of(environment), clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        cli.main([str(word) for word in words])
    return subprocess.CompletedProcess(words, ended.value.code, out.getvalue(), err.getvalue())


def refused(*words, run=here, **environment):
    """The one line on stderr of a command that could not be done."""
    done = run(*words, **environment)
    assert done.returncode == 2, done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("alongside: ")
    return lines[0]


def said(*words, run=here, **environment):
    """What a command printed that was done."""
    done = run(*words, **environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_the_contract_is_printed_without_a_database():
    document = json.loads(said("openapi", run=run))
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/imports/{import_id}/commit" in document["paths"]


def test_a_worker_wants_a_database_that_is_there():
    assert "`alongside serve` does the jobs" in refused("worker")
    away = {"DATABASE_URL": "postgresql://a:hunter2hunter2@127.0.0.1:9/b"}
    for command in (["worker"], ["jobs"], ["jobs", "--retry"]):
        line = refused(*command, **away)
        assert "DATABASE_URL" in line
        assert "hunter2" not in line


def test_a_new_secret_is_one_the_program_takes():
    made = said("check-config", "--new-secret").strip()
    assert re.fullmatch(r"k[0-9a-f]+:[0-9a-f]{64}", made)
    line = refused("check-config", DATABASE_URL="postgresql://a@127.0.0.1:9/b", SECRET_KEYS=made)
    assert "cannot be reached" in line


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        (["check-config"], {}, "DATABASE_URL is not set"),
        (["check-config"], {"DATABASE_URL": "mysql://u:hunter22@h/d", **KEYS}, "DATABASE_URL"),
        (["check-config"], {"DATABASE_URL": "postgresql://u:hunter22@h/d"}, "SECRET_KEYS"),
        (["check-config"], {"SECRET_KEYS": "hunter22"}, "check-config --new-secret"),
        (["check-config"], {"WRITE_POOL": "many"}, "WRITE_POOL"),
        (["migrate"], {}, "MIGRATION_DATABASE_URL"),
        (
            ["migrate"],
            {
                "DATABASE_URL": "postgresql://a@127.0.0.1:9/b",
                "MIGRATION_DATABASE_URL": "postgresql://u:hunter22@127.0.0.1:9/d",
            },
            "that MIGRATION_DATABASE_URL names it",
        ),
        (["import", "roster", "nowhere"], {}, "no such file or folder"),
        (["district", "create", "--name", "A", "--zone", "Mars"], {}, "IANA time zone"),
        (
            ["person", "create", "--given", "A", "--family", "B", "--email", "hunter22"],
            {},
            "--email must be an e-mail address",
        ),
        (
            [
                *("person", "create", "--given", "A", "--family", "B", "--email", "a@b.example"),
                *("--role", "school_leader"),
            ],
            {},
            "needs --school",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(words, environment, expected, tmp_path):
    line = refused(*words, "--data-dir", tmp_path / "none", **environment)
    assert expected in line
    assert "hunter22" not in line
    assert not (tmp_path / "none").exists()


def test_a_port_that_is_none_is_named_before_anything_is_made(tmp_path):
    words = ("serve", "--port", 99999, "--data-dir", tmp_path / "none")
    assert "--port" in refused(*words, run=run)
    assert not (tmp_path / "none").exists()


async def later(command, *words, **environment):
    """The command in a thread: it starts event loops of its own."""
    return await asyncio.to_thread(command, *words, **environment)


@pytest.mark.anyio
async def test_an_unfit_role_is_named(server, template):
    ready = await later(said, "check-config", DATABASE_URL=server.app_url, **KEYS)
    assert "ready" in ready
    address = server.app_url.replace("/alongside?", "/postgres?")
    assert "alongside migrate" in await later(refused, "check-config", DATABASE_URL=address, **KEYS)
    owner = await later(refused, "check-config", DATABASE_URL=server.owner_url, **KEYS)
    assert "owns tables" in owner
    words = ("serve", "--port", 0)
    line = await later(refused, *words, run=run, DATABASE_URL=server.owner_url, **KEYS)
    assert "owns tables" in line
    wrong = re.sub(r":[^:@/]+@", ":hunter22@", server.app_url)
    line = await later(refused, "check-config", DATABASE_URL=wrong, **KEYS)
    assert "role or password" in line


@pytest.mark.anyio
async def test_a_database_with_a_district_takes_no_demo(server, template):
    assert "holds a district already" in await later(refused, "demo", DATABASE_URL=server.app_url)


@pytest.mark.anyio
async def test_several_districts_must_be_told_apart(server, template):
    line = await later(
        refused, "person", "reset", "--email", "x@y.example", DATABASE_URL=server.app_url
    )
    assert "Juniper District, Kestrel District" in line
    words = ("--district", "Juniper District")
    line = await later(
        refused, "person", "reset", "--email", "x@y.example", *words, DATABASE_URL=server.app_url
    )
    assert "Nobody" in line
    line = await later(
        refused,
        "person",
        "invite",
        "--email",
        "tom@juniper.example",
        *words,
        DATABASE_URL=server.app_url,
    )
    assert "alongside person reset" in line


@pytest.mark.anyio
async def test_a_roster_after_which_many_would_leave_names_the_option(live, tmp_path):
    words = ("import", "roster", tmp_path, "--commit", "--district", "Juniper District")
    settings = {"DATABASE_URL": live.url, **KEYS}
    bundles.in_folder(tmp_path, bundles.bundle())  # of whom the source knows nobody
    line = await later(refused, *words, **settings)
    assert "People who would be deactivated: 13; schools: 2." in line
    assert "add --allow-mass-deactivation to the command" in line
    done = await later(said, *words, "--allow-mass-deactivation", **settings)
    assert done.endswith("Taken over.\n")


@pytest.mark.anyio
async def test_a_folder_with_a_line_of_a_gigabyte_is_refused_at_once(live, tmp_path):
    """The file has holes and takes no disk. The command is a process of its own, so that its
    memory is its own: a line that is begun takes no more than one that its size refuses."""
    words = ("import", "roster", tmp_path, "--district", "Juniper District")
    bundles.in_folder(tmp_path, bundles.bundle())
    needed = []
    for size, said_of_it in ((1024, "too_large"), (450, "line_too_long")):
        with (tmp_path / "users.csv").open("wb") as file:
            file.write(b"sourcedId,")
            file.truncate(size * 1024 * 1024)
        done = await later(run, *words, DATABASE_URL=live.url, **KEYS)
        assert (done.returncode, done.stderr) == (1, ""), done.stdout + done.stderr
        assert said_of_it in done.stdout
        # the most of any command so far: it must not grow with the line
        needed.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    assert needed[-1] - needed[0] < 20 * 1024


@pytest.mark.large
def test_a_district_is_set_up_from_nothing(tmp_path):
    tmp_path.chmod(0o755)
    own = ("--data-dir", tmp_path / "data")
    assert "there is none" in refused("person", "reset", "--email", "a@b.example", *own)
    assert said("district", "create", "--name", "Moss", "--zone", "America/Denver", *own)
    roster = tmp_path / "roster"
    roster.mkdir()
    bundles.in_folder(roster, bundles.bundle())
    dry = said("import", "roster", roster, *own)
    assert re.search(r"^users +5 +3 +0 +0 +0 +0 +2$", dry, re.MULTILINE)
    assert dry.endswith("Add --commit to take it over.\n")
    assert said("import", "roster", roster, "--commit", *own).endswith("Taken over.\n")
    again = said("import", "roster", roster, "--commit", *own)
    assert re.search(r"^users +5 +0 +0 +3 +0 +0 +2$", again, re.MULTILINE)
    (roster / "users.csv").unlink()
    broken = run("import", "roster", roster, *own)
    assert broken.returncode == 1
    assert "missing_file" in broken.stdout
    practice = tmp_path / "practice"
    practice.mkdir()
    (practice / "a.json").write_text(packages.EVALUATION)
    (practice / "b.json").write_text(packages.RATINGS)
    dry = said("import", "framework", practice, *own)
    assert "Harbour Review (Ed-Fi, Harbour-Review, 2026)" in dry
    assert "read as edfi: 3 items, 3 associations" in dry
    assert dry.endswith("Add --commit to keep these as drafts.\n")
    kept = said("import", "framework", practice, "--commit", "--code", "HR", *own)
    assert "(Ed-Fi, HR, 2026)" in kept
    assert "installed already" in refused("import", "framework", practice, "--code", "HR", *own)
    assert "a roster" in refused("import", "framework", roster, *own)
    person = (
        "person",
        "create",
        "--given",
        "Ann",
        "--family",
        "Lee",
        "--email",
        "Ann@Moss.example",
    )
    made = said(*person, "--role", "school_leader", "--school", "Otter Creek School", *own)
    assert re.search(r"^[\w-]{43}$", made, re.MULTILINE)
    assert "ann@moss.example" in made
    assert "e-mail address" in refused(*person, *own)
    assert said("person", "reset", "--email", "ann@moss.example", *own)
