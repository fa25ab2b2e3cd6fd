"""Sending: signed, at least once, for days, and never at anybody else's cost."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pgqueuer.db import AsyncpgDriver
from prometheus_client import REGISTRY
from sqlalchemy import event, text

from app.cli_worker import jobs as jobs_command
from app.core import clock, jobs
from app.core.claims import SharedQueue
from app.core.jobs import BUILDERS, enqueue, ids_of
from app.integrations.webhooks import sending
from app.integrations.webhooks.sending import FAILED
from app.integrations.webhooks.states import DELIVER
from app.integrations.webhooks.waits import WAITS, asked_to_wait, wait_after
from app.models import WebhookDelivery, WebhookEndpoint
from app.settings import Settings
from app.worker import run, work
from tests.conftest import SETTINGS, _owner
from tests.webhooks.receiver import receiving
from tests.webhooks.setting import (
    FORMER,
    KEY,
    LOOPBACK,
    NO_MAIL,
    do,
    handlers,
    in_district,
    make_delivery,
    make_endpoint,
    row,
    sealed,
    verified,
)

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def receiver():
    """Somebody who takes messages."""
    async with receiving() as made:
        yield made


@pytest.fixture
def database(app):
    """The test's own transaction."""
    return app.state.database


@pytest.fixture
async def endpoint(database, world, receiver):
    """An endpoint at the receiver."""
    return await make_endpoint(
        database, world.juniper, world.juniper_warehouse, f"{receiver.url}/hook"
    )


async def left(database):
    async with database.reading() as session:
        found = await session.execute(
            text("select entrypoint, status from pgqueuer where entrypoint <> 'webhook.tell'")
        )
        return sorted(map(tuple, found))


async def all_done(database):
    """Wait until no job is left."""
    while True:
        if not await left(database):
            return
        await asyncio.sleep(0.05)


async def test_it_is_delivered_once_and_the_former_secret_signs_beside_the_new(
    database, world, receiver, endpoint, ticking
):
    first = await make_delivery(database, world, endpoint)
    await do(database)
    (request,) = receiver.taken
    verified(request, KEY)
    assert request.headers["webhook-id"] == str(first)
    assert int(request.headers["webhook-timestamp"]) == int(clock.now().timestamp())
    sent = await row(database, world, WebhookDelivery, first)
    assert (sent.state, sent.tries, sent.next_attempt_at) == ("delivered", 1, None)
    assert sent.ended_at is not None
    (attempt,) = sent.attempts
    assert (attempt["status"], attempt["error"]) == (204, None)
    assert set(attempt) == {"at", "status", "error", "milliseconds"}
    assert await left(database) == []

    async with database.writing() as session:
        await in_district(session, world.juniper)
        found = await session.get(WebhookEndpoint, (world.juniper, endpoint))
        found.former_secret = sealed(endpoint, FORMER)
        found.former_until = clock.now() + timedelta(hours=24)
        await session.commit()
    await make_delivery(database, world, endpoint, event="webhook.test", object_id=None)
    await do(database)
    assert verified(receiver.taken[1], KEY, FORMER)["data"] == {}
    ticking.move(hours=25)
    await make_delivery(database, world, endpoint)
    await do(database)
    verified(receiver.taken[2], KEY)


