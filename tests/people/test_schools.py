"""Schools, years, calendar, vision, teams."""

import pytest

pytestmark = pytest.mark.anyio


async def test_everybody_reads_schools_and_only_the_district_writes(as_, world):
    listed = await as_("tom").get("/schools")
    assert [item["name"] for item in listed.json()["items"]] == ["Alder School", "Birch School"]
    assert listed.json()["items"][0]["permissions"] == []
    new = {"name": "Dogwood School", "zone": "America/Denver"}
    refused = await as_("tom").post("/schools", json=new)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    made = await as_("ada").post("/schools", json=new)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/api/v1/schools/{made.json()['id']}"
    assert "edit" in made.json()["permissions"]


async def test_a_school_is_changed_only_at_its_present_version(as_, world):
    path = f"/schools/{world.alder}"
    missing = await as_("ada").patch(path, json={"name": "A"})
    assert missing.status_code == 428
    done = await as_("ada").patch(path, json={"name": "A"}, headers={"If-Match": '"1"'})
    assert (done.status_code, done.json()["version"]) == (200, 2)
    stale = await as_("ada").patch(path, json={"name": "B"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    other = await as_("zoe").get(path)
    assert other.status_code == 404


async def test_the_school_leader_writes_calendar_and_vision(as_, world):
    path = f"/school-years/{world.alder_year}/calendar"
    body = {
        "first_day": "2026-08-17",
        "last_day": "2027-06-04",
        "days": [
            {"from": "2026-11-23", "to": "2026-11-27", "kind": "day_off", "title": "Autumn break"}
        ],
    }
    for nobody in ("tom", "ada", "bea"):
        assert (
            await as_(nobody).put(path, json=body, headers={"If-Match": '"1"'})
        ).status_code == 403
    done = await as_("paul").put(path, json=body, headers={"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    assert done.json()["days"] == body["days"]
    assert done.json()["state"] == "current"
    vision = f"/schools/{world.alder}/vision"
    assert (await as_("tom").get(vision)).status_code == 404
    put = await as_("paul").put(vision, json={"text": "Every child."}, headers={"If-Match": '"0"'})
    assert put.status_code == 200, put.text
    assert (await as_("tom").get(vision)).json()["text"] == "Every child."
    assert (await as_("ben").get(vision)).status_code == 404
