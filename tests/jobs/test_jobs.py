"""Jobs: as true as the transaction that wanted them, done in their district, never lost."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from sqlalchemy import func, select, text
from structlog.testing import capture_logs

from app import worker
from app.access.actor import ActorKind
from app.cli_worker import jobs as jobs_command
from app.core import jobs
from app.core.database import Database
from app.core.jobs import BUILDERS, Later, enqueue
from app.core.mail import Mailer
from app.core.migrate import migrate_async
from app.models import School
from app.settings import Settings
from app.worker import run, work
from tests.working import run_due

pytestmark = pytest.mark.anyio
NO_MAIL = Mailer(Settings())
#: the connections on which workers look for jobs: their last statement was one of PgQueuer's
LISTENING = (
    "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    " and state = 'idle' and (query ilike '%pgqueuer%' or query ilike '%pg_notify%')"
)
ROOT = Path(__file__).resolve().parents[2]


async def put(database, world, *subjects, name="note", **options):
    """Jobs, put into the queue as a service does."""
    async with database.writing() as session:
        for subject in subjects:
            await enqueue(session, name, world.juniper, subject, **options)
        await session.commit()


async def rows(database):
    async with database.reading() as session:
        found = await session.execute(text("select * from pgqueuer order by id"))
        return found.mappings().all()


@pytest.fixture
async def database(live):
    """A database where commits are real."""
    return live.app.state.database


@pytest.fixture
def shared(app):
    """The test's own transaction, which is quicker and enough for one job at a time."""
    return app.state.database


async def test_the_schema_is_what_the_library_wants(live):
    database = Database(live.owner_url)
    async with database.apart() as connection:
        plan = await Queries(AsyncpgDriver(connection), **BUILDERS).plan_upgrade()
    await database.close()
    assert list(plan.statements) == []


async def test_a_job_is_there_if_its_transaction_is(database, world):
    for as_first_statement in (True, False):
        async with database.writing() as session:
            if not as_first_statement:
                await session.execute(text("select 1"))
            await enqueue(session, "note", world.juniper, world.tom)
            await session.rollback()
    assert await rows(database) == []
    await put(database, world, world.tom)
    (row,) = await rows(database)
    assert row["payload"].decode() == f"{world.juniper} {world.tom}"


async def test_it_runs_as_the_operator_of_its_district_and_sees_no_other(shared, world):
    seen = {}

    async def look(session, actor, subject_id, mailer):
        schools = await session.scalars(select(School.district_id))
        seen.update(
            subject=subject_id, kind=actor.kind, districts=set(schools), mine=actor.district_id
        )

    await put(shared, world, world.tom)
    assert await run_due(shared, NO_MAIL, {"note": look}) == 1
    assert seen == {
        "subject": world.tom,
        "kind": ActorKind.OPERATOR,
        "districts": {world.juniper},
        "mine": world.juniper,
    }
    assert await rows(shared) == []


async def test_a_failure_is_tried_again_then_dead_then_revived(
    database, live, world, capsys, caplog
):
    calls = []

    async def fails(session, actor, subject_id, mailer):
        calls.append(subject_id)
        await session.execute(text("update school set name = 'Half'"))
        raise RuntimeError("what Tom wrote")

    await put(database, world, world.tom)
    options = {"tries": 3, "first_wait": timedelta(milliseconds=20), "drain": True}
    async with asyncio.timeout(10):
        with capture_logs() as lines:
            await work(database, {"note": fails}, NO_MAIL, **options)
    assert calls == [world.tom] * 3
    (row,) = await rows(database)
    assert (row["status"], row["attempts"]) == ("failed", 3)
    async with database.reading() as session:
        await session.execute(select(func.set_config("app.district", str(world.juniper), False)))
        assert "Half" not in set(await session.scalars(select(School.name)))
        kept = await session.scalar(
            text("select count(*) from pgqueuer_log where traceback <> 'null'")
        )
        assert kept == 0
        (dead,) = await jobs.dead(session)
    assert (dead.name, dead.district_id, dead.subject_id) == ("note", world.juniper, world.tom)

    assert [line["event"] for line in lines] == ["job_failed", "job_failed", "job_dead"]
    assert (lines[2]["error"], lines[2]["subject"]) == ("RuntimeError", str(world.tom))
    assert "what Tom wrote" not in f"{lines}{capsys.readouterr()}{caplog.text}"

    def command(retry):
        options = type("Options", (), {"retry": retry})
        assert jobs_command(options, Settings(database_url=live.url)) == 0
        return capsys.readouterr().out

    assert f"note\tdistrict {world.juniper}\tsubject {world.tom}\t3 tries" in (
        await asyncio.to_thread(command, False)
    )
    assert await asyncio.to_thread(command, True) == "Jobs that are tried anew: 1\n"
    assert "note" not in await asyncio.to_thread(command, False)
    (row,) = await rows(database)
    assert (row["status"], row["attempts"]) == ("queued", 0)


