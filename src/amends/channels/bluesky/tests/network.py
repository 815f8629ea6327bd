"""Bluesky as its people use it, for the contract: simulators, made of the recorded fixtures and after the lexicons."""

from __future__ import annotations

import copy
import json
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from amends.channels.bluesky.cids import cid_of
from amends.channels.bluesky.ids import POST
from amends.channels.testing.network import Network


class Clock:
    """A time that goes on by half a minute and more whenever somebody looks, so that whatever is done only so often is
    done each time."""

    def __init__(self):
        self.moment = datetime.now(UTC)

    def tick(self):
        self.moment += timedelta(seconds=31)
        return self.moment


class Account(Network):
    """The account's server, and people who write in public."""

    def __init__(self, server, clock):
        self.server, self.clock, self.written = server, clock, 0

    @property
    def address(self):
        return self.server.url

    @address.setter
    def address(self, url):
        self.server.url = url

    async def write(self, text):
        self.written += 1
        now = self.clock.moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
        post = copy.deepcopy(self.server.posts[0])
        post["uri"] = f"at://{post['author']['did']}/{POST}/written{self.written}"
        post["record"] = {"$type": POST, "text": text, "createdAt": now}
        post["cid"] = cid_of(post["record"])
        post["indexedAt"] = now
        self.server.posts.insert(0, post)
        return post["uri"]

    async def change(self, post, text):
        found = next(one for one in self.server.posts if one["uri"] == post)
        found["record"] = found["record"] | {"text": text}
        found["cid"] = cid_of(found["record"])

    async def remove(self, post):
        self.server.posts = [one for one in self.server.posts if one["uri"] != post]

    async def replies(self, text):
        return sum(record["value"]["text"] == text for record in self.server.records.values())

    async def end_sessions(self):
        self.server.expired.add(self.server.token)


class Direct(Account):
    """The same, and people who write to the account alone."""

    def __init__(self, server, clock):
        super().__init__(server, clock)
        server.posts, server.notifications = [], []

    async def write(self, text):
        self.server.chat.moment = self.clock.moment
        charlie = self.server.profiles[1]["did"]
        convo = self.server.chat.begin(charlie)
        return f"chat:{convo['id']}/{self.server.chat.say(convo, charlie, text)['id']}"

    async def replies(self, text):
        said = [one for convo in self.server.chat.convos.values() for one in convo["messages"]]
        return sum(one.get("text") == text and one["sender"]["did"] == self.server.did for one in said)


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
        commit = {"operation": operation, "collection": POST, "rkey": rkey, "cid": "bafy"}
        if text is not None:
            commit["record"] = {"$type": POST, "text": text, "createdAt": now.isoformat()}
        made = {"did": "did:plc:charlie", "time_us": int(now.timestamp() * 1e6), "kind": "commit", "commit": commit}
        self.frames.append(made)
        for reader in list(self.connected):
            with suppress(ConnectionClosed):
                await reader.send(json.dumps(made))
        return f"at://did:plc:charlie/{POST}/{rkey}"
