"""The school's feedback protocol: chosen by its leader, used from a day on, with its history."""

from typing import Any

import pytest

from tests.feedback.making import TALKS, prepared
from tests.goals.test_goals import at
from tests.meetings.test_meetings import ok, refused

pytestmark = pytest.mark.anyio

CHOICES = "/protocol-choices"


def choice(world: Any, protocol: str = "relay_six_steps", **fields: Any) -> dict[str, Any]:
    """What Paul chooses, from today on."""
    return {
        "school_id": str(world.alder),
        "template_id": str(world.ids[protocol]),
        "from_on": "2026-10-05",
        **fields,
    }


async def own(as_: Any, world: Any, who: str, **fields: Any) -> Any:
    """A protocol of somebody's own, published."""
    asks = {"key": "look", "label": "Look", "type": "text", "required": True, "help": "At what?"}
    new = {
        "kind": "feedback_protocol",
        "key": "our_way",
        "title": "Our way",
        "fields": [{**asks, "options": []}],
        **fields,
    }
    made = await ok(as_(who).post("/templates", json=new), 201)
    return await ok(as_(who).post(f"/templates/{made['id']}/publish", headers=at(made)))


async def test_a_leader_chooses_and_the_school_goes_by_it_from_that_day(as_, world):
    paul, address = as_("paul"), f"/schools/{world.alder}/feedback-protocol"
    before = await ok(as_("tom").get(address))
    assert (before["choice"], before["protocol"]) == (None, None)
    await refused(as_("lena").post(TALKS, json={"teacher_id": str(world.tom)}), 409, "no_protocol")
    for who, status, code in (
        ("lena", 403, "forbidden"),
        ("ada", 403, "forbidden"),
        ("zoe", 409, "unknown_reference"),
    ):
        await refused(as_(who).post(CHOICES, json=choice(world)), status, code)
    for wrong, code in (
        (choice(world, from_on="2026-10-04"), "choice_in_past"),
        (choice(world, "welcome"), "template_not_usable"),
    ):
        await refused(paul.post(CHOICES, json=wrong), 409, code)
    made = await ok(paul.post(CHOICES, json=choice(world)), 201)
    assert (made["template_title"], made["reason"]) == ("Relay: six steps", None)
    for who in ("paul", "tom", "ivy"):
        found = await ok(as_(who).get(address))
        assert found["choice"]["id"] == made["id"]
        assert found["protocol"]["ordered"]
        assert found["protocol"]["fields"][0]["help"]
    assert (await ok(as_("tom").get(f"{address}?on=2026-10-04")))["choice"] is None
    # of another school nobody learns how it talks, administrators included
    for who in ("ada", "bea", "zoe"):
        await refused(as_(who).get(address), 404, "not_found")
        await refused(as_(who).get(f"{CHOICES}/{made['id']}"), 404, "not_found")
        assert (await ok(as_(who).get(CHOICES)))["items"] == []
    talk = await ok(as_("lena").post(TALKS, json={"teacher_id": str(world.tom)}), 201)
    assert talk["template_id"] == str(world.ids["relay_six_steps"])
    other = {"teacher_id": str(world.tom), "template_id": str(world.ids["planning_map"])}
    await refused(as_("lena").post(TALKS, json=other), 409, "other_protocol_unexplained")
    other["protocol_reason"] = "It is before the lesson."
    assert (await ok(as_("lena").post(TALKS, json=other), 201))["protocol_reason"]


async def test_another_choice_carries_a_reason_and_the_history_stays(as_, world):
    paul = as_("paul")
    await ok(paul.post(CHOICES, json=choice(world)), 201)
    later = choice(world, "see_name_do", from_on="2027-01-04")
    await refused(paul.post(CHOICES, json=later), 409, "protocol_change_unexplained")
    same = choice(world, from_on="2027-01-04", reason="Again.")
    await refused(paul.post(CHOICES, json=same), 409, "same_protocol")
    today = choice(world, "see_name_do", reason="Shorter.")
    await refused(paul.post(CHOICES, json=today), 409, "protocol_chosen")
    await ok(paul.post(CHOICES, json=later | {"reason": "Shorter."}), 201)
    address = f"/schools/{world.alder}/feedback-protocol"
    for on, title in (("2027-01-03", "Relay: six steps"), ("2027-01-04", "See it, name it, do it")):
        assert (await ok(as_("tom").get(f"{address}?on={on}")))["choice"]["template_title"] == title
    history = await ok(as_("tom").get(f"{CHOICES}?school_id={world.alder}"))
    assert [row["reason"] for row in history["items"]] == [None, "Shorter."]
    talk = await ok(as_("lena").post(TALKS, json={"teacher_id": str(world.tom)}), 201)
    assert talk["template_title"] == "Relay: six steps"


async def test_a_school_writes_its_own_and_goes_on_with_its_next_version(as_, world):
    paul = as_("paul")
    mine = await own(as_, world, "paul", key="mine")
    body = choice(world, template_id=mine["id"])
    await refused(paul.post(CHOICES, json=body), 409, "template_not_usable")
    # a person's own is good for a conversation of theirs, with the reason
    ours = await own(as_, world, "paul", home="school", school_id=str(world.alder))
    await ok(paul.post(CHOICES, json=body | {"template_id": ours["id"]}), 201)
    first = await ok(as_("lena").post(TALKS, json={"teacher_id": str(world.tom)}), 201)
    following = await ok(paul.post(f"/templates/{ours['id']}/revise", headers=at(ours)), 201)
    following = await ok(paul.post(f"/templates/{following['id']}/publish", headers=at(following)))
    second = await ok(as_("lena").post(TALKS, json={"teacher_id": str(world.tom)}), 201)
    assert (first["template_id"], second["template_id"]) == (ours["id"], following["id"])
    address = f"/schools/{world.alder}/feedback-protocol"
    found = await ok(as_("tom").get(address))
    assert found["choice"]["template_id"] == ours["id"]
    assert found["protocol"]["template_id"] == following["id"]
    await ok(paul.post(f"/templates/{following['id']}/retire", headers=at(following)))
    assert (await ok(as_("tom").get(address)))["protocol"] is None
    await refused(as_("lena").post(TALKS, json={"teacher_id": str(world.tom)}), 409, "no_protocol")
    # the steps that a conversation was prepared with stay
    now = await ok(as_("tom").get(f"{TALKS}/{first['id']}"))
    assert [field["key"] for field in now["fields"]] == ["look"]
    assert (await prepared(as_, world, "reflecting_map"))["protocol_reason"] is None
