"""Evidence: captured offline and sent as often as it takes, its author's alone until shared."""

import asyncio
import random
import time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app import models as m
from app.auth import keys
from app.core import clock
from tests.conftest import Live
from tests.goals.test_goals import at
from tests.meetings.test_meetings import ok, refused
from tests.observations.written import (
    coaching,
    formal,
    item,
    kind_of,
    live_visit,
    move,
    put,
    script,
    send,
    visit_of,
)
from tests.spine.test_statements import counted

pytestmark = pytest.mark.anyio


def told(results: Any) -> list[Any]:
    """Status and code of each result."""
    return [(one["status"], one["code"]) for one in results]


async def test_sending_again_doubles_nothing_and_the_later_edit_stands(as_, world, connection):
    visit = await coaching(connection, world)
    lena = as_("lena")
    first = await send(lena, visit, item("a"), item("b", "S: It is smaller."))
    again = await send(lena, visit, item("b", "S: It is smaller."), item("a"))
    assert told(first) == [("created", None)] * 2
    assert told(again) == [("unchanged", None)] * 2
    assert {one["id"] for one in first} == {one["id"] for one in again}
    # two edits arrive in the wrong order: the later stands, and no word is lost
    later = {"edited_at": "2026-10-05T15:09:00Z"}
    between = {"edited_at": "2026-10-05T15:05:00Z"}
    assert told(await send(lena, visit, item("a", "Third", **later))) == [("updated", None)]
    late = await send(lena, visit, item("a", "Second", **between))
    assert told(late) == [("unchanged", "older")]
    assert told(await send(lena, visit, item("a", "Second", **between))) == told(late)
    assert [one["text"] for one in await script(lena, visit)] == ["Third", "S: It is smaller."]
    (row,) = [one for one in await script(lena, visit) if one["client_key"] == "a"]
    kept = await ok(lena.get(f"/evidence-items/{row['id']}/wordings"))
    assert [one["text"] for one in kept["items"]] == ["T: What do you notice?", "Second"]
    # what was edited back counts from when it was: a content between comes too late
    back = item("b", "S: It is smaller.", edited_at="2026-10-05T15:20:00Z")
    assert told(await send(lena, visit, back)) == [("unchanged", None)]
    middle = item("b", "S: Smaller.", edited_at="2026-10-05T15:10:00Z")
    assert told(await send(lena, visit, middle)) == [("unchanged", "older")]
    # twice in one batch
    twice = await send(
        lena, visit, item("c", "x"), item("c", "y", edited_at="2026-10-05T16:00:00Z")
    )
    assert told(twice) == [("created", None), ("updated", None)]
    assert {one["text"] for one in await script(lena, visit)} == {"Third", "S: It is smaller.", "y"}


