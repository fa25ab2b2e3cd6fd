"""Rankings: each apart, all revealed together, and until then no trace of anybody's."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.core.housekeeping import forget
from app.worker import CHORES
from tests.conftest import Live
from tests.contract.checking import contract
from tests.goals.test_goals import agreed, at
from tests.learning_cycles.setting import begun, named, of_team, rank, rankings, step, team_goal
from tests.meetings.test_meetings import ok, refused
from tests.relationships.test_relationships import PATH
from tests.relationships.test_relationships import act as act_on

pytestmark = pytest.mark.anyio


async def weighed(as_: Any, app: Any, world: Any) -> tuple[str, str, str]:
    """A cycle of Tom's with two candidates, one named by each."""
    cycle = await begun(app, world)
    first = await named(as_, cycle, await agreed(as_, world))
    second = await named(as_, cycle, await agreed(as_, world, title="Wait longer"), "lena")
    return cycle, first, second


async def shared(as_: Any, app: Any, world: Any, *members: str) -> tuple[str, str, str]:
    """The same of the maths team."""
    cycle = await of_team(app, world, *members)
    first = await named(as_, cycle, await team_goal(as_, world))
    second = await named(as_, cycle, await team_goal(as_, world, "Answers"), "lena")
    return cycle, first, second


async def revealed(as_: Any, cycle: str, who: str = "lena") -> bool:
    """Whether the cycle says so."""
    return (await ok(as_(who).get(f"{cycle}/choice")))["revealed_at"] is not None


_OF_CYCLE = ("rankings", "candidates", "choice", "data-points", "success-indicators", "cycles")


async def everything(as_: Any, app: Any, who: str, cycle: str, *tries: Any) -> dict[Any, Any]:
    """What somebody can find out: every address that lists or needs the cycle's id alone (of who is
    neither teacher nor lead those of cycles, and the audit), and how each of `tries` is refused."""
    seen: dict[Any, Any] = {}
    client = as_(who, **{"X-Request-ID": "the-same"})
    known = {"cycle_id": cycle.rpartition("/")[2]}
    for path, item in contract(app).document["paths"].items():
        names = {part.partition("}")[0] for part in path.split("{")[1:]}
        if "get" not in item or not names <= known.keys() or path.endswith("/me/archive"):
            continue
        if who not in ("tom", "lena") and not path.endswith(("/audit", *_OF_CYCLE)):
            continue
        answer = await client.get(path.removeprefix("/api/v1").format(**known))
        seen[who, path] = (answer.status_code, answer.headers.get("etag"), answer.text)
    for number, (method, path, options) in enumerate(tries):
        answer = await client.request(method, f"{cycle}/{path}", **options)
        seen[who, path, number] = (answer.status_code, answer.text)
    return seen


def differ(before: dict[Any, Any], after: dict[Any, Any]) -> list[Any]:
    """What somebody could tell the two apart by."""
    assert before.keys() == after.keys()
    return [(key, seen, after[key]) for key, seen in before.items() if seen != after[key]]


def _tries(candidate: str) -> list[Any]:
    """What is refused as long as nothing is revealed, whoever asks."""
    stale = {"If-Match": '"0"'}
    now = {"If-Match": '"3"'}
    return [
        ("PUT", "ranking", {"json": {"candidate_ids": [candidate]}, "headers": stale}),
        ("PUT", "ranking", {"json": {"candidate_ids": [candidate]}, "headers": now}),
        ("POST", "waive-ranking", {"json": {"reason": "Away."}, "headers": now}),
        (
            "POST",
            "choose-goal",
            {"json": {"candidate_id": candidate, "reason": "Mine."}, "headers": now},
        ),
        ("POST", "candidates", {"json": {"goal_id": candidate}}),
    ]


@pytest.mark.parametrize(("who", "other"), [("tom", "lena"), ("lena", "tom")])
async def test_until_both_ranked_nothing_tells_whether_the_other_did(as_, app, world, who, other):
    cycle, first, second = await weighed(as_, app, world)
    watchers = (who, "paul", "ada")

    async def look() -> dict[Any, Any]:
        found = {}
        for one in watchers:
            found |= await everything(as_, app, one, cycle, *_tries(first))
        return found

    before = await look()
    own = await ok(rank(as_, cycle, other, second, first, words="It is nearer."))
    assert (own["revealed_at"], own["complete"], own["reveal_on"]) == (None, True, "2026-10-12")
    await ok(rank(as_, cycle, other, first, second))
    await ok(rank(as_, cycle, other, second, first, words="It is nearer."))
    assert differ(before, await look()) == []
    for one in watchers:
        await ok(as_(one).get(f"/cycle-rankings/{own['id']}"), 404)
    assert list(await rankings(as_, cycle, other)) == [str(getattr(world, other))]
    events = (await ok(as_(other).get("/audit?limit=50")))["items"]
    assert [e["record_class"] for e in events if e["subject_type"] == "cycle_ranking"] == [
        "private"
    ] * 3
    # with the second ranking both see both, and neither changes any more
    mine = await ok(rank(as_, cycle, who, first, second))
    assert mine["revealed_at"] is not None
    for reader in (who, other):
        found = await rankings(as_, cycle, reader)
        assert len(found) == 2
        assert found[str(getattr(world, other))]["candidate_ids"] == [second, first]
        assert found[str(getattr(world, other))]["words"] == "It is nearer."
        await refused(rank(as_, cycle, reader, second, first), 409, "rankings_revealed")
    assert "rank" not in (await ok(as_(who).get(f"{cycle}/choice")))["permissions"]
    for stranger in ("paul", "ada", "nina", "luis"):
        await ok(as_(stranger).get(f"{cycle}/rankings"), 404)
        await ok(as_(stranger).get(f"/cycle-rankings/{own['id']}"), 404)


