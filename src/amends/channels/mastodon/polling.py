"""Polling: notifications at every poll, and each other feed as often as is polite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from amends.channels.base import BadData, Batch, Malformed, Period, Query
from amends.channels.http import Refused
from amends.channels.mastodon.client import Client, listed, older
from amends.channels.mastodon.cursor import Cursor, Fetch, Page, Place, Walk
from amends.channels.mastodon.parse import Heard, Item, conversation, notification, read, status
from amends.channels.mastodon.server import Server
from amends.channels.mastodon.threads import Threads, first_words, matters
from amends.channels.mastodon.watch import look, watch

LIMIT = 40  # items a page: servers give no more
OFTEN = timedelta(seconds=30)  # for feeds that seldom bring what no other did
APART = timedelta(seconds=3)  # between two calls for hashtags or for searches, on average
TAGS = 40  # hashtags at most

AT_ONCE = timedelta(minutes=2)  # notifications have the server's own time
LATE = timedelta(minutes=10)  # posts come from elsewhere, and claim when they were written
BRIEF = timedelta(seconds=60)  # on a public timeline, where ten minutes may be thousands of posts

# Of no interest, and never asked for: their posts are our own.
NOISE = ("favourite", "reblog", "follow", "follow_request", "poll")


class Kind(NamedTuple):
    """Feeds that are read together. `places` are their names in the cursor, each with how to fetch a page."""

    name: str
    every: timedelta
    overlap: timedelta
    places: Mapping[str, Fetch]


class Ears:
    """What one connection hears with: the server, who we are there, and what is known of its threads."""

    def __init__(self, client: Client, server: Server, threads: Threads, timeline: str) -> None:
        self.client, self.server, self.threads, self.timeline = client, server, threads, timeline

    async def poll(self, state: Cursor, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        """Everything since `state`, feed by feed. It moves on as the batches are given."""
        kinds = self._kinds(queries, now)
        wanted = first_words(queries)
        kept = {name for kind in kinds for name in kind.places}
        state.places = {name: place for name, place in state.places.items() if name in kept}
        for kind in kinds:
            first = kind is kinds[0]
            if state.due(kind.name, kind.every, now):
                async for batch in self._hear(kind, state, wanted, now, needed=first):
                    yield batch
            if first and (changes := await look(self.client, self.server, self.threads, state, now)):
                yield changes

    async def batch(self, items: Sequence[Item], state: Cursor, wanted: frozenset[str]) -> Batch:
        """Items as a batch, with the cursor that watches them."""
        heard = [item.what for item in items if isinstance(item.what, Heard)]
        posts = await self.threads.complete(self.client, heard, wanted)
        watch(state, (one for one in reversed(heard) if matters(one.post, wanted)))
        malformed = tuple(item.what for item in items if isinstance(item.what, Malformed))
        return Batch(posts=tuple(posts), malformed=malformed, cursor=state.text())

    async def _hear(
        self, kind: Kind, state: Cursor, wanted: frozenset[str], now: datetime, *, needed: bool
    ) -> AsyncIterator[Batch]:
        """Read feeds of a kind. What a server lacks, or shows to nobody, is left out unless it is `needed`."""
        starts = []
        for name, fetch in kind.places.items():
            walk = Walk(fetch, state.places.get(name, Place()), now, kind.overlap)
            try:
                async for items in walk.pages():
                    if items:
                        yield await self.batch(items, state, wanted)
            except (Refused, BadData):
                if needed:
                    raise
                continue
            state.places[name] = walk.place
            starts.append(walk.start)
        state.last[kind.name] = now
        covered = (Period(kind.name, max(starts), now),) if starts and len(starts) == len(kind.places) else ()
        yield Batch(covered=covered, cursor=state.text())

    def _kinds(self, queries: Sequence[Query], now: datetime) -> list[Kind]:
        kinds = []
        if self.client.known:
            kinds += [
                Kind("notifications", timedelta(0), AT_ONCE, {"notifications": self._notifications(now)}),
                Kind("conversations", OFTEN, LATE, {"conversations": self._conversations(now)}),
            ]
            if self.server.me:
                path = f"/api/v1/accounts/{self.server.me}/statuses"
                own = self._statuses(path, now, exclude_reblogs="true")
                kinds.append(Kind("own posts", 2 * OFTEN, AT_ONCE, {"own": own}))
        if self.timeline != "none" and self.server.public:
            local = "true" if self.timeline == "local" else None
            public = self._statuses("/api/v1/timelines/public", now, local=local)
            kinds.append(Kind("public timeline", timedelta(0), BRIEF, {"public": public}))
        tagged = {f"#{tag}": self._statuses(f"/api/v1/timelines/tag/{quote(tag)}", now) for tag in self.tags(queries)}
        if tagged:
            kinds.append(Kind("hashtags", max(OFTEN, len(tagged) * APART), LATE, tagged))
        terms = sorted({as_query(term) for query in queries for term in query.terms})
        if terms and self.server.search != "no":
            found = {f"?{term}": self._search(term, now) for term in terms}
            kinds.append(Kind("search", max(OFTEN, len(found) * APART), LATE, found))
        return kinds

    def tags(self, queries: Sequence[Query]) -> list[str]:
        """The hashtags to hear: those of the queries, and their single words where the server has no search."""
        terms = [term for query in queries for term in query.terms]
        named = [term[1:] for term in terms if term.startswith("#")]
        if self.server.search == "no":
            named += [term for term in terms if term[:1] not in "#@"]
        return list(dict.fromkeys(tag.casefold() for tag in named if is_tag(tag)))[:TAGS]

    def _notifications(self, now: datetime) -> Fetch:
        async def fetch(since: str, older_than: str) -> Page:
            # People that the account does not know are held back by some accounts' policy: they are customers.
            given = {"limit": LIMIT, "exclude_types[]": NOISE, "include_filtered": "true"} | _from(since, older_than)
            answer = await self.client.ask("/api/v1/notifications", given)
            items = read(listed(answer.body), lambda view, raw: notification(view, raw, self.server, now))
            return Page(items, older(answer, _last(items), len(items) >= LIMIT // 2))

        return fetch

    def _conversations(self, now: datetime) -> Fetch:
        async def fetch(_: str, older_than: str) -> Page:
            # What their ids count differs among servers: they are bounded by time.
            answer = await self.client.ask("/api/v1/conversations", {"limit": LIMIT} | _from("", older_than))
            items = read(listed(answer.body), lambda view, raw: conversation(view, raw, self.server, now))
            return Page(items, older(answer, "", False))

        return fetch

    def _statuses(self, path: str, now: datetime, **params: str | None) -> Fetch:
        given = {name: value for name, value in params.items() if value is not None}

        async def fetch(since: str, older_than: str) -> Page:
            answer = await self.client.ask(path, {"limit": LIMIT} | given | _from(since, older_than))
            items = read(listed(answer.body), lambda view, raw: status(view, raw, self.server, now))
            return Page(items, older(answer, _last(items), len(items) >= LIMIT // 2))

        return fetch

    def _search(self, term: str, now: datetime) -> Fetch:
        async def fetch(_: str, offset: str) -> Page:
            given = {"q": term, "type": "statuses", "limit": LIMIT} | ({"offset": offset} if offset else {})
            answer = await self.client.ask("/api/v2/search", given)
            items = read(listed(answer.body, "statuses"), lambda view, raw: status(view, raw, self.server, now))
            more = self.client.known and len(items) >= LIMIT // 2  # strangers get the first page only
            return Page(items, str(int(offset or 0) + len(items)) if more else "")

        return fetch


def as_query(term: str) -> str:
    """A term as a search takes it: a phrase in quotes, names and tags as plain words. Amends' own matcher decides."""
    bare = term.strip('"').lstrip("@#")
    return f'"{bare}"' if " " in bare else bare


def is_tag(word: str) -> bool:
    """Whether the word can be a hashtag: letters and digits in one piece, and no number."""
    return word.replace("_", "a").isalnum() and not word.isdecimal() and len(word) <= 100


def _from(since: str, older_than: str) -> dict[str, str]:
    return ({"since_id": since} if since else {}) | ({"max_id": older_than} if older_than else {})


def _last(items: Sequence[Item]) -> str:
    return next((item.id for item in reversed(items) if item.at), "")
