"""A school's feedback protocol, feedback conversations and their notes, feedback on indicators."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app import models as m
from app.auth import keys
from app.core import clock
from tests.access.table import (
    ACTIVITY,
    ALDER,
    EVERYBODY,
    HOLDS,
    JUNIPER,
    LISTS,
    READERS,
    _minus,
    anywhere,
    reads,
    step,
)

#: name → (teacher, who gives it, as what, whether it is about an evaluation, state)
TALKS: dict[str, tuple[str, str, str, bool, str]] = {
    "talk_prepared": ("tom", "lena", "lead", False, "prepared"),
    # with an appointment
    "talk_set": ("tom", "lena", "lead", False, "prepared"),
    "talk_held": ("tom", "lena", "lead", False, "held"),
    "talk_shared": ("tom", "lena", "lead", False, "shared"),
    "talk_acknowledged": ("tom", "lena", "lead", False, "acknowledged"),
    "talk_before": ("tom", "luis", "lead", False, "shared"),
    "talk_peer": ("tom", "nina", "peer", False, "held"),
    "talk_formal": ("tom", "paul", "school_leader", True, "held"),
    "talk_formal_shared": ("tom", "paul", "school_leader", True, "shared"),
    "talk_pia": ("pia", "lena", "lead", False, "prepared"),
    "talk_pia_formal": ("pia", "lena", "lead", True, "prepared"),
    "talk_olga": ("olga", "lena", "lead", False, "held"),
    "talk_olga_formal": ("olga", "lena", "lead", True, "shared"),
}
#: who reads its notes; not every reader of the conversation does
_NOTES = {
    "talk_prepared": "lena",
    "talk_set": "lena",
    "talk_held": "lena",
    "talk_shared": "tom lena",
    "talk_acknowledged": "tom lena",
    "talk_before": "tom",
    "talk_peer": "nina",
    "talk_formal": "paul",
    "talk_formal_shared": "tom paul lena",
    "talk_pia": "lena",
    "talk_pia_formal": "lena",
    "talk_olga": "lena",
    "talk_olga_formal": "olga lena paul",
}
READERS.update(
    {
        **dict.fromkeys(
            ("talk_prepared", "talk_set", "talk_held", "talk_shared", "talk_acknowledged"),
            "tom lena",
        ),
        "talk_before": "tom",
        "talk_peer": "tom nina",
        "talk_formal": "tom paul",
        # shared, an evaluation is the leaders' and the evaluator's to read, too
        "talk_formal_shared": "tom paul lena",
        **dict.fromkeys(("talk_pia", "talk_pia_formal"), "pia lena"),
        "talk_olga": "olga lena",
        "talk_olga_formal": "olga lena paul",
    }
)
#: who gives it and may still write: while they coach the teacher, or work at the school
_GIVES = {
    **{name: "lena" for name in TALKS if name[5:] in ("prepared", "set", "held", "shared")},
    "talk_acknowledged": "lena",
    "talk_peer": "nina",
    "talk_formal": "paul",
    "talk_formal_shared": "paul",
    "talk_pia_formal": "lena",
    "talk_olga_formal": "lena",
}
#: the teacher, as long as the coaching goes on or there is none
_ANSWERS = {
    name: teacher
    for name, (teacher, *_) in TALKS.items()
    if name not in ("talk_before", "talk_pia", "talk_olga")
}
#: name → (teacher, who gives it, as what, evaluative, state)
ON_INDICATORS: dict[str, tuple[str, str, str, bool, str]] = {
    "on_i5_draft": ("tom", "lena", "lead", False, "draft"),
    "on_i5_shared": ("tom", "lena", "lead", False, "shared"),
    "on_i5_acknowledged": ("tom", "lena", "lead", False, "acknowledged"),
    "on_i5_before": ("tom", "luis", "lead", False, "draft"),
    "on_i5_formal": ("tom", "paul", "school_leader", True, "draft"),
    "on_i5_formal_shared": ("tom", "paul", "school_leader", True, "shared"),
    "on_i5_pia": ("pia", "lena", "lead", False, "shared"),
    "on_i5_olga": ("olga", "lena", "lead", False, "shared"),
    "on_i5_formal_by_lena": ("tom", "lena", "lead", True, "shared"),
}
READERS.update(
    {
        "on_i5_draft": "lena",
        **dict.fromkeys(("on_i5_shared", "on_i5_acknowledged"), "tom lena"),
        # a draft stays with who wrote it
        "on_i5_before": "luis",
        "on_i5_formal": "paul",
        **dict.fromkeys(("on_i5_formal_shared", "on_i5_formal_by_lena"), "tom paul lena"),
        "on_i5_pia": "pia lena",
        "on_i5_olga": "olga lena",
    }
)
READERS["alder_protocol"] = ALDER
ACTIVITY.update(
    {
        "talk_held": "tom lena paul",
        "talk_shared": "tom lena paul",
        "talk_acknowledged": "tom lena paul",
        "talk_before": "tom paul",
        "talk_peer": "tom nina paul",
        "talk_formal": "tom paul",
        "talk_formal_shared": "tom paul",
        "talk_olga": "olga lena paul",
        "talk_olga_formal": "olga lena paul",
    }
)
LISTS["listActivity"] = tuple(ACTIVITY)


async def visit(add: Any, world: Any, name: str, **fields: Any) -> Any:
    """An observation of a teacher by somebody; formal and scored when `evaluative`."""
    evaluative = fields.get("evaluative", False)
    home = {"district_id": world.juniper}
    kind = m.ObservationKind(
        **home,
        key=name,
        title=name,
        formal=evaluative,
        scored=evaluative,
        counts=True,
        min_minutes=10,
        observers=["school_leader", "lead", "peer"],
    )
    await add(f"{name}_kind", kind)
    starts = clock.now() - timedelta(days=10)
    visited = {
        "school_id": world.alder,
        "school_year_id": world.alder_year,
        "author_id": fields["observer_id"],
        "kind_id": kind.id,
        "formal": evaluative,
        "scored": evaluative,
        "evaluative": evaluative,
        "state": "drafted",
        "on": starts.date(),
        "at": "10:00",
        "zone": "America/Denver",
        "minutes": 30,
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=30),
        "started_at": starts,
    }
    return await add(name, m.Observation(**home, **{**visited, **fields}))


async def cycle(add: Any, world: Any, name: str, teacher: str, lead: str, **fields: Any) -> Any:
    """A learning cycle of the two, in application."""
    whole = {
        "level": "individual",
        "teacher_id": getattr(world, teacher),
        "number": 600,
        "state": "application",
        "phase": "application",
        **fields,
    }
    row = m.LearningCycle(
        district_id=world.juniper,
        school_id=world.alder,
        lead_id=getattr(world, lead),
        author_id=getattr(world, lead),
        school_year_id=world.alder_year,
        title=name,
        **whole,
    )
    return await add(name, row)


#: on the day at which the world's clock stands, so that it can be held today
_APPOINTED = {
    "on": date(2026, 10, 5),
    "at": "06:10",
    "zone": "America/Denver",
    "minutes": 20,
    "starts_at": datetime(2026, 10, 5, 12, 10, tzinfo=UTC),
    "ends_at": datetime(2026, 10, 5, 12, 30, tzinfo=UTC),
}


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each; with each conversation a note at its first step."""
    world = objects.world
    await add(
        "alder_protocol",
        made(
            m.ProtocolChoice,
            school_id=world.alder,
            template_id=world.ids["see_name_do"],
            author_id=world.paul,
            from_on=date(2026, 8, 17),
        ),
    )

    def whose(teacher: str, giver: str, kind: str, evaluative: bool) -> dict[str, Any]:
        return {
            "school_id": world.alder,
            "teacher_id": getattr(world, teacher),
            "lead_id": getattr(world, giver),
            "author_id": getattr(world, giver),
            "giver_kind": kind,
            "evaluative": evaluative,
        }

    visits, cycles = {}, {}
    for teacher, giver, kind, evaluative, _ in (*TALKS.values(), *ON_INDICATORS.values()):
        key = (teacher, giver, evaluative)
        if (kind != "lead" or evaluative) and key not in visits:
            visits[key] = await visit(
                add,
                world,
                f"visit_{teacher}_by_{giver}_{evaluative}",
                teacher_id=getattr(world, teacher),
                observer_id=getattr(world, giver),
                observer_kind=kind,
                evaluative=evaluative,
                # so that what was written in it can be shared
                state="locked",
                shared_at=clock.now(),
            )
        elif kind == "lead" and not evaluative and key not in cycles:
            number = 600 + len(cycles)
            name = f"cycle_of_{teacher}_and_{giver}"
            cycles[key] = await cycle(add, world, name, teacher, giver, number=number)
    for number, (name, row) in enumerate(TALKS.items()):
        teacher, giver, kind, evaluative, state = row
        visited = visits.get((teacher, giver, evaluative))
        link = objects.ids["luis_tom" if giver == "luis" else f"lena_{teacher}"]
        held_on = None
        if state != "prepared":
            held_on = clock.now().date() - timedelta(days=100 + number)
            objects.days[str(held_on)] = name
        shared_at = clock.now() if state in ("shared", "acknowledged") else None
        talk = await add(
            name,
            made(
                m.FeedbackConversation,
                relationship_id=link if kind == "lead" else None,
                observation_id=visited.id if visited else None,
                template_id=world.ids["relay_six_steps"],
                state=state,
                held_on=held_on,
                shared_at=shared_at,
                **(_APPOINTED if name == "talk_set" else {}),
                **whose(teacher, giver, kind, evaluative),
            ),
        )
        for key in ("praise", *(_REST if state == "prepared" else ())):
            await add(
                f"{name}_{key}",
                made(
                    m.FeedbackNote,
                    conversation_id=talk.id,
                    step_key=key,
                    text="Every pair had an answer ready.",
                    shared_at=shared_at,
                    **whose(teacher, giver, kind, evaluative),
                ),
            )
    for name, (teacher, giver, kind, evaluative, state) in ON_INDICATORS.items():
        key = (teacher, giver, evaluative)
        await add(
            name,
            made(
                m.IndicatorFeedback,
                relationship_id=objects.ids["lena_tom"] if kind == "lead" else None,
                observation_id=visits[key].id if key in visits else None,
                cycle_id=cycles[key].id if key not in visits else None,
                indicator_id=world.leap_i5,
                text="The checks reach everybody.",
                state=state,
                shared_at=None if state == "draft" else clock.now(),
                **whose(teacher, giver, kind, evaluative),
            ),
        )


