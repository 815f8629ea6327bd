"""Records what a Bluesky network answers, for the channel's sealed tests. All accounts and words are made up.

    python -m tests.peers.record_bluesky

rewrites `src/amends/channels/bluesky/fixtures/`: pages as they came, and the live stream a frame a line.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import httpx2
from websockets.sync.client import connect

from tests.peers.bluesky import Account, BlueskyNetwork, Ref, network

FIXTURES = Path(__file__).parents[2] / "src/amends/channels/bluesky/fixtures"


def record() -> None:
    with network() as running:
        alice = running.create_account("alice", "Alice Air")
        bob, charlie = running.create_account("bob", "Bob"), running.create_account("charlie", "Charlie 🧳")
        last = write_everything(running, alice, bob, charlie)
        running.until(lambda: any(one["uri"] == last.uri for one in running.notifications(alice)))
        save("notifications.json", page(running, "app.bsky.notification.listNotifications", alice, limit=50))
        save("search.json", page(running, "app.bsky.feed.searchPosts", alice, q="bag", sort="latest", limit=50))
        save("profiles.json", page(running, "app.bsky.actor.getProfiles", alice, actors=[alice.did, charlie.did]))
        save("jetstream.jsonl", stream(running.jetstream))


def write_everything(running: BlueskyNetwork, alice: Account, bob: Account, charlie: Account) -> Ref:
    """Every kind of post that the channel tells apart; the last one is a mention of Alice."""
    brand = f"@{alice.handle}"
    lost = running.post(charlie, f"{brand} you LOST my bag!!! 😡 #lostbag https://example.org/bag")
    running.like(bob, lost)
    running.repost(bob, lost)
    image = {"alt": "A red bag\non a belt", "image": running.upload(charlie, picture(), "image/png")}
    images = {"$type": "app.bsky.embed.images", "images": [image, {**image, "alt": ""}]}
    running.post(charlie, "this is the bag", reply_to=lost, embed=images)
    card = {"uri": "https://example.org/bag", "title": "Where bags go", "description": "A story about a bag"}
    running.post(bob, "bag stories", embed={"$type": "app.bsky.embed.external", "external": card})
    quote = {"$type": "app.bsky.embed.record", "record": lost._asdict()}
    running.post(bob, f"{brand} again, a bag", embed=quote)
    both = {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": images}
    running.post(charlie, "my bag, my words", embed=both)
    film = {"$type": "app.bsky.embed.video", "video": running.upload(charlie, b"\0\0\0\x18ftypmp42film", "video/mp4")}
    running.post(charlie, "a film of a bag", embed={**film, "alt": "A bag falls"})
    running.post(bob, "鞄がなくなりました bag", langs=["ja", "en"])
    answer = running.post(alice, f"@{charlie.handle} we look for the bag", reply_to=lost)
    running.post(charlie, "thank you for the bag", reply_to=answer)
    typo = running.post(bob, "my bga")
    running.edit(bob, typo, "my bag")
    regret = running.post(bob, "worst bag ever")
    running.until(lambda: running.shows(regret))
    running.delete(bob, regret)
    return running.post(bob, f"{brand} one more bag", reply_to=answer)


def picture() -> bytes:
    """A PNG of one red pixel."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\xff\0\0")),
        (b"IEND", b""),
    ]
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def page(running: BlueskyNetwork, nsid: str, account: Account, **params: Any) -> bytes:
    """An answer, byte for byte."""
    headers = {"authorization": f"Bearer {running.token(account)}"}
    return httpx2.get(f"{running.pds}/xrpc/{nsid}", params=params, headers=headers).raise_for_status().content


def stream(url: str) -> bytes:
    frames = []
    with connect(f"{url}?wantedCollections=app.bsky.feed.post&cursor=1", proxy=None) as socket:
        try:
            while True:
                frames.append(socket.recv(timeout=1, decode=False))
        except TimeoutError:
            return b"\n".join(frames) + b"\n"


def save(name: str, data: bytes) -> None:
    FIXTURES.mkdir(exist_ok=True)
    (FIXTURES / name).write_bytes(data)


if __name__ == "__main__":
    record()
