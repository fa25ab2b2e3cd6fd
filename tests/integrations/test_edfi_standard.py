"""Ed-Fi's own documents: what is answered fits them, what they let a client send is taken."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from tests.contract.checking import contract
from tests.goals.test_goals import agreed
from tests.integrations.test_edfi import GoalState as State
from tests.integrations.test_edfi import Warehouse, moved, rename

pytestmark = [pytest.mark.anyio, pytest.mark.data]

_KEY = ("assignmentDate", "goalTitle", "personId", "sourceSystemDescriptor")


def _documents(data_dir: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    folder = data_dir / "edfi" / "openapi"
    resources = json.loads((folder / "resources-ds-6.0.subset.json").read_text("utf-8"))
    changes = yaml.safe_load((folder / "change-queries-api-1.0.0.yaml").read_text("utf-8"))
    return resources, changes


def _fits(document: dict[str, Any], name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    errors = list(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value))
    assert not errors, [error.message for error in errors]


async def test_answers_fit_the_data_standard_and_change_queries(live, data_dir):
    resources, changes = _documents(data_dir)
    goal = await agreed(live.as_, live.world)
    await agreed(live.as_, live.world)
    gone = await agreed(live.as_, live.world, title="Goes")
    house = Warehouse(live)
    await house.pull()
    reader = live.as_("juniper_warehouse")
    _fits(changes, "availableChangeVersion", (await reader.get("/availableChangeVersions")).json())
    for row in (await reader.get("/ed-fi/goals")).json():
        _fits(resources, "edFi_goal", row)
        assert set(row) <= set(resources["components"]["schemas"]["edFi_goal"]["properties"])
        _fits(resources, "edFi_personReference", row["personReference"])
    await rename(live, goal, "Another title")
    await moved(live, gone, State.DRAFT)
    told = await house.follow()
    (change,), (left,) = told["keys"], told["deletes"]
    assert set(change) == {"id", "changeVersion", "oldKeyValues", "newKeyValues"}
    for key in (change["oldKeyValues"], change["newKeyValues"], left["keyValues"]):
        assert set(key) == set(_KEY)
        _fits(resources, "edFi_goalReference", key)


async def test_the_parameters_are_those_of_the_standard(shared_app, data_dir):
    resources, _ = _documents(data_dir)
    theirs = {
        parameter["name"]: parameter["schema"]
        for parameter in resources["components"]["parameters"].values()
    }
    theirs |= {
        parameter["name"]: parameter["schema"]
        for parameter in resources["paths"]["/ed-fi/goals"]["get"]["parameters"]
        if "name" in parameter
    }
    paths = contract(shared_app).document["paths"]
    for path, names in (
        (
            "/ed-fi/goals",
            {"limit", "offset", "totalCount", "pageToken", "pageSize"}
            | {"minChangeVersion", "maxChangeVersion"}
            | {"id", "personId", "sourceSystemDescriptor", "goalTitle", "assignmentDate"}
            | {"goalTypeDescriptor", "dueDate", "completedIndicator"},
        ),
        ("/ed-fi/goals/partitions", {"number"}),
        (
            "/ed-fi/goals/deletes",
            {"limit", "offset", "totalCount", "minChangeVersion", "maxChangeVersion"},
        ),
    ):
        ours = {
            parameter["name"]: parameter["schema"]
            for parameter in paths[f"/api/v1{path}"]["get"]["parameters"]
            if parameter.get("in") == "query"
        }
        assert set(ours) == names
        for name, schema in ours.items():
            assert schema["type"] == theirs[name]["type"], name
            if "maximum" in theirs[name]:
                assert schema["maximum"] == theirs[name]["maximum"], name
    number = resources["paths"]["/ed-fi/goals/partitions"]["get"]["parameters"][0]
    assert number == {"$ref": "#/components/parameters/numberOfPartitions"}
