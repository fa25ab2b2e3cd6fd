"""Who asks: the caller and the relations that open records to them, loaded once a request."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

Ids = tuple[UUID, ...]
#: the kind, then whether there is any of each: see `Actor.shape`
Shape = tuple["ActorKind", *tuple[bool, ...]]


class ActorKind(StrEnum):
    """A person, a district's own system, or the operator at the command line."""

    PERSON = "person"
    CLIENT = "client"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller. Relations are ids: what a person is *of something*, never a global flag."""

    id: UUID
    district_id: UUID
    kind: ActorKind
    zone: str
    session_id: UUID | None = None
    request_id: str | None = None
    scopes: frozenset[str] = frozenset()
    is_administrator: bool = False
    #: schools this person leads; schools where they hold any role
    schools_led: Ids = ()
    schools: Ids = ()
    teams_led: Ids = ()
    teams: Ids = ()
    #: teachers of this lead, by the state of the relationship; `taught` is active and primary
    coached: Ids = ()
    coached_paused: Ids = ()
    coached_proposed: Ids = ()
    coached_formerly: Ids = ()
    #: the leads of this teacher in a relationship that is not over
    leads: Ids = field(default=())

    @staticmethod
    def of(data: dict[str, Any], session_id: UUID | None, request_id: str | None) -> "Actor":
        """From what `load_caller` answered."""

        def ids(name: str) -> Ids:
            return tuple(UUID(value) for value in data.get(name) or ())

        return Actor(
            id=UUID(data["id"]),
            district_id=UUID(data["district_id"]),
            kind=ActorKind(data["kind"]),
            zone=data["zone"],
            session_id=session_id,
            request_id=request_id,
            scopes=frozenset(data.get("scopes") or ()),
            is_administrator=bool(data.get("is_administrator")),
            schools_led=ids("schools_led"),
            schools=ids("schools"),
            teams_led=ids("teams_led"),
            teams=ids("teams"),
            coached=ids("coached"),
            coached_paused=ids("coached_paused"),
            coached_proposed=ids("coached_proposed"),
            coached_formerly=ids("coached_formerly"),
            leads=ids("leads"),
        )

    @property
    def shape(self) -> "Shape":
        """Which kinds of relation this caller has at all: statements are built once per shape."""
        return (
            self.kind,
            self.is_administrator,
            bool(self.schools_led),
            bool(self.schools),
            bool(self.teams_led),
            bool(self.teams),
            bool(self.coached),
            bool(self.coached_paused),
            bool(self.coached_proposed),
            bool(self.coached_formerly),
            bool(self.leads),
            "goals:read" in self.scopes,
            "roster:write" in self.scopes,
            "webhooks:write" in self.scopes,
        )

    @property
    def binds(self) -> dict[str, Any]:
        """The values of the parameters that every statement of `relations.py` names."""
        return {
            "actor_id": self.id,
            "actor_district": self.district_id,
            "actor_schools_led": list(self.schools_led),
            "actor_schools": list(self.schools),
            "actor_teams_led": list(self.teams_led),
            "actor_teams": list(self.teams),
            "actor_coached": list(self.coached),
            "actor_coached_paused": list(self.coached_paused),
            "actor_coached_proposed": list(self.coached_proposed),
            "actor_coached_formerly": list(self.coached_formerly),
            "actor_leads": list(self.leads),
        }

    @staticmethod
    def operator(district_id: UUID, zone: str) -> "Actor":
        """Whoever runs the program on its server: acts as a district administrator, and the audit
        says `operator`."""
        return Actor(
            id=UUID(int=0),
            district_id=district_id,
            kind=ActorKind.OPERATOR,
            zone=zone,
            is_administrator=True,
        )
