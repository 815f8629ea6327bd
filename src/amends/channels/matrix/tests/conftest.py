from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from amends.channels.matrix import connect
from amends.channels.matrix.tests.server import ACME, PASSWORD, running
from amends.channels.testing.fixtures import at_once, http

__all__ = ["at_once", "http"]


@pytest.fixture
async def server():
    async with running() as made:
        yield made


@pytest.fixture
def account(server, http):
    """A channel with Acme's account on `server`; values given replace settings."""

    def made(**changes):
        return connect({"server": server.url, "user": ACME, "password": PASSWORD} | changes, http)

    return made


@pytest.fixture
def hear():
    """Listen until `enough` of (the batches so far) and give them: at most five seconds."""

    async def listen(channel, enough, cursor=""):
        batches = []
        async with asyncio.timeout(5), aclosing(channel.stream(cursor, ())) as feed:
            async for batch in feed:
                batches.append(batch)
                if enough(batches):
                    return batches
        raise AssertionError

    return listen
