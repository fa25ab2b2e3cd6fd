"""Frameworks from files over HTTP: who may, what is kept, what goals name, what leaves."""

import json

import anyio
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import event, text

from app.core.migrate import alembic_config
from tests.frameworks import packages
from tests.frameworks.packages import link, package, rubric
from tests.frameworks.test_frameworks import listed, match
from tests.goals.test_goals import growth

pytestmark = pytest.mark.anyio
JSON = {"Content-Type": "application/json"}


async def sent(client, value, kind="application/json", **params):
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    headers = {"Content-Type": kind}
    return await client.post("/framework-imports", content=content, headers=headers, params=params)


async def taken(client, value, **params):
    answer = await sent(client, value, **params)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def draft_of(client, value, **params):
    """The framework of a file that holds one."""
    (one,) = (await taken(client, value, **params))["frameworks"]
    return one


async def published(client, value, **params):
    one = await draft_of(client, value, **params)
    path = f"/frameworks/{one['framework_id']}"
    done = await client.post(f"{path}/publish", headers=match(1))
    assert done.status_code == 200, done.text
    return done.json()


async def case_of(client, framework_id):
    answer = await client.get(f"/frameworks/{framework_id}/case")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_standards_come_in_as_a_draft_with_a_report(as_):
    ada = as_("ada")
    for nobody in ("tom", "lena", "paul"):
        assert (await sent(as_(nobody), package())).status_code == 403
        # before anything is read: what the file holds makes no difference
        assert (await sent(as_(nobody), b"no framework")).status_code == 403
    made = await taken(ada, package())
    (one,) = made["frameworks"]
    counts = ("items", "associations", "foreign_ends", "cycles", "orphans", "groups", "indicators")
    assert [one[name] for name in counts] == [3, 4, 1, 0, 0, 0, 0]
    assert (one["form"], one["problems"], one["problems_found"]) == ("case_1_1", [], 0)
    assert (one["publisher"], one["code"], one["edition"]) == (
        "Harbour Mathematics Group",
        "Harbour-Number-Standards",
        "2026",
    )
    again = await ada.get(f"/framework-imports/{made['id']}")
    assert (again.status_code, again.json()) == (200, made)
    assert [row["id"] for row in await listed(ada, "/framework-imports")] == [made["id"]]
    assert await listed(as_("tom"), "/framework-imports") == []

    path = f"/frameworks/{one['framework_id']}"
    whole = (await ada.get(path)).json()
    assert (whole["state"], whole["domains"], whole["import_id"]) == ("draft", [], made["id"])
    assert (await as_("tom").get(f"{path}/items")).status_code == 404
    assert (await as_("tom").get(f"{path}/case")).status_code == 404
    assert (await ada.post(f"{path}/publish", headers=match(1))).status_code == 200
    items = await listed(as_("tom"), f"{path}/items")
    assert [(row["code"], row["depth"], row["indicator_id"]) for row in items] == [
        ("N", 0, None),
        ("N.2", 1, None),
        ("N.1", 1, None),
    ]
    assert {row["parent_id"] for row in items[1:]} == {items[0]["id"]}
    assert (await as_("tom").get(f"/framework-items/{items[1]['id']}")).json() == items[1]
    below = await listed(as_("tom"), f"{path}/items", parent_id=items[0]["id"], q="n.1")
    assert [row["code"] for row in below] == ["N.1"]
    assert (await as_("wes").get(f"/framework-items/{items[1]['id']}")).status_code == 404


