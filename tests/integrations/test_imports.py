"""Rosters through HTTP: dry run, commit, again, leaving, clashes, and what is never kept."""

import gc
import json

import pytest
from sqlalchemy import text

from app.auth import keys
from app.integrations.imports import rows as writing
from app.integrations.imports import service
from tests.integrations import bundles

pytestmark = pytest.mark.anyio
ZIP = {"Content-Type": "application/zip"}
PATH = "/imports?source=quill"


async def sent(client, files, path=PATH, **headers):
    """A bundle's report; the import must have been made."""
    done = await client.post(path, content=bundles.zipped(files), headers={**ZIP, **headers})
    assert done.status_code == 201, done.text
    return done.json()


async def committed(client, files, path=PATH, allow=False):
    """The same, taken over."""
    made = await sent(client, files, path)
    done = await commit(client, made, allow)
    assert done.status_code == 200, done.text
    return done.json()


async def commit(client, made, allow=False, version=None):
    flag = "?allow_mass_deactivation=true" if allow else ""
    headers = {"If-Match": f'"{version or made["version"]}"'}
    return await client.post(f"/imports/{made['id']}/commit{flag}", headers=headers)


def counts(made, file):
    """created, updated, unchanged, deactivated, skipped, ignored; they add up to the rows."""
    row = next(row for row in made["report"]["files"] if row["file"] == file)
    names = ("created", "updated", "unchanged", "deactivated", "skipped", "ignored")
    return tuple(row[name] for name in names)


def codes(made):
    return {problem["code"] for problem in made["report"]["problems"]}


async def rows(connection, statement, **values):
    return (await connection.execute(text(statement), values)).all()


async def inside(connection, district):
    """See and write the district's rows, as a request of it would."""
    await connection.execute(
        text("select set_config('app.district', :d, true)"), {"d": str(district)}
    )


async def test_a_dry_run_reports_and_only_a_commit_takes_over(as_, world, connection):
    ada, files = as_("ada"), bundles.bundle()
    refused = await as_("paul").post(PATH, content=bundles.zipped(files), headers=ZIP)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    made = await sent(ada, files)
    assert (made["state"], made["mode"], made["permissions"]) == ("reported", "bulk", ["commit"])
    assert counts(made, "orgs") == (2, 0, 0, 0, 0, 1)
    assert counts(made, "academicSessions") == (1, 0, 0, 0, 0, 1)
    assert counts(made, "courses") == (1, 0, 0, 0, 0, 0)
    assert counts(made, "classes") == (2, 0, 0, 0, 0, 0)
    assert counts(made, "users") == (3, 0, 0, 0, 0, 2)
    assert counts(made, "enrollments") == (2, 0, 0, 0, 0, 1)
    assert counts(made, "demographics") == (0, 0, 0, 0, 0, 1)
    assert (await ada.get("/courses")).json()["items"] == []

    stranger = await commit(as_("zoe"), made)
    assert stranger.status_code == 404
    leader = await commit(as_("paul"), made)
    assert leader.status_code == 403
    assert (await commit(ada, made, version=9)).status_code == 412
    unversioned = await ada.post(f"/imports/{made['id']}/commit")
    assert unversioned.status_code == 428
    done = await commit(ada, made)
    assert (done.status_code, done.json()["state"]) == (200, "committed"), done.text
    assert done.json()["report"] == made["report"]
    assert done.json()["permissions"] == []
    again = await commit(ada, done.json())
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")

    people = await rows(
        connection,
        "select given_name, email, may_lead from person where source = 'quill' order by 1",
    )
    assert people == [
        ("Ivo", "ivo.birch@quill.example", False),
        ("Mina", "mina.cedar@quill.example", True),
        ("Tove", "tove.alder@quill.example", False),
    ]
    roles = await rows(
        connection,
        "select p.given_name, r.kind, s.name, r.tested_subject from role r "
        "join person p on p.id = r.person_id join school s on s.id = r.school_id "
        "where r.source = 'quill' order by 1, 3",
    )
    assert roles == [
        ("Ivo", "teacher", "Lantern Hill School", False),
        ("Ivo", "teacher", "Otter Creek School", False),
        ("Tove", "teacher", "Otter Creek School", False),
    ]
    years = await rows(connection, "select title, days from school_year where source = 'quill'")
    assert years == [("Year one", []), ("Year one", [])]


