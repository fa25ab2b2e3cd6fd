"""Visits in each state, by a lead, a leader and a colleague; their kinds, second observers, and who
read what is evaluative."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from app import models as m
from app.auth import keys
from app.core import clock
from tests.access.table import (
    ACTIVITY,
    ALDER,
    EVERYBODY,
    JUNIPER,
    LISTS,
    READERS,
    anywhere,
    reads,
    step,
)

#: name → (teacher, observer, as what, kind, state, announced)
VISITS: dict[str, tuple[str, str, str, str, str, bool]] = {
    "visit_hidden": ("tom", "lena", "lead", "coaching_visit", "scheduled", False),
    "visit_scheduled": ("tom", "lena", "lead", "coaching_visit", "scheduled", True),
    "visit_on": ("tom", "lena", "lead", "coaching_visit", "in_progress", False),
    "visit_drafted": ("tom", "lena", "lead", "coaching_visit", "drafted", True),
    "visit_shared": ("tom", "lena", "lead", "coaching_visit", "shared", True),
    "visit_discussed": ("tom", "lena", "lead", "coaching_visit", "discussed", True),
    "visit_acknowledged": ("tom", "lena", "lead", "coaching_visit", "acknowledged", True),
    "visit_locked": ("tom", "lena", "lead", "coaching_visit", "locked", True),
    "visit_before": ("tom", "luis", "lead", "coaching_visit", "shared", True),
    "rated_drafted": ("tom", "lena", "lead", "full", "drafted", True),
    "rated_shared": ("tom", "lena", "lead", "full", "shared", True),
    "formal_by_leader": ("tom", "paul", "school_leader", "full", "acknowledged", True),
    "formal_locked": ("tom", "lena", "lead", "full", "locked", True),
    "peer_scheduled": ("tom", "nina", "peer", "peer", "scheduled", True),
    "pia_scheduled_visit": ("pia", "lena", "lead", "coaching_visit", "scheduled", True),
    "pia_discussed": ("pia", "lena", "lead", "coaching_visit", "discussed", True),
    "pia_by_leader": ("pia", "paul", "school_leader", "full", "discussed", True),
    "olga_shared": ("olga", "lena", "lead", "coaching_visit", "shared", True),
    "olga_formal": ("olga", "lena", "lead", "full", "shared", True),
    "sam_formal": ("sam", "luis", "lead", "full", "shared", True),
    "formal_by_lead": ("tom", "lena", "lead", "full", "acknowledged", True),
}
_GIVEN = ("shared", "discussed", "acknowledged", "locked")
#: second observers: name → (visit, person, state)
LOOKING_ON = {
    "co_asked": ("visit_scheduled", "ivy", "asked"),
    "co_consented": ("visit_on", "mia", "consented"),
    "co_declined": ("visit_drafted", "nina", "declined"),
    "co_shared": ("rated_shared", "sam", "consented"),
    "co_pia": ("pia_scheduled_visit", "uma", "asked"),
}
#: who coaches them now, evaluates them, and writes
_EVALUATOR = {"tom": "lena", "nina": "lena"}


def _readers(name: str) -> str:
    teacher, observer, _, kind, state, announced = VISITS[name]
    names = [observer] if name != "visit_before" else []
    if announced or state != "scheduled":
        names.append(teacher)
    if kind == "full" and state in _GIVEN:
        names += ["paul", *_EVALUATOR.get(teacher, "").split()]
    on = [who for visit, who, state in LOOKING_ON.values() if (visit, state) == (name, "consented")]
    return " ".join(dict.fromkeys([*names, *on]))


READERS.update({name: _readers(name) for name in VISITS})
READERS.update(
    {
        "co_asked": "tom lena ivy",
        "co_consented": "tom lena mia",
        "co_declined": "tom lena nina",
        "co_shared": "tom lena sam",
        "co_pia": "pia lena uma",
        "read_formal": "tom",
        "kind_full": JUNIPER,
        "lena_certified": "ada paul lena",
        "paul_certified": "ada paul",
        "ben_certified": "ada bea ben",
    }
)
#: leaders read that there is a visit; those of today's would be told apart by no day
ACTIVITY.update(
    {
        name: " ".join({teacher, "paul", *([observer] if name != "visit_before" else [])})
        for name, (teacher, observer, _, _, state, _) in VISITS.items()
        if state != "scheduled"
    }
)


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each; those to come are due today."""
    world = objects.world
    for number, (name, row) in enumerate(VISITS.items()):
        teacher, observer, as_what, kind, state, announced = row
        to_come = state == "scheduled"
        starts = clock.now() + (
            timedelta(minutes=60 + number) if to_come else -timedelta(days=140 + number)
        )
        given = clock.now() if state in _GIVEN else None
        visit = await add(
            name,
            made(
                m.Observation,
                school_id=world.alder,
                school_year_id=world.alder_year,
                teacher_id=getattr(world, teacher),
                observer_id=getattr(world, observer),
                author_id=getattr(world, observer),
                kind_id=world.ids[f"kind_{kind}"],
                formal=kind == "full",
                scored=kind == "full",
                evaluative=kind == "full",
                observer_kind=as_what,
                state=state,
                announced=announced,
                on=starts.date(),
                at="11:00",
                zone="America/Denver",
                minutes=45,
                starts_at=starts,
                ends_at=starts + timedelta(minutes=45),
                started_at=None if to_come else starts,
                ended_at=None if state in ("scheduled", "in_progress") else starts,
                shared_at=given,
            ),
        )
        if not to_come:
            objects.days[str(visit.on)] = name
    for name, (of, person, state) in LOOKING_ON.items():
        teacher, observer, as_what, kind, _, _ = VISITS[of]
        await add(
            name,
            made(
                m.CoObserver,
                observation_id=objects.ids[of],
                school_id=world.alder,
                teacher_id=getattr(world, teacher),
                observer_id=getattr(world, observer),
                observer_kind=as_what,
                evaluative=kind == "full",
                author_id=getattr(world, observer),
                person_id=getattr(world, person),
                state=state,
            ),
        )
    for person in ("lena", "paul", "ben"):
        certified = {"person_id": getattr(world, person), "title": "Calibrated"}
        row = made(m.ObserverCertification, from_on=date(2026, 9, 1), **certified)
        await add(f"{person}_certified", row)
    await add(
        "read_formal",
        made(
            m.AccessLog,
            reader_id=world.paul,
            teacher_id=world.tom,
            school_id=world.alder,
            record_type="observation",
            record_id=objects.ids["rated_shared"],
            operation="observation:read",
        ),
    )


