"""The worker: does the jobs, and hourly the chores. `HANDLERS` and `CHORES` are all it does.

PgQueuer picks a job, keeps it with heartbeats while it runs, and gives it to another worker when
the heartbeats stop. What becomes of it is written here, in the transaction of what its handler did:
only the worker that still holds the job can commit, so a job that two workers happen to run takes
effect once. What left the database, such as an e-mail, may have happened twice.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.models import Context
from pgqueuer.domain.models import Job as Picked
from pgqueuer.domain.types import QueueExecutionMode
from pgqueuer.qm import QueueManager
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core.claims import Queue, SharedQueue
from app.core.database import Database
from app.core.housekeeping import Chore, keep_forgetting
from app.core.jobs import BUILDERS, NAMES, Apart, Later, ids_of
from app.core.mail import Mailer
from app.feedback.steps.following import follow_up
from app.integrations.pulls.running import give_up, puller
from app.integrations.pulls.service import PULL
from app.integrations.webhooks.sending import FAILED, Sender, again
from app.integrations.webhooks.states import DELIVER
from app.integrations.webhooks.telling import TELL, tell
from app.learning_cycles.intention.rankings.service import reveal_due
from app.meetings.reminders.service import MAIL, mail, remind
from app.models import District
from app.observations.kinds.service import ship as ship_kinds
from app.relationships.outreach.sending import SEND, deliver
from app.relationships.service import end_with_year
from app.settings import Settings
from app.templates.service import ship

log = structlog.get_logger("alongside.worker")

#: what a job's name stands for: (session, operator of the job's district, subject's id, mailer).
#: It runs in one transaction, which is committed after it returns or raises `Later`.
Handler = Callable[[AsyncSession, Actor, UUID, Mailer], Awaitable[None]]


async def _end_coaching(session: AsyncSession, district_id: UUID, zone: str) -> None:
    await end_with_year(session, Actor.operator(district_id, zone))


async def _ship_templates(session: AsyncSession, district_id: UUID, zone: str) -> None:
    await ship(session, Actor.operator(district_id, zone))


async def _ship_kinds(session: AsyncSession, district_id: UUID, zone: str) -> None:
    await ship_kinds(session, Actor.operator(district_id, zone))


async def _remind(session: AsyncSession, district_id: UUID, zone: str) -> None:
    await remind(session, Actor.operator(district_id, zone))


async def _follow_up(session: AsyncSession, district_id: UUID, zone: str) -> None:
    await follow_up(session, Actor.operator(district_id, zone))


async def _reveal_rankings(session: AsyncSession, district_id: UUID, zone: str) -> None:
    await reveal_due(session, Actor.operator(district_id, zone))


async def _give_up_pulls(session: AsyncSession, district_id: UUID, zone: str) -> None:
    await give_up(session, Actor.operator(district_id, zone))


HANDLERS: dict[str, Handler] = {SEND: deliver, MAIL: mail, TELL: tell, FAILED: again}


def senders(settings: Settings) -> dict[str, Apart]:
    """The jobs that wait for others, outside. They have turns of their own, so that a receiver that
    takes its time keeps nobody's e-mail."""
    return {DELIVER: Apart(Sender(settings).deliver)}


def pullers(settings: Settings) -> dict[str, Handler]:
    """The jobs that read a district's own service, a page in a transaction. They have turns of
    their own, too: a service that takes its time keeps nobody's e-mail."""
    return {PULL: puller(settings)}


CHORES: tuple[Chore, ...] = (
    _end_coaching,
    _ship_templates,
    _remind,
    _follow_up,
    _reveal_rankings,
    _ship_kinds,
    _give_up_pulls,
)

#: how many jobs a worker runs at once; each has a connection while it runs
AT_ONCE = 4
#: the same for `senders`: receivers that are waited for at once, without a connection; one district
#: has half of them at most
SENDING_AT_ONCE = 16
#: the same for `pullers`, each with a connection
PULLING_AT_ONCE = 2
#: when a job looks again that found another at work on its subject
_SOON = timedelta(seconds=2)
#: a job that began so often and never came to its end is dead
TRIES = 8
#: the wait after the first failure; each further one waits three times as long
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)
#: a job without heartbeat for so long belongs to a worker that is gone
ALIVE = timedelta(seconds=30)
#: what a running job gets to end when the worker is told to
GRACE = timedelta(seconds=10)
#: what it means that the database is away, which passes
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError, FailingListenerError)


class Lost(Exception):
    """Another worker has the job now; what this one did is rolled back."""


