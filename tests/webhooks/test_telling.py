"""What is told to whom: in the transaction of the effect, and only what a client may read."""

import pytest
from sqlalchemy import text

from app.core import outbox
from app.core.events import entry
from app.integrations.webhooks.telling import TELL, tell
from app.models import WebhookEndpoint
from tests.changes.test_changes import progress
from tests.goals.test_goals import agreed, at, growth
from tests.webhooks.receiver import receiving
from tests.webhooks.setting import NO_MAIL, do, in_district, make_endpoint, row, verified
from tests.working import run_due

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def others_sleep_long(monkeypatch):
    """The job for what other processes write meanwhile comes after the test."""
    monkeypatch.setattr(outbox, "ASLEEP", 3600.0)


async def told(database):
    """The districts of jobs that tell now."""
    async with database.reading() as session:
        found = await session.execute(
            text("select payload from pgqueuer where entrypoint = :n and execute_after <= now()"),
            {"n": TELL},
        )
        return [bytes(payload).decode().split(" ")[0] for payload in found.scalars()]


@pytest.mark.large
async def test_an_agreed_goal_reaches_its_district_and_nothing_else_does(live):
    database, world = live.app.state.database, live.world
    async with receiving() as receiver:
        endpoint_id = await make_endpoint(
            database, world.juniper, world.juniper_warehouse, f"{receiver.url}/ours"
        )
        await make_endpoint(
            database, world.kestrel, world.kestrel_warehouse, f"{receiver.url}/theirs"
        )
        # a draft, what its author changes in it, a refused change and support tell nothing
        tom = live.as_("tom")
        draft = (await tom.post("/goals", json=growth(world, title="Draft"))).json()
        fresh = await tom.patch(f"/goals/{draft['id']}", json={"title": "Dr"}, headers=at(draft))
        assert fresh.status_code == 200
        stale = await tom.patch(f"/goals/{draft['id']}", json={"title": "D"}, headers=at(draft))
        assert stale.status_code == 412
        help_ = {"about_id": str(world.tom), "recipient_ids": [str(world.paul)], "text": "Help."}
        asked = await live.as_("lena").post("/support-requests", json=help_)
        assert asked.status_code == 201, asked.text
        assert await told(database) == []

        goal = await agreed(live.as_, world, title="Wait three seconds")
        assert await told(database) == [str(world.juniper)]
        goal = await progress(live, goal, 3)
        assert await told(database) == [str(world.juniper)]  # once for several changes
        await do(database)
        (request,) = receiver.taken
        assert (request.method, request.path) == ("POST", "/ours")
        message = verified(request)
        assert message == {
            "type": "goal.changed",
            "timestamp": message["timestamp"],
            "data": {"type": "goal", "id": goal["id"], "version": goal["version"]},
        }
        assert message["timestamp"].startswith("2026-10-05T16:00:0")
        assert message["timestamp"].endswith("Z")
        assert b"Wait three" not in request.body
        assert request.headers["content-type"] == "application/json"
        assert request.headers["user-agent"].startswith("Alongside-Webhooks/")

        # rolled back with the effect
        async with database.writing() as session:
            await in_district(session, world.juniper)
            entry(session, world.juniper, "goal", goal["id"], 9)
            await session.flush()
            await session.rollback()
        assert await told(database) == []
        await do(database)
        assert len(receiver.taken) == 1

        # out of sight, by whatever writes to the feed: here neither a request nor a job
        async with database.writing() as session:
            await in_district(session, world.juniper)
            await session.execute(
                text("update goal set state = 'draft' where id = :id"), {"id": goal["id"]}
            )
            entry(session, world.juniper, "goal", goal["id"], 9)
            await session.commit()
        await do(database)
        assert verified(receiver.taken[1])["type"] == "goal.removed"
        assert verified(receiver.taken[1])["data"]["version"] == 9

        # a client that lost the scope is told nothing, and its endpoint says why
        async with database.writing() as session:
            await in_district(session, world.juniper)
            await session.execute(
                text("update integration_client set scopes = '[]' where id = :id"),
                {"id": world.juniper_warehouse},
            )
            entry(session, world.juniper, "goal", goal["id"], 10)
            await session.commit()
        await do(database)
        assert len(receiver.taken) == 2
        endpoint = await row(database, world, WebhookEndpoint, endpoint_id)
        assert (endpoint.state, endpoint.disabled_because) == ("disabled", "client")


