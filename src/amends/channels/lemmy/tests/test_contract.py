from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

from amends.channels.base import Batch, Deletion, Malformed, Post, Rule
from amends.channels.lemmy.parse import NETWORK, Reader, listed
from amends.channels.lemmy.tests.server import PASSWORD, fixture, running
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
LISTS = {
    "posts": "posts", "comments": "comments", "replies": "replies", "mentions": "mentions",
    "messages": "private_messages",
}  # fmt: skip
SORTED = {"replies": "comment_reply", "mentions": "person_mention"}
US = "https://lemmy.example/u/alice"


class TestLemmy(ChannelContract):
    """With an account, where somebody comments."""

    name = "lemmy"

    def payloads(self):
        return {name: fixture(f"{name}.json") for name in LISTS}

    def parse(self, name, payload):
        addressed = name in ("replies", "mentions", "messages")
        reader = Reader(US, SEEN, {37: "en"}, addressed, SORTED.get(name, ""))
        items = reader.page(listed(payload, LISTS[name])[0])
        return Batch(
            posts=tuple(item.post for item in items if isinstance(item.post, Post)),
            deletions=tuple(Deletion(NETWORK, item.id, SEEN) for item in items if item.gone),
            malformed=tuple(item.post for item in items if isinstance(item.post, Malformed)),
        )

    @asynccontextmanager
    async def network(self):
        async with running() as server:
            yield Comments(server)

    def settings(self, network):
        return {"address": network.address, "username": "alice", "password": PASSWORD}


class TestListener(TestLemmy):
    """Without an account."""

    recorded = False
    silent = frozenset({Rule.SECRETS, Rule.LOGS_IN, Rule.REPLIES_ONCE, Rule.LIMITS})

    def settings(self, network):
        return {"address": network.address, "communities": "!travel@lemmy.example"}


class TestPosts(TestLemmy):
    """With an account, where somebody posts."""

    recorded = False

    @asynccontextmanager
    async def network(self):
        async with running() as server:
            yield Posts(server)


class TestMessages(TestLemmy):
    """With an account, which somebody writes to."""

    recorded = False

    @asynccontextmanager
    async def network(self):
        async with running() as server:
            yield Messages(server)


class Comments(Network):
    def __init__(self, server):
        self.server, self.address, self.written = server, server.url, {}

    def make(self, text):
        return self.server.comment(text)

    async def write(self, text):
        view = self.make(text)
        post = (view.get("private_message") or view.get("comment") or view["post"])["ap_id"]
        self.written[post] = view
        return post

    async def change(self, post, text):
        self.server.edit(self.written[post], text)

    async def remove(self, post):
        self.server.delete(self.written[post])

    async def replies(self, text):
        ours = [*self.server.comments.values(), *self.server.messages.values()]
        contents = [(view.get("private_message") or view["comment"])["content"] for view in ours]
        return contents.count(text)

    async def end_sessions(self):
        self.server.tokens.clear()


class Posts(Comments):
    def make(self, text):
        return self.server.post("A bag", text)


class Messages(Comments):
    def make(self, text):
        return self.server.message(text)
