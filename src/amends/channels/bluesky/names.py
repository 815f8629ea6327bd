"""Who is behind a DID: handle, display name and followers, from the public directory.

Jetstream gives DIDs only, and notifications no follower counts. What can't be looked up quickly stays unknown: a post
must never wait for its writer's name.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress

import msgspec

from amends.channels.base import Author, ChannelError, Post
from amends.channels.bluesky.parse import author, views
from amends.channels.foreign import Unreadable
from amends.channels.http import Http

AT_ONCE = 25  # app.bsky.actor.getProfiles: maxLength of `actors`
KEPT = 20_000
FRESH = 3600.0  # seconds
WITHIN = 1.0  # seconds a batch of posts may wait for names
REST = 60.0  # seconds to leave a directory alone that did not answer


class Names:
    """A cache of authors over `appview`."""

    def __init__(self, http: Http, appview: str) -> None:
        self._http, self._url = http, f"{appview.rstrip('/')}/xrpc/app.bsky.actor.getProfiles"
        self._known: OrderedDict[str, tuple[float, Author]] = OrderedDict()
        self._resting_until = 0.0

    async def complete(self, posts: Iterable[Post]) -> list[Post]:
        """The same posts, in order, with what is known about their authors."""
        posts = list(posts)
        await self._learn({post.author.id for post in posts})
        return [msgspec.structs.replace(post, author=self._author(post.author)) for post in posts]

    def _author(self, author: Author) -> Author:
        _, known = self._known.get(author.id, (0.0, author))
        return known

    async def _learn(self, dids: set[str]) -> None:
        now = asyncio.get_running_loop().time()
        wanted = sorted(did for did in dids if did not in self._known or self._known[did][0] < now - FRESH)
        if not wanted or now < self._resting_until:
            return
        try:
            async with asyncio.timeout(WITHIN):
                for start in range(0, len(wanted), AT_ONCE):
                    await self._ask(wanted[start : start + AT_ONCE], now)
        except (ChannelError, TimeoutError):
            self._resting_until = now + REST

    async def _ask(self, dids: list[str], now: float) -> None:
        answer = await self._http.get(self._url, params={"actors": dids})
        for view in views(answer.body, "profiles"):
            with suppress(Unreadable):
                found = author(view)
                self._known[found.id] = (now, found)
                self._known.move_to_end(found.id)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