async def test_a_ranking_names_every_candidate_once_at_its_own_version(as_, app, world):
    cycle = await begun(app, world)
    goal = await agreed(as_, world)
    await refused(rank(as_, cycle, "tom", str(world.tom)), 409, "ranking_not_whole")
    first = await named(as_, cycle, goal)
    second = await named(as_, cycle, await agreed(as_, world, title="Wait longer"))
    for wrong in (
        (first,),
        (first, first),
        (first, second, str(world.tom)),
        (first, str(world.tom)),
    ):
        await refused(rank(as_, cycle, "tom", *wrong), 409, "ranking_not_whole")
    await ok(rank(as_, cycle, "tom", first, second))
    body = {"candidate_ids": [second, first]}
    for stale in ("0", "2"):
        sent = as_("tom").put(f"{cycle}/ranking", json=body, headers={"If-Match": f'"{stale}"'})
        await refused(sent, 412, "version_mismatch")
    for stranger, status in (("paul", 404), ("nina", 404), ("luis", 404)):
        sent = as_(stranger).put(f"{cycle}/ranking", json=body, headers={"If-Match": '"0"'})
        await ok(sent, status)


async def test_who_ranked_before_a_candidate_came_ranks_again_and_nobody_else_knows(
    as_, app, world
):
    cycle, first, second = await weighed(as_, app, world)
    await ok(rank(as_, cycle, "lena", first, second))
    third = await named(as_, cycle, await agreed(as_, world, title="Ask, then wait"))
    mine = (await rankings(as_, cycle, "lena"))[str(world.lena)]
    assert (mine["complete"], mine["candidate_ids"]) == (False, [first, second])
    # Lena's names two of three, so Tom's is not enough, and he learns nothing by it
    done = await ok(rank(as_, cycle, "tom", third, second, first))
    assert done["revealed_at"] is None
    assert list(await rankings(as_, cycle, "tom")) == [str(world.tom)]
    # once the third is gone, Lena's is whole, and it is gone from Tom's
    one = f"/cycle-candidates/{third}"
    await ok(as_("tom").delete(one, headers={"If-Match": '"1"'}), 204)
    found = await rankings(as_, cycle, "tom")
    assert {row["author_id"]: row["candidate_ids"] for row in found.values()} == {
        str(world.tom): [second, first],
        str(world.lena): [first, second],
    }
    await refused(
        as_("tom").delete(f"/cycle-candidates/{first}", headers={"If-Match": '"1"'}),
        409,
        "rankings_revealed",
    )


async def test_after_some_days_what_there_is_is_revealed_by_the_schools_day(
    as_, app, world, ticking
):
    cycle, first, second = await weighed(as_, app, world)
    await ok(rank(as_, cycle, "tom", first, second))
    database = app.state.database
    ticking.move_to("2026-10-12T05:30:00+00:00")  # half past eleven at night in Denver
    await forget(database, CHORES)
    assert not await revealed(as_, cycle)
    # a candidate that came since makes the one ranking incomplete: it is not shown so
    third = await named(as_, cycle, await agreed(as_, world, title="Ask, then wait"), "lena")
    ticking.move(hours=1)
    await forget(database, CHORES)
    assert not await revealed(as_, cycle)
    # and its days begin anew when it is whole again
    again = await ok(rank(as_, cycle, "tom", third, first, second))
    assert again["reveal_on"] == "2026-10-19"
    ticking.move(days=7)
    await forget(database, CHORES)
    assert await revealed(as_, cycle)
    assert list(await rankings(as_, cycle, "lena")) == [str(world.tom)]
    await refused(rank(as_, cycle, "lena", first, second, third), 409, "rankings_revealed")
    version = (await ok(as_("tom").get(f"{cycle}/choice")))["version"]
    await forget(database, CHORES)
    assert (await ok(as_("tom").get(f"{cycle}/choice")))["version"] == version


async def test_what_is_paused_is_not_revealed_and_waits(as_, app, world, ticking):
    cycle, first, second = await weighed(as_, app, world)
    await ok(rank(as_, cycle, "lena", first, second))
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    link = await ok(act_on(as_("paul"), link, "pause", json={"reason": "Leave."}))
    ticking.move(days=8)
    await forget(app.state.database, CHORES)
    assert await rankings(as_, cycle, "tom") == {}
    assert len(await rankings(as_, cycle, "lena")) == 1
    for who in ("tom", "lena"):
        body = {"candidate_ids": [first, second]}
        sent = as_(who).put(f"{cycle}/ranking", json=body, headers={"If-Match": '"1"'})
        await ok(sent, 403)
    await ok(act_on(as_("paul"), link, "resume"))
    await forget(app.state.database, CHORES)
    assert len(await rankings(as_, cycle, "tom")) == 1


