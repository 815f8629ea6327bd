"""What is addressed to the account: its messages, and the notifications about public posts.

A forum folds notifications of one topic into one, so that a message is never missed only because its topic is read: it
lists the account's messages with the highest number in each, and what lies above the one read last is new.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from amends.channels.base import Batch, Period
from amends.channels.discourse.client import Client
from amends.channels.discourse.cursor import FIRST, LOOK, Cursor, newest
from amends.channels.discourse.parse import Item, Reader, listed
from amends.channels.discourse.watching import compared, kept, missing, noted, with_deletions
from amends.channels.foreign import ERA, count, fields, items, number, text, when
from amends.channels.http import Refused

TOPICS = 100  # messages whose state is kept
FOLLOWED = 40  # posts in messages whose fate is followed
LOOKED = 10  # messages that are looked at again, the newest first
PAGES, SHOWN = 10, 30  # pages that a poll reads at most; messages on one (of notifications: sixty)
CHUNKS = 10  # of twenty posts of one topic
MANY = 1 << 53
OVERLAP = timedelta(minutes=2)

# Notification.types: mentioned, replied, quoted, a message, a post in a topic that the account watches, its group
# mentioned. A reply, a message and a watched topic's posts are folded: the first unread one is named.
DIRECT, WATCHED = 6, 9
TAKEN = frozenset({1, 2, 3, DIRECT, WATCHED, 15})
FOLDED = frozenset({2, DIRECT, WATCHED})


async def messages(client: Client, state: Cursor, now: datetime) -> AsyncIterator[Batch]:
    """New posts in the account's messages, and every five minutes what became of the newest of them."""
    since = state.read - OVERLAP if state.read else now - FIRST
    for page in range(PAGES):
        path = f"topics/private-messages/{client.username}"
        answer = await client.get(path, **({"page": page} if page else {}))
        topics = [fields(topic) for topic in items(fields(fields(answer.json()).get("topic_list")).get("topics"))]
        for topic in topics:
            batch = await _topic(client, state, topic, since, now)
            if batch and kept(batch):
                yield batch
        last = [when(topic.get("last_posted_at")) for topic in topics]
        if len(topics) < SHOWN or any(moment and moment < since for moment in last):
            break
    if state.private and (state.reread is None or now - state.reread >= LOOK):
        topics_again = dict.fromkeys(state.private[one].topic for one in sorted(state.private, reverse=True))
        for which in list(topics_again)[:LOOKED]:
            batch = await _again(client, state, which, now)
            if kept(batch):
                yield batch
        state.reread = now
    start, state.read = state.read or now - FIRST, now
    yield Batch(covered=(Period("messages", start, now),), cursor=state.text())


async def _topic(
    client: Client, state: Cursor, topic: Mapping[str, Any], since: datetime, now: datetime
) -> Batch | None:
    """What is new in one message. None when nothing is."""
    which, highest = number(topic.get("id")), count(topic.get("highest_post_number"))
    last = when(topic.get("last_posted_at"))
    read = state.topics.get(which)
    if not which or not highest or (read is not None and highest <= read) or (read is None and last and last < since):
        return None
    reader = Reader(client.site, client.us, now, private=True, title=text(topic.get("title")))
    began = when(topic.get("created_at"))
    first = read + 1 if read is not None else 1 if began and began >= since else max(1, highest - 19)
    try:
        found = [item for item in await topic_posts(client, reader, which, first) if item.place.number >= first]
    except Refused as error:
        if error.status in (403, 404, 410):
            return None  # taken away since
        raise
    batch = compared(client.site, found, {}, since if read is None else ERA, now)
    others = {one: number for one, number in state.topics.items() if one != which}
    state.topics = dict(list({which: highest, **others}.items())[:TOPICS])
    state.private = newest(noted(state.private, found), FOLLOWED)
    return batch


