"""Before each step of the journey, every way in which the contract says it can be refused.

A refused request changes nothing, so the step itself succeeds right after. What is wrong is
gathered, so that one run shows all of it.

What tries the reader of requests and not the operation (bodies that are no JSON, tokens that are
none, odd tags) comes in variants. The fast run tries one of them on each operation, another on the
next; the large run tries them all on every operation.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID
from zlib import crc32

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.web.idempotency import lock_number
from tests.conftest import Live, _owner
from tests.contract.journey import Journey, Step

NOWHERE = "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9eff"
FORM = "application/x-www-form-urlencoded"
LIMITS = {"application/zip": 50 * 1024 * 1024, FORM: 16_384}
KEY = "Idempotency-Key"
#: the answers that say nothing of a record, in the order in which they win
ENTRANCE = {400, 401, 413, 415, 422, 428}
NO_JSON = (b"{", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 40)
NO_TAGS = ("3", '"a"', "*", '"1", "2"', '"-1"', '"99999999999"')
NO_TOKENS = ("x", "a.b.c", "")
NO_OBJECTS = ([], "text", None, 7)
Variant = TypeVar("Variant")


class Refuser(Journey):
    """Tries the refusals of each operation the first time the journey comes to it."""

    def __init__(self, live: Live, *, whole: bool) -> None:
        super().__init__(live)
        self.whole = whole
        self.wrong: list[str] = []
        self.tried = 0
        #: the variants that were tried
        self.variants: set[tuple[str, str]] = set()
        self._owner: AsyncConnection | None = None

    async def go(self) -> None:
        """The whole journey, beside one connection that holds keys."""
        async with _owner(self.live.owner_url) as self._owner:
            await super().go()

    def some(self, step: Step, variants: Sequence[Variant]) -> Sequence[Variant]:
        """One of the variants, by the operation, or all of them."""
        kind = str(variants)
        if not self.whole:
            turn = crc32(f"{step.operation.id} {kind}".encode()) % len(variants)
            variants = variants[turn : turn + 1]
        self.variants.update((kind, repr(variant)) for variant in variants)
        return variants

    async def expect(
        self, step: Step, status: int, code: str | None = None, *, who: Any = ..., **changes: Any
    ) -> httpx.Response:
        """One changed request and its answer."""
        sent = step.sent()
        headers = {**sent.pop("headers"), **changes.pop("headers", {})}
        sent["headers"] = {name: value for name, value in headers.items() if value is not None}
        url = changes.pop("url", step.url)
        if {"content", "json", "data"} & set(changes):
            for name in ("content", "json", "data"):
                sent.pop(name, None)
        sent.update(changes)
        client = self.client(step.who if who is ... else who)
        self.tried += 1
        try:
            response = await client.request(step.operation.method.upper(), url, **sent)
        except AssertionError as exc:  # `Checked`: the answer is not what the contract says
            self.wrong.append(f"{step.operation.id}: {exc}")
            return httpx.Response(0, json={})
        got = (response.status_code, response.json().get("code") if response.content else None)
        if got[0] != status or (code is not None and got[1] != code):
            self.wrong.append(f"{step.operation.id}: {got}, not {(status, code)}: {changes}")
        return response

    async def before(self, step: Step) -> None:
        """Every refusal, in the order of the contract."""
        if step.operation.id in self.done:
            return
        await self._unreadable(step)
        await self._unsigned(step)
        await self._of_a_system(step)
        await self._unfit(step)
        await self._unseen(step)
        if step.forbidden is not None:
            await self.expect(step, 403, who=step.forbidden)
        if step.version is not None:
            stale = {"If-Match": f'"{step.version + 7}"'}
            await self.expect(step, 412, "version_mismatch", headers=stale)
            if elsewhere := self._elsewhere(step):
                await self.expect(step, 404, headers=stale, **elsewhere)
            if step.forbidden is not None:
                await self.expect(step, 403, who=step.forbidden, headers=stale)
            if step.conflict is not None:
                body = {**step.body, **step.conflict}
                await self.expect(step, 412, headers=stale, json=body)
        if step.conflict is not None:
            await self.expect(step, 409, json={**step.body, **step.conflict})
        if self._acts(step):
            await self._in_use(step)

    async def _unreadable(self, step: Step) -> None:
        """400, 413 and 415 come before anything else, also before the caller is known."""
        types = step.operation.body_types
        for signed_in in self.some(step, (True, False)) if types else ():
            who = step.who if signed_in else None
            kind = {"Content-Type": types[0]}
            limit = LIMITS.get(types[0], 1024 * 1024)
            large = {**kind, "Content-Length": str(limit + 1)}
            await self.expect(step, 413, "too_large", who=who, headers=large, content=b"{}")
            other = {"Content-Type": "image/png"}
            await self.expect(
                step, 415, "unsupported_media_type", who=who, headers=other, content=b"a,b"
            )
            if "json" in types[0]:
                for text_ in self.some(step, NO_JSON):
                    await self.expect(
                        step, 400, "bad_request", who=who, headers=kind, content=text_
                    )
        if "cursor" in step.operation.parameters("query"):
            query = {**step.query, "cursor": "A" * 40}
            await self.expect(step, 400, "bad_cursor", params=query)
        if step.version is not None:
            for tag in self.some(step, NO_TAGS):
                await self.expect(step, 400, "bad_request", headers={"If-Match": tag})
        if self._acts(step):
            await self.expect(step, 400, "bad_request", headers={KEY: "k" * 129})

    async def _unsigned(self, step: Step) -> None:
        if not step.operation.public:
            await self.expect(step, 401, "unauthenticated", who=None)
            query = {**step.query, "nonsense": "1"}
            await self.expect(step, 401, "unauthenticated", who=None, params=query)
            for token in self.some(step, NO_TOKENS):
                await self.expect(
                    step,
                    401,
                    "unauthenticated",
                    who=None,
                    headers={"Authorization": f"Bearer {token}"},
                )

    async def _of_a_system(self, step: Step) -> None:
        """An integration client without the scope that opens the operation."""
        opened_by = next(
            (s["client"] for s in step.operation.spec["security"] if "client" in s), None
        )
        if not step.operation.public and opened_by != []:
            client = (
                "juniper_warehouse" if opened_by in (None, ["roster:write"]) else "juniper_rosters"
            )
            await self.expect(
                step, 403, "not_for_clients", who=client, headers={KEY: "of-a-system"}
            )

    async def _unfit(self, step: Step) -> None:
        query = {**step.query, "nonsense": "1"}
        await self.expect(step, 422, "invalid", params=query)
        if isinstance(step.body, dict):
            marked = {**step.body, "nonsense": "do-not-echo-me"}
            answer = await self.expect(step, 422, "invalid", json=marked)
            if "do-not-echo-me" in answer.text:
                self.wrong.append(f"{step.operation.id}: echoes a value")
            needed = step.operation.spec["requestBody"].get("required")
            for body in self.some(step, NO_OBJECTS):
                if body is None and not needed:
                    continue  # to leave it out is allowed there
                await self.expect(step, 422, "invalid", json=body)
            if elsewhere := self._elsewhere(step):
                await self.expect(step, 422, "invalid", json=marked, **elsewhere)
        if step.path:
            name = next(iter(step.path))
            url = Step(step.operation, None, path={**step.path, name: "not-an-id"}).url
            await self.expect(step, 422, "invalid", url=url)
        if step.version is not None:
            none = {"If-Match": None}
            await self.expect(step, 428, "version_required", headers=none)
            if elsewhere := self._elsewhere(step):
                await self.expect(step, 428, "version_required", headers=none, **elsewhere)

    def _elsewhere(self, step: Step) -> dict[str, Any]:
        """The same operation on an object that is not there, or by who does not see it."""
        if not step.path:
            return {}
        name = next(iter(step.path))
        return {"url": Step(step.operation, None, path={**step.path, name: NOWHERE}).url}

    async def _unseen(self, step: Step) -> None:
        if not step.path:
            return
        missing = await self.expect(step, 404, "not_found", **self._elsewhere(step))
        hidden = await self.expect(step, 404, "not_found", who="zoe")
        said = [
            {k: v for k, v in answer.json().items() if k not in ("request_id", "instance")}
            for answer in (missing, hidden)
        ]
        if said[0] != said[1]:
            self.wrong.append(f"{step.operation.id}: hidden and missing differ: {said}")

    def _acts(self, step: Step) -> bool:
        return KEY in step.operation.parameters("header")

    async def _in_use(self, step: Step) -> None:
        async with self._held(step, "in-use"):
            await self.expect(step, 409, "idempotency_key_in_use", headers={KEY: "in-use"})

    @asynccontextmanager
    async def _held(self, step: Step, key: str) -> AsyncIterator[None]:
        caller: UUID = self.live.world.sessions[step.who or ""][0]
        method = step.operation.method.upper()
        number = lock_number(caller, method, f"/api/v1{step.url}", key)
        assert self._owner is not None
        lock = text("select pg_advisory_xact_lock(:number)")
        async with self._owner.begin():
            await self._owner.execute(lock, {"number": number})
            yield

    async def do(self, name: str, who: str | None, **options: Any) -> Any:
        """The step itself, under a key; the key's later uses."""
        return await super().do(name, who, **options)

    async def after(self, step: Step, response: httpx.Response) -> None:
        """304 on what was just read; a repeated key does nothing twice."""
        if self.done.count(step.operation.id) > 1:
            return
        if step.operation.method == "get" and 304 in step.operation.responses:
            tag = response.headers["etag"]
            client = self.client(step.who)
            for form in self.some(step, ("{tag}", "W/{tag}", '"other", {tag}', "*")):
                held = form.format(tag=tag)
                again = await client.get(
                    step.url, params=dict(step.query), headers={"If-None-Match": held}
                )
                if (again.status_code, again.content) != (304, b""):
                    self.wrong.append(f"{step.operation.id}: {held} is no 304")
            for held in self.some(step, ('"other"', "other")):
                again = await client.get(
                    step.url, params=dict(step.query), headers={"If-None-Match": held}
                )
                if again.status_code != 200:
                    self.wrong.append(f"{step.operation.id}: {held} is {again.status_code}")
