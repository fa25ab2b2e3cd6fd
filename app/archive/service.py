"""The archive of a person: one snapshot of all they may read of themselves, in one zip.

Rows are streamed from the database into the zip and on to the client, so that its size does not
matter. Each kind of record is read twice, once as JSON and once as CSV, in one transaction that
sees one moment, so the two hold the same rows.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import seen_through, visible
from app.archive.parts import PARTS, Part
from app.archive.writing import as_csv, as_json, text, zipped
from app.core import clock
from app.core.alone import alone
from app.core.database import Snapshot
from app.core.errors import TooManyRequests
from app.models import CoachingRelationship
from app.relationships.hand_over.schemas import HandOverOut
from app.relationships.hand_over.service import read_hand_over

#: rows that are in memory at once
_ROWS = 200
_HAND_OVERS = ("hand_overs", "what followed you to another lead, and what stayed sealed")
_README = """\
Alongside: the archive of {name}
made {at} (UTC)

Here is what you may read of yourself in Alongside: records that are about you, and those that you
wrote. All of it is as of one moment. The folder json has one file for each kind of record, an array
with one record a line, in the form in which the API answers. The folder csv has the same records as
tables for a spreadsheet; a list or an object stands in its cell as JSON, and text that could be
taken for a formula has an apostrophe before it. manifest.json, the last file, says how many records
there are of each kind: when it is missing, the archive was cut off on its way to you.

Others are named by their ids, as in the API; GET /api/v1/people tells their names. Times are UTC.
Some of this was written in confidence, by you or by others. It is yours to keep, and nobody else's
to read unless you show it to them.

{kinds}
"""


class ArchiveUnderWay(TooManyRequests):
    """One archive of a person is made at a time."""

    code, title = "archive_under_way", "Your archive is being sent already"
    next_step = "Wait until it has arrived, or break it off, and ask again."


async def archive(
    session: AsyncSession, snapshot: Snapshot, actor: Actor
) -> tuple[str, AsyncGenerator[bytes, None]]:
    """The name of the file and its bytes, in parts. Refuses a second one at the same time (429)."""
    session, actor = await alone(session, snapshot, "archive", actor, ArchiveUnderWay)
    at = clock.now()
    return f"alongside-archive-{at:%Y-%m-%d}.zip", zipped(_entries(session, actor, at), at)


async def _entries(
    session: AsyncSession, actor: Actor, at: datetime
) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
    """Every file of the archive."""
    profile = (await session.execute(PARTS[0].statement(actor), actor.binds)).one()
    name = f"{profile.given_name} {profile.family_name}"
    kinds = [(part.name, part.words) for part in PARTS]
    listed = "\n".join(f"{title}: {words}" for title, words in [*kinds, _HAND_OVERS])
    made = f"{at:%Y-%m-%d %H:%M}"
    yield "README.txt", text(_README.format(name=name, at=made, kinds=listed))
    counts: dict[str, int] = {}
    for part in PARTS:
        yield f"json/{part.name}.json", as_json(_rows(session, actor, part, counts))
    yield f"json/{_HAND_OVERS[0]}.json", as_json(_hand_overs(session, actor, counts))
    for part in PARTS:
        yield f"csv/{part.name}.csv", as_csv(part.row.model_fields, _rows(session, actor, part))
    columns = HandOverOut.model_fields
    yield f"csv/{_HAND_OVERS[0]}.csv", as_csv(columns, _hand_overs(session, actor))
    told = {
        "made_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "person": {"id": str(actor.id), "name": name},
        "records": counts,
    }
    yield "manifest.json", text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")


async def _rows(
    session: AsyncSession, actor: Actor, part: Part, counts: dict[str, int] | None = None
) -> AsyncIterator[list[Any]]:
    """The rows of a part, some at a time, in the form in which the API answers."""
    found = 0
    result = await session.stream(
        part.statement(actor), actor.binds, execution_options={"yield_per": _ROWS}
    )
    async for rows in result.partitions():
        found += len(rows)
        yield [part.row.model_validate(row) for row in rows]
    if counts is not None:
        counts[part.name] = found


async def _hand_overs(
    session: AsyncSession, actor: Actor, counts: dict[str, int] | None = None
) -> AsyncIterator[list[Any]]:
    """What a change of the lead left, for each coaching of the caller: a few over the years."""
    link = CoachingRelationship
    ids = await session.scalars(
        visible(actor, Action.RELATIONSHIP_READ, link)
        .where(seen_through(actor, Action.RELATIONSHIP_READ_HAND_OVER, link))
        .with_only_columns(link.id)
        .order_by(link.id),
        actor.binds,
    )
    found = [
        HandOverOut.model_validate(await read_hand_over(session, actor, row_id))
        for row_id in ids.all()
    ]
    if counts is not None:
        counts[_HAND_OVERS[0]] = len(found)
    if found:
        yield found
