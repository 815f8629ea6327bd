"""The service targets and their clocks, running around the clock. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from amends.cases.models import Priority


class Minutes(NamedTuple):
    """How long a first and a next response may take."""

    first: int
    next: int


Targets = Mapping[str, Minutes]

DEFAULT: Targets = {
    Priority.URGENT: Minutes(15, 30),
    Priority.HIGH: Minutes(60, 120),
    Priority.NORMAL: Minutes(240, 480),
    Priority.LOW: Minutes(1440, 1440),
}


def due(targets: Targets, priority: str, waiting: datetime | None, answered: datetime | None) -> datetime | None:
    """By when the brand promised an answer to a customer who waits since `waiting`: the first response when nobody has
    `answered` yet, the next one after. None while nobody waits."""
    if waiting is None:
        return None
    target = targets[priority]
    return waiting + timedelta(minutes=target.first if answered is None else target.next)
