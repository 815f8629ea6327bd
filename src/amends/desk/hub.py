"""Who listens in this process, and how an event reaches them: encoded once, shared by all, waiting for nobody."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from amends.desk.visitors import Visitor
from amends.events.queries import Stored
from amends.events.types import AccessChanged, decode

LIMIT = 256 * 1024  # bytes that may wait for one listener; who reads no faster is let go and comes back
MOST = 50  # streams of one person: a browser has one for all its tabs
BEATS = 15  # seconds between two beats of one stream

_ACCESS = '{"type":"access"'  # how an AccessChanged begins: only those need decoding here


def access_changed(event: Stored) -> int | None:
    """The user whose rights changed, if that is what the event says."""
    if not event.data.startswith(_ACCESS):
        return None
    changed = decode(event.data)
    return changed.user if isinstance(changed, AccessChanged) else None


def frame(event: Stored) -> bytes:
    """The event as a server-sent event whose data is the event's JSON with its brand."""
    return b'id: %d\ndata: {"brand":%d,%s\n\n' % (event.id, event.brand, event.data[1:].encode())


class Stream:
    """One open stream: what waits for it, and whether it is over. All its methods belong to the event loop's thread."""

    __slots__ = (
        "_pending",
        "_size",
        "_wake",
        "brands",
        "closed",
        "dropped",
        "number",
        "since",
        "task",
        "told",
        "visitor",
    )

    def __init__(self, visitor: Visitor, brands: frozenset[int], since: int, number: int) -> None:
        self.visitor = visitor
        self.brands = brands
        self.since = since  # every event above this id is pushed
        self.told = 0  # every event up to this id is known to the listener already
        self.number = number
        self.closed = False
        self.dropped = False
        self.task = asyncio.current_task()
        self._pending: list[tuple[int, bytes]] = []
        self._size = 0
        self._wake: asyncio.Future[None] | None = None

    def push(self, number: int, data: bytes) -> None:
        if self.closed or number <= self.told:
            return
        self._pending.append((number, data))
        self._size += len(data)
        if self._size > LIMIT:
            self._drop()
        else:
            self._woken()

    def skip(self, upto: int) -> None:
        """Everything up to this id was told from the table: neither what waits nor what still comes tells it again."""
        self.told = upto
        self._pending = [(number, data) for number, data in self._pending if number > upto]
        self._size = sum(len(data) for _, data in self._pending)

    async def take(self) -> bytes:
        """All that waits, once something does; b"" when the stream is over."""
        while not self._pending and not self.closed:
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        data = b"".join([data for _, data in self._pending])
        self._pending.clear()
        self._size = 0
        return data

    def close(self) -> None:
        """Nothing more is told, not even what waits."""
        self.closed = True
        self._pending.clear()
        self._woken()

    def _drop(self) -> None:
        """The listener reads too slowly: its task may be waiting for the network, so it is called back from there."""
        self.close()
        self.dropped = True
        if self.task is not None:
            self.task.cancel()

    def _woken(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


class Hub:
    """All streams of this process. `head` is the last id that went through."""

    def __init__(self) -> None:
        self.head = 0
        self.streams: set[Stream] = set()
        self._of_brand: defaultdict[int, set[Stream]] = defaultdict(set)
        self._of_user: Counter[int] = Counter()
        self._changed: dict[int, int] = {}  # user -> the id of the last event that changed their rights
        self._count = 0

    def changed_since(self, user: int, number: int) -> bool:
        """Whether the rights of this user changed in an event above this id."""
        return self._changed.get(user, 0) > number

    def full(self, user: int) -> bool:
        """Whether this user has as many streams as anybody may."""
        return self._of_user[user] >= MOST

    def join(self, visitor: Visitor, brands: frozenset[int]) -> Stream:
        """Open a stream for the running task: every event of `brands` from now on is pushed to it."""
        self._count += 1
        stream = Stream(visitor, brands, self.head, self._count)
        self.streams.add(stream)
        self._of_user[visitor.user] += 1
        for brand in brands:
            self._of_brand[brand].add(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        stream.close()
        if stream in self.streams:
            self.streams.remove(stream)
            self._of_user[stream.visitor.user] -= 1
            if not self._of_user[stream.visitor.user]:
                del self._of_user[stream.visitor.user]
        for brand in stream.brands:
            self._of_brand[brand].discard(stream)
            if not self._of_brand[brand]:
                del self._of_brand[brand]

    def deliver(self, events: Sequence[Stored]) -> None:
        for event in events:
            self.head = event.id
            user = access_changed(event)
            if user is not None:
                self._changed[user] = event.id
                self.close(stream for stream in self.streams if stream.visitor.user == user)
            elif listeners := self._of_brand.get(event.brand):
                data = frame(event)
                for stream in listeners:
                    stream.push(event.id, data)

    def beat(self, second: int) -> None:
        """Called each second: a sign of life to every fifteenth stream, with the id up to which it has heard all.

        It is an event and no comment, since browsers keep comments from the page.
        """
        data = b"event: beat\nid: %d\ndata:\n\n" % self.head
        for stream in self.streams:
            if (stream.number + second) % BEATS == 0:
                stream.push(self.head, data)

    @staticmethod
    def close(streams: Iterable[Stream]) -> None:
        for stream in streams:
            stream.close()
