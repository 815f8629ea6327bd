"""Reading the App Store's instants."""

from __future__ import annotations

from datetime import UTC, datetime

OPENED = datetime(2008, 7, 10, tzinfo=UTC)  # the App Store: no review is older


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
