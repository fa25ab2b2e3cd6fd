"""Reminders of next steps: in the morning, once of each kind, to whose step it is alone."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.auth import keys
from app.core import clock
from app.core.housekeeping import forget
from app.core.jobs import enqueue
from app.core.mail import Mailer
from app.meetings.reminders.service import MAIL
from app.settings import Settings
from app.worker import CHORES
from tests.conftest import SETTINGS
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.mail.test_mail import mailer_to, serving
from tests.meetings.test_meetings import act, ok, refused
from tests.working import Mailbox, run_due

pytestmark = pytest.mark.anyio


@pytest.fixture
def box(tmp_path: Path) -> Mailbox:
    """Everybody's mailbox."""
    return Mailbox(SETTINGS, tmp_path)


async def promise(as_: Any, world: Any, *steps: tuple[str, str]) -> list[dict[str, Any]]:
    """Next steps of Tom's and Lena's 1:1: owner, and the day it is due."""
    hour = f"{7 + len((await ok(as_('tom').get('/meetings')))['items']):02d}:00"
    meeting = await ok(as_("tom").post("/meetings", json={"on": "2026-10-05", "at": hour}), 201)
    await ok(act(as_("tom"), "meetings", meeting, "start"))
    made = []
    for owner, due_on in steps:
        body = {"owner_id": str(getattr(world, owner)), "text": "Ask why twice.", "due_on": due_on}
        path = f"/meetings/{meeting['id']}/next-steps"
        made.append(await ok(as_("tom").post(path, json=body), 201))
    return made


async def hour(app: Any, world: Any) -> None:
    """The chores of the hour, as the worker does them for the district."""
    async with app.state.database.writing() as session:
        await keys.enter(session, world.juniper)
        for chore in CHORES:
            await chore(session, world.juniper, "America/Denver")
        await session.commit()


async def mine(client: Any) -> list[tuple[str, str]]:
    """A person's reminders, the latest first: step and kind."""
    items = (await ok(client.get("/reminders")))["items"]
    return [(row["step_id"], row["kind"]) for row in items]


async def queue(app: Any) -> int:
    statement = text("select count(*) from pgqueuer where entrypoint = :name")
    async with app.state.database.reading() as session:
        return int(await session.scalar(statement, {"name": MAIL}))


async def test_a_step_is_reminded_of_when_it_is_due_soon_and_once_when_it_is_late(
    as_, app, world, ticking
):
    soon, later, hers = await promise(
        as_, world, ("tom", "2026-10-07"), ("tom", "2026-10-09"), ("lena", "2026-10-07")
    )
    await hour(app, world)
    assert await mine(as_("tom")) == []
    ticking.move(hours=20)  # Tuesday at six
    await hour(app, world)
    assert await mine(as_("tom")) == []
    ticking.move(hours=1)  # at seven: due tomorrow
    for _ in range(3):
        await hour(app, world)
    assert await mine(as_("tom")) == [(soon["id"], "due_soon")]
    assert await mine(as_("lena")) == [(hers["id"], "due_soon")]
    assert await queue(app) == 2
    (row,) = (await ok(as_("tom").get("/reminders?kind=due_soon")))["items"]
    assert (row["due_on"], row["person_id"]) == ("2026-10-07", str(world.tom))
    assert (await ok(as_("tom").get(f"/reminders/{row['id']}"))) == row
    assert (await ok(as_("tom").get("/reminders?kind=overdue")))["items"] == []
    for other in ("lena", "paul", "ada", "nina", "zoe"):
        await refused(as_(other).get(f"/reminders/{row['id']}"), 404, "not_found")
        events = (await ok(as_(other).get("/audit?limit=200")))["items"]
        assert row["id"] not in {event["subject_id"] for event in events}
    events = (await ok(as_("tom").get("/audit?limit=200")))["items"]
    assert [e["action"] for e in events if e["subject_id"] == row["id"]] == ["reminder.made"]

    ticking.move(days=1)  # Wednesday: the day itself is no news
    await hour(app, world)
    assert await mine(as_("tom")) == [(soon["id"], "due_soon")]
    ticking.move(days=1)
    for _ in range(2):
        await hour(app, world)
    assert await mine(as_("tom")) == [
        (later["id"], "due_soon"),
        (soon["id"], "overdue"),
        (soon["id"], "due_soon"),
    ] or await mine(as_("tom")) == [
        (soon["id"], "overdue"),
        (later["id"], "due_soon"),
        (soon["id"], "due_soon"),
    ]
    ticking.move(days=30)
    await hour(app, world)
    kinds = [kind for step, kind in await mine(as_("tom")) if step == soon["id"]]
    assert kinds == ["overdue", "due_soon"]


