"""Writing what a roster brings: rows as the comparison finds them, then all that follows from them.

Everything is in the transaction of the commit: should the comparison come out otherwise than the
report said, what was written of it is undone with it.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.auth import keys, sessions
from app.auth import service as auth
from app.core.events import record
from app.integrations.imports import rows
from app.integrations.imports.plan import Plan
from app.models import Person
from app.people.persons.coaching import end_unfounded
from app.people.schools.service import apply

#: rows that may wait
AT_ONCE = 5_000
LEFT = "left_roster"


class Writer:
    """Rows that wait to be written, of one source."""

    def __init__(self, session: AsyncSession, actor: Actor, source: str) -> None:
        self._session, self._district, self._source = session, actor.district_id, source
        self._new: dict[type[Any], list[Any]] = {kind: [] for kind in rows.MODELS}
        #: whole rows as they shall be, by id
        self._changed: dict[type[Any], dict[UUID, Any]] = {kind: {} for kind in rows.MODELS}
        self._waiting = 0
        self._prepared = False

    @property
    def full(self) -> bool:
        """Whether so many rows wait that they should be written."""
        return self._waiting >= AT_ONCE

    def add(self, row: Any) -> None:
        """A row to add."""
        self._new[type(row)].append(row)
        self._waiting += 1

    def change(self, row: Any) -> None:
        """A row to write over the one of its id."""
        self._changed[type(row)][row.id] = row
        self._waiting += 1

    async def flush(self) -> None:
        """Write what waits, what is referred to before what refers to it."""
        if not self._prepared:
            await rows.prepare(self._session)
            self._prepared = True
        for kind in rows.MODELS:
            changed, new = self._changed[kind], self._new[kind]
            await rows.change(self._session, self._district, kind, changed.values())
            await rows.insert(self._session, self._district, kind, new, self._source)
            changed.clear()
            new.clear()
        self._waiting = 0


async def follow(session: AsyncSession, actor: Actor, plan: Plan) -> None:
    """What follows when the rows are written: people leave, keys move, coaching ends."""
    leaving = await _left(session, actor, [person.id for person in plan.leaving])
    for person_id, _ in plan.rekeyed:
        await auth.void_invitations(session, actor, person_id)
        await keys.drop(session, "email", person_id)
    for person_id, email in plan.rekeyed:
        if not await keys.put(session, "email", email, person_id):
            raise auth.EmailTaken  # since we looked
    for person_id in leaving:
        await auth.void_invitations(session, actor, person_id)
        await sessions.end_all(session, actor, person_id, LEFT)
    await end_unfounded(session, actor, leaving, LEFT)
    await end_unfounded(session, actor, plan.losing_roles, "role_ended")


async def _left(session: AsyncSession, actor: Actor, people: Sequence[UUID]) -> Sequence[UUID]:
    """Deactivate people, one event each."""
    if people:
        statement = visible(rows.operator_of(actor), Action.PERSON_READ, Person)
        found = await session.scalars(
            statement.where(Person.id == any_(bindparam("people", type_=ARRAY(Uuid())))),
            {**actor.binds, "people": people},
        )
        for person in found:
            apply(person, {"active": False})
            record(session, actor, "person.left_roster", person, ("active",))
        await session.flush()
    return people
