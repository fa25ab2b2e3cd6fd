"""The published contract: FastAPI's own schema, completed by rules so that a feature does nothing.

A route says what only it knows: its models, its docstring and which refusals it can give. All that
is the same everywhere is added here: the refusals every operation shares, the problem document and
its examples, response headers, security, the bounds that follow from a format, and the examples
that the tests recorded from a real journey (`examples.json`).

What a model fails to say (an unbounded string, a list without a maximum) is never invented here:
the linters then complain, and the bound belongs in the model, where it is also enforced.
"""

import json
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from http import HTTPStatus
from inspect import cleandoc, getmodule
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from app.core import errors
from app.core.errors import PROBLEMS, Problem
from app.core.paging import BadCursor
from app.web import idempotency
from app.web.contract_parts import (
    API,
    DESCRIPTION,
    HEADERS,
    IF_MATCH,
    PARAMETER_WORDS,
    PARAMETERS,
    PLAIN_TEXT,
    REF,
    REQUEST_ID,
    SUCCESS_WORDS,
    VISIBLE_ASCII,
    Json,
    header_refs,
    problem_schema,
)
from app.web.problems import Interrupted
from app.web.routes import PREFIX

PROBLEM_JSON: Final = "application/problem+json"
EXAMPLES: Final = Path(__file__).with_name("examples.json")

#: `openapi_extra=PUBLIC` on a route that needs no access token. Everything else needs one.
PUBLIC: Final[Json] = {"security": [{}]}

#: what an integration client can be granted; `openapi_extra=scopes(...)` names one on a route
SCOPES: Final[dict[str, str]] = {
    "goals:read": "Pull goals and their changes, in the allow-listed fields",
    "roster:write": "Deliver roster files",
    "webhooks:write": "Set up its own webhooks, read and repeat their deliveries",
}

#: where other lists than ours say in headers that there is more
_PAGED_ELSEWHERE: Final = ("Next-Page-Token", "Total-Count")
_METHODS: Final = ("get", "put", "post", "delete", "patch")
_SOME_ID: Final = "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e02"
_SOME_PATH: Final = f"{API}/goals/{_SOME_ID}"
_INT32: Final = 2_147_483_647
#: the longest text of each format, where the model leaves it to the format
_FORMAT_LENGTHS: Final = {
    "uuid": 36,
    "date": 10,
    "time": 18,
    "date-time": 35,
    "duration": 64,
    "email": 254,
    "uri": 2048,
    "ipv4": 15,
    "ipv6": 45,
    "binary": 52_428_800,
}
_SECRET_NAME: Final = re.compile(r"(^|_)(password|secret|refresh_token)$")

#: the class whose words stand for a status when a route declares the bare number
_GENERIC: Final[dict[int, type[Problem]]] = {
    cls.status: cls
    for cls in (
        errors.BadRequest,
        errors.Unauthenticated,
        errors.Forbidden,
        errors.NotFound,
        errors.MethodNotAllowed,
        errors.Conflict,
        errors.Gone,
        errors.PreconditionFailed,
        errors.TooLarge,
        errors.UnsupportedMediaType,
        errors.Invalid,
        errors.PreconditionRequired,
        errors.TooManyRequests,
        errors.Problem,
        errors.Unavailable,
    )
}

# ------------------------------------------------------------------ what routes use


def operation_id(route: APIRoute) -> str:
    """`agree_goal` becomes `agreeGoal`: the name a generated client gives the call."""
    return _camel(route.name)


def problems(*refusals: int | type[Problem]) -> dict[int | str, Json]:
    """The refusals of one route, as bare statuses or as the rule's own problem classes.

    Only those that this route knows of: 401, 422, 429, 500 and 503, and what a body, an `If-Match`
    or an `Idempotency-Key` brings, are added to every operation that can give them.
    """
    found: dict[int | str, Json] = {}
    for refusal in refusals:
        cls = _GENERIC[refusal] if isinstance(refusal, int) else refusal
        entry = found.setdefault(
            cls.status, {"description": _status_words(cls.status), "x-codes": []}
        )
        entry["x-codes"].append(cls.code)
    return found


