from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from amends.channels.base import Batch
from amends.channels.foreign import Unreadable
from amends.channels.matrix.ids import split
from amends.channels.matrix.parse import Read, edited
from amends.channels.matrix.rooms import Book, calls
from amends.channels.matrix.sync import history, page
from amends.channels.matrix.tests.server import ACME, PASSWORD, running
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

FIXTURES = Path(__file__).parents[1] / "fixtures"
SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOM = "!recorded:matrix.test"


def book() -> Book:
    return Book("@acme:matrix.test", "https://matrix.test", calls=calls("@acme:matrix.test", "Acme Air"))


def whole(heard: Read) -> Batch:
    """What events hold, as far as they tell it themselves."""
    posts = [*heard.posts]
    for edit in heard.edits:
        try:
            if post := edited(heard.events.get(edit.name, {}), edit):
                posts.append(post)
        except Unreadable:
            continue
    return Batch(posts=tuple(posts), deletions=tuple(heard.deletions), malformed=tuple(heard.malformed))


class TestMatrix(ChannelContract):
    name = "matrix"

    def payloads(self):
        return {path.name: path.read_bytes() for path in sorted(FIXTURES.glob("*.json"))}

    def parse(self, name, payload):
        if name.startswith("messages"):
            return whole(history(payload, book(), ROOM, SEEN)[0])
        return whole(page(payload, book(), SEEN).heard)

    @asynccontextmanager
    async def network(self):
        async with running() as server:
            yield Simulator(server)

    def settings(self, network):
        return {"server": network.address, "user": ACME, "password": PASSWORD}


class Simulator(Network):
    """The account's server, as its people use it: Charlie writes into a public room."""

    def __init__(self, server):
        self.server = server
        self.address = server.url
        self.room = server.room("help")

    async def write(self, text):
        return f"{self.room}/{self.server.say(self.room, text)}"

    async def change(self, post, text):
        relation = {"rel_type": "m.replace", "event_id": split(post).event}
        new = {"msgtype": "m.text", "body": text}
        self.server.say(self.room, f"* {text}", **{"m.new_content": new, "m.relates_to": relation})

    async def remove(self, post):
        self.server.redact(self.room, split(post).event)

    async def replies(self, text):
        return sum(one["content"].get("body") == text for one in self.server.events if one["sender"] == ACME)

    async def end_sessions(self):
        self.server.tokens.clear()
