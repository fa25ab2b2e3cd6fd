"""The contract's examples are what the program answered on a scripted journey; it is taken again.

`RECORD_EXAMPLES=1 python -m pytest tests/contract/test_examples.py` writes them anew.
"""

import json
import os

import pytest

from app.web.contract import EXAMPLES
from tests.contract.checking import contract
from tests.contract.journey import Recorder

pytestmark = pytest.mark.anyio


async def test_the_examples_are_what_the_program_answers(live):
    journey = Recorder(live)
    await journey.go()
    made = json.dumps(journey.examples, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("RECORD_EXAMPLES"):
        EXAMPLES.write_text(made, "utf-8")
    assert made == EXAMPLES.read_text("utf-8"), "record the examples anew and read what differs"


async def test_every_success_has_an_example(shared_app):
    without = []
    for operation in contract(shared_app).operations.values():
        for status, response in operation.responses.items():
            for media in response.get("content", {}).values():
                if "example" not in media and "examples" not in media:
                    without.append((operation.id, status))
    assert not without
