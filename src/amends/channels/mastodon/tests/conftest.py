from __future__ import annotations

from datetime import UTC, datetime

import pytest
import stamina

from amends.channels.mastodon import connect, live
from amends.channels.mastodon.tests.server import TOKEN, running
from amends.channels.testing.fixtures import http

__all__ = ["http"]

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(live, "SURE", 0.01)  # the simulator refuses a stream at once, or not at all
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def server():
    async with running() as made:
        made.now = NOW
        yield made


@pytest.fixture
def account(server, http):
    """The channel as it is after a check, with the account on `server`; values given replace settings."""

    async def made(**changes):
        settings = {"server": server.url, "token": TOKEN} | changes
        learned = (await connect(settings, http).check()).learned
        server.asked.clear()
        return connect(settings | learned, http)

    return made