async def test_an_edition_comes_in_once_and_a_draft_can_go_again(as_, connection):
    ada = as_("ada")
    one = await draft_of(ada, package())
    refused = await sent(ada, package())
    assert (refused.status_code, refused.json()["code"]) == (409, "framework_exists")
    assert len(await listed(ada, "/framework-imports")) == 1
    other = await draft_of(ada, package(), edition="2027", code="HNS", title="T", publisher="P")
    assert [other[n] for n in ("publisher", "code", "edition", "title")] == [
        "P",
        "HNS",
        "2027",
        "T",
    ]
    path = f"/frameworks/{one['framework_id']}"
    assert (await ada.delete(path)).status_code == 428
    assert (await ada.delete(path, headers=match(2))).status_code == 412
    assert (await as_("tom").delete(path, headers=match(1))).status_code == 404
    assert (await ada.delete(path, headers=match(1))).status_code == 204
    assert (await ada.get(path)).status_code == 404
    for table in ("framework_item", "framework_association", "framework_source"):
        rows = await connection.scalar(
            text(f"select count(*) from {table} where framework_id = :id"),  # noqa: S608
            {"id": one["framework_id"]},
        )
        assert rows == 0, table
    back = await published(ada, package())
    path = f"/frameworks/{back['id']}"
    kept = await ada.delete(path, headers=match(2))
    assert (kept.status_code, kept.json()["code"]) == (409, "wrong_state")


async def test_another_kind_of_file_is_refused_and_nothing_is_kept(as_):
    ada = as_("ada")
    for content, kind, looks_like in (
        (b"\x89PNG\r\n", "application/zip", "an image"),
        (b'{"openapi": "3.1.0"}', "application/json", "an OpenAPI document"),
        (b"sourcedId,status\n1,active\n", "text/csv", "a roster (OneRoster CSV)"),
        (b"", "text/csv", "an empty file"),
    ):
        refused = await sent(ada, content, kind)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_a_framework")
        assert refused.json()["looks_like"] == looks_like
        assert looks_like in refused.json()["detail"]
    assert (await sent(ada, b"a", "image/png")).status_code == 415
    several = json.dumps([package(), package(CFItems=[])]).encode()
    refused = await sent(ada, several, edition="7")
    assert (refused.status_code, refused.json()["code"]) == (409, "several_frameworks")
    assert await listed(ada, "/framework-imports") == []
    assert await listed(ada, "/frameworks", state="draft") == []


async def test_a_rubric_gives_indicators_that_goals_are_written_with(as_, world):
    levels = [(1, "Beginning", "Few do."), (2, "Growing", "Some do."), (3, "Strong", "Most do.")]
    given = package(CFRubrics=[rubric(11, levels)])
    framework = await published(as_("ada"), given)
    (group,) = framework["domains"][0]["expectations"]
    assert (group["title"], group["scale"]["high"]) == ("Number", 3)
    (indicator,) = group["indicators"]
    assert indicator["key"] == "Harbour Mathematics Group:Harbour-Number-Standards:2026:N.1"
    whole = (await as_("tom").get(f"/indicators/{indicator['id']}")).json()
    assert whole["levels"] == [{"name": n, "score": s, "text": t} for s, n, t in levels]
    items = await listed(as_("tom"), f"/frameworks/{framework['id']}/items")
    assert [row["indicator_id"] for row in items] == [None, None, indicator["id"]]
    goal = await as_("tom").post("/goals", json=growth(world, indicator_ids=[indicator["id"]]))
    assert goal.status_code == 201, goal.text
    assert goal.json()["indicators"][0]["code"] == "N.1"


async def test_an_indicator_shows_as_many_levels_as_there_is_room_for(as_):
    """And the rubric keeps all of them; more than fit used to be an answer that failed."""
    many = [(number, f"Level {number}", None) for number in range(60)]
    given = package(CFRubrics=[rubric(11, many)])
    one = await draft_of(as_("ada"), given)
    whole = (await as_("ada").get(f"/frameworks/{one['framework_id']}")).json()
    (found,) = whole["domains"][0]["expectations"][0]["indicators"]
    shown = await as_("ada").get(f"/indicators/{found['id']}")
    assert shown.status_code == 200, shown.text
    assert len(shown.json()["levels"]) == 50
    left = (await case_of(as_("ada"), one["framework_id"]))["CFRubrics"][0]["CFRubricCriteria"][0]
    assert len(left["CFRubricCriterionLevels"]) == 60