@pytest.mark.large
async def test_it_is_tried_for_days_then_is_a_dead_letter_that_can_be_revived(
    database, world, receiver, endpoint, ticking
):
    receiver.answer = (500, {}, b"what somebody wrote")
    before = REGISTRY.get_sample_value("alongside_webhook_attempts_total", {"result": "failed"})
    delivery = await make_delivery(database, world, endpoint)
    start = clock.now()
    for number in range(1, len(WAITS) + 1):
        await do(database, rounds=1, ahead=timedelta(days=9))
        now = await row(database, world, WebhookDelivery, delivery)
        assert (now.state, now.tries, len(receiver.taken)) == ("waiting", number, number)
        wait, usual = now.next_attempt_at - clock.now(), WAITS[number - 1]
        assert 0.79 * usual < wait < 1.21 * usual
        await do(database, rounds=1, ahead=timedelta(days=9))  # too early: nothing is sent
        assert len(receiver.taken) == number
        ticking.move(seconds=wait.total_seconds() + 1)
    assert timedelta(days=2.4) < clock.now() - start < timedelta(days=4)
    await do(database, rounds=1, ahead=timedelta(days=9))
    dead = await row(database, world, WebhookDelivery, delivery)
    assert (dead.state, dead.tries, dead.next_attempt_at) == ("failed", len(WAITS) + 1, None)
    assert {attempt["error"] for attempt in dead.attempts} == {"status"}
    assert "what somebody wrote" not in str(dead.attempts)
    assert {request.headers["webhook-id"] for request in receiver.taken} == {str(delivery)}
    assert len({request.body for request in receiver.taken}) == 1
    assert len({request.headers["webhook-signature"] for request in receiver.taken}) > 1
    after = REGISTRY.get_sample_value("alongside_webhook_attempts_total", {"result": "failed"})
    assert after == (before or 0) + 1
    async with database.reading() as session:
        (letter,) = await jobs.dead(session)
        assert (letter.name, letter.subject_id) == (FAILED, endpoint)
        assert await jobs.dead_by_name(session) == {FAILED: 1}
    async with database.writing() as session:
        assert await jobs.revive(session) == 1
        await session.commit()
    receiver.answer = (200, {}, b"")
    await do(database, ahead=timedelta(days=9))
    again = await row(database, world, WebhookDelivery, delivery)
    assert (again.state, again.tries) == ("delivered", 1)
    assert await left(database) == []


async def put(database, world, model, row_id, **fields):
    async with database.writing() as session:
        await in_district(session, world.juniper)
        found = await session.get(model, (world.juniper, row_id))
        for name, value in fields.items():
            setattr(found, name, value)
        await session.commit()


async def test_its_last_try_and_its_fifth_bad_day_end_it(database, world, receiver, endpoint):
    """The two below in short."""
    receiver.answer = (500, {}, b"")
    last = await make_delivery(database, world, endpoint, tries=len(WAITS))
    await do(database, rounds=1)
    assert (await row(database, world, WebhookDelivery, last)).state == "failed"
    assert await left(database) == [(FAILED, "failed")]
    since = clock.now() - timedelta(days=5, minutes=1)
    await put(database, world, WebhookEndpoint, endpoint, failing_since=since)
    for tries, state in ((1, "active"), (2, "disabled")):
        await make_delivery(database, world, endpoint, tries=tries)
        await put(database, world, WebhookEndpoint, endpoint, paused_from=None, paused_until=None)
        await do(database, rounds=1)
        now = await row(database, world, WebhookEndpoint, endpoint)
        assert now.state == state
    assert now.disabled_because == "failing"


async def test_410_disables_at_once_and_drops_what_waits(database, world, receiver, endpoint):
    receiver.answer = (410, {}, b"")
    deliveries = [await make_delivery(database, world, endpoint) for _ in range(3)]
    await do(database)
    assert len(receiver.taken) == 1
    now = await row(database, world, WebhookEndpoint, endpoint)
    assert (now.state, now.disabled_because) == ("disabled", "gone")
    states = {(await row(database, world, WebhookDelivery, one)).state for one in deliveries}
    assert states == {"dropped"}
    async with database.reading() as session:
        found = await session.execute(
            text("select action, actor_kind from event where subject_id = :id"), {"id": endpoint}
        )
        assert [tuple(event) for event in found] == [("webhook_endpoint.disabled", "operator")]


async def test_a_redirect_is_a_failure_and_is_not_followed(database, world, receiver, endpoint):
    receiver.answer = (307, {"location": f"{receiver.url}/elsewhere"}, b"")
    delivery = await make_delivery(database, world, endpoint)
    await do(database)
    assert [request.path for request in receiver.taken] == ["/hook"]
    now = await row(database, world, WebhookDelivery, delivery)
    assert [(one["status"], one["error"]) for one in now.attempts] == [(307, "status")]


