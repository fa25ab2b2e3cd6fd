"""The roster of a whole made-up district: 20 staff, 248 students of whom nothing may stay."""

import csv
import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from tests.integrations import bundles

pytestmark = [pytest.mark.anyio, pytest.mark.data]


@pytest.fixture
def folder(data_dir):
    """The bundle, as files."""
    return data_dir / "oneroster" / "v1.1-district"


@pytest.fixture
def bundle(folder):
    """The bundle, as a zip."""
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for file in folder.glob("*.csv"):
            archive.write(file, file.name)
    return out.getvalue()


def students_words(folder):
    """What only students have: e-mail, user name, id, family name, birth date."""
    with (folder / "users.csv").open(newline="", encoding="utf-8") as file:
        users = list(csv.DictReader(file))
    with (folder / "demographics.csv").open(newline="", encoding="utf-8") as file:
        births = {row["birthDate"] for row in csv.DictReader(file)}
    students = [row for row in users if row["role"] == "student"]
    staff = json.dumps([row for row in users if row["role"] != "student"])
    names = ("email", "username", "sourcedId", "identifier", "familyName", "givenName")
    words = {row[name] for row in students for name in names} | births
    return {word for word in words if len(word) > 3 and word not in staff}


async def texts(connection):
    """Every row of every table that the application may read, as text."""
    tables = await connection.scalars(
        text(
            "select relname from pg_class where relnamespace = 'public'::regnamespace "
            "and relkind = 'r' and has_table_privilege(oid, 'select')"
        )
    )
    found = []
    for table in list(tables):
        rows = await connection.scalars(text(f'select t::text from "{table}" t'))  # noqa: S608
        found.extend(rows)
    rosters = await connection.scalars(text("select roster from roster_import"))
    found.extend(bundles.waiting(roster) for roster in rosters if roster is not None)
    return "\n".join(found)


async def test_a_district_is_taken_over_once(as_, connection, folder, bundle, capfd, caplog):
    ada = as_("ada")
    made = await _sent(ada, bundle)
    assert (made["state"], made["report"]["problems"]) == ("reported", [])
    assert _counts(made) == {
        "orgs": (3, 0, 0, 0, 0, 1),
        "academicSessions": (1, 0, 0, 0, 0, 1),
        "courses": (91, 0, 0, 0, 0, 0),
        "classes": (119, 0, 0, 0, 0, 0),
        "users": (20, 0, 0, 0, 0, 248),
        "enrollments": (119, 0, 0, 0, 0, 1736),
        "demographics": (0, 0, 0, 0, 0, 248),
    }
    waiting = await texts(connection)
    done = await _commit(ada, made)
    assert done["report"] == made["report"]
    people = await connection.execute(
        text(
            "select count(*), count(*) filter (where may_lead), "
            "count(*) filter (where exists (select 1 from role r where r.person_id = p.id "
            "and r.kind = 'teacher')) from person p where source = 'sis'"
        )
    )
    assert people.one() == (20, 4, 16)

    second = await _sent(ada, bundle)
    assert all(counts[:2] == (0, 0) for counts in _counts(second).values())
    assert all(counts[3:5] == (0, 0) for counts in _counts(second).values())
    assert _counts(second)["users"][2] == 20
    again = await _commit(ada, second)

    said = "\n".join([waiting, await texts(connection), json.dumps([made, done, second, again])])
    said += caplog.text + "".join(capfd.readouterr())
    words = students_words(folder)
    assert len(words) > 700
    # the scan sees what it should see: staff are there, before and after
    assert waiting.count("aisha.applesauce@given.example.edu") == 1
    assert said.count("aisha.applesauce@given.example.edu") == 2
    assert [word for word in words if word in said] == []


async def _sent(client, bundle):
    headers = {"Content-Type": "application/zip"}
    made = await client.post("/imports?source=sis", content=bundle, headers=headers)
    assert made.status_code == 201, made.text
    return made.json()


async def _commit(client, made):
    headers = {"If-Match": f'"{made["version"]}"'}
    done = await client.post(f"/imports/{made['id']}/commit", headers=headers)
    assert done.status_code == 200, done.text
    return done.json()


def _counts(made):
    names = ("created", "updated", "unchanged", "deactivated", "skipped", "ignored")
    return {row["file"]: tuple(row[name] for name in names) for row in made["report"]["files"]}
