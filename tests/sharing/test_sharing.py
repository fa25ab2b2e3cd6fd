"""Sharing: a copy of one version, by a yes of both or by the teacher, until one takes it back."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app import models as m
from app.auth import keys
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, begin, of, ok, refused, start
from tests.parts.sharing import adding, records_of
from tests.relationships.test_relationships import PATH, pair, propose
from tests.relationships.test_relationships import act as step

pytestmark = pytest.mark.anyio

UP, ON = {"with": "school_leader"}, {"with": "lead"}
STRANGERS = ("ada", "bea", "luis", "nina", "sam", "ivy", "mia", "yan", "zoe")


async def held(as_: Any, world: Any) -> dict[str, Any]:
    """A 1:1 of Tom and Lena with an agenda item and a next step."""
    series = await begin(as_, world)
    meeting = (await of(as_, series))[0]
    path = f"/meetings/{meeting['id']}"
    await ok(as_("tom").post(f"{path}/agenda-items", json={"text": "Seating"}), 201)
    started = await start(as_, meeting)
    new = {"owner_id": str(world.tom), "text": "Try pairs.", "due_on": "2026-10-12"}
    await ok(as_("tom").post(f"{path}/next-steps", json=new), 201)
    done = await ok(act(as_("lena"), "meetings", started, "complete", no_next_steps=False))
    found: dict[str, Any] = done
    return found


def share(client: Any, row: dict[str, Any], body: Any = None, kind: str = "meetings") -> Any:
    """A yes to the record at the version that was read."""
    return client.post(f"/{kind}/{row['id']}/share", json=body or UP, headers=at(row))


async def opened(as_: Any, row: dict[str, Any]) -> dict[str, Any]:
    """A meeting that both opened to the school's leaders."""
    await ok(share(as_("tom"), row))
    found: dict[str, Any] = await ok(share(as_("lena"), row))
    return found


async def listed(as_: Any, who: str, query: str = "") -> set[str]:
    """The ids of the shared records somebody reads."""
    found = await ok(as_(who).get(f"/shared-records?{query}"))
    return {row["id"] for row in found["items"]}


async def nobody_else(as_: Any, shared: dict[str, Any], *others: str) -> None:
    """Neither these nor any stranger find the copy, by its address or in a list."""
    for who in (*STRANGERS, *others):
        await refused(as_(who).get(f"/shared-records/{shared['id']}"), 404, "not_found")
        assert await listed(as_, who) == set(), who


async def test_both_open_a_meeting_and_the_leader_reads_the_copy_and_nothing_else(as_, world):
    meeting = await held(as_, world)
    before = await as_("paul").get("/shared-records")
    offer = await ok(share(as_("tom"), meeting))
    assert (offer["state"], offer["record_type"], offer["record_id"]) == (
        "offered",
        "meeting",
        meeting["id"],
    )
    assert (offer["teacher_yes_at"] is not None, offer["lead_yes_at"]) == (True, None)
    assert (offer["record_version"], offer["author_id"]) == (meeting["version"], str(world.tom))
    # Nobody reads an offer but the two, and nothing tells that there is one.
    await nobody_else(as_, offer, "paul")
    after = await as_("paul").get("/shared-records")
    assert (before.content, before.headers["etag"]) == (after.content, after.headers["etag"])
    assert (await ok(as_("lena").get(f"/shared-records/{offer['id']}")))["permissions"] == [
        "take_back"
    ]
    await refused(share(as_("tom"), meeting), 409, "already_shared")

    shared = await ok(share(as_("lena"), meeting))
    assert (shared["id"], shared["state"], shared["version"]) == (offer["id"], "open", 2)
    assert shared["lead_yes_at"] is not None
    await refused(share(as_("lena"), meeting), 409, "already_shared")
    read = await ok(as_("paul").get(f"/shared-records/{shared['id']}"))
    assert read["permissions"] == []
    content = read["content"]
    shown = await ok(as_("tom").get(f"/meetings/{meeting['id']}"))
    for name in ("permissions", "version", "updated_at"):
        del shown[name]
    assert {name: content[name] for name in shown} == shown
    assert content.keys() - shown.keys() == {"agenda_items", "next_steps"}
    assert content["agenda_items"] == [{"text": "Seating", "state": "carried_over"}]
    assert content["next_steps"] == [
        {
            "text": "Try pairs.",
            "owner_id": str(world.tom),
            "due_on": "2026-10-12",
            "state": "open",
        }
    ]
    await nobody_else(as_, shared)
    for path in (
        f"/meetings/{meeting['id']}",
        f"/meetings/{meeting['id']}/agenda-items",
    ):
        await refused(as_("paul").get(path), 404, "not_found")
    assert (await ok(as_("paul").get("/next-steps")))["items"] == []
    taking = as_("paul").post(f"/shared-records/{shared['id']}/take-back", headers=at(shared))
    await refused(taking, 403, "forbidden")
    await refused(share(as_("paul"), meeting), 404, "not_found")

    # What becomes of the record afterwards does not reach the copy.
    [found] = (await ok(as_("tom").get("/next-steps")))["items"]
    await ok(act(as_("tom"), "next-steps", found, "finish"))
    again = await ok(as_("paul").get(f"/shared-records/{shared['id']}"))
    assert again == read


