"""Records what mastodon-mock answers, for the channel's sealed tests. All accounts and words are made up.

    python -m tests.peers.record_mastodon

rewrites `src/amends/channels/mastodon/fixtures/`: pages as they came, and a stream's messages, one a line.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
from websockets.sync.client import connect

from tests.peers.mastodon import MastodonNetwork, Person, network

FIXTURES = Path(__file__).parents[2] / "src/amends/channels/mastodon/fixtures"


def record() -> None:
    with network() as running, ExitStack() as stack:
        alice, bob, charlie = (running.person(name) for name in ("alice", "bob", "charlie"))
        running.call("POST", f"/api/v1/accounts/{me(running, charlie)['id']}/follow", alice)
        streams = [f"user&access_token={alice.token}", f"direct&access_token={alice.token}", "public"]
        base = running.url.replace("http", "ws", 1) + "/api/v1/streaming?stream="
        sockets = [stack.enter_context(connect(base + stream, proxy=None)) for stream in streams]
        write_everything(running, alice, bob, charlie)
        (FIXTURES / "stream.jsonl").write_text("".join(f"{said}\n" for socket in sockets for said in heard(socket)))
        save("notifications.json", page(running, "/api/v1/notifications", alice))
        save("conversations.json", page(running, "/api/v1/conversations", alice))
        save("timeline.json", page(running, "/api/v1/timelines/public"))
        save("hashtag.json", page(running, "/api/v1/timelines/tag/lostbag"))
        save("search.json", page(running, "/api/v2/search", alice, q="bag", type="statuses"))
        save("instance.json", page(running, "/api/v2/instance"))
        save("account.json", page(running, "/api/v1/accounts/verify_credentials", alice))


def write_everything(running: MastodonNetwork, alice: Person, bob: Person, charlie: Person) -> None:
    """Every kind of post that the channel tells apart."""
    lost = running.post(
        charlie, "@alice you LOST my bag!!! 😡 #lostbag https://example.org/bag?id=1&x=2", language="en"
    )
    running.call("POST", f"/api/v1/statuses/{lost['id']}/favourite", bob)
    running.call("POST", f"/api/v1/statuses/{lost['id']}/reblog", bob)
    picture = running.upload(charlie, "bag.png", b"\x89PNG\r\n\x1a\nmade up", "image/png", "A red bag\non a belt")
    running.post(charlie, "this is the bag", in_reply_to_id=lost["id"], media_ids=[picture])
    running.post(charlie, "politics, and my bag", spoiler_text="airlines & politics", sensitive=True)
    running.post(bob, "@alice where is my bag?", poll={"options": ["in Oslo", "in Rome"], "expires_in": 3600})
    running.post(bob, "look at this bag", quoted_status_id=lost["id"])
    running.post(charlie, "@alice my booking is X4T7, for the bag", visibility="direct")
    running.post(charlie, "only my followers see this bag @alice", visibility="private")
    running.post(bob, "鞄がなくなりました bag #lostbag", language="ja", visibility="unlisted")
    answer = running.post(alice, "@charlie we look for the bag", in_reply_to_id=lost["id"])
    running.post(charlie, "@alice thank you\n\nfor the bag", in_reply_to_id=answer["id"])
    running.edit(charlie, running.post(charlie, "@alice my bga"), "@alice my bag")
    running.delete(charlie, running.post(charlie, "@alice worst bag ever"))


def me(running: MastodonNetwork, person: Person) -> dict[str, Any]:
    return dict(running.call("GET", "/api/v1/accounts/verify_credentials", person))


def heard(socket: Any) -> list[str]:
    found = []
    while True:
        try:
            found.append(str(socket.recv(timeout=0.5)))
        except TimeoutError:
            return found


def page(running: MastodonNetwork, path: str, person: Person | None = None, **params: str) -> bytes:
    headers = {"authorization": f"Bearer {person.token}"} if person else {}
    return httpx2.get(running.url + path, params={**params, "limit": "40"}, headers=headers).content


def save(name: str, body: bytes) -> None:
    (FIXTURES / name).write_bytes(body + b"\n")


if __name__ == "__main__":
    record()
