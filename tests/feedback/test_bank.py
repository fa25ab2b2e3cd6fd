"""A school's bank of action steps: read by the school, written by its leads and leaders, and
without a trace of whose step it was."""

from typing import Any

import pytest

from tests.feedback.test_steps import STEPS, WORDS, agreed, new, propose, step
from tests.goals.test_goals import at
from tests.meetings.test_meetings import ok, refused

pytestmark = pytest.mark.anyio

BANK = "/action-step-ideas"


def idea(world: Any, **fields: Any) -> dict[str, Any]:
    """An idea for checks for understanding."""
    return {
        "school_id": str(world.alder),
        "indicator_id": str(world.leap_i5),
        "text": WORDS,
        "practice": "Rehearse three questions aloud.",
        **fields,
    }


async def test_the_school_reads_what_its_leads_and_leaders_write(as_, world):
    made = await ok(as_("luis").post(BANK, json=idea(world)), 201)
    more = idea(world, indicator_id=str(world.leap_i4), practice=None)
    other = await ok(as_("paul").post(BANK, json=more), 201)
    for who in ("tom", "nina", "ivy", "paul"):
        found = (await ok(as_(who).get(BANK)))["items"]
        assert {row["id"] for row in found} == {made["id"], other["id"]}
        assert "author_id" not in found[0]
    query = f"school_id={world.alder}&indicator_id={world.leap_i4}"
    assert [r["id"] for r in (await ok(as_("tom").get(f"{BANK}?{query}")))["items"]] == [
        other["id"]
    ]
    for stranger in ("bea", "ben", "ada", "zoe"):
        await refused(as_(stranger).get(f"{BANK}/{made['id']}"), 404, "not_found")
    await refused(as_("tom").post(BANK, json=idea(world)), 403, "forbidden")
    await refused(as_("bea").post(BANK, json=idea(world)), 403, "forbidden")
    long = as_("lena").post(BANK, json=idea(world, text="x" * 201))
    await refused(long, 422, "invalid")
    for field, wrong in (
        ("school_id", world.cedar),
        ("indicator_id", world.kestrel_leap_i1),
    ):
        sent = as_("lena").post(BANK, json=idea(world, **{field: str(wrong)}))
        assert (await refused(sent, 409, "unknown_reference"))["field"] == field
    path = f"{BANK}/{made['id']}"
    changed = await ok(as_("lena").patch(path, json={"practice": None}, headers=at(made)))
    assert changed["practice"] is None
    gone = await ok(as_("paul").post(f"{path}/retire", headers=at(changed)))
    assert (gone["retired"], gone["permissions"]) == (True, ["restore"])
    said = await refused(
        as_("lena").patch(path, json={"text": "Other."}, headers=at(gone)), 409, "wrong_state"
    )
    assert said["allowed"] == ["restore"]
    assert [r["id"] for r in (await ok(as_("tom").get(f"{BANK}?retired=false")))["items"]] == [
        other["id"]
    ]
    back = await ok(as_("luis").post(f"{path}/restore", headers=at(gone)))
    await refused(as_("luis").post(f"{path}/restore", headers=at(back)), 409, "wrong_state")


async def test_an_idea_gives_what_is_absent_and_a_step_keeps_its_words(as_, world):
    made = await ok(as_("lena").post(BANK, json=idea(world)), 201)
    row = await propose(as_, world, "tom", idea_id=made["id"], text=None)
    assert (row["text"], row["practice"], row["indicator_id"]) == (
        WORDS,
        made["practice"],
        made["indicator_id"],
    )
    own = await propose(as_, world, idea_id=made["id"], text="Count to three.")
    assert (own["text"], own["idea_id"]) == ("Count to three.", made["id"])
    await ok(step(as_("lena"), own, "drop", reason="Enough."))
    path = f"{BANK}/{made['id']}"
    other = {"text": "Count to five."}
    changed = await ok(as_("paul").patch(path, json=other, headers=at(made)))
    assert (await ok(as_("tom").get(f"{STEPS}/{row['id']}")))["text"] == WORDS
    await ok(as_("paul").post(f"{path}/retire", headers=at(changed)))
    sent = as_("lena").post(STEPS, json=new(world, idea_id=made["id"]))
    assert (await refused(sent, 409, "unknown_reference"))["field"] == "idea_id"


async def test_nothing_in_the_bank_leads_back_to_a_teacher(as_, world):
    row = await agreed(as_, world)
    named = idea(world, action_step_id=row["id"])
    await refused(as_("lena").post(BANK, json=named), 422, "invalid")
    made = await ok(as_("lena").post(BANK, json=idea(world)), 201)
    for id_ in (row["id"], str(world.tom), str(world.lena)):
        assert id_ not in str(made)
    events = (await ok(as_("paul").get("/audit?subject_type=action_step_idea")))["items"]
    assert [event["action"] for event in events] == ["action_step_idea.added"]
    assert str(world.tom) not in str(events)
    assert row["id"] not in str(events)
