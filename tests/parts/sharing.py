"""Sharing: copies that are offered, open or taken back, and the records that can be shared."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from tests.access.table import EVERYBODY, LISTS, READERS, anywhere, reads, step

#: name → (teacher, lead, to whom it is shared, state)
SHARED = {
    "tom_offered": ("tom", "lena", "school_leader", "offered"),
    "tom_opened": ("tom", "lena", "school_leader", "open"),
    "tom_taken_back": ("tom", "lena", "school_leader", "taken_back"),
    "tom_before_opened": ("tom", "luis", "school_leader", "open"),
    "tom_passed_on": ("tom", "luis", "lena", "open"),
    "tom_passed_on_taken_back": ("tom", "luis", "lena", "taken_back"),
    "pia_offered": ("pia", "lena", "school_leader", "offered"),
    "pia_opened": ("pia", "lena", "school_leader", "open"),
    "pia_passed_on": ("pia", "luis", "lena", "open"),
    "olga_offered": ("olga", "lena", "school_leader", "offered"),
    "olga_opened": ("olga", "lena", "school_leader", "open"),
    "olga_passed_on": ("olga", "luis", "lena", "open"),
}
READERS.update(
    {
        **dict.fromkeys(("tom_offered", "tom_taken_back", "tom_passed_on"), "tom lena"),
        "tom_opened": "tom lena paul",
        "tom_before_opened": "tom paul",
        "tom_passed_on_taken_back": "tom",
        **dict.fromkeys(("pia_offered", "pia_passed_on"), "pia lena"),
        "pia_opened": "pia lena paul",
        # over: a former lead reads nothing of it, whoever it was opened to
        **dict.fromkeys(("olga_offered", "olga_passed_on"), "olga"),
        "olga_opened": "olga paul",
    }
)
#: who takes back: the two, also while it is paused
_TAKES = {
    "tom_offered": "tom lena",
    "tom_opened": "tom lena",
    "tom_taken_back": "tom lena",
    "pia_offered": "pia lena",
    "pia_opened": "pia lena",
}

#: pair → who reads its records
PAIRS = {("tom", "lena"): "tom lena", ("tom", "luis"): "tom", ("pia", "lena"): "pia lena"}
PAIRS[("olga", "lena")] = "olga"
_TYPES = {
    "conversation": "shareConversation",
    "questionnaire_submission": "shareQuestionnaireSubmission",
    "coaching_preferences": "shareCoachingPreferences",
    "coaching_agreement": "shareCoachingAgreement",
}


def name_of(teacher: str, lead: str, record_type: str) -> str:
    """What the matrix calls a record that can be shared."""
    return f"{teacher}_{lead}_shareable_{record_type}"


for (_teacher, _lead), _readers in PAIRS.items():
    for _type in _TYPES:
        READERS[name_of(_teacher, _lead, _type)] = _readers


async def records_of(add: Any, world: Any, teacher: str, lead: str) -> dict[str, Any]:
    """One of each record that can be shared beside meetings, below a relationship of last year that
    is over for long, so that nothing else of this year is in their way."""
    home = {"district_id": world.juniper}
    link = m.CoachingRelationship(
        **home,
        school_id=world.alder,
        school_year_id=world.alder_past,
        lead_id=getattr(world, lead),
        teacher_id=getattr(world, teacher),
        evaluator_scope="none",
        state="ended",
        ended_at=clock.now() - timedelta(days=150),
    )
    await add(f"{teacher}_{lead}_last_year", link)
    pair = {
        **home,
        "school_id": world.alder,
        "teacher_id": link.teacher_id,
        "lead_id": link.lead_id,
        "author_id": link.teacher_id,
    }
    below = {**pair, "relationship_id": link.id}
    asked = m.Questionnaire(
        **below | {"author_id": link.lead_id},
        template_id=world.getting_to_know_you,
        state="submitted",
        submitted_at=clock.now(),
    )
    await add(f"{teacher}_{lead}_asked", asked)
    rows = {
        "conversation": m.Conversation(
            **below,
            kind="beginning_of_year",
            template_id=world.beginning_of_year,
            answers={"expects": "That you ask before you write."},
            notes="We begin with routines.",
            state="held",
            held_on=date(2026, 9, 1),
            roles_discussed=True,
        ),
        "questionnaire_submission": m.QuestionnaireSubmission(
            **pair,
            questionnaire_id=asked.id,
            template_id=world.getting_to_know_you,
            number=1,
            answers={"called": "Tom", "best_time": "Before the first lesson"},
        ),
        "coaching_preferences": m.CoachingPreferences(
            **below,
            template_id=world.coaching_and_observation,
            number=1,
            answers={"anything_else": "Sit where the students do."},
            from_on=date(2026, 9, 1),
        ),
        "coaching_agreement": m.CoachingAgreement(
            **below,
            template_id=world.coaching_agreement,
            number=1,
            answers={"time": "We begin on time."},
            review_on=date(2027, 1, 15),
        ),
    }
    for record_type, row in rows.items():
        await add(name_of(teacher, lead, record_type), row)
    return rows


def adding(session: AsyncSession) -> Any:
    """`add` of `records_of`, to a session."""

    async def add(_name: str, row: Any) -> None:
        row.id = row.id or clock.new_id()
        session.add(row)
        await session.flush()

    return add


async def build(add: Any, made: Any, objects: Any) -> None:
    """The records, and copies in each state."""
    world = objects.world
    for number, (name, (teacher, lead, to, state)) in enumerate(SHARED.items()):
        up = to == "school_leader"
        row = made(
            m.SharedRecord,
            school_id=world.alder,
            teacher_id=getattr(world, teacher),
            lead_id=getattr(world, lead),
            author_id=getattr(world, teacher),
            record_type="next_step",
            record_id=clock.new_id(),
            record_version=number + 1,
            shared_with="school_leader" if up else "lead",
            to_lead_id=None if up else getattr(world, to),
            state=state,
            teacher_yes_at=clock.now(),
            lead_yes_at=clock.now() if up and state == "open" else None,
        )
        if state != "taken_back":
            row.content = {"text": name}
        await add(name, row)
    for teacher, lead in PAIRS:
        await records_of(add, world, teacher, lead)


reads("getSharedRecord", " ".join(SHARED))
LISTS["listSharedRecords"] = tuple(SHARED)
anywhere("listSharedRecords", EVERYBODY, query="limit=200")
for _name, (_teacher, *_rest, _state) in SHARED.items():
    _may = _TAKES.get(_name, _teacher)
    step(
        "takeBackSharedRecord",
        _name,
        *(("", _may) if _state == "taken_back" else (_may, "")),
        permission="take_back",
    )

_UP, _ON = {"with": "school_leader"}, {"with": "lead"}


def _shares(operation: str, name: str, teacher: str, lead: str) -> None:
    """Who says yes to opening a record to the leaders, and to the lead of today."""
    # Paused nobody opens anything; over, or with the lead before, nobody can answer an offer.
    up = "tom lena" if (teacher, lead) == ("tom", "lena") else ""
    over = "" if up else teacher
    step(operation, name, up, over, body=_UP, permission="share")
    # Tom has another lead now, Pia's is paused, Olga has none.
    on = teacher if (teacher, lead) == ("tom", "luis") else ""
    step(operation, name, on, "" if on else teacher, body=_ON)


for _name, (_teacher, _lead) in {
    "tom_held": ("tom", "lena"),
    "tom_scheduled": ("tom", "lena"),
    "tom_before_held": ("tom", "luis"),
    "pia_scheduled": ("pia", "lena"),
    "olga_held": ("olga", "lena"),
    "olga_held_by_lena": ("olga", "lena"),
}.items():
    _shares("shareMeeting", _name, _teacher, _lead)
for _name, (_teacher, _lead) in {
    "tom_step": ("tom", "lena"),
    "tom_step_done": ("tom", "lena"),
    "tom_before_step": ("tom", "luis"),
    "tom_before_step_done": ("tom", "luis"),
    "pia_step": ("pia", "lena"),
    "olga_step": ("olga", "lena"),
    "olga_step_by_lena": ("olga", "lena"),
}.items():
    _shares("shareNextStep", _name, _teacher, _lead)
for _teacher, _lead in PAIRS:
    for _type, _operation in _TYPES.items():
        _shares(_operation, name_of(_teacher, _lead, _type), _teacher, _lead)


async def chapter(j: Any, w: Any) -> None:
    """Tom and Lena open a meeting to their school leader and take it back; the rest is offered."""
    meetings = await j.do("listMeetings", "tom", query={"state": "completed"})
    at = {"meeting_id": meetings["items"][0]["id"]}
    other = {"conflict": _ON}  # she is the lead of today and reads it anyway
    now = await j.do("getMeeting", "tom", path=at)
    await j.do("shareMeeting", "tom", path=at, version=now["version"], body=_UP, **other)
    opened = await j.do("shareMeeting", "lena", path=at, version=now["version"], body=_UP)
    await j.do("listSharedRecords", "paul", query={"limit": 2})
    path = {"shared_id": opened["id"]}
    await j.do("getSharedRecord", "paul", path=path)
    await j.do(
        "takeBackSharedRecord", "lena", path=path, version=opened["version"], forbidden="paul"
    )
    found = (await j.do("listNextSteps", "tom", query={"limit": 1}))["items"][0]
    await j.do(
        "shareNextStep",
        "tom",
        path={"step_id": found["id"]},
        version=found["version"],
        body=_UP,
        **other,
    )
    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)
        rows = await records_of(adding(session), w, "tom", "lena")
        ids = {record_type: str(row.id) for record_type, row in rows.items()}
        await session.commit()
    for record_type, parameter in (
        ("conversation", "conversation_id"),
        ("questionnaire_submission", "submission_id"),
        ("coaching_preferences", "preferences_id"),
        ("coaching_agreement", "agreement_id"),
    ):
        path = {parameter: ids[record_type]}
        await j.do(_TYPES[record_type], "tom", path=path, version=1, body=_UP, **other)


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more copy of a record of Tom's that is open to his school leader."""
    row = m.SharedRecord(
        **home,
        school_id=world.alder,
        teacher_id=world.tom,
        lead_id=world.lena,
        author_id=world.tom,
        record_type="next_step",
        record_id=clock.new_id(),
        record_version=1,
        content={"text": name},
        shared_with="school_leader",
        state="open",
        teacher_yes_at=clock.now(),
        lead_yes_at=clock.now(),
    )
    session.add(row)
    await session.flush()


FIRSTS = (("tom", "shared_id", "/shared-records"),)
