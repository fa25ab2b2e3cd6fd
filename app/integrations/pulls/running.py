"""Carrying a pull on: one page a transaction, so that a killed worker goes on where it stood.

A page is kept with the position behind it, both or neither. When the last is there they become one
bundle, which the importer reports as a file; until then nothing of it counts. No row is locked
while a service is waited for.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, any_, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.events import record
from app.core.jobs import Later
from app.core.mail import Mailer
from app.core.seal import Seal, Unsealable
from app.integrations.connections.service import account_of
from app.integrations.imports.compare import known_ids
from app.integrations.imports.service import create_import, extra_roles
from app.integrations.oneroster.roster import Problem
from app.integrations.oneroster_rest.bundle import bundle
from app.integrations.oneroster_rest.cells import (
    COLLECTIONS,
    NOBODY,
    Tables,
    cells,
    characters,
    counted,
    header,
)
from app.integrations.oneroster_rest.failures import Again, AskedTooMuch, Failed
from app.integrations.oneroster_rest.paging import MOST_RESTARTS, Moved, Position, after, mark
from app.integrations.oneroster_rest.service import STAFF_ONLY, Page, Service, Tokens
from app.integrations.pulls.service import beginning
from app.models import RosterConnection, RosterPull, RosterPullPage, touch
from app.models.roster_connections import ConnectionState, PullState
from app.settings import Allowed, Settings

#: of all pages together, as they came and as they are kept; a bundle may have 50 MiB
MOST_BYTES = 2 * 1024 * 1024 * 1024
MOST_CHARACTERS = 45 * 1024 * 1024
#: people who are counted and were never asked for
MOST_COUNTED = 1_000_000
#: tries in a row after which a reason that passes counts as one that does not
MOST_TRIES = 8
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
#: a pull without any progress for so long is given up
STALLED = timedelta(hours=24)
_UNTRUE = "The service gave more rows than its X-Total-Count says; they were read all the same."
_LIVE = (PullState.WAITING.value, PullState.RUNNING.value)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a worker needs to get to the services of districts."""

    seal: Seal
    allowed: tuple[Allowed, ...]
    tokens: Tokens


def puller(settings: Settings) -> Callable[[AsyncSession, Actor, UUID, Mailer], Awaitable[None]]:
    """The handler of a worker with these settings."""
    seal = Seal(tuple(secret for _, secret in settings.secret_keys))
    reach = Reach(seal, settings.outside_allowed, Tokens())

    async def carry_on_with(
        session: AsyncSession, actor: Actor, pull_id: UUID, _mailer: Mailer
    ) -> None:
        await carry_on(session, actor, pull_id, reach)

    return carry_on_with


async def carry_on(session: AsyncSession, actor: Actor, pull_id: UUID, reach: Reach) -> None:
    """Read the next page of a pull. Raises Later while there is more to do."""
    found = await _both(session, actor, pull_id)
    if found is None:
        return
    connection, pull = found
    before = dict(pull.position)
    try:
        page: Page | Exception = await _ask(connection, pull, reach)
    except (Failed, Again, AskedTooMuch) as exc:
        page = exc
    # nobody was kept from pausing, changing or deleting it meanwhile
    found = await _both(session, actor, pull_id, lock=True)
    if found is None or found[1].position != before:
        return
    connection, pull = found
    await _Carrying(session, actor, connection, pull).on(page)


async def _both(
    session: AsyncSession, actor: Actor, pull_id: UUID, *, lock: bool = False
) -> tuple[RosterConnection, RosterPull] | None:
    """A live pull and its connection, as they are now. Locked in the order of a deletion."""

    async def one(statement: Select[Any]) -> Any:
        statement = statement.execution_options(populate_existing=True)
        return await session.scalar(statement.with_for_update() if lock else statement)

    a_pull = select(RosterPull).where(
        RosterPull.district_id == actor.district_id,
        RosterPull.id == pull_id,
        RosterPull.state.in_(_LIVE),
    )
    pull = await session.scalar(a_pull)
    if pull is None:
        return None
    connection = await one(
        select(RosterConnection).where(
            RosterConnection.district_id == actor.district_id,
            RosterConnection.id == pull.connection_id,
        )
    )
    pull = await one(a_pull) if connection is not None else None
    return None if pull is None else (connection, pull)


