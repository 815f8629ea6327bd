"""A small network on loopback, in a process of its own that nobody kills: `python -m tests.torture.peer SEED`.

It prints its port. Customers write without a pause, and it is as unkind to replies as networks are: one may take a
while before it is taken, or before that is told; it may be taken and the answer lost, or not be taken at all. In half
of its threads a create with a known key makes another reply, as on networks that know no keys, so that a repetition is
seen; in the others it is an error 500, as on Bluesky.

    GET  /posts?after=N   {"posts": [...], "last": M}   in order of writing, our own replies among them; 50 at most
    POST /replies         {"key", "text", "parent", "root", "sent"} -> {"id", "at"}; not taken when LATE after `sent`
    GET  /replies/KEY     {"id", "at"}, or 404
    POST /hush            the customers stop writing
    GET  /count           how many posts there are
    GET  /all             {"posts": [...], "made": {key: [ids of the replies that it made]}}
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CUSTOMERS, THREADS, EVERY, PAGE = 60, 90, 0.02, 50
LATE = 0.8  # seconds after which a request is dropped, as by a gateway: on a busy machine it may have waited


class Network:
    """What stands on the network."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.lock = threading.Lock()
        self.posts: list[dict[str, Any]] = []
        self.roots: list[str] = []
        self.made: dict[str, list[str]] = {}
        self.hushed = threading.Event()

    def live(self) -> None:
        """Customers write until they are hushed."""
        while not self.hushed.wait(EVERY):
            with self.lock:
                self.write_one()

    def write_one(self) -> None:
        customer = f"customer-{self.chance.randrange(CUSTOMERS)}"
        text = f"@air my suitcase {len(self.posts)} is lost and nobody answers, this is terrible!"
        if len(self.roots) < THREADS and self.chance.random() < 0.3:
            self.roots.append(self.add(customer, text)["id"])
        elif self.roots:
            root = self.chance.choice(self.roots)
            self.add(customer, text, parent=root, root=root)

    def add(self, author: str, text: str, parent: str = "", root: str = "") -> dict[str, Any]:
        number = len(self.posts) + 1
        at = datetime.now(UTC).isoformat()
        post = {"id": f"torture://{number}", "author": author, "text": text, "at": at, "parent": parent, "root": root}
        self.posts.append(post)
        return post

    def reply(self, given: dict[str, Any]) -> dict[str, str] | None:
        """Take a reply. None: an error is answered, whatever has become of it."""
        with self.lock:
            before, after, fate = self.chance.uniform(0, 0.1), self.chance.uniform(0, 0.2), self.chance.random()
        time.sleep(before)
        if fate < 0.05:
            return None
        knows_keys = int(given["root"].rpartition("/")[2]) % 2
        with self.lock:
            if time.time() > given["sent"] + LATE or (knows_keys and given["key"] in self.made):
                return None
            post = self.add("air", given["text"], given["parent"], given["root"])
            self.made.setdefault(given["key"], []).append(post["id"])
        time.sleep(after)
        return None if fate < 0.1 else {"id": post["id"], "at": post["at"]}

    def find(self, key: str) -> dict[str, str] | None:
        with self.lock:
            if key not in self.made:
                return None
            post = self.posts[int(self.made[key][0].rpartition("/")[2]) - 1]
            return {"id": post["id"], "at": post["at"]}

    def page(self, after: int) -> dict[str, Any]:
        with self.lock:
            posts = self.posts[after : after + PAGE]
        return {"posts": posts, "last": after + len(posts)}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    network: Network

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/posts":
            self.answer(self.network.page(int(parse_qs(url.query)["after"][0])))
        elif url.path == "/count":
            self.answer(len(self.network.posts))
        elif url.path == "/all":
            with self.network.lock:
                self.answer({"posts": self.network.posts, "made": self.network.made})
        else:
            self.answer(self.network.find(url.path.rpartition("/")[2]), missing=404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/hush":
            self.network.hushed.set()
            self.answer({})
        else:
            self.answer(self.network.reply(json.loads(body)), missing=500)

    def answer(self, value: Any, missing: int = 500) -> None:
        body = json.dumps(value).encode()
        self.send_response(missing if value is None else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Those who ask are killed while they ask: that is no news."""


if __name__ == "__main__":
    Handler.network = Network(int(sys.argv[1]))
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    threading.Thread(target=Handler.network.live, daemon=True).start()
    server.serve_forever()
