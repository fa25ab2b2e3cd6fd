"""Systems for SLO and growth-plan data, what people say of them, and the gaps of the chain."""

from datetime import date
from typing import Any

from app import models as m
from tests.access.table import (
    ALDER,
    ALSO,
    EVERYBODY,
    JUNIPER,
    LIST_KEYS,
    LIST_READERS,
    LISTS,
    READERS,
    anywhere,
    reads,
    step,
)

_TEACH = "lena luis tom nina sam uma pia olga"
#: name → (home, state, teachers, leads)
SYSTEMS = {
    "system_all": ("district", "active", True, True),
    "system_leads": ("district", "active", False, True),
    "system_retired": ("district", "retired", True, False),
    "system_alder": ("alder", "active", True, False),
    "system_alder_retired": ("alder", "retired", True, True),
    "system_birch": ("birch", "active", True, True),
}
_MUST = {
    "system_all": f"{_TEACH} ben",
    "system_leads": "lena luis",
    "system_retired": f"{_TEACH} ben",
    "system_alder": _TEACH,
    "system_alder_retired": _TEACH,
    "system_birch": "ben",
}
#: name → (person, system)
ANSWERS = {
    "tom_says": ("tom", "system_all"),
    "tom_says_alder": ("tom", "system_alder"),
    "pia_says": ("pia", "system_all"),
    "olga_says": ("olga", "system_all"),
    "lena_says": ("lena", "system_leads"),
    "ben_says": ("ben", "system_birch"),
}
READERS.update(
    {
        **dict.fromkeys(("system_all", "system_leads", "system_retired"), JUNIPER),
        **dict.fromkeys(("system_alder", "system_alder_retired"), f"ada {ALDER}"),
        "system_birch": "ada bea ben",
        # the person, their active lead, the leaders of their school; no administrator
        **dict.fromkeys(("tom_says", "tom_says_alder"), "tom lena paul"),
        "pia_says": "pia paul",
        "olga_says": "olga paul",
        "lena_says": "lena paul",
        "ben_says": "ben bea",
    }
)
_WRITES = {"district": "ada", "alder": "paul", "birch": "bea"}


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    world = objects.world
    homes = {"district": None, "alder": world.alder, "birch": world.birch}
    rows = {}
    for name, (home, state, teachers, leads) in SYSTEMS.items():
        rows[name] = await add(
            name,
            made(
                m.GoalSystem,
                title=name,
                kind="system",
                serves="slo",
                state=state,
                school_id=homes[home],
                author_id=getattr(world, _WRITES[home]),
                for_teachers=teachers,
                for_leads=leads,
                required_from=date(2026, 8, 17),
            ),
        )
    for name, (person, system) in ANSWERS.items():
        await add(
            name,
            made(
                m.SystemConfirmation,
                system_id=rows[system].id,
                school_id=rows[system].school_id,
                person_id=getattr(world, person),
                has_access="no",
                understands="partly",
                note="My account is of last year.",
            ),
        )


reads("getGoalSystem", " ".join(SYSTEMS))
reads("getSystemConfirmation", " ".join(ANSWERS))
_new: dict[str, Any] = {"title": "Gradebook", "kind": "system", "serves": "slo"}
anywhere(
    "createGoalSystem",
    "ada zoe",
    403,
    _new,
    on="district",
    status=201,
)
anywhere(
    "createGoalSystem",
    "paul",
    409,  # whoever cannot see the school cannot tell that it exists
    lambda o: _new | {"school_id": o["alder"]},
    on="alder",
    status=201,
    others={403: " ".join(name for name in JUNIPER.split() if name != "paul")},
)
for _name, (_home, _state, *_) in SYSTEMS.items():
    for _operation, _verb, _from, _who, _body in (
        ("updateGoalSystem", "edit", "active", _WRITES[_home], {"title": "Its new name"}),
        ("retireGoalSystem", "retire", "active", _WRITES[_home], None),
        ("restoreGoalSystem", "restore", "retired", _WRITES[_home], None),
        (
            "confirmGoalSystem",
            "confirm",
            "active",
            _MUST[_name],
            {"has_access": "yes", "understands": "yes"},
        ),
    ):
        step(
            _operation,
            _name,
            *((_who, "") if _state == _from else ("", _who)),
            body=_body,
            permission=_verb,
        )
