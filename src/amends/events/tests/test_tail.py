"""The tailer: every event once, in id order, none skipped, whatever the writers do between insert and commit."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from collections.abc import Callable
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from amends.events import queries, tail
from amends.events.models import Event
from amends.events.queries import Stored
from amends.events.tail import LOST, Tailer
from amends.events.transaction import write
from amends.events.types import SourceChanged, decode

pytestmark = pytest.mark.django_db(transaction=True)


def settings():
    return connections["default"].settings_dict


def inside(action: Callable, *args):
    """Do it in a thread with a connection of its own."""

    def do():
        try:
            return action(*args)
        finally:
            connection.close()

    return sync_to_async(do, thread_sensitive=False)()


def tell(*numbers: int) -> None:
    with write() as tx:
        for number in numbers:
            tx.tell(1, SourceChanged(source=number, state="ok"))


class Ear:
    """Collects what a tailer delivers."""

    def __init__(self) -> None:
        self.heard: list[Stored] = []
        self._more = asyncio.Event()

    def deliver(self, events) -> None:
        self.heard.extend(events)
        self._more.set()

    async def has(self, count: int) -> list[int]:
        """The sources told of, once there are `count`."""
        async with asyncio.timeout(20):
            while len(self.heard) < count:
                self._more.clear()
                await self._more.wait()
        return [decode(event.data).source for event in self.heard]


@asynccontextmanager
async def tailing():
    ear = Ear()
    tailer = Tailer(settings(), ear.deliver)
    await tailer.start()
    running = asyncio.create_task(tailer.run())
    try:
        yield tailer, ear
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_it_begins_at_the_newest_and_tells_what_comes_in_order():
    await inside(tell, 1, 2)
    async with tailing() as (tailer, ear):
        assert tailer.head == await inside(queries.head)
        await inside(tell, 3)
        await inside(tell, 4, 5)
        assert await ear.has(3) == [3, 4, 5]
        assert tailer.head == ear.heard[-1].id == await inside(queries.head)


async def test_a_flood_comes_whole():
    async with tailing() as (_, ear):
        await inside(tell, *range(tail.BATCH * 2 + 7))
        assert await ear.has(tail.BATCH * 2 + 7) == list(range(tail.BATCH * 2 + 7))


async def test_what_is_rolled_back_is_never_told():
    def fail() -> None:
        with pytest.raises(ValueError, match="on purpose"), transaction.atomic():
            tell(1)
            raise ValueError("on purpose")

    async with tailing() as (_, ear):
        await inside(fail)
        await inside(tell, 2)
        assert await ear.has(1) == [2]


async def test_many_writers_that_dawdle_before_they_commit_lose_nothing():
    """Each waits a random time between taking its ids and the commit, which is when ids would overtake each other."""
    writers, turns = 6, 12
    pause = threading.Event()

    def work(number: int) -> None:
        chance = random.Random(number)
        for turn in range(turns):
            with transaction.atomic():
                tell(number * turns + turn)
                pause.wait(chance.random() * 0.01)

    async with tailing() as (_, ear):
        await asyncio.gather(*(inside(work, number) for number in range(writers)))
        assert sorted(await ear.has(writers * turns)) == list(range(writers * turns))
        ids = [event.id for event in ear.heard]
        assert ids == sorted(ids)
        stored = await inside(lambda: list(Event.objects.order_by("id").values_list("id", flat=True)))
        assert ids == stored


def in_thread(action: Callable[[], None]) -> threading.Thread:
    def do() -> None:
        try:
            action()
        finally:
            connection.close()

    thread = threading.Thread(target=do)
    thread.start()
    return thread


def read_after(last: int) -> list[int]:
    """What a tailer would read now, on a connection of its own."""
    found: list[int] = []
    in_thread(lambda: found.extend(event.id for event in queries.since(last, [1], 100))).join()
    return found


@pytest.fixture
def postgres():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: ids can't overtake each other (run with --postgres)")


def test_on_postgresql_a_later_id_waits_for_the_earlier_to_commit(postgres, somebody_waits):
    tell(0)
    last = queries.head()
    with transaction.atomic():
        tell(1)
        second = in_thread(lambda: tell(2))
        while not somebody_waits():
            pass
        assert read_after(last) == []
    second.join()
    one, two = read_after(last)
    assert [decode(event.data).source for event in Event.objects.filter(id__in=[one, two]).order_by("id")] == [1, 2]


def test_on_postgresql_without_the_lock_an_event_would_be_skipped(postgres):
    """Why the lock is there: the very same steps, past `write`."""

    def insert() -> None:
        Event.objects.create(brand=1, data="{}", at="2026-03-01T12:00:00Z")

    tell(0)
    last = queries.head()
    with transaction.atomic():
        insert()
        in_thread(insert).join()
        (later,) = read_after(last)
    skipped = Event.objects.get(id__gt=last, id__lt=later)
    assert read_after(later) == []
    assert skipped.id < later


async def test_on_postgresql_a_lost_connection_loses_no_event(postgres):
    def cut() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'amends tail'"
                " AND datname = current_database()"
            )
            return cursor.fetchone()[0]

    async with tailing() as (_, ear):
        await inside(tell, 1)
        await ear.has(1)
        assert await inside(cut) == 1
        await inside(tell, 2)
        assert await ear.has(2) == [1, 2]


async def test_no_database_is_said_at_the_start_and_none_is_made(tmp_path):
    missing = tmp_path / "missing.sqlite3"
    tailer = Tailer({"ENGINE": "django.db.backends.sqlite3", "NAME": str(missing)}, lambda _: None)
    with pytest.raises(LOST):
        await tailer.start()
    assert not missing.exists()
    sqlite3.connect(missing).close()
    with pytest.raises(LOST, match="events_event"):
        await tailer.start()


async def test_a_database_taken_back_to_an_earlier_day_is_followed_from_there():
    await inside(tell, 1, 2, 3)
    newest = await inside(queries.head)
    ear = Ear()
    tailer = Tailer(settings(), ear.deliver)
    tailer.head = newest + 1000
    running = asyncio.create_task(tailer.run())
    async with asyncio.timeout(20):
        while tailer.head > newest:  # noqa: ASYNC110 - a tailer tells nobody of its head
            await asyncio.sleep(0)
    await inside(tell, 4)
    assert await ear.has(1) == [4]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
