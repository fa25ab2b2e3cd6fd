"""Webhook endpoints over HTTP: who, where to, the secret, rotation, tests and redelivery."""

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import jsonschema
import pytest
from sqlalchemy import select, text

from app import models as m
from app.auth import keys
from app.core import clock, outside
from app.core.housekeeping import forget
from app.core.seal import Strongbox, Unsealable
from app.integrations.webhooks import service, signing
from app.integrations.webhooks.sending import payload
from app.integrations.webhooks.telling import TEST
from app.settings import allowed_outside
from tests.contract.checking import contract
from tests.docs.pages import ROOT, blocks
from tests.parts.webhooks import delivery, endpoint

pytestmark = pytest.mark.anyio
#: https://github.com/standard-webhooks/standard-webhooks, in the tests of its libraries
VECTOR = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "body": b'{"test": 2432232314}',
    "headers": {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
}
PATH = "/webhook-endpoints"
URL = "https://hooks.warehouse.example/alongside"


async def made(client, client_id, status=201, **changes):
    body = {"client_id": str(client_id), "url": URL, "events": ["goal.changed"], **changes}
    answer = await client.post(PATH, json=body, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == status, answer.text
    return answer.json()


async def do(client, path, version, status=200, **options):
    headers = {"If-Match": f'"{version}"', "Idempotency-Key": str(uuid4())}
    answer = await client.request(options.pop("method", "POST"), path, headers=headers, **options)
    assert answer.status_code == status, answer.text
    return answer.json()


async def row_of(app, world, model, row_id):
    async with app.state.database.writing() as session:
        await keys.enter(session, world.juniper)
        return await session.scalar(select(model).where(model.id == UUID(str(row_id))))


async def signs_in(as_, **fields):
    """A new client of the district, signed in."""
    new = (await as_("ada").post("/integration-clients", json=fields)).json()
    form = {
        "grant_type": "client_credentials",
        "client_id": new["id"],
        "client_secret": new["secret"],
    }
    token = (await as_().post("/auth/token", data=form)).json()["access_token"]
    return new, as_(Authorization=f"Bearer {token}")


async def test_the_secret_is_shown_once_and_kept_closed_for_its_endpoint_alone(as_, app, world):
    key = {"Idempotency-Key": str(uuid4())}
    body = {"client_id": str(world.juniper_warehouse), "url": URL}
    first = await as_("juniper_warehouse").post(PATH, json=body, headers=key)
    shown = first.json()
    assert first.status_code == 201, first.text
    assert shown["events"] == ["goal.changed", "goal.removed"]
    plain = base64.b64decode(shown["secret"].removeprefix("whsec_"), validate=True)
    assert (shown["secret"][:6], len(plain)) == ("whsec_", 32)
    again = await as_("juniper_warehouse").post(PATH, json=body, headers=key)
    assert (again.json()["id"], again.json()["secret"]) == (shown["id"], None)
    for path in (PATH, f"{PATH}/{shown['id']}"):
        seen = (await as_("ada").get(path)).text
        assert shown["secret"] not in seen
        assert "secret" not in seen.replace("rotate_secret", "")
    kept = (await row_of(app, world, m.WebhookEndpoint, shown["id"])).secret
    box, bound = app.state.strongbox, service.sealed_for(UUID(shown["id"]))
    assert plain not in kept
    assert box.open(kept, *bound) == plain
    other = await made(as_("ada"), world.juniper_warehouse)
    assert other["secret"] != shown["secret"]
    with pytest.raises(Unsealable):
        box.open(kept, *service.sealed_for(UUID(other["id"])))


async def test_two_secrets_sign_for_a_day_and_the_former_is_then_forgotten(live, world, ticking):
    ada = live.as_("ada")
    hook = await made(ada, world.juniper_warehouse)
    path = f"{PATH}/{hook['id']}"
    turned = await do(ada, f"{path}/rotate-secret", 1)
    assert turned["secret"].startswith("whsec_")
    assert turned["secret"] != hook["secret"]
    until = clock.now() + timedelta(hours=24)
    assert turned["former_until"][:19] == until.isoformat()[:19]

    async def plain():
        row = await row_of(live.app, world, m.WebhookEndpoint, hook["id"])
        bound = service.sealed_for(row.id)
        return [
            "whsec_" + base64.b64encode(live.app.state.strongbox.open(kept, *bound)).decode()
            for kept in (row.secret, row.former_secret)
            if kept is not None
        ]

    assert await plain() == [turned["secret"], hook["secret"]]
    last = await do(ada, f"{path}/rotate-secret", 2)
    assert await plain() == [last["secret"], turned["secret"]]  # the oldest is gone at once
    ticking.move(hours=23)
    await forget(live.app.state.database)
    assert len(await plain()) == 2
    ticking.move(hours=1.1)
    await forget(live.app.state.database)
    assert await plain() == [last["secret"]]
    assert (await ada.get(path)).json()["former_until"] is None


async def test_a_secret_that_no_key_opens_any_more_is_replaced_and_does_not_sign(as_, app, world):
    hook = await made(as_("ada"), world.juniper_warehouse)
    async with app.state.database.writing() as session:
        await keys.enter(session, world.juniper)
        row = await session.get(m.WebhookEndpoint, (world.juniper, UUID(hook["id"])))
        row.secret = b"kept by a key that was lost, longer than a nonce"
        await session.commit()
    turned = await do(as_("ada"), f"{PATH}/{hook['id']}/rotate-secret", 1)
    assert (turned["former_until"], turned["secret"][:6]) == (None, "whsec_")


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://hooks.example/in?key=a%20b&x=1", 201),
        ("https://93.184.216.34:8443", 201),
        ("http://hooks.example/in", 409),
        ("https://127.0.0.1/in", 409),
        ("https://[::ffff:10.0.0.1]/in", 409),
        ("https://169.254.169.254/latest", 409),
        ("https://localhost/in", 409),
        ("https://2130706433/in", 409),
        ("https://hooks.example:65536/in", 409),
        ("https://hooks.example:25/in", 409),
        ("https://inner.example/in", 409),
        ("https://user:word@hooks.example/in", 422),
        ("https://hooks.example/in#part", 422),
        ("ftp://hooks.example/in", 422),
        ("https://hooks.example/" + "a" * 2000, 422),
    ],
)
async def test_where_messages_may_go(as_, world, monkeypatch, url, status):
    async def look_up(host, _port):
        return {"inner.example": ["93.184.216.34", "10.1.2.3"]}.get(host, ["93.184.216.34"])

    monkeypatch.setattr(outside, "look_up", look_up)
    ada = as_("ada")
    answer = await made(ada, world.juniper_warehouse, status, url=url)
    if status == 409:
        assert answer["code"] == "webhook_url_refused"
        assert url not in json.dumps(answer)
        hook = await made(ada, world.juniper_warehouse)
        path = f"{PATH}/{hook['id']}"
        await do(ada, path, 1, 409, method="PATCH", json={"url": url})
        assert (await ada.get(path)).json()["url"] == URL
    assert status != 201 or answer["url"] == url


