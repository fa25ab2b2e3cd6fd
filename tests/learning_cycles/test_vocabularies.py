"""Vocabularies: what comes with the program, what a school adds, and what is retired."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.goals.test_goals import at
from tests.learning_cycles.setting import begun
from tests.meetings.test_meetings import ok, refused

pytestmark = pytest.mark.anyio


def term(world: Any, **fields: Any) -> dict[str, Any]:
    """A source of data that Alder adds."""
    return {
        "school_id": str(world.alder),
        "vocabulary": "data_source",
        "key": "learning_walk",
        "title": "Learning walk",
        **fields,
    }


async def keys_of(as_: Any, who: str, school: Any = None, vocabulary: str = "data_source") -> Any:
    """The words that somebody finds, with their states."""
    query = {"vocabulary": vocabulary} | ({"school_id": str(school)} if school else {})
    found = await ok(as_(who).get("/vocabularies", params=query))
    return {one["key"]: one["state"] for one in found["items"]}


async def test_a_school_adds_words_that_it_alone_finds(as_, app, world):
    built_in = await keys_of(as_, "zoe")
    assert list(built_in)[:2] == ["school_goal", "team_goal"]
    assert len(built_in) == 7
    assert len(await keys_of(as_, "tom", vocabulary="learning_approach")) == 9
    made = await ok(as_("paul").post("/vocabulary-terms", json=term(world)), 201)
    for who in ("tom", "paul", "ada"):
        assert (await keys_of(as_, who, world.alder))["learning_walk"] == "active"
    for who, school in (("tom", None), ("tom", world.birch), ("ben", world.alder)):
        assert await keys_of(as_, who, school) == built_in
    assert await keys_of(as_, "zoe", world.alder) == built_in
    await ok(as_("ben").get(f"/vocabulary-terms/{made['id']}"), 404)
    for who, status in (("tom", 403), ("ada", 403), ("bea", 403), ("zoe", 409)):
        await ok(as_(who).post("/vocabulary-terms", json=term(world, key="other")), status)
    for key in ("learning_walk", "survey"):
        again = as_("paul").post("/vocabulary-terms", json=term(world, key=key))
        await refused(again, 409, "term_exists")
    # in the other vocabulary, and at the other school, the key is free
    other = term(world, vocabulary="learning_approach")
    await ok(as_("paul").post("/vocabulary-terms", json=other), 201)
    await ok(
        as_("bea").post("/vocabulary-terms", json=term(world, school_id=str(world.birch))), 201
    )


async def test_a_retired_word_stays_where_it_is_and_is_chosen_no_more(as_, app, world, connection):
    made = await ok(as_("paul").post("/vocabulary-terms", json=term(world)), 201)
    one = f"/vocabulary-terms/{made['id']}"
    cycle = await begun(app, world)
    body = {"kind": "qualitative", "source": "learning_walk", "text": "They ask."}
    point = await ok(as_("tom").post(f"{cycle}/data-points", json=body), 201)
    await ok(as_("tom").patch(one, json={"title": "Walk"}, headers=at(made)), 403)
    made = await ok(as_("paul").patch(one, json={"title": "Walk"}, headers=at(made)))
    made = await ok(as_("paul").post(f"{one}/retire", headers=at(made)))
    assert (made["title"], made["state"], made["permissions"]) == ("Walk", "retired", [])
    assert (await keys_of(as_, "tom", world.alder))["learning_walk"] == "retired"
    for sent in (
        as_("paul").post(f"{one}/retire", headers=at(made)),
        as_("paul").patch(one, json={"title": "W"}, headers=at(made)),
    ):
        await refused(sent, 409, "wrong_state")
    await refused(as_("tom").post(f"{cycle}/data-points", json=body), 409, "unknown_term")
    path = f"/cycle-data-points/{point['id']}"
    changed = await ok(as_("tom").patch(path, json={"text": "So."}, headers=at(point)))
    assert changed["source"] == "learning_walk"
    await connection.execute(
        text(
            "insert into vocabulary_term select (jsonb_populate_record(t, jsonb_build_object("
            "'id', gen_random_uuid(), 'key', 'k' || n))).* from vocabulary_term t,"
            " generate_series(1, 99) n"
        )
    )
    full = as_("paul").post("/vocabulary-terms", json=term(world, key="one_more"))
    await refused(full, 409, "vocabulary_full")