def tells(*headers: str) -> dict[int | str, Json]:
    """`responses` of a route whose success tells something in headers of its own."""
    return {200: {"headers": header_refs(*headers)}}


def scopes(*names: str) -> Json:
    """`openapi_extra` of a route that integration clients may call when they hold these scopes."""
    return {"security": [{"person": []}, {"client": list(names)}]}


# ------------------------------------------------------------------ the document


def build_openapi(app: FastAPI) -> Json:
    """The whole OpenAPI 3.1 document of an application. Pure: the same routes, the same bytes."""
    whole = whole_routes(app)
    raw = get_openapi(
        title=app.title, version=app.version, routes=whole, webhooks=app.webhooks.routes
    )
    recorded = json.loads(EXAMPLES.read_text("utf-8")) if EXAMPLES.exists() else {}
    schemas: Json = raw.get("components", {}).get("schemas", {})
    routes = dict(_routes(whole))
    tags: dict[str, str] = {}

    for path, item in raw["paths"].items():
        for method in [m for m in _METHODS if m in item]:
            operation = item[method]
            route = routes[path, method]
            tag = operation.get("tags", [_first_segment(path)])[0]
            operation["tags"] = [tag]
            tags.setdefault(tag, _module_words(route))
            _add_raw_body(operation, route)
            operation["x-only-asks"] = getattr(route, "only_asks", False)
            _complete(operation, path, method, schemas)
            _add_examples(operation, recorded.get(operation["operationId"], {}))

    for item in raw.get("webhooks", {}).values():
        for operation in item.values():
            _complete_message(operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = problem_schema()
    for schema in schemas.values():
        _tidy(schema)
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": app.title,
            "version": app.version,
            "summary": app.summary or "The open backend for 1:1 teacher coaching.",
            "description": app.description or DESCRIPTION,
            "contact": app.contact or {"name": "The Alongside maintainers"},
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        # Relative: the page and every client talk to the installation the document came from.
        "servers": [
            {
                "url": "/",
                "description": "This installation: production, or local while you try it out",
                "x-internal": False,
            }
        ],
        "tags": [{"name": name, "description": tags[name]} for name in sorted(tags)],
        "paths": raw["paths"],
        "webhooks": raw.get("webhooks", {}),
        "components": {
            "securitySchemes": _security_schemes(raw["paths"]),
            "headers": HEADERS,
            "parameters": PARAMETERS,
            "responses": _shared_responses(),
            "schemas": schemas,
        },
    }
    document = deepcopy(document)  # shared tables go in by value, so that no caller can bend them
    _rename_form_bodies(document)
    _prune(document)
    return document


def _complete(operation: Json, path: str, method: str, schemas: Json) -> None:
    """Everything about one operation that follows from what it is."""
    name = operation["operationId"]
    operation["summary"] = _sentence(name)
    if "description" in operation:
        operation["description"] = operation["description"].strip()
    if operation.get("security") != PUBLIC["security"]:
        declared = operation.get("security", [])
        for_clients = [entry for entry in declared if "client" in entry]
        operation["security"] = [{"person": []}, *for_clients]

    _complete_parameters(operation, path, method)
    if body := operation.get("requestBody"):
        for media_type, media in body["content"].items():
            _tidy(media.get("schema", {}))
            if "form" in media_type:
                form = media.get("schema", {})
                form = schemas.get(form.get("$ref", "").removeprefix(REF), form)
                for field, part in form.get("properties", {}).items():
                    form["properties"][field] = _without_null(part)
        if method == "patch" and "application/json" in body["content"]:
            change = body["content"]["application/json"]["schema"]
            change = schemas.get(change.get("$ref", "").removeprefix(REF), change)
            for part in change.get("properties", {}).values():
                part.pop("default", None)  # absent means unchanged, whatever the model's default
            # RFC 7396's own name is welcome too; plain JSON stays first, as what clients send.
            body["content"]["application/merge-patch+json"] = deepcopy(
                body["content"]["application/json"]
            )
    _complete_successes(operation, path, method, schemas)
    _complete_problems(operation, path, method)
    del operation["x-only-asks"]
    order = ("tags", "operationId", "summary", "description", "deprecated", "security")
    rest = ("parameters", "requestBody", "responses", "callbacks")
    for key in (*order, *rest):
        if key in operation:
            operation[key] = operation.pop(key)