async def test_an_address_that_came_to_lie_inside_is_not_enabled_again(as_, world, monkeypatch):
    ada = as_("ada")
    hook = await made(ada, world.juniper_warehouse)
    path = f"{PATH}/{hook['id']}"
    await do(ada, f"{path}/disable", 1)

    async def look_up(_host, _port):
        return ["10.1.2.3"]

    monkeypatch.setattr(outside, "look_up", look_up)
    refused = await do(ada, f"{path}/enable", 2, 409)
    assert refused["code"] == "webhook_url_refused"
    assert (await ada.get(path)).json()["state"] == "disabled"


async def test_an_endpoint_hears_only_what_its_client_reads(as_, world):
    deaf, system = await signs_in(as_, name="Deaf", scopes=["webhooks:write"])
    refused = await made(system, deaf["id"], 409)
    assert refused["code"] == "client_cannot_read"
    assert (await made(as_("ada"), deaf["id"], 409))["code"] == "client_cannot_read"
    reads, system = await signs_in(as_, name="Reads", scopes=["goals:read"])
    for path in (PATH, f"{PATH}/{uuid4()}"):
        assert (await system.get(path)).json()["code"] == "not_for_clients"
    await made(as_("ada"), reads["id"])
    assert (await made(as_("juniper_warehouse"), reads["id"], 409))["code"] == "unknown_reference"


async def test_a_client_sees_its_own_endpoints_and_a_person_none(as_, world):
    other, system = await signs_in(as_, name="Both", scopes=["goals:read", "webhooks:write"])
    mine = await made(system, other["id"])
    theirs = await made(as_("ada"), world.juniper_warehouse)
    assert [one["id"] for one in (await system.get(PATH)).json()["items"]] == [mine["id"]]
    assert (await system.get(f"{PATH}/{theirs['id']}")).status_code == 404
    assert (await as_("tom").get(PATH)).json()["items"] == []
    of = (await as_("ada").get(f"{PATH}?client_id={other['id']}")).json()["items"]
    assert [one["id"] for one in of] == [mine["id"]]


