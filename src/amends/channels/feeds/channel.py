"""A list of feeds."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from amends.channels.base import Base, Batch, Can, Checked, Malformed, Query, Received, Rejected
from amends.channels.feeds.addresses import TERM, addresses
from amends.channels.feeds.checking import look, note
from amends.channels.feeds.cursor import FIRST
from amends.channels.feeds.manifest import MANIFEST
from amends.channels.feeds.parse import Found, decode
from amends.channels.feeds.polling import poll
from amends.channels.feeds.push import Push
from amends.channels.http import Http


class Feeds(Base):
    """`entered` is what a person listed, `pages` the feeds of those that are pages of a site, as `check` found them,
    and `secret` what it made up for hubs to sign with."""

    manifest = MANIFEST

    def __init__(self, http: Http, entered: Sequence[str], pages: Mapping[str, str], hook: str, secret: str) -> None:
        self._http, self._entered, self._pages, self._secret = http, entered, pages, secret
        self._push = Push(hook, secret, entered) if hook and secret else None

    def __repr__(self) -> str:
        return f"Feeds({len(self._entered)})"

    @property
    def can(self) -> frozenset[Can]:
        searches = any(TERM in entered for entered in self._entered)
        return MANIFEST.can - (set() if self._push else {Can.RECEIVE}) - (set() if searches else {Can.SEARCH})

    async def check(self) -> Checked:
        looks = await look(self._http, self._entered, datetime.now(UTC))
        pages = {
            one.entered: one.url for one in looks if one.url and one.url != one.entered and TERM not in one.entered
        }
        known = {entered: url for entered, url in self._pages.items() if entered in self._entered}
        learned = {
            "pages": msgspec.json.encode({**known, **pages}).decode(),
            "secret": self._secret or secrets.token_urlsafe(32),
        }
        return Checked(note=note(looks), learned=learned)

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        asked = addresses(self._entered, self._pages, queries)
        async for batch in poll(self._http, self._push, asked, cursor, now):
            yield batch

    def receive(self, call: Received, now: datetime) -> Batch:
        entered = self._hub().feed(call)
        kind = call.headers.get("content-type", "")
        _, items = decode(call.body, self._pages.get(entered, entered), kind, now)
        oldest = (now - FIRST).timestamp() * 1_000_000
        return Batch(
            posts=tuple(one.post for one in items if isinstance(one, Found) and not 0 < one.post.stamp < oldest),
            malformed=tuple(one for one in items if isinstance(one, Malformed)),
        )

    def greet(self, call: Received, now: datetime) -> bytes:  # noqa: ARG002 - a lease begins when the hub says so
        return self._hub().greet(call)

    def _hub(self) -> Push:
        if not self._push:
            raise Rejected("Feeds are not pushed to this source: it can't be reached from outside, or was not checked.")
        return self._push


def connect(settings: Mapping[str, str], http: Http) -> Feeds:
    """A channel from settings checked against the manifest, and what `check` learned (`pages`, `secret`)."""
    entered = list(dict.fromkeys(settings.get("feeds", "").split()))
    try:
        pages = msgspec.json.decode(settings.get("pages", "{}"), type=dict[str, str])
    except msgspec.DecodeError:
        pages = {}
    return Feeds(http, entered, pages, settings.get("hook", ""), settings.get("secret", ""))
