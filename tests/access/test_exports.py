"""An export holds what its client may pull: each goal of the matrix, value by value."""

import csv
import json
from typing import Any

import pytest

from app.goals.schemas import PulledGoal
from tests.access.conftest import Matrix
from tests.access.table import Step

pytestmark = pytest.mark.anyio
WAREHOUSES = ("juniper_warehouse", "kestrel_warehouse")


def plain(goal: Any) -> str:
    """A goal as text: names in their order, each number as the same number."""
    return json.dumps(json.loads(goal, parse_int=float), ensure_ascii=False)


async def _pulled(matrix: Matrix, client: str, query: str) -> dict[str, str]:
    page = await matrix.cell(Step("listGoals", "", {}, 200, query=f"limit=200{query}"), client)
    assert page.json()["next"] is None
    return {goal["id"]: plain(json.dumps(goal)) for goal in page.json()["items"]}


@pytest.mark.parametrize("client", WAREHOUSES)
async def test_an_export_is_what_the_pull_gives(matrix: Matrix, client: str) -> None:
    pulled = await _pulled(matrix, client, "")
    answer = await matrix.cell(Step("exportGoals", "", {}, 200), client)
    *lines, last = answer.text.splitlines()
    exported = {json.loads(line)["id"]: plain(line) for line in lines}
    assert exported == pulled
    assert len(lines) == len(pulled) == json.loads(last)["complete"]["rows"]
    assert (len(pulled) > 8) is (client == "juniper_warehouse")
    for name in ("school_id", "school_year_id"):
        for value in {json.loads(goal)[name] for goal in pulled.values()}:
            query = f"{name}={value}"
            answer = await matrix.cell(Step("exportGoals", "", {}, 200, query=query), client)
            found = {json.loads(line)["id"] for line in answer.text.splitlines()[:-1]}
            assert found == set(await _pulled(matrix, client, f"&{query}")), query


async def test_the_table_holds_the_same(matrix: Matrix) -> None:
    pulled = await _pulled(matrix, WAREHOUSES[0], "")
    answer = await matrix.cell(Step("exportGoals", "", {}, 200, query="format=csv"), WAREHOUSES[0])
    assert answer.text.startswith("\ufeff")
    names, *rows, end = csv.reader(answer.text.removeprefix("\ufeff").splitlines())
    assert names == list(PulledGoal.model_fields)
    assert end == ["#complete", str(len(pulled)), *[""] * (len(names) - 2)]
    read = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    assert set(read) == set(pulled)
    for goal_id, goal in pulled.items():
        for name, value in json.loads(goal).items():
            cell: Any = read[goal_id][name]
            if isinstance(value, list):
                assert plain(cell) == json.dumps(value, ensure_ascii=False)
            elif isinstance(value, float):
                assert float(cell) == value
            else:
                assert cell == ("" if value is None else value)
