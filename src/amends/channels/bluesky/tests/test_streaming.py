from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest
from websockets.asyncio.server import serve

from amends.channels.base import Can, Query, RetryLater
from amends.channels.bluesky import connect
from amends.channels.bluesky.ids import instant
from amends.channels.bluesky.streaming import MOST
from amends.channels.bluesky.tests.server import fixture, streaming

LINES = fixture("jetstream.jsonl").splitlines()
TIMES = [json.loads(line)["time_us"] for line in LINES]


async def until_lost(channel, cursor="", queries=()):
    batches = []
    with pytest.raises(RetryLater):
        async for batch in channel.stream(cursor, queries):
            batches.append(batch)
    return batches


async def test_everything_is_given_and_then_the_loss_is_told(http):
    async with streaming(LINES) as (url, asked):
        batches = await until_lost(connect({"jetstream": url}, http))
    assert asked == ["/subscribe?wantedCollections=app.bsky.feed.post"]
    assert sum(len(batch.posts) for batch in batches) >= 12
    assert sum(len(batch.deletions) for batch in batches) == 1
    assert batches[-1].cursor == str(TIMES[-1])
    assert batches[0].covered[0].start == instant(TIMES[0])
    assert batches[-1].covered[0].end == instant(TIMES[-1])


async def test_going_on_rewinds_a_little_and_covers_without_a_gap(http):
    place = TIMES[4]
    async with streaming(LINES[2:]) as (url, asked):
        batches = await until_lost(connect({"jetstream": url}, http), str(place))
    assert asked == [f"/subscribe?wantedCollections=app.bsky.feed.post&cursor={place - 5_000_000}"]
    assert batches[0].covered[0].start == instant(place)


async def test_a_server_that_has_forgotten_leaves_a_gap_that_is_told(http):
    async with streaming(LINES[6:]) as (url, _):
        batches = await until_lost(connect({"jetstream": url}, http), str(TIMES[4]))
    assert batches[0].covered[0].start == instant(TIMES[6])


async def test_a_cursor_that_is_none_begins_now(http):
    async with streaming(LINES) as (url, asked):
        await until_lost(connect({"jetstream": url}, http), '{"notifications": {}}')
    assert "cursor" not in asked[0]


async def test_broken_frames_are_set_aside_and_the_rest_goes_on(http):
    async with streaming([b"{", LINES[-1], b"\xff\xfe", b"7"]) as (url, _):
        batches = await until_lost(connect({"jetstream": url}, http))
    assert sum(len(batch.malformed) for batch in batches) == 3
    assert sum(len(batch.posts) for batch in batches) == 1
    assert batches[-1].cursor == str(TIMES[-1])


async def test_a_batch_of_broken_frames_moves_nothing(http):
    async with streaming([b"{"]) as (url, _):
        [batch] = await until_lost(connect({"jetstream": url}, http), "5")
    assert (batch.cursor, batch.covered) == (None, ())


async def test_writers_of_what_may_be_about_us_are_looked_up(http, server):
    async with streaming(LINES) as (url, _):
        channel = connect({"jetstream": url, "appview": server.url}, http)
        batches = await until_lost(channel, queries=(Query(1, "", ('"LOST my bag"', "zebra")),))
    posts = {post.text: post for batch in batches for post in batch.posts}
    lost = next(post for text, post in posts.items() if "LOST" in text)
    assert (lost.author.name, lost.author.followers) == ("charlie.test", 0)
    assert posts["bag stories"].author.name == ""
    assert server.asked == ["getProfiles"]


async def test_batches_are_bounded_and_a_busy_caller_makes_the_server_wait(http):
    """While nobody takes batches, the server can't send more than sockets and a few frames hold."""
    frame = json.dumps(json.loads(LINES[-1]) | {"padding": "x" * 20_000})
    sent = 0
    stuck = asyncio.Event()

    async def flood(reader):
        nonlocal sent
        while True:
            try:
                async with asyncio.timeout(0.5):
                    await reader.send(frame)
            except TimeoutError:
                stuck.set()
                return
            sent += 1

    async with serve(flood, "127.0.0.1", 0, compression=None) as listening:
        url = f"ws://127.0.0.1:{next(iter(listening.sockets)).getsockname()[1]}/"
        async with aclosing(connect({"jetstream": url}, http).stream("", ())) as batches:
            first = await anext(batches)
            assert len(first.posts) <= MOST
            await stuck.wait()
    assert sent * 20_000 < 64 << 20


async def test_listening_alone_needs_no_account(http):
    async with streaming([LINES[0]]) as (url, _):
        channel = connect({"jetstream": url}, http)
        assert "without an account" in (await channel.check()).note
    assert {Can.STREAM, Can.ANONYMOUS} < channel.can
    assert not {Can.POLL, Can.REPLY, Can.SEARCH} & channel.can


async def test_a_stream_that_is_not_there_is_tried_again_later(http):
    with pytest.raises(RetryLater):
        await connect({"jetstream": "ws://127.0.0.1:9/"}, http).check()


async def test_another_server_takes_the_place_of_one_that_can_not_be_reached(http):
    async with streaming(LINES, LINES, LINES) as (url, asked):
        settings = {"jetstream": f"ws://127.0.0.1:9/ {url.replace('/subscribe', '/elsewhere')} {url}"}
        await until_lost(connect(settings, http), str(TIMES[4]))
        await until_lost(connect(settings, http))
        assert [path.partition("?")[0] for path in asked] == ["/elsewhere"] * 2
        assert "cursor=" in asked[0]


async def test_where_no_server_can_be_reached_the_last_ones_trouble_is_told(http):
    with pytest.raises(RetryLater):
        await connect({"jetstream": "ws://127.0.0.1:9/ ws://127.0.0.1:9/two"}, http).check()