LISTS["listGoalSystems"] = tuple(SYSTEMS)
LISTS["listSystemConfirmations"] = tuple(ANSWERS)
LISTS["listMySystems"] = tuple(ANSWERS)
LIST_READERS["listMySystems"] = {name: person for name, (person, _) in ANSWERS.items()}
LISTS["listSystemCoverage"] = ("alder", "birch")
LIST_READERS["listSystemCoverage"] = {"alder": "ada paul", "birch": "ada bea"}
LIST_KEYS["listSystemCoverage"] = "school_id"
ALSO["listSystemCoverage"] = lambda o: f"&system_id={o['system_all']}"
#: teachers: the leaders of their school, and the lead who coaches them now
LIST_READERS["listAlignmentTeachers"] = {
    **dict.fromkeys(("lena", "luis", "uma", "pia", "olga"), "paul"),
    **dict.fromkeys(("tom", "nina"), "paul lena"),
    "sam": "paul luis",
    **dict.fromkeys(("ben", "mo", "may"), "bea"),
    "max": "bea lena",
    "ivy": "",
}
LISTS["listAlignmentTeachers"] = tuple(LIST_READERS["listAlignmentTeachers"])
for _operation in (
    "listGoalSystems",
    "listSystemConfirmations",
    "listMySystems",
    "listSystemCoverage",
    "listAlignmentTeachers",
):
    anywhere(_operation, EVERYBODY, query="limit=200")
for _operation in ("getGoalAlignment", "getAlignmentCoverage"):
    anywhere(_operation, EVERYBODY)


async def chapter(j: Any, w: Any) -> None:
    """Ada names a system, Tom cannot get in, and Paul sees where the chain has gaps."""
    new = {
        "title": "Data portal",
        "kind": "system",
        "serves": "both",
        "url": "https://portal.example/goals",
        "help": "Your baseline and end-of-year data. Sign in as you do for your e-mail.",
        "contact": "Assessment office",
        "required_from": "2026-08-17",
    }
    made = await j.do(
        "createGoalSystem",
        "ada",
        body=new,
        forbidden="tom",
        conflict={"school_id": "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9eff"},
    )
    at = {"system_id": made["id"]}
    made = await j.do(
        "updateGoalSystem",
        "ada",
        path=at,
        version=made["version"],
        body={"contact": "Assessment office, ground floor"},
        forbidden="paul",
    )
    await j.do("listGoalSystems", "tom", query={"serves": "both", "limit": 2})
    await j.do("getGoalSystem", "tom", path=at)
    said = await j.do(
        "confirmGoalSystem",
        "tom",
        path=at,
        body={
            "has_access": "no",
            "understands": "partly",
            "note": "My account still belongs to my former school.",
        },
        forbidden="paul",
    )
    await j.do("getSystemConfirmation", "lena", path={"confirmation_id": said["id"]})
    await j.do("listMySystems", "tom", query={"limit": 2})
    await j.do("listSystemConfirmations", "paul", query={"stuck": "true", "limit": 2})
    await j.do("listSystemCoverage", "ada", query={"limit": 2})
    made = await j.do("retireGoalSystem", "ada", path=at, version=made["version"], forbidden="tom")
    await j.do("restoreGoalSystem", "ada", path=at, version=made["version"], forbidden="tom")

    # by plain requests: the first of each operation is the contract's example, in its own chapter
    for who, goal in (
        ("paul", {"level": "school", "title": "Every reader grows"}),
        ("lena", {"level": "team", "title": "Word problems", "team_id": str(w.maths)}),
    ):
        more = {"kind": "student_learning", "school_year_id": str(w.alder_year)}
        whole = {**goal, **more, "statement": "By more than a year."}
        drafted = (await j.client(who).post("/goals", json=whole)).json()
        published = await j.client(who).post(
            f"/goals/{drafted['id']}/publish", headers={"If-Match": '"1"'}
        )
        assert published.status_code == 200, published.text
    year = {"school_year_id": str(w.alder_year)}
    await j.do("getGoalAlignment", "paul", query=year)
    await j.do("getAlignmentCoverage", "paul", query=year)
    await j.do("listAlignmentTeachers", "paul", query={**year, "linked": "false", "limit": 2})


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more system of the district, and Tom's answer."""
    system = m.GoalSystem(
        **home,
        title=name,
        kind="document",
        serves="both",
        author_id=world.ada,
        for_teachers=True,
        for_leads=False,
        required_from=date(2026, 8, 17),
    )
    session.add(system)
    await session.flush()
    session.add(
        m.SystemConfirmation(
            **home,
            system_id=system.id,
            person_id=world.tom,
            has_access="yes",
            understands="yes",
        )
    )
    await session.flush()


#: who finds the id that an address needs, and where
FIRSTS = (
    ("tom", "system_id", "/goal-systems"),
    ("tom", "confirmation_id", "/system-confirmations"),
)
