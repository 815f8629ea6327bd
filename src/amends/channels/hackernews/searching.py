"""Searching: for each thing that is listened for, what was written since the last time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from amends.channels.base import Batch, Malformed, Period, Query
from amends.channels.hackernews.cursor import Cursor, Known, Place
from amends.channels.hackernews.meter import Meter
from amends.channels.hackernews.parse import Hit, found, mark
from amends.channels.http import Http

FULL = 200  # hits of an answer
ANSWERS = 25  # that a poll reads at most of one search
APART = timedelta(seconds=0.75)  # between two calls, on average: half of what an address may ask


class Search:
    """Asks at `address`. `now` is the time of the poll."""

    def __init__(self, http: Http, address: str, meter: Meter, now: datetime) -> None:
        self._http, self._address, self._meter, self._now = http, address, meter, now

    async def all(self, state: Cursor, queries: Sequence[Query]) -> AsyncIterator[Batch]:
        """Everything that is new to `state`, which then knows it. A post may come before the cursor that covers it."""
        terms = sorted({as_query(term) for query in queries for term in query.terms})
        if not terms or (state.searched and timedelta(0) <= self._now - state.searched < len(terms) * APART):
            return
        places, starts = {}, []
        for term in terms:
            place = state.searches.get(term, Place())
            walk = _Walk(place, self._now)
            async for hits in walk.answers(partial(self._ask, term, place)):
                state.known |= {hit.item: known(hit, self._now) for hit in hits if isinstance(hit, Hit)}
                yield Batch(
                    posts=tuple(sorted((hit.post for hit in hits if isinstance(hit, Hit)), key=lambda one: one.stamp)),
                    malformed=tuple(hit for hit in hits if isinstance(hit, Malformed)),
                )
            places[term] = walk.place
            starts.append(walk.start)
        state.searches, state.searched = places, self._now
        yield Batch(covered=(Period("search", max(starts), self._now),), cursor=state.text())

    async def _ask(self, term: str, place: Place, until: int | None) -> list[Hit | Malformed]:
        self._meter.count()
        limits = [f"created_at_i>={int(place.edge(self._now).timestamp())}"]
        if until is not None:
            limits.append(f"created_at_i<={until}")
        params: dict[str, Any] = {
            "query": term,
            "tags": "(story,comment,poll,job)",
            "numericFilters": ",".join(limits),
            "hitsPerPage": FULL,
            "advancedSyntax": "true",  # a phrase in quotes is one
            "typoTolerance": "false",
        }
        answer = await self._http.get(f"{self._address}/search_by_date", params=params)
        return found(answer.body, self._now)


class _Walk:
    """One search read from its newest hit back to where it was heard before. Afterwards `place` is the new place, and
    `start` the instant from which nothing was missed."""

    def __init__(self, place: Place, now: datetime) -> None:
        self._old, self._now = place, now
        self.place, self.start = place, place.since(now)

    async def answers(
        self, ask: Callable[[int | None], Awaitable[list[Hit | Malformed]]]
    ) -> AsyncIterator[list[Hit | Malformed]]:
        """What is new, an answer at a time. Each asks for what is as old as the oldest of the one before, or older."""
        given, recent = set(self._old.seen), set[int]()
        until: int | None = None
        for _ in range(ANSWERS):
            hits = await ask(until)
            new = [hit for hit in hits if not isinstance(hit, Hit) or hit.item not in given]
            if new:
                yield new
            items = [hit for hit in hits if isinstance(hit, Hit)]
            recent |= {hit.item for hit in items}
            given |= recent
            oldest = min((int(hit.post.created.timestamp()) for hit in items), default=None)
            if len(hits) < FULL or oldest is None or oldest == until:
                break
            until = oldest
        else:
            self.start = max(self.start, datetime.fromtimestamp(until or 0, self._now.tzinfo))
        self.place = Place(self._now, sorted(recent))


def known(hit: Hit, now: datetime) -> Known:
    counts = hit.post.engagement
    return Known(
        story=hit.story,
        written=int(hit.post.created.timestamp()),
        looked=int(now.timestamp()),
        says=mark(hit.post),
        likes=counts.likes if counts else None,
        replies=counts.replies if counts else None,
    )


def as_query(term: str) -> str:
    """A term as the search takes it: a phrase stands in quotes, and names are written without their @."""
    bare = term.strip('"').replace('"', " ").strip()
    return f'"{bare}"' if " " in bare else bare.removeprefix("@").lstrip("-")
