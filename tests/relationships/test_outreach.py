"""Outreach end to end: its words, who sees it when, and that an e-mail is recorded once."""

import asyncio
import sys
import tracemalloc
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.jobs import enqueue
from app.core.mail import Mailer
from app.relationships.outreach.sending import LONGEST_WAIT, SEND, wait_after
from app.settings import Settings
from app.templates import placeholders
from app.worker import HANDLERS, work
from tests.conftest import SETTINGS
from tests.goals.test_goals import at
from tests.mail.test_mail import mailer_to, serving
from tests.meetings.test_meetings import act, ok, refused
from tests.relationships.test_relationships import PATH as COACHING
from tests.relationships.test_relationships import act as step
from tests.relationships.test_relationships import pair, propose
from tests.working import Mailbox, run_due

pytestmark = pytest.mark.anyio
PATH = "outreach-messages"
ROOT = Path(__file__).resolve().parents[2]
WHY, HOPE = "You let pupils argue about fractions.", "Questions worth a year."


@pytest.fixture
def box(app: Any, tmp_path: Path) -> Any:
    """E-mail set up: a folder that is everybody's mailbox."""
    made = Mailbox(SETTINGS, tmp_path)
    app.state.mailer = made.mailer
    return made


class Fresh:
    """Somebody's client, with a token of the present time: the tests let hours pass."""

    def __init__(self, as_: Any, who: str) -> None:
        self.sign_in = lambda: as_(who)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sign_in(), name)


@pytest.fixture
def as_(as_: Any) -> Any:
    """`as_` as everywhere, for clients that are kept while time passes."""
    return lambda who: Fresh(as_, who)


async def draft(as_: Any, world: Any, who: str = "lena", **fields: Any) -> dict[str, Any]:
    """An outreach to Tom, in free words unless told otherwise."""
    body = {"teacher_id": str(world.tom), "subject": "Hello", "text": "Welcome.", **fields}
    body = {name: value for name, value in body.items() if value is not None}
    made: dict[str, Any] = await ok(as_(who).post(f"/{PATH}", json=body), 201)
    return made


async def welcome(as_: Any, world: Any, **answers: str) -> dict[str, Any]:
    """One from the district's template."""
    return await draft(
        as_, world, template_id=str(world.welcome), subject=None, text=None, answers=answers
    )


