"""The parts of reading a service that need no service: paging, dialects, cells."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.core.outside import Response
from app.integrations.oneroster_rest import service
from app.integrations.oneroster_rest.bundle import bundle
from app.integrations.oneroster_rest.cells import cells, counted
from app.integrations.oneroster_rest.dialects import codes, is_failure, refused, retry_after
from app.integrations.oneroster_rest.failures import WORDS, Again, AskedTooMuch, Failed
from app.integrations.oneroster_rest.paging import (
    MOST_PAGES,
    SOME_PAGES,
    Moved,
    Position,
    Seen,
    after,
    mark,
    next_link,
    same_origin,
)
from app.integrations.oneroster_rest.service import PAGE_BYTES, PATH, _read, root

HERE = "https://sis.example/ims/oneroster/rostering/v1p2/users?limit=5"
NEXT = "https://sis.example/ims/oneroster/rostering/v1p2/users?limit=5&offset=5"

#: what pages before had: a content, and an address
HAD = {"again", mark(NEXT + "&seen")}


def seen(rows, total=None, link=None, digest="d"):
    return Seen(rows=rows, digest=digest, total=total, next_link=link)


@pytest.mark.parametrize(
    ("position", "page", "expected"),
    [
        # by the count: a page shorter than asked for is not the last
        (Position(), seen(3, total=10), 3),
        # where it is reached or passed one page more is asked for, and that is the end
        (Position(rows=8, total=10), seen(2, total=10), 10),
        (Position(rows=8, total=10), seen(4, total=10), 12),
        (Position(rows=10, total=10), seen(0, total=10), None),
        (Position(rows=10, total=10), seen(0, total=0), None),
        (Position(), seen(7, total=7), 7),
        (Position(rows=7, total=7), seen(7, total=7), 14),
        (Position(rows=7, total=7), seen(2, total=2), 9),
        (Position(rows=9, total=7, doubted=True), seen(0, total=0), None),
        (Position(rows=9, total=7, doubted=True), seen(2, digest="again"), "paging_loop"),
        (Position(rows=10, total=10), seen(1, total=11), "moved"),
        (Position(rows=10, total=10), seen(1, total=12), "moved"),
        (Position(), seen(0, total=0), None),
        (Position(rows=3, total=10), seen(0, total=10), "incomplete"),
        (Position(rows=3, total=10), seen(3, total=11), "moved"),
        # by the link, which goes before the count
        (Position(), seen(5, link=NEXT), NEXT),
        (Position(), seen(5, total=9, link=NEXT), NEXT),
        (Position(rows=5, link=NEXT), seen(2), None),
        (Position(rows=5, link=NEXT, total=9), seen(2, total=9), "incomplete"),
        (Position(rows=5, link=NEXT), seen(0, link=NEXT + "0"), None),
        (Position(rows=5, link=NEXT, total=7), seen(4, total=7, link=NEXT + "0"), NEXT + "0"),
        (Position(rows=5, link=NEXT, total=7), seen(4, total=7), None),
        (Position(), seen(5, link=HERE), "paging_loop"),
        (Position(rows=5, link=NEXT), seen(5, link=NEXT + "&seen"), "paging_loop"),
        (Position(), seen(5, link="https://other.example/"), "paging_foreign"),
        (Position(), seen(5, total=9, link="http://sis.example/"), 5),
        # by neither: until a page is empty
        (Position(), seen(5), 5),
        (Position(rows=5), seen(0), None),
        (Position(rows=5), seen(5, digest="again"), "paging_loop"),
        (Position(pages=MOST_PAGES - 1, rows=MOST_PAGES * 25), seen(5), "too_many_pages"),
        # what is known bounds it earlier
        (Position(pages=SOME_PAGES - 1, rows=SOME_PAGES * 2), seen(5), "too_many_pages"),
        (Position(pages=SOME_PAGES - 1, rows=SOME_PAGES * 10 - 5), seen(5), SOME_PAGES * 10),
        (Position(pages=SOME_PAGES, rows=2000, total=9000), seen(5, total=9000), 2005),
        (Position(rows=17_000, pages=9, total=7, doubted=True), seen(7), "too_many_pages"),
        (Position(rows=16_900, pages=9, total=7, doubted=True), seen(7), 16_907),
    ],
)
def test_a_collection_ends_where_it_is_whole_and_nowhere_else(position, page, expected):
    if expected == "moved":
        with pytest.raises(Moved):
            after(position, page, HERE, HAD)
    elif expected in WORDS:
        with pytest.raises(Failed, match=expected):
            after(position, page, HERE, HAD)
    else:
        behind = after(position, page, HERE, HAD)
        assert (behind and (behind.link or behind.rows)) == expected


def test_links_are_read_as_the_standard_writes_them():
    header = '</a?x=1,2>; rel="last", <users?offset=5>; title="a, b"; rel="prev next"'
    assert (
        next_link(header, HERE) == "https://sis.example/ims/oneroster/rostering/v1p2/users?offset=5"
    )
    assert next_link("<b>; REL=next", HERE) == f"https://sis.example{PATH}/b"
    assert next_link('<b>; rel="last"', HERE) is None
    assert next_link("nonsense", HERE) is next_link(None, HERE) is None
    assert same_origin("https://a.example/", "https://A.example:443/b")
    assert not same_origin("https://a.example", "https://a.example:444")
    assert not same_origin("https://a.example:x", "https://a.example")
    assert root("https://a.example/x/") == f"https://a.example/x{PATH}"
    assert root(f"https://a.example{PATH}/") == f"https://a.example{PATH}"


def test_refusals_are_understood_in_every_dialect():
    new = {
        "imsx_codeMajor": "failure",
        "imsx_CodeMinor": {"imsx_codeMinorField": [{"imsx_codeMinorFieldValue": "server_busy"}]},
    }
    old = {"statusInfoSet": [{"imsx_codeMajor": "failure", "imsx_codeMinor": "Server_Busy"}]}
    for said in (new, old):
        assert codes(said) == {"server_busy"}
        assert is_failure(said)
        found = refused(200, {}, json.dumps(said).encode())  # a failure in disguise
        assert isinstance(found, Again)
        assert found.code == "busy"
    assert codes({"error": "invalid_client", "statusInfoSet": 5}) == {"invalid_client"}
    assert codes({"error": ["x"]}) == codes([]) == set()
    assert not is_failure({"users": []})
    for status, kind, code in (
        (401, Failed, "sign_in_refused"),
        (403, Failed, "forbidden"),
        (404, Failed, "not_found"),
        (400, AskedTooMuch, None),
        (418, Failed, "refused"),
        (301, Failed, "redirected"),
        (429, Again, "busy"),
        (500, Again, "failing"),
        (503, Again, "failing"),
    ):
        found = refused(status, {}, b"<html>")
        assert type(found) is kind, status
        assert getattr(found, "code", None) == code


def test_a_wait_is_seconds_or_a_date_and_bounded():
    now = datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert retry_after({"retry-after": "7"}) == timedelta(seconds=7)
    assert retry_after({"retry-after": "99999"}) == timedelta(hours=1)
    date = {"retry-after": "Thu, 01 Oct 2026 12:00:30 GMT"}
    assert retry_after(date, now) == timedelta(seconds=30)
    assert retry_after(date, now + timedelta(hours=1)) == timedelta(0)
    for odd in ("", "-5", "soon", "9" * 40, "²"):
        assert retry_after({"retry-after": odd}, now) is None


def test_of_people_who_neither_teach_nor_lead_only_their_number_is_kept():
    def user(key, *roles, **more):
        return {"sourcedId": key, "givenName": "N" + key, "roles": list(roles), **more}

    role = [{"role": name} for name in ("student", "Teacher", "ext:coach", "Pelle Pupil")]
    page = [
        user("a", role[0]),
        user("b", role[0], {"role": "guardian"}),
        user("c", role[1], role[2]),
        user("d", role[2]),
        user("e", role[3]),
        user("f", status="tobedeleted"),
        user("g", status="tobedeleted"),
        "no object",
    ]
    made = cells("users", page, 4, {"users": {"g"}})
    assert made["roles"][:2] == [1, 2]
    users = made["users"]
    assert users[0] == 2
    assert [row[0] for row in users[1:]] == ["c", "nobody 4.2", "nobody 4.3", "nobody 4.4", "g", ""]
    assert [row[2] for row in made["roles"][2:]] == ["Teacher", "ext:other", "ext:other", "other"]
    kept = json.dumps(made)
    for gone in ("Na", "Nb", "Nd", "Ne", "Nf", "Pelle", "coach", '"d"', '"e"'):
        assert gone not in kept
    mapped = cells("users", [user("d", role[2])], 0, {}, {"EXT:coach"})
    assert mapped["users"][0][:2] == ["d", "Nd"]

    taught = [
        {"sourcedId": "1", "role": "student", "user": {"sourcedId": "a"}},
        {"sourcedId": "2", "role": "teacher", "user": {"sourcedId": "c"}, "primary": True},
        {"sourcedId": "3", "role": "ext:x", "user": {"sourcedId": "a"}},
    ]
    rows = cells("enrollments", taught, 0, {})["enrollments"]
    assert rows[0] == 1
    assert rows[1][:4] == ["2", "", "c", "teacher"]
    assert rows[2][:4] == ["nobody 0.2", "", "", "ext:other"]


def test_odd_values_become_cells_that_cannot_harm():
    odd = {
        "sourcedId": 7,
        "name": "a\x00b\r\n\ud800" + "x" * 9000,
        "type": ["school"],
        "status": None,
        "identifier": {"x": 1},
    }
    (row,) = cells("orgs", [odd], 0, {})["orgs"]
    assert row[0] == "7"
    assert row[1].startswith("a\x01b \ufffdx")
    assert len(row[1]) == 300
    assert row[2:] == ["", "", "", ""]
    assert cells("orgs", [[]], 0, {})["orgs"] == [["", "", "", "active", "", ""]]
    packed = bundle("bulk", [("users", counted("users", 3)), ("orgs", {"orgs": [row]})])
    assert packed.count(b"counted 3") == 3
    assert packed[:2] == b"PK"


def test_a_page_of_millions_of_nothings_is_not_read(monkeypatch):
    """It would take thirty times its size, and the whole process while it is parsed."""
    json_kind = {"content-type": "application/json"}
    person = {"sourcedId": "k" * 36, "roles": [{"role": "teacher", "org": {"sourcedId": "s1"}}]}
    person |= dict.fromkeys(("givenName", "familyName", "email", "status"), "x" * 12)
    one = json.dumps(person).encode()
    whole = b'{"users": [' + b",".join([one] * (PAGE_BYTES // (len(one) + 1) - 1)) + b"]}"
    assert _read("users", HERE, Response(200, json_kind, whole)).seen.rows > 60_000
    parsed = []
    monkeypatch.setattr(service, "parsed", parsed.append)
    for nothing in (b"{},", b"[],", b"1,", b'{"":[]},'):
        body = b'{"users": [' + nothing * (15_000_000 // len(nothing)) + b"1]}"
        with pytest.raises(Failed) as failed:
            _read("users", HERE, Response(200, json_kind, body))
        assert failed.value.code == "too_large"
    assert parsed == []
    # nor a refusal that is longer than any error document
    long = b'{"error": "invalid_scope", "x": "' + b"y" * 100_000 + b'"}'
    assert code_of(refused(403, {}, b'{"error": "insufficient_scope"}')) == "scope_refused"
    assert code_of(refused(403, {}, long.replace(b"invalid", b"insufficient"))) == "forbidden"


def code_of(refusal):
    assert isinstance(refusal, Failed)
    return refusal.code
