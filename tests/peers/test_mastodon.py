"""The Mastodon channel against mastodon-mock, a stateful stand-in for a server that others made."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from amends.channels.base import Query
from amends.channels.http import Http
from amends.channels.testing.chaos import Fault
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network
from tests.peers.mastodon import MastodonNetwork, Person, mastodon_network

__all__ = ["mastodon_network"]

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("mastodon")]

numbers = itertools.count(1)
QUERIES = (Query(1, "bag", ("bag",)),)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    door = Http(allow_private=True)
    yield door
    await door.close()


@pytest.fixture
def alice(mastodon_network: MastodonNetwork) -> Person:
    return mastodon_network.person(f"alice{next(numbers)}")


@pytest.fixture
def charlie(mastodon_network: MastodonNetwork) -> Person:
    return mastodon_network.person(f"charlie{next(numbers)}")


class TestMastodonMock(ChannelContract):
    name = "mastodon"
    recorded = False
    faults = (Fault.RESET, Fault.UNHEARD, Fault.FAILING, Fault.CUT_JSON)  # all of them in the sealed tests

    @pytest.fixture(autouse=True)
    def _server(self, mastodon_network: MastodonNetwork) -> None:
        self.server = mastodon_network

    @asynccontextmanager
    async def network(self):
        yield People(self.server)

    def settings(self, network):
        return {"server": network.address, "token": network.alice.token, "timeline": "all"}


class People(Network):
    """Somebody who writes, and the account."""

    def __init__(self, server: MastodonNetwork) -> None:
        self.server, self.address = server, server.url
        number = next(numbers)
        self.alice, self.charlie = server.person(f"alice{number}"), server.person(f"charlie{number}")
        self.posts: dict[str, dict[str, object]] = {}

    async def write(self, text: str) -> str:
        post = self.server.post(self.charlie, text)
        self.posts[post["uri"]] = post
        return str(post["uri"])

    async def change(self, post: str, text: str) -> None:
        self.server.edit(self.charlie, self.posts[post], text)

    async def remove(self, post: str) -> None:
        self.server.delete(self.charlie, self.posts[post])

    async def replies(self, text: str) -> int:
        me = self.server.call("GET", "/api/v1/accounts/verify_credentials", self.alice)["id"]
        mine = self.server.call("GET", f"/api/v1/accounts/{me}/statuses", self.alice, limit=40)
        return sum(text in post["content"] and f"{text[:-1]}<" not in post["content"] for post in mine)
