"""Reading foreign JSON: whatever stands there, a value of the wanted kind or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

ERA = datetime(1990, 1, 1, tzinfo=UTC)  # what is told of before is a mistake
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(value: object) -> str:
    """The text without NUL characters, which PostgreSQL can't hold; "" for anything else."""
    return value.replace("\x00", "") if isinstance(value, str) else ""


def fields(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def number(value: object) -> int:
    """An id or a post's number, or 0 for what can't be one."""
    return value if type(value) is int and 0 < value < 1 << 53 else 0


def when(value: object) -> datetime | None:
    """An instant in UTC from ISO 8601 text, if it can be one of a forum's."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found >= ERA and found.year < 9999 else None


def microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)
