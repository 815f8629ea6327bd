"""New counts of the posts heard last, and whether they still stand: one call for the newest 25, twice a minute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from amends.channels.base import Batch, Deletion, Engagement, Post, Reading
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.cursor import Counts, Cursor
from amends.channels.bluesky.fields import text
from amends.channels.bluesky.ids import split
from amends.channels.bluesky.parse import NETWORK, engagement, views
from amends.channels.http import Refused

AT_ONCE = 25  # app.bsky.feed.getPosts: maxLength of `uris`
EVERY = timedelta(seconds=30)


def watching(watched: Mapping[str, Counts], posts: Iterable[Post]) -> dict[str, Counts]:
    """What to watch from now on: the newest first, as many as one call takes."""
    newest = {post.id: watched.get(post.id) or _counts(post.engagement) for post in reversed(list(posts))}
    return dict(list((newest | {uri: told for uri, told in watched.items() if uri not in newest}).items())[:AT_ONCE])


async def look(client: Client, state: Cursor, now: datetime) -> Batch | None:
    """What changed since the last look. None while that was less than half a minute ago."""
    if not state.watched or (state.looked and now - state.looked < EVERY):
        return None
    state.looked = now
    answer = await client.query("app.bsky.feed.getPosts", uris=list(state.watched))
    seen = {text(view.get("uri")): engagement(view, now) for view in views(answer.body, "posts")}
    readings, gone = [], []
    for uri, told in list(state.watched.items()):
        counted = seen.get(uri)
        if counted is None:
            if await _is_gone(client, uri):
                gone.append(Deletion(network=NETWORK, id=uri, at=now))
                del state.watched[uri]
        elif _counts(counted) != told:
            readings.append(Reading(NETWORK, uri, counted))
            state.watched[uri] = _counts(counted)
    return Batch(readings=tuple(readings), deletions=tuple(gone), cursor=state.text())


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


def _counts(engagement: Engagement | None) -> Counts:
    return (engagement.likes, engagement.reshares, engagement.replies, engagement.quotes) if engagement else ()
