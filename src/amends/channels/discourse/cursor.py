"""Where a poll stands: what of each feed is known already, and how it stood when it was told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from amends.channels.base import Engagement, Post
from amends.channels.cursors import Instant, Saved
from amends.channels.discourse.parse import Item

FIRST = timedelta(days=1)  # how far back a new connection looks
LOOK = timedelta(minutes=5)  # how often more than the newest page is looked at again
KNOWN = 200  # posts whose fate is followed
GONE = -1


class Mark(msgspec.Struct, array_like=True):
    """How a post stood when it was told last. `stamp` is 0 for what was not given, and `GONE` for what was taken
    away."""

    topic: int
    number: int
    stamp: int = 0
    likes: int | None = None
    replies: int | None = None
    quotes: int | None = None

    @property
    def counts(self) -> tuple[int | None, ...]:
        return self.likes, self.replies, self.quotes


class Cursor(Saved, msgspec.Struct):
    """The whole of it.

    `posts` are the newest public posts by their number, `private` those in messages that were read last; `topics` has
    for every message the highest number read, `notes` the notifications given. Each `heard` is until when a feed was
    heard, and `looked` when it was last looked through to its end.
    """

    posts: dict[int, Mark] = {}
    heard: Instant | None = None
    looked: Instant | None = None
    topics: dict[int, int] = {}
    private: dict[int, Mark] = {}
    read: Instant | None = None
    reread: Instant | None = None
    notes: list[int] = []
    noted: Instant | None = None


def mark(item: Item) -> Mark:
    """How it stands now."""
    topic, number = item.place
    if item.gone:
        return Mark(topic, number, GONE)
    if not isinstance(item.post, Post):
        return Mark(topic, number)
    counted = item.post.engagement or Engagement(seen=item.post.created)
    return Mark(topic, number, item.post.stamp, counted.likes, counted.replies, counted.quotes)


def newest(marks: Mapping[int, Mark], most: int = KNOWN) -> dict[int, Mark]:
    """The posts to follow from now on."""
    return {number: marks[number] for number in sorted(marks, reverse=True)[:most]}
