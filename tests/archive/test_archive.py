"""My archive: what is in it, for whom, and how it is sent."""

import asyncio
import csv
import io
import json
import random
import tracemalloc
import zipfile
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app import models as m
from app.access.relations import RELATED
from app.archive.parts import LEFT_OUT, PARTS
from app.archive.writing import cell
from app.auth import keys
from app.core import clock
from app.web import streaming
from tests.conftest import Live, SignedIn
from tests.goals.test_goals import agreed
from tests.goals.test_monitoring import note
from tests.goals.test_plans import in_force, proposed
from tests.meetings.test_meetings import ok
from tests.spine.test_statements import grow
from tests.support.test_support import TEXT, ask

pytestmark = pytest.mark.anyio

Records = dict[str, list[dict[str, Any]]]
#: part → the list of the API that shows the same records, whole
LISTS = {
    "roles": "/roles",
    "coaching_relationships": "/coaching-relationships",
    "goals": "/goals",
    "meeting_series": "/meeting-series",
    "meetings": "/meetings",
    "next_steps": "/next-steps",
    "meeting_feedback": "/meeting-feedback",
    "outreach": "/outreach-messages",
    "questionnaires": "/questionnaires",
    "role_notes": "/role-notes",
    "introductions": "/introductions",
    "conversations": "/conversations",
    "coaching_preferences": "/coaching-preferences",
    "coaching_agreements": "/coaching-agreements",
    "shared_records": "/shared-records",
    "slo_monitoring": "/slo-monitoring",
    "growth_plans": "/growth-plans",
    "goal_reviews": "/goal-reviews",
    "goal_review_parts": "/goal-review-parts",
    "feedback_rounds": "/feedback-rounds",
    "common_indicator_opt_outs": "/common-indicator-opt-outs",
    "goal_systems": "/goal-systems",
    "reminders": "/reminders",
    "templates": "/templates",
    "support_requests": "/support-requests",
    "leader_updates": "/leader-updates",
    "evidence_citations": "/evidence-citations",
    "sessions": "/auth/sessions",
    "events": "/audit",
    "protocol_choices": "/protocol-choices",
    "feedback_conversations": "/feedback-conversations",
    "indicator_feedback": "/indicator-feedback",
    "action_steps": "/action-steps",
    "observer_certifications": "/observer-certifications",
    "observations": "/observations",
    "co_observers": "/co-observers",
    "reads": "/me/reads",
}


#: what leaders and other teachers wrote in the rows that `grow` makes
BY_OTHERS = {"feedback_rounds", "goal_feedback", "goal_systems", "common_indicator_choices"}
BY_OTHERS |= {"protocol_choices"}
BY_OTHERS |= {"action_step_ideas"}
OWNERS = ("teacher_id", "author_id", "person_id", "owner_id")
#: in confidence: the raiser has them, and the teacher concerned has none
CONFIDENTIAL = {"support_requests", "support_entries", "interventions", "leader_updates"}


def opened(content: bytes) -> tuple[zipfile.ZipFile, Records]:
    """An archive, found whole, and its records."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    assert archive.namelist()[-1] == "manifest.json"
    return archive, {
        name.removeprefix("json/").removesuffix(".json"): json.loads(archive.read(name))
        for name in archive.namelist()
        if name.startswith("json/")
    }


def table_of(archive: zipfile.ZipFile, part: str) -> list[dict[str, str]]:
    """The rows of a table in it."""
    words = archive.read(f"csv/{part}.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(words)))


async def archive_of(client: Any) -> tuple[zipfile.ZipFile, Records]:
    """Somebody's archive, and its records."""
    answer = await client.get("/me/archive")
    assert answer.status_code == 200, answer.text
    return opened(answer.content)


