"""Where a listener stands: the token of its last /sync, and when that was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from amends.channels.cursors import Instant, Saved

OVERLAP = timedelta(minutes=5)  # our clock and the server's differ
FIRST = timedelta(days=1)  # how far back a new connection, or a room that we came into, is read


class Invitation(NamedTuple):
    """Somebody invited us into a room."""

    inviter: str
    direct: bool


class Place(Saved, msgspec.Struct):
    """The whole of it."""

    since: str = ""
    heard: Instant | None = None
    invited: dict[str, Invitation] = {}  # rooms that we could not come into yet

    def edge(self, now: datetime) -> datetime:
        """From where on we listen, where no token tells it."""
        return self.heard - OVERLAP if self.heard else now - FIRST
