"""Individual goals as an Ed-Fi client pulls them: whole, in parts, and by change version.

What a client may see is what `goals:read` sees (`visible()`), of it the individual goals alone,
since Ed-Fi's goal needs a person.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    cast,
    exists,
    func,
    not_,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import visible
from app.access.views import read_one
from app.core.errors import BadRequest
from app.core.paging import BadCursor
from app.core.seal import Seal, Unsealable
from app.goals.keys import ASSIGNED_ON, KEY_TITLE
from app.integrations.edfi.history.service import Found, Pages, Window, check, places
from app.models import FeedEntry, Goal
from app.models.goals import Outcome

#: rows that offset paging steps over at most: each page reads them all again
DEEPEST = 10_000
#: parts when nobody says how many
PARTS = 8
#: The client's reach spelt out with constants. It takes nothing away; a partial index is used
#: only where the statement itself says its condition.
_INDIVIDUAL = text("goal.level = 'individual' and goal.state in ('agreed', 'closed')")
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    *(
        getattr(Goal, name)
        for name in (
            "id",
            "version",
            "kind",
            "teacher_id",
            "due_on",
            "outcome",
            "closed_at",
            "updated_at",
        )
    ),
    KEY_TITLE.label("key_title"),
    ASSIGNED_ON.label("assigned_on"),
)


class OffsetTooDeep(BadRequest):
    """Paging by offset reads everything it steps over, again with each page, so it ends at 10,000
    rows."""

    code, title = "offset_too_deep", "Page with pageToken instead of offset"
    next_step = (
        "GET /ed-fi/goals without offset and follow Next-Page-Token as pageToken; for deletes and"
        " key changes ask for a narrower window of change versions."
    )


class BadPageToken(BadCursor):
    """`pageToken` was not made for this client and these change versions."""

    next_step = (
        "Ask without pageToken for the first page, and send each Next-Page-Token with the same "
        "minChangeVersion and maxChangeVersion, to the same client."
    )


class TwoWaysOfPaging(BadRequest):
    """`pageToken` and `pageSize` are one way of paging, `limit`, `offset` and `totalCount` the
    other."""

    code, title = "two_ways_of_paging", "Page by token or by offset, not both"
    next_step = "Send pageToken and pageSize alone, or limit, offset and totalCount alone."


class FilterTooWide(BadRequest):
    """Only ids and persons lead to goals without reading them all."""

    code, title = "filter_too_wide", "Name a person or an id as well"
    next_step = (
        "Send personId or id beside it; to look through everything, pull all goals and filter them"
        " where you keep them."
    )


@dataclass(frozen=True, slots=True)
class Only:
    """Which goals, by the fields of their form; None leaves a field open."""

    id: UUID | None = None
    teacher_id: UUID | None = None
    title: str | None = None
    assigned_on: date | None = None
    due_on: date | None = None
    kind: str | None = None
    complete: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL. A page must not read a district to find a few rows: what no index leads to
        stands beside what one does."""
        met = Goal.outcome.is_not_distinct_from(Outcome.MET.value)
        fields: tuple[tuple[object, Any], ...] = (
            (self.id, Goal.id == self.id),
            (self.teacher_id, Goal.teacher_id == self.teacher_id),
            (self.title, self.title == KEY_TITLE),
            (self.assigned_on, self.assigned_on == ASSIGNED_ON),
            (self.due_on, Goal.due_on == self.due_on),
            (self.kind, Goal.kind == self.kind),
            (self.complete, met if self.complete else not_(met)),
        )
        found = [condition for value, condition in fields if value is not None]
        if found and self.id is None and self.teacher_id is None:
            raise FilterTooWide
        return found


def paging(
    limit: int | None,
    offset: int | None,
    total: bool,
    token: str | None = None,
    size: int | None = None,
) -> Pages:
    """What the parameters ask for. 25 rows when they do not say."""
    by_token = token is not None or size is not None
    if by_token and (total or limit is not None or offset is not None):
        raise TwoWaysOfPaging
    if offset is not None and offset > DEEPEST:
        raise OffsetTooDeep(f"`offset` may be at most {DEEPEST:,}.")
    asked = size if by_token else limit
    return Pages(25 if asked is None else asked, offset or 0, total, token)


def _seen(actor: Actor) -> Select[Any]:
    return visible(actor, Action.GOAL_READ, Goal).where(_INDIVIDUAL).with_only_columns(*_COLUMNS)


# --- goals ------------------------------------------------------------------------------------


