"""Rosters pulled from a service: the same report as a file's, by every way of paging, again after a
kill, and nothing of students or secrets anywhere."""

import asyncio
import json
import re
import signal
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from app.access.actor import Actor
from app.core import clock
from app.core.jobs import Later
from app.core.mail import Mailer
from app.integrations.oneroster_rest import paging
from app.integrations.oneroster_rest.failures import WORDS
from app.integrations.pulls import running
from app.integrations.pulls.running import MOST_TRIES, give_up, puller
from app.integrations.pulls.service import PULL
from app.settings import allowed_outside
from app.worker import work
from tests.conftest import SETTINGS
from tests.integrations import bundles
from tests.integrations.oneroster_service import SECRET, Service, records, served
from tests.integrations.test_imports import ZIP, commit, counts, inside, rows
from tests.working import run_due

pytestmark = pytest.mark.anyio
ALLOWED = allowed_outside("127.0.0.1")
REACHING = replace(SETTINGS, outside_allowed=ALLOWED)
FILES = {name: text for name, text in bundles.bundle("1.2").items() if name != "demographics"}
#: what no page, import, answer or problem may hold
STUDENT = ("Pelle", "Pupil", "pelle", "u5", "e3", "s3cret-word")
FAR = timedelta(hours=2)
ROOT = Path(__file__).parents[2]
#: how long the job of a killed worker waits for the next
ALIVE = timedelta(seconds=1)


@pytest.fixture
def sis(app):
    """The service of Juniper's system; the program may go there."""
    app.state.settings = REACHING
    with served(Service(records(FILES))) as made:
        yield made


class Pulling:
    """Ada and the worker."""

    def __init__(self, app, ada):
        self.app, self.ada = app, ada
        self.handler = puller(REACHING)

    async def connect(self, sis, **more):
        made = await self.ada.post("/roster-connections", json=sis.connection(**more))
        assert made.status_code == 201, made.text
        return made.json()

    async def ask(self, connection, **query):
        made = await self.ada.post(f"/roster-connections/{connection['id']}/pull", params=query)
        assert made.status_code == 201, made.text
        return made.json()

    async def work(self, times=1, ahead=FAR):
        """So many jobs; whether there was one each time."""
        for _ in range(times):
            done = await run_due(
                self.app.state.database, Mailer(SETTINGS), {PULL: self.handler}, ahead=ahead
            )
            if not done:
                return False
        return True

    async def read(self, pull):
        found = await self.ada.get(f"/roster-pulls/{pull['id']}")
        assert found.status_code == 200, found.text
        return found.json()

    async def whole(self, connection, **query):
        """A pull from asked for to its end."""
        pull = await self.ask(connection, **query)
        for _ in range(200):
            if not await self.work():
                break
        return await self.read(pull)

    async def imported(self, connection, **query):
        """The import of a pull that must have worked."""
        pull = await self.whole(connection, **query)
        assert (pull["state"], pull["problem"]) == ("reported", None), pull
        return (await self.ada.get(f"/imports/{pull['import_id']}")).json()


@pytest.fixture
def pulling(app, as_):
    return Pulling(app, as_("ada"))


async def everything(connection):
    """What a roster wrote, without ids and instants."""
    found = {}
    for table, columns in {
        "school": "external_id, name, active",
        "school_year": "external_id, title, first_day, last_day",
        "course": "external_id, title, active",
        "class_section": "external_id, title, active",
        "person": "external_id, given_name, family_name, email, may_lead, active",
        "teaching_assignment": "external_id, active",
        "role": "kind, tested_subject",
    }.items():
        statement = f"select {columns} from {table} where source = 'quill' order by 1, 2"  # noqa: S608
        found[table] = [tuple(row) for row in await rows(connection, statement)]
    return found


async def by_file(ada, files, **query):
    """The import of a file."""
    done = await ada.post(
        "/imports", params={"source": "quill", **query}, content=bundles.zipped(files), headers=ZIP
    )
    assert done.status_code == 201, done.text
    return done.json()


