"""What could not be read, kept aside: a piece of each, so many of a source, for so long. Strangers choose how much."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from amends.channels.base import Malformed
from amends.events.rows import insert
from amends.events.transaction import Tx
from amends.intake.models import Quarantined
from amends.intake.storable import storable
from amends.sources.models import Source

LARGEST = 65_536  # bytes of an item that are kept
MOST = 10_000  # items of a source; what comes after is counted and not kept


def quarantine(tx: Tx, source: Source, items: Sequence[Malformed]) -> None:
    """Keep what could not be read, once, with its reason."""
    if not items:
        return
    room = max(MOST - Quarantined.objects.filter(source=source).count(), 0)
    insert(
        Quarantined,
        ("brand", "source", "digest", "reason", "raw", "at"),
        [
            (
                source.brand_id,
                source.pk,
                hashlib.sha256(one.raw).hexdigest(),
                storable(one.reason)[:2000],
                one.raw[:LARGEST],
                tx.now,
            )
            for one in items[:room]
        ],
        or_ignore=True,
    )


def forget_quarantined(days: int, now: datetime) -> int:
    """Items older than `days` are dropped, some thousand at a time; how many."""
    ids = list(Quarantined.objects.filter(at__lt=now - timedelta(days=days)).values_list("pk", flat=True)[:5000])
    return Quarantined.objects.filter(pk__in=ids).delete()[0] if ids else 0
