"""The rules of crosswalks: a new edition says what became of the former one's items. No HTTP."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.frameworks import service as frameworks
from app.frameworks.crosswalk.schemas import CrosswalkEntry, CrosswalkNew
from app.models import Framework, FrameworkCrosswalk, FrameworkItem, FrameworkState, touch
from app.models.frameworks import Became

#: how many items of the new edition one of the former became, at least and at most
_COUNTS = {
    Became.SAME: (1, 1),
    Became.CHANGED: (1, 1),
    Became.SPLIT: (2, 50),
    Became.MERGED: (1, 1),
    Became.DROPPED: (0, 0),
}


class CrosswalkUneven(Conflict):
    """What an item became and how many items are named do not go together, or the body speaks of
    one former item twice."""

    code, title = "crosswalk_uneven", "An entry of the crosswalk does not add up"
    next_step = (
        "`pointer` names the entry: same, changed and merged take one item, split two or more,"
        " dropped none; each former item stands once."
    )


class NotAFormerEdition(Conflict):
    """A crosswalk leads from another framework that was published to this one."""

    code, title = "not_a_former_edition", "That framework cannot be the former edition"
    next_step = "Name another framework than this one, published or retired."


async def list_crosswalk(
    session: AsyncSession, actor: Actor, framework_id: UUID, paging: Paging
) -> tuple[list[Any], str | None]:
    """What is said of former items, in the order of the former edition."""
    await frameworks.find(session, actor, framework_id)
    walk, former, item = FrameworkCrosswalk, aliased(FrameworkItem), aliased(FrameworkItem)
    columns = [column for column in walk.__table__.c if column.name != "district_id"]
    statement = (
        visible(actor, Action.FRAMEWORK_READ, walk)
        .with_only_columns(
            *columns,
            former.code.label("former_code"),
            former.title.label("former_title"),
            item.code.label("code"),
            item.title.label("title"),
        )
        .join(former, (former.district_id == walk.district_id) & (former.id == walk.former_item_id))
        .outerjoin(item, (item.district_id == walk.district_id) & (item.id == walk.item_id))
        .where(walk.framework_id == framework_id)
    )
    return await page(
        session, actor, statement, paging, by=[former.position, item.position, walk.id]
    )


async def write(
    session: AsyncSession, actor: Actor, framework_id: UUID, version: int, data: CrosswalkNew
) -> None:
    """Say what became of items of a former edition. District administrators, until the new edition
    is retired."""
    framework = await acting(
        session,
        actor,
        Action.FRAMEWORK_CROSSWALK,
        Framework,
        framework_id,
        version,
        read=Action.FRAMEWORK_READ,
    )
    await _check(session, actor, framework, data)
    said = [entry.former_item_id for entry in data.entries]
    await session.execute(
        delete(FrameworkCrosswalk).where(
            FrameworkCrosswalk.district_id == framework.district_id,
            FrameworkCrosswalk.framework_id == framework.id,
            FrameworkCrosswalk.former_item_id.in_(said),
        )
    )
    for entry in data.entries:
        became: list[UUID | None] = [*entry.item_ids] or [None]
        for item_id in became:
            session.add(
                FrameworkCrosswalk(
                    district_id=framework.district_id,
                    framework_id=framework.id,
                    former_framework_id=data.former_framework_id,
                    former_item_id=entry.former_item_id,
                    became=entry.became,
                    item_id=item_id,
                )
            )
    touch(framework)
    record(session, actor, "framework.crosswalk_written", framework, ("crosswalk",))
    await session.flush()


async def _check(
    session: AsyncSession, actor: Actor, framework: Framework, data: CrosswalkNew
) -> None:
    former = await session.scalar(
        visible(actor, Action.FRAMEWORK_READ, Framework).where(
            Framework.id == data.former_framework_id
        ),
        actor.binds,
    )
    if former is None:
        raise UnknownReference("There is no such framework.", field="former_framework_id")
    if former.id == framework.id or former.state == FrameworkState.DRAFT.value:
        raise NotAFormerEdition
    seen: set[UUID] = set()
    for place, entry in enumerate(data.entries):
        fewest, most = _COUNTS[Became(entry.became)]
        uneven = not fewest <= len(set(entry.item_ids)) == len(entry.item_ids) <= most
        if uneven or entry.former_item_id in seen:
            raise CrosswalkUneven(pointer=f"/entries/{place}")
        seen.add(entry.former_item_id)
    await _known(session, actor, former.id, seen, "former_item_id")
    await _known(session, actor, framework.id, _named(data.entries), "item_ids")


def _named(entries: list[CrosswalkEntry]) -> set[UUID]:
    return {item_id for entry in entries for item_id in entry.item_ids}


async def _known(
    session: AsyncSession, actor: Actor, framework_id: UUID, ids: set[UUID], field: str
) -> None:
    found = await session.scalars(
        visible(actor, Action.FRAMEWORK_READ, FrameworkItem)
        .with_only_columns(FrameworkItem.id)
        .where(FrameworkItem.framework_id == framework_id, FrameworkItem.id.in_(ids)),
        actor.binds,
    )
    if set(found) != ids:
        raise UnknownReference("An item is not of that framework.", field=field)
