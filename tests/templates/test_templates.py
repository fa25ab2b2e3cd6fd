"""Templates: drafted, published unchanged, followed by the next version; whose they are."""

import json
from importlib.resources import files
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.auth import keys
from app.templates import service

pytestmark = pytest.mark.anyio

FIELD = {"key": "why", "label": "Why I look forward to it", "type": "text", "required": True}
HELLO = {
    "kind": "outreach",
    "key": "hello",
    "title": "Hello",
    "subject": "Hello, {{teacher_given_name}}",
    "text": "{{ why }} See you {{first_meeting}}.",
    "fields": [FIELD],
}


def at(row: Any) -> dict[str, str]:
    return {"If-Match": f'"{row["version"]}"'}


async def do(client: Any, row: Any, verb: str, status: int = 200) -> Any:
    answer = await client.post(f"/templates/{row['id']}/{verb}", headers=at(row))
    assert answer.status_code == status, answer.text
    return answer.json()


async def made(client: Any, **changes: Any) -> Any:
    answer = await client.post("/templates", json={**HELLO, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_published_version_never_changes_and_the_next_retires_it(as_: Any) -> None:
    lena = as_("lena")
    draft = await made(lena)
    assert (draft["state"], draft["number"], draft["permissions"]) == (
        "draft",
        1,
        ["edit", "delete", "publish"],
    )
    first = await do(lena, draft, "publish")
    refused = await lena.patch(
        f"/templates/{first['id']}", json={"title": "Other"}, headers=at(first)
    )
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["revise", "retire"])
    second = await do(lena, first, "revise", 201)
    assert (second["number"], second["state"], second["text"]) == (2, "draft", HELLO["text"])
    again = await do(lena, first, "revise", 409)
    assert again["code"] == "template_exists"
    changed = await lena.patch(
        f"/templates/{second['id']}", json={"title": "Better"}, headers=at(second)
    )
    second = await do(lena, changed.json(), "publish")
    kept = (await lena.get(f"/templates/{first['id']}")).json()
    assert (kept["state"], kept["title"]) == ("retired", "Hello")
    assert (second["state"], second["title"]) == ("published", "Better")
    # a retired one can be the beginning of the next, and the newest number counts
    third = await do(lena, kept, "revise", 201)
    assert third["number"] == 3
    gone = await lena.delete(f"/templates/{third['id']}", headers=at(third))
    assert gone.status_code == 204
    assert (await lena.get(f"/templates/{third['id']}")).status_code == 404


async def test_whose_it_is_decides_who_reads_and_writes(as_: Any, world: Any) -> None:
    own = await made(as_("lena"))
    for other in ("tom", "paul", "ada", "luis"):
        assert (await as_(other).get(f"/templates/{own['id']}")).status_code == 404, other
    schools = await made(as_("paul"), home="school", school_id=str(world.alder))
    for other in ("tom", "lena", "ada", "bea"):
        assert (await as_(other).get(f"/templates/{schools['id']}")).status_code == 404, other
    schools = await do(as_("paul"), schools, "publish")
    for reader, status in (("tom", 200), ("ada", 200), ("bea", 404), ("ben", 404)):
        answer = await as_(reader).get(f"/templates/{schools['id']}")
        assert answer.status_code == status, reader
        if status == 200:
            assert answer.json()["permissions"] == []
    for who, status in (("lena", 403), ("bea", 403), ("zoe", 409)):
        body = {**HELLO, "home": "school", "school_id": str(world.alder), "key": "other"}
        assert (await as_(who).post("/templates", json=body)).status_code == status, who
    refused = await as_("paul").post("/templates", json={**HELLO, "home": "district"})
    assert refused.status_code == 403
    districts = await made(as_("ada"), home="district")
    districts = await do(as_("ada"), districts, "publish")
    assert (await as_("ben").get(f"/templates/{districts['id']}")).status_code == 200
    assert (await as_("zoe").get(f"/templates/{districts['id']}")).status_code == 404
    # the same key in three homes is three templates
    mine = await as_("lena").get("/templates?key=hello&limit=10")
    assert {row["id"] for row in mine.json()["items"]} == {
        own["id"],
        schools["id"],
        districts["id"],
    }


async def test_what_is_written_of_ones_own_is_in_nobody_elses_audit(as_: Any) -> None:
    own = await made(as_("lena"))
    for who, count in (("lena", 1), ("paul", 0), ("ada", 0), ("tom", 0)):
        events = (await as_(who).get("/audit?limit=200")).json()["items"]
        assert len([e for e in events if e["subject_id"] == own["id"]]) == count, who


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"text": "{{salary}}"}, 409, "unknown_placeholder"),
        ({"subject": "{{ }}"}, 409, "unknown_placeholder"),
        ({"text": "{{why.__class__}}"}, 409, "unknown_placeholder"),
        ({"text": "{why} {% if %} ${why} braces that mean nothing"}, 201, None),
        ({"fields": [FIELD, FIELD]}, 409, "key_twice"),
        (
            {"fields": [{**FIELD, "type": "choice", "options": [{"key": "a", "label": "A"}] * 2}]},
            409,
            "key_twice",
        ),
        ({"fields": [{**FIELD, "type": "choice"}]}, 422, "invalid"),
        ({"fields": [{**FIELD, "options": [{"key": "a", "label": "A"}]}]}, 422, "invalid"),
        ({"fields": [{**FIELD, "key": "Why"}]}, 422, "invalid"),
        ({"home": "school"}, 422, "invalid"),
        ({"subject": "two\nlines"}, 422, "invalid"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    as_: Any, changes: Any, status: int, code: str | None
) -> None:
    answer = await as_("lena").post("/templates", json={**HELLO, **changes})
    assert answer.status_code == status, answer.text
    assert answer.json().get("code") == code
    if code == "unknown_placeholder":
        assert "teacher_given_name" in answer.json()["allowed"]
        assert "why" in answer.json()["allowed"]


