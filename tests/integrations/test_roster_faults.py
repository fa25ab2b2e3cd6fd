"""Every fault a roster file has been seen with, through HTTP: each gives its report."""

import resource
import zipfile
from io import BytesIO

import pytest
from sqlalchemy import text

from app.integrations.oneroster import read
from tests.integrations import bundles
from tests.integrations.test_imports import ZIP, commit

pytestmark = pytest.mark.anyio
PATH = "/imports?source=quill"
MIB = 1024 * 1024


def bent(table, old, new):
    """A bundle with one change, large enough that one row is below a twentieth of a file."""
    files = bundles.with_students(bundles.bundle(), 100)
    assert old in files[table]
    files[table] = files[table].replace(old, new, 1)
    return bundles.zipped(files)


def encoded(table, encoding):
    files = bundles.bundle()
    return bundles.zipped({**files, table: files[table].encode(encoding)})


def without(table):
    files = bundles.bundle()
    del files[table]
    return bundles.zipped(files)


def every_file(change):
    return bundles.zipped({name: change(text) for name, text in bundles.bundle().items()})


def long_line(compression, length):
    """One line, written in pieces; never held."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in bundles.bundle().items():
            if name != "users":
                archive.writestr(f"{name}.csv", content)
        with archive.open("users.csv", "w", force_zip64=True) as file:
            for _ in range(length // MIB):
                file.write(b"x" * MIB)
    return out.getvalue()


def with_file(name):
    return bundles.zipped({**bundles.bundle(), name: "x"})


#: what is sent; the file, grade and code that the report must name, or None when there is nothing
#: to say
FAULTS = {
    "byte-order mark": (
        bent("users", "sourcedId", "\ufeffsourcedId"),
        "users note byte_order_mark",
    ),
    "CRLF": (every_file(lambda text: text.replace("\n", "\r\n")), None),
    "no final newline": (every_file(str.rstrip), None),
    "bare CR": (every_file(lambda t: t.replace("\n", "\r")), "manifest bundle line_breaks"),
    "misspelt header": (bent("users", ",email,", ",emial,"), "users note unknown_column"),
    "misspelt header that is needed": (
        bent("users", ",givenName,", ",givenNam,"),
        "users bundle missing_column",
    ),
    "empty header": (bent("users", ",sms,", ",,"), "users note empty_header"),
    "no users": (without("users"), "users bundle missing_file"),
    "no orgs": (without("orgs"), "orgs bundle missing_file"),
    "a promised file": (without("classes"), "classes bundle missing_file"),
    "case of a header": (bent("users", "sourcedId", "SOURCEDID"), "users note header_case"),
    "case of a file name": (
        bundles.zipped(
            {("USERS.csv" if k == "users" else k): v for k, v in bundles.bundle().items()}
        ),
        "users note file_name_case",
    ),
    "TRUE": (bent("users", "u1,,,true", "u1,,,TRUE"), "users note letter_case"),
    "dangling parent": (bent("orgs", "902,d1", "902,gone"), "orgs note dangling_reference"),
    "dangling class": (
        bent("enrollments", "e2,,,k2", "e2,,,k9"),
        "enrollments row dangling_reference",
    ),
    "circle of parents": (bent("orgs", "900,", "900,s1"), "orgs bundle circular_reference"),
    "bad date": (
        bent("enrollments", "2026-12-18", "31/12/2026"),
        "enrollments row bad_date",
    ),
    "bad date of the only year": (
        bent("academicSessions", "2027-06-04", "2027-02-30"),
        "academicSessions bundle too_many_faults",
    ),
    "duplicate id": (bent("users", "u2,,,true", "u1,,,true"), "users row duplicate_id"),
    "same e-mail twice": (bent("users", "ivo.birch", "tove.alder"), "users row duplicate_email"),
    "UTF-16": (encoded("users", "utf-16"), "users bundle encoding"),
    "Latin-1": (
        bundles.zipped(
            {**bundles.bundle(), "users": bundles.USERS_11.replace("Ivo", "Ív").encode("latin-1")}
        ),
        "users bundle encoding",
    ),
    "unclosed quote": (bent("users", ",Ivo,", ',"Ivo,'), "users bundle unclosed_quote"),
    "NUL": (bent("users", ",Ivo,", ",I\0vo,"), "users row control_character"),
    "a line that packs well": (
        long_line(zipfile.ZIP_DEFLATED, 16 * MIB),
        "bundle bundle too_compressed",
    ),
    "a line as it is": (long_line(zipfile.ZIP_STORED, 4 * MIB), "users bundle line_too_long"),
    "zip slip": (with_file("../users.csv"), "bundle bundle unsafe_path"),
    "zip bomb": (
        bundles.zipped({**bundles.bundle(), "results": "0" * 5_000_000}),
        "bundle bundle too_compressed",
    ),
    "nested folder": (
        bundles.zipped(bundles.bundle(), folder="export/"),
        "bundle note nested_folder",
    ),
    "no zip": (b"PK but no zip", "bundle bundle not_a_bundle"),
    "half a zip": (bundles.zipped(bundles.bundle())[:-300], "bundle bundle not_a_bundle"),
}


async def rows_of_source(connection):
    names = ("school", "school_year", "course", "class_section", "person", "role")
    asked = " union all ".join(
        f"select '{name}', count(*) from {name} where source = 'quill'"  # noqa: S608 - our own names
        for name in names
    )
    return {row[0]: row[1] for row in await connection.execute(text(asked))}


async def test_each_fault_gives_its_report_and_nothing_is_half_taken(as_, connection):
    ada = as_("ada")
    for name, (content, expected) in FAULTS.items():
        sent = await ada.post(PATH, content=content, headers=ZIP)
        assert sent.status_code == 201, (name, sent.text)
        made = sent.json()
        report = made["report"]
        found = {f"{p['file']} {p['grade']} {p['code']}" for p in report["problems"]}
        assert expected in found if expected else not found, (name, found)
        refused = any(p["grade"] == "bundle" for p in report["problems"])
        assert made["state"] == ("refused" if refused else "reported"), name
        for problem in report["problems"]:
            # a whole sentence that a person can act on, and no value of the file
            assert len(problem["message"]) > 25, (name, problem)
            assert problem["message"].endswith((".", "?")), (name, problem)
            assert not [s for s in bundles.SECRETS if s in problem["message"]], (name, problem)
        for file in report["files"]:
            parts = ("created", "updated", "unchanged", "skipped", "ignored")
            total = sum(file[part] for part in parts)
            assert total == file["rows"] or refused, (name, file)
        if refused:
            done = await commit(ada, made)
            assert (done.status_code, done.json()["code"]) == (409, "wrong_state")
        assert set((await rows_of_source(connection)).values()) == {0}, name


async def test_a_zip_above_50_mib_is_not_taken_in(as_):
    sent = await as_("ada").post(PATH, content=b"PK" + bytes(50 * MIB), headers=ZIP)
    assert (sent.status_code, sent.json()["code"]) == (413, "too_large")


@pytest.mark.large
def test_a_line_of_a_gigabyte_is_never_held(tmp_path):
    """As a folder: a file with holes, whose size alone refuses it; just below the limit, its line
    does after the first mebibyte. As a zip: by what it says it holds."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    folder = bundles.in_folder(tmp_path, bundles.bundle())
    for size, code in ((1024 * MIB, "too_large"), (450 * MIB, "line_too_long")):
        with (folder / "users.csv").open("wb") as file:
            file.truncate(size)
            file.seek(0)
            file.write(b"sourcedId,")
        assert code in {problem.code for problem in read(folder).problems}
    packed = long_line(zipfile.ZIP_DEFLATED, 1024 * MIB)
    assert {problem.code for problem in read(packed).problems} == {"too_large"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 * 1024
