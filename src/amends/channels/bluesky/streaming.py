"""Following a Jetstream: all public posts, in small batches, from where the last one ended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from amends.channels.base import Batch, ChannelError, Deletion, Malformed, Period, Post, Query
from amends.channels.bluesky.ids import POST, instant
from amends.channels.bluesky.jetstream import Frame, frame
from amends.channels.bluesky.names import Names
from amends.channels.http import Http

if TYPE_CHECKING:
    from amends.channels.websocket import Socket

REWIND = timedelta(seconds=5) // timedelta(microseconds=1)  # servers' clocks differ a little
WITHIN = 0.25  # seconds until a batch is given, however small
MOST = 500  # frames in a batch
LARGEST = 8 << 20  # bytes of a frame: a record has at most 1 MiB, and JSON may write six bytes for one

WORD = re.compile(r"\w+")


async def follow(
    http: Http, url: str, cursor: str, queries: Sequence[Query], names: Names
) -> AsyncGenerator[Batch, None]:
    """Batches without end, from `cursor` (microseconds; "" begins now). Raises when the connection is lost.

    Only as much is read ahead as the websocket buffers: while the caller is busy, the server waits.
    """
    last = int(cursor) if cursor.isascii() and cursor.isdecimal() else 0
    resumed, heard = bool(last), last
    first_words = _first_words(queries)
    address = f"{url}?wantedCollections={POST}" + (f"&cursor={max(last - REWIND, 0)}" if last else "")
    async with http.websocket(address, max_bytes=LARGEST) as socket:
        while True:
            raws, lost = await _gather(socket)
            frames = [frame(raw) for raw in raws]
            times = [read.time_us for read in frames if read.time_us]
            covered: tuple[Period, ...] = ()
            if times:
                # A server that still remembers what we heard last gives it again. One that does not has moved us up.
                if not heard or (resumed and min(times) > heard):
                    heard = min(times)
                resumed = False
                last = max(last, *times)
                covered = (Period("jetstream", instant(heard), instant(last)),)
            yield await _batch(frames, first_words, names, str(last) if times else None, covered)
            heard = last
            if lost:
                raise lost


async def _gather(socket: Socket) -> tuple[list[bytes], ChannelError | None]:
    """The frames of a quarter of a second, at least one, and what ended the connection, if it ended meanwhile."""
    raws = [await socket.receive()]
    try:
        async with asyncio.timeout(WITHIN):
            while len(raws) < MOST:
                raws.append(await socket.receive())
    except TimeoutError:
        return raws, None
    except ChannelError as error:
        return raws, error
    return raws, None


async def _batch(
    frames: Iterable[Frame], first_words: frozenset[str], names: Names, cursor: str | None, covered: tuple[Period, ...]
) -> Batch:
    heard = [read.what for read in frames]
    posts = [what for what in heard if isinstance(what, Post)]
    wanted = [at for at, post in enumerate(posts) if first_words & _words(post.text)]
    for at, post in zip(wanted, await names.complete(posts[at] for at in wanted), strict=True):
        posts[at] = post
    return Batch(
        posts=tuple(posts),
        deletions=tuple(what for what in heard if isinstance(what, Deletion)),
        malformed=tuple(what for what in heard if isinstance(what, Malformed)),
        cursor=cursor,
        covered=covered,
    )


def _first_words(queries: Sequence[Query]) -> frozenset[str]:
    """The first word of each term: a post without any of them is hardly about us, and its writer need not be known."""
    found = (WORD.search(term.casefold()) for query in queries for term in query.terms)
    return frozenset(word[0] for word in found if word)


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))
