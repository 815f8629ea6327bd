"""Reading foreign JSON: whatever stands there, a value of the wanted kind or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def text(value: object) -> str:
    """The text without NUL characters, which PostgreSQL can't hold; "" for anything else."""
    return value.replace("\x00", "") if isinstance(value, str) else ""


def fields(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def count(value: object) -> int | None:
    """A number of likes, followers or bytes."""
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def when(value: object) -> datetime | None:
    """An instant in UTC from RFC 3339 text. A time without a zone is taken for UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