# --- kinds and certifications -----------------------------------------------------------------

reads("getObservationKind", "kind_full")
step("updateObservationKind", "kind_full", "ada", body={"title": "Full"}, permission="edit")
anywhere(
    "createObservationKind",
    "ada zoe",
    body={"key": "informal", "title": "Informal", "observers": ["lead"]},
    status=201,
)
reads("getObserverCertification", "lena_certified paul_certified ben_certified")
step(
    "updateObserverCertification",
    "lena_certified ben_certified",
    "ada",
    body={"until_on": "2027-06-30"},
    permission="edit",
)
anywhere(
    "createObserverCertification",
    "ada",
    409,  # somebody who cannot see the person cannot tell that they exist
    lambda o: {"person_id": o["tom"], "title": "Calibrated", "from_on": "2026-10-01"},
    status=201,
    others={403: ALDER},
)

# --- visits -----------------------------------------------------------------------------------

_WHEN = {"on": "2026-10-20", "at": "09:00", "minutes": 45}
for _kind, _may in (("walkthrough", "lena paul"), ("peer", "lena luis nina sam uma pia olga")):
    anywhere(
        "createObservation",
        _may,
        409,  # the kind is for others, or they cannot see Tom, or are Tom
        lambda o, kind=_kind: {"teacher_id": o["tom"], "kind_id": o[f"kind_{kind}"], **_WHEN},
        on=_kind,
        status=201,
        others={403: "ada ivy mia"},
    )
