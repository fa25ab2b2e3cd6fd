"""Every error as RFC 9457, and the pages that explain them. A rejected value is never echoed."""

import html
import inspect
import logging
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import (
    PROBLEMS,
    BadRequest,
    Conflict,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unavailable,
)
from app.core.types import UNPRINTABLE

log = structlog.get_logger("alongside.problem")

#: pydantic's wording may quote the input, so ours stands in for it where it could
_QUOTING = {"enum", "literal_error", "value_error", "assertion_error", "uuid_parsing"}


class Interrupted(Conflict):
    """Two people changed the same thing at the same moment; yours was not applied."""

    code, title = "interrupted", "Somebody else was faster"
    next_step = "Read the object again and repeat your change."


def document(problem: Problem, request: Request) -> dict[str, Any]:
    """The problem document of one request."""
    return {
        "type": f"/problems/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": quote(request.url.path, safe="/:@!$&'()*+,;=~")[:2048],
        "code": problem.code,
        "next_step": problem.next_step,
        "request_id": request.scope.get("request_id", ""),
        **problem.members,
    }


def answer(problem: Problem, request: Request) -> Response:
    """The problem as a response."""
    return JSONResponse(
        document(problem, request),
        status_code=problem.status,
        media_type="application/problem+json",
        headers=problem.headers,
    )


def _pointer(location: tuple[Any, ...]) -> str:
    """A JSON Pointer; for a parameter, where it stands and its name."""
    where, *rest = (UNPRINTABLE.sub("\ufffd", str(part)) for part in location)
    if where == "body":
        return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in rest)
    return f"{where}:{'.'.join(rest)}"


def _message(error: dict[str, Any]) -> str:
    if error["type"] in ("value_error", "assertion_error"):
        return str(error.get("ctx", {}).get("error", "is not allowed here"))
    if error["type"] == "extra_forbidden":
        return "This field is not known here; leave it out."
    if error["type"] == "missing" and tuple(error["loc"]) == ("body",):
        return "Send a JSON body; `{}` where every field may be left out."
    if error["type"] in ("literal_error", "enum"):
        return f"Must be one of {error['ctx']['expected']}."
    if error["type"] in _QUOTING:
        return "Is not a valid value."
    return str(error["msg"])


def invalid(errors: list[dict[str, Any]]) -> Invalid:
    """A 422 from pydantic's errors, without the values."""
    rendered = [
        {
            "pointer": _pointer(tuple(error["loc"]))[:500],
            "code": str(error["type"]),
            "message": _message(error)[:500],
        }
        for error in errors[:100]
    ]
    problem = Invalid(f"{len(errors)} place(s) do not fit the schema; see `errors`.")
    problem.members["errors"] = rendered
    return problem


def of_exception(exc: Exception, request: Request) -> Problem:
    """The problem that an exception means to the client."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, RequestValidationError):
        errors = [dict(error) for error in exc.errors()]
        if any(error["type"] == "json_invalid" for error in errors):
            return BadRequest("The body is not JSON.")
        return invalid(errors)
    if isinstance(exc, HTTPException):
        if isinstance(exc.__cause__, Problem):  # FastAPI's, in place of what the body's reader said
            return exc.__cause__
        if exc.status_code == 405:
            return MethodNotAllowed(
                f"This address takes {', '.join(_methods(request))}.",
                headers={"Allow": ", ".join(_methods(request))},
                allowed=_methods(request),
            )
        kinds = {400: BadRequest, 404: NotFound, 413: TooLarge}
        kind = kinds.get(exc.status_code)
        if kind is NotFound:
            return NotFound("There is nothing at this address.")
        if kind is not None:
            return kind()
    if isinstance(exc, PoolTimeout | ConnectionError | OSError):
        return Unavailable("The database cannot be reached just now.", headers={"Retry-After": "5"})
    if isinstance(exc, DBAPIError):
        state = getattr(exc.orig, "sqlstate", None) or getattr(exc.orig, "pgcode", None) or ""
        # 23505: a rule looked first, and somebody else wrote the same in between
        if state in ("40001", "40P01", "55P03", "23505"):
            return Interrupted()
        if exc.connection_invalidated or state.startswith(("08", "57", "53")):
            return Unavailable(
                "The database cannot be reached just now.", headers={"Retry-After": "5"}
            )
        if state == "25006":  # one that only reads: a standby before it takes over
            return Unavailable(
                "The database takes no changes just now; nothing was changed.",
                headers={"Retry-After": "5"},
            )
        if isinstance(exc, OperationalError):
            return Unavailable(headers={"Retry-After": "5"})
    return Problem()


def _methods(request: Request) -> list[str]:
    """Every method that the address takes."""
    found: set[str] = set()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            found.add(method)
    return sorted(found)


async def _handle(request: Request, exc: Exception) -> Response:
    problem = of_exception(exc, request)
    if problem.status >= 500 and not isinstance(exc, Problem):
        # The type and the place, never the text: an exception's text may quote a row.
        frame = inspect.getinnerframes(exc.__traceback__)[-1] if exc.__traceback__ else None
        log.error(
            "unhandled",
            error=type(exc).__name__,
            cause=type(getattr(exc, "orig", None)).__name__,
            place=f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" if frame else "",
            request_id=request.scope.get("request_id"),
        )
        if logging.getLogger("alongside").isEnabledFor(logging.DEBUG):
            log.debug("traceback", exc_info=exc)
    return answer(problem, request)


class LastResort:
    """Renders what nothing else caught. Starlette does that outside every middleware, where the
    answer would miss its request id, security headers and CORS."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as exc:
            if scope["type"] != "http" or begun:
                raise
            await (await _handle(Request(scope), exc))(scope, receive, send)


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<h1>{title}</h1><p><code>{code}</code>, status {status}</p><p>{why}</p>
<h2>What to do next</h2><p>{next_step}</p></html>"""


async def problem_page(code: str) -> HTMLResponse:
    """What a problem code means and what to do next."""
    problem = PROBLEMS.get(code)
    if problem is None:
        raise NotFound("There is no problem with this code.")
    return HTMLResponse(
        _PAGE.format(
            title=html.escape(problem.title),
            code=html.escape(problem.code),
            status=problem.status,
            why=html.escape(inspect.cleandoc(problem.__doc__ or "")),
            next_step=html.escape(problem.next_step),
        ),
        headers={"Content-Security-Policy": "default-src 'none'"},
    )


def install(app: FastAPI) -> None:
    """Render every error of the application, and serve the explaining pages."""
    for kind in (Problem, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handle)
    app.add_middleware(LastResort)
    app.add_api_route("/problems/{code}", problem_page, include_in_schema=False)
