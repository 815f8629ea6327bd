"""The demo day keeps what the contract asks of a channel without a network."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from amends.channels.base import Batch, Deletion, Outgoing, Post, Reading
from amends.channels.demo import connect, script
from amends.channels.demo.replay import happenings
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

FOLDER = Path(script.__file__).parent
PEOPLE = (FOLDER / "people.jsonl").read_bytes()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class TestDemo(ChannelContract):
    name = "demo"
    examples = 100

    def payloads(self):
        lines = (FOLDER / "day.jsonl").read_bytes().splitlines(keepends=True)
        return {"day": b"".join(lines[:40])}

    def parse(self, name, payload):
        whats = [happening.what for happening in happenings(script.read(payload, PEOPLE), NOON, 120.0)]
        return Batch(
            posts=tuple(what for what in whats if isinstance(what, Post)),
            deletions=tuple(what for what in whats if isinstance(what, Deletion)),
            readings=tuple(what for what in whats if isinstance(what, Reading)),
        )

    @asynccontextmanager
    async def network(self):
        yield Network()

    def settings(self, network):
        return {"start": "2026-11-22T11:40:00Z", "speed": "120"}  # all of the day has passed


async def test_a_poll_goes_on_from_any_cursor():
    channel = connect({"start": "2026-11-22T11:40:00Z", "speed": "120"}, None)
    batches = [batch async for batch in channel.poll("", (), NOON)]
    whole = {post.id for batch in batches for post in batch.posts}
    before = set()
    for batch in batches:
        before |= {post.id for post in batch.posts}
        if batch.cursor:
            after = {post.id async for later in channel.poll(batch.cursor, (), NOON) for post in later.posts}
            assert before | after == whole


async def test_an_answer_given_twice_is_one():
    channel = connect({"start": "2026-11-22T11:40:00Z", "speed": "120"}, None)
    outgoing = Outgoing(key=channel.new_key(NOON, 7), text="We're sorry.", created=NOON, to="demo:1")
    assert await channel.find(outgoing) is None
    assert await channel.send(outgoing) == await channel.send(outgoing) == await channel.find(outgoing)
