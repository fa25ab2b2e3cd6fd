"""Under which natural key integrations in Ed-Fi's form know an individual goal.

The key is (person, UTC day of creation, title). Person and day never change. The title is the
goal's own; where another goal of the person that was made on the same day has it or had it, a
number in brackets stands behind it, and stays there until the title changes. Keys that end are kept
for `/deletes` and `/keyChanges`, and none is kept that integrations could not see. As long as it is
kept, a key is given to no other goal: then it does not matter in which order a client deletes,
changes keys and writes.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.relations import district
from app.core.events import entry
from app.models import EdFiKey, Goal
from app.models.edfi import TRANSACTION
from app.models.goals import OPEN_TO_LEADERS

#: the day a goal was made: of UTC, since the district's zone may be set anew
ASSIGNED_ON: ColumnElement[date] = cast(func.timezone("UTC", Goal.created_at), Date)
_GIVEN = (
    select(EdFiKey.title)
    .where(EdFiKey.district_id == district, EdFiKey.goal_id == Goal.id, EdFiKey.ended.is_(None))
    .correlate(Goal)
    .scalar_subquery()
)
#: the key's title as it is now
KEY_TITLE: ColumnElement[Any] = func.coalesce(_GIVEN, Goal.title)


async def came(session: AsyncSession, goal: Goal) -> None:
    """The goal, locked by the caller, has come into the sight of integrations."""
    if not _individual(goal):
        return
    await _one_at_a_time(session, goal)
    await session.execute(
        update(EdFiKey)
        .where(
            EdFiKey.district_id == goal.district_id,
            EdFiKey.goal_id == goal.id,
            EdFiKey.gone,
            EdFiKey.back.is_(None),
        )
        .values(back=TRANSACTION)
    )
    await _give(session, goal)


async def renamed(session: AsyncSession, goal: Goal, before: str) -> None:
    """The title of the goal, which integrations see, was `before` until now."""
    if not _individual(goal) or goal.title == before:
        return
    await _one_at_a_time(session, goal)
    await _end(session, goal, before, gone=False)
    await _give(session, goal)


async def left(session: AsyncSession, goal: Goal) -> None:
    """Integrations no longer see the goal; the feed says so."""
    entry(session, goal.district_id, "goal", goal.id, goal.version)
    if _individual(goal):
        await _end(session, goal, goal.title, gone=True)


def _individual(goal: Goal) -> bool:
    return goal.teacher_id is not None


async def _one_at_a_time(session: AsyncSession, goal: Goal) -> None:
    """Two goals of one person that take the same title at once must see each other."""
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"edfi key {goal.teacher_id}", 0))
    await session.execute(select(lock))


async def _end(session: AsyncSession, goal: Goal, title: str, *, gone: bool) -> None:
    """The key in force ends; `title` is it, unless another was given."""
    given = await session.scalar(
        update(EdFiKey)
        .where(
            EdFiKey.district_id == goal.district_id,
            EdFiKey.goal_id == goal.id,
            EdFiKey.ended.is_(None),
        )
        .values(ended=TRANSACTION, gone=gone)
        .returning(EdFiKey.place)
    )
    if given is None:
        session.add(_key(goal, title, ended=TRANSACTION, gone=gone))
        await session.flush()


async def _give(session: AsyncSession, goal: Goal) -> None:
    """Keep a key beside the goal when its title is taken."""
    day = goal.created_at.date()
    others = select(KEY_TITLE).where(
        Goal.district_id == goal.district_id,
        Goal.teacher_id == goal.teacher_id,
        Goal.id != goal.id,
        Goal.state.in_([state.value for state in OPEN_TO_LEADERS]),
        ASSIGNED_ON.in_([day]),
    )
    theirs = select(EdFiKey.title).where(
        EdFiKey.district_id == goal.district_id,
        EdFiKey.teacher_id == goal.teacher_id,
        EdFiKey.assigned_on == day,
        EdFiKey.goal_id != goal.id,
    )
    taken = await session.scalars(union_all(others, theirs), {"actor_district": goal.district_id})
    title = free(goal.title, taken)
    if title != goal.title:
        session.add(_key(goal, title))
        await session.flush()


def free(title: str, taken: Iterable[str]) -> str:
    """The title itself, or with the lowest number behind it that nobody has. Titles are compared
    as common databases compare them: case, width and blanks do not tell them apart."""
    folded = {_folded(one) for one in taken}
    number, found = 1, title
    while _folded(found) in folded:
        number += 1
        found = f"{title} ({number})"
    return found


def _folded(title: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", title)).strip().casefold()


def _key(goal: Goal, title: str, **more: Any) -> EdFiKey:
    return EdFiKey(
        district_id=goal.district_id,
        goal_id=goal.id,
        teacher_id=goal.teacher_id,
        assigned_on=goal.created_at.date(),
        title=title,
        **more,
    )
