"""What became of posts: new ones, edits, deletions and new counts, by comparing a list with how it stood before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from amends.channels.base import Batch, Deletion, Malformed, Post, Reading
from amends.channels.discourse.client import Client
from amends.channels.discourse.cursor import GONE, Mark, mark
from amends.channels.discourse.parse import NETWORK, Item, is_gone, place_of
from amends.channels.discourse.site import Place, Site
from amends.channels.foreign import fields
from amends.channels.http import Refused

SUSPECTS = 10  # posts that are looked up one by one, in a poll


def compared(site: Site, items: Sequence[Item], known: Mapping[int, Mark], since: datetime, now: datetime) -> Batch:
    """What is news in a list of posts: those not `known` that were written after `since`, and what changed about the
    others."""
    posts: list[Post] = []
    malformed: list[Malformed] = []
    gone: list[Deletion] = []
    readings: list[Reading] = []
    floor = lowest(known)
    for item in items:
        before = known.get(item.number)
        if before and (before.topic, before.number) != item.place and before.stamp > 0 and item.place.number:
            gone.append(deletion(site, before, now))  # moved to another topic, where it is another post
            before = None
        if item.gone:
            if (before.stamp if before else 0) != GONE:
                gone.append(Deletion(network=NETWORK, id=site.post(item.place), at=now))
        elif isinstance(item.post, Malformed):
            if before is None:
                malformed.append(item.post)
        elif item.post and (before is None or before.stamp < item.post.stamp):
            if before or (floor and item.number > floor) or item.post.created >= since:
                posts.append(item.post)
        elif item.post and before and item.post.engagement and mark(item).counts != before.counts:
            readings.append(Reading(NETWORK, item.post.id, item.post.engagement))
    posts.sort(key=lambda post: post.created)
    return Batch(posts=tuple(posts), deletions=tuple(gone), readings=tuple(readings), malformed=tuple(malformed))


async def missing(
    client: Client, suspects: Iterable[int], known: dict[int, Mark], now: datetime
) -> tuple[Deletion, ...]:
    """Of posts that a list holds no more, those that are really gone. They leave `known`; at most ten are asked for."""
    found = []
    for number in list(suspects)[:SUSPECTS]:
        before = known.pop(number)
        if before.stamp > 0 and await _is_gone(client, number, Place(before.topic, before.number)):
            found.append(deletion(client.site, before, now))
    return tuple(found)


def deletion(site: Site, before: Mark, now: datetime) -> Deletion:
    return Deletion(network=NETWORK, id=site.post(Place(before.topic, before.number)), at=now)


async def _is_gone(client: Client, number: int, place: Place) -> bool:
    try:
        view = fields((await client.get(f"posts/{number}")).json())
    except Refused as error:
        if error.status in (403, 404, 410):
            return True
        raise
    return is_gone(view) or place_of(view) != place


def noted(known: Mapping[int, Mark], items: Iterable[Item]) -> dict[int, Mark]:
    """What is known after a list was compared. What is hidden for a while stays as it was told."""
    marks = {item.number: mark(item) for item in items}
    return {**known, **{number: one for number, one in marks.items() if one.stamp or number not in known}}


def lowest(numbers: Iterable[int]) -> int:
    """The smallest number of a post, or 0. Those below 0 are no posts'."""
    return min((number for number in numbers if number > 0), default=0)


def kept(batch: Batch) -> bool:
    """Whether it holds anything."""
    return bool(batch.posts or batch.deletions or batch.readings or batch.malformed)


def with_deletions(batch: Batch, more: tuple[Deletion, ...]) -> Batch:
    return msgspec.structs.replace(batch, deletions=batch.deletions + more)
