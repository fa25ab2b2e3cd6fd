"""Reading the items of frameworks, and writing a framework as strict CASE 1.1. No HTTP."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.access.views import read_one
from app.core.paging import Paging, page
from app.frameworks import keeping
from app.frameworks import service as frameworks
from app.models import (
    Expectation,
    Framework,
    FrameworkAssociation,
    FrameworkItem,
    FrameworkSource,
    Indicator,
)


def _select(actor: Actor) -> Select[Any]:
    """The items the caller may see, without the source that an export needs."""
    table = FrameworkItem.__table__
    columns = [c for c in table.c if c.name not in ("district_id", "source")]
    return (
        visible(actor, Action.FRAMEWORK_READ, FrameworkItem)
        .with_only_columns(*columns, Framework.state.label("framework_state"))
        .join(
            Framework,
            (Framework.district_id == FrameworkItem.district_id)
            & (Framework.id == FrameworkItem.framework_id),
        )
    )


async def list_items(
    session: AsyncSession,
    actor: Actor,
    framework_id: UUID,
    paging: Paging,
    *,
    q: str | None = None,
    parent_id: UUID | None = None,
) -> tuple[list[Any], str | None]:
    """A framework's items in the order of reading; `q` begins their code."""
    await frameworks.find(session, actor, framework_id)
    statement = _select(actor).where(FrameworkItem.framework_id == framework_id)
    if q is not None:
        statement = statement.where(FrameworkItem.code.istartswith(q, autoescape=True))
    if parent_id is not None:
        statement = statement.where(FrameworkItem.parent_id == parent_id)
    by = [FrameworkItem.position, FrameworkItem.id]
    return await page(session, actor, statement, paging, by=by)


async def read_item(session: AsyncSession, actor: Actor, item_id: UUID) -> Any:
    """One item, also of a retired framework."""
    return await read_one(session, actor, _select(actor), FrameworkItem, item_id)


async def package_of(session: AsyncSession, actor: Actor, framework_id: UUID) -> dict[str, Any]:
    """A framework as a strict CASE 1.1 package: as it came, or of what was made here."""
    framework = await frameworks.find(session, actor, framework_id)

    async def parts(model: Any, *columns: Any, position: Any) -> list[Any]:
        found = visible(actor, Action.FRAMEWORK_READ, model).with_only_columns(*columns)
        found = found.where(model.framework_id == framework_id).order_by(position)
        return list(await session.execute(found, actor.binds))

    if framework.import_id is None:
        groups, indicators = Expectation.__table__.c, Indicator.__table__.c
        return keeping.own_package(
            framework,
            await parts(Expectation, *groups, position=Expectation.position),
            await parts(Indicator, *indicators, position=Indicator.position),
        ).package
    beside = await parts(FrameworkSource, FrameworkSource.package, position=FrameworkSource.id)
    items = await parts(FrameworkItem, FrameworkItem.source, position=FrameworkItem.position)
    links = await parts(
        FrameworkAssociation, FrameworkAssociation.source, position=FrameworkAssociation.position
    )
    return {
        **beside[0].package,
        "CFItems": [item.source for item in items],
        "CFAssociations": [link.source for link in links],
    }
