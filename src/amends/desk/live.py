"""`/live`: what happens, as server-sent events, to whoever may hear it. A bare ASGI app, outside Django's handlers.

    GET /live?after=ID      the events of all one's brands after that id, then live (Last-Event-ID goes before `after`)
    GET /live?brand=ID      of one brand; 404 where it isn't one's own, 429 to whoever has too many streams already
    HEAD /live              only whether one would be let in: 204, or 401 when signed out

Data is JSON: {"brand": 3, "type": "case", ...} (amends.events.types). `event: reload` means that what happened can't
be told in full and the page must be asked anew; `event: beat` is a sign of life. When a user's rights change, their
streams end and the browser comes back to be let in anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from amends.desk.hub import Hub, Stream, access_changed, frame
from amends.desk.live_request import LiveRequest, refusal
from amends.desk.visitors import Visitor, strayed, welcome
from amends.events import queries
from amends.events.tail import Tailer

REPLAY = 1000  # events told again from the table; who missed more reloads
RECHECK = 30.0  # seconds between two looks whether everybody still may hear

HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Live:
    """The hub, what feeds it, and the door to it."""

    def __init__(self, database: Mapping[str, Any], recheck: float = RECHECK) -> None:
        self.hub = Hub()
        self._tailer = Tailer(database, self.hub.deliver)
        self._recheck_every = recheck
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")
        self._running: asyncio.Task[None] | None = None
        self._ending = False

    async def start(self) -> None:
        """Begin to listen. Raises one of `tail.LOST` where there is no database to read."""
        await self._tailer.start()
        self.hub.head = self._tailer.head
        self._running = asyncio.create_task(self._run())

    @property
    def running(self) -> bool:
        return self._running is not None and not self._running.done()

    async def stop(self) -> None:
        self.close_streams()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        self._pool.shutdown()

    def close_streams(self) -> None:
        """End every stream; browsers come back in a moment, to whoever then answers at this address."""
        self._ending = True
        self.hub.close(self.hub.streams)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tailer.run())
            tasks.create_task(self._beat())
            tasks.create_task(self._recheck())

    async def _beat(self) -> None:
        second = 0
        while True:
            await asyncio.sleep(1)
            second += 1
            self.hub.beat(second)

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(self._recheck_every)
            visitors = {stream.visitor for stream in self.hub.streams}
            if not visitors:
                continue
            try:
                lost = await self._in_thread(partial(strayed, visitors, timezone.now()))
            except DatabaseError as error:
                log.warning("live.recheck", error=str(error).strip())
                continue
            self.hub.close(stream for stream in self.hub.streams if stream.visitor in lost)

    async def _in_thread(self, ask: Callable[[], T]) -> T:
        """Ask the database without holding up the loop."""

        def answer() -> T:
            try:
                return ask()
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._pool, answer)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = LiveRequest(scope)
        status = refusal(request, settings.ALLOWED_HOSTS)
        if status:
            await _answer(send, status)
            return
        visitor, since = await self._welcome(request.session)
        brands = visitor.brands if visitor else frozenset()
        if visitor is None:
            await _answer(send, 401)
        elif request.brand is not None and request.brand not in brands:
            await _answer(send, 404)
        elif request.method == "HEAD":
            await _answer(send, 204)
        elif self.hub.full(visitor.user):
            await _answer(send, 429)
        else:
            stream = self.hub.join(visitor, brands if request.brand is None else frozenset({request.brand}))
            stream.since = since
            if self._ending:
                stream.close()
            try:
                await self._serve(stream, request.after, receive, send)
            finally:
                self.hub.leave(stream)

    async def _welcome(self, session: str) -> tuple[Visitor | None, int]:
        """(the visitor, the id of the last event known to lie before this answer). Asked again when the visitor's
        rights changed meanwhile, so that nobody joins with rights that were taken as they came in."""
        if not session:
            return None, self.hub.head
        while True:
            head = self.hub.head
            visitor = await self._in_thread(partial(welcome, session))
            if visitor is None or not self.hub.changed_since(visitor.user, head):
                return visitor, head

    async def _serve(self, stream: Stream, after: int | None, receive: Any, send: Any) -> None:
        gone = asyncio.create_task(_close_when_gone(stream, receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            data = await self._opening(stream, after)
            while data:
                await send({"type": "http.response.body", "body": data, "more_body": True})
                data = await stream.take()
            await send({"type": "http.response.body", "body": b""})
        except asyncio.CancelledError:
            if not stream.dropped:
                raise
        finally:
            gone.cancel()

    async def _opening(self, stream: Stream, after: int | None) -> bytes:
        """How long to wait before coming back, then what was missed, or that it was too much."""
        hello = b"retry: %d\n" % (500 + stream.number * 61 % 2000)  # milliseconds; not everybody at once
        if after is None:
            return hello + b"id: %d\n\n" % stream.since
        known, events = await self._in_thread(partial(missed, after, stream.brands))
        if events is None:
            stream.skip(known)
            return hello + b"event: reload\nid: %d\ndata:\n\n" % known
        frames = [hello + b"id: %d\n\n" % after]
        for event in events:
            user = access_changed(event)
            if user is None:
                frames.append(frame(event))
            elif user == stream.visitor.user and event.id > stream.since:
                stream.close()
                break
        stream.skip(events[-1].id if events else after)
        return b"".join(frames)


def missed(after: int, brands: frozenset[int]) -> tuple[int, list[queries.Stored] | None]:
    """(the newest id, the events of these brands after `after`), or None for the events where they are not all kept,
    too many, or `after` is no id that we ever gave. Changes of rights, which have no brand, are among them."""
    newest = queries.head()
    if not queries.oldest() - 1 <= after <= newest:
        return newest, None
    events = queries.since(after, brands | {0}, REPLAY + 1)
    return newest, events if len(events) <= REPLAY else None


async def _close_when_gone(stream: Stream, receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.close()


async def _answer(send: Any, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
