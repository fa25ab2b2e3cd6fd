"""What the harness checks answers with refuses what it should."""

import json
from pathlib import Path

from tests.contract.checking import Contract

DOCUMENT = Path(__file__).parents[2] / "openapi" / "openapi.json"
WRONG = (None, 7, "x", [], {}, True, "2026-13-01")


def test_the_compiled_schemas_refuse_what_the_slow_ones_refuse():
    known = Contract(json.loads(DOCUMENT.read_text()))
    tried = refused = 0
    for operation in list(known.operations.values())[::60]:
        for status, response in operation.responses.items():
            for kind, content in response.get("content", {}).items():
                if kind.endswith("/json") or kind.endswith("+json"):
                    validator = known.body_validator(operation, status, kind)
                    for example in content.get("examples", {}).values():
                        value = known.resolve(example)["value"]
                        spoilt = [{**value, key: wrong} for key in value for wrong in WRONG]
                        less = [{k: v for k, v in value.items() if k != key} for key in value]
                        for one in (value, {**value, "unknown": 1}, *spoilt, *less):
                            tried += 1
                            wrong = next(validator._slow.iter_errors(one), None) is not None
                            refused += wrong
                            assert (next(validator.iter_errors(one), None) is not None) == wrong
    assert refused > 300 < tried - refused


def test_an_operation_is_found_by_its_address():
    known = Contract(json.loads(DOCUMENT.read_text()))
    for operation in known.operations.values():
        path = operation.path
        while "{" in path:
            path = path[: path.index("{")] + "0199f2c4" + path[path.index("}") + 1 :]
        assert known.find(operation.method.upper(), path) is operation
        assert known.find(operation.method.upper(), f"{path}/more/parts/than/any") is None
