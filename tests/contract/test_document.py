"""The committed contract is what the program serves."""

import json
from pathlib import Path

from app.web.contract import build_openapi

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"


def test_the_committed_contract_is_what_the_program_serves(shared_app):
    made = json.dumps(build_openapi(shared_app), indent=2, ensure_ascii=False) + "\n"
    # Compared as a fact, so that a failure does not print two long documents.
    assert (made == COMMITTED.read_text("utf-8")) is True, "run `alongside openapi --write`"


def test_operation_ids_are_unique(shared_app):
    document = build_openapi(shared_app)
    ids = [
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    ]
    assert len(ids) == len(set(ids))
    assert all(name[0].islower() and name.isalnum() for name in ids)
