"""Reading a homeserver's answers and Matrix's instants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from amends.channels.base import BadData
from amends.channels.foreign import UNDECODABLE, decode

T = TypeVar("T")
FIRST = datetime(2014, 9, 1, tzinfo=UTC)  # Matrix began: an event that claims to be older has a wrong clock


def answered(body: bytes, kind: type[T]) -> T:
    """A server's answer as a value of the kind. Raises `BadData`."""
    try:
        return decode(body, kind)
    except UNDECODABLE as error:
        raise BadData("The homeserver answered something else than Matrix says it should.", body) from error


def when(value: object) -> datetime | None:
    """An instant in UTC from milliseconds since 1970, if it can be one of Matrix's."""
    if type(value) is not int or not 0 < value < 1 << 47:
        return None
    found = datetime.fromtimestamp(value / 1000, UTC)
    return found if found >= FIRST else None
