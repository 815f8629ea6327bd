from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from amends.channels.http import Http
from amends.channels.reviews_apple import connect
from amends.channels.reviews_apple.tests import feed_server, team_server


@pytest.fixture
async def store():
    async with feed_server.running() as server:
        yield server


@pytest.fixture
async def team():
    async with team_server.running() as server:
        yield server


@pytest.fixture
def listening(store):
    """A block with the channel reading the public feed; `settings` over what a person would enter."""
    return lambda **settings: connected({"app": feed_server.APP, "feed": store.address, **settings})


@pytest.fixture
def answering(team):
    """A block with the channel connected by a key."""
    key = {"issuer": team_server.ISSUER, "key_id": team_server.KEY, "private_key": team_server.pem()}
    given = {"app": feed_server.APP, "server": team.address, "app_name": "Acme Air", **key}
    return lambda **settings: connected({**given, **settings})


@asynccontextmanager
async def connected(settings):
    http = Http(allow_private=True, timeout=2)
    channel = connect(settings, http)
    try:
        yield channel
    finally:
        await channel.close()
        await http.close()


async def poll(channel, cursor="", now=None):
    """{posts, cursor, periods} of one poll."""
    batches = [batch async for batch in channel.poll(cursor, (), now)]
    posts = [post for batch in batches for post in batch.posts]
    return posts, batches[-1].cursor, [period for batch in batches for period in batch.covered]
