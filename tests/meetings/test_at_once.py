"""Two people at the same moment: no time taken twice, no edit lost, no step done twice."""

import asyncio
import random
from typing import Any

import pytest

from tests.conftest import Live
from tests.goals.test_goals import at
from tests.meetings.test_meetings import begin, of, ok, start, weekly
from tests.world import Ticking

pytestmark = pytest.mark.anyio


async def test_of_two_who_book_the_same_hour_one_gets_it(live: Live) -> None:
    for number in range(5):
        hour = {"at": f"{8 + number:02d}:00", "last_on": "2026-10-14"}
        bodies = [
            weekly(live.world, **hour),
            weekly(live.world, teacher_id=str(live.world.nina), **hour),
        ]
        answers = await asyncio.gather(
            *(live.as_("lena").post("/meeting-series", json=body) for body in bodies)
        )
        assert sorted(a.status_code for a in answers) == [201, 409], [a.text for a in answers]
        lost = next(a for a in answers if a.status_code == 409)
        assert lost.json()["code"] == "double_booked"
        won = next(a for a in answers if a.status_code == 201).json()
        listed = (await ok(live.as_("lena").get("/meetings?state=scheduled")))["items"]
        assert {row["series_id"] for row in listed} == {won["id"]}
        end = f"/meeting-series/{won['id']}/end"
        await ok(live.as_("lena").post(end, json={"reason": "Next try."}, headers=at(won)))


async def test_of_two_series_of_one_pair_one_is_made(live: Live) -> None:
    answers = await asyncio.gather(
        live.as_("lena").post("/meeting-series", json=weekly(live.world)),
        live.as_("tom").post("/meeting-series", json=weekly(live.world, at="09:00")),
    )
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert len((await ok(live.as_("tom").get("/meetings")))["items"]) == 5


@pytest.mark.parametrize(
    ("step", "body"),
    [("start", None), ("cancel", {"reason": "Ill."}), ("skip", {"skip": "leave"})],
)
async def test_a_step_of_a_meeting_is_taken_once(live: Live, step: str, body: Any) -> None:
    series = await begin(live.as_, live.world)
    meeting = (await of(live.as_, series))[0]
    Ticking.of_test.move_to(meeting["starts_at"])
    path = f"/meetings/{meeting['id']}/{step}"
    answers = await asyncio.gather(
        *(live.as_(who).post(path, json=body, headers=at(meeting)) for who in ("tom", "lena"))
    )
    assert sorted(a.status_code for a in answers) == [200, 412]
    now = await ok(live.as_("tom").get(f"/meetings/{meeting['id']}"))
    assert now["version"] == meeting["version"] + 1


async def test_both_close_and_what_was_open_goes_on_once(live: Live) -> None:
    series = await begin(live.as_, live.world)
    first, second, *_ = await of(live.as_, series)
    path = f"/meetings/{first['id']}"
    await ok(live.as_("tom").post(f"{path}/agenda-items", json={"text": "Open"}), 201)
    begun = await start(live.as_, first)
    answers = await asyncio.gather(
        *(
            live.as_(who).post(f"{path}/complete", json={"no_next_steps": True}, headers=at(begun))
            for who in ("tom", "lena")
        )
    )
    assert sorted(a.status_code for a in answers) == [200, 412]
    carried = await ok(live.as_("tom").get(f"/meetings/{second['id']}/agenda-items"))
    assert [row["text"] for row in carried["items"]] == ["Open"]


@pytest.mark.parametrize(
    "edits", [60, pytest.param(2000, marks=pytest.mark.large)], ids=["some", "storm"]
)
async def test_of_random_edits_by_both_none_that_was_acknowledged_is_lost(
    live: Live, edits: int
) -> None:
    """Each person with two devices: adding, rewording, sorting. What was answered 200 is in the
    history, in its order; what was stale was told so with 412."""
    dice = random.Random(edits)
    series = await begin(live.as_, live.world)
    path = f"/meetings/{(await of(live.as_, series))[0]['id']}/agenda-items"
    acknowledged: dict[str, list[tuple[int, str]]] = {}
    owner: dict[str, str] = {}
    for who in ("tom", "lena"):
        for number in range(4):
            text = f"{who} {number}"
            made = await ok(live.as_(who).post(path, json={"text": text}), 201)
            acknowledged[made["id"]] = [(made["version"], text)]
            owner[made["id"]] = who
    stale = 0

    async def device(who: str, name: str) -> None:
        nonlocal stale
        client = live.as_(who)
        mine = [item for item, author in owner.items() if author == who]
        seen = {item: acknowledged[item][0][0] for item in mine}
        for number in range(edits // 4):
            item = dice.choice(mine)
            target = f"/agenda-items/{item}"
            if who == "tom" and dice.random() < 0.2:
                moved = await client.post(
                    f"{target}/move",
                    json={"position": dice.randint(1, 8)},
                    headers={"If-Match": f'"{seen[item]}"'},
                )
                assert moved.status_code in (200, 412), moved.text
                continue
            text = f"{name} {number}"
            answer = await client.patch(
                target, json={"text": text}, headers={"If-Match": f'"{seen[item]}"'}
            )
            if answer.status_code == 200:
                seen[item] = answer.json()["version"]
                acknowledged[item].append((seen[item], text))
            else:
                assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
                stale += 1
                seen[item] = (await ok(client.get(target)))["version"]

    await asyncio.gather(
        *(device(who, f"{who}-{copy}") for who in ("tom", "lena") for copy in "ab")
    )
    assert stale, "nobody was ever late: the test shows nothing"
    listed = (await ok(live.as_("tom").get(path)))["items"]
    assert sorted(row["position"] for row in listed) == list(range(1, 9))
    for row in listed:
        texts = [text for _, text in sorted(acknowledged[row["id"]])]
        kept: list[str] = []
        query = "limit=200"
        while True:
            page = await ok(live.as_("lena").get(f"/agenda-items/{row['id']}/history?{query}"))
            kept += [entry["text"] for entry in page["items"]]
            if page["next"] is None:
                break
            query = f"limit=200&cursor={page['next']}"
        assert kept == texts
        assert row["text"] == texts[-1]
