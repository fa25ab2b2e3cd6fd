"""Questionnaires end to end: asked, written in many saves, handed over, reviewed, reopened; nobody
but the teacher sees what is not handed over."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import keys
from app.relationships.questionnaires.service import reviewed
from tests.conftest import Live
from tests.contract.checking import contract
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, ok, refused
from tests.relationships.test_relationships import PATH, pair, propose

pytestmark = pytest.mark.anyio

WHOLE = {"strengths": "Lab work.", "challenge": "The quiet ones."}
SECRET = "the-thing-that-Tom-thought-better-of"


async def ask(as_: Any, world: Any, lead: str = "lena", teacher: str = "tom", **fields: Any) -> Any:
    """A questionnaire of the lead's."""
    body = {
        "teacher_id": str(getattr(world, teacher)),
        "template_id": str(world.getting_to_know_you),
        **fields,
    }
    return await ok(as_(lead).post("/questionnaires", json=body), 201)


async def save(client: Any, row: dict[str, Any], **answers: Any) -> Any:
    """A save at the draft's present version."""
    path = f"/questionnaires/{row['id']}/draft"
    now = await ok(client.get(path))
    return await client.patch(path, json={"answers": answers}, headers=at(now))


async def hand_over(as_: Any, row: dict[str, Any], who: str = "tom", **answers: Any) -> Any:
    """Answered whole, and submitted."""
    await ok(save(as_(who), row, **{**WHOLE, **answers}))
    return await ok(act(as_(who), "questionnaires", row, "submit"))


async def test_a_questionnaire_is_asked_written_handed_over_reviewed_and_reopened(as_, world):
    tom, lena = as_("tom"), as_("lena")
    row = await ask(as_, world, due_on="2026-10-14")
    assert (row["state"], row["template_title"]) == ("assigned", "Getting to know you")
    assert {"key", "label", "type", "required"} <= row["fields"][0].keys()
    assert row["permissions"] == ["delete"]
    path = f"/questionnaires/{row['id']}"
    assert (await ok(tom.get(path)))["permissions"] == []
    await refused(act(tom, "questionnaires", row, "submit"), 409, "wrong_state")

    draft = await ok(tom.get(f"{path}/draft"))
    assert (draft["answers"], draft["version"], draft["permissions"]) == ({}, 1, ["edit"])
    begun = await ok(save(tom, row, strengths="Lab work.", coached_before=True, best_time="Fri"))
    assert begun["version"] == 2
    assert (await ok(lena.get(path)))["state"] == "in_progress"
    said = await refused(act(tom, "questionnaires", row, "submit"), 409, "answers_missing")
    assert [entry["code"] for entry in said["missing"]] == ["challenge"]
    merged = await ok(save(tom, row, challenge="The quiet ones.", best_time=None))
    assert merged["answers"] == {**WHOLE, "coached_before": True}

    await refused(act(lena, "questionnaires", row, "submit"), 403, "forbidden")
    await refused(act(lena, "questionnaires", row, "review"), 409, "wrong_state")
    sent = await ok(act(tom, "questionnaires", row, "submit"))
    assert (sent["state"], sent["submitted_at"] is None) == ("submitted", False)
    assert sent["permissions"] == ["reopen"]
    said = await refused(save(tom, row, challenge="None."), 409, "wrong_state")
    assert (said["state"], said["allowed"]) == ("submitted", ["reopen"])
    assert (await ok(tom.get(f"{path}/draft")))["permissions"] == []

    [first] = (await ok(lena.get(f"{path}/submissions")))["items"]
    assert (first["number"], first["answers"]) == (1, merged["answers"])
    assert first["template_title"] == "Getting to know you"
    assert await ok(lena.get(f"/questionnaire-submissions/{first['id']}")) == first
    await refused(act(tom, "questionnaires", row, "review"), 403, "forbidden")
    done = await ok(act(lena, "questionnaires", row, "review"))
    assert (done["state"], done["reviewed_at"] is None) == ("reviewed", False)

    await refused(act(lena, "questionnaires", row, "reopen"), 403, "forbidden")
    again = await ok(act(tom, "questionnaires", row, "reopen"))
    assert (again["state"], again["reviewed_at"]) == ("in_progress", None)
    assert (await ok(tom.get(f"{path}/draft")))["answers"] == merged["answers"]
    await ok(save(tom, row, challenge="Nothing, by now.", coached_before=None))
    await ok(act(tom, "questionnaires", row, "submit"))
    both = (await ok(lena.get(f"{path}/submissions")))["items"]
    assert both[0] == first, "what was submitted stays"
    assert (both[1]["number"], both[1]["answers"]["challenge"]) == (2, "Nothing, by now.")
    assert "coached_before" not in both[1]["answers"]


