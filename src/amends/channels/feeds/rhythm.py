"""When a feed may be asked again, as it wishes itself: Cache-Control and Expires of its answer (RFC 9111), `ttl`,
`skipHours` and `skipDays` of RSS 2.0. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from amends.channels.feeds.document import Rhythm

MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})")
FRESH = re.compile(r"no-cache|no-store")
LONGEST = timedelta(days=1)  # some sites say a year, which they can't mean
PUSHED = timedelta(minutes=30)  # how often a feed is asked that is pushed to us: only to be sure
STRONG = timedelta(seconds=2)


def not_before(headers: Mapping[str, str], rhythm: Rhythm, now: datetime, *, pushed: bool) -> datetime | None:
    """The instant before which the feed doesn't want to be asked; None where it may be at any time."""
    wait = max(_fresh_for(headers), timedelta(minutes=rhythm.minutes), PUSHED if pushed else timedelta(0))
    wait = min(wait, LONGEST)
    moment = now + wait
    for _ in range(7 * 24):
        if moment.hour not in rhythm.hours and moment.weekday() not in rhythm.days:
            break
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    else:
        moment = now + wait  # it skips every hour there is, and can't mean it
    return moment if moment > now else None


def modified(headers: Mapping[str, str]) -> str:
    """The Last-Modified that may be given back to ask whether there is news, or "". One that is as young as the answer
    is no good (RFC 9110, 8.8.2.2): the feed may have changed once more within that second."""
    given, date = headers.get("last-modified", ""), instant(headers.get("date", ""))
    changed = instant(given)
    return given if changed and date and date - changed >= STRONG else ""


def instant(value: str) -> datetime | None:
    """An HTTP date."""
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _fresh_for(headers: Mapping[str, str]) -> timedelta:
    control = headers.get("cache-control", "").lower()
    if FRESH.search(control):
        return timedelta(0)
    found = MAX_AGE.search(control)
    if found:
        age = headers.get("age", "").strip()
        spent = int(age) if age.isascii() and age.isdecimal() and len(age) < 10 else 0
        return max(timedelta(seconds=int(found[1]) - spent), timedelta(0))
    expires, date = instant(headers.get("expires", "")), instant(headers.get("date", ""))
    return max(expires - date, timedelta(0)) if expires and date else timedelta(0)