async def test_a_second_import_changes_nothing_and_a_third_what_differs(as_, connection):
    ada = as_("ada")
    await committed(ada, bundles.bundle())
    before = await rows(connection, "select id, version from person where source = 'quill'")
    same = await committed(ada, bundles.bundle())
    for file, number in (("orgs", 2), ("courses", 1), ("classes", 2), ("users", 3)):
        assert counts(same, file)[:4] == (0, 0, number, 0)
    assert counts(same, "enrollments")[:4] == (0, 0, 2, 0)
    after = await rows(connection, "select id, version from person where source = 'quill'")
    assert sorted(after) == sorted(before)

    files = bundles.bundle()
    files["users"] = files["users"].replace("Ivo,Birch", "Ivo,Beech").replace('"s1,s2"', "s2")
    files["classes"] = files["classes"].replace("Mapmaking B", "Mapmaking C")
    third = await committed(ada, files)
    assert counts(third, "users")[:4] == (0, 1, 2, 0)
    assert counts(third, "classes")[:4] == (0, 1, 1, 0)
    ivo = await rows(
        connection,
        "select p.family_name, s.name from person p join role r on r.person_id = p.id "
        "join school s on s.id = r.school_id where p.external_id = 'u2' and r.ended_on is null",
    )
    assert ivo == [("Beech", "Lantern Hill School")]


async def test_school_people_read_courses_and_classes(as_, world):
    await committed(as_("ada"), bundles.bundle())
    courses = (await as_("tom").get("/courses")).json()["items"]
    assert [(c["title"], c["code"], c["subjects"]) for c in courses] == [
        ("Mapmaking", "MAP", ["Geography", "Art"])
    ]
    assert (await as_("tom").get(f"/courses/{courses[0]['id']}")).json() == courses[0]
    listed = (await as_("tom").get("/classes")).json()["items"]
    assert [one["title"] for one in listed] == ["Mapmaking A", "Mapmaking B"]
    assert listed[0]["course_id"] == courses[0]["id"]
    teacher = listed[0]["teachers"][0]
    assert (teacher["main"], teacher["first_day"]) == (True, "2026-08-17")
    one = await as_("tom").get(f"/classes/{listed[0]['id']}")
    assert one.json() == listed[0]
    mine = await as_("tom").get(f"/classes?teacher_id={teacher['person_id']}&active=true")
    assert [row["title"] for row in mine.json()["items"]] == ["Mapmaking A"]
    there = await as_("tom").get(f"/classes?school_id={listed[1]['school_id']}")
    assert [row["title"] for row in there.json()["items"]] == ["Mapmaking B"]
    assert (await as_("tom").get("/classes?active=false")).json()["items"] == []
    for path in (f"/classes/{listed[0]['id']}", f"/courses/{courses[0]['id']}"):
        assert (await as_("zoe").get(path)).status_code == 404
        assert (await as_("juniper_rosters").get(path)).status_code == 403
    assert (await as_("zoe").get("/courses")).json()["items"] == []


async def test_students_and_secrets_are_nowhere(as_, connection, capfd, caplog):
    ada = as_("ada")
    made = await sent(ada, bundles.bundle())
    answer = json.dumps(made)
    stored = await rows(connection, "select roster from roster_import")
    await commit(ada, made)
    cleared = await rows(connection, "select roster from roster_import")
    kept = bundles.waiting(stored[0][0])
    assert "tove.alder@quill.example" in kept
    assert cleared == [(None,)]
    events = await rows(connection, "select changed::text, subject_type from event")
    said = "".join([answer, kept, str(events), *capfd.readouterr(), caplog.text])
    for secret in (*bundles.SECRETS, "u5"):
        assert secret.lower() not in said.lower()


