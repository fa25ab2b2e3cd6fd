"""Whether the program lives, whether it can serve, and its figures (loopback only)."""

from contextlib import suppress
from ipaddress import ip_address

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import text

from app.core import jobs
from app.core.errors import NotFound, Unavailable

DEAD = Gauge("alongside_jobs_dead", "Jobs that are not tried any more, of all districts", ["name"])


async def live(_request: Request) -> Response:
    """The process answers."""
    return Response('{"status":"alive"}', media_type="application/json")


async def ready(request: Request) -> Response:
    """The database answers and holds the schema."""
    try:
        async with request.app.state.database.reading() as session:
            await session.execute(text("select version_num from alembic_version"))
    except Exception as exc:
        raise Unavailable(
            "The database cannot be reached or is not migrated.", headers={"Retry-After": "5"}
        ) from exc
    return Response('{"status":"ready"}', media_type="application/json")


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def metrics(request: Request) -> Response:
    """Figures for Prometheus, to a client on this machine only."""
    client = request.client.host if request.client else ""
    # A proxy on this machine is a client on this machine too, and passes the outer name on.
    forwarded = any(
        name in ("forwarded", "via", "x-real-ip") or name.startswith("x-forwarded-")
        for name in request.headers
    )
    if forwarded or not _loopback(client) or not _loopback(request.url.hostname or ""):
        raise NotFound("There is nothing at this address.")
    dead: dict[str, int] = {}
    with suppress(Exception):  # when the database is away the other figures matter the more
        async with request.app.state.database.reading() as session:
            dead = await jobs.dead_by_name(session)
    DEAD.clear()
    for name, number in dead.items():
        DEAD.labels(name).set(number)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def install(app: FastAPI) -> None:
    """Add the three addresses; they are not part of the API's contract."""
    for path, handler in (("/livez", live), ("/readyz", ready), ("/metrics", metrics)):
        app.router.add_route(path, handler, methods=["GET"])
