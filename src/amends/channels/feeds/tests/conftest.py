from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amends.channels.base import ChannelError
from amends.channels.feeds import connect
from amends.channels.feeds.tests.server import running
from amends.channels.testing.fixtures import at_once, http

__all__ = ["at_once", "http"]


@pytest.fixture
async def site():
    async with running() as made:
        yield made


@pytest.fixture
def channel(site, http):
    """A channel for paths of the site, or for whole addresses."""

    def made(*paths, **settings):
        lines = "\n".join(path if path.startswith("http") else site.url + path for path in paths or ("/feed.xml",))
        return connect({"feeds": lines, **settings}, http)

    return made


@pytest.fixture
def now():
    """A minute from now, so that what is written in the test was written before."""
    return datetime.now(UTC) + timedelta(minutes=1)


class Heard:
    """What one poll brought, and what it said at last."""

    def __init__(self, batches, cursor, error):
        self.batches, self.cursor, self.error = batches, cursor, error

    @property
    def posts(self):
        return [post for batch in self.batches for post in batch.posts]

    @property
    def texts(self):
        return sorted(post.text for post in self.posts)

    @property
    def covered(self):
        return [period for batch in self.batches for period in batch.covered]

    @property
    def malformed(self):
        return [item for batch in self.batches for item in batch.malformed]


@pytest.fixture
def hear(now):
    async def heard(channel, cursor="", at=None, queries=()):
        batches, error = [], None
        try:
            async for batch in channel.poll(cursor, queries, at or now):
                batches.append(batch)
                cursor = cursor if batch.cursor is None else batch.cursor
        except ChannelError as raised:
            error = raised
        return Heard(batches, cursor, error)

    return heard
