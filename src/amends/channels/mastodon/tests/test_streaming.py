from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest

from amends.channels.base import BadData, Can, Malformed, Query, Rejected, RetryLater
from amends.channels.foreign import Unreadable
from amends.channels.mastodon import connect, streaming
from amends.channels.mastodon.cursor import Cursor
from amends.channels.mastodon.events import Event, Gone, Lines, frame, hear
from amends.channels.mastodon.tests.server import TOKEN, fixture
from amends.channels.mastodon.tests.test_contract import HERE, SEEN

BAG = (Query(1, "bag", ("bag", "#lostbag")),)


@pytest.fixture(autouse=True)
def _today(server):
    """Streams have no other time than the real one."""
    server.now = None


class Following:
    """A stream that is being read."""

    def __init__(self, batches):
        self._batches, self.seen, self.cursor = batches, [], ""

    async def until(self, so):
        async with asyncio.timeout(10):
            while not (found := [one for one in self.seen if so(one)]):
                batch = await anext(self._batches)
                self.cursor = batch.cursor or self.cursor
                self.seen += [*batch.posts, *batch.deletions, *batch.malformed]
        return found[0]


@asynccontextmanager
async def following(channel, server, queries=BAG, cursor="", streams=3):
    """Followed, with its streams open."""
    async with aclosing(channel.stream(cursor, queries)) as batches:
        followed = Following(batches)
        first = asyncio.create_task(anext(batches))
        async with asyncio.timeout(10):
            batch = await first  # which waits for the streams to open
        assert len(server.listeners) == streams
        followed.cursor, followed.seen = batch.cursor or "", [*batch.posts]
        yield followed


async def test_what_is_said_is_heard_at_once_in_one_pass(server, account):
    async with following(await account(), server) as followed:
        said = server.write("charlie", "bag!")
        post = await followed.until(lambda one: one.id == said["uri"] and one.addressed)
        server.edit(said["id"], "my bag")
        edited = await followed.until(lambda one: getattr(one, "edited", None))
        assert (edited.id, edited.text) == (said["uri"], "my bag")
        assert edited.stamp > post.stamp
        server.remove(said["id"])
        gone = await followed.until(lambda one: not hasattr(one, "text"))
        assert gone.id == said["uri"]


async def test_streams_for_the_account_and_each_hashtag(server, account):
    async with following(await account(timeline="local"), server, streams=4):
        assert sorted(server.listeners.values()) == [
            ("direct", ""), ("hashtag", "lostbag"), ("public:local", ""), ("user", ""),
        ]  # fmt: skip


async def test_a_hashtag_and_a_direct_message_are_heard(server, account):
    async with following(await account(), server) as followed:
        tagged = server.write("charlie", "gone #lostbag", tell=False)
        secret = server.write("charlie", "a secret", tell=False, visibility="direct")
        assert not (await followed.until(lambda one: one.id == tagged["uri"])).addressed
        assert (await followed.until(lambda one: one.id == secret["uri"])).addressed


async def test_the_next_poll_does_not_repeat_what_a_stream_told(server, account):
    channel = await account()
    async with following(channel, server) as followed:
        said = server.write("charlie", "bag!")
        await followed.until(lambda one: one.id == said["uri"] and one.addressed)
    state = Cursor.parse(followed.cursor)
    assert server.notifications[-1]["id"] in state.places["notifications"].seen
    assert said["uri"] in state.watched
    server.write("charlie", "bag, meanwhile")
    again = [post.text async for batch in channel.poll(followed.cursor, (), datetime.now(UTC)) for post in batch.posts]
    assert again == ["bag, meanwhile"]


async def test_what_a_stream_lost_is_polled(server, account, monkeypatch):
    monkeypatch.setattr(streaming, "SURE", streaming.timedelta(seconds=0.05))
    async with following(await account(), server) as followed:
        server.listeners.clear()  # it says nothing any more, and nobody knows
        said = server.write("charlie", "bag!")
        assert await followed.until(lambda one: one.id == said["uri"])


async def test_a_lost_stream_is_told_after_a_poll(server, account):
    server.write("charlie", "bag")
    async with following(await account(), server) as followed:
        for listener in list(server.listeners):
            listener.transport.abort()
        with pytest.raises(RetryLater, match="Connecting again"):
            await followed.until(lambda one: False)
        assert followed.seen