async def test_an_address_on_the_inside_is_not_reached_when_it_is_sent(
    database, world, receiver, ticking
):
    inner = await make_endpoint(database, world.juniper, world.juniper_warehouse, receiver.url)
    delivery = await make_delivery(database, world, inner)
    await do(database, settings=SETTINGS)
    assert receiver.taken == []
    now = await row(database, world, WebhookDelivery, delivery)
    assert [(one["status"], one["error"]) for one in now.attempts] == [(None, "refused")]
    other = replace(SETTINGS, secret_keys=(("other", b"x" * 32),))
    ticking.move(minutes=10)
    await do(database, settings=other, ahead=timedelta(days=1))
    now = await row(database, world, WebhookDelivery, delivery)
    assert now.attempts[-1]["error"] == "secret"


async def test_a_receiver_can_ask_us_to_wait_and_everything_for_it_waits(
    database, world, receiver, endpoint, ticking
):
    receiver.answer = (503, {"retry-after": "7200"}, b"")
    first = await make_delivery(database, world, endpoint)
    await do(database)
    second = await make_delivery(database, world, endpoint)  # comes afterwards
    await do(database, ahead=timedelta(days=1))
    assert len(receiver.taken) == 1
    now = await row(database, world, WebhookDelivery, first)
    assert now.attempts[-1]["error"] == "wait"
    assert timedelta(minutes=119) < now.next_attempt_at - clock.now() <= timedelta(hours=2)
    receiver.answer = (200, {}, b"")
    ticking.move(minutes=121)
    await do(database, ahead=timedelta(days=1))
    assert [request.headers["webhook-id"] for request in receiver.taken[1:]] == [
        str(first),
        str(second),
    ]
    at = clock.now().replace(microsecond=0)
    asked = {"120": 120, "0": 5, "999999999": 86400}
    asked[format_datetime(at + timedelta(minutes=3), usegmt=True)] = 180
    for value, seconds in asked.items():
        assert asked_to_wait({"retry-after": value}, at) == timedelta(seconds=seconds)
    for value in ("", "soon", "-5", "1e9", "9" * 400):
        assert asked_to_wait({"retry-after": value}, at) is None


async def test_who_asks_us_to_wait_has_a_message_live_on_for_three_days(
    database, world, receiver, endpoint, ticking
):
    receiver.answer = (503, {"retry-after": "60"}, b"")
    delivery = await make_delivery(database, world, endpoint, tries=len(WAITS))
    await do(database, rounds=1)
    assert (await row(database, world, WebhookDelivery, delivery)).state == "waiting"
    ticking.move(days=3, minutes=1)
    await do(database, ahead=timedelta(days=1), rounds=1)
    assert len(receiver.taken) == 2
    assert (await row(database, world, WebhookDelivery, delivery)).state == "failed"


async def test_one_that_is_down_is_asked_with_one_message_and_then_gets_all(
    database, world, receiver, endpoint, ticking
):
    receiver.answer = (502, {}, b"")
    deliveries = [await make_delivery(database, world, endpoint) for _ in range(5)]
    await do(database)
    assert len(receiver.taken) == 1
    failing = await row(database, world, WebhookEndpoint, endpoint)
    assert failing.failing_since is not None
    receiver.answer = (200, {}, b"")
    ticking.move(seconds=7)
    await do(database, ahead=timedelta(minutes=1))
    assert [request.headers["webhook-id"] for request in receiver.taken] == [
        str(one) for one in (deliveries[0], *deliveries)
    ]
    assert (await row(database, world, WebhookEndpoint, endpoint)).failing_since is None


