from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

from amends.channels.base import Batch, Malformed
from amends.channels.feeds.parse import Found, decode
from amends.channels.feeds.tests.server import fixture, running
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

SEEN = datetime(2026, 7, 7, 12, tzinfo=UTC)
NAMES = ("rss20.xml", "rss091.xml", "rss10.xml", "atom.xml", "feed.json", "broken.xml")


class TestFeeds(ChannelContract):
    name = "feeds"
    examples = 1000

    def payloads(self):
        return {name: fixture(name) for name in NAMES}

    def parse(self, name, payload):
        _, items = decode(payload, f"https://site.example/{name}", "", SEEN)
        return Batch(
            posts=tuple(one.post for one in items if isinstance(one, Found)),
            malformed=tuple(one for one in items if isinstance(one, Malformed)),
        )

    @asynccontextmanager
    async def network(self):
        async with running() as site:
            yield Blog(site)

    def settings(self, network):
        return {"feeds": network.address}


class Blog(Network):
    """The site, as its people use it."""

    def __init__(self, site):
        self.site = site
        self.address = f"{site.url}/feed.xml"

    async def write(self, text):
        return self.site.write(text)["guid"]

    async def change(self, post, text):
        next(item for item in self.site.items if item["guid"] == post)["title"] = text