async def test_answers_are_of_the_types_that_are_asked_for(as_, world):
    row = await ask(as_, world)
    tom = as_("tom")
    for wrong in (
        {"nonsense": "x"},
        {"called": "Two\nlines"},
        {"coached_before": "yes"},
        {"feedback": "never"},
        {"learning": ["reading", "reading"]},
        {"strengths": 3},
    ):
        said = await refused(save(tom, row, **wrong), 409, "answers_do_not_fit")
        assert [entry["code"] for entry in said["missing"]] == list(wrong)
        assert str(*wrong.values()) not in said["missing"][0]["message"]
    said = await refused(save(tom, row, strengths=""), 422, "invalid")
    assert [entry["pointer"] for entry in said["errors"]] == ["/answers/strengths"]
    assert (await ok(as_("lena").get(f"/questionnaires/{row['id']}")))["state"] == "assigned"
    await ok(save(tom, row, learning=["reading", "trying"], coached_before=False))


async def test_it_is_due_from_today_on_in_the_year_and_made_from_a_template_of_its_kind(as_, world):
    for day in ("2026-10-04", "2027-06-05"):
        body = {
            "teacher_id": str(world.tom),
            "template_id": str(world.getting_to_know_you),
            "due_on": day,
        }
        path = "/questionnaires"
        said = await refused(as_("lena").post(path, json=body), 409, "dates_do_not_fit")
        assert (said["first"], said["last"]) == ("2026-10-05", "2027-06-04")
    await ask(as_, world, due_on="2026-10-05")
    other = {"teacher_id": str(world.tom), "template_id": str(world.coaching_agreement)}
    await refused(as_("lena").post("/questionnaires", json=other), 409, "template_not_usable")
    other["template_id"] = str(world.tom)
    await refused(as_("lena").post("/questionnaires", json=other), 409, "unknown_reference")
    mine = {"teacher_id": str(world.tom), "template_id": str(world.getting_to_know_you)}
    for who, status, code in (
        ("tom", 403, "forbidden"),
        ("paul", 403, "forbidden"),
        ("luis", 409, "unknown_reference"),
    ):
        await refused(as_(who).post("/questionnaires", json=mine), status, code)


async def test_a_lead_asks_with_a_template_of_their_own_which_the_teacher_need_not_see(as_, world):
    lena = as_("lena")
    own = {
        "kind": "questionnaire",
        "key": "mine",
        "title": "Only mine",
        "fields": [
            {"key": "mood", "label": "How is it?", "type": "scale", "required": True},
            {"key": "hours", "label": "How many hours?", "type": "number"},
        ],
    }
    template = await ok(lena.post("/templates", json=own), 201)
    mine = {"teacher_id": str(world.tom), "template_id": template["id"]}
    await refused(lena.post("/questionnaires", json=mine), 409, "template_not_usable")
    await ok(act(lena, "templates", template, "publish"))
    row = await ok(lena.post("/questionnaires", json=mine), 201)
    await refused(as_("tom").get(f"/templates/{template['id']}"), 404, "not_found")
    await ok(act(lena, "templates", template, "retire"))
    seen = await ok(as_("tom").get(f"/questionnaires/{row['id']}"))
    assert (seen["template_title"], len(seen["fields"])) == ("Only mine", 2)
    # One is a number here and not `true`, half an hour not a whole one.
    saved = await ok(save(as_("tom"), row, mood=1, hours=0.5))
    assert saved["answers"] == {"mood": 1, "hours": 0.5}
    assert saved["answers"]["mood"] is not True
    await refused(save(as_("tom"), row, mood=6), 409, "answers_do_not_fit")


async def test_a_lead_takes_it_back_until_something_is_written(as_, world):
    lena, tom = as_("lena"), as_("tom")
    row = await ask(as_, world)
    path = f"/questionnaires/{row['id']}"
    await refused(tom.delete(path, headers=at(row)), 403, "forbidden")
    stale = {"If-Match": '"7"'}
    await refused(lena.delete(path, headers=stale), 412, "version_mismatch")
    # Nothing was written by a save of nothing.
    await ok(save(tom, row))
    await ok(save(tom, row, challenge=None))
    assert (await ok(lena.get(path))) == row
    await ok(lena.delete(path, headers=at(row)), 204)
    for gone in (path, f"{path}/draft", f"{path}/submissions"):
        await refused(tom.get(gone), 404, "not_found")
    other = await ask(as_, world)
    await ok(save(tom, other, challenge="I will think."))
    path = f"/questionnaires/{other['id']}"
    await refused(lena.delete(path, headers=at(other)), 412, "version_mismatch")
    now = await ok(lena.get(path))
    await refused(lena.delete(path, headers=at(now)), 409, "wrong_state")
    # Also once all of it is cleared again.
    await ok(save(tom, other, challenge=None))
    await refused(lena.delete(path, headers=at(now)), 409, "wrong_state")