@pytest.mark.parametrize(
    ("paging", "filters", "dialect", "cap"),
    [
        ("offset", "yes", "1.2", 1),
        ("link", "ignored", "1.1", 2),
        pytest.param("both", "refused", "1.1", 2, marks=pytest.mark.large),
        pytest.param("none", "refused", "plain", 3, marks=pytest.mark.large),
    ],
)
async def test_a_pull_gives_the_report_and_the_rows_of_a_file(
    sis, pulling, connection, paging, filters, dialect, cap
):
    sis.paging, sis.filters, sis.dialect, sis.cap = paging, filters, dialect, cap
    expected = await by_file(pulling.ada, FILES)
    savepoint = await connection.begin_nested()
    done = await commit(pulling.ada, expected)
    assert done.status_code == 200, done.text
    written = await everything(connection)
    await savepoint.rollback()
    assert len(written["person"]) == 3

    made = await pulling.imported(await pulling.connect(sis))
    assert made["report"] == expected["report"]
    assert (made["source"], made["mode"], made["state"]) == ("quill", "bulk", "reported")
    assert (await everything(connection))["person"] == []  # committing is a person's
    done = await commit(pulling.ada, made)
    assert done.status_code == 200, done.text
    assert await everything(connection) == written
    asked = [query.get("filter", "") for _, query in sis.asked]
    assert any("student" in words for words in asked)
    assert sis.scopes == ["https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"]


async def test_problems_are_reported_as_those_of_a_file(sis, pulling):
    """Faults of rows, references that lead nowhere, the same address twice, odd characters."""
    files = dict(FILES)

    def user(key, given, enabled="true", email=""):
        cells = (key, "", "", enabled, key, "", given, "Vane", "", "", email, "", "", "", "", "")
        return ",".join(cells) + "\n"

    files["users"] += "".join(user(f"x{n}", "P") for n in range(60))
    files["roles"] += "".join(f"z{n},,,x{n},primary,student,,,s1,\n" for n in range(60))
    files["users"] += user("v1", '"Bo\tB\n\nC"', "maybe")
    files["users"] += user("v2", "W", "TRUE", "tove.alder@quill.example") + user("v3", '"A, ""B"""')
    files["users"] += user("v4", "D", "TRUE")
    for key, role, org in (
        ("v1", "teacher", "s1"),
        ("v2", "Teacher", "s1"),
        ("v3", "aide", "s1"),
        ("v3", "ext:x", "s1"),
        ("v4", "teacher", "s1"),
    ):
        files["roles"] += f"{key}{role},,,{key},primary,{role},,,{org},\n"
    files["enrollments"] += "e9,,,k9,s1,u1,teacher,,,\n" + "".join(
        f"f{n},,,k1,s1,x{n},student,,,\n" for n in range(60)
    )
    files["orgs"] += "s9,,,No kind,banana,1,gone\n" + "".join(
        f"s{n},,,School {n},school,{n},\n" for n in range(100, 130)
    )
    sis.data, sis.filters = records(files), "ignored"
    expected = await by_file(pulling.ada, files)
    made = await pulling.imported(await pulling.connect(sis))
    assert made["report"] == expected["report"]
    found = {problem["code"] for problem in made["report"]["problems"]}
    assert {"bad_value", "dangling_reference", "duplicate_email", "letter_case"} <= found


async def test_roles_of_the_policy_hold_for_a_pull_as_for_a_file(sis, pulling, connection):
    """Olek is a coach, by a word of the district's own."""
    connected = await pulling.connect(sis)
    for becomes, lead in (("teacher", False), ("may_lead", True)):
        policy = (await pulling.ada.get("/district/policy")).json()
        mapped = {"roster_roles": [{"role": "ext:Coach", "becomes": becomes}]}
        done = await pulling.ada.patch(
            "/district/policy",
            json={"values": mapped, "reason": "As the roster calls them."},
            headers={"If-Match": f'"{policy["version"]}"'},
        )
        assert done.status_code == 200, done.text
        expected = await by_file(pulling.ada, FILES)
        made = await pulling.imported(connected, full=True)
        assert "unmapped_role" not in {p["code"] for p in made["report"]["problems"]}
        assert made["report"] == expected["report"]
        assert (await commit(pulling.ada, made)).status_code == 200
        olek = await rows(connection, "select may_lead from person where external_id = 'u4'")
        assert olek == [(lead,)]