reads("getObservation", " ".join(VISITS))
#: of the observers those who may work on it: nobody while it is paused, no former lead but on what
#: is evaluative
_RUNS = {"pia_scheduled_visit": "", "pia_discussed": "", "olga_shared": "", "visit_before": ""}
_ANSWERS = {"pia_scheduled_visit": "", "pia_discussed": "", "visit_hidden": ""}
for _name, (_teacher, _observer, _, _kind, _state, _announced) in VISITS.items():
    _runs = _RUNS.get(_name, _observer)
    _answers = _ANSWERS.get(_name, _teacher)
    _leads = "paul" if _kind == "full" and _state in _GIVEN else ""
    _either = " ".join(dict.fromkeys(f"{_runs} {_leads}".split()))
    for _operation, _verb, _who, _from, _body in (
        ("updateObservation", "edit", _runs, "scheduled in_progress drafted", {"place": "Room 7"}),
        (
            "rescheduleObservation",
            "reschedule",
            _runs,
            "scheduled",
            {"on": "2026-10-15", "at": "11:00"},
        ),
        ("startObservation", "start", _runs, "scheduled", None),
        ("finishObservation", "finish", _runs, "in_progress", None),
        ("cancelObservation", "cancel", _runs, "scheduled", {"reason": "Ill."}),
        ("discussObservation", "discuss", _runs, "shared", None),
        ("acknowledgeObservation", "acknowledge", _answers, "discussed", {"reply": "Thank you."}),
        ("lockObservation", "lock", _either, "acknowledged", None),
        (
            "voidObservation",
            "void",
            _leads if _state in _GIVEN else _runs,
            "locked drafted",
            {"reason": "The fire alarm."},
        ),
    ):
        step(
            _operation,
            _name,
            *((_who, "") if _state in _from.split() else ("", _who)),
            body=_body,
            permission=_verb,
        )
    step(
        "createCoObserver",
        _name,
        *(
            (_runs, "")
            if _state in ("scheduled", "in_progress") and _name != "visit_hidden"
            else ("", _runs)
        ),
        body=lambda o: {"person_id": o["olga"]},
        status=201,
        permission="add_co_observer",
    )
    if _teacher in READERS[_name].split():
        step("listObservationReads", _name, _teacher, permission="read_reads")

reads("getCoObserver", " ".join(LOOKING_ON))
for _name, (_visit, _person, _state) in LOOKING_ON.items():
    _teacher, _observer, *_ = VISITS[_visit]
    _answers = "" if _name == "co_pia" else _teacher
    _all = f"{_teacher} {_person}" + ("" if _name == "co_pia" else f" {_observer}")
    _late = _name == "co_shared"
    for _operation, _verb, _who, _from in (
        ("consentCoObserver", "consent", _answers, "asked"),
        ("declineCoObserver", "decline", _answers, "asked"),
        ("withdrawCoObserver", "withdraw", _all, "asked consented"),
    ):
        _now = _state in _from.split() and not _late
        step(_operation, _name, *((_who, "") if _now else ("", _who)), permission=_verb)