async def _again(client: Client, state: Cursor, topic: int, now: datetime) -> Batch:
    """What became of the posts of one message."""
    known = {one: mark for one, mark in state.private.items() if mark.topic == topic}
    reader = Reader(client.site, client.us, now, private=True)
    try:
        found = await _chunks(client, reader, topic, [one for one in known if one > 0])
    except Refused as error:
        if error.status not in (403, 404, 410):
            raise
        found = []  # the whole message is gone, or we are out of it
    batch = compared(client.site, found, known, now, now)
    there = {item.number for item in found}
    batch = with_deletions(batch, await missing(client, [one for one in known if one not in there], known, now))
    others = {one: mark for one, mark in state.private.items() if mark.topic != topic}
    state.private = {**others, **noted(known, found)}
    return batch


async def notifications(client: Client, state: Cursor, now: datetime) -> AsyncIterator[Batch]:
    """Public posts that the forum notified the account of. Marks nothing as read."""
    since = state.noted - OVERLAP if state.noted else now - FIRST
    seen, given = set(state.notes), []
    for page in range(PAGES):
        answer = await client.get("notifications", limit=60, offset=60 * page)
        told = fields(answer.json())
        notes = [fields(note) for note in items(told.get("notifications"))]
        for note in notes:
            which = number(note.get("id"))
            created = when(note.get("created_at"))
            if which in seen or not created or created < since:
                continue
            given.append(which)
            if note.get("notification_type") in TAKEN:
                batch = await _noted(client, state, note, now)
                if kept(batch):
                    yield batch
        ended = not notes or 60 * (page + 1) >= (count(told.get("total_rows_notifications")) or MANY)
        if ended or any((when(note.get("created_at")) or now) < since for note in notes):
            break
    start, state.noted = state.noted or now - FIRST, now
    state.notes = [*given, *state.notes][:200]
    yield Batch(covered=(Period("notifications", start, now),), cursor=state.text())


async def _noted(client: Client, state: Cursor, note: Mapping[str, Any], now: datetime) -> Batch:
    """The posts that a notification is about."""
    kind, topic, first = note.get("notification_type"), number(note.get("topic_id")), number(note.get("post_number"))
    if not topic or not first or state.topics.get(topic, 0) >= first:
        return Batch()
    reader = Reader(client.site, client.us, now, addressed=True, private=kind == DIRECT)
    try:
        if kind not in FOLDED:
            found = [reader.item((await client.get(f"posts/by_number/{topic}/{first}")).body)]
        else:
            found = [item for item in await topic_posts(client, reader, topic, first) if item.place.number >= first]
            if kind not in (DIRECT, WATCHED):  # of what follows a reply, not all is for us
                plain = reader._replace(addressed=False)
                found = [item if item.place.number == first else _plainly(plain, item) for item in found]
    except Refused as error:
        if error.status in (403, 404, 410):
            return Batch()  # taken away since
        raise
    if kind == DIRECT:
        state.private = newest(noted(state.private, found), FOLLOWED)
    return compared(client.site, found, {}, ERA, now)


def _plainly(reader: Reader, item: Item) -> Item:
    return reader.item(item.post.raw) if item.post else item


async def topic_posts(client: Client, reader: Reader, topic: int, first: int) -> list[Item]:
    """The posts of a topic from number `first` on, at most two hundred: the newest of them where there are more."""
    answer = await client.get(f"t/{topic}/{first}", include_raw="true")
    found = reader.page(listed(answer.body, "post_stream", "posts"))
    stream = [number(one) for one in items(fields(fields(answer.json()).get("post_stream")).get("stream"))]
    last = found[-1].number if found else 0
    after = stream[stream.index(last) + 1 :] if last in stream else []
    return found + await _chunks(client, reader, topic, after[-20 * CHUNKS :])


async def _chunks(client: Client, reader: Reader, topic: int, numbers: list[int]) -> list[Item]:
    found: list[Item] = []
    for start in range(0, len(numbers), 20):
        params = {"post_ids[]": numbers[start : start + 20], "include_raw": "true"}
        answer = await client.get(f"t/{topic}/posts", **params)
        found += reader.page(listed(answer.body, "post_stream", "posts"))
    return found
