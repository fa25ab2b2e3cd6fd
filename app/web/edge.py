"""The outermost layer, pure ASGI: request id, security headers, access log, last-resort 500."""

import re
import time
from typing import Any
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("alongside.access")
REQUESTS = Counter("alongside_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("alongside_request_seconds", "Seconds to answer", ["method", "route"])
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Edge:
    """Wraps the application. Logs the route's template, never the address as sent: ids and
    filters are the caller's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode() if _ID.fullmatch(given) else str(uuid4())
        scope["request_id"] = request_id
        started, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", "default-src 'none'")
                cached = "private, no-cache" if "etag" in headers else "no-store"
                headers.setdefault("Cache-Control", cached)
                for name, value in scope.get("extra_headers", {}).items():
                    headers[name] = value
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            self._log(scope, status, time.perf_counter() - started)

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        template = scope.get("state", {}).get("route_path") or getattr(route, "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        REQUESTS.labels(method, template, status).inc()
        SECONDS.labels(method, template).observe(seconds)
        caller = scope.get("caller") if template != "confidential" else None
        log.info(
            "request",
            method=method,
            route=template,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            caller=str(caller) if caller else None,
            request_id=scope["request_id"],
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
