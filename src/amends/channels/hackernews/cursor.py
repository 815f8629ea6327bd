"""Where a poll stands: until when each search was heard, and what is known of the items that it found lately."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from amends.channels.cursors import Instant, Saved

OVERLAP = timedelta(minutes=10)  # the search learns of an item a little later than it is written
FIRST = timedelta(days=1)  # how far back a new search looks


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """One search. `seen` has the items that were given and may come again in the overlap."""

    heard: Instant | None = None
    seen: list[int] = []

    def edge(self, now: datetime) -> datetime:
        return min(self.heard, now) - OVERLAP if self.heard else now - FIRST

    def since(self, now: datetime) -> datetime:
        """From where reading up to the edge covers without a gap."""
        return min(self.heard, now) if self.heard else now - FIRST


class Known(msgspec.Struct, frozen=True, array_like=True):
    """An item that was heard: its story, when it was written and last looked at (epoch seconds), the mark of what it
    said, and its counts."""

    story: int
    written: int
    looked: int
    says: str
    likes: int | None = None
    replies: int | None = None


class Cursor(Saved, msgspec.Struct):
    """The whole of it."""

    searches: dict[str, Place] = {}
    searched: Instant | None = None
    known: dict[int, Known] = {}