async def test_what_leaves_comes_in_elsewhere_and_leaves_the_same(as_, world):
    """Made here, or imported in whatever form: Kestrel gets what Juniper has."""
    ada, zoe = as_("ada"), as_("zoe")
    practice = await published(ada, packages.TABLE.encode(), title="Practice", publisher="Harbour")
    messy = package(extra=1, CFRubrics=[rubric(11, [(1, "a", "b"), (2, "c", "d")]), None])
    messy["CFItems"].append({"fullStatement": "Ω\u0000", "more": {"x": 1.5}})
    messy["CFAssociations"].append(link(29, 10, 10))
    mess = await published(ada, messy)
    for framework_id in (str(world.leap), str(world.invented), practice["id"], mess["id"]):
        exported = await case_of(as_("tom"), framework_id)
        own = (await as_("tom").get(f"/frameworks/{framework_id}")).json()
        named = {"edition": "1000"} if framework_id == str(world.leap) else {}
        answer = await sent(zoe, exported, **named)
        assert answer.status_code == 201, answer.text
        (one,) = answer.json()["frameworks"]
        back = await case_of(zoe, one["framework_id"])
        if named:  # Kestrel has the edition already, so there it has another name
            del back["CFDocument"]["extensions"]["alongside"]["edition"]
            del exported["CFDocument"]["extensions"]["alongside"]["edition"]
        assert back == exported
        there = (await zoe.get(f"/frameworks/{one['framework_id']}")).json()
        names = ("publisher", "code", "title", "source", "licence")
        assert {n: there[n] for n in names} == {n: own[n] for n in names}
        assert _without_ids(there["domains"]) == _without_ids(own["domains"])


def _without_ids(value):
    if isinstance(value, dict):
        return {k: _without_ids(v) for k, v in value.items() if k not in ("id", "key")}
    return [_without_ids(part) for part in value] if isinstance(value, list) else value


async def test_a_goal_names_standards_of_published_frameworks(as_, world):
    ada, tom = as_("ada"), as_("tom")
    one = await draft_of(ada, package())
    path = f"/frameworks/{one['framework_id']}"
    items = [row["id"] for row in await listed(ada, f"{path}/items")]
    new = growth(world, kind="student_learning", indicator_ids=[], standard_item_ids=items[1:])
    early = await tom.post("/goals", json=new)
    assert (early.status_code, early.json()["code"]) == (409, "standard_not_offered")
    assert (await ada.post(f"{path}/publish", headers=match(1))).status_code == 200
    bare = (await tom.post("/goals", json=new | {"standard_item_ids": []})).json()
    stuck = await tom.post(f"/goals/{bare['id']}/propose", headers=match(1))
    assert "standard" in [lack["code"] for lack in stuck.json()["missing"]]
    advised = await tom.post(f"/goals/{bare['id']}/advice", json={"standard_item_ids": items[1:]})
    assert "standard_missing" in [one["code"] for one in bare["warnings"]]
    assert "standard_missing" not in [one["code"] for one in advised.json()["advice"]]
    goal = (await tom.post("/goals", json=new)).json()
    assert "standard_missing" not in [one["code"] for one in goal["warnings"]]
    assert [row["code"] for row in goal["standard_items"]] == ["N.2", "N.1"]
    # an SLO that names standards as items alone is complete in that
    moved = await tom.post(f"/goals/{goal['id']}/propose", headers=match(1))
    lacks = [lack["code"] for lack in moved.json().get("missing", [])]
    assert "standard" not in lacks
    assert moved.status_code == 200, moved.text
    # nor is its plan held up for them: what it lacks to be submitted are other things
    goals = f"/goals/{goal['id']}"
    for who, version in ((tom, 2), (as_("lena"), 3)):
        assert (await who.post(f"{goals}/agree", headers=match(version))).status_code == 200
    plan = await tom.post(f"{goals}/slo/submit", json={}, headers=match(4))
    assert plan.json()["code"] == "slo_incomplete", plan.text
    assert "standards" not in [lack["code"] for lack in plan.json()["missing"]]


