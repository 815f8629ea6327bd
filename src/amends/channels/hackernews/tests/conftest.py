from __future__ import annotations

from datetime import UTC, datetime

import pytest

from amends.channels.hackernews import connect
from amends.channels.hackernews.tests.server import running
from amends.channels.http import Http
from amends.channels.testing.fixtures import at_once

__all__ = ["at_once"]


@pytest.fixture
async def server():
    async with running() as made:
        yield made


@pytest.fixture
async def channel(server):
    door = Http(allow_private=True, timeout=2)
    yield connect({"search": f"{server.url}/api/v1/", "items": f"{server.url}/v0"}, door)
    await door.close()


@pytest.fixture
def now():
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def hear(channel, now):
    """Poll once: (all that it brought as one dictionary of lists, the cursor afterwards)."""

    async def heard(cursor, queries, at=now):
        batches = [batch async for batch in channel.poll(cursor, queries, at)]
        for batch in batches:
            cursor = cursor if batch.cursor is None else batch.cursor
        names = ("posts", "deletions", "readings", "malformed", "covered")
        return {name: [one for batch in batches for one in getattr(batch, name)] for name in names}, cursor

    return heard
