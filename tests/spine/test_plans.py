"""No list of a large district walks through a whole table.

The district of the matrix is copied until every table of it is large. Each list of the contract is
then asked for by everybody who may, at an address with rows, and what that sends is explained as
the application role.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from app.core import embedded
from tests.access import objects as made
from tests.access.table import STEPS, Step
from tests.conftest import Live, _at, _owner
from tests.contract.checking import Operation, contract
from tests.parts import PARTS
from tests.spine.crowd import analysed, crowd

pytestmark = [pytest.mark.anyio, pytest.mark.large]

API = "/api/v1"
#: tables that stay small however large a district is: what it says once, its frameworks, and
#: systems of goals, one a school; a crosswalk is as long as a framework, and a list of it is sorted
#: by two of them
FEW = {
    "district_policy",
    "expectation",
    "framework",
    "framework_crosswalk",
    "framework_item",
    "framework_source",
    "goal_system",
    "indicator",
    "indicator_level",
}
#: no list reads them, and the matrix has none
EMPTY = {"framework_source", "idempotency_key", "indicator_level", "refresh_token"}
#: nobody is answered with a row; what they send is looked at all the same
WITHOUT_PARENT = {
    # every copied goal is still in sight
    "listEdFiGoalDeletes",
    # told from where the feed stands: nothing came since
    "listChanges",
    # not yet looked into why the copied district shows nobody a row of these two
    "listEdFiGoalKeyChanges",
    "listSupportRequestHistory",
}
#: a leader's teachers are joined to the school years of today: 16,000 of them, where a district of
#: a hundred schools has five hundred
MAY = {"listSloCoverage school_year"}
#: one of each kind of role, and those who alone read some lists
CALLERS = ("ada", "paul", "lena", "tom", "ivy", "mia", "olga", "juniper_warehouse")
#: what is asked otherwise than the matrix does: a warehouse asks for what came since
QUERIES = {
    "listEdFiGoalDeletes": "minChangeVersion=10001",
    "listEdFiGoalKeyChanges": "minChangeVersion=10001",
}
_SMALL = text(
    "select relname from pg_class where relkind = 'r' and relforcerowsecurity"
    " and relname <> all (:large)"
)
_ENTER = text("select set_config('app.district', :district, false)")


def lists(operations: dict[str, Operation]) -> list[Operation]:
    """Every operation that answers with a page."""
    return [
        operation
        for operation in operations.values()
        if operation.method == "get"
        and {"limit", "cursor", "number"} & set(operation.parameters("query"))
    ]


class District:
    """The large district, and the program on it."""

    def __init__(self, live: Live, objects: made.Objects, large: set[str], position: str) -> None:
        self.live, self.objects, self.large, self.position = live, objects, large, position

    @contextmanager
    def heard(self) -> Iterator[list[tuple[str, Any]]]:
        """The statements of what happens inside."""
        sent: list[tuple[str, Any]] = []
        database = self.live.app.state.database
        engines = [e.sync_engine for e in (database.read_engine, database.write_engine)]

        def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            if "load_caller" not in statement and statement.startswith(("SELECT", "WITH")):
                sent.append((statement, parameters))

        for engine in engines:
            event.listen(engine, "before_cursor_execute", hear)
        try:
            yield sent
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", hear)

    async def ask(self, operation: Operation, step: Step, who: str) -> httpx.Response:
        """One page of a list, as somebody who may have it."""
        path = operation.path.removeprefix(API)
        head, brace, rest = path.partition("{")
        if brace:
            path = head + self.objects[step.on] + rest.partition("}")[2]
            path = path.format(indicator_id=self.objects["leap_i5"], step_key="praise")
        query = QUERIES.get(operation.id, step.query)
        if operation.id == "listChanges":
            query = f"since={self.position}"
        answer: httpx.Response = await self.live.as_(who).get(f"{path}?{query}")
        return answer

    async def walked(self, statements: list[tuple[str, Any]]) -> set[str]:
        """The large tables that statements would read through."""
        found: set[str] = set()
        async with self.live.app.state.database.reading() as session:
            await session.execute(_ENTER, {"district": str(self.live.world.juniper)})
            connection = await session.connection()
            for statement, parameters in statements:
                rows = await connection.exec_driver_sql(
                    f"explain (format json) {statement}", parameters
                )
                plan = rows.scalar_one()
                plan = json.loads(plan) if isinstance(plan, str) else plan
                tables = {
                    node["Relation Name"]
                    for node in _nodes(plan[0]["Plan"])
                    if node["Node Type"] == "Seq Scan"
                } & self.large
                found |= tables
        return found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


@pytest.fixture
async def district(live: Live, server: embedded.Server) -> District:
    """Every table of Juniper is large."""
    database = live.app.state.database
    async with database.writing() as session:
        objects = await made.build(session, live.world, PARTS)
        await session.commit()
    superuser = _at(server.superuser_url, "live")
    async with _owner(superuser) as connection:
        assert await crowd(connection, live.world.juniper, FEW) == EMPTY
    async with _owner(superuser) as connection:
        large = set(await analysed(connection))
        small = await connection.scalars(_SMALL, {"large": list(large | FEW | EMPTY)})
        assert set(small) == set()
    head = await live.as_("juniper_warehouse").get("/changes/head")
    return District(live, objects, large, head.json()["position"])


async def test_no_list_reads_through_a_large_table(district: District) -> None:
    wrong: dict[str, set[str]] = {}
    unseen: set[str] = set()
    for operation in lists(contract(district.live.app).operations):
        found, filled = await _look(district, operation)
        if not filled:
            unseen.add(operation.id)
        for table, who in found.items():
            wrong[f"{operation.id} {table}"] = who
    assert unseen == WITHOUT_PARENT
    assert {key: who for key, who in wrong.items() if key not in MAY} == {}


async def _look(district: District, operation: Operation) -> tuple[dict[str, set[str]], bool]:
    """Each large table that the list would read through, and for whom; whether anybody is
    answered with a row."""
    wrong: dict[str, set[str]] = {}
    steps = [step for step in STEPS if step.operation == operation.id]
    filled = False
    for who in CALLERS:
        own = [step for step in steps if step.expected(who) == 200]
        statements: list[tuple[str, Any]] = []
        for step in own:
            with district.heard() as sent:
                answer = await district.ask(operation, step, who)
            if answer.status_code != 200:
                wrong.setdefault(f"is answered with {answer.status_code}", set()).add(who)
                continue
            statements = statements or sent
            body = answer.json()
            if body if isinstance(body, list) else body.get("items", body.get("pageTokens")):
                filled, statements = True, sent
                break
        for table in await district.walked(statements):
            wrong.setdefault(table, set()).add(who)
    return wrong, filled
