"""Support in confidence: help among the named, and not a byte of difference for anybody else."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core import clock
from tests.contract.checking import contract
from tests.goals.test_goals import at
from tests.meetings.test_meetings import begin, ok, refused
from tests.world import Ticking

pytestmark = pytest.mark.anyio
TEXT = "Our 1:1s end in silence."


async def ask(as_: Any, world: Any, *named: str, **fields: Any) -> dict[str, Any]:
    """Lena asks for help with Tom."""
    body = {
        "about_id": str(world.tom),
        "recipient_ids": [str(world.ids[name]) for name in named or ("mia", "paul")],
        "text": TEXT,
        **fields,
    }
    made: dict[str, Any] = await ok(as_("lena").post("/support-requests", json=body), 201)
    return made


async def step(client: Any, row: dict[str, Any], verb: str, **body: Any) -> Any:
    """A step of a request at its present version."""
    path = f"/support-requests/{row['id']}"
    now = await ok(client.get(path))
    return await client.post(f"{path}/{verb}", json=body or None, headers=at(now))


async def test_named_people_help_and_the_raiser_decides_who_reads(as_, world):
    made = await ask(as_, world)
    assert made["recipient_ids"] == [str(world.mia), str(world.paul)]
    path = f"/support-requests/{made['id']}"
    for stranger in ("tom", "ada", "luis", "ivy", "nina", "bea", "zoe"):
        await refused(as_(stranger).get(path), 404, "not_found")
        assert (await ok(as_(stranger).get("/support-requests")))["items"] == []
    await ok(step(as_("mia"), made, "acknowledge"))
    await ok(step(as_("mia"), made, "start"))
    said = {"kind": "solution", "text": "Let Tom lead the first ten minutes."}
    await ok(as_("mia").post(f"{path}/entries", json=said), 201)
    shared = await ok(step(as_("lena"), made, "share", person_id=str(world.luis)))
    assert shared["recipient_ids"][-1] == str(world.luis)
    again = await ok(step(as_("lena"), made, "share", person_id=str(world.luis)))
    assert again["version"] == shared["version"]
    read = (await ok(as_("luis").get(f"{path}/entries")))["items"]
    assert [row["text"] for row in read] == [said["text"]]
    done = await ok(step(as_("luis"), made, "resolve"))
    assert done["closed_at"]
    await refused(as_("mia").post(f"{path}/entries", json=said), 409, "wrong_state")
    back = await ok(step(as_("lena"), made, "reopen"))
    assert (back["state"], back["closed_at"]) == ("in_progress", None)
    assert (await ok(step(as_("lena"), made, "withdraw")))["state"] == "withdrawn"


@pytest.mark.parametrize("wrong", ["tom", "lena", "sam", "bea", "ada", "zoe"])
async def test_only_those_who_can_help_at_the_school_are_named(as_, world, wrong):
    """Not the teacher concerned, oneself, a peer who leads nobody, or somebody elsewhere."""
    body = {"about_id": str(world.tom), "recipient_ids": [str(world.ids[wrong])], "text": TEXT}
    said = await refused(as_("lena").post("/support-requests", json=body), 409, "not_a_recipient")
    assert said["field"] == "recipient_ids"
    made = await ask(as_, world, "luis")
    sharing = step(as_("lena"), made, "share", person_id=str(world.ids[wrong]))
    await refused(sharing, 409, "not_a_recipient")


async def test_a_concern_is_about_ones_own_coaching(as_, world):
    for who, about in (("lena", "sam"), ("paul", "tom"), ("tom", "nina"), ("lena", "olga")):
        body = {
            "about_id": str(world.ids[about]),
            "recipient_ids": [str(world.mia)],
            "text": TEXT,
        }
        answer = as_(who).post("/support-requests", json=body)
        await refused(answer, 409, "unknown_reference")


async def test_a_next_step_has_owner_and_day_and_is_done_once(as_, world):
    made = await ask(as_, world)
    path = f"/support-requests/{made['id']}/entries"
    mia = as_("mia")
    for wrong in (
        {"kind": "next_step", "text": "Sit in."},
        {"kind": "message", "text": "Sit in.", "owner_id": str(world.mia)},
    ):
        await refused(mia.post(path, json=wrong), 409, "owner_and_day")
    due = {"kind": "next_step", "text": "Sit in.", "due_on": "2026-10-15"}
    stranger = due | {"owner_id": str(world.tom)}
    await refused(mia.post(path, json=stranger), 409, "not_a_recipient")
    entry = await ok(mia.post(path, json=due | {"owner_id": str(world.lena)}), 201)
    target = f"/support-entries/{entry['id']}/finish"
    done = await ok(as_("lena").post(target, headers=at(entry)))
    assert done["done_at"]
    await refused(mia.post(target, headers=at(done)), 409, "nothing_to_do")
    word = await ok(mia.post(path, json={"text": "How was it?"}), 201)
    finish = mia.post(f"/support-entries/{word['id']}/finish", headers=at(word))
    await refused(finish, 409, "nothing_to_do")


async def test_a_leader_who_is_named_is_asked_to_step_in(as_, world):
    made = await ask(as_, world, "mia")
    path = f"/support-requests/{made['id']}/interventions"
    body = {"leader_id": str(world.paul), "text": "Talk to both of us."}
    await refused(as_("lena").post(path, json=body), 409, "not_a_school_leader")
    no_leader = body | {"leader_id": str(world.mia)}
    await refused(as_("lena").post(path, json=no_leader), 409, "not_a_school_leader")
    await ok(step(as_("lena"), made, "share", person_id=str(world.paul)))
    asked = await ok(as_("lena").post(path, json=body), 201)
    target = f"/interventions/{asked['id']}"
    early = as_("paul").post(f"{target}/finish", headers=at(asked))
    said = await refused(early, 409, "wrong_state")
    assert said["allowed"] == ["accept", "decline"]
    declined = {"reason": "Next week."}
    answer = as_("paul").post(f"{target}/decline", json=declined, headers=at(asked))
    assert (await ok(answer))["reason"] == "Next week."


async def answer(as_: Any, asked: dict[str, Any], verb: str) -> Any:
    """A step of Paul's at the intervention's present version."""
    path = f"/interventions/{asked['id']}"
    now = await ok(as_("paul").get(path))
    body = {"reason": "Next week."} if verb == "decline" else None
    return await as_("paul").post(f"{path}/{verb}", json=body, headers=at(now))


async def test_a_leader_is_asked_once_until_they_have_answered(as_, world):
    made = await ask(as_, world)
    path = f"/support-requests/{made['id']}/interventions"
    body = {"leader_id": str(world.paul), "text": "Talk to both of us."}
    for verbs in (("accept", "start", "finish"), ("decline",)):
        asked = await ok(as_("lena").post(path, json=body), 201)
        for verb in verbs:
            await refused(as_("lena").post(path, json=body), 409, "already_asked")
            await ok(answer(as_, asked, verb))
    await ok(as_("lena").post(path, json=body), 201)


@pytest.mark.parametrize("over", ["resolve", "withdraw"])
async def test_nobody_steps_in_once_the_request_is_over(as_, world, over):
    made = await ask(as_, world)
    path = f"/support-requests/{made['id']}/interventions"
    body = {"leader_id": str(world.paul), "text": "Talk to both of us."}
    asked = await ok(as_("lena").post(path, json=body), 201)
    offered = f"/interventions/{asked['id']}"
    assert "accept" in (await ok(as_("paul").get(offered)))["permissions"]
    await ok(step(as_("mia"), made, "acknowledge"))
    await ok(step(as_("mia"), made, "start"))
    await ok(step(as_("lena"), made, over))
    await refused(answer(as_, asked, "accept"), 409, "support_request_over")
    assert "accept" not in (await ok(as_("paul").get(offered)))["permissions"]
    if over == "withdraw":
        assert (await ok(answer(as_, asked, "decline")))["state"] == "declined"
        return
    await ok(step(as_("lena"), made, "reopen"))
    await ok(answer(as_, asked, "accept"))
    await ok(step(as_("mia"), made, "resolve"))
    await refused(answer(as_, asked, "start"), 409, "support_request_over")
    await ok(step(as_("lena"), made, "reopen"))
    await ok(answer(as_, asked, "start"))
    await ok(step(as_("mia"), made, "resolve"))
    assert (await ok(answer(as_, asked, "finish")))["state"] == "done", "what was begun ends"


async def test_a_request_has_a_history_for_those_who_read_it(as_, world):
    made = await ask(as_, world)
    other = await ask(as_, world, "luis")
    path = f"/support-requests/{made['id']}"
    await ok(step(as_("mia"), made, "acknowledge"))
    entry = await ok(as_("mia").post(f"{path}/entries", json={"text": "How was it?"}), 201)
    body = {"leader_id": str(world.paul), "text": TEXT}
    asked = await ok(as_("lena").post(f"{path}/interventions", json=body), 201)
    await ok(answer(as_, asked, "decline"))
    expected = [
        ("support_request.raised", "lena", "support_request", made["id"], []),
        ("support_request.acknowledged", "mia", "support_request", made["id"], ["state"]),
        ("support_entry.written", "mia", "support_entry", entry["id"], []),
        ("intervention.requested", "lena", "intervention", asked["id"], []),
        ("intervention.declined", "paul", "intervention", asked["id"], ["reason", "state"]),
    ]
    for who in ("lena", "mia", "paul"):
        found = await ok(as_(who).get(f"{path}/history"))
        assert [
            (e["action"], e["actor_id"], e["subject_type"], e["subject_id"], e["changed"])
            for e in found["items"]
        ] == [(a, str(world.ids[who_]), kind, id_, names) for a, who_, kind, id_, names in expected]
        assert TEXT not in str(found)
    first = await ok(as_("mia").get(f"{path}/history?limit=2"))
    rest = await ok(as_("mia").get(f"{path}/history?limit=200&cursor={first['next']}"))
    assert len(first["items"]) + len(rest["items"]) == len(expected)
    for stranger in ("tom", "luis", "ada", "bea"):
        await refused(as_(stranger).get(f"{path}/history"), 404, "not_found")
    await refused(as_("paul").get(f"/support-requests/{other['id']}/history"), 404, "not_found")
    # The audit of each stays their own.
    seen = (await ok(as_("paul").get("/audit?limit=200")))["items"]
    assert {e["action"] for e in seen if e["record_class"] == "support"} == {
        "intervention.declined"
    }


async def test_an_update_is_the_teachers_to_read_only_when_the_lead_says_so(as_, world):
    told = {"about_id": str(world.tom), "leader_id": str(world.paul), "text": "It goes well."}
    lena = as_("lena")
    wrong = told | {"leader_id": str(world.bea)}
    await refused(lena.post("/leader-updates", json=wrong), 409, "not_a_school_leader")
    other = told | {"about_id": str(world.sam)}
    await refused(lena.post("/leader-updates", json=other), 409, "unknown_reference")
    shut = await ok(lena.post("/leader-updates", json=told), 201)
    opened = await ok(lena.post("/leader-updates", json=told | {"teacher_may_read": True}), 201)

    async def reads(who: str) -> set[str]:
        query = f"/leader-updates?about_id={world.tom}"
        return {row["id"] for row in (await ok(as_(who).get(query)))["items"]}

    assert await reads("paul") == {shut["id"], opened["id"]}
    assert await reads("tom") == {opened["id"]}
    assert await reads("ada") == set()


# --- two worlds -------------------------------------------------------------------------------

#: the teacher concerned, a peer and an ILT member who are not named, leaders, an administrator,
#: somebody of another district, and integrations
OTHERS = ("tom", "nina", "luis", "ivy", "bea", "ada", "zoe", "juniper_warehouse", "juniper_rosters")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged while the test runs."""
    before = structlog.get_config()
    out = io.StringIO()
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(out))
    yield out
    structlog.configure(**before)


