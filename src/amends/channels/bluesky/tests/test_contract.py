"""The contract over each of the three ways in which the channel hears: an account's polls, its direct messages, and the
live stream."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property

from amends.channels.base import Batch, Deletion, Malformed, Post, Rule
from amends.channels.bluesky.jetstream import frame
from amends.channels.bluesky.messages import logged
from amends.channels.bluesky.parse import found, notification, page, read
from amends.channels.bluesky.tests.network import Account, Clock, Direct, Stream
from amends.channels.bluesky.tests.server import PASSWORD, fixture, running
from amends.channels.testing.contract import ChannelContract

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


class TestAccount(ChannelContract):
    """What is written in public, heard and answered by an account."""

    name = "bluesky"
    kind = Account

    def payloads(self):
        names = ("notifications.json", "search.json", "jetstream.jsonl", "direct.json")
        return {name: fixture(name) for name in names}

    def parse(self, name, payload):
        match name:
            case "jetstream.jsonl":
                items = [frame(line).what for line in payload.split(b"\n") if line]
            case "direct.json":
                items = [logged(raw, SEEN).what for raw in page(payload, "logs")[0]]
            case "search.json":
                items = [item.post for item in read(page(payload, "posts")[0], lambda v, raw: found(v, raw, SEEN))]
            case _:
                items = [item.post for item in read(page(payload, "notifications")[0], notification)]
        kinds = {Post: [], Deletion: [], Malformed: [], type(None): []}
        for item in items:
            kinds[type(item)].append(item)
        return Batch(posts=tuple(kinds[Post]), deletions=tuple(kinds[Deletion]), malformed=tuple(kinds[Malformed]))

    @cached_property
    def clock(self):
        return Clock()

    @property
    def now(self):
        return self.clock.tick()

    @asynccontextmanager
    async def network(self):
        async with running() as server:
            yield self.kind(server, self.clock)

    def settings(self, network):
        return {
            "service": network.address, "appview": network.address, "handle": "alice.test", "password": PASSWORD,
        }  # fmt: skip


class TestDirect(TestAccount):
    """What is written to the account alone. Its messages are never changed, and nobody can take them back from the
    other; a message holds more than a post."""

    recorded = False
    kind = Direct
    silent = frozenset({Rule.EDITS, Rule.DELETIONS, Rule.LIMITS})


class TestListener(ChannelContract):
    """What is written in public, heard without an account."""

    name = "bluesky"
    recorded = False
    silent = frozenset({Rule.LOGS_IN, Rule.SECRETS, Rule.REPLIES_ONCE, Rule.LIMITS})

    @asynccontextmanager
    async def network(self):
        async with Stream().running() as stream:
            yield stream

    def settings(self, network):
        return {"jetstream": network.address, "appview": "http://127.0.0.1:9"}
