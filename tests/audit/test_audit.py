"""The audit: who sees which events, the filters, and that no event holds text."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import keys
from app.core import clock
from app.models import Event

pytestmark = pytest.mark.anyio


async def audit(client: Any, **filters: Any) -> list[dict[str, Any]]:
    answer = await client.get("/audit", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def insert(connection: Any, world: Any, **fields: Any) -> str:
    """An event as a later feature would record it, in Juniper."""
    event = Event(
        id=clock.new_id(),
        district_id=world.juniper,
        **{
            "action": "support_request.raised",
            "actor_kind": "person",
            "actor_id": world.lena,
            "subject_type": "support_request",
            "subject_id": clock.new_id(),
            "school_id": world.alder,
            "owner_id": world.tom,
            "changed": [],
            **fields,
        },
    )
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        session.add(event)
        await session.commit()
    return str(event.id)


@pytest.mark.parametrize(
    ("record_class", "readers"),
    [
        ("administration", {"ada", "paul", "lena", "tom"}),
        ("school", {"ada", "paul", "lena", "tom"}),
        ("goal", {"ada", "paul", "lena", "tom"}),
        ("evaluative", {"lena", "tom"}),
        ("pair", {"lena", "tom"}),
        ("private", {"lena", "tom"}),
        ("support", {"lena"}),
    ],
)
async def test_the_record_class_says_who_sees_an_event(
    as_, world, connection, record_class, readers
):
    """Lena did something to a record of Tom's at Alder School."""
    made = await insert(connection, world, record_class=record_class)
    everybody = [name for name in world.sessions if "_" not in name]  # people; systems get 403
    found = {
        name for name in everybody if made in [event["id"] for event in await audit(as_(name))]
    }
    assert found == readers
    assert made not in [event["id"] for event in await audit(as_("zoe"))]


async def test_a_school_leader_sees_only_their_own_school(as_, world, connection):
    fields = {"record_class": "school", "actor_id": world.ben, "owner_id": None}
    birch = await insert(connection, world, school_id=world.birch, **fields)
    nowhere = await insert(connection, world, school_id=None, **fields)

    async def seen(name: str) -> set[str]:
        return {event["id"] for event in await audit(as_(name))} & {birch, nowhere}

    assert await seen("bea") == {birch}
    assert await seen("paul") == set()
    assert await seen("ada") == await seen("ben") == {birch, nowhere}


