"""A OneRoster 1.2 service on loopback, as districts have them: well or badly behaved, by options.

Its data are the CSV texts of a bundle, turned into the JSON of the specification. With `check` it
compares each of its answers with the published schemas before it is sent.
"""

import base64
import csv
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, quote, unquote_plus

import uvicorn

BASE = "/ims/oneroster/rostering/v1p2"
CLIENT, SECRET = "alongside", "a secret of the service: 50 % + more"
TABLES = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
MODIFIED = "2026-08-01T08:00:00.000Z"
#: (status, headers, body)
Answer = tuple[int, dict[str, str], bytes]


def rows_of(text: str) -> list[dict[str, str]]:
    """A CSV text as dictionaries."""
    return list(csv.DictReader(StringIO(text)))


def records(files: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The JSON of a bundle of version 1.2, as a service of the same system would give it."""

    def common(row: dict[str, str], *names: str) -> dict[str, Any]:
        made = {
            "sourcedId": row["sourcedId"],
            "status": row["status"] or "active",
            "dateLastModified": row["dateLastModified"] or MODIFIED,
        }
        return made | {name: row[name] for name in names if row[name]}

    def ref(kind: str, key: str) -> dict[str, str]:
        collection = {"academicSession": "academicSessions", "class": "classes"}.get(
            kind, f"{kind}s"
        )
        href = f"https://sis.example{BASE}/{collection}/{quote(key)}"
        return {"href": href, "sourcedId": key, "type": kind}

    def some(**refs: tuple[str, str]) -> dict[str, Any]:
        return {name: ref(kind, key) for name, (kind, key) in refs.items() if key}

    roles: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(files["roles"]):
        role = {
            "roleType": row["roleType"],
            "role": row["role"],
            "org": ref("org", row["orgSourcedId"]),
        }
        roles.setdefault(row["userSourcedId"], []).append(role)
    return {
        "orgs": [
            common(row, "name", "type", "identifier") | some(parent=("org", row["parentSourcedId"]))
            for row in rows_of(files["orgs"])
        ],
        "academicSessions": [
            common(row, "title", "type", "startDate", "endDate", "schoolYear")
            | some(parent=("academicSession", row["parentSourcedId"]))
            for row in rows_of(files["academicSessions"])
        ],
        "courses": [
            common(row, "title", "courseCode")
            | some(
                schoolYear=("academicSession", row["schoolYearSourcedId"]),
                org=("org", row["orgSourcedId"]),
            )
            | {"subjects": row["subjects"].split(",")}
            for row in rows_of(files["courses"])
        ],
        "classes": [
            common(row, "title", "classCode")
            | some(
                course=("course", row["courseSourcedId"]), school=("org", row["schoolSourcedId"])
            )
            | {
                "terms": [ref("academicSession", key) for key in row["termSourcedIds"].split(",")],
                "subjects": row["subjects"].split(","),
            }
            for row in rows_of(files["classes"])
        ],
        "users": [
            common(row, "enabledUser", "username", "givenName", "familyName", "identifier", "email")
            | {"roles": roles[row["sourcedId"]]}
            for row in rows_of(files["users"])
        ],
        "enrollments": [
            common(row, "role", "primary", "beginDate", "endDate")
            | some(
                user=("user", row["userSourcedId"]),
                school=("org", row["schoolSourcedId"]),
            )
            | {"class": ref("class", row["classSourcedId"])}
            for row in rows_of(files["enrollments"])
        ],
    }


@dataclass
class Service:
    """The service. Tests set what they are about."""

    data: dict[str, list[dict[str, Any]]]
    #: fewer rows than asked for
    cap: int = 100
    #: "offset": X-Total-Count; "link": Link; "both"; "none": neither
    paging: str = "offset"
    #: X-Total-Count by (how many there are, how many the page has)
    total: Callable[[int, int], int] = lambda whole, part: whole
    #: behind the last row: "empty", a status that refuses, or the "last" rows again; "first": the
    #: first page for every offset
    behind: str | int = "empty"
    #: "1.2": imsx_StatusInfo; "1.1": statusInfoSet; "plain": HTTP alone
    dialect: str = "1.2"
    #: "yes", "refused" with 400, or "ignored"
    filters: str = "yes"
    #: how many requests a token is good for
    uses: int = 1_000_000
    #: answers given once each in place of the next to a collection
    faults: list[Answer | Callable[["Service", str], Answer]] = field(default_factory=list)
    token_faults: list[Answer] = field(default_factory=list)
    #: (path, query) of each request to a collection; tokens given
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    #: looks at each answer: (collection, status, JSON); raises for one that is not of the standard
    check: Callable[[str, int, Any], None] | None = None
    #: what `check` raised
    wrong: list[str] = field(default_factory=list)
    port: int = 0
    _used: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def connection(self, **more: Any) -> dict[str, Any]:
        """The body that connects to it."""
        return {
            "source": "quill",
            "base_url": self.url,
            "token_url": f"{self.url}/token",
            "client_id": CLIENT,
            "client_secret": SECRET,
            **more,
        }

    def offsets(self, collection: str) -> list[int]:
        """Which pages of a collection were asked for, without the count at the end."""
        return [
            int(query["offset"])
            for path, query in self.asked
            if path == collection and "fields" not in query
        ]

    # --- answers

    def error(self, status: int, minor: str, headers: dict[str, str] | None = None) -> Answer:
        """A refusal in the service's dialect. Its description is nobody's to repeat."""
        words = "SECRET-OF-THE-SERVICE Pelle Pupil"
        told = {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": words}
        if self.dialect == "1.2":
            told["imsx_CodeMinor"] = {  # type: ignore[assignment]
                "imsx_codeMinorField": [
                    {
                        "imsx_codeMinorFieldName": "TargetEndSystem",
                        "imsx_codeMinorFieldValue": minor,
                    }
                ]
            }
            said: Any = told
        elif self.dialect == "1.1":
            said = {"statusInfoSet": [{**told, "imsx_codeMinor": minor}]}
        else:
            return status, {"content-type": "text/html", **(headers or {})}, b"<h1>no</h1>"
        body = json.dumps(said).encode()
        return status, {"content-type": "application/json", **(headers or {})}, body

    def answer(self, method: str, path: str, query: str, headers: dict[str, str]) -> Answer:
        """The answer to a request of a collection."""
        name = path.removeprefix(f"{BASE}/")
        asked = {key: values[0] for key, values in parse_qs(query).items()}
        self._used += 1
        if self._used > self.uses or headers.get("authorization") != f"Bearer {self._token()}":
            return self.error(401, "unauthorisedrequest")
        self.asked.append((name, asked))
        if self.faults:
            fault = self.faults.pop(0)
            if fault is not None:
                return fault(self, name) if callable(fault) else fault
        if name not in TABLES:
            return self.error(404, "unknownobject")
        if asked.get("filter") and self.filters == "refused":
            return self.error(400, "invalid_filter_field")
        found = self.data[name]
        if self.filters == "yes":
            found = [row for row in found if _passes(row, asked.get("filter", ""))]
        limit = min(int(asked.get("limit", 100)), self.cap)
        offset = int(asked.get("offset", 0))
        if offset and self.behind == "first":
            offset = 0
        if offset and offset >= len(found) and self.behind != "empty":
            if isinstance(self.behind, int):
                return self.error(self.behind, "unknownobject")
            offset = max(len(found) - limit, 0)
        part = found[offset : offset + limit]
        if asked.get("fields"):
            part = [{key: row[key] for key in asked["fields"].split(",")} for row in part]
        more = {"content-type": "application/json;charset=utf-8"}
        if self.paging in ("offset", "both"):
            more["x-total-count"] = str(self.total(len(found), len(part)))
        if self.paging in ("link", "both") and offset + limit < len(found):
            kept = "&".join(f"{k}={quote(v)}" for k, v in asked.items() if k != "offset")
            here = f"{self.url}{path}?{kept}"
            more["link"] = (
                f'<{here}&offset=0>; rel="first", <{here}&offset={offset + limit}>; rel="next"'
            )
        if self.check and not asked.get("fields"):
            self._checked(name, 200, {name: part})
        return 200, more, json.dumps({name: part}).encode()

    def _checked(self, name: str, status: int, said: Any) -> None:
        assert self.check is not None
        try:
            self.check(name, status, said)
        except Exception as exc:
            self.wrong.append(f"{name} {status}: {exc}")

    def _token(self) -> str:
        return self.tokens[-1] if self.tokens else "none"

    def token(self, headers: dict[str, str], body: str) -> Answer:
        """An access token for whoever knows the secret."""
        if self.token_faults:
            return self.token_faults.pop(0)
        form = {key: values[0] for key, values in parse_qs(body).items()}
        kind, _, pair = headers.get("authorization", "").partition(" ")
        client, _, secret = base64.b64decode(pair).decode().partition(":")
        known = (unquote_plus(client), unquote_plus(secret)) == (CLIENT, SECRET)
        if kind != "Basic" or not known or form.get("grant_type") != "client_credentials":
            return 401, {"content-type": "application/json"}, b'{"error": "invalid_client"}'
        self._used = 0
        self.scopes.append(form["scope"])
        self.tokens.append(f"token-{len(self.tokens)}")
        said = {"access_token": self._token(), "token_type": "bearer", "expires_in": 3600}
        return 200, {"content-type": "application/json"}, json.dumps(said).encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """As an ASGI application."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        if scope["path"] == "/token":
            status, more, said = self.token(headers, body.decode())
        else:
            query = scope["query_string"].decode()
            status, more, said = self.answer(scope["method"], scope["path"], query, headers)
            if self.check and status != 200 and self.dialect == "1.2":
                self._checked("error", status, json.loads(said))
        pairs = [(key.encode(), value.encode()) for key, value in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": said})


def _passes(row: dict[str, Any], words: str) -> bool:
    for condition in filter(None, words.split(" AND ")):
        if condition == "roles.role!='student'":
            passes = any(role["role"] != "student" for role in row["roles"])
        elif condition == "role!='student'":
            passes = row["role"] != "student"
        else:
            name, _, value = condition.partition(">")
            assert name == "dateLastModified", condition
            passes = row[name] > value.strip("'")
        if not passes:
            return False
    return True


@contextmanager
def served(service: Service) -> Iterator[Service]:
    """The service on a port of loopback, in a thread of its own."""
    config = uvicorn.Config(
        service, host="127.0.0.1", port=0, lifespan="off", log_level="critical", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    service.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.should_exit = True
        thread.join(10)
