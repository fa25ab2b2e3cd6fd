"""Bundles spoilt at random: the reader gives a report, and a commit takes all or nothing."""

import pytest
from sqlalchemy import text

from app.integrations.oneroster import read
from tests.integrations.bundles import SECRETS
from tests.integrations.mutations import spoilt
from tests.integrations.test_imports import ZIP, commit, inside

pytestmark = pytest.mark.anyio


def check(seed: int) -> bool:
    """Read one spoilt bundle; whether it can be used. Raises when the report is not one."""
    roster = read(spoilt(seed))
    held = (roster.orgs, roster.sessions, roster.courses, roster.classes, roster.staff)
    for file, count in roster.counts.items():
        assert 0 <= count.ignored + count.skipped <= count.rows, (seed, file)
        assert not roster.usable or count.skipped * 20 <= count.rows, (seed, file)
    named = {problem.grade == "bundle" for problem in roster.problems}
    assert (True in named) != roster.usable, seed
    if not roster.usable:
        assert not any((*held, roster.assignments, roster.present, roster.removed)), seed
    else:
        taken = len(roster.staff) + len(roster.removed.get("users", ()))
        users = roster.counts["users"]
        assert taken == users.rows - users.skipped - users.ignored, seed
    assert not [p for p in roster.problems if any(word in p.message for word in SECRETS)], seed
    return roster.usable


def test_a_few_spoilt_bundles_are_read() -> None:
    usable = [check(seed) for seed in range(250)]
    assert 40 < sum(usable) < 210  # both ways are taken


@pytest.mark.large
def test_twenty_thousand_spoilt_bundles_are_read() -> None:
    usable = sum(check(seed) for seed in range(1_000, 21_000))
    assert 3_000 < usable < 17_000


async def taken(connection, source):
    """Rows of a source by file: those that the report counts as created."""
    asked = {
        "courses": "select count(*) from course where source = :s",
        "classes": "select count(*) from class_section where source = :s",
        "users": "select count(*) from person where source = :s",
        "enrollments": "select count(*) from teaching_assignment where source = :s",
    }
    return {
        file: await connection.scalar(text(words), {"s": source}) for file, words in asked.items()
    }


async def all_or_none(ada, connection, seed):
    """Deliver a spoilt bundle and commit it; whether it was taken."""
    source = f"fuzz{seed}"
    sent = await ada.post(f"/imports?source={source}", content=spoilt(seed), headers=ZIP)
    assert sent.status_code == 201, (seed, sent.text)
    made = sent.json()
    done = await commit(ada, made, allow=True)
    files = {file["file"]: file for file in made["report"]["files"]}
    now = await taken(connection, source)
    if made["state"] == "refused":
        assert done.status_code == 409, (seed, done.text)
        assert set(now.values()) == {0}, seed
        return False
    assert done.status_code == 200, (seed, done.text)
    for file, number in now.items():
        assert number == files.get(file, {"created": 0})["created"], (seed, file)
    # addresses are the district's: the next bundle has the same people
    await connection.execute(
        text("update person set email = null where source = :s"), {"s": source}
    )
    return True


async def test_a_few_spoilt_bundles_are_committed_whole_or_not_at_all(as_, world, connection):
    await inside(connection, world.juniper)
    done = [await all_or_none(as_("ada"), connection, seed) for seed in range(8)]
    assert set(done) == {True, False}


@pytest.mark.large
async def test_dozens_of_spoilt_bundles_are_committed_whole_or_not_at_all(as_, world, connection):
    await inside(connection, world.juniper)
    done = [await all_or_none(as_("ada"), connection, seed) for seed in range(100, 160)]
    assert 10 < sum(done) < 55
