"""A simulator of a site with feeds, and of a WebSub hub beside it, on loopback.

Written from the RSS 2.0 specification (https://www.rssboard.org/rss-specification), RFC 9110 for conditional requests
and redirects, and the W3C's recommendation of WebSub. A real server and a real hub are tested in `tests/peers/`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

from amends.channels.base import Received
from amends.channels.testing.loopback import Reply, Request, serving

FIXTURES = Path(__file__).parents[1] / "fixtures"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


class Site:
    """Its feed is at /feed.xml. `others` answer in place of it at their paths; `headers` go with every feed; `asked`
    has each request's path and status."""

    def __init__(self) -> None:
        self.url = ""
        self.items: list[dict[str, str]] = []
        self.others: dict[str, Reply | Callable[[Request], Reply]] = {}
        self.headers: dict[str, str] = {}
        self.extra = ""
        self.asked: list[tuple[str, int]] = []
        self.requests: list[Request] = []
        self.subscribed: dict[str, str] = {}  # what the hub was asked for last

    def write(self, text: str, **changes: str) -> dict[str, str]:
        number = len(self.items) + 1
        item = {
            "title": text,
            "link": f"https://blog.example/{number}",
            "guid": f"https://blog.example/?p={number}",
            "pubDate": format_datetime(datetime.now(UTC)),
        } | changes
        self.items.insert(0, item)
        return item

    def document(self) -> bytes:
        items = "".join(
            "<item>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in item.items()) + "</item>"
            for item in self.items
        )
        head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">'
        return f"{head}<channel><title>The blog</title>{self.extra}{items}</channel></rss>".encode()

    def answer(self, request: Request) -> Reply:
        reply = self._answer(request)
        self.requests.append(request)
        self.asked.append((request.path, reply.status))
        return reply

    def _answer(self, request: Request) -> Reply:
        found = self.others.get(request.path)
        if found is not None:
            return found if isinstance(found, Reply) else found(request)
        if request.path == "/hub":
            self.subscribed = dict(parse_qsl(request.body.decode()))
            return Reply(b"", 202)
        if request.path != "/feed.xml":
            return Reply(b"Not found", 404)
        return feed(self.document(), request, self.headers)

    def hub_asks(self, **changes: str) -> Received:
        """The hub's question whether the subscription is meant."""
        given = {
            "hub.mode": "subscribe", "hub.topic": self.subscribed["hub.topic"], "hub.challenge": "say this",
            "hub.lease_seconds": self.subscribed["hub.lease_seconds"],
        }  # fmt: skip
        return Received({}, b"", self._callback() | given | changes)

    def hub_pushes(self, body: bytes, method: str = "sha256", **headers: str) -> Received:
        made = hmac.new(self.subscribed["hub.secret"].encode(), body, getattr(hashlib, method)).hexdigest()
        given = {"content-type": "application/rss+xml", "x-hub-signature": f"{method}={made}"}
        return Received(
            given | {name.replace("_", "-"): value for name, value in headers.items()}, body, self._callback()
        )

    def _callback(self) -> dict[str, str]:
        query = parse_qs(urlsplit(self.subscribed["hub.callback"]).query)
        return {name: values[0] for name, values in query.items()}


def feed(body: bytes, request: Request, headers: dict[str, str]) -> Reply:
    """A feed with an ETag, and 304 to whoever knows it."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if request.headers.get("if-none-match") == etag:
        return Reply(b"", 304, headers | {"etag": etag})
    return Reply(body, 200, {"etag": etag, "content-type": "application/rss+xml"} | headers)


@asynccontextmanager
async def running() -> AsyncIterator[Site]:
    site = Site()
    async with serving(site.answer) as site.url:
        yield site
