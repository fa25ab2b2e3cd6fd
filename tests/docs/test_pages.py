"""What the pages say about the program is so: links, operations, settings, problem codes."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app import settings
from app.core import embedded
from app.core.errors import PROBLEMS
from app.goals.schemas import PulledGoal, PulledMeasure
from app.models import RecordClass
from app.web.contract import API
from tests.contract.checking import contract
from tests.docs.pages import PAGES, ROOT, anchors, blocks, name, prose

_PLACEHOLDER = re.compile(r"\{\w+\}|\$\{?\w+\}?")
_METHODS = "GET|POST|PUT|PATCH|DELETE"


@pytest.fixture(scope="module")
def operations(shared_app: FastAPI) -> set[tuple[str, str]]:
    """(METHOD, path) of the contract, each parameter as {}."""
    paths: dict[str, Any] = contract(shared_app).document["paths"]
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, item in paths.items()
        for method in item
    }


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?://", target):
            continue
        path, _, heading = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.is_relative_to(ROOT), f"{target} leaves the project"
        assert to.exists(), f"{name(page)}: {target} is not there"
        assert not heading or heading in anchors(to), f"{name(page)}: no heading {target}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_operation_that_a_page_names_exists(
    page: Path, operations: set[tuple[str, str]]
) -> None:
    text = page.read_text("utf-8")
    named = re.findall(rf"\b({_METHODS})`?\s+`?(/[\w/{{}}$-]*)", text)
    for method, path in named:
        path = _PLACEHOLDER.sub("{}", path.rstrip("/"))
        path = path if path.startswith(API) else API + path
        assert (method, path) in operations, f"{name(page)}: there is no {method} {path}"
    for code in re.findall(r"/problems/(\w+)", text):
        assert code in PROBLEMS


def test_the_tour_calls_operations_that_exist(operations: set[tuple[str, str]]) -> None:
    called = 0
    for block in blocks(ROOT / "README.md", "bash"):
        for call in re.split(r"\bcurl\b", block)[1:]:
            path = re.search(r'"\$API(/[^"?]*)', call)
            if path is None:
                continue
            sends = re.search(r"-X (\w+)", call[: call.find("curl") if "curl" in call else None])
            method = (
                sends[1] if sends else "POST" if re.search(r"\s(-d|--data\S*) ", call) else "GET"
            )
            assert (method, API + _PLACEHOLDER.sub("{}", path[1])) in operations
            called += 1
    assert called > 10


def test_operations_has_a_row_for_every_setting() -> None:
    source = inspect.getsource(settings)
    read = set(re.findall(r'env(?:\.get\(|\[)"([A-Z_]+)"', source))
    read |= set(re.findall(r'(?:_whole|_words)\(env, "([A-Z_]+)"', source))
    read |= {embedded.BIN_VARIABLE}
    assert {"DATABASE_URL", "WRITE_POOL", "TRUSTED_PROXIES", "LIMITS"} <= read
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.M))
    assert rows == read, "the table and app/settings.py name different settings"
    example = (ROOT / ".env.example").read_text("utf-8")
    assert set(re.findall(r"^#?([A-Z_]+)=", example, re.M)) <= read | {
        "POSTGRES_PASSWORD",
        "OWNER_PASSWORD",
        "APP_PASSWORD",
        "PORT",
    }


def test_the_guide_lists_exactly_what_integrations_get() -> None:
    page = (ROOT / "docs" / "integration.md").read_text("utf-8")
    listed = page.partition("## What `goals:read` gives")[2].partition("The external ids")[0]
    wanted = set(PulledGoal.model_fields) | set(PulledMeasure.model_fields)
    assert set(re.findall(r"`(\w+)`", listed)) == wanted


def test_the_security_model_has_every_record_class() -> None:
    page = (ROOT / "docs" / "security-model.md").read_text("utf-8")
    table = page.partition("## Record classes")[2].partition("##")[0]
    assert set(RecordClass) <= set(re.findall(r"\b[a-z]+\b", table))


def test_decisions_are_numbered_dated_and_listed() -> None:
    folder = ROOT / "docs" / "adr"
    pages = sorted(page for page in folder.glob("*.md") if page.name != "README.md")
    index = (folder / "README.md").read_text("utf-8")
    for number, page in enumerate(pages, 1):
        lines = page.read_text("utf-8").splitlines()
        assert page.name.startswith(f"{number:04d}-")
        assert re.fullmatch(rf"# {number:04d}\. \S.*", lines[0])
        assert re.fullmatch(r"Date: \d{4}-\d{2}-\d{2}", lines[2])
        assert f"({page.name})" in index
        assert lines[0].removeprefix("# ") in index


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_codes_in_the_guides_are_problem_codes(page: Path) -> None:
    for status, code in re.findall(r"\b(4\d\d|503) `([a-z_]+)`", page.read_text("utf-8")):
        assert PROBLEMS[code].status == int(status), f"{name(page)}: {status} {code}"
