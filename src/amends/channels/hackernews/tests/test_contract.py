from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

from amends.channels.base import Batch, Deletion, Malformed, Post
from amends.channels.foreign import Unreadable
from amends.channels.hackernews.parse import Hit, found, item, page
from amends.channels.hackernews.tests.server import fixture, running
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


class TestHackerNews(ChannelContract):
    name = "hackernews"

    def payloads(self):
        return {name: fixture(name) for name in ("search.json", "items.jsonl")}

    def parse(self, name, payload):
        if name == "search.json":
            items = [one.post if isinstance(one, Hit) else one for one in found(payload, SEEN)]
        else:
            items = [read(line) for line in payload.split(b"\n") if line]
        kinds = {Post: [], Deletion: [], Malformed: [], type(None): []}
        for one in items:
            kinds[type(one)].append(one)
        return Batch(posts=tuple(kinds[Post]), deletions=tuple(kinds[Deletion]), malformed=tuple(kinds[Malformed]))

    @asynccontextmanager
    async def network(self):
        async with running() as server:
            yield Simulator(server)

    def settings(self, network):
        return {"search": f"{network.address}/api/v1", "items": f"{network.address}/v0"}


def read(line):
    try:
        return item(line, 40000001, SEEN)
    except Unreadable as error:
        return Malformed(str(error), line)


class Simulator(Network):
    """Hacker News, as its people use it."""

    def __init__(self, server):
        self.server, self.address = server, server.url

    async def write(self, text):
        return page(self.server.write(text))

    async def change(self, post, text):
        self.server.change(int(post.rpartition("=")[2]), text=text)

    async def remove(self, post):
        self.server.remove(int(post.rpartition("=")[2]))
