from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

from amends.channels.base import Batch, Malformed, Post
from amends.channels.reviews_google_play.parse import App, page, post_id, read
from amends.channels.reviews_google_play.tests.server import APP, fixture, running
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


class TestGooglePlay(ChannelContract):
    name = "reviews_google_play"

    def payloads(self):
        one = fixture("review.json")
        return {"reviews.json": fixture("reviews.json"), "review.json": b'{"reviews": [' + one + b"]}"}

    def parse(self, name, payload):
        found = [one for item in read(page(payload)[0], App(APP, "Acme"), SEEN) for one in item.posts]
        return Batch(
            posts=tuple(one for one in found if isinstance(one, Post)),
            malformed=tuple(one for one in found if isinstance(one, Malformed)),
        )

    @asynccontextmanager
    async def network(self):
        async with running() as google:
            yield Simulator(google)

    def settings(self, network):
        return {"app": APP, "server": network.address, "key": network.google.file}


class Simulator(Network):
    def __init__(self, google):
        self.google = google

    @property
    def address(self):
        return self.google.address

    @address.setter
    def address(self, url):
        self.google.address = url

    async def write(self, text):
        return post_id(App(APP), self.google.write(text))

    async def change(self, post, text):
        self.google.write(text, post.removeprefix(f"{APP}/"))

    async def replies(self, text):
        comments = [one.get("developerComment", {}) for review in self.google.reviews for one in review["comments"]]
        return sum(one.get("text") == text for one in comments)

    async def end_sessions(self):
        self.google.tokens.append("another")
