"""A list read from its newest item back to where it was heard before, and compared with how it stood.

Lists are sorted by when a thing was written, and what another server delivers late stands among older ones; numbers
rise as things arrive. So a list is read ten minutes further back than it was heard, and every ten minutes an hour and
more: whatever has a number above the highest of the last such look is news.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta

from amends.channels.base import Batch, Deletion, Malformed, Post, Reading
from amends.channels.lemmy.cursor import FIRST, GONE, Mark, Place, mark
from amends.channels.lemmy.parse import NETWORK, Item

LIMIT = 50  # FETCH_LIMIT_MAX: items of a page
PAGES = 20  # what a poll reads of one list at most
SUSPECTS = 10  # items that are asked after one by one, for a list
OVERLAP = timedelta(minutes=10)
LATE, EVERY = timedelta(hours=1), timedelta(minutes=10)

Fetch = Callable[[int, str], Awaitable[tuple[list[Item], str]]]  # (page from 1, cursor) -> its items, the next cursor
Ask = Callable[[int], Awaitable[bool]]  # whether the one of this number is really gone


class Walk:
    """Afterwards `place` is the new place, `reached` from when on nothing was missed, and `gap` whether that is later
    than it should be. `gone`: how to ask after what the list holds no more; None for a list that shows what was taken
    away."""

    def __init__(self, fetch: Fetch, place: Place, now: datetime, *, keep: int, gone: Ask | None = None) -> None:
        self._fetch, self._old, self._now, self._keep, self._gone = fetch, place, now, keep, gone
        self._far = place.looked is None or now - place.looked >= EVERY
        self.since = place.heard - OVERLAP if place.heard else now - FIRST
        self.reached, self.gap = place.heard or now - FIRST, False
        self._known = dict(place.known)

    @property
    def place(self) -> Place:
        highest = max([self._old.top, *self._known])
        lately = (self._now - OVERLAP).timestamp()  # what comes again at the next poll
        ranked = enumerate(sorted(self._known, reverse=True))
        newest = {one: self._known[one] for rank, one in ranked if rank < self._keep or self._known[one].at >= lately}
        looked, top = (self._now, highest) if self._far else (self._old.looked, self._old.top)
        return Place(newest, self._now, looked, top)

    async def batches(self) -> AsyncIterator[Batch]:
        edge = min(self.since, self._now - LATE) if self._far else self.since
        seen: set[int] = set()
        oldest, cursor, ended = self._now, "", False
        for page in range(1, PAGES + 1):
            items, cursor = await self._fetch(page, cursor)
            fresh = [item for item in items if item.number not in seen]
            yield news(fresh, self._known, self._is_news, self._now)
            self._known |= {item.number: mark(item, named=self._gone is not None) for item in fresh}
            seen |= {item.number for item in fresh}
            oldest = min([oldest, *(item.at for item in fresh if item.at)])
            ended = len(items) < LIMIT
            if ended or oldest <= edge or not fresh:  # some versions give the first page for every page
                break
        self.gap = not ended and oldest > self.since
        self.reached = max(self.reached, oldest) if self.gap else self.reached
        if self._gone:
            yield await self._missing(self._gone, seen, 0 if ended else oldest.timestamp())

    def _is_news(self, item: Item) -> bool:
        return bool((item.at and item.at >= self.since) or (self._old.top and item.number > self._old.top))

    async def _missing(self, ask: Ask, seen: set[int], edge: float) -> Batch:
        """What stood among what was read and is listed no more."""
        away = [one for one, was in self._known.items() if was.at >= edge and was.stamp > 0 and one not in seen]
        found = []
        for one in sorted(away, reverse=True)[:SUSPECTS]:
            was = self._known[one]
            if await ask(one):
                found.append(Deletion(network=NETWORK, id=was.id, at=self._now))
            self._known[one] = Mark(was.at, GONE)
        return Batch(deletions=tuple(found))


def news(items: Iterable[Item], known: Mapping[int, Mark], is_news: Callable[[Item], bool], now: datetime) -> Batch:
    """What a list tells beyond what is known: new posts, edits, deletions and new counts."""
    posts: list[Post] = []
    malformed: list[Malformed] = []
    gone: list[Deletion] = []
    readings: list[Reading] = []
    for item in items:
        before = known.get(item.number)
        if before is None and not is_news(item) and item.at:
            continue
        if item.gone:
            if before is None or before.stamp != GONE:
                gone.append(Deletion(network=NETWORK, id=item.id, at=now))
        elif isinstance(item.post, Malformed):
            if before is None:
                malformed.append(item.post)
        elif item.post and (before is None or before.stamp < item.post.stamp):
            posts.append(item.post)
        elif item.post and before and item.post.engagement and mark(item, named=False).counts != before.counts:
            readings.append(Reading(NETWORK, item.post.id, item.post.engagement))
    posts.sort(key=lambda post: post.created)
    return Batch(posts=tuple(posts), deletions=tuple(gone), readings=tuple(readings), malformed=tuple(malformed))