async def test_the_lead_waives_the_missing_ranking_after_their_own(as_, app, world):
    cycle, first, second = await weighed(as_, app, world)
    why = {"reason": "Tom is away and asked me to go on."}
    await ok(step(as_, cycle, "tom", "waive-ranking", **why), 403)
    await refused(step(as_, cycle, "lena", "waive-ranking", **why), 409, "own_ranking_missing")
    await ok(rank(as_, cycle, "lena", first, second))
    chosen = await ok(step(as_, cycle, "lena", "waive-ranking", **why))
    assert chosen["ranking_waived_reason"] == why["reason"]
    assert list(await rankings(as_, cycle, "tom")) == [str(world.lena)]
    await refused(step(as_, cycle, "lena", "waive-ranking", **why), 409, "rankings_revealed")


async def test_a_team_is_revealed_with_its_lead_and_half_of_who_takes_part(
    as_, app, world, connection
):
    cycle, first, second = await shared(as_, app, world, "tom", "nina")
    # Sam takes part as well; Paul and who has no part rank nothing
    await connection.execute(
        text(
            "insert into cycle_member (district_id, id, cycle_id, school_id, team_id, person_id,"
            " version, created_at, updated_at) select district_id, gen_random_uuid(), cycle_id,"
            " school_id, team_id, :sam, 1, now(), now() from cycle_member limit 1"
        ),
        {"sam": world.sam},
    )
    await ok(rank(as_, cycle, "paul", first, second), 403)
    watchers = ("lena", "nina", "paul")

    async def look() -> dict[Any, Any]:
        found = {}
        for one in watchers:
            found |= await everything(as_, app, one, cycle, *_tries(first))
        return found

    before = await look()
    await ok(rank(as_, cycle, "tom", first, second))
    assert differ(before, await look()) == []
    await ok(rank(as_, cycle, "nina", first, second))
    # two of three, but not the lead
    assert await rankings(as_, cycle, "lena") == {}
    assert len(await rankings(as_, cycle, "tom")) == 1
    await ok(rank(as_, cycle, "lena", second, first))
    for reader in ("tom", "nina", "lena"):
        assert len(await rankings(as_, cycle, reader)) == 3
    # the school's leader reads the cycle, and not who wanted what
    assert await rankings(as_, cycle, "paul") == {}


async def test_who_left_the_teams_cycle_does_not_count_and_not_rank(as_, app, world, connection):
    cycle, first, second = await shared(as_, app, world, "tom", "nina")
    await ok(rank(as_, cycle, "tom", first, second))
    await connection.execute(
        text("update cycle_member set left_on = '2026-10-05' where person_id = :tom"),
        {"tom": world.tom},
    )
    await ok(rank(as_, cycle, "tom", second, first), 403)
    await ok(rank(as_, cycle, "lena", first, second))
    assert not await revealed(as_, cycle)
    await ok(rank(as_, cycle, "nina", first, second))
    assert await revealed(as_, cycle)


async def test_two_who_rank_at_the_same_moment_are_revealed_once_and_nothing_is_lost(
    live: Live,
) -> None:
    cycle, first, second = await weighed(live.as_, live.app, live.world)
    answers = await asyncio.gather(
        rank(live.as_, cycle, "tom", first, second, words="Tom's"),
        rank(live.as_, cycle, "lena", second, first, words="Lena's"),
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    assert sum(answer.json()["revealed_at"] is not None for answer in answers) == 1
    for who in ("tom", "lena"):
        found = await rankings(live.as_, cycle, who)
        assert {row["words"] for row in found.values()} == {"Tom's", "Lena's"}
        assert len({row["revealed_at"] for row in found.values()}) == 1
    events = (await ok(live.as_("tom").get("/audit?limit=50")))["items"]
    told = [one for one in events if one["action"] == "learning_cycle.rankings_revealed"]
    assert len(told) == 1


async def test_a_candidate_and_a_ranking_at_the_same_moment(live: Live) -> None:
    """Whichever comes first: nobody's ranking counts that lacks a candidate."""
    cycle, first, second = await weighed(live.as_, live.app, live.world)
    await ok(rank(live.as_, cycle, "lena", first, second))
    goal = await agreed(live.as_, live.world, title="Ask, then wait")
    body = {"goal_id": goal["id"]}
    added, ranked = await asyncio.gather(
        live.as_("lena").post(f"{cycle}/candidates", json=body),
        rank(live.as_, cycle, "tom", first, second),
    )
    both = await revealed(live.as_, cycle)
    if added.status_code == 201:  # it came first, or after a ranking that it makes incomplete
        assert ranked.status_code == 409
        assert not both
    else:
        assert (added.status_code, ranked.status_code, both) == (409, 200, True)
    assert at(ranked.json() if ranked.status_code == 200 else {"version": 1})
