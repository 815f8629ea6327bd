"""Reading foreign JSON: whatever stands there, a value of the wanted kind or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OPENED = datetime(2008, 7, 10, tzinfo=UTC)  # the App Store: no review is older


def text(value: object) -> str:
    """The text without NUL characters, which PostgreSQL can't hold; "" for anything else."""
    return value.replace("\x00", "") if isinstance(value, str) else ""


def fields(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def when(value: object) -> datetime | None:
    """An instant in UTC from ISO 8601 text with its offset."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        moment = found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment > OPENED and moment.year < 9999 else None


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)
