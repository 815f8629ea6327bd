"""The one tailer a process: every event, as it commits, in id order, none skipped.

On SQLite it asks `PRAGMA data_version` every few milliseconds, which reads one number from shared memory, and looks
into the table only when somebody has committed. On PostgreSQL it listens for the writers' NOTIFY and looks once a
second besides, should one be lost. Both then read `id > last`; that this skips none is the promise of
`transaction.write`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol
from urllib.parse import quote

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

from amends.events.queries import Stored
from amends.events.transaction import CHANNEL

POLL = 0.015  # seconds between two looks at SQLite's version
FALLBACK = 1.0  # seconds until PostgreSQL is asked though nobody notified
BATCH = 500  # events a look
PATIENCE = 5.0  # seconds, the longest wait before a lost database is tried again

HEAD = "SELECT coalesce(max(id), 0) FROM events_event"
NEXT = "SELECT id, brand, data FROM events_event WHERE id > {} ORDER BY id LIMIT {}"
LOST = (sqlite3.Error, psycopg.Error, OSError)

log = structlog.get_logger(__name__)


class Reader(Protocol):
    """A connection of the tailer's own. Its methods raise one of `LOST` when the database can't be read."""

    async def head(self) -> int:
        """The id of the newest event; 0 when there is none."""

    async def more(self, after: int) -> Sequence[Stored]:
        """Wait until something may have happened, and return it: up to `BATCH` events above `after`, or none yet."""


class SqliteReader:
    """Reads in the event loop: in WAL no read waits for a writer, and these take microseconds."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._version = -1

    async def head(self) -> int:
        return int(self._database.execute(HEAD).fetchone()[0])

    async def more(self, after: int) -> Sequence[Stored]:
        while True:
            (version,) = self._database.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                events = [Stored(*row) for row in self._database.execute(NEXT.format("?", "?"), (after, BATCH))]
                if len(events) < BATCH:
                    self._version = version
                if events:
                    return events
            await asyncio.sleep(POLL)


class PostgresReader:
    def __init__(self, database: psycopg.AsyncConnection[Any]) -> None:
        self._database = database

    async def head(self) -> int:
        row = await (await self._database.execute(HEAD)).fetchone()
        return int(row[0]) if row else 0

    async def more(self, after: int) -> Sequence[Stored]:
        rows = await (await self._database.execute(NEXT.format("%s", "%s"), (after, BATCH))).fetchall()
        if not rows:
            async for _ in self._database.notifies(timeout=FALLBACK, stop_after=1):
                pass
        return [Stored(*row) for row in rows]


@asynccontextmanager
async def _sqlite(settings: Mapping[str, Any]) -> AsyncIterator[Reader]:
    address = f"file:{quote(str(settings['NAME']))}?mode=rw"
    database = sqlite3.connect(address, uri=True, isolation_level=None, timeout=0)
    try:
        database.execute("PRAGMA query_only = 1")
        yield SqliteReader(database)
    finally:
        database.close()


@asynccontextmanager
async def _postgres(settings: Mapping[str, Any]) -> AsyncIterator[Reader]:
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {name: str(settings[key]) for name, key in names.items() if settings.get(key)}
    address = make_conninfo("", connect_timeout=10, application_name="amends tail", **given)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as database:
        await database.execute(f"LISTEN {CHANNEL}")
        yield PostgresReader(database)


def connect(settings: Mapping[str, Any]) -> AbstractAsyncContextManager[Reader]:
    """A reader of the database that `settings`, an entry of Django's DATABASES, names. Raises one of `LOST`."""
    return (_sqlite if str(settings["ENGINE"]).endswith("sqlite3") else _postgres)(settings)


class Tailer:
    """Hands batches of events to `deliver`, from the newest at the time of `start` on. It reconnects by itself.

    `deliver` is called in the event loop and must neither wait nor raise. `head` is the last id handed over.
    """

    def __init__(self, settings: Mapping[str, Any], deliver: Callable[[Sequence[Stored]], None]) -> None:
        self.head = 0
        self._settings = settings
        self._deliver = deliver

    async def start(self) -> None:
        """Find where the story stands. Raises one of `LOST` where there is no database to read."""
        async with connect(self._settings) as reader:
            self.head = await reader.head()

    async def run(self) -> None:
        """Deliver until cancelled."""
        wait = 0.1
        while True:
            try:
                async with connect(self._settings) as reader:
                    self.head = min(self.head, await reader.head())  # a database restored from a backup is behind us
                    wait = 0.1
                    await self._pass_on(reader)
            except LOST as error:
                log.warning("events.lost", error=str(error).strip(), retry_in=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, PATIENCE)

    async def _pass_on(self, reader: Reader) -> None:
        while True:
            events = await reader.more(self.head)
            if events:
                self.head = events[-1].id
                self._deliver(events)
            await asyncio.sleep(0)  # others get their turn while it catches up
