"""When a source has been silent for longer than its rhythm explains."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

FLOOR = timedelta(minutes=15)
"""No shorter silence counts, however busy the source."""

CHANCE = 1e-4
"""A silence is reported when a source of that rhythm would make one so long or longer less often than this."""

HALF_LIFE = timedelta(hours=6)
"""Of what is remembered of the rhythm."""


def silent(last_heard: datetime, rate_per_second: float, now: datetime) -> bool:
    """Whether the silence since `last_heard` is longer than chance explains.

    Posts that come independently at a steady rate are a Poisson process, whose chance of no post in t seconds is
    exp(-rate t). At 10 posts an hour that falls below one in ten thousand after 55 minutes. A source without a rhythm
    (rate 0) is never silent, since nothing was to be expected of it.
    """
    quiet = now - last_heard
    return quiet >= FLOOR and rate_per_second * quiet.total_seconds() > -math.log(CHANCE)


def update_rate(rate: float, posts: int, elapsed: timedelta) -> float:
    """A source's posts a second after it brought `posts` in `elapsed`: a moving average that forgets exponentially,
    by half in `HALF_LIFE` of elapsed time, so that many short polls and one long one come to the same. An `elapsed`
    of nothing changes nothing."""
    seconds = elapsed.total_seconds()
    if seconds <= 0:
        return rate
    kept = math.exp2(-elapsed / HALF_LIFE)
    return kept * rate + (1 - kept) * posts / seconds
