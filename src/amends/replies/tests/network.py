"""A small network in memory for these tests: it takes replies, refuses, breaks off, forgets, as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from amends.channels.base import (
    Author,
    Base,
    Batch,
    Budget,
    Can,
    Checked,
    Limits,
    Manifest,
    Outgoing,
    Query,
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
        self.limits = MANIFEST.limits
        self.one_answer = False
        self.budget: Budget | None = None
        self.can = set(MANIFEST.can)


class Loop(Base):
    manifest = MANIFEST

    def __init__(self, network: Network) -> None:
        self.network = network

    @property
    def can(self) -> frozenset[Can]:
        return frozenset(self.network.can)

    async def check(self) -> Checked:
        return Checked(account=Author(id="did:us", name="meridianair"))

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        yield Batch(cursor=cursor)

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

    @property
    def limits(self) -> Limits:
        return self.network.limits

    @property
    def budget(self) -> Budget | None:
        return self.network.budget

    def _sent(self, outgoing: Outgoing) -> Sent:
        more = [
            Sent(id=f"loop://{outgoing.key}/{number}", at=datetime.now(UTC)) for number in range(1, len(outgoing.posts))
        ]
        name = "one" if self.network.one_answer else outgoing.key
        return Sent(id=f"loop://{name}", at=datetime.now(UTC), url="https://loop.example/1", more=tuple(more))

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return self._sent(outgoing) if outgoing.key in self.network.posts else None


def entry(network: Network) -> Entry:
    def connect(settings: Mapping[str, str], http: Any) -> Loop:
        return Loop(network)

    return Entry(MANIFEST, connect)
