"""The program with every object of the matrix in it, on one transaction."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.core import clock
from app.core.mail import Mailer
from tests import world as worlds
from tests.access import objects as made
from tests.access.table import PERSONAS, Step
from tests.conftest import MAILING, SETTINGS, JoinedDatabase, at_once, rolled_back
from tests.contract.checking import Checked, Client, contract
from tests.integrations import bundles
from tests.parts import PARTS

API = "/api/v1"
#: what a path names behind its object
FURTHER = {"step_key": "praise"}


class Matrix:
    """The program on one transaction with every object in it; a cell is a savepoint."""

    def __init__(self, app: FastAPI, world: worlds.World, connection: Any) -> None:
        self.app, self.world, self.connection = app, world, connection
        self.clients = {name: self._client(name, Checked(app)) for name in PERSONAS}
        bare = httpx.ASGITransport(app, raise_app_exceptions=False)
        #: answers that are not held against the contract, for a program that is broken on purpose
        self.unchecked = {name: self._client(name, bare) for name in PERSONAS}
        self.objects: made.Objects
        paths = contract(app).document["paths"]
        self.operations = {
            operation["operationId"]: (method.upper(), path.removeprefix(API))
            for path, item in paths.items()
            for method, operation in item.items()
        }
        self.versions: dict[str, int] = {}
        self.position = ""
        #: rows of events that the last cell wrote
        self.recorded = 0

        def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            self.recorded += statement.startswith("INSERT INTO event ")

        event.listen(connection.sync_connection, "before_cursor_execute", count)

    def _client(self, name: str, transport: httpx.ASGITransport) -> httpx.AsyncClient:
        headers = {}
        if name != "nobody":
            token = self.app.state.tokens.issue(*self.world.sessions[name])
            headers["Authorization"] = f"Bearer {token}"
        url = f"https://alongside.example{API}"
        return Client(transport=transport, base_url=url, headers=headers)

    async def send(self, step: Step, persona: str) -> httpx.Response:
        """One cell's request."""
        method, path = self.operations[step.operation]
        head, brace, rest = path.partition("{")
        if brace:
            name = step.on.removesuffix("_vision") if "Vision" in step.operation else step.on
            path = head + self.objects[name] + rest.partition("}")[2]
            # a rating is named by its observation and its indicator
            path = path.format(**FURTHER, indicator_id=self.objects["leap_i5"])
        headers: dict[str, str] = {**step.headers}
        if method != "GET":
            headers["If-Match"] = f'"{self.versions.get(step.on, 1)}"'
        if method == "POST" and "/auth/" not in path:
            headers["Idempotency-Key"] = f"{step.id}-of-{persona}"[:60]
        body: dict[str, Any] = {}
        if step.body is not None:
            value = step.body(self.objects)
            form = "form" in step.headers.get("Content-Type", "")
            kind = "content" if isinstance(value, bytes) else "data" if form else "json"
            body = {kind: value}
        query = f"since={self.position}" if step.operation == "listChanges" else step.query
        return await self.clients[persona].request(
            method, f"{path}?{query}" if query else path, headers=headers, **body
        )

    async def cell(self, step: Step, persona: str) -> httpx.Response:
        """The same, and as if it had not been."""
        self.recorded = 0
        # Released as well as rolled back: ROLLBACK TO alone leaves the savepoint open, and ten
        # thousand of them, one inside the other, are more than PostgreSQL bears.
        await at_once(self.connection, "savepoint cell")
        try:
            return await self.send(step, persona)
        finally:
            await at_once(self.connection, "rollback to savepoint cell; release savepoint cell")


@pytest.fixture(scope="module")
async def matrix(shared_app: FastAPI, template: worlds.World, engine: Any) -> AsyncIterator[Matrix]:
    ticking = worlds.Ticking(seed=23)
    async with rolled_back(engine) as connection:
        shared_app.state.database = JoinedDatabase(connection)
        shared_app.state.settings = SETTINGS
        before, shared_app.state.mailer = shared_app.state.mailer, Mailer(MAILING)
        with clock.stopped(ticking.now, ticking.bits):
            async with AsyncSession(
                connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
            ) as session:
                built = await made.build(session, template, PARTS)
                versions = await _versions(session)
                for name, row_id in built.ids.items():
                    if str(row_id) in versions:
                        built.versions[name] = versions[str(row_id)]
                await session.commit()
            whole = Matrix(shared_app, template, connection)
            whole.objects = built
            whole.versions = built.versions
            whole.versions["alder_vision"] = 1
            roster = await whole.clients["ada"].post(
                "/imports?source=quill",
                content=bundles.zipped(bundles.bundle()),
                headers={"Content-Type": "application/zip"},
            )
            assert roster.status_code == 201, roster.text
            built.ids["import_reported"] = roster.json()["id"]
            head = await whole.clients["juniper_warehouse"].get("/changes/head")
            whole.position = head.json()["position"]
            yield whole
        shared_app.state.mailer = before
        for client in whole.clients.values():
            await client.aclose()


async def _versions(session: AsyncSession) -> dict[str, int]:
    """The versions of rows that may have moved while the objects were made, by id."""
    found: dict[str, int] = {}
    for model in (m.Framework, m.School, m.Person, m.Goal):
        rows = await session.execute(select(model.id, model.version))
        found |= {str(row_id): version for row_id, version in rows}
    return found
