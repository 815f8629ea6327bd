"""Where a source stands: for each address, what was given of it and when it may be asked again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from amends.channels.cursors import Instant, Saved
from amends.channels.feeds.document import Rhythm

FIRST = timedelta(days=3)  # how far back a feed is read that was not known before: blogs are slow


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """One address. `known` has the marks of the items that it lists: {id: what it said}. `moved` is where it was sent
    to for good. `trouble` is what is wrong with it since `failures` tries, `lasting` when it won't mend by itself."""

    floor: Instant | None = None  # nothing older is given
    heard: Instant | None = None
    following: Instant | None = None  # the next time that it may be asked
    etag: str = ""
    modified: str = ""
    body: str = ""
    known: dict[str, str] = {}
    moved: str = ""
    rhythm: Rhythm = Rhythm()
    failures: int = 0
    trouble: str = ""
    lasting: bool = False
    hub: str = ""
    topic: str = ""
    pushed: Instant | None = None  # when its hub last agreed to push
    tried: Instant | None = None  # when its hub was last asked to

    def due(self, now: datetime) -> bool:
        # A clock that was wrong must not silence a feed for ever.
        return self.following is None or not now < self.following < now + timedelta(days=8)


class Cursor(Saved, msgspec.Struct):
    """The whole of it."""

    places: dict[str, Place] = {}

    def keep(self, keys: Iterable[str]) -> None:
        """Forget the addresses that are no longer asked."""
        self.places = {key: self.places[key] for key in keys if key in self.places}
