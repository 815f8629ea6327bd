"""Whom a comment answers: views name the comment above by this server's number only."""

from __future__ import annotations

import msgspec

from amends.channels.base import Batch, Post
from amends.channels.foreign import fields, text
from amends.channels.http import Refused
from amends.channels.lemmy.parse import context
from amends.channels.lemmy.session import Client

KEPT = 20_000  # comments whose address is remembered
AT_ONCE = 10  # comments that are asked for, for a batch


class Parents:
    """The addresses and writers of the comments of one server, as they were met. Good for several connections."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, str]] = {}

    async def complete(self, client: Client, batch: Batch) -> Batch:
        """The batch with what its comments answer, as far as that was met. What is addressed to us is asked for."""
        for post in batch.posts:
            where = context(post.context)
            if where and where.comment:
                self._known[where.comment] = (post.id, post.author.id)
        for one in list(self._known)[: max(0, len(self._known) - KEPT)]:
            del self._known[one]
        left, posts = AT_ONCE, []
        for post in batch.posts:
            where = context(post.context)
            parent = where.parent if where else 0
            if parent and parent not in self._known and post.addressed and left:
                left -= 1
                await self._ask(client, parent)
            posts.append(self._with_parent(post, parent))
        return msgspec.structs.replace(batch, posts=tuple(posts))

    def _with_parent(self, post: Post, parent: int) -> Post:
        if parent not in self._known:
            return post
        identity, writer = self._known[parent]
        return msgspec.structs.replace(post, parent=identity, parent_author=writer)

    async def _ask(self, client: Client, comment: int) -> None:
        try:
            view = fields(fields((await client.get("comment", id=comment)).json()).get("comment_view"))
        except Refused:
            return  # it was purged, or a server of version 1 does not tell
        identity = text(fields(view.get("comment")).get("ap_id"))
        if identity:
            self._known[comment] = (identity, text(fields(view.get("creator")).get("actor_id")))