async def test_a_removed_students_id_is_not_kept(as_, connection):
    files = bundles.bundle(mode="delta")
    files["users"] += "pupil-7,tobedeleted,,,,,,,,,,,,,,,,\n"
    files["users"] += "pupil-8,,,maybe,s1,teacher,x,,,,,,,,,,,\n"
    for number in range(60):
        files["users"] += f"x{number},,,true,s1,student,,,,,,,,,,,,\n"
    made = await sent(as_("ada"), files)
    assert made["state"] == "reported", made
    stored = await rows(connection, "select roster from roster_import")
    assert "pupil-" not in bundles.waiting(stored[0][0]) + json.dumps(made)


async def test_an_unusable_bundle_is_refused_with_its_problems(as_):
    ada = as_("ada")
    made = await sent(ada, {"orgs": bundles.ORGS})
    assert (made["state"], made["permissions"]) == ("refused", [])
    assert "missing_file" in codes(made)
    done = await commit(ada, made)
    assert (done.status_code, done.json()["code"]) == (409, "wrong_state")
    rubbish = await ada.post(PATH, content=b"not a zip", headers=ZIP)
    assert (rubbish.status_code, rubbish.json()["state"]) == (201, "refused")
    plain = await ada.post(PATH, content=b"{}", headers={"Content-Type": "application/json"})
    assert plain.status_code == 415
    nameless = await ada.post("/imports", content=b"", headers=ZIP)
    assert nameless.status_code == 422


async def test_imports_are_listed_to_the_district_alone(as_, ticking):
    first = await sent(as_("ada"), bundles.bundle())
    ticking.move(seconds=1)
    second = await sent(as_("ada"), {"orgs": bundles.ORGS})
    listed = (await as_("tom").get("/imports")).json()["items"]
    assert [row["id"] for row in listed] == [second["id"], first["id"]]
    assert listed[1]["files"] == first["report"]["files"]
    assert listed[0]["problems_found"] == second["report"]["problems_found"] > 0
    assert "report" not in listed[0]
    assert (await as_("zoe").get("/imports")).json()["items"] == []
    assert (await as_("zoe").get(f"/imports/{first['id']}")).status_code == 404
    other = await as_("juniper_warehouse").get("/imports")
    assert (other.status_code, other.json()["code"]) == (403, "not_for_clients")
    scopes = "goals:read and webhooks:write"
    assert other.json()["detail"] == f"This address is not open to a client with {scopes}."
    page = (await as_("tom").get("/imports?limit=1")).json()
    rest = (await as_("tom").get(f"/imports?limit=1&cursor={page['next']}")).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [second["id"], first["id"]]


async def test_a_client_imports_with_its_scope_and_a_key(as_):
    client = as_("juniper_rosters")
    body = bundles.zipped(bundles.bundle())
    keyless = await client.post(PATH, content=body, headers=ZIP)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    headers = {**ZIP, "Idempotency-Key": "night-1"}
    made = await client.post(PATH, content=body, headers=headers)
    assert made.status_code == 201, made.text
    repeated = await client.post(PATH, content=body, headers=headers)
    assert repeated.headers["idempotency-replayed"] == "true"
    assert repeated.json() == made.json()
    done = await client.post(
        f"/imports/{made.json()['id']}/commit",
        headers={"If-Match": '"1"', "Idempotency-Key": "night-1c"},
    )
    assert (done.status_code, done.json()["state"]) == (200, "committed"), done.text
    other = await as_("juniper_warehouse").post(PATH, content=body, headers=headers)
    assert other.status_code == 403


async def test_a_report_that_is_out_of_date_is_not_committed(as_):
    ada = as_("ada")
    first, second = await sent(ada, bundles.bundle()), await sent(ada, bundles.bundle())
    assert (await commit(ada, first)).status_code == 200
    late = await commit(ada, second)
    assert (late.status_code, late.json()["code"]) == (409, "import_outdated")


