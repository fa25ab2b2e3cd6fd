"""Role notes, introductions and the hand-over to another lead."""

from datetime import timedelta
from typing import Any

from app import models as m
from app.core import clock
from tests.access.table import (
    _LINKS,
    _WRITE,
    EVERYBODY,
    LISTS,
    READERS,
    anywhere,
    reads,
    step,
)

#: name → (teacher, lead, author, state)
ROLE_NOTES = {
    "tom_expects": ("tom", "lena", "tom", "open"),
    "lena_asks_tom": ("tom", "lena", "lena", "open"),
    "tom_was_answered": ("tom", "lena", "tom", "answered"),
    "tom_asked_before": ("tom", "luis", "tom", "open"),
    "luis_asked_before": ("tom", "luis", "luis", "open"),
    "pia_asks": ("pia", "lena", "pia", "open"),
    "lena_asks_pia": ("pia", "lena", "lena", "open"),
    "olga_asked": ("olga", "lena", "olga", "open"),
    "lena_asked_olga": ("olga", "lena", "lena", "answered"),
}
#: name → (teacher, lead, author, the relationship it hangs below)
INTRODUCTIONS = {
    "tom_introduced": ("tom", "lena", "tom", "lena_tom"),
    "pia_introduced": ("pia", "lena", "lena", "lena_pia"),
    "olga_introduced": ("olga", "lena", "olga", "lena_olga"),
    "olga_introduced_by_lena": ("olga", "lena", "lena", "luis_olga"),
}
READERS.update(
    {
        **dict.fromkeys(
            ("tom_expects", "lena_asks_tom", "tom_was_answered", "tom_introduced"), "tom lena"
        ),
        **dict.fromkeys(("tom_asked_before", "luis_asked_before"), "tom"),
        **dict.fromkeys(("pia_asks", "lena_asks_pia", "pia_introduced"), "pia lena"),
        **dict.fromkeys(("olga_asked", "olga_introduced"), "olga"),
        **dict.fromkeys(("lena_asked_olga", "olga_introduced_by_lena"), "olga lena"),
    }
)


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    world = objects.world

    def pair(teacher: str, lead: str, author: str, link: str) -> dict[str, Any]:
        return {
            "school_id": world.alder,
            "relationship_id": objects.ids[link],
            "teacher_id": getattr(world, teacher),
            "lead_id": getattr(world, lead),
            "author_id": getattr(world, author),
        }

    for name, (teacher, lead, author, state) in ROLE_NOTES.items():
        other = lead if author == teacher else teacher
        answered = {
            "answer": "I listen first.",
            "answered_by_id": getattr(world, other),
            "answered_at": clock.now(),
        }
        await add(
            name,
            made(
                m.RoleNote,
                kind="question",
                text="What will you do while I teach?",
                state=state,
                **(answered if state == "answered" else {}),
                **pair(teacher, lead, author, f"lena_{teacher}"),
            ),
        )
    for name, row in INTRODUCTIONS.items():
        said = {"text": "Ms Ortiz learns with us.", "introduced_by": "both"}
        await add(name, made(m.Introduction, **said, **pair(*row)))


reads("getRoleNote", " ".join(ROLE_NOTES))
reads("getIntroduction", " ".join(INTRODUCTIONS))
LISTS["listRoleNotes"] = tuple(ROLE_NOTES)
LISTS["listIntroductions"] = tuple(INTRODUCTIONS)
for _operation in ("listRoleNotes", "listIntroductions"):
    anywhere(_operation, EVERYBODY, query="limit=200")
for _operation, _more in (
    ("createRoleNote", {"kind": "expectation", "text": "Tell me what you see."}),
    ("createIntroduction", {"text": "He learns with us.", "introduced_by": "teacher"}),
):
    anywhere(
        _operation,
        "sam luis",
        409,  # whoever cannot see the coaching cannot tell that there is any
        lambda o, more=_more: {"teacher_id": o["sam"], **more},
        on="sam",
        status=201,
        others={403: "ada paul"},
    )
for _name, (_teacher, _lead, _author, _state) in ROLE_NOTES.items():
    # both write while they work together, nobody while it is paused or over
    _works = _lead == "lena" and _teacher in _WRITE
    _other = _lead if _author == _teacher else _teacher
    for _operation, _may, _body, _verb in (
        ("updateRoleNote", _author, {"text": "And before?"}, "edit"),
        ("answerRoleNote", _other, {"answer": "I write down what I see."}, "answer"),
    ):
        _who = _may if _works else ""
        _possible = (_who, "") if _state == "open" else ("", _who)
        step(_operation, _name, *_possible, body=_body, permission=_verb)
