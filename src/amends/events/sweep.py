"""Forget events after seven days."""

from __future__ import annotations

from datetime import datetime, timedelta

from amends.events.models import Event
from amends.events.queries import head
from amends.events.transaction import write

KEEP = timedelta(days=7)
BATCH = 2000  # rows a transaction: some 50 ms on a small machine, so that nobody waits long behind it


def sweep(now: datetime) -> int:
    """Delete what is older than `KEEP` before `now`; how many went. The newest event always stays: its id is how far
    the story has come, and a reader who stands there has missed nothing."""
    gone = 0
    while count := _sweep_some(now):
        gone += count
    return gone


def _sweep_some(now: datetime) -> int:
    with write(now):
        old = Event.objects.filter(at__lt=now - KEEP, id__lt=head()).order_by("at")
        ids = list(old.values_list("id", flat=True)[:BATCH])
        return Event.objects.filter(id__in=ids).delete()[0]
