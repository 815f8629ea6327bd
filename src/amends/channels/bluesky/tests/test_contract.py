from __future__ import annotations

import copy
import json
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from amends.channels.base import Batch, Deletion, Malformed, Post, Rule
from amends.channels.bluesky.jetstream import frame
from amends.channels.bluesky.parse import found, notification, page, read
from amends.channels.bluesky.tests.server import PASSWORD, fixture, running
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


class TestBluesky(ChannelContract):
    name = "bluesky"
    # An account's polls tell no edits, and look for deletions every half minute: see test_polling.
    silent = frozenset({Rule.EDITS, Rule.DELETIONS})

    def payloads(self):
        return {name: fixture(name) for name in ("notifications.json", "search.json", "jetstream.jsonl")}

    def parse(self, name, payload):
        if name == "jetstream.jsonl":
            items = [frame(line).what for line in payload.split(b"\n") if line]
        elif name == "search.json":
            items = [item.post for item in read(page(payload, "posts")[0], lambda v, raw: found(v, raw, SEEN))]
        else:
            items = [item.post for item in read(page(payload, "notifications")[0], notification)]
        kinds = {Post: [], Deletion: [], Malformed: [], type(None): []}
        for item in items:
            kinds[type(item)].append(item)
        return Batch(posts=tuple(kinds[Post]), deletions=tuple(kinds[Deletion]), malformed=tuple(kinds[Malformed]))

    @asynccontextmanager
    async def network(self):
        async with running() as server:
            yield Simulator(server)

    def settings(self, network):
        return {
            "service": network.address, "appview": network.address, "handle": "alice.test", "password": PASSWORD,
        }  # fmt: skip


class TestListener(ChannelContract):
    """The same channel without an account."""

    name = "bluesky"
    recorded = False
    silent = frozenset({Rule.LOGS_IN, Rule.SECRETS, Rule.REPLIES_ONCE, Rule.LIMITS})

    @asynccontextmanager
    async def network(self):
        async with Stream().running() as stream:
            yield stream

    def settings(self, network):
        return {"jetstream": network.address, "appview": "http://127.0.0.1:9"}


class Simulator(Network):
    """The account's server, as its people use it."""

    def __init__(self, server):
        self.server, self.written = server, 0

    @property
    def address(self):
        return self.server.url  # which the account's own document names, too

    @address.setter
    def address(self, url):
        self.server.url = url

    async def write(self, text):
        self.written += 1
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        post = copy.deepcopy(self.server.posts[0])
        did = post["author"]["did"]
        post["uri"] = f"at://{did}/app.bsky.feed.post/written{self.written}"
        post["record"] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": now}
        post["indexedAt"] = now
        self.server.posts.insert(0, post)
        return post["uri"]

    async def remove(self, post):
        self.server.posts = [one for one in self.server.posts if one["uri"] != post]

    async def replies(self, text):
        return sum(record["value"]["text"] == text for record in self.server.records.values())

    async def end_sessions(self):
        self.server.expired.add(self.server.token)


class Stream(Network):
    """A Jetstream that remembers everything."""

    def __init__(self):
        self.frames, self.connected = [], set()

    @asynccontextmanager
    async def running(self):
        async with serve(self.give, "127.0.0.1", 0) as server:
            self.address = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/subscribe"
            yield self

    async def give(self, reader):
        since = int(parse_qs(urlsplit(reader.request.path).query).get("cursor", ["0"])[0])
        for one in self.frames:
            if one["time_us"] >= since:
                await reader.send(json.dumps(one))
        self.connected.add(reader)
        await reader.wait_closed()
        self.connected.discard(reader)

    async def write(self, text):
        return await self.commit("create", f"written{len(self.frames)}", text)

    async def change(self, post, text):
        await self.commit("update", post.rsplit("/", 1)[1], text)

    async def remove(self, post):
        await self.commit("delete", post.rsplit("/", 1)[1])

    async def commit(self, operation, rkey, text=None):
        now = datetime.now(UTC)
        commit = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey, "cid": "bafy"}
        if text is not None:
            commit["record"] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": now.isoformat()}
        made = {"did": "did:plc:charlie", "time_us": int(now.timestamp() * 1e6), "kind": "commit", "commit": commit}
        self.frames.append(made)
        for reader in list(self.connected):
            with suppress(ConnectionClosed):
                await reader.send(json.dumps(made))
        return f"at://did:plc:charlie/app.bsky.feed.post/{rkey}"
