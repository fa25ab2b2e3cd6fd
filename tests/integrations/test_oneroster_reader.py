"""The roster reader: what it takes from a bundle, and what it says about a bad one."""

import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from app.integrations.oneroster import FileCount, Roster, StaffRole, read
from app.integrations.oneroster import bundle as bundle_limits
from tests.integrations.bundles import SECRETS, bundle, in_folder, with_students, zipped


def codes(roster: Roster, grade: str) -> set[tuple[str, str]]:
    """(file, code) of the problems of one grade."""
    return {(p.file, p.code) for p in roster.problems if p.grade == grade}


def no_secret(roster: Roster) -> None:
    """Nothing of a student, no password and no telephone number is anywhere in it."""
    said = repr(roster)
    assert not [secret for secret in SECRETS if secret in said]


def test_a_bundle_is_read() -> None:
    roster = read(zipped(bundle()))
    assert roster.problems == []
    assert roster.usable
    assert (roster.version, roster.mode, roster.source_name) == ("1.1", "bulk", "Quill SIS")
    assert roster.orgs["s1"].kind == "school"
    assert roster.orgs["s1"].parent == "d1"
    assert roster.sessions["y1"].first_day == date(2026, 8, 17)
    assert roster.sessions["y1"].last_day == date(2027, 6, 4)
    assert roster.courses["c1"].subjects == ("Geography", "Art")
    assert roster.classes["k2"].terms == ("t1", "y1")
    assert set(roster.staff) == {"u1", "u2", "u3", "u4"}
    assert roster.staff["u1"].email == "tove.alder@quill.example"
    assert roster.staff["u2"].roles == (StaffRole("s1", "teacher"), StaffRole("s2", "teacher"))
    assert not roster.staff["u4"].active
    assert roster.may_lead == {"u3"}
    assert set(roster.assignments) == {"e1", "e2"}
    assert roster.assignments["e1"].primary
    assert roster.counts["users"] == FileCount(rows=5, ignored=1, skipped=0)
    assert roster.counts["demographics"] == FileCount(rows=1, ignored=1, skipped=0)
    no_secret(roster)


def test_folder_zip_path_bytes_and_file_say_the_same(tmp_path: Path) -> None:
    files = bundle()
    path = tmp_path / "roster.zip"
    path.write_bytes(zipped(files))
    (tmp_path / "folder").mkdir()
    first = read(in_folder(tmp_path / "folder", files))
    with path.open("rb") as file:
        assert read(path) == first == read(path.read_bytes()) == read(file)


def test_roles_file_of_1_2_is_joined() -> None:
    files = bundle("1.2")
    roster = read(zipped(files))
    assert roster.usable
    assert set(roster.staff) == {"u1", "u2", "u3"}
    assert roster.staff["u2"].roles == (StaffRole("s1", "teacher"), StaffRole("s2", "teacher"))
    assert roster.may_lead == {"u3"}
    assert codes(roster, "note") == {("roles", "unmapped_role")}
    no_secret(roster)
    mapped = read(zipped(files), extra_roles={"ext:Coach": "teacher"})
    assert "u4" in mapped.staff
    assert mapped.problems == []


def test_the_case_of_a_role_is_noted_where_the_person_is_taken() -> None:
    files = bundle("1.2")
    for cells, role in (
        ("u1,primary,teacher", "Teacher"),
        ("u3,primary,principal", "siteAdministrator"),
        ("u5,primary,student", "Student"),
    ):
        files["roles"] = files["roles"].replace(cells, f"{cells.rpartition(',')[0]},{role}")
    roster = read(zipped(files), extra_roles={"ext:coach": "teacher"})
    assert set(roster.staff) == {"u1", "u2", "u3", "u4"}
    assert roster.may_lead == {"u3"}
    noted = [(p.code, p.row, p.column) for p in roster.problems]
    assert noted == [("letter_case", 2, "role")]


def test_a_table_of_contents_that_points_before_the_zip_is_damage() -> None:
    """Found by the spoilt bundles: the zip library counts such a place below zero."""
    content = bytearray(zipped(bundle()))
    end = content.rfind(b"PK\x05\x06")
    start = int.from_bytes(content[end + 16 : end + 20], "little")
    content[end + 16 : end + 20] = (start + 5_000).to_bytes(4, "little")
    assert codes(read(bytes(content)), "bundle") == {("bundle", "not_a_bundle")}


