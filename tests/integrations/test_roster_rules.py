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


async def test_a_lead_who_left_and_comes_back_leads_as_before(as_, world, connection):
    ada = as_("ada")
    await committed(ada, of_the_world(*STAY, "tom", "ada"), WORLD)
    asked = (
        "select id, kind, ended_on, version from role where source is null and person_id = :id "
        "order by id"
    )
    await inside(connection, world.juniper)
    before = await rows(connection, asked, id=world.lena)
    assert {kind for _, kind, _, _ in before} & {"senior_team_lead", "team_lead"}
    for marked in (["lena"], []):
        await committed(ada, of_the_world("lena", mode="delta", marked=marked), WORLD)
        active = await rows(connection, "select active from person where id = :id", id=world.lena)
        assert active == [(not marked,)]
        assert await rows(connection, asked, id=world.lena) == before


async def test_sessions_and_invitations_of_who_left_stay_ended_when_they_come_back(
    as_, world, connection
):
    ada, tom = as_("ada"), as_("tom")
    assert (await tom.get("/me")).status_code == 200
    await committed(ada, of_the_world(*STAY, "tom", "ada"), WORLD)
    for marked in (["tom"], []):
        await committed(ada, of_the_world("tom", mode="delta", marked=marked), WORLD)
    assert (await tom.get("/me")).status_code == 401
    ended = "select distinct ended_reason from auth_session where person_id = :id"
    assert await rows(connection, ended, id=world.tom) == [("left_roster",)]

    files = bundles.bundle()
    await committed(ada, files)
    (tove,) = await rows(connection, "select id from person where external_id = 'u1'")
    invited = await ada.post(f"/people/{tove[0]}/invite", headers={"If-Match": '"1"'})
    assert invited.status_code < 300, invited.text
    lines = files["users"].splitlines(keepends=True)
    for status in ("tobedeleted", ""):
        delta = {"users": lines[0] + lines[1].replace("u1,,", f"u1,{status},")}
        delta["orgs"] = bundles.ORGS
        await committed(ada, delta, allow=True)
    body = {"token": invited.json()["token"], "password": "drizzle-nectar-umber-button-90"}
    late = await as_().post("/auth/invitations/accept", json=body)
    assert (late.status_code, late.json()["code"]) == (409, "invitation_spent"), late.text


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        ("bulk", "ada-ext,,,true", "ada-ext,,,false"),
        ("bulk", "ada-ext,,", "ada-ext,tobedeleted,"),
        ("delta", "ada-ext,,", "ada-ext,tobedeleted,"),
    ],
)
async def test_no_word_of_a_roster_deactivates_a_district_administrator(
    as_, world, connection, mode, before, after
):
    ada, files = as_("ada"), of_the_world(*STAY, "tom", "ada", mode=mode)
    await committed(ada, of_the_world(*STAY, "tom", "ada"), WORLD)
    files["users"] = files["users"].replace(before, after)
    made = await committed(ada, files, WORLD)
    assert "administrator_kept" in codes(made)
    assert counts(made, "users")[3] == 0
    found = await rows(connection, "select active from person where id = :id", id=world.ada)
    assert found == [(True,)]


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


async def test_the_limit_is_more_than_a_fifth(as_):
    """Exactly a fifth may leave, and one more may not."""
    ada, files = as_("ada"), bundles.bundle()
    files["users"] = bundles.USERS_11.splitlines()[0] + "\n"
    lines = [f"z{n},,,true,s1,teacher,z{n},,Zed,Known,,,,,,,,\n" for n in range(10)]
    for table in ("classes", "enrollments", "courses"):
        del files[table]
    head, names = files["users"], [name for name in files if name != "manifest"]
    files["manifest"] = bundles.manifest("1.1", "bulk", names)
    for stay, stops in ((10, False), (8, False), (7, True)):
        files["users"] = head + "".join(lines[:stay])
        made = await sent(ada, files)
        assert ("mass_deactivation" in codes(made)) is stops
        if stay == 10:
            assert (await commit(ada, made)).status_code == 200


@pytest.mark.parametrize(("students", "usable"), [(18, True), (17, False)])
async def test_the_limit_of_faults_is_more_than_a_twentieth(as_, students, usable):
    """One row of twenty may be left out, by the reader as by the comparison."""
    for old, new in (("u1,,,true", "u1,,,maybe"), ("Tove.Alder@Quill", "Tom@Juniper")):
        files = bundles.bundle()
        head, one = files["users"].splitlines(keepends=True)[:2]
        more = "".join(f"x{n},,,true,s1,student,,,,,,,,,,,,\n" for n in range(students))
        files["users"] = head + one.replace(old, new) + more + "z,,,,s1,teacher,,,Zoe,Zed,,,,,,,,\n"
        del files["enrollments"]
        files["manifest"] = bundles.manifest("1.1", "bulk", [k for k in files if k != "manifest"])
        made = await sent(as_("ada"), files)
        assert counts(made, "users")[4] == 1
        assert made["state"] == ("reported" if usable else "refused")