async def change(client: Any, row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    now = await ok(client.get(f"/{PATH}/{row['id']}"))
    done: dict[str, Any] = await ok(
        client.patch(f"/{PATH}/{row['id']}", json=fields, headers=at(now))
    )
    return done


async def do(client: Any, row: dict[str, Any], name: str, **body: Any) -> Any:
    """A step at the present version; `send` and `hand-over` have a body always."""
    now = await ok(client.get(f"/{PATH}/{row['id']}"))
    options = {} if name == "unschedule" else {"json": body}
    return await client.post(f"/{PATH}/{row['id']}/{name}", headers=at(now), **options)


async def see(client: Any, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await ok(client.get(f"/{PATH}/{row['id']}"))
    return found


async def run(app: Any, mailer: Mailer, *, at_once: bool = True) -> int:
    """Do the jobs that are due; with `at_once` also those that wait for their time."""
    ahead = timedelta(days=400) if at_once else timedelta(0)
    return await run_due(app.state.database, mailer, ahead=ahead)


async def jobs(app: Any) -> int:
    async with app.state.database.reading() as session:
        return int(await session.scalar(text("select count(*) from pgqueuer")))


async def nothing_for(client: Any, row: dict[str, Any]) -> None:
    """The teacher cannot tell that there is anything."""
    await refused(client.get(f"/{PATH}/{row['id']}"), 404, "not_found")
    await refused(client.get(f"/{PATH}/{row['id']}/preview"), 404, "not_found")
    for query in ("", "?state=draft", "?state=scheduled", "?state=queued", "?limit=1"):
        found = await ok(client.get(f"/{PATH}{query}"))
        assert (found["items"], found["next"]) == ([], None)
    assert (await ok(client.get("/activity")))["items"] == []
    events = (await ok(client.get("/audit?limit=200")))["items"]
    assert row["id"] not in {event["subject_id"] for event in events}
    refusal = await client.post(f"/{PATH}/{row['id']}/send", json={}, headers=at(row))
    assert refusal.status_code == 404


async def test_a_welcome_is_drafted_previewed_sent_and_only_then_the_teachers(as_, app, world, box):
    lena, tom = as_("lena"), as_("tom")
    row = await welcome(as_, world, why_i_look_forward=WHY)
    assert (row["state"], row["template_title"]) == ("draft", "Welcome before the first meeting")
    assert [field["key"] for field in row["fields"]] == ["why_i_look_forward", "my_hope"]
    assert "{{teacher_given_name}}" in row["subject"]
    assert row["permissions"] == ["edit", "delete", "preview", "send", "hand_over"]
    await nothing_for(tom, row)
    shown = await ok(lena.get(f"/{PATH}/{row['id']}/preview"))
    assert [entry["code"] for entry in shown["missing"]] == ["my_hope"]
    assert WHY in shown["text"]
    assert "My hope for the year: {{my_hope}}" in shown["text"]
    missing = await refused(do(lena, row, "send"), 409, "placeholders_missing")
    assert [entry["code"] for entry in missing["missing"]] == ["my_hope"]
    await refused(do(lena, row, "hand-over"), 409, "placeholders_missing")
    assert await jobs(app) == 0

    row = await change(lena, row, answers={"my_hope": HOPE})
    assert row["answers"] == {"why_i_look_forward": WHY, "my_hope": HOPE}
    shown = await ok(lena.get(f"/{PATH}/{row['id']}/preview"))
    assert shown["missing"] == shown["warnings"] == []
    assert shown["subject"] == "Looking forward to this year with you, Tom"
    assert shown["html"].startswith("<!doctype html>")
    assert "<h1 style" in shown["html"]
    row = await ok(do(lena, row, "send"))
    assert (row["state"], row["permissions"]) == ("queued", ["preview", "unschedule"])
    await nothing_for(tom, row)
    body = await refused(do(lena, row, "hand-over"), 409, "wrong_state")
    assert body["allowed"] == ["unschedule"]

    assert await run(app, box.mailer) == 1
    (letter,) = box.messages
    assert letter["Message-ID"] == f"<{row['id']}@alongside.example>"
    (sender,) = letter["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Lena Ortiz", "coach@alongside.example")
    assert str(letter["Reply-To"]) == "Lena Ortiz <lena@juniper.example>"
    assert str(letter["To"]) == "Tom Brandt <tom@juniper.example>"
    assert letter["Subject"] == shown["subject"]
    plain, page = letter.iter_parts()
    assert plain.get_content().split() == shown["text"].split()
    assert page.get_content().split() == shown["html"].split()
    got = await see(tom, row)
    assert (got["state"], got["subject"], got["text"]) == ("sent", shown["subject"], shown["text"])
    assert got["sent_at"]
    assert got["permissions"] == []
    assert (await ok(tom.get(f"/{PATH}?state=sent")))["items"] == [got]
    await refused(tom.get(f"/{PATH}/{row['id']}/preview"), 403, "forbidden")
    again = await ok(lena.get(f"/{PATH}/{row['id']}/preview"))
    assert again["text"] == shown["text"]
    events = (await ok(tom.get("/audit?limit=200")))["items"]
    assert [e["action"] for e in events if e["subject_id"] == row["id"]] == [
        "outreach_message.sent"
    ]
    for leader in ("paul", "ada"):
        await refused(as_(leader).get(f"/{PATH}/{row['id']}"), 404, "not_found")
        events = (await ok(as_(leader).get("/audit?limit=200")))["items"]
        assert row["id"] not in {event["subject_id"] for event in events}
    # nothing more becomes of it
    for name in ("send", "unschedule", "hand-over"):
        await refused(do(lena, row, name), 409, "wrong_state")
    await refused(
        lena.patch(f"/{PATH}/{row['id']}", json={"text": "Other."}, headers=at(got)),
        409,
        "wrong_state",
    )
    gone = await lena.delete(f"/{PATH}/{row['id']}", headers=at(got))
    assert gone.status_code == 409


async def test_a_page_of_the_teachers_list_shows_nothing_of_what_waits(as_, app, world, box):
    rows = sorted([await draft(as_, world) for _ in range(5)], key=lambda row: row["id"])
    for row in (rows[1], rows[3]):
        await ok(do(as_("lena"), row, "hand-over"))
    first = await ok(as_("tom").get(f"/{PATH}?limit=1"))
    second = await ok(as_("tom").get(f"/{PATH}?limit=1&cursor={first['next']}"))
    assert [page["items"][0]["id"] for page in (first, second)] == [rows[1]["id"], rows[3]["id"]]
    assert second["next"] is None
    mine = await ok(as_("lena").get(f"/{PATH}?teacher_id={world.tom}&state=draft"))
    assert [row["id"] for row in mine["items"]] == [rows[n]["id"] for n in (0, 2, 4)]
    assert (await ok(as_("lena").get(f"/{PATH}?teacher_id={world.nina}")))["items"] == []


async def test_what_was_typed_is_put_in_as_it_is(as_, app, world, box):
    lena = as_("lena")
    typed = "{{salary}} {{teacher_given_name}} <b>&amp; {% x %}\r\nBcc: all@juniper.example"
    row = await draft(
        as_,
        world,
        template_id=str(world.welcome),
        subject="On {{why_i_look_forward}}",
        text="{{why_i_look_forward}} at {{ school_name }}, {{school_year}}",
        answers={"why_i_look_forward": typed, "my_hope": "Not in the words."},
    )
    row = await ok(do(lena, row, "send"))  # a field that the words do not name is not missing
    await run(app, box.mailer)
    (letter,) = box.messages
    one_line = " ".join(typed.split())
    assert letter["Subject"] == f"On {one_line}"
    assert "Bcc" not in letter
    plain, page = letter.iter_parts()
    expected = typed.replace("\r\n", "\n") + " at Alder School, 2026-2027"
    assert plain.get_content().replace("\r\n", "\n").strip() == expected
    assert "&lt;b&gt;&amp;amp;" in page.get_content()
    got = await see(as_("tom"), row)
    assert got["text"] == f"{typed} at Alder School, 2026-2027"
    # what the teacher got is not filled anew, and answers that are not in it stay the lead's
    assert got["answers"] == {"why_i_look_forward": typed}
    shown = await ok(lena.get(f"/{PATH}/{row['id']}/preview"))
    assert shown["text"] == got["text"]


SMUGGLED = "=?utf-8?Q?Hi=0D=0AReply-To:_evil=40example.org=0D=0A=0D=0A<h1>x</h1>?="


async def test_encoded_words_in_a_subject_or_a_name_stay_words(as_, app, world, box):
    for name in ("lena", "tom"):
        row = await ok(as_("ada").get(f"/people/{getattr(world, name)}"))
        body = {"given_name": SMUGGLED, "family_name": SMUGGLED[:60]}
        await ok(as_("ada").patch(f"/people/{row['id']}", json=body, headers=at(row)))
    row = await draft(as_, world, subject=SMUGGLED)
    await ok(do(as_("lena"), row, "send"))
    await run(app, box.mailer)
    (letter,) = box.messages
    assert letter["Subject"] == (await see(as_("tom"), row))["subject"] == SMUGGLED
    assert [a.addr_spec for a in letter["Reply-To"].addresses] == ["lena@juniper.example"]
    assert [a.addr_spec for a in letter["To"].addresses] == ["tom@juniper.example"]
    assert len(letter.keys()) == 10
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]


async def test_what_cannot_be_written_fails_with_a_word_of_ours(as_, app, world, box, monkeypatch):
    row = await draft(as_, world)
    await ok(do(as_("lena"), row, "send"))
    monkeypatch.setattr("app.core.mail.html_of", lambda *_: 1 / 0)
    await run(app, box.mailer)
    row = await see(as_("lena"), row)
    assert (row["state"], row["failure"]) == ("failed", "cannot_be_written")
    assert (box.messages, await jobs(app)) == ([], 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": "{{salary}}"}, "unknown_placeholder"),
        ({"subject": "{{my_hope}}"}, "unknown_placeholder"),
        ({"answers": {"my_hope": "a"}}, "answers_do_not_fit"),
        ({"template_id": "getting_to_know_you"}, "template_not_usable"),
        ({"template_id": "lena_tom"}, "unknown_reference"),
        ({"template_id": "welcome", "answers": {"my_hope": True}}, "answers_do_not_fit"),
        ({"teacher_id": "sam"}, "unknown_reference"),
        ({"teacher_id": "pia"}, "coaching_not_active"),
        ({"teacher_id": "olga"}, "unknown_reference"),
    ],
)
async def test_a_draft_that_does_not_fit_is_refused(as_, world, fields, code):
    fields = {
        name: str(getattr(world, value)) if name.endswith("_id") else value
        for name, value in fields.items()
    }
    body = {"teacher_id": str(world.tom), "subject": "Hello", "text": "Welcome.", **fields}
    answer = await refused(as_("lena").post(f"/{PATH}", json=body), 409, code)
    assert "salary" not in str(answer)
    row = await draft(as_, world)
    if "teacher_id" not in fields and "template_id" not in fields:
        sent = as_("lena").patch(f"/{PATH}/{row['id']}", json=fields, headers=at(row))
        await refused(sent, 409, code)
    assert (await ok(as_("lena").get(f"/{PATH}")))["items"] == [row]