async def test_streams_that_are_refused_are_polled(server, account, monkeypatch):
    monkeypatch.setattr(streaming, "ALONE", streaming.timedelta(seconds=0.05))
    channel = await account()
    server.ways = set()  # since the check
    async with following(channel, server, streams=0) as followed:
        said = server.write("charlie", "bag!")
        assert await followed.until(lambda one: one.id == said["uri"])


async def test_a_deletion_of_what_nobody_heard_is_nothing(server, account):
    async with following(await account(), server) as followed:
        server.say("user", "delete", "77777")
        server.say("user", "delete", "")
        said = await followed.until(lambda one: isinstance(one, Malformed))
        assert said.reason == "a deletion without an id"
        assert followed.seen == [said]


async def test_without_streams_there_is_nothing_to_follow(server, account):
    server.ways = set()
    channel = await account()
    assert Can.STREAM not in channel.can
    with pytest.raises(Rejected, match="polled"):
        await anext(channel.stream("", ()))


# Server-sent events.


@asynccontextmanager
async def lines(*said):
    """A server that says this in each stream, and then keeps silent: {its address, what was asked}."""
    asked = []

    async def one(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        if "upgrade: websocket" in head.lower():
            writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        else:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + b"".join(said))
            await writer.drain()
            await reader.read()
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


STATUS = json.loads(fixture("documented_takahe.json"))[0]
SAID = f"event: notification\ndata: {json.dumps({'id': '7', 'type': 'mention', 'status': STATUS})}\n\n".encode()


async def test_a_server_that_streams_lines_is_found_and_followed(server, http):
    server.ways = set()
    async with lines(b":)\n", SAID) as (url, asked):
        server.streaming = url.replace("http", "ws", 1)
        settings = {"server": server.url, "token": TOKEN}
        learned = (await connect(settings, http).check()).learned
        assert learned["learned_live"] == "sse"
        assert "GET /api/v1/streaming/user " in asked[-1]
        assert f"authorization: bearer {TOKEN}" in asked[-1].lower()
        async with following(connect(settings | learned, http), server, streams=0) as followed:
            post = await followed.until(lambda one: one.id == STATUS["uri"])
            assert post.addressed


@pytest.mark.parametrize("page", [b"<!doctype html>\n", b'{"error": "no"}\n'])
async def test_a_page_is_no_stream(server, http, page):
    server.ways = set()
    async with lines(page) as (url, _):
        server.streaming = url.replace("http", "ws", 1)
        learned = (await connect({"server": server.url, "token": TOKEN}, http).check()).learned
        assert learned["learned_live"] == ""


def test_lines_become_events():
    reader = Lines()
    given = [
        ":thump",
        "",
        "event: update",
        'data: {"a":',
        "data: 1}",
        "",
        "data: x",
        "",
        "event: delete",
        "data: 7",
        "",
    ]
    assert [event for line in given if (event := reader.take(line))] == [
        Event("update", b'{"a":\n1}'),
        Event("delete", b"7"),
    ]


# Frames.


def test_a_payload_may_be_text_or_not():
    payload = json.dumps(STATUS)
    assert frame(json.dumps({"event": "update", "payload": payload}).encode()).payload == payload.encode()
    whole = frame(json.dumps({"event": "update", "payload": STATUS}).encode())
    assert hear(whole, HERE, SEEN)[1].id == STATUS["id"]


@pytest.mark.parametrize("name", ["filters_changed", "announcement", "notifications_merged", "pleroma:chat_update"])
def test_events_about_something_else(name):
    assert hear(Event(name, b"null"), HERE, SEEN) == ("", None)


def test_deletions_have_an_id():
    assert hear(Event("delete", b"109"), HERE, SEEN)[1] == Gone("109")
    assert hear(Event("delete", b'"01JN"'), HERE, SEEN)[1] == Gone("01JN")


def test_what_a_stream_complains_of_is_told():
    with pytest.raises(Unreadable, match="Unknown stream type"):
        frame(b'{"error": "Unknown stream type", "status": 400}')


async def test_an_event_that_is_too_large_ends_the_stream(server, account, monkeypatch):
    async def large(*_):
        yield None
        raise BadData("too large")

    monkeypatch.setattr(streaming.live, "follow", large)
    channel = await account()
    with pytest.raises(RetryLater, match="too large"):
        async for batch in channel.stream("", ()):
            assert msgspec.json.decode(batch.cursor)