async def test_a_worker_killed_between_pages_or_in_one_goes_on_where_it_stood(
    sis, pulling, connection
):
    sis.cap = 1
    pull = await pulling.ask(await pulling.connect(sis))
    assert (pull["state"], pull["progress"][0]["state"]) == ("waiting", "waiting")
    await pulling.work(5)
    half = await pulling.read(pull)
    assert half["state"] == "running"
    assert [part["rows"] for part in half["progress"]] == [3, 1, 0, 0, 0, 0]
    assert (half["progress"][1]["total"], half["import_id"]) == (2, None)

    pulling.handler = puller(REACHING)  # another process: it has no token
    arrived = asyncio.Event()

    async def dying(session, actor, subject, mailer):
        try:
            await puller(REACHING)(session, actor, subject, mailer)
        finally:
            await session.flush()
            arrived.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(
        run_due(pulling.app.state.database, Mailer(SETTINGS), {PULL: dying}, ahead=FAR)
    )
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await pulling.read(pull))["progress"] == half["progress"]
    while await pulling.work():
        pass
    done = await pulling.read(pull)
    assert done["state"] == "reported", done
    # the page at which it died was asked for twice and counts once
    assert sis.offsets("academicSessions") == [0, 1, 1, 2]
    # one page more than the total says: only an empty one is the end
    assert sis.offsets("orgs") == [0, 1, 2, 3]
    made = (await pulling.ada.get(f"/imports/{done['import_id']}")).json()
    assert counts(made, "academicSessions")[0] == 1
    assert counts(made, "users") == (3, 0, 0, 0, 0, 2)
    left = await rows(connection, "select count(*) from roster_pull_page")
    assert left == [(0,)]


async def test_students_and_the_secret_are_kept_nowhere(sis, pulling, connection, world, capfd):
    sis.filters = "ignored"
    made = await pulling.connect(sis)
    assert "secret" not in json.dumps(made)
    pull = await pulling.ask(made)
    await pulling.work(13)
    await inside(connection, world.juniper)
    for table in ("roster_connection", "roster_pull", "roster_pull_page", "event", "roster_import"):
        statement = f"select to_json(t)::text from {table} t"  # noqa: S608
        kept = " ".join(row[0] for row in await rows(connection, statement))
        assert SECRET not in kept
        assert "token-0" not in kept
        # whole words: an id of ours may begin as one of theirs
        assert not [word for word in STUDENT if re.search(rf'"{word}\b', kept)], table
    pages = await rows(connection, "select count(*) from roster_pull_page")
    assert pages[0][0] == 12
    await pulling.work(1)
    assert (await pulling.read(pull))["state"] == "reported"
    logged = "".join(capfd.readouterr())
    assert SECRET not in logged
    assert "Pelle" not in logged


async def test_a_delta_goes_on_from_what_was_committed(sis, pulling):
    made = await pulling.connect(sis)
    await commit(pulling.ada, await pulling.imported(made))
    sis.asked.clear()
    sis.data["users"][1] |= {"givenName": "Ivar", "dateLastModified": "2027-01-01T00:00:00.000Z"}
    pull = await pulling.whole(made)
    assert (pull["mode"], pull["state"]) == ("delta", "reported"), pull
    asked = dict(reversed(sis.asked))["orgs"]["filter"]
    assert asked == f"dateLastModified>'{pull['since']}'"
    found = (await pulling.ada.get(f"/imports/{pull['import_id']}")).json()
    assert counts(found, "users")[:4] == (0, 1, 0, 0)


