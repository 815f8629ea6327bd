"""Whether the posts heard last still stand as they were: new counts, edits and deletions, twice a minute at most."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from amends.channels.base import Batch, Deletion, Engagement, Post, Reading
from amends.channels.foreign import Unreadable, fields
from amends.channels.http import Refused
from amends.channels.mastodon.client import Client, listed
from amends.channels.mastodon.cursor import Counts, Cursor, Watched
from amends.channels.mastodon.fields import decode
from amends.channels.mastodon.parse import NETWORK, Heard, status
from amends.channels.mastodon.server import Server
from amends.channels.mastodon.threads import Threads

MOST = 40
ONE_BY_ONE = 5  # posts asked about in a call each
EVERY = timedelta(seconds=30)
GONE = frozenset({404, 410})


def watch(state: Cursor, heard: Iterable[Heard]) -> None:
    """Look again at these as well: the newest first, as many as one call takes."""
    for one in heard:
        state.watched.pop(one.post.id, None)
        watched = {one.post.id: Watched(one.id, _counts(one.post.engagement), one.post.stamp)}
        state.watched = watched | state.watched
    state.watched = dict(list(state.watched.items())[:MOST])


async def look(client: Client, server: Server, threads: Threads, state: Cursor, now: datetime) -> Batch | None:
    """What changed since the last look. None while that was not long ago."""
    if not state.watched or not state.due("watch", EVERY, now):
        return None
    state.last["watch"] = now
    found, missing = await _asked(client, server, state, now)
    readings: list[Reading] = []
    edited: list[Heard] = []
    for one in found:
        known = state.watched.get(one.post.id)
        if known and one.post.stamp > known.stamp:
            edited.append(one)
        elif known and one.post.engagement and _counts(one.post.engagement) != known.counts:
            readings.append(Reading(NETWORK, one.post.id, one.post.engagement))
        if known:
            state.watched[one.post.id] = Watched(one.id, _counts(one.post.engagement), one.post.stamp)
    for uri in missing:
        del state.watched[uri]
    posts: list[Post] = await threads.complete(client, edited, frozenset())
    return Batch(
        posts=tuple(posts),
        readings=tuple(readings),
        deletions=tuple(Deletion(network=NETWORK, id=uri, at=now) for uri in missing),
        cursor=state.text(),
    )


async def _asked(client: Client, server: Server, state: Cursor, now: datetime) -> tuple[list[Heard], list[str]]:
    """(the posts as they stand, the global ids of those that are gone)."""
    found: list[Heard] = []
    left = dict(state.watched)
    if server.batch:
        ids = [one.id for one in left.values()]
        # Mastodon calls it id[], Pleroma ids[].
        answer = await client.ask("/api/v1/statuses", {"id[]": ids, "ids[]": ids})
        for raw in listed(answer.body):
            _take(raw, server, now, found)
        for one in found:
            left.pop(one.post.id, None)
    uris = list(left)[state.turn % (len(left) or 1) :][:ONE_BY_ONE]
    state.turn = 0 if len(uris) < ONE_BY_ONE else state.turn + ONE_BY_ONE
    missing = []
    for uri in uris:  # each alone: a list leaves out what it can't show for any reason
        try:
            answer = await client.get(f"/api/v1/statuses/{left[uri].id}")
        except Refused as error:
            if error.status in GONE:
                missing.append(uri)
            continue
        _take(answer.body, server, now, found)
    return found, missing


def _take(raw: bytes, server: Server, now: datetime, found: list[Heard]) -> None:
    with suppress(Unreadable):
        if one := status(fields(decode(raw)), raw, server, now):
            found.append(one)


def _counts(engagement: Engagement | None) -> Counts:
    return (engagement.likes, engagement.reshares, engagement.replies, engagement.quotes) if engagement else ()