async def _all_that_lists_say(as_: Any, app: Any, who: str) -> str:
    """Every list and every page without a name in its address, as one text."""
    said = []
    for path, item in contract(app).document["paths"].items():
        if "get" in item and "{" not in path:
            said.append((await as_(who).get(path.removeprefix("/api/v1"))).text)
    assert len(said) > 20
    return "".join(said)


async def test_no_lead_and_nobody_else_ever_sees_what_is_being_written(as_, app, world):
    row = await ask(as_, world)
    path = f"/questionnaires/{row['id']}"
    await ok(save(as_("tom"), row, challenge=SECRET))
    others = ("lena", "paul", "ada", "luis", "nina", "ivy", "mia", "bea", "zoe")
    for who in others:
        client = as_(who)
        await refused(client.get(f"{path}/draft"), 404, "not_found")
        body = {"answers": {"challenge": "x"}}
        change = client.patch(f"{path}/draft", json=body, headers={"If-Match": '"2"'})
        await refused(change, 404, "not_found")
        assert SECRET not in await _all_that_lists_say(as_, app, who), who
        if who != "lena":
            for hidden in (path, f"{path}/submissions"):
                await refused(client.get(hidden), 404, "not_found")
            assert (await ok(client.get("/questionnaires")))["items"] == []
    assert SECRET not in (await as_("lena").get(path)).text
    assert (await ok(as_("lena").get(f"{path}/submissions")))["items"] == []
    # Handed over without it, it stays the teacher's own, also in what was kept.
    await hand_over(as_, row, challenge="Nothing.")
    assert SECRET not in (await as_("lena").get(f"{path}/submissions")).text
    # Reopened and written again, the lead still reads what was handed over.
    await ok(act(as_("tom"), "questionnaires", row, "reopen"))
    await ok(save(as_("tom"), row, challenge=SECRET))
    [sent] = (await ok(as_("lena").get(f"{path}/submissions")))["items"]
    assert sent["answers"]["challenge"] == "Nothing."


async def test_after_the_first_save_none_changes_anything_that_others_can_see(
    as_, app, world, ticking
):
    row = await ask(as_, world)
    path = f"/questionnaires/{row['id']}"
    lena, tom = as_("lena"), as_("tom")
    before = await lena.get("/audit")
    await ok(save(tom, row, strengths="Lab work."))
    begun = await ok(lena.get(path))
    assert (begun["state"], begun["version"]) == ("in_progress", 2)
    assert (await lena.get("/audit")).json() == before.json(), "that it began is in the state alone"

    async def seen(who: str) -> list[Any]:
        paths = (path, f"{path}/submissions", "/questionnaires", "/audit", "/activity")
        answers = [await as_(who).get(one) for one in paths]
        return [(a.text, a.headers["etag"]) for a in answers if a.status_code == 200]

    was = {who: await seen(who) for who in ("lena", "paul", "ada", "luis")}
    assert [len(answers) for answers in was.values()] == [5, 3, 3, 3]
    for number in range(3):
        ticking.move(minutes=1)
        await ok(save(tom, row, challenge=f"{number}", coached_before=bool(number % 2)))
    for who, earlier in was.items():
        assert await seen(who) == earlier, who
    tag = {"If-None-Match": was["lena"][0][1]}
    assert (await lena.get(path, headers=tag)).status_code == 304
    events = (await ok(tom.get("/audit?limit=200")))["items"]
    saved = [event for event in events if event["action"] == "questionnaire_draft.saved"]
    assert len(saved) == 4
    assert {event["record_class"] for event in saved} == {"private"}


