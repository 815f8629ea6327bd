"""A Jetstream of our own, for tests: the loopback network has a firehose and no Jetstream.

It is no server of other people's making. It reads `com.atproto.sync.subscribeRepos` (CBOR and CAR) and gives the same
events in the form that Jetstream documents for `/subscribe`: `wantedCollections` (names, or prefixes ending in `.*`),
`wantedDids`, and `cursor` in microseconds, inclusive, beyond which playback goes over into the live tail. Account and
identity events go to everybody. It does not compress and takes no messages from its readers. What it remembers is
bounded by the length of a test run.
"""

from __future__ import annotations

import asyncio
import base64
import bisect
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import libipld
from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class Event(NamedTuple):
    time_us: int
    did: str
    collection: str  # "" for account and identity events
    frame: str


class Bridge:
    """The events so far, and those who read them."""

    def __init__(self, firehose: str) -> None:
        self.firehose = firehose
        self.events: list[Event] = []
        self.news = asyncio.Condition()

    async def follow(self) -> None:
        """Read the firehose from its beginning until we are cancelled, again after a cut."""
        seen = 0
        while True:
            url = f"{self.firehose}/xrpc/com.atproto.sync.subscribeRepos?cursor={seen}"
            try:
                async with connect(url, max_size=None, proxy=None, close_timeout=0.2) as socket:
                    async for message in socket:
                        header, body = libipld.decode_dag_cbor_multi(message)
                        seen = body.get("seq", seen)
                        await self.take(header.get("t", ""), body)
            except (OSError, ConnectionClosed):
                await asyncio.sleep(0.1)

    async def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Turn one frame of the firehose into events."""
        if kind == "#commit":
            blocks = libipld.decode_car(body["blocks"])[1] if body["blocks"] else {}
            for op in body["ops"]:
                collection, rkey = op["path"].split("/")
                commit = {"rev": body["rev"], "operation": op["action"], "collection": collection, "rkey": rkey}
                if op["action"] != "delete":
                    if op["cid"] not in blocks:
                        continue
                    commit |= {"record": as_json(blocks[op["cid"]]), "cid": libipld.encode_cid(op["cid"])}
                self.add(body["repo"], collection, "commit", commit)
        elif kind in ("#identity", "#account"):
            self.add(body["did"], "", kind[1:], as_json(body))
        async with self.news:
            self.news.notify_all()

    def add(self, did: str, collection: str, kind: str, what: Any) -> None:
        last = self.events[-1].time_us if self.events else 0
        time_us = max(last + 1, time.time_ns() // 1000)
        frame = json.dumps({"did": did, "time_us": time_us, "kind": kind, kind: what}, ensure_ascii=False)
        self.events.append(Event(time_us, did, collection, frame))

    async def serve(self, reader: ServerConnection) -> None:
        """One reader, until it leaves."""
        feeding = asyncio.ensure_future(self._feed(reader))
        await reader.wait_closed()
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)

    async def _feed(self, reader: ServerConnection) -> None:
        """Give a reader everything from its cursor, or from now on."""
        assert reader.request
        asked = parse_qs(urlsplit(reader.request.path).query)
        place = len(self.events)
        if cursor := asked.get("cursor"):
            place = bisect.bisect_left(self.events, int(cursor[0]), key=lambda event: event.time_us)
        while True:
            while place < len(self.events):
                event = self.events[place]
                place += 1
                if wanted(event, asked):
                    await reader.send(event.frame)
            async with self.news:
                await self.news.wait_for(lambda at=place: at < len(self.events))


def wanted(event: Event, asked: Mapping[str, list[str]]) -> bool:
    if (dids := asked.get("wantedDids")) and event.did not in dids:
        return False
    collections = asked.get("wantedCollections")
    if not collections or not event.collection:
        return True
    return any(
        event.collection.startswith(name[:-1]) if name.endswith("*") else event.collection == name
        for name in collections
    )


def as_json(value: Any) -> Any:
    """A decoded CBOR value in the AT Protocol's JSON form: links and bytes are objects of one key."""
    if isinstance(value, Mapping):
        if value.get("$type") == "blob" and isinstance(value.get("ref"), bytes):
            return {**{k: as_json(v) for k, v in value.items()}, "ref": {"$link": libipld.encode_cid(value["ref"])}}
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    return value


@contextmanager
def bridge(firehose: str) -> Iterator[str]:
    """Run a bridge over `firehose` (ws://host:port) in a thread: {the address to subscribe at}."""
    loop, started, address = asyncio.new_event_loop(), threading.Event(), []

    async def run() -> None:
        service = Bridge(firehose)

        server: Server
        async with serve(service.serve, "127.0.0.1", 0) as server:
            address.append(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/subscribe")
            started.set()
            await service.follow()

    def work() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()
            started.set()

    task = loop.create_task(run())
    thread = threading.Thread(target=work, name="jetstream-bridge", daemon=True)
    thread.start()
    started.wait(20)
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(20)
