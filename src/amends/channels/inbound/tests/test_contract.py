from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from amends.channels.base import Rule
from amends.channels.http import Http
from amends.channels.inbound import connect
from amends.channels.inbound.tests.server import SECRET, System, call
from amends.channels.testing.contract import ChannelContract

FIXTURES = Path(__file__).parents[1] / "fixtures"
SEEN = datetime(2026, 3, 3, 12, tzinfo=UTC)


class TestInbound(ChannelContract):
    name = "inbound"

    def payloads(self):
        return {path.name: path.read_bytes() for path in sorted(FIXTURES.iterdir()) if path.suffix != ".md"}

    def parse(self, name, payload):
        channel = connect({"system": "shop", "secret": SECRET}, Http())
        kind = "message/rfc822" if name.endswith(".eml") else "application/json; charset=utf-8"
        return channel.receive(call(payload, kind=kind, at=SEEN.timestamp()), SEEN)

    @asynccontextmanager
    async def network(self):
        async with System().running() as system:
            yield system

    def settings(self, network):
        return {"system": "shop", "secret": SECRET, "address": network.address, "lookup": "yes"}


class TestWithoutLookUp(TestInbound):
    """A system that can't be asked for an answer: what was cut off is for a person."""

    recorded = False
    silent = frozenset({Rule.PROXY, Rule.CHAOS, Rule.EDITS, Rule.DELETIONS, Rule.ONCE})

    def settings(self, network):
        return {**super().settings(network), "lookup": "no"}