for _name, (_teacher, *_rest) in INTRODUCTIONS.items():
    step(
        "updateIntroduction",
        _name,
        _WRITE.get(_teacher, ""),
        body={"introduced_on": "2026-10-01"},
        permission="edit",
    )
for _name, (_state, _teacher) in _LINKS.items():
    # Luis is proposed to Pia already, beside Lena
    _ok = _state in ("active", "paused") and _name != "lena_pia"
    step(
        "handOverCoachingRelationship",
        _name,
        *(("ada paul", "") if _ok else ("", "ada paul")),
        body=lambda o: {"lead_id": o["luis"], "reason": "Another team."},
        status=201,
        permission="hand_over",
    )
    step("getHandOver", _name, _teacher, permission="read_hand_over")


async def chapter(j: Any, w: Any) -> None:
    """Tom and Lena say what they expect; Uma's first lead goes and another follows."""
    note = await j.do(
        "createRoleNote",
        "tom",
        body={"kind": "question", "text": "Who sees what you write down while I teach?"},
    )
    at = {"note_id": note["id"]}
    note = await j.do(
        "updateRoleNote",
        "tom",
        path=at,
        version=note["version"],
        body={"text": "Who reads what you write down while I teach?"},
        forbidden="lena",
    )
    await j.do("getRoleNote", "lena", path=at)
    await j.do(
        "answerRoleNote",
        "lena",
        path=at,
        version=note["version"],
        body={"answer": "You and I. Nobody else, unless we both open a copy."},
        forbidden="tom",
    )
    await j.do("listRoleNotes", "tom", query={"limit": 2})
    told = await j.do(
        "createIntroduction",
        "lena",
        body={
            "teacher_id": str(w.tom),
            "text": "I visit to see how you learn, and your teacher and I learn from it.",
            "introduced_by": "both",
            "planned_on": "2026-10-07",
        },
        forbidden="paul",
    )
    at = {"introduction_id": told["id"]}
    await j.do("listIntroductions", "tom", query={"limit": 2})
    await j.do("getIntroduction", "tom", path=at)
    await j.do(
        "updateIntroduction",
        "tom",
        path=at,
        version=told["version"],
        body={"introduced_on": "2026-10-05"},
        conflict={"introduced_on": "2026-12-24"},
    )
    new = {
        "lead_id": str(w.luis),
        "teacher_id": str(w.uma),
        "school_year_id": str(w.alder_year),
        "capacities": ["coach", "facilitator"],
    }
    made = await j.do("proposeCoachingRelationship", "paul", body=new)
    at = {"relationship_id": made["id"]}
    made = await j.do(
        "activateCoachingRelationship", "uma", path=at, version=made["version"], forbidden="luis"
    )
    following = await j.do(
        "handOverCoachingRelationship",
        "paul",
        path=at,
        version=made["version"],
        body={
            "lead_id": str(w.lena),
            "reason": "Luis takes over another grade.",
            "capacities": ["coach", "consultant"],
        },
        forbidden="uma",
        conflict={"lead_id": str(w.luis)},
    )
    await j.do("getHandOver", "uma", path=at, forbidden="paul")
    await j.do(
        "withdrawCoachingRelationship",
        "paul",
        path={"relationship_id": following["id"]},
        version=following["version"],
    )


async def grow(session: Any, world: Any, home: Any, _name: str) -> None:
    """One more role note of Tom's, and an introduction below a relationship that is over."""
    link = m.CoachingRelationship(
        **home,
        school_id=world.alder,
        school_year_id=world.alder_past,
        lead_id=world.lena,
        teacher_id=world.tom,
        evaluator_scope="none",
        state="ended",
        ended_at=clock.now() - timedelta(days=150),
    )
    session.add(link)
    await session.flush()
    pair = {
        **home,
        "school_id": world.alder,
        "relationship_id": link.id,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "author_id": world.tom,
    }
    session.add(m.RoleNote(**pair, kind="question", text="Why?"))
    session.add(m.Introduction(**pair, text="We learn.", introduced_by="both"))
    await session.flush()


FIRSTS = (("tom", "note_id", "/role-notes"), ("tom", "introduction_id", "/introductions"))
