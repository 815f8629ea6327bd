"""WebSub (https://www.w3.org/TR/websub/): feeds that are pushed to us as they change, where this site can be reached.

A hub calls an address of our own that names the feed (`feed`) and proves that we asked for this topic (`topic`), so
that nothing about a subscription needs to be remembered where the calls arrive. Leases are renewed daily, however long
a hub grants them, and a pushed feed is still asked from time to time: whether a hub keeps its word is not known.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode

from msgspec.structs import replace

from amends.channels.base import ChannelError, Received, Rejected
from amends.channels.feeds.addresses import Address
from amends.channels.feeds.cursor import Place
from amends.channels.feeds.document import Document, web
from amends.channels.feeds.parse import mark
from amends.channels.http import Answer, Http

LEASE = timedelta(days=10)  # asked for; a hub grants what it likes
RENEW = timedelta(days=1)
AGAIN = timedelta(hours=6)  # after a hub refused
LINK = re.compile(r"<([^<>]{1,2000})>\s*;([^,<]{0,500})")  # RFC 8288
REL = re.compile(r"\brel\s*=\s*\"?([\w\s-]+)")
METHODS = {"sha1", "sha256", "sha384", "sha512"}


def offered(answer: Answer, document: Document) -> tuple[str, str]:
    """(the feed's hub, the topic that the hub knows it by): as the answer's Link headers say, or else the document."""
    linked: dict[str, str] = {}
    for address, said in LINK.findall(answer.headers.get("link", "")[:8000]):
        named = REL.search(said)
        for rel in named[1].lower().split() if named else ():
            linked.setdefault(rel, web(address, answer.url))
    return linked.get("hub") or document.hub, linked.get("self") or document.address or answer.url


class Push:
    """`hook` is the address at which hubs reach us; `secret` is known to nobody else."""

    def __init__(self, hook: str, secret: str, feeds: Sequence[str]) -> None:
        self._hook, self._secret = hook, secret
        self._feeds = {mark(entered): entered for entered in feeds}

    def __repr__(self) -> str:
        return f"Push({len(self._feeds)} feeds)"

    async def kept(self, http: Http, address: Address, place: Place, now: datetime) -> Place:
        """The place after its subscription was made or renewed, if it was time to. Nothing that a hub does is an
        error: then the feed is asked as often as any other."""
        if not place.hub:
            return replace(place, pushed=None, tried=None)
        every = RENEW if place.pushed else AGAIN
        if place.tried and place.tried <= now < place.tried + every:
            return place
        try:
            await self._subscribe(http, place.hub, place.topic, mark(address.entered))
        except ChannelError:
            return replace(place, pushed=None, tried=now)
        return replace(place, pushed=now, tried=now)

    def greet(self, call: Received) -> bytes:
        """The hub asks whether we mean it. Raises `Rejected` where we don't."""
        mode, topic = call.query.get("hub.mode", ""), call.query.get("hub.topic", "")
        feed, wanted = call.query.get("feed", ""), mode == "subscribe"
        ours = _same(call.query.get("topic", ""), self._proof(feed, topic))
        if mode == "denied" and ours:
            return b""
        if not ours or mode not in ("subscribe", "unsubscribe") or wanted != (feed in self._feeds):
            raise Rejected("Nobody here asked for this.")
        return call.query.get("hub.challenge", "").encode()

    def feed(self, call: Received) -> str:
        """The address, as it was entered, of the feed whose hub made this call. Raises `Rejected` unless it is signed
        with what only the hub was told."""
        feed, topic = call.query.get("feed", ""), call.query.get("topic", "")
        method, _, given = call.headers.get("x-hub-signature", "").partition("=")
        if method.lower() not in METHODS:
            raise Rejected("This call is not signed, or in a way that is not known.")
        made = hmac.new(self._key(feed, topic).encode(), call.body, method.lower()).hexdigest()
        if not _same(given.strip().lower(), made):
            raise Rejected("The signature of this call is wrong.")
        if feed not in self._feeds:
            raise Rejected("This feed is no longer on the list.")
        return self._feeds[feed]

    async def _subscribe(self, http: Http, hub: str, topic: str, feed: str) -> None:
        proof = self._proof(feed, topic)
        between = "&" if "?" in self._hook else "?"
        form = {
            "hub.mode": "subscribe",
            "hub.topic": topic,
            "hub.callback": f"{self._hook}{between}{urlencode({'feed': feed, 'topic': proof})}",
            "hub.secret": self._key(feed, proof),
            "hub.lease_seconds": str(int(LEASE.total_seconds())),
        }
        await http.post(hub, data=form, repeatable=True, secrets=[form["hub.secret"], self._hook])

    def _proof(self, feed: str, topic: str) -> str:
        return self._signed("topic", feed, topic)[:32]

    def _key(self, feed: str, proof: str) -> str:
        return self._signed("key", feed, proof)

    def _signed(self, *parts: str) -> str:
        said = "\x00".join(parts).encode("utf-8", "replace")
        return hmac.new(self._secret.encode(), said, sha256).hexdigest()


def _same(given: str, right: str) -> bool:
    """Compared so that the time it takes tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
