"""One small district of named people, and another beside it. Built once, with fixed ids and time.

Alder School: Paul leads it; Lena (Senior Team Lead, also a teacher) coaches Tom, Nina and, paused,
Pia, formerly Olga; Luis (Team Lead) coaches Sam; Uma has no lead. Ivy is on the ILT, Mia mentors.
Ada administers the district. Birch School: Bea leads, Ben teaches. The other district: Zoe
administers, Yan leads a school, Xav coaches Wes. Both districts have LEAP (`leap`, `kestrel_leap`,
indicators `leap_le1`, `kestrel_leap_i1`, ...); Juniper also the invented framework (`invented`,
`invented_c1`, ...). Shipped templates of Juniper go by their keys (`welcome`,
`getting_to_know_you`, `beginning_of_year`, ...), kinds of observation by theirs (`kind_full`, ...).
"""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.access.actor import Actor
from app.auth import keys
from app.core import clock
from app.frameworks import service as frameworks
from app.frameworks.schemas import FrameworkNew
from app.observations.kinds import service as kinds
from app.templates import service as templates

NOW = datetime(2026, 10, 5, 16, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
#: Argon2id of PASSWORD, made with few rounds so that the suite does not spend its time hashing
CLIENT_SECRET = "the-warehouse-secret-of-the-test-world"
ROSTER_SECRET = "the-roster-secret-of-the-test-world"


class Ticking:
    """A clock that stands still until a test moves it, and random bits from a seed."""

    #: the clock of the test that runs
    of_test: "Ticking"

    def __init__(self, at: datetime = NOW, seed: int = 7) -> None:
        self.at = at
        self._random = random.Random(seed)

    def now(self) -> datetime:
        """The time; a microsecond passes at each look, so that order is kept."""
        self.at += timedelta(microseconds=1)
        return self.at

    def bits(self, count: int) -> bytes:
        """Seeded bytes."""
        return self._random.randbytes(count)

    def move(self, **delta: float) -> None:
        """Let time pass."""
        self.at += timedelta(**delta)

    def move_to(self, instant: str) -> None:
        """Let time pass until then, if it is still to come."""
        self.at = max(self.at, datetime.fromisoformat(instant))


class World:
    """Names to ids: `world.tom`, `world.alder`, `world.year`; sessions and clients beside."""

    def __init__(self) -> None:
        self.ids: dict[str, UUID] = {}
        self.sessions: dict[str, tuple[UUID, UUID, UUID]] = {}

    def __getattr__(self, name: str) -> UUID:
        try:
            return self.ids[name]
        except KeyError as exc:
            raise AttributeError(name) from exc


PEOPLE: tuple[tuple[str, str, str, str], ...] = (
    ("ada", "Ada", "Marsh", "juniper"),
    ("paul", "Paul", "Reyes", "juniper"),
    ("lena", "Lena", "Ortiz", "juniper"),
    ("luis", "Luis", "Falk", "juniper"),
    ("tom", "Tom", "Brandt", "juniper"),
    ("nina", "Nina", "Osei", "juniper"),
    ("sam", "Sam", "Whitlow", "juniper"),
    ("uma", "Uma", "Castell", "juniper"),
    ("pia", "Pia", "Nordin", "juniper"),
    ("olga", "Olga", "Tarrant", "juniper"),
    ("ivy", "Ivy", "Delgado", "juniper"),
    ("mia", "Mia", "Sorrel", "juniper"),
    ("bea", "Bea", "Quill", "juniper"),
    ("ben", "Ben", "Hartwell", "juniper"),
    ("zoe", "Zoe", "Ames", "kestrel"),
    ("yan", "Yan", "Petrov", "kestrel"),
    ("xav", "Xav", "Moreau", "kestrel"),
    ("wes", "Wes", "Larkin", "kestrel"),
)

ROLES: tuple[tuple[str, str, str | None, str | None, bool | None], ...] = (
    ("ada", "district_administrator", None, None, None),
    ("paul", "school_leader", "alder", None, None),
    ("lena", "senior_team_lead", "alder", "maths", None),
    ("lena", "teacher", "alder", None, True),
    ("luis", "team_lead", "alder", "arts", None),
    ("luis", "teacher", "alder", None, False),
    ("tom", "teacher", "alder", None, True),
    ("tom", "team_member", "alder", "maths", None),
    ("nina", "teacher", "alder", None, False),
    ("nina", "team_member", "alder", "maths", None),
    ("sam", "teacher", "alder", None, True),
    ("sam", "team_member", "alder", "arts", None),
    ("uma", "teacher", "alder", None, True),
    ("pia", "teacher", "alder", None, True),
    ("olga", "teacher", "alder", None, True),
    ("ivy", "ilt_member", "alder", None, None),
    ("mia", "mentor", "alder", None, None),
    ("bea", "school_leader", "birch", None, None),
    ("ben", "teacher", "birch", None, True),
    ("zoe", "district_administrator", None, None, None),
    ("yan", "school_leader", "cedar", None, None),
    ("xav", "team_lead", "cedar", "readers", None),
    ("xav", "teacher", "cedar", None, True),
    ("wes", "teacher", "cedar", None, True),
    ("wes", "team_member", "cedar", "readers", None),
)

COACHING: tuple[tuple[str, str, str, str, str], ...] = (
    ("lena_tom", "lena", "tom", "active", "owns"),
    ("lena_nina", "lena", "nina", "active", "owns"),
    ("lena_pia", "lena", "pia", "paused", "owns"),
    ("lena_olga", "lena", "olga", "ended", "owns"),
    ("luis_sam", "luis", "sam", "active", "contributes"),
    ("xav_wes", "xav", "wes", "active", "contributes"),
)

SCHOOLS = {"alder": "juniper", "birch": "juniper", "cedar": "kestrel"}
TEAMS = {"maths": "alder", "arts": "alder", "readers": "cedar"}
FRAMEWORKS = {"leap": "juniper", "invented": "juniper", "kestrel_leap": "kestrel"}
INVENTED = Path(__file__).parent / "frameworks" / "invented.json"


async def build(session: AsyncSession, password_hash: str) -> World:
    """Write the two districts. The session is the owner's or a superuser's: it spans districts."""
    world = World()
    homes: dict[str, UUID] = {}

    def add(name: str, row: Any) -> UUID:
        row.id = clock.new_id()
        session.add(row)
        world.ids[name] = row.id
        return UUID(str(row.id))

    for name in ("juniper", "kestrel"):
        homes[name] = add(name, m.District(name=f"{name.title()} District", zone="America/Denver"))
    await session.flush()

    async def within(district: str, work: Callable[[UUID], None]) -> None:
        await keys.enter(session, homes[district])
        work(homes[district])
        await session.flush()

    def schools(name: str) -> Callable[[UUID], None]:
        def work(did: UUID) -> None:
            for school, home in SCHOOLS.items():
                if home == name:
                    add(
                        school,
                        m.School(
                            district_id=did,
                            name=f"{school.title()} School",
                            zone="America/Denver",
                            source="oneroster",
                            external_id=f"{school}-ext",
                        ),
                    )
            add(f"{name}_policy", m.DistrictPolicy(district_id=did, values={}))
            for key, given, family, home in PEOPLE:
                if home == name:
                    add(
                        key,
                        m.Person(
                            district_id=did,
                            given_name=given,
                            family_name=family,
                            email=f"{key}@{home}.example",
                            source="oneroster",
                            external_id=f"{key}-ext",
                        ),
                    )

        return work

    def inside(name: str) -> Callable[[UUID], None]:
        def work(did: UUID) -> None:
            for school, home in SCHOOLS.items():
                if home == name:
                    add(
                        f"{school}_year",
                        m.SchoolYear(
                            district_id=did,
                            school_id=world.ids[school],
                            title="2026-2027",
                            first_day=date(2026, 8, 17),
                            last_day=date(2027, 6, 4),
                        ),
                    )
                    add(
                        f"{school}_past",
                        m.SchoolYear(
                            district_id=did,
                            school_id=world.ids[school],
                            title="2025-2026",
                            first_day=date(2025, 8, 18),
                            last_day=date(2026, 6, 5),
                        ),
                    )
            for team, school in TEAMS.items():
                if SCHOOLS[school] == name:
                    add(
                        team,
                        m.Team(
                            district_id=did,
                            school_id=world.ids[school],
                            name=f"{team.title()} team",
                        ),
                    )
            for key, _given, _family, home in PEOPLE:
                if home == name:
                    session.add(
                        m.Credential(
                            district_id=did,
                            id=world.ids[key],
                            password_hash=password_hash,
                        )
                    )
                    opened = m.AuthSession(
                        district_id=did,
                        person_id=world.ids[key],
                        device="test",
                        expires_at=NOW + timedelta(days=3650),
                    )
                    opened.id = clock.new_id()
                    session.add(opened)
                    world.sessions[key] = (world.ids[key], opened.id, did)

        return work

    def relations(name: str) -> Callable[[UUID], None]:
        def work(did: UUID) -> None:
            home_of = {key: home for key, _, _, home in PEOPLE}
            for number, (person, kind, school, team, tested) in enumerate(ROLES):
                if home_of[person] == name:
                    add(
                        f"role_{number}_{person}",
                        m.Role(
                            district_id=did,
                            person_id=world.ids[person],
                            kind=kind,
                            school_id=world.ids[school] if school else None,
                            team_id=world.ids[team] if team else None,
                            tested_subject=tested,
                            started_on=date(2026, 7, 1),
                        ),
                    )
            for key, lead, teacher, state, scope in COACHING:
                if home_of[lead] == name:
                    school = "cedar" if name == "kestrel" else "alder"
                    ended = state == "ended"
                    add(
                        key,
                        m.CoachingRelationship(
                            district_id=did,
                            school_id=world.ids[school],
                            school_year_id=world.ids[f"{school}_year"],
                            lead_id=world.ids[lead],
                            teacher_id=world.ids[teacher],
                            evaluator_scope=scope,
                            primary=True,
                            state=state,
                            ended_at=NOW - timedelta(days=10) if ended else None,
                            end_reason="changed teams" if ended else None,
                        ),
                    )
            for key, scopes, secret in (
                ("warehouse", ["goals:read", "webhooks:write"], CLIENT_SECRET),
                ("rosters", ["roster:write"], ROSTER_SECRET),
            ):
                client_id = add(
                    f"{name}_{key}",
                    m.IntegrationClient(
                        district_id=did,
                        name=key.title(),
                        scopes=scopes,
                        secret_hash=keys.digest(secret),
                    ),
                )
                world.sessions[f"{name}_{key}"] = (client_id, client_id, did)

        return work

    for name in ("juniper", "kestrel"):
        for step in (schools(name), inside(name), relations(name)):
            await within(name, step)
        await keys.enter(session, homes[name])
        for key, _given, _family, home in PEOPLE:
            if home == name:
                await keys.put(session, "email", f"{key}@{home}.example", world.ids[key])
        for key in ("warehouse", "rosters"):
            client = world.ids[f"{name}_{key}"]
            await keys.put(session, "client", str(client), client)
    for name, home in FRAMEWORKS.items():
        await keys.enter(session, homes[home])
        actor = Actor.operator(homes[home], "America/Denver")
        data = invented() if name == "invented" else frameworks.leap()
        framework = await frameworks.install(session, actor, data)
        await frameworks.publish(session, actor, framework.id, framework.version)
        world.ids[name] = framework.id
        inside_it = select(m.Indicator).where(m.Indicator.framework_id == framework.id)
        for indicator in await session.scalars(inside_it):
            world.ids[f"{name}_{indicator.code.replace('.', '').lower()}"] = indicator.id
    for home in ("juniper", "kestrel"):
        await keys.enter(session, homes[home])
        await templates.ship(session, Actor.operator(homes[home], "America/Denver"))
        await kinds.ship(session, Actor.operator(homes[home], "America/Denver"))
        shipped = await session.scalars(
            select(m.Template).where(m.Template.district_id == homes[home])
        )
        if home == "juniper":
            world.ids |= {template.key: template.id for template in shipped}
            named = await session.scalars(
                select(m.ObservationKind).where(m.ObservationKind.district_id == homes[home])
            )
            world.ids |= {f"kind_{kind.key}": kind.id for kind in named}
    return world


def invented() -> FrameworkNew:
    """A framework nobody uses, with another scale than LEAP's and a group that is never scored."""
    return FrameworkNew.model_validate_json(INVENTED.read_text("utf-8"))
