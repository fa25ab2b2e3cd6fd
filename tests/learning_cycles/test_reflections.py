"""Reflections: each person's own, without any trace until they share it, and then for good."""

import asyncio
import io
import json
import zipfile
from typing import Any

import pytest

from app import models as m
from tests.conftest import Live
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.goals.test_plans import act
from tests.learning_cycles.test_doing import of_pair, of_team, set_state
from tests.meetings.test_meetings import ok, refused
from tests.parts.cycle_work import cycle_of, put
from tests.relationships.test_relationships import PATH
from tests.relationships.test_relationships import act as step

pytestmark = pytest.mark.anyio

WORDS = {
    "on_self": "I wait longer than is comfortable.",
    "on_process": "Seeing it done helped most.",
    "on_students": "More of them answer.",
}


async def write(client: Any, cycle: Any, version: int = 0, **words: Any) -> Any:
    """Somebody's own reflection as they write it."""
    return await ok(
        client.put(
            f"/learning-cycles/{cycle.id}/reflection",
            json=words or WORDS,
            headers={"If-Match": f'"{version}"'},
        )
    )


async def traces(as_: Any, cycle: Any, *who: str) -> dict[str, Any]:
    """Everything of a cycle, and of what is written down about it, that these people see."""
    seen: dict[str, Any] = {}
    base = f"/learning-cycles/{cycle.id}"
    paths = [f"{base}/{kind}" for kind in ("application-plan", "progress", "reflections")]
    paths += [f"{base}/activities", f"{base}/adjustments", "/audit?limit=200", "/activity"]
    for name in who:
        for path in paths:
            answer = await as_(name).get(path)
            seen[f"{name} {path}"] = (answer.status_code, answer.json())
        answer = await as_(name).get("/me/archive")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            for part in ("cycle_reflections", "events"):
                rows = json.loads(archive.read(f"json/{part}.json"))
                # the archive says of itself that it was made
                seen[f"{name} {part}"] = [row for row in rows if "archive" not in str(row)]
    return {
        key: (value[0], {k: v for k, v in value[1].items() if k not in ("request_id",)})
        if isinstance(value, tuple)
        else value
        for key, value in seen.items()
    }


@pytest.mark.parametrize(("whose", "author"), [("pair", "tom"), ("pair", "lena"), ("team", "nina")])
async def test_a_draft_leaves_no_trace_for_anybody_else(as_, world, connection, whose, author):
    made = of_pair if whose == "pair" else of_team
    cycle = await made(connection, world)
    others = [name for name in ("tom", "lena", "nina", "paul", "ada", "luis") if name != author]
    before = await traces(as_, cycle, *others)
    mine = as_(author)
    draft = await write(mine, cycle, on_self="Only for me.")
    draft = await write(mine, cycle, draft["version"], on_self="Only for me, still.")
    path = f"/cycle-reflections/{draft['id']}"
    await refused(act(mine, "cycle-reflections", draft, "share"), 409, "reflection_incomplete")
    assert await traces(as_, cycle, *others) == before
    for name in others:
        await ok(as_(name).get(path), 404)
        await ok(as_(name).post(f"{path}/share", headers=at(draft)), 404)
        await ok(as_(name).delete(path, headers=at(draft)), 404)
    listed = (await ok(mine.get(f"/learning-cycles/{cycle.id}/reflections")))["items"]
    assert [row["id"] for row in listed] == [draft["id"]]
    assert listed[0]["permissions"] == ["share", "delete"]
    await ok(mine.delete(path, headers=at(draft)), 204)
    assert await traces(as_, cycle, *others) == before
    assert (await ok(mine.get(f"/learning-cycles/{cycle.id}/reflections")))["items"] == []


