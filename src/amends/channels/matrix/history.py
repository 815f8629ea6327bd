"""What /sync left out of a room, read backwards until it was heard before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from amends.channels.http import Refused
from amends.channels.matrix.client import Client
from amends.channels.matrix.cursor import FIRST, Place
from amends.channels.matrix.ids import path
from amends.channels.matrix.parse import Read
from amends.channels.matrix.rooms import Book
from amends.channels.matrix.sync import Gap, backwards_of, history

PAGES, PAGE = 100, 100  # how much of a room is read, so many events at a time
LATE = timedelta(days=1)  # servers were away, and bring what was written on them meanwhile


class Walk:
    """A gap, read from its newest event. Afterwards `start` is the instant from which nothing was missed."""

    def __init__(self, client: Client, book: Book, place: Place, gap: Gap, seen: datetime) -> None:
        self._client, self._book, self._gap, self._seen = client, book, gap, seen
        self.start = place.edge(seen)
        came = gap.joined is not None and gap.joined >= self.start
        # The token of the last answer says what is new; its time, where there is none; and where we came into the room
        # since, all that is told of the last day, which is why we were asked to come.
        self._until = place.since if not came else ""
        self._edge = (seen - FIRST if came else self.start) if not self._until else None
        self._left = gap.limited or (came and bool(place.since))

    async def pages(self) -> AsyncIterator[Read]:
        """What was said, a page at a time."""
        if not self._left:
            return
        reached = None
        token, last = self._gap.token, self._edge or self.start - LATE
        for _ in range(PAGES):
            params: dict[str, Any] = {"from": token, "to": self._until} if self._until else {"from": token}
            where = path("v3", "rooms", self._gap.room, "messages")
            try:
                answer = await self._client.get(where, dir="b", limit=PAGE, filter=backwards_of(), **params)
            except Refused:  # we may not read what was before, or are not there any more
                return
            heard, token = history(answer.body, self._book, self._gap.room, self._seen)
            yield heard.since(self._edge) if self._edge else heard
            if not token or (heard.newest and heard.newest < last):
                return
            reached = heard.newest
        self.start = max(self.start, reached or self._seen)
