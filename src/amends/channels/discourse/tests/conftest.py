from __future__ import annotations

from datetime import UTC, datetime

import pytest

from amends.channels.discourse import connect
from amends.channels.discourse.tests.server import KEY, running
from amends.channels.testing.fixtures import at_once, http

__all__ = ["at_once", "http"]


@pytest.fixture
async def forum():
    async with running() as made:
        yield made


@pytest.fixture
def account(forum, http):
    """A channel with alice's key on `forum`; values given replace settings."""

    def made(**changes):
        return connect({"address": forum.url, "username": "alice", "api_key": KEY} | changes, http)

    return made


@pytest.fixture
def listener(forum, http):
    return connect({"address": forum.url}, http)


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def heard():
    """What a poll tells: (its batches as one, the cursor afterwards)."""

    async def poll(channel, cursor, now, queries=()):
        posts, gone, readings, malformed, covered = [], [], [], [], []
        async for batch in channel.poll(cursor, queries, now):
            posts += batch.posts
            gone += [one.id for one in batch.deletions]
            readings += batch.readings
            malformed += batch.malformed
            covered += batch.covered
            cursor = cursor if batch.cursor is None else batch.cursor
        return Told(posts, gone, readings, malformed, covered), cursor

    return poll


class Told:
    def __init__(self, posts, gone, readings, malformed, covered):
        self.posts, self.gone, self.readings = posts, gone, readings
        self.malformed, self.covered = malformed, covered

    @property
    def texts(self):
        return [post.text for post in self.posts]
