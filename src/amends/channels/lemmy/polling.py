"""Which lists are read: what is addressed to the account, then the posts and comments of communities, then a search
for what lies further back than those lists were read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from amends.channels.base import Batch, Period, Query
from amends.channels.cursors import believed
from amends.channels.foreign import fields
from amends.channels.http import Refused
from amends.channels.lemmy.cursor import Cursor, Place
from amends.channels.lemmy.feeds import LIMIT, Ask, Fetch, Walk, news
from amends.channels.lemmy.parents import Parents
from amends.channels.lemmy.parse import Item, Reader, listed
from amends.channels.lemmy.session import Client

COMMENTS, POSTS, INBOX = 300, 60, 60  # items of a list whose fate is followed
FOUND = 10  # pages of a search
ABSENT = frozenset({"couldnt_find_post", "not_found"})


class Feed(NamedTuple):
    """A list: its name, where it is, under which name its items stand, and what else to ask for."""

    name: str
    path: str
    holds: str
    params: Mapping[str, str]
    reader: Reader
    keep: int
    gone: Ask | None = None


class Poll:
    """One poll of a server. `communities` are the only ones to read, all when there are none; `inbox`: whether the
    server tells what is addressed to the account."""

    def __init__(
        self, client: Client, parents: Parents, reader: Reader, communities: Sequence[str], *, inbox: bool
    ) -> None:
        self._client, self._parents, self._reader = client, parents, reader
        self._communities, self._inbox = communities, inbox

    async def batches(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        """Everything since `cursor`. Raises as `Client.get` does."""
        places = Cursor.parse(believed(cursor, now)).places
        reader = self._reader._replace(seen=now)
        gaps: list[Walk] = []
        feeds = [*self._addressed(reader), *self._public(reader)]
        for feed in feeds:
            walk = Walk(self._fetch(feed), places.get(feed.name, Place()), now, keep=feed.keep, gone=feed.gone)
            async for batch in walk.batches():
                if batch.posts or batch.deletions or batch.readings or batch.malformed:
                    yield await self._parents.complete(self._client, batch)
            if walk.gap:
                gaps.append(walk)
            places[feed.name] = walk.place
            if not gaps:
                yield Batch(covered=(Period(feed.name, walk.reached, now),), cursor=Cursor(places).text())
            else:
                yield Batch(covered=(Period(feed.name, walk.reached, now),))
        if gaps:
            async for batch in self._search(reader, queries, gaps):
                yield await self._parents.complete(self._client, batch)
        kept = {feed.name: places[feed.name] for feed in feeds}  # without lists that are read no more
        if gaps or kept.keys() != places.keys():
            yield Batch(cursor=Cursor(kept).text())

    def _addressed(self, reader: Reader) -> list[Feed]:
        if not self._inbox:
            return []
        to_us = reader._replace(addressed=True)
        replies, mentions = (to_us._replace(sorted_by=name) for name in ("comment_reply", "person_mention"))
        return [
            Feed("messages", "private_message/list", "private_messages", {}, to_us, INBOX, _certainly),
            Feed("replies", "user/replies", "replies", {"sort": "New"}, replies, INBOX),
            Feed("mentions", "user/mention", "mentions", {"sort": "New"}, mentions, INBOX),
        ]

    def _public(self, reader: Reader) -> list[Feed]:
        feeds = []
        share = max(1, len(self._communities))
        posts, comments = max(20, POSTS // share), max(50, COMMENTS // share)
        for community in self._communities or ("",):
            narrowed = {"community_name": community} if community else {}
            params = {"sort": "New", "type_": "All", **narrowed}
            shown = {**params, "show_read": "true", "show_nsfw": "true"}
            of = f" of {community}" if community else ""
            feeds.append(Feed(f"posts{of}", "post/list", "posts", shown, reader, posts, self._is_gone))
            feeds.append(Feed(f"comments{of}", "comment/list", "comments", params, reader, comments))
        return feeds

    def _fetch(self, feed: Feed) -> Fetch:
        async def fetch(page: int, cursor: str) -> tuple[list[Item], str]:
            where: dict[str, str | int] = {"page_cursor": cursor} if cursor else {"page": page} if page > 1 else {}
            answer = await self._client.get(feed.path, limit=LIMIT, **feed.params, **where)
            raws, following = listed(answer.body, feed.holds)
            return feed.reader.page(raws), following

        return fetch

    async def _is_gone(self, post: int) -> bool:
        try:
            answer = await self._client.get("post", id=post)
        except Refused as error:
            if error.code in ABSENT or error.status == 404:
                return True
            raise
        shown = fields(fields(fields(answer.json()).get("post_view")).get("post"))
        return shown.get("deleted") is True or shown.get("removed") is True

    async def _search(self, reader: Reader, queries: Sequence[Query], gaps: Sequence[Walk]) -> AsyncIterator[Batch]:
        """Posts and comments with the queries' words from the time that the lists could not be read back to."""
        since, until = min(walk.since for walk in gaps), max(walk.reached for walk in gaps)
        for term in sorted({as_query(term) for query in queries for term in query.terms} - {""}):
            for community in self._communities or ("",):
                params = {"q": term, "type_": "All", "listing_type": "All", "sort": "New"}
                params |= {"community_name": community} if community else {}
                for page in range(1, FOUND + 1):
                    answer = await self._client.get("search", limit=LIMIT, page=page, **params)
                    lists = (listed(answer.body, name)[0] for name in ("posts", "comments"))
                    items = [item for raws in lists for item in reader.page(raws)]
                    found = [item for item in items if item.at and since <= item.at <= until and not item.gone]
                    yield news(found, {}, lambda _: True, until)
                    if not items or min(item.at or until for item in items) < since:
                        break


async def _certainly(_: int) -> bool:
    return True  # a message that is listed no more was deleted


def as_query(term: str) -> str:
    """A term as the server's search takes it: it looks for the whole text, anywhere."""
    return term.strip('"').lstrip("#").strip()
