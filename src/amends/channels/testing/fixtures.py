"""Fixtures that channels' tests share. A `conftest.py` imports those it wants, and names them in `__all__`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from amends.channels.http import Http


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """What is tried again is tried without a pause, three times in all."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """The one door out, to loopback as well."""
    door = Http(allow_private=True, timeout=2)
    yield door
    await door.close()
