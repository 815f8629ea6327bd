"""A stand-in for a Bluesky server, on loopback, for sealed tests and for faults that a real one does not show.

Written from the lexicons and from what the reference server was seen to answer; the recorded fixtures are its content.
The real server is tested in `tests/peers/`; the chat service behind it, which nobody can run, is in `chat.py`.
"""

from __future__ import annotations

import json
from base64 import b32encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from amends.channels.bluesky.cids import cid_of
from amends.channels.bluesky.tests.chat import ChatService, refusal
from amends.channels.testing.loopback import NOTHING, Reply, Request, serving

FIXTURES = Path(__file__).parents[1] / "fixtures"
PASSWORD = "abcd-efgh-ijkl-mnop"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


class Server:
    """One account's server. `faults` are answered first, one a call of that method; `asked` is what was called."""

    def __init__(self) -> None:
        self.url = ""
        self.profiles = json.loads(fixture("profiles.json"))["profiles"]
        self.did, self.handle = self.profiles[0]["did"], self.profiles[0]["handle"]
        self.notifications: list[Any] = json.loads(fixture("notifications.json"))["notifications"]
        self.posts: list[Any] = json.loads(fixture("search.json"))["posts"]
        self.records: dict[str, Any] = {}
        self.faults: dict[str, list[Reply]] = {}
        self.asked: list[str] = []
        self.blobs: list[tuple[str, bytes]] = []
        self.token = 0
        self.expired: set[int] = set()
        self.chat = ChatService(self.did, self.profiles)

    def answer(self, request: Request) -> Reply:
        method = request.path.removeprefix("/xrpc/").rsplit(".", 1)[1]
        self.asked.append(method)
        if self.faults.get(method):
            fault = self.faults[method].pop(0)
            if fault is not DONE_UNHEARD:
                return fault
            if request.path.startswith("/xrpc/chat."):
                self.chat.answer(method, request)
            else:
                getattr(self, method)(request)
            return NOTHING
        open_to_all = ("createSession", "refreshSession", "getProfiles")
        access = "" if self.token in self.expired else f"Bearer access-{self.token}"
        if method not in open_to_all and request.headers.get("authorization") != access:
            return refusal(400, "ExpiredToken", "Token has expired")
        if request.path.startswith("/xrpc/chat."):
            return Reply(self.chat.answer(method, request))
        return Reply(getattr(self, method)(request), headers=RATE)

    def createSession(self, request: Request) -> object:  # noqa: N802
        given = request.json()
        if given["password"] != PASSWORD:
            return refusal(401, "AuthenticationRequired", f"Invalid identifier or password {given['password']}")
        return self._session()

    def refreshSession(self, request: Request) -> object:  # noqa: N802
        assert not request.body
        if request.headers.get("authorization") != f"Bearer refresh-{self.token}":
            return refusal(400, "ExpiredToken", "Token has been revoked")
        return self._session()

    def _session(self) -> object:
        self.token += 1
        return {
            "accessJwt": f"access-{self.token}",
            "refreshJwt": f"refresh-{self.token}",
            "did": self.did,
            "handle": self.handle,
            "didDoc": {"service": [{"id": "#atproto_pds", "serviceEndpoint": "http://nobody.test"}]},
        }

    def listNotifications(self, request: Request) -> object:  # noqa: N802
        return paged("notifications", self.notifications, request)

    def searchPosts(self, request: Request) -> object:  # noqa: N802
        word = request.query["q"][0]
        return paged("posts", [post for post in self.posts if word in post["record"]["text"]], request)

    def getPosts(self, request: Request) -> object:  # noqa: N802
        return {"posts": [post for post in self.posts if post["uri"] in request.query["uris"]]}

    def getProfile(self, request: Request) -> object:  # noqa: N802
        return self.profiles[0]

    def getProfiles(self, request: Request) -> object:  # noqa: N802
        return {"profiles": [one for one in self.profiles if one["did"] in request.query["actors"]]}

    def applyWrites(self, request: Request) -> object:  # noqa: N802
        given = request.json()
        if any(write["rkey"] in self.records for write in given["writes"]):
            return refusal(500, "InternalServerError", "Internal Server Error")
        results = []
        for write in given["writes"]:
            uri = f"at://{given['repo']}/{write['collection']}/{write['rkey']}"
            made = {"uri": uri, "cid": cid_of(write["value"])}
            self.records[write["rkey"]] = made | {"value": write["value"]}
            results.append({"$type": "com.atproto.repo.applyWrites#createResult", **made})
        return {"results": results}

    def uploadBlob(self, request: Request) -> object:  # noqa: N802
        mime = request.headers["content-type"]
        self.blobs.append((mime, request.body))
        raw = bytes((1, 0x55, 0x12, 32)) + sha256(request.body).digest()
        link = "b" + b32encode(raw).decode().rstrip("=").lower()
        return {"blob": {"$type": "blob", "ref": {"$link": link}, "mimeType": mime, "size": len(request.body)}}

    def getRecord(self, request: Request) -> object:  # noqa: N802
        rkey = request.query["rkey"][0]
        return self.records.get(rkey) or refusal(400, "RecordNotFound", f"Could not locate record: {rkey}")


RATE = {"ratelimit-limit": "3000", "ratelimit-remaining": "2990", "ratelimit-reset": "1800000000"}
DONE_UNHEARD = Reply()  # a fault: the call is carried out, and the connection breaks before the answer


def paged(name: str, items: list[Any], request: Request) -> object:
    start, limit = int(request.query.get("cursor", ["0"])[0]), int(request.query["limit"][0])
    page: dict[str, Any] = {name: items[start : start + limit]}
    return page | ({"cursor": str(start + limit)} if start + limit < len(items) else {})


@asynccontextmanager
async def running() -> AsyncIterator[Server]:
    server = Server()

    def answering(request: Request) -> Reply:
        found = server.answer(request)
        return found.body if isinstance(found.body, Reply) else found

    async with serving(answering) as server.url:
        yield server


@asynccontextmanager
async def streaming(*connections: list[bytes]) -> AsyncIterator[tuple[str, list[str]]]:
    """A Jetstream that gives each connection its frames and closes it: {its address, the paths that were asked}."""
    waiting, asked = list(connections), []

    async def give(reader: ServerConnection) -> None:
        asked.append(reader.request.path)
        for frame in waiting.pop(0) if waiting else []:
            await reader.send(frame.decode(errors="surrogateescape") if b"\xff" not in frame else frame)

    async with serve(give, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/subscribe", asked