async def listed(client: Any, path: str) -> dict[str, dict[str, Any]]:
    """Everything that a list of the API shows, by id."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        body = await ok(client.get(f"{path}?limit=200{cursor}"))
        items += body["items"]
        if body["next"] is None:
            return {item["id"]: item for item in items}
        cursor = f"&cursor={body['next']}"


@pytest.mark.parametrize("who", ["tom", "lena"])
async def test_it_holds_what_the_api_shows_of_oneself_and_in_the_same_form(
    as_, world, connection, who
):
    await grow(connection, world, 3)
    await ask(as_, world, "mia", "paul")
    answer = await as_(who).get("/me/archive")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    name = 'attachment; filename="alongside-archive-2026-10-05.zip"'
    assert answer.headers["content-disposition"] == name
    archive, records = opened(answer.content)
    mine = str(getattr(world, who))
    for part, path in LISTS.items():
        shown = await listed(as_(who), path)
        kept = {row["id"]: row for row in records[part]}
        for row_id, row in kept.items():
            assert row == {key: shown[row_id][key] for key in row}, part
        # and nothing of oneself is missing
        own = ("actor_id",) if part == "events" else OWNERS
        of_me = {row_id for row_id, row in shown.items() if mine in [row.get(key) for key in own]}
        assert of_me <= kept.keys(), part
    empty = {part for part, rows in records.items() if not rows}
    if who == "tom":
        assert empty == CONFIDENTIAL | {"templates", "teaching", "slos", *BY_OTHERS}
    else:
        assert not empty & CONFIDENTIAL
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["records"] == {part: len(rows) for part, rows in records.items()}
    assert manifest["person"]["id"] == mine
    assert manifest["made_at"].startswith("2026-10-05T16:0")
    readme = archive.read("README.txt").decode()
    assert all(f"\n{part.name}: {part.words}\n" in readme for part in PARTS)
    for part, rows in records.items():
        table = list(
            csv.DictReader(io.StringIO(archive.read(f"csv/{part}.csv").decode("utf-8-sig")))
        )
        assert len(table) == len(rows)
        for line, row in zip(table, rows, strict=True):
            assert line == {k: "" if v is None else str(cell(v)) for k, v in row.items()}


async def test_nobody_finds_anothers_words_in_it(as_, world, connection):
    await grow(connection, world, 2)
    goal = await agreed(as_, world)
    noted = await note(as_("tom"), goal, "2026-10-01", 2)
    _, toms = await archive_of(as_("tom"))
    assert noted["id"] in [row["id"] for row in toms["goal_progress"]]
    # the leader reads the goal, and it is not about them; of the notes there is nothing anywhere
    for who in ("paul", "nina", "ada", "ivy", "zoe"):
        archive, records = await archive_of(as_(who))
        assert str(world.tom) not in {row.get("teacher_id") for row in records["goals"]}
        assert records["goal_progress"] == []
        assert records["questionnaire_drafts"] == []
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert b"Between us." not in everything
    # a draft of answers is the teacher's alone, also in the archive of the lead
    _, lenas = await archive_of(as_("lena"))
    assert len(toms["questionnaire_drafts"]) > 0
    assert lenas["questionnaire_drafts"] == []
    for client in ("juniper_warehouse", "juniper_rosters"):
        refused = await as_(client).get("/me/archive")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_for_clients")
    assert (await as_().get("/me/archive")).status_code == 401


async def test_a_teacher_finds_which_goals_stand_in_which_plan_and_nobody_else_does(as_, world):
    plan = await in_force(as_, world)
    await proposed(as_, world)
    [goal] = (await ok(as_("tom").get(f"/growth-plans/{plan['id']}/goals")))["items"]
    _, toms = await archive_of(as_("tom"))
    assert toms["growth_plan_goals"] == [{"id": goal["id"], "plan_id": plan["id"]}]
    for who in ("lena", "paul", "luis"):
        _, theirs = await archive_of(as_(who))
        assert theirs["growth_plan_goals"] == [], who


async def test_of_a_request_the_raiser_and_the_named_keep_it_and_the_teacher_no_byte(
    as_, world, connection
):
    async def exactly(who: str) -> bytes:
        with clock.stopped(lambda: stands, random.Random(3).randbytes):
            answer = await as_(who).get("/me/archive")
        assert answer.status_code == 200
        return bytes(answer.content)

    stands = clock.now()
    others = ("tom", "nina", "luis", "ada", "ivy")
    before = {who: await exactly(who) for who in others}
    made = await ask(as_, world, "mia", "paul")
    told = {"about_id": str(world.tom), "leader_id": str(world.paul), "text": TEXT}
    update = await ok(as_("lena").post("/leader-updates", json=told), 201)
    assert {who: await exactly(who) for who in others} == before
    for who in ("lena", "mia", "paul"):
        _, records = await archive_of(as_(who))
        assert [row["id"] for row in records["support_requests"]] == [made["id"]]
        updates = [row["id"] for row in records["leader_updates"]]
        assert updates == ([] if who == "mia" else [update["id"]])
    # an update that is opened to the teacher is in theirs
    read = {**told, "teacher_may_read": True}
    openly = await ok(as_("lena").post("/leader-updates", json=read), 201)
    _, records = await archive_of(as_("tom"))
    assert [row["id"] for row in records["leader_updates"]] == [openly["id"]]
    assert records["support_requests"] == []


async def test_what_looks_like_a_formula_is_text_in_a_spreadsheet(as_, world):
    goal = await agreed(as_, world, title='=HYPERLINK("x")')
    said = ["+1", "-1", "@home", "=1+1", "'plain", "plain = 1", "＝1", "a;=1; -2"]  # noqa: RUF001
    for words in said:
        await ok(as_("tom").post(f"/goals/{goal['id']}/comments", json={"text": words}), 201)
    archive, records = await archive_of(as_("tom"))
    assert {row["text"] for row in records["goal_comments"]} == set(said)
    assert {line["text"] for line in table_of(archive, "goal_comments")} == {
        *("'+1", "'-1", "'@home", "'=1+1"),
        *("'plain", "plain = 1", "'＝1", "a;'=1; -2"),  # noqa: RUF001
    }
    (line,) = table_of(archive, "goals")
    assert line["title"].startswith("'=")
    assert json.loads(line["measures"])[0]["target"] == 4.0
    assert cell(-4.5) == -4.5
    assert cell([";=1"]) == '["\\u003b=1"]'


def test_every_kind_of_record_that_names_people_is_in_it_or_left_out_with_a_reason():
    """A new table with a person in it is decided upon before it is merged."""
    names_people = {
        table.name
        for table in m.Base.metadata.tables.values()
        if any(
            key.target_fullname == "person.id"
            for constraint in table.foreign_key_constraints
            for key in constraint.elements
        )
    }
    owned = {
        model.__tablename__
        for model in RELATED
        if {"teacher_id", "person_id", "author_id", "owner_id", "actor_id"}
        & set(model.__table__.c.keys())
    }
    inside = {part.model.__tablename__ for part in PARTS}
    assert (names_people | owned) - inside - LEFT_OUT.keys() == set()
    assert LEFT_OUT.keys() <= names_people
    assert not LEFT_OUT.keys() & inside
    assert all(len(why) > 10 for why in LEFT_OUT.values())
    assert len({part.name for part in PARTS}) == len(PARTS)
    for part in PARTS:
        # whatever else is left of what the API shows would be missing unseen
        passing = {"permissions", "warnings", "overdue", "current", "done_by"}
        of_template = {"fields", "template_title"} if part.name == "outreach" else set()
        assert part.shown.model_fields.keys() - part.columns.keys() <= passing | of_template


# --- how it is sent -----------------------------------------------------------------------------


class Reader:
    """A client at the program's own door, who takes the answer part by part."""

    def __init__(self, live: Live, who: str, path: str = "/api/v1/me/archive") -> None:
        self.live, self.path = live, path
        self.token = SignedIn(live.app, live.world.sessions[who]).token
        self.parts: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.goes_on = asyncio.Event()
        self.gone = asyncio.Event()
        self.status = 0
        self.task: asyncio.Task[None] = asyncio.ensure_future(self._ask())

    async def _ask(self) -> None:
        headers = [
            (b"host", b"alongside.example"),
            (b"authorization", f"Bearer {self.token}".encode()),
        ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("alongside.example", 443),
        }
        await self.live.app(scope, self._receive, self._send)

    async def _receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        await self.parts.put(message["body"])
        await self.goes_on.wait()

    async def rest(self) -> bytes:
        """Take everything."""
        self.goes_on.set()
        await self.task
        taken = b""
        while not self.parts.empty():
            taken += self.parts.get_nowait() or b""
        return taken