LISTS["listObservationKinds"] = ("kind_full",)
LISTS["listObserverCertifications"] = ("lena_certified", "paul_certified", "ben_certified")
LISTS["listObservations"] = tuple(VISITS)
LISTS["listCoObservers"] = tuple(LOOKING_ON)
LISTS["listMyReads"] = ("read_formal",)
LISTS["listActivity"] = tuple(ACTIVITY)
for _operation in (
    "listObservationKinds",
    "listObserverCertifications",
    "listObservations",
    "listCoObservers",
    "listMyReads",
):
    anywhere(_operation, EVERYBODY, query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """Lena is certified and observes Tom; Mia looks on; another visit is called off."""
    kind = await j.do(
        "createObservationKind",
        "ada",
        body={
            "key": "formal_short",
            "title": "Formal, short",
            "formal": True,
            "scored": True,
            "counts": True,
            "min_minutes": 15,
            "observers": ["school_leader", "lead"],
        },
        forbidden="paul",
        conflict={"observers": ["peer"]},
    )
    at = {"kind_id": kind["id"]}
    await j.do("listObservationKinds", "tom", query={"on": "2026-10-07", "limit": 2})
    await j.do("getObservationKind", "tom", path=at)
    await j.do(
        "updateObservationKind",
        "ada",
        path=at,
        version=kind["version"],
        body={"until_on": "2027-06-30"},
        forbidden="tom",
    )
    known = await j.do(
        "createObserverCertification",
        "ada",
        body={
            "person_id": str(w.lena),
            "title": "Calibrated by the district",
            "from_on": "2026-09-01",
        },
        forbidden="paul",
        conflict={"until_on": "2026-08-01"},
    )
    at = {"certification_id": known["id"]}
    await j.do("getObserverCertification", "lena", path=at)
    await j.do("listObserverCertifications", "paul", query={"on": "2026-10-07", "limit": 2})
    await j.do(
        "updateObserverCertification",
        "ada",
        path=at,
        version=known["version"],
        body={"until_on": "2027-06-30"},
        forbidden="lena",
        conflict={"until_on": "2026-08-01"},
    )
    await _visit(j, w, kind["id"])
    await _called_off(j, w)


async def _visit(j: Any, w: Any, kind_id: str) -> None:
    visit = await j.do(
        "createObservation",
        "lena",
        body={
            "teacher_id": str(w.tom),
            "kind_id": kind_id,
            "start": True,
            "minutes": 20,
            "focus": "How long you wait after a question, and who answers then.",
            "place": "Room 7",
            "intends": ["walk_around"],
            "overrides": [
                {"code": "preference_notice", "consent": True},
                {"code": "preference_walk_around", "reason": "The groups work apart."},
                {"code": "double_booked", "reason": "The other one was over early."},
            ],
        },
        forbidden="ivy",
        conflict={"on": "2026-10-07"},
    )
    at = {"observation_id": visit["id"]}
    asked = await j.do(
        "createCoObserver",
        "lena",
        path=at,
        body={"person_id": str(w.mia)},
        forbidden="tom",
        conflict={"person_id": str(w.tom)},
    )
    on = {"co_observer_id": asked["id"]}
    await j.do("getCoObserver", "mia", path=on)
    asked = await j.do(
        "consentCoObserver", "tom", path=on, version=asked["version"], forbidden="mia"
    )
    await j.do("listCoObservers", "tom", query={"state": "consented", "limit": 2})
    await j.do("getObservation", "mia", path=at)
    await j.do("listObservations", "tom", query={"teacher_id": str(w.tom), "limit": 2})
    visit = await j.do(
        "finishObservation", "lena", path=at, version=visit["version"], forbidden="tom"
    )
    visit = await j.do(
        "updateObservation",
        "lena",
        path=at,
        version=visit["version"],
        body={"place": "Room 8"},
        forbidden="tom",
    )
    await _share(j, w, visit["id"])
    visit = await j.do("getObservation", "paul", path=at)
    await j.do("listObservationReads", "tom", path=at, forbidden="lena")
    await j.do("listMyReads", "tom", query={"limit": 2})
    visit = await j.do(
        "discussObservation", "lena", path=at, version=visit["version"], forbidden="tom"
    )
    visit = await j.do(
        "acknowledgeObservation",
        "tom",
        path=at,
        version=visit["version"],
        body={"reply": "I count to three now, and it is hard."},
        forbidden="lena",
    )
    visit = await j.do(
        "lockObservation", "lena", path=at, version=visit["version"], forbidden="tom"
    )
    await j.do(
        "voidObservation",
        "paul",
        path=at,
        version=visit["version"],
        body={"reason": "It was another class than the one that was meant."},
        forbidden="tom",
    )


async def _share(j: Any, w: Any, visit_id: str) -> None:
    """What sharing does to the visit: with evidence, it is another chapter's."""
    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)
        await session.execute(
            update(m.Observation)
            .where(m.Observation.district_id == w.juniper, m.Observation.id == visit_id)
            .values(state="shared", shared_at=clock.now(), version=m.Observation.version + 1)
        )
        await session.commit()