def _masked(text: str) -> str:
    text = re.sub(r'"(request_id|timestamp)": ?"[^"]*"', "", text)
    return re.sub(r'"milliseconds": ?[0-9.]+', "", text)


async def _everything_others_see(
    as_: Any,
    app: Any,
    known: dict[str, str],
    written: io.StringIO,
    others: tuple[str, ...],
    limit: int,
) -> list[str]:
    """Each GET of the contract by each of them, status, headers and bytes, and what is logged."""
    written.seek(0)
    written.truncate()
    seen = []
    ticking = Ticking(seed=99)
    ticking.move(days=1)
    paths = contract(app).document["paths"]
    with clock.stopped(ticking.now, ticking.bits):
        for who in others:
            client = as_(who, **{"X-Request-ID": "the-same"})
            for path, item in paths.items():
                if "get" not in item:
                    continue
                names = {p.get("name") for p in item["get"].get("parameters", [])}
                address = path.removeprefix("/api/v1")
                for name, value in known.items():
                    address = address.replace(f"{{{name}}}", value)
                if path.endswith("/changes"):
                    continue  # below, from where the client stands
                query = f"?limit={limit}" if "limit" in names else ""
                while True:
                    answer = await client.get(address + query)
                    # what is left of the caller's own minute runs down in both worlds
                    headers = sorted(
                        pair for pair in answer.headers.items() if pair[0] != "ratelimit"
                    )
                    seen.append(
                        f"{who} {address} {answer.status_code} {headers} {_masked(answer.text)}"
                    )
                    following = answer.json().get("next") if answer.status_code == 200 else None
                    if following is None:
                        break
                    query = f"?limit={limit}&cursor={following}"
    return [*seen, _masked(written.getvalue())]


