"""The district and its policy."""

import pytest

pytestmark = pytest.mark.anyio
PATH = "/district/policy"


async def test_people_read_their_own_district_and_clients_do_not(as_, world):
    mine = await as_("tom").get("/district")
    assert mine.status_code == 200, mine.text
    assert (mine.json()["id"], mine.json()["demo"]) == (str(world.juniper), False)
    theirs = await as_("zoe").get("/district")
    assert theirs.json()["id"] == str(world.kestrel)
    for path in ("/district", PATH):
        assert (await as_("juniper_warehouse").get(path)).status_code == 403


async def test_the_policy_starts_from_its_defaults_and_only_the_district_sets_it(as_, world):
    start = (await as_("tom").get(PATH)).json()
    assert (start["changed"], start["reason"], start["permissions"]) == ([], None, [])
    assert start["values"]["relationship_end_days"] == 30
    assert start["values"]["planned_year_opens"] == "03-01"
    assert len(start["values"]["windows"]) == 7
    body = {"values": {"ranking_reveal_days": 10}, "reason": "Agreed with the leads."}
    for nobody in ("tom", "lena", "paul"):
        refused = await as_(nobody).patch(PATH, json=body, headers={"If-Match": '"1"'})
        assert refused.status_code == 403
    assert (await as_("ada").patch(PATH, json=body)).status_code == 428
    done = await as_("ada").patch(PATH, json=body, headers={"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    assert (done.json()["changed"], done.json()["version"]) == (["ranking_reveal_days"], 2)
    assert done.json()["permissions"] == ["edit"]
    stale = await as_("ada").patch(PATH, json=body, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    seen = (await as_("tom").get(PATH)).json()
    assert (seen["values"]["ranking_reveal_days"], seen["reason"]) == (10, body["reason"])
    assert (await as_("zoe").get(PATH)).json()["changed"] == []


async def test_what_is_not_sent_stays_and_a_default_is_forgotten(as_, world):
    ada = as_("ada")
    window = {"name": "mid_year", "opens": "12-15", "closes": "01-31", "enforce": True}
    first = {"values": {"slo_minimum": 1, "windows": [window]}, "reason": "Small school."}
    assert (await ada.patch(PATH, json=first, headers={"If-Match": '"1"'})).status_code == 200
    back = {"values": {"slo_minimum": 2}, "reason": "No longer small."}
    done = (await ada.patch(PATH, json=back, headers={"If-Match": '"2"'})).json()
    assert (done["changed"], done["values"]["slo_minimum"]) == (["windows"], 2)
    assert done["values"]["windows"] == [window]


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"suppression_minimum": 4}, "/values/suppression_minimum"),
        ({"suppression_minimum": "5"}, "/values/suppression_minimum"),
        ({"planned_year_opens": "02-29"}, "/values/planned_year_opens"),
        ({"unknown": 1}, "/values/unknown"),
        ({"slo_minimum": None}, "/values/slo_minimum"),
    ],
)
async def test_a_value_outside_its_range_is_refused(as_, values, pointer):
    body = {"values": values, "reason": "Trying."}
    refused = await as_("ada").patch(PATH, json=body, headers={"If-Match": '"1"'})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_window_is_given_once(as_):
    window = {"name": "mid_year", "opens": "01-05", "closes": "02-15"}
    for windows, expected in (([window] * 2, 409), ([window], 200)):
        body = {"values": {"windows": windows}, "reason": "Trying."}
        answer = await as_("ada").patch(PATH, json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == expected, answer.text
        assert expected == 200 or answer.json()["code"] == "window_twice"


async def test_a_change_needs_its_reason(as_):
    body = {"values": {"slo_minimum": 1}}
    refused = await as_("ada").patch(PATH, json=body, headers={"If-Match": '"1"'})
    assert refused.json()["errors"][0]["pointer"] == "/reason"
