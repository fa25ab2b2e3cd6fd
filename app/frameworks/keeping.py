"""Writing a framework's content: its items as a tree, and what else an import brings. Rows are
many, so they go in by the thousand."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.frameworks.files import Problems, Read, Source, Tree, line, title_of, understand, words
from app.frameworks.files.own import package_of
from app.frameworks.files.strict import ENDS
from app.models import (
    Expectation,
    Framework,
    FrameworkAssociation,
    FrameworkCrosswalk,
    FrameworkItem,
    FrameworkSource,
    Indicator,
    IndicatorLevel,
)


def own_package(framework: Any, expectations: list[Any], indicators: list[Any]) -> Read:
    """A framework that was made here, as the CASE package it is exported as."""
    package = package_of(framework, expectations, indicators)
    return understand(Source("alongside", package, Problems()), framework.created_at)


async def keep_own_items(
    session: AsyncSession,
    framework: Framework,
    expectations: list[Expectation],
    indicators: list[Indicator],
) -> None:
    """Add the items of a framework that was made here: domains, groups, indicators."""
    read = own_package(framework, expectations, indicators)
    by_code = {indicator.code: indicator.id for indicator in indicators}
    of_item = {mark.identifier: by_code[mark.code] for group in read.groups for mark in group.marks}
    await _keep_items(session, framework, read.tree, of_item, own=True)


async def keep_import(session: AsyncSession, framework: Framework, read: Read) -> None:
    """Add all that a framework of a file holds."""
    home = {"district_id": framework.district_id, "framework_id": framework.id}
    prefix = f"{framework.publisher}:{framework.code}:{framework.edition}"
    expectations: list[dict[str, Any]] = []
    indicators: list[dict[str, Any]] = []
    levels: list[dict[str, Any]] = []
    of_item: dict[str, UUID] = {}
    for group in read.groups:
        expectation_id = clock.new_id()
        expectations.append(
            {
                **home,
                "id": expectation_id,
                "domain": group.domain,
                "title": group.title,
                "position": len(expectations),
                "scale": group.scale,
            }
        )
        for mark in group.marks:
            of_item[mark.identifier] = indicator_id = clock.new_id()
            indicators.append(
                {
                    **home,
                    "id": indicator_id,
                    "expectation_id": expectation_id,
                    "key": f"{prefix}:{mark.code}",
                    "code": mark.code,
                    "title": mark.title,
                    "observed": mark.observed,
                    "optional": mark.optional,
                    "gateway": mark.gateway,
                    "position": len(indicators),
                }
            )
            levels += [
                {
                    **home,
                    "id": clock.new_id(),
                    "indicator_id": indicator_id,
                    "position": place,
                    "name": level.name,
                    "score": level.score,
                    "text": level.text,
                }
                for place, level in enumerate(mark.levels)
            ]
    await _insert(session, Expectation, expectations)
    await _insert(session, Indicator, indicators)
    await _insert(session, IndicatorLevel, levels)
    await _keep_items(session, framework, read.tree, of_item, own=False)
    associations = read.package["CFAssociations"]
    await _insert(
        session,
        FrameworkAssociation,
        [
            {
                **home,
                "id": clock.new_id(),
                "position": place,
                "kind": association["associationType"],
                "origin": association[ENDS[0]]["identifier"],
                "destination": association[ENDS[1]]["identifier"],
                "source": association,
            }
            for place, association in enumerate(associations)
        ],
    )
    beside = {
        name: part
        for name, part in read.package.items()
        if name not in ("CFItems", "CFAssociations")
    }
    await _insert(session, FrameworkSource, [{**home, "id": clock.new_id(), "package": beside}])


async def drop_content(session: AsyncSession, framework: Framework) -> None:
    """Delete what hangs on a draft, whose own row goes next."""
    for model in (
        FrameworkCrosswalk,
        FrameworkItem,
        FrameworkAssociation,
        FrameworkSource,
        IndicatorLevel,
        Indicator,
        Expectation,
    ):
        kind: Any = model
        await session.execute(
            delete(kind).where(
                kind.district_id == framework.district_id, kind.framework_id == framework.id
            )
        )


async def _keep_items(
    session: AsyncSession,
    framework: Framework,
    tree: Tree,
    of_item: dict[str, UUID],
    *,
    own: bool,
) -> None:
    ids = {node.item["identifier"]: clock.new_id() for node in tree.nodes}
    rows = []
    for position, node in enumerate(tree.nodes):
        item = node.item
        title = title_of(item)
        rows.append(
            {
                "district_id": framework.district_id,
                "framework_id": framework.id,
                "id": ids[item["identifier"]],
                "identifier": item["identifier"],
                "parent_id": ids[node.parent] if node.parent is not None else None,
                "indicator_id": of_item.get(item["identifier"]),
                "code": line(item.get("humanCodingScheme")),
                "title": title,
                "statement": words(item["fullStatement"]) or title,
                "item_type": line(item.get("CFItemType")),
                "depth": node.depth,
                "position": position,
                "source": None if own else item,
            }
        )
    await _insert(session, FrameworkItem, rows)


async def _insert(session: AsyncSession, model: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(model), rows)
