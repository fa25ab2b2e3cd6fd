"""The parts of the contract that every operation shares: headers, parameters, the problem document.

Tables of words and bounds; the rules that put them where they belong are in `contract.py`.
"""

from typing import Any, Final

Json = dict[str, Any]

API: Final = "/api/v1"
REF: Final = "#/components/schemas/"

#: no control characters but tab and line ends: true of every text the program takes or gives
PLAIN_TEXT: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"
IF_MATCH: Final = r'^(W/)?"[0-9]{1,9}(-[0-9a-f]{8})?"$'
VISIBLE_ASCII: Final = r"^[\x20-\x7e]*$"

REQUEST_ID_PATTERN: Final = r"^[A-Za-z0-9._-]{1,64}$"
REQUEST_ID: Final = "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e01"

DESCRIPTION: Final = """\
Alongside keeps 1:1 teacher coaching: relationships, goals, learning cycles, observations, feedback.

**Sign in.** `POST /api/v1/auth/token` gives an access token for ten minutes; send it as
`Authorization: Bearer …`. The Authorize button of this page does the same.

**Objects** carry `version` and `permissions`, the actions you may take on them now. Edits and
transitions need `If-Match` with the `ETag` you read, so nobody overwrites unseen work.

**Lists** are `{"items": […], "next": "…"}`: pass `next` as `cursor` to read on.

**Refusals** are problem documents (RFC 9457). `type` is the address of a page that explains the
`code` and says what to do next. An object you may not see and one that does not exist give the
same 404. Within v1 changes only add: ignore fields you do not know.
"""

PARAMETER_WORDS: Final = {
    "limit": "How many items a page holds, 1 to 200.",
    "cursor": "The `next` of the page before, unchanged; absent for the first page.",
    "sort": "The order of the list.",
    "count": "Also say how many items there are in all, counted up to 10,001.",
    "If-Match": (
        "The `ETag` of the object as you read it, or its bare version in quotes. Without it the "
        "answer is 428, with an old one 412."
    ),
    "If-None-Match": "An `ETag` you hold; the answer is 304 when it is still the present one.",
}


def problem_schema() -> Json:
    """RFC 9457 and our extension members. It may grow, like every answer."""

    def text(words: str, length: int, **more: Any) -> Json:
        return {"type": "string", "maxLength": length, "description": words, **more}

    def texts(words: str) -> Json:
        return {
            "type": "array",
            "maxItems": 100,
            "items": {"type": "string", "maxLength": 200},
            "description": words,
        }

    code = r"^[a-z][a-z0-9_]*$"
    return {
        "type": "object",
        "description": "Why the request was refused, and what to do next (RFC 9457).",
        "required": [
            "type",
            "title",
            "status",
            "detail",
            "instance",
            "code",
            "next_step",
            "request_id",
        ],
        "properties": {
            "type": text("The page that explains this code.", 200, format="uri-reference"),
            "title": text("The kind of refusal, in a few words.", 200),
            "status": {
                "type": "integer",
                "minimum": 400,
                "maximum": 599,
                "description": "The HTTP status again.",
            },
            "detail": text("This refusal, in a sentence. Never holds what you sent.", 2000),
            "instance": text("The path that was asked for.", 2048),
            "code": text("The refusal's stable name, for programs.", 64, pattern=code),
            "next_step": text("What to do now, in a sentence.", 500),
            "request_id": text(
                "Name this when you report the problem.", 64, pattern=REQUEST_ID_PATTERN
            ),
            "errors": {
                "type": "array",
                "maxItems": 100,
                "description": "Every place that does not fit the schema.",
                "items": {
                    "type": "object",
                    "required": ["pointer", "code", "message"],
                    "properties": {
                        "pointer": text("Where, as a JSON Pointer.", 500),
                        "code": text("What is wrong there, for programs.", 64, pattern=code),
                        "message": text("What is wrong there, in words.", 500),
                    },
                },
            },
            "allowed": texts("What is possible instead: transitions, methods."),
            "missing": {
                "type": "array",
                "description": "Every gate that is not yet met.",
                "maxItems": 50,
                "items": {
                    "type": "object",
                    "properties": {
                        "code": text("What is missing, for programs.", 64, pattern=code),
                        "message": text("What is missing, in words.", 500),
                        "may_override": {
                            "type": "boolean",
                            "description": "Of a visit: with consent or a reason it goes on.",
                        },
                    },
                    "required": ["code", "message"],
                },
            },
            "times": {
                "type": "array",
                "description": "The days and times that are taken.",
                "maxItems": 10,
                "items": {
                    "type": "object",
                    "properties": {
                        "on": text("The day, YYYY-MM-DD.", 10),
                        "at": text("The time on the wall, HH:MM.", 5),
                    },
                    "required": ["on", "at"],
                },
            },
            "first": text("The first day that fits.", 10),
            "last": text("The last day that fits.", 10),
            "field": text("Which field of the body it is about.", 64, pattern=code),
            "state": text("The object's present state.", 64, pattern=code),
            "error": text("RFC 6749's error code; from the token endpoint only.", 64, pattern=code),
            "error_description": text("RFC 6749's words; from the token endpoint only.", 500),
        },
    }