async def test_free_words_are_whole_and_a_template_is_one_s_own_or_published(as_, world):
    lena = as_("lena")
    body = {"teacher_id": str(world.tom), "subject": "Hello"}
    await refused(lena.post(f"/{PATH}", json=body), 422, "invalid")
    new = {
        "kind": "outreach",
        "key": "mine",
        "title": "Mine",
        "subject": "Hi {{teacher_given_name}}",
        "text": "You {{verb}} {{how}} since {{since}}: {{often}}, {{really}}, {{what}}{{note}}.",
        "fields": [
            {"key": "verb", "label": "Verb", "type": "choice", "required": True,
             "options": [{"key": "a", "label": "teach"}, {"key": "b", "label": "lead"}]},
            {"key": "how", "label": "How", "type": "choices",
             "options": [{"key": "x", "label": "well"}, {"key": "y", "label": "kindly"}]},
            {"key": "since", "label": "Since", "type": "date"},
            {"key": "often", "label": "Often", "type": "number"},
            {"key": "really", "label": "Really", "type": "yes_no"},
            {"key": "what", "label": "What", "type": "line"},
            {"key": "note", "label": "Note", "type": "line"},
        ],
    }  # fmt: skip
    template = await ok(lena.post("/templates", json=new), 201)
    body = {"teacher_id": str(world.tom), "template_id": template["id"]}
    await refused(lena.post(f"/{PATH}", json=body), 409, "template_not_usable")
    await ok(act(lena, "templates", template, "publish"))
    answers = {
        "verb": "a",
        "how": ["x", "y"],
        "since": "2026-09-01",
        "often": 3.5,
        "really": True,
        "what": "maths",
    }
    row = await ok(lena.post(f"/{PATH}", json=body | {"answers": answers}), 201)
    shown = await ok(lena.get(f"/{PATH}/{row['id']}/preview"))
    # what may stay open stays empty
    assert shown["text"] == ("You teach well, kindly since Tuesday, 1 September: 3.5, yes, maths.")
    cleared = await change(lena, row, answers={"verb": None, "what": "arts"})
    assert "verb" not in cleared["answers"]
    assert cleared["answers"]["what"] == "arts"
    # the teacher reads an outreach made of a template they cannot read
    await change(lena, row, answers={"verb": "b"})
    await ok(do(lena, row, "hand-over"))
    got = await see(as_("tom"), row)
    assert got["template_title"] == "Mine"
    await refused(as_("tom").get(f"/templates/{template['id']}"), 404, "not_found")


