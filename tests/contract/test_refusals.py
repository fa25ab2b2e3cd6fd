"""Each operation is refused in every way it documents, in the documented order, and then works."""

import pytest

from tests.contract.refusals import Refuser

pytestmark = pytest.mark.anyio


async def test_every_operation_refuses_as_documented(live):
    journey = Refuser(live)
    try:
        await journey.go()
    except AssertionError as exc:
        journey.wrong.append(f"the journey ends: {exc}")
    assert not journey.wrong, "\n".join(journey.wrong)
    assert journey.tried > 1000
