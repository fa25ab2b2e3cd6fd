"""Exports: what a client may pull, in one answer."""

from typing import Any

from tests.access.table import OPENED, anywhere

OPENED["warehouse"].add("exportGoals")
anywhere("exportGoals", "juniper_warehouse kestrel_warehouse")


async def build(add: Any, made: Any, objects: Any) -> None:
    """The goals of the matrix are enough."""


async def chapter(j: Any, w: Any) -> None:
    """The warehouse takes everything."""
    await j.do("exportGoals", "juniper_warehouse", forbidden="tom")


async def grow(session: Any, world: Any, home: Any, _name: str) -> None:
    """Nothing: it has no lists."""


FIRSTS: tuple[tuple[str, str, str], ...] = ()
