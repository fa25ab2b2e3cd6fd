"""`Idempotency-Key`: a request that is sent twice is done once.

The key belongs to (caller, method, path) and is stored in the transaction of the effect: body hash,
status, object and version, never content. A replay passes authentication and visibility again.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import delete, func, select

from app.access.actor import Actor, ActorKind
from app.core import clock
from app.core.errors import BadRequest, Conflict, Problem
from app.models import IdempotencyKey

if TYPE_CHECKING:
    from app.web.unit import UnitOfWork

KEPT = timedelta(hours=24)


class IdempotencyKeyRequired(BadRequest):
    """An integration must be able to repeat a request safely, so its POSTs carry a key."""

    code, title = "idempotency_key_required", "Send Idempotency-Key"
    next_step = "Send a fresh UUID as `Idempotency-Key`, and the same one when you repeat."


class IdempotencyKeyReused(Problem):
    """The key was used for a request with another body."""

    status, code, title = 422, "idempotency_key_reused", "Idempotency-Key belongs to another body"
    next_step = "Use a new key for a new request."


class IdempotencyKeyInUse(Conflict):
    """The first request with this key is still running."""

    code, title = "idempotency_key_in_use", "The first request is still running"
    next_step = "Wait a second and repeat the same request with the same key."


@dataclass(frozen=True, slots=True)
class Pending:
    """A key whose request is being done now."""

    actor: Actor
    method: str
    path: str
    key: str
    body_hash: str


class Replay(Exception):
    """This request was done before; the answer is to be rendered again."""

    def __init__(self, status: int, object_id: UUID | None) -> None:
        super().__init__()
        self.status = status
        self.object_id = object_id


def lock_number(caller: UUID, method: str, path: str, key: str) -> int:
    """The advisory lock that a request holds while its key's work is being done."""
    lock = hashlib.sha256(f"{caller}\0{method}\0{path}\0{key}".encode()).digest()[:8]
    return int.from_bytes(lock, "big", signed=True)


async def begin(request: Request, work: "UnitOfWork", actor: Actor) -> None:
    """Look the key up before the handler runs; raises Replay when it was done before."""
    key = request.headers.get("idempotency-key")
    if key is None:
        if actor.kind is ActorKind.CLIENT:
            raise IdempotencyKeyRequired
        return
    if not 1 <= len(key) <= 128 or not key.isascii() or not key.isprintable():
        raise BadRequest("Idempotency-Key must be 1 to 128 printable ASCII characters.")
    session = await work.session()
    # The query too: `?full=true` asks for something else than the same body without it.
    asked = request.scope["query_string"] + b"\0" + await request.body()
    body_hash = hashlib.sha256(asked).hexdigest()
    method, path = request.method, request.url.path
    number = lock_number(actor.id, method, path, key)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise IdempotencyKeyInUse(headers={"Retry-After": "1"})
    done = await session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.district_id == actor.district_id,
            IdempotencyKey.caller_id == actor.id,
            IdempotencyKey.method == method,
            IdempotencyKey.path == path,
            IdempotencyKey.key == key,
        )
    )
    if done is not None and done.created_at > clock.now() - KEPT:
        if done.body_hash != body_hash:
            raise IdempotencyKeyReused
        raise Replay(done.status, done.object_id)
    if done is not None:
        await session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.district_id == actor.district_id, IdempotencyKey.id == done.id
            )
        )
    work.idempotent = Pending(actor, method, path, key, body_hash)


async def keep(work: "UnitOfWork", response: Response) -> None:
    """Remember, with the effect, that the request was done."""
    pending = work.idempotent
    assert pending is not None
    answer: Any = json.loads(bytes(response.body)) if response.body else {}
    session = await work.session()
    session.add(
        IdempotencyKey(
            district_id=pending.actor.district_id,
            caller_id=pending.actor.id,
            method=pending.method,
            path=pending.path,
            key=pending.key,
            body_hash=pending.body_hash,
            status=response.status_code,
            object_id=UUID(answer["id"]) if "id" in answer else None,
            object_version=answer.get("version"),
        )
    )
    await session.flush()