@pytest.mark.parametrize(
    ("mode", "full", "expected"),
    [
        ("bulk", None, "bulk"),
        ("delta", None, "delta"),
        (None, None, "delta"),
        (None, True, "bulk"),
        ("delta", True, "bulk"),
        ("bulk", False, "delta"),
    ],
)
def test_mode(mode: str | None, full: bool | None, expected: str) -> None:
    assert read(zipped(bundle("1.1", mode)), full=full).mode == expected


def test_mixed_modes_are_a_delta() -> None:
    files = bundle()
    files["manifest"] = files["manifest"].replace("file.users,bulk", "file.users,delta")
    roster = read(zipped(files))
    assert roster.mode == "delta"
    assert ("manifest", "mixed_modes") in codes(roster, "note")


def test_removals_and_references_in_a_delta() -> None:
    files = bundle("1.1", "delta")
    files["users"] = files["users"].replace("u4,,,false", "u4,tobedeleted,,false")
    files["enrollments"] = files["enrollments"].replace("e2,,,k2", "e2,tobedeleted,,")
    files["enrollments"] += "e9,active,,k-earlier,s1,u-earlier,teacher,,,\n"
    files["classes"] += "k9,tobedeleted,,,,,,,,,,,,\n"
    roster = read(zipped(files))
    assert roster.usable
    assert roster.removed == {"users": {"u4"}, "enrollments": {"e2"}, "classes": {"k9"}}
    assert roster.assignments["e9"].class_ == "k-earlier"


def test_tables_that_were_not_delivered_have_no_count() -> None:
    files = bundle()
    del files["courses"], files["classes"], files["enrollments"]
    files["manifest"] = "propertyName,value\noneroster.version,1.1\n" + "".join(
        f"file.{name},bulk\n" for name in files
    )
    roster = read(zipped(files))
    assert roster.usable
    assert "classes" not in roster.counts


Bend = Callable[[dict[str, str]], None]


def replacing(table: str, old: str, new: str) -> Bend:
    """A change of one file's text."""

    def bend(files: dict[str, str]) -> None:
        assert old in files[table]
        files[table] = files[table].replace(old, new, 1)

    return bend


NOTES: list[tuple[Bend, tuple[str, str]]] = [
    (replacing("users", "sourcedId", "\ufeffsourcedId"), ("users", "byte_order_mark")),
    (replacing("users", "sourcedId", "sourcedid"), ("users", "header_case")),
    (replacing("users", ",email,", ",emial,"), ("users", "unknown_column")),
    (replacing("users", ",sms,", ",,"), ("users", "empty_header")),
    (replacing("users", "u1,,,true", "u1,,,TRUE"), ("users", "letter_case")),
    (replacing("users", "u1,,,true,s1", 'u1,,,true,"s1,gone"'), ("users", "dangling_reference")),
    (replacing("users", "ivo.birch@quill.example", "ivo at quill"), ("users", "bad_email")),
    (replacing("users", "ivo.birch@quill.example", ""), ("users", "no_email")),
    (replacing("orgs", "902,d1", "902,gone"), ("orgs", "dangling_reference")),
    (replacing("courses", ",,,y1,", ",,,gone,"), ("courses", "dangling_reference")),
    (
        replacing("academicSessions", "2026-12-18", "2026-12-18T00:00:00.000Z"),
        ("academicSessions", "time_in_date"),
    ),
]


@pytest.mark.parametrize(("bend", "note"), NOTES, ids=[note[1] for _, note in NOTES])
def test_notes_leave_nothing_out(bend: Bend, note: tuple[str, str]) -> None:
    files = bundle()
    bend(files)
    roster = read(zipped(files))
    assert {p.grade for p in roster.problems} == {"note"}
    assert note in codes(roster, "note")
    assert len(roster.staff) == 4
    assert len(roster.assignments) == 2


def test_other_line_ends_are_no_problem() -> None:
    files = {name: text.replace("\n", "\r\n").rstrip() for name, text in bundle().items()}
    assert read(zipped(files)) == read(zipped(bundle()))