_REST = ("probe", "problem_and_action_step", "practice", "plan_ahead", "follow_up")
reads("getFeedbackProtocol", "alder", {"alder": ALDER})
reads("getProtocolChoice", "alder_protocol")
LISTS["listProtocolChoices"] = ("alder_protocol",)
anywhere("listProtocolChoices", EVERYBODY, query="limit=200")
anywhere(
    "createProtocolChoice",
    "paul",
    409,
    lambda o: {
        "school_id": o["alder"],
        "template_id": o["planning_map"],
        "from_on": "2027-01-04",
        "reason": "Second half.",
    },
    on="alder",
    status=201,
    others={403: _minus(JUNIPER, "paul")},
    permission="create_protocol_choice",
)

reads("getFeedbackConversation", " ".join(TALKS))
LISTS["listFeedbackConversations"] = tuple(TALKS)
anywhere("listFeedbackConversations", EVERYBODY, query="limit=200")
anywhere(
    "createFeedbackConversation",
    "luis",
    409,  # whoever cannot see the coaching cannot tell that there is any
    lambda o: {"teacher_id": o["sam"]},
    on="sam",
    status=201,
    others={403: "ada paul sam"},
)
anywhere(
    "createFeedbackConversation",
    "paul",
    409,
    lambda o: {"observation_id": o["visit_tom_by_paul_True"]},
    on="visit_tom_by_paul_True",
    status=201,
    others={403: "tom lena"},
)
#: those whose conversation is at a step in which they write
_NOTE = {"text": "Every pair had two answers ready."}
for _name, (_teacher, _, _, _, _state) in TALKS.items():
    _gives, _answers = _GIVES.get(_name, ""), _ANSWERS.get(_name, "")
    for _operation, _verb, _from, _who, _body in (
        (
            "updateFeedbackConversation",
            "edit",
            "prepared",
            _gives,
            {"protocol_reason": "New words."},
        ),
        (
            "scheduleFeedbackConversation",
            "schedule",
            "prepared",
            f"{_gives} {_answers}",
            {"on": "2026-12-09", "at": "06:10", "minutes": 20},
        ),
        ("unscheduleFeedbackConversation", "unschedule", "", f"{_gives} {_answers}", None),
        ("writeFeedbackNote", "note", "prepared held", _gives, _NOTE),
        ("holdFeedbackConversation", "hold", "prepared", _gives, {}),
        ("shareFeedbackConversation", "share", "held", _gives, None),
        ("acknowledgeFeedbackConversation", "acknowledge", "shared", _answers, {}),
        (
            "replyToFeedbackConversation",
            "reply",
            "acknowledged",
            _answers,
            {"reply": "It worked in the fourth period."},
        ),
    ):
        _given = (_who, "") if _state in _from.split() else ("", _who)
        if (_name, _verb) == ("talk_set", "unschedule"):
            _given = (_who, "")
        step(_operation, _name, *_given, body=_body, permission=_verb)