async def test_a_client_has_ten_endpoints_at_most(as_, world):
    for _ in range(service.MOST):
        last = await made(as_("ada"), world.juniper_warehouse)
    await do(as_("ada"), f"{PATH}/{last['id']}/disable", 1)
    refused = await made(as_("ada"), world.juniper_warehouse, 409)
    assert refused["code"] == "too_many_webhook_endpoints"
    await made(as_("zoe"), world.kestrel_warehouse)


async def test_revoking_the_client_disables_its_endpoints_in_the_same_transaction(as_, app, world):
    ada = as_("ada")
    hook, quiet = [await made(ada, world.juniper_warehouse) for _ in range(2)]
    await do(ada, f"{PATH}/{quiet['id']}/disable", 1)
    await do(ada, f"/integration-clients/{world.juniper_warehouse}/revoke", 1)
    seen = {one["id"]: one for one in (await ada.get(PATH)).json()["items"]}
    assert [seen[one["id"]]["disabled_because"] for one in (hook, quiet)] == ["client", "somebody"]
    assert {tuple(one["permissions"]) for one in seen.values()} == {()}
    for step in ("enable", "rotate-secret"):
        refused = await do(ada, f"{PATH}/{hook['id']}/{step}", 2, 409)
        assert refused["code"] == "client_revoked"
    assert (await made(ada, world.juniper_warehouse, 409))["code"] == "client_revoked"
    events = (await ada.get(f"/audit?subject_id={hook['id']}")).json()["items"]
    assert [(e["action"], e["changed"]) for e in events] == [
        ("webhook_endpoint.created", ["client_id", "description", "events", "secret", "url"]),
        ("webhook_endpoint.disabled", ["disabled_because", "state"]),
    ]


async def test_who_was_away_is_told_of_what_changes_from_now_on(as_, app, world):
    ada = as_("ada")

    async def changes():
        async with app.state.database.writing() as session:
            await keys.enter(session, world.juniper)
            session.add(
                m.FeedEntry(
                    district_id=world.juniper,
                    type="goal",
                    object_id=uuid4(),
                    object_version=1,
                    transaction=1,
                )
            )
            await session.commit()

    async def place(of):
        row = await row_of(app, world, m.WebhookEndpoint, of["id"])
        return row.read_transaction, row.read_position

    await changes()
    hook = await made(ada, world.juniper_warehouse)
    began = await place(hook)
    assert began > (0, 0)
    await do(ada, f"{PATH}/{hook['id']}/disable", 1)
    await changes()
    assert await place(hook) == began
    await do(ada, f"{PATH}/{hook['id']}/enable", 2)
    assert await place(hook) > began


async def test_a_test_message_waits_for_its_worker_and_says_how_it_went(as_, app, world):
    ada = as_("ada")
    hook = await made(ada, world.juniper_warehouse)
    path = f"{PATH}/{hook['id']}"
    sent = (await ada.post(f"{path}/test")).json()
    assert (sent["event"], sent["state"], sent["object_id"]) == ("webhook.test", "waiting", None)
    async with app.state.database.writing() as session:
        jobs = "select count(*) from pgqueuer where payload = :p and entrypoint = 'webhook.deliver'"
        carried = f"{world.juniper} {hook['id']}".encode()
        assert await session.scalar(text(jobs), {"p": carried}) == 1
    listed = (await ada.get(f"{path}/deliveries?state=waiting")).json()["items"]
    assert [one["id"] for one in listed] == [sent["id"]]
    assert (await ada.get(f"{path}/deliveries?state=failed")).json()["items"] == []
    await do(ada, f"{path}/disable", 1)
    assert (await ada.get(f"/webhook-deliveries/{sent['id']}")).json()["state"] == "dropped"
    refused = (await ada.post(f"{path}/test")).json()
    assert (refused["code"], refused["state"]) == ("wrong_state", "disabled")
    again = f"/webhook-deliveries/{sent['id']}/redeliver"
    assert (await do(ada, again, 2, 409))["code"] == "webhook_endpoint_disabled"
    await do(ada, f"{path}/enable", 2)
    assert (await do(ada, again, 2))["state"] == "waiting"


