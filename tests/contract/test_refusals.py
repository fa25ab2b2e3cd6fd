"""Each operation is refused in every way it documents, in the documented order, and then works."""

import pytest

from tests.contract.refusals import Refuser

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "whole", [False, pytest.param(True, marks=pytest.mark.large)], ids=["some", "every"]
)
async def test_every_operation_refuses_as_documented(live, whole):
    journey = Refuser(live, whole=whole)
    try:
        await journey.go()
    except AssertionError as exc:
        journey.wrong.append(f"the journey ends: {exc}")
    assert not journey.wrong, "\n".join(journey.wrong)
    assert journey.tried > (5000 if whole else 2500)
    assert len(journey.variants) == 26, "each of them on some operation"
