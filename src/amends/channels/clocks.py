"""Clocks that are set right: a place that was written while ours was fast tells of a time that is yet to come."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

SAME = timedelta(minutes=1)  # what clocks may differ by
# Instants in JSON as msgspec writes them, but for when something is due `next`.
_INSTANT = re.compile(r'(?<!"next":)"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"')


def believed(cursor: str, now: datetime) -> str:
    """The cursor, or "" where it tells of an instant after `now`. Whoever believed it would hear nothing until then, or
    nothing of what was written until then; beginning anew brings repetitions alone."""
    told = (datetime.fromisoformat(found[1].replace("Z", "+00:00")) for found in _INSTANT.finditer(cursor))
    try:
        return "" if any(instant > now + SAME for instant in told) else cursor
    except ValueError:  # no instant after all
        return cursor