async def test_ended_deliveries_are_forgotten_after_thirty_days(live, world, ticking):
    async with live.app.state.database.writing() as session:
        await keys.enter(session, world.juniper)
        home = {"district_id": world.juniper}
        hook = m.WebhookEndpoint(**home, **endpoint(world.juniper_warehouse))
        hook.id = clock.new_id()
        session.add(hook)
        await session.flush()
        for state in ("waiting", "delivered"):
            session.add(m.WebhookDelivery(**home, **delivery(hook, state=state)))
        await session.commit()
    path = f"{PATH}/{hook.id}/deliveries"
    for days, states in ((29, ["delivered", "waiting"]), (2, ["waiting"])):
        ticking.move(days=days)
        await forget(live.app.state.database)
        listed = (await live.as_("ada").get(path)).json()["items"]
        assert sorted(one["state"] for one in listed) == states


async def test_an_operator_can_let_addresses_of_the_inside_through(as_, app, world):
    settings = app.state.settings
    app.state.settings = replace(settings, outside_allowed=allowed_outside("127.0.0.1:*"))
    try:
        await made(as_("ada"), world.juniper_warehouse, url="http://127.0.0.1:9000/in")
    finally:
        app.state.settings = settings


def test_the_guides_receiver_takes_the_published_vector_and_either_secret_of_two():
    page = ROOT / "docs" / "integration.md"
    (code,) = [block for block in blocks(page, "python") if "def verify(" in block]
    names = {}
    exec(code, names)  # noqa: S102 - the guide's own words
    verify = names["verify"]
    secret, body, headers = VECTOR["secret"], VECTOR["body"], VECTOR["headers"]
    now = int(headers["webhook-timestamp"])
    assert verify([secret], headers, body, now)
    assert not verify([secret], headers, body + b" ", now)
    assert not verify([secret], {**headers, "webhook-id": "msg_other"}, body, now)
    assert not verify([secret], headers, body, now + 301)
    assert not verify([secret], headers, body)
    other = "whsec_" + base64.b64encode(b"k" * 32).decode()
    assert not verify([other], headers, body, now)
    keys_ = [base64.b64decode(one.removeprefix("whsec_")) for one in (other, secret)]
    ours = signing.headers(keys_, headers["webhook-id"], now, body)
    assert ours["webhook-signature"].endswith(" " + headers["webhook-signature"])
    assert all(verify([one], ours, body, now) for one in (other, secret))


def test_what_is_sent_is_what_the_contract_says(shared_app):
    document = contract(shared_app).document
    object_id = UUID("0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e07")
    assert set(document["webhooks"]) == {*service.NEEDS, TEST}
    for kind, item in document["webhooks"].items():
        sent = m.WebhookDelivery(event=kind, at=clock.now(), object_id=None)
        if kind != TEST:
            sent.object_id, sent.object_version = object_id, 4
        body = json.loads(payload(sent))
        schema = item["post"]["requestBody"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        jsonschema.validate(body, whole, format_checker=jsonschema.FormatChecker())
        assert body["type"] == kind
        assert body["data"] == (
            {} if kind == TEST else {"type": "goal", "id": str(object_id), "version": 4}
        )
        said = {one["name"]: one["schema"] for one in item["post"]["parameters"]}
        given = signing.headers([b"k" * 32, b"l" * 32], str(object_id), 1614265330, b"{}")
        assert set(given) == set(said)
        assert re.fullmatch(said["webhook-signature"]["pattern"], given["webhook-signature"])


def test_a_strongbox_opens_for_its_words_alone_and_with_former_secrets_of_the_installation():
    old, new = b"o" * 32, b"n" * 32
    closed = Strongbox((old,)).close(b"a key", "purpose", "row")
    assert Strongbox((old,)).close(b"a key", "purpose", "row") != closed
    assert b"a key" not in closed
    assert Strongbox((new, old)).open(closed, "purpose", "row") == b"a key"
    flipped = closed[:-1] + bytes([closed[-1] ^ 1])
    for box, kept, words in (
        (Strongbox((new,)), closed, ("purpose", "row")),
        (Strongbox((old,)), closed, ("purpose", "other")),
        (Strongbox((old,)), closed, ("purposerow",)),
        (Strongbox((old,)), closed, ("row", "purpose")),
        (Strongbox((old,)), flipped, ("purpose", "row")),
        (Strongbox((old,)), b"", ("purpose", "row")),
    ):
        with pytest.raises(Unsealable):
            box.open(kept, *words)
