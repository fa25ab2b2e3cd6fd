"""The harness: one embedded PostgreSQL, one world, one app; each test in a rolled-back transaction.

Tests speak HTTP: `as_("tom").get("/goals")`. Tests that need real commits (two people at once, the
change feed) ask for `live`, which is a database of their own.
"""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from pydantic_core import from_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from app.core import clock, embedded, outside
from app.core.database import Database
from app.core.dburl import async_url
from app.core.mail import Mailer
from app.core.migrate import migrate_async
from app.main import UPLOADS, create_app
from app.settings import Settings
from app.web.limits import Limiter
from tests import world as worlds
from tests.contract.checking import Checked, Client
from tests.contract.seen import pytest_sessionfinish, pytest_testnodedown
from tests.room import quick_folder

#: the suite makes many objects that live long; looking through them each time took a tenth of it
gc.set_threshold(100_000, 50, 50)
__all__ = ["pytest_sessionfinish", "pytest_testnodedown"]

#: modules with a test that takes long by itself, the longest first: begun before all else, so that
#: no process ends up alone
LONG = (
    "test_bench.py",
    "test_refusals.py",
    "test_schemathesis.py",
    "test_plans.py",
    "test_roster_fuzz.py",
    "test_tour.py",
    "test_program.py",
)

SETTINGS = Settings(
    secret_keys=(("test", b"a secret of the tests, thirty-two bytes or more"),),
    public_url="https://alongside.example",
    cors_origins=("https://app.example",),
    requests_per_minute=1_000_000,
    client_requests_per_minute=1_000_000,
)
#: the same where e-mail is set up; nothing is sent before a worker does the jobs
MAILING = replace(
    SETTINGS, mail_url="smtp://127.0.0.1:9", mail_from="Alongside <coach@alongside.example>"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--data`: a folder of real rosters and frameworks, for the tests marked `data`."""
    parser.addoption("--data", action="store", default=None, help="folder of real data")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long first; all else stays in the random order it was given."""
    turns = {name: turn for turn, name in enumerate(LONG)}
    items.sort(key=lambda item: turns.get(item.path.name, len(LONG)))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop for the whole run."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def name_service() -> Iterator[None]:
    """No test asks the machine's resolver: every name outside has this public address."""

    async def look_up(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outside, "look_up", look_up)
        yield


@pytest.fixture(scope="session")
def data_dir(request: pytest.FixtureRequest) -> Path:
    """The folder of real data."""
    given = request.config.getoption("--data")
    if given is None:
        pytest.fail("tests marked `data` need --data FOLDER")
    return Path(given)


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.Server]:
    """A private PostgreSQL with fsync off, for this run alone."""
    with (
        tempfile.TemporaryDirectory(
            prefix="alongside-test-", dir=quick_folder(), ignore_cleanup_errors=True
        ) as folder,
        embedded.running(Path(folder), fsync=False) as started,
    ):
        yield started


def _at(url: str, database: str) -> str:
    """The same address, another database."""
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{database}" + (f"?{query}" if query else "")


@asynccontextmanager
async def _owner(url: str) -> AsyncIterator[AsyncConnection]:
    address, arguments = async_url(url)
    engine = create_async_engine(address, connect_args=arguments, poolclass=NullPool)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@pytest.fixture(scope="session")
async def template(server: embedded.Server) -> worlds.World:
    """The database every test starts from: migrated, with the world in it."""
    await migrate_async(server.owner_url, server.app_url)
    ticking = worlds.Ticking()
    fast = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(worlds.PASSWORD)
    async with _owner(server.app_url) as connection:
        with clock.stopped(ticking.now, ticking.bits):
            async with AsyncSession(connection, expire_on_commit=False) as session:
                built = await worlds.build(session, fast)
                await session.commit()
    # A copy that nobody connects to, for `live` to be cloned from at any time.
    async with _owner(_at(server.superuser_url, "postgres")) as connection:
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("create database pristine template alongside"))
    return built


async def at_once(connection: AsyncConnection, words: str) -> None:
    """The harness's own statements, past SQLAlchemy and in one message: two in every five are."""
    raw: Any = (await connection.get_raw_connection()).driver_connection
    await raw.execute(words)


def plain_savepoints(dialect: Any) -> None:
    """The savepoints of sessions in one message each as well, and none left open.

    A rolled-back savepoint stays open until one around it is released; thousands of them, each
    inside the last, would slow every statement and end in an error.
    """

    def say(connection: Any, words: str) -> None:
        await_only(connection.connection.driver_connection.execute(words))

    def rolled_back_to(connection: Any, name: str) -> None:
        say(connection, f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")

    dialect.do_savepoint = lambda connection, name: say(connection, f"SAVEPOINT {name}")
    dialect.do_release_savepoint = lambda connection, name: say(
        connection, f"RELEASE SAVEPOINT {name}"
    )
    dialect.do_rollback_to_savepoint = rolled_back_to


@asynccontextmanager
async def rolled_back(engine: Any) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction that is not kept."""
    async with engine.connect() as made:
        outer = await made.begin()
        await made.execute(text("select 1"))  # SQLAlchemy begins at the first statement it sees
        yield made
        await outer.rollback()


class JoinedDatabase:
    """The program's Database on one connection: a commit is a savepoint's release."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(
            self.connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        ) as session:
            yield session

    reading = writing

    def streaming(self, _district_id: Any) -> Any:
        return self.writing()

    async def close(self) -> None:
        """The connection belongs to the fixture."""


@pytest.fixture
def ticking() -> Iterator[worlds.Ticking]:
    """The stopped clock of a test; `ticking.move(days=1)` lets time pass."""
    source = worlds.Ticking.of_test = worlds.Ticking(seed=11)
    with clock.stopped(source.now, source.bits):
        yield source


@pytest.fixture(scope="session")
async def engine(server: embedded.Server, template: worlds.World) -> AsyncIterator[Any]:
    """Connections of the application role to the template database.

    The suite makes thousands of different statements; each is compiled and prepared once.
    """
    address, arguments = async_url(server.app_url)
    made = create_async_engine(
        address,
        connect_args={**arguments, "prepared_statement_cache_size": 2000},
        json_deserializer=from_json,  # as the program's own
        pool_size=2,
        query_cache_size=10_000,
    )
    plain_savepoints(made.sync_engine.dialect)
    yield made
    await made.dispose()


@pytest.fixture(scope="session")
def shared_app() -> FastAPI:
    """The program, made once; each test gives it a database."""
    return create_app(SETTINGS, JoinedDatabase(None))  # type: ignore[arg-type]


@pytest.fixture
async def connection(engine: Any) -> AsyncIterator[AsyncConnection]:
    """The test's connection, in a transaction that is rolled back."""
    async with rolled_back(engine) as made:
        yield made


@pytest.fixture
def app(shared_app: FastAPI, connection: AsyncConnection, ticking: worlds.Ticking) -> FastAPI:
    """The program on the test's own transaction."""
    shared_app.state.database = JoinedDatabase(connection)
    shared_app.state.settings = SETTINGS
    shared_app.state.mailer = Mailer(SETTINGS)
    return shared_app


@pytest.fixture
def world(template: worlds.World) -> worlds.World:
    """The named people and places."""
    return template


As = Callable[..., httpx.AsyncClient]


class SignedIn(httpx.Auth):
    """An access token, and the next one once it has expired, however far a test moves the clock."""

    def __init__(self, app: FastAPI, session: tuple[Any, Any, Any]) -> None:
        self.tokens, self.session = app.state.tokens, session
        self._issue()

    def _issue(self) -> None:
        self.token, self.until = (
            self.tokens.issue(*self.session),
            clock.now() + self.tokens.lifetime,
        )

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        """The request with the token, unless it brings another."""
        if clock.now() >= self.until:
            self._issue()
        request.headers.setdefault("Authorization", f"Bearer {self.token}")
        yield request


def client_for(app: FastAPI, world: worlds.World, name: str | None, **headers: str) -> Any:
    """An HTTP client signed in as somebody of the world (None: nobody)."""
    return Client(
        transport=Checked(app),
        base_url="https://alongside.example/api/v1",
        headers=headers,
        auth=None if name is None else SignedIn(app, world.sessions[name]),
    )


@pytest.fixture
def as_(app: FastAPI, world: worlds.World) -> As:
    """`await as_("tom").get("/goals")`."""

    def make(name: str | None = None, **headers: str) -> httpx.AsyncClient:
        client: httpx.AsyncClient = client_for(app, world, name, **headers)
        return client

    return make


class Live:
    """A program on a database of its own, where commits are real."""

    def __init__(self, app: FastAPI, world: worlds.World, url: str, owner_url: str) -> None:
        self.app, self.world, self.url, self.owner_url = app, world, url, owner_url

    def as_(self, name: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A client signed in as somebody of the world."""
        client: httpx.AsyncClient = client_for(self.app, self.world, name, **headers)
        return client


@pytest.fixture(scope="session")
async def live_program(server: embedded.Server) -> AsyncIterator[FastAPI]:
    """The program of `live`, made once: a new one would build its routes and statements anew."""
    url = _at(server.app_url, "live")
    database = Database(url, write_pool=8, read_pool=8)
    yield create_app(replace(SETTINGS, database_url=url), database)
    await database.close()


@pytest.fixture
async def live(
    server: embedded.Server,
    template: worlds.World,
    live_program: FastAPI,
    ticking: worlds.Ticking,
) -> AsyncIterator[Live]:
    """A clone of the template for tests of true concurrency."""
    url, owner_url = _at(server.app_url, "live"), _at(server.owner_url, "live")
    database = live_program.state.database
    live_program.state.settings = replace(SETTINGS, database_url=url)
    live_program.state.uploads = asyncio.Semaphore(UPLOADS)
    live_program.state.limiter = Limiter()
    async with _owner(_at(server.superuser_url, "postgres")) as connection:
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("create database live template pristine"))
        yield Live(live_program, template, url, owner_url)
        live_program.state.database = database
        await database.close()
        await connection.execute(text("drop database live with (force)"))
