"""Outreach: Lena's to Tom in each state, to Pia while their coaching is paused, to Olga when it is
over; Luis's to Rosa, whom he is to coach, and what Tom's lead before wrote."""

from datetime import date
from typing import Any

from app import models as m
from app.core import clock
from app.core.mail import Mailer
from tests.access.table import JUNIPER, LISTS, READERS, anywhere, reads, step
from tests.conftest import MAILING

#: name → (relationship, teacher, lead, state)
MESSAGES = {
    "hello_draft": ("lena_tom", "tom", "lena", "draft"),
    "hello_scheduled": ("lena_tom", "tom", "lena", "scheduled"),
    "hello_queued": ("lena_tom", "tom", "lena", "queued"),
    "hello_sent": ("lena_tom", "tom", "lena", "sent"),
    "hello_failed": ("lena_tom", "tom", "lena", "failed"),
    "hello_handed_over": ("lena_tom", "tom", "lena", "handed_over"),
    "hello_before_draft": ("lena_tom", "tom", "luis", "draft"),
    "hello_before_sent": ("lena_tom", "tom", "luis", "sent"),
    "hello_pia_draft": ("lena_pia", "pia", "lena", "draft"),
    "hello_pia_scheduled": ("lena_pia", "pia", "lena", "scheduled"),
    "hello_pia_sent": ("lena_pia", "pia", "lena", "sent"),
    "hello_olga_draft": ("lena_olga", "olga", "lena", "draft"),
    "hello_olga_sent": ("lena_olga", "olga", "lena", "sent"),
    "hello_rosa_draft": ("luis_rosa", "rosa", "luis", "draft"),
}
READERS.update(
    {
        **dict.fromkeys(("hello_draft", "hello_scheduled", "hello_queued", "hello_failed"), "lena"),
        **dict.fromkeys(("hello_sent", "hello_handed_over"), "tom lena"),
        # what the lead before wrote is for the teacher alone, and only once it was sent
        "hello_before_draft": "",
        "hello_before_sent": "tom",
        **dict.fromkeys(("hello_pia_draft", "hello_pia_scheduled"), "lena"),
        "hello_pia_sent": "pia lena",
        "hello_olga_draft": "lena",
        "hello_olga_sent": "olga lena",
        # the coaching is proposed: its lead prepares
        "hello_rosa_draft": "luis",
    }
)


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each, and Rosa, whom Luis is to coach."""
    world = objects.world
    rosa = await add("rosa", made(m.Person, given_name="Rosa", family_name="Begun"))
    link = made(
        m.CoachingRelationship,
        school_id=world.alder,
        school_year_id=world.alder_year,
        lead_id=world.luis,
        teacher_id=rosa.id,
        evaluator_scope="none",
        state="proposed",
    )
    await add("luis_rosa", link)
    for name, (relationship, teacher, lead, state) in MESSAGES.items():
        await add(
            name,
            made(
                m.OutreachMessage,
                school_id=world.alder,
                relationship_id=objects.ids[relationship],
                teacher_id=objects.ids[teacher],
                lead_id=objects.ids[lead],
                author_id=objects.ids[lead],
                subject="Hello",
                text="I look forward to this year.",
                state=state,
                send_at=clock.now() if state not in ("draft", "handed_over") else None,
                sent_at=clock.now() if state == "sent" else None,
                handed_over_on=date(2026, 10, 1) if state == "handed_over" else None,
                failure="address_refused" if state == "failed" else None,
            ),
        )


reads("getOutreachMessage", " ".join(MESSAGES))
LISTS["listOutreachMessages"] = tuple(MESSAGES)
anywhere("listOutreachMessages", JUNIPER + " zoe yan xav wes", query="limit=200")
#: name → whoever may write it, and who may send it
_WRITTEN_BY = {
    name: "luis" if "rosa" in name else "lena"
    for name, (relationship, _, lead, _) in MESSAGES.items()
    if relationship in ("lena_tom", "luis_rosa") and "before" not in name
}
for _name, (_relationship, _teacher, _lead, _state) in MESSAGES.items():
    _writer = _WRITTEN_BY.get(_name, "")
    _sender = "" if "rosa" in _name else _writer
    #: reading it again as the teacher gets it: also while the coaching is paused
    step(
        "getOutreachMessagePreview",
        _name,
        "lena" if "pia" in _name else _writer,
        permission="preview",
    )
    for _operation, _verb, _by, _from, _given, _status in (
        ("updateOutreachMessage", "edit", _writer, "draft failed", {"subject": "Hi"}, 200),
        ("deleteOutreachMessage", "delete", _writer, "draft failed", None, 204),
        ("sendOutreachMessage", "send", _sender, "draft failed", {}, 200),
        ("unscheduleOutreachMessage", "unschedule", _sender, "scheduled queued", None, 200),
        ("handOverOutreachMessage", "hand_over", _sender, "draft failed", {}, 200),
    ):
        step(
            _operation,
            _name,
            *((_by, "") if _state in _from.split() else ("", _by)),
            body=_given,
            status=_status,
            permission=_verb,
        )


def _new(teacher: str) -> Any:
    return lambda o: {"teacher_id": o[teacher], "subject": "Hello", "text": "Welcome."}


#: whoever sees the relationship and is not its lead is refused; to others there is none
anywhere(
    "createOutreachMessage",
    "lena",
    409,
    _new("tom"),
    on="to_tom",
    status=201,
    others={403: "ada paul tom"},
)
anywhere("createOutreachMessage", "luis", 409, _new("rosa"), on="to_rosa", status=201)
anywhere("createOutreachMessage", "", 409, _new("pia"), on="to_pia")
anywhere("createOutreachMessage", "", 409, _new("olga"), on="to_olga")


async def chapter(j: Any, w: Any) -> None:
    """Lena welcomes Tom: from the template, later than she thought, and in the end now; and writes
    to Nina by hand."""
    before, j.live.app.state.mailer = j.live.app.state.mailer, Mailer(MAILING)
    new = {
        "teacher_id": str(w.tom),
        "template_id": str(w.welcome),
        "answers": {"why_i_look_forward": "Your pupils argue about fractions, and you let them."},
    }
    made = await j.do(
        "createOutreachMessage",
        "lena",
        body=new,
        forbidden="tom",
        conflict={"text": "{{salary}}"},
    )
    at = {"message_id": made["id"]}
    await j.do("getOutreachMessagePreview", "lena", path=at)
    made = await j.do(
        "updateOutreachMessage",
        "lena",
        path=at,
        version=made["version"],
        body={"answers": {"my_hope": "That we find the questions worth a year."}},
        conflict={"answers": {"salary": "none"}},
    )
    made = await j.do(
        "sendOutreachMessage",
        "lena",
        path=at,
        version=made["version"],
        body={"send_at": "2026-10-06T13:00:00Z"},
        conflict={"send_at": "2026-10-01T13:00:00Z"},
    )
    made = await j.do("unscheduleOutreachMessage", "lena", path=at, version=made["version"])
    await j.do("sendOutreachMessage", "lena", path=at, version=made["version"], body={})
    await j.do("getOutreachMessage", "lena", path=at)
    card = await j.do(
        "createOutreachMessage",
        "lena",
        body={"teacher_id": str(w.nina), "subject": "Welcome", "text": "I am glad you are here."},
    )
    await j.do(
        "handOverOutreachMessage",
        "lena",
        path={"message_id": card["id"]},
        version=card["version"],
        body={"on": "2026-10-02"},
        conflict={"on": "2030-10-02"},
    )
    spare = await j.do("createOutreachMessage", "lena", body=new)
    await j.do(
        "deleteOutreachMessage",
        "lena",
        path={"message_id": spare["id"]},
        version=spare["version"],
    )
    await j.do("listOutreachMessages", "lena", query={"limit": 2})
    j.live.app.state.mailer = before


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more that Tom has."""
    session.add(
        m.OutreachMessage(
            **home,
            school_id=world.alder,
            relationship_id=world.lena_tom,
            teacher_id=world.tom,
            lead_id=world.lena,
            author_id=world.lena,
            subject=name,
            text="a",
            state="sent",
            sent_at=clock.now(),
        )
    )
    await session.flush()


FIRSTS = (("lena", "message_id", "/outreach-messages"),)
