"""Reading foreign JSON: whatever stands there, a value of the wanted kind or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from amends.channels.base import BadData

T = TypeVar("T")
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
DEEPEST = 60  # brackets within brackets: an answer of /sync has about fifteen
FIRST = datetime(2014, 9, 1, tzinfo=UTC)  # Matrix began: an event that claims to be older has a wrong clock
BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]|[\]}]', re.DOTALL)


def decode(raw: bytes, kind: type[T] | Any = Any) -> T | Any:
    """JSON as a value of the kind. Anybody may write an event that is nested beyond what a parser follows, and a
    listener would come back to it for ever: what lies deeper than `DEEPEST` is read as null. Raises `UNREADABLE`."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except RecursionError:
        return msgspec.json.decode(_shallow(raw), type=kind)


def answered(body: bytes, kind: type[T]) -> T:
    """A server's answer as a value of the kind. Raises `BadData`."""
    try:
        return decode(body, kind)
    except UNREADABLE as error:
        raise BadData("The homeserver answered something else than Matrix says it should.", body) from error


def _shallow(raw: bytes) -> bytes:
    kept, depth, start = bytearray(), 0, 0
    for found in BRACKETS.finditer(raw):
        if found[0][0] == 0x22:  # a string: brackets in it don't count
            continue
        opens = found[0] in b"[{"
        depth += opens or -1
        if opens and depth == DEEPEST + 1:
            kept += raw[start : found.start()] + b"null"
        elif not opens and depth == DEEPEST:
            start = found.end()
    return bytes(kept) + raw[start:]


def text(value: object) -> str:
    """The text without NUL characters, which PostgreSQL can't hold; "" for anything else."""
    return value.replace("\x00", "") if isinstance(value, str) else ""


def fields(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def count(value: object) -> int | None:
    """A number of people or bytes."""
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def when(value: object) -> datetime | None:
    """An instant in UTC from milliseconds since 1970, if it can be one of Matrix's."""
    if type(value) is not int or not 0 < value < 1 << 47:
        return None
    found = datetime.fromtimestamp(value / 1000, UTC)
    return found if found >= FIRST else None