async def test_what_is_done_or_put_off_is_not_reminded_of_as_it_was(as_, app, world, ticking):
    done, dropped, moved, carried = await promise(
        as_, world, *(("tom", "2026-10-06") for _ in range(4))
    )
    await ok(act(as_("tom"), "next-steps", done, "finish"))
    await ok(act(as_("tom"), "next-steps", dropped, "drop", reason="Not now."))
    ticking.move(days=1)
    await hour(app, world)
    assert {step for step, _ in await mine(as_("tom"))} == {moved["id"], carried["id"]}
    now = await ok(as_("tom").get(f"/next-steps/{moved['id']}"))
    path = f"/next-steps/{moved['id']}"
    await ok(as_("tom").patch(path, json={"due_on": "2026-10-08"}, headers=at(now)))
    goes_on = await ok(
        act(as_("tom"), "next-steps", carried, "carry-over", due_on="2026-10-08"), 201
    )
    ticking.move(days=1)  # put off, it is due soon anew
    await hour(app, world)
    found = await mine(as_("tom"))
    assert set(found[:2]) == {(moved["id"], "due_soon"), (goes_on["id"], "due_soon")}
    assert len(found) == 4


async def test_days_ahead_are_the_districts(as_, app, world, ticking):
    async def set_days(days: int) -> None:
        policy = await ok(as_("ada").get("/district/policy"))
        body = {"values": {"reminder_days": days}, "reason": "Ours."}
        await ok(as_("ada").patch("/district/policy", json=body, headers=at(policy)))

    policy = await ok(as_("ada").get("/district/policy"))
    assert policy["values"]["reminder_days"] == 1
    body = {"values": {"reminder_days": 8}, "reason": "Ours."}
    await refused(
        as_("ada").patch("/district/policy", json=body, headers=at(policy)), 422, "invalid"
    )
    near, _far = await promise(as_, world, ("tom", "2026-10-07"), ("tom", "2026-10-14"))
    await set_days(0)
    ticking.move(days=1)
    await hour(app, world)
    assert await mine(as_("tom")) == []
    ticking.move(days=1)
    await hour(app, world)
    assert await mine(as_("tom")) == [(near["id"], "due_soon")]
    await set_days(7)
    await hour(app, world)
    assert len(await mine(as_("tom"))) == 2


async def test_a_lead_is_reminded_only_while_they_coach_the_teacher(as_, app, world, ticking, box):
    step, _his = await promise(as_, world, ("lena", "2026-10-06"), ("tom", "2026-10-06"))
    ticking.move(days=1)
    await hour(app, world)
    await change_lead(as_, world)
    assert await run_due(app.state.database, box.mailer) == 2
    assert [str(letter["To"]) for letter in box.messages] == ["Tom Brandt <tom@juniper.example>"]
    ticking.move(days=1)
    await hour(app, world)
    assert await mine(as_("lena")) == [(step["id"], "due_soon")]
    assert len(await mine(as_("tom"))) == 2


async def test_one_letter_a_person_names_how_many_and_nothing_else(as_, app, world, ticking, box):
    steps = await promise(
        as_, world, ("tom", "2026-10-05"), ("tom", "2026-10-06"), ("tom", "2026-10-07")
    )
    ticking.move(days=1)
    await hour(app, world)
    assert await run_due(app.state.database, box.mailer) == 1
    (letter,) = box.messages
    assert str(letter["To"]) == "Tom Brandt <tom@juniper.example>"
    assert letter["Subject"] == "Your next steps: 2 due soon and 1 overdue"
    assert letter["Reply-To"] is None
    plain, _page = letter.iter_parts()
    words = plain.get_content()
    assert "https://alongside.example" in words
    for hidden in ("Ask why", "Lena", "Ortiz", steps[0]["id"]):
        assert hidden not in words
    rows = (await ok(as_("tom").get("/reminders")))["items"]
    assert all(row["mailed_at"] for row in rows)
    ticking.move(days=1)  # the second is late now, and one letter told of the others
    await hour(app, world)
    assert await run_due(app.state.database, box.mailer) == 1
    assert [m["Subject"] for m in box.messages if m["Message-ID"] != letter["Message-ID"]] == [
        "Your next steps: 1 overdue"
    ]


async def test_encoded_words_in_a_name_stay_words(as_, app, world, ticking, box):
    name = "=?utf-8?Q?Hi=0D=0ABcc:_evil=40example.org=0D=0A=0D=0A<h1>x</h1>?="
    row = await ok(as_("ada").get(f"/people/{world.tom}"))
    body = {"given_name": name, "family_name": name}
    await ok(as_("ada").patch(f"/people/{row['id']}", json=body, headers=at(row)))
    await promise(as_, world, ("tom", "2026-10-06"))
    ticking.move(days=1)
    await hour(app, world)
    await run_due(app.state.database, box.mailer)
    (letter,) = box.messages
    assert [a.addr_spec for a in letter["To"].addresses] == ["tom@juniper.example"]
    assert len(letter.keys()) == 9
    assert f"Hello {name}," in next(letter.iter_parts()).get_content()


