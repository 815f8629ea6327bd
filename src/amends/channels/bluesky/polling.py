"""Polling: notifications at every poll, searches as often as is polite, and new counts of what was heard lately."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from amends.channels.base import Batch, Malformed, Period, Post, Query
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.cursor import Cursor, Place, mark, marks
from amends.channels.bluesky.ids import instant, microseconds
from amends.channels.bluesky.names import Names
from amends.channels.bluesky.parse import REASONS, Item, found, notification, page, read
from amends.channels.bluesky.watch import Watch

PAGES = 100  # of 50 or 100 posts: what a poll reads at most of one feed
APART = timedelta(seconds=0.5)  # between two search calls, on average
SAVE_EVERY = timedelta(minutes=1)  # how old a saved place may grow where there is no news

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


class Poller:
    """Polls as one account. What it keeps in memory only spares calls: all that matters is in the cursor."""

    def __init__(self, client: Client, names: Names) -> None:
        self._client, self._names = client, names
        self._watch = Watch(client)
        self._searched: datetime | None = None

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        """Everything since `cursor`, feed by feed. Posts may come before the cursor that covers them."""
        state = Cursor.read(cursor)
        async for batch in self._notifications(state, now):
            yield batch
        terms = sorted({as_query(term) for query in queries for term in query.terms})
        if terms and (self._searched is None or now - self._searched >= len(terms) * APART):
            async for batch in self._searches(state, terms, now):
                yield batch
            self._searched = now
        readings, deletions = await self._watch.look(state.watched, now)
        if readings or deletions:
            gone = {deletion.id for deletion in deletions}
            state.watched = [uri for uri in state.watched if uri not in gone]
            yield Batch(readings=readings, deletions=deletions, cursor=state.text() if gone else None)

    async def _notifications(self, state: Cursor, now: datetime) -> AsyncIterator[Batch]:
        walk = Walk(self._notified, state.notifications, now)
        news = False
        async for items in walk.pages():
            if items:
                news = True
                yield await self._batch(items, state)
        save = news or _old(state.notifications, now)
        if save:
            state.notifications = walk.place
        yield Batch(covered=(Period("notifications", walk.start, now),), cursor=state.text() if save else None)

    async def _searches(self, state: Cursor, terms: Sequence[str], now: datetime) -> AsyncIterator[Batch]:
        save = set(state.search) != set(terms)
        places = {term: state.search.get(term, Place()) for term in terms}
        starts = []
        for term, place in places.items():
            walk = Walk(self._search(term, place, now), place, now)
            news = False
            async for items in walk.pages():
                if items:
                    news = True
                    yield await self._batch(items, state)
            if news or _old(place, now):
                places[term], save = walk.place, True
            starts.append(walk.start)
        state.search = places
        yield Batch(covered=(Period("search", max(starts), now),), cursor=state.text() if save else None)

    async def _notified(self, cursor: str) -> tuple[list[Item], str]:
        params = {"limit": 50, "reasons": REASONS} | ({"cursor": cursor} if cursor else {})
        answer = await self._client.query("app.bsky.notification.listNotifications", **params)
        raws, following = page(answer.body, "notifications")
        return read(raws, notification), following

    def _search(self, term: str, place: Place, now: datetime) -> Fetch:
        since = place.edge(now).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        params = {"q": term, "sort": "latest", "limit": 100, "since": since}

        async def fetch(cursor: str) -> tuple[list[Item], str]:
            more = {"cursor": cursor} if cursor else {}
            answer = await self._client.query("app.bsky.feed.searchPosts", **params, **more)
            raws, following = page(answer.body, "posts")
            return read(raws, lambda view, raw: found(view, raw, now)), following

        return fetch

    async def _batch(self, items: Sequence[Post | Malformed], state: Cursor) -> Batch:
        posts = [item for item in items if isinstance(item, Post)]
        posts = await self._names.complete(sorted(posts, key=lambda post: post.stamp))
        state.watched = self._watch.add(state.watched, posts)
        return Batch(posts=tuple(posts), malformed=tuple(item for item in items if isinstance(item, Malformed)))


def as_query(term: str) -> str:
    """A term as Bluesky's search takes it: a phrase stands in quotes."""
    bare = term.strip('"')
    return f'"{bare}"' if " " in bare else bare


def _old(place: Place, now: datetime) -> bool:
    return place.heard is None or now - place.heard >= SAVE_EVERY