async def test_words_that_are_empty_or_too_long_once_filled_are_refused(as_, world, box):
    lena = as_("lena")
    row = await draft(
        as_,
        world,
        template_id=str(world.welcome),
        subject="{{my_hope}}{{why_i_look_forward}}",
        text="Hi",
        answers={"my_hope": "a" * 150, "why_i_look_forward": "b" * 150},
    )
    shown = await ok(lena.get(f"/{PATH}/{row['id']}/preview"))
    assert len(shown["subject"]) == 200
    assert [w["code"] for w in shown["warnings"]] == ["outreach_too_long"]
    for name in ("send", "hand-over"):
        await refused(do(lena, row, name), 409, "outreach_too_long")
    new = {
        "kind": "outreach",
        "key": "mine",
        "title": "Mine",
        "subject": "{{perhaps}}",
        "text": "Hi",
        "fields": [{"key": "perhaps", "label": "Perhaps", "type": "line"}],
    }
    template = await ok(lena.post("/templates", json=new), 201)
    await ok(act(lena, "templates", template, "publish"))
    body = {"teacher_id": str(world.tom), "template_id": template["id"]}
    row = await ok(lena.post(f"/{PATH}", json=body), 201)
    body = await refused(do(lena, row, "send"), 409, "placeholders_missing")
    assert [entry["code"] for entry in body["missing"]] == ["subject"]


async def test_without_mail_a_card_is_handed_over_and_a_letter_refused(as_, world):
    lena = as_("lena")
    row = await draft(as_, world, text="Dear {{teacher_given_name}}, {{first_meeting}}.")
    await refused(do(lena, row, "send"), 409, "mail_not_configured")
    late = await refused(do(lena, row, "hand-over", on="2026-10-06"), 409, "handed_over_in_future")
    assert "2026" not in late["detail"]
    await nothing_for(as_("tom"), row)
    row = await ok(do(lena, row, "hand-over", on="2026-10-02"))
    assert (row["state"], row["handed_over_on"]) == ("handed_over", "2026-10-02")
    got = await see(as_("tom"), row)
    assert (got["text"], got["sent_at"]) == ("Dear Tom, soon.", None)
    other = await ok(do(lena, await draft(as_, world), "hand-over"))
    assert other["handed_over_on"] == "2026-10-05"


async def test_a_teacher_without_an_address_is_told_of_without_naming_one(as_, app, world, box):
    row = await draft(as_, world)
    await _without_address(app, world)
    body = await refused(do(as_("lena"), row, "send"), 409, "teacher_without_email")
    assert "@" not in str(body)
    assert await jobs(app) == 0
    await ok(do(as_("lena"), row, "hand-over"))


async def _without_address(app: Any, world: Any) -> None:
    await _address(app, world, "tom", None)


async def _address(app: Any, world: Any, name: str, email: str | None) -> None:
    async with app.state.database.writing() as session:
        await session.execute(text(f"select set_config('app.district', '{world.juniper}', true)"))
        await session.execute(
            text("update person set email = :email where id = :id"),
            {"id": getattr(world, name), "email": email},
        )
        await session.commit()


async def test_a_draft_is_deleted_by_its_lead(as_, world):
    row = await draft(as_, world)
    assert (await as_("tom").delete(f"/{PATH}/{row['id']}", headers=at(row))).status_code == 404
    await ok(as_("lena").delete(f"/{PATH}/{row['id']}", headers=at(row)), 204)
    await refused(as_("lena").get(f"/{PATH}/{row['id']}"), 404, "not_found")


async def test_one_that_is_scheduled_waits_is_taken_back_and_goes_at_its_new_time(
    as_, app, world, box, ticking
):
    lena = as_("lena")
    row = await draft(as_, world)
    for when in ("2026-10-05T15:59:00Z", "2027-06-06T12:00:00Z"):
        body = await refused(do(lena, row, "send", send_at=when), 409, "dates_do_not_fit")
        assert body["last"] == "2027-06-04"
    await refused(do(lena, row, "send", send_at="tomorrow"), 422, "invalid")
    await refused(do(lena, row, "send", send_at="2027-02-30T12:00:00Z"), 422, "invalid")
    row = await ok(do(lena, row, "send", send_at="2026-10-06T16:00:00Z"))
    assert (row["state"], row["permissions"]) == ("scheduled", ["preview", "unschedule"])
    await nothing_for(as_("tom"), row)
    assert await run(app, box.mailer, at_once=False) == 0
    row = await ok(do(lena, row, "unschedule"))
    assert (row["state"], row["send_at"]) == ("draft", None)
    ticking.move(days=1, hours=1)
    assert await run(app, box.mailer) == 1  # its job finds a draft
    assert box.messages == []
    await ok(do(lena, row, "send", send_at="2026-10-07T20:00:00Z"))
    await ok(do(lena, row, "unschedule"))
    await ok(do(lena, row, "send", send_at="2026-10-08T20:00:00Z"))
    ticking.move(days=1, hours=4)  # the time it had first
    assert await jobs(app) == 1  # the new time has taken the place of the one before
    assert await run(app, box.mailer) == 1  # it is early
    assert (await see(lena, row))["state"] == "scheduled"
    ticking.move(days=1)
    await run(app, box.mailer)
    assert (await see(as_("tom"), row))["state"] == "sent"
    assert len(box.messages) == 1
    assert await jobs(app) == 0


