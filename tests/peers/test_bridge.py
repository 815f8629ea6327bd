"""Our Jetstream keeps to what Jetstream documents: filters, and an inclusive cursor that leads into the live tail."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator

import libipld
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from tests.peers.jetstream_bridge import Bridge, as_json, bridge

POST, LIKE = "app.bsky.feed.post", "app.bsky.feed.like"


@pytest.fixture
async def service() -> AsyncIterator[tuple[Bridge, str]]:
    made = Bridge("ws://127.0.0.1:9")
    for number, (did, collection) in enumerate([("a", POST), ("a", LIKE), ("b", POST), ("b", "")]):
        made.add(did, collection, "commit" if collection else "identity", {"number": number})
    async with serve(made.serve, "127.0.0.1", 0) as server:
        yield made, f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/subscribe"


async def given(url: str, count: int) -> list[int]:
    async with connect(url, proxy=None) as reader, asyncio.timeout(5):
        frames = [json.loads(await reader.recv()) for _ in range(count)]
    return [frame[frame["kind"]]["number"] for frame in frames]


async def test_filters(service: tuple[Bridge, str]) -> None:
    _, url = service
    assert await given(f"{url}?cursor=1", 4) == [0, 1, 2, 3]
    assert await given(f"{url}?cursor=1&wantedCollections={POST}", 3) == [0, 2, 3]
    assert await given(f"{url}?cursor=1&wantedCollections={POST}&wantedCollections={LIKE}&wantedDids=a", 2) == [0, 1]
    assert await given(f"{url}?cursor=1&wantedCollections=app.bsky.*&wantedDids=b", 2) == [2, 3]


async def test_a_cursor_is_inclusive_and_goes_over_into_the_live_tail(service: tuple[Bridge, str]) -> None:
    made, url = service
    times = [event.time_us for event in made.events]
    assert times == sorted(set(times))
    reading = asyncio.create_task(given(f"{url}?cursor={times[2]}", 3))
    live = asyncio.create_task(given(url, 1))
    while not live.done():
        made.add("c", POST, "commit", {"number": 9})
        async with made.news:
            made.news.notify_all()
        await asyncio.sleep(0)
    assert await reading == [2, 3, 9]
    assert await live == [9]


async def test_the_firehose_is_read_again_after_a_cut() -> None:
    asked: list[str] = []
    threads = threading.active_count()
    header = libipld.encode_dag_cbor({"op": 1, "t": "#identity"})

    async def firehose(reader: ServerConnection) -> None:
        assert reader.request
        asked.append(reader.request.path)
        number = len(asked)
        await reader.send(
            header + libipld.encode_dag_cbor({"seq": number, "did": f"did:plc:{number}", "number": number})
        )

    async with serve(firehose, "127.0.0.1", 0) as server:
        source = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        with bridge(source) as url:
            assert await given(f"{url}?cursor=1", 2) == [1, 2]
    assert asked[1].endswith("?cursor=1")
    assert threading.active_count() == threads


def test_links_and_bytes_take_their_json_form() -> None:
    raw = bytes.fromhex("01551220" + "11" * 32)
    blob = {"$type": "blob", "ref": raw, "size": 3}
    assert as_json(blob) == {"$type": "blob", "ref": {"$link": libipld.encode_cid(raw)}, "size": 3}
    assert as_json([{"sig": b"\x01\x02"}]) == [{"sig": {"$bytes": "AQI"}}]