@pytest.mark.large
async def test_a_delta_asks_for_changes_and_only_marked_rows_leave(
    sis, pulling, connection, ticking
):
    made = await pulling.connect(sis)
    path = f"/roster-connections/{made['id']}/pull"
    early = await pulling.ada.post(path, params={"full": False})
    assert (early.status_code, early.json()["code"]) == (409, "no_pull_committed")
    first = await pulling.imported(made)
    # reported and not committed: nothing to go on from
    assert (await pulling.whole(made))["mode"] == "bulk"
    await commit(pulling.ada, first)
    sis.asked.clear()

    after = "2027-01-01T00:00:00.000Z"
    users = sis.data["users"]
    users[0] |= {"status": "tobedeleted", "dateLastModified": after}
    users[1] |= {"givenName": "Ivar", "dateLastModified": after}
    del users[2]
    pull = await pulling.whole(made)
    assert (pull["mode"], pull["state"]) == ("delta", "reported"), pull
    assert pull["since"] is not None
    asked = dict(reversed(sis.asked))["orgs"]["filter"]
    assert asked == f"dateLastModified>'{pull['since']}'"
    found = (await pulling.ada.get(f"/imports/{pull['import_id']}")).json()
    assert found["mode"] == "delta"
    assert counts(found, "users")[:4] == (0, 1, 0, 1)
    done = await commit(pulling.ada, found, allow=True)
    assert done.status_code == 200, done.text
    people = await rows(
        connection, "select given_name, active from person where source = 'quill' order by 1"
    )
    assert people == [("Ivar", True), ("Mina", True), ("Tove", False)]

    ticking.move(days=8)  # everything again: who is absent leaves
    del sis.data["enrollments"][0]
    pull = await pulling.whole(made)
    assert (pull["mode"], pull["since"]) == ("bulk", None)
    found = (await pulling.ada.get(f"/imports/{pull['import_id']}")).json()
    assert counts(found, "users")[3] >= 1
    # a service that knows no filter by date is asked for everything
    sis.filters = "refused"
    assert (await pulling.whole(made, full="false"))["mode"] == "bulk"


def teachers(sis, number=23):
    """So many more of them, who are the first of all users."""
    person = next(row for row in sis.data["users"] if row["sourcedId"] == "u1")
    added = [
        {**person, "sourcedId": f"a{n:02}", "identifier": f"a{n}", "email": f"a{n}@quill.example"}
        for n in range(number)
    ]
    sis.data["users"] = [*added, *sis.data["users"]]


def noted(made, code="total_untrue"):
    """In which files a problem was found."""
    return [one["file"] for one in made["report"]["problems"] if one["code"] == code]


@pytest.mark.parametrize(
    ("total", "behind"),
    [
        (lambda whole, part: part, "empty"),
        (lambda whole, part: 10 if whole > 10 else whole, "empty"),
        (lambda whole, part: 0, "empty"),
        (lambda whole, part: whole, 404),
        (lambda whole, part: whole, 400),
        (lambda whole, part: whole, "last"),
        (lambda whole, part: whole - 1, "last"),
    ],
    ids=["of_the_page", "ten", "none", "end_404", "end_400", "end_again", "one_less"],
)
async def test_a_total_that_is_too_low_makes_no_part_the_whole(sis, pulling, total, behind):
    """Absence deactivates: seven of 23 teachers are not taken for all."""
    teachers(sis)
    expected = await by_file(pulling.ada, FILES)
    sis.cap, sis.total, sis.behind = 7, total, behind
    made = await pulling.imported(await pulling.connect(sis))
    # 23 more, each a teacher, and nobody twice
    assert counts(made, "users")[0] == counts(expected, "users")[0] + 23
    assert counts(made, "users")[4] == 0
    untrue = total(23, 7) < 23
    assert ("users" in noted(made)) == untrue
    assert untrue or noted(made) == []
    assert sis.offsets("users")[:4] == [0, 7, 14, 21]


@pytest.mark.parametrize(
    ("total", "cap", "behind", "code"),
    [
        # it gives everything at once, whatever it is asked for
        (lambda whole, part: whole, 100, "first", None),
        (lambda whole, part: whole, 7, "first", "paging_loop"),
        (lambda whole, part: 10, 7, "first", "paging_loop"),
        # more came than was said, and then no empty page
        (lambda whole, part: part, 7, 404, "total_untrue"),
        (lambda whole, part: part, 7, 400, "total_untrue"),
    ],
    ids=["whole", "loop", "loop_of_ten", "refused_404", "refused_400"],
)
async def test_a_service_without_offsets_or_an_end_is_told_from_one_that_gave_all(
    sis, pulling, total, cap, behind, code
):
    teachers(sis)
    sis.cap, sis.total, sis.behind = cap, total, behind
    pull = await pulling.whole(await pulling.connect(sis))
    assert (pull["problem"] or {}).get("code") == code, pull
    assert pull["state"] == ("failed" if code else "reported")
    assert len(sis.offsets("users")) <= 6


