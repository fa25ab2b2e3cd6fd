"""Systems that must be used: who says so, who answers, who reads the answers, who is stuck."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from tests.conftest import Live, _owner
from tests.goals.test_goals import at
from tests.meetings.test_meetings import act, ok, refused
from tests.world import Ticking

pytestmark = pytest.mark.anyio

GOOD = {"has_access": "yes", "understands": "yes"}
STUCK = {"has_access": "no", "understands": "partly", "note": "My account is locked."}


async def system(client: Any, **fields: Any) -> dict[str, Any]:
    """A system of the district, or of a school, from today on."""
    new = {"title": "Data portal", "kind": "system", "serves": "both", **fields}
    made: dict[str, Any] = await ok(client.post("/goal-systems", json=new), 201)
    return made


async def standing(client: Any, query: str = "") -> dict[str, dict[str, Any]]:
    """How people stand, by given name."""
    found = await ok(client.get(f"/system-confirmations?limit=200&{query}"))
    return {item["given_name"]: item for item in found["items"]}


async def test_a_system_is_asked_of_those_who_must_use_it_and_each_answers_alone(
    as_: Any, world: Any
) -> None:
    await refused(
        as_("paul").post(
            "/goal-systems", json={"title": "Mine", "kind": "system", "serves": "slo"}
        ),
        403,
        "forbidden",
    )
    birch = {"title": "Mine", "kind": "system", "serves": "slo", "school_id": str(world.birch)}
    await refused(as_("paul").post("/goal-systems", json=birch), 403, "forbidden")
    for url in ("http://portal.example", "https://u:p@portal.example", "javascript:alert(1)"):
        bad = {"title": "X", "kind": "system", "serves": "slo", "url": url}
        await refused(as_("ada").post("/goal-systems", json=bad), 422, "invalid")
    portal = await system(as_("ada"), url="https://portal.example:8443/goals?x=1")
    assert portal["required_from"] == "2026-10-05"
    of_alder = await system(as_("paul"), title="Our plan book", school_id=str(world.alder))
    only_leads = await system(as_("ada"), title="Review form", for_teachers=False)
    assert (await as_("ben").get(f"/goal-systems/{of_alder['id']}")).status_code == 404

    def mine(answer: dict[str, Any]) -> list[str]:
        return [item["title"] for item in answer["items"]]

    assert mine(await ok(as_("tom").get("/me/systems"))) == ["Data portal", "Our plan book"]
    assert mine(await ok(as_("ben").get("/me/systems"))) == ["Data portal"]
    assert len(mine(await ok(as_("lena").get("/me/systems")))) == 3
    for nobody in ("paul", "ada", "ivy"):
        assert mine(await ok(as_(nobody).get("/me/systems"))) == []
        await refused(
            as_(nobody).post(f"/goal-systems/{portal['id']}/confirm", json=GOOD), 403, "forbidden"
        )
    await refused(
        as_("tom").post(f"/goal-systems/{only_leads['id']}/confirm", json=GOOD), 403, "forbidden"
    )
    path = f"/goal-systems/{portal['id']}/confirm"
    said = await ok(as_("tom").post(path, json=STUCK))
    assert (said["stuck"], said["person_id"], said["version"]) == (True, str(world.tom), 1)
    address = f"/system-confirmations/{said['id']}"
    for helper in ("tom", "lena", "paul"):
        assert (await ok(as_(helper).get(address)))["note"] == STUCK["note"]
    for stranger in ("nina", "luis", "ivy", "ada", "bea", "zoe"):
        assert (await as_(stranger).get(address)).status_code == 404, stranger
    # what a lead says is not for the teacher, and the next answer replaces the last, note and all
    leads = await ok(as_("lena").post(path, json=STUCK))
    assert (await as_("tom").get(f"/system-confirmations/{leads['id']}")).status_code == 404
    again = await ok(as_("tom").post(path, json=GOOD))
    assert (again["id"], again["version"], again["note"], again["stuck"]) == (
        said["id"],
        2,
        None,
        False,
    )


async def test_what_is_recorded_names_fields_and_never_words(as_: Any, world: Any) -> None:
    portal = await system(as_("ada"))
    await ok(as_("tom").post(f"/goal-systems/{portal['id']}/confirm", json=STUCK))
    events = (await ok(as_("tom").get("/audit?limit=200")))["items"]
    (event,) = (row for row in events if row["action"] == "system_confirmation.given")
    assert event["changed"] == ["has_access", "note", "understands"]
    assert STUCK["note"] not in str(events)


async def test_a_retired_system_is_asked_of_nobody_and_comes_back_from_that_day_on(
    as_: Any, ticking: Ticking
) -> None:
    portal = await system(as_("ada"))
    path = f"/goal-systems/{portal['id']}"
    await ok(as_("tom").post(f"{path}/confirm", json=GOOD))
    changed = await ok(
        as_("ada").patch(path, json={"help": "Ask early.", "url": None}, headers=at(portal))
    )
    assert (changed["version"], changed["help"]) == (2, "Ask early.")
    await refused(
        as_("paul").patch(path, json={"title": "Mine"}, headers=at(changed)), 403, "forbidden"
    )
    stale = await as_("ada").post(f"{path}/retire", headers=at(portal))
    assert stale.status_code == 412
    retired = await ok(act(as_("ada"), "goal-systems", portal, "retire"))
    assert retired["state"] == "retired"
    assert retired["permissions"] == ["restore"]
    no = await refused(as_("nina").post(f"{path}/confirm", json=GOOD), 409, "wrong_state")
    assert no["state"] == "retired"
    await refused(act(as_("ada"), "goal-systems", portal, "retire"), 409, "wrong_state")
    assert (await ok(as_("tom").get("/me/systems")))["items"] == []
    assert await standing(as_("paul")) == {}
    ticking.move(days=60)
    back = await ok(act(as_("ada"), "goal-systems", portal, "restore"))
    assert back["required_from"] == "2026-12-04"
    assert not any(row["stuck"] for row in (await standing(as_("paul"))).values())
    assert (await standing(as_("tom")))["Tom"]["has_access"] == "yes"


async def test_who_is_stuck_is_who_said_so_and_who_is_late(
    as_: Any, world: Any, ticking: Ticking
) -> None:
    portal = await system(as_("ada"))
    path = f"/goal-systems/{portal['id']}/confirm"
    await ok(as_("tom").post(path, json=GOOD))
    await ok(as_("nina").post(path, json={"has_access": "yes", "understands": "partly"}))
    assert set(await standing(as_("paul"), "stuck=true")) == {"Nina"}
    one = (await standing(as_("paul"), f"person_id={world.sam}"))["Sam"]
    assert (one["id"], one["has_access"], one["stuck"]) == (None, None, False)
    assert (one["required_since"], one["answer_by"]) == ("2026-10-05", "2026-10-19")
    ticking.move(days=14)
    assert set(await standing(as_("paul"), "stuck=true")) == {"Nina"}
    ticking.move(days=1)
    everybody = {"Nina", "Sam", "Uma", "Pia", "Olga", "Lena", "Luis"}
    assert set(await standing(as_("paul"), "stuck=true")) == everybody
    assert set(await standing(as_("paul"), "stuck=false")) == {"Tom"}
    # per lead and per teacher; a lead is mostly a teacher as well
    leads = await standing(as_("paul"), "stuck=true&role=lead")
    assert {name: row["roles"] for name, row in leads.items()} == {
        "Lena": ["lead"],
        "Luis": ["lead"],
    }
    assert set(await standing(as_("paul"), "stuck=true&role=teacher")) == everybody
    assert (await standing(as_("paul")))["Lena"]["roles"] == ["teacher", "lead"]
    # a lead's own teachers and themself; a teacher themself; no administrator, nobody elsewhere
    assert set(await standing(as_("lena"))) == {"Lena", "Tom", "Nina"}
    assert set(await standing(as_("luis"), "stuck=true")) == {"Luis", "Sam"}
    assert set(await standing(as_("tom"))) == {"Tom"}
    for nobody in ("ada", "ivy", "zoe"):
        assert await standing(as_(nobody)) == {}
    assert set(await standing(as_("bea"), f"school_id={world.birch}")) == {"Ben"}
    assert await standing(as_("bea"), f"school_id={world.alder}") == {}
    # who comes later has their days from then on
    person = {"given_name": "New", "family_name": "Comer", "email": "new@juniper.example"}
    new = await ok(as_("ada").post("/people", json=person), 201)
    role = {"person_id": new["id"], "kind": "teacher", "school_id": str(world.alder)}
    await ok(as_("ada").post("/roles", json={**role, "tested_subject": True}), 201)
    assert (await standing(as_("paul")))["New"]["answer_by"] == "2026-11-03"
    # a demand that begins on the last day there is has an answer all the same
    await system(as_("ada"), title="Some day", required_from="2999-12-31")
    mine = (await ok(as_("tom").get("/me/systems")))["items"]
    assert mine[-1]["answer_by"] == "2999-12-31"
    # and the district says how many days these are
    policy = await ok(as_("ada").get("/district/policy"))
    longer = {"values": {"system_stuck_days": 30}, "reason": "Accounts take their time."}
    await ok(as_("ada").patch("/district/policy", json=longer, headers=at(policy)))
    assert set(await standing(as_("paul"), "stuck=true")) == {"Nina"}


async def test_the_district_gets_figures_of_schools_and_not_of_few(as_: Any, world: Any) -> None:
    portal = await system(as_("ada"))
    await system(as_("paul"), title="Our plan book", school_id=str(world.alder))
    path = f"/goal-systems/{portal['id']}/confirm"
    for who in ("tom", "sam", "uma"):
        await ok(as_(who).post(path, json=GOOD))
    await ok(as_("nina").post(path, json=STUCK))

    async def figures(who: str, title: str = "Data portal") -> dict[str, Any]:
        found = await ok(as_(who).get("/system-coverage"))
        return {
            row["school_name"]: [row[k] for k in ("people", "ready", "held_up", "unanswered")]
            for row in found["items"]
            if row["title"] == title
        }

    assert await figures("paul") == {"Alder School": [8, 3, 1, 4]}
    assert await figures("paul", "Our plan book") == {"Alder School": [8, 0, 0, 8]}
    assert await figures("ada") == {
        "Alder School": [8, None, None, None],
        "Birch School": [1, None, None, None],
    }
    assert await figures("bea") == {"Birch School": [1, 0, 0, 1]}
    for nobody in ("tom", "lena", "zoe"):
        assert await figures(nobody) == {}
    for who in ("lena", "luis", "pia"):
        await ok(as_(who).post(path, json=GOOD))
    # six are ready: to tell it would tell that two are not
    assert await figures("ada") == {
        "Alder School": [8, None, None, None],
        "Birch School": [1, None, None, None],
    }
    assert await figures("paul") == {"Alder School": [8, 6, 1, 1]}
    for who in ("nina", "olga"):
        await ok(as_(who).post(path, json=GOOD))
    assert (await figures("ada"))["Alder School"] == [8, 8, 0, 0]
    # a system of nobody tells nothing of anybody
    await system(as_("ada"), title="Later", for_teachers=False, for_leads=False)
    assert (await figures("ada", "Later"))["Birch School"] == [0, 0, 0, 0]


async def test_one_answer_seldom_moves_what_the_district_is_told(
    as_: Any, world: Any, connection: Any
) -> None:
    """The audit tells administrators who answered and when, so that exact figures of before and
    after would tell them what."""
    portal = await system(as_("ada"))
    path = f"/goal-systems/{portal['id']}/confirm"
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        home = {"district_id": world.juniper}
        for number in range(10):
            person = m.Person(**home, given_name="New", family_name="Comer")
            session.add(person)
            await session.flush()
            place = {"school_id": world.alder, "started_on": clock.today("UTC")}
            teaches = {"kind": "teacher", "tested_subject": True}
            session.add(m.Role(**home, person_id=person.id, **teaches, **place))
            if number < 5:
                session.add(
                    m.SystemConfirmation(
                        **home,
                        id=clock.new_id(),
                        system_id=portal["id"],
                        person_id=person.id,
                        has_access="no",
                        understands="no",
                    )
                )
        await session.commit()

    async def alder() -> list[Any]:
        rows = (await ok(as_("ada").get(f"/system-coverage?school_id={world.alder}")))["items"]
        return [rows[0][k] for k in ("people", "ready", "held_up", "unanswered")]

    for who in ("tom", "sam", "uma", "lena", "luis"):
        await ok(as_(who).post(path, json=GOOD))
    before = await alder()
    assert before == [18, 5, 5, 5]
    await ok(as_("nina").post(path, json=STUCK))
    assert await alder() == before


async def test_two_answers_at_the_same_moment_are_one_answer(live: Live) -> None:
    portal = await system(live.as_("ada"))
    path = f"/goal-systems/{portal['id']}/confirm"
    answers = await asyncio.gather(
        *(live.as_("tom").post(path, json=said) for said in (GOOD, STUCK, GOOD, STUCK))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["version"] for answer in answers) == [1, 2, 3, 4]
    async with _owner(live.owner_url) as connection:
        await connection.execute(
            text("select set_config('app.district', :d, false)"), {"d": str(live.world.juniper)}
        )
        rows = await connection.execute(text("select version from system_confirmation"))
        assert rows.scalars().all() == [4]