async def test_schools_that_would_close_must_be_meant_too(as_, world, connection):
    ada = as_("ada")
    await committed(ada, of_the_world(*STAY, "tom", "ada"), WORLD)
    files = of_the_world(*STAY, "tom", "ada")
    files["orgs"] = files["orgs"].replace("birch-ext,,,Birch School,school,,\n", "")
    made = await sent(ada, files, WORLD)
    assert counts(made, "orgs")[3] == 1
    refused = await commit(ada, made)
    assert (refused.status_code, refused.json()["code"]) == (409, "mass_deactivation")
    assert refused.json()["title"] == "More than 20 % of the people or schools would leave"
    assert refused.json()["detail"] == "People who would be deactivated: 0; schools: 1."
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


async def test_a_role_whose_row_is_left_out_does_not_end(as_, world, connection):
    """A row that was left out is neither there nor gone: whom it names keeps what they have."""
    ada, files = as_("ada"), bundles.bundle("1.2")
    files["users"] += "".join(f"x{n},,,true,,,,,,,,,,,,\n" for n in range(40))
    more = "".join(f"q{n},,,x{n},primary,student,,,s1,\n" for n in range(40))
    files["roles"] += more
    await committed(ada, files)
    asked = (
        "select s.external_id, r.ended_on is null from role r join school s on s.id = r.school_id "
        "join person p on p.id = r.person_id where p.external_id = 'u2' order by 1"
    )
    both = [("s1", True), ("s2", True)]
    assert await rows(connection, asked) == both
    spoilt = dict(files)
    spoilt["roles"] = spoilt["roles"].replace(
        "r3,,,u2,secondary,teacher", "r3,,,u2,secondary,tcher"
    )
    made = await committed(ada, spoilt)
    assert counts(made, "roles")[4] == 1
    assert await rows(connection, asked) == both
    # the row of a principal: who was listed as may-lead is so still
    spoilt["roles"] = files["roles"].replace(
        "r4,,,u3,primary,principal", "r4,,,u3,primary,princpal"
    )
    spoilt["roles"] += "r9,,,u3,primary,teacher,,,s1,\n"
    await committed(ada, spoilt)
    leads = await rows(connection, "select may_lead from person where external_id = 'u3'")
    assert leads == [(True,)]
    # and one that is not there at all ends
    files["roles"] = files["roles"].replace("r3,,,u2,secondary,teacher,,,s2,\n", "")
    await committed(ada, files)
    assert await rows(connection, asked) == [("s1", True), ("s2", False)]


async def test_a_school_whose_row_has_no_id_that_can_be_read_ends_no_role(as_, connection):
    ada, files = as_("ada"), bundles.with_students(bundles.bundle(), 40)
    files["orgs"] += "".join(f"o{n},,,Other {n},school,,d1\n" for n in range(40))
    await committed(ada, files)
    for table in ("classes", "enrollments"):  # nothing else is about the second school
        del files[table]
    files["manifest"] = bundles.manifest("1.1", "bulk", [k for k in files if k != "manifest"])
    files["orgs"] = files["orgs"].replace("s2,,,Lantern", ",,,Lantern")
    made = await committed(ada, files)
    assert counts(made, "orgs")[3:5] == (0, 1)
    ivo = await rows(
        connection,
        "select r.ended_on is null from role r join person p on p.id = r.person_id "
        "where p.external_id = 'u2'",
    )
    assert ivo == [(True,), (True,)]


