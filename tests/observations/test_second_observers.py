"""Second observers with the teacher's consent, and who read what is evaluative."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Live
from tests.meetings.test_meetings import act, ok, refused
from tests.observations import PATH, certify, drafted, planned, share
from tests.world import Ticking

pytestmark = pytest.mark.anyio


async def ask(client: Any, row: Any, person: Any) -> Any:
    """Somebody is asked to look on."""
    path = f"{PATH}/{row['id']}/co-observers"
    return await ok(client.post(path, json={"person_id": str(person)}), 201)


async def test_nobody_looks_on_without_the_teachers_consent(as_, world, connection):
    lena, tom, ivy = as_("lena"), as_("tom"), as_("ivy")
    made = await planned(lena, world)
    path = f"{PATH}/{made['id']}/co-observers"
    for wrong in ("tom", "lena", "ben"):
        body = {"person_id": str(getattr(world, wrong))}
        await refused(lena.post(path, json=body), 409, "unknown_reference")
    await refused(tom.post(path, json={"person_id": str(world.ivy)}), 403, "forbidden")
    asked = await ask(lena, made, world.ivy)
    await refused(lena.post(path, json={"person_id": str(world.ivy)}), 409, "co_observer_asked")
    # asked, she knows of the question and of nothing else
    assert (await ok(ivy.get("/co-observers?state=asked")))["items"][0]["id"] == asked["id"]
    await refused(ivy.get(f"{PATH}/{made['id']}"), 404, "not_found")
    for client in (lena, ivy):
        await refused(act(client, "co-observers", asked, "consent"), 403, "forbidden")
    await ok(act(tom, "co-observers", asked, "consent"))
    assert (await ok(ivy.get(f"{PATH}/{made['id']}")))["permissions"] == []
    await refused(act(tom, "co-observers", asked, "decline"), 409, "wrong_state")
    # a no stays one
    nina = await ask(lena, made, world.nina)
    await ok(act(tom, "co-observers", nina, "decline"))
    await refused(lena.post(path, json={"person_id": str(world.nina)}), 409, "co_observer_asked")
    await refused(act(as_("nina"), "co-observers", nina, "withdraw"), 409, "wrong_state")
    mia = await ask(lena, made, world.mia)
    await ok(act(as_("mia"), "co-observers", mia, "withdraw"))
    paul = await ask(lena, made, world.paul)
    await ok(act(tom, "co-observers", paul, "consent"))
    await ok(act(tom, "co-observers", paul, "withdraw"))
    await refused(as_("paul").get(f"{PATH}/{made['id']}"), 404, "not_found")
    await drafted(lena, made)
    await refused(lena.post(path, json={"person_id": str(world.sam)}), 409, "wrong_state")
    await share(connection, world, made)
    for client in (tom, lena, ivy):
        await refused(act(client, "co-observers", asked, "withdraw"), 409, "visit_shared")


async def test_a_visit_that_the_teacher_does_not_know_of_has_one_observer(as_, world):
    lena = as_("lena")
    made = await planned(lena, world, announced=False)
    assert "add_co_observer" not in made["permissions"]
    path, ivy = f"{PATH}/{made['id']}/co-observers", {"person_id": str(world.ivy)}
    await refused(lena.post(path, json=ivy), 409, "visit_not_announced")
    Ticking.of_test.move_to(made["starts_at"])
    await ok(act(lena, "observations", made, "start"))
    await ok(lena.post(path, json=ivy), 201)


async def test_the_teacher_sees_who_read_an_evaluation(as_, world, connection):
    tom, luis, lena, paul = as_("tom"), as_("luis"), as_("lena"), as_("paul")
    await certify(as_, world, "paul")
    made = await planned(paul, world, "full")
    asked = await ask(paul, made, world.luis)
    await ok(act(tom, "co-observers", asked, "consent"))
    made = await drafted(paul, made)
    path = f"{PATH}/{made['id']}"
    await ok(luis.get(path))
    assert (await ok(tom.get(f"{path}/reads")))["items"] == [], "it is not shared yet"
    await share(connection, world, made)
    # the evaluator of record, who is Tom's lead; she reads it in the list and by itself
    assert len((await ok(lena.get(f"{PATH}?evaluative=true")))["items"]) == 1
    Ticking.of_test.move(minutes=1)
    await ok(luis.get(path))
    for client in (paul, tom):
        await ok(client.get(path))
        await ok(client.get(PATH))
    await refused(as_("nina").get(path), 404, "not_found")
    reads = (await ok(tom.get(f"{path}/reads")))["items"]
    assert [(row["reader_name"], row["operation"]) for row in reads] == [
        ("Luis Falk", "observation:read"),
        ("Lena Ortiz", "observation:read"),
    ]
    assert {(row["record_type"], row["record_id"]) for row in reads} == {
        ("observation", made["id"])
    }
    assert (await ok(tom.get("/me/reads")))["items"] == reads
    for client in (paul, luis, lena):
        await refused(client.get(f"{path}/reads"), 403, "forbidden")
        assert (await ok(client.get("/me/reads")))["items"] == []
    await refused(as_("nina").get(f"{path}/reads"), 404, "not_found")
    # an answer that says "as you have it" was read, too
    answer = await luis.get(path)
    again = await luis.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert len((await ok(tom.get(f"{path}/reads")))["items"]) == 4
    # of coaching nothing is noted
    talk = await planned(lena, world, on="2026-10-20")
    talk = await drafted(lena, talk)
    await share(connection, world, talk)
    await ok(tom.get(f"{PATH}/{talk['id']}"))
    assert (await ok(tom.get(f"{PATH}/{talk['id']}/reads")))["items"] == []


async def test_both_answer_at_once(live: Live) -> None:
    """Consent and withdrawal at the same moment: one of them, and the other is told."""
    world, lena, tom = live.world, live.as_("lena"), live.as_("tom")
    made = await planned(lena, world)
    asked = await ask(lena, made, world.ivy)
    at = {"If-Match": f'"{asked["version"]}"'}
    answers = await asyncio.gather(
        *(
            client.post(f"/co-observers/{asked['id']}/{verb}", headers=at)
            for client, verb in ((tom, "consent"), (lena, "withdraw"), (tom, "decline"))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