_BEGIN = text(
    "update pgqueuer set attempts = attempts + 1"
    " where id = :id and queue_manager_id = :worker returning attempts"
)
_DONE = text("delete from pgqueuer where id = :id and queue_manager_id = :worker returning id")
#: a new row, because the library would pass over one that it takes to be running
_AGAIN = text(
    "with gone as (delete from pgqueuer where id = :id and queue_manager_id = :worker returning *)"
    " insert into pgqueuer (priority, entrypoint, payload, attempts, execute_after, status)"
    " select priority, entrypoint, payload, :tries, now() + :delay, 'queued'"
    " from gone returning id"
)
_RELEASE = text(
    "update pgqueuer set status = 'queued', queue_manager_id = null, updated = now(),"
    " attempts = greatest(attempts - 1, 0)"
    " where id = :id and queue_manager_id = :worker returning id"
)
_HELD = text("select id from pgqueuer where id = :id and queue_manager_id = :worker")
_ANOTHER = text(
    "select exists (select from pgqueuer as other join pgqueuer as this using (entrypoint, payload)"
    " where this.id = :id and other.id <> :id and other.status = 'picked')"
)
_DEAD = text(
    "update pgqueuer set status = 'failed', queue_manager_id = null, updated = now()"
    " where id = :id and queue_manager_id = :worker returning id"
)


@dataclass(frozen=True)
class Work:
    """Everything that a job needs to run, and how often it is tried."""

    database: Database
    handlers: Mapping[str, Handler | Apart]
    mailer: Mailer
    tries: int = TRIES
    first_wait: timedelta = FIRST_WAIT

    async def do(self, job: Picked) -> None:
        """Run a job that PgQueuer gave us and write down what became of it.

        Raises nothing but cancellation, and then the job is released. A failure's text goes
        nowhere: it may quote what somebody wrote.
        """
        held = {"id": job.id, "worker": job.queue_manager_id}
        words: dict[str, Any] = {"job": job.id, "name": job.entrypoint}
        try:
            tries = await self._write(_BEGIN, held)
            if tries > self.tries:  # each time its worker was gone before it could say so
                await self._bury(held, words, "WorkerGone")
                return
            try:
                await self._run(job, held | {"tries": tries - 1}, words)
            except (Lost, asyncio.CancelledError):
                raise
            except Exception as exc:
                kind = type(exc).__name__
                if tries >= self.tries:
                    await self._bury(held, words, kind)
                else:
                    wait = min(self.first_wait * 3 ** (tries - 1), LONGEST_WAIT)
                    await self._write(_AGAIN, held | {"tries": tries, "delay": wait})
                    log.warning("job_failed", error=kind, tries=tries, **words)
        except Lost:
            log.warning("job_lost", **words)
        except asyncio.CancelledError:
            with _put_up_with(Lost, *AWAY):  # its heartbeats end, which releases it too
                await self._write(_RELEASE, held)
            raise
        except AWAY as exc:
            log.warning("job_interrupted", error=type(exc).__name__, **words)

    async def _run(self, job: Picked, held: dict[str, Any], words: dict[str, Any]) -> None:
        district_id, subject_id = ids_of(job.payload)
        words |= {"district": str(district_id), "subject": str(subject_id)}
        handler = self.handlers[job.entrypoint]
        if isinstance(handler, Apart):
            await self._run_apart(handler, held, district_id, subject_id)
            return
        async with self._in_district(district_id) as (session, actor):
            end, more = _DONE, {}
            try:
                await handler(session, actor, subject_id, self.mailer)
            except Later as later:
                end, more = _AGAIN, {"delay": later.delay}
            await session.flush()
            # last, because the row's heartbeats wait for who has changed it
            if await session.scalar(end, held | more) is None:
                raise Lost
            await session.commit()
        log.info("job_later" if more else "job_done", **words)

    async def _run_apart(
        self, handler: Apart, held: dict[str, Any], district_id: UUID, subject_id: UUID
    ) -> None:
        @asynccontextmanager
        async def step() -> AsyncIterator[tuple[AsyncSession, Actor]]:
            async with self._in_district(district_id) as (session, actor):
                if await session.scalar(_HELD, held) is None:
                    raise Lost
                yield session, actor
                await session.commit()

        async with self.database.writing() as session:
            another = await session.scalar(_ANOTHER, held)
        try:
            if another:  # two may find each other, and are not to meet again
                raise Later(_SOON * random.uniform(0.5, 1.5))
            await handler.run(step, subject_id)
        except Later as later:
            await self._write(_AGAIN, held | {"delay": later.delay})
        else:
            await self._write(_DONE, held)

    @asynccontextmanager
    async def _in_district(self, district_id: UUID) -> AsyncIterator[tuple[AsyncSession, Actor]]:
        async with self.database.writing() as session:
            await session.execute(select(func.set_config("app.district", str(district_id), True)))
            zone = await session.scalar(select(District.zone).where(District.id == district_id))
            if zone is None:
                raise LookupError
            yield session, Actor.operator(district_id, zone)

    async def _write(self, statement: Any, values: dict[str, Any]) -> int:
        async with self.database.writing() as session:
            answer = await session.scalar(statement, values)
            await session.commit()
        if answer is None:
            raise Lost
        return int(answer)

    async def _bury(self, held: dict[str, Any], words: dict[str, Any], error: str) -> None:
        await self._write(_DEAD, held)
        log.error("job_dead", error=error, **words)


