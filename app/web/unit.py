"""The unit of work: one request, one transaction, committed before the reply.

It lives in the route class. A session is opened when something first asks for it, after the body
was read; the transaction commits when the handler has returned and its answer is in bytes, and
rolls back on any error. A GET runs on a read-only autocommit connection unless its route says
`audited`, and so does a POST that `only_asks`; a GET whose answer is made while it is sent
exchanges that connection for a snapshot once nothing speaks against the answer.
"""

import asyncio
import functools
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect

from app.access.actor import Actor
from app.core.database import Database
from app.core.errors import BadRequest, Invalid, TooLarge, Unavailable, UnsupportedMediaType
from app.core.types import UNPRINTABLE
from app.web import idempotency
from app.web.streaming import Streamed
from app.web.tokens import bearer

_MAX_DEPTH = 32
#: the tag of routes that leave no trace: the access log and the metrics name neither the route nor
#: the caller, so that nobody can read there who asked for help, or how often anybody did
CONFIDENTIAL = "Support"
Handler = TypeVar("Handler", bound=Callable[..., Any])
#: how to render an answer again when its request is replayed: response model → GET handler
REPLAYS: dict[type[Any], Callable[..., Awaitable[Any]]] = {}
#: response model → path of one object, for `Location`
LOCATIONS: dict[type[Any], str] = {}


@dataclass(frozen=True, slots=True)
class Reads:
    """What body a route takes: media types, bytes, and seconds until it must have answered."""

    media_types: tuple[str, ...]
    limit: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Answer:
    request: Request
    status: int
    known_parameters: set[str]


#: what a 304 says again of the answer that the caller has
_KEPT = ("ETag", "Link", "Next-Page-Token", "Total-Count")
_JSON = ("application/json", "application/merge-patch+json")
_current: ContextVar[_Answer] = ContextVar("current_answer")


def reads(
    media_types: str | tuple[str, ...], limit: int, seconds: float
) -> Callable[[Handler], Handler]:
    """Marks an endpoint whose body is not JSON of the usual size."""
    types = (media_types,) if isinstance(media_types, str) else media_types

    def mark(endpoint: Handler) -> Handler:
        setattr(endpoint, "reads", Reads(types, limit, seconds))  # noqa: B010 - a mark
        return endpoint

    return mark


def audited(endpoint: Handler) -> Handler:
    """Marks a GET that writes what was told, and to whom: it runs in a write transaction."""
    setattr(endpoint, "audited", True)  # noqa: B010 - a mark
    return endpoint


def only_asks(endpoint: Any) -> Any:
    """Marks a POST that is a question with a body: it runs on a read-only connection, so it cannot
    change anything, and takes no Idempotency-Key, since to repeat it is to ask again."""
    endpoint.only_asks = True
    return endpoint


async def _always() -> bool:
    return True


class UnitOfWork:
    """The session of one request and what becomes of it."""

    def __init__(self, database: Database, *, write: bool) -> None:
        self.database = database
        self.write = write
        self._stack = AsyncExitStack()
        self._session: AsyncSession | None = None
        self.idempotent: idempotency.Pending | None = None
        #: whether the caller may still ask, for answers that take minutes
        self.still: Callable[[], Awaitable[bool]] = _always

    async def session(self) -> AsyncSession:
        """The request's session; the first call takes a connection, in order of arrival."""
        if self._session is None:
            opened = self.database.writing() if self.write else self.database.reading()
            self._session = await self._stack.enter_async_context(opened)
        return self._session

    async def snapshot(self, district_id: UUID) -> AsyncSession:
        """Another session for the rest of the request, which sees one moment. The first is given
        back before: this one may have to be waited for."""
        await self.close()
        self._session = None
        opened = self.database.streaming(district_id)
        self._session = await self._stack.enter_async_context(opened)
        return self._session

    async def commit(self) -> None:
        """Make what was done last. A GET has nothing to commit."""
        if self._session is not None and self.write:
            await self._session.commit()

    async def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        await self._stack.aclose()

    async def abandon(self, why: BaseException) -> None:
        """The same for what did not come to its end, to whoever opened the session."""
        await self._stack.__aexit__(type(why), why, why.__traceback__)


