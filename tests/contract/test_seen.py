"""Runs behind all other tests: what the contract documents was seen in them.

429, 500 and 503 can come from any operation and are seen once each.
"""

from tests.contract.checking import SEEN, contract

EVERYWHERE = {429, 500, 503}


def test_every_documented_answer_was_seen(shared_app):
    documented = {
        (operation.id, status)
        for operation in contract(shared_app).operations.values()
        for status in operation.responses
        if status not in EVERYWHERE
    }
    unseen = sorted(documented - SEEN)
    assert not unseen, unseen
    assert {status for _, status in SEEN} >= EVERYWHERE
