"""Public posts: the forum's list of its newest, read back to what is known, and its search for what lies further back.

The list has fifty posts a page, by falling number. The first page is compared at every poll with how it stood, so that
edits, deletions and counts of the newest posts cost no further call; every five minutes so are the next pages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from amends.channels.base import Batch, Period, Post, Query
from amends.channels.discourse.client import Client
from amends.channels.discourse.cursor import FIRST, LOOK, Cursor, newest
from amends.channels.discourse.parse import Item, Reader, listed
from amends.channels.discourse.watching import compared, kept, lowest, missing, noted, with_deletions
from amends.channels.foreign import fields, number, when
from amends.channels.http import Refused

PAGES = 20  # of fifty posts: what a poll reads of the list at most
FOUND = 10  # pages that the forum's search gives
LOOKED_UP = 50  # posts that a search found and that are read whole, in a poll
WINDOW = 50  # numbers that a page is made of on older versions
OVERLAP = timedelta(minutes=2)
MOST = 1 << 53  # no post has such a number


class Walk:
    """The list read from its newest post back to what is known. Afterwards `reached` is from when on nothing was
    missed, `gap` whether that is later than it should be, and `known` how everything stands now."""

    def __init__(self, client: Client, state: Cursor, now: datetime) -> None:
        self._client, self._now = client, now
        self.reader = Reader(client.site, client.us, now)
        self.known = dict(state.posts)
        self.since = state.heard - OVERLAP if state.heard else now - FIRST
        self.reached, self.gap = state.heard or now - FIRST, False
        self.whole = state.looked is None or now - state.looked >= LOOK

    async def batches(self) -> AsyncIterator[Batch]:
        top, floor = max(self.known, default=0), lowest(self.known)
        oldest, below = self._now, 0
        for _ in range(PAGES):
            items = await self._page(below)
            bottom = lowest(item.number for item in items)
            older = bool(bottom) and (not below or bottom < below)
            ended = not older and below <= WINDOW
            lower = 1 if ended else bottom if older else below - WINDOW
            batch = await self._compared(items, range(lower, below or MOST))
            if kept(batch):
                yield batch
            if ended:
                return
            below = lower
            oldest = min([oldest, *(item.post.created for item in items if isinstance(item.post, Post))])
            if below <= (floor if self.whole else top) or (top <= 0 and oldest <= self.since):
                return
        if below > top:
            self.gap, self.reached = True, max(self.reached, oldest)

    async def _page(self, below: int) -> list[Item]:
        # Some versions give the newest fifty below `before`; others those of the fifty numbers up to `before` that
        # everybody may see, which may be none.
        answer = await self._client.get("posts", **({"before": below} if below else {}))
        return self.reader.page(listed(answer.body, "latest_posts"))

    async def _compared(self, items: list[Item], span: range) -> Batch:
        batch = compared(self.reader.site, items, self.known, self.since, self._now)
        there = {item.number for item in items}
        away = sorted((one for one in self.known if one in span and one not in there), reverse=True)
        batch = with_deletions(batch, await missing(self._client, away, self.known, self._now))
        self.known = noted(self.known, items)
        return batch


async def posts(client: Client, state: Cursor, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
    """Everything since `state`, which then stands at `now`. Raises as `Client.get` does."""
    walk = Walk(client, state, now)
    async for batch in walk.batches():
        yield batch
    if walk.gap:
        async for batch in _search(client, walk, queries):
            yield batch
    state.posts, state.heard = newest(walk.known), now
    state.looked = now if walk.whole else state.looked
    yield Batch(covered=(Period("posts", walk.reached, now),), cursor=state.text())


async def _search(client: Client, walk: Walk, queries: Sequence[Query]) -> AsyncIterator[Batch]:
    """Posts with the queries' words from the time that the list could not be read back to."""
    left = LOOKED_UP
    for term in sorted({as_query(term) for query in queries for term in query.terms} - {""}):
        for page in range(1, FOUND + 1):
            hits = await _hits(client, f"{term} after:{walk.since:%Y-%m-%d} order:latest", page)
            for hit, written in hits:
                if hit in walk.known or not walk.since <= written <= walk.reached or not left:
                    continue
                left -= 1
                try:
                    item = walk.reader.item((await client.get(f"posts/{hit}")).body)
                except Refused:
                    continue
                batch = compared(client.site, [item], {}, walk.since, walk.reached)
                walk.known = noted(walk.known, [item])
                if kept(batch):
                    yield batch
            if not left or not hits or min(written for _, written in hits) < walk.since:
                break


async def _hits(client: Client, query: str, page: int) -> list[tuple[int, datetime]]:
    """(number, when it was written) of the posts on one page of a search. None where the forum finds a word too short
    to search for."""
    try:
        answer = await client.get("search", q=query, page=page)
    except Refused as error:
        if error.status in (400, 404, 422):
            return []
        raise
    found = []
    for view in fields(answer.json()).get("posts") or ():
        written = when(fields(view).get("created_at"))
        if written and number(fields(view).get("id")):
            found.append((number(fields(view).get("id")), written))
    return found


def as_query(term: str) -> str:
    """A term as the forum's search takes it. A phrase stands in quotes; @ and # would search for a writer or a
    category."""
    bare = term.strip('"').lstrip("@#").replace('"', " ").strip()
    return f'"{bare}"' if " " in bare or ":" in bare else bare