ROWS: list[tuple[Bend, str, str | None]] = [
    (replacing("users", "u2,,,true", "u1,,,true"), "duplicate_id", "sourcedId"),
    (replacing("users", "ivo.birch", "tove.alder"), "duplicate_email", "email"),
    (replacing("users", "u2,,,true", "u2,,,yes"), "bad_value", "enabledUser"),
    (replacing("users", "u2,,,true", "u2,gone,,true"), "bad_value", "status"),
    (replacing("users", '"s1,s2",teacher', '"s1,s2",wizard'), "bad_value", "role"),
    (replacing("users", '"s1,s2"', "gone"), "dangling_reference", "orgSourcedIds"),
    (replacing("users", ",Ivo,", ",,"), "missing_value", "givenName"),
    (replacing("users", ",Ivo,", ",I\0vo,"), "control_character", "givenName"),
    (replacing("users", ",Ivo,", f",{'I' * 300},"), "too_long", "givenName"),
    (replacing("users", ",Ivo,", ",Ivo,Ivo,"), "cell_count", None),
]


@pytest.mark.parametrize(("bend", "code", "column"), ROWS, ids=[f"{c}-{n}" for _, c, n in ROWS])
def test_a_row_with_a_fault_is_left_out_alone(bend: Bend, code: str, column: str | None) -> None:
    files = with_students(bundle(), 100)
    files["enrollments"] = files["enrollments"].replace("k2,s2,u2", "k2,s2,u1")
    bend(files)
    roster = read(zipped(files))
    assert roster.usable
    assert "u2" not in roster.staff
    assert len(roster.staff) == 3
    (problem,) = [p for p in roster.problems if p.grade == "row"]
    assert (problem.file, problem.row, problem.code) == ("users", 3, code)
    assert problem.column == column
    assert roster.counts["users"].skipped == 1
    assert roster.present <= {"u1", "u2"}
    assert roster.present
    assert roster.left_out["users"] == roster.present
    no_secret(roster)


def test_a_person_whose_row_has_a_fault_is_present() -> None:
    files = with_students(bundle(), 100)
    files["enrollments"] += "e7,,,gone,s1,u2,teacher,,,\n"
    roster = read(zipped(files))
    assert roster.usable
    assert codes(roster, "row") == {("enrollments", "dangling_reference")}
    assert roster.present == {"u2"}
    assert roster.left_out == {"enrollments": {"e7"}}


def test_more_than_one_row_in_twenty_refuses_the_bundle() -> None:
    files = bundle()
    files["enrollments"] += "e7,,,k1,s1,u1,teacher,,2026-02-30,\n"
    at_limit = {**files, "enrollments": files["enrollments"]}
    at_limit["enrollments"] += "".join(f"z{n},,,k1,s1,u5,student,,,\n" for n in range(16))
    assert read(zipped(at_limit)).usable
    below = {**files, "enrollments": files["enrollments"]}
    below["enrollments"] += "".join(f"z{n},,,k1,s1,u5,student,,,\n" for n in range(15))
    roster = read(zipped(below))
    assert not roster.usable
    assert codes(roster, "bundle") == {("enrollments", "too_many_faults")}
    assert codes(roster, "row") == {("enrollments", "bad_date")}
    assert not roster.staff
    assert not roster.assignments


def without(table: str) -> Bend:
    """The bundle without one file."""

    def bend(files: dict[str, str]) -> None:
        del files[table]

    return bend


REFUSED: list[tuple[Bend, tuple[str, str]]] = [
    (without("users"), ("users", "missing_file")),
    (without("orgs"), ("orgs", "missing_file")),
    (without("classes"), ("classes", "missing_file")),
    (replacing("users", "familyName", "surname"), ("users", "missing_column")),
    (replacing("users", "sms", "email"), ("users", "duplicate_column")),
    (replacing("users", ",Ivo,", ',"Ivo,'), ("users", "unclosed_quote")),
    (replacing("users", ",Ivo,", ',"Ivo" B,'), ("users", "unclosed_quote")),
    (replacing("users", ",Ivo,", f",{'I' * 2_000_000},"), ("users", "line_too_long")),
    (lambda files: files.update(users=""), ("users", "empty_file")),
    (replacing("manifest", "1.1", "2.0"), ("manifest", "version")),
    (replacing("orgs", "900,", "900,s1"), ("orgs", "circular_reference")),
    (
        replacing("academicSessions", "2027-06-04,,", "2027-06-04,t1,"),
        ("academicSessions", "circular_reference"),
    ),
]