async def test_an_empty_template_is_not_published(as_: Any) -> None:
    lena = as_("lena")
    for changes in ({"text": None}, {"kind": "agreement", "fields": [], "key": "b"}):
        draft = await made(lena, **changes)
        assert (await do(lena, draft, "publish", 409))["code"] == "template_empty"


async def test_two_who_write_the_same_one_are_told(as_: Any) -> None:
    await made(as_("lena"))
    answer = await as_("lena").post("/templates", json=HELLO)
    assert (answer.status_code, answer.json()["code"]) == (409, "template_exists")


async def test_every_district_has_what_comes_with_the_program_once(
    as_: Any, world: Any, connection: Any
) -> None:
    wanted = sum(
        len(json.loads(part.read_text("utf-8")))
        for part in files("app.templates").joinpath("data").iterdir()
        if part.name.endswith(".json")
    )
    for who in ("tom", "wes"):
        listed = (await as_(who).get("/templates?limit=200")).json()["items"]
        assert len(listed) == wanted
        assert {row["kind"] for row in listed} == {
            "outreach",
            "questionnaire",
            "conversation",
            "preferences",
            "agreement",
            "goal",
            "learning_cycle",
            "reflection",
            "feedback_protocol",
            "coaching_calendar",
        }
        assert all(row["author_id"] is None and row["state"] == "published" for row in listed)
    async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
        await keys.enter(session, world.juniper)
        operator = Actor.operator(world.juniper, "UTC")
        assert await service.ship(session, operator) == 0
        # what is gone comes back; what the district wrote under the same key stays its own
        await session.execute(
            text("delete from template where key = 'mid_year' and district_id = :d"),
            {"d": world.juniper},
        )
        assert await service.ship(session, operator) == 1


async def test_who_may_not_write_there_learns_no_key_that_is_taken(as_: Any, world: Any) -> None:
    school = {"home": "school", "school_id": str(world.alder)}
    await made(as_("paul"), key="secret_plan", **school)
    await made(as_("ada"), key="reorganisation", home="district")
    for who in ("tom", "mia", "bea"):
        for key in ("secret_plan", "another"):
            answer = await as_(who).post("/templates", json={**HELLO, "key": key, **school})
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (who, key)
        for key in ("reorganisation", "another"):
            body = {**HELLO, "key": key, "home": "district"}
            answer = await as_(who).post("/templates", json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (who, key)


async def test_both_publish_at_once(live: Any) -> None:
    import asyncio

    paul = live.as_("paul")
    first = await made(paul, home="school", school_id=str(live.world.alder))
    first = await do(paul, first, "publish")
    following = [await do(paul, first, "revise", 201)]
    answers = await asyncio.gather(
        *(
            paul.post(f"/templates/{row['id']}/{verb}", headers=at(row))
            for row, verb in ((following[0], "publish"), (first, "retire"), (first, "revise"))
        )
    )
    assert all(answer.status_code in (200, 409, 412) for answer in answers), [
        answer.text for answer in answers
    ]
    listed = (await paul.get("/templates?key=hello&state=published")).json()["items"]
    assert len(listed) <= 1


async def test_only_calendars_have_entries_and_only_protocols_an_order(as_: Any) -> None:
    entry = {"kind": "observation", "title": "LEAP observation", "week": 3}
    calendar = {"kind": "coaching_calendar", "key": "mine", "title": "Mine"}
    for wrong in (HELLO | {"entries": [entry]}, HELLO | {"ordered": True}):
        answer = await as_("lena").post("/templates", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (409, "part_of_another_kind")
    empty = (await as_("lena").post("/templates", json=calendar)).json()
    at = {"If-Match": f'"{empty["version"]}"'}
    answer = await as_("lena").post(f"/templates/{empty['id']}/publish", headers=at)
    assert (answer.status_code, answer.json()["code"]) == (409, "template_empty")
    filled = await as_("lena").patch(
        f"/templates/{empty['id']}", json={"entries": [entry]}, headers=at
    )
    assert filled.json()["entries"] == [entry | {"weeks": 1}]
    at = {"If-Match": f'"{filled.json()["version"]}"'}
    answer = await as_("lena").post(f"/templates/{empty['id']}/publish", headers=at)
    assert answer.json()["state"] == "published"
    protocol = {
        "kind": "feedback_protocol",
        "key": "ours",
        "title": "Ours",
        "ordered": True,
        "fields": [{"key": "see", "label": "See", "type": "text"}],
    }
    assert (await as_("lena").post("/templates", json=protocol)).json()["ordered"] is True