async def test_it_is_written_whole_and_by_its_version(as_, world, connection):
    tom = as_("tom")
    cycle = await of_pair(connection, world)
    path = f"/learning-cycles/{cycle.id}/reflection"
    await refused(tom.put(path, json=WORDS, headers={"If-Match": '"1"'}), 412, "version_mismatch")
    draft = await write(tom, cycle, **WORDS)
    assert (draft["version"], draft["state"], draft["fields"]) == (1, "draft", None)
    await refused(tom.put(path, json=WORDS, headers={"If-Match": '"0"'}), 412, "version_mismatch")
    draft = await write(tom, cycle, 1, on_self="Anew.")
    assert (draft["on_self"], draft["on_process"], draft["version"]) == ("Anew.", None, 2)
    for body, code in (
        ({"answers": {"surprise": "Much."}}, "answers_do_not_fit"),
        (
            {"template_id": str(world.cycle_reflection), "answers": {"other": "x"}},
            "answers_do_not_fit",
        ),
        ({"template_id": str(world.getting_to_know_you)}, "template_not_usable"),
        ({"template_id": str(world.tom)}, "unknown_reference"),
    ):
        await refused(tom.put(path, json=body, headers=at(draft)), 409, code)
    asked = {"template_id": str(world.cycle_reflection), "answers": {"surprise": "Much."}}
    draft = await write(tom, cycle, 2, **WORDS, **asked)
    assert draft["answers"] == {"surprise": "Much."}
    assert [field["key"] for field in draft["fields"]] == ["surprise", "keep", "coaching"]
    for state, status in (("learning", 409), ("closed", 409), ("reflection", 200)):
        if state != "closed":
            await set_state(connection, world, cycle, state)
            await ok(tom.put(path, json={**WORDS, **asked}, headers=at(draft)), status)


