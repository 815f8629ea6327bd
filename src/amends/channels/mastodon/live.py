"""Connections to a server's streams, by whichever way it offers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, suppress
from urllib.parse import urlencode

from amends.channels.base import BadData, Malformed, Rejected, RetryLater
from amends.channels.foreign import Unreadable
from amends.channels.mastodon.client import Client
from amends.channels.mastodon.events import Event, Lines, frame

# In the order of preference: a token in an address may end in the server's log.
WAYS = ("websocket", "websocket-query", "sse")
LARGEST = 4 << 20  # bytes of an event
SILENCE = 90.0  # seconds: streams of lines say ":thump" every 15
SURE = 0.25  # seconds after which a websocket that refused us would have closed
FIRST_LINE = 3.0  # seconds

# Streams by their name, and their paths as server-sent events.
PATHS = {"user": "user", "direct": "direct", "public": "public", "public:local": "public/local", "hashtag": "hashtag"}


class Stream:
    """One stream of a server: its name ("user", "hashtag"), with the tag of a hashtag."""

    def __init__(self, name: str, **params: str) -> None:
        self.name, self.params = name, params

    def __repr__(self) -> str:
        return f"Stream({self.name!r}, {self.params})"


async def follow(client: Client, base: str, way: str, stream: Stream) -> AsyncGenerator[Event | Malformed | None, None]:
    """The events of a stream without end; the first is None, once it is open. Raises `RetryLater` when it is lost and
    `Rejected` where there is none."""
    events = _lines(client, base, stream) if way == "sse" else _frames(client, base, way, stream)
    async with aclosing(events) as opened:
        async for event in opened:
            yield event


async def works(client: Client, base: str, way: str, stream: Stream) -> bool:
    """Whether a stream can be followed in that way."""
    with suppress(Rejected, RetryLater, BadData):
        async with aclosing(follow(client, base, way, stream)) as events:
            await anext(events)
            if way == "sse":
                return True
            with suppress(TimeoutError):
                async with asyncio.timeout(SURE):
                    return not isinstance(await anext(events), Malformed)
            return True
    return False


async def _frames(
    client: Client, base: str, way: str, stream: Stream
) -> AsyncGenerator[Event | Malformed | None, None]:
    given: Mapping[str, str] = {"stream": stream.name} | stream.params
    headers = client.headers
    if way == "websocket-query" and client.token:
        given, headers = {**given, "access_token": client.token}, {}
    url = f"{base}/api/v1/streaming?{urlencode(given)}"
    async with client.http.websocket(url, headers=headers, max_bytes=LARGEST) as socket:
        yield None
        while True:
            message = await socket.receive()
            try:
                yield frame(message)
            except Unreadable as error:
                yield Malformed(str(error), message)


async def _lines(client: Client, base: str, stream: Stream) -> AsyncGenerator[Event | Malformed | None, None]:
    url = f"{base.replace('ws', 'http', 1)}/api/v1/streaming/{PATHS[stream.name]}"
    reader = Lines()
    async with client.http.lines(url, params=stream.params, headers=client.headers, silence=SILENCE) as lines:
        reader.take(await _greeting(lines))
        yield None
        async for line in lines:
            if event := reader.take(line):
                yield event


async def _greeting(lines: AsyncIterator[str]) -> str:
    """The first line. Servers begin at once, mostly with a comment; some answer any address with a page of HTML."""
    try:
        async with asyncio.timeout(FIRST_LINE):
            line = await anext(lines)
    except TimeoutError:
        raise Rejected("The server opened a stream and said nothing in it.") from None
    if line and not line.startswith((":", "event:", "data:")):
        raise Rejected("The server answered a stream with something else.")
    return line
