"""Following a server: its streams tell at once, and a poll every minute makes sure, since what a stream lost nobody
says again. Only polls move a place or tell what was covered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta

from amends.channels.base import BadData, Batch, ChannelError, Deletion, Malformed, Query, Rejected, RetryLater
from amends.channels.mastodon import live
from amends.channels.mastodon.cursor import Cursor, Place
from amends.channels.mastodon.events import Event, Gone, hear
from amends.channels.mastodon.live import Stream
from amends.channels.mastodon.parse import NETWORK, Heard, Item
from amends.channels.mastodon.polling import Ears
from amends.channels.mastodon.threads import first_words

SURE = timedelta(seconds=60)  # between polls while streams are open
ALONE = timedelta(seconds=10)  # while none is
OPENING = 2.0  # seconds that a first poll waits for streams to open
WITHIN = 0.25  # seconds until a batch is given, however small
MOST = 200  # events in a batch
AHEAD = 1000  # events read before the reader takes them
TAGS = 10  # hashtags followed live; the others are polled

Told = Event | Malformed | ChannelError


def streams(ears: Ears, queries: Sequence[Query]) -> list[Stream]:
    """What to follow."""
    found = [Stream("user"), Stream("direct")] if ears.client.known else []
    if ears.timeline in ("all", "local"):
        found.append(Stream("public" if ears.timeline == "all" else "public:local"))
    return found + [Stream("hashtag", tag=tag) for tag in ears.tags(queries)[:TAGS]]


async def follow(ears: Ears, cursor: str, queries: Sequence[Query]) -> AsyncGenerator[Batch, None]:
    """Batches without end, from `cursor`. Raises `RetryLater` when a stream is lost, after it has polled."""
    state, wanted = Cursor.parse(cursor), first_words(queries)
    told: asyncio.Queue[Told] = asyncio.Queue(AHEAD)
    opened: asyncio.Queue[None] = asyncio.Queue()
    tasks = [asyncio.create_task(_pump(ears, stream, told, opened)) for stream in streams(ears, queries)]
    try:
        await _wait(opened, len(tasks))
        while True:
            async for batch in ears.poll(state, queries, datetime.now(UTC)):
                yield batch
            following = any(not task.done() for task in tasks) or not told.empty()
            until = asyncio.get_running_loop().time() + (SURE if following else ALONE).total_seconds()
            while events := await _gather(told, until):
                yield await _batch(ears, state, events, wanted)
                for event in events:
                    if isinstance(event, ChannelError):
                        raise event
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(ears: Ears, stream: Stream, told: asyncio.Queue[Told], opened: asyncio.Queue[None]) -> None:
    """Hand on what one stream says. A stream that the server does not offer ends quietly: polls hear the same."""
    try:
        async for event in live.follow(ears.client, ears.server.streaming, ears.server.live, stream):
            if event is None:
                opened.put_nowait(None)
            else:
                await told.put(event)
    except Rejected:
        opened.put_nowait(None)
    except RetryLater as error:
        await told.put(error)
    except BadData as error:
        await told.put(RetryLater(str(error)))


async def _wait(opened: asyncio.Queue[None], streams: int) -> None:
    """Until all are open: what is said before the first poll is not missed then."""
    try:
        async with asyncio.timeout(OPENING):
            for _ in range(streams):
                await opened.get()
    except TimeoutError:
        return


async def _gather(told: asyncio.Queue[Told], until: float) -> list[Told]:
    """What is said in a quarter of a second, at least one; nothing when it is time for a poll."""
    found: list[Told] = []
    try:
        async with asyncio.timeout_at(until) as patience:
            while len(found) < MOST:
                found.append(await told.get())
                if len(found) == 1:
                    patience.reschedule(asyncio.get_running_loop().time() + WITHIN)
                if isinstance(found[-1], ChannelError):
                    break
    except TimeoutError:
        pass
    return found


async def _batch(ears: Ears, state: Cursor, events: Sequence[Told], wanted: frozenset[str]) -> Batch:
    """Events as a batch. What a stream told counts as given, so that the next poll does not give it again."""
    now = datetime.now(UTC)
    items, gone = [], []
    for event in events:
        if isinstance(event, ChannelError):
            continue
        mark, what = ("", event) if isinstance(event, Malformed) else hear(event, ears.server, now)
        if isinstance(what, Gone):
            gone += _named(ears, state, what, now)
        elif isinstance(what, Heard | Malformed):
            items.append(Item(mark, now, what))
        if mark:
            state.places.setdefault("notifications", Place()).seen.append(mark)
    batch = await ears.batch(list(reversed(items)), state, wanted)
    return Batch(posts=batch.posts, malformed=batch.malformed, deletions=tuple(gone), cursor=state.text())


def _named(ears: Ears, state: Cursor, gone: Gone, now: datetime) -> list[Deletion]:
    """The deletion of a post whose global id is known: a stream tells the local one only."""
    watched = [uri for uri, one in state.watched.items() if one.id == gone.id]
    uri = watched[0] if watched else ears.threads.uri(gone.id)
    state.watched.pop(uri, None)
    return [Deletion(network=NETWORK, id=uri, at=now)] if uri else []
