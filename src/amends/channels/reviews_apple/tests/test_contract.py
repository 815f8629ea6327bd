from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from amends.channels.base import Batch, Malformed, Post, Rule
from amends.channels.reviews_apple import api, feed
from amends.channels.reviews_apple.review import App
from amends.channels.reviews_apple.tests import feed_server, team_server
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
APP = App(feed_server.APP, "Acme Air")
FIXTURES = Path(__file__).parents[1] / "fixtures"


class AppStoreContract(ChannelContract):
    name = "reviews_apple"

    def payloads(self):
        return {path.name: path.read_bytes() for path in FIXTURES.glob("*.json")}

    def parse(self, name, payload):
        page = api.page(payload, APP) if name == "reviews.json" else feed.page(payload, 1, APP, "de", SEEN)
        found = [one for item in page.items for one in item.posts]
        return Batch(
            posts=tuple(one for one in found if isinstance(one, Post)),
            malformed=tuple(one for one in found if isinstance(one, Malformed)),
        )


class TestConnect(AppStoreContract):
    """With a key: App Store Connect."""

    @asynccontextmanager
    async def network(self):
        async with team_server.running() as server:
            yield Team(server)

    def settings(self, network):
        return {
            "app": feed_server.APP, "server": network.address, "feed": "http://127.0.0.1:9",
            "issuer": team_server.ISSUER, "key_id": team_server.KEY, "private_key": team_server.pem(),
        }  # fmt: skip


class TestFeed(AppStoreContract):
    """Without one: the public feed."""

    recorded = False
    silent = frozenset({Rule.LOGS_IN, Rule.SECRETS, Rule.REPLIES_ONCE, Rule.LIMITS})

    @asynccontextmanager
    async def network(self):
        async with feed_server.running() as store:
            yield Public(store)

    def settings(self, network):
        return {"app": f"id{feed_server.APP}", "countries": "US, de", "feed": network.address}


class Team(Network):
    def __init__(self, server):
        self.server = server

    @property
    def address(self):
        return self.server.address

    @address.setter
    def address(self, url):
        self.server.address = url

    async def write(self, text):
        return self.server.write(text)

    async def change(self, post, text):
        self.server.write(text, post)

    async def replies(self, text):
        return sum(one["attributes"]["responseBody"] == text for one in self.server.responses.values())

    async def end_sessions(self):
        self.server.refused |= set(self.server.tokens)


class Public(Network):
    def __init__(self, store):
        self.store = store

    @property
    def address(self):
        return self.store.address

    @address.setter
    def address(self, url):
        self.store.address = url

    async def write(self, text):
        return self.store.write(text, "us" if len(self.store.reviews["us"]) % 2 else "de")

    async def change(self, post, text):
        country = next(
            name for name, found in self.store.reviews.items() if any(post == one["id"]["label"] for one in found)
        )
        self.store.write(text, country, post)