async def test_leaders_and_the_person_see_what_was_done_to_an_account(as_, world):
    """Whoever changes the address of an account without a password and invites anew can sign in
    as that person: nothing stands against it but that it shows."""
    new = {"given_name": "Noa", "family_name": "Vance", "email": "noa@juniper.example"}
    person = (await as_("ada").post("/people", json=new)).json()
    role = {"person_id": person["id"], "kind": "mentor", "school_id": str(world.alder)}
    assert (await as_("ada").post("/roles", json=role)).status_code == 201
    path = f"/people/{person['id']}"
    other = {"email": "somebody.else@juniper.example"}
    changed = await as_("ada").patch(path, json=other, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    invited = await as_("ada").post(f"{path}/invite")
    words = {"token": invited.json()["token"], "password": "lantern orchard velvet compass"}
    assert (await as_().post("/auth/invitations/accept", json=words)).status_code == 200
    form = {"grant_type": "password", "username": other["email"], "password": words["password"]}
    token = (await as_().post("/auth/token", data=form)).json()["access_token"]
    taken = [("person.changed", ["email"]), ("person.invited", [])]

    async def seen(client: Any) -> list[tuple[str, list[str]]]:
        events = await audit(client, subject_id=person["id"], actor_id=str(world.ada))
        rows = sorted(events, key=lambda e: e["at"])
        return [(e["action"], e["changed"]) for e in rows if e["action"] != "person.created"]

    assert await seen(as_(Authorization=f"Bearer {token}")) == taken
    assert await seen(as_("paul")) == taken
    for name in ("bea", "lena", "tom"):
        assert await seen(as_(name)) == []
    # What people do to their own account is not for the leader.
    own = await audit(as_("paul"), subject_id=person["id"], actor_id=person["id"])
    assert own == []


async def test_what_one_did_and_what_was_done_to_ones_records(as_, world):
    """Paul pauses Lena's and Tom's relationship: Paul did it, Tom owns it, Ada audits it."""
    path = f"/coaching-relationships/{world.lena_tom}"
    done = await as_("paul").post(
        f"{path}/pause", headers={"If-Match": '"1"', "X-Request-ID": "pausing-1"}
    )
    assert done.status_code == 200, done.text
    for name in ("paul", "tom", "ada"):
        (event,) = await audit(as_(name), subject_id=str(world.lena_tom))
        assert event == {
            "id": event["id"],
            "at": event["at"],
            "action": "coaching_relationship.paused",
            "actor_kind": "person",
            "actor_id": str(world.paul),
            "standing_in": False,
            "subject_type": "coaching_relationship",
            "subject_id": str(world.lena_tom),
            "subject_version": 2,
            "record_class": "administration",
            "changed": ["state"],
            "request_id": done.headers["x-request-id"],
        }
    # Lena reads the relationship, but neither did this nor owns it.
    for name in ("lena", "nina", "bea", "zoe"):
        assert await audit(as_(name), subject_id=str(world.lena_tom)) == []
    assert (await as_("juniper_warehouse").get("/audit")).status_code == 403
    assert (await as_().get("/audit")).status_code == 401


async def test_a_goal_is_audited_by_leaders_from_agreed_on_and_never_with_its_text(as_, world):
    secret = "Ask the quiet half of the room"
    made = await as_("tom").post(
        "/goals",
        json={
            "level": "individual",
            "kind": "growth",
            "title": secret,
            "school_year_id": str(world.alder_year),
            "teacher_id": str(world.tom),
        },
    )
    goal = made.json()
    for name, sees in (("tom", 1), ("lena", 0), ("paul", 0), ("ada", 0)):
        answer = await as_(name).get("/audit", params={"subject_id": goal["id"]})
        assert len(answer.json()["items"]) == sees
        assert secret not in answer.text


async def test_events_come_newest_first_and_are_filtered(as_, world, ticking):
    made = []
    for number in range(3):
        ticking.move(hours=1)
        new = {"title": f"Year {number}", "first_day": "2028-08-16", "last_day": "2029-06-01"}
        answer = await as_("ada").post(f"/schools/{world.alder}/years", json=new)
        made.append(answer.json()["id"])
    ada = as_("ada")
    mine = {"actor_id": str(world.ada), "action": "school_year.created"}
    events = await audit(ada, **mine)
    assert [event["subject_id"] for event in events] == made[::-1]
    assert await audit(ada, **{**mine, "action": "school_year.changed"}) == []
    assert await audit(ada, subject_type="team") == []
    assert len(await audit(ada, subject_type="school_year")) == 3
    assert [e["subject_id"] for e in await audit(ada, subject_id=made[0])] == made[:1]
    hour_ago = (ticking.at - timedelta(minutes=30)).isoformat()
    assert [e["subject_id"] for e in await audit(ada, **mine, since=hour_ago)] == made[2:]
    before = await audit(ada, **mine, until=hour_ago.replace("+00:00", "Z"))
    assert [e["subject_id"] for e in before] == [made[1], made[0]]
    first = (await ada.get("/audit", params={**mine, "limit": 2})).json()
    last = await audit(ada, **mine, limit=2, cursor=first["next"])
    assert [e["subject_id"] for e in first["items"] + last] == made[::-1]


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"since": "5"},
        {"since": "2026-10-05"},
        {"since": "2026-10-05T16:00:00"},
        {"until": "9999-12-31T23:59:59-10:00"},
        {"action": "%"},
        {"subject_type": "goal' or 1=1"},
        {"subject_id": "7"},
    ],
)
async def test_a_filter_that_is_none_is_refused(as_, query):
    refused = await as_("ada").get("/audit", params=query)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert (await as_("ada").get("/audit", params={"since": "2026-10-05T16:00:00Z"})).is_success