def _complete_message(operation: Json) -> None:
    """A message that is sent and not served: no token, no problems, and any 2xx will do."""
    operation["summary"] = _sentence(operation["operationId"])
    operation["security"] = []
    for parameter in operation.get("parameters", []):
        parameter["schema"].pop("title", None)
        _tidy(parameter["schema"], parameter["name"])
    operation["responses"] = {
        "2XX": {"description": "Taken. What the answer holds is not read."},
        "410": {"description": "Never again: the endpoint is disabled."},
        "default": {"description": "Not taken, or not now: it is tried again."},
    }


def _add_raw_body(operation: Json, route: APIRoute) -> None:
    """The body of a route that reads it itself, as a file; `@reads(...)` says of which type."""
    marked = getattr(route, "reads", None)
    if marked is not None and "requestBody" not in operation:
        schema = {"type": "string", "format": "binary", "maxLength": marked.limit}
        operation["requestBody"] = {
            "required": True,
            "content": {media_type: {"schema": schema} for media_type in marked.media_types},
        }


def _complete_parameters(operation: Json, path: str, method: str) -> None:
    parameters: list[Json] = operation.pop("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "header":
            parameter["name"] = _header_case(parameter["name"])
        parameter["schema"] = schema = _without_null(parameter["schema"])
        if words := schema.pop("description", None):
            parameter.setdefault("description", words)
        name = parameter["name"]
        if name in PARAMETER_WORDS:
            parameter.setdefault("description", PARAMETER_WORDS[name])
        elif name.endswith("_id"):
            parameter.setdefault("description", f"The id of the {name[:-3].replace('_', ' ')}.")
        elif parameter["in"] == "query":
            parameter.setdefault("description", f"Keep to this {name.replace('_', ' ')}.")
        if name == "If-Match":
            # Absent is a 428 of its own, not a 422, so to a validator it is optional.
            parameter["required"] = False
            schema["pattern"] = IF_MATCH
            parameter["example"] = '"3"'
        if (
            parameter["in"] == "header"
            and schema.get("type") == "string"
            and not (schema.keys() & {"format", "enum", "const"})
        ):
            schema.setdefault("pattern", VISIBLE_ASCII)
        _tidy(schema)
    names = {p["name"] for p in parameters}
    if _acts(operation, path, method) and "Idempotency-Key" not in names:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if parameters:
        operation["parameters"] = parameters


def _complete_successes(operation: Json, path: str, method: str, schemas: Json) -> None:
    responses: Json = operation["responses"]
    for status in [s for s in responses if s.startswith("2")]:
        response = responses[status]
        if response.get("description") == "Successful Response":
            response["description"] = SUCCESS_WORDS.get(status, "Done.")
        names = ["X-Request-ID", "RateLimit", "RateLimit-Policy", "Access-Control-Allow-Origin"]
        fields: Json = {}
        for media_type, media in response.get("content", {}).items():
            if "itemSchema" in media:  # a word of OpenAPI 3.2 that FastAPI uses for streams
                media["schema"] = {"type": "string", "format": "binary"}
                del media["itemSchema"]
            schema = media.get("schema", {})
            if schema == {"type": "string"} and media_type != "application/json":
                schema["format"] = "binary"
            _tidy(schema)
            for choice in schema.get("anyOf", [schema]):  # people and systems may get two forms
                target = schemas.get(choice.get("$ref", "").removeprefix(REF), choice)
                fields |= target.get("properties", {})
        paged = "cursor" in [p.get("name") for p in operation.get("parameters", [])]
        if method == "get" and "application/json" in response.get("content", {}):
            names.append("ETag")
            responses["304"] = {
                "description": "Unchanged: what you hold is the present state.",
                "headers": header_refs(
                    "X-Request-ID",
                    "Access-Control-Allow-Origin",
                    "ETag",
                    *(["Link"] if paged else []),
                    *(name for name in _PAGED_ELSEWHERE if name in response.get("headers", {})),
                ),
            }
            parameters = operation.setdefault("parameters", [])
            parameters[:] = [p for p in parameters if p.get("name") != "If-None-Match"]
            parameters.append({"$ref": "#/components/parameters/IfNoneMatch"})
        elif "version" in fields:
            names.append("ETag")
        if paged:
            names.append("Link")
        if status == "201":
            names.append("Location")
        if _acts(operation, path, method):
            names.append("Idempotency-Replayed")
        response["headers"] = header_refs(*names) | response.get("headers", {})


def _complete_problems(operation: Json, path: str, method: str) -> None:
    responses: Json = operation["responses"]
    codes: dict[int, list[str]] = {
        int(status): response.get("x-codes", [])
        for status, response in responses.items()
        if status.isdigit() and int(status) >= 400
    }
    parameters = [p.get("name") for p in operation.get("parameters", [])]
    if errors.Conflict.code in codes.get(409, []):
        # A bare 409 means the rules that need no class of their own: a transition finds the object
        # in another state, an id in a body names nothing.
        found = [code for code in codes[409] if code != errors.Conflict.code]
        if "If-Match" in parameters:
            found.append(errors.WrongState.code)
        if "requestBody" in operation:
            found.append(errors.UnknownReference.code)
        codes[409] = found
    always: list[type[Problem]] = [
        errors.Unauthenticated,
        # On every operation: an unknown query parameter is refused, not ignored.
        errors.Invalid,
        errors.TooManyRequests,
        errors.Problem,
        errors.Unavailable,
    ]
    if operation["security"] != PUBLIC["security"] and {"client": []} not in operation["security"]:
        always.append(errors.NotForClients)
    if "requestBody" in operation:
        always += [errors.BadRequest, errors.TooLarge, errors.UnsupportedMediaType]
    if "cursor" in parameters:
        always.append(BadCursor)
    if "If-Match" in parameters:
        always += [errors.BadRequest, errors.PreconditionFailed, errors.PreconditionRequired]
    if _acts(operation, path, method):
        always += [
            errors.BadRequest,
            idempotency.IdempotencyKeyRequired,
            idempotency.IdempotencyKeyReused,
            idempotency.IdempotencyKeyInUse,
        ]
    if method != "get" and (409 in codes or _acts(operation, path, method)):
        always.append(Interrupted)
    for cls in always:
        codes.setdefault(cls.status, []).append(cls.code)
    for refused in [s for s in responses if s.isdigit() and int(s) >= 400]:
        del responses[refused]
    for status, own in sorted(codes.items()):
        generic_class = _GENERIC[status]
        own = list(dict.fromkeys(own))
        if own == [generic_class.code]:
            reference = f"#/components/responses/{_response_name(generic_class)}"
            responses[str(status)] = {"$ref": reference}
        else:
            responses[str(status)] = _problem_response(
                status, [PROBLEMS[code] for code in own], path
            )
    operation["responses"] = dict(sorted(responses.items()))


def _acts(operation: Json, path: str, method: str) -> bool:
    """Whether this is a POST that creates or acts, and so takes an `Idempotency-Key`."""
    return (
        method == "post"
        and not operation["x-only-asks"]
        and operation["security"] != PUBLIC["security"]
        and not path.startswith(f"{API}/auth/")
    )


def _add_examples(operation: Json, recorded: Json) -> None:
    """Put in what the scripted journey of the tests recorded for this operation."""
    if "request" in recorded and "requestBody" in operation:
        for media in operation["requestBody"]["content"].values():
            media["example"] = recorded["request"]
    for parameter in operation.get("parameters", []):
        if parameter.get("name") in recorded.get("parameters", {}):
            parameter["example"] = recorded["parameters"][parameter["name"]]
    for status, body in recorded.get("responses", {}).items():
        for media in operation["responses"].get(status, {}).get("content", {}).values():
            media.setdefault("example", body)  # a file brings its own


# ------------------------------------------------------------------ schemas


def _without_null(schema: Json) -> Json:
    """A parameter or a form field is there or not there; it has no way to be null."""
    choices = [part for part in schema.get("anyOf", []) if part.get("type") != "null"]
    if not choices:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**choices[0], **rest} if len(choices) == 1 else {"anyOf": choices, **rest}


