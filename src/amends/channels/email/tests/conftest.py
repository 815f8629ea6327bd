from __future__ import annotations

import pytest

from amends.channels.email.tests.server import Server
from amends.channels.http import Http


@pytest.fixture
async def http():
    door = Http(allow_private=True, timeout=2, patience=2)
    yield door
    await door.close()


@pytest.fixture
async def server():
    async with Server().running() as made:
        yield made
