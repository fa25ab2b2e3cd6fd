"""`alongside serve`, and the demo that a new data folder shows."""

import argparse
import asyncio
import os
import secrets
import signal
import socket
import sys
from dataclasses import replace
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

import uvicorn

from app import settings as configuration
from app import worker
from app.cli_database import Stop, districts_in, faults_of, on_database
from app.core import embedded
from app.core.migrate import migrate
from app.main import create_app
from app.settings import Settings

Logins = list[tuple[str, str, str]]


def serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve, on DATABASE_URL or on a PostgreSQL of our own in the data folder."""
    # uvicorn takes the signals, ends in order and sends them on to us: worker and database are to
    # end too. A handler of our own for Ctrl-C keeps asyncio from cancelling us while they do.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _interrupt)
    with _listen(options.host, options.port) as listener:
        if settings.database_url:
            check_secrets(settings)
            if faults := asyncio.run(faults_of(settings.database_url)):
                raise Stop(faults[0])
            return _run(options, settings, listener, [], [])
        with embedded.running(settings.data_dir) as server:
            default = settings.public_url == Settings().public_url
            outbox = None if settings.mail_url else settings.data_dir / "mail"
            settings = replace(
                settings,
                database_url=server.app_url,
                secret_keys=settings.secret_keys or _own_secret(settings.data_dir),
                public_url=_address(listener) if default else settings.public_url,
                mail_url=outbox.as_uri() if outbox else settings.mail_url,
                mail_from="Alongside <alongside@localhost>" if outbox else settings.mail_from,
            )
            migrate(server.owner_url, server.app_url)
            notes = [f"E-mail is not sent but written to {outbox}"] if outbox else []
            return _run(options, settings, listener, _demo_logins(settings), notes)


def _end(_number: int, _frame: object) -> NoReturn:
    sys.exit(0)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _listen(host: str, port: int) -> socket.socket:
    """The port, taken before anything is made, so that a clash is told at once."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except (OSError, OverflowError) as exc:
        listener.close()
        why = getattr(exc, "strerror", None) or "there is no such port"
        raise Stop(
            f"Port {port} on {host} cannot be taken ({why}): stop what uses it, or choose "
            "another with --port."
        ) from exc
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def check_secrets(settings: Settings) -> None:
    """A server with a database of its own must bring its secrets."""
    if not settings.secret_keys:
        raise Stop(
            "SECRET_KEYS or SECRET_KEY_FILE is missing: make a line with "
            "`alongside check-config --new-secret` and set it."
        )


def new_secret() -> str:
    """A line for SECRET_KEYS."""
    return f"k{secrets.token_hex(2)}:{secrets.token_hex(32)}"


def _own_secret(data_dir: Path) -> tuple[tuple[str, bytes], ...]:
    """The installation's secret, drawn at the first start."""
    path = data_dir / "secret-keys"
    if not path.exists():
        _write_private(path, new_secret() + "\n")
    return configuration.load({"SECRET_KEY_FILE": str(path)}).secret_keys


def _write_private(path: Path, content: str) -> None:
    """A file that only its owner reads, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    draft.replace(path)


def _demo_logins(settings: Settings) -> list[str]:
    """The demo's logins; a database without a district gets the demo first."""
    path = settings.data_dir / "demo-logins"
    url = settings.database_url or ""
    if find_spec("app.demo") is not None and not asyncio.run(districts_in(url)):
        logins = asyncio.run(_load_demo(url))
        _write_private(path, "".join("\t".join(login) + "\n" for login in logins))
    return path.read_text().splitlines() if path.exists() else []


async def _load_demo(url: str) -> Logins:
    from app import demo  # only here: a build may leave it out

    logins: Logins = await demo.load(url)
    return logins


def run_demo(_options: argparse.Namespace, settings: Settings) -> int:
    """Load the demo district into a database that holds no other."""
    if find_spec("app.demo") is None:
        raise Stop("This build carries no demo district.")

    async def load(url: str) -> int:
        if await districts_in(url):
            raise Stop("This database holds a district already; the demo wants one of its own.")
        for login in await _load_demo(url):
            sys.stdout.write("\t".join(login) + "\n")
        return 0

    return on_database(settings, load)


def _run(
    options: argparse.Namespace,
    settings: Settings,
    listener: socket.socket,
    logins: list[str],
    notes: list[str],
) -> int:
    districts = asyncio.run(districts_in(settings.database_url or ""))
    demo = any(district.demo for district in districts)
    if demo and not options.demo_public and not _is_loopback(options.host):
        raise Stop(
            "This is a demo district, whose logins are known: serve it on 127.0.0.1, "
            "or add --demo-public."
        )
    config = uvicorn.Config(
        create_app(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    address = _address(listener)
    lines = [f"Alongside serves {address}  (Swagger UI: {address}/docs)", *notes]
    if logins:
        lines.append(f"Demo logins (also in {settings.data_dir / 'demo-logins'}):")
    table = [line.split("\t") for line in logins]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        lines.append("  " + "  ".join(cells).rstrip())
    if not districts and not logins:
        lines.append("There is no district yet: stop, and run `alongside district create`.")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    if options.no_worker:
        uvicorn.Server(config).run(sockets=[listener])
        return 0
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve_and_work(_Server(config), settings, listener))
    return 0


class _Server(uvicorn.Server):
    """The server, which tells the worker beside it to end when it ends itself."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests and jobs end at the same time."""
        self.ending.set()
        await super().shutdown(sockets)


async def _serve_and_work(server: _Server, settings: Settings, listener: socket.socket) -> None:
    working = asyncio.create_task(worker.run(settings, server.ending))

    def ended(_working: asyncio.Task[None]) -> None:
        # by itself only after an error of ours: whoever looks after the process is to see it
        server.should_exit = True

    working.add_done_callback(ended)
    try:
        await server.serve(sockets=[listener])
    finally:
        server.ending.set()
        await working


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
