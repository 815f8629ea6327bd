"""When to ask a source again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from amends.channels.base import Budget, Manifest

HEARD_AT_ONCE = 0.25  # posts that a poll brings on average: three of four then bring none
RESERVE = 0.2  # of the rate limit is left for answers
SLOWEST_RETRY = timedelta(minutes=15)


def pause(manifest: Manifest, rate: float, brought: int, budget: Budget | None, now: datetime) -> timedelta:
    """How long to wait after a poll that `brought` so many new posts, from a source with `rate` posts a second.

    As often as is polite while there is news, rarer where there hardly ever is, down to the channel's `slowest`. Where
    the network tells what is left of its rate limit, that is spread over the time until it is renewed.
    """
    wait = manifest.poll_every
    if not brought and manifest.slowest:
        slowest = manifest.slowest.total_seconds()
        wait = max(wait, timedelta(seconds=min(HEARD_AT_ONCE / rate, slowest) if rate * slowest > 0 else slowest))
    if budget and budget.resets > now:
        spare = budget.left - round(budget.limit * RESERVE)
        wait = max(wait, (budget.resets - now) / spare if spare > 0 else budget.resets - now)
    return wait


def retry(failures: int, asked: timedelta | None) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time, never less than the network `asked`
    for (within an hour)."""
    wait = min(timedelta(seconds=2 ** min(failures, 10)), SLOWEST_RETRY)
    return max(wait, min(asked, timedelta(hours=1))) if asked else wait
