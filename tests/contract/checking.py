"""Every answer that a test sees is held against the contract, and noted as seen.

The harness puts `Checked` between each client and the program, so that a test of any feature fails
when its answer is not what the contract says: status, media type, headers, body, problem code.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
import jsonschema
import jsonschema_rs
from fastapi import FastAPI
from httpx._transports import asgi
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from app.web.contract import build_openapi

Json = dict[str, Any]
PREFIX = "/api/v1"
PROBLEM_JSON = "application/problem+json"
METHODS = ("get", "put", "post", "delete", "patch")
#: headers that may be sent only where the contract names them
TOLD = ("etag", "link", "location", "retry-after", "www-authenticate", "idempotency-replayed")
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}

#: (operation, status) of every answer of this run
SEEN: set[tuple[str, int]] = set()
#: (operation, problem code) of every refusal of this run
SEEN_CODES: set[tuple[str, str]] = set()


@dataclass
class Operation:
    """One operation of the contract."""

    method: str
    path: str
    spec: Json
    #: status → its response, references resolved
    responses: dict[int, Json] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """`getGoal`."""
        return str(self.spec["operationId"])

    @property
    def public(self) -> bool:
        """Whether it needs no access token."""
        return bool(self.spec["security"] == [{}])

    @property
    def body_types(self) -> list[str]:
        """The media types it reads; none when it takes no body."""
        return list(self.spec.get("requestBody", {}).get("content", {}))

    def parameters(self, where: str) -> list[str]:
        """The names of its parameters in `path`, `query` or `header`."""
        return [p["name"] for p in self.spec.get("parameters", []) if p["in"] == where]

    def codes(self, status: int) -> set[str]:
        """The problem codes that the contract names for a status."""
        return set(self.responses[status]["content"][PROBLEM_JSON]["examples"])


class Validator:
    """A schema of the contract, compiled. What the compiled one refuses, the slow one words; it
    took a tenth of every test that asks the program something."""

    def __init__(self, schema: Json, registry: Any, compiled: Any) -> None:
        self._quick = jsonschema_rs.Draft202012Validator(
            schema, registry=compiled, validate_formats=True
        )
        self._slow = jsonschema.Draft202012Validator(
            schema,
            registry=registry,
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
        )

    def iter_errors(self, value: Any) -> Iterator[Any]:
        """What is wrong with a value, each with `json_path` and `message`."""
        if self._quick.is_valid(value):
            return
        told = False
        for error in self._slow.iter_errors(value):
            told = True
            yield error
        if not told:  # it knows fewer formats
            yield jsonschema.ValidationError(str(next(self._quick.iter_errors(value))))


class Contract:
    """The document, its operations by address, and their validators."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self._validators: dict[tuple[str, int], Any] = {}
        self._headers: dict[str, Any] = {}
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("urn:contract", resource)
        self._compiled = jsonschema_rs.Registry([("urn:contract", document)])

    def resolve(self, node: Json) -> Json:
        """What a reference into the document stands for."""
        while "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """By operationId."""
        return {operation.id: operation for operation in self._walk()}

    def _walk(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if spec := item.get(method):
                    spec = {
                        **spec,
                        "parameters": [self.resolve(p) for p in spec.get("parameters", [])],
                    }
                    responses = {int(s): self.resolve(r) for s, r in spec["responses"].items()}
                    yield Operation(method, path, spec, responses)

    @cached_property
    def _addresses(self) -> dict[int, list[tuple[re.Pattern[str], dict[str, Operation]]]]:
        """By how many parts they have: there are hundreds, and every answer asks."""
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in self.operations.values():
            by_path.setdefault(operation.path, {})[operation.method] = operation
        # `/goals/summary` before `/goals/{goal_id}`
        ordered = sorted(by_path.items(), key=lambda entry: entry[0].count("{"))
        found: dict[int, list[tuple[re.Pattern[str], dict[str, Operation]]]] = {}
        for path, methods in ordered:
            pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
            found.setdefault(path.count("/"), []).append((pattern, methods))
        return found

    def find(self, method: str, path: str) -> Operation | None:
        """The operation at an address, or None where the contract knows nothing."""
        for pattern, methods in self._addresses.get(path.count("/"), ()):
            if pattern.fullmatch(path):
                return methods.get(method.lower())
        return None

    def _validator(self, pointer: str) -> "Validator":
        return Validator({"$ref": f"urn:contract#{pointer}"}, self._registry, self._compiled)

    def body_validator(self, operation: Operation, status: int, media_type: str) -> Any:
        """Checks the body of an answer."""
        key = (f"{operation.id} {media_type}", status)
        if key not in self._validators:
            response = self.document["paths"][operation.path][operation.method]["responses"]
            entry = response[str(status)]
            base = (
                entry["$ref"].removeprefix("#")
                if "$ref" in entry
                else f"/paths/{_escaped(operation.path)}/{operation.method}/responses/{status}"
            )
            self._validators[key] = self._validator(f"{base}/content/{_escaped(media_type)}/schema")
        return self._validators[key]

    def problem_validator(self) -> Any:
        """Checks a problem document."""
        key = ("problem", 0)
        if key not in self._validators:
            self._validators[key] = self._validator("/components/schemas/Problem")
        return self._validators[key]

    def pulled_validator(self) -> Any:
        """Checks a line of an export."""
        key = ("pulled", 0)
        if key not in self._validators:
            self._validators[key] = self._validator("/components/schemas/PulledGoal")
        return self._validators[key]

    def header_validator(self, header: Json) -> Any:
        """Checks the value of a header."""
        key = str(sorted(header["schema"].items(), key=str))
        if key not in self._headers:
            self._headers[key] = jsonschema.Draft202012Validator(header["schema"])
        return self._headers[key]


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


_made: list[Contract] = []


def contract(app: FastAPI) -> Contract:
    """The program's contract; every application has the same routes, so it is built once."""
    if not _made:
        _made.append(Contract(build_openapi(app)))
    return _made[0]