async def test_nothing_is_mailed_of_what_is_done_or_to_who_turned_it_off(
    as_, app, world, ticking, box
):
    done, _hers = await promise(as_, world, ("tom", "2026-10-06"), ("lena", "2026-10-06"))
    me = await ok(as_("lena").get("/me"))
    assert me["mail_reminders"] is True
    await refused(
        as_("lena").patch("/me", json={"mail_reminders": None}, headers=at(me)), 422, "invalid"
    )
    me = await ok(as_("lena").patch("/me", json={"mail_reminders": False}, headers=at(me)))
    assert (me["mail_reminders"], me["own_zone"]) == (False, None)
    assert (await ok(as_("tom").get("/me")))["mail_reminders"] is True
    ticking.move(days=1)
    await hour(app, world)
    await ok(act(as_("tom"), "next-steps", done, "finish"))
    assert await run_due(app.state.database, box.mailer) == 2
    assert box.messages == []
    (row,) = (await ok(as_("lena").get("/reminders")))["items"]
    assert row["mailed_at"] is None
    assert await queue(app) == 0


async def test_without_mail_the_list_is_all_and_a_server_that_is_down_delays(
    as_, app, world, ticking
):
    await promise(as_, world, ("tom", "2026-10-06"))
    ticking.move(days=1)
    await hour(app, world)
    async with serving() as (_, port):
        pass
    assert await run_due(app.state.database, mailer_to(port)) == 1
    assert await queue(app) == 1
    assert await run_due(app.state.database, mailer_to(port)) == 0  # later, not at once
    async with serving() as (server, port):
        later = timedelta(hours=1)
        assert await run_due(app.state.database, mailer_to(port), ahead=later) == 1
        assert len(server.taken) == 1
        server.replies["rcpt"] = "550 no"
        ticking.move(days=1)
        await promise(as_, world, ("tom", "2026-10-08"))
        await hour(app, world)
        await run_due(app.state.database, mailer_to(port))
        assert await queue(app) == 0
        await promise(as_, world, ("tom", "2026-10-08"))
        await hour(app, world)
    assert await run_due(app.state.database, Mailer(Settings())) == 1
    assert await queue(app) == 0
    await promise(as_, world, ("tom", "2026-10-08"))
    await hour(app, world)
    ticking.move(days=4)
    assert await run_due(app.state.database, mailer_to(port)) == 1
    assert await queue(app) == 0  # nobody wants it four days later
    assert len([kind for _, kind in await mine(as_("tom")) if kind == "due_soon"]) == 4


async def test_a_person_gets_one_letter_a_day_and_the_rest_the_next_morning(
    as_, app, world, ticking, box
):
    await promise(as_, world, ("tom", "2026-10-06"))
    ticking.move(days=1)
    await hour(app, world)
    await run_due(app.state.database, box.mailer)
    for _ in range(6):
        await promise(as_, world, ("tom", "2026-10-07"))
        await hour(app, world)
        assert await queue(app) == 1  # one for all that no letter told of
        assert await run_due(app.state.database, box.mailer) == 1
    assert len(await mine(as_("tom"))) == 7  # each in the list at once
    assert [letter["Subject"] for letter in box.messages] == ["Your next steps: 1 due soon"]
    assert await run_due(app.state.database, box.mailer) == 0
    ticking.move(hours=21)
    await run_due(app.state.database, box.mailer, ahead=timedelta(days=1))
    subjects = {letter["Subject"] for letter in box.messages}
    assert subjects == {"Your next steps: 1 due soon", "Your next steps: 6 due soon"}
    assert len(box.messages) == 2


async def test_a_slow_mail_server_holds_nobody_up(live, ticking):
    made = await promise(live.as_, live.world, *(("tom", "2026-10-06") for _ in range(2)))
    ticking.move(days=1)
    database = live.app.state.database
    await forget(database, CHORES)
    async with serving() as (server, port):
        server.slow = asyncio.Event()
        sending = asyncio.create_task(run_due(database, mailer_to(port)))
        async with asyncio.timeout(5):
            await server.asked.wait()
            await ok(act(live.as_("tom"), "next-steps", made[0], "finish"))
            await change_lead(live.as_, live.world)
            assert len(await mine(live.as_("tom"))) == 2
            async with database.writing() as session:
                await enqueue(session, MAIL, live.world.juniper, live.world.tom)
                await session.commit()
            assert await run_due(database, mailer_to(port)) == 1  # another tells him just now
        assert not sending.done()
        server.slow.set()
        await sending
        await run_due(database, mailer_to(port), ahead=timedelta(days=1))
        assert len(server.taken) == 1
        assert await queue(live.app) == 0


async def test_two_workers_at_once_remind_once_and_mail_once(live, ticking):
    await promise(live.as_, live.world, *(("tom", "2026-10-06") for _ in range(5)))
    ticking.move(days=1)
    database = live.app.state.database
    await asyncio.gather(*(forget(database, CHORES) for _ in range(4)))
    assert len(await mine(live.as_("tom"))) == 5
    async with serving() as (server, port):
        await asyncio.gather(*(run_due(database, mailer_to(port)) for _ in range(3)))
        assert await queue(live.app) == 0
        (letter,) = server.messages
        assert letter["Subject"] == "Your next steps: 5 due soon"


def test_the_morning_is_the_schools(ticking):
    assert (clock.hour("America/Denver"), clock.hour("Asia/Tokyo")) == (10, 1)