async def test_it_warns_when_the_first_meeting_comes_before(as_, app, world, box, ticking):
    lena, tom = as_("lena"), as_("tom")

    async def warned(row: dict[str, Any]) -> bool:
        codes = [warning["code"] for warning in (await see(lena, row))["warnings"]]
        assert codes in ([], ["after_first_meeting"])
        return bool(codes)

    row = await draft(as_, world, text="We meet {{first_meeting}}.")
    assert not await warned(row)
    before = {"teacher_id": str(world.tom), "on": "2026-10-06", "at": "09:30"}
    called_off = await ok(tom.post("/meetings", json=before), 201)
    assert (await ok(lena.get(f"/{PATH}/{row['id']}/preview")))["text"] == (
        "We meet Tuesday, 6 October, 09:30."
    )
    await ok(act(lena, "meetings", called_off, "cancel", reason="Ill."))
    assert (await ok(lena.get(f"/{PATH}/{row['id']}/preview")))["text"] == "We meet soon."
    await ok(tom.post("/meetings", json=before | {"on": "2026-10-07"}), 201)
    # of another pair: nobody's here
    await ok(
        lena.post("/meetings", json=before | {"teacher_id": str(world.nina), "on": "2026-10-06"}),
        201,
    )
    assert not await warned(row)
    await ok(do(lena, row, "send", send_at="2026-10-07T15:29:00Z"))
    assert not await warned(row)
    await ok(do(lena, row, "unschedule"))
    await ok(do(lena, row, "send", send_at="2026-10-07T15:31:00Z"))
    assert await warned(row)
    await ok(do(lena, row, "unschedule"))
    card, early = await draft(as_, world), await draft(as_, world)
    await ok(do(lena, early, "hand-over"))
    ticking.move(days=2)
    assert await warned(card)  # a draft still, and the two have met
    assert not await warned(early)
    await ok(do(lena, row, "send"))
    assert await warned(row)
    await run(app, box.mailer)
    assert await warned(row)
    ticking.move(days=1)
    await ok(do(lena, card, "hand-over", on="2026-10-08"))
    assert await warned(card)


async def test_while_coaching_is_proposed_its_lead_prepares_and_sends_nothing(as_, app, world, box):
    made = await propose(as_("paul"), pair(world, "luis", "uma"))
    fields = {"teacher_id": str(world.uma)}
    luis = as_("luis")
    row = await draft(as_, world, "luis", **fields)
    row = await change(luis, row, text="Welcome, {{teacher_given_name}}.")
    assert (await ok(luis.get(f"/{PATH}/{row['id']}/preview")))["text"] == "Welcome, Uma."
    assert row["permissions"] == ["edit", "delete", "preview"]
    for name in ("send", "hand-over"):
        await refused(do(luis, row, name), 403, "forbidden")
    body = {**fields, "subject": "Hello", "text": "Welcome."}
    await refused(as_("lena").post(f"/{PATH}", json=body), 409, "unknown_reference")
    # their school leader knows of the coaching
    await refused(as_("paul").post(f"/{PATH}", json=body), 409, "coaching_not_active")
    await nothing_for(as_("uma"), row)
    begun = await step(as_("uma"), made, "activate")
    assert begun.status_code == 200, begun.text
    await ok(do(luis, row, "send"))
    await run(app, box.mailer)
    assert (await see(as_("uma"), row))["text"] == "Welcome, Uma."


async def _relationship(as_: Any, world: Any, name: str, **options: Any) -> None:
    row = await ok(as_("paul").get(f"{COACHING}/{world.lena_tom}"))
    done = await step(as_("paul"), row, name, **options)
    assert done.status_code == 200, done.text


async def test_nothing_goes_out_while_coaching_is_paused_and_it_can_be_sent_after(
    as_, app, world, box, ticking
):
    lena = as_("lena")
    row = await draft(as_, world)
    await ok(do(lena, row, "send", send_at="2026-10-06T16:00:00Z"))
    await _relationship(as_, world, "pause")
    assert (await see(lena, row))["permissions"] == ["preview"]
    await refused(do(lena, row, "unschedule"), 403, "forbidden")
    ticking.move(days=2)
    await run(app, box.mailer)
    row = await see(lena, row)
    assert (row["state"], row["failure"]) == ("failed", "coaching_not_active")
    await nothing_for(as_("tom"), row)
    await _relationship(as_, world, "resume")
    row = await ok(do(lena, row, "send"))
    assert (row["state"], row["failure"]) == ("queued", None)
    await run(app, box.mailer)
    assert (await see(lena, row))["state"] == "sent"
    assert len(box.messages) == 1


async def test_when_coaching_ends_what_was_on_its_way_is_a_draft_that_nobody_sends(
    as_, app, world, box, ticking
):
    lena = as_("lena")
    scheduled, queued = await draft(as_, world), await draft(as_, world)
    await ok(do(lena, scheduled, "send", send_at="2026-10-06T16:00:00Z"))
    await ok(do(lena, queued, "send"))
    await _relationship(as_, world, "end", json={"reason": "Another team."})
    ticking.move(days=2)
    await run(app, box.mailer)
    for row in (scheduled, queued):
        now = await see(lena, row)  # what a former lead wrote stays theirs to read for a while
        assert (now["state"], now["send_at"], now["permissions"]) == ("draft", None, [])
        await nothing_for(as_("tom"), row)
        await refused(do(lena, row, "send"), 403, "forbidden")
    assert box.messages == []


