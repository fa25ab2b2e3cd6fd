"""One server process of the benchmark: `python -m bench.server KIND PORT [PROFILE]`."""

import cProfile
import signal
import sys
import time
from typing import Any

import uvicorn


def _application(kind: str) -> Any:
    if kind == "limit":
        from bench.limit import app

        return app
    if kind == "empty":
        from bench.empty import application

        return application()
    from app.main import create_app
    from app.settings import load

    return create_app(load())


def main(kind: str, port: str, profile: str | None = None) -> None:
    """Serve until told to stop, as `alongside serve` does; with PROFILE, write a profile there.

    KIND is `program`, `limit` or `empty`.
    """
    config = uvicorn.Config(
        _application(kind),
        host="127.0.0.1",
        port=int(port),
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
    )
    server = uvicorn.Server(config)
    if profile is None:
        server.run()
        return
    profiler = cProfile.Profile(time.thread_time)  # not while it waits
    # from a signal on: what a server does once, at its start and first request, is not meant
    signal.signal(signal.SIGUSR1, lambda *_: profiler.enable())
    try:
        server.run()
    finally:
        profiler.disable()
        profiler.dump_stats(profile)


if __name__ == "__main__":
    main(*sys.argv[1:])
