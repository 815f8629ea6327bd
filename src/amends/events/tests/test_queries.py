"""What may be asked of the events, and how they are forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amends.events import sweep
from amends.events.models import Event
from amends.events.queries import head, oldest, since
from amends.events.transaction import write
from amends.events.types import SourceChanged, decode

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def tell(brand: int, *numbers: int, at: datetime = NOW) -> None:
    with write(at) as tx:
        for number in numbers:
            tx.tell(brand, SourceChanged(source=number, state="ok"))


def test_before_anything_happened():
    assert (head(), oldest(), since(0, [1], 10)) == (0, 0, [])


def test_since_tells_only_these_brands_in_order_and_no_more_than_asked():
    tell(1, 1, 2)
    tell(2, 3)
    tell(1, 4)
    start = oldest() - 1
    assert [decode(event.data).source for event in since(start, [1], 10)] == [1, 2, 4]
    assert [decode(event.data).source for event in since(start, [1, 2], 3)] == [1, 2, 3]
    assert since(start, [], 10) == []
    assert since(head(), [1, 2], 10) == []
    third = since(start, [2], 10)[0]
    assert third.brand == 2
    assert [event.id for event in since(third.id, [1, 2], 10)] == [head()]


def test_events_are_forgotten_after_seven_days():
    tell(1, 1, at=NOW - timedelta(days=7, seconds=1))
    tell(1, 2, at=NOW - timedelta(days=7))
    tell(1, 3)
    assert sweep.sweep(NOW) == 1
    assert [decode(event.data).source for event in Event.objects.order_by("id")] == [2, 3]
    assert sweep.sweep(NOW) == 0


def test_the_newest_stays_however_old_so_that_its_id_is_known(monkeypatch):
    monkeypatch.setattr(sweep, "BATCH", 2)
    tell(1, 1, 2, 3, 4, 5, at=NOW - timedelta(days=400))
    newest = head()
    assert sweep.sweep(NOW) == 4
    assert (oldest(), head()) == (newest, newest)
    tell(1, 6)
    assert head() == newest + 1