async def test_an_address_that_is_gone_or_refused_fails_with_a_word_of_ours(as_, app, world):
    lena = as_("lena")
    async with serving() as (server, port):
        app.state.mailer = mailer_to(port)
        row = await draft(as_, world)
        await ok(do(lena, row, "send"))
        server.replies["rcpt"] = "550 no mailbox tom@juniper.example here"
        await run(app, mailer_to(port))
        row = await see(lena, row)
        assert (row["state"], row["failure"]) == ("failed", "address_refused")
        assert row["permissions"] == ["edit", "delete", "preview", "send", "hand_over"]
        assert "mailbox" not in str(row)
        await nothing_for(as_("tom"), row)
        del server.replies["rcpt"]
        await change(lena, row, text="Welcome again.")
        await ok(do(lena, row, "send"))
        await run(app, mailer_to(port))
        assert (await see(as_("tom"), row))["text"] == "Welcome again."
        other = await draft(as_, world)
        await ok(do(lena, other, "send"))
        await _without_address(app, world)
        await run(app, mailer_to(port))
        assert (await see(lena, other))["failure"] == "teacher_without_email"


async def test_a_server_that_is_down_delays_for_three_days_and_then_it_can_be_sent_anew(
    as_, app, world, ticking
):
    lena = as_("lena")
    async with serving() as (_, port):
        pass
    app.state.mailer = mailer_to(port)
    row = await draft(as_, world, text="Dear {{teacher_given_name}}")
    await ok(do(lena, row, "send", send_at="2026-10-05T17:00:00Z"))
    ticking.move(hours=1)
    await run(app, mailer_to(port))
    first = await see(lena, row)
    assert (first["state"], first["tries"]) == ("queued", 1)
    await nothing_for(as_("tom"), first)
    assert await run(app, mailer_to(port), at_once=False) == 0  # later, not at once
    for tries in range(2, 6):
        ticking.move(hours=17)
        await run(app, mailer_to(port))
        now = await see(lena, row)
        assert (now["state"], now["tries"]) == ("queued", tries)
        assert now["version"] == first["version"]
    ticking.move(hours=5)
    await run(app, mailer_to(port))
    now = await see(lena, row)
    assert (now["state"], now["failure"]) == ("failed", "mail_server_unreachable")
    assert now["text"] == "Dear {{teacher_given_name}}"
    assert await jobs(app) == 0
    async with serving() as (server, port):
        row = await ok(do(lena, row, "send"))
        assert (row["state"], row["tries"]) == ("queued", 0)
        await run(app, mailer_to(port))
        assert len(server.taken) == 1
    assert (await see(as_("tom"), row))["text"] == "Dear Tom"


def test_waits_grow_to_an_hour_and_differ():
    for tries in range(1, 7):
        assert wait_after(tries) <= 2 * wait_after(tries + 1)
    assert timedelta(seconds=15) <= wait_after(1) <= timedelta(seconds=30)
    assert LONGEST_WAIT / 2 <= wait_after(1000) <= LONGEST_WAIT
    assert len({wait_after(3) for _ in range(10)}) > 1


# --- on a database of its own --------------------------------------------------------------------


@asynccontextmanager
async def mailing(live: Any) -> Any:
    """A real SMTP server, which the program is set up to use."""
    async with serving() as (server, port):
        live.app.state.mailer = mailer_to(port)
        yield server, port


async def drain(live: Any, mailer: Mailer) -> None:
    async with asyncio.timeout(20):
        await work(live.app.state.database, HANDLERS, mailer, drain=True)


async def test_a_server_comes_back_and_the_letter_is_delivered_and_recorded_once(live):
    lena, tom = live.as_("lena"), live.as_("tom")
    async with mailing(live) as (server, port):
        row = await draft(live.as_, live.world)
        await ok(do(lena, row, "send"))
        server.replies["rcpt"] = "451 not now"
        await run(live.app, mailer_to(port))
        assert (await see(lena, row))["tries"] == 1
        assert server.taken == []
        del server.replies["rcpt"]
        await run(live.app, mailer_to(port))
        await drain(live, mailer_to(port))
        (letter,) = server.messages
        assert letter["Message-ID"] == f"<{row['id']}@alongside.example>"
        assert (await see(tom, row))["state"] == "sent"
        events = (await ok(tom.get("/audit?limit=200")))["items"]
        assert [e["action"] for e in events if e["subject_id"] == row["id"]] == [
            "outreach_message.sent"
        ]


async def test_killed_between_mail_and_record_it_comes_again_under_the_same_id(live):
    lena = live.as_("lena")
    async with mailing(live) as (server, port):
        row = await draft(live.as_, live.world, text="Dear {{teacher_given_name}}")
        await ok(do(lena, row, "send"))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.relationships.killed", live.url, str(port), cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"sent\n"
            process.kill()
            await process.wait()
            assert (await see(lena, row))["state"] == "queued"
            stop = asyncio.Event()
            other = asyncio.create_task(
                work(
                    live.app.state.database,
                    HANDLERS,
                    mailer_to(port),
                    stop=stop,
                    alive=timedelta(seconds=0.6),
                )
            )
            while (await see(lena, row))["state"] != "sent":  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
            stop.set()
            await other
        first, again = server.messages
        assert first["Message-ID"] == again["Message-ID"] == f"<{row['id']}@alongside.example>"
    got = await see(live.as_("tom"), row)
    assert got["text"] == "Dear Tom"
    events = (await ok(live.as_("tom").get("/audit?limit=200")))["items"]
    assert len([e for e in events if e["subject_id"] == row["id"]]) == 1


