"""Comparing staff: who they are, where they teach, who may lead, and who leaves."""

from collections.abc import Sequence
from functools import cached_property
from typing import Final
from uuid import UUID

from app.access.policy import Action
from app.access.scope import visible
from app.integrations.imports.comparison import Comparison
from app.integrations.imports.emails import Emails
from app.integrations.imports.rows import PersonRow, RoleRow, SchoolRow
from app.models import Event, Role
from app.models.people import RoleKind

#: kinds of org that may be a part of a school
_PARTS: Final = ("department", "other")


class People:
    """The staff of one roster."""

    def __init__(self, work: Comparison) -> None:
        self.work = work

    async def compare(self) -> None:
        """Staff, where they teach, and who may lead."""
        work, kept = self.work, self.work.kept
        known = work.rows[PersonRow]
        active_before = sum(row.active for row in known.values())
        roles = await self._open_roles()
        by_hand = await self._deactivated_by_hand()
        moving, clashing = await Emails(work).compare()
        tally = work.tally("users")
        opened = ended = 0
        for key, staff in kept.staff.items():
            await work.pause()
            row = known.get(key)
            if row is None and not staff.active:
                continue  # a disabled account of somebody we do not know
            if row is not None and not staff.active and kept.mode == "bulk":
                if row.active and self._leaves(row, roles):
                    tally.hits += 1
                elif not row.active:
                    work.gone.add(row.id)
                continue
            if key in clashing:
                words = (
                    "Somebody else here has this e-mail address; the person is left out. "
                    "Correct one of the two, then import again."
                )
                work.skip("users", "email_taken", words, key)
                continue
            if row is not None and row.id in by_hand:
                work.gone.add(row.id)
                tally.unchanged += 1
                words = "An administrator deactivated this person, who stays so."
                work.plan.report("users", "note", "deactivated_by_hand", words, key)
                continue
            if not staff.active:
                words = (
                    "The account is disabled there. In a delta only tobedeleted deactivates: "
                    "mark the row, or send a full roster."
                )
                work.plan.report("users", "note", "disabled_in_delta", words, key)
            before, unchanged = row, tally.unchanged
            row = self._person(key, before, moving.get(key))
            work.take("users", row)
            known[key] = row
            more, fewer = self._teaches(row, roles.get(row.id, ()))
            if (more or fewer) and tally.unchanged > unchanged:
                tally.unchanged, tally.updated = unchanged, tally.updated + 1
            opened, ended = opened + more, ended + fewer
        self._missing(roles)
        self._count_roles(opened, ended)
        work.mass("users", "people", len(work.plan.leaving), active_before)

    def _person(self, key: str, before: PersonRow | None, email: str | None) -> PersonRow:
        staff = self.work.kept.staff[key]
        may_lead = key in self.work.kept.may_lead
        if before is not None:
            email = email if email is not None else before.email
            may_lead = may_lead or (before.may_lead and not self._tells_all_roles(key))
        return PersonRow(
            self.work.id_of(PersonRow, key),
            key,
            True,
            self.work.line("users", staff.given_name, key),
            self.work.line("users", staff.family_name, key),
            email,
            may_lead,
        )

    def _tells_all_roles(self, key: str) -> bool:
        """Whether a person's roles are all in the bundle. A delta of 1.2 brings single rows, and a
        row that was left out may have been one of theirs."""
        return not self._brings_single_roles() and key not in self.work.kept.present

    def _brings_single_roles(self) -> bool:
        return self.work.kept.mode == "delta" and self.work.kept.version != "1.1"

    def _teaches(self, person: PersonRow, roles: Sequence[RoleRow]) -> tuple[int, int]:
        """Open and end teacher roles; how many of each. `tested_subject` is not in a roster: it
        starts as false, which asks the teacher to state a goal's link (gate 6) rather than drop
        the rule unseen; whoever sets it by hand is not overruled."""
        key = person.external_id or ""
        wanted: dict[UUID, SchoolRow] = {}
        for given in self.work.kept.staff[key].roles:
            school = self._school_of(given.org)
            if given.role == "teacher" and school is not None:
                wanted[school.id] = school
        if not wanted and any(given.role == "teacher" for given in self.work.kept.staff[key].roles):
            words = "The person teaches at no school that is known; they are taken without a role."
            self.work.plan.report("users", "note", "teacher_without_school", words, key)
        teaching = [role for role in roles if role.kind == RoleKind.TEACHER.value]
        missing = sorted(wanted.keys() - {role.school_id for role in teaching})
        for school_id in missing:
            today = self.work.today(wanted[school_id].zone)
            kind = RoleKind.TEACHER.value
            own, source = self.work.new_id(), self.work.source
            self.work.add(RoleRow(own, person.id, source, kind, school_id, False, today, None))
        ended = 0
        kept = self.work.kept
        # a delta names orgs of an earlier bundle, and which school those are a part of is not kept
        whole = kept.mode == "bulk" or all(
            given.org in kept.orgs or given.org in self.work.rows[SchoolRow]
            for given in kept.staff[key].roles
        )
        if whole and self._tells_all_roles(key):
            stays = wanted.keys() | self._unsure
            for role in teaching:
                if role.source == self.work.source and role.school_id not in stays:
                    self._end(role)
                    ended += 1
        return len(missing), ended

    def _school_of(self, org: str | None) -> SchoolRow | None:
        """The school that an org is, or is a part of: a department's people teach at its school.
        A roster whose orgs are in a circle does not come here."""
        known = self.work.rows[SchoolRow]
        while org is not None and org not in known:
            part = self.work.kept.orgs.get(org)
            org = part.parent if part is not None and part.kind in _PARTS else None
        return known.get(org) if org is not None else None

    @cached_property
    def _unsure(self) -> set[UUID]:
        """Schools of which a full roster does not say whether they are gone: their rows were left
        out, or some row was whose id cannot be read. Nobody's role there ends by that."""
        work, kept = self.work, self.work.kept
        left_out, removed = kept.left_out.get("orgs", ()), kept.removed.get("orgs", ())
        return {
            row.id
            for key, row in work.rows[SchoolRow].items()
            if key in left_out
            or not (
                kept.mode == "delta"
                or key in kept.orgs
                or key in removed
                or work.absent("orgs", key)
            )
        }

    def _end(self, role: RoleRow) -> None:
        self.work.change(role._replace(ended_on=self.work.today(self.work.zone)))
        self.work.plan.losing_roles.add(role.person_id)

    async def _open_roles(self) -> dict[UUID, list[RoleRow]]:
        found: dict[UUID, list[RoleRow]] = {}
        statement = visible(self.work.reach, Action.ROLE_READ, Role).where(Role.ended_on.is_(None))
        for role in await self.work.all(RoleRow, statement):
            found.setdefault(role.person_id, []).append(role)
        return found

    async def _deactivated_by_hand(self) -> set[UUID]:
        """Inactive people whom the last word on it was an administrator's, not a roster's."""
        inactive = [
            row.id
            for key, row in self.work.rows[PersonRow].items()
            if not row.active and key in self.work.kept.staff
        ]
        if not inactive:
            return set()
        statement = (
            visible(self.work.reach, Action.EVENT_READ, Event)
            .where(
                Event.subject_id.in_(inactive),
                Event.action.in_(("person.deactivated", "person.left_roster")),
            )
            .with_only_columns(Event.subject_id, Event.action)
            .order_by(Event.id)
        )
        last = {
            row[0]: row[1]
            for row in await self.work.session.execute(statement, self.work.reach.binds)
        }
        return {one for one in inactive if last.get(one) != "person.left_roster"}

    def _missing(self, roles: dict[UUID, list[RoleRow]]) -> None:
        """People marked as removed, or no longer in a full roster."""
        tally = self.work.tally("users")
        removed = self.work.kept.removed.get("users", set())
        for key, row in self.work.rows[PersonRow].items():
            if not row.active or key in self.work.kept.staff:
                continue
            if key in removed:
                tally.hits += self._leaves(row, roles)
            elif self.work.absent("users", key) and key not in self.work.kept.present:
                self._leaves(row, roles)

    def _leaves(self, person: PersonRow, roles: dict[UUID, list[RoleRow]]) -> bool:
        """Deactivate a person, unless they administer the district: a roster never ends that."""
        own = roles.get(person.id, [])
        if any(role.kind == RoleKind.DISTRICT_ADMINISTRATOR.value for role in own):
            words = "A district administrator is not deactivated by a roster; do it by hand."
            self.work.plan.report("users", "note", "administrator_kept", words, person.external_id)
            return False
        self.work.tally("users").deactivated += 1
        self.work.plan.leaving.append(person)
        self.work.gone.add(person.id)
        for role in own:
            if role.source == self.work.source:
                self._end(role)
        return True

    def _count_roles(self, opened: int, ended: int) -> None:
        """roles.csv has no rows of its own here: its rows show as the teacher roles they open."""
        if tally := self.work.plan.tallies.get("roles"):
            tally.created, tally.deactivated = opened, ended
            tally.unchanged = max(0, tally.rows - tally.skipped - tally.ignored - opened)
        if self.work.kept.removed.get("roles") and self._brings_single_roles():
            words = "A single role cannot be removed; send the person's org again in a full roster."
            self.work.plan.report("roles", "note", "role_removal", words)
