"""A network in memory to listen to: each poll or stream brings the next part of its plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from amends.channels.base import Author, Base, Batch, Can, Checked, Manifest, Outgoing, Query, Received, Rejected, Sent
from amends.channels.registry import Entry

MANIFEST = Manifest(
    name="wire",
    label="Wire",
    about="A network in memory.",
    can=frozenset({Can.POLL, Can.STREAM, Can.REPLY}),
    poll_every=timedelta(minutes=3),
)


class Network:
    """`plan`: for each time somebody listens, what comes: batches, then perhaps an error; nothing more does before an
    event is set. `asked`: (cursor, queries, settings) each time. `listening` is set when somebody
    has begun to, `brought` when a stream has brought its part and hangs, as streams do."""

    def __init__(self) -> None:
        self.plan: list[list[Batch | Exception | asyncio.Event]] = []
        self.asked: list[tuple[str, tuple[str, ...], dict[str, str]]] = []
        self.can = {Can.POLL, Can.REPLY}
        self.listening, self.brought = asyncio.Event(), asyncio.Event()
        self.closed = 0


class Wire(Base):
    manifest = MANIFEST

    def __init__(self, network: Network, settings: Mapping[str, str]) -> None:
        self.network, self.settings = network, dict(settings)

    @property
    def can(self) -> frozenset[Can]:
        return frozenset(self.network.can)

    async def check(self) -> Checked:
        return Checked(account=Author(id="did:us", name="MeridianAir"))

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        self.network.asked.append((cursor, tuple(query.text for query in queries), self.settings))
        self.network.listening.set()
        for one in self.network.plan.pop(0) if self.network.plan else []:
            if isinstance(one, Exception):
                raise one
            if isinstance(one, asyncio.Event):
                await one.wait()
            else:
                yield one

    async def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:
        async for batch in self.poll(cursor, queries, datetime.now(UTC)):
            yield batch
        self.network.brought.set()
        await asyncio.Event().wait()

    def receive(self, call: Received, now: datetime) -> Batch:
        raise Rejected("No webhooks here.")

    def new_key(self, now: datetime, salt: int) -> str:
        return str(salt)

    async def send(self, outgoing: Outgoing) -> Sent:
        raise Rejected("No replies here.")

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return None

    async def close(self) -> None:
        self.network.closed += 1


def entry(network: Network) -> Entry:
    def connect(settings: Mapping[str, str], http: Any) -> Wire:
        return Wire(network, settings)

    return Entry(MANIFEST, connect)
