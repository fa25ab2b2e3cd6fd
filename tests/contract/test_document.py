"""The committed contract is what the program serves."""

import json
import re
from pathlib import Path

import pytest

from app.web.contract import build_openapi
from tests.contract.checking import contract
from tests.goals.test_goals import growth

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"


def test_the_committed_contract_is_what_the_program_serves(shared_app):
    made = json.dumps(build_openapi(shared_app), indent=2, ensure_ascii=False) + "\n"
    # Compared as a fact, so that a failure does not print two long documents.
    assert (made == COMMITTED.read_text("utf-8")) is True, "run `alongside openapi --write`"


def test_operation_ids_are_unique(shared_app):
    document = contract(shared_app).document
    ids = [
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    ]
    assert len(ids) == len(set(ids))
    assert all(name[0].islower() and name.isalnum() for name in ids)


def test_the_contract_takes_no_blank_text(shared_app):
    """Paragraphs and long texts, of which nothing else is said, hold more than white space."""
    schemas = contract(shared_app).document["components"]["schemas"]
    texts = 0
    for name, schema in schemas.items():
        for field, part in schema.get("properties", {}).items():
            for choice in (part, *part.get("anyOf", ())):
                if choice.get("minLength") == 1 and choice.get("maxLength") in (2000, 20_000):
                    texts += 1
                    for blank in (" ", "\n\t ", "\u00a0\u2003"):
                        assert not re.search(choice["pattern"], blank), (name, field)
                    assert re.search(choice["pattern"], " Two\nlines.\t"), (name, field)
    assert texts > 40


@pytest.mark.anyio
async def test_blank_text_is_refused(as_, world):
    for path, body in (
        ("/goals", growth(world, statement=" \n")),
        ("/goals", growth(world, rationale="\u00a0")),
        ("/support-requests", {"about_id": str(world.tom), "recipient_ids": [], "text": "\t"}),
    ):
        refused = await as_("lena").post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), refused.text
        [at] = [e["pointer"] for e in refused.json()["errors"] if "blanks" in e["message"]]
        assert at in ("/statement", "/rationale", "/text")
    kept = await as_("lena").post("/goals", json=growth(world, statement="\n  Why not.  "))
    assert kept.json()["statement"] == "\n  Why not.  "
