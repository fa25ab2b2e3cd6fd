"""What starting costs by itself: an app of the same imports and as many empty typed routes.

The third-party modules that the program has loaded once it stands, its tables and its schemas; then
plain FastAPI with a route for each of the contract's operations: same method and path, path
parameters typed, the same body and answer, nothing inside. No service, rule, dependency, error,
middleware or route class of the program.
"""

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

from fastapi import FastAPI
from pydantic import BaseModel

#: what the program loads and which routes it has, found out once in a process of its own
NOTED = Path(__file__).parent.parent / "build" / "bench-empty.json"


def note() -> None:
    """Look at the program and write down what `application` copies."""
    NOTED.parent.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-m", "bench.empty"], check=True)  # this module


def _model(kind: Any) -> str | None:
    if inspect.isclass(kind) and issubclass(kind, BaseModel) and ".schemas" in kind.__module__:
        return f"{kind.__module__}:{kind.__qualname__}"
    return None


def _look() -> None:
    from fastapi.routing import APIRoute, iter_route_contexts

    from app.main import create_app
    from app.settings import Settings
    from app.web.contract import whole_routes

    app = create_app(
        Settings(database_url="postgresql://nobody@/none", secret_keys=(("k", b"0" * 32),))
    )
    installed = {
        name
        for name, module in sys.modules.items()
        # some libraries enter what cannot be imported by its name
        if not name.startswith(("app.", "bench.", "__"))
        and getattr(module, "__spec__", None) is not None
        and find_spec(name) is not None
    }
    routes = []
    for context in iter_route_contexts(whole_routes(app)):
        route = context.original_route
        if not isinstance(route, APIRoute):
            continue
        hints = get_type_hints(route.endpoint)
        routes.append(
            {
                "path": context.path,
                "method": min(route.methods),
                "parameters": list(route.param_convertors),
                "body": _model(hints.get("body")),
                "answer": _model(hints.get("return")),
            }
        )
    NOTED.write_text(json.dumps({"modules": sorted(installed), "routes": routes}))


def _endpoint(parameters: list[str], body: Any, answer: Any) -> Callable[..., Any]:
    async def endpoint(**_given: Any) -> Any:
        return None

    kinds: dict[str, Any] = dict.fromkeys(parameters, UUID)
    if body is not None:
        kinds["body"] = body
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind)
            for name, kind in kinds.items()
        ],
        return_annotation=answer,
    )
    return endpoint


def _found(name: str | None) -> Any:
    if name is None:
        return None
    module, _, qualified = name.partition(":")
    return getattr(importlib.import_module(module), qualified)


def application() -> FastAPI:
    """The empty app."""
    noted = json.loads(NOTED.read_text())
    for name in noted["modules"]:
        importlib.import_module(name)
    import app

    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.startswith("app.models.") or module.name.endswith(".schemas"):
            importlib.import_module(module.name)
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def live() -> dict[str, str]:
        return {}

    made.add_api_route("/livez", live)
    for number, route in enumerate(noted["routes"]):
        answer = _found(route["answer"])
        made.add_api_route(
            route["path"],
            _endpoint(route["parameters"], _found(route["body"]), answer),
            methods=[route["method"]],
            response_model=answer,
            name=f"empty_{number}",
        )
    return made


if __name__ == "__main__":
    _look()