async def test_of_two_who_send_at_once_one_does_and_one_letter_goes(live):
    lena = live.as_("lena")
    async with mailing(live) as (server, port):
        row = await draft(live.as_, live.world)
        path = f"/{PATH}/{row['id']}"
        answers = await asyncio.gather(
            *(live.as_("lena").post(f"{path}/send", json={}, headers=at(row)) for _ in range(2)),
            live.as_("lena").patch(path, json={"text": "Other."}, headers=at(row)),
            live.as_("lena").post(f"{path}/hand-over", json={}, headers=at(row)),
        )
        assert sorted(a.status_code for a in answers) == [200, 412, 412, 412]
        if (await see(lena, row))["state"] == "draft":  # the edit came first
            await ok(do(lena, row, "send"))
        await drain(live, mailer_to(port))
        state = (await see(lena, row))["state"]
        assert (state, len(server.taken)) in (("sent", 1), ("handed_over", 0))


async def test_taken_back_while_it_is_being_sent_it_is_either_or(live, ticking):
    lena = Fresh(live.as_, "lena")
    async with mailing(live) as (server, port):
        for number in range(6):
            del server.taken[:]
            row = await draft(live.as_, live.world)
            row = await ok(do(lena, row, "send", send_at="2026-10-06T16:00:00Z"))
            ticking.move(days=1)
            path = f"/{PATH}/{row['id']}/unschedule"

            async def take_back(path: str = path, row: Any = row, number: int = number) -> Any:
                await asyncio.sleep(0.01 * number)
                return await live.as_("lena").post(path, headers=at(row))

            _, taken = await asyncio.gather(run(live.app, mailer_to(port)), take_back())
            await run(live.app, mailer_to(port))
            state = (await see(lena, row))["state"]
            assert (taken.status_code, state, len(server.taken)) in (
                (200, "draft", 0),
                (409, "sent", 1),  # just then
                (412, "sent", 1),
            )
            ticking.move(days=-1)


async def test_coaching_that_ends_while_it_is_being_sent_leaves_it_sent_or_a_draft(live):
    async with mailing(live) as (server, port):
        row = await draft(live.as_, live.world)
        await ok(do(live.as_("lena"), row, "send"))
        await asyncio.gather(
            run(live.app, mailer_to(port)),
            _relationship(live.as_, live.world, "end", json={"reason": "Another team."}),
        )
        now = await see(live.as_("lena"), row)
        assert (now["state"], len(server.taken)) in (("sent", 1), ("draft", 0), ("failed", 0))


@asynccontextmanager
async def on_its_way(live: Any, port: int, server: Any) -> Any:
    """A letter is with a mail server that takes its time; it takes it when this is left."""
    server.slow = asyncio.Event()
    sending = asyncio.create_task(run(live.app, mailer_to(port)))
    try:
        async with asyncio.timeout(10):
            await server.asked.wait()
        yield
        assert not sending.done()
    finally:
        server.slow.set()
        await sending


async def test_coaching_ends_at_once_while_a_slow_server_has_the_letter(live):
    async with mailing(live) as (server, port):
        row = await draft(live.as_, live.world, text="Dear {{teacher_given_name}}")
        await ok(do(live.as_("lena"), row, "send"))
        async with on_its_way(live, port, server), asyncio.timeout(2):
            await _relationship(live.as_, live.world, "end", json={"reason": "Another team."})
        assert len(server.taken) == 1
        got = await see(live.as_("tom"), row)  # it was sent, so that is what is written
        assert (got["state"], got["text"]) == ("sent", "Dear Tom")
        assert await jobs(live.app) == 0
    assert (await ok(live.as_("paul").get(f"{COACHING}/{live.world.lena_tom}")))["state"] == "ended"


async def test_what_a_slow_server_refuses_after_the_end_of_coaching_is_a_draft(live):
    async with mailing(live) as (server, port):
        row = await draft(live.as_, live.world)
        await ok(do(live.as_("lena"), row, "send"))
        server.replies["data"] = "451 later"
        async with on_its_way(live, port, server):
            await _relationship(live.as_, live.world, "end", json={"reason": "Another team."})
        assert (await see(live.as_("lena"), row))["state"] == "draft"
        assert (len(server.taken), await jobs(live.app)) == (0, 0)


async def test_what_a_slow_server_has_cannot_be_taken_back_and_nobody_waits(live):
    lena = live.as_("lena")
    async with mailing(live) as (server, port):
        row = await draft(live.as_, live.world)
        row = await ok(do(lena, row, "send"))
        async with on_its_way(live, port, server), asyncio.timeout(3):
            refusals = await asyncio.gather(
                *(lena.post(f"/{PATH}/{row['id']}/unschedule", headers=at(row)) for _ in range(12))
            )
            assert {answer.json()["code"] for answer in refusals} == {"outreach_being_sent"}
            # a second worker with the same job sends nothing
            again = live.app.state.database
            async with again.writing() as session:
                await enqueue(session, SEND, live.world.juniper, UUID(row["id"]))
                await session.commit()
            assert await run_due(again, mailer_to(port)) == 1
            assert await jobs(live.app) == 2
        await run(live.app, mailer_to(port))
        assert len(server.taken) == 1
        assert (await see(lena, row))["state"] == "sent"


async def test_of_many_sends_at_once_five_wait(live):
    lena = live.as_("lena")
    async with mailing(live):
        rows = [await draft(live.as_, live.world) for _ in range(8)]
        answers = await asyncio.gather(*(do(lena, row, "send") for row in rows))
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409] * 3