async def test_what_somebody_asks_for_does_not_wait_with_the_rest_but_fails_for_itself(
    as_, database, world, receiver, endpoint, ticking
):
    """A test is sent although the receiver seems to be down; it fails, and others wait again."""
    receiver.answer = (502, {}, b"")
    waits = [await make_delivery(database, world, endpoint) for _ in range(2)]
    await do(database, ahead=timedelta(days=1))
    path = f"/webhook-endpoints/{endpoint}"
    tests = []
    for _ in range(2):
        ticking.move(seconds=1)
        answer = await as_("ada").post(f"{path}/test")
        assert answer.status_code == 201, answer.text
        tests.append(answer.json()["id"])
    await do(database, ahead=timedelta(days=1))
    sent = [request.headers["webhook-id"] for request in receiver.taken]
    assert sent == [str(waits[0]), tests[0]], "the second waits, as the first was in vain"
    found = (await as_("ada").get(path)).json()
    assert found["paused_until"] > found["failing_since"]
    receiver.answer = (204, {}, b"")
    again = await as_("ada").post(f"{path}/test")
    await do(database, ahead=timedelta(days=1))
    sent = [request.headers["webhook-id"] for request in receiver.taken][2:]
    assert (sent[0], set(sent[1:])) == (again.json()["id"], {tests[1], str(waits[1])})
    found = (await as_("ada").get(path)).json()
    assert (found["paused_until"], found["failing_since"]) == (None, None)


async def test_the_next_of_many_is_found_without_looking_at_the_others(live, ticking, monkeypatch):
    """12,000 that wait behind 12,000 that were sent: nothing reads through them or writes them."""
    database, world = live.app.state.database, live.world
    many = text(
        "insert into webhook_delivery (district_id, id, endpoint_id, client_id, event, at, state,"
        " attempts, tries, version, created_at, updated_at) select :d, gen_random_uuid(), :e, :c,"
        " 'goal.changed', now(), case when n % 2 = 0 then 'waiting' else 'delivered' end, '[]',"
        " n % 2, 1, now(), now() from generate_series(1, 24000) n"
    )
    changed = "select count(*) from webhook_delivery where tries <> (state = 'delivered')::int"
    async with receiving() as receiver:
        endpoint = await make_endpoint(
            database, world.juniper, world.juniper_warehouse, receiver.url
        )
        async with database.writing() as session:
            await in_district(session, world.juniper)
            values = {"d": world.juniper, "e": endpoint, "c": world.juniper_warehouse}
            await session.execute(many, values)
            await enqueue(session, DELIVER, world.juniper, endpoint)
            await session.commit()
        async with _owner(live.owner_url) as plain:
            await plain.execute(text("analyze webhook_delivery"))
            await plain.commit()
        receiver.answer = (502, {}, b"")
        seen = {}
        monkeypatch.setattr(sending, "TURN", 0.5)

        def note(_connection, _cursor, statement, values, _context, _many):
            if statement.startswith("SELECT") and "FROM webhook_delivery" in statement:
                seen[statement] = values

        event.listen(database.write_engine.sync_engine, "before_cursor_execute", note)
        await do(database, ahead=timedelta(days=1))
        assert len(receiver.taken) == 1
        ticking.move(minutes=1)
        receiver.answer = (204, {}, b"")
        await do(database, ahead=timedelta(days=1), rounds=1)
        event.remove(database.write_engine.sync_engine, "before_cursor_execute", note)
        assert len(receiver.taken) > 3
        async with database.writing() as session:
            await in_district(session, world.juniper)
            # the one that failed and was delivered then has two tries, each other one
            assert await session.scalar(text(changed)) == 1
            driver = (await (await session.connection()).get_raw_connection()).driver_connection
            assert len(seen) > 3
            for statement, values in seen.items():
                plan = "\n".join(
                    line for (line,) in await driver.fetch(f"explain {statement}", *values)
                )
                assert "Seq Scan" not in plan, plan
                assert "_turn" in plan or ("pk_webhook_delivery" in plan and "(id = " in plan), plan


@pytest.mark.large
async def test_an_endpoint_of_which_everything_fails_for_days_is_disabled(
    database, world, receiver, endpoint, ticking
):
    receiver.answer = (500, {}, b"")
    states = []
    for _ in range(4):  # a day and more apart
        for _ in range(3):
            await make_delivery(database, world, endpoint)
            await do(database, ahead=timedelta(days=9))
            ticking.move(minutes=7)
        states.append((await row(database, world, WebhookEndpoint, endpoint)).state)
        ticking.move(days=1.8)
    assert states == ["active", "active", "active", "disabled"]
    now = await row(database, world, WebhookEndpoint, endpoint)
    assert now.disabled_because == "failing"
    assert await left(database) == []