#: the world's people have this source; who is missing from this file set leaves
STAY = ("paul", "lena", "luis", "nina", "sam", "uma", "pia", "olga", "ivy", "mia", "bea", "ben")


def of_the_world(*keys, mode="bulk", marked=()):
    """A roster of the world's own people, all teachers at the Alder School."""
    users = bundles.USERS_11.splitlines()[0] + "\n"
    for key in keys:
        status = "tobedeleted" if key in marked else ""
        users += f"{key}-ext,{status},,true,alder-ext,teacher,{key},,{key.title()},Known,,,,,,,,\n"
    orgs = bundles.ORGS.splitlines()[0] + "\nalder-ext,,,Alder School,school,,\n"
    files = {"orgs": orgs + "birch-ext,,,Birch School,school,,\n", "users": users}
    return {**files, "manifest": bundles.manifest("1.1", mode, list(files))}


WORLD = "/imports?source=oneroster"


async def test_coaching_ends_when_the_roster_moves_the_teacher(as_, world):
    ada, link = as_("ada"), f"/coaching-relationships/{world.lena_tom}"
    held = (await ada.get(f"/roles?person_id={world.tom}&kind=teacher")).json()["items"]
    for role in held:  # given by hand; the roster ends only what it gave
        done = await ada.post(f"/roles/{role['id']}/end", headers={"If-Match": '"1"'})
        assert done.status_code == 200
    stays = of_the_world(*STAY, "tom")
    await committed(ada, stays, WORLD)
    proposed = await as_("paul").post(
        "/coaching-relationships",
        json={
            "lead_id": str(world.lena),
            "teacher_id": str(world.tom),
            "school_year_id": str(world.alder_year),
        },
    )
    assert (await ada.get(link)).json()["end_reason"] == "role_ended"
    link = f"/coaching-relationships/{proposed.json()['id']}"
    begun = await as_("tom").post(f"{link}/activate", headers={"If-Match": '"1"'})
    assert begun.status_code == 200, begun.text
    path = f"/people/{world.tom}/contact"
    assert (await as_("lena").get(path)).status_code == 200
    moves = dict(stays)
    moves["users"] = moves["users"].replace("tom-ext,,,true,alder-ext", "tom-ext,,,true,birch-ext")
    await committed(ada, moves, WORLD)
    over = (await ada.get(link)).json()
    assert (over["state"], over["end_reason"]) == ("ended", "role_ended")
    assert (await as_("lena").get(path)).status_code == 404


async def test_who_is_missing_from_a_full_roster_leaves(as_, world, connection):
    ada = as_("ada")
    made = await committed(ada, of_the_world(*STAY), WORLD)
    # tom is missing; so is ada, who administers the district and stays
    assert counts(made, "users")[3] == 1
    assert "administrator_kept" in codes(made)
    gone = await rows(connection, "select id from person where not active")
    assert gone == [(world.tom,)]
    assert (await as_("tom").get("/me")).status_code == 401
    assert (await ada.get("/imports")).status_code == 200
    ended = await rows(
        connection,
        "select state, end_reason, ended_at is not null from coaching_relationship where id = :id",
        id=world.lena_tom,
    )
    assert ended == [("ended", "left_roster", True)]
    events = await rows(
        connection,
        "select action from event where subject_id = any(:ids) order by action",
        ids=[world.tom, world.lena_tom],
    )
    assert [row[0] for row in events] == ["coaching_relationship.ended", "person.left_roster"]

    back = await committed(ada, of_the_world(*STAY, "tom"), WORLD)
    assert counts(back, "users")[:4] == (0, 1, 12, 0)
    tom = await rows(connection, "select active from person where id = :id", id=world.tom)
    assert tom == [(True,)]