for _name in (
    "talk_prepared",
    "talk_shared",
    "talk_formal",
    "talk_formal_shared",
    "talk_olga_formal",
):
    reads("listFeedbackNotes", _name)
    HOLDS["listFeedbackNotes", _name] = _NOTES[_name]

reads("getIndicatorFeedback", " ".join(ON_INDICATORS))
LISTS["listIndicatorFeedback"] = tuple(ON_INDICATORS)
anywhere("listIndicatorFeedback", EVERYBODY, query="limit=200")
anywhere(
    "createIndicatorFeedback",
    "lena",
    409,
    lambda o: {
        "cycle_id": o["cycle_of_tom_and_lena"],
        "indicator_id": o["leap_i5"],
        "text": "The checks reach everybody.",
    },
    on="cycle_of_tom_and_lena",
    status=201,
    others={403: "tom"},
)
anywhere(
    "createIndicatorFeedback",
    "paul",
    409,
    lambda o: {
        "observation_id": o["visit_tom_by_paul_True"],
        "indicator_id": o["leap_i5"],
        "text": "The checks reach everybody.",
    },
    on="visit_tom_by_paul_True",
    status=201,
    others={403: "tom lena"},
)
for _name, (_teacher, _giver, _kind, _, _state) in ON_INDICATORS.items():
    _writes = _giver if _name not in ("on_i5_before", "on_i5_pia", "on_i5_olga") else ""
    _reads = _teacher if _name not in ("on_i5_before", "on_i5_pia", "on_i5_olga") else ""
    _reads = _reads if _state != "draft" else ""  # what is a draft they do not see
    for _operation, _verb, _from, _who, _body in (
        (
            "updateIndicatorFeedback",
            "edit",
            "draft",
            _writes,
            {"text": "The checks reach nearly everybody."},
        ),
        ("deleteIndicatorFeedback", "delete", "draft", _writes, None),
        ("shareIndicatorFeedback", "share", "draft", _writes, None),
        ("acknowledgeIndicatorFeedback", "acknowledge", "shared", _reads, {}),
    ):
        step(
            _operation,
            _name,
            *((_who, "") if _state in _from.split() else ("", _who)),
            body=_body,
            status=204 if _verb == "delete" else 200,
            permission=_verb,
        )