async def test_what_a_roster_says_of_somebody_deactivated_by_hand_is_not_taken(
    as_, world, connection
):
    ada, files = as_("ada"), bundles.bundle()
    await committed(ada, files)
    (tove,) = await rows(connection, "select id from person where external_id = 'u1'")
    done = await ada.post(f"/people/{tove[0]}/deactivate", headers={"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    files["enrollments"] += "e9,,,k1,s1,u1,teacher,,,\n"
    files["academicSessions"] += "y9,,,One day,schoolYear,2027-06-05,2027-06-05,,2028\n"
    files["academicSessions"] += "".join(  # so that one row is below a twentieth of the file
        f"t{n},,,Term {n},term,2026-08-17,2026-12-18,y1,2027\n" for n in range(2, 40)
    )
    made = await committed(ada, files)
    assert {"deactivated_by_hand", "single_day"} <= codes(made)
    taught = "select external_id, active from teaching_assignment where person_id = :id"
    assert await rows(connection, taught, id=tove[0]) == [("e1", False)]
    years = await rows(connection, "select title from school_year where source = 'quill'")
    assert years == [("Year one",), ("Year one",)]


async def test_a_person_whom_only_a_faulty_row_names_stays_with_what_it_says(as_, connection):
    """Her row in users is gone, and a row that cannot be taken still says that she teaches."""
    ada, files = as_("ada"), bundles.with_students(bundles.bundle(), 100)
    await committed(ada, files)
    lines = files["users"].splitlines(keepends=True)
    files["users"] = "".join(line for line in lines if not line.startswith("u1,"))
    made = await committed(ada, files)
    assert "dangling_reference" in codes(made)
    assert counts(made, "users")[3] == counts(made, "enrollments")[3] == 0
    asked = (
        "select p.active, a.active from person p join teaching_assignment a on a.person_id = p.id "
        "where p.external_id = 'u1'"
    )
    assert await rows(connection, asked) == [(True, True)]
    # without that row she has left
    files["enrollments"] = files["enrollments"].replace(
        "e1,,,k1,s1,u1,teacher,true,2026-08-17,2026-12-18\n", ""
    )
    await committed(ada, files, allow=True)
    assert await rows(connection, asked) == [(False, False)]


SYNC = {
    "orgs": """sourcedId,name,type,parentSourcedId
1,Tidewater College,college,
2,Weaving Department,department,1
3,Heron School,school,4
4,Ministry of Quill,ministryOfEducation,
5,Unused Institute,institute,
""",
    "users": """sourcedId,username,givenName,familyName,password,email
a,ada,Una,Reed,s3cret-word,una@quill.example
b,bo,Bo,Sedge,s3cret-word,bo@quill.example
""",
    "roles": """userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate
a,2,professor,y,10,TRUE,2026-08-24
b,4,teacher,y,10,TRUE,2026-08-24
b,3,teacher,y,10,FALSE,2026-08-24
""",
    "academicSessions": """sourcedId,title,type,schoolYear,startDate,endDate
y,Year,schoolYear,2027,2026-08-24,2027-06-11
""",
    "courses": """sourcedId,orgSourcedId,title,code,schoolYearSourcedId,subject,grade
c,1,Weaving,W1,y,10,PS1
""",
    "classes": """sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId
k1,1,Weaving 101,y,c
k2,3,Weaving 10,y,c
""",
    "enrollments": "classSourcedId,userSourcedId,role\nk1,a,professor\nk2,b,teacher\n",
}


async def test_a_college_of_school_data_sync_is_a_school_where_it_has_classes(as_, connection):
    """Its sample has classes at a college, and a professor of a department there."""
    ada, path = as_("ada"), "/imports?source=quill&full=true"
    made = await committed(ada, SYNC, path)
    assert [p for p in made["report"]["problems"] if p["grade"] != "note"] == []
    assert counts(made, "orgs") == (2, 0, 0, 0, 0, 3)
    assert counts(made, "classes") == counts(made, "enrollments") == (2, 0, 0, 0, 0, 0)
    asked = (
        "select p.external_id, s.external_id from role r join school s on s.id = r.school_id "
        "join person p on p.id = r.person_id where p.source = 'quill' and r.ended_on is null "
        "order by 1"
    )
    assert await rows(connection, asked) == [("a", "1"), ("b", "3")]
    for full in ("true", "false"):  # a delta of its people names the department alone
        files = SYNC
        if full == "false":
            files = {name: SYNC[name] for name in ("orgs", "users", "roles")}
            files["orgs"] = SYNC["orgs"].splitlines()[0] + "\n"
        again = await committed(ada, files, f"/imports?source=quill&full={full}")
        assert all(row["updated"] == row["deactivated"] == 0 for row in again["report"]["files"])
        assert await rows(connection, asked) == [("a", "1"), ("b", "3")]


async def test_a_delta_that_names_a_department_ends_no_role_at_its_school(as_, connection):
    ada, files = as_("ada"), bundles.bundle()
    files["orgs"] += "w,,,Weaving,department,,s1\n"
    files["users"] = files["users"].replace("u1,,,true,s1,", "u1,,,true,w,")
    await committed(ada, files)
    asked = (
        "select s.external_id from role r join school s on s.id = r.school_id "
        "join person p on p.id = r.person_id where p.external_id = 'u1' and r.ended_on is null"
    )
    assert await rows(connection, asked) == [("s1",)]
    delta = {name: files[name] for name in ("orgs", "users")}
    delta["orgs"] = delta["orgs"].splitlines()[0] + "\n"
    await committed(ada, delta, "/imports?source=quill&full=false")
    assert await rows(connection, asked) == [("s1",)]