async def test_in_a_pair_it_is_shared_with_the_other_of_the_two_for_good(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    cycle = await of_pair(connection, world)
    half = await write(tom, cycle, on_self="I wait.", on_students="They answer.")
    gap = await refused(act(tom, "cycle-reflections", half, "share"), 409, "reflection_incomplete")
    assert [row["code"] for row in gap["missing"]] == ["on_process"]
    mine = await write(tom, cycle, half["version"])
    hers = await write(lena, cycle)
    shared = await ok(act(tom, "cycle-reflections", mine, "share"))
    assert (shared["state"], shared["permissions"]) == ("shared", [])
    one = f"/cycle-reflections/{mine['id']}"
    seen = await ok(lena.get(one))
    assert (seen["on_self"], seen["permissions"]) == (WORDS["on_self"], [])
    # hers is still hers
    await ok(tom.get(f"/cycle-reflections/{hers['id']}"), 404)
    [row] = (await ok(tom.get(f"/learning-cycles/{cycle.id}/reflections")))["items"]
    assert row["author_id"] == str(world.tom)
    # no edit, no deletion, no second sharing; the other one has none of these at all
    path = f"/learning-cycles/{cycle.id}/reflection"
    await refused(tom.put(path, json=WORDS, headers=at(shared)), 409, "reflection_shared")
    await refused(act(tom, "cycle-reflections", mine, "share"), 409, "wrong_state")
    await refused(tom.delete(one, headers=at(shared)), 409, "wrong_state")
    await ok(lena.delete(one, headers=at(shared)), 403)
    await ok(lena.post(f"{one}/share", headers=at(shared)), 403)
    plan = await ok(tom.get(f"/learning-cycles/{cycle.id}/application-plan"))
    assert (plan["version"], "reflect" in plan["permissions"]) == (1, False)
    progress = (await ok(lena.get(f"/learning-cycles/{cycle.id}/progress")))["items"]
    assert progress[0]["reflection"] is True
    for stranger in ("paul", "ada", "luis", "nina"):
        await ok(as_(stranger).get(one), 404)
        told = (await ok(as_(stranger).get("/audit?limit=200")))["items"]
        assert not [row for row in told if row["subject_type"] == "cycle_reflection"]
    # the next lead reads none of it, and she what she shared, for a while
    await ok(act(lena, "cycle-reflections", hers, "share"))
    await change_lead(as_, world)
    await ok(as_("luis").get(one), 404)
    assert (await ok(lena.get(f"/cycle-reflections/{hers['id']}")))["state"] == "shared"
    await ok(lena.get(one), 404)
    assert (await ok(tom.get(f"/cycle-reflections/{hers['id']}")))["state"] == "shared"


async def test_in_a_team_it_is_shared_with_the_team_and_no_leader_reads_it(as_, world, connection):
    tom, nina, lena = as_("tom"), as_("nina"), as_("lena")
    cycle = await of_team(connection, world)
    mine, hers = await write(nina, cycle), await write(lena, cycle)
    await refused(
        as_("paul").put(
            f"/learning-cycles/{cycle.id}/reflection", json=WORDS, headers={"If-Match": '"0"'}
        ),
        403,
        "forbidden",
    )
    for who, row in ((nina, mine), (lena, hers)):
        await ok(act(who, "cycle-reflections", row, "share"))
    listed = f"/learning-cycles/{cycle.id}/reflections"
    for who in (tom, nina, lena):
        assert len((await ok(who.get(listed)))["items"]) == 2
    assert (await ok(as_("paul").get(listed)))["items"] == []
    for stranger in ("paul", "ada", "luis"):
        await ok(as_(stranger).get(f"/cycle-reflections/{mine['id']}"), 404)
        told = (await ok(as_(stranger).get("/audit?limit=200")))["items"]
        assert not [row for row in told if row["subject_type"] == "cycle_reflection"]
    own = (await ok(nina.get("/audit?limit=200")))["items"]
    assert {row["action"] for row in own if row["subject_type"] == "cycle_reflection"} == {
        "cycle_reflection.written",
        "cycle_reflection.shared",
    }
    roles = (await ok(as_("paul").get(f"/roles?person_id={world.nina}")))["items"]
    [left] = [row for row in roles if row["kind"] == "team_member"]
    await ok(as_("paul").post(f"/roles/{left['id']}/end", headers=at(left)))
    await ok(nina.get(listed), 404)
    assert (await ok(nina.get(f"/cycle-reflections/{mine['id']}")))["permissions"] == []
    await ok(nina.get(f"/cycle-reflections/{hers['id']}"), 404)


async def test_while_coaching_is_paused_nobody_writes_or_shares(as_, world, connection):
    tom = as_("tom")
    cycle = await of_pair(connection, world)
    draft = await write(tom, cycle)
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    assert (await step(as_("paul"), link, "pause")).status_code == 200
    path = f"/learning-cycles/{cycle.id}/reflection"
    await refused(tom.put(path, json=WORDS, headers=at(draft)), 403, "forbidden")
    await refused(act(tom, "cycle-reflections", draft, "share"), 403, "forbidden")
    assert (await ok(tom.get(f"/cycle-reflections/{draft['id']}")))["permissions"] == ["delete"]
    await ok(tom.delete(f"/cycle-reflections/{draft['id']}", headers=at(draft)), 204)


async def test_of_two_devices_none_loses_a_word(live: Live) -> None:
    world = live.world
    cycle: m.LearningCycle = cycle_of(
        world, "tom", "lena", number=1, title="a", relationship_id=world.lena_tom
    )
    await put(live, cycle)
    path = f"/learning-cycles/{cycle.id}/reflection"
    answers = await asyncio.gather(
        *(
            live.as_("tom").put(path, json={**WORDS, "on_self": n}, headers={"If-Match": '"0"'})
            for n in ("one", "two")
        )
    )
    assert sorted(a.status_code for a in answers) == [200, 412], [a.text for a in answers]
    draft = next(a.json() for a in answers if a.status_code == 200)
    shared, written = await asyncio.gather(
        live.as_("tom").post(f"/cycle-reflections/{draft['id']}/share", headers=at(draft)),
        live.as_("tom").put(path, json={**WORDS, "on_self": "three"}, headers=at(draft)),
    )
    assert sorted((shared.status_code, written.status_code)) == [200, 412]
    now = await ok(live.as_("tom").get(f"/cycle-reflections/{draft['id']}"))
    assert (now["state"] == "shared") == (shared.status_code == 200)
    assert now["on_self"] == (draft["on_self"] if shared.status_code == 200 else "three")
