"""Hearing direct messages: what the chat service has logged since the last time, and at first, or after a long time
away, what stands in the conversations.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

import msgspec

from amends.channels.base import Batch, ChannelError, Deletion, LogInAgain, Malformed, Period, Post, RetryLater
from amends.channels.bluesky import chat
from amends.channels.bluesky.client import Client, not_allowed
from amends.channels.bluesky.cursor import FIRST, OVERLAP, Cursor
from amends.channels.bluesky.messages import Convo, Logged, logged, messages
from amends.channels.bluesky.names import Names
from amends.channels.foreign import microseconds
from amends.channels.http import Refused

EVERY = timedelta(seconds=5)
REST = timedelta(minutes=1)  # to leave a chat service alone that does not answer
REMEMBERED = timedelta(days=1)  # how far back the log is trusted to be whole
PAGES = 100  # of the log, at most in one poll


def due(state: Cursor, now: datetime) -> bool:
    """Whether it is time to ask. From then on it is not, until later."""
    place = state.direct
    if place.next and now < place.next:
        return False
    place.next = now + EVERY
    return True


async def hear(client: Client, names: Names, state: Cursor, now: datetime) -> AsyncIterator[Batch]:
    """What was said in direct messages since `state`, and the place behind it. Raises after everything else was given:
    a chat service that fails must not keep what is public from being heard."""
    place = state.direct
    start = place.heard or now - FIRST
    try:
        if place.log and now - start <= REMEMBERED:
            async for batch in _news(client, names, state, now):
                yield batch
        else:
            async for batch in _stand(client, names, state, start - OVERLAP):
                yield batch
    except LogInAgain:
        raise
    except ChannelError as error:
        place.next = now + max(REST, getattr(error, "after", None) or REST)
        yield Batch(cursor=state.text())
        raise RetryLater(f"Direct messages can't be heard now, all else is. {_why(error)}") from error
    place.heard = now
    yield Batch(covered=(Period("direct", start, now),), cursor=state.text())


def _why(error: ChannelError) -> str:
    return chat.ADVICE if isinstance(error, Refused) and not_allowed(error) else str(error)


async def _news(client: Client, names: Names, state: Cursor, now: datetime) -> AsyncIterator[Batch]:
    """The log since last time. One whose place in it is forgotten is read anew, from what stands."""
    known: dict[str, bool] = {}
    for _ in range(PAGES):
        try:
            raws, cursor = await chat.log(client, state.direct.log)
        except Refused as error:
            if not_allowed(error):
                raise
            state.direct.log = ""
            async for batch in _stand(client, names, state, (state.direct.heard or now) - OVERLAP):
                yield batch
            return
        entries = [logged(raw, now) for raw in raws]
        await _learn(client, known, entries)
        told = [one.what for one in entries if one.what is not None and known.get(one.convo, True)]
        moved, state.direct.log = cursor != state.direct.log, cursor
        if told:
            yield msgspec.structs.replace(await _batch(names, told), cursor=state.text())
        if not (raws and moved):
            return


async def _learn(client: Client, known: dict[str, bool], entries: Iterable[Logged]) -> None:
    """Which conversations are among two: the log does not tell."""
    for name in sorted({one.convo for one in entries if isinstance(one.what, Post | Deletion)} - known.keys()):
        found = await chat.convo(client, name)
        known[name] = found is not None and found.direct


async def _stand(client: Client, names: Names, state: Cursor, since: datetime) -> AsyncIterator[Batch]:
    """What stands in the conversations since then, and the log's place as it was before they were read."""
    _, cursor = await chat.log(client, "")
    edge = microseconds(since)
    async for page in chat.convos(client):
        fresh = [one for one in page if one.last > edge]
        for one in fresh:
            if one.direct:
                async for batch in _conversation(client, names, one, edge):
                    yield batch
        if not fresh:
            break
    state.direct.log = cursor


async def _conversation(client: Client, names: Names, convo: Convo, edge: int) -> AsyncIterator[Batch]:
    async for raws in chat.said(client, convo.id):
        found = messages(raws, convo)
        fresh = [one for one in found if isinstance(one, Malformed) or one.stamp > edge]
        if fresh:
            yield await _batch(names, fresh)
        if len(fresh) < len(found):
            return


async def _batch(names: Names, told: Iterable[Post | Deletion | Malformed]) -> Batch:
    told = list(told)
    posts = sorted((one for one in told if isinstance(one, Post)), key=lambda post: post.stamp)
    return Batch(
        posts=tuple(await names.complete(posts)),
        deletions=tuple(one for one in told if isinstance(one, Deletion)),
        malformed=tuple(one for one in told if isinstance(one, Malformed)),
    )