async def test_what_is_disabled_or_revoked_is_sent_nothing(database, world, receiver, endpoint):
    delivery = await make_delivery(database, world, endpoint)
    async with database.writing() as session:
        await in_district(session, world.juniper)
        await session.execute(
            text("update integration_client set active = false where id = :id"),
            {"id": world.juniper_warehouse},
        )
        await session.commit()
    await do(database)
    assert receiver.taken == []
    now = await row(database, world, WebhookEndpoint, endpoint)
    assert (now.state, now.disabled_because) == ("disabled", "client")
    assert (await row(database, world, WebhookDelivery, delivery)).state == "dropped"


def test_the_waits_are_days_and_no_two_alike():
    assert timedelta(days=3) < sum(WAITS, timedelta()) < timedelta(days=3.3)
    assert len({wait_after(3) for _ in range(20)}) > 15
    assert wait_after(99) <= WAITS[-1] * 1.2


@pytest.mark.large
async def test_a_worker_killed_while_it_sends_is_replaced_and_the_message_comes_again(live):
    database, world = live.app.state.database, live.world
    async with receiving() as receiver:

        async def never(_request):
            await asyncio.sleep(60)

        receiver.answer = never
        endpoint = await make_endpoint(
            database, world.juniper, world.juniper_warehouse, receiver.url
        )
        delivery = await make_delivery(database, world, endpoint)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.webhooks.killed", live.url, "0.6", cwd=ROOT
        )
        async with asyncio.timeout(40):
            await receiver.came.wait()
            async with database.reading() as session:  # nothing is held while it waits
                busy = "select count(*) from pg_stat_activity where state like 'idle in trans%'"
                assert await session.scalar(text(busy)) == 0
            receiver.came.clear()
            stop = asyncio.Event()
            options = {"stop": stop, "alive": timedelta(seconds=0.6)}
            other = asyncio.create_task(work(database, handlers(), NO_MAIL, **options))
            await asyncio.sleep(1)
            assert len(receiver.taken) == 1  # its heartbeats keep it
            receiver.answer = (204, {}, b"")
            process.kill()
            await process.wait()
            await receiver.came.wait()
            await all_done(database)
            stop.set()
            await other
        first, second = receiver.taken
        assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(delivery)
        assert first.body == second.body
        verified(second)
        now = await row(database, world, WebhookDelivery, delivery)
        assert (now.state, now.tries, len(now.attempts)) == ("delivered", 2, 1)


@pytest.mark.large
async def test_a_slow_receiver_keeps_nobody_waiting_and_is_sent_one_at_a_time(live, capsys):
    database, world = live.app.state.database, live.world
    released, noted, at_once = asyncio.Event(), asyncio.Event(), [0, 0]

    async def slow(_request):
        at_once[0] += 1
        at_once[1] = max(at_once)
        await released.wait()
        at_once[0] -= 1
        return (204, {}, b"")

    async def note(_session, _actor, _subject_id, _mailer):
        noted.set()

    three = asyncio.Event()

    async def count(_request):
        if len(quick.taken) == 3:
            three.set()
        return (204, {}, b"")

    async with receiving() as stuck, receiving() as quick:
        stuck.answer, quick.answer = slow, count
        for receiver, number in ((stuck, 6), (quick, 3)):
            endpoint = await make_endpoint(
                database, world.juniper, world.juniper_warehouse, receiver.url
            )
            for _ in range(number):
                await make_delivery(database, world, endpoint)
        async with database.writing() as session:
            await enqueue(session, "note", world.juniper, world.tom)
            await session.commit()
        stop = asyncio.Event()
        both = {**handlers(), "note": note}
        async with asyncio.timeout(30):
            workers = [
                asyncio.create_task(work(database, both, NO_MAIL, stop=stop, at_once=4))
                for _ in range(2)
            ]
            await noted.wait()
            await three.wait()
            assert len(stuck.taken) == 1
            await make_delivery(database, world, await _first(database, world))
            await asyncio.sleep(0.3)  # another job of the same endpoint finds it being sent
            assert len(stuck.taken) == 1
            released.set()
            await all_done(database)
            stop.set()
            await asyncio.gather(*workers)
        ids = [request.headers["webhook-id"] for request in stuck.taken]
        assert len(ids) == len(set(ids)) == 7
        assert ids == sorted(ids)
        assert at_once[1] == 1
    options = type("Options", (), {"retry": False})
    assert await asyncio.to_thread(jobs_command, options, Settings(database_url=live.url)) == 0
    assert FAILED not in capsys.readouterr().out


