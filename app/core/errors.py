"""The one error type: a problem with a status, a code and words for the person who reads it.

A rule raises its own subclass, declared beside the rule. The web edge renders it as RFC 9457 and
the page `/problems/{code}` prints `title`, the docstring and `next_step`. `detail` is written by us
and never holds a value that a client sent.
"""

from typing import Any, ClassVar

PROBLEMS: dict[str, type["Problem"]] = {}


class Problem(Exception):
    """Something was refused; nothing was changed."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"
    next_step: ClassVar[str] = "Try again; if it happens again, report the request_id."

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            other = PROBLEMS.setdefault(cls.code, cls)
            if other is not cls and other.__qualname__ != cls.__qualname__:
                raise TypeError(f"two problems share the code {cls.code}")

    def __init__(
        self, detail: str | None = None, *, headers: dict[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.headers = headers or {}
        #: extension members of the problem document, such as `allowed` or `missing`
        self.members = {key: value for key, value in members.items() if value is not None}


PROBLEMS[Problem.code] = Problem


class BadRequest(Problem):
    """The request could not be read as what it claims to be."""

    status, code, title = 400, "bad_request", "The request cannot be read"
    next_step = "Correct the request as `detail` says and send it again."


class Unauthenticated(Problem):
    """The request carries no valid access token."""

    status, code, title = 401, "unauthenticated", "Sign in first"
    next_step = "Get a token from POST /api/v1/auth/token and send it as `Authorization: Bearer …`."


class Forbidden(Problem):
    """You may see this object, but your relation to it does not allow this action."""

    status, code, title = 403, "forbidden", "You may not do this"
    next_step = "The object's `permissions` list what you may do now."


class NotForClients(Forbidden):
    """An integration client asked for what is for people, or for what another scope opens."""

    code, title = "not_for_clients", "This is not open to your client"
    next_step = (
        "goals:read opens GET /goals, /exports, /ed-fi and /changes, roster:write /imports, "
        "webhooks:write /webhook-endpoints and /webhook-deliveries."
    )


class ForSystems(Forbidden):
    """A person asked for what is made for systems."""

    next_step = (
        "People read GET /goals. For a system, a district administrator makes a client with the "
        "scope goals:read by POST /integration-clients."
    )


class NotFound(Problem):
    """There is no such object, or you may not see it; the two look the same on purpose."""

    status, code, title = 404, "not_found", "Not found"
    next_step = "Check the id, and that you are still in the relation that opens the object."


class Conflict(Problem):
    """A rule or the object's present state forbids this."""

    status, code, title = 409, "conflict", "This conflicts with the present state"
    next_step = "Read the object again; `allowed` or `missing` say what is possible now."


class WrongState(Conflict):
    """The object's lifecycle has no such step from its present state."""

    code, title = "wrong_state", "Not possible in this state"
    next_step = "`state` is the present one and `allowed` names the steps it offers."


class UnknownReference(Conflict):
    """An id in the body names nothing that you can see."""

    code, title = "unknown_reference", "The body names something you cannot see"
    next_step = "Check the id that `field` names; a missing and a hidden object look the same."


class Gone(Problem):
    """What the address or cursor pointed at is no longer kept."""

    status, code, title = 410, "gone", "No longer kept"
    next_step = "Start again from the address that `detail` names."


class PreconditionFailed(Problem):
    """The object changed since you read it; your change was not applied, so nothing was lost."""

    status, code, title = 412, "version_mismatch", "The object has changed"
    next_step = "Read it again, apply your change to the new version, and send its ETag."


class TooLarge(Problem):
    """The body is larger than this operation takes."""

    status, code, title = 413, "too_large", "The body is too large"
    next_step = "The documented limits: JSON 1 MiB, an import 50 MiB."


class UnsupportedMediaType(Problem):
    """The body is of a media type that this operation does not read."""

    status, code, title = 415, "unsupported_media_type", "Media type not supported"
    next_step = "Send the media type that `detail` names in Content-Type."


class Invalid(Problem):
    """The body or a parameter does not fit the schema; `errors` has a JSON Pointer for each."""

    status, code, title = 422, "invalid", "The request does not fit the schema"
    next_step = "Correct each place that `errors` names and send it again."


class PreconditionRequired(Problem):
    """An edit needs the version it was made from, so that nobody overwrites unseen work."""

    status, code, title = 428, "version_required", "Send If-Match"
    next_step = "Send the object's ETag, or its bare version in quotes, as `If-Match`."


class TooManyRequests(Problem):
    """You sent more requests than the published limit."""

    status, code, title = 429, "too_many_requests", "Too many requests"
    next_step = "Wait the seconds that `Retry-After` names."


class Unavailable(Problem):
    """The program cannot answer just now; nothing was changed."""

    status, code, title = 503, "unavailable", "Temporarily unavailable"
    next_step = "Wait the seconds that `Retry-After` names and try again."


class MethodNotAllowed(Problem):
    """The address exists but does not take this method."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"
    next_step = "`allowed` names every method this address takes."
