"""Where a poll stands, as it is kept between polls: JSON that its channel alone understands."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Self

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]

SAME = timedelta(minutes=1)  # what clocks may differ by
# Instants as `Saved.text` writes them, but for when something is due `next`.
_INSTANT = re.compile(r'(?<!"next)":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"')


class Saved:
    """Makes a struct a cursor. Its fields have defaults: those of a new connection."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """One that can't be read begins anew, and nothing but repetitions come of that."""
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return cls()

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


def believed(cursor: str, now: datetime) -> str:
    """The cursor, or "" where it tells of an instant after `now`: it was written while our clock was fast. Whoever
    believed it would hear nothing until then, or nothing of what was written until then; beginning anew brings
    repetitions alone."""
    told = (datetime.fromisoformat(found[1].replace("Z", "+00:00")) for found in _INSTANT.finditer(cursor))
    try:
        return "" if any(instant > now + SAME for instant in told) else cursor
    except ValueError:  # no instant after all
        return cursor
