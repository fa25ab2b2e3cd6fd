"""Frameworks from files: imports, items, CASE packages, crosswalks."""

import json
from typing import Any

from sqlalchemy import select

from app import models as m
from tests.access.table import JUNIPER, LISTS, READERS, anywhere, reads, step
from tests.frameworks import packages

_ADMINISTRATORS = "ada zoe"
READERS.update(
    {
        "framework_import": "ada",
        "item_draft": "ada",
        **dict.fromkeys(("item_invented", "item_retired"), JUNIPER),
    }
)


async def build(add: Any, made: Any, objects: Any) -> None:
    """An import, and an item of a framework in each state."""
    await add("framework_import", made(m.FrameworkImport, report={"frameworks": []}))
    for name, framework in (
        ("item_draft", "framework_draft"),
        ("item_retired", "framework_retired"),
        ("item_invented", "invented"),
    ):
        twin = made(
            m.FrameworkItem,
            framework_id=objects.ids[framework],
            identifier=packages.uid(7),
            title="Seventh",
            statement="Seventh",
            depth=0,
            position=100,
        )
        await add(name, twin)
    await add(
        "walk",
        made(
            m.FrameworkCrosswalk,
            framework_id=objects.ids["invented"],
            former_framework_id=objects.ids["framework_retired"],
            former_item_id=objects.ids["item_retired"],
            became="same",
            item_id=objects.ids["item_invented"],
        ),
    )


_FRAMEWORKS = "leap invented framework_draft framework_retired"
for _operation in ("listFrameworkItems", "getFrameworkCase", "listFrameworkCrosswalk"):
    reads(_operation, _FRAMEWORKS)
reads("getFrameworkItem", "item_draft item_invented item_retired")
reads("getFrameworkImport", "framework_import")
LISTS["listFrameworkImports"] = ("framework_import",)
anywhere("listFrameworkImports", JUNIPER + " zoe yan xav wes", query="limit=200")
anywhere(
    "createFrameworkImport",
    _ADMINISTRATORS,
    body=lambda _o: json.dumps(packages.package()).encode(),
    status=201,
    headers={"Content-Type": "application/json"},
)
step("deleteFramework", "framework_draft", "ada", status=204, permission="delete")
step("deleteFramework", "invented framework_retired", "", "ada", permission="delete")


def _walk(objects: Any) -> dict[str, Any]:
    entry = {"former_item_id": objects["item_retired"], "became": "dropped"}
    return {"former_framework_id": objects["framework_retired"], "entries": [entry]}


_step = "writeFrameworkCrosswalk"
step(_step, "framework_draft invented", "ada", body=_walk, permission="crosswalk")
step(_step, "framework_retired", "", "ada", body=_walk, permission="crosswalk")


async def chapter(j: Any, w: Any) -> None:
    """Standards come in, are published and named; a new edition says what became of them."""
    table = packages.zipped(practice__csv=packages.TABLE)
    named = {"title": "Harbour Practice", "publisher": "Harbour", "edition": "1"}
    unwanted = await j.do(
        "createFrameworkImport", "ada", query=named, content=table, forbidden="paul"
    )
    at = {"framework_id": unwanted["frameworks"][0]["framework_id"]}
    await j.do("deleteFramework", "ada", path=at, version=1)
    standards = packages.package()
    content = packages.zipped(standards__json=json.dumps(standards))
    first = await j.do("createFrameworkImport", "ada", content=content)
    second = await j.do("createFrameworkImport", "ada", query={"edition": "2027"}, content=content)
    await j.do("listFrameworkImports", "ada", query={"limit": 2})
    await j.do("getFrameworkImport", "ada", path={"framework_import_id": first["id"]})
    former, latter = (made["frameworks"][0]["framework_id"] for made in (first, second))
    await j.do("publishFramework", "ada", path={"framework_id": former}, version=1)
    at = {"framework_id": former}
    old = await j.do("listFrameworkItems", "tom", path=at, query={"limit": 50})
    item = {"framework_item_id": old["items"][1]["id"]}
    await j.do("getFrameworkItem", "tom", path=item)
    await j.do("getFrameworkCase", "tom", path=at)
    at = {"framework_id": latter}
    new = await j.do("listFrameworkItems", "ada", path=at, query={"q": "N."})
    await j.do("publishFramework", "ada", path=at, version=1)
    entries = [
        {
            "former_item_id": old["items"][1]["id"],
            "became": "same",
            "item_ids": [new["items"][0]["id"]],
        },
        {"former_item_id": old["items"][2]["id"], "became": "dropped", "item_ids": []},
    ]
    await j.do(
        "writeFrameworkCrosswalk",
        "ada",
        path=at,
        version=2,
        body={"former_framework_id": former, "entries": entries},
        forbidden="paul",
        conflict={"former_framework_id": latter},
    )
    await j.do("listFrameworkCrosswalk", "tom", path=at, query={"limit": 2})


async def grow(session: Any, _world: Any, home: Any, name: str) -> None:
    """One more import, and one more item of LEAP, with a crosswalk."""
    leap = select(m.Framework.id).where(m.Framework.code == "LEAP")
    framework_id = await session.scalar(leap.limit(1))
    session.add(m.FrameworkImport(**home, report={"frameworks": []}))
    item = m.FrameworkItem(
        **home,
        framework_id=framework_id,
        identifier=name,
        title="a",
        statement="a",
        depth=0,
        position=0,
    )
    session.add(item)
    await session.flush()
    session.add(
        m.FrameworkCrosswalk(
            **home,
            framework_id=framework_id,
            former_framework_id=framework_id,
            former_item_id=item.id,
            became="dropped",
        )
    )
    await session.flush()


#: who finds the id that an address needs, and where
FIRSTS = (
    ("tom", "framework_id", "/frameworks?code=LEAP"),
    ("tom", "framework_item_id", "/frameworks/{framework_id}/items"),
)