async def test_absence_counts_only_in_a_full_roster_and_marks_always(as_, world, connection):
    ada = as_("ada")
    await committed(ada, of_the_world(*STAY, "tom", "ada"), WORLD)
    delta = await committed(ada, of_the_world("uma", "pia", mode="delta", marked=["pia"]), WORLD)
    assert counts(delta, "users") == (0, 0, 1, 1, 0, 0)
    gone = await rows(connection, "select id from person where not active and source = 'oneroster'")
    assert gone == [(world.pia,)]
    paused = await rows(
        connection, "select state from coaching_relationship where id = :id", id=world.lena_pia
    )
    assert paused == [("ended",)]


async def test_more_than_a_fifth_must_be_meant(as_, world, connection):
    ada = as_("ada")
    made = await sent(ada, of_the_world(*STAY[:-3]), WORLD)
    assert "mass_deactivation" in codes(made)
    refused = await commit(ada, made)
    assert (refused.status_code, refused.json()["code"]) == (409, "mass_deactivation")
    active = await rows(
        connection, "select count(*) from person where active and source = 'oneroster'"
    )
    meant = await commit(ada, made, allow=True)
    assert meant.status_code == 200, meant.text
    now = await rows(
        connection, "select count(*) from person where active and source = 'oneroster'"
    )
    assert active[0][0] - now[0][0] == 4


async def test_a_roster_of_headers_alone_deactivates_nobody(as_, world, connection):
    files = bundles.bundle()
    for name in ("orgs", "academicSessions", "courses", "classes", "users", "enrollments"):
        files[name] = files[name].splitlines()[0] + "\n"
    made = await committed(as_("ada"), files, WORLD)
    assert all(row["deactivated"] == 0 for row in made["report"]["files"])
    assert "no_rows" in codes(made)
    gone = await rows(connection, "select count(*) from school where not active")
    assert gone == [(0,)]


async def test_whom_an_administrator_deactivated_stays_so(as_, world, connection):
    await inside(connection, world.juniper)
    await connection.execute(
        text("update person set active = false where id = :id"), {"id": world.uma}
    )
    made = await committed(as_("ada"), of_the_world(*STAY, "tom", "ada"), WORLD)
    assert "deactivated_by_hand" in codes(made)
    uma = await rows(connection, "select active from person where id = :id", id=world.uma)
    assert uma == [(False,)]


async def test_an_address_that_somebody_has_leaves_the_person_out(as_, world, connection):
    ada, files = as_("ada"), bundles.with_students(bundles.bundle(), 100)
    # of this district; of another district of the same installation
    files["users"] = (
        files["users"]
        .replace("Tove.Alder@Quill.example", "Tom@Juniper.example")
        .replace("ivo.birch@quill.example", "wes@kestrel.example")
    )
    made = await committed(ada, files)
    assert counts(made, "users") == (1, 0, 0, 0, 2, 102)
    # who is left out teaches nothing here
    assert counts(made, "enrollments") == (0, 0, 0, 0, 2, 101)
    taken = [p for p in made["report"]["problems"] if p["code"] == "email_taken"]
    assert [(p["grade"], p["external_id"]) for p in taken] == [("row", "u1"), ("row", "u2")]
    assert "juniper" not in json.dumps(made)


async def test_two_people_may_swap_addresses_and_the_keys_follow(as_, world, connection):
    ada, files = as_("ada"), bundles.bundle()
    await committed(ada, files)
    ids = dict(await rows(connection, "select external_id, id from person where source = 'quill'"))
    await inside(connection, world.juniper)
    for key, email in (("u1", "tove.alder@quill.example"), ("u2", "ivo.birch@quill.example")):
        await connection.execute(
            text("select put_login_key('email', :h, :id)"),
            {"h": keys.digest(email), "id": ids[key]},
        )
    files["users"] = (
        files["users"]
        .replace("Tove.Alder@Quill.example", "swap@quill.example")
        .replace("ivo.birch@quill.example", "tove.alder@quill.example")
    )
    made = await committed(ada, files)
    assert counts(made, "users")[:2] == (0, 2)
    for email, key in (("swap@quill.example", "u1"), ("tove.alder@quill.example", "u2")):
        found = await rows(
            connection,
            "select subject_id from find_login_key('email', :h)",
            h=keys.digest(email),
        )
        assert found == [(ids[key],)]
    old = await rows(
        connection,
        "select subject_id from find_login_key('email', :h)",
        h=keys.digest("ivo.birch@quill.example"),
    )
    assert old == []