class ApiRequest(Request):
    """A request whose JSON is read strictly: depth 32, no NaN, no key twice."""

    async def json(self) -> Any:
        """The body as JSON. Raises BadRequest (400) when it is not."""
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                text = body.decode()
            except UnicodeDecodeError as exc:
                raise BadRequest("The body is not UTF-8 text.") from exc
            _check_depth(text)
            try:
                self._json = json.loads(
                    text,
                    parse_float=_number,
                    parse_constant=_no_constant,
                    object_pairs_hook=_unique_keys,
                )
            except json.JSONDecodeError as exc:
                raise BadRequest(
                    f"The body is not JSON: line {exc.lineno}, column {exc.colno}."
                ) from exc
            except (ValueError, RecursionError) as exc:
                raise BadRequest(
                    "The body is not JSON that can be read: a number is too long."
                ) from exc
        return self._json


#: Strings whole, so that brackets in them do not count. One that does not end is taken to the end
#: of the text: left to fail, it would be tried anew from each of its quotes, in quadratic time.
_PARTS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def _check_depth(text: str) -> None:
    depth = 0
    for bracket in _PARTS.finditer(text):
        first = bracket[0][0]
        if first in "[{":
            depth += 1
            if depth > _MAX_DEPTH:
                raise BadRequest(f"The body is nested deeper than {_MAX_DEPTH}.")
        elif first in "]}":
            depth -= 1


def _number(text: str) -> int | float:
    """`1.0` is the integer 1 to JSON Schema, so it is one here; doubles hold integers to 2**53."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= 2**53 else value


def _no_constant(_name: str) -> Any:
    raise BadRequest("NaN and Infinity are not JSON.")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise BadRequest("An object in the body has the same key twice.")
    return result


def etag(version: int, body: bytes) -> str:
    """`"<version>-<8 hex of the body's hash>"`: the body holds `permissions`, which differ by
    caller."""
    return f'"{version}-{hashlib.sha256(body).hexdigest()[:8]}"'


def render(result: Any, status: int, request: Request, *, paged: bool = False) -> Response:
    """An answer in bytes with its ETag, Link and Location."""
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status_code=204)
    assert isinstance(result, BaseModel)
    body = result.__pydantic_serializer__.to_json(result, by_alias=True)
    response = Response(body, status_code=status, media_type="application/json")
    version = getattr(result, "version", None)
    if version is not None:
        response.headers["ETag"] = etag(version, body)
    elif request.method == "GET":
        response.headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    following = getattr(result, "next", None) if paged else None
    if following:
        # The path alone: the host is what the client sent.
        url = request.url.include_query_params(cursor=following)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    if status == 201 and type(result) in LOCATIONS:
        location = LOCATIONS[type(result)].format(id=getattr(result, "id", ""))
        response.headers["Location"] = location
    return response


def replayable(path: str) -> Callable[[Handler], Handler]:
    """Marks the GET handler that renders an object, so a replayed POST answers as it would now."""

    def mark(handler: Handler) -> Handler:
        model = get_type_hints(handler)["return"]
        REPLAYS[model] = handler
        LOCATIONS[model] = path
        return handler

    return mark


class UnitRoute(APIRoute):
    """Every route of the API is one of these."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.audited = bool(getattr(endpoint, "audited", False))
        self.only_asks = bool(getattr(endpoint, "only_asks", False))
        self.reads: Reads | None = getattr(endpoint, "reads", None)
        super().__init__(path, _answering(endpoint), **options)

    @functools.cached_property
    def known(self) -> set[str]:
        """The names of its parameters. Computed when first asked for: to start takes long enough
        without doing it for every route."""
        return {field.alias for field in get_flat_params(self.dependant)}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        takes_body = self.body_field is not None or self.reads is not None
        route = self

        async def unit(request: Request) -> Response:
            request = ApiRequest(request.scope, request.receive)
            app = request.app
            reading = request.method in ("GET", "HEAD") or route.only_asks
            write = not reading or route.audited
            work = UnitOfWork(app.state.database, write=write)
            request.state.work = work
            confidential = CONFIDENTIAL in route.tags
            request.state.route_path = "confidential" if confidential else route.path
            settings = app.state.settings
            handed_on = False
            try:
                reads = route.reads or Reads(
                    _JSON, settings.json_body_bytes, settings.request_seconds
                )
                _current.set(_Answer(request, route.status_code or 200, route.known))
                async with asyncio.timeout(reads.seconds), AsyncExitStack() as stack:
                    if takes_body:
                        _check_head(request, reads)
                        if reads.limit > settings.json_body_bytes:
                            # Nobody makes the program hold what only some may send.
                            app.state.tokens.read(bearer(request))
                            await stack.enter_async_context(app.state.uploads)
                        await _read(request, reads.limit)
                    try:
                        response = await handle(request)
                    except idempotency.Replay as replay:
                        response = await _replay(request, route, replay)
                    else:
                        if work.idempotent is not None:
                            await idempotency.keep(work, response)
                    await work.commit()
                if isinstance(response, Streamed):
                    # from here on the session is closed with the answer's last byte
                    handed_on = response.take_over(work, settings)
                return _conditional(request, response)
            except TimeoutError as exc:
                raise Unavailable(
                    "This took longer than the limit; nothing was changed.",
                    headers={"Retry-After": "5"},
                ) from exc
            except ClientDisconnect as exc:
                raise BadRequest("The body ended early; nothing was changed.") from exc
            finally:
                if not handed_on:
                    await work.close()

        return unit


