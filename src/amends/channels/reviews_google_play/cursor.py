"""Where a poll stands: until when it was heard, and which versions of the newest reviews were given."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import blake2s

import msgspec

from amends.channels.cursors import Instant, Saved

REMEMBERED = 300  # reviews: three pages


class Cursor(Saved, msgspec.Struct):
    """`heard` is when we asked last, `newest` when the newest review known was changed, `seen` the marks of the newest
    reviews, each with the mark of the version that was given."""

    heard: Instant | None = None
    newest: Instant | None = None
    seen: dict[str, str] = {}  # newest first

    def moved(self, now: datetime, newest: datetime | None, given: dict[str, str]) -> Cursor:
        """After everything until `now` was read; `given` are the marks of this time, the newest first."""
        kept = dict(
            list({**given, **{key: self.seen[key] for key in self.seen if key not in given}}.items())[:REMEMBERED]
        )
        known = [one for one in (self.newest, newest) if one]
        return Cursor(heard=now, newest=max(known) if known else None, seen=kept)


def mark(value: bytes) -> str:
    """A short mark: 48 bits, so that among some hundreds none is taken for another."""
    return urlsafe_b64encode(blake2s(value, digest_size=6).digest()).decode()
