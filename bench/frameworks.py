"""Importing and exporting a framework of 10,000 items: the program's work, without the network."""

import json
import time
from typing import Any
from uuid import UUID, uuid3

from app.access.actor import Actor
from app.auth import keys
from app.core.database import Database
from app.frameworks.imports.service import create_import, read_import
from app.frameworks.items.service import package_of

ITEMS = 10_000
_NAMES = UUID("1d1f2a64-1f6b-4f0e-9d43-5a3b3c8f7e10")
_AT = "2026-02-03T04:05:06Z"


def _part(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    identifier = str(uuid3(_NAMES, f"{kind}{number}"))
    uri = f"https://standards.example/{kind}/{identifier}"
    return {"identifier": identifier, "uri": uri, "lastChangeDateTime": _AT, **fields}


def package(items: int) -> bytes:
    """A CASE package: ten items below each, three deep and more, as published ones are."""
    document = _part("CFDocuments", 0, creator="Bench", title="Ten thousand", caseVersion="1.1")
    nodes = [document]
    found = []
    links = []
    for number in range(1, items + 1):
        item = _part(
            "CFItems",
            number,
            fullStatement=f"Statement {number}: " + "what is known and can be done. " * 6,
            humanCodingScheme=f"B.{number}",
            CFItemType="Standard",
            educationLevel=["06", "07"],
            language="en",
        )
        above = nodes[number // 10]
        ends = {
            f"{end}NodeURI": {"title": "Node", **{k: node[k] for k in ("identifier", "uri")}}
            for end, node in (("origin", item), ("destination", above))
        }
        links.append(
            _part("CFAssociations", number, associationType="isChildOf", sequenceNumber=1, **ends)
        )
        nodes.append(item)
        found.append(item)
    whole = {"CFDocument": document, "CFItems": found, "CFAssociations": links}
    return json.dumps(whole).encode()


async def measure(url: str, district: UUID, runs: int = 3) -> dict[str, float]:
    """Seconds of an import, committed, and of an export; the median of some runs."""
    database = Database(url, write_pool=1, read_pool=1)
    actor = Actor.operator(district, "America/Denver")
    content = package(ITEMS)
    imports, exports = [], []
    for run in range(runs):
        started = time.perf_counter()
        async with database.writing() as session:
            await keys.enter(session, district)
            made = await create_import(session, actor, content, edition=f"{run}-{time.time_ns()}")
            (report,) = (await read_import(session, actor, made))["frameworks"]
            await session.commit()
        imports.append(time.perf_counter() - started)
        assert report["items"] == ITEMS, report
        started = time.perf_counter()
        async with database.writing() as session:
            await keys.enter(session, district)
            whole = await package_of(session, actor, UUID(report["framework_id"]))
            json.dumps(whole)
        exports.append(time.perf_counter() - started)
    await database.close()
    middle = runs // 2
    return {"import": sorted(imports)[middle], "export": sorted(exports)[middle]}
