"""Reading Google's instants."""

from __future__ import annotations

from datetime import datetime, timedelta

from amends.channels.foreign import EPOCH, fields

LATEST = 4_102_444_800  # the year 2100, in seconds: what is told of later is a mistake


def when(value: object) -> datetime | None:
    """An instant in UTC from Google's Timestamp: `seconds` since 1970 as text (JSON's form of an int64) and `nanos`."""
    told = fields(value)
    seconds = told.get("seconds")
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdecimal() and len(seconds) < 12:
        seconds = int(seconds)
    nanos = told.get("nanos")
    if type(seconds) is not int or not 0 < seconds < LATEST:
        return None
    small = nanos // 1000 if type(nanos) is int and 0 <= nanos < 1_000_000_000 else 0
    return EPOCH + timedelta(seconds=seconds, microseconds=small)
