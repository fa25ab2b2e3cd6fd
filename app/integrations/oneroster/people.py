"""Roles, users and enrolments. Each method takes one row or raises Fault; False means it was
passed over on purpose, and nothing of it is kept."""

import re
from collections.abc import Mapping
from functools import cached_property

from app.integrations.oneroster import vocabulary as words
from app.integrations.oneroster.checks import Checks
from app.integrations.oneroster.roster import Role, Staff, StaffRole, TeachingAssignment
from app.integrations.oneroster.tables import Fault, Row

_EMAIL = re.compile(r"[^@\s,;<>\"()\[\]]{1,64}@[^@\s,;<>\"()\[\]]+\.[^@\s.,;<>\"()\[\]]+")


class People:
    """The tables that say who teaches what, and who may lead where."""

    def __init__(self, checks: Checks, extra_roles: Mapping[str, Role]) -> None:
        self.checks = checks
        self.roster = checks.roster
        self.extra = {word.lower(): role for word, role in extra_roles.items()}
        #: roles.csv: the roles of each staff member, and everybody else it names. Gone with this
        self.roles: dict[str, list[StaffRole]] = {}
        #: sets of roles that were met; the thousands who share one share its object
        self._met: dict[tuple[tuple[str, Role], ...], tuple[StaffRole, ...]] = {}
        self.others: set[str] = set()
        self.emails: set[str] = set()

    def _kind_of(self, row: Row) -> Role | None:
        """What the row's role makes of a person, None for one that is passed over."""
        word = row.raw("role")
        if word in self._kinds:  # nearly always, and then nothing else is asked
            return self._kinds[word]
        if not word and self.checks.marked(row):
            # a removal may name nothing but the id; the database knows whose it is
            return "teacher"
        word = row.text("role").lower()
        sds = self.roster.version == "sds-2.1"
        known = words.ROLES[self.roster.version]
        if word in self.extra:
            return self.extra[word]
        if word in known:
            if known[word] is not None and not sds:
                row.note("letter_case", "The role is taken; its letter case is wrong.", "role")
            return known[word]
        if word.startswith("ext:"):
            row.note("unmapped_role", "No policy maps this role; the row is ignored.", "role")
            return None
        if sds:
            return None  # an open list there
        listed = ", ".join(sorted(known))
        raise Fault("bad_value", f"The role is none of: {listed}.", "role")

    @cached_property
    def _kinds(self) -> dict[str, Role | None]:
        """What roles make of a person, as the standard writes them and as the policy does."""
        known = words.ROLES[self.roster.version]
        spelt = {words.CAPITAL_ROLES.get(word, word): kind for word, kind in known.items()}
        return spelt | self.extra

    def role(self, row: Row) -> bool:
        """A row of roles.csv, kept for the user's row, which comes later."""
        person = row.text("userSourcedId")
        kind = self._kind_of(row)
        if self.checks.removed(row):
            if kind is None:
                return False
            self.roster.removed.setdefault("roles", set()).add(row.text("sourcedId"))
            return True
        if kind is None:
            self.others.add(person)
            return False
        org = row.text("orgSourcedId")
        org = self.checks.points_at("orgs", org, self.roster.orgs, "orgSourcedId")
        (role,) = self._together((org, kind))
        roles = self.roles.setdefault(person, [])
        if role not in roles:
            roles.append(role)
        return True

    def _together(self, *roles: tuple[str, Role]) -> tuple[StaffRole, ...]:
        met = self._met.get(roles)
        if met is None:
            met = self._met[roles] = tuple(StaffRole(org, kind) for org, kind in roles)
        return met

    def passed(self, table: str) -> frozenset[str]:
        """Roles with which a row of the table is passed over by the role alone, whatever else it
        says: of a large roster, students' rows are nine of ten, and cost but a glance."""
        kinds = self._kinds.items()
        if table == "enrollments":
            return frozenset(word for word, kind in kinds if kind != "teacher")
        if table == "users" and self.roster.version == "1.1":
            return frozenset(word for word, kind in kinds if kind is None)
        return frozenset()

    def _roles_of(self, row: Row) -> tuple[StaffRole, ...] | None:
        """A user's roles, None for a person who is passed over. Reads no column but ids and role
        (and status), so nothing about a student is looked at."""
        if self.roster.version == "1.1":
            kind = self._kind_of(row)
            if kind is None:
                return None
            orgs = row.several("orgSourcedIds")
            known = [org for org in orgs if not self.checks.unknown("orgs", org, self.roster.orgs)]
            if not known and not self.checks.marked(row):
                raise Fault(
                    "dangling_reference" if orgs else "missing_value",
                    "The person belongs to no org that was taken from orgs.csv; name one.",
                    "orgSourcedIds",
                )
            if len(known) < len(orgs):
                text = "An org is not in orgs.csv; the person is taken with the others."
                row.note("dangling_reference", text, "orgSourcedIds")
            return self._together(*((org, kind) for org in known))
        person = row.text("sourcedId")
        roles = self.roles.get(person)
        if roles is None and person not in self.others:
            if self.checks.marked(row):
                return ()
            text = "No row of roles.csv that was taken names this person, who is ignored."
            row.note("no_role", text, "sourcedId")
            self.roster.present.add(person)
        if roles is None:
            return None
        return self._together(*((role.org, role.role) for role in roles))

    def user(self, row: Row) -> bool:
        """A row of users.csv: a teacher or leader, or somebody who is counted."""
        roster = self.roster
        roles = self._roles_of(row)
        if roles is None:
            return False
        key = self.checks.key("users", row, roster.staff)
        if key is None:
            return True
        person = Staff(
            key,
            row.text("givenName"),
            row.text("familyName"),
            self._email(row),
            row.optional("identifier"),
            roles,
            row.flag("enabledUser", default=True),
        )
        if person.email is not None:
            self.emails.add(person.email)
        roster.staff[key] = person
        if any(role.role == "may_lead" for role in roles):
            roster.may_lead.add(key)
        return True

    def _email(self, row: Row) -> str | None:
        email = (row.optional("email") or "").lower()
        if not email:
            row.note("no_email", "The person is taken, and cannot sign in without one.", "email")
            return None
        if not _EMAIL.fullmatch(email) or len(email) > 254:
            text = "The value is no e-mail address; the person is taken without one."
            row.note("bad_email", text, "email")
            return None
        if email in self.emails:
            raise Fault(
                "duplicate_email",
                "Another person above has this e-mail address; each needs their own.",
                "email",
            )
        return email

    def enrollment(self, row: Row) -> bool:
        """A person teaching a class; all other enrolments are passed over."""
        roster = self.roster
        if self._kind_of(row) != "teacher":
            return False
        school = "schoolSourcedId"
        key = self._assignment_key(row)
        if key is None:
            return True
        class_ = row.text("classSourcedId")
        class_ = self.checks.points_at("classes", class_, roster.classes, "classSourcedId")
        staff = row.text("userSourcedId")
        staff = self.checks.points_at("users", staff, roster.staff, "userSourcedId")
        of_class = roster.classes.get(class_)
        place = row.optional(school) or (of_class.school if of_class else row.text(school))
        first, last = row.day("beginDate"), row.day("endDate")
        if first is not None and last is not None and last < first:
            raise Fault("dates_reversed", "It ends before it begins; correct the dates.", "endDate")
        roster.assignments[key] = TeachingAssignment(
            key,
            class_,
            staff,
            self.checks.points_at("orgs", place, roster.orgs, school),
            row.flag("primary", default=False),
            first,
            last,
        )
        return True

    def _assignment_key(self, row: Row) -> str | None:
        if self.roster.version != "sds-2.1":
            return self.checks.key("enrollments", row, self.roster.assignments)
        # School Data Sync gives enrolments no id of their own; these three are one there
        parts = [row.text(name) for name in ("classSourcedId", "userSourcedId", "role")]
        key = ":".join(parts)
        if key in self.roster.assignments:
            raise Fault("duplicate_id", "Another row above says the same.", "classSourcedId")
        return key
