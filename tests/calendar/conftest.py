"""Rows that the calendar reads and does not write."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.calendar.making import Making


@pytest.fixture
def making(connection: AsyncConnection, world: Any) -> Making:
    """Writes them in the test's transaction."""
    return Making(connection, world)