async def test_the_login_address_of_an_account_stays(as_, world, connection):
    files = of_the_world(*STAY, "tom", "ada")
    files["users"] = files["users"].replace("Tom,Known,,,,", "Tom,Known,,,new@juniper.example,")
    made = await committed(as_("ada"), files, WORLD)
    assert "login_email_kept" in codes(made)
    tom = await rows(
        connection, "select email, family_name from person where id = :id", id=world.tom
    )
    assert tom == [("tom@juniper.example", "Known")]


async def test_a_role_set_by_hand_keeps_what_was_set(as_, world, connection):
    await committed(as_("ada"), of_the_world(*STAY, "tom", "ada"), WORLD)
    roles = await rows(
        connection,
        "select tested_subject, source from role where person_id = :id and kind = 'teacher'",
        id=world.tom,
    )
    assert roles == [(True, None)]
    files = of_the_world(*STAY, "tom", "ada")
    files["users"] = files["users"].replace("alder-ext,teacher,tom", "birch-ext,teacher,tom")
    await committed(as_("ada"), files, WORLD)
    places = await rows(
        connection,
        "select school_id from role where person_id = :id and kind = 'teacher' "
        "and ended_on is null order by source nulls first",
        id=world.tom,
    )
    assert places == [(world.alder,), (world.birch,)]
    administrator = await rows(
        connection, "select ended_on from role where kind = 'district_administrator'"
    )
    assert administrator == [(None,)]


async def test_a_year_belongs_to_its_school_once_it_exists(as_, world, connection):
    ada, files = as_("ada"), of_the_world(*STAY, "tom", "ada")
    head = bundles.SESSIONS.splitlines()[0]
    files["academicSessions"] = (
        f"{head}\nyear-1,,,2026-2027,schoolYear,2026-08-24,2027-06-11,,2027\n"
    )
    files["manifest"] = bundles.manifest("1.1", "bulk", ["orgs", "users", "academicSessions"])
    made = await committed(ada, files, WORLD)
    # both schools had the year by hand: it is taken for the roster's, days and all
    assert counts(made, "academicSessions") == (0, 1, 0, 0, 0, 0)
    assert "year_differs" in codes(made)
    year = await ada.get(f"/school-years/{world.alder_year}")
    assert year.json()["first_day"] == "2026-08-17"
    again = await committed(ada, files, WORLD)
    assert counts(again, "academicSessions") == (0, 0, 1, 0, 0, 0)


async def test_a_long_name_and_an_odd_address_can_still_be_read(as_, connection):
    ada, files = as_("ada"), bundles.bundle()
    files["courses"] = files["courses"].replace("Mapmaking", "M" * 250)
    files["users"] = files["users"].replace("ivo.birch@quill.example", "ivo@school..example")
    made = await committed(ada, files)
    assert {"shortened", "bad_email"} <= codes(made)
    assert len((await ada.get("/courses")).json()["items"][0]["title"]) == 200
    ivo = await rows(connection, "select email from person where external_id = 'u2'")
    assert ivo == [(None,)]


async def test_a_1_2_roster_brings_roles_of_its_own(as_, connection):
    made = await committed(as_("ada"), bundles.bundle("1.2"))
    assert counts(made, "users")[0] == 3
    assert counts(made, "roles") == (3, 0, 1, 0, 0, 2)
    again = await committed(as_("ada"), bundles.bundle("1.2"))
    assert counts(again, "roles") == (0, 0, 4, 0, 0, 2)


