"""Polling: pages of reviews, the one changed last first, until nothing in a page is new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from amends.channels.base import Batch, Malformed, Period, Post
from amends.channels.cursors import believed
from amends.channels.reviews_google_play.client import Client
from amends.channels.reviews_google_play.cursor import Cursor, mark
from amends.channels.reviews_google_play.parse import App, Item, page, read

HELD = timedelta(days=7)  # Google gives what was written or changed within a week
LATE = timedelta(days=2)  # a review may show up so long after it was written
SIZE = 100  # reviews a page, the most there may be
PAGES = 100  # what a poll reads at most: half of the questions that an app has in an hour


async def poll(client: Client, app: App, translation: str, cursor: str, now: datetime) -> AsyncIterator[Batch]:
    """Every review that is new or changed since `cursor`. Posts come before the cursor that covers them."""
    before = Cursor.parse(believed(cursor, now))
    edge = before.newest - LATE if before.newest else None
    start = max(before.heard or now - HELD, now - HELD)
    given: dict[str, str] = {}
    token, oldest, newest = "", now, before.newest
    for _ in range(PAGES):
        params: dict[str, str | int] = {"maxResults": SIZE}
        params |= {"token": token} if token else {}
        params |= {"translationLanguage": translation} if translation else {}
        raws, token = page((await client.reviews(**params)).body)
        items = read(raws, app, now)
        told = [min(item.changed, now) for item in items if item.changed]
        oldest, newest = min([oldest, *told]), max(filter(None, (newest, *told)), default=None)
        fresh = [item for item in items if _is_new(item, before, given, edge)]
        given |= {_key(item): mark(item.raw) for item in items}
        if fresh:
            yield _batch(fresh)
        if not token or not fresh or (edge and told and told[-1] <= edge):
            break
    else:
        start = max(start, oldest)
    yield Batch(covered=(Period("reviews", min(start, now), now),), cursor=before.moved(now, newest, given).text())


def _is_new(item: Item, before: Cursor, given: dict[str, str], edge: datetime | None) -> bool:
    """Whether this version was not given yet. What is not remembered and older than the edge was given long ago."""
    known = given.get(_key(item)) or before.seen.get(_key(item))
    if known:
        return known != mark(item.raw)
    return not (edge and item.changed and item.changed <= edge)


def _key(item: Item) -> str:
    return mark(item.key.encode("utf-8", "replace"))


def _batch(items: list[Item]) -> Batch:
    posts = [one for item in items for one in item.posts if isinstance(one, Post)]
    return Batch(
        posts=tuple(sorted(posts, key=lambda post: post.stamp)),
        malformed=tuple(one for item in items for one in item.posts if isinstance(one, Malformed)),
    )
