"""Reading foreign JSON: whatever stands there, a value of the wanted kind or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ERA = datetime(1990, 1, 1, tzinfo=UTC)  # what is told of before is a mistake or a trick
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # what decoding raises
DEEPEST = 60  # brackets within brackets: what networks send has about fifteen
# Strings as a whole, so that brackets in them don't count.
_MARKS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)


class Unreadable(ValueError):
    """An item that can't be read; the message says why."""


def decode(raw: bytes, kind: type[T] | Any = Any) -> T | Any:
    """JSON as a value of the kind. What is nested so deep that no parser follows is read as null: anybody may write a
    post that is, and a listener would come back to it for ever. Raises `UNDECODABLE`."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except RecursionError:
        return msgspec.json.decode(_shallow(raw), type=kind)


def _shallow(raw: bytes) -> bytes:
    """The same JSON with null for whatever lies deeper than `DEEPEST`."""
    kept: list[bytes] = []
    depth = start = 0
    for found in _MARKS.finditer(raw):
        mark = found[0][:1]
        if mark in b"[{":
            depth += 1
            if depth == DEEPEST + 1:
                kept += raw[start : found.start()], b"null"
        elif mark in b"]}":
            if depth == DEEPEST + 1:
                start = found.end()
            depth -= 1
    return b"".join(kept) + (raw[start:] if depth <= DEEPEST else b"")


def text(value: object) -> str:
    """The text without NUL characters, which PostgreSQL can't hold; "" for anything else."""
    return value.replace("\x00", "") if isinstance(value, str) else ""


def fields(value: object) -> Mapping[str, Any]:
    """The object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def count(value: object) -> int | None:
    """A number of likes, followers or bytes; None for what is not a number, or is "hidden" as -1."""
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def number(value: object) -> int:
    """An id or a place that is counted from 1; 0 for what can't be one."""
    return value if type(value) is int and 0 < value < 1 << 53 else 0


def when(value: object) -> datetime | None:
    """An instant in UTC from ISO 8601 text, if it can be one of a network's. A time without a zone is taken for UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found >= ERA and found.year < 9999 else None


def microseconds(instant: datetime) -> int:
    """Since 1970."""
    return (instant - EPOCH) // timedelta(microseconds=1)
