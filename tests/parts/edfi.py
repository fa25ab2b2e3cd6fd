"""Goals in Ed-Fi's form: for clients with goals:read alone, and only individual ones."""

from typing import Any

from tests.access.table import GOALS, OPENED, PEOPLE, READERS, STEPS, Step, anywhere

_WAREHOUSES = "juniper_warehouse kestrel_warehouse"
_LISTS = (
    "getAvailableChangeVersions",
    "listEdFiGoals",
    "listEdFiGoalDeletes",
    "listEdFiGoalKeyChanges",
    "getEdFiGoalPartitions",
)
OPENED["warehouse"] |= {*_LISTS, "getEdFiGoal"}
for _operation in _LISTS:
    anywhere(_operation, _WAREHOUSES)
for _name, (_level, *_) in GOALS.items():
    _seen = _level == "individual" and "juniper_warehouse" in READERS[_name].split()
    _ok = "juniper_warehouse" if _seen else ""
    # people read goals as people do: the form is for machines, which they learn of what they see
    _people = " ".join(name for name in READERS[_name].split() if _seen and name in PEOPLE.split())
    STEPS.append(Step("getEdFiGoal", _name, {200: _ok, 403: _people}, 404))


async def build(add: Any, made: Any, objects: Any) -> None:
    """Nothing: it shows the goals that there are."""


async def chapter(j: Any, w: Any) -> None:
    """A warehouse pulls everything, a goal of Tom's gets another title, and it asks again."""
    goal = await j.do(
        "createGoal",
        "tom",
        body={
            "level": "individual",
            "kind": "growth",
            "title": "Every group has a task of its own",
            "statement": "In every lesson each group works on a task of its own.",
            "school_year_id": str(w.alder_year),
            "indicator_ids": [str(w.leap_i5)],
            "due_on": "2027-05-14",
        },
    )
    at = {"goal_id": goal["id"]}
    for name, who in (("proposeGoal", "tom"), ("agreeGoal", "tom"), ("agreeGoal", "lena")):
        goal = await j.do(name, who, path=at, version=goal["version"])
    client = {"forbidden": "tom"}
    told = await j.do("getAvailableChangeVersions", "juniper_warehouse", **client)
    await j.do("getEdFiGoalPartitions", "juniper_warehouse", query={"number": 2}, **client)
    await j.do("listEdFiGoals", "juniper_warehouse", query={"pageSize": 1}, **client)
    await j.do(
        "getEdFiGoal", "juniper_warehouse", path={"goal_id": goal["id"].replace("-", "")}, **client
    )
    revision = await j.do(
        "proposeGoalRevision",
        "tom",
        path=at,
        version=goal["version"],
        body={"content": {"title": "Every group has its own task"}},
    )
    await j.do(
        "agreeGoalRevision",
        "lena",
        path={"revision_id": revision["id"]},
        version=revision["version"],
    )
    window = {"minChangeVersion": told["newestChangeVersion"] + 1}
    await j.do("listEdFiGoalKeyChanges", "juniper_warehouse", query=window, **client)
    await j.do("listEdFiGoalDeletes", "juniper_warehouse", query=window, **client)


async def grow(session: Any, world: Any, home: Any, _name: str) -> None:
    """Nothing: its lists grow with the goals."""


FIRSTS: tuple[tuple[str, str, str], ...] = ()