async def chapter(j: Any, w: Any) -> None:
    """The school chooses its protocol, Lena gives Tom feedback by it, and on one indicator."""
    new = {
        "school_id": str(w.alder),
        "template_id": str(w.ids["see_name_do"]),
        "from_on": clock.today("America/Denver").isoformat(),
    }
    choice = await j.do(
        "createProtocolChoice",
        "paul",
        body=new,
        forbidden="tom",
        conflict={"template_id": str(w.welcome)},
    )
    await j.do(
        "getFeedbackProtocol",
        "tom",
        path={"school_id": str(w.alder)},
        query={"on": new["from_on"]},
    )
    await j.do("listProtocolChoices", "tom", query={"school_id": str(w.alder), "limit": 1})
    await j.do("getProtocolChoice", "lena", path={"protocol_choice_id": choice["id"]})

    async def add(_name: str, row: Any) -> Any:
        row.id = row.id or clock.new_id()
        session.add(row)
        await session.flush()
        return row

    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)
        tried = str((await cycle(add, w, "Checks for all", "tom", "lena")).id)
        await session.commit()
    talk = await j.do(
        "createFeedbackConversation",
        "lena",
        body={"teacher_id": str(w.tom), "cycle_id": tried},
        forbidden="tom",
        conflict={"template_id": str(w.welcome)},
    )
    at = {"feedback_conversation_id": talk["id"]}
    await j.do("listFeedbackConversations", "tom", query={"state": "prepared", "limit": 1})
    talk = await j.do(
        "updateFeedbackConversation",
        "lena",
        path=at,
        version=talk["version"],
        body={
            "template_id": str(w.ids["relay_six_steps"]),
            "protocol_reason": "Tom wants to practise it on his feet.",
        },
        forbidden="tom",
        conflict={"protocol_reason": None},
    )
    when = {"on": "2026-12-10", "at": "06:30", "minutes": 20, "place": "Room 12"}
    for _ in range(2):
        talk = await j.do(
            "scheduleFeedbackConversation",
            "tom",
            path=at,
            version=talk["version"],
            body=when,
            conflict={"on": "2026-07-01"},
        )
        talk = await j.do(
            "unscheduleFeedbackConversation", "lena", path=at, version=talk["version"]
        )
    for key, words in _SAID.items():
        await j.do(
            "writeFeedbackNote",
            "lena",
            path={**at, "step_key": key},
            version=0,
            body={"text": words},
            forbidden="tom",
        )
    await j.do("listFeedbackNotes", "lena", path=at)
    talk = await j.do(
        "holdFeedbackConversation",
        "lena",
        path=at,
        version=talk["version"],
        body={},
        forbidden="tom",
        conflict={"on": "2027-01-01"},
    )
    talk = await j.do(
        "shareFeedbackConversation", "lena", path=at, version=talk["version"], forbidden="tom"
    )
    talk = await j.do(
        "acknowledgeFeedbackConversation",
        "tom",
        path=at,
        version=talk["version"],
        body={"reply": "The second try felt right."},
        forbidden="lena",
    )
    await j.do(
        "replyToFeedbackConversation",
        "tom",
        path=at,
        version=talk["version"],
        body={"reply": "It held in the fourth period, too."},
        forbidden="lena",
    )
    await j.do("getFeedbackConversation", "tom", path=at)
    await _on_an_indicator(j, w, tried)


