"""What a roster may do and what not: roles by policy, leads, disabled accounts, closing schools."""

import pytest

from tests.integrations import bundles
from tests.integrations.test_imports import (
    STAY,
    WORLD,
    codes,
    commit,
    committed,
    counts,
    inside,
    of_the_world,
    rows,
    sent,
)

pytestmark = pytest.mark.anyio


async def set_policy(ada, *mapped):
    policy = (await ada.get("/district/policy")).json()
    given = [{"role": role, "becomes": becomes} for role, becomes in mapped]
    return await ada.patch(
        "/district/policy",
        json={"values": {"roster_roles": given}, "reason": "As the roster calls them."},
        headers={"If-Match": f'"{policy["version"]}"'},
    )


async def test_the_policy_says_what_a_role_of_its_own_makes_of_a_person(as_, connection):
    ada, files = as_("ada"), bundles.bundle("1.2")
    before = await sent(ada, files)
    assert "unmapped_role" in codes(before)
    assert counts(before, "users") == (3, 0, 0, 0, 0, 2)
    twice = await set_policy(ada, ("ext:coach", "teacher"), ("ext:Coach", "may_lead"))
    assert (twice.status_code, twice.json()["code"]) == (409, "roster_role_twice")
    done = await set_policy(ada, ("ext:Coach", "teacher"))
    assert done.status_code == 200, done.text
    # what was read by another policy is not what would be taken now
    late = await commit(ada, before)
    assert (late.status_code, late.json()["code"]) == (409, "import_outdated")
    made = await committed(ada, files)
    assert "unmapped_role" not in codes(made)
    assert counts(made, "users") == (4, 0, 0, 0, 0, 1)
    assert (await set_policy(ada, ("ext:coach", "may_lead"))).status_code == 200
    await committed(ada, files)
    olek = await rows(
        connection,
        "select p.may_lead, r.ended_on is null from person p join role r on r.person_id = p.id "
        "where p.external_id = 'u4'",
    )
    assert olek == [(True, False)]


async def test_leads_are_ours_and_survive_every_roster(as_, world, connection):
    ada = as_("ada")
    asked = (
        "select id, kind, ended_on, version from role where source is null and kind <> 'teacher' "
        "order by id"
    )
    await inside(connection, world.juniper)
    before = await rows(connection, asked)
    assert {kind for _, kind, _, _ in before} >= {"district_administrator", "school_leader"}
    coached = "select id, state, version from coaching_relationship order by id"
    pairs = await rows(connection, coached)
    for _ in range(2):
        await committed(ada, of_the_world(*STAY, "tom", "ada"), WORLD)
    assert await rows(connection, asked) == before
    assert await rows(connection, coached) == pairs


async def test_a_delta_deactivates_by_its_mark_alone(as_, world, connection):
    ada = as_("ada")
    await committed(ada, of_the_world(*STAY, "tom", "ada"), WORLD)
    asked = "select active from person where id = :id"
    for mode, stays, code in (("delta", True, True), ("bulk", False, False)):
        files = of_the_world(*STAY, "tom", "ada", mode=mode)
        files["users"] = files["users"].replace("uma-ext,,,true", "uma-ext,,,false")
        made = await committed(ada, files, WORLD)
        assert ("disabled_in_delta" in codes(made)) is code
        assert await rows(connection, asked, id=world.uma) == [(stays,)]


async def test_schools_that_would_close_must_be_meant_too(as_, world, connection):
    ada = as_("ada")
    await committed(ada, of_the_world(*STAY, "tom", "ada"), WORLD)
    files = of_the_world(*STAY, "tom", "ada")
    files["orgs"] = files["orgs"].replace("birch-ext,,,Birch School,school,,\n", "")
    made = await sent(ada, files, WORLD)
    assert counts(made, "orgs")[3] == 1
    refused = await commit(ada, made)
    assert (refused.status_code, refused.json()["code"]) == (409, "mass_deactivation")
    assert (await commit(ada, made, allow=True)).status_code == 200


async def test_a_report_whose_words_would_change_is_out_of_date(as_, world, connection):
    """The counts stay as they are; whom it is about does not."""
    ada = as_("ada")
    await committed(ada, of_the_world(*STAY, "tom", "ada"), WORLD)
    made = await sent(ada, of_the_world(*STAY[:-1], "tom", "ada"), WORLD)  # ben would leave
    files = of_the_world("ben", "bea", mode="delta", marked=["ben", "bea"])
    await committed(ada, files, WORLD)
    await committed(ada, of_the_world("ben", mode="delta"), WORLD)
    late = await commit(ada, made)
    assert (late.status_code, late.json()["code"]) == (409, "import_outdated")


async def test_rows_that_only_the_comparison_leaves_out_count_as_faults(as_):
    files = bundles.bundle()
    files["users"] = files["users"].replace("Tove.Alder@Quill.example", "Tom@Juniper.example")
    made = await sent(as_("ada"), files)
    assert made["state"] == "refused"
    assert {"email_taken", "too_many_faults"} <= codes(made)
    assert counts(made, "users")[:4] == (0, 0, 0, 0)
    files = bundles.with_students(files, 100)
    assert (await sent(as_("ada"), files))["state"] == "reported"
