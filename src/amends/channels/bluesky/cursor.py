"""Where a poll stands: per feed, until when it was heard, and what of the overlap was already given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2s

import msgspec

from amends.channels.cursors import Instant, Saved

Counts = tuple[int | None, ...]  # likes, reshares, replies, quotes as they were told last

OVERLAP = timedelta(minutes=2)  # networks index late, and clocks differ
FIRST = timedelta(days=1)  # how far back a new connection looks


class Place(msgspec.Struct):
    """One feed's place. `seen` has the marks of what was given and may come again in the overlap."""

    heard: Instant | None = None
    seen: list[str] = []

    def edge(self, now: datetime) -> datetime:
        """From where to read: a little before what was heard."""
        return self.heard - OVERLAP if self.heard else now - FIRST

    def since(self, now: datetime) -> datetime:
        """From where reading up to the edge covers without a gap."""
        return self.heard or now - FIRST


class Log(msgspec.Struct):
    """Where direct messages stand: the chat service's own place in its log, until when they were heard, and when to ask
    again."""

    log: str = ""
    heard: Instant | None = None
    next: Instant | None = None


class Watched(msgspec.Struct, array_like=True):
    """A post as it was told last."""

    cid: str = ""
    counts: Counts = ()


class Cursor(Saved, msgspec.Struct):
    """The whole of it."""

    notifications: Place = msgspec.field(default_factory=Place)
    search: dict[str, Place] = msgspec.field(default_factory=dict)  # by term
    searched: Instant | None = None
    watched: dict[str, Watched] = {}  # by address, the newest first
    looked: Instant | None = None
    direct: Log = msgspec.field(default_factory=Log)


def mark(key: str) -> str:
    """A short mark for an item's key: 64 bits, so that among some hundreds in an overlap none is taken for another."""
    return blake2s(key.encode("utf-8", "replace"), digest_size=8).hexdigest()


def marks(keys: Iterable[str]) -> list[str]:
    return sorted({mark(key) for key in keys})
