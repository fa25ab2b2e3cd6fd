"""Frameworks: installed whole, published unchanged, retired but never lost; indicators by code."""

import json
from copy import deepcopy

import pytest
from sqlalchemy import event

from tests.world import INVENTED

pytestmark = pytest.mark.anyio

NEW = {**json.loads(INVENTED.read_text("utf-8")), "edition": "2026"}


def match(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


async def test_leap_ships_with_its_groups_and_scales(as_, world):
    answer = await as_("tom").get(f"/frameworks/{world.leap}")
    assert answer.status_code == 200, answer.text
    leap = answer.json()
    assert (leap["publisher"], leap["code"]) == ("Denver Public Schools", "LEAP")
    assert (leap["state"], leap["permissions"]) == ("published", [])
    groups = [group for domain in leap["domains"] for group in domain["expectations"]]
    assert [len(group["indicators"]) for group in groups] == [2, 2, 4, 4, 2, 2, 2, 1]
    items = [item for group in groups for item in group["indicators"]]
    assert [item["code"] for item in items if item["observed"]] == [
        *(f"LE.{number}" for number in range(1, 5)),
        *(f"I.{number}" for number in range(1, 9)),
    ]
    assert [item["code"] for item in items if item["optional"]] == ["P.7"]
    assert [item["code"] for item in items if item["gateway"]] == ["LE.3", "I.1", "I.3", "I.5"]
    assert items[0]["key"] == "Denver Public Schools:LEAP:1:LE.1"
    scales = [(group["scale"]["low"], group["scale"]["high"]) for group in groups]
    assert scales == [(1, 7)] * 4 + [(1, 4)] * 4
    names = ["Not Meeting", "Approaching", "Effective", "Distinguished"]
    assert all([level["name"] for level in g["scale"]["levels"]] == names for g in groups)
    assert groups[0]["scale"]["levels"][2] == {"from": 5, "to": 6, "name": "Effective"}
    assert (await as_("wes").get(f"/frameworks/{world.leap}")).status_code == 404
    assert (await as_("wes").get(f"/frameworks/{world.kestrel_leap}")).status_code == 200


async def test_a_framework_is_installed_whole_and_only_by_the_district(as_):
    for nobody in ("tom", "lena", "paul"):
        refused = await as_(nobody).post("/frameworks", json=NEW)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    made = await as_("ada").post("/frameworks", json=NEW)
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["state"], body["permissions"]) == ("draft", ["publish", "delete", "crosswalk"])
    assert made.headers["location"] == f"/api/v1/frameworks/{body['id']}"
    first, second = (domain["expectations"][0] for domain in body["domains"])
    assert first["scale"] == NEW["domains"][0]["expectations"][0]["scale"]
    assert second["scale"] is None
    assert second["indicators"][0]["key"] == "Harbour Teaching Collective:HTC:2026:F.1"


async def test_an_edition_is_installed_once_per_publisher_and_code(as_):
    again = {**NEW, "edition": "2025"}
    refused = await as_("ada").post("/frameworks", json=again)
    assert (refused.status_code, refused.json()["code"]) == (409, "framework_exists")
    unrelated = await as_("tom").post("/frameworks", json=again)
    assert (unrelated.status_code, unrelated.json()["code"]) == (403, "forbidden")
    namesake = await as_("ada").post("/frameworks", json={**again, "publisher": "Another City"})
    assert namesake.status_code == 201, namesake.text
    elsewhere = await as_("zoe").post("/frameworks", json=again)
    assert elsewhere.status_code == 201, elsewhere.text


