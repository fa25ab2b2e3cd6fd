"""Two at once, addresses that change while something is sent, and keys that are gone."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.auth import keys
from app.core import clock, jobs, outside
from app.core.events import entry
from app.core.seal import Strongbox
from app.integrations.webhooks import service
from app.integrations.webhooks.telling import TELL, tell
from app.models import WebhookDelivery, WebhookEndpoint
from app.worker import work
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
    verified,
)
from tests.working import run_due
from tests.world import Ticking

pytestmark = pytest.mark.anyio


def at(version):
    return {"If-Match": f'"{version}"', "Idempotency-Key": str(uuid4())}


@pytest.fixture
async def receiver():
    """Somebody who takes messages."""
    async with receiving() as made:
        yield made


@pytest.fixture
def database(app):
    """The test's own transaction; a receiver on loopback is let through."""
    app.state.settings = LOOPBACK
    return app.state.database


@pytest.fixture
async def endpoint(database, world, receiver):
    """An endpoint at the receiver."""
    return await make_endpoint(
        database, world.juniper, world.juniper_warehouse, f"{receiver.url}/hook"
    )


async def changed(database, world, object_id, version):
    """A change that endpoints are told of."""
    async with database.writing() as session:
        await in_district(session, world.juniper)
        entry(session, world.juniper, "goal", object_id, version)
        await session.commit()


async def test_a_former_secret_whose_key_is_gone_keeps_no_message(
    database, world, receiver, endpoint
):
    gone = Strongbox((b"another installation's secret of long ago",))
    async with database.writing() as session:
        await in_district(session, world.juniper)
        found = await session.get(WebhookEndpoint, (world.juniper, endpoint))
        found.former_secret = gone.close(FORMER, "webhook secret", str(endpoint))
        found.former_until = clock.now() + timedelta(hours=20)
        await session.commit()
    await make_delivery(database, world, endpoint)
    await do(database)
    verified(receiver.taken[0], KEY)


async def test_what_is_sent_again_says_what_it_said_and_a_new_change_is_a_new_message(
    live, receiver
):
    """A receiver passes over an id that it knows, and would miss whatever else came under it."""
    database, world = live.app.state.database, live.world
    endpoint = await make_endpoint(
        database, world.juniper, world.juniper_warehouse, f"{receiver.url}/hook"
    )
    first = await make_delivery(database, world, endpoint, object_id=world.tom)
    await do(database)
    path = f"/webhook-deliveries/{first}/redeliver"
    sent = await row(database, world, WebhookDelivery, first)
    again = await live.as_("ada").post(path, headers=at(sent.version))
    assert again.status_code == 200, again.text
    Ticking.of_test.move(milliseconds=5)  # ids of one millisecond have no order
    await changed(database, world, world.tom, 9)
    await run_due(database, NO_MAIL, {TELL: tell}, ahead=timedelta(minutes=1))
    await do(database)
    said = [(one.headers["webhook-id"], verified(one)["type"]) for one in receiver.taken]
    assert said[:2] == [(str(first), "goal.changed")] * 2
    assert [kind for _, kind in said[2:]] == ["goal.removed"]  # nobody ever saw such a goal
    assert said[2][0] != str(first)


async def test_what_a_former_address_answers_does_not_count_against_the_new(
    as_, database, world, receiver, endpoint
):
    async def moves(request):
        if request.path == "/new":
            return (204, {}, b"")
        found = await row(database, world, WebhookEndpoint, endpoint)
        body = {"url": f"{receiver.url}/new"}
        answer = await as_("ada").patch(
            f"/webhook-endpoints/{endpoint}", json=body, headers=at(found.version)
        )
        assert answer.status_code == 200, answer.text
        return (410, {}, b"")

    receiver.answer = moves
    delivery = await make_delivery(database, world, endpoint)
    await do(database)
    assert [one.path for one in receiver.taken] == ["/hook", "/new"]
    assert (await row(database, world, WebhookEndpoint, endpoint)).state == "active"
    sent = await row(database, world, WebhookDelivery, delivery)
    assert (sent.state, [one["status"] for one in sent.attempts]) == ("delivered", [410, 204])