async def test_a_teachers_mailbox_is_not_flooded(as_, app, world, box, ticking):
    lena = as_("lena")
    for _ in range(2):
        rows = [await draft(as_, world) for _ in range(6)]
        for row in rows[:5]:
            await ok(do(lena, row, "send"))
        await refused(do(lena, rows[5], "send"), 409, "too_many_outreach")  # five wait
        other = await draft(as_, world, teacher_id=str(world.nina))
        await ok(do(lena, other, "send"))
        await run(app, box.mailer)
    await refused(do(lena, rows[5], "send"), 409, "too_many_outreach")  # ten were sent today
    await refused(
        do(lena, rows[5], "send", send_at="2026-10-09T16:00:00Z"), 409, "too_many_outreach"
    )
    assert (await see(lena, rows[5]))["state"] == "draft"
    ticking.move(days=1, minutes=1)
    await ok(do(lena, rows[5], "send"))
    assert len(box.messages) == 12


async def test_sent_and_taken_back_fifty_times_it_is_one_job(as_, app, world, box):
    lena = as_("lena")
    row = await draft(as_, world)
    for day in range(50):
        await ok(do(lena, row, "send", send_at=f"2026-10-{6 + day % 20:02}T16:00:00Z"))
        await ok(do(lena, row, "unschedule"))
    await ok(do(lena, row, "send"))
    assert await jobs(app) == 1
    assert await run(app, box.mailer, at_once=False) == 1
    assert (await see(lena, row))["state"] == "sent"
    assert (len(box.messages), await jobs(app)) == (1, 0)


@pytest.mark.parametrize("name", ["tom", "lena"])
async def test_a_letter_does_not_follow_an_address_that_was_changed(as_, app, world, box, name):
    lena = as_("lena")
    row = await draft(as_, world)
    row = await ok(do(lena, row, "send"))
    assert "addresses" not in row
    await _address(app, world, name, "evil@juniper.example")
    await run(app, box.mailer)
    row = await see(lena, row)
    assert (row["state"], row["failure"], box.messages) == ("failed", "address_changed", [])
    await nothing_for(as_("tom"), row)
    await ok(do(lena, row, "send"))  # knowing the new one
    await run(app, box.mailer)
    assert (await see(lena, row))["state"] == "sent"
    (letter,) = box.messages
    assert "evil@juniper.example" in str(letter["To"]) + str(letter["Reply-To"])


async def test_a_text_of_many_placeholders_is_refused_and_never_put_together(as_, app, world, box):
    lena = as_("lena")
    fields = {"template_id": str(world.welcome), "subject": "Hello"}
    many = "{{my_hope}}" * 201
    body = {"teacher_id": str(world.tom), "text": many, **fields}
    await refused(lena.post(f"/{PATH}", json=body), 409, "too_many_placeholders")
    row = await draft(as_, world, **fields, text=many[11:], answers={"my_hope": "ab" * 10_000})
    await refused(
        lena.patch(f"/{PATH}/{row['id']}", json={"text": many}, headers=at(row)),
        409,
        "too_many_placeholders",
    )
    new = {"kind": "outreach", "key": "mine", "title": "Mine", "subject": "Hi"}
    new |= {"text": "{{school_name}}" * 201}
    await refused(lena.post("/templates", json=new), 409, "too_many_placeholders")
    # one from before there was a limit
    async with app.state.database.writing() as session:
        statement = text("update outreach_message set text = repeat('{{my_hope}}', 1800)")
        await session.execute(statement)
        await session.commit()
    tracemalloc.start()
    shown = await ok(lena.get(f"/{PATH}/{row['id']}/preview"))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20_000_000  # whole it has 36 million letters
    assert shown["text"] == "ab" * 10_000
    assert [w["code"] for w in shown["warnings"]] == ["outreach_too_long"]
    await refused(do(lena, row, "send"), 409, "outreach_too_long")


def test_filling_cuts_at_the_longest_and_says_so():
    values = {"a": "{{b}}" * 2, "b": "x"}
    assert placeholders.fill("-{{a}}{{ b }}-", values, 13) == ("-{{b}}{{b}}x-", False)
    assert placeholders.fill("-{{a}}{{ b }}-", values, 12) == ("-{{b}}{{b}}x", True)
    assert placeholders.fill("-{{a}}{{ b }}-", values, 3) == ("-{{", True)
    assert placeholders.fill("", values, 0) == ("", False)


async def test_the_teacher_sees_of_a_template_what_stands_in_their_letter(as_, world, box):
    lena, tom = as_("lena"), as_("tom")
    row = await draft(
        as_,
        world,
        template_id=str(world.welcome),
        text="Hello: {{my_hope}}",
        subject="Hi",
        answers={"my_hope": HOPE, "why_i_look_forward": WHY},
    )
    assert [field["key"] for field in row["fields"]] == ["why_i_look_forward", "my_hope"]
    await ok(do(lena, row, "hand-over"))
    for client in (tom, lena):
        got = await see(client, row)
        (listed,) = (await ok(client.get(f"/{PATH}")))["items"]
        for shown in (got, listed):
            assert [field["key"] for field in shown["fields"]] == ["my_hope"]
            assert list(shown["answers"]) == ["my_hope"]


async def test_a_worker_without_mail_waits(as_, app, world, box):
    row = await draft(as_, world)
    await ok(do(as_("lena"), row, "send"))
    await run(app, Mailer(Settings()))
    assert (await see(as_("lena"), row))["state"] == "queued"