async def test_a_collection_that_never_holds_still_is_read_anew_three_times(sis, pulling):
    more = count(100)
    sis.cap, sis.total = 1, lambda whole, part: next(more)
    pull = await pulling.whole(await pulling.connect(sis))
    assert (pull["state"], (pull["problem"] or {}).get("code")) == ("failed", "moving"), pull
    assert sis.offsets("orgs") == [0, 1] * 4


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_delta_asks_from_the_earlier_clock_and_ten_minutes_before(
    sis, pulling, monkeypatch, hours
):
    made = await pulling.connect(sis)
    asking = running._ask

    async def ask(*args):
        return replace(await asking(*args), at=begun + timedelta(hours=hours))

    monkeypatch.setattr(running, "_ask", ask)
    begun = clock.now()
    await commit(pulling.ada, await pulling.imported(made))
    since = datetime.fromisoformat((await pulling.ask(made))["since"])
    earlier = begun + min(timedelta(hours=hours), timedelta(0)) - timedelta(minutes=10)
    assert abs(since - earlier) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("limit", "value"), [("MOST_BYTES", 3000), ("MOST_CHARACTERS", 500), ("MOST_COUNTED", 1)]
)
async def test_more_than_a_roster_can_hold_is_not_taken(
    sis, pulling, connection, monkeypatch, limit, value
):
    monkeypatch.setattr(running, limit, value)
    # two students more than the one who may be counted
    pupil = next(row for row in sis.data["users"] if row["sourcedId"] == "u5")
    sis.data["users"] += [{**pupil, "sourcedId": f"{pupil['sourcedId']}{n}"} for n in range(2)]
    pull = await pulling.whole(await pulling.connect(sis))
    assert (pull["state"], pull["problem"]["code"]) == ("failed", "too_large"), pull
    assert await rows(connection, "select count(*) from roster_pull_page") == [(0,)]


async def test_what_changes_while_a_page_is_waited_for_holds(
    sis, pulling, connection, world, monkeypatch
):
    """Nobody is kept from pausing or moving a connection meanwhile, nor is a page taken twice."""
    made = await pulling.connect(sis)
    path, asking = f"/roster-connections/{made['id']}", running._ask
    meanwhile = []

    async def ask(*args):
        page = await asking(*args)
        if meanwhile:
            await meanwhile.pop()()
        return page

    monkeypatch.setattr(running, "_ask", ask)

    async def moved():
        body = {"base_url": "http://127.0.0.1:9", "client_secret": SECRET}
        done = await pulling.ada.patch(path, json=body, headers={"If-Match": '"1"'})
        assert done.status_code == 200, done.text

    async def paused():
        done = await pulling.ada.post(f"{path}/pause", headers={"If-Match": '"3"'})
        assert done.status_code == 200, done.text

    async def another_worker():
        async with pulling.app.state.database.writing() as session:
            operator = Actor.operator(world.juniper, "America/Denver")
            with pytest.raises(Later):
                await pulling.handler(session, operator, UUID(pull["id"]), None)
            await session.commit()

    pull = await pulling.ask(made)
    meanwhile.append(moved)
    await pulling.work()
    assert (await pulling.read(pull))["problem"]["code"] == "connection_changed"
    back = {"base_url": sis.url, "client_secret": SECRET}
    done = await pulling.ada.patch(path, json=back, headers={"If-Match": '"2"'})
    assert done.status_code == 200, done.text
    pull = await pulling.ask(made)
    meanwhile.append(paused)
    await pulling.work()
    assert (await pulling.read(pull))["problem"]["code"] == "connection_paused"
    assert await rows(connection, "select count(*) from roster_pull_page") == [(0,)]
    done = await pulling.ada.post(f"{path}/resume", headers={"If-Match": '"4"'})
    assert done.status_code == 200, done.text
    pull = await pulling.ask(made)
    meanwhile.append(another_worker)
    await pulling.work()
    assert sis.offsets("orgs")[-2:] == [0, 0]
    assert (await pulling.read(pull))["progress"][0]["pages"] == 1
    assert await rows(connection, "select count(*) from roster_pull_page") == [(1,)]


