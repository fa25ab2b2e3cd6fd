"""What keeps requests fast, seen by what is done and not by a clock."""

import asyncio
import gc
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import String, bindparam, event, select
from sqlalchemy.dialects.postgresql import dialect
from starlette.routing import Match

from app.core import paging
from app.core.statements import written_out
from app.core.types import In, Line, Out, Text
from app.models import Goal
from app.web.routes import PREFIX, Api
from app.web.unit import UnitRoute
from tests.goals.test_goals import growth

pytestmark = pytest.mark.anyio


def _routes(api: Api) -> list[Any]:
    return [route for router in api.routers for route in router.routes]


async def test_each_path_finds_the_route_that_was_named_first(shared_app: FastAPI) -> None:
    api = shared_app.state.api
    for route in _routes(api):
        path = re.sub(r"\{\w+\}", "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e02", route.path)
        for method in route.methods:
            scope = {"type": "http", "method": method, "root_path": "/under"}
            scope["path"] = f"/under{PREFIX}{path}"
            below = {**scope, "path": path, "root_path": ""}
            first = next(r for r in _routes(api) if r.matches(below)[0] is Match.FULL)
            match, found = api.matches(scope)
            assert match is Match.FULL
            assert found["route"] is first


async def test_no_dependency_needs_a_thread(shared_app: FastAPI) -> None:
    def calls(dependant: Any) -> Iterator[Any]:
        for below in dependant.dependencies:
            yield below.call
            yield from calls(below)

    for route in _routes(shared_app.state.api):
        assert isinstance(route, UnitRoute)
        for call in calls(route.dependant):
            assert asyncio.iscoroutinefunction(call), (route.path, call)


async def test_constants_stand_in_the_text_of_a_statement_and_values_do_not(
    as_: Any, world: Any, engine: Any
) -> None:
    """What the caller is, and nothing else, comes as a parameter."""
    sent: list[Any] = []

    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "permissions" in statement:
            sent.append(parameters)

    tom = as_("tom")
    await tom.post("/goals", json=growth(world))
    event.listen(engine.sync_engine, "before_cursor_execute", hear)
    try:
        found = (await tom.get("/goals?limit=50")).json()["items"]
        await tom.get(f"/goals/{found[0]['id']}")
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", hear)
    assert len(sent) == 2
    for parameters in sent:
        assert len(parameters) < 20
        assert not [value for value in parameters if isinstance(value, str)]


async def test_a_constant_is_quoted_and_a_named_value_stays_a_parameter() -> None:
    def words(clause: Any) -> str:
        return str(clause.compile(dialect=dialect()))

    assert words(written_out(Goal.title == "it's")) == "goal.title = 'it''s'"
    assert words(written_out(Goal.state.in_(["a", "b'"]))) == "goal.state IN ('a', 'b''')"
    assert "page_limit" in words(written_out(paging._LIMIT))
    asked_each_time = bindparam(None, callable_=lambda: "a", type_=String())
    assert "%(" in words(written_out(Goal.title == asked_each_time))


async def test_a_page_is_kept_as_long_as_its_statement() -> None:
    """The second page of a list is the same object, and what is made for one request goes. Lengths
    that are asked for most are in the text; any other is a parameter."""
    statement = select(Goal.id)
    by = [Goal.due_on, Goal.id]
    first = paging.kept_page(statement, by, None, descending=False)
    assert paging.kept_page(statement, by, None, descending=False) is first
    behind = paging.kept_page(statement, by, (True, True), descending=False)
    assert behind is not first
    assert paging.kept_page(statement, by, (True, True), descending=False) is behind
    assert paging.kept_page(statement, by, (False, True), descending=False) is not behind
    assert paging.kept_page(statement, by, None, descending=True) is not first
    usual = paging.kept_page(statement, by, None, descending=False, limit=50)
    assert "LIMIT 51" in str(usual)
    assert paging.kept_page(statement, by, None, descending=False, limit=50) is usual
    assert paging.kept_page(statement, by, None, descending=False, limit=7) is first
    before = len(paging._KEPT)
    del statement, first, behind, usual
    gc.collect()
    assert len(paging._KEPT) == before - 1


def _classes(base: type[Any]) -> Iterator[type[Any]]:
    for cls in base.__subclasses__():
        yield cls
        yield from _classes(cls)


def _nodes(value: Any, but: type[Any] | None = None) -> Iterator[dict[str, Any]]:
    """Every part of a schema, without models of `but`."""
    if isinstance(value, dict):
        if but is not None and value.get("type") == "model" and issubclass(value["cls"], but):
            return
        yield value
        for part in value.values():
            yield from _nodes(part, but)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _nodes(part, but)


async def test_requests_are_checked_and_answers_do_not_call_python(shared_app: FastAPI) -> None:
    """An answer inside a request would bring its unchecked fields with it: there is none."""
    checks = {"_printable", "_printable_line", "_printable_text", "_uuid", "_iso_date", "_zone"}

    def named(node: dict[str, Any]) -> str:
        function = node.get("function")
        return getattr(function["function"], "__name__", "") if isinstance(function, dict) else ""

    assert shared_app
    seen = set()
    for cls in _classes(In):
        for node in _nodes(cls.__pydantic_core_schema__):
            seen.add(named(node))
            if node.get("type") == "model":
                assert not issubclass(node["cls"], Out), (cls, node["cls"])
    assert checks - {"_printable"} <= seen
    for cls in _classes(Out):
        for node in _nodes(cls.__pydantic_core_schema__, In):
            assert named(node) not in checks, cls


@pytest.mark.parametrize("kind", [Line, Text])
async def test_a_parameter_is_checked_as_a_body_is(kind: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python("\x00")
