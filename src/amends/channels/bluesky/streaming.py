"""Following a Jetstream: all public posts, in small batches, from where the last one ended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from amends.channels.base import Batch, ChannelError, Deletion, Malformed, Period, Post, Query, Rejected, RetryLater
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


class Jetstreams:
    """Servers that give the same, each of which can take the place of another: a place in one is nearly the same in the
    next, for it is a time. The one that answered last is asked first."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = list(urls)

    @asynccontextmanager
    async def connected(self, http: Http, query: str = "") -> AsyncIterator[Socket]:
        """A connection to the first that takes one. Raises as the last one did that was tried."""
        async with AsyncExitStack() as stack:
            for tried, url in enumerate(list(self._urls), 1):
                try:
                    socket = await stack.enter_async_context(http.websocket(url + query, max_bytes=LARGEST))
                except (RetryLater, Rejected):
                    if tried == len(self._urls):
                        raise
                else:
                    self._urls = [url, *(other for other in self._urls if other != url)]
                    break
            yield socket


async def follow(
    http: Http, jetstreams: Jetstreams, cursor: str, queries: Sequence[Query], names: Names
) -> AsyncGenerator[Batch, None]:
    """Batches without end, from `cursor` (microseconds; "" begins now). Raises when the connection is lost.

    Only as much is read ahead as the websocket buffers: while the caller is busy, the server waits.
    """
    last = int(cursor) if cursor.isascii() and cursor.isdecimal() else 0
    resumed, heard = bool(last), last
    first_words = _first_words(queries)
    wanted = f"?wantedCollections={POST}" + (f"&cursor={max(last - REWIND, 0)}" if last else "")
    async with jetstreams.connected(http, wanted) as socket:
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