async def test_a_record_that_changed_needs_both_again(as_, world):
    meeting = (await of(as_, await begin(as_, world)))[0]
    path = f"/meetings/{meeting['id']}"
    offer = await ok(share(as_("tom"), meeting))
    moved = await ok(as_("lena").patch(path, json={"place": "Library"}, headers=at(meeting)))
    await refused(share(as_("lena"), meeting), 412, "version_mismatch")
    other = await ok(share(as_("lena"), moved))
    assert (other["id"], other["state"], other["record_version"]) == (
        offer["id"],
        "offered",
        moved["version"],
    )
    assert (other["teacher_yes_at"], other["lead_yes_at"] is not None) == (None, True)
    assert (other["content"]["place"], other["author_id"]) == ("Library", str(world.lena))
    assert await listed(as_, "paul") == set()
    # An agenda item changes what is said, and not the meeting's version.
    await ok(as_("lena").post(f"{path}/agenda-items", json={"text": "Data"}), 201)
    now = await ok(as_("tom").get(path))
    third = await ok(share(as_("tom"), now))
    assert (third["state"], third["lead_yes_at"]) == ("offered", None)
    assert [item["text"] for item in third["content"]["agenda_items"]] == ["Data"]
    assert await listed(as_, "paul") == set()
    done = await ok(share(as_("lena"), now))
    assert (done["state"], await listed(as_, "paul")) == ("open", {offer["id"]})
    # An open copy stays as it is beside the offer of what came later.
    later = await ok(as_("lena").patch(path, json={"place": "Gym"}, headers=at(now)))
    fresh = await ok(share(as_("lena"), later))
    assert (fresh["state"], fresh["id"] == offer["id"]) == ("offered", False)
    assert await listed(as_, "paul") == {offer["id"]}
    assert (await ok(as_("paul").get(f"/shared-records/{offer['id']}")))["content"][
        "place"
    ] == "Library"


@pytest.mark.parametrize("who", ["tom", "lena"])
async def test_either_takes_back_and_the_next_request_finds_nothing(as_, world, who):
    meeting = await held(as_, world)
    shared = await opened(as_, meeting)
    path = f"/shared-records/{shared['id']}"
    await ok(as_("paul").get(path))
    stale = as_(who).post(f"{path}/take-back", headers={"If-Match": '"1"'})
    await refused(stale, 412, "version_mismatch")
    back = await ok(as_(who).post(f"{path}/take-back", headers=at(shared)))
    assert (back["state"], back["content"], back["permissions"]) == ("taken_back", None, [])
    await nobody_else(as_, back, "paul")
    for party in ("tom", "lena"):
        assert (await ok(as_(party).get(path)))["content"] is None
    again = as_(who).post(f"{path}/take-back", headers=at(back))
    assert (await refused(again, 409, "wrong_state"))["state"] == "taken_back"
    # What was taken back stays so; a new offer needs both again.
    offer = await ok(share(as_(who), meeting))
    assert (offer["id"] != back["id"], offer["state"]) == (True, "offered")
    assert await listed(as_, "paul") == set()
    gone = await ok(act(as_("lena"), "shared-records", offer, "take-back"))
    assert gone["state"] == "taken_back"
    anew = await ok(share(as_("lena" if who == "tom" else "tom"), meeting))
    assert (anew["state"], await listed(as_, "paul")) == ("offered", set())