async def test_a_batch_under_a_key_is_answered_again_without_results(as_, world, connection):
    visit = await coaching(connection, world)
    path, key = f"/observations/{visit}/evidence/batch", {"Idempotency-Key": "first"}
    body = {"items": [item("a")]}
    assert len((await ok(as_("lena").post(path, json=body, headers=key)))["results"]) == 1
    again = await as_("lena").post(path, json=body, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == {"id": visit, "results": []}


async def test_what_does_not_fit_is_reported_and_the_rest_is_taken(as_, world, connection):
    visit = await coaching(connection, world)
    lena = as_("lena")

    results = await send(
        lena,
        visit,
        item("q", "Who spoke?", kind="question", about_key="e"),
        item("tagged", indicator_ids=[str(world.leap_i5), str(world.leap_i5)]),
        item("foreign", indicator_ids=[str(world.kestrel_leap_i1)]),
        item("exact", kind="interpretation", verbatim=True),
        item("about", about_key="q"),
        item("nowhere", kind="question", about_id=str(world.tom)),
        item("e", "S: Because it grows.", verbatim=True),
    )
    assert told(results) == [
        ("created", None),
        ("created", None),
        ("refused", "indicator_not_offered"),
        ("refused", "verbatim_not_offered"),
        ("refused", "about_not_offered"),
        ("refused", "about_unknown"),
        ("created", None),
    ]
    # the interpretation came before its evidence: first within a batch, then across batches
    early = await send(lena, visit, item("i", "Guessing.", kind="interpretation", about_key="f"))
    found = {one["client_key"]: one for one in await script(lena, visit)}
    assert found["q"]["about_id"] == found["e"]["id"]
    assert found["i"]["about_id"] is None
    await send(lena, visit, item("f", "S: Maybe seven?"))
    found = {one["client_key"]: one for one in await script(lena, visit)}
    assert found["i"]["about_id"] == found["f"]["id"]
    assert found["i"]["id"] == early[0]["id"]
    assert found["tagged"]["indicator_ids"] == [str(world.leap_i5)]
    only = await script(lena, visit, f"&indicator_id={world.leap_i5}")
    assert [one["client_key"] for one in only] == ["tagged"]
    assert [one["client_key"] for one in await script(lena, visit, "&kind=question")] == ["q"]


async def test_nobody_but_its_author_learns_what_is_written(as_, world, connection):
    visit = await coaching(connection, world)
    lena, tom, nina = as_("lena"), as_("tom"), as_("nina")
    looks_on = m.CoObserver(
        district_id=world.juniper,
        observation_id=visit,
        school_id=world.alder,
        teacher_id=world.tom,
        observer_id=world.lena,
        observer_kind="lead",
        person_id=world.nina,
        author_id=world.lena,
        evaluative=False,
        state="consented",
    )
    await put(connection, world, looks_on)
    people = ("tom", "nina", "paul", "ada", "luis", "sam")

    async def all_told() -> Any:
        seen = []
        for who in people:
            for path in (f"/observations/{visit}/evidence", f"/observations/{visit}/revisions"):
                answer = await as_(who).get(path)
                found = answer.json()
                found.pop("request_id", None)
                seen.append((who, answer.status_code, answer.headers.get("etag"), found))
            seen.append((who, (await ok(as_(who).get("/audit?limit=200")))["items"]))
        version = select(m.Observation.version, m.Observation.updated_at)
        seen.append((await connection.execute(version)).all())
        return seen

    before = await all_told()
    assert [row[1] for row in before if len(row) == 4 and row[0] == "tom"] == [200, 200]
    results = await send(lena, visit, item("a"), item("b"), item("gone", removed=True))
    one = results[0]["id"]
    row = await ok(lena.get(f"/evidence-items/{one}"))
    path = f"/evidence-items/{one}"
    await ok(lena.patch(path, json={"text": "T: What changed?"}, headers=at(row)))
    assert await all_told() == before
    for who in people:
        await ok(as_(who).get(path), 404)
        await ok(as_(who).get(f"{path}/wordings"), 404)
        await ok(as_(who).patch(path, json={"text": "x"}, headers=at(row)), 404)
    # whoever looks on writes their own under the same keys, and reads nothing of the other's
    assert told(await send(nina, visit, item("a", "Mine"))) == [("created", None)]
    about = item("p", "Why?", kind="question", about_id=one)
    assert told(await send(nina, visit, about)) == [("refused", "about_unknown")]
    assert [found["text"] for found in await script(nina, visit)] == ["Mine"]
    assert len(await script(lena, visit)) == 2
    await send(tom, visit, item("a"), status=403)
    await send(as_("paul"), visit, item("a"), status=404)


async def test_an_item_is_changed_and_taken_out_until_it_is_shared(as_, world, connection):
    visit = await coaching(connection, world)
    lena = as_("lena")
    (made,) = await send(lena, visit, item("a"))
    path = f"/evidence-items/{made['id']}"
    row = await ok(lena.get(path))
    assert row["permissions"] == ["edit", "remove"]
    change = {"text": "T: And now?", "indicator_ids": [str(world.leap_i5)], "verbatim": True}
    row = await ok(lena.patch(path, json=change, headers=at(row)))
    assert (row["text"], row["indicator_ids"]) == ("T: And now?", [str(world.leap_i5)])
    stale = await lena.patch(path, json=change, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    for wrong, code in (
        ({"kind": "question"}, "evidence_does_not_fit"),
        ({"about_id": made["id"]}, "evidence_does_not_fit"),
        ({"indicator_ids": [str(world.kestrel_leap_i1)]}, "evidence_does_not_fit"),
        (
            {"kind": "question", "verbatim": False, "about_id": str(world.tom)},
            "unknown_reference",
        ),
    ):
        await refused(lena.patch(path, json=wrong, headers=at(row)), 409, code)
    row = await ok(lena.post(f"{path}/remove", headers=at(row)))
    assert await script(lena, visit) == []
    # a device that sends it again does not bring it back, an edit after does
    assert told(await send(lena, visit, item("a"))) == [("unchanged", "older")]
    clash = lena.patch(path, json={"text": "x"}, headers=at(row))
    await refused(clash, 409, "evidence_shared")
    restored = item("a", edited_at="2026-10-06T08:00:00Z")
    assert told(await send(lena, visit, restored)) == [("updated", None)]
    assert len(await script(lena, visit)) == 1
    # drafted it still takes what a device has; before it begins, and after sharing, it does not
    await move(connection, world, visit, "drafted")
    await send(lena, visit, item("late"))
    for state in ("scheduled", "shared", "locked", "void"):
        await move(connection, world, visit, state)
        body = await send(lena, visit, item("later"), status=409)
        assert (body["code"], body["state"]) == ("wrong_state", state)
    await move(connection, world, visit, "shared")
    assert (await send(lena, visit, item("later"), status=409))["allowed"] == [
        "discuss",
        "revise",
    ]


async def test_a_second_device_pulls_what_is_new(as_, world, connection):
    visit = await coaching(connection, world)
    lena = as_("lena")
    await send(lena, visit, *(item(f"k{n}") for n in range(5)))
    path = f"/observations/{visit}/evidence"
    head = (await ok(lena.get(f"{path}?limit=1")))["head"]
    assert (await ok(lena.get(f"{path}?since={head}")))["items"] == []
    await send(lena, visit, item("new"), item("k1", "Other", edited_at="2026-10-05T16:00:00Z"))
    await send(lena, visit, item("k2", edited_at="2026-10-05T16:00:00Z", removed=True))
    keys_, cursor = [], ""
    while True:
        page = await ok(lena.get(f"{path}?limit=1&since={head}{cursor}"))
        keys_ += [one["client_key"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(keys_) == ["k1", "k2", "new"]
    assert keys_[-1] == "k2"
    await refused(as_("tom").get(f"{path}?since={head}"), 400, "bad_cursor")


async def test_who_may_write_while_the_coaching_rests(as_, world, connection):
    paused = await coaching(connection, world, teacher_id=world.pia)
    lena = as_("lena")
    await send(lena, paused, item("a"), status=403)
    shown = await script(lena, paused)
    assert shown == []
    kind = kind_of(world, "among_us")
    ended = visit_of(world, kind, teacher_id=world.olga)
    await put(connection, world, kind, ended)
    await send(lena, str(ended.id), item("a"), status=403)


async def test_reading_a_shared_evaluative_item_is_written_down(as_, world, connection):
    visit = await formal(connection, world)
    paul = as_("paul")
    (made,) = await send(paul, visit, item("a"))

    async def reads() -> list[Any]:
        log = m.AccessLog
        columns = (log.reader_id, log.operation, log.record_type, log.record_id)
        return [tuple(row) for row in await connection.execute(select(*columns).order_by(log.at))]

    await ok(paul.get(f"/evidence-items/{made['id']}"))
    assert await reads() == []
    await connection.execute(
        update(m.EvidenceItem).where(m.EvidenceItem.id == made["id"]).values(shared_at=clock.now())
    )
    await ok(as_("tom").get(f"/evidence-items/{made['id']}"))
    await ok(as_("lena").get(f"/evidence-items/{made['id']}"))
    await ok(as_("nina").get(f"/evidence-items/{made['id']}"), 404)
    # it is Tom's and Paul's: their own reads are nobody's to count
    await ok(paul.get(f"/evidence-items/{made['id']}"))
    observation = (m.Observation.__tablename__, UUID(visit))
    assert await reads() == [(world.lena, "evidence_item:read", *observation)]


async def test_a_batch_of_two_hundred_takes_as_many_statements_as_one_of_two(
    as_, world, connection
):
    visit = await coaching(connection, world)
    lena = as_("lena")
    tags = {"indicator_ids": [str(world.leap_i5)]}

    def some(name: str, number: int, **fields: Any) -> list[Any]:
        asks = [item(f"{name}-q", "Why?", kind="question", about_key=f"{name}0", **fields)]
        return [item(f"{name}{n}", f"{name} {n}", **tags, **fields) for n in range(number)] + asks

    later = {"edited_at": "2026-10-05T16:00:00Z"}
    taken = {}
    for name, number in (("a", 1), ("b", 199)):
        for fields in ({}, later):
            with counted(connection) as statements:
                await send(lena, visit, *some(name, number, **fields))
            taken[name, bool(fields)] = len(statements)
            changed = [one | {"text": f"{one['text']}!"} for one in some(name, number, **later)]
        with counted(connection) as statements:
            assert {status for status, _ in told(await send(lena, visit, *changed))} == {
                "unchanged"
            }
    assert taken["a", False] == taken["b", False] <= 14
    assert taken["a", True] == taken["b", True]


async def _from_two_devices(live: Live, number: int, size: int) -> None:
    """Two devices of Lena's and one of Nina's, who looks on, send everything shuffled and several
    times, at the same moment."""
    visit = await live_visit(live)
    world = live.world
    async with live.app.state.database.writing() as session:
        await keys.enter(session, world.juniper)
        session.add(
            m.CoObserver(
                district_id=world.juniper,
                observation_id=visit,
                school_id=world.alder,
                teacher_id=world.tom,
                observer_id=world.lena,
                observer_kind="lead",
                person_id=world.nina,
                author_id=world.lena,
                evaluative=False,
                state="consented",
            )
        )
        await session.commit()
    source = random.Random(9)
    half = number // 2
    both = [item(f"k{n}", f"first {n}") for n in range(number)]
    edited = [
        item(f"k{n}", f"second {n}", edited_at="2026-10-05T16:00:00Z") for n in range(0, number, 10)
    ]
    phone = [*both[: half + half // 5], *edited]
    tablet = both[half - half // 5 :]
    created: list[str] = []

    async def device(who: str, items: list[Any], seed: int) -> None:
        shuffle, client = random.Random(seed), live.as_(who)
        sent = items + source.sample(items, len(items) // 3)
        shuffle.shuffle(sent)
        for start in range(0, len(sent), size):
            results = await send(client, visit, *sent[start : start + size])
            assert "refused" not in {one["status"] for one in results}
            if who == "lena":
                created.extend(one["id"] for one in results if one["status"] == "created")

    await asyncio.gather(
        device("lena", phone, 1), device("lena", tablet, 2), device("nina", both[:size], 3)
    )
    assert len(created) == len(set(created)) == number
    found: dict[str, str] = {}
    cursor = ""
    while True:
        page = await ok(live.as_("lena").get(f"/observations/{visit}/evidence?limit=200{cursor}"))
        for one in page["items"]:
            assert one["client_key"] not in found
            found[one["client_key"]] = one["text"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == {f"k{n}": f"{'first' if n % 10 else 'second'} {n}" for n in range(number)}
    assert len(await script(live.as_("nina"), visit)) == size


async def test_two_devices_at_once_lose_and_double_nothing(live: Live) -> None:
    await _from_two_devices(live, 60, 15)


@pytest.mark.large
async def test_five_thousand_items_from_two_devices(live: Live) -> None:
    began = time.monotonic()
    await _from_two_devices(live, 5000, 200)
    assert time.monotonic() - began < 120
