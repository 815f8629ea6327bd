from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from amends.channels.http import Http
from amends.channels.reviews_google_play import connect
from amends.channels.reviews_google_play.tests.server import APP, running


@pytest.fixture
async def google():
    async with running() as server:
        yield server


@pytest.fixture
def connected(google):
    """A block with the channel connected to the simulator; `settings` over what a person would enter."""

    @asynccontextmanager
    async def connecting(**settings):
        http = Http(allow_private=True, timeout=2)
        given = {"app": APP, "server": google.address, "key": google.file, "title": "Acme", **settings}
        channel = connect(given, http)
        try:
            yield channel
        finally:
            await channel.close()
            await http.close()

    return connecting
