"""The forecast of views as a small drawing: how far a post has gone, and how far it may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from amends.desk.words import short

WIDTH, HEIGHT = 96, 24  # CSS pixels
START = 30  # where the present stands


@dataclass(frozen=True)
class Spread:
    """`now`, `likely` and `high` are heights in the drawing, from its top."""

    seen: str
    text: str
    now: float
    likely: float
    high: float


def spread(reasons: Sequence[Sequence[Any]], views: int | None) -> Spread | None:
    """Of a case whose reasons tell a forecast, ("views", likely, high); None of others."""
    told = next((reason for reason in reasons if reason[0] == "views" and len(reason) == 3), None)
    if told is None:
        return None
    likely, high = float(told[1]), max(float(told[2]), 1.0)

    def height(count: float) -> float:
        return round(HEIGHT - 2 - (HEIGHT - 4) * min(count / high, 1.0), 1)

    return Spread(
        seen=_("%(number)s seen,") % {"number": short(views)} if views else "",
        text=_("%(likely)s to %(high)s views likely") % {"likely": short(likely), "high": short(high)},
        now=height(views or 0),
        likely=height(likely),
        high=height(high),
    )
