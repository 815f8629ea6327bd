"""A stranger who writes what nobody can read fills no disk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from amends.channels.base import Malformed
from amends.config.work import tidy_once
from amends.intake.models import Quarantined
from amends.intake.quarantine import LARGEST, MOST


def test_a_piece_of_each_and_so_many_of_a_source(hear: Callable[..., Any]) -> None:
    items = tuple(Malformed("no text", str(number).encode() * 20_000) for number in range(30))
    assert hear(malformed=items).quarantined == 30
    hear(malformed=items)
    assert Quarantined.objects.count() == 30
    assert max(len(one.raw) for one in Quarantined.objects.all()) <= LARGEST == 65_536
    small = tuple(Malformed("no text", b"%d" % number) for number in range(MOST + 50))
    hear(malformed=small)
    assert Quarantined.objects.count() == MOST
    hear(malformed=(Malformed("no text", b"one more"),))
    assert Quarantined.objects.count() == MOST


def test_they_are_forgotten_with_what_else_came_raw(hear: Callable[..., Any], now: datetime) -> None:
    hear(malformed=(Malformed("no text", b"1"),))
    tidy_once(now + timedelta(hours=1))
    assert Quarantined.objects.exists()
    tidy_once(now + timedelta(days=400))
    assert not Quarantined.objects.exists()
