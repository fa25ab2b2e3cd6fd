"""Requests that nobody thought of, made from the contract: none may be answered against it."""

import hashlib
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4
from zlib import crc32
from zoneinfo import available_timezones

import anyio
import anyio.from_thread
import anyio.to_thread
import httpx
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core import clock
from app.core.mail import Mailer
from tests import world as worlds
from tests.conftest import SETTINGS, JoinedDatabase, Live, at_once, rolled_back
from tests.contract.checking import contract
from tests.contract.journey import Recorder

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("default"),  # schemathesis and its parts warn of one another
]
SITE = "https://alongside.example"
CALLERS = ("ada", "paul", "lena", "tom", "juniper_warehouse", "juniper_rosters")
CONFIG = {
    "checks": {
        # Facts of a record are 409 and 412 here, an absent If-Match 428, and a made-up cursor,
        # `since`, sign-in or key 400: all of them fit the schema and are refused nonetheless.
        "positive_data_acceptance": {
            "expected-statuses": [
                *("2xx", "304", "400", "401", "403", "404", "409", "410", "412", "428"),
            ]
        },
        "negative_data_rejection": {
            "expected-statuses": [
                *("400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "428"),
            ]
        },
    }
}
#: the large run takes the operations in as many parts, each a test: one test would keep a single
#: process busy long after the others are done
PARTS = 16
#: it asks again without and with a wrong token; `refusals.py` does so for every operation
ELSEWHERE = [checks.ignored_auth]

schemathesis.openapi.format("iana-time-zone", st.sampled_from(sorted(available_timezones())))
schemathesis.openapi.format(
    "date", st.dates(date(1900, 1, 1), date(2999, 12, 31)).map(date.isoformat)
)


def _raw(_ctx: Any, value: Any) -> Any:
    """The body of a file as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


for _media_type in ("application/zip", "text/csv"):
    schemathesis.serializer(_media_type)(_raw)


def _client_of(case: Any) -> str:
    """Somebody, by what the case holds, so that each operation is asked by many."""
    text = f"{case.path_parameters}{case.query}{case.body}"
    return CALLERS[hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[0] % len(CALLERS)]


async def _ask(live: Live, known: dict[str, Any], case: Any) -> None:
    who = _client_of(case)
    own = known.get(case.operation.definition.raw["operationId"], {}).get("parameters", {})
    if case.meta.generation.mode is GenerationMode.POSITIVE:  # on objects that there are, too
        for name in case.path_parameters or {}:
            case.path_parameters[name] = own[name] if who != "tom" else case.path_parameters[name]
        if "Idempotency-Key" in (case.headers or {}):
            # Reusing a key for another body is refused, rightly: `test_problems.py` tries that.
            case.headers["Idempotency-Key"] = str(uuid4())
    request = requests.Request(**case.as_transport_kwargs(base_url=SITE)).prepare()
    body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
    async with live.as_(who) as client:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in ("content-length", "authorization", "accept-encoding")
        }
        sent = httpx.Request(
            str(request.method),
            str(request.url),
            headers=[
                (key.encode("latin-1"), str(value).encode("latin-1", "replace"))
                for key, value in {**headers, **dict(client.headers)}.items()
            ],
            content=body,
        )
        response = await client.send(sent)
    response.elapsed = timedelta()
    try:
        case.validate_response(response, excluded_checks=ELSEWHERE)
    except (Exception, BaseExceptionGroup) as exc:
        raise AssertionError(f"{exc}\n{who}: {body[:500]!r}\n{response.text[:1000]}") from exc


def _modes(operation: Any, examples: int) -> tuple[GenerationMode, ...]:
    """What fits the schema and what breaks it; where one example is enough, one of the two, by the
    operation: nearly all the time goes into making up the first of each. What takes nothing has
    nothing that could be broken."""
    spec = operation.definition.raw
    if not spec.get("parameters") and "requestBody" not in spec:
        return (GenerationMode.POSITIVE,)
    both = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    turn = crc32(operation.label.encode()) % 2
    return both if examples > 1 else both[turn : turn + 1]


@dataclass
class Travelled:
    """The program after the whole journey, on one transaction, and what the journey asked."""

    live: Live
    schema: Any
    examples: dict[str, Any]
    connection: AsyncConnection


@pytest.fixture(scope="module")
async def travelled(
    shared_app: FastAPI, template: worlds.World, engine: Any
) -> AsyncIterator[Travelled]:
    """Made once: the journey takes as long as the requests of ten operations, and each part of the
    large run begins where it ends."""
    ticking = worlds.Ticking.of_test = worlds.Ticking(seed=11)
    async with rolled_back(engine) as connection:
        shared_app.state.database = JoinedDatabase(connection)
        # The limits have tests of their own.
        shared_app.state.settings = replace(SETTINGS, limits_enabled=False)
        shared_app.state.mailer = Mailer(SETTINGS)
        with clock.stopped(ticking.now, ticking.bits):
            live = Live(shared_app, template, "", "")
            journey = Recorder(live)
            await journey.go()
            schema = schemathesis.openapi.from_dict(
                deepcopy(contract(shared_app).document),
                config=SchemathesisConfig.from_dict(CONFIG),
            )
            yield Travelled(live, schema, journey.examples, connection)


def _fuzz(to: Travelled, examples: int, part: int, parts: int) -> None:
    """Every operation whose turn it is in this part."""
    wrong: list[str] = []
    for turn, found in enumerate(to.schema.get_all_operations()):
        if turn % parts != part:
            continue
        operation = found.ok()
        for mode in _modes(operation, examples):

            @seed(20261005)
            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(mode))
            def check(case: Any) -> None:
                anyio.from_thread.run(_ask, to.live, to.examples, case)

            try:
                check()
            except Exception as exc:
                wrong.append(f"{operation.label} {mode}: {type(exc).__name__} {exc}")
    assert not wrong, "\n\n".join(wrong)


async def _answered(to: Travelled, examples: int, part: int, parts: int) -> None:
    await at_once(to.connection, "savepoint part")
    try:
        await anyio.to_thread.run_sync(_fuzz, to, examples, part, parts)
    finally:
        await at_once(to.connection, "rollback to savepoint part; release savepoint part")


async def test_nothing_that_fits_or_breaks_the_schema_is_answered_against_it(travelled):
    await _answered(travelled, 1, 0, 1)


@pytest.mark.large
@pytest.mark.parametrize("part", range(PARTS))
async def test_nor_is_any_of_fifty_examples(travelled, part):
    await _answered(travelled, 50, part, PARTS)
