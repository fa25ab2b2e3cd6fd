"""Frameworks as publishers and products send them, through the whole program: in, out, in again."""

import io
import json
from datetime import datetime
from zipfile import ZipFile

import jsonschema
import pytest

from tests.frameworks.test_imports import case_of, listed, sent, taken

pytestmark = [pytest.mark.anyio, pytest.mark.data]
#: file → (items, associations, ends elsewhere, indicators) of each framework in it
PACKAGES = {
    "case/opensalt/AdoptedTestFramework.json": [(1, 1, 0, 0)],
    "case/opensalt/ItemTypeTestFramework.json": [(1, 1, 0, 0)],
    "case/opensalt/MarkdownFramework.json": [(2, 2, 0, 0)],
    "case/opensalt/SmartLevelFramework.json": [(14, 14, 0, 0)],
    "case/opensalt/opensalt-sample-framework.json": [(16, 39, 21, 0)],
    "case/opensalt/opensalt-sample_case.csv": [(10, 14, 4, 0)],
    "case/smarter-balanced/mockDOK.cfpackage.json": [(15, 15, 0, 0)],
    "case/smarter-balanced/mockHSMATH.cfpackage.json": [(86, 126, 24, 0)],
    "frameworks/teachboost-cstp-nyc22.json": [(44, 44, 0, 38), (29, 29, 0, 25)],
    "edfi/t-tess": [(20, 20, 0, 16)],
}


def content_of(path):
    """A file, or the files of a folder in a zip."""
    if path.is_file():
        return path.read_bytes()
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for file in path.iterdir():
            archive.write(file, file.name)
    return out.getvalue()


@pytest.fixture
def strictly(data_dir):
    """Every way in which a package differs from the published schema of CASE 1.1."""
    folder = data_dir / "case" / "schemas-1.1"
    schema = json.loads((folder / "case_v1p1_cfpackage-jsonschema1.json").read_text("utf-8"))
    checker = jsonschema.FormatChecker(("uuid", "date"))
    checker.checks("date-time", raises=ValueError)(_is_instant)
    validator = jsonschema.Draft201909Validator(schema, format_checker=checker)
    return lambda value: [error.message for error in validator.iter_errors(value)]


def _is_instant(value):
    moment = datetime.fromisoformat(value)
    return moment.tzinfo is not None and value[10] == "T"


async def test_ours_leave_strictly_too(as_, world, strictly):
    for framework_id in (world.leap, world.invented):
        assert strictly(await case_of(as_("tom"), framework_id)) == []


@pytest.mark.parametrize("name", PACKAGES)
async def test_every_package_comes_in_and_leaves_strictly_and_the_same(
    as_, data_dir, strictly, name
):
    made = await taken(as_("ada"), content_of(data_dir / name))
    counted = ("items", "associations", "foreign_ends", "indicators")
    counts = [tuple(one[n] for n in counted) for one in made["frameworks"]]
    assert counts == PACKAGES[name]
    for one in made["frameworks"]:
        exported = await case_of(as_("ada"), one["framework_id"])
        assert strictly(exported) == []
        assert len(exported["CFItems"]) == one["items"]
        (back,) = (await taken(as_("zoe"), exported))["frameworks"]
        assert await case_of(as_("zoe"), back["framework_id"]) == exported
        for form in ("code", "edition", "title", "indicators", "groups"):
            assert back[form] == one[form]


async def test_nothing_of_a_package_is_lost(as_, data_dir):
    """Each statement, code and end of an association of the larger real package is there."""
    raw = json.loads((data_dir / "case/smarter-balanced/mockHSMATH.cfpackage.json").read_bytes())
    (one,) = (await taken(as_("ada"), json.dumps(raw).encode()))["frameworks"]
    exported = await case_of(as_("ada"), one["framework_id"])
    for part, implied in (
        ("CFItems", {"CFDocumentURI", "lastChangeDateTime"}),
        ("CFAssociations", {"CFDocumentURI", "lastChangeDateTime"}),
    ):
        kept = {row["identifier"]: row for row in exported[part]}
        for row in raw[part]:
            for field, value in row.items():
                if field not in implied and value is not None:
                    assert kept[row["identifier"]][field] == value, (part, field)


async def test_the_texas_evaluation_has_its_scale(as_, data_dir):
    made = await taken(as_("ada"), content_of(data_dir / "edfi/t-tess"))
    framework = await as_("ada").get(f"/frameworks/{made['frameworks'][0]['framework_id']}")
    (domain,) = framework.json()["domains"]
    assert [len(group["indicators"]) for group in domain["expectations"]] == [4, 5, 3, 4]
    for group in domain["expectations"]:
        assert (group["scale"]["low"], group["scale"]["high"]) == (1, 5)
        assert [level["name"] for level in group["scale"]["levels"]] == [
            "Improvement Needed",
            "Developing",
            "Proficient",
            "Accomplished",
            "Distinguished",
        ]
    nameless = await taken(
        as_("ada"), content_of(data_dir / "frameworks/teachboost-cstp-nyc22.json")
    )
    first = nameless["frameworks"][0]["problems"]
    assert sum(problem["code"] == "statement_missing" for problem in first) == 39


async def test_every_other_file_is_refused_by_what_it_looks_like(as_, data_dir):
    taken_in = {data_dir / name for name in PACKAGES}
    others = [
        file
        for file in sorted(data_dir.rglob("*"))
        if file.is_file() and not {file, file.parent} & taken_in
    ]
    assert len(others) > 40
    ada = as_("ada")
    for file in others:
        refused = await sent(ada, file.read_bytes(), "application/zip")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_a_framework"), file
        assert refused.json()["detail"].startswith("It looks like ")
    assert await listed(ada, "/framework-imports") == []
