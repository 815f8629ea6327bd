"""Asking one address, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from amends.channels.base import ChannelError, Malformed, Period, Post, RetryLater
from amends.channels.feeds.addresses import Address
from amends.channels.feeds.client import Fetched, fetch, gone, lasts, told
from amends.channels.feeds.cursor import FIRST, Place
from amends.channels.feeds.document import Document
from amends.channels.feeds.parse import Found, decode, digest
from amends.channels.feeds.push import Push, offered
from amends.channels.feeds.rhythm import modified, not_before
from amends.channels.foreign import microseconds
from amends.channels.http import Http

AGAIN = timedelta(minutes=5)  # after a first failure, and twice as long each time
SELDOM = timedelta(days=1)
PAGES = 5  # of older items, where a feed has gone on so fast that none is known


class Outcome(NamedTuple):
    """`place` is where the address stands now; with an `error`, nothing was heard."""

    address: Address
    place: Place
    posts: Sequence[Post] = ()
    malformed: Sequence[Malformed] = ()
    period: Period | None = None
    error: ChannelError | None = None


async def ask(http: Http, push: Push | None, address: Address, place: Place, now: datetime) -> Outcome:
    """Raises nothing that a network can do."""
    try:
        outcome = await _ask(http, address, place, now)
    except ChannelError as error:
        asked = error.after if isinstance(error, RetryLater) else None
        wait = SELDOM if gone(error) else asked or min(AGAIN * 2 ** min(place.failures, 10), SELDOM)
        troubled = replace(
            place,
            failures=place.failures + 1,
            trouble=told(address.shown, error),
            lasting=lasts(error),
            following=now + wait,
        )
        return Outcome(address, troubled, error=error)
    return outcome._replace(place=await push.kept(http, address, outcome.place, now)) if push else outcome


async def _ask(http: Http, address: Address, place: Place, now: datetime) -> Outcome:
    fetched = await fetch(http, address.url, place)
    answer = fetched.answer
    body = digest(answer.body)
    if answer.status == 304 or (body == place.body and place.heard):
        start = min(place.heard or now - FIRST, now)
        place = _heard(place, answer.headers, fetched, place, now)
        return Outcome(address, place, period=Period(address.name, start, now))
    document, items = await asyncio.to_thread(
        decode, answer.body, answer.url, answer.headers.get("content-type", ""), now
    )  # fmt: skip
    items += await _older(http, document, items, place, now)
    found = {one.key: one for one in items if isinstance(one, Found)}
    broken = {digest(one.raw): one for one in items if isinstance(one, Malformed)}
    floor = place.floor or now - FIRST
    posts = [post for one in found.values() if (post := _news(one, place, floor, now))]
    hub, topic = offered(answer, document)
    read = replace(
        place,
        floor=floor,
        known={key: one.says for key, one in found.items()} | dict.fromkeys(broken, ""),
        rhythm=document.rhythm,
        hub=hub,
        topic=topic,
        etag=answer.headers.get("etag", "")[:500] if document.whole else "",
        modified=modified(answer.headers) if document.whole else "",
        body=body if document.whole else "",
    )
    return Outcome(
        address,
        _heard(read, answer.headers, fetched, place, now),
        sorted(posts, key=lambda post: post.created),
        [one for key, one in broken.items() if key not in place.known],
        Period(address.name, min(_start(found, place, floor, now), now), now),
    )


def _heard(place: Place, headers: Mapping[str, str], fetched: Fetched, before: Place, now: datetime) -> Place:
    pushed = before.pushed is not None  # once more after that: something may have come just before the hub agreed
    return replace(
        place,
        heard=now,
        following=not_before(headers, place.rhythm, now, pushed=pushed),
        moved=fetched.moved,
        failures=0,
        trouble="",
        lasting=False,
    )


def _news(one: Found, place: Place, floor: datetime, now: datetime) -> Post | None:
    """The post, if it is new or says something else than before. Sites seldom tell that they changed something: then
    it was changed just now."""
    if one.post.stamp and one.post.stamp < floor.timestamp() * 1_000_000:
        return None
    match place.known.get(one.key):
        case None:
            return one.post
        case one.says:
            return None
        case _:
            changed = one.post.edited if one.post.edited and place.heard and one.post.edited > place.heard else now
            return replace(one.post, edited=changed, stamp=microseconds(now))


async def _older(
    http: Http, document: Document, items: Sequence[Found | Malformed], place: Place, now: datetime
) -> list[Found | Malformed]:
    """The items of further pages, where a feed that was known lists none that were, and leads on (RFC 5005, and
    `next_url` of JSON Feed). What can't be had of them is a gap, and told as one."""
    found: list[Found | Malformed] = []
    current = list(items)
    for _ in range(PAGES):
        known = any(isinstance(one, Found) and one.key in place.known for one in current)
        if not place.known or known or not document.following:
            break
        try:
            answer = (await fetch(http, document.following, Place())).answer
            document, current = await asyncio.to_thread(
                decode, answer.body, answer.url, answer.headers.get("content-type", ""), now
            )  # fmt: skip
        except ChannelError:
            break
        found += current
    return found


def _start(found: Mapping[str, Found], place: Place, floor: datetime, now: datetime) -> datetime:
    """From when on nothing was missed: from the last time, where the feed still lists something that was known then;
    else from its oldest item."""
    since = place.heard or floor
    if not found or found.keys() & place.known.keys():
        return since
    dated = [one.post.created for one in found.values() if one.post.stamp]
    return max(since, min(dated)) if dated else (place.heard and now) or floor
