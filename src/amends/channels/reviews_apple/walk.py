"""Where a poll stands in a list of reviews, and what of the list is new: shared by the public feed and the API."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from typing import Annotated

import msgspec

from amends.channels.base import Batch, Malformed, Post
from amends.channels.cursors import Instant, Saved
from amends.channels.foreign import microseconds
from amends.channels.reviews_apple.review import Item, Page

Seconds = Annotated[int, msgspec.Meta(ge=0, le=1 << 33)]
Given = tuple[Seconds, str, str]  # when the review was written, the marks of its words and of the rest

LATE = timedelta(days=7)  # a review may show up so long after it was written: Apple looks at some before
REMEMBERED = 250  # reviews
DOUBTS = 3  # polls in which an empty page is not believed

Fetch = Callable[[str], Awaitable[Page]]


class Place(msgspec.Struct):
    """Until when a list was heard, when the newest review known was written, the marks of the newest reviews with what
    was given of each, and how many polls in a row met a page that was empty and should not be."""

    heard: Instant | None = None
    newest: Instant | None = None
    seen: dict[str, Given] = {}  # the newest first
    doubts: int = 0

    def edge(self) -> datetime | None:
        """What is not remembered and not newer than this was given long ago. None: nothing was given yet."""
        if not self.newest:
            return None
        oldest = min(at for at, _, _ in self.seen.values()) if len(self.seen) >= REMEMBERED else 0
        return max(self.newest - LATE, datetime.fromtimestamp(oldest, UTC))


class Cursor(Saved, msgspec.Struct):
    """The whole of it."""

    feeds: dict[str, Place] = {}  # by country
    team: Place = msgspec.field(default_factory=Place)


class Walk:
    """A list read from its newest review back to where nothing is new. Afterwards `place` is the new place, and `start`
    and `end` are the period that was heard, None where a page was missing. `first`: from where a new place begins;
    `most`: how many pages there may be."""

    def __init__(self, fetch: Fetch, place: Place, now: datetime, first: datetime, most: int) -> None:
        self._fetch, self._old, self._now, self._most = fetch, place, now, most
        self._edge = place.edge() or min(first, place.heard - LATE if place.heard else first)
        self.place = place
        self.start: datetime | None = place.heard or first
        self.end = now

    async def pages(self) -> AsyncIterator[Batch]:
        """What is new, a page at a time."""
        given: dict[str, Given] = {}
        asked, oldest, newest, made = "1", self._now, self._old.newest, None
        for _ in range(self._most):
            page = await self._fetch(asked)
            if not page.sure and self._old.doubts < DOUBTS:
                self.place, self.start = msgspec.structs.replace(self._old, doubts=self._old.doubts + 1), None
                return
            made = made or page.made
            told = [min(item.at, self._now) for item in page.items if item.at]
            oldest, newest = min([oldest, *told]), max(filter(None, (newest, *told)), default=None)
            fresh = [posts for item in page.items if (posts := self._news(item, given))]
            given |= {_key(item): self._given(item) for item in page.items}
            if fresh:
                yield _batch(fresh)
            asked = page.following
            if not asked or not fresh or (told and told[-1] <= self._edge):
                break
        else:
            self.start = max(self.start or oldest, oldest)
        heard = min(self._now, made or self._now)
        self.end = max(heard, self._old.heard or heard)
        self.start = min(self.start or self.end, self.end)
        self.place = Place(self.end, newest, _newest({**given, **self._without(given)}))

    def _without(self, given: dict[str, Given]) -> dict[str, Given]:
        return {key: one for key, one in self._old.seen.items() if key not in given}

    def _news(self, item: Item, given: dict[str, Given]) -> tuple[Post | Malformed, ...]:
        """What of an item was not given yet. A review whose words changed is an edit, also where Apple goes on
        telling the same time."""
        now = self._given(item)
        before = given.get(_key(item)) or self._old.seen.get(_key(item))
        if before[1:] == now[1:] if before else item.at and item.at <= self._edge:
            return ()
        review = item.posts[0]
        if not before or before[1] == now[1] or not isinstance(review, Post):
            return item.posts
        edited = review.created if now[0] > before[0] else max(self._now, review.created + timedelta(microseconds=1))
        return (msgspec.structs.replace(review, edited=edited, stamp=microseconds(edited)), *item.posts[1:])

    def _given(self, item: Item) -> Given:
        at = min(item.at or self._now, self._now)  # what can't be read is remembered as long as there is room
        return (int(at.timestamp()), _mark(item.words), _mark(item.rest))


def _key(item: Item) -> str:
    return _mark(item.key.encode("utf-8", "replace"))


def _newest(seen: dict[str, Given]) -> dict[str, Given]:
    ranked = sorted(seen.items(), key=lambda one: one[1][0], reverse=True)
    return dict(ranked[:REMEMBERED])


def _mark(value: bytes) -> str:
    """A short mark: 48 bits, so that among some hundreds none is taken for another."""
    return urlsafe_b64encode(blake2s(value, digest_size=6).digest()).decode()


def _batch(fresh: list[tuple[Post | Malformed, ...]]) -> Batch:
    posts = [one for told in fresh for one in told if isinstance(one, Post)]
    return Batch(
        posts=tuple(sorted(posts, key=lambda post: post.stamp)),
        malformed=tuple(one for told in fresh for one in told if isinstance(one, Malformed)),
    )