async def test_an_import_tells_the_audit_once(as_, world, connection):
    made = await committed(as_("ada"), bundles.bundle())
    events = await rows(
        connection,
        "select action, actor_id from event where subject_id = :id order by action desc",
        id=made["id"],
    )
    assert events == [("import.created", world.ada), ("import.committed", world.ada)]
    about_rows = await rows(
        connection, "select count(*) from event where subject_type in ('person', 'school')"
    )
    assert about_rows == [(0,)]


async def test_a_class_and_a_teacher_that_are_new_take_over_what_was_there(as_, connection):
    """What is referred to is written before the row that now refers to it."""
    ada = as_("ada")
    await committed(ada, bundles.bundle())
    files = bundles.bundle()
    files["courses"] += "c2,,,y1,Surveying,SUR,05,d1,Geography,\n"
    files["classes"] = files["classes"].replace("Mapmaking A,05,c1", "Mapmaking A,05,c2")
    files["classes"] += "k3,,,Mapmaking C,05,c1,MAP-C,scheduled,,s1,t1,Geography,,\n"
    files["users"] += "u9,,,true,s1,teacher,wim,,Wim,Elder,,E9,wim.elder@quill.example,,,,,\n"
    files["enrollments"] = files["enrollments"].replace("e1,,,k1,s1,u1", "e1,,,k3,s1,u9")
    done = await committed(ada, files)
    assert counts(done, "enrollments")[:4] == (0, 1, 1, 0)
    taught = await rows(
        connection,
        "select c.title, p.family_name from teaching_assignment a "
        "join class_section c on c.id = a.class_section_id join person p on p.id = a.person_id "
        "where a.external_id = 'e1'",
    )
    assert taught == [("Mapmaking C", "Elder")]


async def test_rows_are_written_as_they_are_found_and_undone_together(
    as_, world, connection, monkeypatch
):
    """A roster of 100,000 never waits whole in the memory: here it is written row by row."""
    monkeypatch.setattr("app.integrations.imports.write.AT_ONCE", 1)
    monkeypatch.setattr("app.integrations.imports.kept._PART", 1)
    monkeypatch.setattr("app.integrations.imports.service.PIECE", 400)
    real, written = writing.insert, set()

    async def insert(session, district, kind, new, source):
        written.update(row.external_id for row in new if kind is writing.PersonRow)
        await real(session, district, kind, new, source)

    monkeypatch.setattr(writing, "insert", insert)
    ada, files = as_("ada"), bundles.with_students(bundles.bundle(), 100)
    made = await sent(ada, files)
    # somebody takes an address meanwhile: the person with it would be left out
    taken = text("update person set email = 'ivo.birch@quill.example' where id = :id")
    await connection.execute(taken, {"id": world.tom})
    refused = await commit(ada, made)
    assert (refused.status_code, refused.json()["code"]) == (409, "import_outdated")
    assert written == {"u1", "u3"}
    for table in ("school", "school_year", "course", "class_section", "person", "role"):
        counted = f"select count(*) from {table} where source = 'quill'"  # noqa: S608 - names above
        found = await rows(connection, counted)
        assert found == [(0,)], table
    done = await committed(ada, files)
    assert counts(done, "users")[:4] == (2, 0, 0, 0)
    assert counts(done, "enrollments")[:4] == (1, 0, 0, 0)


async def test_the_search_for_circles_is_as_before_after_an_import(as_, monkeypatch):
    """It is made seldom while a roster is gone through, also by one that fails."""
    before, during = gc.get_threshold(), []
    real = service.compare

    async def compare(*given):
        during.append(gc.get_threshold()[0])
        return await real(*given)

    monkeypatch.setattr(service, "compare", compare)
    first, second = [await sent(as_("ada"), bundles.bundle()) for _ in range(2)]
    assert (await commit(as_("ada"), first)).status_code == 200
    assert (await commit(as_("ada"), second)).status_code == 409
    assert during == [20_000] * 4
    assert gc.get_threshold() == before
