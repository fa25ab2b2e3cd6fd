"""The district stays with its request: on one connection, after an error, on every list."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.database import Database
from app.main import create_app
from tests.conftest import SETTINGS, Live, client_for
from tests.contract.checking import contract
from tests.goals.test_goals import agreed

pytestmark = pytest.mark.anyio

#: not for people; `tests/integrations/test_exports.py` looks at exports of two districts
SYSTEMS = (
    "/api/v1/changes",
    "/api/v1/exports",
    "/api/v1/ed-fi/",
    "/api/v1/availableChangeVersions",
)


class OneConnection:
    """The program with a single connection for writes, one for reads and one for streams."""

    def __init__(self, live: Live) -> None:
        self.database = Database(live.url, write_pool=1, read_pool=1, stream_pool=1)
        self.app = create_app(replace(SETTINGS, database_url=live.url), self.database)
        self.world = live.world

    def as_(self, name: str) -> httpx.AsyncClient:
        client: httpx.AsyncClient = client_for(self.app, self.world, name)
        return client


@pytest.fixture
async def one(live: Live) -> AsyncIterator[OneConnection]:
    program = OneConnection(live)
    yield program
    await program.database.close()


def _said(answer: httpx.Response) -> Any:
    """What an answer holds; of an archive, all its records."""
    if answer.headers["content-type"] == "application/json":
        return json.loads(answer.text)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    return [json.loads(archive.read(name)) for name in archive.namelist() if "json" in name]


def _ids(body: Any) -> set[str]:
    return {item["id"] for item in body["items"]}


async def test_after_a_rollback_the_next_caller_sees_only_their_own_district(
    one: OneConnection,
) -> None:
    school = {"name": "Dogwood School", "zone": "America/Denver"}
    failed = await one.as_("tom").post("/schools", json=school)
    assert failed.status_code == 403
    theirs = await one.as_("zoe").get("/schools")
    assert _ids(theirs.json()) == {str(one.world.cedar)}
    broken = await one.as_("ada").patch(
        f"/schools/{one.world.alder}", json={"name": "A"}, headers={"If-Match": '"9"'}
    )
    assert broken.status_code == 412
    path = f"/schools/{one.world.cedar}"
    done = await one.as_("zoe").patch(path, json={"name": "B"}, headers={"If-Match": '"1"'})
    assert done.status_code == 200
    path = f"/schools/{one.world.alder}"
    other = await one.as_("zoe").patch(path, json={"name": "C"}, headers={"If-Match": '"1"'})
    assert other.status_code == 404
    assert _ids((await one.as_("ada").get("/schools")).json()) == {
        str(one.world.alder),
        str(one.world.birch),
    }


async def test_a_request_without_a_caller_leaves_no_district_on_the_connection(
    one: OneConnection,
) -> None:
    assert (await one.as_("ada").get("/schools")).status_code == 200
    ended = one.app.state.tokens.issue(one.world.tom, one.world.lena_tom, one.world.juniper)
    client = one.as_("ada")
    refused = await client.get("/schools", headers={"Authorization": f"Bearer {ended}"})
    assert refused.status_code == 401
    for opened in (one.database.reading, one.database.writing):
        async with opened() as session:
            assert await session.scalar(text("select count(*) from school")) == 0


async def test_no_list_shows_what_the_connection_showed_to_another_district(
    one: OneConnection,
) -> None:
    paths = contract(one.app).document["paths"]
    lists = [
        path.removeprefix("/api/v1")
        for path, item in paths.items()
        if "{" not in path and "get" in item and not path.startswith(SYSTEMS)
    ]
    assert len(lists) > 15
    ours = {str(value) for name, value in one.world.ids.items() if _is_ours(one, name)}
    pairs = (("ada", "zoe"), ("paul", "yan"), ("tom", "wes"), ("juniper_warehouse", "xav"))
    for path in lists:
        for first, second in pairs:
            seen = await one.as_(first).get(path)
            assert seen.status_code < 500, (path, seen.text)
            answer = await one.as_(second).get(path)
            assert answer.status_code == 200, (path, answer.text)
            found = ours & set(_strings(_said(answer)))
            assert not found, (path, second)


async def test_systems_of_two_districts_share_a_connection_and_nothing_else(
    one: OneConnection,
) -> None:
    goal = await agreed(one.as_, one.world)
    paths = contract(one.app).document["paths"]
    asked = [
        path.removeprefix("/api/v1")
        for path in paths
        if path.startswith(("/api/v1/ed-fi/", "/api/v1/available")) and "{" not in path
    ]
    assert len(asked) == 5
    for path in (*asked, "/goals", "/changes/head"):
        assert (await one.as_("juniper_warehouse").get(path)).status_code == 200
        theirs = await one.as_("kestrel_warehouse").get(path)
        assert theirs.status_code == 200, (path, theirs.text)
        for written in (goal["id"], goal["id"].replace("-", "")):
            assert written not in theirs.text, path
    assert len((await one.as_("juniper_warehouse").get("/ed-fi/goals")).json()) == 1


def _is_ours(one: OneConnection, name: str) -> bool:
    """Whether a name of the world belongs to the first district."""
    from tests import world as worlds

    theirs = {key for key, _, _, home in worlds.PEOPLE if home == "kestrel"}
    theirs |= {"kestrel", "cedar", "readers", "xav_wes"}
    return not (name in theirs or name.startswith(("kestrel", "cedar"))) and not any(
        name.endswith(f"_{person}") for person in theirs
    )


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in _strings(part)]
    return [value] if isinstance(value, str) else []
