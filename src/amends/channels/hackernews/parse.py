"""From what the search finds and what the items' own interface tells to posts: pure.

The search is Algolia's (https://hn.algolia.com/api), the items are those of https://github.com/HackerNews/API. An item
is known by the address of its page.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2s
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Author, BadData, Deletion, Engagement, Malformed, Media, MediaKind, Post
from amends.channels.foreign import UNDECODABLE, Unreadable, fields, text
from amends.channels.hackernews.fields import count, number, said, when

NETWORK = "hackernews"
PAGE = "https://news.ycombinator.com/item?id="


class Hit(NamedTuple):
    """What a search found: the item's number, that of its story, and the post."""

    item: int
    story: int
    post: Post


def found(body: bytes, now: datetime) -> list[Hit | Malformed]:
    """The hits of a search's answer. Raises `BadData`."""
    try:
        raws = msgspec.json.decode(
            msgspec.json.decode(body, type=dict[str, msgspec.Raw])["hits"], type=list[msgspec.Raw]
        )
    except (*UNDECODABLE, KeyError) as error:
        raise BadData("The search of Hacker News answered something that can't be read.", body) from error
    return [_hit(bytes(raw), now) for raw in raws]


def _hit(raw: bytes, now: datetime) -> Hit | Malformed:
    try:
        hit = fields(msgspec.json.decode(raw))
        item, story = number(hit.get("objectID")), number(hit.get("story_id"))
        comment = hit.get("comment_text") is not None
        post = _post(
            item,
            by=text(hit.get("author")),
            created=when(hit.get("created_at_i")),
            title="" if comment else said(hit.get("title")),
            words=said(hit.get("comment_text") if comment else hit.get("story_text")),
            link=text(hit.get("url")),
            parent=number(hit.get("parent_id")) if comment else 0,
            story=story if comment else 0,
            raw=raw,
        )
    except (Unreadable, *UNDECODABLE) as error:
        return Malformed(str(error), raw)
    counts = Engagement(now, likes=count(hit.get("points")), replies=count(hit.get("num_comments")))
    known = counts.likes is not None or counts.replies is not None
    return Hit(item, story if comment else item, msgspec.structs.replace(post, engagement=counts if known else None))


def item(body: bytes, story: int, now: datetime) -> Post | Deletion | None:
    """One item as it stands now, of which it is known what `story` it belongs to; None where it tells nothing. Raises
    `Unreadable`."""
    try:
        told = fields(msgspec.json.decode(body))
    except UNDECODABLE as error:
        raise Unreadable(str(error)) from error
    name = number(told.get("id"))
    if not name:
        return None
    if told.get("deleted") is True or told.get("dead") is True:
        return Deletion(NETWORK, page(name), now)
    comment = told.get("type") == "comment"
    post = _post(
        name,
        by=text(told.get("by")),
        created=when(told.get("time")),
        title="" if comment else said(told.get("title")),
        words=said(told.get("text")),
        link=text(told.get("url")),
        parent=number(told.get("parent")) if comment else 0,
        story=story if comment else 0,
        raw=body,
    )
    counts = Engagement(now, likes=count(told.get("score")), replies=count(told.get("descendants")))
    return msgspec.structs.replace(post, engagement=counts)


def page(name: int) -> str:
    """The address of an item's page, by which it is known."""
    return f"{PAGE}{name}"


def mark(post: Post) -> str:
    """A short mark for what a post says."""
    said = f"{post.subject}\x00{post.text}".encode("utf-8", "replace")
    return urlsafe_b64encode(blake2s(said, digest_size=6).digest()).decode()


def _post(
    name: int, *, by: str, created: datetime | None, title: str, words: str, link: str, parent: int, story: int,
    raw: bytes,
) -> Post:  # fmt: skip
    if not name:
        raise Unreadable("an item without a number")
    if not by:
        raise Unreadable("an item without a writer")
    if created is None:
        raise Unreadable("an item without a time")
    if not (words or title):
        raise Unreadable("an item without words")
    leads = link.startswith(("http://", "https://")) and len(link) < 5000
    return Post(
        network=NETWORK,
        id=page(name),
        author=Author(id=by, name=by),
        created=created,
        text=words or title,
        subject=title if words else "",
        parent=page(parent) if parent else "",
        root=page(story or parent or name),
        media=(Media(MediaKind.LINK, link, alt=title),) if leads else (),
        stamp=int(created.timestamp()) * 1_000_000,
        url=page(name),
        raw=raw,
    )


def changed(body: bytes) -> set[int]:
    """The numbers of the items that changed lately. Raises `BadData`."""
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except UNDECODABLE as error:
        raise BadData("Hacker News answered something that can't be read.", body) from error
    return _numbers(told)


def _numbers(told: Mapping[str, Any]) -> set[int]:
    items = told.get("items")
    return {number(one) for one in items} - {0} if isinstance(items, list) else set()
