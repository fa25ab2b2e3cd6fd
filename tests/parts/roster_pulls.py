"""Roster connections and pulls: a service of Juniper's, one that is paused, and what was pulled."""

from dataclasses import asdict
from typing import Any

from app import models as m
from app.integrations.oneroster_rest.paging import Position
from app.integrations.pulls.service import beginning
from tests.access.table import LISTS, PEOPLE, READERS, anywhere, reads, step

_SERVICE = {
    "base_url": "https://sis.juniper.example",
    "token_url": "https://sis.juniper.example/oauth/token",
    "client_id": "alongside",
}
_NEW = {"source": "roster-sis", **_SERVICE, "client_secret": "the words that SIS gave us"}
#: name → (state, the pull of it)
CONNECTIONS = {
    "roster_active": ("active", "roster_pull_reported"),
    "roster_paused": ("paused", "roster_pull_failed"),
    "roster_busy": ("active", "roster_pull_waiting"),
}
for _name, (_, _pull) in CONNECTIONS.items():
    READERS.update({_name: "ada", _pull: "ada"})


def _connection(home: Any, source: str, **more: Any) -> Any:
    return m.RosterConnection(
        **home,
        **_SERVICE,
        source=source,
        sealed_secret="sealed",
        scopes=["roster"],
        staff_only=True,
        full_every_days=7,
        **more,
    )


def _pull(home: Any, connection: Any, state: str, **more: Any) -> Any:
    return m.RosterPull(
        **home,
        connection_id=connection.id,
        source=connection.source,
        base_url=connection.base_url,
        mode="bulk",
        state=state,
        progress=beginning(),
        position={"at": 0, **asdict(Position())},
        **more,
    )


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    home = {"district_id": objects.world.juniper}
    for name, (state, pull) in CONNECTIONS.items():
        row = await add(name, _connection(home, name, state=state))
        ended = pull.rpartition("_")[2]
        problem = {"problem": "failing", "problem_status": 503} if ended == "failed" else {}
        await add(pull, _pull(home, row, ended, **problem))


_PULLS = tuple(pull for _, pull in CONNECTIONS.values())
reads("getRosterConnection", " ".join(CONNECTIONS))
reads("getRosterPull", " ".join(_PULLS))
LISTS["listRosterConnections"] = tuple(CONNECTIONS)
LISTS["listRosterPulls"] = _PULLS
for _operation in ("listRosterConnections", "listRosterPulls"):
    anywhere(_operation, PEOPLE, query="limit=200")
anywhere("createRosterConnection", "ada zoe", body=_NEW, status=201)
for _name, (_state, _) in CONNECTIONS.items():
    _is = _state == "active"
    _may: dict[bool, tuple[str, str]] = {True: ("ada", ""), False: ("", "ada")}
    step("updateRosterConnection", _name, "ada", body={"staff_only": False}, permission="edit")
    step("pauseRosterConnection", _name, *_may[_is], permission="pause")
    step("resumeRosterConnection", _name, *_may[not _is], permission="resume")
    step("deleteRosterConnection", _name, "ada", status=204, permission="delete")
    if _name != "roster_busy":
        step("pullRosterConnection", _name, *_may[_is], status=201, permission="pull")
#: offered by the policy; that a pull is under way is told when it is tried
step("pullRosterConnection", "roster_busy", "", "ada")


async def chapter(j: Any, w: Any) -> None:
    """Ada connects the district's own system and has it pulled."""
    new = {
        "source": "sis",
        **_SERVICE,
        "client_secret": "the words that SIS gave us",
        "scopes": ["https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"],
    }
    made = await j.do(
        "createRosterConnection",
        "ada",
        body=new,
        forbidden="paul",
        conflict={"base_url": "https://10.0.0.1"},
    )
    at = {"connection_id": made["id"]}
    await j.do("listRosterConnections", "ada", query={"limit": 2})
    await j.do("getRosterConnection", "ada", path=at)
    made = await j.do(
        "updateRosterConnection",
        "ada",
        path=at,
        version=made["version"],
        body={"full_every_days": 14},
        conflict={"token_url": "https://10.0.0.1"},
    )
    made = await j.do("pauseRosterConnection", "ada", path=at, version=made["version"])
    made = await j.do("resumeRosterConnection", "ada", path=at, version=made["version"])
    pull = await j.do("pullRosterConnection", "ada", path=at, query={"full": True})
    await j.do("listRosterPulls", "ada", query={"limit": 2, "connection_id": made["id"]})
    await j.do("getRosterPull", "ada", path={"pull_id": pull["id"]})
    await j.do("deleteRosterConnection", "ada", path=at, version=made["version"])


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more of each."""
    connection = _connection(home, name)
    session.add(connection)
    await session.flush()
    session.add(_pull(home, connection, "reported"))
    await session.flush()


FIRSTS = (
    ("ada", "connection_id", "/roster-connections"),
    ("ada", "pull_id", "/roster-pulls"),
)