async def test_a_new_address_is_not_kept_waiting_for_what_the_former_one_asked(
    as_, database, world, receiver, endpoint
):
    receiver.answer = (503, {"retry-after": "86400"}, b"")
    delivery = await make_delivery(database, world, endpoint)
    await do(database)
    found = await row(database, world, WebhookEndpoint, endpoint)
    assert found.failing_since is not None
    receiver.answer = (204, {}, b"")
    path = f"/webhook-endpoints/{endpoint}"
    words = await as_("ada").patch(path, json={"description": "x"}, headers=at(found.version))
    await do(database)
    assert len(receiver.taken) == 1  # the address is the same
    moved = await as_("ada").patch(
        path, json={"url": f"{receiver.url}/new"}, headers=at(words.json()["version"])
    )
    assert (moved.status_code, moved.json()["failing_since"]) == (200, None)
    await do(database)
    assert [one.path for one in receiver.taken] == ["/hook", "/new"]
    assert (await row(database, world, WebhookDelivery, delivery)).state == "delivered"


async def test_what_waits_for_a_revoked_client_is_dropped_with_it(
    as_, database, world, receiver, endpoint
):
    receiver.answer = (500, {}, b"")
    delivery = await make_delivery(database, world, endpoint)
    await do(database)
    client = (await as_("ada").get(f"/integration-clients/{world.juniper_warehouse}")).json()
    answer = await as_("ada").post(
        f"/integration-clients/{client['id']}/revoke", headers=at(client["version"])
    )
    assert answer.status_code == 200
    left = await row(database, world, WebhookDelivery, delivery)
    assert (left.state, left.next_attempt_at) == ("dropped", None)


async def test_dead_jobs_are_counted_by_name_for_who_watches(live):
    """Also those of a worker elsewhere, because they are read from the database."""
    database, world = live.app.state.database, live.world

    async def figures():
        return (await live.as_().get("http://127.0.0.1/metrics")).text.split("\n")

    assert 'alongside_jobs_dead{name="webhook.failed"} 1.0' not in await figures()
    async with database.writing() as session:
        for _ in range(2):  # one for the same work
            await jobs.bury(session, "webhook.failed", world.juniper, world.tom, 10)
        await session.commit()
    assert 'alongside_jobs_dead{name="webhook.failed"} 1.0' in await figures()
    async with database.writing() as session:
        await jobs.revive(session)
        await session.commit()
    assert not [line for line in await figures() if line.startswith("alongside_jobs_dead{")]


