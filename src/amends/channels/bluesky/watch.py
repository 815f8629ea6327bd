"""The posts heard last: their new counts, their edits, and whether they still stand. One call for the newest 25,
twice a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

import msgspec

from amends.channels.base import Batch, Deletion, Engagement, Post, Reading
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.cursor import Counts, Cursor, Watched
from amends.channels.bluesky.ids import split
from amends.channels.bluesky.names import Names
from amends.channels.bluesky.parse import NETWORK, Context, Item, found, page, read
from amends.channels.foreign import microseconds
from amends.channels.http import Refused

AT_ONCE = 25  # app.bsky.feed.getPosts: maxLength of `uris`
EVERY = timedelta(seconds=30)


def watching(watched: Mapping[str, Watched], posts: Iterable[Post]) -> dict[str, Watched]:
    """What to watch from now on: the newest first, as many as one call takes."""
    newest = {post.id: watched.get(post.id) or _watched(post) for post in reversed(list(posts))}
    return dict(list((newest | {uri: told for uri, told in watched.items() if uri not in newest}).items())[:AT_ONCE])


async def look(client: Client, names: Names, state: Cursor, now: datetime) -> Batch | None:
    """What changed since the last look. None while that was less than half a minute ago."""
    if not state.watched or (state.looked and now - state.looked < EVERY):
        return None
    state.looked = now
    answer = await client.query("app.bsky.feed.getPosts", uris=list(state.watched))
    items: list[Item] = read(page(answer.body, "posts")[0], partial(found, seen=now))
    shown = {item.key: item.post for item in items}
    readings, edited, gone = [], [], []
    for uri, told in list(state.watched.items()):
        post = shown.get(uri)
        if isinstance(post, Post) and post.engagement:
            now_told = _watched(post)
            if told.cid and now_told.cid != told.cid:
                edited.append(msgspec.structs.replace(post, edited=now, stamp=microseconds(now)))
            elif now_told.counts != told.counts:
                readings.append(Reading(NETWORK, uri, post.engagement))
            state.watched[uri] = now_told
        elif (uri in shown and post is None) or (uri not in shown and await _is_gone(client, uri)):
            gone.append(Deletion(network=NETWORK, id=uri, at=now))
            del state.watched[uri]
    posts = tuple(await names.complete(edited))
    return Batch(posts=posts, readings=tuple(readings), deletions=tuple(gone), cursor=state.text())


async def _is_gone(client: Client, uri: str) -> bool:
    """Whether the record itself is gone: posts are also hidden from us by a block or a label."""
    name = split(uri)
    if not name:
        return False
    try:
        await client.query("com.atproto.repo.getRecord", repo=name.did, collection=name.collection, rkey=name.rkey)
    except Refused as error:
        return error.code == "RecordNotFound"
    return False


def _watched(post: Post) -> Watched:
    return Watched(Context.read(post.context).cid, _counts(post.engagement))


def _counts(engagement: Engagement | None) -> Counts:
    return (engagement.likes, engagement.reshares, engagement.replies, engagement.quotes) if engagement else ()