def with_scale(**changed):
    body = deepcopy(NEW)
    body["domains"][0]["expectations"][0]["scale"].update(changed)
    return body


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"step": 0}, "above 0"),
        ({"low": 3}, "below `high`"),
        ({"step": 0.4}, "whole steps"),
        ({"levels": [{"from": 0, "to": 1.25, "name": "A"}]}, "whole steps"),
        ({"levels": [{"from": 3, "to": 0, "name": "A"}]}, "not lie above"),
        ({"levels": [{"from": 0.5, "to": 3, "name": "A"}]}, "begin at `low`"),
        ({"levels": [{"from": 0, "to": 2.5, "name": "A"}]}, "end at `high`"),
        (
            {"levels": [{"from": 0, "to": 1, "name": "A"}, {"from": 2, "to": 3, "name": "B"}]},
            "one step above",
        ),
        (
            {"levels": [{"from": 0, "to": 1, "name": "A"}, {"from": 1, "to": 3, "name": "B"}]},
            "one step above",
        ),
    ],
)
async def test_a_scale_that_does_not_add_up_is_refused(as_, changed, says):
    refused = await as_("ada").post("/frameworks", json=with_scale(**changed))
    assert (refused.status_code, refused.json()["code"]) == (409, "scale_unsound")
    assert refused.json()["pointer"] == "/domains/0/expectations/0/scale"
    assert says in refused.json()["detail"]
    assert not [i for i in await listed(as_("ada"), "/frameworks") if i["edition"] == "2026"]
    assert (await as_("ada").post("/frameworks", json=NEW)).status_code == 201


async def test_codes_and_domain_titles_are_given_once(as_):
    body = deepcopy(NEW)
    for code in ("C.1", "c.1"):
        body["domains"][1]["expectations"][0]["indicators"][0]["code"] = code
        refused = await as_("ada").post("/frameworks", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "framework_repeats")
        assert refused.json()["pointer"] == "/domains/1/expectations/0/indicators/0/code"
    body = deepcopy(NEW)
    body["domains"][1]["title"] = body["domains"][0]["title"]
    refused = await as_("ada").post("/frameworks", json=body)
    assert (refused.status_code, refused.json()["pointer"]) == (409, "/domains/1/title")
    body = deepcopy(NEW)
    body["domains"][0]["expectations"][0]["indicators"][0]["level"] = "mine"
    assert (await as_("ada").post("/frameworks", json=body)).status_code == 422


async def listed(client, path, **params):
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_draft_is_seen_by_who_may_publish_it_until_it_is_published(as_):
    made = (await as_("ada").post("/frameworks", json=NEW)).json()
    path = f"/frameworks/{made['id']}"
    indicator = f"/indicators/{made['domains'][0]['expectations'][0]['indicators'][0]['id']}"
    for name in ("paul", "lena", "tom"):
        assert (await as_(name).get(path)).status_code == 404
        assert (await as_(name).get(indicator)).status_code == 404
        assert (await as_(name).post(f"{path}/publish", headers=match(1))).status_code == 404
        assert made["id"] not in [item["id"] for item in await listed(as_(name), "/frameworks")]
    assert (await as_("ada").get(indicator)).json()["framework_state"] == "draft"
    assert made["id"] in [item["id"] for item in await listed(as_("ada"), "/frameworks")]
    assert await listed(as_("ada"), "/indicators", framework_id=made["id"]) == []

    early = await as_("ada").post(f"{path}/retire", headers=match(1))
    assert (early.status_code, early.json()["allowed"]) == (
        409,
        ["publish", "delete", "crosswalk"],
    )
    assert (await as_("ada").post(f"{path}/publish")).status_code == 428
    published = await as_("ada").post(f"{path}/publish", headers=match(1))
    assert published.status_code == 200, published.text
    assert (published.json()["state"], published.json()["version"]) == ("published", 2)
    assert published.json()["permissions"] == ["retire", "crosswalk"]
    assert (await as_("ada").post(f"{path}/publish", headers=match(1))).status_code == 412
    again = await as_("ada").post(f"{path}/publish", headers=match(2))
    assert (again.status_code, again.json()["allowed"]) == (409, ["retire", "crosswalk"])
    assert (await as_("tom").get(path)).status_code == 200
    assert (await as_("tom").post(f"{path}/retire", headers=match(2))).status_code == 403
    assert len(await listed(as_("tom"), "/indicators", framework_id=made["id"])) == 3
    # A published version has no way to change: no method edits it.
    assert (await as_("ada").patch(path, json={}, headers=match(2))).status_code == 405


