"""A simulator: a company's own system, written from page.md: it posts what its people write, and takes answers."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from amends.channels.base import Received
from amends.channels.testing.loopback import Reply, Request, serving
from amends.channels.testing.network import Network

SECRET = "a-long-secret-of-the-shop-0123456789"


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    time = int(datetime.now(UTC).timestamp() if at is None else at)
    return f"t={time},v1={hmac.new(secret.encode(), f'{time}.'.encode() + body, hashlib.sha256).hexdigest()}"


def call(body: bytes, secret: str = SECRET, *, kind: str = "application/json", at: float | None = None) -> Received:
    return Received({"content-type": kind, "amends-signature": signed(body, secret, at)}, body, {})


class System(Network):
    """`posts` are what it would post, by id: it posts all of them again each time, as whoever is not sure does. `taken`
    are the answers it has, by key."""

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, Any]] = {}
        self.taken: dict[str, dict[str, Any]] = {}
        self.pings = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[System]:
        async with serving(self.answering) as address:
            self.address = address
            yield self

    async def write(self, text: str) -> str:
        number = str(len(self.posts) + 1)
        now = datetime.now(UTC).isoformat()
        self.posts[number] = {"id": number, "author": {"id": 42, "name": "ann"}, "created": now, "text": text}
        return f"shop:{number}"

    async def change(self, post: str, text: str) -> None:
        number = post.removeprefix("shop:")
        self.posts[number] |= {"text": text, "edited": datetime.now(UTC).isoformat()}

    async def remove(self, post: str) -> None:
        number = post.removeprefix("shop:")
        self.posts[number] = {"id": number, "deleted": True}

    async def replies(self, text: str) -> int:
        return sum(one["text"] == text for one in self.taken.values())

    def calls(self) -> list[Received]:
        return [call(json.dumps(one).encode()) for one in self.posts.values()]

    def answering(self, request: Request) -> Reply:
        key = request.query.get("key", [""])[0]
        given = request.headers.get("amends-signature", "")
        body = key.encode() if request.method == "GET" else request.body
        time = given[2:].partition(",")[0]
        if not time.isdigit() or signed(body, at=int(time)).split(",")[1] not in given.split(","):
            return Reply({"error": "The signature is wrong."}, 401)
        if request.method == "GET":
            return self.told(key) if key in self.taken else Reply({}, 404)
        told = request.json()
        if told["type"] == "ping":
            self.pings += 1
            return Reply({"account": {"id": "care", "name": "care", "display": "Customer care"}})
        assert request.headers["idempotency-key"] == told["key"]
        self.taken.setdefault(told["key"], told)
        return self.told(told["key"])

    def told(self, key: str) -> Reply:
        return Reply({"id": f"answer-{key}", "url": f"https://shop.example/answers/{key}"}, 201)
