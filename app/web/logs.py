"""Structured logs: one JSON object a line, with the request id; never a text that a client sent."""

import logging
import sys

import structlog


def configure_logs(form: str) -> None:
    """JSON lines for machines, or words for a person at a terminal."""
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if form == "text"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
