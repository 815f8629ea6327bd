"""The feeds channel against Python's own web server, feeds as Django writes them, and the hub of Flask-WebSub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from amends.channels.base import Batch, Can, ChannelError, Received
from amends.channels.feeds import connect
from amends.channels.feeds.channel import Feeds
from amends.channels.http import Http
from amends.channels.testing.chaos import Fault
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.loopback import Reply, Request, serving
from amends.channels.testing.network import Network
from tests.peers.feeds import FeedsSite, feeds_site

__all__ = ["feeds_site"]

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("feeds")]

MINUTE = timedelta(minutes=1)


class OverPythonsServer(ChannelContract):
    name = "feeds"
    recorded = False
    kind = ""
    faults = (Fault.RESET, Fault.CUT, Fault.UNHEARD, Fault.FAILING)  # all of them in the sealed tests

    @pytest.fixture(autouse=True)
    def _site(self, feeds_site: FeedsSite) -> None:
        self.site = feeds_site

    @asynccontextmanager
    async def network(self):
        yield Writer(self.site.blog(self.kind))

    def settings(self, network):
        return {"feeds": network.address}


class TestRss(OverPythonsServer):
    kind = "rss"


class TestAtom(OverPythonsServer):
    kind = "atom"


class Writer(Network):
    def __init__(self, blog):
        self.blog, self.address = blog, blog.url

    async def write(self, text):
        return self.blog.write(text)

    async def change(self, post, text):
        self.blog.change(post, text)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    door = Http(allow_private=True)
    yield door
    await door.close()


async def polled(channel: Feeds, cursor: str, now: datetime) -> tuple[list[Batch], str]:
    batches = [batch async for batch in channel.poll(cursor, (), now)]
    return batches, batches[-1].cursor or cursor if batches else cursor


async def test_an_old_file_costs_no_body_and_a_young_one_is_read_again(feeds_site: FeedsSite, http: Http):
    """The server tells changes by whole seconds: within one, there may be more news than it tells of."""
    blog = feeds_site.blog("rss")
    channel = connect({"feeds": blog.url}, http)
    now = datetime.now(UTC)
    _, cursor = await polled(channel, "", now)
    blog.write("my bag")  # most likely within the second in which the file was made
    [batch], cursor = await polled(channel, cursor, now + MINUTE)
    assert [post.text for post in batch.posts] == ["my bag"]
    assert batch.posts[0].subject == "A post"


class Desk:
    """Where the hub reaches us. `tasks`: what it brought."""

    def __init__(self) -> None:
        self.channel: Feeds | None = None
        self.greeted = 0
        self.batches: list[Batch] = []

    def answer(self, request: Request) -> Reply:
        assert self.channel is not None
        call = Received(request.headers, request.body, {name: values[0] for name, values in request.query.items()})
        try:
            if request.method == "GET":
                said = self.channel.greet(call, datetime.now(UTC))
                self.greeted += 1
                return Reply(said)
            self.batches.append(self.channel.receive(call, datetime.now(UTC)))
        except ChannelError:
            return Reply(b"", 404)
        return Reply(b"")


async def test_a_hub_agrees_and_pushes_what_is_new(feeds_site: FeedsSite, http: Http):
    desk, blog = Desk(), feeds_site.blog("atom", pushed=True)
    async with serving(desk.answer) as address:
        desk.channel = connect({"feeds": blog.url, "hook": f"{address}/hooks/abc", "secret": "made up"}, http)
        assert Can.RECEIVE in desk.channel.can
        now = datetime.now(UTC)
        _, cursor = await polled(desk.channel, "", now)
        assert desk.greeted == 1
        name = blog.write("my bag")
        await asyncio.to_thread(blog.publish)
        [batch] = desk.batches
        assert [(post.id, post.text) for post in batch.posts] == [(name, "my bag")]
        [asked], cursor = await polled(desk.channel, cursor, now + 5 * MINUTE)
        assert asked.posts == batch.posts, "once more: something may have come just before the hub agreed"
        assert await polled(desk.channel, cursor, now + 34 * MINUTE) == ([], cursor), "it is asked seldom now"
        [asked], _ = await polled(desk.channel, cursor, now + 35 * MINUTE)
        assert asked.posts == ()
        assert desk.greeted == 1, "the lease is good for a while"


async def test_a_hub_that_was_told_another_secret_is_not_believed(feeds_site: FeedsSite, http: Http):
    desk, blog = Desk(), feeds_site.blog("rss", pushed=True)
    async with serving(desk.answer) as address:
        settings = {"feeds": blog.url, "hook": f"{address}/hooks/abc", "secret": "made up"}
        desk.channel = connect(settings, http)
        await polled(desk.channel, "", datetime.now(UTC))
        desk.channel = connect({**settings, "secret": "another"}, http)
        blog.write("my bag")
        await asyncio.to_thread(blog.publish)
        assert desk.batches == []
