"""Reading foreign JSON: whatever stands there, a value of the wanted kind or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

ERA = datetime(1990, 1, 1, tzinfo=UTC)  # what is told of before is a mistake or a trick
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
IDENT = re.compile(r"[A-Za-z0-9_.~:-]{1,128}")
DOTS = re.compile(r"\.+")


class Unreadable(ValueError):
    """An item that can't be read; the message says why."""


def decode(raw: bytes | str) -> Any:
    """Any JSON. Raises `Unreadable`, also where it is nested deeper than a parser follows."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable(f"no JSON: {str(error)[:200]}") from error


def text(value: object) -> str:
    """The text without NUL characters, which PostgreSQL can't hold; "" for anything else."""
    return value.replace("\x00", "") if isinstance(value, str) else ""


def fields(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def count(value: object) -> int | None:
    """A number of followers, likes or bytes; None for what is not a number, or is "hidden" as -1."""
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def ident(value: object) -> str:
    """A local id, which goes into the paths of requests; "" for what is none. Most are digits, GoToSocial's and those
    of the Misskey family have letters, and some servers send numbers."""
    found = str(value) if type(value) is int else value if isinstance(value, str) else ""
    return found if IDENT.fullmatch(found) and not DOTS.fullmatch(found) else ""


def when(value: object) -> datetime | None:
    """An instant in UTC from ISO 8601 text. A time without a zone, as Pleroma gives, is in UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found >= ERA and found.year < 9999 else None


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)