def _tidy(schema: Json, name: str = "") -> None:
    """Drop the titles pydantic makes of names; add the bounds that follow from a format."""
    schema.pop("title", None)
    default: Any = schema.get("default", ...)
    # what stands for absent in the program, and could not be sent
    if default is None or (default == "" and schema.get("minLength")):
        del schema["default"]
    match schema.get("type"):
        case "string":
            _tidy_string(schema, name)
        case "integer":
            # FastAPI's own model of OpenAPI turns every bound into a float.
            for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
                if isinstance(schema.get(keyword), float):
                    schema[keyword] = int(schema[keyword])
            low = schema.get("minimum", schema.get("exclusiveMinimum"))
            high = schema.get("maximum", schema.get("exclusiveMaximum"))
            if low is not None and high is not None:
                small = low >= -_INT32 - 1 and high <= _INT32
                schema.setdefault("format", "int32" if small else "int64")
    for property_name, part in schema.get("properties", {}).items():
        _tidy(part, property_name)
    for part in schema.get("patternProperties", {}).values():
        _tidy(part, name)
    for keyword in ("items", "additionalProperties", "not", "propertyNames"):
        if isinstance(schema.get(keyword), dict):
            _tidy(schema[keyword], name)
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for part in schema.get(keyword, []):
            _tidy(part, name)