async def read_goal(session: AsyncSession, actor: Actor, goal_id: UUID) -> Any:
    """One individual goal in force or closed. A person learns that this form is not for them only
    of a goal that they see (404 before 403)."""
    goal = await read_one(session, actor, _seen(actor), Goal, goal_id)
    check(actor)
    return goal


async def list_goals(
    session: AsyncSession,
    actor: Actor,
    seal: Seal,
    window: Window,
    pages: Pages,
    only: Only = Only(),
) -> Found:
    """A page of goals whose last change is of the window, in the order of their ids; when the
    window has a beginning, in that of their changes."""
    check(actor)
    statement = _seen(actor).where(*only.conditions())
    after, before = await places(session, actor, window)
    by: list[Any] = [Goal.id]
    later = aliased(FeedEntry)
    if after is None and before is not None:
        statement = statement.where(
            ~exists().where(later.district_id == district, _of(later), later.transaction > before)
        )
    if after is not None:
        by = [FeedEntry.transaction, FeedEntry.position]
        behind = tuple_(later.transaction, later.position) > tuple_(*by)
        statement = statement.join(FeedEntry, _of(FeedEntry)).where(
            FeedEntry.transaction > after,
            ~exists().where(later.district_id == district, _of(later), behind),
        )
        if before is not None:
            statement = statement.where(FeedEntry.transaction <= before)
    total = None
    if pages.total:
        counted = statement.with_only_columns(func.count())
        total = await session.scalar(counted, actor.binds)
    bound = f"{window.first}-{window.last}"
    if only != Only():
        bound += f" {astuple(only)}"
    if pages.token is not None:
        start, end = _opened(seal, actor, bound, pages.token, len(by))
        if start is not None:
            statement = statement.where(tuple_(*by) > tuple_(*start))
        if end is not None:
            statement = statement.where(Goal.id <= end)
    else:
        end = None
    statement = statement.add_columns(*(column.label(f"_key{i}") for i, column in enumerate(by)))
    statement = statement.order_by(*by).limit(pages.limit + 1).offset(pages.offset or None)
    rows = (await session.execute(statement, actor.binds)).all() if pages.limit else []
    following = None
    if len(rows) > pages.limit and not pages.offset:
        last = rows[pages.limit - 1]
        key = [getattr(last, f"_key{index}") for index in range(len(by))]
        following = _sealed(seal, actor, bound, key, end)
    return Found(rows[: pages.limit], following, total)


def _of(entries: Any) -> ColumnElement[bool]:
    """The feed's entries of a goal."""
    return and_(
        entries.district_id == district, entries.object_id == Goal.id, entries.type == "goal"
    )


def _sealed(
    seal: Seal, actor: Actor, bound: str, start: Sequence[Any] | None, end: UUID | None
) -> str:
    plain = None if start is None else [str(part) for part in start]
    return seal.close([plain, end and str(end)], "edfi", str(actor.id), bound)


def _opened(
    seal: Seal, actor: Actor, bound: str, token: str, length: int
) -> tuple[list[Any] | None, UUID | None]:
    try:
        start, end = seal.open(token, "edfi", str(actor.id), bound)
    except (Unsealable, ValueError, TypeError) as exc:
        raise BadPageToken(
            "pageToken was not made for you, these change versions and these filters."
        ) from exc
    if start is None:
        return None, end and UUID(end)
    if len(start) != length:
        raise BadPageToken("These change versions are no longer kept; begin a new pull.")
    return [UUID(start[0])] if length == 1 else [int(part) for part in start], end and UUID(end)


async def partitions(session: AsyncSession, actor: Actor, seal: Seal, number: int) -> list[str]:
    """Tokens of parts of about equal size, for clients that read several at once."""
    check(actor)
    bound = f"{None}-{None}"
    numbered = (
        visible(actor, Action.GOAL_READ, Goal)
        .where(_INDIVIDUAL)
        .with_only_columns(
            Goal.id,
            func.row_number().over(order_by=Goal.id).label("place"),
            func.count().over().label("total"),
        )
        .subquery()
    )
    size = func.greatest(1, func.ceil(numbered.c.total / float(number)))
    last_of_part = (
        select(numbered.c.id)
        .where(numbered.c.place % cast(size, BigInteger) == 0)
        .where(numbered.c.place < numbered.c.total)
        .order_by(numbered.c.id)
    )
    ends = list(await session.scalars(last_of_part, actor.binds))
    starts = [None, *([end] for end in ends)]
    return [
        _sealed(seal, actor, bound, start, end)
        for start, end in zip(starts, [*ends, None], strict=True)
    ]