def chained(sis, follow, total=None, rows=1):
    """Answers whose content is new each time, and whose Link is to `follow(how many came)`."""
    came = []

    def answer(service, name):
        came.append(name)
        page = [{"sourcedId": f"o{len(came)}.{n}"} for n in range(rows)]
        link = f'<{service.url}/ims/{follow(len(came))}>; rel="next"'
        more = {"content-type": "application/json", "link": link}
        if total is not None:
            more["x-total-count"] = str(total)
        return 200, more, json.dumps({"orgs": page}).encode()

    sis.faults = [answer] * 190
    return came


async def test_links_that_lead_in_a_circle_or_nowhere_end_it(sis, pulling, connection, monkeypatch):
    made = await pulling.connect(sis)
    cases = (
        # first page, A, B, A: seen at B
        ({"follow": lambda n: "AB"[(n + 1) % 2]}, "paging_loop", 3),
        # A, B, C, D, A
        ({"follow": lambda n: "ABCD"[(n + 3) % 4]}, "paging_loop", 5),
        # new ones for ever, few to a page
        ({"follow": str}, "too_many_pages", 20),
        # or far more than the total
        ({"follow": str, "total": 3, "rows": 25}, "too_many_pages", 3),
    )
    monkeypatch.setattr(paging, "SOME_PAGES", 20)
    monkeypatch.setattr(paging, "TOO_LOW", 5)
    for how, code, asked in cases:
        came = chained(sis, **how)
        pull = await pulling.whole(made)
        assert (pull["state"], pull["problem"]["code"]) == ("failed", code), how
        assert len(came) == asked
        assert pull["import_id"] is None
        assert await rows(connection, "select count(*) from roster_pull_page") == [(0,)]


FAULTS = {
    "busy": lambda s: s.error(429, "server_busy", {"retry-after": "120"}),
    "failing": lambda s: s.error(503, "internal_server_error"),
    "forbidden": lambda s: s.error(403, "forbidden"),
    "not_found": lambda s: s.error(404, "unknownobject"),
    "redirected": lambda s: (302, {"location": f"{s.url}/elsewhere"}, b""),
    "not_json": lambda s: (200, {"content-type": "application/json"}, b'{"orgs": [{"name": "Pel'),
    "unexpected": lambda s: (200, {"content-type": "application/json"}, b'{"users": []}'),
    "too_large": lambda s: (200, {"content-type": "application/json"}, b" " * (17 * 1024 * 1024)),
    "incomplete": lambda s: (
        200,
        {"content-type": "application/json", "x-total-count": "9"},
        b'{"orgs": []}',
    ),
    "paging_foreign": lambda s: (
        200,
        {"content-type": "application/json", "link": '<http://127.0.0.2/x>; rel="next"'},
        b'{"orgs": [{}]}',
    ),
    "paging_loop": lambda s: (
        200,
        {"content-type": "application/json", "link": f'<{s.url}/ims/x>; rel="next"'},
        b'{"orgs": [{"sourcedId": "o1"}]}',
    ),
}
PASSING = ("busy", "failing")


@pytest.mark.parametrize(
    "codes",
    [("paging_loop", "too_large"), pytest.param(tuple(FAULTS), marks=pytest.mark.large)],
    ids=["two", "all"],
)
async def test_each_way_a_service_fails_ends_in_words_and_takes_nothing(
    sis, pulling, connection, world, codes
):
    made = await pulling.connect(sis)
    await inside(connection, world.juniper)
    for code in codes:
        fault = FAULTS[code]
        sis.asked.clear()
        # what passes is tried eight times, what cannot pass is not tried again
        sis.faults = [fault(sis)] * 20
        pull = await pulling.whole(made)
        problem = pull["problem"] or {}
        assert (pull["state"], problem.get("code")) == ("failed", code), (code, pull)
        assert problem["message"] == WORDS[code]
        assert problem["collection"] == "orgs"
        assert pull["import_id"] is None
        tries = {**dict.fromkeys(PASSING, MOST_TRIES), "paging_loop": 2}.get(code, 1)
        assert len(sis.asked) == tries, code
        assert "SECRET-OF" not in json.dumps(pull)
        assert await rows(connection, "select count(*) from roster_pull_page") == [(0,)]
        assert await rows(connection, "select count(*) from roster_import") == [(0,)]
    sis.faults = []
    sis.token_faults = [(400, {}, b'{"error": "invalid_scope"}')]
    pulling.handler = puller(REACHING)
    assert (await pulling.whole(made))["problem"]["code"] == "scope_refused"
    pulling.handler = puller(SETTINGS)  # the operator allows nothing
    assert (await pulling.whole(made))["problem"]["code"] == "address_refused"