async def _much(live: Live, rows: int, size: int = 2000) -> UUID:
    """A goal of Tom's with many comments that do not get small in a zip."""
    world, source = live.world, random.Random(5)
    async with live.app.state.database.writing() as session:
        await keys.enter(session, world.juniper)
        goal = m.Goal(
            district_id=world.juniper,
            id=clock.new_id(),
            level="individual",
            kind="growth",
            state="agreed",
            title="Much to read",
            school_id=world.alder,
            school_year_id=world.alder_year,
            teacher_id=world.tom,
            author_id=world.tom,
        )
        session.add(goal)
        await session.flush()
        common = {
            "district_id": world.juniper,
            "goal_id": goal.id,
            "author_id": world.tom,
            "kind": "comment",
            "level": "individual",
            "school_id": world.alder,
            "teacher_id": world.tom,
            "version": 1,
            "created_at": clock.now(),
            "updated_at": clock.now(),
        }
        for start in range(0, rows, 1000):
            batch = [
                {**common, "id": clock.new_id(), "text": source.randbytes(size // 2).hex()}
                for _ in range(min(1000, rows - start))
            ]
            await session.execute(m.GoalComment.__table__.insert(), batch)
        await session.commit()
        return goal.id


async def _comment(live: Live, goal_id: UUID) -> None:
    said = {"text": "Written meanwhile."}
    await ok(live.as_("tom").post(f"/goals/{goal_id}/comments", json=said), 201)


async def test_one_at_a_time_and_all_of_one_moment(live):
    goal_id = await _much(live, 500)
    first = Reader(live, "tom")
    begun = await first.parts.get()
    assert begun is not None
    refused = await live.as_("tom").get("/me/archive")
    assert (refused.status_code, refused.json()["code"]) == (429, "archive_under_way")
    assert int(refused.headers["retry-after"]) > 0
    # another's is made meanwhile, and what is written meanwhile is in neither of the two folders
    assert (await live.as_("nina").get("/me/archive")).status_code == 200
    await _comment(live, goal_id)
    archive, records = opened(begun + await first.rest())
    assert (first.status, len(records["goal_comments"])) == (200, 500)
    assert archive.read("csv/goal_comments.csv").count(b"\r\n") == 501
    again = await live.as_("tom").get("/me/archive")
    assert len(opened(again.content)[1]["goal_comments"]) == 501


async def test_who_hangs_up_midway_leaves_every_connection_as_it_was(live):
    await _much(live, 500)
    pool = live.app.state.database.stream_engine.pool
    for _ in range(6):  # more often than the pool has connections
        leaver = Reader(live, "tom")
        assert await leaver.parts.get()
        leaver.gone.set()
        leaver.goes_on.set()
        await leaver.task
        assert pool.checkedout() == 0
    for _ in range(20):
        assert (await live.as_("tom").get("/goals")).status_code == 200
    whole = await live.as_("tom").get("/me/archive")
    assert whole.status_code == 200, whole.text
    assert len(opened(whole.content)[1]["goal_comments"]) == 500
    assert pool.checkedout() == 0


async def test_who_takes_it_too_slowly_is_cut_off_and_who_is_too_late_gets_nothing(
    live, monkeypatch
):
    await _much(live, 500)
    live.app.state.settings = replace(live.app.state.settings, stream_seconds=0.0)
    late = await live.as_("tom").get("/me/archive")
    assert (late.status_code, late.json()["code"]) == (503, "unavailable")
    live.app.state.settings = replace(
        live.app.state.settings, stream_seconds=60.0, stream_bytes_per_second=10**9
    )
    monkeypatch.setattr(streaming, "_GRACE", 0.1)
    slow = Reader(live, "tom")
    with pytest.raises(streaming.StreamEnded):
        await asyncio.wait_for(slow.task, 10)
    assert slow.status == 200
    assert live.app.state.database.stream_engine.pool.checkedout() == 0
    monkeypatch.undo()
    assert (await live.as_("tom").get("/me/archive")).status_code == 200


async def test_its_connection_only_reads_and_sees_one_moment(live):
    async with live.app.state.database.streaming(live.world.juniper) as session:
        for setting, value in (
            ("transaction_read_only", "on"),
            ("transaction_isolation", "repeatable read"),
            ("statement_timeout", "15min"),
        ):
            assert await session.scalar(text(f"show {setting}")) == value


@pytest.mark.large
async def test_a_large_archive_takes_no_more_memory_than_a_small_one(live):
    async def peak() -> int:
        reader = Reader(live, "tom")
        reader.goes_on.set()
        tracemalloc.start()
        taken = 0
        while not (reader.task.done() and reader.parts.empty()):
            try:
                taken += len(await asyncio.wait_for(reader.parts.get(), 5) or b"")
            except TimeoutError:
                continue
        await reader.task
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        sizes.append(taken)
        return found

    sizes: list[int] = []
    await peak()  # statements and models are made once
    await _much(live, 1_000)
    small = await peak()
    await _much(live, 12_000)
    large = await peak()
    assert sizes[-1] > 20_000_000
    assert large < small + 4_000_000, (small, large)