async def test_a_goal_keeps_a_retired_standard_and_takes_none_anew(as_, world):
    ada, tom = as_("ada"), as_("tom")
    framework = await published(ada, package())
    path = f"/frameworks/{framework['id']}"
    items = [row["id"] for row in await listed(ada, f"{path}/items")]
    new = growth(world, kind="student_learning", indicator_ids=[], standard_item_ids=items[1:])
    goal = (await tom.post("/goals", json=new)).json()
    moved = await tom.post(f"/goals/{goal['id']}/propose", headers=match(1))
    assert moved.status_code == 200, moved.text
    # retired since: what the goal has it keeps, and nobody takes it anew
    assert (await ada.post(f"{path}/retire", headers=match(2))).status_code == 200
    again = await tom.post("/goals", json=new)
    assert (again.status_code, again.json()["code"]) == (409, "standard_not_offered")
    goals = f"/goals/{goal['id']}"
    assert (await tom.get(f"/framework-items/{items[1]}")).json()["framework_state"] == "retired"
    back = await tom.post(f"{goals}/request-changes", headers=match(2))
    assert back.status_code == 200, back.text
    fewer = {"standard_item_ids": [items[2]]}
    kept = await tom.patch(goals, json=fewer, headers=match(3))
    assert [row["id"] for row in kept.json()["standard_items"]] == [items[2]]
    assert (await tom.delete(goals, headers=match(4))).status_code in (204, 409)


async def test_a_revision_changes_the_standards_when_both_agreed(as_, world):
    framework = await published(as_("ada"), package())
    items = await listed(as_("tom"), f"/frameworks/{framework['id']}/items")
    tom, lena = as_("tom"), as_("lena")
    goal = (await tom.post("/goals", json=growth(world))).json()
    path = f"/goals/{goal['id']}"
    for client, step, version in ((tom, "propose", 1), (tom, "agree", 2), (lena, "agree", 3)):
        done = await client.post(f"{path}/{step}", headers=match(version))
        assert done.status_code == 200, done.text
    content = {"standard_item_ids": [items[1]["id"]]}
    unknown = {"standard_item_ids": [goal["id"]]}
    refused = await tom.post(f"{path}/revisions", json={"content": unknown}, headers=match(4))
    assert (refused.status_code, refused.json()["code"]) == (409, "standard_not_offered")
    revision = await tom.post(f"{path}/revisions", json={"content": content}, headers=match(4))
    assert revision.status_code == 201, revision.text
    assert (await tom.get(path)).json()["standard_items"] == []
    one = f"/goal-revisions/{revision.json()['id']}"
    done = await lena.post(f"{one}/agree", headers=match(revision.json()["version"]))
    assert done.json()["replaced"] == {"standard_item_ids": []}
    assert [row["code"] for row in (await tom.get(path)).json()["standard_items"]] == ["N.2"]


async def test_a_new_edition_says_what_became_of_the_former_ones_items(as_, world):
    ada = as_("ada")
    former = await published(ada, package())
    latter = await draft_of(ada, package(), edition="2027")
    old = [row["id"] for row in await listed(ada, f"/frameworks/{former['id']}/items")]
    path = f"/frameworks/{latter['framework_id']}"
    new = [row["id"] for row in await listed(ada, f"{path}/items")]

    async def say(version, *entries, **more):
        body = {
            "former_framework_id": former["id"],
            "entries": [
                {"former_item_id": item, "became": became, "item_ids": ids}
                for item, became, ids in entries
            ],
            **more,
        }
        return await ada.post(f"{path}/crosswalk", json=body, headers=match(version))

    for uneven in (
        [(old[0], "same", [])],
        [(old[0], "changed", new[:2])],
        [(old[0], "split", new[:1])],
        [(old[0], "split", [new[0], new[0]])],
        [(old[0], "merged", [])],
        [(old[0], "dropped", new[:1])],
        [(old[1], "dropped", []), (old[1], "same", new[:1])],
    ):
        refused = await say(1, *uneven)
        assert (refused.status_code, refused.json()["code"]) == (409, "crosswalk_uneven")
        assert refused.json()["pointer"] == f"/entries/{len(uneven) - 1}"
    for strange in ([(new[0], "dropped", [])], [(old[0], "same", old[:1])]):
        assert (await say(1, *strange)).json()["code"] == "unknown_reference"
    for itself, code in (
        (latter["framework_id"], "not_a_former_edition"),
        (str(world.kestrel_leap), "unknown_reference"),
    ):
        refused = await say(1, (old[0], "dropped", []), former_framework_id=itself)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    done = await say(
        1, (old[0], "split", new[:2]), (old[1], "same", new[2:]), (old[2], "dropped", [])
    )
    assert done.status_code == 200, done.text
    assert done.json()["version"] == 2
    # what was said of an item is replaced, and of the others stays
    assert (await say(2, (old[2], "merged", new[2:]))).status_code == 200
    assert (await say(2, (old[2], "dropped", []))).status_code == 412
    assert (await ada.post(f"{path}/publish", headers=match(3))).status_code == 200
    walk = await listed(as_("tom"), f"{path}/crosswalk")
    assert [(row["former_code"], row["became"], row["code"]) for row in walk] == [
        ("N", "split", "N"),
        ("N", "split", "N.2"),
        ("N.2", "same", "N.1"),
        ("N.1", "merged", "N.1"),
    ]
    # the former edition is as it was, retired or not, and so is what leaves
    gone = await ada.post(f"/frameworks/{former['id']}/retire", headers=match(2))
    assert gone.status_code == 200
    assert (await as_("tom").get(f"/framework-items/{old[2]}")).json()[
        "title"
    ] == "Compare fractions"
    assert await listed(as_("tom"), f"{path}/crosswalk") == walk
    assert (await ada.post(f"{path}/retire", headers=match(4))).status_code == 200
    late = await say(5, (old[2], "dropped", []))
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