async def test_what_passes_is_waited_for_as_long_as_the_service_asks(sis, pulling, connection):
    sis.faults = [sis.error(429, "server_busy", {"retry-after": "120"}), FAULTS["failing"](sis)]
    pull = await pulling.ask(await pulling.connect(sis))
    await pulling.work()
    assert not await pulling.work(ahead=timedelta(seconds=100))
    assert await pulling.work(ahead=timedelta(seconds=130))
    assert (await pulling.read(pull))["progress"][0]["pages"] == 0
    assert await pulling.work(ahead=timedelta(seconds=130))
    assert (await pulling.read(pull))["progress"][0]["pages"] == 1


async def test_a_token_is_kept_until_it_is_refused_and_then_asked_for_once(sis, pulling):
    sis.cap, sis.uses = 2, 4
    made = await pulling.connect(sis)
    pull = await pulling.whole(made)
    assert pull["state"] == "reported", pull
    assert len(sis.tokens) == -(-len(sis.asked) // 4)
    sis.uses = 0
    sis.tokens.clear()
    assert (await pulling.whole(made))["problem"] == {
        "code": "sign_in_refused",
        "message": WORDS["sign_in_refused"],
        "collection": "orgs",
        "status": 401,
    }
    assert len(sis.tokens) == 1


@pytest.mark.large
async def test_rows_that_come_while_it_is_read_are_read_and_not_missed(sis, pulling):
    sis.cap = 1
    pull = await pulling.ask(await pulling.connect(sis))
    await pulling.work(2)
    sis.data["orgs"].insert(0, {**sis.data["orgs"][1], "sourcedId": "s0", "name": "Added"})
    while await pulling.work():
        pass
    pull = await pulling.read(pull)
    assert (pull["state"], pull["progress"][0]["rows"]) == ("reported", 4)
    made = (await pulling.ada.get(f"/imports/{pull['import_id']}")).json()
    assert counts(made, "orgs")[0] == 3
    assert made["report"]["problems"] == [
        problem
        for problem in made["report"]["problems"]
        if problem["code"] in ("unmapped_role", "no_role")
    ]


async def test_addresses_within_are_refused_and_a_new_address_needs_the_secret(as_, app, sis):
    ada = as_("ada")
    app.state.settings = SETTINGS
    for address in (
        "http://sis.example",
        "https://127.0.0.1",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/",
        "https://sis.internal",
        "https://user@sis.example",
    ):
        for name in ("base_url", "token_url"):
            body = {
                **sis.connection(),
                **dict.fromkeys(("base_url", "token_url"), "https://a.example"),
            }
            refused = await ada.post("/roster-connections", json={**body, name: address})
            assert (refused.status_code, refused.json()["code"]) == (409, "address_not_allowed")
            assert refused.json()["field"] == name
    body = {**body, name: "https://a.example"}
    query = await ada.post("/roster-connections", json={**body, "base_url": "https://a.example/?x"})
    assert query.json()["code"] == "address_with_query"
    made = (await ada.post("/roster-connections", json=body)).json()
    path, tag = f"/roster-connections/{made['id']}", {"If-Match": '"1"'}
    twice = await ada.post("/roster-connections", json=body)
    assert (twice.status_code, twice.json()["code"]) == (409, "source_connected")
    moved = await ada.patch(path, json={"token_url": "https://b.example"}, headers=tag)
    assert (moved.status_code, moved.json()["code"]) == (409, "secret_needed")
    inner = await ada.patch(path, json={"base_url": "https://10.0.0.1"}, headers=tag)
    assert inner.json()["code"] == "address_not_allowed"
    both = {"token_url": "https://b.example", "client_secret": "new"}
    moved = await ada.patch(path, json=both, headers=tag)
    assert (moved.status_code, moved.json()["token_url"]) == (200, "https://b.example")
    other = await as_("paul").get(path)
    assert other.status_code == 404


async def test_one_at_a_time_and_pausing_or_deleting_ends_it(
    sis, pulling, connection, world, ticking
):
    sis.cap = 1
    made = await pulling.connect(sis)
    path = f"/roster-connections/{made['id']}"
    pull = await pulling.ask(made)
    second = await pulling.ada.post(f"{path}/pull")
    assert (second.status_code, second.json()["code"]) == (409, "pull_running")
    await pulling.work(2)
    paused = await pulling.ada.post(f"{path}/pause", headers={"If-Match": '"1"'})
    assert (paused.status_code, paused.json()["state"]) == (200, "paused"), paused.text
    refused = await pulling.ada.post(f"{path}/pull")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    seen = len(sis.asked)
    await pulling.work()
    assert (await pulling.read(pull))["problem"]["code"] == "connection_paused"
    assert len(sis.asked) == seen
    resumed = await pulling.ada.post(f"{path}/resume", headers={"If-Match": '"2"'})
    assert resumed.status_code == 200
    pull = await pulling.ask(made)
    await pulling.work(2)
    ticking.move(hours=25)  # its job is dead
    async with pulling.app.state.database.writing() as session:
        await give_up(session, Actor.operator(world.juniper, "America/Denver"))
        await session.commit()
    assert (await pulling.read(pull))["problem"]["code"] == "stalled"
    assert not await pulling.work(2)
    pull = await pulling.ask(made)
    await pulling.work(2)
    gone = await pulling.ada.delete(path, headers={"If-Match": '"3"'})
    assert gone.status_code == 204, gone.text
    assert (await pulling.ada.get(f"/roster-pulls/{pull['id']}")).status_code == 404
    await pulling.work(2)
    await inside(connection, world.juniper)
    for table in ("roster_connection", "roster_pull", "roster_pull_page"):
        counted = await rows(connection, f"select count(*) from {table}")  # noqa: S608
        assert counted == [(0,)]


@pytest.mark.large
async def test_killed_by_the_system_again_and_again_a_pull_still_takes_every_page_once(live, world):
    """Real processes, real commits: each worker dies with a page in its hands."""
    live.app.state.settings = replace(live.app.state.settings, outside_allowed=ALLOWED)
    database, ada = live.app.state.database, live.as_("ada")
    with served(Service(records(FILES), cap=1)) as sis:
        made = await ada.post("/roster-connections", json=sis.connection(source="sis"))
        asked = await ada.post(f"/roster-connections/{made.json()['id']}/pull")
        path = f"/roster-pulls/{asked.json()['id']}"
        for pages in (3, 2, 4):
            words = (sys.executable, "-m", "tests.integrations.killed_pull", live.url, str(pages))
            process = await asyncio.create_subprocess_exec(*words, cwd=ROOT)
            async with asyncio.timeout(60):
                assert await process.wait() == -signal.SIGKILL
        half = (await ada.get(path)).json()
        assert half["state"] == "running"
        assert sum(part["pages"] for part in half["progress"]) == 2 + 1 + 3
        await asyncio.sleep(2 * ALIVE.total_seconds())  # nobody has its job any more
        options = {"alive": ALIVE, "drain": True}
        async with asyncio.timeout(120):
            await work(database, {PULL: puller(REACHING)}, Mailer(SETTINGS), **options)
        done = (await ada.get(path)).json()
        assert done["state"] == "reported", done
        pages = [(path, query["offset"]) for path, query in sis.asked if "fields" not in query]
        # each of the three deaths cost the page it was at, and nothing else
        assert len(pages) - len(set(pages)) == 3
    expected = await by_file(ada, FILES, source="sis")
    found = (await ada.get(f"/imports/{done['import_id']}")).json()
    assert found["report"] == expected["report"]