async def test_it_waits_for_what_began_earlier_and_commits_later(live):
    database, world = live.app.state.database, live.world
    first, second = world.tom, world.lena  # any ids: nobody ever saw such goals
    async with receiving() as receiver:
        await make_endpoint(database, world.juniper, world.juniper_warehouse, receiver.url)
        async with database.writing() as early, database.writing() as late:
            for session, object_id in ((early, first), (late, second)):
                await in_district(session, world.juniper)
                entry(session, world.juniper, "goal", object_id, 1)
                await session.flush()
            await late.commit()
            await do(database)
            assert receiver.taken == []  # the later one stands behind what may still appear
            async with database.reading() as session:
                waits = (
                    "select count(*) from pgqueuer where entrypoint = :n and status = 'queued'"
                    " and execute_after < now() + interval '1 minute'"
                )
                assert await session.scalar(text(waits), {"n": TELL}) == 1
            await early.commit()
        await do(database)
        ids = [verified(request)["data"]["id"] for request in receiver.taken]
        assert ids == [str(first), str(second)]


async def test_what_was_not_sent_yet_says_the_new_and_what_nobody_wants_is_not_made(live):
    database, world = live.app.state.database, live.world
    async with receiving() as receiver:
        await make_endpoint(database, world.juniper, world.juniper_warehouse, receiver.url)
        draft = await live.as_("tom").post("/goals", json=growth(world, title="Draft"))
        assert (draft.status_code, await told(database)) == (201, [])

        async def change(version):
            async with database.writing() as session:
                await in_district(session, world.juniper)
                entry(session, world.juniper, "goal", world.tom, version)
                await session.commit()

        await change(1)
        only_tell = {TELL: tell}
        await run_due(database, NO_MAIL, only_tell)
        await change(2)
        await run_due(database, NO_MAIL, only_tell)
        await do(database)
        (request,) = receiver.taken
        assert verified(request)["data"]["version"] == 2
        async with database.writing() as session:
            await in_district(session, world.juniper)
            await session.execute(text("update webhook_endpoint set events = '[\"goal.changed\"]'"))
            await session.commit()
        await change(3)
        await do(database)
        assert len(receiver.taken) == 1


async def test_what_is_told_of_a_receiver_that_is_down_waits_behind_what_waits(live):
    database, world = live.app.state.database, live.world

    async def change(*object_ids):
        async with database.writing() as session:
            await in_district(session, world.juniper)
            for object_id in object_ids:  # any ids: nobody ever saw such goals
                entry(session, world.juniper, "goal", object_id, 1)
            await session.commit()

    async with receiving() as receiver:
        receiver.answer = (502, {}, b"")
        await make_endpoint(database, world.juniper, world.juniper_warehouse, receiver.url)
        await change(world.tom, world.lena)
        await do(database)
        await change(world.paul)
        await run_due(database, NO_MAIL, {TELL: tell})
        async with database.writing() as session:
            await in_district(session, world.juniper)
            found = await session.execute(
                text("select object_id, next_attempt_at from webhook_delivery where tries = 0")
            )
            due = {row.object_id: row.next_attempt_at for row in found}
        assert due.keys() == {world.lena, world.paul}
        assert due[world.lena] == due[world.paul]
        await do(database)
        assert len(receiver.taken) == 1


async def test_a_district_without_endpoints_costs_one_look_in_a_while_and_is_woken(
    app, world, monkeypatch
):
    database = app.state.database
    looks = []
    scalar = outbox.Session.scalar

    def counting(self, statement, *rest, **options):
        looks.extend([1] if statement is outbox._TELL else [])
        return scalar(self, statement, *rest, **options)

    monkeypatch.setattr(outbox.Session, "scalar", counting)
    monkeypatch.setattr(outbox, "_asleep", {})

    async def change():
        looks.clear()
        async with database.writing() as session:
            await in_district(session, world.juniper)
            for version in (1, 2):
                entry(session, world.juniper, "goal", world.tom, version)
                await session.flush()
            await session.commit()
        return len(looks), len(await told(database))

    assert await change() == (1, 0)
    assert await change() == (0, 0)
    endpoint_id = await make_endpoint(
        database, world.juniper, world.juniper_warehouse, "https://hooks.example.org/"
    )
    async with database.reading() as session:  # for what other processes write while they sleep
        later = "select count(*) from pgqueuer where entrypoint = :n and execute_after > now()"
        assert await session.scalar(text(later), {"n": TELL}) == 1
    assert await change() == (1, 1)
    async with database.writing() as session:
        await in_district(session, world.juniper)
        endpoint = await session.get(WebhookEndpoint, (world.juniper, endpoint_id))
        endpoint.state, endpoint.disabled_because = "disabled", "somebody"
        await session.commit()
    assert await change() == (1, 1)  # the one of before; nothing new
    assert await change() == (0, 1)