async def _named(live):
    """An endpoint over HTTP of `juniper_warehouse`, at an address that nobody asks for."""
    answer = await live.as_("ada").post(
        "/webhook-endpoints",
        json={"client_id": str(live.world.juniper_warehouse), "url": "https://hooks.example.org/"},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def nobody_is_asked(monkeypatch):
    """No name service."""

    async def none(_host, _port):
        raise OSError

    monkeypatch.setattr(outside, "look_up", none)


async def test_two_who_change_one_thing_at_once_are_told_so(live, nobody_is_asked):
    database, world, ada = live.app.state.database, live.world, live.as_("ada")
    endpoint = await _named(live)
    path = f"/webhook-endpoints/{endpoint['id']}"

    async def both(*calls):
        async with asyncio.timeout(10):
            return sorted(one.status_code for one in await asyncio.gather(*calls))

    rotations = (ada.post(f"{path}/rotate-secret", headers=at(1)) for _ in range(2))
    assert await both(*rotations) == [200, 412]

    delivery = await make_delivery(database, world, UUID(endpoint["id"]))
    async with database.writing() as session:
        await in_district(session, world.juniper)
        await session.execute(
            text("update webhook_delivery set state = 'failed', ended_at = now(), version = 4")
        )
        await session.commit()
    repeats = (
        ada.post(f"/webhook-deliveries/{delivery}/redeliver", headers=at(4)) for _ in range(2)
    )
    assert await both(*repeats) == [200, 412]

    # either comes first, and nothing of a revoked client is left enabled
    client = (await ada.get(f"/integration-clients/{world.juniper_warehouse}")).json()
    disabled = (await ada.post(f"{path}/disable", headers=at(2))).json()
    body = {"client_id": client["id"], "url": "https://other.example.org/"}
    answers = await both(
        ada.post(f"/integration-clients/{client['id']}/revoke", headers=at(client["version"])),
        ada.post(f"{path}/enable", headers=at(disabled["version"])),
        ada.post("/webhook-endpoints", json=body, headers=at(1)),
    )
    assert answers[0] == 200
    assert set(answers) <= {200, 201, 409}
    found = (await ada.get("/webhook-endpoints")).json()["items"]
    assert {one["state"] for one in found} == {"disabled"}


async def test_a_client_is_revoked_while_an_endpoint_is_made_and_told(
    live, nobody_is_asked, monkeypatch
):
    """Who tells holds the new endpoint and wants its client, as who revokes wants them both."""
    database, world, ada = live.app.state.database, live.world, live.as_("ada")
    await changed(database, world, world.tom, 1)
    place, drop, made = service.place_now, keys.drop, asyncio.Event()
    telling: list[asyncio.Task[int]] = []

    async def slow_place(session, district_id):
        found = await place(session, district_id)
        await changed(database, world, world.lena, 2)
        made.set()
        await asyncio.sleep(0.5)  # who revokes has come meanwhile, and waits
        return found

    async def slow_drop(session, kind, key):
        soon = run_due(database, NO_MAIL, {TELL: tell}, ahead=timedelta(minutes=1))
        telling.append(asyncio.create_task(soon))
        await asyncio.sleep(0.5)
        await drop(session, kind, key)

    monkeypatch.setattr(service, "place_now", slow_place)
    monkeypatch.setattr(keys, "drop", slow_drop)
    client = (await ada.get(f"/integration-clients/{world.juniper_warehouse}")).json()

    async def revoke():
        await made.wait()
        path = f"/integration-clients/{client['id']}/revoke"
        return await ada.post(path, headers=at(client["version"]))

    async with asyncio.timeout(20):
        _, answer = await asyncio.gather(_named(live), revoke())
        await telling[0]
    assert answer.status_code == 200, answer.text
    (endpoint,) = (await ada.get("/webhook-endpoints")).json()["items"]
    assert (endpoint["state"], endpoint["disabled_because"]) == ("disabled", "client")
    async with database.reading() as session:
        tries = "select max(attempts) from pgqueuer where entrypoint = :n"
        assert await session.scalar(text(tries), {"n": TELL}) in (0, None)


async def test_it_is_disabled_while_a_message_is_under_way(live):
    database, world, ada = live.app.state.database, live.world, live.as_("ada")
    released = asyncio.Event()

    async def slow(_request):
        await released.wait()
        return (204, {}, b"")

    async with receiving() as receiver:
        receiver.answer = slow
        endpoint = await make_endpoint(
            database, world.juniper, world.juniper_warehouse, receiver.url
        )
        first = await make_delivery(database, world, endpoint)
        second = await make_delivery(database, world, endpoint)
        stop = asyncio.Event()
        async with asyncio.timeout(20):
            working = asyncio.create_task(work(database, handlers(), NO_MAIL, stop=stop))
            await receiver.came.wait()
            answer = await ada.post(f"/webhook-endpoints/{endpoint}/disable", headers=at(1))
            assert answer.status_code == 200, answer.text
            released.set()
            stop.set()  # what runs is let end
            await working
        tried = (await row(database, world, WebhookDelivery, first)).attempts
        assert [one["status"] for one in tried] == [204]
        assert len(receiver.taken) == 1
        states = [
            (await row(database, world, WebhookDelivery, one)).state for one in (first, second)
        ]
        assert states == ["dropped", "dropped"]


async def test_a_slow_name_service_holds_nobody_who_saves_up(live, monkeypatch):
    world, ada = live.world, live.as_("ada")
    asked, both, answered = asyncio.Event(), asyncio.Event(), asyncio.Event()
    looked = []

    async def slow(host, _port):
        looked.append(host)
        (both if asked.is_set() else asked).set()
        await answered.wait()
        raise OSError

    monkeypatch.setattr(outside, "look_up", slow)
    endpoint_id = await make_endpoint(
        live.app.state.database, world.juniper, world.juniper_warehouse, "https://a.example.org/"
    )
    path = f"/webhook-endpoints/{endpoint_id}"
    slowly = asyncio.create_task(
        ada.patch(path, json={"url": "https://b.example.org/"}, headers=at(1))
    )
    await asked.wait()
    # its row is not locked
    async with asyncio.timeout(2):
        assert (await ada.post(f"{path}/disable", headers=at(1))).status_code == 200
    also = asyncio.create_task(ada.post(f"{path}/enable", headers=at(2)))
    await both.wait()
    # two names are looked up at once, and one more is not waited for
    async with asyncio.timeout(2):
        await outside.check_host("https://c.example.org/")
    assert looked == ["b.example.org", "a.example.org"]
    answered.set()
    assert ((await slowly).status_code, (await also).status_code) == (412, 200)
    with pytest.raises(outside.Refused):
        await outside.check_host("https://d.example.org/", resolver=_inside)


async def _inside(_host, _port):
    return ["10.0.0.1"]