@pytest.mark.parametrize(
    ("others", "limit"),
    [
        (("tom", "ada", "juniper_warehouse"), 20),
        pytest.param(OTHERS, 1, marks=pytest.mark.large),
    ],
    ids=["some", "all"],
)
async def test_with_and_without_a_request_nobody_else_sees_any_difference(
    as_, app, world, written, others, limit
):
    series = await begin(as_, world)
    goal = {
        "level": "individual",
        "kind": "growth",
        "title": "Check often",
        "school_year_id": str(world.alder_year),
    }
    goal_id = (await ok(as_("tom").post("/goals", json=goal), 201))["id"]
    meeting = (await ok(as_("tom").get("/meetings?limit=1")))["items"][0]
    known = {
        "goal_id": goal_id,
        "series_id": series["id"],
        "meeting_id": meeting["id"],
        "school_id": str(world.alder),
        "school_year_id": str(world.alder_year),
        "team_id": str(world.maths),
        "person_id": str(world.tom),
        "relationship_id": str(world.lena_tom),
        "framework_id": str(world.leap),
        "indicator_id": str(world.leap_i5),
        "client_id": str(world.juniper_warehouse),
    }
    # What is hidden must look like what is not there, so the world without asks for that.
    missing = "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9eff"
    made_later = ("request_id", "entry_id", "intervention_id", "update_id")
    known |= dict.fromkeys(made_later, missing)
    without = await _everything_others_see(as_, app, known, written, others, limit)
    head = await ok(as_("juniper_warehouse").get("/changes/head"))

    made = await ask(as_, world, "mia", "paul")
    path = f"/support-requests/{made['id']}"
    known["request_id"] = made["id"]
    entry = await ok(as_("mia").post(f"{path}/entries", json={"text": TEXT}), 201)
    known["entry_id"] = entry["id"]
    body = {"leader_id": str(world.paul), "text": TEXT}
    asked = await ok(as_("lena").post(f"{path}/interventions", json=body), 201)
    known["intervention_id"] = asked["id"]
    told = {"about_id": str(world.tom), "leader_id": str(world.paul), "text": TEXT}
    update = await ok(as_("lena").post("/leader-updates", json=told), 201)
    known["update_id"] = update["id"]
    for who, verb in (("mia", "acknowledge"), ("paul", "start"), ("lena", "resolve")):
        await ok(step(as_(who), made, verb))

    log_of_it = _masked(written.getvalue())
    with_it = await _everything_others_see(as_, app, known, written, others, limit)
    assert len(with_it) == len(without) > 150

    def neutral(text: str) -> str:
        for name in made_later:
            text = text.replace(known[name], missing)
        return text

    pairs = zip(without, with_it, strict=True)
    assert [pair for pair in pairs if pair[0] != neutral(pair[1])] == []
    # The feed stands where it stood, and the log of the request names nobody and no route.
    changes = await ok(as_("juniper_warehouse").get(f"/changes?since={head['position']}"))
    assert changes["items"] == []
    assert "support" not in log_of_it
    assert TEXT not in log_of_it
    support = [line for line in log_of_it.splitlines() if '"confidential"' in line]
    assert len(support) > 5
    assert all('"caller": null' in line for line in support)


async def test_no_statement_of_others_names_a_support_table(
    as_, app, world, connection: AsyncConnection
):
    """Leaving out the routes that are about support: who asks there names it themselves."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    paths = contract(app).document["paths"]
    event.listen(connection.sync_connection, "before_cursor_execute", note)
    for who in ("tom", "luis", "ada", "juniper_warehouse", "paul", "lena"):
        client = as_(who)
        for path, item in paths.items():
            if "get" in item and item["get"]["tags"] != ["Support"] and "{" not in path:
                await client.get(path.removeprefix("/api/v1"))
    event.remove(connection.sync_connection, "before_cursor_execute", note)
    assert len(seen) > 100
    tables = ("support_", "intervention", "leader_update")
    assert [row for row in seen if any(table in row for table in tables)] == []
