"""The documentation pages, served by the program itself: nothing is fetched from anywhere else.

`/docs` is Swagger UI and `/redoc` is Redoc, both from the files that the fastapi-offline package
carries, and both showing `/openapi.json`. Their scripts are files and not inline, so the pages'
Content-Security-Policy allows no inline script.
"""

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.web.contract import build_openapi

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src {worker}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
DOCS_CSP: Final = _POLICY.format(style="'self'", worker="'none'")
#: Redoc writes style sheets into the page as it runs, and searches in a worker made from a blob.
REDOC_CSP: Final = _POLICY.format(style="'self' 'unsafe-inline'", worker="blob:")

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="docs/static/icon.svg" type="image/svg+xml">
{head}</head>
<body>
{body}</body>
</html>
"""

_SWAGGER_HEAD: Final = '<link rel="stylesheet" href="docs/static/swagger-ui.css">\n'
_SWAGGER_BODY: Final = """\
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript; the document itself is at /openapi.json.</noscript>
<script src="docs/static/swagger-ui-bundle.js"></script>
<script src="docs/static/docs.js"></script>
"""
_REDOC_BODY: Final = """\
<div id="redoc"></div>
<noscript>This page needs JavaScript; the document itself is at /openapi.json.</noscript>
<script src="docs/static/redoc.standalone.js"></script>
<script src="docs/static/redoc.js"></script>
"""
_REDIRECT_BODY: Final = '<script src="static/oauth2-redirect.js"></script>\n'

#: name -> (package, media type): the only files there are, so no path is ever resolved
_FILES: Final = {
    "swagger-ui.css": ("fastapi_offline", "text/css"),
    "swagger-ui-bundle.js": ("fastapi_offline", "text/javascript"),
    "redoc.standalone.js": ("fastapi_offline", "text/javascript"),
    "docs.js": ("app.web", "text/javascript"),
    "redoc.js": ("app.web", "text/javascript"),
    "oauth2-redirect.js": ("app.web", "text/javascript"),
    "icon.svg": ("app.web", "image/svg+xml"),
}


def mount_docs(app: FastAPI) -> None:
    """Serve `/docs`, `/redoc` and `/openapi.json`. The app is made with none of them."""

    @cache
    def document() -> bytes:
        # Once, at the first request: by then every route is there.
        return json.dumps(build_openapi(app), ensure_ascii=False, separators=(",", ":")).encode()

    async def openapi_json(request: Request) -> Response:
        return _kept(request, document(), "application/json")

    async def swagger(_: Request) -> Response:
        return _page(f"{app.title}: try the API", _SWAGGER_BODY, _SWAGGER_HEAD)

    async def redoc(_: Request) -> Response:
        return _page(f"{app.title}: the API", _REDOC_BODY, policy=REDOC_CSP)

    async def redirect(_: Request) -> Response:
        return _page("Signing in", _REDIRECT_BODY)

    def static(name: str) -> None:
        async def answer(request: Request) -> Response:
            return _kept(request, _file(name), _FILES[name][1])

        app.add_route(f"/docs/static/{name}", answer, ["GET"], include_in_schema=False)

    async def start(_request: Request) -> Response:
        return RedirectResponse("/docs")

    app.add_route("/", start, ["GET"], include_in_schema=False)
    app.add_route("/openapi.json", openapi_json, ["GET"], include_in_schema=False)
    app.add_route("/docs", swagger, ["GET"], include_in_schema=False)
    app.add_route("/docs/oauth2-redirect", redirect, ["GET"], include_in_schema=False)
    app.add_route("/redoc", redoc, ["GET"], include_in_schema=False)
    for name in _FILES:
        static(name)


def _page(title: str, body: str, head: str = "", policy: str = DOCS_CSP) -> HTMLResponse:
    return HTMLResponse(
        _PAGE.format(title=title, body=body, head=head),
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"},
    )


@cache
def _file(name: str) -> bytes:
    content = (files(_FILES[name][0]) / "static" / name).read_bytes()
    if name == "redoc.standalone.js":
        # Redoc's footer asks its maker's CDN for a logo; ours answers instead.
        content = content.replace(
            b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"docs/static/icon.svg"
        )
    return content


def _kept(request: Request, content: bytes, media_type: str) -> Response:
    """A file that the browser may keep and asks about each time."""
    headers = {
        "ETag": f'"{sha256(content).hexdigest()[:16]}"',
        "Cache-Control": "no-cache",
        "Content-Security-Policy": DOCS_CSP,
    }
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
