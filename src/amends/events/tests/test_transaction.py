"""The one way to write: together or not at all, joined or alone, in every thread for itself."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from amends.accounts.models import Brand, Team
from amends.events import queries
from amends.events.models import Event
from amends.events.transaction import write
from amends.events.types import BrandChanged, SourceChanged, decode

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told() -> list[str]:
    return [decode(data).what for data in Event.objects.order_by("id").values_list("data", flat=True)]


def say(what: str) -> BrandChanged:
    return BrandChanged(what=what)


@pytest.mark.django_db
def test_events_are_inserted_even_inside_a_transaction_of_a_test():
    with write(NOW) as tx:
        tx.tell(3, say("a"))
        tx.tell(4, SourceChanged(source=1, state="ok"))
    first, second = Event.objects.order_by("id")
    assert (first.brand, first.at, decode(first.data)) == (3, NOW, say("a"))
    assert (second.brand, decode(second.data)) == (4, SourceChanged(source=1, state="ok"))


@pytest.mark.django_db
def test_nothing_told_writes_no_event():
    with write(NOW):
        pass
    assert queries.head() == 0


@pytest.mark.django_db
def test_a_joined_write_is_the_same_write():
    with write(NOW) as outer:
        outer.tell(1, say("a"))
        with write(datetime(2030, 1, 1, tzinfo=UTC)) as inner:
            assert inner is outer
            inner.tell(1, say("b"))
        assert told() == []
        outer.tell(1, say("c"))
    assert told() == ["a", "b", "c"]
    assert {event.at for event in Event.objects.all()} == {NOW}


@pytest.mark.django_db
@pytest.mark.parametrize("depth", [1, 2])
def test_an_error_writes_nothing_and_the_next_write_is_fresh(depth):
    def fail(levels: int) -> None:
        with write(NOW) as tx:
            tx.tell(1, say("lost"))
            Event.objects.create(brand=9, data="{}", at=NOW)
            if levels > 1:
                fail(levels - 1)
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        fail(depth)
    assert Event.objects.count() == 0
    with write(NOW) as tx:
        assert tx.events == []
        tx.tell(1, say("kept"))
    assert told() == ["kept"]


@pytest.mark.django_db(transaction=True)
def test_a_joined_write_that_failed_fails_the_whole_though_somebody_caught_it():
    def half_done() -> None:
        with write(NOW) as tx:
            tx.tell(1, say("half"))
            raise ValueError("on purpose")

    with pytest.raises(transaction.TransactionManagementError), write(NOW):
        Event.objects.create(brand=9, data="{}", at=NOW)
        with suppress(ValueError):
            half_done()
    assert Event.objects.count() == 0
    with write(NOW) as tx:
        tx.tell(1, say("fresh"))
    assert told() == ["fresh"]


@pytest.mark.django_db(transaction=True)
def test_threads_write_for_themselves_and_one_after_the_other():
    inside = []
    errors = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                with write(NOW) as tx:
                    inside.append(number)
                    tx.tell(number, say(f"{number}.{turn}"))
                    Event.objects.count()
                    if connection.vendor == "sqlite":
                        assert inside == [number]
                    inside.remove(number)
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for number in range(6):
        ours = Event.objects.filter(brand=number).order_by("id")
        assert [decode(event.data).what for event in ours] == [f"{number}.{turn}" for turn in range(10)]


@pytest.mark.django_db(transaction=True)
def test_a_write_inside_somebody_elses_transaction_ends_with_it():
    with pytest.raises(ValueError, match="on purpose"), transaction.atomic():
        with write(NOW) as tx:
            tx.tell(1, say("a"))
        assert told() == ["a"]
        raise ValueError("on purpose")
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_for_a_row_does_not_hold_up_the_events(charlie, somebody_waits):
    """On PostgreSQL a foreign key is checked by locking the row that it names: before the events' turn, not in it."""
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite one writes at a time")
    errors = []
    held = threading.Event()

    def hold_the_brand() -> None:
        with write(NOW) as tx:
            Brand.objects.select_for_update().get()
            held.set()
            while not somebody_waits():
                continue
            tx.tell(1, say("held"))

    def refer_to_it() -> None:
        held.wait(10)
        with write(NOW) as tx:
            Team.objects.create(brand=charlie.brand, name="Night")
            tx.tell(1, say("referred"))

    def alone(action) -> None:
        try:
            action()
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    Event.objects.all().delete()
    threads = [threading.Thread(target=alone, args=(action,)) for action in (hold_the_brand, refer_to_it)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert told() == ["held", "referred"]
