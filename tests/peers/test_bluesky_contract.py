"""The contract that every channel keeps, over the reference servers of the AT Protocol: for an account, and for a
listener through the bridge that stands for Jetstream here.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import stamina

from amends.channels.base import Rule
from amends.channels.bluesky.ids import POST, microseconds
from amends.channels.testing.chaos import Fault
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network
from tests.peers.bluesky import Account, BlueskyNetwork, Ref

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("bluesky")]

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def charlie(bluesky_network: BlueskyNetwork) -> Account:
    return bluesky_network.create_account(f"customer{next(numbers)}")


class Peer(Network):
    """The real network, on which Charlie writes to Alice's account."""

    def __init__(self, network: BlueskyNetwork, address: str, alice: Account, charlie: Account) -> None:
        self.network, self.address, self.alice, self.charlie = network, address, alice, charlie

    async def write(self, text: str) -> str:
        """A mention, of which the text says nothing: it is heard by notification and by search."""
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": self.alice.did}
        mention = {"index": {"byteStart": 0, "byteEnd": 3}, "features": [feature]}
        return self.network.post(self.charlie, text, facets=[mention]).uri

    async def change(self, post: str, text: str) -> None:
        self.network.edit(self.charlie, Ref(post, ""), text)

    async def remove(self, post: str) -> None:
        self.network.delete(self.charlie, Ref(post, ""))

    async def replies(self, text: str) -> int:
        given = {"repo": self.alice.did, "collection": POST, "limit": 100}
        listed = self.network.call("GET", "com.atproto.repo.listRecords", **given)["records"]
        return sum(record["value"]["text"] == text for record in listed)


class TestAccount(ChannelContract):
    name = "bluesky"
    recorded = False
    # Edits and deletions are looked for every half minute, and no session ends early: see test_bluesky.
    silent = frozenset({Rule.EDITS, Rule.DELETIONS, Rule.LOGS_IN})
    faults = (Fault.RESET, Fault.UNHEARD, Fault.FAILING, Fault.CUT_JSON)

    @pytest.fixture(autouse=True)
    def _peer(self, bluesky_network: BlueskyNetwork, charlie: Account) -> Iterator[None]:
        """What is tried again is tried at once; each test has words of its own."""
        self.peer, self.charlie, self.word = bluesky_network, charlie, f"bag{next(numbers)}"
        with stamina.set_testing(True, attempts=3):
            yield

    @asynccontextmanager
    async def network(self) -> AsyncIterator[Peer]:
        yield Peer(self.peer, self.peer.pds, self.peer.create_account(f"brand{next(numbers)}"), self.charlie)

    def settings(self, network: Peer) -> Mapping[str, str]:
        return self.peer.settings(network.alice) | {"service": network.address}


class TestListener(TestAccount):
    silent = frozenset({Rule.LOGS_IN, Rule.SECRETS, Rule.REPLIES_ONCE, Rule.LIMITS})

    @asynccontextmanager
    async def network(self) -> AsyncIterator[Peer]:
        self.beginning = str(microseconds(datetime.now(UTC)))
        yield Peer(self.peer, self.peer.jetstream, self.charlie, self.charlie)

    def settings(self, network: Peer) -> Mapping[str, str]:
        return self.peer.anonymous() | {"jetstream": network.address}
