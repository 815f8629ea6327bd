"""Reading foreign JSON: whatever stands there, a value of the wanted kind or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 4_102_444_800  # the year 2100, in seconds: what is told of later is a mistake


def text(value: object) -> str:
    """The text without NUL characters, which PostgreSQL can't hold; "" for anything else."""
    return value.replace("\x00", "") if isinstance(value, str) else ""


def fields(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def count(value: object) -> int | None:
    """A number of thumbs, of megabytes, or of a version."""
    return value if type(value) is int and 0 <= value < 1 << 53 else None


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


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)
