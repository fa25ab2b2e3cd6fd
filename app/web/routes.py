"""The way from a path to its route.

`include_router` builds every route a second time at the first request, and tries one after the
other: of 700 that was 0.8 s once and a third of a goal's read always. Here a route is found among
those with the same first word and as many words; these are tried in order, by their own code.
"""

from collections import defaultdict
from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

PREFIX = "/api/v1"


class Api(BaseRoute):
    """All routes below `PREFIX`, as one."""

    def __init__(self, routers: Sequence[APIRouter]) -> None:
        self.routers = routers
        self._by_words: dict[tuple[str, int], list[APIRoute]] = defaultdict(list)
        for router in routers:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                self._by_words[_words(route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first route for path and method, else the first for the path alone."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or not path.startswith(f"{PREFIX}/"):
            return Match.NONE, {}
        below = {**scope, "path": path.removeprefix(PREFIX), "root_path": ""}
        other: tuple[Match, Scope] = Match.NONE, {}
        for route in self._by_words.get(_words(below["path"]), ()):
            match, found = route.matches(below)
            if match is Match.FULL:
                return match, found
            if match is Match.PARTIAL and other[0] is Match.NONE:
                other = match, found
        return other

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the route that was found."""
        await scope["route"].handle(scope, receive, send)


def _words(path: str) -> tuple[str, int]:
    return path.split("/", 2)[1], path.count("/")