async def test_while_paused_nothing_is_opened_and_either_takes_back(as_, world):
    meeting = await held(as_, world)
    shared = await opened(as_, meeting)
    row = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    paused = (await step(as_("paul"), row, "pause")).json()
    await refused(share(as_("lena"), meeting), 403, "forbidden")
    await ok(act(as_("lena"), "shared-records", shared, "take-back"))
    await refused(share(as_("tom"), meeting), 409, "coaching_not_active")
    assert await listed(as_, "paul") == set()
    assert (await step(as_("paul"), paused, "resume")).status_code == 200
    await opened(as_, meeting)


async def test_the_teacher_alone_opens_what_was_written_before_to_the_lead_of_today(as_, world):
    meeting = await held(as_, world)
    tom = as_("tom")
    await refused(share(tom, meeting, ON), 409, "lead_reads_it")
    await refused(share(as_("lena"), meeting, ON), 403, "forbidden")
    # 403 comes before 412
    stale = as_("lena").post(
        f"/meetings/{meeting['id']}/share", json=ON, headers={"If-Match": '"99"'}
    )
    await refused(stale, 403, "forbidden")
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    assert (await step(as_("paul"), link, "end", json={"reason": "Over."})).status_code == 200
    await refused(share(tom, meeting, ON), 409, "no_lead_now")
    made = await propose(as_("paul"), pair(world, "luis", "tom"))
    await refused(share(tom, meeting, ON), 409, "no_lead_now")
    begun = (await step(tom, made, "activate")).json()
    await refused(share(tom, meeting), 409, "lead_has_gone")

    shared = await ok(share(tom, meeting, ON))
    assert (shared["state"], shared["shared_with"], shared["to_lead_id"]) == (
        "open",
        "lead",
        str(world.luis),
    )
    assert (shared["lead_id"], shared["lead_yes_at"]) == (str(world.lena), None)
    await refused(share(tom, meeting, ON), 409, "already_shared")
    path = f"/shared-records/{shared['id']}"
    read = await ok(as_("luis").get(path))
    assert [entry["text"] for entry in read["content"]["next_steps"]] == ["Try pairs."]
    assert read["permissions"] == []
    assert await listed(as_, "luis", f"teacher_id={world.tom}") == {shared["id"]}
    await refused(as_("luis").get(f"/meetings/{meeting['id']}"), 404, "not_found")
    await refused(as_("luis").post(f"{path}/take-back", headers=at(read)), 403, "forbidden")
    for who in ("lena", "paul", "ada", "bea", "nina", "sam", "zoe"):
        await refused(as_(who).get(path), 404, "not_found")
        assert await listed(as_, who) == set()
    # The copy follows neither a pause into writing nor an end.
    paused = (await step(as_("paul"), begun, "pause")).json()
    await ok(as_("luis").get(path))
    ended = await step(as_("paul"), paused, "end", json={"reason": "Over."})
    assert ended.status_code == 200, ended.text
    await refused(as_("luis").get(path), 404, "not_found")
    assert await listed(as_, "luis") == set()
    back = await ok(tom.post(f"{path}/take-back", headers=at(shared)))
    assert back["state"] == "taken_back"


