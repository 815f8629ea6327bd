"""Where a poll stands: what of each list is known already, and how it stood when it was told."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from amends.channels.base import Engagement, Post
from amends.channels.cursors import Instant, Saved
from amends.channels.lemmy.parse import Item

FIRST = timedelta(days=1)  # how far back a new connection looks
GONE = -1


class Mark(msgspec.Struct, array_like=True):
    """How an item stood when it was told last. `at` is when it was written, in epoch seconds; `stamp` is `GONE` for
    what was taken away; `id` is kept only in lists that leave out what was."""

    at: int
    stamp: int = 0
    likes: int | None = None
    replies: int | None = None
    id: str = ""

    @property
    def counts(self) -> tuple[int | None, ...]:
        return self.likes, self.replies


class Place(msgspec.Struct):
    """One list's place. `known` are its newest items, `heard` until when it was heard, `looked` when it was
    last read far back for what other servers delivered late, and `top` the highest number there was then."""

    known: dict[int, Mark] = {}
    heard: Instant | None = None
    looked: Instant | None = None
    top: int = 0


class Cursor(Saved, msgspec.Struct):
    """Every list's place by its name."""

    places: dict[str, Place] = {}


def mark(item: Item, *, named: bool) -> Mark:
    """How it stands now."""
    at = int(item.at.timestamp()) if item.at else 0
    if item.gone or not isinstance(item.post, Post):
        return Mark(at, GONE if item.gone else 0)
    counted = item.post.engagement or Engagement(seen=item.post.created)
    return Mark(at, item.post.stamp, counted.likes, counted.replies, item.id if named else "")