def _tidy_string(schema: Json, name: str) -> None:
    if "enum" in schema or "const" in schema:
        return
    if schema.pop("contentMediaType", None) == "application/octet-stream":
        schema["format"] = "binary"  # an uploaded file, as FastAPI writes it
    if _SECRET_NAME.search(name):
        schema.setdefault("format", "password")
    if "format" in schema:
        length = _FORMAT_LENGTHS.get(schema["format"])
        if length is not None:
            schema.setdefault("maxLength", length)
    elif "pattern" not in schema:
        schema["pattern"] = PLAIN_TEXT


def _rename_form_bodies(document: Json) -> None:
    """FastAPI calls a form without a model `Body_issueToken`; clients should read `IssueTokenForm`.

    Works on the text, where every reference to the name is the same few characters.
    """
    schemas: Json = document["components"]["schemas"]
    names = {n: n[5:6].upper() + n[6:] + "Form" for n in schemas if n.startswith("Body_")}
    for old, new in names.items():
        schemas[new] = schemas.pop(old)

    for node in _nodes(document):
        if isinstance(ref := node.get("$ref"), str) and (name := ref.removeprefix(REF)) in names:
            node["$ref"] = REF + names[name]
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _prune(document: Json) -> None:
    """Drop the components that nothing refers to, until every one left is used."""
    components: Json = document["components"]
    while True:
        used = {node["$ref"] for node in _nodes(document) if isinstance(node.get("$ref"), str)}
        unused = [
            (kind, name)
            for kind in ("schemas", "responses", "headers", "parameters")
            for name in components[kind]
            if f"#/components/{kind}/{name}" not in used
        ]
        if not unused:
            break
        for kind, name in unused:
            del components[kind][name]
    document["components"] = {kind: part for kind, part in components.items() if part}


# ------------------------------------------------------------------ shared parts