async def test_two_who_import_the_same_edition_at_the_same_moment_make_it_once(live):
    answers = []

    async def send():
        answers.append(await sent(live.as_("ada"), package()))

    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(send)
    codes = sorted((a.status_code, a.json().get("code", "")) for a in answers)
    assert codes[0][0] == 201
    assert codes[1][0] == 409, codes
    assert len(await listed(live.as_("ada"), "/frameworks", state="draft")) == 1


async def test_deleting_and_publishing_at_the_same_moment_does_one_of_them(live):
    one = await draft_of(live.as_("ada"), package())
    path = f"/frameworks/{one['framework_id']}"
    answers = {}

    async def ask(name, method, address):
        answers[name] = await live.as_("ada").request(method, address, headers=match(1))

    async with anyio.create_task_group() as group:
        group.start_soon(ask, "delete", "DELETE", path)
        group.start_soon(ask, "publish", "POST", f"{path}/publish")
    codes = (answers["delete"].status_code, answers["publish"].status_code)
    assert codes in ((204, 404), (412, 200), (409, 200)), codes
    assert (await live.as_("ada").get(path)).status_code == (404 if codes[0] == 204 else 200)


async def test_an_import_takes_as_many_statements_for_many_items_as_for_few(as_, connection):
    seen = []

    def note(_c, _cursor, statement, *_rest):
        seen.append(statement)

    taken_ = []
    for edition, count in (("1", 3), ("2", 60)):
        given = package()
        given["CFItems"] += [packages.item(1000 + n, f"Item {n}") for n in range(count)]
        seen.clear()
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        await taken(as_("ada"), given, edition=edition)
        event.remove(connection.sync_connection, "before_cursor_execute", note)
        taken_.append(len(seen))
    assert taken_[0] == taken_[1] < 25, taken_


async def test_frameworks_from_before_get_the_items_an_export_would_give_them(connection):
    """The migration's own words, on frameworks whose items were made by the program."""
    (module,) = [
        script.module
        for script in ScriptDirectory.from_config(alembic_config("")).walk_revisions()
        if hasattr(script.module, "_ITEMS")
    ]
    columns = (
        "i.identifier, p.identifier as above, i.indicator_id, i.code, i.title, i.statement,"
        " i.item_type, i.depth, i.position, i.source"
    )
    look = text(
        f"select {columns} from framework_item i left join framework_item p"  # noqa: S608
        " on p.id = i.parent_id order by i.framework_id, i.position"
    )

    async def of_each_district():
        rows = []
        for district in list(await connection.scalars(text("select id from district order by id"))):
            await connection.execute(
                text("select set_config('app.district', :id, true)"), {"id": str(district)}
            )
            rows += [tuple(row) for row in await connection.execute(look)]
            await connection.execute(text("delete from framework_item"))
        return rows

    before = await of_each_district()
    assert len(before) > 60
    await connection.execute(text(module._ITEMS))
    assert await of_each_district() == before
