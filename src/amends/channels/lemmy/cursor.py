"""Where a poll stands: what of each list is known already, and how it stood when it was told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from amends.channels.base import Engagement, Post
from amends.channels.lemmy.parse import Item

Instant = Annotated[datetime, msgspec.Meta(tz=True)]

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


class Cursor(msgspec.Struct):
    """Every list's place by its name. Saved as JSON; one that can't be read begins anew, and nothing but repetitions
    come of that."""

    places: dict[str, Place] = {}

    @classmethod
    def parse(cls, text: str) -> Cursor:
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return cls()

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


def mark(item: Item, *, named: bool) -> Mark:
    """How it stands now."""
    at = int(item.at.timestamp()) if item.at else 0
    if item.gone or not isinstance(item.post, Post):
        return Mark(at, GONE if item.gone else 0)
    counted = item.post.engagement or Engagement(seen=item.post.created)
    return Mark(at, item.post.stamp, counted.likes, counted.replies, item.id if named else "")