def _problem_response(status: int, classes: list[type[Problem]], path: str = _SOME_PATH) -> Json:
    names = ["X-Request-ID", "Access-Control-Allow-Origin"]
    if status < 500:
        names[1:1] = ["RateLimit", "RateLimit-Policy"]
    if status in (429, 503) or idempotency.IdempotencyKeyInUse in classes:
        names.append("Retry-After")
    if status == 401:
        names.append("WWW-Authenticate")
    return {
        "description": " ".join(
            dict.fromkeys(cleandoc(c.__doc__ or c.title).split("\n\n")[0] for c in classes)
        ).replace("\n", " "),
        "headers": header_refs(*names),
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": f"{REF}Problem"},
                "examples": {
                    cls.code: {"summary": cls.title, "value": _problem_example(cls, path)}
                    for cls in classes
                },
            }
        },
    }


def _problem_example(cls: type[Problem], path: str) -> Json:
    example: Json = {
        "type": f"/problems/{cls.code}",
        "title": cls.title,
        "status": cls.status,
        "detail": f"{cls.title}.",
        "instance": re.sub(r"\{\w+\}", _SOME_ID, path),
        "code": cls.code,
        "next_step": cls.next_step,
        "request_id": REQUEST_ID,
    }
    if cls.status == 422:
        example["errors"] = [
            {
                "pointer": "/title",
                "code": "string_too_long",
                "message": "must have at most 200 characters",
            }
        ]
    return example


def _shared_responses() -> Json:
    return {
        _response_name(cls): _problem_response(status, [cls])
        for status, cls in sorted(_GENERIC.items())
    }


def _response_name(cls: type[Problem]) -> str:
    return "InternalError" if cls is Problem else cls.__name__


def _security_schemes(paths: Json) -> Json:
    jwt = (
        "Access tokens are JWTs handled as RFC8725 asks: one pinned algorithm, "
        "every claim required."
    )
    token = f"{API}/auth/token"
    schemes: Json = {
        "person": {
            "type": "oauth2",
            "description": f"A person signs in with e-mail and password. {jwt}",
            "flows": {"password": {"tokenUrl": token, "refreshUrl": token, "scopes": {}}},
        },
        "client": {
            "type": "oauth2",
            "description": f"An integration signs in with its client id and secret. {jwt}",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": token,
                    "refreshUrl": token,
                    "scopes": dict(sorted(SCOPES.items())),
                }
            },
        },
    }
    required = {
        name
        for item in paths.values()
        for operation in item.values()
        for entry in operation["security"]
        for name in entry
    }
    return {name: scheme for name, scheme in schemes.items() if name in required}


# ------------------------------------------------------------------ small parts


def whole_routes(app: FastAPI) -> Sequence[BaseRoute]:
    """The routes under their whole paths, as FastAPI describes them."""
    whole = APIRouter(generate_unique_id_function=operation_id)
    for router in app.state.api.routers:
        whole.include_router(router, prefix=PREFIX)
    return whole.routes


def _routes(whole: Sequence[BaseRoute]) -> Iterator[tuple[tuple[str, str], APIRoute]]:
    """Every operation's route by path and method."""
    for context in iter_route_contexts(whole):
        route = context.original_route
        if isinstance(route, APIRoute) and context.path_format is not None:
            for method in route.methods or ():
                yield (context.path_format, method.lower()), route


def _module_words(route: APIRoute) -> str:
    """The first paragraph of the route's module: what its tag's description says."""
    module = getmodule(route.endpoint)
    return cleandoc(module.__doc__ or "").split("\n\n")[0].replace("\n", " ") if module else ""


def _nodes(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _sentence(name: str) -> str:
    """`listLearningCycles` reads "List learning cycles"."""
    words = re.sub(r"(?<!^)([A-Z])", r" \1", name).lower()
    return words[:1].upper() + words[1:]


def _header_case(name: str) -> str:
    return "-".join(part.capitalize() for part in re.split("[-_]", name))


def _first_segment(path: str) -> str:
    return path.removeprefix(API).strip("/").split("/")[0]


def _status_words(status: int) -> str:
    return HTTPStatus(status).phrase
