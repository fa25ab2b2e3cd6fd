"""Coaching agreements: proposed by one, changed by either, in force when both accepted them."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Live
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, ok, refused

pytestmark = pytest.mark.anyio

AGREEMENTS = "/coaching-agreements"
WORDS = {
    "time": "On time.",
    "agenda": "It is the teacher's.",
    "confidence": "Between us.",
    "feedback": "Plainly.",
}


def norms(world: Any, **fields: Any) -> dict[str, Any]:
    """Norms of Tom and Lena as they are sent."""
    return {
        "teacher_id": str(world.tom),
        "template_id": str(world.coaching_agreement),
        "answers": WORDS,
        "review_on": "2027-01-11",
        **fields,
    }


async def proposed(as_: Any, world: Any, who: str = "lena", **fields: Any) -> dict[str, Any]:
    """An agreement as one of the two proposes it."""
    return await ok(as_(who).post(AGREEMENTS, json=norms(world, **fields)), 201)


async def accept(client: Any, row: dict[str, Any]) -> Any:
    """A yes to the agreement as it was read."""
    return await client.post(f"{AGREEMENTS}/{row['id']}/accept", headers=at(row))


async def in_force(as_: Any, world: Any, **fields: Any) -> dict[str, Any]:
    """An agreement that both accepted."""
    row = await proposed(as_, world, **fields)
    await ok(accept(as_("tom"), row))
    return await ok(accept(as_("lena"), row))


def by(row: dict[str, Any]) -> set[str]:
    """Who accepted."""
    return {yes["person_id"] for yes in row["acceptances"]}


async def test_proposing_is_not_accepting_and_both_put_it_in_force(as_, world, ticking):
    row = await proposed(as_, world)
    assert (row["state"], row["number"], row["acceptances"]) == ("proposed", 1, [])
    assert row["permissions"] == ["edit", "accept", "withdraw", "share"]
    assert row["template_title"]
    assert [field["key"] for field in row["fields"]][:1] == ["time"]
    once = await ok(accept(as_("lena"), row))
    assert (once["state"], by(once)) == ("proposed", {str(world.lena)})
    assert "accept" not in once["permissions"]
    await refused(accept(as_("lena"), once), 409, "agreement_accepted")
    ticking.move(minutes=3)
    # What Tom read is what Lena accepted: her yes makes nothing stale.
    both = await ok(accept(as_("tom"), row))
    assert (both["state"], both["version"]) == ("accepted", row["version"] + 1)
    first, second = both["acceptances"]
    assert (first["person_id"], second["person_id"]) == (str(world.lena), str(world.tom))
    assert first["at"] < second["at"]
    assert second["at"][:19] == both["accepted_at"][:19]
    assert both["permissions"] == ["share"]
    for step in ("accept", "withdraw"):
        await refused(act(as_("tom"), "coaching-agreements", row, step), 409, "wrong_state")
    change = {"review_on": "2027-02-01"}
    path = f"{AGREEMENTS}/{row['id']}"
    await refused(as_("tom").patch(path, json=change, headers=at(both)), 409, "wrong_state")


async def test_the_next_one_says_why_and_takes_the_place_of_the_one_before(as_, world):
    first = await in_force(as_, world)
    tom = as_("tom")
    again = norms(world, answers={**WORDS, "stuck": "We ask Mia."})
    del again["teacher_id"]  # the caller's own side
    await refused(tom.post(AGREEMENTS, json=again), 409, "agreement_unexplained")
    second = await ok(tom.post(AGREEMENTS, json=again | {"reason": "We got stuck."}), 201)
    path = f"{AGREEMENTS}/{second['id']}"
    await refused(
        tom.patch(path, json={"reason": None}, headers=at(second)), 409, "agreement_unexplained"
    )
    await ok(accept(tom, second))
    assert (await ok(tom.get(f"{AGREEMENTS}/{first['id']}")))["state"] == "accepted"
    await ok(accept(as_("lena"), second))
    listed = (await ok(as_("lena").get(AGREEMENTS)))["items"]
    listed.sort(key=lambda row: row["number"])
    assert [(row["number"], row["state"]) for row in listed] == [(1, "superseded"), (2, "accepted")]
    assert by(listed[0]) == {str(world.tom), str(world.lena)}, "who agreed then is not forgotten"
    [now] = (await ok(as_("tom").get(f"{AGREEMENTS}?state=accepted")))["items"]
    assert now["id"] == second["id"]


async def test_one_is_proposed_at_a_time_and_withdrawn_the_one_in_force_stays(as_, world):
    first = await in_force(as_, world)
    second = await proposed(as_, world, reason="More of it.")
    other = norms(world, reason="Less of it.")
    await refused(as_("tom").post(AGREEMENTS, json=other), 409, "agreement_waits")
    gone = await ok(act(as_("tom"), "coaching-agreements", second, "withdraw"))
    assert gone["state"] == "withdrawn"
    assert (await ok(as_("lena").get(f"{AGREEMENTS}/{first['id']}")))["state"] == "accepted"
    third = await proposed(as_, world, "tom", reason="Less of it.")
    assert third["number"] == 3


async def test_a_change_asks_both_again(as_, world):
    row = await proposed(as_, world)
    path = f"{AGREEMENTS}/{row['id']}"
    tom, lena = as_("tom"), as_("lena")
    for change in (
        {"answers": {"stuck": "We ask Mia."}},
        {"review_on": "2027-01-18"},
        {"reason": "Since we asked."},
    ):
        now = await ok(accept(lena, await ok(lena.get(path))))
        changed = await ok(tom.patch(path, json=change, headers=at(now)))
        assert (changed["acceptances"], changed["version"]) == ([], now["version"] + 1)
        # Lena's next yes is to words that she read.
        await refused(accept(lena, now), 412, "version_mismatch")
    assert changed["answers"] == {**WORDS, "stuck": "We ask Mia."}
    cleared = await ok(lena.patch(path, json={"answers": {"stuck": None}}, headers=at(changed)))
    assert cleared["answers"] == WORDS
    # Saved again as it is, it stays what it was, and so does a yes to it.
    await ok(accept(tom, cleared))
    same = {"answers": WORDS, "review_on": "2027-01-18"}
    kept = await ok(lena.patch(path, json=same, headers=at(cleared)))
    assert (kept["version"], by(kept)) == (cleared["version"], {str(world.tom)})
    for wrong, code in (
        ({"answers": {"time": None}}, "answers_missing"),
        ({"answers": {"nonsense": "x"}}, "answers_do_not_fit"),
        ({"review_on": "2026-10-05"}, "dates_do_not_fit"),
    ):
        await refused(tom.patch(path, json=wrong, headers=at(kept)), 409, code)
    assert (await ok(tom.get(path)))["acceptances"] == kept["acceptances"]


async def test_it_is_whole_and_looked_at_again_on_a_day_to_come_in_the_year(as_, world):
    lena = as_("lena")
    part = {name: words for name, words in WORDS.items() if name != "time"}
    for fields, code in (
        ({"answers": part}, "answers_missing"),
        ({"answers": {**WORDS, "time": True}}, "answers_do_not_fit"),
        ({"template_id": str(world.getting_to_know_you)}, "template_not_usable"),
        ({"template_id": str(world.lena)}, "unknown_reference"),
        ({"teacher_id": str(world.sam)}, "unknown_reference"),
    ):
        await refused(lena.post(AGREEMENTS, json=norms(world, **fields)), 409, code)
    for day in ("2026-10-05", "2027-06-05"):
        said = await refused(
            lena.post(AGREEMENTS, json=norms(world, review_on=day)), 409, "dates_do_not_fit"
        )
        assert (said["first"], said["last"]) == ("2026-10-06", "2027-06-04")
    await proposed(as_, world, review_on="2026-10-06")
    await refused(as_("paul").post(AGREEMENTS, json=norms(world)), 403, "forbidden")


async def test_it_is_the_two_peoples_and_a_new_lead_begins_anew(as_, world):
    row = await in_force(as_, world)
    waiting = await proposed(as_, world, "tom", reason="More.")
    path = f"{AGREEMENTS}/{row['id']}"
    for who in ("paul", "ada", "luis", "nina", "ivy", "zoe"):
        await refused(as_(who).get(path), 404, "not_found")
        assert (await ok(as_(who).get(AGREEMENTS)))["items"] == []
        await refused(accept(as_(who), waiting), 404, "not_found")
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "pause"))
    for who in ("tom", "lena"):
        await refused(accept(as_(who), waiting), 403, "forbidden")
        assert (await ok(as_(who).get(path)))["state"] == "accepted"
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "resume"))
    await change_lead(as_, world)
    await refused(as_("luis").get(path), 404, "not_found")
    await refused(accept(as_("luis"), waiting), 404, "not_found")
    # Lena keeps what she wrote, to read.
    assert [item["id"] for item in (await ok(as_("lena").get(AGREEMENTS)))["items"]] == [row["id"]]
    fresh = await proposed(as_, world, "luis")
    assert fresh["number"] == 1


# --- at the same moment -------------------------------------------------------------------------


async def test_two_who_accept_at_the_same_moment_are_both_right(live: Live) -> None:
    before = None
    for _ in range(5):
        row = await proposed(live.as_, live.world, reason="Again.")
        answers = await asyncio.gather(*(accept(live.as_(who), row) for who in ("tom", "lena")))
        assert [a.status_code for a in answers] == [200, 200], [a.text for a in answers]
        now = await ok(live.as_("tom").get(f"{AGREEMENTS}/{row['id']}"))
        assert (now["state"], len(by(now))) == ("accepted", 2)
        if before is not None:
            then = await ok(live.as_("tom").get(f"{AGREEMENTS}/{before['id']}"))
            assert then["state"] == "superseded"
        before = now


async def test_the_same_yes_twice_is_one(live: Live) -> None:
    row = await proposed(live.as_, live.world)
    answers = await asyncio.gather(*(accept(live.as_("tom"), row) for _ in range(3)))
    assert sorted(a.status_code for a in answers) == [200, 409, 409]
    now = await ok(live.as_("tom").get(f"{AGREEMENTS}/{row['id']}"))
    assert (now["state"], by(now)) == ("proposed", {str(live.world.tom)})


async def test_nobody_accepts_words_that_change_at_that_moment(live: Live) -> None:
    for number in range(6):
        row = await proposed(live.as_, live.world, reason="Again.")
        path = f"{AGREEMENTS}/{row['id']}"
        change = {"answers": {"time": f"Late {number}."}}
        sending = [
            accept(live.as_("tom"), row),
            live.as_("lena").patch(path, json=change, headers=at(row)),
        ]
        if number % 2:
            sending.reverse()
        answers = await asyncio.gather(*sending)
        said, changed = reversed(answers) if number % 2 else answers
        assert changed.status_code == 200
        assert said.status_code in (200, 412)
        now = await ok(live.as_("tom").get(path))
        assert (now["acceptances"], now["version"]) == ([], row["version"] + 1)
        await ok(act(live.as_("tom"), "coaching-agreements", row, "withdraw"))


async def test_of_two_proposals_one_waits_and_of_two_ends_one_comes(live: Live) -> None:
    for _ in range(3):
        answers = await asyncio.gather(
            *(
                live.as_(who).post(AGREEMENTS, json=norms(live.world, reason="Again."))
                for who in ("tom", "lena")
            )
        )
        assert sorted(a.status_code for a in answers) == [201, 409]
        lost = next(a for a in answers if a.status_code == 409)
        assert lost.json()["code"] == "agreement_waits"
        row = next(a for a in answers if a.status_code == 201).json()
        await ok(accept(live.as_("tom"), row))
        path = f"{AGREEMENTS}/{row['id']}"
        ends = await asyncio.gather(
            accept(live.as_("lena"), row),
            live.as_("tom").post(f"{path}/withdraw", headers=at(row)),
        )
        assert sorted(a.status_code for a in ends) == [200, 412]
        now = await ok(live.as_("tom").get(path))
        assert now["state"] == ("accepted" if ends[0].status_code == 200 else "withdrawn")
