"""Where a connection stands: per feed, from which id on it asks and what of the overlap was already given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from amends.channels.cursors import Instant, Saved
from amends.channels.mastodon.parse import Item

Counts = tuple[int | None, ...]  # likes, reshares, replies, quotes as they were told last

FIRST = timedelta(days=1)  # how far back a new connection looks
PAGES = 50  # of 40 items: what a poll reads at most of one feed
MOST_SEEN = 1000


class Place(msgspec.Struct):
    """One feed's place. `since` is the id of something older than the overlap; `seen` are the ids of what was given and
    will come again."""

    since: str = ""
    heard: Instant | None = None
    seen: list[str] = []


class Watched(msgspec.Struct):
    """A post that is looked at again: its local id, its counts and its version."""

    id: str
    counts: Counts = ()
    stamp: int = 0


class Cursor(Saved, msgspec.Struct):
    """The whole of it."""

    places: dict[str, Place] = {}
    last: dict[str, Instant] = {}  # when each kind of feed was read
    watched: dict[str, Watched] = {}  # by global id, the newest first
    turn: int = 0  # whose turn it is to be looked at

    def due(self, kind: str, every: timedelta, now: datetime) -> bool:
        """Whether it is time to read this kind of feed again."""
        before = self.last.get(kind)
        return before is None or now - before >= every


class Page(NamedTuple):
    """Items, the newest first, and the `max_id` of what is older ("" at the end)."""

    items: list[Item]
    older: str


Fetch = Callable[[str, str], Awaitable[Page]]  # (since_id, max_id)


class Walk:
    """A feed read from its newest item back to where it was heard before. Afterwards `place` is the new place, and
    `start` the instant from which nothing was missed.

    Ids follow the time that a post claims, not the time at which it came: what other servers send late gets an id in
    the past. So what is younger than `overlap` is asked for again each time.
    """

    def __init__(self, fetch: Fetch, place: Place, now: datetime, overlap: timedelta) -> None:
        self._fetch, self._old, self._now, self._overlap = fetch, place, now, overlap
        self.place = place
        self.start = place.heard or now - FIRST

    async def pages(self) -> AsyncIterator[list[Item]]:
        """What is new, a page at a time."""
        known, every, older = set(self._old.seen), [], ""
        for _ in range(PAGES):
            page = await self._fetch(self._old.since, older)
            current = [item for item in page.items if self._is_current(item)]
            every += current
            yield [item for item in current if item.id not in known]
            again, older = older, page.older
            # One that is old does not end it: others may stand behind it.
            if not older or older == again or 2 * len(current) < len(page.items):
                break
        else:
            self.start = max([self.start, *(item.at for item in page.items if item.at)])
        self.place = self._settled(every)

    def _is_current(self, item: Item) -> bool:
        """By its id, as clocks differ, and as some servers don't mind `since_id`."""
        if item.at is None:
            return True
        return _rank(item.id) > _rank(self._old.since) if self._old.since else item.at > self._now - FIRST

    def _settled(self, every: Sequence[Item]) -> Place:
        """The next place: after the newest item that is older than the overlap."""
        old = [item.id for item in every if item.at and item.at <= self._now - self._overlap]
        since = max(old, key=_rank, default=self._old.since)
        fresh = [item.id for item in every if item.at is None or _rank(item.id) > _rank(since)]
        return Place(since, self._now, fresh[:MOST_SEEN])


def _rank(local: str) -> tuple[int, str]:
    """Local ids in the order of time: numbers, or letters of one length that sort (ULID, flake, aid)."""
    return len(local), local