async def _called_off(j: Any, w: Any) -> None:
    """Luis plans to visit Sam, moves it and calls it off; another begins on its day."""
    new = {"teacher_id": str(w.sam), "kind_id": str(w.kind_coaching_visit), "minutes": 30}
    plan = {**new, "on": "2026-11-18", "at": "07:10"}
    made = (await j.client("luis").post("/observations", json=plan)).json()
    at = {"observation_id": made["id"]}
    for person, verb in ((w.ivy, "declineCoObserver"), (w.mia, "withdrawCoObserver")):
        asked = await j.do("createCoObserver", "luis", path=at, body={"person_id": str(person)})
        await j.do(
            verb,
            "sam",
            path={"co_observer_id": asked["id"]},
            version=asked["version"],
            **({"forbidden": "luis"} if verb == "declineCoObserver" else {}),
        )
    made = await j.do(
        "rescheduleObservation",
        "luis",
        path=at,
        version=made["version"],
        body={"on": "2026-11-19", "at": "07:10"},
        forbidden="sam",
        conflict={"on": "2026-09-01"},
    )
    await j.do(
        "cancelObservation",
        "luis",
        path=at,
        version=made["version"],
        body={"reason": "The class is on a trip."},
        forbidden="sam",
    )
    today = {**new, "on": str(clock.today("America/Denver")), "at": "23:00"}
    made = (await j.client("luis").post("/observations", json=today)).json()
    at = {"observation_id": made["id"]}
    await j.do("startObservation", "luis", path=at, version=made["version"], forbidden="sam")


#: the observation whose readers are listed
_FIRST = "Oldest"


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more of each: an evaluation of Tom by Lena, with whom looks on and who read the first."""
    kind = m.ObservationKind(
        **home,
        key=f"visit-{name}",
        title="A",
        formal=True,
        scored=True,
        counts=True,
        min_minutes=5,
        observers=["lead"],
    )
    certified = m.ObserverCertification(
        **home, person_id=world.tom, title="a", from_on=clock.today("UTC")
    )
    session.add_all([kind, certified])
    await session.flush()
    first = await session.scalar(
        select(m.Observation.id).where(
            m.Observation.teacher_id == world.tom, m.Observation.place == _FIRST
        )
    )
    of_tom = {
        **home,
        "school_id": world.alder,
        "teacher_id": world.tom,
        "observer_id": world.lena,
        "author_id": world.lena,
        "observer_kind": "lead",
        "evaluative": True,
    }
    now = clock.now()
    visit = m.Observation(
        **of_tom,
        school_year_id=world.alder_year,
        kind_id=kind.id,
        formal=True,
        scored=True,
        state="shared",
        place=None if first else _FIRST,
        on=clock.today("UTC"),
        at="09:00",
        zone="UTC",
        minutes=45,
        starts_at=now,
        ends_at=now,
        started_at=now,
        shared_at=now,
    )
    session.add(visit)
    await session.flush()
    asked = m.CoObserver(**of_tom, observation_id=visit.id, person_id=world.ivy)
    read = m.AccessLog(
        **home,
        reader_id=world.paul,
        teacher_id=world.tom,
        school_id=world.alder,
        record_type="observation",
        record_id=first or visit.id,
        operation="observation:read",
    )
    session.add_all([asked, read])
    await session.flush()


#: who finds the id that an address needs, and where
FIRSTS = (
    ("tom", "kind_id", "/observation-kinds"),
    ("tom", "certification_id", "/observer-certifications"),
    ("tom", "observation_id", "/observations"),
    ("tom", "co_observer_id", "/co-observers"),
)
