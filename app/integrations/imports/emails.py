"""Comparing the addresses of staff: which are new, and which are somebody else's."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select, text

from app.access.policy import Action
from app.access.scope import visible
from app.auth import keys
from app.core.types import Email
from app.integrations.imports.comparison import Comparison
from app.integrations.imports.rows import PersonRow
from app.models import Credential, Person

_EMAIL: Final = TypeAdapter(Email)
#: an address whose first part is good whatever follows
_PLAIN: Final = re.compile(r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@([a-z0-9.-]+)")
#: addresses that are looked up at once
_AT_ONCE = 5_000
_KEYED = text(
    "select k.hash, f.subject_id from unnest(cast(:hashes as text[])) as k(hash) "
    "cross join lateral find_login_key('email', k.hash) f"
)


class Emails:
    """The addresses of one roster's staff."""

    def __init__(self, work: Comparison) -> None:
        self.work = work
        #: what stands behind the @ of addresses that were found to be good
        self.domains: set[str] = set()

    async def compare(self) -> tuple[dict[str, str], set[str]]:
        """New addresses by person, and the people whose address is somebody else's.

        An address that another person gives up in the same roster is free. Whoever has a password
        keeps the address they sign in with.
        """
        wanted: dict[str, str] = {}
        for key, staff in self.work.kept.staff.items():
            row = self.work.rows[PersonRow].get(key)
            email = self._email(key, staff.email) if staff.active and staff.email else None
            if email is not None and (row is None or row.email != email):
                wanted[key] = email
        if not wanted:
            return {}, set()
        accounts: set[UUID | None] = set(
            await self.work.session.scalars(
                select(Credential.id).where(Credential.district_id == self.work.district)
            )
        )
        for key in [key for key in wanted if self._id(key) in accounts]:
            del wanted[key]
            words = "The person signs in with another address, which a roster does not change."
            self.work.plan.report("users", "note", "login_email_kept", words, key)
        owner, keyed = await self._owners({*wanted.values(), *self._present_emails(wanted)})
        clashing: set[str] = set()
        while True:
            givers = {self._id(key) for key in wanted}
            taken = {
                key
                for key, email in wanted.items()
                if (theirs := owner.get(email)) is not None
                and theirs != self._id(key)
                and theirs not in givers
            }
            if not taken:
                break
            clashing |= taken
            for key in taken:
                del wanted[key]
        for key, email in wanted.items():
            before = self.work.rows[PersonRow].get(key)
            if before is not None and before.email and before.email in keyed:
                self.work.plan.rekeyed.append((before.id, email))
        return wanted, clashing

    def _id(self, key: str) -> UUID | None:
        """The id of a person who is there; a new one has nothing yet that could be theirs."""
        row = self.work.rows[PersonRow].get(key)
        return None if row is None else row.id

    def _email(self, key: str, given: str) -> str | None:
        """The address as the API would take it. What stands behind the @ is nearly always the
        district's own and is asked about once: the check takes most of the time of a roster."""
        plain = _PLAIN.fullmatch(given)
        if plain and plain[2] in self.domains and len(plain[1]) <= 64:
            return given
        try:
            email: str = _EMAIL.validate_python(given)
        except ValidationError:
            words = "The value is no e-mail address that mail reaches; the person is without one."
            self.work.plan.report("users", "note", "bad_email", words, key)
            return None
        if plain and email == given:
            self.domains.add(plain[2])
        return email

    def _present_emails(self, wanted: Iterable[str]) -> list[str]:
        rows = (self.work.rows[PersonRow].get(key) for key in wanted)
        return [row.email for row in rows if row is not None and row.email]

    async def _owners(self, emails: set[str]) -> tuple[dict[str, UUID], set[str]]:
        """Who has an address: a person of the district, or an account of the installation; and
        the addresses that accounts sign in with."""
        reach, session = self.work.reach, self.work.session
        people = visible(reach, Action.PERSON_READ, Person).where(Person.email.is_not(None))
        columns = people.with_only_columns(Person.email, Person.id)
        found = await session.stream(columns, reach.binds)
        owner: dict[str, UUID] = {}
        async for part in found.partitions(_AT_ONCE):
            owner |= {email: one for email, one in part if email in emails}
        keyed: set[str] = set()
        waiting = iter(emails)
        while some := list(islice(waiting, _AT_ONCE)):
            by_hash = {keys.digest(email): email for email in some}
            for digest, subject in await session.execute(_KEYED, {"hashes": list(by_hash)}):
                owner[by_hash[digest]] = subject
                keyed.add(by_hash[digest])
        return owner, keyed
