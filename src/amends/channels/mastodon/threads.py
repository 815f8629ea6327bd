"""What a post answers, by global ids: a status names only the local id of its parent, and no root.

A server tells the posts above one by `/context`. It is asked about posts that are for us or may be about us, once a
thread: the posts known already tell the rest.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from amends.channels.base import Post, Query
from amends.channels.foreign import Unreadable, fields, items, text
from amends.channels.http import Refused
from amends.channels.mastodon.client import Client
from amends.channels.mastodon.fields import decode, ident
from amends.channels.mastodon.parse import Heard

KEPT = 20_000
HIGHEST = 5  # calls for the top of one thread: servers cut what is above at 40 posts for strangers

WORD = re.compile(r"\w+")


class Known(NamedTuple):
    uri: str
    root: str


class Threads:
    """What is known of the posts of one server, by their local ids."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()

    def uri(self, local: str) -> str:
        """The global id of a post heard lately, or ""."""
        known = self._known.get(local)
        return known.uri if known else ""

    def note(self, local: str, uri: str, root: str) -> None:
        self._known[local] = Known(uri, root)
        self._known.move_to_end(local)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    async def complete(self, client: Client, heard: Iterable[Heard], wanted: frozenset[str]) -> list[Post]:
        """The posts, the oldest first, with their parents and roots. Those that are not for us and have none of the
        `wanted` words are hardly about us, and nobody is asked about them."""
        posts = []
        for one in sorted(heard, key=lambda one: one.post.created):
            if one.answers and one.answers not in self._known and matters(one.post, wanted):
                await self._climb(client, one)
            posts.append(self._placed(one))
        return posts

    def _placed(self, one: Heard) -> Post:
        parent = self._known.get(one.answers) if one.answers else None
        if parent:
            self.note(one.id, one.post.id, parent.root)
            return msgspec.structs.replace(one.post, parent=parent.uri, root=parent.root)
        if not one.answers:
            self.note(one.id, one.post.id, one.post.id)
        return one.post

    async def _climb(self, client: Client, one: Heard) -> None:
        """Learn what stands above a post. Where it is not shown to us the post stands for itself."""
        above: list[tuple[str, str]] = []
        local = one.id
        for _ in range(HIGHEST):
            try:
                answer = await client.get(f"/api/v1/statuses/{local}/context")
                found = [fields(each) for each in items(fields(decode(answer.body)).get("ancestors"))]
            except (Refused, Unreadable):
                break
            pairs = [(ident(each.get("id")), text(each.get("uri")) or text(each.get("url"))) for each in found]
            above = [pair for pair in pairs if all(pair)] + above
            if not found or not ident(found[0].get("in_reply_to_id")) or not pairs[0][0]:
                break
            local = pairs[0][0]
        for local, uri in above:
            self.note(local, uri, above[0][1])


def first_words(queries: Sequence[Query]) -> frozenset[str]:
    """The first word of each term: a post without any of them is hardly about us."""
    found = (WORD.search(term.casefold()) for query in queries for term in query.terms)
    return frozenset(word[0] for word in found if word)


def matters(post: Post, wanted: frozenset[str]) -> bool:
    """Whether it is for us, or may be about us."""
    return post.addressed or not wanted.isdisjoint(WORD.findall(f"{post.subject} {post.text}".casefold()))