async def test_later_keeps_what_was_written_and_counts_no_failure(database, world):
    calls = []

    async def waits(session, actor, subject_id, mailer):
        calls.append(subject_id)
        await session.execute(
            text("update school set name = :n where id = :id"),
            {"n": f"Try {len(calls)}", "id": subject_id},
        )
        if len(calls) < 4:
            raise Later(timedelta(milliseconds=30))

    await put(database, world, world.alder)
    await run_due(database, NO_MAIL, {"note": waits}, tries=2)
    async with asyncio.timeout(10):
        await work(database, {"note": waits}, NO_MAIL, tries=2, drain=True)
    assert len(calls) == 4
    async with database.reading() as session:
        await session.execute(select(func.set_config("app.district", str(world.juniper), False)))
        name = await session.scalar(select(School.name).where(School.id == world.alder))
    assert name == "Try 4"
    assert await rows(database) == []


async def test_a_worker_that_lost_its_job_cannot_commit(database, world):
    async def loses(session, actor, subject_id, mailer):
        await session.execute(
            text("update school set name = 'Twice' where id = :id"), {"id": subject_id}
        )
        async with database.writing() as other:  # as PgQueuer does for another worker
            await other.execute(
                text("update pgqueuer set queue_manager_id = gen_random_uuid(), heartbeat = now()")
            )
            await other.commit()

    await put(database, world, world.alder)
    await run_due(database, NO_MAIL, {"note": loses})
    (row,) = await rows(database)
    assert row["status"] == "picked"
    async with database.reading() as session:
        await session.execute(select(func.set_config("app.district", str(world.juniper), False)))
        assert "Twice" not in set(await session.scalars(select(School.name)))


async def test_the_job_of_a_killed_worker_is_done_by_another_once(database, live, world):
    done, freed = [], asyncio.Event()

    async def finish(session, actor, subject_id, mailer):
        done.append(subject_id)
        name = await session.scalar(select(School.name).where(School.id == subject_id))
        assert name != "Begun"
        freed.set()

    await put(database, world, world.alder, name="rename")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.jobs.killed", live.url, "0.6", cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"begun\n"
        stop = asyncio.Event()
        options = {"stop": stop, "alive": timedelta(seconds=0.6)}
        other = asyncio.create_task(work(database, {"rename": finish}, NO_MAIL, **options))
        await asyncio.sleep(1)
        assert done == []  # its heartbeats keep it
        process.kill()
        await process.wait()
        await freed.wait()
        stop.set()
        await other
    assert await rows(database) == []
    assert done == [world.alder]


async def test_a_job_whose_worker_is_gone_each_time_is_dead_in_the_end(shared, world):
    async def never(session, actor, subject_id, mailer):
        raise AssertionError

    await put(shared, world, world.tom)
    async with shared.writing() as session:
        await session.execute(text("update pgqueuer set attempts = 3"))
        await session.commit()
    await run_due(shared, NO_MAIL, {"note": never}, tries=3)
    (row,) = await rows(shared)
    assert row["status"] == "failed"


