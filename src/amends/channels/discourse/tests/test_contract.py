from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec

from amends.channels.base import Batch, Deletion, Malformed, Post, Rule
from amends.channels.discourse import hook
from amends.channels.discourse.parse import NETWORK, Reader, listed
from amends.channels.discourse.site import site
from amends.channels.discourse.tests.server import KEY, SECRET, fixture, running, signed
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = site("https://forum.example.org")


class TestDiscourse(ChannelContract):
    """With an API key."""

    name = "discourse"

    def payloads(self):
        names = ("latest.json", "topic.json", "post.json", "hook_created.json", "hook_destroyed.json")
        return {name: fixture(name) for name in names}

    def parse(self, name, payload):
        if name.startswith("hook"):
            return hook.receive(SITE, "alice", SECRET, signed("post_" + name[5:-5], payload), SEEN)
        reader = Reader(SITE, "alice", SEEN, private=name == "topic.json")
        if name == "latest.json":
            items = reader.page(listed(payload, "latest_posts"))
        else:
            items = reader.page(listed(payload, "post_stream", "posts") if name == "topic.json" else [payload])
        return Batch(
            posts=tuple(item.post for item in items if isinstance(item.post, Post)),
            deletions=tuple(Deletion(NETWORK, SITE.post(item.place), SEEN) for item in items if item.gone),
            malformed=tuple(item.post for item in items if isinstance(item.post, Malformed)),
        )

    @asynccontextmanager
    async def network(self):
        async with running() as forum:
            yield Simulator(forum)

    def settings(self, network):
        return {"address": network.address, "username": "alice", "api_key": KEY}


class TestListener(TestDiscourse):
    """Without an account."""

    recorded = False
    silent = frozenset({Rule.SECRETS, Rule.REPLIES_ONCE, Rule.LIMITS})

    def settings(self, network):
        return {"address": network.address}


class TestMessages(TestDiscourse):
    """With an API key, and everything in a message to the account: a reply is a post in that message."""

    recorded = False
    silent = frozenset({Rule.EDITS, Rule.DELETIONS})  # looked for every five minutes: see test_inbox

    @asynccontextmanager
    async def network(self):
        async with running() as forum:
            yield Simulator(forum, private=True)


class TestHook(TestDiscourse):
    """With a webhook, whose calls come before any poll."""

    recorded = False

    @asynccontextmanager
    async def network(self):
        async with running() as forum:
            yield Simulator(forum, calling=True)

    def settings(self, network):
        return super().settings(network) | {"hook_secret": SECRET}

    silent = frozenset({Rule.SECRETS})  # the forum does not know whether our secret is the right one


class Simulator(Network):
    def __init__(self, forum, *, private=False, calling=False):
        self.forum, self.private, self.calling, self.waiting = forum, private, calling, []
        self.address = forum.url

    async def write(self, text):
        post = self.forum.write(text, private=self.private)
        return self.tell("post_created", post)

    async def change(self, post, text):
        number = self.number(post)
        self.forum.edit(number, text)
        self.tell("post_edited", self.forum.posts[number])

    async def remove(self, post):
        self.tell("post_destroyed", self.forum.remove(self.number(post)))

    async def replies(self, text):
        return sum(post["raw"] == text and post["username"] == "alice" for post in self.forum.posts.values())

    async def end_sessions(self):
        """There are none."""

    def calls(self):
        waiting, self.waiting = self.waiting, []
        return waiting

    def tell(self, event, post):
        if self.calling:
            self.waiting.append(self.forum.call(event, msgspec.json.decode(msgspec.json.encode(post))))
        return f"{self.address}/t/{post['topic_id']}/{post['post_number']}"

    def number(self, post):
        where = tuple(int(part) for part in post.split("/")[-2:])
        return next(n for n, p in self.forum.posts.items() if (p["topic_id"], p["post_number"]) == where)
