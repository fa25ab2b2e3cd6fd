"""A pull from a service each of whose answers is what the published specification says."""

import json

import jsonschema
import pytest

from tests.integrations import bundles
from tests.integrations.oneroster_service import records
from tests.integrations.test_roster_pulls import (
    FILES,
    by_file,
    pulling,
    sis,
)

__all__ = ["pulling", "sis"]
pytestmark = [pytest.mark.anyio, pytest.mark.data]
COLLECTIONS = {
    "orgs": "OrgSetDType",
    "academicSessions": "AcademicSessionSetDType",
    "courses": "CourseSetDType",
    "classes": "ClassSetDType",
    "users": "UserSetDType",
    "enrollments": "EnrollmentSetDType",
    "error": "imsx_StatusInfoDType",
}


@pytest.fixture(scope="module")
def published(data_dir):
    """The specification, as a check of answers."""
    path = data_dir / "oneroster" / "openapi" / "rostering-v1p2.json"
    components = json.loads(path.read_text("utf-8"))["components"]

    def check(collection, _status, said):
        schema = {"$ref": f"#/components/schemas/{COLLECTIONS[collection]}"}
        formats = jsonschema.Draft7Validator.FORMAT_CHECKER
        jsonschema.Draft7Validator(
            {**schema, "components": components}, format_checker=formats
        ).validate(said)

    return check


def district(teachers):
    """A generated district: a class, two students and an administrator for each teacher."""
    files = dict(FILES)

    def user(key, given):
        cells = (key, "", "", "true", key, "", given, "Vane", "", "", f"{key}@quill.example")
        return ",".join(cells) + ",,,,,\n"

    for n in range(teachers):
        school = f"s{n % 2 + 1}"
        files["classes"] += f"K{n},,,Class {n},05,c1,C{n},scheduled,,{school},t1,Art,,\n"
        for key, role in ((f"T{n}", "teacher"), (f"A{n}", "principal")):
            files["users"] += user(key, "Given")
            files["roles"] += f"R{key},,,{key},primary,{role},,,{school},\n"
        for key in (f"S{n}", f"P{n}"):
            files["users"] += user(key, "Pupil")
            files["roles"] += f"R{key},,,{key},primary,student,,,{school},\n"
            files["enrollments"] += f"E{key},,,K{n},{school},{key},student,,,\n"
        files["enrollments"] += f"ET{n},,,K{n},{school},T{n},teacher,true,2026-08-17,2026-12-18\n"
    return files


@pytest.mark.parametrize(
    ("paging", "filters", "cap"),
    [("offset", "yes", 30), ("link", "refused", 50), ("both", "ignored", 500)],
)
async def test_a_service_of_the_published_specification_is_pulled_whole(
    sis, pulling, published, paging, filters, cap
):
    files = district(60)
    sis.data, sis.paging, sis.filters, sis.cap = records(files), paging, filters, cap
    sis.check, sis.uses = published, 7
    # the way it goes wrong is of the specification, too, and passes
    sis.faults = [None, sis.error(500, "internal_server_error"), None, None]
    expected = await by_file(pulling.ada, files)
    assert expected["state"] == "reported"
    made = await pulling.imported(await pulling.connect(sis))
    assert sis.wrong == []
    counts = {
        row["file"]: (row["rows"], row["created"], row["ignored"])
        for row in made["report"]["files"]
    }
    assert counts["users"] == (245, 123, 122)
    assert counts["enrollments"] == (183, 62, 121)
    assert counts == {
        row["file"]: (row["rows"], row["created"], row["ignored"])
        for row in expected["report"]["files"]
    }
    if filters != "yes":  # students stand in their places: the rows have the same numbers
        assert made["report"] == expected["report"]
    assert bundles.SECRETS[3] not in json.dumps(made)
