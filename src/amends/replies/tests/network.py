"""A small network in memory for these tests: it takes replies, refuses, breaks off, forgets, as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from amends.channels.base import (
    Author,
    Batch,
    Can,
    Checked,
    Limits,
    Manifest,
    Outgoing,
    Query,
    Received,
    Rejected,
    Sent,
    Unclear,
)  # fmt: skip
from amends.channels.registry import Entry

MANIFEST = Manifest(
    name="loop",
    label="Loop",
    about="A network in memory.",
    can=frozenset({Can.POLL, Can.REPLY, Can.FIND}),
    limits=Limits(text=50, counts="graphemes"),
    pace=(2, timedelta(seconds=10)),
)


class Network:
    """What stands on the network, by key, and what to do with the next replies."""

    def __init__(self) -> None:
        self.posts: dict[str, Outgoing] = {}
        self.plan: list[str | Exception] = []
        self.sends = 0
        self.can = set(MANIFEST.can)


class Loop:
    def __init__(self, network: Network) -> None:
        self.network = network

    @property
    def can(self) -> frozenset[Can]:
        return frozenset(self.network.can)

    async def check(self) -> Checked:
        return Checked(account=Author(id="did:us", name="meridianair"))

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        yield Batch(cursor=cursor)

    def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:
        raise Rejected("No stream here.")

    def receive(self, call: Received, now: datetime) -> Batch:
        raise Rejected("No webhooks here.")

    def new_key(self, now: datetime, salt: int) -> str:
        return f"key-{salt}"

    async def send(self, outgoing: Outgoing) -> Sent:
        self.network.sends += 1
        step = self.network.plan.pop(0) if self.network.plan else "take"
        if isinstance(step, Exception) and not isinstance(step, Unclear):
            raise step
        if step != "lose":
            self.network.posts[outgoing.key] = outgoing
        if step == "lose":
            raise Unclear("The line was cut.")
        if isinstance(step, Unclear):
            raise step
        return self._sent(outgoing)

    def _sent(self, outgoing: Outgoing) -> Sent:
        return Sent(id=f"loop://{outgoing.key}", at=datetime.now(UTC), url="https://loop.example/1")

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return self._sent(outgoing) if outgoing.key in self.network.posts else None

    async def close(self) -> None:
        return None


def entry(network: Network) -> Entry:
    def connect(settings: Mapping[str, str], http: Any) -> Loop:
        return Loop(network)

    return Entry(MANIFEST, connect)
