"""What a heard event leaves out, asked for: the first post of its thread, whom it answers, the version before an edit,
and how often it is liked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Batch, Engagement, Post, Reading
from amends.channels.foreign import Unreadable, fields, items, text
from amends.channels.http import Refused
from amends.channels.matrix.client import Client
from amends.channels.matrix.ids import NETWORK, Name, path, split
from amends.channels.matrix.parse import Edit, Read, edited, relations
from amends.channels.matrix.rooms import Book

REMEMBERED = 20_000  # events of which we know the writer and the root
CHAIN = 100  # answers to answers to answers that are followed upwards
PAGES = 20  # of 100 reactions


class Origin(NamedTuple):
    """Who wrote an event, "" where that is not told any more, and the first event of its thread."""

    sender: str
    root: Name


class Lookup:
    """Completes what one listener hears, and remembers what it saw."""

    def __init__(self, client: Client, book: Book) -> None:
        self._client, self._book = client, book
        self._known: dict[Name, Origin] = {}

    async def complete(self, heard: Read, seen: datetime) -> Batch:
        """Everything of a page, whole. Raises what the network raises."""
        posts = [*heard.posts]
        for edit in heard.edits:
            if post := await self._edited(edit, heard.events):
                posts.append(post)
        return Batch(
            posts=tuple([await self._placed(post) for post in posts]),
            deletions=tuple(heard.deletions),
            readings=tuple([await self._counted(name, seen) for name in heard.reacted]),
            malformed=tuple(heard.malformed),
        )

    async def _edited(self, edit: Edit, events: Mapping[Name, Mapping[str, Any]]) -> Post | None:
        original = events.get(edit.name) or await self._event(edit.name)
        try:
            return edited(original, edit)
        except Unreadable:
            return None

    async def _placed(self, post: Post) -> Post:
        """The post with its thread's first post and with whom it answers."""
        name, parent = split(post.id), split(post.parent)
        if not name or post.root == name.room:  # a direct room is one conversation, and all of it is for us
            return post
        thread = split(post.root)
        root = (await self._origin(thread)).root if thread else None
        answered = await self._origin(parent) if parent else None
        root = root or (answered.root if answered else name)
        self._remember(name, Origin(post.author.id, root))
        whom = answered.sender if answered else ""
        ours = bool(whom) and whom == self._book.me != post.author.id
        return msgspec.structs.replace(post, root=str(root), parent_author=whom, addressed=post.addressed or ours)

    async def _origin(self, name: Name) -> Origin:
        """Follows answers and threads up to the first event that nothing is known to stand above."""
        passed: list[tuple[Name, str]] = []
        while name not in self._known:
            event = await self._event(name)
            sender, (thread, parent) = text(event.get("sender")), relations(fields(event.get("content")))
            above = thread or parent
            if not above or len(passed) == CHAIN:
                self._remember(name, Origin(sender, name))
                break
            passed.append((name, sender))
            name = Name(name.room, above)
        root = self._known[name].root
        for below, sender in passed:
            self._remember(below, Origin(sender, root))
        return self._known[passed[0][0] if passed else name]

    def _remember(self, name: Name, origin: Origin) -> None:
        self._known[name] = origin
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    async def _event(self, name: Name) -> Mapping[str, Any]:
        """An event of a room; empty where it is hidden from us, or gone."""
        try:
            answer = await self._client.get(path("v3", "rooms", name.room, "event", name.event))
        except Refused:
            return {}
        return fields(answer.json())

    async def _counted(self, name: Name, seen: datetime) -> Reading:
        return Reading(NETWORK, str(name), Engagement(seen=seen, likes=len(await reactions(self._client, name))))


async def reactions(client: Client, name: Name) -> Sequence[Mapping[str, Any]]:
    """The reactions to an event, at most two thousand. None where it is hidden from us, or gone."""
    found: list[Mapping[str, Any]] = []
    more: dict[str, Any] = {}
    for _ in range(PAGES):
        try:
            where = path("v1", "rooms", name.room, "relations", name.event, "m.annotation", "m.reaction")
            answer = await client.get(where, limit=100, **more)
        except Refused:
            break
        page = fields(answer.json())
        found += map(fields, items(page.get("chunk")))
        more = {"from": text(page.get("next_batch"))}
        if not more["from"]:
            break
    return found
