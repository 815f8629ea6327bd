"""The demo day keeps the contract of all channels."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path

from amends.channels.base import Batch, Deletion, Outgoing, Post, Reading
from amends.channels.contract import ChannelContract
from amends.channels.demo import connect, script
from amends.channels.demo.replay import happenings

FOLDER = Path(script.__file__).parent
PEOPLE = (FOLDER / "people.jsonl").read_bytes()


class TestDemo(ChannelContract):
    name = "demo"
    examples = 100

    def payloads(self):
        lines = (FOLDER / "day.jsonl").read_bytes().splitlines(keepends=True)
        return {"day": b"".join(lines[:40])}

    def parse(self, name, payload):
        whats = [happening.what for happening in happenings(script.read(payload, PEOPLE), self.now, 120.0)]
        return Batch(
            posts=tuple(what for what in whats if isinstance(what, Post)),
            deletions=tuple(what for what in whats if isinstance(what, Deletion)),
            readings=tuple(what for what in whats if isinstance(what, Reading)),
        )

    @asynccontextmanager
    async def connected(self):
        channel = connect({"start": "2026-11-22T11:40:00Z", "speed": "120"}, None)  # all of the day has passed
        yield channel
        await channel.close()

    def outgoing(self, channel):
        return Outgoing(key=channel.new_key(self.now, 7), text="We're sorry.", created=self.now, to="demo:1")

    async def standing(self, channel, outgoing):
        return 1 if await channel.find(outgoing) else 0
