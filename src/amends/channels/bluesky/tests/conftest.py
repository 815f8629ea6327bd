from __future__ import annotations

from datetime import UTC, datetime

import pytest

from amends.channels.bluesky import connect
from amends.channels.bluesky.tests.server import PASSWORD, running
from amends.channels.testing.fixtures import at_once, http

__all__ = ["at_once", "http"]


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