async def test_a_district_with_slow_receivers_delays_no_other_district(live):
    """Twenty of one district that never answer, and one of another: sixteen are waited for at once,
    of which the first district has half; whoever comes next is served."""
    database, world = live.app.state.database, live.world
    hanging, most = set(), 0
    full, released = asyncio.Event(), asyncio.Event()

    async def never(request):
        nonlocal most
        hanging.add(request.path)
        most = max(most, len(hanging))
        if most == 8:
            full.set()
        await released.wait()
        hanging.discard(request.path)
        return (204, {}, b"")

    async with receiving() as stuck, receiving() as quick:
        stuck.answer = never
        for number in range(20):
            slow = await make_endpoint(
                database, world.juniper, world.juniper_warehouse, f"{stuck.url}/{number}"
            )
            await make_delivery(database, world, slow)
        theirs = await make_endpoint(database, world.kestrel, world.kestrel_warehouse, quick.url)
        stop = asyncio.Event()
        settings = replace(LOOPBACK, database_url=live.url)
        async with asyncio.timeout(12):  # below the 15 seconds for which a receiver is waited for
            working = asyncio.create_task(run(settings, stop, chores=()))
            await full.wait()
            fields = {"district_id": world.kestrel, "client_id": world.kestrel_warehouse}
            for number in range(3):
                quick.came.clear()
                await make_delivery(database, world, theirs, **fields)
                await quick.came.wait()
                assert len(quick.taken) == number + 1
            assert len(hanging) == 8
            released.set()
            await all_done(database)
        assert {request.path for request in stuck.taken} == {f"/{number}" for number in range(20)}
        stop.set()
        await working
        assert most == 8


async def test_turns_go_around_the_districts_and_the_jobs_of_a_gone_worker_count_as_new(live):
    """Which jobs a worker takes: those of the district with the fewest, of these the oldest; and
    never so many that whoever comes next would find nothing."""
    database, world = live.app.state.database, live.world
    many, few, gone, me = world.juniper, world.kestrel, uuid4(), uuid4()
    async with database.writing() as session:
        for district, number in ((many, 6), (few, 2)):
            for _ in range(number):
                await enqueue(session, "wait", district, uuid4())
        # the oldest is a worker's that is gone, the next a worker's that is there
        for older, seconds in ((0, 60), (1, 0)):
            await session.execute(
                text(
                    "update pgqueuer set status = 'picked', queue_manager_id = :worker,"
                    " heartbeat = now() - cast(:since as interval) where id = (select id from"
                    " pgqueuer where entrypoint = 'wait' order by id offset :older limit 1)"
                ),
                {"worker": gone, "since": timedelta(seconds=seconds), "older": older},
            )
        await session.commit()
    async with database.apart() as connection:
        queue = SharedQueue(AsyncpgDriver(connection), **BUILDERS)

        async def take(number: int, limit: int) -> list[UUID]:
            taken = await queue.dequeue(number, {"wait": None}, me, limit, timedelta(seconds=30))
            return [ids_of(job.payload)[0] for job in sorted(taken, key=lambda job: job.id)]

        assert await take(1, 6) == [many]
        assert sorted(await take(2, 6)) == sorted([many, few])
        assert await take(8, 6) == [few]  # four of six: each has two, and two are free
        assert await take(8, 6) == []
        assert await take(8, 7) == [many]
        assert await take(8, 16) == [many, many]


async def _first(database, world):
    async with database.writing() as session:
        await in_district(session, world.juniper)
        found = await session.scalar(
            text("select id from webhook_endpoint where district_id = :d order by id limit 1"),
            {"d": world.juniper},
        )
    return found
