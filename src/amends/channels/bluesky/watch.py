"""New counts of the posts heard last, and whether they still stand: one call for the newest 25, twice a minute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from amends.channels.base import Deletion, Engagement, Post, Reading
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.fields import text
from amends.channels.bluesky.ids import split
from amends.channels.bluesky.parse import NETWORK, engagement, views
from amends.channels.http import Refused

AT_ONCE = 25  # app.bsky.feed.getPosts: maxLength of `uris`
EVERY = timedelta(seconds=30)


class Watch:
    """Looks at watched posts. It remembers the last counts so that only changes are told."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._looked: datetime | None = None
        self._last: dict[str, Engagement] = {}

    def add(self, watched: Sequence[str], posts: Iterable[Post]) -> list[str]:
        """The addresses to watch from now on: the newest first, as many as one call takes."""
        return list(dict.fromkeys([*reversed([post.id for post in posts]), *watched]))[:AT_ONCE]

    async def look(self, watched: Sequence[str], now: datetime) -> tuple[tuple[Reading, ...], tuple[Deletion, ...]]:
        """What changed since the last look. Nothing while that was less than half a minute ago."""
        if not watched or (self._looked and now - self._looked < EVERY):
            return (), ()
        self._looked = now
        answer = await self._client.query("app.bsky.feed.getPosts", uris=list(watched))
        counts: dict[str, Engagement] = {}
        for view in views(answer.body, "posts"):
            counts[text(view.get("uri"))] = engagement(view, now)
        readings = [
            Reading(NETWORK, uri, counted)
            for uri, counted in counts.items()
            if uri in watched and not _same(self._last.get(uri), counted)
        ]
        gone = [uri for uri in watched if uri not in counts and await self._is_gone(uri)]
        self._last = {uri: counts[uri] for uri in watched if uri in counts}
        return tuple(readings), tuple(Deletion(network=NETWORK, id=uri, at=now) for uri in gone)

    async def _is_gone(self, uri: str) -> bool:
        """Whether the record itself is gone: posts are also hidden from us by a block or a label."""
        name = split(uri)
        if not name:
            return False
        try:
            await self._client.query(
                "com.atproto.repo.getRecord", repo=name.did, collection=name.collection, rkey=name.rkey
            )
        except Refused as error:
            return error.code == "RecordNotFound"
        return False


def _same(before: Engagement | None, after: Engagement) -> bool:
    return before is not None and msgspec.structs.replace(before, seen=after.seen) == after