@pytest.mark.parametrize(
    ("bend", "problem"), REFUSED, ids=[f"{file}-{code}" for _, (file, code) in REFUSED]
)
def test_a_broken_bundle_gives_nothing(
    bend: Bend, problem: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the long line packs well; here it is the line that matters
    monkeypatch.setattr(bundle_limits, "MOST_RATIO", 10_000)
    files = bundle()
    bend(files)
    roster = read(zipped(files))
    assert not roster.usable
    assert codes(roster, "bundle") == {problem}
    assert not roster.orgs
    assert not roster.staff
    assert not roster.present
    no_secret(roster)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_other_encodings_are_refused(encoding: str) -> None:
    files = bundle()
    users = files["users"].replace("Ivo", "Ívo").encode(encoding)
    roster = read(zipped({**files, "users": users}))
    assert codes(roster, "bundle") == {("users", "encoding")}


def test_bare_carriage_returns_are_refused() -> None:
    files = bundle()
    files["users"] = files["users"].replace("\n", "\r")
    assert codes(read(zipped(files)), "bundle") == {("users", "line_breaks")}


@pytest.mark.parametrize(
    "name", ["../users.csv", "/users.csv", "a/../../users.csv", "..\\users.csv"]
)
def test_zip_slip_is_refused(name: str) -> None:
    roster = read(zipped({**bundle(), name: "x"}))
    assert codes(roster, "bundle") == {("bundle", "unsafe_path")}


def test_zip_bomb_is_refused() -> None:
    roster = read(zipped({**bundle(), "results": "0" * 5_000_000}))
    assert codes(roster, "bundle") == {("bundle", "too_compressed")}


def test_sizes_and_numbers_are_limited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = bundle()
    crowd = {**files, **{f"f{n}": "" for n in range(100)}}
    for source in (zipped(crowd), in_folder(tmp_path, crowd)):
        assert codes(read(source), "bundle") == {("bundle", "too_many_files")}
    monkeypatch.setattr(bundle_limits, "UNPACKED_BYTES", 1000)
    assert codes(read(zipped(files)), "bundle") == {("bundle", "too_large")}
    monkeypatch.setattr(bundle_limits, "ZIP_BYTES", 1000)
    assert codes(read(zipped(files)), "bundle") == {("bundle", "too_large")}
    monkeypatch.setattr(bundle_limits, "CONTENTS_BYTES", 100)
    monkeypatch.setattr(bundle_limits, "ZIP_BYTES", 100_000)
    assert codes(read(zipped(files)), "bundle") == {("bundle", "too_many_files")}


def test_a_damaged_zip_gives_its_report() -> None:
    whole = zipped(bundle())
    for cut in range(0, len(whole), 97):
        assert not read(whole[:cut]).usable
    for place in range(0, len(whole), 13):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0xFF
        read(bytes(spoilt))  # raises nothing, whatever it finds


def test_what_is_no_bundle_gives_its_report(tmp_path: Path) -> None:
    note = tmp_path / "users.csv"
    note.write_text("sourcedId\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert codes(read(note), "bundle") == {("bundle", "not_a_bundle")}
    assert codes(read(empty), "bundle") == {("bundle", "not_a_bundle")}
    assert codes(read(b""), "bundle") == {("bundle", "not_a_bundle")}
    assert codes(read(zipped({})), "bundle") == {("bundle", "not_a_bundle")}
    assert codes(read(tmp_path / "gone"), "bundle") == {("bundle", "not_found")}


def test_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    in_folder(folder, bundle())
    (folder / "users.csv").rename(tmp_path / "elsewhere.csv")
    (folder / "users.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert codes(read(folder), "bundle") == {("bundle", "unsafe_path")}


def test_one_folder_inside_is_looked_into(tmp_path: Path) -> None:
    nested = read(zipped({**bundle(), "__MACOSX/x.csv": ""}, folder="export/"))
    assert nested.usable
    assert codes(nested, "note") == {("bundle", "nested_folder")}
    inside = tmp_path / "export"
    inside.mkdir()
    in_folder(inside, bundle())
    assert read(tmp_path) == nested


def test_file_names_in_another_case() -> None:
    files = bundle()
    files["Users.CSV"] = files.pop("users")
    assert codes(read(zipped(files)), "note") == {("users", "file_name_case")}
    files["users"] = files["Users.CSV"]
    assert codes(read(zipped(files)), "bundle") == {("bundle", "duplicate_file")}


def test_many_problems_are_counted_and_not_all_listed() -> None:
    files = bundle()
    files["users"] += "".join(f"x{n},,,true,s1,wizard,,,,,,,,,,,,\n" for n in range(1500))
    roster = read(zipped(files))
    assert roster.counts["users"].skipped == 1500
    assert len(roster.problems) == 1000 + 2
    assert ("users", "not_listed") in codes(roster, "note")


def test_a_zip_that_promises_less_than_it_holds_gives_no_more() -> None:
    text = bundle()["users"].encode()
    whole = bytearray(zipped(bundle()))
    size = len(text).to_bytes(4, "little")
    assert whole.count(size) == 2  # before the file and in the table of contents
    spoilt = bytes(whole.replace(size, (len(text) // 2).to_bytes(4, "little")))
    with zipfile.ZipFile(BytesIO(spoilt)) as archive:
        assert archive.getinfo("users.csv").file_size == len(text) // 2
    assert codes(read(spoilt), "bundle") == {("users", "damaged")}


@pytest.mark.data
def test_a_complete_district(data_dir: Path) -> None:
    roster = read(data_dir / "oneroster" / "v1.1-district")
    assert roster.problems == []
    assert (roster.version, roster.mode) == ("1.1", "bulk")
    assert roster.counts["users"] == FileCount(rows=268, ignored=248, skipped=0)
    assert len(roster.staff) == 20
    assert len(roster.may_lead) == 4
    assert len(roster.classes) == len(roster.assignments) == 119
    assert roster.counts["enrollments"].rows == 1855


@pytest.mark.data
def test_other_real_bundles(data_dir: Path) -> None:
    folder = data_dir / "oneroster"
    empty = read(folder / "v1.1-headers-only")
    assert empty.usable
    assert {p.code for p in empty.problems} == {"no_rows"}
    small = read(folder / "v1.2-small")
    assert (small.version, small.mode, small.problems) == ("1.2", "delta", [])
    assert small.counts["users"] == FileCount(rows=1, ignored=1, skipped=0)
    assert read(folder / "v1.2-small.zip") == small
    sync = read(folder / "ms-sds-v2.1", full=True)
    assert (sync.version, sync.mode, sync.usable) == ("sds-2.1", "bulk", True)
    assert len(sync.staff) == len(sync.assignments) == 2


def test_a_record_is_bounded_while_it_is_read(tmp_path: Path) -> None:
    """A record of more lines than a roster's, and one that never ends, with each of its cells
    short and closed: that one must not be in the memory before it is refused."""
    files = bundle()
    for number in (30, 2_000_000):
        lines = files["users"].replace(",Ivo,", ',"Ivo' + '\n","' * number + '",')
        folder = in_folder(tmp_path, files | {"users": lines})
        tracemalloc.start()
        roster = read(folder)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert codes(roster, "bundle") == {("users", "unclosed_quote")}
        assert peak < 5_000_000


def test_a_fault_deep_in_a_file_is_told_with_its_row(tmp_path: Path) -> None:
    files = with_students(bundle(), 3_000)
    folder = in_folder(tmp_path, files)
    users = folder / "users.csv"
    lines = users.read_bytes().split(b"\n")
    lines[2_500] = lines[2_500].replace(b",student,", b",student\xff,")
    users.write_bytes(b"\n".join(lines))
    (problem,) = [p for p in read(folder).problems if p.grade == "bundle"]
    assert (problem.file, problem.code, problem.row) == ("users", "encoding", 2_501)


def test_a_students_row_of_another_width_is_a_fault_all_the_same() -> None:
    files = with_students(bundle(), 100)
    files["users"] = files["users"].replace("student,pelle,", "student,pelle,,", 1)
    roster = read(zipped(files))
    assert [(p.file, p.code) for p in roster.problems if p.grade == "row"] == [
        ("users", "cell_count")
    ]
    assert roster.counts["users"].skipped == 1