def documented() -> set[tuple[str, int]]:
    """(operation, status) of every answer in the contract, if this process has read it."""
    return {
        (operation.id, status)
        for known in _made
        for operation in known.operations.values()
        for status in operation.responses
    }


def check(known: Contract, request: httpx.Request, response: httpx.Response) -> None:
    """Hold one answer against the contract. `response` has been read."""
    path, status = request.url.path, response.status_code
    for name, value in EVERYWHERE.items():
        assert response.headers.get(name) == value, (path, name)
    assert "server" not in response.headers
    if not path.startswith(PREFIX + "/") or request.method == "OPTIONS":
        return
    where = f"{request.method} {path} answered {status}"
    kind = response.headers.get("content-type", "").partition(";")[0]
    operation = known.find(request.method, path)
    if operation is None:
        assert status in (404, 405, 500), where
        if request.method == "HEAD":
            return
        _valid(known.problem_validator(), response.json(), where)
        return
    SEEN.add((operation.id, status))
    response_spec = operation.responses.get(status)
    assert response_spec is not None, f"{where}: not documented. {response.text[:500]}"
    _check_headers(known, response_spec, response, where)
    content = response_spec.get("content", {})
    if not content:
        assert response.content == b"", f"{where}: a body where none is documented"
        return
    assert kind in content, f"{where}: {kind} is not documented"
    if kind == "application/x-ndjson":
        *lines, last, _ = response.text.split("\n")
        for line in lines:
            _valid(known.pulled_validator(), json.loads(line), where)
        assert json.loads(last)["complete"]["rows"] == len(lines), where
    elif kind.endswith("json"):
        body = response.json()
        _valid(known.body_validator(operation, status, kind), body, where)
        if kind == PROBLEM_JSON:
            assert body["status"] == status, where
            code = body["code"]
            assert code in operation.codes(status), f"{where}: {code} is not documented"
            SEEN_CODES.add((operation.id, code))


def _check_headers(known: Contract, documented: Json, response: httpx.Response, where: str) -> None:
    headers = {name.lower(): known.resolve(h) for name, h in documented.get("headers", {}).items()}
    for name, header in headers.items():
        value = response.headers.get(name)
        if value is None:
            assert not header.get("required"), f"{where}: no {name}"
            continue
        typed = int(value) if header["schema"].get("type") == "integer" else value
        _valid(known.header_validator(header), typed, f"{where}: {name}")
    for name in TOLD:
        assert name not in response.headers or name in headers, f"{where}: undocumented {name}"


def _valid(validator: Any, value: Any, where: str) -> None:
    error = next(validator.iter_errors(value), None)
    assert error is None, f"{where}: at {error.json_path}: {error.message[:500]}"


class NoCookies(httpx.Cookies):
    """What a client keeps of cookies: looked through only where an answer sets one."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """As httpx does, which makes three objects for each answer without any."""
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class Client(httpx.AsyncClient):
    """httpx's client, without what costs each request and is nothing here."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._cookies = NoCookies()


# httpx looks on the disk for another event loop's library before each request, and finds none.
asgi.create_event = asyncio.Event


class Checked(httpx.ASGITransport):
    """The program behind HTTP, each answer checked."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app, raise_app_exceptions=False)
        self._contract = contract(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the program, check, hand on."""
        response = await super().handle_async_request(request)
        response.request = request
        await response.aread()
        check(self._contract, request, response)
        return response
