"""Polling: notifications at every poll, searches as often as is polite, what became of the posts heard lately, and
direct messages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from amends.channels.base import Batch, Malformed, Period, Post, Query
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.cursor import Cursor, Place, mark, marks
from amends.channels.bluesky.hearing import due, hear
from amends.channels.bluesky.ids import instant
from amends.channels.bluesky.names import Names
from amends.channels.bluesky.parse import REASONS, Item, found, notification, page, read
from amends.channels.bluesky.watch import look, watching
from amends.channels.cursors import believed
from amends.channels.foreign import microseconds

PAGES = 100  # of 50 or 100 posts: what a poll reads at most of one feed
APART = timedelta(seconds=0.5)  # between two search calls, on average

Fetch = Callable[[str], Awaitable[tuple[list[Item], str]]]


class Walk:
    """A feed read from its newest item back to where it was heard before. Afterwards `place` is the new place, and
    `start` the instant from which nothing was missed."""

    def __init__(self, fetch: Fetch, place: Place, now: datetime) -> None:
        self._fetch, self._old, self._now = fetch, place, now
        self.place, self.start = place, place.since(now)

    async def pages(self) -> AsyncIterator[list[Post | Malformed]]:
        """What is new, a page at a time."""
        edge, known = microseconds(self._old.edge(self._now)), set(self._old.seen)
        keys: list[str] = []
        oldest, cursor = microseconds(self._now), ""
        for _ in range(PAGES):
            items, cursor = await self._fetch(cursor)
            current = [item for item in items if item.stamp > edge or not item.stamp]
            keys += [item.key for item in current]
            yield [item.post for item in current if item.post is not None and mark(item.key) not in known]
            oldest = min([oldest, *(item.stamp for item in items if item.stamp)])
            if not items or not cursor or oldest <= edge:
                break
        else:
            self.start = max(self.start, instant(oldest))
        self.place = Place(self._now, marks(keys))


async def poll(
    client: Client, names: Names, cursor: str, queries: Sequence[Query], now: datetime, *, direct: bool
) -> AsyncIterator[Batch]:
    """Everything since `cursor`, feed by feed. Posts may come before the cursor that covers them. `direct`: direct
    messages as well."""
    state = Cursor.parse(believed(cursor, now))
    listen = direct and due(state, now)
    async for batch in _notifications(client, names, state, now):
        yield batch
    terms = sorted({as_query(term) for query in queries for term in query.terms})
    if terms and (state.searched is None or now - state.searched >= len(terms) * APART):
        async for batch in _searches(client, names, state, terms, now):
            yield batch
    if changes := await look(client, names, state, now):
        yield changes
    if listen:
        async for batch in hear(client, names, state, now):
            yield batch


async def _notifications(client: Client, names: Names, state: Cursor, now: datetime) -> AsyncIterator[Batch]:
    async def fetch(cursor: str) -> tuple[list[Item], str]:
        params: dict[str, Any] = {"limit": 50, "reasons": REASONS} | ({"cursor": cursor} if cursor else {})
        answer = await client.query("app.bsky.notification.listNotifications", **params)
        raws, following = page(answer.body, "notifications")
        return read(raws, notification), following

    walk = Walk(fetch, state.notifications, now)
    async for items in walk.pages():
        if items:
            yield await _batch(items, names, state)
    state.notifications = walk.place
    yield Batch(covered=(Period("notifications", walk.start, now),), cursor=state.text())


async def _searches(
    client: Client, names: Names, state: Cursor, terms: Sequence[str], now: datetime
) -> AsyncIterator[Batch]:
    places, starts = {}, []
    for term in terms:
        place = state.search.get(term, Place())
        walk = Walk(_search(client, term, place.edge(now), now), place, now)
        async for items in walk.pages():
            if items:
                yield await _batch(items, names, state)
        places[term] = walk.place
        starts.append(walk.start)
    state.search, state.searched = places, now
    yield Batch(covered=(Period("search", max(starts), now),), cursor=state.text())


def _search(client: Client, term: str, edge: datetime, now: datetime) -> Fetch:
    since = edge.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    params: dict[str, Any] = {"q": term, "sort": "latest", "limit": 100, "since": since}

    async def fetch(cursor: str) -> tuple[list[Item], str]:
        answer = await client.query("app.bsky.feed.searchPosts", **params, **({"cursor": cursor} if cursor else {}))
        raws, following = page(answer.body, "posts")
        return read(raws, lambda view, raw: found(view, raw, now)), following

    return fetch


async def _batch(items: Sequence[Post | Malformed], names: Names, state: Cursor) -> Batch:
    posts = [item for item in items if isinstance(item, Post)]
    posts = await names.complete(sorted(posts, key=lambda post: post.stamp))
    state.watched = watching(state.watched, posts)
    return Batch(posts=tuple(posts), malformed=tuple(item for item in items if isinstance(item, Malformed)))


def as_query(term: str) -> str:
    """A term as Bluesky's search takes it: a phrase stands in quotes."""
    bare = term.strip('"')
    return f'"{bare}"' if " " in bare else bare