def _where(pull: RosterPull) -> tuple[int, list[str], Position]:
    """Which collection it is at, in which ones before it the total was wrong, and where in it."""
    stored = dict(pull.position)
    return stored.pop("at"), stored.pop("untrue", []), Position(**stored)


async def _ask(connection: RosterConnection, pull: RosterPull, reach: Reach) -> Page:
    if connection.state != ConnectionState.ACTIVE.value:
        raise Failed("connection_paused")
    if connection.base_url != pull.base_url:
        raise Failed("connection_changed")
    try:
        account = account_of(connection, reach.seal)
    except Unsealable:
        raise Failed("secret_unreadable") from None
    at, _, position = _where(pull)
    service = Service(account, reach.tokens, reach.allowed)
    return await service.page(
        COLLECTIONS[at], position, staff_only=connection.staff_only, since=pull.since
    )


class _Carrying:
    """What an answer does to a pull. Both rows are locked."""

    def __init__(
        self, session: AsyncSession, actor: Actor, connection: RosterConnection, pull: RosterPull
    ) -> None:
        self.session, self.actor, self.connection, self.pull = session, actor, connection, pull
        self.at, self.untrue, self.position = _where(pull)
        self.collection = COLLECTIONS[self.at]

    async def on(self, page: Page | Exception) -> None:
        """Take a page or what came in its place."""
        pull = self.pull
        if pull.started_at is None:
            pull.started_at = clock.now()
        pull.state = PullState.RUNNING.value
        touch(pull)
        if self.connection.state != ConnectionState.ACTIVE.value:
            page = Failed("connection_paused")
        elif self.connection.base_url != pull.base_url:
            page = Failed("connection_changed")
        try:
            if self._behind_the_end(page):
                self._whole(self.position.rows, self.position.pages)
            elif isinstance(page, AskedTooMuch):
                await self._plainer(page)
            elif isinstance(page, Exception):
                raise page
            else:
                try:
                    await self._take(page)
                except Moved:
                    await self._anew()
        except Again as exc:
            if pull.tries + 1 < MOST_TRIES:
                raise self._later(exc) from exc
            await self._fail(Failed(exc.code, exc.status))
            return
        except Failed as exc:
            await self._fail(exc)
            return
        if self.at == len(COLLECTIONS):
            await self._finish()
            return
        raise Later(timedelta(0))

    async def _take(self, page: Page) -> None:
        if self.pull.served_at is None:
            # the earlier of two clocks, so that a delta asks for too much and not too little
            self.pull.served_at = min(page.at, clock.now())
        self.pull.received_bytes += page.size
        self.pull.tries = 0
        if self.pull.received_bytes > MOST_BYTES:
            raise Failed("too_large")
        if self.position.counting:
            await self._count(page)
            return
        had = await self._had(page)
        known = await known_ids(self.session, self.actor, self.pull.source)
        extra = await extra_roles(self.session, self.actor)
        tables = await asyncio.to_thread(
            cells, self.collection, page.records, self.position.pages, known, extra
        )
        if self.position.reached and (page.seen.digest in had or await self._nothing_new(tables)):
            # it gives what it gave before to whoever asks for what is not there: no row twice
            self._whole(self.position.rows, self.position.pages + 1)
            return
        behind = after(self.position, page.seen, page.address, had)
        self._keep(tables, page.seen.digest, mark(page.address))
        if behind is not None:
            self._stand(behind)
        else:
            self._whole(self.position.rows + page.seen.rows, self.position.pages + 1)

    def _behind_the_end(self, page: Page | Exception) -> bool:
        """Whether a refusal says that nothing follows: where nothing should. Once more came than
        should, a refusal is no end."""
        refusal = isinstance(page, AskedTooMuch) or (
            isinstance(page, Failed) and page.code == "not_found"
        )
        if refusal and self.position.doubted:
            raise Failed("total_untrue", getattr(page, "status", None))
        return refusal and self.position.reached

    async def _nothing_new(self, tables: Tables) -> bool:
        """Whether those of a page who are kept, if any, are kept already."""
        place = header(self.collection).index("sourcedId")
        keys = {row[place] for row in tables[self.collection] if isinstance(row, list)}
        keys = {key for key in keys if key and not key.startswith(NOBODY)}
        if not keys:
            return False
        # one statement: the pages of a collection may be large, and few services come to this
        kept = (
            select(func.jsonb_array_elements(RosterPullPage.tables[self.collection]).label("row"))
            .where(
                RosterPullPage.district_id == self.pull.district_id,
                RosterPullPage.pull_id == self.pull.id,
                RosterPullPage.collection == self.collection,
            )
            .subquery()
        )
        key = kept.c.row.op("->>")(place)
        listed = bindparam("keys", list(keys), ARRAY(Text))
        had = await self.session.scalar(
            select(func.count(key.distinct())).where(key == any_(listed))
        )
        return had == len(keys)

    def _whole(self, rows: int, pages: int) -> None:
        """All rows of the collection are there that were asked for."""
        position = self.position
        if position.doubted or rows > (rows if position.total is None else position.total):
            self.untrue.append(self.collection)
        if self._left_out:
            self._stand(Position(rows, pages, restarts=position.restarts, counting=True))
        else:
            self._done(rows, pages)

    @property
    def _left_out(self) -> bool:
        """Whether the service was asked to leave students out of this collection."""
        asked = self.connection.staff_only and self.collection in STAFF_ONLY
        return asked and not self.position.plain

    async def _count(self, page: Page) -> None:
        """How many the service left out: by its word, and nobody where it says nothing."""
        rows = self.position.rows
        others = max((page.seen.total or 0) - rows, 0)
        if others > MOST_COUNTED:
            raise Failed("too_large")
        if others:
            self._keep(counted(self.collection, others), page.seen.digest)
        self._done(rows + others, self.position.pages)

    def _keep(self, tables: Tables, digest: str, address: str | None = None) -> None:
        self.pull.kept_characters += characters(tables)
        if self.pull.kept_characters > MOST_CHARACTERS:
            raise Failed("too_large")
        self.session.add(
            RosterPullPage(
                district_id=self.pull.district_id,
                pull_id=self.pull.id,
                collection=self.collection,
                number=self.position.pages,
                digest=digest,
                address=address,
                tables=tables,
            )
        )

    def _stand(self, position: Position) -> None:
        """Go on from here with the next job."""
        self._place(position)
        self._say("running", position.rows, position.pages, position.total)

    def _done(self, rows: int, pages: int) -> None:
        self._say("done", rows, pages, rows)
        self.at += 1
        self._place(Position())

    def _place(self, position: Position) -> None:
        self.pull.position = {"at": self.at, "untrue": self.untrue, **asdict(position)}

    def _say(self, state: str, rows: int, pages: int, total: int | None) -> None:
        said = {
            "collection": self.collection,
            "state": state,
            "rows": rows,
            "pages": pages,
            "total": total,
        }
        self.pull.progress = [
            said if part["collection"] == self.collection else part for part in self.pull.progress
        ]

    async def _plainer(self, exc: AskedTooMuch) -> None:
        """Ask for less: nobody counted, then no filter of roles and no order, then no delta."""
        position = self.position
        if position.counting:
            self._done(position.rows, position.pages)
        elif not position.plain:
            await self._forget(self.collection)
            self._stand(Position(plain=True, restarts=position.restarts))
        elif self.pull.since is not None:
            await self._forget()
            self.pull.mode, self.pull.since = "bulk", None
            self.pull.progress = beginning()
            self.at, self.untrue, self.collection = 0, [], COLLECTIONS[0]
            self._place(Position(plain=True))
        else:
            raise Failed("refused", exc.status)

    async def _anew(self) -> None:
        if self.position.restarts >= MOST_RESTARTS:
            raise Failed("moving")
        await self._forget(self.collection)
        self._stand(Position(plain=self.position.plain, restarts=self.position.restarts + 1))

    async def _forget(self, collection: str | None = None) -> None:
        pages = delete(RosterPullPage).where(
            RosterPullPage.district_id == self.pull.district_id,
            RosterPullPage.pull_id == self.pull.id,
        )
        if collection is not None:
            pages = pages.where(RosterPullPage.collection == collection)
        await self.session.execute(pages)

    async def _had(self, page: Page) -> set[str]:
        """What pages of this collection have in common with this one: its content, or the address
        that it leads to. Thousands of pages are not listed."""
        digest, link = page.seen.digest, mark(page.seen.next_link or "")
        found = await self.session.execute(
            select(RosterPullPage.digest, RosterPullPage.address).where(
                RosterPullPage.district_id == self.pull.district_id,
                RosterPullPage.pull_id == self.pull.id,
                RosterPullPage.collection == self.collection,
                (RosterPullPage.digest == digest) | (RosterPullPage.address == link),
            )
        )
        return {said for row in found for said in row if said in (digest, link)}

    def _later(self, exc: Again) -> Later:
        """Wait as long as the service asks, or longer each time, never all at one moment."""
        self.pull.tries += 1
        wait = min(FIRST_WAIT * 2 ** (self.pull.tries - 1), LONGEST_WAIT)
        return Later(exc.delay if exc.delay is not None else wait * random.uniform(0.5, 1))

    async def _fail(self, exc: Failed) -> None:
        await self._forget()
        fail(self.session, self.actor, self.pull, exc.code)
        self.pull.problem_status = exc.status
        self.pull.problem_collection = self.collection

    async def _finish(self) -> None:
        """Everything is there: report it as a file of the same content would be."""
        found = await self.session.execute(
            select(RosterPullPage.collection, RosterPullPage.tables)
            .where(
                RosterPullPage.district_id == self.pull.district_id,
                RosterPullPage.pull_id == self.pull.id,
            )
            .order_by(RosterPullPage.number)
        )
        pages = [(row.collection, row.tables) for row in found]
        made = await asyncio.to_thread(bundle, self.pull.mode, pages)
        noted = [
            Problem(table, None, None, "note", "total_untrue", _UNTRUE) for table in self.untrue
        ]
        self.pull.import_id = await create_import(
            self.session, self.actor, self.pull.source, made, noted=noted
        )
        await self._forget()
        self.pull.state = PullState.REPORTED.value
        self.pull.ended_at = self.connection.last_pulled_at = clock.now()
        touch(self.connection)
        record(self.session, self.actor, "roster_pull.reported", self.pull, ("state",))


def fail(session: AsyncSession, actor: Actor, pull: RosterPull, code: str) -> None:
    """End a pull without a result."""
    pull.state = PullState.FAILED.value
    pull.problem, pull.ended_at = code, clock.now()
    record(session, actor, "roster_pull.failed", pull, ("state",))


async def give_up(session: AsyncSession, actor: Actor) -> None:
    """End the pulls of a district that have not gone on for a day: their job is dead."""
    stalled = await session.scalars(
        select(RosterPull)
        .where(
            RosterPull.district_id == actor.district_id,
            RosterPull.state.in_(_LIVE),
            RosterPull.updated_at < clock.now() - STALLED,
        )
        .with_for_update()
    )
    for pull in list(stalled):
        await session.execute(
            delete(RosterPullPage).where(
                RosterPullPage.district_id == actor.district_id, RosterPullPage.pull_id == pull.id
            )
        )
        fail(session, actor, pull, "stalled")
        touch(pull)