async def test_a_lead_who_is_proposed_asks_and_reads_no_answer_until_it_begins(as_, world):
    link = await propose(as_("paul"), pair(world, "luis", "uma"))
    row = await ask(as_, world, "luis", "uma")
    path = f"/questionnaires/{row['id']}"
    sent = await hand_over(as_, row, "uma")
    luis = as_("luis")
    seen = await ok(luis.get(path))
    assert (seen["state"], seen["permissions"]) == ("submitted", [])
    assert (await ok(luis.get(f"{path}/submissions")))["items"] == []
    [mine] = (await ok(as_("uma").get(f"{path}/submissions")))["items"]
    await refused(luis.get(f"/questionnaire-submissions/{mine['id']}"), 404, "not_found")
    await refused(act(luis, "questionnaires", row, "review"), 403, "forbidden")
    await ok(as_("uma").post(f"{PATH}/{link['id']}/activate", headers=at(link)))
    [read] = (await ok(luis.get(f"{path}/submissions")))["items"]
    assert read["answers"] == WHOLE
    assert (await ok(act(luis, "questionnaires", sent, "review")))["state"] == "reviewed"


async def test_paused_nobody_writes_and_a_new_lead_reads_nothing_of_the_former(as_, world):
    row = await ask(as_, world)
    path = f"/questionnaires/{row['id']}"
    await hand_over(as_, row)
    [sent] = (await ok(as_("lena").get(f"{path}/submissions")))["items"]
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "pause"))
    for who, step in (("tom", "reopen"), ("lena", "review")):
        await refused(act(as_(who), "questionnaires", row, step), 403, "forbidden")
    await refused(save(as_("tom"), row, challenge="x"), 403, "forbidden")
    assert len((await ok(as_("lena").get(f"{path}/submissions")))["items"]) == 1
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "resume"))

    await change_lead(as_, world)
    luis = as_("luis")
    for hidden in (path, f"{path}/submissions", f"/questionnaire-submissions/{sent['id']}"):
        await refused(luis.get(hidden), 404, "not_found")
    assert (await ok(luis.get("/questionnaires")))["items"] == []
    # The former lead keeps what she wrote, the questions; the answers are the teacher's.
    assert (await ok(as_("lena").get(path)))["permissions"] == []
    assert (await ok(as_("lena").get(f"{path}/submissions")))["items"] == []
    await refused(as_("lena").get(f"/questionnaire-submissions/{sent['id']}"), 404, "not_found")
    assert len((await ok(as_("tom").get(f"{path}/submissions")))["items"]) == 1
    await refused(act(as_("tom"), "questionnaires", row, "reopen"), 403, "forbidden")


async def test_lists_keep_to_a_teacher_and_a_state(as_, world):
    row = await ask(as_, world)
    other = await ask(as_, world, teacher="nina")
    await ok(save(as_("nina"), other, challenge="x"))
    lena = as_("lena")
    for query, expected in (
        ("", {row["id"], other["id"]}),
        (f"?teacher_id={world.tom}", {row["id"]}),
        ("?state=in_progress", {other["id"]}),
    ):
        listed = (await ok(lena.get(f"/questionnaires{query}")))["items"]
        assert {item["id"] for item in listed} == expected
    assert [item["id"] for item in (await ok(as_("tom").get("/questionnaires")))["items"]] == [
        row["id"]
    ]


async def test_other_features_learn_whether_it_is_reviewed(as_, world, connection):
    async def now() -> bool:
        async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
            await keys.enter(session, world.juniper)
            return await reviewed(session, world.juniper, world.lena_tom)

    row = await ask(as_, world)
    await ask(as_, world)
    await hand_over(as_, row)
    assert await now() is False
    await ok(act(as_("lena"), "questionnaires", row, "review"))
    assert await now() is True
    await ok(act(as_("tom"), "questionnaires", row, "reopen"))
    assert await now() is False


