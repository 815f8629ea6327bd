from __future__ import annotations

from datetime import UTC, datetime

import pytest
import stamina

from amends.channels.bluesky import connect
from amends.channels.bluesky.tests.server import PASSWORD, running
from amends.channels.http import Http


@pytest.fixture(autouse=True)
def at_once():
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def http():
    door = Http(allow_private=True, timeout=2)
    yield door
    await door.close()


@pytest.fixture
async def server():
    async with running() as made:
        yield made


@pytest.fixture
def account(server, http):
    """A channel with an account on `server`; values given replace settings."""

    def made(**changes):
        settings = {"service": server.url, "appview": server.url, "handle": server.handle, "password": PASSWORD}
        return connect(settings | changes, http)

    return made


@pytest.fixture
def now(server):
    """A minute after the newest post of the fixtures."""
    newest = max(item["indexedAt"] for item in (*server.notifications, *server.posts))
    return datetime.fromisoformat(newest).astimezone(UTC).replace(second=59)
