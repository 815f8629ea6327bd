"""Is anything missed? A source that is quieter than its own rhythm explains is said to be silent."""

from __future__ import annotations

from datetime import datetime

from amends.cases import intake as cases
from amends.conversations.deletion import lay_to_rest
from amends.events.transaction import write
from amends.reach import silent
from amends.sources import actions as sources
from amends.sources.models import Source, State


def audit(now: datetime) -> list[Source]:
    """Look at every active source; those that have just been found silent are returned, and told on the desk. And lay
    posts to rest whose deletion was told while they were being stored."""
    with write(now) as tx:
        for brand_id, gone in lay_to_rest(tx).items():
            cases.withdraw(tx, brand_id, gone)
    quiet = [
        source
        for source in Source.objects.filter(state=State.ACTIVE, silent_since=None)
        if silent(source.heard or source.created, source.rate, now)
    ]
    for source in quiet:
        sources.fell_silent(source, now)
    return quiet