async def test_a_retired_framework_resolves_but_is_not_offered(as_, world):
    path = f"/frameworks/{world.invented}"
    assert (await as_("tom").post(f"{path}/retire", headers=match(2))).status_code == 403
    done = await as_("ada").post(f"{path}/retire", headers=match(2))
    assert (done.status_code, done.json()["state"]) == (200, "retired")
    offered = await listed(as_("tom"), "/indicators", q="c.")
    assert offered == []
    kept = await listed(as_("tom"), "/indicators", q="c.", include_retired="true")
    assert [item["code"] for item in kept] == ["C.1", "C.2"]
    one = await as_("tom").get(f"/indicators/{world.invented_c1}")
    assert (one.status_code, one.json()["framework_state"]) == (200, "retired")
    assert (await as_("tom").get(path)).json()["state"] == "retired"
    assert [i["id"] for i in await listed(as_("tom"), "/frameworks", state="retired")] == [
        str(world.invented)
    ]


async def test_frameworks_are_listed_by_publisher_code_and_state(as_, world):
    both = [str(world.leap), str(world.invented)]
    assert [i["id"] for i in await listed(as_("tom"), "/frameworks")] == both
    assert [i["id"] for i in await listed(as_("tom"), "/frameworks", code="HTC")] == both[1:]
    by_publisher = await listed(as_("tom"), "/frameworks", publisher="Denver Public Schools")
    assert [i["id"] for i in by_publisher] == both[:1]
    assert "domains" not in by_publisher[0]
    assert await listed(as_("tom"), "/frameworks", state="draft") == []
    assert (await as_("juniper_warehouse").get("/frameworks")).status_code == 403


async def test_indicators_are_found_by_the_start_of_their_code(as_, world):
    tom = as_("tom")
    assert [i["code"] for i in await listed(tom, "/indicators", q="le.")] == [
        "LE.1",
        "LE.2",
        "LE.3",
        "LE.4",
    ]
    assert await listed(tom, "/indicators", q="E.") == []
    # `_` is no wildcard.
    assert await listed(tom, "/indicators", q="L_") == []
    assert (await tom.get("/indicators", params={"q": "%"})).status_code == 422
    assert (await tom.get("/indicators", params={"observed": "1"})).status_code == 422
    leap = str(world.leap)
    unseen = await listed(tom, "/indicators", framework_id=leap, observed="false")
    assert [item["code"] for item in unseen] == [f"P.{number}" for number in range(1, 8)]
    page = (await tom.get("/indicators", params={"limit": 12})).json()
    rest = await listed(tom, "/indicators", limit=12, cursor=page["next"])
    assert [i["code"] for i in page["items"] + rest] == [
        *(f"LE.{number}" for number in range(1, 5)),
        *(f"I.{number}" for number in range(1, 9)),
        *(f"P.{number}" for number in range(1, 8)),
        *("C.1", "C.2", "F.1"),
    ]
    one = (await tom.get(f"/indicators/{world.leap_i1}")).json()
    assert one == page["items"][4] | {"levels": []}
    assert (one["domain"], one["expectation"]) == ("Instruction", "Masterful Content Knowledge")
    assert (one["framework_id"], one["framework_state"]) == (leap, "published")
    assert one["scale"]["high"] == 7
    assert (await as_("wes").get(f"/indicators/{world.leap_i1}")).status_code == 404


async def test_a_list_of_indicators_takes_the_same_statements_whatever_its_length(as_, connection):
    seen: list[str] = []

    @event.listens_for(connection.sync_connection, "before_cursor_execute")
    def keep(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    counts = []
    for limit in (1, 22):
        seen.clear()
        assert len(await listed(as_("tom"), "/indicators", limit=limit)) == limit
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0


async def test_every_write_is_in_the_audit(as_):
    made = (await as_("ada").post("/frameworks", json=NEW)).json()
    await as_("ada").post(f"/frameworks/{made['id']}/publish", headers=match(1))
    await as_("ada").post(f"/frameworks/{made['id']}/retire", headers=match(2))
    events = await listed(as_("ada"), "/audit", subject_id=made["id"])
    assert sorted(one["action"] for one in events) == [
        "framework.created",
        "framework.published",
        "framework.retired",
    ]