def _header(words: str, *, required: bool = False, example: Any = None, **schema: Any) -> Json:
    header: Json = {"description": words, "schema": schema}
    if required:
        header["required"] = True
    if example is not None:
        header["example"] = example
    return header


def _ascii(length: int) -> Json:
    return {"type": "string", "maxLength": length, "pattern": VISIBLE_ASCII}


HEADERS: Final[Json] = {
    "X-Request-ID": _header(
        "The request's name in logs and problem documents: yours if you sent one, else ours.",
        required=True,
        example=REQUEST_ID,
        type="string",
        maxLength=64,
        pattern=REQUEST_ID_PATTERN,
    ),
    "RateLimit": _header(
        "What is left of the limit, and in how many seconds it is full again.",
        example='"minute";r=597;t=42',
        **_ascii(200),
    ),
    "RateLimit-Policy": _header(
        "The limit: a number of requests in a window of seconds.",
        example='"minute";q=600;w=60',
        **_ascii(200),
    ),
    "Access-Control-Allow-Origin": _header(
        "Your origin, when the installation's allow-list names it; else absent.",
        example="https://app.school.example",
        **_ascii(2048),
    ),
    "ETag": _header(
        "A mark of this rendering; an object's begins with its version, for `If-Match`.",
        example='"3-9f2c4e1a"',
        **_ascii(64),
    ),
    "Location": _header(
        "The path of the new object.",
        example=f"{API}/goals/0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e02",
        type="string",
        format="uri-reference",
        maxLength=2048,
    ),
    "Link": _header(
        'The next page, with `rel="next"`; absent on the last.',
        example=f'<{API}/goals?cursor=kZ3x>; rel="next"',
        **_ascii(4096),
    ),
    "Idempotency-Replayed": _header(
        "`true` when this key's work was done by an earlier request.",
        example="true",
        type="string",
        enum=["true"],
    ),
    "Retry-After": _header(
        "Seconds to wait before the next try.",
        example=30,
        type="integer",
        format="int32",
        minimum=0,
        maximum=86_400,
    ),
    "Next-Page-Token": _header(
        "Send it as pageToken for the next page; absent on the last, and when paging by offset.",
        example="kZ3x",
        **_ascii(1000),
    ),
    "Total-Count": _header(
        "How many there are in all, when totalCount asked for it.",
        example=25,
        type="integer",
        format="int32",
        minimum=0,
        maximum=2_147_483_647,
    ),
    "WWW-Authenticate": _header(
        "How to sign in.", example='Bearer realm="alongside"', **_ascii(500)
    ),
}

PARAMETERS: Final[Json] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": (
            "A name of your choice for this piece of work, kept for 24 hours: sent again, it is "
            "not done again. Integration clients must send one."
        ),
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "pattern": r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$",
        },
        "example": "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e03",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": PARAMETER_WORDS["If-None-Match"],
        "schema": _ascii(200),
        "example": '"2-51d0c77b"',
    },
}

SUCCESS_WORDS: Final = {
    "200": "The answer.",
    "201": "Created.",
    "202": "Accepted; the work goes on after the answer.",
    "204": "Done; there is nothing to say about it.",
}


def header_refs(*names: str) -> Json:
    """References to shared headers, by name."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