# --- at the same moment -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "saves", [40, pytest.param(600, marks=pytest.mark.large)], ids=["some", "storm"]
)
async def test_of_saves_from_two_devices_and_a_submit_between_none_is_lost(
    live: Live, saves: int
) -> None:
    """Each device writes answers of its own at the version it knows. What was answered 200 is in
    the draft, and in the submission; whatever came late was told so."""
    dice = random.Random(saves)
    row = await ask(live.as_, live.world)
    path = f"/questionnaires/{row['id']}"
    await ok(save(live.as_("tom"), row, **WHOLE))
    acknowledged: dict[str, str] = {}
    refusals: set[tuple[int, str]] = set()

    async def device(keys_: tuple[str, ...], name: str) -> None:
        client = live.as_("tom")
        version = 1
        for number in range(saves // 2):
            key, text = dice.choice(keys_), f"{name} {number}"
            answer = await client.patch(
                f"{path}/draft",
                json={"answers": {key: text}},
                headers={"If-Match": f'"{version}"'},
            )
            if answer.status_code == 200:
                version = answer.json()["version"]
                acknowledged[key] = text
            else:
                refusals.add((answer.status_code, answer.json()["code"]))
                version = (await ok(client.get(f"{path}/draft")))["version"]

    async def submits() -> Any:
        await asyncio.sleep(0.2)
        now = await ok(live.as_("tom").get(path))
        return await live.as_("tom").post(f"{path}/submit", headers=at(now))

    _, _, sent = await asyncio.gather(
        device(("path", "proud"), "phone"), device(("outside", "from_me"), "desk"), submits()
    )
    assert sent.status_code == 200, sent.text
    assert (412, "version_mismatch") in refusals, "nobody was ever late: the test shows nothing"
    assert refusals <= {(412, "version_mismatch"), (409, "wrong_state")}
    draft = (await ok(live.as_("tom").get(f"{path}/draft")))["answers"]
    assert draft == {**WHOLE, **acknowledged}
    [submission] = (await ok(live.as_("lena").get(f"{path}/submissions")))["items"]
    assert submission["answers"] == draft


async def test_a_save_that_races_the_submit_is_in_it_or_refused(live: Live) -> None:
    for number in range(6):
        row = await ask(live.as_, live.world)
        path = f"/questionnaires/{row['id']}"
        draft = await ok(save(live.as_("tom"), row, **WHOLE))
        now = await ok(live.as_("tom").get(path))
        late = {"answers": {"proud": f"{number}"}}
        sending = [
            live.as_("tom").patch(f"{path}/draft", json=late, headers=at(draft)),
            live.as_("tom").post(f"{path}/submit", headers=at(now)),
        ]
        if number % 2:
            sending.reverse()
        answers = await asyncio.gather(*sending)
        saved, sent = reversed(answers) if number % 2 else answers
        assert sent.status_code == 200
        [submission] = (await ok(live.as_("lena").get(f"{path}/submissions")))["items"]
        if saved.status_code == 200:
            assert submission["answers"]["proud"] == f"{number}"
        else:
            assert (saved.status_code, saved.json()["code"]) == (409, "wrong_state")
            assert "proud" not in submission["answers"]


async def test_of_two_first_saves_one_counts_and_the_other_is_told(live: Live) -> None:
    row = await ask(live.as_, live.world)
    path = f"/questionnaires/{row['id']}/draft"
    answers = await asyncio.gather(
        *(
            live.as_("tom").patch(path, json={"answers": {key: "x"}}, headers={"If-Match": '"1"'})
            for key in ("proud", "path")
        )
    )
    assert sorted(a.status_code for a in answers) == [200, 412]
    now = await ok(live.as_("lena").get(f"/questionnaires/{row['id']}"))
    assert (now["state"], now["version"]) == ("in_progress", 2)


async def test_a_questionnaire_is_not_taken_back_under_the_first_save(live: Live) -> None:
    for number in range(6):
        row = await ask(live.as_, live.world)
        path = f"/questionnaires/{row['id']}"
        body = {"answers": {"proud": "x"}}
        sending = [
            live.as_("tom").patch(f"{path}/draft", json=body, headers=at(row)),
            live.as_("lena").delete(path, headers=at(row)),
        ]
        if number % 2:
            sending.reverse()
        answers = await asyncio.gather(*sending)
        saved, taken = reversed(answers) if number % 2 else answers
        assert (saved.status_code, taken.status_code) in {(200, 412), (404, 204)}
        if saved.status_code == 200:
            draft = await ok(live.as_("tom").get(f"{path}/draft"))
            assert draft["answers"] == {"proud": "x"}


@pytest.mark.parametrize(
    "steps", [("submit", "submit"), ("reopen", "review"), ("reopen", "reopen")]
)
async def test_a_step_of_a_questionnaire_is_taken_once(live: Live, steps: tuple[str, str]) -> None:
    row = await ask(live.as_, live.world)
    path = f"/questionnaires/{row['id']}"
    await ok(save(live.as_("tom"), row, **WHOLE))
    if "submit" not in steps:
        await ok(act(live.as_("tom"), "questionnaires", row, "submit"))
    now = await ok(live.as_("tom").get(path))
    answers = await asyncio.gather(
        *(
            live.as_("lena" if step == "review" else "tom").post(f"{path}/{step}", headers=at(now))
            for step in steps
        )
    )
    assert sorted(a.status_code for a in answers) == [200, 412]
    assert (await ok(live.as_("tom").get(path)))["version"] == now["version"] + 1
    assert len((await ok(live.as_("lena").get(f"{path}/submissions")))["items"]) == 1