async def test_the_former_lead_neither_shares_nor_reads_and_the_new_one_reads_what_was_opened(
    as_, world
):
    meeting = await held(as_, world)
    [found] = (await ok(as_("tom").get("/next-steps")))["items"]
    offer = await ok(share(as_("lena"), found, kind="next-steps"))
    shared = await opened(as_, meeting)
    await change_lead(as_, world)
    for who in ("lena", "luis"):
        for row in (offer, shared):
            await refused(as_(who).get(f"/shared-records/{row['id']}"), 404, "not_found")
        assert await listed(as_, who) == set()
    # Lena wrote the meeting's series and reads on for a while, but opens and closes nothing.
    seen = await ok(as_("lena").get(f"/meetings/{meeting['id']}"))
    assert seen["permissions"] == []
    await refused(share(as_("lena"), seen), 403, "forbidden")
    await refused(share(as_("lena"), seen, ON), 403, "forbidden")
    taking = as_("lena").post(f"/shared-records/{shared['id']}/take-back", headers=at(shared))
    await refused(taking, 404, "not_found")
    # The teacher alone cannot complete what Lena offered.
    await refused(share(as_("tom"), found, kind="next-steps"), 409, "lead_has_gone")
    assert await listed(as_, "paul") == {shared["id"]}
    back = as_("tom").post(f"/shared-records/{shared['id']}/take-back", headers=at(shared))
    await ok(back)
    assert await listed(as_, "paul") == set()
    passed = await ok(share(as_("tom"), seen, ON))
    assert await listed(as_, "luis") == {passed["id"]}


async def test_a_copy_of_an_earlier_meeting_shows_no_step_that_the_next_lead_made_theirs(
    as_, world
):
    """Lena comes back: what she and Tom say yes to is what she may read."""
    meeting = await held(as_, world)
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    assert (await step(as_("paul"), link, "end", json={"reason": "Over."})).status_code == 200
    made = await propose(as_("paul"), pair(world, "luis", "tom"))
    begun = (await step(as_("tom"), made, "activate")).json()
    [found] = (await ok(as_("luis").get("/next-steps")))["items"]
    carried = await ok(
        act(as_("luis"), "next-steps", found, "carry-over", due_on="2026-11-02"), 201
    )
    path = f"/next-steps/{carried['id']}"
    await ok(as_("luis").patch(path, json={"text": "Luis alone"}, headers=at(carried)))
    passed = await ok(share(as_("tom"), meeting, ON))
    assert passed["content"]["next_steps"] == []
    over = await step(as_("paul"), begun, "end", json={"reason": "Over."})
    assert over.status_code == 200, over.text
    again = await propose(as_("paul"), pair(world, "lena", "tom"))
    assert (await step(as_("tom"), again, "activate")).status_code == 200
    offer = await ok(share(as_("tom"), meeting))
    assert "Luis" not in str(offer["content"])
    assert (await ok(share(as_("lena"), meeting)))["state"] == "open"


async def test_each_kind_of_record_says_what_was_written(as_, world, connection: AsyncConnection):
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        rows = await records_of(adding(session), world, "tom", "lena")
        goal = m.Goal(
            district_id=world.juniper,
            level="school",
            kind="growth",
            state="published",
            title="Read more",
            school_id=world.alder,
            school_year_id=world.alder_year,
            author_id=world.paul,
        )
        session.add(goal)
        await session.flush()
        link = m.ConversationGoal(
            district_id=world.juniper, conversation_id=rows["conversation"].id, goal_id=goal.id
        )
        session.add(link)
        await session.commit()
    meeting = await held(as_, world)
    [found] = (await ok(as_("tom").get("/next-steps")))["items"]
    texts = {
        "conversation": ("conversations", "beginning_of_year", "expects"),
        "questionnaire_submission": ("questionnaire-submissions", "getting_to_know_you", "called"),
        "coaching_preferences": (
            "coaching-preferences",
            "coaching_and_observation",
            "anything_else",
        ),
        "coaching_agreement": ("coaching-agreements", "coaching_agreement", "time"),
    }
    for record_type, (path, template, key) in texts.items():
        row = {"id": str(rows[record_type].id), "version": 1}
        await ok(share(as_("lena"), row, kind=path))
        shared = await ok(share(as_("tom"), row, kind=path))
        read = await ok(as_("paul").get(f"/shared-records/{shared['id']}"))
        content = read["content"]
        assert (read["record_type"], content["id"]) == (record_type, row["id"])
        assert content["answers"] == rows[record_type].answers
        assert content["template_id"] == str(getattr(world, template))
        assert key in [entry["key"] for entry in content["fields"]]
        assert not content.keys() & {"permissions", "version", "updated_at", "district_id"}
        if record_type == "conversation":
            assert (content["goal_ids"], content["held_on"]) == ([str(goal.id)], "2026-09-01")
        for stranger in ("ada", "bea", "nina", "zoe"):
            await refused(share(as_(stranger), row, kind=path), 404, "not_found")
    await ok(share(as_("tom"), found, kind="next-steps"))
    step_copy = await ok(share(as_("lena"), found, kind="next-steps"))
    assert step_copy["content"]["text"] == "Try pairs."
    assert "overdue" not in step_copy["content"]
    one = await opened(as_, meeting)
    assert len(await listed(as_, "paul")) == 6
    assert await listed(as_, "paul", "record_type=meeting") == {one["id"]}
    assert await listed(as_, "paul", "state=offered") == set()
    assert await listed(as_, "paul", f"teacher_id={world.nina}") == set()
    assert await listed(as_, "tom", "shared_with=lead") == set()
    assert len(await listed(as_, "tom", "state=open&shared_with=school_leader")) == 6
    assert (await as_("paul").get("/shared-records?record_type=goal")).status_code == 422
    assert (await share(as_("tom"), meeting, {"with": "everybody"})).status_code == 422


