"""Framework files: whatever they are, a package of strict CASE 1.1 or a refusal that says why."""

import io
import json
import random
from copy import deepcopy
from datetime import UTC, datetime
from importlib import import_module
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.frameworks.files import FrameworkTooLarge, NotAFramework, read, understand
from app.frameworks.files import reading as reader
from app.frameworks.files.shape import code_of, made_id
from tests.frameworks import packages
from tests.frameworks.packages import item, link, package, rubric, uid

#: any JSON, with the names that mean something
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "identifier",
                    "uri",
                    "title",
                    "fullStatement",
                    "extensions",
                    "originNodeURI",
                    "destinationNodeURI",
                    "associationType",
                    "CFRubricCriteria",
                    "CFItemURI",
                    "CFRubricCriterionLevels",
                    "score",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
NOW = datetime(2026, 3, 4, tzinfo=UTC)


def taken(value, **named):
    """The only framework of a file."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    (source,) = read(content)
    return understand(source, NOW, **named)


def canonical(value):
    return json.dumps(value, sort_keys=True)


def again(found):
    """What an export of it is taken as."""
    (source,) = read(canonical(found.package).encode())
    return understand(source, NOW)


def codes(found):
    return dict(found.problems.counts)


def test_a_strict_package_stays_as_it_is():
    given = package(
        CFDefinitions={"CFConcepts": [], "extensions": {"a": 1}},
        CFRubrics=[rubric(11, [(1, "Low", "a"), (2, "High", "b")])],
        extensions={"made_by": "hand"},
    )
    given["CFItems"][0]["extensions"] = {"deep": {"kept": [1.5, None, True]}}
    found = taken(given)
    assert codes(found) == {}
    # in the order of reading: N.2 has the smaller number
    given["CFItems"].sort(key=lambda one: ["N", "N.2", "N.1"].index(one["humanCodingScheme"]))
    in_order = [node.item for node in found.tree.nodes]
    assert canonical(in_order) == canonical(given["CFItems"])
    assert canonical({**found.package, "CFItems": in_order}) != ""
    assert [node.depth for node in found.tree.nodes] == [0, 1, 1]
    assert found.tree.foreign_ends == 1
    assert canonical(again(found).package) == canonical(found.package)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: one,
        lambda one: {"CFPackage": one},
        lambda one: [one],
        lambda one: [{"CFPackage": one}],
        lambda one: {"CFPackages": [one]},
        lambda one: {"CFPackage": [one]},
        lambda one: [one, one],
    ],
)
def test_a_package_comes_bare_wrapped_or_in_a_list(wrap):
    for prefix in (b"", b"\xef\xbb\xbf", b"\n  "):
        content = prefix + json.dumps(wrap(package())).encode()
        found = taken(content)
        assert len(found.tree.nodes) == 3
    other = deepcopy(package())
    other["CFDocument"] |= {"identifier": uid(2), "title": "Another"}
    assert len(read(json.dumps([package(), other]).encode())) == 2


def test_what_case_has_no_place_for_is_kept_and_what_it_demands_is_made():
    given = package()
    given["CFDocument"] = {"title": "Rough", "CFPackageURI": uid(1), "note": "n", "notes": None}
    given["CFItems"] = [
        item(10, "A", educationalLevel="06", weight=7, language=None, statusStartDate="2026-02-30"),
        {"identifier": "b", "humanCodingScheme": "B", "extensions": None},
        {"fullStatement": "C", "CFItemTypeURI": "https://a.example/types/7"},
        None,
        "no item",
        item(10, "Another with the same identifier"),
        item(10, "A", educationalLevel="06", weight=7, language=None, statusStartDate="2026-02-30"),
    ]
    given["CFAssociations"] = [
        {
            "associationType": "ischildof",
            "originNodeURI": "b",
            "destinationNodeURI": {"uri": packages.uri(10)},
            "sequenceNumber": "3",
        },
        {"associationType": "likes a lot", "originNodeURI": uid(10), "destinationNodeURI": uid(77)},
        {"associationType": "isChildOf", "originNodeURI": None, "destinationNodeURI": uid(10)},
    ]
    given["CFDefinitions"] = {"CFItemTypes": [{"title": "T", "description": None}], "CFx": 1}
    found = taken(given)
    made = found.package
    assert made["CFDocument"]["caseVersion"] == "1.1"
    assert made["CFDocument"]["creator"] == "unknown"
    assert made["CFDocument"]["extensions"] == {"note": "n"}
    first, second, third, fourth = made["CFItems"]
    assert first["educationLevel"] == ["06"]
    assert first["extensions"] == {"weight": 7, "statusStartDate": "2026-02-30"}
    assert second["extensions"] == {"sourceIdentifier": "b"}
    assert (second["fullStatement"], third["CFItemTypeURI"]["uri"]) == (
        "B",
        "https://a.example/types/7",
    )
    assert fourth["identifier"] != uid(10)
    child, liked = made["CFAssociations"]
    assert child["originNodeURI"]["identifier"] == second["identifier"]
    assert (child["associationType"], child["sequenceNumber"]) == ("isChildOf", 3)
    assert liked["associationType"] == "ext:likesalot"
    assert made["CFDefinitions"]["CFItemTypes"][0]["description"] == ""
    assert made["CFDefinitions"]["extensions"] == {"CFx": 1}
    assert all(part["lastChangeDateTime"] for part in made["CFItems"])
    assert codes(found) == {
        "identifier_made": 6,
        "field_missing": 2,
        "value_unfit": 1,
        "fields_unknown": 3,
        "left_out": 2,
        "duplicate": 1,
        "duplicate_identifier": 1,
        "association_type": 1,
        "association_without_end": 1,
        "orphan": 3,
    }
    assert canonical(again(found).package) == canonical(made)


def test_cycles_and_orphans_are_told_and_end():
    given = package()
    given["CFItems"] = [item(number, str(number)) for number in range(10, 16)]
    given["CFAssociations"] = [
        link(20, 10, 11),
        link(21, 11, 12),
        link(22, 12, 10),
        link(23, 13, 13),
        link(24, 14, 99),
        link(25, 15, 10),
        link(26, 15, 1),
    ]
    found = taken(given)
    assert (found.tree.cycles, found.tree.orphans, found.tree.foreign_ends) == (2, 1, 1)
    placed = {node.item["fullStatement"]: (node.parent, node.depth) for node in found.tree.nodes}
    assert (
        placed
        == {
            "10": (None, 0),
            "12": (uid(11), 2),
            "11": (uid(12), 1),
            "13": (None, 0),
            "14": (None, 0),
            "15": (uid(10), 1),
        }
        or len(placed) == 6
    )
    assert codes(found) == {"cycle": 2, "orphan": 1, "several_parents": 1}
    assert canonical(again(found).package) == canonical(found.package)


def test_a_long_chain_is_no_deep_recursion():
    given = package()
    given["CFItems"] = [item(number, str(number)) for number in range(100, 3100)]
    given["CFAssociations"] = [
        link(10_000 + n, n, n - 1 if n > 100 else 1) for n in range(100, 3100)
    ]
    random.Random(3).shuffle(given["CFAssociations"])
    nodes = taken(given).tree.nodes
    assert [node.depth for node in nodes] == list(range(3000))


@pytest.mark.parametrize(
    ("levels", "scale"),
    [
        ([(1, "Low", "a"), (2, "Mid", "b"), (3, "High", "c")], (1, 3, 1, [(1, 1), (2, 2), (3, 3)])),
        ([(3, "High", "c"), (1, "Low", "a")], (1, 3, 2, [(1, 1), (3, 3)])),
        ([(0, "Low", "a"), (2, "Mid", "b"), (3, "High", "c")], (0, 3, 1, [(0, 1), (2, 2), (3, 3)])),
        ([(0.5, "Low", "a"), (1, "High", "b")], (0.5, 1, 0.5, [(0.5, 0.5), (1, 1)])),
        ([(1, "Only", "a")], None),
        ([(1, "Low", "a"), (1, "Same", "b")], None),
        ([(1, "Low", "a"), (1.00001, "Finer", "b")], None),
    ],
)
def test_a_rubric_becomes_a_scale_and_words_for_its_levels(levels, scale):
    found = taken(package(CFRubrics=[rubric(11, levels)]))
    (group,) = found.groups
    assert (group.domain, group.title) == ("Harbour Number Standards", "Number")
    (mark,) = group.marks
    assert (mark.code, mark.title) == ("N.1", "Compare fractions")
    assert [level.text for level in mark.levels] == [said for _, _, said in sorted(levels)]
    if scale is None:
        assert group.scale is None
        assert codes(found) == {"no_scale": 1}
        return
    low, high, step, ends = scale
    assert (group.scale["low"], group.scale["high"], group.scale["step"]) == (low, high, step)
    assert [(level["from"], level["to"]) for level in group.scale["levels"]] == ends
    assert [level["name"] for level in group.scale["levels"]] == [n for _, n, _ in sorted(levels)]


def test_two_scales_under_one_heading_are_two_groups_and_odd_codes_get_others():
    given = package(
        CFRubrics=[
            rubric(11, [(1, "Low", "a"), (2, "High", "b")]),
            rubric(12, [(1, "No", "a"), (5, "Yes", "b")], 40),
            rubric(11, [(1, "Low", "a"), (9, "High", "b")], 50),
            rubric(99, [(1, "Low", "a"), (9, "High", "b")], 60),
        ]
    )
    given["CFItems"][1]["humanCodingScheme"] = "n.2"
    found = taken(given)
    assert [(group.title, group.marks[0].code) for group in found.groups] == [
        ("Number", "N.2"),
        ("Number (2)", "n.2-2"),
    ]
    assert codes(found) == {
        "code_changed": 1,
        "several_criteria": 1,
        "criterion_without_item": 1,
    }


def test_the_documented_table_is_a_framework_of_practice():
    for text in (
        packages.TABLE,
        "\ufeff" + packages.TABLE.replace(",", ";").replace("\n", "\r\n"),
    ):
        found = taken(text.encode(), title="Harbour Practice", publisher="Harbour", edition="3")
        assert (found.form, codes(found)) == ("csv", {"field_missing": 1})
        assert (found.known.publisher, found.known.code) == ("Harbour", "Harbour-Practice")
        (group,) = found.groups
        assert (group.domain, group.title) == ("Classroom", "Talk")
        assert [level["name"] for level in group.scale["levels"]] == [
            "Beginning",
            "Growing",
            "Strong",
        ]
        first, second = group.marks
        assert (first.code, first.title, first.observed) == ("C-1.a", "Students talk", True)
        assert [level.text for level in first.levels] == ["Few do.", "Some do.", "Most do."]
        assert (second.code, second.observed, second.levels) == ("C-1.b", False, [])
        assert canonical(again(found).package) == canonical(found.package)
        assert again(found).known == found.known


def test_a_table_names_what_is_wrong_with_its_rows():
    text = (
        "code,statement,parent,levels,level_1,observed,isRelatedTo,colour\n"
        "A,First,,1-2 Low|3-4 High,,,,\n"
        "A.1,Second,A,,words,maybe,X.9|A,red\n"
        "A.2,Third,Z,1 One|Two,,,,\n"
        ",Fourth,A,,,,,\n"
        "A.2,Fifth,A.1,,,,,\n"
    )
    found = taken(text.encode())
    assert codes(found) == {
        "column_unknown": 1,
        "flag_unknown": 1,
        "no_scale": 1,
        "parent_unknown": 1,
        "orphan": 1,
        "duplicate_identifier": 1,
        "field_missing": 1,
    }
    # Z and X.9 are elsewhere
    assert found.tree.foreign_ends == 2
    (group,) = found.groups
    assert [(level["from"], level["to"]) for level in group.scale["levels"]] == [(1, 2), (3, 4)]


def test_the_files_of_an_evaluation_make_one_framework_in_any_order():
    both = packages.zipped(b__json=packages.RATINGS, a__json=packages.EVALUATION)
    for content in (both, (packages.EVALUATION + packages.RATINGS).encode()):
        found = taken(content)
        assert (found.form, found.known.edition, codes(found)) == ("edfi", "2026", {})
        (group,) = found.groups
        assert (group.domain, group.title) == ("Harbour Review", "Planning")
        assert [(mark.code, mark.title) for mark in group.marks] == [
            ("1.1", "Aims"),
            ("1.2", "Materials"),
        ]
        ends = [(level["from"], level["to"]) for level in group.scale["levels"]]
        assert ends == [(1, 2), (3, 4), (5, 5)]
        assert canonical(again(found).package) == canonical(found.package)


def test_a_list_of_competencies_gives_each_of_its_frameworks():
    given = {
        "frameworks": [{"id": "7", "name": "Seven"}, {"id": 8, "name": "Eight"}],
        "competencies": [
            {"fid": "7", "id": "7-1", "name": "Plan", "code": ""},
            {"fid": "7", "id": "7-1.1", "code": ""},
            {"fid": "8", "id": "8-1", "name": "Teach", "code": "T"},
            {"fid": "9", "id": "9-1"},
        ],
    }
    seven, eight = (understand(source, NOW) for source in read(json.dumps(given).encode()))
    assert [node.item["fullStatement"] for node in seven.tree.nodes] == ["Plan", "1.1"]
    assert [(g.title, [mark.code for mark in g.marks]) for g in seven.groups] == [("Plan", ["1.1"])]
    assert codes(seven) == {"statement_missing": 1, "left_out": 1, "field_missing": 1}
    assert [mark.title for mark in eight.groups[0].marks] == ["Teach"]


def _office():
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<a/>")
    return out.getvalue()


REFUSED = {
    "an empty file": (b"", b" \n", b"\xef\xbb\xbf"),
    "an image": (b"\x89PNG\r\n\x1a\n", b"<svg xmlns='a'></svg>"),
    "a PDF document": (b"%PDF-1.7",),
    "a binary file": (b"\x00\x01\xfe\xff", b"ab\0cd"),
    "text that is not UTF-8": ("code,statement\nA,Größe".encode("latin-1"),),
    "an Office document": (_office(),),
    "a zip archive that is broken": (b"PK\x03\x04 and no more",),
    "a web page": (b"<!DOCTYPE html><html></html>",),
    "an XML document": (b"<?xml version='1.0'?><a/>",),
    "an OpenAPI document": (b'{"openapi": "3.1.0", "paths": {}}', b"openapi: 3.1.0\npaths: {}\n"),
    "a JSON schema": (b'{"$schema": "https://a.example", "type": "object"}',),
    "a roster (OneRoster CSV)": (b"sourcedId,status,title\n1,active,A\n",),
    "a roster or a list of people": (b'{"users": [{"sourcedId": "1"}]}',),
    "Ed-Fi code lists without": (b'{"codeValue": "A", "namespace": "uri://a"}',),
    "parts of an Ed-Fi evaluation": (packages.RATINGS.encode(),),
    "a framework in the form of POST": (b'{"publisher": "A", "edition": "1", "domains": []}',),
    "a part of CASE without": (b'{"CFDocuments": []}',),
    "CASE items without": (json.dumps([item(1, "A")]).encode().replace(b"lastChange", b"x"),),
    "JSON of another kind": (b'{"a": 1}', b'{"CFItems": 3}'),
    "JSON without objects": (b"[]", b"[1, 2]", b"[[]]"),
    "JSON that is broken in line 1": (b'{"CFItems": [', b'{"a": 1} x', b'{"CFItems": []}}'),
    "JSON nested deeper than 32": (b"[" * 33 + b"]" * 33, b'{"a":' * 100_000),
    "JSON with a number that is none": (
        b'{"CFItems": [NaN]}',
        b'{"CFItems": [1e999]}',
        b'{"CFItems": [' + b"9" * 5000 + b"]}",
    ),
    "text or a table without": (b"Dear all,\nhello\n", b"code,title\nM-1,Algebra\n", b"a"),
}


@pytest.mark.parametrize("looks_like", REFUSED)
def test_another_kind_of_file_is_refused_and_told_what_it_looks_like(looks_like):
    for content in REFUSED[looks_like]:
        with pytest.raises(NotAFramework) as refused:
            read(content)
        assert looks_like in refused.value.detail, content[:50]
        assert refused.value.detail == f"It looks like {refused.value.members['looks_like']}."


def test_other_files_in_a_zip_are_left_out_and_noted():
    content = packages.zipped(
        a__txt="Read me first", b__json=json.dumps(package()), c__csv=packages.TABLE
    )
    first, second = (understand(source, NOW) for source in read(content))
    assert codes(first) == {"file_left_out": 1}
    assert second.known.title == "c"


def test_what_is_too_large_is_refused_before_it_is_held(monkeypatch):
    monkeypatch.setattr(reader, "MOST_BYTES", 1000)
    bomb = packages.zipped(a__json=" " * 100_000 + json.dumps(package()))
    assert len(bomb) < 3000
    monkeypatch.setattr(reader, "MOST_ITEMS", 2)
    for content in (bomb, json.dumps(package()).encode(), b"{}" + b" " * 1000):
        with pytest.raises(FrameworkTooLarge):
            read(content)


def _many(text, number):
    return text * number


@pytest.mark.parametrize(
    "content",
    [
        _many(b"{}", 150_000),  # objects one after the other
        b"[" + _many(b"[],", 1_500_001) + b"1]",
        b"[" + _many(b"1,", 8_000_001) + b"1]",
        # two hundred cells, each of which names thousands of items
        b"code,statement,isRelatedTo\n" + _many(b"a,b," + _many(b"x|", 2000) + b"\n", 200),
    ],
)
def test_few_bytes_that_would_take_much_room_are_refused(content, monkeypatch):
    monkeypatch.setattr("app.frameworks.files.table.MOST_ASSOCIATIONS", 5000)
    with pytest.raises(FrameworkTooLarge):
        read(content)


def test_a_zip_with_nothing_in_it_is_an_empty_file():
    with pytest.raises(NotAFramework) as refused:
        read(b"PK\x05\x06" + b"\0" * 18)
    assert refused.value.detail == "It looks like an empty file."


def test_an_address_over_two_lines_leaves_the_same():
    spoiled = package()
    spoiled["CFAssociations"][0]["originNodeURI"] = {"uri": "https://a.example/\nb"}
    spoiled["CFItems"][0]["subjectURI"] = [{"uri": "https://a.example/\nb"}]
    found = taken(spoiled)
    assert found.package["CFItems"][0]["subjectURI"][0]["uri"] == "https://a.example/b"
    assert canonical(again(found).package) == canonical(found.package)


def test_a_zip_in_a_zip_is_told():
    inner, outer = io.BytesIO(), io.BytesIO()
    with ZipFile(inner, "w") as archive:
        archive.writestr("package.json", json.dumps(package()))
    with ZipFile(outer, "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    with pytest.raises(NotAFramework) as refused:
        read(outer.getvalue())
    assert "inside a zip" in refused.value.detail


def test_a_header_of_thousands_of_columns_is_no_framework():
    with pytest.raises(NotAFramework):
        read(b"code,statement," + _many(b"a,", 2000))


def test_many_that_claim_one_id_are_numbered_in_one_go(monkeypatch):
    """Each began to count anew: a file of 1 MB kept the program busy for hours."""
    made = []
    module = import_module("app.frameworks.files.strict")  # its name is a function's, too
    monkeypatch.setattr(module, "made_id", lambda *parts: made.append(1) or made_id(*parts))
    items = [item(10, str(number)) for number in range(200)]
    found = taken(package(CFItems=items, CFAssociations=[]))
    assert len({one["identifier"] for one in found.package["CFItems"]}) == 200
    assert codes(found)["duplicate_identifier"] == 199
    assert len(made) < 500


def test_a_run_of_blanks_in_levels_is_read_in_no_time():
    """The pattern tried each of its splits, which is their square: minutes for one cell."""
    cell = "1" + " " * 100_000 + "a\nb"
    found = taken(f'code,statement,kind,levels\nA,b,indicator,"{cell}|2 c"\n'.encode())
    assert found.groups[0].scale["levels"][0]["name"] == "a b"


def test_few_bytes_of_many_parts_are_refused_before_they_take_the_memory():
    many = b'{"CFItems": [], "CFRubrics": [' + b"{}," * 200_000 + b"{}]}"
    for content in (many, b"[" + b"{}," * 2_000_001 + b"{}]", b"code,statement" + b"," * 2_000_001):
        with pytest.raises(FrameworkTooLarge):
            read(content)


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=100).map(lambda text: f"code,statement,parent\n{text}".encode()),
        st.fixed_dictionaries(
            {"CFDocument": st.none() | st.dictionaries(st.sampled_from(["title", "uri"]), _ANY)},
            optional={
                name: st.lists(_ANY, max_size=4)
                for name in ("CFItems", "CFAssociations", "CFRubrics")
            },
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_nothing_that_can_be_thought_of_gives_anything_else(content):
    try:
        sources = read(content)
    except (NotAFramework, FrameworkTooLarge):
        return
    for source in sources:
        found = understand(source, NOW)
        assert canonical(again(found).package) == canonical(found.package)


def test_codes_are_made_of_what_there_is():
    assert code_of("CCSS.Math.6.RP-A_1") == "CCSS.Math.6.RP-A_1"
    assert code_of("T-TESS Spring 2024 - 1") == "T-TESS-Spring-2024-1"
    assert code_of("*1a") == "1a"
    assert code_of("…") is None
    assert len(code_of("a " * 90)) <= 64


MESS = (None, True, 0, -1.5, 2**70, "", "x", " \t", "\ud800", "2026-01-02", uid(10), [], {}, ["a"])


def _spoil(random_, value):
    """A copy in which some values are others."""
    if random_.random() < 0.08:
        return random_.choice([*MESS, {"identifier": random_.choice(MESS)}, {"uri": "a:b"}])
    if isinstance(value, dict):
        found = {name: _spoil(random_, part) for name, part in value.items()}
        if random_.random() < 0.2:
            found[random_.choice(["x", "extensions", "identifier", "uri"])] = random_.choice(MESS)
        return found
    if isinstance(value, list):
        return [_spoil(random_, part) for part in value for _ in range(random_.choice((1, 1, 2)))]
    return value


def test_no_spoiled_file_gives_anything_but_a_framework_or_a_refusal():
    """Whatever is taken is exported and taken again the same."""
    random_ = random.Random(20260304)
    whole = package(
        CFRubrics=[rubric(11, [(1, "Low", "a"), (2, "High", "b")])],
        CFDefinitions={
            "CFItemTypes": [item(70, "", title="T", hierarchyCode="1", typeCode="t")],
            "CFLicenses": [item(71, "", title="L", licenseText="free")],
        },
    )
    counted = [0, 0]
    for _ in range(400):
        spoiled = _spoil(random_, whole)
        try:
            sources = read(json.dumps(spoiled).encode())
        except NotAFramework:
            counted[1] += 1
            continue
        for source in sources:
            found = understand(source, NOW)
            assert canonical(again(found).package) == canonical(found.package)
            assert len(found.tree.nodes) == len(found.package["CFItems"])
            counted[0] += 1
    assert min(counted) > 5, counted


def test_no_bytes_give_anything_but_a_framework_or_a_refusal():
    random_ = random.Random(20260305)
    files = [
        json.dumps(package()).encode(),
        packages.TABLE.encode(),
        packages.EVALUATION.encode(),
        packages.zipped(a__json=packages.EVALUATION, b__csv=packages.TABLE),
    ]
    for _ in range(1500):
        content = bytearray(random_.choice(files))
        for _ in range(random_.choice((0, 1, 3, 9))):
            content[random_.randrange(len(content))] = random_.randrange(256)
        content = content[: random_.choice((len(content), random_.randrange(len(content))))]
        try:
            for source in read(bytes(content)):
                understand(source, NOW)
        except (NotAFramework, FrameworkTooLarge):
            continue
