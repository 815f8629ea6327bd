from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta

from amends.channels.base import Batch, Deletion, Malformed, Outgoing, Post, Query
from amends.channels.bluesky import connect
from amends.channels.bluesky.jetstream import frame
from amends.channels.bluesky.parse import found, notification, page, read
from amends.channels.bluesky.tests.server import PASSWORD, fixture, running, streaming
from amends.channels.contract import ChannelContract
from amends.channels.http import Http

NEWEST = read(page(fixture("notifications.json"), "notifications")[0][:1], notification)[0].post


class TestBluesky(ChannelContract):
    name = "bluesky"
    queries = (Query(1, "bag", ("bag",)),)
    now = NEWEST.created + timedelta(minutes=1)

    def payloads(self):
        return {name: fixture(name) for name in ("notifications.json", "search.json", "jetstream.jsonl")}

    def parse(self, name, payload):
        if name == "jetstream.jsonl":
            items = [frame(line).what for line in payload.split(b"\n") if line]
        elif name == "search.json":
            items = [item.post for item in read(page(payload, "posts")[0], lambda v, raw: found(v, raw, self.now))]
        else:
            items = [item.post for item in read(page(payload, "notifications")[0], notification)]
        kinds = {Post: [], Deletion: [], Malformed: [], type(None): []}
        for item in items:
            kinds[type(item)].append(item)
        return Batch(posts=tuple(kinds[Post]), deletions=tuple(kinds[Deletion]), malformed=tuple(kinds[Malformed]))

    @asynccontextmanager
    async def connected(self):
        http = Http(allow_private=True)
        async with running() as self.server:
            settings = {"service": self.server.url, "appview": self.server.url, "handle": "alice.test"}
            yield connect(settings | {"password": PASSWORD}, http)
        await http.close()

    @asynccontextmanager
    async def refused(self, secret):
        http = Http(allow_private=True)
        async with running() as server:
            yield connect({"service": server.url, "handle": "alice.test", "password": secret}, http)
        await http.close()

    def outgoing(self, channel):
        return Outgoing(
            key=channel.new_key(self.now, 1), text="Sorry!", created=self.now, to=self.server.posts[-1]["uri"]
        )

    async def standing(self, channel, outgoing):
        return len(self.server.records)


class TestListener(TestBluesky):
    """The same channel without an account."""

    @asynccontextmanager
    async def connected(self):
        http = Http(allow_private=True)
        async with streaming([]) as (url, _):
            yield connect({"jetstream": url}, http)
        await http.close()