async def test_nobody_learns_from_events_but_who_did_it_and_whose_it_is(as_, world):
    meeting = await held(as_, world)
    shared = await opened(as_, meeting)
    for who in ("paul", "ada", "luis", "bea"):
        answer = await as_(who).get("/audit?limit=200")
        assert "shared_record" not in answer.text, who
        assert shared["id"] not in answer.text
    back = as_("lena").post(f"/shared-records/{shared['id']}/take-back", headers=at(shared))
    await ok(back)
    audit = await as_("tom").get(f"/audit?subject_id={shared['id']}")
    done = {row["action"]: row["changed"] for row in audit.json()["items"]}
    assert done == {
        "shared_record.offered": [],
        "shared_record.opened": ["lead_yes_at", "state"],
        "shared_record.taken_back": ["content", "state"],
    }
    assert "Seating" not in audit.text
    changes = await ok(as_("juniper_warehouse").get("/changes/head"))
    assert shared["id"] not in str(changes)


async def test_both_say_yes_at_the_same_moment(live):
    meeting = await held(live.as_, live.world)
    answers = await asyncio.gather(*(share(live.as_(who), meeting) for who in ("tom", "lena")))
    assert sorted(answer.json()["state"] for answer in answers) == ["offered", "open"]
    assert len({answer.json()["id"] for answer in answers}) == 1
    [only] = (await ok(live.as_("tom").get("/shared-records")))["items"]
    assert (only["state"], only["version"]) == ("open", 2)
    assert only["teacher_yes_at"] is not None
    assert only["lead_yes_at"] is not None


async def test_one_says_yes_while_the_other_takes_back(live):
    meeting = await held(live.as_, live.world)
    offer = await ok(share(live.as_("tom"), meeting))
    path = f"/shared-records/{offer['id']}/take-back"
    yes, back = await asyncio.gather(
        share(live.as_("lena"), meeting), live.as_("tom").post(path, headers=at(offer))
    )
    assert yes.status_code == 200, yes.text
    first = await ok(live.as_("tom").get(f"/shared-records/{offer['id']}"))
    if back.status_code == 200:
        # Her yes came later and is an offer of its own: nothing opens without him.
        assert (first["state"], yes.json()["state"]) == ("taken_back", "offered")
        assert yes.json()["id"] != offer["id"]
        assert await listed(live.as_, "paul") == set()
    else:
        assert (back.status_code, first["state"]) == (412, "open")


async def test_a_yes_meets_a_change_of_the_record_at_the_same_moment(live):
    meeting = (await of(live.as_, await begin(live.as_, live.world)))[0]
    await ok(share(live.as_("tom"), meeting))
    yes, change = await asyncio.gather(
        share(live.as_("lena"), meeting),
        live.as_("tom").patch(
            f"/meetings/{meeting['id']}", json={"place": "Gym"}, headers=at(meeting)
        ),
    )
    assert change.status_code == 200, change.text
    assert yes.status_code in (200, 412)
    for row in (await ok(live.as_("paul").get("/shared-records")))["items"]:
        assert row["content"]["place"] is None, "what was opened is what both said yes to"