@contextmanager
def _put_up_with(*kinds: type[BaseException]) -> Iterator[None]:
    try:
        yield
    except kinds as exc:
        log.warning("job_not_released", error=type(exc).__name__)


class _Executor(AbstractEntrypointExecutor):
    """Hands a job to `Work` and remembers who runs."""

    def __init__(self, work: Work, running: set[asyncio.Task[Any]]) -> None:
        super().__init__(EntrypointExecutorParameters(func=_unused, concurrency_limit=0))
        self._work, self._running = work, running

    async def execute(self, job: Picked, _context: Context) -> None:
        """Run it to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._work.do(job)
        finally:
            self._running.discard(task)


async def _unused(_job: Picked) -> None:
    """PgQueuer wants a function beside each name; the executor above does the job in its place."""
    raise NotImplementedError


async def work(
    database: Database,
    handlers: Mapping[str, Handler | Apart],
    mailer: Mailer,
    *,
    stop: asyncio.Event | None = None,
    at_once: int = AT_ONCE,
    tries: int = TRIES,
    first_wait: timedelta = FIRST_WAIT,
    alive: timedelta = ALIVE,
    grace: timedelta = GRACE,
    retry_seconds: float = 5.0,
    drain: bool = False,
    queue: type[Queue] = Queue,
) -> None:
    """Do jobs until `stop` is set; with `drain` only until none is left.

    `queue` says which job is next. Takes one connection of its own beside those of `database`, of
    whose writing ones it uses up to `at_once` while jobs run. When the database is away it waits
    and begins again.
    """
    stop = stop or asyncio.Event()
    todo = Work(database, handlers, mailer, tries, first_wait)
    while not stop.is_set():
        try:
            await _work_while_connected(todo, stop, at_once, alive, grace, drain, queue)
            if drain:
                return
        except AWAY as exc:
            if drain:
                raise
            log.warning("worker_waits", error=type(exc).__name__)
            await _either(stop, retry_seconds)


async def _work_while_connected(
    todo: Work,
    stop: asyncio.Event,
    at_once: int,
    alive: timedelta,
    grace: timedelta,
    drain: bool,
    kind: type[Queue],
) -> None:
    running: set[asyncio.Task[Any]] = set()
    async with todo.database.apart() as connection:
        queue = QueueManager(kind(AsyncpgDriver(connection), **BUILDERS), channel=NAMES.channel)
        for name in todo.handlers:
            queue.register_executor(name, _Executor(todo, running))
        manager = asyncio.create_task(
            queue.run(
                batch_size=max(at_once // 2, 1),  # the library wants twice as many at once
                max_concurrent_tasks=max(at_once, 2),
                # how often it looks without being woken: for jobs of workers that are gone
                dequeue_timeout=timedelta(seconds=0.1) if drain else alive,
                heartbeat_timeout=alive,
                log_aggregation_interval=timedelta(0),
                shutdown_on_listener_failure=True,
                mode=QueueExecutionMode.drain if drain else QueueExecutionMode.continuous,
            )
        )
        # the library would notice at its next look only
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _connection: gone.set())
        signs = {asyncio.create_task(event.wait()) for event in (stop, gone)}
        try:
            await asyncio.wait({manager, *signs}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for sign in signs:
                sign.cancel()
            queue.shutdown.set()
            await asyncio.wait({manager}, timeout=grace.total_seconds())
            for task in list(running):
                task.cancel()
            await asyncio.wait({manager})
        await manager
        if gone.is_set():
            raise ConnectionError


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def run(
    settings: Settings,
    stop: asyncio.Event,
    *,
    handlers: Mapping[str, Handler] = HANDLERS,
    chores: Sequence[Chore] = CHORES,
) -> None:
    """Jobs and chores, with connections of their own, until `stop` is set. Without the secrets that
    the keys of webhooks are kept with, messages wait for a worker that has them."""
    database = Database(
        settings.database_url or "", write_pool=AT_ONCE + PULLING_AT_ONCE + 1, read_pool=1
    )
    tidying = asyncio.create_task(keep_forgetting(database, chores))
    mailer = Mailer(settings)
    pulling = work(database, pullers(settings), mailer, stop=stop, at_once=PULLING_AT_ONCE)
    working = [
        asyncio.create_task(work(database, handlers, mailer, stop=stop)),
        asyncio.create_task(pulling),
    ]
    if settings.secret_keys:
        sending = work(
            database,
            senders(settings),
            mailer,
            stop=stop,
            at_once=SENDING_AT_ONCE,
            queue=SharedQueue,
        )
        working.append(asyncio.create_task(sending))
    else:
        log.warning("webhooks_wait_for_secret_keys")
    try:
        await asyncio.gather(*working)
    finally:
        for task in (tidying, *working):
            task.cancel()
        await asyncio.wait({tidying, *working})
        await database.close()
