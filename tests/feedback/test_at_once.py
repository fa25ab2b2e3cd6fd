"""Two at the same moment: nothing is lost, done twice, or shared unseen."""

import asyncio

import pytest

from tests.conftest import Live
from tests.feedback.making import TALKS, note, prepared
from tests.goals.test_goals import at
from tests.meetings.test_meetings import ok

pytestmark = pytest.mark.anyio


async def test_of_two_first_notes_at_a_step_one_stands_and_the_other_is_told(live: Live) -> None:
    talk = await prepared(live.as_, live.world, "planning_map")
    answers = await asyncio.gather(
        *(note(live.as_("lena"), talk, "goals", words) for words in ("From the phone.", "At home."))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    kept = next(answer.json()["text"] for answer in answers if answer.is_success)
    found = await ok(live.as_("lena").get(f"{TALKS}/{talk['id']}/notes"))
    assert [row["text"] for row in found["items"]] == [kept]


async def test_what_is_written_while_it_is_shared_goes_with_it_or_is_refused(live: Live) -> None:
    lena = live.as_("lena")
    for number in range(3):
        talk = await prepared(live.as_, live.world, "planning_map")
        await ok(note(lena, talk, "goals", "First."))
        address = f"{TALKS}/{talk['id']}"
        held = await ok(lena.post(f"{address}/hold", headers=at(talk), json={}))
        written, given = await asyncio.gather(
            note(lena, talk, "goals", "Second.", version=1),
            lena.post(f"{address}/share", headers=at(held)),
        )
        assert given.status_code == 200, (number, given.text)
        [seen] = (await ok(live.as_("tom").get(f"{address}/notes")))["items"]
        assert seen["text"] == ("Second." if written.is_success else "First.")
        assert written.status_code in (200, 409, 412), written.text


async def test_of_two_steps_at_one_version_one_is_taken(live: Live) -> None:
    talk = await prepared(live.as_, live.world, "planning_map")
    address, when = f"{TALKS}/{talk['id']}", {"on": "2026-10-07", "at": "15:00", "minutes": 30}
    answers = await asyncio.gather(
        *(
            live.as_(who).post(f"{address}/schedule", headers=at(talk), json=when)
            for who in ("tom", "lena")
        ),
        live.as_("lena").post(f"{address}/hold", headers=at(talk), json={}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    choice = {
        "school_id": str(live.world.alder),
        "template_id": str(live.world.ids["see_name_do"]),
        "from_on": "2026-10-05",
    }
    chosen = await asyncio.gather(
        *(live.as_("paul").post("/protocol-choices", json=choice) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in chosen) == [201, 409]


async def test_a_note_beside_a_change_of_the_protocol_stands_at_a_step_of_it(live: Live) -> None:
    lena = live.as_("lena")
    other = {"template_id": str(live.world.ids["see_name_do"]), "protocol_reason": "It fits."}
    for number in range(6):
        talk = await prepared(live.as_, live.world, "planning_map")
        address = f"{TALKS}/{talk['id']}"
        change = lena.patch(address, headers=at(talk), json=other)
        answers = await asyncio.gather(change, note(lena, talk, "goals"))
        codes = sorted(answer.status_code for answer in answers)
        assert codes in ([200, 404], [200, 409], [200, 412]), number
        found = await ok(lena.get(f"{address}/notes"))
        now = await ok(lena.get(address))
        steps = {field["key"] for field in now["fields"]}
        assert {row["step_key"] for row in found["items"]} <= steps