def _answering(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, its answer already in bytes: one serialisation, no second validation."""

    @functools.wraps(endpoint)
    async def answer(*args: Any, **kwargs: Any) -> Response:
        current = _current.get()
        # Here and not sooner: who is not signed in is told that first.
        _known_parameters(current.request, current.known_parameters)
        result = await endpoint(*args, **kwargs)
        paged = "cursor" in current.known_parameters
        return render(result, current.status, current.request, paged=paged)

    return answer


def _known_parameters(request: Request, known: set[str]) -> None:
    """A misspelt filter must not quietly answer with everything, nor one of two with the other."""
    given = request.query_params.multi_items()
    if any(UNPRINTABLE.search(value) for _, value in given):
        raise Invalid("The address has a control character in a parameter.")
    if not re.fullmatch(r"[\x20-\x7e]{0,200}", request.headers.get("if-none-match", "")):
        raise Invalid("If-None-Match must be at most 200 printable ASCII characters.")
    names = [name for name, _ in given]
    if len(set(names)) != len(names):
        raise Invalid("The address has a parameter twice.")
    if not known.issuperset(names):
        problem = Invalid("The address has a parameter that is not known here.")
        problem.members["errors"] = [
            {
                "pointer": "query",
                "code": "extra_forbidden",
                "message": f"Known here: {', '.join(sorted(known)) or 'none'}."[:500],
            }
        ]
        raise problem


def _conditional(request: Request, response: Response) -> Response:
    """304 when the caller already has exactly this answer."""
    if request.method not in ("GET", "HEAD"):
        return response
    tag = response.headers.get("ETag")
    wanted = request.headers.get("If-None-Match")
    if tag and wanted and (wanted == "*" or tag in re.findall(r'"[^"]*"', wanted)):
        kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
        return Response(status_code=304, headers=kept)
    return response


def _check_head(request: Request, reads: Reads) -> None:
    """Refuse a body that is too large (413) or of another media type (415) before anything else."""
    limit, accepted = reads.limit, reads.media_types
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"The body may have at most {limit} bytes.")
    if kind not in accepted and (kind or declared not in ("", "0")):
        raise UnsupportedMediaType(f"Send {' or '.join(accepted)}.")


async def _read(request: Request, limit: int) -> None:
    """The body, whole; one that says no length is refused (413) as soon as it is too large."""
    size, chunks = 0, []
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body may have at most {limit} bytes.")
        chunks.append(chunk)
    request._body = b"".join(chunks)


async def _replay(request: Request, route: UnitRoute, replay: idempotency.Replay) -> Response:
    """Answer a repeated request: the object as it is now, to a caller who may still see it."""
    work: UnitOfWork = request.state.work
    headers = {"Idempotency-Replayed": "true"}
    renderer = REPLAYS.get(route.response_model) if route.response_model else None
    if renderer is None or replay.object_id is None:
        return Response(status_code=204 if replay.status == 204 else replay.status, headers=headers)
    actor: Actor = request.state.actor
    object_id: UUID = replay.object_id
    result = await renderer(await work.session(), actor, object_id)
    response = render(result, replay.status, request)
    response.headers.update(headers)
    return response


__all__ = [
    "ApiRequest",
    "UnitOfWork",
    "UnitRoute",
    "audited",
    "only_asks",
    "reads",
    "replayable",
]
