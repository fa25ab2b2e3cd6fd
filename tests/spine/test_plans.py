"""No list of a large district walks through a whole table.

A district is seeded as for the benchmark; each list of the contract is asked by each kind of
caller, and what it sends is explained as the application role.
"""

import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.core import embedded
from app.settings import load
from app.web.tokens import Tokens
from bench.inside import Inside
from bench.seed import Seeded, seed
from tests.contract.checking import Operation, contract
from tests.room import quick_folder

pytestmark = [pytest.mark.anyio, pytest.mark.large]

#: more rows than this are not read through for a page
MANY = 10_000
TEACHERS, GOALS = 10_500, 21_000
CALLERS = ("teacher", "lead", "leader", "administrator", "client")
#: where an id of an address is found, when its table is named otherwise
TABLES = {
    "relationship_id": "coaching_relationship",
    "series_id": "meeting_series",
    "class_id": "class_section",
    "item_id": "framework_item",
    "revision_id": "goal_revision",
    "observation_id": "observation",
    "cycle_id": "learning_cycle",
    "request_id": "support_request",
    "year_id": "school_year",
    "step_id": "next_step",
}
#: what a list cannot do without
NEEDED = {"listChanges": "since"}
#: what their addresses name is not in the seeded district, so that nobody is answered
WITHOUT_PARENT = {
    "listAdjustmentsOfCycle",
    "listAgendaItemHistory",
    "listAgendaItems",
    "listCalendarEntries",
    "listCitationsOfEvidenceItem",
    "listCycleActivities",
    "listCycleDataPoints",
    "listCycleMembers",
    "listCycleRankings",
    "listCycleReflections",
    "listEvidence",
    "listFeedbackRoundInvited",
    "listGoalFeedback",
    "listGrowthPlanGoals",
    "listInterventions",
    "listLearningCycleChain",
    "listLearningCycleMoves",
    "listObservationReads",
    "listObservationRevisions",
    "listPlanSteps",
    "listQuestionnaireSubmissions",
    "listSeriesReviews",
    "listSupportEntries",
    "listSupportRequestHistory",
    "listUsesOfCycle",
}


@pytest.fixture(scope="module")
def big() -> Iterator[embedded.Server]:
    """A server of its own."""
    with (
        tempfile.TemporaryDirectory(
            prefix="alongside-plans-", dir=quick_folder(), ignore_cleanup_errors=True
        ) as folder,
        embedded.running(Path(folder), fsync=False) as started,
    ):
        yield started


def lists(operations: dict[str, Operation]) -> list[Operation]:
    """Every operation that answers with a page."""
    return [
        operation
        for operation in operations.values()
        if operation.method == "get" and {"limit", "cursor"} & set(operation.parameters("query"))
    ]


class District:
    """The seeded district and the program on it."""

    def __init__(self, server: embedded.Server, seeded: Seeded) -> None:
        settings = load({"DATABASE_URL": server.app_url, "SECRET_KEYS": f"a:{'0' * 64}"})
        self.seeded, self.inside = seeded, Inside(settings)
        self.tokens = Tokens(settings.secret_keys, settings.public_url, timedelta(hours=1))
        self.large: dict[str, int] = {}
        self.sessions: dict[UUID, UUID] = {}

    async def look(self) -> None:
        """Which tables are large, and whose sessions there are."""
        async with self.inside.app.state.database.reading() as session:
            await self._enter(session)
            rows = await session.execute(
                text("select relname, reltuples::bigint from pg_class where relkind = 'r'")
            )
            self.large = {name: count for name, count in rows if count > MANY}
            rows = await session.execute(text("select person_id, id from auth_session"))
            self.sessions = {row.person_id: row.id for row in rows}

    async def _enter(self, session: Any) -> None:
        words = text("select set_config('app.district', :district, false)")
        await session.execute(words, {"district": str(self.seeded.district)})

    def client(self, who: str) -> Any:
        """A caller of the program."""
        person: UUID = getattr(self.seeded, who)
        opened = self.sessions.get(person, person)
        return self.inside.client(self.tokens.issue(person, opened, self.seeded.district))

    async def some(self, name: str) -> UUID:
        """The id of something, for an address; made up where the district has none."""
        if name == "goal_id":
            return self.seeded.readable[0]
        table = TABLES.get(name, name.removesuffix("_id"))
        async with self.inside.app.state.database.reading() as session:
            await self._enter(session)
            columns = await session.scalar(
                text(
                    "select array_agg(attname::text) from pg_attribute"
                    " where attrelid = to_regclass(:t)"
                ),
                {"t": table},
            )
            if columns is None:
                return uuid4()
            of_theirs = "where teacher_id = :teacher" if "teacher_id" in columns else ""
            first = text(f"select id from {table} {of_theirs} order by id limit 1")  # noqa: S608 - ours
            found = await session.scalar(first, {"teacher": self.seeded.teacher})
            return UUID(str(found)) if found else uuid4()

    async def walked(self, statement: str, parameters: Any) -> set[str]:
        """The large tables that a statement would read through."""
        async with self.inside.app.state.database.reading() as session:
            await self._enter(session)
            connection = await session.connection()
            rows = await connection.exec_driver_sql(
                f"explain (format json) {statement}", parameters
            )
            plan = rows.scalar_one()
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return {
            node["Relation Name"]
            for node in _nodes(plan[0]["Plan"])
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in self.large
        }


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


async def test_no_list_reads_through_a_large_table(big: embedded.Server) -> None:
    district = District(big, await seed(big, TEACHERS, GOALS))
    try:
        wrong, unseen = await _look_through(district)
    finally:
        await district.inside.close()
    assert unseen - WITHOUT_PARENT == set()
    assert not wrong


async def _look_through(district: District) -> tuple[dict[str, set[str]], set[str]]:
    """(list and table → who would read through it, lists that nobody was answered)."""
    await district.look()
    assert {"goal", "person", "role", "feed_entry", "meeting", "event"} <= set(district.large)
    wrong: dict[str, set[str]] = {}
    unseen: set[str] = set()
    position = (await district.client("client").get("/changes/head")).json()["position"]
    for operation in lists(contract(district.inside.app).operations):
        address = operation.path.removeprefix("/api/v1").format(
            **{name: await district.some(name) for name in operation.parameters("path")}
        )
        since = {"since": position} if operation.id in NEEDED else {}
        answered = False
        for who in CALLERS:
            with district.inside.heard() as sent:
                answer = await district.client(who).get(address, params={"limit": 50, **since})
                statements = list(sent)
            answered |= answer.status_code == 200
            assert answer.status_code in (200, 403, 404), (operation.id, answer.text)
            for statement, parameters in statements:
                if "load_caller" in statement or not statement.lstrip().lower().startswith("sel"):
                    continue
                for table in await district.walked(statement, parameters):
                    wrong.setdefault(f"{operation.id} {table}", set()).add(who)
        if not answered:
            unseen.add(operation.id)
    return wrong, unseen