_SAID = {
    "praise": "Every pair had an answer ready when you asked, because they wrote first.",
    "probe": "What did you hear from the table at the window?",
    "problem_and_action_step": "Three tables wait for the first hand. Ask by number, not by hand.",
    "practice": "You asked me and two chairs, twice.",
    "plan_ahead": "It stands in Thursday's plan, after the warm-up.",
    "follow_up": "I look in on Friday, third period.",
}


async def _on_an_indicator(j: Any, w: Any, tried: str) -> None:
    new = {
        "cycle_id": tried,
        "indicator_id": str(w.leap_i5),
        "text": "In three of four lessons a check reached every table before the task changed.",
    }
    given = await j.do(
        "createIndicatorFeedback", "lena", body=new, forbidden="tom", conflict={"score": 5}
    )
    at = {"indicator_feedback_id": given["id"]}
    given = await j.do(
        "updateIndicatorFeedback",
        "lena",
        path=at,
        version=given["version"],
        body={"text": "In all four lessons a check reached every table before the task changed."},
        conflict={"score": 5},
    )
    given = await j.do("shareIndicatorFeedback", "lena", path=at, version=given["version"])
    await j.do("getIndicatorFeedback", "tom", path=at)
    await j.do("listIndicatorFeedback", "tom", query={"cycle_id": tried, "limit": 1})
    await j.do(
        "acknowledgeIndicatorFeedback",
        "tom",
        path=at,
        version=given["version"],
        body={"reply": "Next I look at what I do with the answers."},
        forbidden="lena",
    )
    other = await j.do("createIndicatorFeedback", "lena", body=new)
    await j.do(
        "deleteIndicatorFeedback",
        "lena",
        path={"indicator_feedback_id": other["id"]},
        version=other["version"],
    )


async def grow(session: Any, world: Any, home: Any, _name: str) -> None:
    """One more choice of the school, a conversation of Tom's with a note, and feedback on an
    indicator for a cycle of his."""
    number = await session.scalar(select(func.count()).select_from(m.ProtocolChoice)) or 0
    of_tom = select(m.LearningCycle.id).where(m.LearningCycle.title == "Fed back")
    cycle_id = await session.scalar(of_tom)
    whose = {
        **home,
        "school_id": world.alder,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "author_id": world.lena,
    }
    if cycle_id is None:
        tried = m.LearningCycle(
            **whose,
            level="individual",
            school_year_id=world.alder_year,
            title="Fed back",
            number=950,
            state="application",
            phase="application",
        )
        session.add(tried)
        await session.flush()
        cycle_id = tried.id
    given = {**whose, "giver_kind": "lead", "evaluative": False, "shared_at": clock.now()}
    choice = m.ProtocolChoice(
        **home,
        school_id=world.alder,
        template_id=world.ids["see_name_do"],
        author_id=world.paul,
        from_on=date(2020, 1, 1) + timedelta(days=number),
        reason="a",
    )
    talk = m.FeedbackConversation(
        **given,
        relationship_id=world.lena_tom,
        template_id=world.ids["see_name_do"],
        state="shared",
        held_on=clock.today("UTC"),
    )
    about = m.IndicatorFeedback(
        **given, cycle_id=cycle_id, indicator_id=world.leap_i5, text="a", state="shared"
    )
    session.add_all([choice, talk, about])
    await session.flush()
    session.add(m.FeedbackNote(**given, conversation_id=talk.id, step_key="see_success", text="a"))
    await session.flush()


FIRSTS = (
    ("tom", "protocol_choice_id", "/protocol-choices"),
    ("tom", "feedback_conversation_id", "/feedback-conversations"),
    ("tom", "indicator_feedback_id", "/indicator-feedback"),
)