async def test_told_to_stop_a_running_job_ends_or_is_released(database, world):
    begun, stop, ended = asyncio.Event(), asyncio.Event(), []

    async def slow(session, actor, subject_id, mailer):
        begun.set()
        await asyncio.sleep(0.2 if subject_id == world.tom else 60)
        ended.append(subject_id)

    for subject, left in ((world.tom, []), (world.lena, ["queued"])):
        begun.clear()
        stop.clear()
        await put(database, world, subject)
        options = {"stop": stop, "grace": timedelta(seconds=1 if not left else 0.1)}
        async with asyncio.timeout(10):
            working = asyncio.create_task(work(database, {"note": slow}, NO_MAIL, **options))
            await begun.wait()
            stop.set()
            await working
        assert [row["status"] for row in await rows(database)] == left
    assert ended == [world.tom]
    (row,) = await rows(database)
    assert row["attempts"] == 0


async def test_a_worker_is_woken_at_once_and_survives_its_connection(database, live, world):
    times, stop, did = [], asyncio.Event(), asyncio.Event()

    async def note(session, actor, subject_id, mailer):
        times.append(asyncio.get_running_loop().time())
        did.set()

    working = asyncio.create_task(
        work(database, {"note": note}, NO_MAIL, stop=stop, retry_seconds=0.05)
    )

    async def one():
        did.clear()
        began = asyncio.get_running_loop().time()
        await put(database, world, world.tom)
        async with asyncio.timeout(10):
            await did.wait()
        return times[-1] - began

    await one()
    async with database.writing() as session:
        cut = await session.execute(text(f"select pg_terminate_backend(pid) {LISTENING}"))
        assert cut.all()
    assert await one() < 5
    stop.set()
    await working


async def test_a_job_waits_for_its_time(shared, world):
    done = []

    async def note(session, actor, subject_id, mailer):
        done.append(subject_id)

    await put(shared, world, world.tom, delay=timedelta(hours=2))
    assert await run_due(shared, NO_MAIL, {"note": note}, ahead=timedelta(hours=1)) == 0
    assert await run_due(shared, NO_MAIL, {"note": note}, ahead=timedelta(hours=3)) == 1
    assert done == [world.tom]


async def test_a_name_nobody_knows_waits_for_who_does(shared, world):
    await put(shared, world, world.tom, name="of_tomorrow")

    async def note(session, actor, subject_id, mailer):
        raise AssertionError

    assert await run_due(shared, NO_MAIL, {"note": note}) == 0
    assert [row["status"] for row in await rows(shared)] == ["queued"]


async def test_the_worker_does_jobs_and_chores_and_ends(live, world, database):
    stop, chored = asyncio.Event(), []

    async def note(session, actor, subject_id, mailer):
        assert not mailer.configured
        stop.set()

    async def chore(session, district_id, zone):
        chored.append(district_id)

    await put(database, world, world.tom)
    settings = Settings(database_url=live.url)
    async with asyncio.timeout(10):
        await run(settings, stop, handlers={"note": note}, chores=(chore,))
    assert await rows(database) == []
    assert world.juniper in chored


@pytest.mark.large
async def test_the_command_ends_in_order_when_told(live, database):
    await migrate_async(live.owner_url, live.url)  # a clone looks like a restored database
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "worker", cwd=ROOT, stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"DATABASE_URL": live.url},
    )  # fmt: skip
    async with asyncio.timeout(30):
        while True:
            async with database.reading() as session:
                if await session.scalar(text(f"select count(*) {LISTENING}")):
                    break
            await asyncio.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert b"Traceback" not in await process.stderr.read()


@pytest.mark.large
async def test_a_thousand_jobs_are_drained(database, world):
    done = []

    async def note(session, actor, subject_id, mailer):
        await session.execute(text("select 1"))
        done.append(subject_id)

    subjects = [UUID(int=n) for n in range(1000)]
    await put(database, world, *subjects)
    async with asyncio.timeout(60):
        await asyncio.gather(
            *(work(database, {"note": note}, NO_MAIL, drain=True) for _ in range(2))
        )
    assert sorted(done) == subjects
    assert await rows(database) == []


def test_all_there_is_to_do_is_named_in_one_place():
    assert all(callable(handler) for handler in worker.HANDLERS.values())
    assert worker.CHORES
