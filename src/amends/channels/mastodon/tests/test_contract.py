from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

from amends.channels.base import Batch, Malformed, Post, Rule
from amends.channels.foreign import Unreadable
from amends.channels.mastodon.client import listed
from amends.channels.mastodon.events import Gone, frame, hear
from amends.channels.mastodon.parse import Heard, conversation, notification, read, status
from amends.channels.mastodon.server import Server
from amends.channels.mastodon.tests.server import TOKEN, fixture, running
from amends.channels.testing.chaos import Fault
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
HERE = Server("https://social.example", "social.example", me="1", name="acme@social.example")
STATUSES = (
    "timeline.json", "hashtag.json", "documented_mastodon.json", "documented_gotosocial.json",
    "documented_pleroma.json", "documented_takahe.json", "documented_sharkey.json",
)  # fmt: skip


def parsed(name, payload):
    """What a fixture holds: posts and what could not be read."""
    if name == "stream.jsonl":
        return list(filter(None, map(said, payload.split(b"\n"))))
    one = {"notifications.json": notification, "conversations.json": conversation}.get(name, status)
    raws = listed(payload, "statuses" if name == "search.json" else "")
    return [item.what for item in read(raws, lambda view, raw: one(view, raw, HERE, SEEN)) if item.what]


def said(line):
    try:
        what = hear(frame(line), HERE, SEEN)[1] if line else None
    except Unreadable as error:
        return Malformed(str(error), line)
    return None if isinstance(what, Gone) else what


class TestAccount(ChannelContract):
    """An account on a server that streams."""

    name = "mastodon"

    def payloads(self):
        names = (*STATUSES, "notifications.json", "conversations.json", "search.json", "stream.jsonl")
        return {name: fixture(name) for name in names}

    def parse(self, name, payload):
        found = parsed(name, payload)
        posts = tuple(one.post for one in found if isinstance(one, Heard))
        return Batch(posts=posts, malformed=tuple(one for one in found if isinstance(one, Malformed)))

    @asynccontextmanager
    async def network(self):
        async with running() as server:
            yield Simulator(server)

    def settings(self, network):
        return {"server": network.address, "token": TOKEN}


class TestPolledAccount(TestAccount):
    """An account on a server without streams: what changes is seen every half minute, see test_polling."""

    recorded = False
    silent = frozenset({Rule.EDITS, Rule.DELETIONS, Rule.REPLIES_ONCE, Rule.LIMITS})
    faults = (Fault.CUT, Fault.LIMITED_SOMEHOW, Fault.GARBAGE)

    @asynccontextmanager
    async def network(self):
        async with running() as server:
            server.ways = set()
            yield Simulator(server)


class TestListener(TestPolledAccount):
    """Nobody, who hears the public timeline."""

    silent = frozenset({*TestPolledAccount.silent, Rule.SECRETS})

    def settings(self, network):
        return {"server": network.address}


class Simulator(Network):
    """The server, as its people use it."""

    def __init__(self, server):
        self.server = server

    @property
    def address(self):
        return self.server.url

    @address.setter
    def address(self, url):
        self.server.url = url

    async def write(self, text):
        return self.server.write("charlie", text)["uri"]

    async def change(self, post, text):
        self.server.edit(self.local(post), text)

    async def remove(self, post):
        self.server.remove(self.local(post))

    async def replies(self, text):
        mine = [one["id"] for one in self.server.statuses if one["account"]["acct"] == "acme"]
        return sum(self.server.sources[local] == f"@charlie {text}" for local in mine)

    def local(self, post):
        return next(one["id"] for one in self.server.statuses if one["uri"] == post)


def test_every_fixture_has_posts():
    for name in (*STATUSES, "notifications.json", "conversations.json", "search.json", "stream.jsonl"):
        assert any(isinstance(one, Heard) and isinstance(one.post, Post) for one in parsed(name, fixture(name))), name
